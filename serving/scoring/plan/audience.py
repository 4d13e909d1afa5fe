"""Whose audiences are the same accounts: from lists of members, else from the accounts that refer to people, their engaged audience."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from suasion.features.tables.open import Tables
from suasion.features.tables.read import known_by, literal, sql_time

DAYS = 365
"""How long ago a reference may lie that says who is engaged."""
NOTABLE, FEWEST = 0.25, 10
"""Share of the smaller audience from which two people are said to share theirs; and accounts, from which an audience is known at all."""
MEMBERS = "audience_members"


@dataclass(frozen=True)
class Audience:
    """Accounts by the people whose audience they are in.

    >>> audience = Audience({"ann": 30, "bob": 20}, ((("ann", "bob"), 10),))
    >>> audience.pairs()
    (Overlap(one='ann', other='bob', shared=10, share=0.5),)
    """

    sizes: Mapping[str, int]
    """Accounts known of each person of whom there are enough."""
    segments: tuple[tuple[tuple[str, ...], int], ...]
    """People, two or more, and how many accounts are in the audiences of exactly these."""

    def pairs(self) -> tuple[Overlap, ...]:
        """Return who shares a notable part of their audience, those who share most first."""
        shared: Counter[tuple[str, str]] = Counter()
        for people, count in self.segments:
            for pair in combinations(sorted(people), 2):
                shared[pair] += count
        pairs = (
            Overlap(one, other, count, count / min(self.sizes[one], self.sizes[other]))
            for (one, other), count in shared.items()
        )
        notable = (pair for pair in pairs if pair.shared >= FEWEST and pair.share >= NOTABLE)
        return tuple(sorted(notable, key=lambda pair: (-pair.share, pair.one, pair.other)))


@dataclass(frozen=True)
class Overlap:
    """Two people who are asked and reach the same accounts."""

    one: str
    other: str
    shared: int
    """Accounts in both audiences."""
    share: float
    """Of the accounts in the smaller of the two."""


def lists_members(tables: Tables) -> bool:
    """Whether the data says who is in whose audience, and not only who refers to whom."""
    return MEMBERS in tables.present


def read_audience(tables: Tables, people: Sequence[str], as_of: datetime) -> Audience | None:
    """Return the audiences of some people, by what was known before a moment; None where the data says nothing of any.

    Without a table ``audience_members``, those count who referred to somebody in the year before.
    """
    if len(people) < 2:
        return None
    if lists_members(tables):
        table, account, since = MEMBERS, "member_id", ""
    elif "mentions" in tables.present:
        table, account = "mentions", "referrer_id"
        since = f" AND created_at >= {sql_time(as_of)} - INTERVAL {DAYS} DAY"
    else:
        return None
    pairs = (
        f"SELECT DISTINCT influencer_id AS who, {account} AS account FROM {table} SEMI JOIN "
        f"(SELECT unnest([{', '.join(map(literal, people))}]) AS influencer_id) USING (influencer_id) "
        f"WHERE {account} <> influencer_id AND {known_by(as_of)}{since}"
    )
    known = f"SELECT who, account FROM ({pairs}) QUALIFY count(*) OVER (PARTITION BY who) >= {FEWEST}"
    rows = tables.sql(
        f"SELECT people, count(*) FROM (SELECT list_sort(list(who)) AS people FROM ({known}) GROUP BY account) GROUP BY people ORDER BY people"
    ).fetchall()
    sizes: Counter[str] = Counter()
    for whose, count in rows:
        for who in whose:
            sizes[who] += count
    return Audience(dict(sizes), tuple((tuple(whose), int(count)) for whose, count in rows if len(whose) > 1))
