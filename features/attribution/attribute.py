"""Whose order it is: from orders and codes to outcomes, to the cent.

An order is found by the code it used, the link or UTM parameters it came by, or the partner an affiliate network names. It counts for
a campaign from its start until a window after its end, once, however many reports there are of it: what the shop says of an
order's money stands before what a network or web analytics say, and of what analytics tell again later the first time counts. Where
several are pointed to at one moment, it is the last (or the first) that was shown; those that nothing tells apart share the order. Every
order ends in one place: with the influencers it is credited to, or with the reason why with none; the sums of both are the sum of all.

What came is told as it was known: once the window has closed and outcomes have settled, with what had been given back by then;
and again, as a later version, where more was given back since.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from duckdb.sqltypes import VARCHAR

from suasion.features.errors import InputError
from suasion.features.sources.reading.upsert import room
from suasion.features.tables.disk import working_folder
from suasion.features.tables.files import write_parquet
from suasion.features.tables.quarantine import TableReport, one
from suasion.features.tables.read import literal
from suasion.features.tables.schema import SETTLING_DAYS
from suasion.features.tables.store import needed_for

from .matching import touch
from .orders import digits, reference
from .reports import convert, merge, open_reports, read_until
from .rules import Rules

FILE = "attributed.parquet"
"""In the folder ``outcomes``: what this module writes, replaced whole each time."""
ORDERS_FILE = "attribution.parquet"
"""In the folder of tables: every order, and where it ended."""


@dataclass(frozen=True)
class Leak:
    """A code that spread beyond whom it was given to, and what speaks for it."""

    campaign_id: str
    influencer_id: str
    code: str
    uses: int
    early: int
    """Uses before it was shown."""
    followers: float | None


@dataclass(frozen=True)
class Fate:
    """Where orders ended: with influencers, or why with none."""

    reason: str | None
    """None: credited."""
    orders: int
    amount: int
    """Minor units of the currency of the rules; orders that could not be converted are not in it."""
    refunded: int


@dataclass(frozen=True)
class Attribution:
    """What was credited and what was not, and why."""

    rules: Rules
    reports: int
    """Reports of orders; several may be of one."""
    orders: int
    fates: tuple[Fate, ...]
    unconverted: tuple[tuple[str, int, int], ...]
    """Currencies without a rate: how many orders, and their sum in minor units."""
    leaks: tuple[Leak, ...]
    outcomes: int
    """Rows of outcomes written; an influencer whom no order is credited to has one, with no conversions."""
    tied: int
    """Orders that several share since nothing tells who of them brought it."""
    unclear: tuple[tuple[str, str, str], ...]
    """What is declared and tells nobody's orders: whose it is, what stands there, and why."""
    unseen: tuple[tuple[str, str], ...]
    """What is declared and no order came by: whose it is, and what stands there."""
    new_customers: int
    """Credited orders of customers who are known to be new."""
    open_campaigns: int
    """Campaigns whose window had not closed when the orders were read: without outcomes yet."""
    elsewhere: int
    """Pairs of campaign and influencer whose outcome another file of outcomes tells: left to that."""
    tables: tuple[TableReport, ...]


