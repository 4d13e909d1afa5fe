"""Counts of old posts that were read too late, taken as settled: an assumption that is off unless it is asked for.

Whoever has one export, made today, has no snapshot from before past decisions. A post gathers most of what it will ever get
soon; what was first read of it after that age is then taken as if it had been read at that age. It is never used of a
post that was younger at the decision, and a snapshot that was really read later takes its place.

How much a count still grew between that age and the reading, nothing here can know: growth that follows a campaign leaks its outcome.
"""

from __future__ import annotations

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
    account = ("influencer_account", "author_account") if tables.joined else ("influencer_id", "author_id")
    due = " ".join(
        f"WHEN i.platform = {literal(platform)} THEN p.created_at + INTERVAL {days} DAY"
        for platform, days in SETTLED_AFTER.items()
    )
    counts = [column.name for column in TABLES["post_metrics"].columns if column.type == "number"]
    first = ", ".join(
        f"min_by(m.{name}, m.observed_at) FILTER (m.{name} IS NOT NULL) AS {name}" for name in counts
    )
    tables.sql(
        "CREATE OR REPLACE TABLE settled AS "
        f"WITH places AS (SELECT {account[0]} AS account, max(lower(trim(platform))) AS platform FROM influencers GROUP BY {account[0]}), "
        # Of versions that differ in when it was written, the latest: never too young.
        f"aged AS (SELECT p.post_id, max(CASE {due} ELSE p.created_at + INTERVAL {ELSEWHERE} DAY END) AS due "
        f"FROM posts p LEFT JOIN places i ON i.account = p.{account[1]} GROUP BY p.post_id) "
        f"SELECT a.post_id, a.due AS observed_at, {first}, a.due AS known_at, TIMESTAMP '{NEVER}' AS superseded_at "
        f"FROM aged a JOIN post_metrics m ON m.post_id = a.post_id AND m.observed_at >= a.due "
        f"WHERE m.superseded_at = TIMESTAMP '{NEVER}' GROUP BY a.post_id, a.due"
    )
