"""The estimators: conversions for each exposure, with a log link, whose parts multiply.

Two kinds, one interface. :class:`TreeRegressor` is LightGBM with the declared directions as monotone constraints and
trees that do not mix characteristics, so that sums of trees are the characteristics' SHAP values exactly.
:class:`LinearRegressor` is a regularised Poisson regression, for data too small for trees. :mod:`suasion.training.fit`
fits both and weighs them.

Why the rate with exposure as weight and no offset: LightGBM's ``init_score`` switches off ``boost_from_average`` and is
ignored by ``predict``; fitting y / exposure with weight exposure is the same Poisson likelihood.

The parts of a prediction are SHAP values on the log scale (Lundberg et al. 2020, "From local explanations to global
understanding with explainable AI for trees", path-dependent); for the regression they are ``coefficient × (value -
mean)``. Grouped and exponentiated they are factors; ``base`` is the prediction of the average training row on
the log scale, a geometric mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import PoissonRegressor
from sklearn.utils import Tags
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .paths import Paths, lay_out
from .shapley import Shapley, make_shapley
from .threads import threads_for
from .trees import Forest, read_forest, write_forest
from .walk import sums

Floats = NDArray[np.float64]
EvalSet = tuple[ArrayLike, ArrayLike, ArrayLike | None]
"""X, y and exposure of the rows that training stops by."""


class _RateRegressor(RegressorMixin, BaseEstimator):
    """What both estimators share: validation, weights and exposure."""

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
        values, came = checked
        if np.min(came) < 0:
            raise ValueError(
                f"Negative values in y (smallest {np.min(came)}): conversions are counts, net of refunds, from 0 up."
            )
        weight = _check_sample_weight(sample_weight, values, dtype=np.float64)
        if exposure is None:
            return values, np.asarray(came, dtype=np.float64), weight, weight
        given = _check_exposure(exposure, len(values))
        return values, np.asarray(came, dtype=np.float64) / given, weight * given, weight

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

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the explained Poisson deviance (D², at most 1)."""
        from sklearn.metrics import d2_tweedie_score

        return float(d2_tweedie_score(y, self.predict(X), sample_weight=sample_weight, power=1))


def _check_exposure(exposure: ArrayLike, n: int) -> Floats:
    given = np.asarray(exposure, dtype=np.float64)
    if given.shape != (n,) or not np.all(np.isfinite(given)) or np.any(given <= 0):
        raise ValueError(
            f"exposure must be {n} positive finite numbers, one a row; given: shape {given.shape}, smallest {given.min(initial=np.inf)}."
        )
    return given


