"""Intervals that hold whatever the model gets wrong: conformal prediction for counts, forward in time, by influencer.

Each outcome predicted forward in time is placed in a negative binomial distribution about its prediction, and the places
say where to cut, 5 % at each end (distributional conformal prediction: Chernozhukov, Wüthrich & Zhu 2021, "Distributional
conformal prediction", PNAS 118(48)). The distribution only gives the interval its shape, its dispersion is fitted to the
same residuals; that the interval holds does not hang on it.

Outcomes of one influencer resemble each other, so each influencer weighs 1, spread over their outcomes, and the newcomer to
be predicted weighs 1 beyond the end (hierarchical conformal prediction: Lee, Barber & Willett 2023, "Distribution-free
inference with hierarchical data", arXiv:2306.06342, section 3). That holds for the next influencer; the next outcome is more
often of somebody who takes part often, so the cuts are also made with every outcome weighing the same, and the wider of
the two is taken. MAPIE and crepes offer neither counts nor weights by cluster, hence these few lines. On small counts no
interval can hold exactly 90 %: whole numbers make it hold more.

Where every outcome is 0 or 1 there is no interval: the expectation is a probability, and says all there is to say. An interval
of whole numbers about a probability of 0.3 could only be 0 to 1, or, without width, claim to know.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import nbinom, poisson

from .base import Floats

LEVEL = 0.9
MOST_DISPERSION = 50.0


@dataclass(frozen=True)
class Interval:
    """Where to cut the distribution about a prediction, and its dispersion: variance = mu + dispersion mu²."""

    lower: float
    upper: float
    dispersion: float
    whole: bool = True
    """Whether outcomes are whole numbers; otherwise the upper bound is one more."""
    level: float = LEVEL
    binary: bool = False
    """Whether every outcome was 0 or 1: what is expected is then a probability, and has no interval."""

    def bounds(self, expected: Floats) -> tuple[Floats, Floats]:
        """Return the lower and upper bound for expected conversions, shape (n,) each.

        The upper one is ``inf`` where nothing is known; both are NaN where outcomes are 0 or 1.
        """
        if self.binary:
            return np.full(len(expected), np.nan), np.full(len(expected), np.nan)
        low = _quantile(max(self.lower - 1e-9, 0.0), expected, self.dispersion)
        if self.upper >= 1.0:
            return low, np.full(len(expected), np.inf)
        high = _quantile(min(self.upper + 1e-9, 1.0), expected, self.dispersion)
        return low, high if self.whole else high + 1.0


def calibrate(
    y: Floats,
    expected: Floats,
    influencers: NDArray[np.object_],
    level: float = LEVEL,
    *,
    binary: bool | None = None,
) -> Interval:
    """Return the interval's cuts from predictions made before their outcomes were known.

    ``binary`` says whether outcomes can only be 0 or 1; None: if these are.

    With fewer than 2 / (1 - level) - 1 influencers there is no upper bound: 18 people cannot vouch for 90 %. The one to be
    predicted is the next of as many and one, so of 19 the largest is exceeded once in twenty, which is what a bound of 5 % allows.
    """
    if len(y) == 0:
        return Interval(0.0, 1.0, 0.0, level=level)
    dispersion = _dispersion(y, expected)
    codes, people = pd.factorize(pd.Series(influencers))
    weights = (1.0 / np.bincount(codes)[codes] / (len(people) + 1), np.full(len(y), 1.0 / (len(y) + 1)))
    tail = (1 - level) / 2
    upto, below = _share(np.floor(y), expected, dispersion), _share(np.floor(y) - 1, expected, dispersion)
    lower = 1.0 - max(_cut(1.0 - upto, weight, 1 - tail) for weight in weights)
    upper = max(_cut(below, weight, 1 - tail) for weight in weights)
    whole = bool(np.all(y == np.round(y)))
    return Interval(lower, upper, dispersion, whole, level, is_binary(y) if binary is None else binary)


def is_binary(y: Floats) -> bool:
    """Whether every outcome is 0 or 1, and both are there."""
    return bool(np.isin(y, (0, 1)).all() and 0 < y.sum() < len(y))


def _cut(scores: Floats, weight: Floats, share: float) -> float:
    """Return the smallest score that ``share`` of the weight does not exceed; 1 where what is missing is needed."""
    order = np.argsort(scores)
    reached = np.cumsum(weight[order]) >= share - 1e-12
    return float(scores[order[np.argmax(reached)]]) if reached.any() else 1.0


def _dispersion(y: Floats, expected: Floats) -> float:
    """Return the dispersion at which Pearson's chi² equals the number of outcomes."""

    def excess(dispersion: float) -> float:
        return float(np.mean((y - expected) ** 2 / (expected + dispersion * expected**2)) - 1.0)

    if excess(0.0) <= 0:
        return 0.0
    return MOST_DISPERSION if excess(MOST_DISPERSION) > 0 else float(brentq(excess, 0.0, MOST_DISPERSION))


def _share(count: Floats, expected: Floats, dispersion: float) -> Floats:
    if dispersion == 0.0:
        return np.asarray(poisson.cdf(count, expected))
    return np.asarray(nbinom.cdf(count, 1 / dispersion, 1 / (1 + dispersion * expected)))


def _quantile(share: float, expected: Floats, dispersion: float) -> Floats:
    if dispersion == 0.0:
        found = np.asarray(poisson.ppf(share, expected), dtype=np.float64)
    else:
        found = np.asarray(
            nbinom.ppf(share, 1 / dispersion, 1 / (1 + dispersion * expected)), dtype=np.float64
        )
    return np.maximum(found, 0.0)
