"""Counts of old posts that were read too late, taken as settled: an assumption that is off unless it is asked for.

Whoever has one export, made today, has no snapshot from before past decisions. A post gathers most of what it will ever get
soon; what was first read of it after that age is then taken as if it had been read at that age. It is never used of a
post that was younger at the decision, and a snapshot that was really read later takes its place.

How much a count still grew between that age and the reading is not known of it: growth that follows a campaign leaks its outcome. Posts that
were read twice after that age tell how much counts grow then (:func:`assumption_of`). Where they grow for longer than is published, a user's own
snapshots raise the age (:func:`longer_ages`) and never lower it, so that what was read after a decision can only withhold counts from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from suasion.features.tables.read import literal
from suasion.features.tables.schema import NEVER, TABLES

from .protocol import Database

SETTLED_AFTER = {"x": 7, "twitter": 7, "facebook": 7, "instagram": 10, "linkedin": 10, "youtube": 60}
"""Days after which a post of a platform counts as settled: ten half-lives, and a week at least. The half-lives are those of S. Graffius,
"Half-Life for Posts on Different Social Media Platforms" (2018): 21 minutes on Twitter, 30 on Facebook, 19 hours on Instagram, 24 on
LinkedIn, 6 days on YouTube."""
ELSEWHERE = 90
"""Days for posts of any other platform, or of one that is not known."""
LEAST, STILL = 30, 0.05
"""Posts of a platform that must have been read twice after an age to tell anything of it, and the median growth since that is still none."""


@dataclass(frozen=True)
class Age:
    """A platform whose counts grow for longer than is published, by the user's own snapshots."""

    platform: str
    """Empty where nobody told it."""
    published: int
    """Days after which its counts are taken as settled elsewhere."""
    days: int | None
    """Twice or four times as many, after which they grew no more; None where they did, or nothing tells: never settled."""
    posts: int
    """Posts that were read twice after the published age."""
    growth: float
    """Median share by which their counts had grown at the last reading."""


def longer_ages(tables: Database) -> tuple[Age, ...]:
    """Return the platforms whose counts still grow after the published age, where enough posts were read twice to tell."""
    times = " UNION ALL ".join(
        f"SELECT p.post_id, {_PLACE} AS platform, {factor} AS factor, max({_due(factor)}) AS due {_written(tables)} "
        f"JOIN again r ON r.post_id = p.post_id GROUP BY p.post_id, {_PLACE}"
        for factor in (1, 2, 4)
    )
    late = " UNION ALL ".join(
        f"SELECT t.platform, t.factor, t.post_id, min_by(m.{name}, m.observed_at) AS first, max_by(m.{name}, m.observed_at) AS last "
        "FROM times t JOIN post_metrics m ON m.post_id = t.post_id AND m.observed_at >= t.due "
        f"WHERE m.superseded_at = TIMESTAMP '{NEVER}' AND m.{name} IS NOT NULL "
        "GROUP BY t.platform, t.factor, t.post_id HAVING count(*) > 1"
        for name in _COUNTS
    )
    rows = tables.sql(
        f"WITH {_places(tables)}, again AS (SELECT post_id FROM post_metrics WHERE superseded_at = TIMESTAMP '{NEVER}' GROUP BY post_id "
        f"HAVING count(*) > 1), times AS ({times}), late AS ({late}) "
        "SELECT platform, factor, count(DISTINCT post_id) AS posts, median(last / first - 1) AS growth FROM late WHERE first > 0 "
        f"GROUP BY platform, factor HAVING count(DISTINCT post_id) >= {LEAST} ORDER BY platform, factor"
    ).fetchall()
    quiet = {(platform, factor) for platform, factor, _, growth in rows if growth <= STILL}
    ages = []
    for platform, factor, posts, growth in rows:
        if factor == 1 and growth > STILL:
            published = SETTLED_AFTER.get(platform, ELSEWHERE)
            days = next((published * more for more in (2, 4) if (platform, more) in quiet), None)
            ages.append(Age(platform, published, days, posts, growth))
    return tuple(ages)


