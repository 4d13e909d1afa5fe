"""A regularised Poisson regression whose contributions are SHAP values, for data too small for trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.utils.validation import check_is_fitted

from .base import EvalSet, Floats, RateRegressor, sum_by_group

FEW_KNOWN = 10
"""Training rows in which a feature is known, below which no usual size of it is."""
SELDOM = 0.005
"""Share of rows in which a feature is missing, or there, below which that tells nothing."""
STEPS = 200
TOLERANCE = 1e-9
DRIFT = 0.03
"""Penalty on the square of each step of a level that wanders; chosen looking at one world whose level does."""
FAR = 1_000.0
"""Times the median size: as far as a declared elasticity reaches."""


class LinearRegressor(RateRegressor):
    """Regularised Poisson regression on robustly scaled features, with an indicator for what is missing.

    Each feature is signed-log transformed, clipped to the range training saw (so that nothing learned is extrapolated),
    standardised, and set to 0, the mean, where missing; features that are sometimes missing get an indicator column.

    No unit matters: the rate is divided by its mean before the penalty is put on its slopes, exposures by their sum, and a
    feature by its median size before its log is taken. Nor does it matter how often a column is there: copies share
    its slope and its penalty.

    Parameters
    ----------
    alpha
        Strength of the L2 penalty, as in scikit-learn's ``PoissonRegressor`` where the mean rate is 1.
    directions
        +1, -1 or 0 for each feature: the sign its effect is held to (0: any). None: any for all.
    elasticities
        For each feature the power of it that conversions are taken to grow with before anything is learned; slopes only learn what
        differs from that. 0.5 for an audience: four times as many bring twice as much. 0, and None: nothing is taken.
    """

    def __init__(
        self,
        *,
        alpha: float = 0.1,
        directions: Sequence[int] | None = None,
        elasticities: Sequence[float] | None = None,
    ) -> None:
        self.alpha = alpha
        self.directions = directions
        self.elasticities = elasticities

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        exposure: ArrayLike | None = None,
        eval_set: EvalSet | None = None,
        age: NDArray[np.int64] | None = None,
    ) -> Self:
        """Fit rates y / exposure with weights sample_weight × exposure; ``eval_set`` is not needed and not read.

        Where ``age`` says how many periods each row lies before the latest, shape (n,), the level of all rows may wander from period to
        period: a random walk, whose steps are penalised by :data:`DRIFT`. What is predicted has the level of the latest period, and
        ``level_``, shape (periods,), says how far on the log scale each period lay above it, the latest first.
        """
        [self.parts_], self.n_iter_, self.level_ = self._fit_path(
            X, y, sample_weight, exposure, [self.alpha], age
        )
        return self

    def path(
        self,
        X: ArrayLike,
        y: ArrayLike,
        exposure: ArrayLike | None,
        alphas: Sequence[float],
        sample_weight: ArrayLike | None = None,
    ) -> list[LinearParts]:
        """Fit once for each penalty, which costs little more than fitting once, and return them in the order of ``alphas``."""
        order = np.argsort(alphas)[::-1]
        parts, *_ = self._fit_path(X, y, sample_weight, exposure, [alphas[index] for index in order])
        return [parts[place] for place in np.argsort(order)]

    def _fit_path(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        exposure: ArrayLike | None,
        alphas: Sequence[float],
        age: NDArray[np.int64] | None = None,
    ) -> tuple[list[LinearParts], int, Floats]:
        X, rate, weight, counted = self._rates(X, y, sample_weight, exposure)
        if not np.any(weight > 0):
            raise ValueError("All weights are zero: nothing to fit.")
        scaling = _scaling(X, counted, self.elasticities)
        # A rate over a power of the audience is as good a rate; it weighs by as much more as it is smaller.
        declared = np.exp(scaling.declared(X).sum(axis=1))
        rate, weight = rate / declared, weight * declared
        weight = weight / weight.sum()
        mean = float(weight @ rate)
        # A column a step: where it is taken back, the rows before it lie that much higher.
        steps = np.arange(0 if age is None else age.max(initial=0))
        before = np.zeros((len(rate), 0)) if age is None else (age[:, None] > steps).astype(np.float64)
        if mean <= 0:  # nothing came: half a conversion on all of the exposure
            whole = float(len(rate) if exposure is None else np.sum(exposure))
            none = replace(scaling, intercept=float(np.log(0.5 / whole)))
            return [none] * len(alphas), 0, np.zeros(len(steps) + 1)
        present, absent = scaling.standardise(X)
        use = np.flatnonzero(scaling.scale > 0)
        use_absent = np.flatnonzero((scaling.absent > SELDOM) & (scaling.absent < 1 - SELDOM))
        features = np.hstack([present[:, use], absent[:, use_absent]])
        design = np.hstack([features, before])
        signs = np.zeros(design.shape[1])
        if self.directions is not None:
            signs[: len(use)] = np.asarray(self.directions, dtype=np.float64)[use]
        # What is declared may be taken back by a slope, but not turned round.
        edges = np.zeros(design.shape[1])
        edges[: len(use)] = -(scaling.elasticity * scaling.scale)[use]
        copies, drift = _equal(_marks(features)).sum(axis=1), np.full(len(steps), DRIFT)
        slopes, intercept, taken_all = np.zeros(design.shape[1]), 0.0, 0
        fitted = []
        for alpha in alphas:
            slopes, intercept, taken = _solve(
                design, rate / mean, weight, np.append(alpha * copies, drift), signs, edges, slopes, intercept
            )
            taken_all += taken
            slope, slope_absent = np.zeros(X.shape[1]), np.zeros(X.shape[1])
            slope[use], slope_absent[use_absent] = slopes[: len(use)], slopes[len(use) : features.shape[1]]
            fitted.append(
                replace(
                    scaling, slope=slope, slope_absent=slope_absent, intercept=float(intercept + np.log(mean))
                )
            )
        return fitted, taken_all, np.append(0.0, np.cumsum(slopes[features.shape[1] :]))

    def _log_rate(self, X: ArrayLike) -> Floats:
        return self.parts_.log_rate(self._checked(X))

    def parts(self) -> LinearParts:
        """Return the fitted numbers as the bundle keeps them."""
        check_is_fitted(self)
        return self.parts_


@dataclass(frozen=True)
class LinearParts:
    """A fitted regression as arrays, one number a feature."""

    unit: Floats
    """What a value is divided by before its log is taken."""
    mean: Floats
    scale: Floats
    """0 where the feature does not vary, and has no say."""
    low: Floats
    high: Floats
    absent: Floats
    """Share of training rows in which it is missing."""
    slope: Floats
    slope_absent: Floats
    elasticity: Floats
    """The power of a value that is taken before anything is learned; 0 for most."""
    intercept: float

    @property
    def base(self) -> float:
        """Log prediction of the average training row."""
        return self.intercept

    def standardise(self, X: Floats) -> tuple[Floats, Floats]:
        """Return the standardised values (0 where missing) and the centred indicators of what is missing."""
        clipped = np.clip(_squeeze(X, self.unit, self.elasticity), self.low, self.high)
        silent = np.isnan(X) | (self.scale == 0)
        scaled = (clipped - self.mean) / np.where(self.scale == 0, 1.0, self.scale)
        return np.where(silent, 0.0, scaled), np.isnan(X) - self.absent

    def declared(self, X: Floats) -> Floats:
        """Return what the declared elasticities contribute, shape (n, features): nothing where a value is missing."""
        few = np.flatnonzero(self.elasticity)  # where nothing is declared a value may be infinite
        values, elasticity = X[:, few], self.elasticity[few]
        beyond = _squeeze(values, self.unit[few], elasticity) - self.mean[few]
        contributions = np.zeros(X.shape)
        contributions[:, few] = elasticity * np.where(np.isnan(values), 0.0, beyond)
        return contributions

    def contributions(self, X: Floats) -> Floats:
        """Return SHAP values on the log scale, shape (n, features)."""
        present, absent = self.standardise(X)
        return present * self.slope + absent * self.slope_absent + self.declared(X)

    def log_rate(self, X: Floats) -> Floats:
        """Return the log prediction for one exposure, shape (n,)."""
        return self.base + self.contributions(X).sum(axis=1)

    def times(self, share: float) -> LinearParts:
        """Return a share of what was learned, on the log scale; what is declared stays whole, less all that outcomes take back of it."""
        taken_back = (self.elasticity > 0) & (self.slope < 0)
        return replace(
            self,
            slope=self.slope * np.where(taken_back, 1.0, share),
            slope_absent=self.slope_absent * share,
            intercept=self.intercept * share,
        )

    def grouped(self, X: Floats, groups: Sequence[str], names: Sequence[str]) -> Floats:
        """Return the contributions summed by group, shape (n, groups), in the order of ``names``."""
        return sum_by_group(self.contributions(X), groups, names)


def constant_rate(log_rate: float, features: int) -> LinearParts:
    """Return the regression that knows one rate for all."""
    none = np.zeros(features)
    return LinearParts(none + 1.0, none, none, none, none, none, none, none, none, intercept=log_rate)


def split_fields(parts: LinearParts) -> Mapping[str, Floats]:
    """Return a regression's arrays by name, as the bundle stores them."""
    return {
        name: np.asarray(getattr(parts, name), dtype=np.float64) for name in LinearParts.__dataclass_fields__
    }


