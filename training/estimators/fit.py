"""Fits what is shipped: a regularised regression, and trees grown on top of half of it.

The regression knows the trend, beyond what training saw too, but no thresholds; trees know thresholds, but are flat beyond what they
saw. Trees that start from the regression need not find its trend again, step by step: with few outcomes they never would. They start
from half of it, for what the regression learned by heart is no longer there for them to correct. Both together then count three
quarters, the regression alone the rest.

The less an outcome tells (0 or 1 tells less than 40), the more the trees' leaves are drawn to nothing. No share is chosen by how the last
outcomes came: chosen so, the trees weighed too little where outcomes are few. Shares, penalty and number of trees were chosen looking at
simulated worlds and at 17 public sets of counts, with 60 to 1,500 outcomes (``python -m benchmarks.counts``).
Both are held to the declared directions: a number that is declared to help never counts against anybody.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suasion.features.engine.feature import Feature
from suasion.features.errors import InputError
from suasion.training.evaluation.split import Rows, Times, forward_folds, inner_split

from .base import Floats
from .blend import Parts, TreeRegressor
from .interval import LEVEL
from .linear import LinearParts, LinearRegressor

ALPHAS = (1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
PERIOD, MOST_PERIODS = np.timedelta64(30, "D"), 60
"""How long a period of the level is, and into how many a long history is cut at most."""
FOLLOW = 0.04
"""By what share of the deviance following the level must have paid inside training, on average over the periods that are judged there, to
be done; chosen looking at nine data sets, of which one has a level that falls to a third."""
CAUTIOUS = 10.0
"""The penalty where there are too few outcomes to choose one by."""
INNER_FIRST, INNER_FOLDS = 0.4, 4
"""Of the training period: what only trains, and into how many periods the rest is cut to choose the penalty by."""
DISPERSION = 0.3
"""Variance of what comes beyond a Poisson count's, in shares of the square of what is expected, where that is the mean."""
KINDS = ("blend", "trees", "linear")
SET_HERE = {"directions", "groups", "random_state"}
"""Parameters of trees that other settings decide."""
START = 0.5
"""Share of the regression that trees start from."""
TREES = 0.75
"""How much the regression with trees on top of its half counts, on the log scale; the rest is the regression alone."""
SHRINK = 30.0
"""LightGBM's L2 penalty on leaves, in rows, where outcomes vary by their mean: what one outcome tells is the less the more they vary."""
FEWEST_TREES, LEAST_TO_STOP_BY = 400, 100
"""Trees at least, for that small steps stop early on one last fifth says more of the fifth than of them; and outcomes it takes at least to
say that there should be more."""


@dataclass(frozen=True)
class Settings:
    """What can be chosen about a model.

    The parameters of :class:`suasion.serving.model.InfluenceModel`, which says what they mean.
    """

    kind: str = "blend"
    interactions: bool = False
    monotonic: bool = True
    lightgbm: Mapping[str, Any] = field(default_factory=dict)  # each parameter has a type of its own
    alpha: float | None = None
    coverage: float = LEVEL
    random_state: int = 0

    def __post_init__(self) -> None:
        """Refuse what names no kind, parameters that no tree has, and numbers out of range: nothing else would."""
        if self.kind not in KINDS:
            raise InputError(f"kind is {self.kind!r}; it can be {', '.join(KINDS)}.")
        for name in ("interactions", "monotonic"):
            if not isinstance(flag := getattr(self, name), bool | np.bool_):
                raise InputError(f"{name} is {flag!r:.60}; it can be True or False.")
        if not isinstance(self.lightgbm, Mapping):
            raise InputError(
                f"lightgbm is {self.lightgbm!r:.60}; it can be a dict such as {{'num_leaves': 15}}."
            )
        known = set(inspect.signature(TreeRegressor).parameters) - SET_HERE
        if unknown := sorted(set(self.lightgbm) - known):
            raise InputError(f"lightgbm names {', '.join(unknown)}; it can name {', '.join(sorted(known))}.")
        if self.alpha is not None and not (isinstance(self.alpha, Real) and 0 < self.alpha < math.inf):
            raise InputError(
                f"alpha is {self.alpha!r:.60}; it can be a number above 0, or None to choose one."
            )
        if not (isinstance(self.coverage, Real) and 0 < self.coverage < 1):
            raise InputError(
                f"coverage is {self.coverage!r:.60}; it can be a share between 0 and 1, such as 0.9."
            )
        if not (isinstance(self.random_state, Integral) and 0 <= self.random_state < 2**31):
            raise InputError(
                f"random_state is {self.random_state!r:.60}; it can be a whole number from 0 to {2**31 - 1}."
            )


