"""Reddit: the OAuth API, with a user's or an application's token."""

from __future__ import annotations

from math import ceil

from suasion.features.sources.fetch.keys import Key
from suasion.features.sources.fetch.service import Request, Service, Verdict, Visit
from suasion.features.sources.reading.rows import dig, listed
from suasion.features.sources.reddit import REDDIT as SOURCE

_PAGE = 100


def _walk(visit: Visit) -> None:
    visit.ask(Request("about", f"/user/{visit.name}/about"), whose=_whose)
    left, after = visit.posts, None
    while left > 0:
        params = {"limit": str(min(left, _PAGE))} | ({"after": after} if after else {})
        page = visit.ask(Request("overview", f"/user/{visit.name}/overview", params))
        left -= len(listed(page, "data", "children"))
        before, after = after, dig(page, "data", "after")
        if not listed(page, "data", "children") or not isinstance(after, str) or after == before:
            return


def _whose(answer: object) -> str | None:
    name = dig(answer, "data", "name")
    if not isinstance(name, str) or dig(answer, "data", "is_suspended") is True:
        return None
    return f"reddit:{name.lower()}"


def _verdict(status: int, answer: object) -> Verdict | None:
    return "refused" if status == 403 else None


REDDIT = Service(
    name="reddit",
    source=SOURCE,
    base="https://oauth.reddit.com",
    walk=_walk,
    requests=lambda posts: 1 + ceil(posts / _PAGE),
    quota="100 requests a minute for each client, on average over 10 minutes; commercial use needs Reddit's agreement",
    terms="https://redditinc.com/policies/data-api-terms",
    pace=1.0,
    key=Key(
        "SUASION_REDDIT_TOKEN",
        "an OAuth access token of an application of yours (reddit.com/prefs/apps), with the scopes read and history; it holds for a day at most",
    ),
    verdict=_verdict,
)
