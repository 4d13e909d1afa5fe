"""The estimators: conversions for each exposure, with a log link, whose parts multiply.

Two kinds, one interface. :class:`TreeRegressor` is LightGBM with the declared directions as monotone constraints and
trees that do not mix characteristics, so that sums of trees are the characteristics' SHAP values exactly.
:class:`suasion.training.estimators.linear.LinearRegressor` is a regularised Poisson regression, for data too small for trees.
:mod:`suasion.training.estimators.fit` grows the trees on top of the regression.

Why the rate with exposure as weight and no offset: LightGBM's ``init_score`` switches off ``boost_from_average`` and is
ignored by ``predict``; fitting y / exposure with weight exposure is the same Poisson likelihood.

The parts of a prediction are SHAP values on the log scale (Lundberg et al. 2020, "From local explanations to global
understanding with explainable AI for trees", path-dependent); for the regression they are ``coefficient × (value -
mean)``. Grouped and exponentiated they are factors; ``base`` is the prediction of the average training row on
the log scale, a geometric mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .base import EvalSet, Floats, RateRegressor, sum_by_group
from .factors import sums
from .linear import LinearParts, first_copies
from .paths import Paths, lay_out
from .threads import threads_for
from .tree_shap import Shapley, make_shapley
from .tree_text import Forest, read_forest, write_forest


class TreeRegressor(RateRegressor):
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
        num_leaves: int = 7,
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
        # In units of their means, so that no unit matters to the penalties and limits of LightGBM.
        each, mean = float(weight.mean()), float(np.average(rate, weights=weight))
        if mean <= 0:
            raise ValueError("There are no conversions in y: no tree can be grown.")
        X = self._without_copies(X)
        parameters: dict[str, object] = {
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
        train = lgb.Dataset(X, rate / mean, weight=weight / each, free_raw_data=False)
        options: dict[str, Any] = {}  # keywords of lgb.train, each of a type of its own
        if eval_set is not None:
            last, last_y, last_exposure = eval_set
            last = np.asarray(last, dtype=np.float64)
            last_exposure = (
                np.ones(len(last)) if last_exposure is None else np.asarray(last_exposure, dtype=np.float64)
            )
            options["valid_sets"] = [
                train.create_valid(
                    last,
                    np.asarray(last_y, dtype=np.float64) / last_exposure / mean,
                    weight=last_exposure / each,
                )
            ]
            options["callbacks"] = [lgb.early_stopping(self.patience, verbose=False)]
        self.booster_ = lgb.train(parameters, train, num_boost_round=self.n_estimators, **options)
        self.log_mean_ = float(np.log(mean))
        self.n_trees_ = (
            self.booster_.best_iteration if eval_set is not None else self.booster_.current_iteration()
        )
        return self

    def _without_copies(self, X: Floats) -> Floats:
        """Return X with nothing in the columns that say the same as an earlier one of their group.

        LightGBM passes over a column that does not vary, and draws its share of features from the others: so trees are the same
        however often a column is there.
        """
        groups = np.asarray(self.groups if self.groups is not None else [""] * X.shape[1])
        X = X.copy()
        for group in dict.fromkeys(groups):
            columns = np.flatnonzero(groups == group)
            X[:, columns[first_copies(X[:, columns]) != np.arange(len(columns))]] = 0.0
        return X

    def _log_rate(self, X: ArrayLike) -> Floats:
        raw = self.booster_.predict(self._checked(X), raw_score=True, num_iteration=self.n_trees_)
        return np.asarray(raw) + self.log_mean_

    def parts(self, share: float = 1.0) -> TreeParts:
        """Return the trained trees as the bundle keeps them, the mean rate in the first; or a share of them on the log scale."""
        check_is_fitted(self)
        forest = read_forest(self.booster_.model_to_string(num_iteration=self.n_trees_))
        means = [self.log_mean_] + [0.0] * (len(forest.trees) - 1)
        trees = [
            replace(tree, value=tuple(share * (value + mean) for value in tree.value))
            for tree, mean in zip(forest.trees, means, strict=True)
        ]
        return TreeParts.of(replace(forest, trees=tuple(trees)))


@dataclass(frozen=True)
class TreeParts:
    """Trees that were checked, LightGBM's own copy of them, and what is needed to sum them by group."""

    forest: Forest
    booster: lgb.Booster
    expected: Floats
    used: tuple[frozenset[int], ...]
    """Features each tree splits on."""
    owned: dict[tuple[tuple[str, ...], ...], list[int] | None] = field(
        default_factory=dict, compare=False, repr=False
    )
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
            return sum_by_group(self.contributions(X), groups, names)
        return sums(self._paths, self.expected[list(self._paths.trees)], owned, len(names), X)

    def _owners(self, groups: Sequence[str], names: Sequence[str]) -> list[int] | None:
        """Return the group of each tree that splits; None where a tree mixes two."""
        place = {name: index for index, name in enumerate(names)}
        owners = [{place[groups[feature]] for feature in self.used[tree]} for tree in self._paths.trees]
        return None if any(len(owner) > 1 for owner in owners) else [next(iter(owner)) for owner in owners]


@dataclass(frozen=True)
class Parts:
    """The model that is shipped: trees, a regression, or both.

    log rate = trees + regression, so contributions and factors add up the same way.
    """

    features: tuple[str, ...]
    groups: tuple[str, ...]
    trees: TreeParts | None
    linear: LinearParts | None

    @property
    def kind(self) -> str:
        """``trees``, ``linear`` or ``blend``."""
        if self.trees is None:
            return "linear"
        return "trees" if self.linear is None else "blend"

    @property
    def _parts(self) -> list[TreeParts | LinearParts]:
        return [part for part in (self.trees, self.linear) if part is not None]

    @property
    def log_base(self) -> float:
        """Log of the base: the average training row on the log scale."""
        return sum(part.base for part in self._parts)

    def matrix(self, table: pd.DataFrame) -> Floats:
        """Return the features of a table in the model's order."""
        return table.loc[:, list(self.features)].to_numpy(dtype=np.float64)

    def contributions(self, X: Floats) -> Floats:
        """Return SHAP values on the log scale, shape (n, features)."""
        return np.sum([part.contributions(X) for part in self._parts], axis=0)

    def log_factors(self, X: Floats, names: Sequence[str]) -> Floats:
        """Return SHAP values summed by group, shape (n, groups), in the order of ``names``."""
        return np.sum([part.grouped(X, self.groups, names) for part in self._parts], axis=0)

    def log_rate(self, X: Floats, names: Sequence[str]) -> Floats:
        """Return log expected conversions for one exposure, shape (n,)."""
        return self.log_base + self.log_factors(X, names).sum(axis=1)
