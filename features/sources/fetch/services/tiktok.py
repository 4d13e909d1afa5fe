"""TikTok: the Display API, with the token of the account itself: nobody else's is shown."""

from __future__ import annotations

from math import ceil

from suasion.features.sources.fetch.keys import Key
from suasion.features.sources.fetch.service import RefusedError, Request, Service, Verdict, Visit
from suasion.features.sources.reading.rows import dig, listed
from suasion.features.sources.tiktok import TIKTOK as SOURCE

_PAGE = 20
_USER = {"fields": "username,bio_description,follower_count,following_count,video_count"}
_VIDEOS = {
    "fields": "id,create_time,share_url,title,video_description,view_count,like_count,comment_count,share_count"
}


def _walk(visit: Visit) -> None:
    def whose(answer: object) -> str | None:
        name = dig(answer, "data", "user", "username")
        if isinstance(name, str) and name.lower() != visit.name:
            raise RefusedError("the token is another account's: TikTok shows nobody else's, so use theirs")
        return f"tiktok:{name.lower()}" if isinstance(name, str) else None

    visit.ask(Request("user", "/v2/user/info/", _USER), whose=whose)
    left, cursor = visit.posts, None
    while left > 0:
        body = {"max_count": min(left, _PAGE)} | ({"cursor": cursor} if cursor else {})
        page = visit.ask(Request("videos", "/v2/video/list/", _VIDEOS, body))
        videos = listed(page, "data", "videos")
        left -= len(videos)
        before, cursor = cursor, dig(page, "data", "cursor")
        if not videos or dig(page, "data", "has_more") is not True or cursor in (None, before):
            return


def _verdict(status: int, answer: object) -> Verdict | None:
    match dig(answer, "error", "code"):
        case "access_token_invalid" | "scope_not_authorized" | "scope_permission_missed":
            return "denied"
        case "rate_limit_exceeded":
            return "limited"
    return None


TIKTOK = Service(
    name="tiktok",
    source=SOURCE,
    base="https://open.tiktokapis.com",
    walk=_walk,
    requests=lambda posts: 1 + ceil(posts / _PAGE),
    quota="600 requests a minute for each application",
    terms="https://www.tiktok.com/legal/page/global/tik-tok-developer-terms-of-service/en",
    pace=0.2,
    key=Key(
        "SUASION_TIKTOK_TOKEN",
        "an access token of the account, with user.info.profile, user.info.stats and video.list (developers.tiktok.com); it holds for a day",
    ),
    verdict=_verdict,
)
