"""Takes a table of features as people have it, and gives numbers: whole ones, nullable ones, Python objects; never text."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features.errors import InputError
from suasion.features.tables.schema import agreed_range


def as_numbers(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return some columns as float64, in the order named, with the table's index; what is missing is NaN.

    >>> as_numbers(pd.DataFrame({"b": [1, 2], "a": pd.array([3, None], dtype="Int64")}, index=["x", "y"]), ["a", "b"])
         a    b
    x  3.0  1.0
    y  NaN  2.0

    Raises
    ------
    InputError
        For a column that is not there or there twice, a value that is no number or not finite, and, in a column of what is agreed,
        one that no table takes: with the column, the row and the value.
    """
    missing = [name for name in columns if name not in table.columns]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise InputError(
            f"The table lacks the columns {', '.join(missing[:5])}{more}; the model takes {len(columns)}."
        )
    return pd.DataFrame(
        {name: _numbers(table, name) for name in columns}, index=table.index, columns=list(columns)
    )


def _numbers(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    column = table[name]
    if not isinstance(column, pd.Series):
        raise InputError(f"The table has the column {name} {column.shape[1]} times. Leave one.")
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values = np.array([_number(value) for value in column.astype(object)], dtype=np.float64)
    # Of what is no number, _number gives infinity, which no column may hold either.
    wrong, allowed = np.isinf(values), "a finite number"
    if limits := agreed_range(name):
        wrong |= (values < limits[0]) | (values > limits[1])
        allowed = "a number from {:g} to {:g}".format(*limits)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        more = int(wrong.sum()) - 1
        raise InputError(
            f"{name} is {_shown(column.iloc[row])} in the row {table.index[row]!r} (number {row + 1:,}): give {allowed}, or leave it missing"
            + (f"; so it is in {more:,} more rows." if more else ".")
        )
    return values


def _number(value: object) -> float:
    """Return a number as float, NaN where it is missing, and infinity where it is none."""
    if value is None or value is pd.NA or value is pd.NaT:
        return np.nan
    if not isinstance(value, Number | np.bool_) or isinstance(value, complex | np.complexfloating):
        return np.inf
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return np.inf


def _shown(value: object) -> str:
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 60 else f"{text[:60]}…"
