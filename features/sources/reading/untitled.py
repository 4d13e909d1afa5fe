"""Sheets with a row a post that neither an id nor a text names: known by whose it is, its day, and what was counted of it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime

from suasion.features.tables.schema import Table

from .cells import is_filled, shown_cell
from .columns import bare, best_table, column_of, guess
from .dates import DateColumn
from .layout import Layout
from .spans import POSTING, read_or_none

UNTITLED = frozenset(("author_id", "created_at"))
"""What tells posts apart that have neither an id nor a text, beside their platform and their place among those alike."""
FEW, DAILY = 2, 10
"""Counts of posts that make a row one; rows of an account on every day without a gap, from which they are the account's."""
_OF_ACCOUNTS = frozenset(
    (
        "average_views",
        "average_likes",
        "average_comments",
        "posts_count",
        "real_share",
        "country_share",
        "following",
    )
)
"""What is counted of an account, and not of a post."""


def are_untitled(header: Sequence[str], tables: Mapping[str, Table], layout: Layout) -> bool:
    """Return whether each row is a post without an id and a text.

    Past campaigns are none, nor is what else was read of accounts: averages, everybody's numbers of one day, or somebody's of every day.

    Parameters
    ----------
    header
        The names of the columns, as the user says them.
    """
    needed = ("posts", "post_metrics", "audience", "outcomes")
    if not {*needed} <= tables.keys() or best_table(header, {"outcomes": tables["outcomes"]}):
        return False
    counts = [column for column in tables["post_metrics"].columns if not column.required]
    mapping = guess(header, [*tables["posts"].columns, *counts])
    fields = {*mapping.values()}
    beside = {*guess(header, tables["audience"].columns).values()}
    if not fields >= UNTITLED or fields & {"post_id", "text"} or beside & _OF_ACCOUNTS:
        return False
    if len(fields & {column.name for column in counts}) < FEW:
        return False
    who, day = (
        layout.header[list(header).index(column_of(mapping, field))] for field in ("author_id", "created_at")
    )
    return bare(day) in POSTING or not _are_of_accounts(layout, who, day, followed="followers" in beside)


def _are_of_accounts(layout: Layout, who: str, day: str, *, followed: bool) -> bool:
    of_each: dict[str, list[object]] = {}
    for row in layout.looked:
        if is_filled(row.get(day)):
            of_each.setdefault(shown_cell(row.get(who, "")).strip(), []).append(row[day])
    cells = [*itertools.chain.from_iterable(of_each.values())]
    if len(cells) > 1 and len(set(map(shown_cell, cells))) == 1:
        return followed
    column = DateColumn(day)
    for cell in cells:
        column.see(cell)
    column.order = column.sign if column.sign != "mixed" else None
    long = [
        {read_or_none(column, cell) for cell in cells} for cells in of_each.values() if len(cells) >= DAILY
    ]
    return bool(long) and all(map(_every_day, long))


def _every_day(moments: set[str | None]) -> bool:
    days = sorted(datetime.fromisoformat(moment).date() for moment in moments if moment)
    return all((later - day).days == 1 for day, later in itertools.pairwise(days))
