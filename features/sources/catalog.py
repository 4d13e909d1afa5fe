"""What each source fills, for people: the tables of docs/sources.md, made from the declarations.

Which features a source can fill is asked of the features themselves: DuckDB is shown the query of each, says which columns it
would read, and those have to be among the ones the source fills. Past outcomes and the offer are the brand's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache

import duckdb
import ibis

from suasion.features import CHARACTERISTICS
from suasion.features.engine.case import Case
from suasion.features.engine.feature import Feature
from suasion.features.engine.made import MADE
from suasion.features.engine.matrix import aggregate, all_features, columns_used
from suasion.features.tables.read import quote
from suasion.features.tables.schema import TABLES

from .all import SAID, SOURCES
from .reading.rows import dig, listed

_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "timestamp": "TIMESTAMP", "float64": "DOUBLE"}
_TYPES |= {"boolean": "BOOLEAN", "array<string>": "VARCHAR[]"}
_MENTIONS = tuple(("mentions", column) for column in ("referrer_id", "influencer_id", "created_at"))
_BEHIND: dict[str, tuple[tuple[str, str], ...]] = {
    "pairs": (("posts", "text"),),
    "own": (("posts", "author_id"), ("posts", "created_at")),
    "marks": (("posts", "text"),),
    "standing": _MENTIONS,
    "participations": (("outcomes", "conversions"),),
    "participants": (("outcomes", "decided_at"),),
    "experience": (("outcomes", "conversions"),),
}
"""What lies behind a table that is worked out before."""
_LOOKED_UP = {
    ("own", "parent_row"): (("thread_cosine", "thread_relevant"), ("posts", "reply_to_id")),
    ("own", "reply_to_id"): (("thread_cosine", "thread_relevant"), ("posts", "reply_to_id")),
    ("credentials", "subject"): (("closeness",), ("credentials", "subject")),
}
"""Columns by which something is looked up that only some features of a view use: those columns of the view, and what is behind."""
_JOINED = {("cited", "participants"): "is_rival", ("replies", "marks"): "criticises"}
"""Tables that are joined to a view for the sake of one column of it."""
_STAND_IN = {"seen": {"impressions", "reach"}, "engagement": {"comments", "shares", "saves"}}
"""Columns of ``post_metrics`` that take the place of another of a view's column, or add to it, where they are told: it can do without."""
_OURS = ("row_id", "known_at", "superseded_at")


@cache
def columns_read() -> Mapping[str, frozenset[tuple[str, str]]]:
    """Return for each feature the columns of the users' tables that it reads, as (table, column)."""
    case, columns_of = Case(()), {}
    features = all_features()
    with duckdb.connect() as connection:
        for name in (*TABLES, *MADE):
            schema = case.table(name).schema()
            columns = ", ".join(f"{quote(column)} {_TYPES[str(kind)]}" for column, kind in schema.items())
            connection.execute(f"CREATE TABLE {name} ({columns})")
            # With no row at all DuckDB would see that nothing has to be read.
            empty = ", ".join("NULL" for _ in schema)
            connection.execute(f"INSERT INTO {name} SELECT {empty} UNION ALL SELECT {empty}")
        for feature in features:
            if not feature.combined:
                columns_of[feature.column] = frozenset(_read(feature, case, connection))
    for feature in features:
        if feature.combined:
            plain = [
                f for f in features if f"{f.characteristic}__{f.name}" in feature.sources and not f.combined
            ]
            columns_of[feature.column] = frozenset().union(*(columns_of[source.column] for source in plain))
    return columns_of


def _read(feature: Feature, case: Case, connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    view = feature.sources[0]
    used = columns_used(feature)
    query = ibis.to_sql(aggregate(case, view, [feature]), dialect="duckdb")
    plan = connection.execute(f"EXPLAIN (FORMAT JSON) {query}").fetchall()[0][1]
    for table, columns in _scans(json.loads(plan)):
        if (view, table) in _JOINED and _JOINED[view, table] not in used:
            continue
        yield from _BEHIND.get(table, ())
        spare = set[str]().union(*(_STAND_IN.get(name, ()) for name in used if table == "post_metrics"))
        for column in columns:
            if column in spare - used:
                continue
            if (table, column) in _LOOKED_UP:
                names, behind = _LOOKED_UP[table, column]
                if used & set(names):
                    yield behind
            elif table in TABLES and column not in _OURS:
                yield table, column


def _scans(plan: object) -> Iterator[tuple[str, list[str]]]:
    for node in plan if isinstance(plan, list) else [plan]:
        if table := dig(node, "extra_info", "Table"):
            columns = dig(node, "extra_info", "Projections") or []
            columns = columns if isinstance(columns, list) else [str(columns)]
            yield str(table).rpartition(".")[2], columns
        yield from _scans(listed(node, "children"))


def fillable(fills: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[int, int]]:
    """Return for each characteristic how many features these columns fill, and of how many."""
    filled = {(table, column) for table, columns in fills.items() for column in columns}
    counts: dict[str, tuple[int, int]] = {}
    for feature in all_features():
        if feature.characteristic in CHARACTERISTICS:
            can, of = counts.get(feature.characteristic, (0, 0))
            counts[feature.characteristic] = (can + (columns_read()[feature.column] <= filled), of + 1)
    return counts


def markdown() -> str:
    """Return docs/sources.md from the marker on: what each source fills, and source by source what comes from where."""
    lines = [
        "| source | tables | " + " | ".join(CHARACTERISTICS) + " |",
        "|---|---|" + "---|" * len(CHARACTERISTICS),
    ]
    for source in SAID:
        counts = fillable(source.fills)
        cells = [f"{can} of {of}" if can else "–" for can, of in (counts[name] for name in CHARACTERISTICS)]
        title = f"[{source.title}](#{_anchor(source.title)})"
        lines.append(f"| {title} | {', '.join(source.fills)} | {' | '.join(cells)} |")
    for source in SOURCES:
        command = f"`suasion import {source.name} FILES… FOLDER`."
        lines += ["", f"## {source.title}", "", f"{command} {source.get}", ""]
        lines += [f"Written from: {source.written_from}.", ""]
        lines += [f"Tried on: {source.tried}.", ""] if source.tried else []
        if source.name not in ("csv", "results"):
            lines += ["| table | column | comes from |", "|---|---|---|"]
            for table, columns in source.fills.items():
                lines += [f"| {table} | {column} | {meaning} |" for column, meaning in columns.items()]
            lines.append("")
        lines += ["Not read:", "", *(f"- {part}" for part in source.left)]
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")
