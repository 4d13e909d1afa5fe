"""TikTok: what the Display API and the Research API answer, the CSV file of posts from TikTok Studio, and a person's download of their data.

An account is known by its username, the only name it has in all of them. Usernames can change; an account that was renamed is two
until somebody says they are one.
"""

from __future__ import annotations

import re

from .reading.counts import whole as whole_count
from .reading.fills import audience, influencers, post_metrics, profiles
from .reading.formats import format_named
from .reading.markup import links_in
from .reading.profile import WITH_PROFILES, tell_audience, tell_named, tell_profile
from .reading.records import records
from .reading.rows import Rows, Unreadable, dig, epoch, ident, listed, whole
from .reading.source import Source
from .tiktok_download import as_video, is_download, posts_in, profile_in

_LINK = re.compile(r"tiktok\.com/@([\w.]*)/(video|photo)/(\d{19})")
"""The address of a post: whose it is, what it is, and its id, of which TikTok's own have 19 digits."""
_OWN = frozenset(("bio_description", "video_count", "likes_count", "open_id"))
"""What only TikTok tells of a user, where the answer around it does not say whose user that is."""


def take(record: object, rows: Rows) -> None:
    """Make rows of a line of the CSV, of an answer of the APIs, or of one thing by itself."""
    record = whole(record, "no object: neither an answer of the APIs nor a part of one")
    if is_download(record):
        _download(record, rows)
    elif "Video link" in record:
        _line(record, rows)
    elif "Date" in record and {"Video views", "Video Views", "Followers"} & record.keys():
        rows.ignore("days of an account: sums over all posts")
    elif dig(record, "error", "code") not in (None, "ok", 0):  # 0 in the API's first version
        raise Unreadable("an answer that tells an error")
    else:
        data = record.get("data")
        _thing(data if isinstance(data, dict) else record, record.get("username"), rows, alone=data is None)


def _download(record: dict[str, object], rows: Rows) -> None:
    user = profile_in(record)
    _user(user, None, rows)
    rows.each(posts_in(record), lambda post, rows: _video(as_video(post, user["username"], rows), rows))
    rows.ignore("parts of a download that are neither the profile nor posts")


def _thing(thing: dict[str, object], username: object, rows: Rows, *, alone: bool) -> None:
    """Add what ``data`` holds, or a thing that stands alone; ``username`` is who was asked for."""
    videos = [part for name, part in thing.items() if name.endswith("videos") and isinstance(part, list)]
    user = thing.get("user")
    if videos:
        for part in videos:
            rows.each(part, _video)
    elif isinstance(thing.get("comments"), list):
        rows.each(listed(thing, "comments"), _comment)
    elif isinstance(user, dict):
        _user(user, username, rows)
    elif _OWN & thing.keys() or ("follower_count" in thing and not alone):
        _user(thing, username, rows)
    elif "user_followers" in thing or "user_following" in thing:
        rows.ignore("who follows whom")
    elif "video_id" in thing and "text" in thing:
        _comment(thing, rows)
    elif "create_time" in thing:
        _video(thing, rows)
    else:
        raise Unreadable("neither videos, comments, a user nor a line of TikTok Studio's CSV")


def _user(user: dict[str, object], username: object, rows: Rows) -> None:
    account = tell_named(rows, "tiktok", user.get("username") or username)
    if account is None:
        raise Unreadable("a user without username: add it beside data")
    if "follower_count" in user:
        tell_audience(
            rows,
            account,
            user["follower_count"],
            user.get("following_count"),
            user.get("video_count"),
            user.get("is_verified"),
        )
    tell_profile(rows, account, links=[user.get("bio_url"), *(links_in(user.get("bio_description")) or ())])


def _video(thing: object, rows: Rows) -> None:
    video = whole(thing, "no video: no object")
    linked = _LINK.search(str(video.get("share_url")))
    _post(
        rows,
        post=video.get("id") or video.get("video_id"),
        by=video.get("username") or (linked and linked[1]),
        at=epoch(video.get("create_time")) or video.get("created_at"),
        text=video.get("video_description") or video.get("title"),
        format=format_named(linked and linked[2]),
        views=video.get("view_count"),
        likes=video.get("like_count"),
        comments=video.get("comment_count"),
        shares=video.get("share_count"),
        saves=video.get("favorites_count"),
    )


