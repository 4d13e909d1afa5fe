"""Whom an order points to: by the code it used, the link or UTM parameters it came by, or a network's partner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from suasion.features.tables.schema import NEVER

from .reports import SAME_DAYS
from .rules import Rules
from .touchpoints import UTM, Link, Links, codes_of, declared_links, declared_utm, partners_of, visit_of


def touch(
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
        "SELECT r.*, f.wanted, f.mark, NULL AS visit_of, r.created_at AS touched_at FROM arrived r JOIN found_code f USING (said) UNION ALL "
        "SELECT r.*, f.wanted, f.mark, NULL, r.came_at FROM arrived r JOIN found_partner f USING (partner_id) UNION ALL "
        "SELECT r.*, f.wanted, f.mark, r.visit, r.came_at FROM arrived r JOIN found_visit f USING (visit)"
    )
    connection.execute(
        f"CREATE TABLE touches AS WITH arrived AS ({arrived}), matches AS ({matched}) "
        "SELECT m.order_key, w.*, f.mark, f.visit_of AS visit, least(f.touched_at, m.created_at) AS touched_at, m.created_at AS ordered_at, "
        "m.created_at >= w.starts_at AND m.created_at < w.closes_at AS inside, m.created_at < w.shown_at AS early, false AS leaked "
        "FROM matches f JOIN wanted w USING (wanted) JOIN merged m ON m.order_key = coalesce(f.order_key, f.order_id) "
        f"WHERE NOT w.stray AND NOT m.is_test AND NOT m.unpaid AND f.touched_at <= m.created_at + INTERVAL {SAME_DAYS} DAY"
    )
    said_already = {(who, value) for who, value, _ in unclear}

    def more(columns: str, where: str) -> list[tuple[str, ...]]:
        query = f"SELECT DISTINCT influencer_id, value{columns} FROM wanted WHERE {where} ORDER BY ALL"
        return [row for row in connection.execute(query).fetchall() if row[:2] not in said_already]

    lost = [
        (who, value, f"there is no campaign {name!r}") for who, value, name in more(", campaign_id", "stray")
    ]
    unseen = more("", "NOT stray AND wanted NOT IN (SELECT wanted FROM touches)")
    return (*unclear, *lost), tuple((who, value) for who, value in unseen)


def _match(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, str, str], ...]:
    """Make ``found_code``, ``found_partner`` and ``found_visit``: what orders tell, with what it was declared as; and ``outdone``.

    Returns what is declared and tells nobody's orders, and why.
    """
    rows = connection.execute("SELECT wanted, influencer_id, kind, value FROM wanted ORDER BY 1").fetchall()
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
        (visit, *index.matches(visit_of(landing, dict(zip(UTM, utm, strict=True)))))
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
    columns = [pa.array(values) for values in zip(*dict.fromkeys(rows), strict=True)]
    if columns:
        names = [part.split()[0] for part in table.partition("(")[2].split(",")]
        connection.from_arrow(pa.table(columns, names)).insert_into(table.split()[0])
