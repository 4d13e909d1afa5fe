"""X Analytics: the CSV file of an account's Posts, as it is today (``Post id``) and as Twitter wrote it (``Tweet id``).

A Post has the id that the API and the archive of an account give it, so that all three tell of one Post.
"""

from __future__ import annotations

import re

from .reading.counts import cells_of, whole
from .reading.fills import influencers, post_metrics
from .reading.ids import DESTROYED, account_of
from .reading.profile import tell_account
from .reading.records import csv_rows
from .reading.rows import Rows, Unreadable, ident
from .reading.source import Source
from .x import written

_COLUMNS = {
    "id": ("Post id", "Tweet id"),
    "link": ("Post Link", "Tweet permalink"),
    "text": ("Post text", "Tweet text"),
    "views": ("Impressions", "impressions"),
    "likes": ("Likes", "likes", "favorites"),
    "comments": ("Replies", "replies"),
    "shares": ("Reposts", "retweets"),
    "saves": ("Bookmarks",),
    "clicks": ("URL Clicks", "url clicks"),
    "follows": ("New follows", "follows"),
}
"""What the columns are called today, and were called on Twitter."""
_COUNTS = ("views", "likes", "comments", "shares", "saves", "clicks", "follows")
_LINK = re.compile(r"(?:x|twitter)\.com/(\w{1,15})/status/(\d+)", re.ASCII)


def take(record: dict[str, str], rows: Rows) -> None:
    """Make rows of a line."""
    cells = cells_of(record, _COLUMNS)
    post = cells["id"]
    if post is None and "Date" in record and cells["views"] is not None:
        rows.ignore("days of an account: sums over all Posts")
        return
    if post is None:
        raise Unreadable("no line of a file of Posts: it has no Post id")
    linked = _LINK.search(cells["link"] or "")
    if "E+" in post.upper() and linked:
        post = linked[2]  # a spreadsheet made a rounded number of the id; the link still holds it
    at = written(post)
    if at is None:
        raise Unreadable(DESTROYED if "E+" in post.upper() else "Post id is no id of X that tells a time")
    author = rows.account or (account_of(f"@{linked[1]}", "x") if linked else None)
    if author is None:
        rows.warn(
            "counts of Posts without the Posts: no Post Link names their author (--account ACCOUNT does)"
        )
    else:
        tell_account(rows, "x", author, linked and linked[1])
        # To the second, as the API and archives tell it.
        rows.post(ident("x", post), author, f"{at[:19]}+00:00", cells["text"])
    counts = {name: whole(rows, name, None if cells[name] == "-" else cells[name]) for name in _COUNTS}
    rows.count(ident("x", post), author, **counts)


X_ANALYTICS = Source(
    name="x_analytics",
    title="X Analytics",
    written_from=(
        "the headers of X Analytics' CSV of content and of Twitter's CSV of Tweet activity in English, in public readers of both and examples "
        "that their tests hold, as of 2026"
    ),
    get=(
        "X Analytics in English, Content, the days you want, Download. Whose the Posts are Post Link tells, by name. Where the archive of the "
        "account, or what the API answers, is in the same folder, give the account's number: --account 2244994945."
    ),
    fills={
        "influencers": influencers(
            "x", "the name in Post Link, as x:@NAME; or --account", "the name in Post Link"
        ),
        "posts": {
            "post_id": "Post id, as x:ID",
            "author_id": "the name in Post Link, as x:@NAME; or --account",
            "created_at": "the time in the id",
            "text": "Post text",
            "links": "addresses in the text",
        },
        "post_metrics": post_metrics(
            "Post id",
            views="Impressions",
            likes="Likes",
            comments="Replies",
            shares="Reposts",
            saves="Bookmarks",
            clicks="URL Clicks",
            follows="New follows",
        ),
    },
    left=(
        "Date, which names no hour; Shares, how often the button was pressed that passes a Post on elsewhere",
        "what a Post answers, and whom it names: the file tells neither as an id; the API and the archive do",
        "what was paid for (promoted …), profile visits, clicks on hashtags, views of media",
        "the file of an account's days: sums over all Posts; followers",
    ),
    tried=(
        "parts of the files of two accounts in the tests of other readers, of 2015 and 2026: their 5 Posts were loaded at once "
        "with their counts"
    ),
    take=take,
    reader=csv_rows,
    suffixes=(".csv",),
    unsigned="x",
)
