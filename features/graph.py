"""The standing of those who refer: PageRank (Page, Brin, Motwani, Winograd 1999) on a monthly grid.

On the first of each month the edges known before it are ranked; a decision uses the last grid point at or before its
``as_of``. Standing is PageRank times the number of accounts: 1 is average. An account nobody has referred to by then has
the floor that PageRank gives to all, ``1 - damping``, up to the mass that dead ends hand round.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import igraph
import numpy as np
import pyarrow as pa

from .check import Tables

DAMPING = 0.85
FLOOR = 1 - DAMPING
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
            _rank(cursor, months)
            cursor.executemany("INSERT INTO ranked_months VALUES (?)", [(month,) for month in months])


def _rank(cursor: duckdb.DuckDBPyConnection, months: list[datetime]) -> None:
    last = months[-1]
    cursor.execute(
        # The key of mentions holds all they say: a later version of one says nothing new, so the first stands.
        "CREATE OR REPLACE TEMP TABLE edges AS SELECT referrer_id, influencer_id, "
        "date_trunc('month', known_at)::TIMESTAMP AS month, count(*)::DOUBLE AS weight "
        "FROM (SELECT referrer_id, influencer_id, kind, created_at, post_id, min(known_at) AS known_at FROM mentions GROUP BY ALL) "
        f"WHERE known_at < TIMESTAMP '{last:%Y-%m-%d}' AND referrer_id <> influencer_id GROUP BY ALL"
    )
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE accounts AS SELECT account_id, row_number() OVER (ORDER BY first, account_id) - 1 AS number, "
        "first FROM (SELECT account_id, min(month) AS first FROM (SELECT referrer_id AS account_id, month FROM edges "
        "UNION ALL SELECT influencer_id, month FROM edges) GROUP BY account_id)"
    )
    edges = cursor.execute(
        "SELECT r.number AS source, i.number AS target, e.month, e.weight FROM edges e "
        "JOIN accounts r ON r.account_id = e.referrer_id JOIN accounts i ON i.account_id = e.influencer_id ORDER BY e.month, 1, 2"
    ).to_arrow_table()
    accounts = cursor.execute("SELECT account_id, first FROM accounts ORDER BY number").to_arrow_table()
    pairs = np.column_stack([edges["source"].to_numpy(), edges["target"].to_numpy()])
    when, weights = edges["month"].to_numpy(), edges["weight"].to_numpy()
    first = accounts["first"].to_numpy()
    for month in months:
        known = int(np.searchsorted(when, np.datetime64(month), side="left"))
        members = int(np.searchsorted(first, np.datetime64(month), side="left"))
        if not known:
            continue
        graph = igraph.Graph(n=members, edges=pairs[:known], directed=True)
        ranks = graph.pagerank(damping=DAMPING, weights=weights[:known].tolist())
        found = pa.table(
            {
                "account_id": accounts["account_id"].slice(0, members),
                "month": pa.array([month] * members, pa.timestamp("us")),
                "standing": np.asarray(ranks) * members,
            }
        )
        cursor.register("found", found)
        cursor.execute("INSERT INTO standing SELECT * FROM found")
        cursor.unregister("found")
