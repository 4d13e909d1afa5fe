"""Fits what :mod:`suasion.features.engine.surprise` compares past outcomes with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from suasion.features import Feature
from suasion.features.engine.surprise import SURPRISE, surprise

from .base import Floats
from .linear import LinearParts, LinearRegressor, constant_rate

ALPHA = 0.1
LEAST = 30
"""With fewer outcomes to learn from, or nothing but past outcomes to go by, the expectation is their mean rate."""
NARROW, WIDE = 0.25, 250.0
"""Bounds of the strength, in mean expected conversions of an outcome."""


@dataclass(frozen=True)
class Expectation:
    """A regression on all features but conversion's own, and how far to trust a person's residuals."""

    features: tuple[str, ...]
    linear: LinearParts
    strength: float

    def expect(self, table: pd.DataFrame) -> Floats:
        """Return expected conversions of rows of features with ``exposure``, shape (n,)."""
        X = table.loc[:, list(self.features)].to_numpy(dtype=np.float64)
        rate = np.exp(self.linear.base + self.linear.contributions(X).sum(axis=1))
        return rate * table["exposure"].to_numpy(dtype=np.float64)

    def add(self, table: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the column of the surprise.

        Parameters
        ----------
        table
            Decisions with their features.
        history
            Outcomes: ``influencer_id, known_at, net`` and what was ``expected`` of each.
        """
        expected = history["expected"].to_numpy(dtype=np.float64)
        return table.assign(**{SURPRISE.column: surprise(table, history, expected, self.strength)})


def fit_expectation(known: pd.DataFrame, features: Sequence[Feature]) -> Expectation:
    """Fit on outcomes with their features, ``exposure`` and ``net``."""
    told = [feature for feature in features if feature.characteristic != SURPRISE.characteristic]
    names = tuple(feature.column for feature in told)
    y, exposure = known["net"].to_numpy(dtype=np.float64), known["exposure"].to_numpy(dtype=np.float64)
    if names and len(known) >= LEAST and y.sum() > 0:
        X = known.loc[:, list(names)].to_numpy(dtype=np.float64)
        directions = [feature.monotonic for feature in told]
        linear = LinearRegressor(alpha=ALPHA, directions=directions).fit(X, y, exposure=exposure).parts()
    else:
        # A rate of 0 has no logarithm: where nothing came, half a conversion did.
        rate = float(np.log((y.sum() or 0.5) / max(exposure.sum(), 1e-300)))
        linear = constant_rate(rate, len(names))
    unfinished = Expectation(names, linear, strength=1.0)
    return Expectation(names, linear, _strength(known, unfinished.expect(known)))


def _strength(known: pd.DataFrame, expected: Floats) -> float:
    """Return k = dispersion / variance of people's ratios, both by moments; wide where nobody has two outcomes."""
    mean = max(float(expected.mean()), 1e-9) if len(expected) else 1.0
    frame = pd.DataFrame(
        {
            "who": known["influencer_id"].to_numpy(dtype=object),
            "off": known["net"].to_numpy(dtype=np.float64) - expected,
            "mu": expected,
        }
    )
    sums = frame.groupby("who")[["off", "mu"]].sum()
    # Products of different outcomes of the same person, twice over: the square of the sum less the sum of squares.
    pairs = float((sums["mu"] ** 2).sum() - (frame["mu"] ** 2).sum())
    between = float((sums["off"] ** 2).sum() - (frame["off"] ** 2).sum()) / pairs if pairs > 0 else 0.0
    if between <= 0:
        return WIDE * mean
    dispersion = float((frame["off"] ** 2).sum() / frame["mu"].sum())
    return float(np.clip(dispersion / between, NARROW * mean, WIDE * mean))
