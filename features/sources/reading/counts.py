"""Counts as the exports of people's own statistics tell them: whole numbers, of the days that somebody asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from .numerals import parse
from .records import Broken
from .rows import Rows, moment

Days = tuple[datetime, datetime]
"""From when until when, UTC, the end not counted any more."""


def cells_of(row: Mapping[str, str], columns: Mapping[str, tuple[str, ...]]) -> dict[str, str | None]:
    """Return a row's cells by what they hold, each under the first of the names that its column may have."""
    return {
        field: next((row[name] for name in names if name in row), None) for field, names in columns.items()
    }


def whole(rows: Rows, column: str, text: str | None) -> float | None:
    """Return a count, however its thousands are parted; a cell that is no whole number is left out and told."""
    if text is None:
        return None
    number = parse(text)
    read = [number.point, number.comma] if number and not number.percent else []
    if counts := [value for value in read if value is not None and value == int(value)]:
        # 1,234 and 1.234 are 1234: of parts of a view nobody tells.
        return float(max(counts))
    rows.reject(Broken(rows.file, rows.line, "no whole number", text, column))
    return None


def count_of_days(rows: Rows, post: object, at: datetime | None, days: Days | None, **counts: object) -> None:
    """Add counts of some days: of a post made in them, which is all there were until their end. ``at``: when it was made.

    Nobody could read them before the export was made, so they are known since.
    """
    if all(value is None for value in counts.values()):
        return
    if days is None:
        rows.warn(
            "counts of files that do not say of which days they are: taken as all there were when the file was read"
        )
        rows.count(post, rows.account, **counts)
    elif at is None or at < days[0]:
        rows.ignore("counts of some days of a post that is older, from which no count so far follows")
    else:
        read = moment(rows.read_at)
        early = read is not None and days[1] < read
        until, known_at = (days[1].isoformat(), rows.read_at) if early else (None, None)
        rows.count(post, rows.account, at=until, known_at=known_at, **counts)
