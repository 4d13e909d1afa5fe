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

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
from duckdb.sqltypes import VARCHAR

from suasion.features.errors import InputError
from suasion.features.identity.accounts import read_people
from suasion.features.privacy.optout import opted_out
from suasion.features.sources.reading.upsert import room
from suasion.features.tables.files import whole_file
from suasion.features.tables.quarantine import TableReport, one, sift
from suasion.features.tables.read import find, literal, quote
from suasion.features.tables.schema import NEVER, SETTLING_DAYS, TABLES

from .orders import COMMERCE, digits, reference
from .touchpoints import UTM, Link, Links, codes_of, declared_links, declared_utm, partners_of, visit_of

FILE = "attributed.parquet"
"""In the folder ``outcomes``: what this module writes, replaced whole each time."""
ORDERS_FILE = "attribution.parquet"
"""In the folder of tables: every order, and where it ended."""


@dataclass(frozen=True)
class Rules:
    """How orders are credited.

    ``credit``: to whom the visit began with, to whom it ended with, or to all alike. ``rates``: what one unit of a currency
    is worth in ``currency``. A code counts as leaked when it was used at least ``leak_early`` times before it was shown, or at
    least ``leak_least`` times and by more than ``leak_share`` of the audience there was when the campaign began.
    """

    currency: str = "EUR"
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    window: int = 30
    """Days after a campaign's last day, or its first where it has no last, in which an order counts."""
    credit: Literal["first", "last", "shared"] = "last"
    new_only: bool = False
    """Whether only orders of customers who are known to be new count."""
    leaked_out: bool = False
    """Whether orders that are known by a leaked code alone are left out."""
    leak_early: int = 3
    leak_least: int = 20
    leak_share: float = 0.02