def attribute(data: Path, rules: Rules, as_of: datetime | None = None) -> Attribution:
    """Credit the orders in the folder ``data``, write its outcomes, and every order's end to ``attribution.parquet``.

    The folder holds ``orders``, ``codes`` and ``campaigns``, and ``refunds``, ``candidates`` and ``audience`` where there are any. Orders and
    refunds count as they were known at ``as_of``; None: when the last of them was read.
    """
    if not data.is_dir():
        raise InputError(
            f"{data} is no folder. Attribution writes outcomes beside the orders: give the folder of tables."
        )
    with ExitStack() as stack:
        folder = stack.enter_context(working_folder(lambda: needed_for(str(data))))
        connection = stack.enter_context(duckdb.connect(folder / "work.duckdb"))
        connection.execute("SET TimeZone = 'UTC'")
        connection.create_function("reference", reference, [VARCHAR], VARCHAR, null_handling="special")
        reports = open_reports(data, connection)
        until = as_of or read_until(data, connection)
        connection.execute(f"CREATE MACRO until() AS TIMESTAMP '{until.isoformat(sep=' ')}'")
        convert(connection, rules)
        merge(connection)
        unclear, unseen = touch(connection, rules)
        leaks = _leaks(connection, rules)
        _decide(connection, rules)
        elsewhere = _outcomes(data, connection, rules)
        _ends(data, connection)
        tied = "SELECT count(DISTINCT order_key) FROM credits WHERE parts > 1"
        still_open = f"SELECT count(DISTINCT campaign_id) FROM wanted WHERE NOT stray AND {_settled_at(rules)} > until()"
        fates = connection.execute(
            "SELECT reason, count(DISTINCT order_key), coalesce(sum(paid), 0)::BIGINT, coalesce(sum(returned), 0)::BIGINT "
            "FROM ends JOIN fates USING (order_key) GROUP BY reason ORDER BY reason IS NOT NULL, 2 DESC, 1"
        ).fetchall()
        unconverted = connection.execute(
            "SELECT upper(currency), count(*), sum(amount)::BIGINT FROM fates WHERE factor IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        return Attribution(
            rules=rules,
            reports=one(connection, "SELECT count(*) FROM reports"),
            orders=one(connection, "SELECT count(*) FROM fates"),
            fates=tuple(Fate(*row) for row in fates),
            unconverted=tuple(unconverted),
            leaks=leaks,
            outcomes=one(connection, "SELECT count(*) FROM new_outcomes"),
            tied=one(connection, tied) if rules.credit != "shared" else 0,
            unclear=unclear,
            unseen=unseen,
            new_customers=one(connection, "SELECT count(*) FROM fates WHERE reason IS NULL AND is_new"),
            open_campaigns=one(connection, still_open),
            elsewhere=elsewhere,
            tables=reports,
        )


def _leaks(connection: duckdb.DuckDBPyConnection, rules: Rules) -> tuple[Leak, ...]:
    connection.execute(
        "CREATE TABLE leaks AS SELECT t.campaign_id, t.influencer_id, upper(t.mark) AS code, count(DISTINCT order_key) AS uses, "
        "count(DISTINCT order_key) FILTER (before) AS early, any_value(a.followers) AS followers FROM "
        # A code kept from an earlier campaign was shown then: its uses before this one are no leak.
        "(SELECT *, ordered_at < min(shown_at) OVER (PARTITION BY influencer_id, mark) AS before FROM touches WHERE kind = 'code') t LEFT JOIN "
        "(SELECT w.campaign_id, w.influencer_id, arg_max(a.followers, a.observed_at) AS followers FROM "
        "(SELECT DISTINCT campaign_id, influencer_id, starts_at FROM wanted) w JOIN audience a ON a.influencer_id = w.influencer_id "
        "AND a.known_at <= w.starts_at GROUP BY 1, 2) a USING (campaign_id, influencer_id) "
        "WHERE t.ordered_at < t.closes_at AND (t.inside OR before) GROUP BY 1, 2, 3 "
        f"HAVING count(DISTINCT order_key) FILTER (before) >= {rules.leak_early} OR (count(DISTINCT order_key) >= {rules.leak_least} "
        f"AND count(DISTINCT order_key) > {rules.leak_share!r} * any_value(a.followers))"
    )
    connection.execute(
        "UPDATE touches SET leaked = true FROM leaks l WHERE touches.kind = 'code' AND upper(touches.mark) = l.code "
        "AND touches.campaign_id = l.campaign_id AND touches.influencer_id = l.influencer_id"
    )
    rows = connection.execute(
        "SELECT campaign_id, influencer_id, code, uses, early, followers FROM leaks ORDER BY uses DESC, campaign_id, influencer_id, code"
    ).fetchall()
    return tuple(Leak(*row) for row in rows)


