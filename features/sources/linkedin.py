"""LinkedIn: the workbook of a page's content, and the one of a person's own statistics.

Neither names whose it is. A post is known by the number in its address, whose upper part is the millisecond in which it was given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from .reading.cells import Linked, is_filled, shown_cell
from .reading.counts import Days, cells_of, count_of_days, whole
from .reading.fills import audience, influencers, post_metrics
from .reading.formats import format_named
from .reading.moments import readings
from .reading.profile import tell_account
from .reading.records import Broken, Document, Record
from .reading.rows import Rows, Unreadable, epoch, ident, moment
from .reading.sheets import SUFFIXES, sheets_of
from .reading.source import Source

_LINKS = ("Post link", "Update link", "Post URL")
_POST = re.compile(r"(?:activity|share|ugcPost)(?::|%3A|-)(\d{19})(?!\d)")
_TITLES = ("Post title", "Update title")
_COUNTS = {
    "views": ("Views (Excluding offsite video views)", "Views (excluding off-site video views)"),
    "impressions": ("Impressions",),
    "clicks": ("Clicks",),
    "likes": ("Likes",),
    "comments": ("Comments",),
    "shares": ("Reposts", "Shares"),
    "follows": ("Follows",),
}
"""Counts by the names of their columns, of today and of earlier years."""
_DAYS, _FOLLOWERS = "days of the file", "Total followers on"


def _lines(document: Document) -> Iterator[Record | Broken]:
    """Yield the rows below the headers, of two tables beside each other one each; rows of anything else as they are."""
    days = ""
    for sheet in sheets_of(document):
        if isinstance(sheet, Broken):
            yield sheet
            continue
        header: list[str] | None = None
        for item in sheet.rows:
            if isinstance(item, Broken):
                yield item
                continue
            number, cells = item
            row = [_text(cell) for cell in cells]
            if header is None and set(row) & set(_LINKS):
                header = row
            elif header is None and any(row):
                days = next((cell for cell in row if " - " in cell and row[0] == "Overall Performance"), days)
                yield Record(document.name, number, row)
            elif header is not None:
                for part in _parts(header, row):
                    yield Record(document.name, number, part | ({_DAYS: days} if days else {}))


def _text(cell: object) -> str:
    if isinstance(cell, Linked):
        return cell.address if _POST.search(cell.address) else str(cell)
    return shown_cell(cell).strip() if is_filled(cell) else ""


def _parts(header: list[str], row: list[str]) -> Iterator[dict[str, str]]:
    starts = [n for n, name in enumerate(header) if name in _LINKS]
    bounds = [0, *starts[1:], len(header)]
    for start, end in pairwise(bounds):
        part = dict(zip(header[start:end], row[start:end], strict=False))
        if filled := {name: cell for name, cell in part.items() if name and cell}:
            yield filled


def take(record: dict[str, str] | list[str], rows: Rows) -> None:
    """Make rows of a row of a sheet: of one below a header by name, of any other as it is."""
    if isinstance(record, dict):
        _post(record, rows)
        return
    name, *values = record
    if not name.startswith(_FOLLOWERS) or not any(values):
        rows.ignore("titles, sums and days of an account")
        return
    on = _date(name.removeprefix(_FOLLOWERS).strip(" :"))
    if on is None:
        raise Unreadable("Total followers on a day that is none")
    read = moment(rows.read_at)
    over = on + timedelta(days=1)
    rows.add(
        "audience",
        influencer_id=rows.account,
        observed_at=over.isoformat() if read is None or over < read else rows.read_at,
        followers=whole(rows, "followers", next(filter(None, values))),
    )


def _post(line: dict[str, str], rows: Rows) -> None:
    cells = cells_of(line, {"link": _LINKS, "title": _TITLES, **_COUNTS})
    match = _POST.search(cells["link"] or "")
    if match is None:
        raise Unreadable("a line whose link names no post")
    if line.get("Post type", line.get("Update type", "")).casefold() == "sponsored":
        rows.ignore("posts that were paid for")
        return
    post, at = ident("linkedin", match[1]), epoch(int(match[1]) >> 22, 1e-3)
    tell_account(rows, "linkedin", rows.account)
    rows.post(post, rows.account, at, cells["title"], format=format_named(line.get("Content Type")))
    counts = {name: whole(rows, name, cells[name]) for name in _COUNTS}
    count_of_days(rows, post, moment(at), _span(line.get(_DAYS, "")), **counts)


def _date(text: str) -> datetime | None:
    day = readings(text).get("mdy")
    return day and day.replace(tzinfo=UTC)


def _span(text: str) -> Days | None:
    first, _, last = text.partition(" - ")
    start, end = _date(first), _date(last)
    return (start, end + timedelta(days=1)) if start and end else None


LINKEDIN = Source(
    name="linkedin",
    title="LinkedIn",
    written_from=(
        "the sheets and headers of LinkedIn's exports in English, of a page's content (All posts, Metrics; in earlier years Update "
        "engagement) and of a person's own statistics (DISCOVERY, TOP POSTS, FOLLOWERS), in public readers of them, as of 2026"
    ),
    get=(
        "LinkedIn in English. Of a page: Analytics, Content, Export, as .xls. Of a person: Analytics, Content, Export, as .xlsx, for as many "
        "days as it offers. Whose it is, the files do not say: --account with the address of the page or profile."
    ),
    fills={
        "influencers": influencers("linkedin", "--account"),
        "posts": {
            "post_id": "the number in Post link or Post URL, as linkedin:NUMBER",
            "author_id": "--account",
            "created_at": "the time in that number",
            "text": "Post title, of a page",
            "links": "addresses in the text",
            "format": "Content Type, of a page",
        },
        "audience": audience(
            "--account",
            observed_at="the end of the day of Total followers on, or when the export was read",
            followers="Total followers on, of a person",
        ),
        "post_metrics": post_metrics(
            "the number in Post link or Post URL",
            observed_at="when the export was read; of a person the end of the days it is of",
            known_at="when the export was read, where those days ended before",
            views="Views (Excluding offsite video views), of a page",
            impressions="Impressions",
            clicks="Clicks, of a page",
            likes="Likes, of a page",
            comments="Comments, of a page",
            shares="Reposts, of a page",
            follows="Follows, of a page",
        ),
    },
    left=(
        "posts that were paid for",
        "days of an account and sums over them; new followers a day, of whom those who left are not taken off",
        "Engagements, which add up likes, comments, reposts and clicks",
        "Posted by: who of a page's people made a post; job titles and places of an audience",
        "counts of a person's posts that are older than the days of the export",
    ),
    tried=(
        "the sheet TOP POSTS of a person, as CSV, and parts of two: their 65 posts were loaded at once, and 60 with impressions; on no "
        "workbook of a page, since none was found"
    ),
    take=take,
    reader=_lines,
    suffixes=SUFFIXES,
    unsigned="linkedin",
)
