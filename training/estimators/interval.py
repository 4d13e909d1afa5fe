"""Intervals that hold whatever the model gets wrong: conformal prediction for counts, forward in time, by influencer.

Each outcome predicted forward in time is placed in a negative binomial distribution about its prediction, and the places
say where to cut: at most 5 % below, and above what is left of the 10 % (distributional conformal prediction: Chernozhukov, Wüthrich & Zhu
2021, "Distributional conformal prediction", PNAS 118(48)). Below few conversions there is nothing to cut off, for no count is less than 0:
with 5 % at each end such intervals would hold 95 %. The distribution only gives the interval its shape, its dispersion is fitted to the
same residuals; that the interval holds does not hang on it.

Outcomes of one influencer resemble each other, so each influencer weighs 1, spread over their outcomes, and the newcomer to
be predicted weighs 1 beyond the end (hierarchical conformal prediction: Lee, Barber & Willett 2023, "Distribution-free
inference with hierarchical data", arXiv:2306.06342, section 3). That holds for the next influencer; the next outcome is more
often of somebody who takes part often, so the cuts are also made with every outcome weighing the same, and the wider of
the two is taken. MAPIE and crepes offer neither counts nor weights by cluster, hence these few lines. On small counts no
interval can hold exactly 90 %: whole numbers make it hold more.

A model is not wrong by as much everywhere: it promises most of those it overrates, and an interval that holds 90 % of all can hold
half of those whom one would pick. So cuts and dispersion are made by band of the prediction (Mondrian conformal prediction: Vovk,
Lindsay, Nouretdinov & Gammerman 2003), up to ten, each of influencers enough to vouch for it.

Where every outcome is 0 or 1 there is no interval: the expectation is a probability, and says all there is to say. An interval
of whole numbers about a probability of 0.3 could only be 0 to 1, or, without width, claim to know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import nbinom, poisson
from scipy.stats.distributions import rv_frozen

from .base import Floats

LEVEL = 0.9
MOST_DISPERSION = 50.0
BANDS, LEAST_PEOPLE = 10, 40
"""Bands of the prediction at most, and influencers that each takes at least: of 40, one may lie below and three above."""


@dataclass(frozen=True)
class Cut:
    """Where to cut, for predictions from ``above`` on: the shares of the distribution, and its dispersion."""

    above: float
    lower: float
    upper: float
    dispersion: float


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
    bands: tuple[Cut, ...] = ()
    """Other cuts for larger predictions, smallest first."""

    def dispersion_at(self, expected: Floats) -> Floats:
        """Return the dispersion about each prediction, shape (n,)."""
        return np.array([self.dispersion, *(band.dispersion for band in self.bands)])[self._band(expected)]

    def by_band(self, expected: Floats) -> Iterator[tuple[NDArray[np.int64], Cut]]:
        """Yield the rows of each band of the prediction, with its cut."""
        first, where = Cut(0.0, self.lower, self.upper, self.dispersion), self._band(expected)
        for number, cut in enumerate((first, *self.bands)):
            yield np.flatnonzero(where == number), cut

    def _band(self, expected: Floats) -> NDArray[np.int64]:
        return np.searchsorted(np.array([band.above for band in self.bands]), expected, side="right")

    def bounds(self, expected: Floats) -> tuple[Floats, Floats]:
        """Return the lower and upper bound for expected conversions, shape (n,) each.

        The upper one is ``inf`` where nothing is known; both are NaN where outcomes are 0 or 1.
        """
        if self.binary:
            return np.full(len(expected), np.nan), np.full(len(expected), np.nan)
        low, high = np.zeros(len(expected)), np.full(len(expected), np.inf)
        for rows, cut in self.by_band(expected):
            low[rows] = _count_from(cut.lower, expected[rows], cut.dispersion)
            if cut.upper < 1.0:
                high[rows] = count_at(min(cut.upper + 1e-9, 1.0), expected[rows], cut.dispersion)
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

    With fewer than 1 / (1 - level) - 1 influencers there is no upper bound: 8 people cannot vouch for 90 %. The one to be
    predicted is the next of as many and one, so of 9 the largest is exceeded once in ten, which is what is left where nothing lies below.
    """
    if len(y) == 0:
        return Interval(0.0, 1.0, 0.0, level=level)
    first, *others = [
        Cut(float(expected[rows].min()), *_cuts(y[rows], expected[rows], influencers[rows], level))
        for rows in _bands(expected, influencers)
    ]
    whole = bool(np.all(y == np.round(y)))
    binary = is_binary(y) if binary is None else binary
    return Interval(first.lower, first.upper, first.dispersion, whole, level, binary, tuple(others))


def _bands(expected: Floats, influencers: NDArray[np.object_]) -> list[NDArray[np.int64]]:
    """Return the rows of each band of the prediction, smallest first; equal predictions stay together."""
    for count in range(BANDS, 1, -1):
        edges = np.unique(np.quantile(expected, np.arange(1, count) / count))
        where = np.searchsorted(edges, expected, side="right")
        bands = [np.flatnonzero(where == number) for number in np.unique(where)]
        if len(bands) > 1 and min(len(set(influencers[rows])) for rows in bands) >= LEAST_PEOPLE:
            return bands
    return [np.arange(len(expected))]


def _cuts(
    y: Floats, expected: Floats, influencers: NDArray[np.object_], level: float
) -> tuple[float, float, float]:
    """Return the lower cut, the upper cut and the dispersion that outcomes of one band ask for."""
    dispersion = _dispersion(y, expected)
    codes, people = pd.factorize(pd.Series(influencers))
    weights = (1.0 / np.bincount(codes)[codes] / (len(people) + 1), np.full(len(y), 1.0 / (len(y) + 1)))
    tail = (1 - level) / 2
    upto, below = (share_up_to(np.floor(y) - less, expected, dispersion) for less in (0, 1))
    lower = 1.0 - max(_cut(1.0 - upto, weight, 1 - tail) for weight in weights)
    missed = y < _count_from(lower, expected, dispersion)
    left = 2 * tail - min(tail, max(float(weight[missed].sum()) for weight in weights))
    upper = max(_cut(below, weight, 1 - left) for weight in weights)
    return lower, upper, dispersion


def _count_from(lower: float, expected: Floats, dispersion: float) -> Floats:
    """Return the smallest count that the lower cut leaves inside, shape (n,)."""
    return count_at(max(lower - 1e-9, 0.0), expected, dispersion)


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


def _counts(expected: Floats, dispersion: float) -> rv_frozen:
    """Return the distribution of counts about what is expected: a negative binomial."""
    return nbinom(1 / dispersion, 1 / (1 + dispersion * expected)) if dispersion else poisson(expected)


def share_up_to(count: Floats, expected: Floats, dispersion: float) -> Floats:
    """Return the share of outcomes up to a count, in a negative binomial about what is expected."""
    return np.asarray(_counts(expected, dispersion).cdf(count))


def count_at(share: float | Floats, expected: Floats, dispersion: float) -> Floats:
    """Return the smallest count that a share of outcomes does not exceed."""
    return np.maximum(np.asarray(_counts(expected, dispersion).ppf(share), dtype=np.float64), 0.0)
