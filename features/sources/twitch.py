"""Twitch API (Helix): users, videos and how many follow a channel, as the API answers them.

An account is known by its login, the name in its address. Logins can change; an account that was renamed is two until somebody says
they are one.
"""

from __future__ import annotations

from .reading.fills import audience, influencers, post_metrics, profiles
from .reading.markup import links_in
from .reading.profile import WITH_PROFILES, by_name, tell_audience, tell_profile
from .reading.rows import Rows, Unreadable, ident, joined, whole
from .reading.source import Source


def take(record: object, rows: Rows) -> None:
    """Make rows of an answer of the API, or of one thing by itself."""
    record = whole(record, "no object: neither an answer of the API nor a part of one")
    if "total" in record:
        _followers(record, rows)
    elif isinstance(page := record.get("data"), list):
        rows.each(page, _thing)
    else:
        _thing(record, rows)


def _followers(answer: dict[str, object], rows: Rows) -> None:
    channel = by_name("twitch", answer.get("broadcaster_login"))
    if channel is None:
        raise Unreadable('how many follow does not say whom: add "broadcaster_login" beside "total"')
    tell_audience(rows, channel, answer["total"])


def _thing(thing: object, rows: Rows) -> None:
    thing = whole(thing, "no object: neither a user nor a video")
    if "login" in thing and "broadcaster_type" in thing:
        _user(thing, rows)
    elif "broadcaster_id" in thing:
        rows.ignore("clips, channels and schedules")
    elif "published_at" in thing and "view_count" in thing:
        _video(thing, rows)
    else:
        raise Unreadable("neither a user, a video nor how many follow a channel")


def _user(user: dict[str, object], rows: Rows) -> None:
    account = by_name("twitch", user["login"])
    rows.add(
        "influencers",
        influencer_id=account,
        platform="twitch",
        handle=user["login"],
        created_at=user.get("created_at"),
    )
    tell_profile(rows, account, links=links_in(user.get("description")))


def _video(video: dict[str, object], rows: Rows) -> None:
    if video.get("viewable", "public") != "public":
        rows.ignore("videos that only their owner sees")
        return
    post, by = ident("twitch", video.get("id")), by_name("twitch", video.get("user_login"))
    text, language = joined(video.get("title"), video.get("description")), video.get("language")
    spoken = None if language == "other" else language
    rows.post(post, by, video["published_at"], text, language=spoken, links=links_in(text or ""))
    rows.count(post, by, views=video["view_count"])


TWITCH = Source(
    name="twitch",
    title="Twitch",
    written_from=(
        "Twitch API reference (Get Users, Get Videos, Get Channel Followers), as of 2026, and the types of twurple 7 and twitch_api 0.7"
    ),
    get=(
        "Save what the API answers, a file an answer or a line an answer: GET /helix/users?login=NAME, /helix/videos?user_id=ID&type=all&first=100 "
        "with all pages, and /helix/channels/followers?broadcaster_id=ID, which does not say whom it was asked for: add "
        '"broadcaster_login": "NAME" beside "total".'
    ),
    fills={
        "influencers": influencers("twitch", "login, as twitch:NAME", "login", "created_at"),
        "posts": {
            "post_id": "id of the video, as twitch:ID",
            "author_id": "user_login",
            "created_at": "published_at",
            "text": "title and description",
            "language": "language, where it is not other",
            "links": "addresses in title and description",
        },
        "audience": audience("broadcaster_login", followers="total of the channel's followers"),
        "post_metrics": post_metrics("id of the video", views="view_count"),
        "profiles": profiles("login", "addresses in description"),
    },
    left=(
        "streams of which no video is kept: Twitch deletes them after days or weeks, so save the videos often",
        "when a title was changed: it counts as first written unless an earlier export says otherwise",
        "clips, which viewers make; chat; who subscribes",
        "the CSV of Channel Analytics: sums over days, without videos",
        "broadcaster_type: a state without a date",
    ),
    tried=(
        "three saved answers of accounts: two with 3 videos were loaded at once, the third is below its number as another program "
        "keeps it and is set aside; the reference's published examples"
    ),
    take=take,
    tables=WITH_PROFILES,
)