class TreeRegressor(_RateRegressor):
    """LightGBM for conversion rates.

    Parameters
    ----------
    directions
        +1, -1 or 0 for each feature: monotone constraints. None: none.
    groups
        A label for each feature; no tree mixes features of two labels. None: trees mix as they like.
    n_estimators, learning_rate, num_leaves, min_child_samples, reg_lambda, feature_fraction, bagging_fraction
        As in LightGBM.
    patience
        Rounds without improvement on ``eval_set`` after which training stops.
    random_state
        Seed; the same seed and data give the same trees.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(400.0).reshape(-1, 1)
    >>> model = TreeRegressor(directions=[1]).fit(X, 1 + X[:, 0] // 100, exposure=np.ones(400))
    >>> bool(model.predict([[350.0]])[0] > model.predict([[50.0]])[0])
    True
    """

    def __init__(
        self,
        *,
        directions: Sequence[int] | None = None,
        groups: Sequence[str] | None = None,
        n_estimators: int = 1000,
        learning_rate: float = 0.04,
        num_leaves: int = 15,
        min_child_samples: int = 20,
        reg_lambda: float = 1.0,
        feature_fraction: float = 0.5,
        bagging_fraction: float = 0.8,
        patience: int = 60,
        random_state: int | None = 0,
    ) -> None:
        self.directions = directions
        self.groups = groups
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_samples = min_child_samples
        self.reg_lambda = reg_lambda
        self.feature_fraction = feature_fraction
        self.bagging_fraction = bagging_fraction
        self.patience = patience
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        exposure: ArrayLike | None = None,
        eval_set: EvalSet | None = None,
    ) -> Self:
        """Fit rates y / exposure with weights sample_weight × exposure, stopping by ``eval_set`` where given."""
        X, rate, weight, _ = self._rates(X, y, sample_weight, exposure)
        parameters: dict[str, Any] = {
            "objective": "poisson",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_child_samples,
            "lambda_l2": self.reg_lambda,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": self.bagging_fraction,
            "bagging_freq": 1 if self.bagging_fraction < 1 else 0,
            "seed": 0 if self.random_state is None else self.random_state,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": threads_for(*X.shape),
            "verbosity": -1,
        }
        if self.directions is not None:
            parameters |= {
                "monotone_constraints": list(self.directions),
                "monotone_constraints_method": "intermediate",
            }
        if self.groups is not None:
            parameters["interaction_constraints"] = [
                [index for index, label in enumerate(self.groups) if label == group]
                for group in dict.fromkeys(self.groups)
            ]
        train = lgb.Dataset(X, rate, weight=weight, free_raw_data=False)
        options: dict[str, Any] = {}
        if eval_set is not None:
            known, came, shown = eval_set
            known = np.asarray(known, dtype=np.float64)
            shown = np.ones(len(known)) if shown is None else np.asarray(shown, dtype=np.float64)
            options["valid_sets"] = [
                train.create_valid(known, np.asarray(came, dtype=np.float64) / shown, weight=shown)
            ]
            options["callbacks"] = [lgb.early_stopping(self.patience, verbose=False)]
        self.booster_ = lgb.train(parameters, train, num_boost_round=self.n_estimators, **options)
        self.n_trees_ = (
            self.booster_.best_iteration if eval_set is not None else self.booster_.current_iteration()
        )
        return self

    def _log_rate(self, X: ArrayLike) -> Floats:
        return np.asarray(
            self.booster_.predict(self._checked(X), raw_score=True, num_iteration=self.n_trees_)
        )

    def parts(self, n_trees: int | None = None) -> TreeParts:
        """Return the trained trees as the bundle keeps them."""
        check_is_fitted(self)
        return TreeParts.of(
            read_forest(self.booster_.model_to_string(num_iteration=n_trees or self.n_trees_))
        )


