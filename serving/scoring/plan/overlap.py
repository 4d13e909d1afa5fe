"""Who of a plan reaches the same people, as far as it can be seen: in the accounts that refer to them, their engaged audience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from suasion.features.tables.open import Tables
from suasion.features.tables.read import literal, sql_time

DAYS = 365
"""How long ago a reference may lie that says who is engaged."""
NOTABLE, FEWEST = 0.25, 10
"""Share of the smaller audience, and accounts, from which two people are said to share theirs."""


@dataclass(frozen=True)
class Overlap:
    """Two people who are asked and reach the same accounts."""

    one: str
    other: str
    shared: int
    """Accounts that referred to both."""
    share: float
    """Of the accounts that referred to whom fewer refer to."""


def read_overlaps(tables: Tables, people: Sequence[str], as_of: datetime) -> tuple[Overlap, ...]:
    """Return who of some people share a notable part of their engaged audience, those who share most first.

    Only references of the year before ``as_of`` count, and only those that were known by then.
    """
    if len(people) < 2 or "mentions" not in tables.present:
        return ()
    moment = sql_time(as_of)
    audience = (
        "SELECT DISTINCT influencer_id AS who, referrer_id FROM mentions "
        f"WHERE influencer_id IN ({', '.join(map(literal, people))}) AND referrer_id <> influencer_id AND known_at < {moment} "
        f"AND superseded_at >= {moment} AND created_at >= {moment} - INTERVAL {DAYS} DAY"
    )
    rows = tables.sql(
        f"WITH audience AS ({audience}), sizes AS (SELECT who, count(*) AS n FROM audience GROUP BY who), "
        "pairs AS (SELECT a.who AS one, b.who AS other, count(*) AS shared FROM audience a JOIN audience b "
        "ON a.referrer_id = b.referrer_id AND a.who < b.who GROUP BY ALL) "
        "SELECT one, other, shared, shared / least(s.n, t.n) AS share FROM pairs JOIN sizes s ON s.who = one JOIN sizes t ON t.who = other "
        f"WHERE shared >= {FEWEST} AND share >= {NOTABLE} ORDER BY share DESC, one, other"
    ).fetchall()
    return tuple(Overlap(one, other, int(shared), float(share)) for one, other, shared, share in rows)
