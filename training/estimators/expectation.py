"""Fits what :mod:`suasion.features.engine.surprise` compares past outcomes with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from suasion.features import Feature
from suasion.features.engine.surprise import SURPRISE, past_sums, surprise

from .base import Floats
from .fit import Columns, poisson_deviance
from .linear import LinearParts, LinearRegressor, constant_rate

ALPHA = 0.1
LEAST = 30
"""With fewer outcomes to learn from, or nothing but past outcomes to go by, the expectation is their mean rate."""
STRENGTHS = (100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01)
"""Strengths that are tried, in mean expected conversions of an outcome, from hardly any trust in a person's past to nearly all."""


@dataclass(frozen=True)
class Expectation:
    """A regression on all features but conversion's own, and how far to trust a person's residuals."""

    features: tuple[str, ...]
    linear: LinearParts
    strength: float | None

    def expect(self, table: pd.DataFrame) -> Floats:
        """Return expected conversions of rows of features with ``exposure``, shape (n,)."""
        X = table.loc[:, list(self.features)].to_numpy(dtype=np.float64)
        rate = np.exp(self.linear.base + self.linear.contributions(X).sum(axis=1))
        return rate * table["exposure"].to_numpy(dtype=np.float64)

    def add(self, table: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
        """Return decisions with the column of the surprise, by outcomes: ``influencer_id, known_at, net`` and what was ``expected`` of each."""
        expected = history["expected"].to_numpy(dtype=np.float64)
        return table.assign(**{SURPRISE.column: surprise(table, history, expected, self.strength)})


def fit_expectation(known: pd.DataFrame, features: Sequence[Feature]) -> Expectation:
    """Fit on outcomes with their features, ``influencer_id, as_of, known_at, exposure`` and ``net``."""
    others = [feature for feature in features if feature.characteristic != SURPRISE.characteristic]
    names = tuple(feature.column for feature in others)
    y, exposure = known["net"].to_numpy(dtype=np.float64), known["exposure"].to_numpy(dtype=np.float64)
    if names and len(known) >= LEAST and y.sum() > 0:
        X = known.loc[:, list(names)].to_numpy(dtype=np.float64)
        columns = Columns.of(others)
        regression = LinearRegressor(
            alpha=ALPHA,
            directions=columns.directions,
            elasticities=columns.elasticities_left(len(known)).tolist(),
        )
        linear = regression.fit(X, y, exposure=exposure).parts()
    else:
        # A rate of 0 has no logarithm: where nothing came, half a conversion did.
        rate = float(np.log((y.sum() or 0.5) / max(exposure.sum(), 1e-300)))
        linear = constant_rate(rate, len(names))
    unfinished = Expectation(names, linear, strength=None)
    return Expectation(names, linear, _strength(known, unfinished.expect(known)))


def _strength(known: pd.DataFrame, expected: Floats) -> float | None:
    """Return the strength whose surprise tells best who brings more, each outcome by those known before it; None where none helps.

    Between people who were decided about at the same time: what all of a period have in common, such as a market that grows, says
    nothing of a person.
    """
    net, mu = past_sums(known, known, expected)
    y = known["net"].to_numpy(dtype=np.float64)
    place = known["as_of"].rank(method="min").to_numpy(dtype=np.int64) - 1
    period = place * max(1, len(y) // LEAST) // max(1, len(y))
    actual = np.bincount(period, y)

    def off(ratio: Floats) -> float:
        adjusted = expected * ratio
        level = actual / np.maximum(np.bincount(period, adjusted), 1e-300)
        return float(poisson_deviance(y, adjusted * level[period]).sum())

    best, least = None, off(np.ones(len(y)))
    for times in STRENGTHS if mu.any() else ():
        k = times * float(expected.mean())
        if (now := off((net + k) / (mu + k))) < least * (1 - 1e-6):
            best, least = k, now
    return best