class LinearRegressor(_RateRegressor):
    """Regularised Poisson regression on robustly scaled features, with an indicator for what is missing.

    Each feature is signed-log transformed, clipped to the range training saw (so that nothing is extrapolated),
    standardised, and set to 0, the mean, where missing; features that are sometimes missing get an indicator column.

    Parameters
    ----------
    alpha
        Strength of the L2 penalty, as in scikit-learn's ``PoissonRegressor``.
    max_iter
        Of the solver.
    """

    def __init__(self, *, alpha: float = 0.1, max_iter: int = 1000) -> None:
        self.alpha = alpha
        self.max_iter = max_iter

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        exposure: ArrayLike | None = None,
        eval_set: EvalSet | None = None,
    ) -> Self:
        """Fit rates y / exposure with weights sample_weight × exposure; ``eval_set`` is not needed and not read."""
        X, rate, weight, counted = self._rates(X, y, sample_weight, exposure)
        if not np.any(weight > 0):
            raise ValueError("All weights are zero: nothing to fit.")
        squeezed = _squeeze(X)
        # Means count a row as often as its weight says and exposure counts for nothing: 1 is the average training row.
        told = ~np.isnan(squeezed) * counted[:, None]
        counts = np.maximum(told.sum(axis=0), np.finfo(float).tiny)
        filled = np.nan_to_num(squeezed)
        mean = (filled * told).sum(axis=0) / counts
        spread = np.sqrt(((filled - mean) ** 2 * told).sum(axis=0) / counts)
        low = np.where(told > 0, squeezed, np.inf).min(axis=0)
        high = np.where(told > 0, squeezed, -np.inf).max(axis=0)
        flat = spread < 1e-9 * np.maximum(1.0, np.abs(mean))
        self.parts_ = LinearParts(
            mean=mean,
            scale=np.where(flat, 1.0, spread),
            low=np.where(np.isfinite(low), low, 0.0),
            high=np.where(np.isfinite(high), high, 0.0),
            absent=1 - told.sum(axis=0) / counted.sum(),
            slope=np.zeros(X.shape[1]),
            slope_absent=np.zeros(X.shape[1]),
            intercept=0.0,
        )
        present, absent = self.parts_.standardise(X)
        use = np.flatnonzero(~flat)
        use_absent = np.flatnonzero((self.parts_.absent > 0.005) & (self.parts_.absent < 0.995))
        design = np.hstack([present[:, use], absent[:, use_absent]])
        if not design.shape[1]:
            design = np.zeros((len(X), 1))  # nothing varies: the mean rate is all there is
        solver = PoissonRegressor(
            alpha=self.alpha, max_iter=self.max_iter, solver="newton-cholesky", tol=1e-8
        )
        solver.fit(design, rate, sample_weight=weight)
        self.parts_.slope[use] = solver.coef_[: len(use)]
        self.parts_.slope_absent[use_absent] = solver.coef_[len(use) : len(use) + len(use_absent)]
        object.__setattr__(self.parts_, "intercept", float(solver.intercept_))
        self.n_iter_ = int(solver.n_iter_)
        return self

    def _log_rate(self, X: ArrayLike) -> Floats:
        X = self._checked(X)
        return self.parts_.base + self.parts_.contributions(X).sum(axis=1)

    def parts(self) -> LinearParts:
        """Return the fitted numbers as the bundle keeps them."""
        check_is_fitted(self)
        return self.parts_


def _squeeze(X: Floats) -> Floats:
    return np.sign(X) * np.log1p(np.abs(X))


@dataclass(frozen=True)
class LinearParts:
    """A fitted regression as arrays, one number a feature."""

    mean: Floats
    scale: Floats
    low: Floats
    high: Floats
    absent: Floats
    """Share of training rows in which it is missing."""
    slope: Floats
    slope_absent: Floats
    intercept: float

    @property
    def base(self) -> float:
        """Log prediction of the average training row."""
        return self.intercept

    def standardise(self, X: Floats) -> tuple[Floats, Floats]:
        """Return the standardised values (0 where missing) and the centred indicators of what is missing."""
        clipped = np.clip(_squeeze(X), self.low, self.high)
        return np.where(np.isnan(X), 0.0, (clipped - self.mean) / self.scale), np.isnan(X) - self.absent

    def contributions(self, X: Floats) -> Floats:
        """Return SHAP values on the log scale, shape (n, features)."""
        present, absent = self.standardise(X)
        return present * self.slope + absent * self.slope_absent

    def grouped(self, X: Floats, groups: Sequence[str], names: Sequence[str]) -> Floats:
        """Return the contributions summed by group, shape (n, groups), in the order of ``names``."""
        return _sum_by_group(self.contributions(X), groups, names)