def build_settled(tables: Database) -> None:
    """Create ``settled``: snapshots as in ``post_metrics``, read when a post was old enough, with what was first read of it since."""
    first = ", ".join(
        f"min_by(m.{name}, m.observed_at) FILTER (m.{name} IS NOT NULL) AS {name}" for name in _COUNTS
    )
    tables.sql(
        f"CREATE OR REPLACE TABLE settled AS WITH {_aged(tables, longer_ages(tables))} "
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
    """Counts, of any post, that were read twice at the published age or later, and were not zero."""
    growth: float | None
    """Median share by which those had grown at the last reading; None where none was read again."""
    days: float | None
    """Median days between the two readings."""
    growth_in_campaigns: float | None = None
    """``growth`` of posts whose author was asked for a campaign between the two readings; None where there are none."""
    growth_else: float | None = None
    """``growth`` of all other posts; None where there are none."""
    longer: tuple[Age, ...] = ()
    """Platforms of which another age than the published one is used."""


def assumption_of(tables: Database) -> Assumption:
    """Return how many values would rest on the assumption, and how much counts grew after that age where they were read twice."""
    late = " UNION ALL ".join(
        "SELECT a.post_id, max(a.author_id) AS author_id, min(m.observed_at) FILTER (m.observed_at < a.due) AS before, "
        "max(m.observed_at) FILTER (m.observed_at >= a.due) AS since, "
        f"min_by({count}, {at}) AS first, max_by({count}, {at}) AS last, "
        f"min({at}) AS began, max({at}) AS ended FROM aged a JOIN post_metrics m ON m.post_id = a.post_id "
        f"WHERE m.superseded_at = TIMESTAMP '{NEVER}' AND m.{name} IS NOT NULL GROUP BY a.post_id"
        for name in _COUNTS
        for old in ["WHEN m.observed_at >= a.published THEN"]
        for count, at in [(f"CASE {old} m.{name} END", f"CASE {old} m.observed_at END")]
    )
    rests, twice = "before IS NULL AND since IS NOT NULL", "began < ended AND first > 0"
    took_part = "EXISTS (SELECT 1 FROM outcomes o WHERE o.influencer_id = late.author_id AND o.decided_at >= began AND o.decided_at < ended)"
    longer = longer_ages(tables)
    row = tables.sql(
        f"WITH {_aged(tables, longer)}, late AS ({late}) SELECT count(DISTINCT post_id) FILTER ({rests}), count(*) FILTER ({rests}), count(*) FILTER ({twice}), "
        f"median(last / first - 1) FILTER ({twice}), median(date_diff('second', began, ended) / 86400.0) FILTER ({twice}), "
        f"median(last / first - 1) FILTER ({twice} AND took_part), median(last / first - 1) FILTER ({twice} AND NOT took_part) "
        f"FROM (SELECT *, {took_part} AS took_part FROM late)"
    ).fetchone()
    assert row is not None
    return replace(Assumption(*row), longer=longer)


_COUNTS = [column.name for column in TABLES["post_metrics"].columns if column.type == "number"]


_PLACE = "coalesce(i.platform, '')"


def _places(tables: Database) -> str:
    """Return the common table expression of where accounts are: ``places``."""
    account = "influencer_account" if tables.joined else "influencer_id"
    return (
        f"places AS (SELECT DISTINCT {account} AS account, lower(trim(platform)) AS platform FROM influencers "
        "WHERE trim(platform) <> '')"
    )


def _written(tables: Database) -> str:
    author = "author_account" if tables.joined else "author_id"
    return f"FROM posts p LEFT JOIN places i ON i.account = p.{author}"


def _due(factor: int = 1, longer: tuple[Age, ...] = ()) -> str:
    """Return when a post is old enough, by where its author is."""
    days: dict[str, int | None] = {name: factor * days for name, days in SETTLED_AFTER.items()}
    days |= {age.platform: age.days for age in longer}
    cases = " ".join(
        f"WHEN {_PLACE} = {literal(platform)} THEN "
        + (f"TIMESTAMP '{NEVER}'" if days is None else f"p.created_at + INTERVAL {days} DAY")
        for platform, days in days.items()
    )
    return f"CASE {cases} ELSE p.created_at + INTERVAL {factor * ELSEWHERE} DAY END"


def _aged(tables: Database, longer: tuple[Age, ...]) -> str:
    """Return the common table expressions that tell of each post since when it is old enough."""
    # Of versions that differ in when it was written, or where its author is, the latest: never too young.
    return (
        f"{_places(tables)}, aged AS (SELECT p.post_id, max(p.author_id) AS author_id, max({_due()}) AS published, "
        f"max({_due(longer=longer)}) AS due {_written(tables)} GROUP BY p.post_id)"
    )
