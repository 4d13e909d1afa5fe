"""What a model would predict for somebody who is otherwise the same."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features.errors import InputError
from suasion.training.bundle.manifest import FeatureRecord


def what_if(
    predict: Callable[[pd.DataFrame], NDArray[np.float64]],
    rows: pd.DataFrame,
    names: Sequence[str],
    records: Sequence[FeatureRecord],
    changes: Mapping[str, float],
) -> pd.DataFrame:
    """Return expected conversions before and after some features of all rows are set to other values."""
    unknown = sorted(set(changes) - set(names))
    if unknown or not changes:
        near = [match for name in unknown for match in difflib.get_close_matches(name, names, 2)]
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise InputError(
            f"{', '.join(unknown) or 'Nothing'} is no feature of this model; columns of scores.attrs['X'] are.{hint}"
        )
    for name, value in changes.items():
        if not isinstance(value, Real):
            raise InputError(f"{name} is {value!r:.60}; it can be a number, or NaN for what is not known.")
    limits = {record.column: (record.low, record.high) for record in records}
    clipped, changed = [], rows.copy()
    for name, value in changes.items():
        low, high = limits.get(name, (None, None))
        nearest = value if low is None or high is None else min(max(value, low), high)
        if nearest != value and not np.isnan(value):  # missing is a value like any other
            clipped.append(f"{name} {value:g} to {nearest:g}")
        changed[name] = float(nearest)
    before, after = predict(rows), predict(changed)
    columns = {"before": before, "after": after, "ratio": after / before, "clipped": ", ".join(clipped)}
    return pd.DataFrame(columns, index=rows.index)
