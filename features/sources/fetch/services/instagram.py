"""Instagram: business discovery of the Graph API, with the token of a professional account, about professional accounts only."""

from __future__ import annotations

import re
from math import ceil

from suasion.features.sources.fetch.keys import Key
from suasion.features.sources.fetch.service import RefusedError, Request, Service, Verdict, Visit
from suasion.features.sources.instagram import INSTAGRAM as SOURCE
from suasion.features.sources.reading.rows import dig, listed

_PAGE = 50
_USER = "username,website,biography,followers_count,follows_count,media_count"
_MEDIA = "id,caption,timestamp,permalink,like_count,comments_count,view_count"
_NAME = re.compile(r"[A-Za-z0-9_.]{1,30}")
_LIMITS = (4, 17, 32, 613, 80002)
"""Codes of the Graph API for requests that were too many: they are free again after an hour at most."""


def _walk(visit: Visit) -> None:
    if not _NAME.fullmatch(visit.name):
        raise RefusedError("no name of Instagram's: letters, digits, underscores and dots")
    left, after = visit.posts, None
    while True:
        # The first answer holds who they are, and each the next page of what they posted.
        size = f".limit({min(left, _PAGE)})"
        media = f"media{f'.after({after})' if after else ''}{size}{{{_MEDIA}}}" if left > 0 else ""
        wanted = ",".join(filter(None, [_USER, media]))
        answer = visit.ask(
            Request(
                "discovery",
                f"/{visit.setting}",
                {"fields": f"business_discovery.username({visit.name}){{{wanted}}}"},
            ),
            whose=_whose,
        )
        posts = listed(answer, "business_discovery", "media", "data")
        before, after = after, dig(answer, "business_discovery", "media", "paging", "cursors", "after")
        left -= len(posts)
        if left <= 0 or not posts or not isinstance(after, str) or after == before:
            return
        if not re.fullmatch(r"[\w=+/-]+", after):
            raise RefusedError("a cursor that is none")


def _whose(answer: object) -> str | None:
    name = dig(answer, "business_discovery", "username")
    return f"instagram:{name.lower()}" if isinstance(name, str) else None


def _verdict(status: int, answer: object) -> Verdict | None:
    code = dig(answer, "error", "code")
    if code == 110:
        return "missing"
    if code in _LIMITS:
        return "spent"
    if code in (190, 10, 200, 102, 100):
        return "denied"
    return None


INSTAGRAM = Service(
    name="instagram",
    source=SOURCE,
    base="https://graph.facebook.com/v26.0",
    walk=_walk,
    requests=lambda posts: max(1, ceil(posts / _PAGE)),
    quota="200 requests an hour for each user of your application",
    terms="https://developers.facebook.com/terms",
    pace=0.5,
    key=Key(
        "SUASION_INSTAGRAM_TOKEN",
        "a user access token with instagram_basic, instagram_manage_insights and pages_read_engagement (developers.facebook.com)",
    ),
    setting=Key(
        "SUASION_INSTAGRAM_USER", "the number (IG User id) of your own professional account, which asks"
    ),
    verdict=_verdict,
)
