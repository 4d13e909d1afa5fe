"""Fits what is shipped: trees and a regression, weighed by how each does on the last part of the training period.

With 50 outcomes the regression gets all the weight, with thousands the trees most of it; nobody chooses by hand, and
the judged period has no say. Weighing is on the log scale, so that the factors of both are weighed the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import Floats, LinearRegressor, Parts, TreeRegressor
from .split import Rows, Times, inner_split

ALPHAS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_TREES = 200
"""With fewer outcomes to train on, trees are not tried."""


@dataclass(frozen=True)
class Settings:
    """What can be chosen about a model.

    ``mix`` lets trees mix characteristics; ``directions`` holds trees to the declared directions; ``kind`` is
    ``auto``, ``trees`` or ``regression``; ``tree`` overrides parameters of :class:`TreeRegressor`.
    """

    mix: bool = False
    directions: bool = True
    kind: str = "auto"
    seed: int = 0
    tree: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Data:
    """Rows to learn from: features, net conversions, exposure, and when each was decided and known."""

    X: Floats
    y: Floats
    exposure: Floats
    decided: Times
    known: Times

    def take(self, rows: Rows | NDArray[np.bool_]) -> Data:
        """Return some of the rows."""
        return Data(self.X[rows], self.y[rows], self.exposure[rows], self.decided[rows], self.known[rows])


@dataclass(frozen=True)
class Chosen:
    """What the inner split chose: it can be used again on fewer features."""

    n_trees: int
    alpha: float
    weight: float


def poisson_deviance(y: Floats, expected: Floats) -> Floats:
    """Return the unit Poisson deviances, shape (n,)."""
    expected = np.maximum(expected, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(y > 0, y * np.log(y / expected), 0.0)
    return 2.0 * (term - y + expected)


def choose(data: Data, groups: Sequence[str], directions: Sequence[int], settings: Settings) -> Chosen:
    """Choose the number of trees, the penalty and the weight by the last fifth of the training period."""
    train, last = inner_split(data.decided, data.known)
    if len(train) < 30 or len(last) < 10 or data.y[train].sum() == 0:
        return Chosen(0, 1.0, 0.0)
    known, judge = data.take(train), data.take(last)
    best_alpha, best_linear, linear = 1.0, np.inf, np.zeros(len(last))
    for alpha in ALPHAS:
        model = LinearRegressor(alpha=alpha).fit(known.X, known.y, exposure=known.exposure)
        expected = model.predict(judge.X, judge.exposure)
        deviance = float(poisson_deviance(judge.y, expected).mean())
        if deviance < best_linear:
            best_alpha, best_linear, linear = alpha, deviance, expected
    if settings.kind == "regression" or (settings.kind == "auto" and len(train) < LEAST_TREES):
        return Chosen(0, best_alpha, 0.0)
    tree = _tree(groups, directions, settings)
    tree.fit(known.X, known.y, exposure=known.exposure, eval_set=(judge.X, judge.y, judge.exposure))
    if settings.kind == "trees":
        return Chosen(tree.n_trees_, best_alpha, 1.0)
    trees = tree.predict(judge.X, judge.exposure)
    blends = [
        float(poisson_deviance(judge.y, np.exp(w * np.log(trees) + (1 - w) * np.log(linear))).mean())
        for w in WEIGHTS
    ]
    weight = WEIGHTS[int(np.argmin(blends))]
    return Chosen(tree.n_trees_, best_alpha, weight)


def fit(
    data: Data,
    features: Sequence[str],
    groups: Sequence[str],
    directions: Sequence[int],
    settings: Settings,
    chosen: Chosen | None = None,
) -> tuple[Parts, Chosen]:
    """Fit on all rows what :func:`choose` chose (or what is given) and return it with the choice."""
    chosen = chosen or choose(data, groups, directions, settings)
    trees, linear = None, None
    if chosen.weight > 0:
        tree = _tree(groups, directions, settings, n_estimators=max(1, chosen.n_trees))
        trees = tree.fit(data.X, data.y, exposure=data.exposure).parts()
    if chosen.weight < 1:
        linear = LinearRegressor(alpha=chosen.alpha).fit(data.X, data.y, exposure=data.exposure).parts()
    return Parts(tuple(features), tuple(groups), chosen.weight, trees, linear), chosen


def _tree(groups: Sequence[str], directions: Sequence[int], settings: Settings, **more: Any) -> TreeRegressor:
    return TreeRegressor(
        directions=list(directions) if settings.directions else None,
        groups=None if settings.mix else list(groups),
        random_state=settings.seed,
        **{**settings.tree, **more},
    )
