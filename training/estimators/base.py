"""What all estimators share: scikit-learn's checks, weights, exposure, and sums by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import d2_tweedie_score
from sklearn.utils import Tags
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

Floats = NDArray[np.float64]
EvalSet = tuple[ArrayLike, ArrayLike, ArrayLike | None]
"""X, y and exposure of the rows that training stops by."""


class RateRegressor(RegressorMixin, BaseEstimator):
    """What all estimators share: validation, weights, exposure and score."""

    n_features_in_: int

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.input_tags.allow_nan = True
        return tags

    def _rates(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, exposure: ArrayLike | None
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Return X, y / exposure, weight × exposure and weight, after scikit-learn's checks."""
        checked: tuple[Floats, Floats] = validate_data(
            self, X, y, ensure_all_finite="allow-nan", y_numeric=True, dtype=np.float64, ensure_min_samples=2
        )
        values, counts = checked
        if np.min(counts) < 0:
            raise ValueError(
                f"Negative values in y (smallest {np.min(counts)}): conversions are counts, net of refunds, from 0 up."
            )
        weight = _check_sample_weight(sample_weight, values, dtype=np.float64)
        if exposure is None:
            return values, np.asarray(counts, dtype=np.float64), weight, weight
        effort = check_exposure(exposure, len(values))
        return values, np.asarray(counts, dtype=np.float64) / effort, weight * effort, weight

    def predict(self, X: ArrayLike, exposure: ArrayLike | None = None) -> Floats:
        """Return expected conversions, shape (n,): the rate times ``exposure`` (1 where None)."""
        check_is_fitted(self)
        rate = np.exp(self._log_rate(X))
        return rate if exposure is None else rate * np.asarray(exposure, dtype=np.float64)

    def _checked(self, X: ArrayLike) -> Floats:
        checked: Floats = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)
        return checked

    def _log_rate(self, X: ArrayLike) -> Floats:
        raise NotImplementedError

    def _exposure(self, X: object, exposure: ArrayLike | None, n: int) -> Floats:
        return np.ones(n) if exposure is None else check_exposure(exposure, n)

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        exposure: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return D² of the Poisson deviance of counts: the share explained of what the mean rate leaves (1 is perfect).

        The null model is the mean rate of these rows times their exposure, so that who is merely asked for more explains nothing.
        """
        expected = self.predict(X, exposure)
        effort = self._exposure(X, exposure, len(expected))
        weight = effort if sample_weight is None else effort * np.asarray(sample_weight)
        return float(
            d2_tweedie_score(np.asarray(y) / effort, expected / effort, sample_weight=weight, power=1)
        )


def check_exposure(exposure: ArrayLike, n: int) -> Floats:
    """Return exposure as an array of shape (n,); raises ValueError when it is not one positive finite number a row."""
    effort = np.asarray(exposure, dtype=np.float64)
    if effort.shape != (n,) or not np.all(np.isfinite(effort)) or np.any(effort <= 0):
        raise ValueError(
            f"exposure must be {n} positive finite numbers, one a row; given: shape {effort.shape}, smallest {effort.min(initial=np.inf)}."
        )
    return effort


def sum_by_group(contributions: Floats, groups: Sequence[str], names: Sequence[str]) -> Floats:
    """Return contributions, shape (n, features), summed by group, shape (n, groups), in the order of ``names``."""
    members = np.array([[group == name for name in names] for group in groups], dtype=np.float64)
    return contributions @ members
