"""From decisions to a matrix: one aggregation a view, joined on the decision, and combinations on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType, SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features import FEATURES
from suasion.features.errors import InputError
from suasion.features.progress import step
from suasion.features.text.space import Embedder

from .case import Case, create_decisions, within
from .currencies import require_one_currency
from .feature import Feature, Rows, extra
from .pagerank import build_standing
from .participation import build_participants, build_participations
from .protocol import Database
from .settled import build_settled
from .shrinkage import experience
from .similarity import build_relevant, expressions, read_texts
from .views import VIEWS


def all_features(extras: Sequence[str] = (), declared: Sequence[Feature] | None = None) -> list[Feature]:
    """Return every declared feature (None: :data:`FEATURES`) and one for each column with a free name, in a fixed order."""
    declared = FEATURES if declared is None else declared
    columns = {feature.column for feature in declared}
    extra_features = {name: extra(name) for name in extras}
    if twice := [name for name, feature in extra_features.items() if feature.column in columns]:
        raise InputError(
            f"There is a feature of the name of the column {', '.join(twice)}. Rename the column."
        )
    return [*declared, *extra_features.values()]


def features_of(tables: Database) -> list[Feature]:
    """Return the features that are made of these tables, whether there is something to make them of or not."""
    return all_features(tables.extras, tables.declared)


def available(feature: Feature, present: frozenset[str], features: Sequence[Feature]) -> bool:
    """Whether the tables a feature needs are there."""
    if feature.combined:
        sources = [other for other in features if f"{other.characteristic}__{other.name}" in feature.sources]
        return all(available(source, present, features) for source in sources)
    return all(set(VIEWS[view].needs) <= present for view in feature.sources)


def tables_of(feature: Feature, features: Sequence[Feature]) -> tuple[str, ...]:
    """Return the names of the tables a feature reads, other than campaigns."""
    if feature.combined:
        sources = [other for other in features if f"{other.characteristic}__{other.name}" in feature.sources]
        return tuple(dict.fromkeys(table for source in sources for table in tables_of(source, features)))
    # What is agreed is told by outcomes as well: it needs no candidates.
    return tuple(dict.fromkeys(t for view in feature.sources for t in (VIEWS[view].needs or ("candidates",))))


@dataclass(frozen=True)
class Prepared:
    """Tables with what is worked out once for all decisions: the queries, compiled, and the texts, embedded."""

    tables: Database
    texts: Any  # what the engine's read_texts returns
    """As the engine keeps them: :class:`suasion.features.engine.similarity.Texts`, or what Spark's executors are sent."""
    queries: Mapping[str, str]


_DUCKDB = SimpleNamespace(read_texts=read_texts, build_standing=build_standing, build_relevant=build_relevant)


def _steps(tables: Database) -> SimpleNamespace | ModuleType:
    """Return the steps that need more than SQL, and that each engine does in its way."""
    if tables.dialect == "duckdb":
        return _DUCKDB
    from suasion.features.spark import steps  # only who asks for Spark has it

    return steps


def prepare(tables: Database, space: Embedder) -> Prepared:
    """Work out what does not hang on a decision; refuse amounts in several currencies."""
    require_one_currency(tables)
    build_participations(tables)
    build_participants(tables)
    if tables.settled:
        build_settled(tables)
    texts = _steps(tables).read_texts(tables, space)
    made = queries(tables.extras, tables.dialect, tables.joined, tables.declared, tables.settled)
    return Prepared(tables, texts, made)


@lru_cache(maxsize=16)
def queries(
    extras: tuple[str, ...],
    dialect: str = "duckdb",
    joined: bool = False,
    declared: tuple[Feature, ...] | None = None,
    settled: bool = False,
) -> Mapping[str, str]:
    """Return every query that features are made with, compiled once, whichever tables are there.

    What is made of a table that is not there has no rows (``without_…``); :func:`build_features` calls its features missing.
    """
    case = Case(extras, joined, settled)
    features = all_features(extras, declared)
    made = expressions(case)
    made["experience"] = experience(case.table("participations"), case.table("decisions"))
    for view, wanted in _by_view(features).items():
        made[f"features_{view}"] = aggregate(case, view, wanted)
        missing = {feature.column: ibis.null("float64") for feature in wanted}
        made[f"without_{view}"] = case.table("decisions").select("decision_id", **missing).limit(0)
    made["matrix"] = _matrix(case, features)
    return {name: _compile(expression, dialect) for name, expression in made.items()}


def _compile(expression: ir.Table, dialect: str) -> str:
    if dialect == "duckdb":
        return str(ibis.to_sql(expression, dialect=dialect))
    from suasion.features.spark.dialect import compiled_for_spark

    return compiled_for_spark(expression)


def _by_view(features: Sequence[Feature]) -> dict[str, list[Feature]]:
    """Return the features that are made of rows, by the rows they are made of: of those rows alone that any is made of."""
    plain = [feature for feature in features if not feature.combined]
    by_view = {view: [feature for feature in plain if feature.sources == (view,)] for view in VIEWS}
    return {view: wanted for view, wanted in by_view.items() if wanted}


