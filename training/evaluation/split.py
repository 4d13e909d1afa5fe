"""Splits go forward in time: what trains is known before what is judged is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """Rows that train, rows that are judged, and the first moment judged."""

    train: Rows
    judged: Rows
    start: np.datetime64


def inner_split(decided: Times, known: Times, *, share: float = 0.2) -> tuple[Rows, Rows]:
    """Return rows to train on and rows to stop by: the last ``share`` of the decisions.

    A row trains only if it was known before the first of the last is decided.
    """
    start = np.quantile(decided.astype("int64"), 1 - share).astype("int64").astype(decided.dtype)
    return np.flatnonzero((decided < start) & (known < start)), np.flatnonzero(decided >= start)


def forward_folds(decided: Times, known: Times, *, first: float, folds: int) -> list[Fold]:
    """Cut the decisions after the quantile ``first`` into ``folds`` periods, each judged by what was known before it.

    >>> days = np.datetime64("2020-01-01") + np.arange(41)
    >>> [(len(f.train), len(f.judged)) for f in forward_folds(days, days + 2, first=0.5, folds=2)]
    [(18, 10), (28, 11)]
    """
    edges = np.quantile(decided.astype("int64"), np.linspace(first, 1, folds + 1)).astype("int64")
    starts = np.unique(edges[:-1]).astype(decided.dtype)
    found = []
    for index, start in enumerate(starts):
        inside = decided >= start
        if index + 1 < len(starts):
            inside &= decided < starts[index + 1]
        train = np.flatnonzero((decided < start) & (known < start))
        if inside.any() and len(train) >= 10:
            found.append(Fold(train, np.flatnonzero(inside), start))
    return found