@dataclass(frozen=True)
class Columns:
    """What is declared of each column of X: its name, its characteristic, its direction, and its elasticity and how that fades."""

    names: Sequence[str]
    groups: Sequence[str]
    directions: Sequence[int]
    elasticities: Sequence[float]
    fades: Sequence[float]

    @classmethod
    def of(cls, features: Sequence[Feature]) -> Columns:
        """Return what features declare."""
        return cls(
            [feature.column for feature in features],
            [feature.characteristic for feature in features],
            [feature.monotonic for feature in features],
            [feature.elasticity for feature in features],
            [feature.fades for feature in features],
        )

    @classmethod
    def plain(cls, names: Sequence[str], groups: Sequence[str]) -> Columns:
        """Return columns of which neither a direction nor an elasticity is declared."""
        return cls(names, groups, [0] * len(names), [0.0] * len(names), [math.inf] * len(names))

    def elasticities_left(self, outcomes: int) -> Floats:
        """Return what is left of each elasticity where there are so many outcomes to learn from, shape (features,).

        Of twice as many as leave half of it, a fifth is left: by the square, so that many outcomes are not held to what few needed.
        """
        return np.asarray(self.elasticities) / (1.0 + (outcomes / np.asarray(self.fades)) ** 2)


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

    @property
    def age(self) -> NDArray[np.int64]:
        """Periods of the level that lie between each decision and the latest, shape (n,)."""
        before = self.decided.max() - self.decided
        return np.asarray(before // max(PERIOD, before.max() // MOST_PERIODS), dtype=np.int64)

    def spread(self, columns: Columns, settings: Settings) -> tuple[Floats, float]:
        """Return how much each row counts, shape (n,), and how much outcomes vary beyond what is expected of them.

        A row counts less where much is expected, for that varies by more than a Poisson count: weights of a negative binomial
        whose variance is mu + mu² · DISPERSION / mean(mu), with mu from a cautious regression (McCullagh & Nelder 1989,
        "Generalized Linear Models", section 11.2). So a few large outcomes do not decide every slope. How much outcomes vary is
        Pearson's chi² of outcomes divided by their mean, a row: 1 / mean where they are Poisson counts, whatever their unit.
        """
        model = _linear(CAUTIOUS / 10, columns, settings, len(self.y)).fit(
            self.X, self.y, exposure=self.exposure
        )
        expected = model.predict(self.X, self.exposure)
        noise = np.mean((self.y - expected) ** 2 / expected) / max(self.y.mean(), 1e-300)
        # Six digits, for the sixteenth would decide which of two equal splits a tree takes.
        return 1.0 / (1.0 + DISPERSION * expected / expected.mean()), float(f"{noise:.6g}")


@dataclass(frozen=True)
class Chosen:
    """What the inner splits chose: it can be used again on fewer features. No trees: the regression alone."""

    n_trees: int
    alpha: float
    follows: bool = False
    """Whether the level of the latest period is predicted, not that of all of training."""


def poisson_deviance(y: Floats, expected: Floats) -> Floats:
    """Return the unit Poisson deviances, shape (n,)."""
    expected = np.maximum(expected, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(y > 0, y * np.log(y / expected), 0.0)
    return 2.0 * (term - y + expected)


def choose(data: Data, columns: Columns, settings: Settings) -> Chosen:
    """Choose the penalty and the number of trees inside the training period, forward in time.

    The penalty by four periods in a row, for one alone is a draw of the lot; trees, which cost more, by the last fifth.
    """
    alpha = choose_alpha(data, columns, settings) if settings.alpha is None else settings.alpha
    follows = settings.kind != "trees" and follow_pays(data, columns, settings, alpha)
    if settings.kind == "linear" or data.y.sum() <= 0:
        return Chosen(0, alpha, follows)
    fewest = min(FEWEST_TREES, settings.lightgbm.get("n_estimators", FEWEST_TREES))
    train, last = inner_split(data.decided, data.known)
    if len(last) < LEAST_TO_STOP_BY or not _enough(data, train, last):
        return Chosen(fewest, alpha, follows)
    known, judge = data.take(train), data.take(last)
    weights, noise = known.spread(columns, settings)
    start, later = np.ones(len(known.y)), np.ones(len(judge.y))
    if settings.kind == "blend":
        linear, level = _regression(known, columns, settings, Chosen(0, alpha, follows), weights)
        start, later = _start(linear, known.X) * level, _start(linear, judge.X)
    tree = _tree(columns, settings, noise)
    tree.fit(
        known.X, known.y, weights, exposure=known.exposure * start,
        eval_set=(judge.X, judge.y, judge.exposure * later),
    )  # fmt: skip
    return Chosen(max(fewest, tree.n_trees_), alpha, follows)


def _enough(data: Data, train: Rows, judged: Rows) -> bool:
    return len(train) >= 30 and len(judged) >= 10 and data.y[train].sum() > 0


def _periods(data: Data, columns: Columns, settings: Settings) -> Iterator[tuple[Data, Data, Floats]]:
    """Yield several periods in a row, where there is enough: what was known before each, what it judges, and weights of the former."""
    for fold in forward_folds(data.decided, data.known, first=INNER_FIRST, folds=INNER_FOLDS):
        if _enough(data, fold.train, fold.judged):
            known = data.take(fold.train)
            yield known, data.take(fold.judged), known.spread(columns, settings)[0]


def choose_alpha(data: Data, columns: Columns, settings: Settings) -> float:
    """Choose the regression's penalty by several periods in a row, each predicted from what was known before it."""
    deviances, judged = np.zeros(len(ALPHAS)), 0
    for known, judge, weights in _periods(data, columns, settings):
        model = _linear(CAUTIOUS, columns, settings, len(known.y))
        for number, parts in enumerate(model.path(known.X, known.y, known.exposure, ALPHAS, weights)):
            expected = judge.exposure * np.exp(parts.base + parts.contributions(judge.X).sum(axis=1))
            deviances[number] += poisson_deviance(judge.y, expected).sum()
        judged += len(judge.y)
    if not judged:
        return CAUTIOUS
    # Of penalties that do as well as one another, to what a double can tell, the strongest.
    least = deviances.min()
    return ALPHAS[int(np.flatnonzero(deviances <= least + 1e-9 * abs(least))[-1])]


def follow_pays(data: Data, columns: Columns, settings: Settings, alpha: float) -> bool:
    """Return whether to predict the level of the latest period, by several periods in a row as :func:`choose_alpha` has them.

    Where all outcomes rise or fall together for long (a market, a brand that is forgotten), the average of history is not what comes. But
    a level also moves by the luck of a few campaigns, and to follow that costs: so it must have paid.
    """
    gains = []
    for known, judge, weights in _periods(data, columns, settings):
        deviances = []
        for follows in (False, True):
            linear, _ = _regression(known, columns, settings, Chosen(0, alpha, follows), weights)
            deviances.append(
                poisson_deviance(judge.y, judge.exposure * np.exp(linear.log_rate(judge.X))).sum()
            )
        gains.append(1 - deviances[1] / deviances[0] if deviances[0] > 0 else 0.0)
    return bool(gains) and float(np.mean(gains)) >= FOLLOW


def fit(
    data: Data, columns: Columns, settings: Settings, chosen: Chosen | None = None
) -> tuple[Parts, Chosen]:
    """Fit on all rows what :func:`choose` chose (or what is given) and return it with the choice."""
    chosen = chosen or choose(data, columns, settings)
    weights, noise = data.spread(columns, settings)
    linear, level = None, np.ones(len(data.y))
    if settings.kind != "trees" or not chosen.n_trees:
        linear, level = _regression(data, columns, settings, chosen, weights)
    trees = None
    if settings.kind != "linear" and chosen.n_trees:
        start = level if linear is None else _start(linear, data.X) * level
        tree = _tree(columns, settings, noise, n_estimators=chosen.n_trees)
        trees = tree.fit(data.X, data.y, weights, exposure=data.exposure * start).parts(
            1.0 if linear is None else TREES
        )
    if trees is not None and linear is not None:
        linear = linear.times(TREES * START + 1 - TREES)
    return Parts(tuple(columns.names), tuple(columns.groups), trees, linear), chosen


def _regression(
    data: Data, columns: Columns, settings: Settings, chosen: Chosen, weights: Floats
) -> tuple[LinearParts, Floats]:
    """Return the regression, and by what factor the level of each row's period lies above the latest one's, shape (n,)."""
    model = _linear(chosen.alpha, columns, settings, len(data.y))
    age = data.age if chosen.follows else None
    model.fit(data.X, data.y, weights, exposure=data.exposure, age=age)
    return model.parts(), np.ones(len(data.y)) if age is None else np.exp(model.level_[age])


def _start(linear: LinearParts, X: Floats) -> Floats:
    """Return what trees start from, shape (n,)."""
    return np.exp(linear.times(START).log_rate(X))


def _linear(alpha: float, columns: Columns, settings: Settings, outcomes: int) -> LinearRegressor:
    return LinearRegressor(
        alpha=alpha,
        directions=columns.directions if settings.monotonic else None,
        elasticities=columns.elasticities_left(outcomes).tolist(),
    )


def _tree(columns: Columns, settings: Settings, noise: float, **more: int) -> TreeRegressor:
    return TreeRegressor(
        directions=columns.directions if settings.monotonic else None,
        groups=None if settings.interactions else columns.groups,
        random_state=settings.random_state,
        **{"reg_lambda": SHRINK * noise, **settings.lightgbm, **more},
    )
