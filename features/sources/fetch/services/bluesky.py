"""Bluesky: the public AppView, which answers without a key."""

from __future__ import annotations

from math import ceil

from suasion.features.sources.bluesky import BLUESKY as SOURCE
from suasion.features.sources.fetch.service import Request, Service, Verdict, Visit
from suasion.features.sources.reading.rows import dig, listed

_PAGE = 100
_NOBODY = ("Profile not found", "Account has been suspended", "Account is deactivated")


def _walk(visit: Visit) -> None:
    who = {"actor": visit.name}
    visit.ask(
        Request("profile", "/xrpc/app.bsky.actor.getProfile", who),
        whose=lambda answer: f"bluesky:{dig(answer, 'did')}",
    )
    left, cursor = visit.posts, None
    while left > 0:
        params = who | {"limit": str(min(left, _PAGE))} | ({"cursor": cursor} if cursor else {})
        answer = visit.ask(Request("posts", "/xrpc/app.bsky.feed.getAuthorFeed", params))
        left -= len(listed(answer, "feed"))
        before, cursor = cursor, dig(answer, "cursor")
        if not listed(answer, "feed") or not isinstance(cursor, str) or cursor == before:
            return


def _verdict(status: int, answer: object) -> Verdict | None:
    if status == 400 and str(dig(answer, "message")).startswith(_NOBODY):
        return "missing"
    # What is no handle at all is refused by the lexicon's check of its parameters.
    if status == 400 and "valid did or a handle" in str(dig(answer, "message")):
        return "missing"
    return None


def _near(visit: Visit) -> list[str]:
    begins = visit.name.partition(".")[0]
    answer = visit.ask(
        Request("near", "/xrpc/app.bsky.actor.searchActorsTypeahead", {"q": begins, "limit": "3"}),
        save=lambda answer: False,
    )
    handles = [dig(one, "handle") for one in listed(answer, "actors")]
    return [handle for handle in handles if isinstance(handle, str)]


BLUESKY = Service(
    name="bluesky",
    source=SOURCE,
    base="https://public.api.bsky.app",
    walk=_walk,
    requests=lambda posts: 1 + ceil(posts / _PAGE),
    quota="about 3,000 requests in 5 minutes from one address",
    terms="https://bsky.social/about/support/tos",
    pace=0.1,
    verdict=_verdict,
    near=_near,
)
