"""Which columns of the users' tables each feature needs: asked of the features themselves.

DuckDB is shown the rows that a feature is made of, and says which columns it would read for those that the feature uses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from functools import lru_cache

import duckdb
import ibis
import ibis.expr.operations as ops

from suasion.features.tables.read import quote
from suasion.features.tables.schema import TABLES

from .case import Case, within
from .feature import Feature, Rows
from .made import MADE
from .views import VIEWS

Need = tuple[str, tuple[str, ...]]
"""A table, and columns of it of which one has to be told, the usual one first."""
Filled = Set[tuple[str, str]]
"""Columns that are told, each with its table."""

_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "timestamp": "TIMESTAMP", "float64": "DOUBLE"}
_TYPES |= {"boolean": "BOOLEAN", "array<string>": "VARCHAR[]"}
_MENTIONS = tuple(("mentions", column) for column in ("referrer_id", "influencer_id", "created_at"))
_BEHIND: dict[str, tuple[tuple[str, str], ...]] = {
    "pairs": (("posts", "text"), ("campaigns", "brief")),
    "own": (("posts", "author_id"), ("posts", "created_at")),
    "marks": (("posts", "text"),),
    "standing": _MENTIONS,
    "participations": (("outcomes", "conversions"),),
    "participants": (("outcomes", "decided_at"), ("campaigns", "category")),
    "experience": (("outcomes", "conversions"),),
}
"""What lies behind a table that is worked out before."""
_CARRIED = {
    "participations": {"refunds": "outcomes", "clicks": "outcomes"},
    "decisions": {"country": "campaigns", "ends_at": "campaigns", "fee": "outcomes", "discount": "outcomes"},
}
"""Columns of such a table that a table of the user's tells under the same name."""
_RATES = {"own_category_rate": "category", "own_brand_rate": "brand"}
"""Columns of ``experience`` that need one of campaigns."""
_LOOKED_UP = {
    ("own", "parent_row"): (("thread_cosine", "thread_relevant"), ("posts", "reply_to_id")),
    ("own", "reply_to_id"): (("thread_cosine", "thread_relevant"), ("posts", "reply_to_id")),
    ("credentials", "subject"): (("closeness",), ("credentials", "subject")),
    ("decisions", "brief_id"): (("closeness",), ("campaigns", "brief")),
}
"""Columns by which something is looked up that only some features of a view use: those columns of the view, and what is behind."""
_JOINED = {("cited", "participants"): "is_rival", ("replies", "marks"): "criticises"}
"""Tables that are joined to a view for the sake of one column of it."""
_ONE_OF = {
    "seen": ("views", "impressions", "reach"),
    "engagement": ("likes", "comments", "shares", "saves"),
}
"""Columns of a view that are made of those counts of ``post_metrics`` that are told."""
_OURS = ("row_id", "known_at", "superseded_at")


@lru_cache(maxsize=16)
def needs_of(features: tuple[Feature, ...], extras: tuple[str, ...] = ()) -> Mapping[str, frozenset[Need]]:
    """Return by column what each feature needs to be told; ``extras`` are the columns with a free name.

    >>> from suasion.features import FEATURES
    >>> one = next(feature for feature in FEATURES if feature.name == "real_share")
    >>> sorted(columns for _, columns in needs_of((one,))[one.column])
    [('influencer_id',), ('observed_at',), ('real_share',)]
    """
    case = Case(extras)
    needs: dict[str, frozenset[Need]] = {}
    with duckdb.connect() as connection:
        # DuckDB would see that nothing has to be read of tables that have no rows, or rows without a value.
        connection.execute("SET disabled_optimizers = 'statistics_propagation, empty_result_pullup'")
        for name in (*TABLES, *MADE):
            schema = case.table(name).schema()
            columns = ", ".join(f"{quote(column)} {_TYPES[str(kind)]}" for column, kind in schema.items())
            connection.execute(f"CREATE TABLE {name} ({columns})")
        plain = [feature for feature in features if not feature.combined]
        for view in dict.fromkeys(feature.sources[0] for feature in plain):
            rows = VIEWS[view].build(case)
            read: dict[frozenset[str], frozenset[Need]] = {}
            for feature in (one for one in plain if one.sources == (view,)):
                value = feature.expression(Rows(rows, within(rows.at, rows.as_of, feature.days)))
                # What only has to be missing is not needed.
                fields = value.op().find(
                    ops.Field,
                    filter=lambda node: isinstance(node, ops.Value) and not isinstance(node, ops.IsNull),
                )
                used = frozenset(field.name for field in fields)
                if used not in read:
                    query = ibis.to_sql(rows.select("decision_id", *sorted(used)), dialect="duckdb")
                    plan = connection.execute(f"EXPLAIN (FORMAT JSON) {query}").fetchall()[0][1]
                    read[used] = frozenset(_read(view, used, json.loads(plan)))
                needs[feature.column] = read[used]
    for feature in features:
        if feature.combined:
            parts = [f for f in plain if f"{f.characteristic}__{f.name}" in feature.sources]
            needs[feature.column] = frozenset[Need]().union(*(needs[part.column] for part in parts))
    return needs


def _read(view: str, used: frozenset[str], plan: object) -> Iterator[Need]:
    """Yield what a plan reads for the columns of a view that are used."""
    counts = [_ONE_OF[name] for name in sorted(used) if name in _ONE_OF]
    summed = {column for columns in counts for column in columns} - used
    for table, columns in _scans(plan):
        if (view, table) in _JOINED and _JOINED[view, table] not in used:
            continue
        for there, behind in _BEHIND.get(table, ()):
            yield there, (behind,)
        if table == "post_metrics":
            yield from ((table, one_of) for one_of in counts)
        for column in columns:
            if table == "post_metrics" and column in summed:
                continue
            if (table, column) in _LOOKED_UP:
                names, (there, behind) = _LOOKED_UP[table, column]
                if used & set(names):
                    yield there, (behind,)
            elif table in TABLES and column not in _OURS:
                yield table, (column,)
            elif column in _CARRIED.get(table, {}):
                yield _CARRIED[table][column], (column,)
            elif table == "decisions" and column.startswith("offer_"):
                yield "outcomes", (column,)
            elif table == "experience" and column in _RATES:
                yield "campaigns", (_RATES[column],)


def _scans(plan: object) -> Iterator[tuple[str, list[str]]]:
    """Yield the tables that a plan reads, each with the columns."""
    for node in plan if isinstance(plan, list) else [plan]:
        if not isinstance(node, dict):
            continue
        info = node.get("extra_info", {})
        if table := info.get("Table"):
            columns = info.get("Projections") or []
            yield str(table).rpartition(".")[2], columns if isinstance(columns, list) else [str(columns)]
        yield from _scans(node.get("children", []))


def unmet(needs: Set[Need], filled: Filled) -> set[Need]:
    """Return those needs of which no column is told."""
    return {need for need in needs if not any((need[0], column) in filled for column in need[1])}


def met(needs: Set[Need], filled: Filled) -> bool:
    """Whether all that is needed is told."""
    return not unmet(needs, filled)