SAME_DAYS = 7
"""Days between which two reports with one number are of one order."""


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

    Parameters
    ----------
    data
        A folder with the tables ``orders``, ``codes`` and ``campaigns``, and ``refunds``, ``candidates`` and ``audience`` where there are any.
    as_of
        Until when orders and refunds are known; default: when the last of them was read.

    Raises
    ------
    InputError
        When a table or a rate makes it impossible.
    """
    _require(rules)
    if not data.is_dir():
        raise InputError(
            f"{data} is no folder. Attribution writes outcomes beside the orders: give the folder of tables."
        )
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="suasion-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        connection = stack.enter_context(duckdb.connect(folder / "work.duckdb"))
        connection.execute("SET TimeZone = 'UTC'")
        connection.create_function("reference", reference, [VARCHAR], VARCHAR, null_handling="special")
        reports = _open(data, connection)
        until = as_of or _read_at(data, connection)
        connection.execute(f"CREATE MACRO until() AS TIMESTAMP '{until.isoformat(sep=' ')}'")
        _rates(connection, rules)
        _merge(connection)
        unclear, unseen = _touch(connection, rules)
        leaks = _leaks(connection, rules)
        _decide(connection, rules)
        written, elsewhere, still_open = _outcomes(data, connection, rules)
        return _told(
            data, connection, rules, reports, leaks, (written, elsewhere, still_open), (unclear, unseen)
        )


def _require(rules: Rules) -> None:
    if rules.window < 0:
        raise InputError(f"A window of {rules.window} days is none; give 0 or more.")
    if len(rules.currency) != 3 or not rules.currency.isalpha():
        raise InputError(f"{rules.currency!r} is no currency; write its ISO 4217 code, such as EUR.")
    for currency, rate in rules.rates.items():
        if not rate.is_finite() or rate <= 0:
            raise InputError(
                f"The rate of {currency} is {rate}; it must be above 0: what one {currency} is worth in {rules.currency}."
            )


def _open(data: Path, connection: duckdb.DuckDBPyConnection) -> tuple[TableReport, ...]:
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
            agreed = ["decided_at", "exposure", "fee", "discount", *sorted(extras)]
            connection.execute(
                f"CREATE TABLE agreed AS SELECT campaign_id, influencer_id, {', '.join(map(quote, agreed))} FROM candidates "
                f"WHERE superseded_at = TIMESTAMP '{NEVER}'"
            )
    return tuple(reports)


def _read_at(data: Path, connection: duckdb.DuckDBPyConnection) -> datetime:
    """Return when the orders were last read, or, where nobody says, the last thing they tell of."""
    raws = find(str(data), connection, ("orders", "refunds"))
    moments = []
    for name, raw in raws.items():
        columns = {row[0] for row in connection.execute(f"DESCRIBE {raw.sql}").fetchall()}
        column = "TRY_CAST(read_at AS TIMESTAMP)" if "read_at" in columns else "NULL"
        query = (
            f"SELECT greatest((SELECT max({column}) FROM ({raw.sql})), (SELECT max(greatest(created_at, known_at)) "
            f"FROM {name}))"
        )
        moments += [row[0] for row in connection.execute(query).fetchall() if row[0]]
    if not moments:
        raise InputError(f"{data} holds no order that can be used; see {data / 'quarantine' / 'orders.csv'}.")
    return max(moments)


def _rates(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    connection.execute("CREATE TABLE rates (currency VARCHAR, factor DECIMAL(38, 15))")
    for currency, rate in {**rules.rates, rules.currency: Decimal(1)}.items():
        factor = rate * Decimal(10) ** (digits(rules.currency) - digits(currency))
        connection.execute("INSERT INTO rates VALUES (?, ?)", [currency.upper(), str(factor)])


def _merge(connection: duckdb.DuckDBPyConnection) -> None:
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
        "CREATE TABLE given AS SELECT order_key, min(created_at) AS created_at, coalesce(bool_or(is_total), false) AS is_total, "
        "CASE WHEN bool_or(amount IS NULL) THEN NULL ELSE arg_max(CASE WHEN is_added THEN -amount ELSE amount END, known_at)::BIGINT END AS amount "
        f"FROM ({refunds}order_id UNION {refunds}also_id) WHERE known_at <= until() GROUP BY order_key, refund_id HAVING min(created_at) <= until()"
    )


def _touch(
    connection: duckdb.DuckDBPyConnection, rules: Rules
) -> tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str], ...]]:
    """Make ``touches``: each order with each code, link, UTM or partner it is known by, and whether it lies in the window.

    Returns what is declared and tells nobody's orders, and what is declared and no order came by.
    """
    # A last day that is told as a day ends with it: at midnight, or at the time of day at which the first one began, which is midnight
    # where the campaign was (give or take an hour between summer and winter). One told to the minute ends then.
    clock = "abs((epoch(c.ends_at) - epoch(c.starts_at) + 43200) % 86400 - 43200) <= 3600"
    last = (
        "CASE WHEN c.ends_at IS NULL THEN c.starts_at + INTERVAL 1 DAY "
        f"WHEN c.ends_at = date_trunc('day', c.ends_at) OR {clock} THEN c.ends_at + INTERVAL 1 DAY ELSE c.ends_at END"
    )
    connection.execute(
        "CREATE TABLE wanted AS SELECT row_number() OVER (ORDER BY campaign_id, influencer_id, kind, value, posted_at) AS wanted, * FROM ("
        "SELECT DISTINCT k.campaign_id, k.influencer_id, k.kind, k.value, k.posted_at, c.starts_at, coalesce(k.posted_at, c.starts_at) AS shown_at, "
        f"{last} + INTERVAL {rules.window} DAY AS closes_at, c.starts_at IS NULL AS stray FROM codes k LEFT JOIN "
        f"(SELECT * FROM campaigns WHERE superseded_at = TIMESTAMP '{NEVER}') c USING (campaign_id) WHERE k.superseded_at = TIMESTAMP '{NEVER}')"
    )
    unclear = _match(connection)
    # Of what analytics tell several times, the first time tells where the order came from.
    again = "rank() OVER (PARTITION BY order_key, reporter ORDER BY created_at) > 1"
    arrived = (
        f"SELECT *, least(coalesce(clicked_at, created_at), created_at) AS came_at FROM "
        f"(SELECT *, reporter = 'analytics' AND order_key IS NOT NULL AND {again} AS again FROM reports) WHERE NOT again"
    )
    matched = (
        "SELECT r.*, f.wanted, f.mark, NULL AS visit_of, r.created_at AS touched_at FROM came r JOIN found_code f USING (said) UNION ALL "
        "SELECT r.*, f.wanted, f.mark, NULL, r.came_at FROM came r JOIN found_partner f USING (partner_id) UNION ALL "
        "SELECT r.*, f.wanted, f.mark, r.visit, r.came_at FROM came r JOIN found_visit f USING (visit)"
    )
    connection.execute(
        f"CREATE TABLE touches AS WITH came AS ({arrived}), found AS ({matched}) "
        "SELECT m.order_key, w.*, f.mark, f.visit_of AS visit, least(f.touched_at, m.created_at) AS touched_at, m.created_at AS ordered_at, "
        "m.created_at >= w.starts_at AND m.created_at < w.closes_at AS inside, m.created_at < w.shown_at AS early, false AS leaked "
        "FROM found f JOIN wanted w USING (wanted) JOIN merged m ON m.order_key = coalesce(f.order_key, f.order_id) "
        f"WHERE NOT w.stray AND NOT m.is_test AND NOT m.unpaid AND f.touched_at <= m.created_at + INTERVAL {SAME_DAYS} DAY"
    )
    unseen = connection.execute(
        "SELECT DISTINCT influencer_id, value FROM wanted WHERE NOT stray AND wanted NOT IN (SELECT wanted FROM touches) ORDER BY ALL"
    ).fetchall()
    said_already = {(who, value) for who, value, _ in unclear}
    strays = connection.execute(
        "SELECT DISTINCT influencer_id, value, campaign_id FROM wanted WHERE stray ORDER BY ALL"
    ).fetchall()
    lost = [
        (who, value, f"there is no campaign {campaign!r}")
        for who, value, campaign in strays
        if (who, value) not in said_already
    ]
    return (*unclear, *lost), tuple(one for one in unseen if one not in said_already)


def _match(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, str, str], ...]:
    """Make ``found_code``, ``found_partner`` and ``found_visit``: what orders tell, with what it was declared as; and ``outdone``.

    Returns what is declared and tells nobody's orders, and why.
    """
    rows = connection.execute(
        "SELECT wanted, influencer_id, kind, value FROM wanted ORDER BY wanted"
    ).fetchall()
    codes: dict[str, list[int]] = defaultdict(list)
    partners: dict[str, list[int]] = defaultdict(list)
    links: list[tuple[int, Link]] = []
    carried: dict[Link, list[tuple[int, str]]] = defaultdict(list)
    networks: dict[str, set[str]] = defaultdict(set)
    reported = connection.execute("SELECT DISTINCT partner_id FROM reports").fetchall()
    of_partner = {one: partners_of(one) for (one,) in reported if one}
    for ids in of_partner.values():
        for name in ids:
            networks[name.rpartition(":")[2]].add(name)
    unclear = []
    for number, who, kind, value in rows:
        marks: Iterable[object] = ()
        if kind == "code":
            marks = codes_of(value)
            for code in codes_of(value):
                codes[code].append(number)
        elif kind == "partner":
            marks = partners_of(value)
            for one in partners_of(value):
                if len(networks[one]) > 1:  # one with a network in front is no key
                    several = " and ".join(sorted(networks[one]))
                    unclear.append((who, value, f"it may be {several}: write which"))
                else:
                    partners[one].append(number)
        elif kind == "link":
            declared = declared_links(value)
            marks = (*declared.links, *declared.carried)
            links += [(number, link) for link in declared.links]
            for link in declared.carried:
                carried[link].append((number, who))
        else:
            marks = declared_utm(value)
            links += [(number, link) for link in declared_utm(value)]
        if not marks:
            unclear.append((who, value, f"it names no {kind} by which an order could be known"))
    for link, owners in carried.items():
        # A page that several people's links lead to tells nothing of whose visit it was.
        if len({who for _, who in owners}) == 1:
            links += [(number, link) for number, _ in owners]

    said = connection.execute("SELECT DISTINCT said, codes FROM reports WHERE len(codes) > 0").fetchall()
    # A sheet's cell was taken apart at its spaces, of which one may be within a code: the whole counts, too.
    _put(
        connection,
        "found_code (said BIGINT, wanted BIGINT, mark VARCHAR)",
        (
            (place, number, code)
            for place, cells in said
            for cell in (*cells, " ".join(cells))
            for code in codes_of(cell)
            for number in codes[code]
        ),
    )
    _put(
        connection,
        "found_partner (partner_id VARCHAR, wanted BIGINT, mark VARCHAR)",
        (
            (one, number, mark)
            for one, ids in of_partner.items()
            for each in ids
            for mark in dict.fromkeys((each, each.rpartition(":")[2]))
            for number in partners[mark]
        ),
    )
    index = Links(links)
    visits = connection.execute(
        f"SELECT DISTINCT visit, landing, {', '.join(f'utm_{part}' for part in UTM)} FROM reports"
    ).fetchall()
    matched = [
        (visit, *index.found(visit_of(landing, dict(zip(UTM, utm, strict=True)))))
        for visit, landing, *utm in visits
    ]
    _put(
        connection,
        "found_visit (visit BIGINT, wanted BIGINT, mark VARCHAR)",
        ((visit, number, None) for visit, numbers, _ in matched for number in sorted(numbers)),
    )
    _put(
        connection,
        "outdone (visit BIGINT, wanted BIGINT, more BIGINT)",
        ((visit, number, more) for visit, _, pairs in matched for number, more in sorted(pairs)),
    )
    return tuple(unclear)


def _put(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Make a table of rows, each once."""
    connection.execute(f"CREATE TABLE {table}")
    name, columns = table.split()[0], [part.split()[0] for part in table.partition("(")[2].split(",")]
    lists = list(zip(*dict.fromkeys(rows), strict=True))
    if lists:
        named = {column: list(values) for column, values in zip(columns, lists, strict=True)}
        connection.register("incoming", pa.table(named))
        connection.execute(f"INSERT INTO {name} SELECT * FROM incoming")
        connection.unregister("incoming")


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
    chosen = (
        f"QUALIFY rank() OVER (PARTITION BY order_key ORDER BY {order[rules.credit]}) = 1"
        if rules.credit in order
        else ""
    )
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
        f"max(g.created_at) AS changed_at FROM given g WHERE g.order_key = f.order_key AND g.created_at <= {before}) g"
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


