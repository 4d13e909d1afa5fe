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

from suasion.features.tables.open import Tables
from suasion.features.tables.quarantine import one
from suasion.features.tables.read import sql_time
from suasion.features.tables.schema import NEVER, TABLES

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
    query = "SELECT DISTINCT date_trunc('month', as_of)::TIMESTAMP FROM decisions ORDER BY 1"
    wanted = tables.sql(query).fetchall()
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
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE known_references AS {references_before(months[-1])}")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE accounts AS {ACCOUNTS}")
    accounts = cursor.execute("SELECT account_id FROM accounts ORDER BY number").to_arrow_table()
    graph = _read(cursor)
    for month, standing in graph.ranks(months):
        columns = {
            "account_id": accounts["account_id"].slice(0, len(standing)),
            "month": pa.array([month] * len(standing), pa.timestamp("us")),
            "standing": standing,
        }
        cursor.from_arrow(pa.table(columns)).insert_into("standing")
    cursor.execute("DROP TABLE known_references; DROP TABLE accounts")


def _read(cursor: duckdb.DuckDBPyConnection) -> Graph:
    """Return the edges, read in pieces: there may be more of them than fit twice into memory."""
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE edges AS {EDGES}")
    graph = Graph.of(one(cursor, "SELECT count(*) FROM edges"))
    start = 0
    for batch in cursor.execute("SELECT * FROM edges ORDER BY target, source, month").to_arrow_reader(PIECE):
        graph.put(start, batch)
        start += len(batch)
    cursor.execute("DROP TABLE edges")
    return graph


_KEY = ", ".join(TABLES["mentions"].key)


def references_before(month: datetime) -> str:
    """Return SQL for who referred to whom in which month, each reference once, known before a month.

    The key of mentions holds all they say: a later version of one says nothing new, so the first stands. Few are told
    twice, and only those are grouped.
    """
    versions = ", ".join(TABLES["mentions"].key[:-1]) + ", coalesce(post_id, '') AS post_id, known_at"
    return (
        f"WITH versions AS (SELECT {versions}, superseded_at FROM mentions), "
        f"replaced AS (SELECT DISTINCT {_KEY} FROM versions WHERE superseded_at < TIMESTAMP '{NEVER}') "
        "SELECT referrer_id, influencer_id, date_trunc('month', known_at)::TIMESTAMP AS month FROM "
        f"(SELECT referrer_id, influencer_id, known_at FROM versions ANTI JOIN replaced USING ({_KEY}) UNION ALL "
        f"SELECT referrer_id, influencer_id, min(known_at) AS known_at FROM versions SEMI JOIN replaced USING ({_KEY}) GROUP BY {_KEY}) "
        f"WHERE known_at < {sql_time(month)} AND referrer_id <> influencer_id"
    )


ACCOUNTS = (
    "SELECT account_id, (row_number() OVER (ORDER BY first, account_id) - 1)::BIGINT AS number FROM (SELECT account_id, min(month) AS first "
    "FROM (SELECT referrer_id AS account_id, month FROM known_references UNION ALL SELECT influencer_id AS account_id, month FROM known_references) GROUP BY account_id)"
)
"""SQL that numbers the accounts of ``known_references`` in the order of their first month."""
EDGES = (
    "SELECT r.number AS source, i.number AS target, (extract(year FROM t.month) - 1970) * 12 + extract(month FROM t.month) - 1 AS month, "
    "count(*) AS weight FROM known_references t JOIN accounts r ON r.account_id = t.referrer_id JOIN accounts i ON i.account_id = t.influencer_id "
    "GROUP BY 1, 2, 3"
)
"""SQL for the edges between numbered accounts, as :class:`Graph` takes them, months counted from January 1970."""
PIECE = 4_000_000
"""Edges that are worked on at a time."""


@dataclass(frozen=True)
class Graph:
    """Who refers to whom, since which month, how often: 14 bytes an edge.

    Edges are in the order of their targets; accounts are numbered from 0 in the order of the month of their first edge.
    """

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    month: NDArray[np.int16]
    """Months since January 1970."""
    weight: NDArray[np.float32]

    @classmethod
    def of(cls, edges: int) -> Graph:
        """Return room for so many edges."""
        ends = np.empty(edges, np.int32), np.empty(edges, np.int32)
        return cls(*ends, np.empty(edges, np.int16), np.empty(edges, np.float32))

    def put(self, start: int, batch: pa.RecordBatch | pa.Table) -> None:
        """Write edges of :data:`EDGES` from ``start`` on."""
        for name in ("source", "target", "month", "weight"):
            getattr(self, name)[start : start + len(batch)] = batch[name].to_numpy(zero_copy_only=False)

    def ranks(self, months: Sequence[datetime]) -> Iterator[tuple[datetime, NDArray[np.float64]]]:
        """Yield each month with the standing of the accounts there were before it, months in rising order.

        Each month starts from where the one before came out: the graph changes little from one to the next.

        >>> graph = Graph(np.array([0]), np.array([1]), np.array([12 * 54]), np.ones(1))
        >>> [(month, found)] = graph.ranks([datetime(2024, 2, 1)])
        >>> found.round(3).tolist()
        [0.702, 1.298]
        """
        last = np.zeros(0)
        for month in months:
            before = (month.year - 1970) * 12 + month.month - 1
            members = max((int(max(s.max(), t.max())) + 1 for s, t, _ in self._pieces(before)), default=0)
            if members:
                start = np.concatenate([last, np.full(members - len(last), FLOOR)])
                last = self._solve(before, start)
                yield month, last * (members / last.sum())

    def _pieces(
        self, before: int
    ) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]]:
        """Yield sources, targets and weights of the edges of earlier months, as many at a time as memory may hold twice."""
        for start in range(0, len(self.source), PIECE):
            piece = slice(start, start + PIECE)
            known = self.month[piece] < before
            if known.any():
                yield self.source[piece][known], self.target[piece][known], self.weight[piece][known]

    def _solve(self, before: int, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the standing that solves ``x = FLOOR + DAMPING * (shares of those who refer)``; scaled, it is PageRank.

        What dead ends hand round to all raises every account's floor alike, and with it, the equation being linear, all of the solution:
        only the scale differs. An account nobody refers to has the floor. Most are of that kind, and their edges are summed once:
        iterated are only edges between accounts that somebody refers to, and as much of what these give goes to nobody of
        them, few rounds are needed.
        """
        weight_out, referred = np.zeros(len(start)), np.zeros(len(start), bool)
        for source, target, weight in self._pieces(before):
            weight_out += np.bincount(source, weight, len(start))
            referred[target] = True
        place = np.cumsum(referred, dtype=np.int32) - 1
        count = int(place[-1]) + 1
        floor, degrees = np.full(count, FLOOR), np.zeros(count, np.int64)
        shares, sources = [], []
        for source, target, weight in self._pieces(before):
            share = weight / weight_out[source]
            free = referred[source]
            floor += DAMPING * FLOOR * np.bincount(place[target[~free]], share[~free], count)
            degrees += np.bincount(place[target[free]], minlength=count)
            shares.append(share[free])
            sources.append(place[source[free]])
        rows = np.concatenate([[0], np.cumsum(degrees)])
        links = csr_matrix((np.concatenate(shares), np.concatenate(sources), rows), (count, count))
        standing = start[referred]
        for _ in range(STEPS):
            following = floor + DAMPING * (links @ standing)
            moved = float(np.max(np.abs(following - standing) / standing))
            standing = following
            if moved < PRECISION:
                break
        ranks = np.full(len(start), FLOOR)
        ranks[referred] = standing
        return ranks
