"""Fits what is shipped: trees and a regression, weighed by how each does on the last part of the training period.

With 50 outcomes the regression gets all the weight; with more both get half, unless the last part says otherwise beyond doubt.
Nobody chooses by hand, and the judged period has no say. Weighing is on the log scale, so that the factors of both are weighed the same way.
Both are held to the declared directions: a number that is declared to help never counts against anybody.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suasion.features.errors import InputError
from suasion.training.evaluation.split import Rows, Times, forward_folds, inner_split

from .base import Floats
from .blend import Parts, TreeRegressor
from .interval import LEVEL
from .linear import LinearRegressor

ALPHAS = (1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
CAUTIOUS = 10.0
"""The penalty where there are too few outcomes to choose one by."""
INNER_FIRST, INNER_FOLDS = 0.4, 4
"""Of the training period: what only trains, and into how many periods the rest is cut to choose the penalty by."""
DISPERSION = 0.3
"""Variance of what comes beyond a Poisson count's, in shares of the square of what is expected, where that is the mean."""
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
KINDS = ("auto", "blend", "trees", "linear")
SET_HERE = {"directions", "groups", "random_state"}
"""Parameters of trees that other settings decide."""
FEWEST_TREES = 400
"""Small steps, held to directions: that they stop early on one last fifth says more of the fifth than of them."""
LEAST_TREES = 200
"""With fewer outcomes to train on, trees are not tried."""


@dataclass(frozen=True)
class Settings:
    """What can be chosen about a model.

    The parameters of :class:`suasion.serving.model.InfluenceModel`, which says what they mean.
    """

    kind: str = "auto"
    interactions: bool = False
    monotonic: bool = True
    lightgbm: Mapping[str, Any] = field(default_factory=dict)
    alpha: float | None = None
    coverage: float = LEVEL
    random_state: int = 0

    def __post_init__(self) -> None:
        """Refuse what names no kind, parameters that no tree has, and numbers out of range: nothing else would."""
        if self.kind not in KINDS:
            raise InputError(f"kind is {self.kind!r}; it can be {', '.join(KINDS)}.")
        known = set(inspect.signature(TreeRegressor).parameters) - SET_HERE
        if unknown := sorted(set(self.lightgbm) - known):
            raise InputError(f"lightgbm names {', '.join(unknown)}; it can name {', '.join(sorted(known))}.")
        if self.alpha is not None and not 0 < self.alpha < math.inf:
            raise InputError(f"alpha is {self.alpha!r}; it can be a number above 0, or None to choose one.")
        if not 0 < self.coverage < 1:
            raise InputError(
                f"coverage is {self.coverage!r}; it can be a share between 0 and 1, such as 0.9."
            )


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

    def weights(self, directions: Sequence[int], settings: Settings) -> Floats:
        """Return how much each row counts, shape (n,): less where much is expected, for that varies by more than a Poisson count.

        Weights of a negative binomial whose variance is mu + mu² · DISPERSION / mean(mu), with mu from a cautious regression
        (McCullagh & Nelder 1989, "Generalized Linear Models", section 11.2): a few large outcomes do not decide every slope.
        """
        model = _linear(CAUTIOUS / 10, directions, settings).fit(self.X, self.y, exposure=self.exposure)
        expected = model.predict(self.X, self.exposure)
        return 1.0 / (1.0 + DISPERSION * expected / expected.mean())


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
    """Choose the penalty, the number of trees and their weight inside the training period, forward in time.

    The penalty by four periods in a row, for one alone is a draw of the lot; trees, which cost more, by the last fifth.
    """
    alpha = choose_alpha(data, directions, settings) if settings.alpha is None else settings.alpha
    train, last = inner_split(data.decided, data.known)
    if (
        settings.kind == "linear"
        or (settings.kind == "auto" and len(train) < LEAST_TREES)
        or not _enough(data, train, last)
    ):
        return Chosen(0, alpha, 0.0)
    known, judge = data.take(train), data.take(last)
    tree = _tree(groups, directions, settings)
    weights = known.weights(directions, settings)
    shown = judge.X, judge.y, judge.exposure
    tree.fit(known.X, known.y, weights, exposure=known.exposure, eval_set=shown)
    fewest = min(FEWEST_TREES, settings.lightgbm.get("n_estimators", FEWEST_TREES))
    if tree.n_trees_ < fewest:
        tree = _tree(groups, directions, settings, n_estimators=fewest)
        tree.fit(known.X, known.y, weights, exposure=known.exposure)
    if settings.kind == "trees":
        return Chosen(tree.n_trees_, alpha, 1.0)
    linear = _linear(alpha, directions, settings).fit(known.X, known.y, weights, exposure=known.exposure)
    logs = [np.log(model.predict(judge.X, judge.exposure)) for model in (tree, linear)]
    losses = [poisson_deviance(judge.y, np.exp(w * logs[0] + (1 - w) * logs[1])) for w in WEIGHTS]
    return Chosen(tree.n_trees_, alpha, nearest_to_equal(np.array(losses)))