def _matrix(case: Case, features: Sequence[Feature]) -> ir.Table:
    """Return one row a decision with every feature: those of each view joined, empty ones filled, combinations on top."""
    table, thresholds = case.table("decisions"), case.table("thresholds")
    joined = table.left_join(thresholds.rename(_told="decision_id"), [("decision_id", "_told")])
    views = list(_by_view(features).items())
    for start in range(0, len(views), TOGETHER):
        part = table.select(_part=table.decision_id)
        for view, wanted in views[start : start + TOGETHER]:
            schema = {"decision_id": "int64", **{feature.column: "float64" for feature in wanted}}
            made = ibis.table(schema, name=f"features_{view}").rename({f"_{view}": "decision_id"})
            part = part.left_join(made, [("_part", f"_{view}")])
        part = part.select(*part.columns).rename({f"_part_{start}": "_part"})
        joined = joined.left_join(part, [("decision_id", f"_part_{start}")])
    columns_made: dict[str, ir.Value] = {}
    for feature in features:
        view = feature.sources[0]
        if feature.combined:
            continue
        value = joined[feature.column]
        if feature.fill is not None:
            value = ibis.ifelse(joined[f"_{view}"].isnull(), feature.fill, value)
            if VIEWS[view].brief:
                value = ibis.ifelse(joined.threshold.notnull(), value, ibis.null("float64"))
        columns_made[feature.column] = value
    matrix = joined.select("decision_id", *INPUTS, **columns_made)
    names = {column: matrix[column] for column in columns_made}
    matrix = matrix.mutate(**{f.column: f.combination(names) for f in features if f.combined})
    return matrix.select("decision_id", *INPUTS, *(feature.column for feature in features))


INPUTS = ("campaign_id", "influencer_id", "as_of", "exposure", "fee", "brand")
TOGETHER = 5
"""Views that are joined before they are joined to the rest: a join carries all columns before it along, and a chain of all takes twice as long."""


def build_features(prepared: Prepared, candidates: str) -> pd.DataFrame:
    """Return the features of candidates as of their moments of decision, ordered by ``as_of``, campaign and influencer.

    ``candidates`` is SQL with ``campaign_id, influencer_id, as_of, exposure, fee, discount`` and the extra offer columns, over
    ``prepared.tables``, which may be a scratch copy. The columns are ``campaign_id, influencer_id, as_of, exposure, fee, brand``, then
    one of float64 a feature; NaN is missing.
    """
    build_matrix(prepared, candidates)
    matrix = prepared.tables.sql("SELECT * FROM matrix ORDER BY decision_id").df().drop(columns="decision_id")
    return finish(matrix, absent(prepared.tables))


def build_matrix(prepared: Prepared, candidates: str) -> None:
    """Make the table ``matrix``: what :func:`build_features` gives, not yet finished, and ``decision_id``."""
    tables, made = prepared.tables, prepared.queries
    steps = _steps(tables)
    step("gathering what was known at each decision")
    create_decisions(tables, candidates)
    steps.build_standing(tables)
    steps.build_relevant(tables, prepared.texts, made)
    step("building features")
    tables.make("experience", made["experience"])
    # What is made of tables that are not there is missing, and takes as long to plan as if they were.
    there = {view for view, rows in VIEWS.items() if set(rows.needs) <= tables.present}
    views = [name.removeprefix("features_") for name in made if name.startswith("features_")]
    tables.make_all(
        {f"features_{view}": made[f"{'features' if view in there else 'without'}_{view}"] for view in views}
    )
    tables.make("matrix", made["matrix"])


def absent(tables: Database) -> list[str]:
    """Return the columns of the features whose tables are not there."""
    features = features_of(tables)
    return [f.column for f in features if not available(f, tables.present, features)]


def finish(matrix: pd.DataFrame, absent: Sequence[str]) -> pd.DataFrame:
    """Return rows of the matrix with ``absent`` features missing, and numbers settled."""
    names, missing = list(matrix.columns[len(INPUTS) :]), set(absent)
    # Column by column, for the whole may fill much of the memory there is.
    settled = {
        name: np.full(len(matrix), np.nan)
        if name in missing
        else settle(matrix[name].to_numpy(dtype=np.float64, na_value=np.nan))
        for name in names
    }
    return pd.concat([matrix[list(INPUTS)], pd.DataFrame(settled, index=matrix.index)], axis=1)


def settle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to ten significant digits: sums run in parallel differ in the sixteenth, and a seed must give one model.

    >>> settle(np.array([0.1 + 0.2, 12345.678901234])).tolist()
    [0.3, 12345.6789]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.floor(np.log10(np.abs(values)))
        # Beyond 1e-300 there is no scale in a double; such a value is 0 for all that follows, and stays as it is.
        scale = 10.0 ** np.clip(9 - np.where(np.isfinite(magnitude), magnitude, 0.0), -300, 300)
        rounded = np.round(values * scale) / scale
    return np.where(np.isfinite(rounded), rounded, values)


def aggregate(case: Case, view: str, features: Sequence[Feature]) -> ir.Table:
    """Return the features of one view as one aggregation: ``decision_id`` and a column each."""
    rows = VIEWS[view].build(case)
    windows = [feature.days for feature in features]
    if None not in windows:  # what no window reaches need not be looked at
        rows = rows.filter(within(rows.at, rows.as_of, max(days for days in windows if days)))
    values = {
        feature.column: feature.expression(Rows(rows, within(rows.at, rows.as_of, feature.days)))
        for feature in features
    }
    return rows.group_by("decision_id").aggregate(**values)