@dataclass(frozen=True)
class TreeParts:
    """Trees that were checked, LightGBM's own copy of them, and what is needed to sum them by group."""

    forest: Forest
    booster: lgb.Booster
    expected: Floats
    used: tuple[frozenset[int], ...]
    """Features each tree splits on."""
    owned: dict[Any, list[int] | None] = field(default_factory=dict, compare=False, repr=False)
    """Groups of the trees, by what was asked, found once."""

    @classmethod
    def of(cls, forest: Forest) -> TreeParts:
        """Hand checked trees to LightGBM, in a text written from their numbers."""
        values = tuple(np.array(tree.value) for tree in forest.trees)
        counts = [np.array(tree.count, dtype=np.float64) for tree in forest.trees]
        expected = [float(value @ count / count.sum()) for value, count in zip(values, counts, strict=True)]
        used = tuple(frozenset(tree.feature) for tree in forest.trees)
        return cls(forest, lgb.Booster(model_str=write_forest(forest)), np.array(expected), used)

    @property
    def base(self) -> float:
        """Mean log prediction over the training rows."""
        return float(self.expected.sum())

    def contributions(self, X: Floats) -> Floats:
        """Return SHAP values on the log scale, shape (n, features)."""
        if self._shapley is None:
            return np.asarray(self.booster.predict(X, pred_contrib=True))[:, :-1]
        return self._shapley.values(X)

    @cached_property
    def _paths(self) -> Paths:
        return lay_out(self.forest)

    @cached_property
    def _shapley(self) -> Shapley | None:
        return make_shapley(self.forest, self._paths)

    def grouped(self, X: Floats, groups: Sequence[str], names: Sequence[str]) -> Floats:
        """Return the SHAP values summed by group, shape (n, groups).

        Where no tree mixes two groups, a group's sum is its trees' values less their means: exact, and without
        working out a single SHAP value.
        """
        key = (tuple(groups), tuple(names))
        if key not in self.owned:
            self.owned[key] = self._owners(*key)
        owned = self.owned[key]
        if owned is None:
            return _sum_by_group(self.contributions(X), groups, names)
        return sums(self._paths, self.expected[list(self._paths.trees)], owned, len(names), X)

    def _owners(self, groups: Sequence[str], names: Sequence[str]) -> list[int] | None:
        """Return the group of each tree that splits; None where a tree mixes two."""
        place = {name: index for index, name in enumerate(names)}
        owners = [{place[groups[feature]] for feature in self.used[tree]} for tree in self._paths.trees]
        return None if any(len(owner) > 1 for owner in owners) else [next(iter(owner)) for owner in owners]


def _sum_by_group(contributions: Floats, groups: Sequence[str], names: Sequence[str]) -> Floats:
    members = np.array([[group == name for name in names] for group in groups], dtype=np.float64)
    return contributions @ members


@dataclass(frozen=True)
class Parts:
    """The model that is shipped: trees, a regression, or both, weighed on the log scale.

    log rate = weight × trees + (1 - weight) × regression, so contributions and factors are weighed the same way.
    """

    features: tuple[str, ...]
    groups: tuple[str, ...]
    weight: float
    trees: TreeParts | None
    linear: LinearParts | None

    @property
    def kind(self) -> str:
        """``trees``, ``regression`` or ``blend``."""
        return {0.0: "regression", 1.0: "trees"}.get(self.weight, "blend")

    @property
    def _weighed(self) -> list[tuple[float, TreeParts | LinearParts]]:
        both = [(self.weight, self.trees), (1 - self.weight, self.linear)]
        return [(weight, part) for weight, part in both if part is not None and weight > 0]

    @property
    def log_base(self) -> float:
        """Log of the base: the average training row on the log scale."""
        return sum(weight * part.base for weight, part in self._weighed)

    def matrix(self, table: pd.DataFrame) -> Floats:
        """Return the features of a table in the model's order."""
        return table.loc[:, list(self.features)].to_numpy(dtype=np.float64)

    def contributions(self, X: Floats) -> Floats:
        """Return SHAP values on the log scale, shape (n, features)."""
        parts = [weight * part.contributions(X) for weight, part in self._weighed]
        return np.sum(parts, axis=0)

    def log_factors(self, X: Floats, names: Sequence[str]) -> Floats:
        """Return SHAP values summed by group, shape (n, groups), in the order of ``names``."""
        parts = [weight * part.grouped(X, self.groups, names) for weight, part in self._weighed]
        return np.sum(parts, axis=0)

    def log_rate(self, X: Floats, names: Sequence[str]) -> Floats:
        """Return log expected conversions for one exposure, shape (n,)."""
        return self.log_base + self.log_factors(X, names).sum(axis=1)


def split_fields(parts: LinearParts) -> Mapping[str, Floats]:
    """Return a regression's arrays by name, as the bundle stores them."""
    return {
        name: np.asarray(getattr(parts, name), dtype=np.float64) for name in LinearParts.__dataclass_fields__
    }
