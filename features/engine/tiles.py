"""Half days of posts, summed up once: what a view of posts is made of, where posts need not be read one by one.

A part stands for one or more posts of an account: how many, how many of them answer somebody, how many links they hold and of how many
posts that is known, their decayed weight, the longest silence among them, and when the first and the last were written. A single post is a part, too, so
features are written once, over parts.

Posts are put together that lie in the same half day (from midnight or noon, UTC), were known before it ended and never replaced.
For a decision at midnight or noon such a part lies on one side of every boundary, as windows and their halves are whole half
days: nothing is lost, and no post of a later half day is in it. The first instant of a half day is a part of its own, since some
boundaries include it and some do not. Posts known late, or replaced by a version, stay single, and with them all of their half
day. Decisions at any other time are made from single posts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from suasion.features.tables.schema import NEVER

if TYPE_CHECKING:
    from suasion.features.tables.open import Tables

DECAY_DAYS = 30.0
"""Half-life of a post's weight."""
DECAY = 0.6931471805599453 / DECAY_DAYS
_DAY, _HALF_DAY = 86_400_000_000, 43_200_000_000
_HALF = f"epoch_us(created_at) // {_HALF_DAY}"
_SUMMED = (
    "CASE WHEN reply_to_id IS NULL THEN 0.0 ELSE 1.0 END AS replies, "
    "CASE WHEN links IS NULL THEN 0.0 ELSE CAST(array_length(links) AS DOUBLE) END AS linked, "
    "CASE WHEN links IS NULL THEN 0.0 ELSE 1.0 END AS shown"
)
ROWS = (
    f"SELECT author_id, created_at, created_at AS first_at, known_at, superseded_at, CAST(1 AS DOUBLE) AS n, {_SUMMED}, "
    "CAST(1 AS DOUBLE) AS decayed, CAST(0 AS DOUBLE) AS silence FROM posts"
)
"""SQL for every post as a part."""
COLUMNS = ("n", "replies", "linked", "shown", "decayed", "silence")


def build_parts(tables: Tables) -> None:
    """Make the view ``post_parts`` for the table ``decisions``: of half days where they are kept and all decisions allow it."""
    rows = ROWS
    if tables.kept and _aligned(tables) and not _hidden(tables):
        rows = "SELECT * FROM work.main.post_tiles"
    tables.sql(f"CREATE OR REPLACE VIEW post_parts AS {rows}")


def _aligned(tables: Tables) -> bool:
    row = tables.sql(f"SELECT bool_and(epoch_us(as_of) % {_HALF_DAY} = 0) FROM decisions").fetchone()
    return bool(row and row[0])


def _hidden(tables: Tables) -> bool:
    """Whether other posts stand before those that were opened."""
    place = tables.path.partition(".")[0]
    row = tables.sql(
        f"SELECT count(*) FROM duckdb_tables() WHERE database_name = '{place}' AND table_name = 'posts'"
    ).fetchone()
    return place != "work" and bool(row and row[0])


def refresh(connection: duckdb.DuckDBPyConnection, changed: str | None = None) -> None:
    """Make the table ``post_tiles`` from ``posts``, or mend it where posts changed.

    Parameters
    ----------
    changed
        SQL for the posts that are new or no longer what they were, with ``author_id, created_at``; None: all.
    """
    if changed is None:
        connection.execute(f"CREATE OR REPLACE TABLE post_tiles AS {_tiles('')}")
        return
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE halves AS SELECT DISTINCT author_id, {_HALF} AS half FROM ({changed}) WHERE author_id IS NOT NULL"
    )
    touched = f"(author_id, {_HALF}) IN (SELECT (author_id, half) FROM halves)"
    connection.execute(f"DELETE FROM post_tiles WHERE {touched}")
    connection.execute(f"INSERT INTO post_tiles {_tiles(f'AND {touched}')}")
    connection.execute("DROP TABLE halves")


def _tiles(where: str) -> str:
    whole = f"epoch_us(known_at) // {_HALF_DAY} = {_HALF} AND superseded_at = TIMESTAMP '{NEVER}'"
    since = f"(epoch_us(created_at) % {_HALF_DAY}) / {_DAY}.0"
    return (
        f"WITH told AS (SELECT author_id, created_at, known_at, superseded_at, {_SUMMED}, {_HALF} AS half, "
        f"epoch_us(created_at) % {_HALF_DAY} = 0 AS instant, bool_and({whole}) OVER (PARTITION BY author_id, {_HALF}) AS whole, "
        f"created_at - lag(created_at) OVER (PARTITION BY author_id, {_HALF}, epoch_us(created_at) % {_HALF_DAY} = 0 ORDER BY created_at) AS gap "
        f"FROM posts WHERE author_id IS NOT NULL {where}) "
        "SELECT author_id, max(created_at) AS created_at, min(created_at) AS first_at, max(known_at) AS known_at, "
        f"TIMESTAMP '{NEVER}' AS superseded_at, count(*)::DOUBLE AS n, sum(replies) AS replies, sum(linked) AS linked, sum(shown) AS shown, "
        f"sum(exp({DECAY!r} * {since})) / exp({DECAY!r} * max({since})) AS decayed, "
        f"coalesce(max(epoch_us(gap)), 0) / {_DAY}.0 AS silence FROM told WHERE whole GROUP BY author_id, half, instant "
        "UNION ALL SELECT author_id, created_at, created_at, known_at, superseded_at, 1, replies, linked, shown, 1, 0 FROM told WHERE NOT whole"
    )
