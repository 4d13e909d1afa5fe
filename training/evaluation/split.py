"""Splits go forward in time: what trains is known before what is judged is decided."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import BaseCrossValidator

from suasion.features.errors import InputError

TEST_FROM, FOLDS = 0.5, 5
"""Quantile of the decisions from which is judged, and into how many periods the rest is cut."""

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
    >>> [(len(f.train), len(f.judged)) for f in forward_folds(days, days + np.timedelta64(2, "D"), first=0.5, folds=2)]
    [(18, 10), (28, 11)]
    """
    edges = np.quantile(decided.astype("int64"), np.linspace(first, 1, folds + 1)).astype("int64")
    starts = np.unique(edges[:-1]).astype(decided.dtype)
    periods = []
    for index, start in enumerate(starts):
        inside = decided >= start
        if index + 1 < len(starts):
            inside &= decided < starts[index + 1]
        train = np.flatnonzero((decided < start) & (known < start))
        if inside.any() and len(train) >= 10:
            periods.append(Fold(train, np.flatnonzero(inside), start))
    return periods


class ForwardSplit(BaseCrossValidator):
    """Expanding-window splitter for scikit-learn's ``cv=``: trains on what was *known* before a period, tests on what it decided.

    It is stricter than :class:`sklearn.model_selection.TimeSeriesSplit`: a row trains only once its outcome was known, which is
    weeks after it was decided.

    Parameters
    ----------
    n_splits
        Test periods, cut at quantiles of the decisions.
    test_from
        Quantile of the decisions at which the first test period begins.
    decided, known
        Moments of decision and of the outcome, one a row. None: the levels ``as_of`` and ``known_at`` of X's index, which
        :meth:`suasion.Dataset.training_frame` gives it. Without them rows count as in order, and as known when they were decided.

    Examples
    --------
    >>> days = pd.date_range("2024-01-01", periods=41)
    >>> cv = ForwardSplit(2, decided=days, known=days + pd.Timedelta(days=2))
    >>> [(len(train), len(test)) for train, test in cv.split(np.zeros((41, 1)))]
    [(18, 10), (28, 11)]
    """

    def __init__(
        self,
        n_splits: int = FOLDS,
        *,
        test_from: float = TEST_FROM,
        decided: object = None,
        known: object = None,
    ) -> None:
        if n_splits < 1:
            raise InputError(f"n_splits is {n_splits}; it can be 1 or more.")
        if not 0 < test_from < 1:
            raise InputError(f"test_from is {test_from}; it can be a share between 0 and 1, such as 0.5.")
        self.n_splits = n_splits
        self.test_from = test_from
        self.decided = decided
        self.known = known

    def get_n_splits(self, X: Sized | None = None, y: object = None, groups: object = None) -> int:
        """Return how many folds there are: ``n_splits``, less periods in which nothing was decided; X says so where it is given."""
        return self.n_splits if X is None else len(self._folds(X))

    def split(
        self, X: Sized, y: object = None, groups: object = None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield train and test rows of each period.

        Raises
        ------
        InputError
            When no period has rows known before it, or moments are not one a row.
        """
        folds = self._folds(X)
        if not folds:
            raise InputError(
                "No outcome was known before any test period: use a later test_from, or more history."
            )
        for fold in folds:
            yield fold.train, fold.judged

    def _folds(self, X: Sized) -> list[Fold]:
        n = X.shape[0] if hasattr(X, "shape") else len(X)
        decided, known = times_of(X, n, self.decided, self.known)
        return forward_folds(decided, known, first=self.test_from, folds=self.n_splits)

    def __repr__(self) -> str:
        return f"ForwardSplit(n_splits={self.n_splits}, test_from={self.test_from})"


def times_of(X: object, n: int, decided: object = None, known: object = None) -> tuple[Times, Times]:
    """Return when each row was decided and known: as given, by the index level ``as_of``, or by the order of rows."""
    index = getattr(X, "index", None)  # a list has a method of that name
    index = index if isinstance(index, pd.Index) else pd.RangeIndex(0)
    names = list(index.names)
    if known is None and decided is None and "known_at" in names:
        known = index.get_level_values("known_at")
    if decided is None and "as_of" in names:
        decided = index.get_level_values("as_of")
    if decided is None:
        decided = pd.Timestamp(0) + pd.to_timedelta(np.arange(n), unit="s")
    first = _moments(decided, n, "decided")
    return first, first if known is None else _moments(known, n, "known")


def _moments(values: object, n: int, name: str) -> Times:
    moments = pd.DatetimeIndex(pd.to_datetime(np.asarray(values)))
    if moments.tz is not None:
        moments = moments.tz_convert("UTC").tz_localize(None)
    if len(moments) != n or moments.hasnans:
        raise InputError(
            f"{name} must be {n} moments, one a row; given: {len(moments)}, {int(np.sum(moments.isna()))} of them missing."
        )
    return moments.to_numpy().astype("datetime64[us]")