def nearest_to_equal(losses: Floats) -> float:
    """Return the weight nearest to one half of those that do as well as the best, give or take a standard error.

    Equal weights are hard to beat where there is little to choose by (Breiman et al. 1984 for the rule of one standard error;
    Smith & Wallis 2009, "A simple explanation of the forecast combination puzzle", for equal weights).

    Parameters
    ----------
    losses
        Of each row under each of :data:`WEIGHTS`, shape (weights, n).
    """
    worse = losses - losses[losses.sum(axis=1).argmin()]
    fair = worse.sum(axis=1) <= worse.std(axis=1) * np.sqrt(losses.shape[1])
    return min(np.array(WEIGHTS)[fair].tolist(), key=lambda weight: abs(weight - 0.5))


def _enough(data: Data, train: Rows, judged: Rows) -> bool:
    return len(train) >= 30 and len(judged) >= 10 and data.y[train].sum() > 0


def choose_alpha(data: Data, directions: Sequence[int], settings: Settings) -> float:
    """Choose the regression's penalty by several periods in a row, each predicted from what was known before it."""
    folds = forward_folds(data.decided, data.known, first=INNER_FIRST, folds=INNER_FOLDS)
    model, deviances = _linear(CAUTIOUS, directions, settings), np.zeros(len(ALPHAS))
    judged = 0
    for fold in folds:
        if not _enough(data, fold.train, fold.judged):
            continue
        known, judge = data.take(fold.train), data.take(fold.judged)
        weights = known.weights(directions, settings)
        for number, parts in enumerate(model.path(known.X, known.y, known.exposure, ALPHAS, weights)):
            expected = judge.exposure * np.exp(parts.base + parts.contributions(judge.X).sum(axis=1))
            deviances[number] += poisson_deviance(judge.y, expected).sum()
        judged += len(fold.judged)
    if not judged:
        return CAUTIOUS
    # Of penalties that do as well as one another, to what a double can tell, the strongest.
    return ALPHAS[int(np.flatnonzero(deviances <= deviances.min() * (1 + 1e-9))[-1])]


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
    trees, linear, weights = None, None, data.weights(directions, settings)
    if chosen.weight > 0:
        tree = _tree(groups, directions, settings, n_estimators=max(1, chosen.n_trees))
        trees = tree.fit(data.X, data.y, weights, exposure=data.exposure).parts()
    if chosen.weight < 1:
        regression = _linear(chosen.alpha, directions, settings)
        linear = regression.fit(data.X, data.y, weights, exposure=data.exposure).parts()
    return Parts(tuple(features), tuple(groups), chosen.weight, trees, linear), chosen


def _linear(alpha: float, directions: Sequence[int], settings: Settings) -> LinearRegressor:
    return LinearRegressor(alpha=alpha, directions=list(directions) if settings.monotonic else None)


def _tree(groups: Sequence[str], directions: Sequence[int], settings: Settings, **more: Any) -> TreeRegressor:
    return TreeRegressor(
        directions=list(directions) if settings.monotonic else None,
        groups=None if settings.interactions else list(groups),
        random_state=settings.random_state,
        **{**settings.lightgbm, **more},
    )