def _squeeze(X: Floats, unit: Floats, elasticity: Floats) -> Floats:
    """Return signed logs of 1 and the value in units; of what has an elasticity, the log, from a thousandth to a thousand units."""
    squeezed = np.sign(X) * np.log1p(np.abs(X) / unit)
    few = np.flatnonzero(elasticity)
    squeezed[:, few] = np.log(np.clip(X[:, few] / unit[few], 1 / FAR, FAR))
    return squeezed


def _scaling(X: Floats, counted: Floats, elasticities: Sequence[float] | None) -> LinearParts:
    """Return how each feature is put on one scale, with all slopes 0.

    Means count a row as often as its weight says and exposure counts for nothing: 1 is the average training row.
    """
    unit = np.array([_median_size(column, counted) for column in X.T])
    none = np.zeros(X.shape[1])
    elasticity = none if elasticities is None else np.asarray(elasticities, dtype=np.float64)
    # Of what is hardly ever known there is no usual value that somebody could be above or below.
    seldom = (~np.isnan(X)).sum(axis=0) < max(FEW_KNOWN, SELDOM * len(X))
    elasticity = np.where(seldom, 0.0, elasticity)
    squeezed = _squeeze(X, unit, elasticity)
    known = ~np.isnan(squeezed) * counted[:, None]
    counts = np.maximum(known.sum(axis=0), np.finfo(float).tiny)
    filled = np.nan_to_num(squeezed)
    mean = (filled * known).sum(axis=0) / counts
    spread = np.sqrt(((filled - mean) ** 2 * known).sum(axis=0) / counts)
    low = np.where(known > 0, squeezed, np.inf).min(axis=0)
    high = np.where(known > 0, squeezed, -np.inf).max(axis=0)
    return LinearParts(
        unit=unit,
        mean=mean,
        scale=np.where(spread < 1e-9 * np.maximum(1.0, np.abs(mean)), 0.0, spread),
        low=np.where(np.isfinite(low), low, 0.0),
        high=np.where(np.isfinite(high), high, 0.0),
        absent=1 - known.sum(axis=0) / counted.sum(),
        slope=none,
        slope_absent=none,
        elasticity=elasticity,
        intercept=0.0,
    )


