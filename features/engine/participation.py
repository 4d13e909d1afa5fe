"""Who takes part in which campaign, and what came of it: two things that become known at two times.

That somebody takes part is known from the moment of decision on; what came of it is known when its outcome is. A feature that needs
only the first reads ``participants``, and need not wait for the outcome.
"""

from __future__ import annotations

from .goals import of_goal
from .protocol import Database


def build_participations(tables: Database) -> None:
    """Create ``participations``: outcomes with brand, category and net conversions, known when the outcome is.

    Brand and category are those of the campaign's latest version known before the decision, else of the first that was known by
    its start and no later than the outcome. Outcomes of another goal than the one that was chosen are as if they were not there.
    """
    tables.sql(
        "CREATE OR REPLACE TABLE participations AS SELECT o.row_id, o.campaign_id, o.influencer_id, o.decided_at, o.known_at, "
        "o.superseded_at, o.exposure, o.conversions, o.refunds, o.clicks, k.campaign.brand AS brand, k.campaign.category AS category, "
        f"greatest(o.conversions - coalesce(o.refunds, 0), 0) AS net FROM (SELECT * FROM outcomes WHERE {of_goal(tables)}) o LEFT JOIN "
        "(SELECT o.row_id AS outcome, coalesce("
        "   max_by(struct_pack(brand := c.brand, category := c.category), c.known_at) FILTER (c.known_at < o.decided_at), "
        "   min_by(struct_pack(brand := c.brand, category := c.category), c.known_at) FILTER (c.known_at <= least(c.starts_at, o.known_at))) AS campaign "
        " FROM outcomes o JOIN campaigns c ON c.campaign_id = o.campaign_id GROUP BY ALL) k ON k.outcome = o.row_id"
    )


def build_participants(tables: Database) -> None:
    """Create ``participants(influencer_id, category, campaign_id, since, since_another)``: who takes part in campaigns of a category.

    ``since`` when that is known of ``campaign_id``, the first, and ``since_another`` of any other. It is known from the decision on,
    of a candidate from when that row was known, and not before the version of the campaign that tells its category.
    """
    tables.sql(
        "CREATE OR REPLACE TABLE participants AS WITH decided AS ("
        f"SELECT campaign_id, influencer_id, decided_at, decided_at AS since FROM outcomes WHERE {of_goal(tables)} UNION ALL "
        "SELECT campaign_id, influencer_id, decided_at, greatest(decided_at, known_at) AS since FROM candidates), "
        "versions AS (SELECT d.campaign_id, d.influencer_id, d.decided_at, d.since, coalesce("
        "max_by(struct_pack(category := c.category, told_at := c.known_at), c.known_at) FILTER (c.known_at < d.decided_at), "
        "min_by(struct_pack(category := c.category, told_at := c.known_at), c.known_at) FILTER (c.known_at <= c.starts_at)) AS version "
        "FROM decided d JOIN campaigns c ON c.campaign_id = d.campaign_id GROUP BY ALL), "
        "of_campaign AS (SELECT influencer_id, version.category AS category, campaign_id, min(greatest(since, version.told_at)) AS since "
        "FROM versions WHERE version.category IS NOT NULL GROUP BY ALL), "
        "ranked AS (SELECT *, row_number() OVER (PARTITION BY influencer_id, category ORDER BY since, campaign_id) AS nth FROM of_campaign) "
        "SELECT influencer_id, category, max(campaign_id) FILTER (nth = 1) AS campaign_id, min(since) FILTER (nth = 1) AS since, "
        "min(since) FILTER (nth = 2) AS since_another FROM ranked WHERE nth <= 2 GROUP BY influencer_id, category"
    )