def _outcomes(data: Path, connection: duckdb.DuckDBPyConnection, rules: Rules) -> tuple[int, int, int]:
    settle = max(rules.window, SETTLING_DAYS) - rules.window
    connection.execute(
        "CREATE TABLE taking_part AS SELECT DISTINCT campaign_id, influencer_id, "
        f"closes_at + INTERVAL {settle} DAY AS settled_at FROM wanted WHERE NOT stray AND closes_at + INTERVAL {settle} DAY <= until()"
    )
    still_open = one(
        connection,
        f"SELECT count(DISTINCT campaign_id) FROM wanted WHERE NOT stray AND closes_at + INTERVAL {settle} DAY > until()",
    )
    unit = 10 ** digits(rules.currency)
    for version, before in (("settled", f"c.closes_at + INTERVAL {settle} DAY"), ("now", "until()")):
        _returned(connection, f"shares_{version}", "SELECT * FROM credits", before)
        connection.execute(
            f"CREATE TABLE {version} AS SELECT campaign_id, influencer_id, sum(1.0 / parts) AS conversions, "
            "coalesce(sum(1.0 / parts) FILTER (gone), 0) AS refunds, "
            f"sum(paid - returned) / {unit} AS revenue, max(changed_at) AS changed_at FROM shares_{version} GROUP BY 1, 2"
        )
    connection.execute(
        "CREATE TABLE told AS SELECT p.campaign_id, p.influencer_id, p.settled_at AS known_at, coalesce(s.conversions, 0) AS conversions, "
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
        elsewhere = one(
            connection, f"SELECT count(*) FROM taking_part WHERE (campaign_id, influencer_id) IN ({there})"
        )
        connection.execute(f"DELETE FROM told WHERE (campaign_id, influencer_id) IN ({there})")
    with whole_file(folder / FILE) as partial:
        connection.execute(
            "COPY (SELECT t.campaign_id, t.influencer_id, a.* EXCLUDE (campaign_id, influencer_id), t.conversions, t.revenue, t.refunds, t.known_at "
            "FROM told t LEFT JOIN agreed a USING (campaign_id, influencer_id) ORDER BY ALL) "
            f"TO {literal(str(partial))} (FORMAT parquet, COMPRESSION zstd)"
        )
    return one(connection, "SELECT count(*) FROM told"), elsewhere, still_open


def _told(
    data: Path,
    connection: duckdb.DuckDBPyConnection,
    rules: Rules,
    tables: tuple[TableReport, ...],
    leaks: tuple[Leak, ...],
    counts: tuple[int, int, int],
    declared: tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str], ...]],
) -> Attribution:
    alone = "SELECT order_key, NULL AS campaign_id, NULL AS influencer_id, 1 AS parts, 1 AS part FROM fates WHERE reason IS NOT NULL"
    credited = "SELECT order_key, campaign_id, influencer_id, parts, part FROM credits"
    _returned(connection, "ends", f"{credited} UNION ALL {alone}", "until()")
    with whole_file(data / ORDERS_FILE) as partial:
        connection.execute(
            "COPY (SELECT f.order_id, f.created_at, f.currency, f.amount, f.is_new, f.reason, e.campaign_id, e.influencer_id, 1.0 / e.parts AS share, "
            "e.paid, e.returned FROM ends e JOIN fates f USING (order_key) ORDER BY f.created_at, f.order_id, e.part) "
            f"TO {literal(str(partial))} (FORMAT parquet, COMPRESSION zstd)"
        )
    fates = connection.execute(
        "SELECT reason, count(DISTINCT order_key), coalesce(sum(paid), 0)::BIGINT, coalesce(sum(returned), 0)::BIGINT "
        "FROM ends JOIN fates USING (order_key) GROUP BY reason ORDER BY reason IS NOT NULL, 2 DESC, 1"
    ).fetchall()
    unconverted = connection.execute(
        "SELECT upper(currency), count(*), sum(amount)::BIGINT FROM fates WHERE factor IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    written, elsewhere, still_open = counts
    tied = "SELECT count(DISTINCT order_key) FROM credits WHERE parts > 1"
    return Attribution(
        rules=rules,
        reports=one(connection, "SELECT count(*) FROM reports"),
        orders=one(connection, "SELECT count(*) FROM fates"),
        fates=tuple(Fate(*row) for row in fates),
        unconverted=tuple(unconverted),
        leaks=leaks,
        outcomes=written,
        tied=one(connection, tied) if rules.credit != "shared" else 0,
        unclear=declared[0],
        unseen=declared[1],
        new_customers=one(connection, "SELECT count(*) FROM fates WHERE reason IS NULL AND is_new"),
        open_campaigns=still_open,
        elsewhere=elsewhere,
        tables=tables,
    )