def _median_size(column: Floats, counted: Floats) -> float:
    """Return the median size of what is not 0: far above it a value is read on a log scale, far below, as it is.

    The median was chosen after looking at five data sets, beside the quantiles 0, 0.05 and 0.25.
    """
    rows = np.flatnonzero((np.nan_to_num(column) != 0) & (counted > 0))
    if not len(rows):
        return 1.0
    size = np.abs(column[rows])
    order = np.argsort(size, kind="stable")
    reached = np.cumsum(counted[rows][order])
    return float(size[order[np.searchsorted(reached, reached[-1] / 2)]])


def _marks(design: Floats) -> Floats:
    """Return the products of each column with a few random vectors, shape (3, columns): equal only for copies."""
    return np.random.default_rng(0).normal(size=(3, len(design))) @ design / np.sqrt(max(len(design), 1))


def _equal(marks: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.abs(marks[:, :, None] - marks[:, None, :]).max(axis=0) < 1e-9)


def first_copies(X: Floats) -> NDArray[np.int64]:
    """Return for each column the first that says the same, in whatever unit, shape (columns,)."""
    sizes = np.nan_to_num(np.abs(X)).max(axis=0, initial=0.0)
    scaled = np.nan_to_num(X) / np.where(sizes > 0, sizes, 1.0)
    marks = np.vstack([_marks(scaled), _marks(np.isnan(X).astype(np.float64))])
    return np.asarray(_equal(marks).argmax(axis=1))


