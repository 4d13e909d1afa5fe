"""Orders, from all that shop, networks and analytics report of each: several reports may be of one order."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from suasion.features.errors import InputError
from suasion.features.identity.accounts import read_people
from suasion.features.privacy.optout import opted_out
from suasion.features.tables.quarantine import TableReport, sift
from suasion.features.tables.read import columns_of, find, quote
from suasion.features.tables.schema import NEVER, TABLES

from .orders import COMMERCE, digits
from .rules import Rules
from .touchpoints import UTM

SAME_DAYS = 7
"""Days between which two reports with one number are of one order."""


def open_reports(data: Path, connection: duckdb.DuckDBPyConnection) -> tuple[TableReport, ...]:
    """Read and check the tables, and make ``agreed`` of what candidates were offered; return what was found in each."""
    wanted = {name: TABLES[name] for name in ("campaigns", "candidates", "audience")} | COMMERCE
    raws = find(str(data), connection, wanted)
    missing = [name for name in ("campaigns", "orders", "codes") if name not in raws]
    if missing:
        raise InputError(
            f"{data} lacks {' and '.join(missing)}. Bring orders in with `suasion import shopify` or its like; codes (campaign_id, "
            "influencer_id, kind, value) and campaigns with `suasion import csv`."
        )
    reports, ids = [], read_people(data).everyone(opted_out(data))
    for name, table in wanted.items():
        report, extras = sift(table, raws.get(name), connection, data / "quarantine", opted_out=ids)
        reports.append(report)
        if name == "candidates":
            agreed = ["decided_at", "exposure", "fee", "discount", "currency", *sorted(extras)]
            connection.execute(
                f"CREATE TABLE agreed AS SELECT campaign_id, influencer_id, {', '.join(map(quote, agreed))} FROM candidates "
                f"WHERE superseded_at = TIMESTAMP '{NEVER}'"
            )
    return tuple(reports)


def read_until(data: Path, connection: duckdb.DuckDBPyConnection) -> datetime:
    """Return when the orders were last read, or, where nobody says, the last thing they tell of."""
    raws = find(str(data), connection, ("orders", "refunds"))
    moments = []
    for name, raw in raws.items():
        is_told = "read_at" in columns_of(raw.sql, connection)
        column = "TRY_CAST(read_at AS TIMESTAMP)" if is_told else "NULL"
        query = (
            f"SELECT greatest((SELECT max({column}) FROM ({raw.sql})), (SELECT max(greatest(created_at, known_at)) "
            f"FROM {name}))"
        )
        moments += [row[0] for row in connection.execute(query).fetchall() if row[0]]
    if not moments:
        raise InputError(f"{data} holds no order that can be used; see {data / 'quarantine' / 'orders.csv'}.")
    return max(moments)


def convert(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Make ``rates``: what one minor unit of each currency is worth in those of the rules."""
    connection.execute("CREATE TABLE rates (currency VARCHAR, factor DECIMAL(38, 15))")
    for currency, rate in {**rules.rates, rules.currency: Decimal(1)}.items():
        factor = rate * Decimal(10) ** (digits(rules.currency) - digits(currency))
        connection.execute("INSERT INTO rates VALUES (?, ?)", [currency.upper(), str(factor)])


def merge(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``reports``, every report with the order it is of, and ``merged``, one row an order with its money."""
    visit = ", ".join(["landing", *(f"utm_{part}" for part in UTM)])
    connection.execute(
        "CREATE TABLE latest AS SELECT * EXCLUDE (row_id, known_at, superseded_at), reference(order_ref) AS ref, "
        f"dense_rank() OVER (ORDER BY {visit}) AS visit, dense_rank() OVER (ORDER BY codes) AS said "
        "FROM orders WHERE created_at <= until() AND known_at <= until() AND superseded_at > until()"
    )
    # What a shop's order is called, the surest first: a network may send the number customers see, or the shop's internal id.
    connection.execute(
        "CREATE TABLE names AS SELECT order_id, created_at, ref, min(place) AS place FROM ("
        "SELECT order_id, created_at, ref, 0 AS place FROM latest WHERE reporter = 'shop' UNION ALL "
        "SELECT order_id, created_at, reference(unnest(other_refs)), 1 FROM latest WHERE reporter = 'shop' UNION ALL "
        "SELECT order_id, created_at, reference(substr(order_id, strpos(order_id, ':') + 1)), 2 FROM latest WHERE reporter = 'shop') "
        "WHERE ref IS NOT NULL GROUP BY ALL"
    )
    # A shop's number is one only within the shop: of several orders with it, one is meant that was placed within the week. Analytics
    # tell an order again whenever its page is opened again.
    near = f"abs(epoch(s.created_at) - epoch(o.created_at)) <= {SAME_DAYS} * 86400"
    connection.execute(
        "CREATE TABLE reports AS SELECT o.*, CASE WHEN o.reporter = 'shop' THEN o.order_id WHEN s.shops = 1 THEN s.shop "
        "WHEN s.shops > 1 THEN NULL WHEN o.ref IS NOT NULL THEN 'ref:' || o.ref ELSE o.order_id END AS order_key "
        "FROM latest o LEFT JOIN (SELECT order_id, count(DISTINCT shop) AS shops, min(shop) AS shop FROM (SELECT o.order_id, s.order_id AS shop "
        f"FROM latest o JOIN names s ON s.ref = o.ref AND ({near} OR (o.reporter = 'analytics' AND s.created_at < o.created_at)) "
        f"WHERE o.reporter <> 'shop' QUALIFY rank() OVER (PARTITION BY o.order_id ORDER BY NOT {near}, s.place) = 1) "
        "GROUP BY order_id) s ON s.order_id = o.order_id"
    )
    rank = "CASE reporter WHEN 'shop' THEN 0 WHEN 'network' THEN 1 ELSE 2 END"
    key = "coalesce(order_key, order_id)"
    connection.execute(
        f"CREATE TABLE merged AS SELECT * EXCLUDE (nth) FROM (SELECT {key} AS order_key, order_id, created_at, currency, "
        "CASE WHEN reporter = 'analytics' THEN split_part(order_id, ':', 1) || ':' || order_ref END AS also_id, "
        f"amount::BIGINT AS amount, order_key IS NULL AS unclear, row_number() OVER w AS nth, is_paid IS FALSE AS unpaid, "
        f"bool_or(coalesce(is_test, false)) OVER (PARTITION BY {key}) AS is_test, "
        "first_value(is_new IGNORE NULLS) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS is_new FROM reports "
        f"WINDOW w AS (PARTITION BY {key} ORDER BY {rank}, created_at, amount, order_id)) WHERE nth = 1"
    )
    # A total that several exports tell was given back when the first of them was read.
    refunds = "SELECT m.order_key, g.* FROM refunds g JOIN merged m ON g.order_id = m."
    connection.execute(
        "CREATE TABLE refunded AS SELECT order_key, min(created_at) AS created_at, coalesce(bool_or(is_total), false) AS is_total, "
        "CASE WHEN bool_or(amount IS NULL) THEN NULL ELSE arg_max(CASE WHEN is_added THEN -amount ELSE amount END, known_at)::BIGINT END AS amount "
        f"FROM ({refunds}order_id UNION {refunds}also_id) WHERE known_at <= until() GROUP BY order_key, refund_id HAVING min(created_at) <= until()"
    )