def _decide(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Make ``fates``, one row an order, and ``credits``, one row an order and pair of campaign and influencer."""
    good = "inside AND NOT early" + (" AND NOT leaked" if rules.leaked_out else "")
    connection.execute(
        "CREATE TABLE fates AS SELECT m.*, r.factor, CASE WHEN m.unclear THEN 'several orders of the shop have its number' WHEN m.is_test THEN 'a test' "
        "WHEN m.unpaid THEN 'not paid' "
        "WHEN t.order_key IS NULL THEN 'no code, link, UTM or partner of anybody' "
        "WHEN NOT t.inside THEN 'outside the window of every campaign it points to' "
        "WHEN NOT t.shown THEN 'before it was shown to anybody' WHEN NOT t.good THEN 'known by a leaked code alone' "
        f"{'WHEN m.is_new IS NOT TRUE THEN ' + literal('not known to be of a new customer') if rules.new_only else ''} "
        "WHEN r.factor IS NULL THEN 'no rate for ' || m.currency END AS reason FROM merged m LEFT JOIN "
        f"(SELECT order_key, bool_or(inside) AS inside, bool_or(inside AND NOT early) AS shown, bool_or({good}) AS good "
        "FROM touches GROUP BY order_key) t USING (order_key) LEFT JOIN rates r ON r.currency = upper(m.currency)"
    )
    # What counts for the order of touches: when the link was followed, then what was said at the till, then when it was shown.
    till = "CASE WHEN kind = 'code' THEN 1 ELSE 0 END"
    order = {
        "first": f"first_at, {till.replace('kind', 'first_kind')}, first_shown",
        "last": f"last_at DESC, {till.replace('kind', 'last_kind')} DESC, last_shown DESC",
    }
    first = f"QUALIFY rank() OVER (PARTITION BY order_key ORDER BY {order.get(rules.credit)}) = 1"
    chosen = first if rules.credit in order else ""
    connection.execute(
        f"CREATE TABLE good AS SELECT * FROM touches WHERE {good} AND order_key IN (SELECT order_key FROM fates WHERE reason IS NULL)"
    )
    # Of links that one visit may have followed, one gives way to another that says more.
    connection.execute(
        "CREATE TABLE pairs AS SELECT order_key, campaign_id, influencer_id, min(touched_at) AS first_at, max(touched_at) AS last_at, "
        f"arg_min(kind, (touched_at, {till})) AS first_kind, arg_max(kind, (touched_at, {till})) AS last_kind, "
        "min(shown_at) AS first_shown, max(shown_at) AS last_shown, any_value(closes_at) AS closes_at FROM good g "
        "WHERE NOT EXISTS (SELECT 1 FROM outdone o JOIN good m ON m.visit = o.visit AND m.wanted = o.more "
        "WHERE o.visit = g.visit AND o.wanted = g.wanted AND m.order_key = g.order_key) GROUP BY ALL"
    )
    connection.execute(
        "CREATE TABLE credits AS SELECT *, count(*) OVER (PARTITION BY order_key) AS parts, "
        "row_number() OVER (PARTITION BY order_key ORDER BY campaign_id, influencer_id) AS part "
        f"FROM (SELECT order_key, campaign_id, influencer_id, closes_at FROM pairs {chosen})"
    )


def _returned(connection: duckdb.DuckDBPyConnection, name: str, rows: str, before: str) -> None:
    """Make a table of rows with ``order_key, part, parts`` and their share of what was paid and given back until a moment.

    What was added to an order is given back below zero. Shares are whole minor units of the currency of the rules; those of one
    order differ by one at most, and add up to the order.
    """
    back = (
        f"SELECT c.*, f.amount, f.factor, g.* FROM ({rows}) c JOIN fates f USING (order_key), LATERAL (SELECT count(*) FILTER (g.amount IS NULL) > 0 "
        "AS entire, coalesce(greatest(sum(g.amount) FILTER (NOT g.is_total), arg_max(g.amount, g.created_at) FILTER (g.is_total)), 0) AS back, "
        f"max(g.created_at) AS changed_at FROM refunded g WHERE g.order_key = f.order_key AND g.created_at <= {before}) g"
    )
    whole = (
        "SELECT * REPLACE (CASE WHEN entire THEN amount ELSE least(amount, back) END::BIGINT AS back), "
        "round(amount::DECIMAL(18, 0) * factor, 0)::BIGINT AS all_paid"
    )
    money = "SELECT *, CASE WHEN back = amount THEN all_paid ELSE round(back::DECIMAL(18, 0) * factor, 0)::BIGINT END AS all_returned"
    share = "(sign({0}) * (abs({0}) // parts + CASE WHEN part <= abs({0}) % parts THEN 1 ELSE 0 END))"
    connection.execute(
        f"CREATE TABLE {name} AS SELECT * EXCLUDE (entire, all_paid, all_returned), {share.format('all_paid')} AS paid, "
        f"{share.format('all_returned')} AS returned, back = amount AND (amount > 0 OR entire) AS gone FROM ({money} FROM ({whole} FROM ({back})))"
    )


def _settled_at(rules: Rules) -> str:
    """Return SQL for when the outcomes of a campaign are known."""
    return f"closes_at + INTERVAL {max(rules.window, SETTLING_DAYS) - rules.window} DAY"


def _outcomes(data: Path, connection: duckdb.DuckDBPyConnection, rules: Rules) -> int:
    """Write the outcomes, and return of how many another file tells: those are left to that."""
    settled_at = _settled_at(rules)
    connection.execute(
        f"CREATE TABLE taking_part AS SELECT DISTINCT campaign_id, influencer_id, {settled_at} AS settled_at "
        f"FROM wanted WHERE NOT stray AND {settled_at} <= until()"
    )
    unit, unit_of = 10 ** digits(rules.currency), literal(rules.currency.upper())
    for version, before in (("settled", f"c.{settled_at}"), ("now", "until()")):
        _returned(connection, f"shares_{version}", "SELECT * FROM credits", before)
        connection.execute(
            f"CREATE TABLE {version} AS SELECT campaign_id, influencer_id, sum(1.0 / parts) AS conversions, "
            "coalesce(sum(1.0 / parts) FILTER (gone), 0) AS refunds, "
            f"sum(paid - returned) / {unit} AS revenue, max(changed_at) AS changed_at FROM shares_{version} GROUP BY 1, 2"
        )
    connection.execute(
        "CREATE TABLE new_outcomes AS SELECT p.campaign_id, p.influencer_id, p.settled_at AS known_at, coalesce(s.conversions, 0) AS conversions, "
        "coalesce(s.revenue, 0) AS revenue, coalesce(s.refunds, 0) AS refunds FROM taking_part p LEFT JOIN settled s USING (campaign_id, influencer_id) "
        "UNION ALL SELECT p.campaign_id, p.influencer_id, greatest(n.changed_at, p.settled_at + INTERVAL 1 MICROSECOND), n.conversions, n.revenue, n.refunds "
        "FROM taking_part p JOIN now n USING (campaign_id, influencer_id) JOIN settled s USING (campaign_id, influencer_id) "
        "WHERE n.revenue <> s.revenue OR n.refunds <> s.refunds"
    )
    folder = room(data, "outcomes")
    others = [str(path) for path in folder.rglob("*.parquet") if path.name != FILE]
    elsewhere = 0
    if others:
        listed = "[" + ", ".join(map(literal, others)) + "]"
        there = f"SELECT campaign_id::VARCHAR, influencer_id::VARCHAR FROM read_parquet({listed}, union_by_name = true)"
        are_there = f"(campaign_id, influencer_id) IN ({there})"
        elsewhere = one(connection, f"SELECT count(*) FROM taking_part WHERE {are_there}")
        connection.execute(f"DELETE FROM new_outcomes WHERE {are_there}")
    write_parquet(
        "SELECT t.campaign_id, t.influencer_id, t.conversions, t.revenue, t.refunds, t.known_at, "
        # A row has one currency: a fee in another is not told in it.
        "a.* EXCLUDE (campaign_id, influencer_id) "
        f"REPLACE (CASE WHEN coalesce(upper(trim(a.currency)), {unit_of}) = {unit_of} THEN a.fee END AS fee, {unit_of} AS currency) "
        "FROM new_outcomes t LEFT JOIN agreed a USING (campaign_id, influencer_id) ORDER BY ALL",
        folder / FILE,
        connection,
    )
    return elsewhere


def _ends(data: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``ends``, where each order ended and with what money, and write it down."""
    alone = "SELECT order_key, NULL AS campaign_id, NULL AS influencer_id, 1 AS parts, 1 AS part FROM fates WHERE reason IS NOT NULL"
    credited = "SELECT order_key, campaign_id, influencer_id, parts, part FROM credits"
    _returned(connection, "ends", f"{credited} UNION ALL {alone}", "until()")
    write_parquet(
        "SELECT f.order_id, f.created_at, f.currency, f.amount, f.is_new, f.reason, e.campaign_id, e.influencer_id, 1.0 / e.parts AS share, "
        "e.paid, e.returned FROM ends e JOIN fates f USING (order_key) ORDER BY f.created_at, f.order_id, e.part",
        data / ORDERS_FILE,
        connection,
    )
