"""TikTok's download of a person's data (``user_data_tiktok.json``): the profile, and the posts with their likes.

Names of its parts have changed over the years. ``Link`` of a post names it in older downloads; in newer ones it is where the video is stored,
and nothing names the post but its account and the second in which it was made.
"""

from __future__ import annotations

import re

from .reading.rows import Rows, Unreadable, dig, listed

_PROFILES = (("Profile And Settings", "Profile Info"), ("Profile", "Profile Info"), ("Profile", "Profile Information"))  # fmt: skip
_POSTS = (("Post", "Posts"), ("Video", "Videos"))
_FANS = (("Profile And Settings", "Follower"), ("Your Activity", "Follower"), ("Activity", "Follower List"))
_FOLLOWED = (("Profile And Settings", "Following"), ("Your Activity", "Following"), ("Activity", "Following List"))  # fmt: skip
_LINK = re.compile(r"tiktok[a-z]*\.[a-z]+/(?:share|@[\w.]*)/(?:video|photo)/(\d{19})")
_SECOND = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def is_download(record: dict[str, object]) -> bool:
    """Return whether a record is the file of such a download, or a part of it that somebody asked for."""
    return any(isinstance(record.get(part), dict) for part, _ in (*_PROFILES, *_POSTS, *_FANS))


def profile_in(record: dict[str, object]) -> dict[str, object]:
    """Return the profile as the API writes a user.

    Raises
    ------
    Unreadable
        When the download does not say whose it is.
    """
    profile = next(
        (one for path in _PROFILES if isinstance(one := dig(record, *path, "ProfileMap"), dict)), {}
    )
    name = profile.get("userName")
    if not isinstance(name, str) or not name.strip():
        raise Unreadable(
            "a download without the profile: ask for it with the posts, for only it says whose they are"
        )
    counts = {
        "follower_count": _many(profile.get("followerCount"), record, _FANS, "FansList"),
        "following_count": _many(profile.get("followingCount"), record, _FOLLOWED, "Following"),
    }
    known = {count: number for count, number in counts.items() if number is not None}
    return {"username": name, "bio_description": profile.get("bioDescription"), **known}


def _many(
    number: object, record: dict[str, object], paths: tuple[tuple[str, str], ...], name: str
) -> int | None:
    """Return how many there are: as the profile tells, or of older downloads, whose profile does not, as many as are listed."""
    if isinstance(number, int) and not isinstance(number, bool):
        return number
    return next((len(one) for path in paths if isinstance(one := dig(record, *path, name), list)), None)


def posts_in(record: dict[str, object]) -> list[object]:
    """Return the posts there are; those that were deleted are not among them."""
    return [post for path in _POSTS for post in listed(record, *path, "VideoList")]


def as_video(post: object, username: object, rows: Rows) -> dict[str, object]:
    """Return a post as the API writes a video.

    Raises
    ------
    Unreadable
        When nothing tells when it was made.
    """
    if not isinstance(post, dict):
        raise Unreadable("no post of a download: no object")
    date, likes = post.get("Date"), str(post.get("Likes") or "").replace(",", "")
    linked = _LINK.search(str(post.get("Link")))
    if not isinstance(date, str) or not _SECOND.fullmatch(date):
        raise Unreadable("a post of a download without Date")
    if linked is None:
        rows.warn(
            "posts of a download whose Link does not name them: known by account and second, so leave the download out where another "
            "export tells of the same posts"
        )
    title = post.get("Title")
    return {
        "id": linked[1] if linked else f"{str(username).lower()}/{date.replace(' ', 'T')}",
        "username": username,
        "create_time": int(linked[1]) >> 32 if linked else None,
        "created_at": f"{date}+00:00",
        "title": None if title in ("", "N/A") else title,
        "like_count": likes if likes.isdigit() else None,
    }
