"""Meta Business Suite: the CSV file of content, of an Instagram account or a Facebook page.

A post of Instagram has the id that the Graph API gives it, so that both tell of one post.
"""

from __future__ import annotations

from datetime import datetime

from .instagram import AT
from .reading.counts import whole
from .reading.fills import influencers
from .reading.formats import format_named
from .reading.ids import DESTROYED
from .reading.markup import links_in
from .reading.profile import by_name, tell_account, tell_named
from .reading.records import csv_rows
from .reading.rows import Rows, Unreadable, ident
from .reading.source import Source

_CALLED = ("Views", "Reach", "Impressions", "Comments", "Shares", "Saves", "Follows")
_COUNTS = {name.lower(): name for name in _CALLED}
"""Counts by the names of their columns."""


def take(record: dict[str, str], rows: Rows) -> None:
    """Make rows of a line."""
    if "Post ID" not in record or "Publish time" not in record:
        raise Unreadable("no line of a file of content: it has no Post ID or no Publish time")
    ids = [record[name] for name in ("Post ID", "Page ID") if name in record]
    if not all(map(str.isdigit, ids)):
        raise Unreadable(DESTROYED if any("E+" in one for one in ids) else "Post ID or Page ID is no number")
    text = "\n\n".join(dict.fromkeys(record[name] for name in ("Title", "Description") if name in record))
    at = _time(record["Publish time"])
    if "Account username" in record:
        post = ident("instagram", record["Post ID"])
        author = tell_named(rows, "instagram", record["Account username"])
        rows.refer(author, [("mention", by_name("instagram", name)) for name in AT.findall(text)], at, post)
    elif "Page ID" in record:
        post, author = ident("facebook", record["Post ID"]), ident("facebook", record["Page ID"])
        tell_account(rows, "facebook", author)
    else:
        raise Unreadable("neither of Instagram nor of Facebook: it has no Account username and no Page ID")
    rows.post(
        post, author, at, text or None, links=links_in(text), format=format_named(record.get("Post type"))
    )
    if record.get("Date", "Lifetime") != "Lifetime":
        rows.ignore("counts of one day, from which no count so far follows")
        return
    cells = {
        "likes": record.get("Likes", record.get("Reactions")),
        "clicks": record.get("Link clicks", record.get("Link Clicks")),
        **{name: record.get(column) for name, column in _COUNTS.items()},
    }
    rows.count(post, author, **{name: whole(rows, name, cell) for name, cell in cells.items()})


def _time(text: str) -> str:
    try:
        return datetime.strptime(text, "%m/%d/%Y %H:%M").isoformat()
    except ValueError:
        return text


META_SUITE = Source(
    name="meta_suite",
    title="Meta Business Suite",
    written_from=(
        "the headers of Meta Business Suite's content CSV in English, of Instagram and of Facebook, in public readers of it, as of 2026"
    ),
    get="Meta Business Suite in English, Insights, Content, Export data: Published content, with Data level Lifetime, as CSV.",
    fills={
        "influencers": influencers(
            "instagram; facebook",
            "Account username, as instagram:NAME; of Facebook Page ID, as facebook:ID",
            "Account username",
        ),
        "posts": {
            "post_id": "Post ID, as instagram:ID or facebook:ID",
            "author_id": "Account username, as instagram:NAME; of Facebook Page ID, as facebook:ID",
            "created_at": "Publish time, month/day/year, read as UTC",
            "text": "Title and Description",
            "links": "addresses in the text",
            "format": "Post type",
        },
        "post_metrics": {
            "post_id": "Post ID",
            "observed_at": "when the export was read",
            **_COUNTS,
            "likes": "Likes; of Facebook Reactions",
            "clicks": "Link clicks",
        },
        "mentions": {
            "referrer_id": "Account username",
            "influencer_id": "who is named with @ on Instagram",
            "kind": "mention",
            "created_at": "Publish time",
            "post_id": "Post ID",
        },
    },
    left=(
        "the time zone of Publish time, which the file does not tell: times may be some hours off",
        "counts of single days, where Date is not Lifetime",
        "the name of a Facebook page, which is not its address",
        "Duration, what was paid for",
        "followers, which another export tells",
    ),
    tried=(
        "four files of Instagram in the tests of other readers, of a post each, and one of Facebook, of two, which were loaded at once; on no "
        "whole file of an account, since none was found"
    ),
    take=take,
    reader=csv_rows,
    suffixes=(".csv",),
)