def _line(line: dict[str, object], rows: Rows) -> None:
    linked = _LINK.search(str(line["Video link"]))
    if linked is None:
        raise Unreadable("a line whose Video link names no post")
    _post(
        rows,
        post=linked[3],
        by=linked[1],
        # The upper half of an id is the second in which it was given; Post time may have no year, and has no zone.
        at=epoch(int(linked[3]) >> 32),
        text=line.get("Video title"),
        format=format_named(linked[2]),
        **{
            name: whole_count(rows, name, str(cell))
            for name in ("views", "likes", "comments", "shares")
            if (cell := line.get(f"Total {name}")) is not None
        },
    )


def _post(
    rows: Rows, *, post: object, by: object, at: object, text: object, format: object, **counts: object
) -> None:
    account = tell_named(rows, "tiktok", by)
    rows.post(ident("tiktok", post), account, at, text, format=format)
    rows.count(ident("tiktok", post), account, **counts)


def _comment(thing: object, rows: Rows) -> None:
    comment = whole(thing, "no comment: no object")
    post, at = ident("tiktok", comment.get("id")), epoch(comment.get("create_time"))
    answered = ident("tiktok", comment.get("parent_comment_id") or comment.get("video_id"))
    rows.post(post, None, at, comment.get("text"), reply_to_id=answered)


TIKTOK = Source(
    name="tiktok",
    title="TikTok",
    written_from=(
        "TikTok for Developers, Display API v2 (User Object, Video Object, List Videos) and Research API v2 (Query Videos, Query User Info, "
        "Query Video Comments), as of September 2026, and the headers of TikTok Studio's content CSV and the parts of a person's download in "
        "public readers of them"
    ),
    get=(
        "Save what the APIs answer, a file an answer or a line an answer. Own account, Display API: "
        "user/info?fields=username,bio_description,follower_count,following_count,video_count and "
        "video/list?fields=id,create_time,share_url,title,video_description,view_count,like_count,comment_count,share_count (share_url tells "
        "whose a video is). Others, Research API: research/video/query?fields=id,create_time,username,video_description,view_count,like_count,"
        "comment_count,share_count,favorites_count, research/video/comment/list, and research/user/info, which does not say whom it "
        'was asked for: add "username": "NAME" beside "data". Or TikTok Studio in English, Analytics, Content, Download data, CSV. '
        "Or what TikTok gives a creator who asks for a download of their data as JSON, with Profile and Posts: the .zip as it is."
    ),
    fills={
        "influencers": influencers(
            "tiktok", "username of a user, or of who has a video; of a download userName", "username"
        ),
        "posts": {
            "post_id": "id of the video or comment, as tiktok:ID; of the CSV the id in Video link, of a download that in Link, or else account and second",
            "author_id": "username, or the name in share_url, as tiktok:NAME; of the CSV the name in Video link",
            "created_at": "create_time; of the CSV, and of a Link of a download, the time in the id, some seconds before; else Date",
            "text": "video_description, or title; of a comment text; of the CSV Video title, of a download Title",
            "reply_to_id": "of a comment parent_comment_id or video_id",
            "links": "addresses in the text",
            "format": "video or photo in share_url, Video link or Link",
        },
        "audience": audience(
            "username",
            followers="follower_count; of a download followerCount, or how many FansList names",
            following="following_count; of a download followingCount, or how many Following names",
            posts_count="video_count",
            verified="is_verified",
        ),
        "post_metrics": post_metrics(
            "id of the video",
            views="view_count; Total views",
            likes="like_count; Total likes; Likes",
            comments="comment_count; Total comments",
            shares="share_count; Total shares",
            saves="favorites_count",
        ),
        "profiles": profiles("username", "bio_url; addresses in bio_description"),
    },
    left=(
        "when an account was made: no API tells",
        "who wrote a comment, which the API withholds; whom a video names, which it tells by names that are shown and not by usernames",
        "when a description was edited: it counts as first written unless an earlier export says otherwise",
        "Post time of the CSV; a video that was scheduled counts from when it was uploaded",
        "likes_count, region_code, voice_to_text, hashtags apart from the text",
        "who follows whom; sums over all posts of a day",
        "of a download all but profile and posts: it has no views, and what its owner watched, liked, wrote and bought is no concern of anybody",
    ),
    tried=(
        "one answer of an account with the Display API's first version, refused at first for its error code 0 and loaded since; a "
        "published record of its second version; on none of the Research API, since none was found"
    ),
    take=take,
    reader=records,
    suffixes=(".csv", ".json", ".jsonl", ".ndjson"),
    tables=WITH_PROFILES,
)