def _solve(
    design: Floats,
    rate: Floats,
    weight: Floats,
    penalty: Floats,
    signs: Floats,
    edges: Floats,
    slopes: Floats,
    intercept: float,
) -> tuple[Floats, float, int]:
    """Minimise the Poisson deviance of the rate, with penalties on slopes that are held to their signs.

    Newton's method on the slopes that are free, projected to the signs (Bertsekas 1982, "Projected Newton methods for
    optimization problems with simple constraints", SIAM J. Control Optim. 20(2)). scikit-learn's solvers know no bounds, and
    SciPy's L-BFGS-B takes hundreds of steps where features resemble each other, and then agrees to four digits.

    Parameters
    ----------
    design
        Standardised features, shape (n, p).
    rate, weight
        Rates with mean 1, and weights that sum to 1, shape (n,).
    penalty, signs, edges
        Of each slope, shape (p,): it lies on that side of its edge to which its sign points.
    slopes, intercept
        Where to start.

    Returns
    -------
    slopes, intercept and the number of steps.
    """
    design = np.hstack([np.ones((len(design), 1)), design])
    signs, edges, penalty = (np.concatenate([[0.0], values]) for values in (signs, edges, penalty))
    beta = np.concatenate([[intercept], slopes])

    def loss(at: Floats) -> float:
        eta = design @ at
        with np.errstate(over="ignore"):
            return float(weight @ (np.exp(eta) - rate * eta) + penalty @ at**2 / 2)

    now = loss(beta)
    for step in range(STEPS):
        mu = weight * np.exp(design @ beta)
        gradient = design.T @ (mu - weight * rate) + penalty * beta
        # A slope at its bound, or so near that a whole step would take it there, is not part of Newton's step.
        far = np.abs(beta - _held(beta - gradient, signs, edges)).max()
        if far < TOLERANCE:
            return beta[1:], float(beta[0]), step
        bound = (signs != 0) & ((beta - edges) * signs <= min(far, 1e-3)) & (gradient * signs > 0)
        part = design[:, ~bound]
        hessian = (part * mu[:, None]).T @ part
        # The least of penalties, so that copies and sums of columns have one solution: what they share is split evenly.
        hessian[np.diag_indices_from(hessian)] += penalty[~bound] + 1e-10
        direction = edges - beta
        direction[~bound] = -cho_solve(cho_factor(hessian), gradient[~bound])
        promised = float(gradient[~bound] @ direction[~bound])
        if promised + float(gradient[bound] @ direction[bound]) > -1e-13 * max(1.0, abs(now)):
            # The loss no longer tells two slopes apart in double precision; one whole step of Newton's still does.
            ahead = _held(beta + direction, signs, edges)
            beta = ahead if loss(ahead) <= now + 1e-13 * max(1.0, abs(now)) else beta
            return beta[1:], float(beta[0]), step
        size = 1.0
        while size > 1e-10:
            ahead = _held(beta + size * direction, signs, edges)
            then = loss(ahead)
            if then <= now + 1e-4 * (size * promised + float(gradient[bound] @ (ahead - beta)[bound])):
                break
            size /= 2
        else:
            return beta[1:], float(beta[0]), step
        beta, now = ahead, then
    return beta[1:], float(beta[0]), STEPS


def _held(beta: Floats, signs: Floats, edges: Floats) -> Floats:
    return np.where((beta - edges) * signs < 0, edges, beta)
