"""Intervals that hold whatever the model gets wrong: split conformal prediction, forward in time, by influencer.

Scores are residuals of predictions made forward in time, scaled by the spread a count of that size has:
``(y - mu) / sqrt(mu + dispersion mu²)``. Both tails are cut apart, at 5 % each. Outcomes of one influencer resemble each
other, so each influencer weighs 1, spread over their outcomes, and the newcomer to be predicted weighs 1 at infinity
(hierarchical conformal prediction: Lee, Barber & Willett 2023, "Distribution-free inference with hierarchical
data", arXiv:2306.06342, section 3). MAPIE and crepes offer no weights by cluster, hence these thirty lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .model import Floats

LEVEL = 0.9


@dataclass(frozen=True)
class Interval:
    """Two cut-offs on the scaled residual, and the dispersion that scales it."""

    lower: float
    upper: float
    dispersion: float
    whole: bool = False
    """Whether outcomes are whole numbers: bounds are then rounded down, which loses no whole number."""
    level: float = LEVEL

    def bounds(self, expected: Floats) -> tuple[Floats, Floats]:
        """Return the lower and upper bound for expected conversions, shape (n,) each; ``inf`` where nothing is known."""
        spread = np.sqrt(expected + self.dispersion * expected**2)
        low = (
            np.maximum(0.0, expected + self.lower * spread)
            if np.isfinite(self.lower)
            else np.zeros(len(expected))
        )
        high = expected + self.upper * spread
        return (np.floor(low), np.floor(high)) if self.whole else (low, high)


def calibrate(
    y: Floats, expected: Floats, influencers: NDArray[np.object_], level: float = LEVEL
) -> Interval:
    """Return the interval's cut-offs from predictions made before their outcomes were known.

    With fewer than 2 / (1 - level) influencers the cut-offs are infinite: 19 people cannot vouch for 90 %.
    """
    if len(y) == 0:
        return Interval(-np.inf, np.inf, 0.0, level=level)
    dispersion = float(max(0.0, ((y - expected) ** 2 - expected).sum() / (expected**2).sum()))
    scores = (y - expected) / np.sqrt(expected + dispersion * expected**2)
    codes, people = pd.factorize(pd.Series(influencers))
    weight = 1.0 / np.bincount(codes)[codes] / (len(people) + 1)
    tail = (1 - level) / 2
    order = np.argsort(scores)
    lower = -_cut(-scores[order[::-1]], weight[order[::-1]], 1 - tail)
    upper = _cut(scores[order], weight[order], 1 - tail)
    return Interval(lower, upper, dispersion, bool(np.all(y == np.round(y))), level)


def _cut(scores: Floats, weight: Floats, share: float) -> float:
    reached = np.cumsum(weight) >= share - 1e-12
    return float(scores[np.argmax(reached)]) if reached.any() else np.inf
