"""Counts of old posts that were read too late, taken as settled: an assumption that is off unless it is asked for.

Whoever has one export, made today, has no snapshot from before past decisions. A post gathers most of what it will ever get
soon; what was first read of it after that age is then taken as if it had been read at that age. It is never used of a
post that was younger at the decision, and a snapshot that was really read later takes its place.

How much a count still grew between that age and the reading is not known of it: growth that follows a campaign leaks its outcome. Posts that
were read twice after that age tell how much counts grow then (:func:`assumption_of`).
"""

from __future__ import annotations

from dataclasses import dataclass

from suasion.features.tables.read import literal
from suasion.features.tables.schema import NEVER, TABLES

from .protocol import Database

SETTLED_AFTER = {"x": 7, "twitter": 7, "facebook": 7, "instagram": 10, "linkedin": 10, "youtube": 60}
"""Days after which a post of a platform counts as settled: ten half-lives, and a week at least. The half-lives are those of S. Graffius,
"Half-Life for Posts on Different Social Media Platforms" (2018): 21 minutes on Twitter, 30 on Facebook, 19 hours on Instagram, 24 on
LinkedIn, 6 days on YouTube."""
ELSEWHERE = 90
"""Days for posts of any other platform, or of one that is not known."""


def build_settled(tables: Database) -> None:
    """Create ``settled``: snapshots as in ``post_metrics``, read when a post was old enough, with what was first read of it since."""
    first = ", ".join(
        f"min_by(m.{name}, m.observed_at) FILTER (m.{name} IS NOT NULL) AS {name}" for name in _COUNTS
    )
    tables.sql(
        f"CREATE OR REPLACE TABLE settled AS WITH {_aged(tables)} "
        f"SELECT a.post_id, a.due AS observed_at, {first}, a.due AS known_at, TIMESTAMP '{NEVER}' AS superseded_at "
        f"FROM aged a JOIN post_metrics m ON m.post_id = a.post_id AND m.observed_at >= a.due "
        f"WHERE m.superseded_at = TIMESTAMP '{NEVER}' GROUP BY a.post_id, a.due"
    )


@dataclass(frozen=True)
class Assumption:
    """What rests on taking counts as settled, and what the user's own snapshots say of it."""

    posts: int
    """Posts of which something was read only once they were old enough: what is taken as known since then."""
    values: int
    """Counts of them, each a number."""
    followed: int
    """Counts, of any post, that were read twice at that age or later, and were not zero."""
    growth: float | None
    """Median share by which those had grown at the last reading; None where none was read again."""
    days: float | None
    """Median days between the two readings."""
    growth_in_campaigns: float | None = None
    """``growth`` of posts whose author was asked for a campaign between the two readings; None where there are none."""
    growth_else: float | None = None
    """``growth`` of all other posts; None where there are none."""


def assumption_of(tables: Database) -> Assumption:
    """Return how many values would rest on the assumption, and how much counts grew after that age where they were read twice."""
    late = " UNION ALL ".join(
        "SELECT a.post_id, max(a.author_id) AS author_id, min(m.observed_at) FILTER (m.observed_at < a.due) AS before, "
        f"min_by({count}, {at}) AS first, max_by({count}, {at}) AS last, "
        f"min({at}) AS began, max({at}) AS ended FROM aged a JOIN post_metrics m ON m.post_id = a.post_id "
        f"WHERE m.superseded_at = TIMESTAMP '{NEVER}' AND m.{name} IS NOT NULL GROUP BY a.post_id"
        for name in _COUNTS
        for count, at in [(f"CASE WHEN m.observed_at >= a.due THEN m.{name} END", "CASE WHEN m.observed_at >= a.due THEN m.observed_at END")]
    )  # fmt: skip
    twice = "began < ended AND first > 0"
    took_part = "EXISTS (SELECT 1 FROM outcomes o WHERE o.influencer_id = late.author_id AND o.decided_at >= began AND o.decided_at < ended)"
    row = tables.sql(
        f"WITH {_aged(tables)}, late AS ({late}) SELECT count(DISTINCT post_id) FILTER (before IS NULL), count(*) FILTER (before IS NULL), count(*) FILTER ({twice}), "
        f"median(last / first - 1) FILTER ({twice}), median(date_diff('second', began, ended) / 86400.0) FILTER ({twice}), "
        f"median(last / first - 1) FILTER ({twice} AND took_part), median(last / first - 1) FILTER ({twice} AND NOT took_part) "
        f"FROM (SELECT *, {took_part} AS took_part FROM late) WHERE first IS NOT NULL"
    ).fetchone()
    assert row is not None
    return Assumption(*row)


_COUNTS = [column.name for column in TABLES["post_metrics"].columns if column.type == "number"]


def _aged(tables: Database) -> str:
    """Return the common table expressions that tell of each post since when it is old enough."""
    account = ("influencer_account", "author_account") if tables.joined else ("influencer_id", "author_id")
    due = " ".join(
        f"WHEN i.platform = {literal(platform)} THEN p.created_at + INTERVAL {days} DAY"
        for platform, days in SETTLED_AFTER.items()
    )
    return (
        f"places AS (SELECT DISTINCT {account[0]} AS account, lower(trim(platform)) AS platform FROM influencers WHERE trim(platform) <> ''), "
        # Of versions that differ in when it was written, or where its author is, the latest: never too young.
        f"aged AS (SELECT p.post_id, max(p.author_id) AS author_id, max(CASE {due} ELSE p.created_at + INTERVAL {ELSEWHERE} DAY END) AS due "
        f"FROM posts p LEFT JOIN places i ON i.account = p.{account[1]} GROUP BY p.post_id)"
    )
