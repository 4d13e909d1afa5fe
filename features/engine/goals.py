"""Goals of campaigns: a purchase and a click are both conversions, and their sum is the number of nothing."""

from __future__ import annotations

from suasion.features.errors import InputError
from suasion.features.tables.read import literal
from suasion.features.tables.schema import NEVER

from .protocol import Database

GOALS = f"SELECT campaign_id, lower(trim(goal)) AS goal FROM campaigns WHERE superseded_at = TIMESTAMP '{NEVER}' AND trim(goal) <> ''"
"""SQL for the goal of each campaign that has one, as it was last told."""


def of_goal(tables: Database) -> str:
    """Return the SQL condition on campaigns that only those whose outcomes count fulfil."""
    if tables.goal is None:
        return "true"
    goal = literal(tables.goal.strip().lower())
    return f"campaign_id IN (SELECT campaign_id FROM ({GOALS}) WHERE goal = {goal})"


def by_goal(tables: Database) -> list[tuple[str, int, float]]:
    """Return goals with their outcomes and conversions as last told, the most frequent first; where no goal is told, its text is empty."""
    rows = tables.sql(
        "SELECT coalesce(g.goal, '') AS goal, count(*) AS n, sum(o.conversions) "
        f"FROM outcomes o LEFT JOIN ({GOALS}) g ON g.campaign_id = o.campaign_id "
        f"WHERE o.superseded_at = TIMESTAMP '{NEVER}' GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return [(goal, int(count), float(conversions)) for goal, count, conversions in rows]


def goals_of(tables: Database) -> dict[str, int]:
    """Return how many outcomes there are of each goal, as :func:`by_goal` does."""
    return {goal: count for goal, count, _ in by_goal(tables)}


def require_one_goal(tables: Database) -> None:
    """Refuse outcomes of several goals where nobody chose one, and a goal that no campaign has."""
    counts = goals_of(tables)
    named = [goal for goal in counts if goal]
    listed = ", ".join(f"{goal} ({counts[goal]:,} outcomes)" for goal in named)
    if tables.goal is None and len(named) > 1:
        raise InputError(
            f"Outcomes have several goals, which cannot be added up: {listed}. Choose one, such as --goal {named[0]} (in Python goal={named[0]!r})."
        )
    if tables.goal is not None and tables.goal.strip().lower() not in named:
        there = f"goals are {listed}" if named else "no campaign has one: fill the column goal of campaigns"
        raise InputError(f"No outcome has the goal {tables.goal!r}; {there}.")
