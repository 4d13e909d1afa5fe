"""YouTube: the Data API v3, with a key; a channel, its newest uploads, and their counts."""

from __future__ import annotations

from math import ceil

from suasion.features.sources.fetch.keys import Key
from suasion.features.sources.fetch.service import Request, Service, Verdict, Visit
from suasion.features.sources.reading.rows import dig, listed
from suasion.features.sources.youtube import YOUTUBE as SOURCE

_PAGE = 50
_SPENT = ("quotaExceeded", "dailyLimitExceeded")
_LIMITED = ("rateLimitExceeded", "userRateLimitExceeded")


def _walk(visit: Visit) -> None:
    named = {"id": visit.name} if visit.name.startswith("UC") and len(visit.name) == 24 else None
    params = {"part": "snippet,statistics,contentDetails", **(named or {"forHandle": f"@{visit.name}"})}
    answer = visit.ask(Request("channel", "/channels", params), whose=_whose)
    channel = listed(answer, "items")[0]
    uploads = dig(channel, "contentDetails", "relatedPlaylists", "uploads")
    if dig(channel, "statistics", "videoCount") == "0" or not isinstance(uploads, str):
        return
    left = visit.posts
    page: object = None
    while left > 0:
        wanted = {"part": "contentDetails", "playlistId": uploads, "maxResults": str(min(left, _PAGE))}
        request = Request("uploads", "/playlistItems", wanted | ({"pageToken": str(page)} if page else {}))
        items = visit.ask(request, save=lambda answer: False)
        videos = [dig(item, "contentDetails", "videoId") for item in listed(items, "items")]
        ids = [video for video in videos if isinstance(video, str)]
        if not ids:
            return
        visit.ask(Request("videos", "/videos", {"part": "snippet,statistics", "id": ",".join(ids)}))
        left, before, page = left - len(ids), page, dig(items, "nextPageToken")
        if not isinstance(page, str) or page == before:
            return


def _whose(answer: object) -> str | None:
    ids = [dig(channel, "id") for channel in listed(answer, "items")]
    return f"youtube:{ids[0]}" if ids and isinstance(ids[0], str) else None


def _verdict(status: int, answer: object) -> Verdict | None:
    if status == 200:
        return None
    reasons = [dig(error, "reason") for error in listed(answer, "error", "errors")]
    if any(reason in _SPENT for reason in reasons):
        return "spent"
    if any(reason in _LIMITED for reason in reasons):
        return "limited"
    return "denied" if status in (400, 401, 403) else None


YOUTUBE = Service(
    name="youtube",
    source=SOURCE,
    base="https://www.googleapis.com/youtube/v3",
    walk=_walk,
    requests=lambda posts: 1 + 2 * ceil(posts / _PAGE),
    quota="10,000 units a day for each project, a unit a request, new at midnight Pacific time",
    terms="https://developers.google.com/youtube/terms/api-services-terms-of-service",
    pace=0.1,
    key=Key(
        "SUASION_YOUTUBE_KEY",
        "an API key of a Google Cloud project in which the YouTube Data API v3 is enabled (console.cloud.google.com, APIs & Services, Credentials)",
    ),
    headers=lambda key: {"X-Goog-Api-Key": key.value},
    verdict=_verdict,
)
