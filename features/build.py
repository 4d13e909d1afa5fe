"""From decisions to a matrix: one aggregation a view, joined on the decision, and combinations on top."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import FEATURES
from .check import Tables
from .feature import Feature, Rows
from .graph import build_standing
from .offer import extra
from .point_in_time import VIEWS, Case, create_decisions, within
from .relevant import build_relevant
from .shrinkage import build_experience
from .text import Embedder


def all_features(extras: Sequence[str] = ()) -> list[Feature]:
    """Return every declared feature and one for each extra column of the offer, in a fixed order."""
    return [*FEATURES, *(feature for name in extras for feature in extra(name))]


def available(feature: Feature, present: frozenset[str], features: Sequence[Feature]) -> bool:
    """Whether the tables a feature needs are there."""
    if feature.combined:
        sources = [found for found in features if f"{found.characteristic}__{found.name}" in feature.sources]
        return all(available(source, present, features) for source in sources)
    return all(set(VIEWS[view].needs) <= present for view in feature.sources)


def tables_of(feature: Feature, features: Sequence[Feature]) -> tuple[str, ...]:
    """Return the names of the tables a feature reads, other than campaigns."""
    if feature.combined:
        sources = [found for found in features if f"{found.characteristic}__{found.name}" in feature.sources]
        return tuple(dict.fromkeys(table for source in sources for table in tables_of(source, features)))
    own = {"past": "outcomes", "experience": "outcomes", "agreed": "candidates"}
    return tuple(dict.fromkeys(t for view in feature.sources for t in (VIEWS[view].needs or (own[view],))))


def build_features(tables: Tables, candidates: str, space: Embedder) -> pd.DataFrame:
    """Return the features of candidates as of their moments of decision.

    Parameters
    ----------
    tables
        The checked tables.
    candidates
        SQL over them with ``campaign_id, influencer_id, as_of, exposure, fee, discount`` and the extra offer columns.
    space
        The text space, fitted before.

    Returns
    -------
    DataFrame of shape (candidates, 6 + features)
        ``campaign_id, influencer_id, as_of, exposure, fee, brand``, then one float64 column a feature; NaN is missing.
        Ordered by ``as_of``, campaign and influencer.
    """
    create_decisions(tables, candidates)
    build_standing(tables)
    build_relevant(tables, space)
    build_experience(tables)
    features = all_features(tables.extras)
    case = Case(tables)
    table = case.table("decisions")
    thresholds = case.table("thresholds").rename(_told="decision_id")
    matrix = table.left_join(thresholds, table.decision_id == thresholds._told).drop("_told")
    matrix = tables.connection.create_table("matrix", matrix, overwrite=True)
    plain = [feature for feature in features if not feature.combined]
    for view in VIEWS:
        wanted = [
            feature
            for feature in plain
            if feature.sources == (view,) and available(feature, tables.present, features)
        ]
        if wanted:
            part = tables.connection.create_table(
                f"features_{view}", aggregate(case, view, wanted), overwrite=True
            )
            told = matrix.threshold.notnull() if VIEWS[view].brief else ibis.literal(value=True)
            joined = matrix.left_join(part.rename(_id="decision_id"), matrix.decision_id == part.decision_id)
            values = {
                feature.column: ibis.ifelse(
                    told, joined[feature.column].fill_null(feature.empty), ibis.null("float64")
                )
                for feature in wanted
                if feature.empty is not None
            }
            matrix = tables.connection.create_table(
                f"matrix_{view}", joined.mutate(**values).drop("_id"), overwrite=True
            )
    absent = {f.column: ibis.null("float64") for f in plain if f.column not in matrix.columns}
    matrix = matrix.mutate(**absent) if absent else matrix
    names = {feature.column: matrix[feature.column] for feature in plain}
    combined = {feature.column: feature.combination(names) for feature in features if feature.combined}
    matrix = matrix.mutate(**combined)
    columns = ["campaign_id", "influencer_id", "as_of", "exposure", "fee", "brand"]
    matrix = matrix.order_by("decision_id").select(*columns, *(feature.column for feature in features))
    found = matrix.to_pandas()
    names_out = [feature.column for feature in features]
    settled = pd.DataFrame(settle(found[names_out].to_numpy(dtype=np.float64)), columns=names_out)
    return pd.concat([found[columns], settled], axis=1)


def settle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to ten significant digits: sums run in parallel differ in the sixteenth, and a seed must give one model.

    >>> settle(np.array([0.1 + 0.2, 12345.678901234])).tolist()
    [0.3, 12345.6789]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.floor(np.log10(np.abs(values)))
        scale = 10.0 ** (9 - np.where(np.isfinite(magnitude), magnitude, 0.0))
        rounded = np.round(values * scale) / scale
    return np.where(np.isfinite(rounded), rounded, values)


def aggregate(case: Case, view: str, features: Sequence[Feature]) -> ir.Table:
    """Return the features of one view as one aggregation: ``decision_id`` and a column each."""
    rows = VIEWS[view].build(case)
    values = {
        feature.column: feature.expression(Rows(rows, within(rows.at, rows.as_of, feature.days)))
        for feature in features
    }
    return rows.group_by("decision_id").aggregate(**values)
