"""What each feature is, as a table for people, made from the declarations."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from suasion.features import FEATURES, GROUPS

from .feature import Feature
from .matrix import tables_of
from .surprise import SURPRISE

OTHER = "other"
"""Characteristic of a column that names none."""
DECLARED = {feature.column: feature for feature in (*FEATURES, SURPRISE)}
"""The features that suasion has, by their columns."""
DIRECTIONS = {1: "more", -1: "fewer", 0: "–"}


def feature_info(features: Sequence[Feature] = FEATURES) -> pd.DataFrame:
    """Return what each feature is, one row a column of the feature matrix.

    Returns
    -------
    DataFrame
        Indexed by ``column``: ``characteristic, name``, ``tables`` it reads, ``days`` of its window (NA: all that is known), ``unit``,
        ``monotonic`` (+1: conversions are expected to rise with it), ``fill`` (value without rows; NaN: missing), ``meaning``.

    Examples
    --------
    >>> feature_info().loc["momentum__followers", ["characteristic", "unit"]].tolist()
    ['momentum', 'people']
    """
    declared = (*features, SURPRISE)
    order = {group: place for place, group in enumerate((*GROUPS[1:], GROUPS[0]))}
    features = sorted(declared, key=lambda one: order[one.characteristic])
    names = ("characteristic", "name", "days", "unit", "monotonic", "fill", "meaning")
    table = pd.DataFrame({name: [getattr(one, name) for one in features] for name in names})
    table.index = pd.Index([one.column for one in features], name="column")
    table.insert(2, "tables", [", ".join(tables_of(one, declared)) for one in features])
    return table.assign(days=table["days"].astype("Int64"), fill=table["fill"].astype("float64"))


def characteristic_of(column: str) -> str:
    """Return the characteristic that a column's name begins with, or ``other``.

    >>> characteristic_of("momentum__followers"), characteristic_of("followers")
    ('momentum', 'other')
    """
    group = column.partition("__")[0]
    return group if group in GROUPS else OTHER


def markdown() -> str:
    """Return the table of features as Markdown: one row a feature, its windows in one cell."""
    lines = [
        "| characteristic | feature | table | window | unit | expected | meaning |",
        "|---|---|---|---|---|---|---|",
    ]
    for (characteristic, name), rows in feature_info().groupby(["characteristic", "name"], sort=False):
        first = rows.iloc[0]
        days = ", ".join("all" if pd.isna(value) else f"{value} d" for value in rows["days"])
        cells = [characteristic, f"`{name}`", first["tables"], days, first["unit"]]
        cells += [DIRECTIONS[int(first["monotonic"])], first["meaning"]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
