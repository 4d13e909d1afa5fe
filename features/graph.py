"""The standing of those who refer: PageRank (Page, Brin, Motwani, Winograd 1999) on a monthly grid.

On the first of each month the edges known before it are ranked; a decision uses the last grid point at or before its
``as_of``. Standing is PageRank times the number of accounts: 1 is average. An account nobody has referred to by then has
the floor that PageRank gives to all, ``1 - damping``, up to the mass that dead ends hand round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .check import Tables
from .read import sql_time
from .tables import NEVER, TABLES

DAMPING = 0.85
FLOOR = 1 - DAMPING
PRECISION, STEPS = 1e-13, 1_000
"""Largest relative change of any account's standing at which the iteration ends; the error left is six times that."""
OF_THE_GRAPH = ("references__own_standing", "conversation__leaders_cited")
"""Features that hang on where the influencer stands in the whole graph, and not on their own rows alone."""


def build_standing(tables: Tables) -> None:
    """Fill ``standing(account_id, month, standing)`` for the months the table ``decisions`` needs.

    A month is ranked once for all who ask: on the mentions as they were opened, never on those of a scratch copy.
    """
    opened = tables.opened
    wanted = tables.sql(
        "SELECT DISTINCT date_trunc('month', as_of)::TIMESTAMP AS month FROM decisions ORDER BY 1"
    ).fetchall()
    with opened.lock, opened.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS standing (account_id VARCHAR, month TIMESTAMP, standing DOUBLE); "
            "CREATE TABLE IF NOT EXISTS ranked_months (month TIMESTAMP)"
        )
        ranked = {month for (month,) in cursor.execute("SELECT month FROM ranked_months").fetchall()}
        months = [month for (month,) in wanted if month not in ranked]
        if "mentions" in opened.present and months:
            # A run that was interrupted may have left a month half written.
            cursor.execute("DELETE FROM standing WHERE month NOT IN (SELECT month FROM ranked_months)")
            _rank(cursor, months)
            cursor.executemany("INSERT INTO ranked_months VALUES (?)", [(month,) for month in months])


def _rank(cursor: duckdb.DuckDBPyConnection, months: list[datetime]) -> None:
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE told AS {told_before(months[-1])}")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE accounts AS {ACCOUNTS}")
    edges = cursor.execute(EDGES).fetchnumpy()
    accounts = cursor.execute("SELECT account_id FROM accounts ORDER BY number").to_arrow_table()
    graph = Graph(edges["source"], edges["target"], edges["month"], edges["weight"])
    for month, found in graph.ranks(months):
        told = pa.table(
            {
                "account_id": accounts["account_id"].slice(0, len(found)),
                "month": pa.array([month] * len(found), pa.timestamp("us")),
                "standing": found,
            }
        )
        cursor.register("found", told)
        cursor.execute("INSERT INTO standing SELECT * FROM found")
        cursor.unregister("found")
    cursor.execute("DROP TABLE told; DROP TABLE accounts")


_KEY = ", ".join(TABLES["mentions"].key)


def told_before(month: datetime) -> str:
    """Return SQL for who referred to whom in which month, each reference once, known before a month.

    The key of mentions holds all they say: a later version of one says nothing new, so the first stands. Few are told
    twice, and only those are grouped.
    """
    every = ", ".join(TABLES["mentions"].key[:-1]) + ", coalesce(post_id, '') AS post_id, known_at"
    return (
        f"WITH every AS (SELECT {every}, superseded_at FROM mentions), "
        f"replaced AS (SELECT DISTINCT {_KEY} FROM every WHERE superseded_at < TIMESTAMP '{NEVER}') "
        "SELECT referrer_id, influencer_id, date_trunc('month', known_at)::TIMESTAMP AS month FROM "
        f"(SELECT referrer_id, influencer_id, known_at FROM every ANTI JOIN replaced USING ({_KEY}) UNION ALL "
        f"SELECT referrer_id, influencer_id, min(known_at) AS known_at FROM every SEMI JOIN replaced USING ({_KEY}) GROUP BY {_KEY}) "
        f"WHERE known_at < {sql_time(month)} AND referrer_id <> influencer_id"
    )


ACCOUNTS = (
    "SELECT account_id, (row_number() OVER (ORDER BY first, account_id) - 1)::BIGINT AS number FROM (SELECT account_id, min(month) AS first "
    "FROM (SELECT referrer_id AS account_id, month FROM told UNION ALL SELECT influencer_id AS account_id, month FROM told) GROUP BY account_id)"
)
"""SQL that numbers the accounts of ``told`` in the order of their first month."""
EDGES = (
    "SELECT r.number AS source, i.number AS target, t.month, count(*)::DOUBLE AS weight FROM told t JOIN accounts r "
    "ON r.account_id = t.referrer_id JOIN accounts i ON i.account_id = t.influencer_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
"""SQL for the edges between numbered accounts, as :class:`Graph` takes them."""


@dataclass(frozen=True)
class Graph:
    """Who refers to whom, since which month, how often.

    Edges are in any order; accounts are numbered from 0 in the order of the month of their first edge.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    month: NDArray[np.datetime64]
    weight: NDArray[np.float64]

    def ranks(self, months: Sequence[datetime]) -> Iterator[tuple[datetime, NDArray[np.float64]]]:
        """Yield each month with the standing of the accounts there were before it, months in rising order.

        Each month starts from where the one before came out: the graph changes little from one to the next.

        >>> day = np.array(["2024-01-01"], "datetime64[us]")
        >>> graph = Graph(np.array([0]), np.array([1]), day, np.ones(1))
        >>> [(month, found)] = graph.ranks([datetime(2024, 2, 1)])
        >>> found.round(3).tolist()
        [0.702, 1.298]
        """
        order = np.argsort(self.target, kind="stable")  # once, so that no month sorts its edges into rows
        all_source, all_target, all_weight = self.source[order], self.target[order], self.weight[order]
        when, last = self.month[order], np.zeros(0)
        for month in months:
            known = when < np.datetime64(month)
            if not known.any():
                continue
            source, target, weight = all_source[known], all_target[known], all_weight[known]
            members = int(max(source.max(), target[-1])) + 1
            share = weight / np.bincount(source, weight, members)[source]
            start = np.concatenate([last, np.full(members - len(last), FLOOR)])
            last = _solve(source, target, share, start)
            yield month, last * (members / last.sum())


def _solve(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    share: NDArray[np.float64],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the standing that solves ``x = FLOOR + DAMPING * (shares of those who refer)``; scaled, it is PageRank.

    What dead ends hand round to all raises every account's floor alike, and with it, the equation being linear, all of the solution:
    only the scale differs. An account nobody refers to has the floor. Most are of that kind, and their edges are summed once:
    iterated are only edges between accounts that somebody refers to, and as much of what these give goes to nobody of
    them, few rounds are needed.
    """
    referred = np.bincount(target, minlength=len(start)) > 0
    place = np.cumsum(referred) - 1
    count = int(place[-1]) + 1
    fixed = ~referred[source]
    floor = FLOOR + DAMPING * FLOOR * np.bincount(place[target[fixed]], share[fixed], count)
    rows = np.concatenate([[0], np.cumsum(np.bincount(place[target[~fixed]], minlength=count))])
    links = csr_matrix((share[~fixed], place[source[~fixed]], rows), (count, count))
    standing = start[referred]
    for _ in range(STEPS):
        following = floor + DAMPING * (links @ standing)
        moved = float(np.max(np.abs(following - standing) / standing))
        standing = following
        if moved < PRECISION:
            break
    found = np.full(len(start), FLOOR)
    found[referred] = standing
    return found
