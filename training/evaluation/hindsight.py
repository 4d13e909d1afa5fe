"""Finds what is called agreed and was filled in afterwards, such as a commission in the place of a fee: no verdict is earned with it."""

from __future__ import annotations

import numpy as np

from suasion.training.estimators.base import Floats
from suasion.training.examples import Examples

ALMOST = 0.9
"""Concordance with the outcomes up to which nothing is suspected."""
MOST, LEAST = 2000, 50
"""Outcomes that are compared, each with each, at most; and below which nothing is suspected."""


def filled_in_later(examples: Examples) -> str | None:
    """Return the agreed column, as it is called in the tables, that was made of the outcomes; None if none was."""
    random = np.random.default_rng(0)
    for feature in examples.features:
        if feature.sources != ("agreed",) or feature.per_campaign:
            continue
        rows = np.flatnonzero(np.isfinite(examples.table[feature.column].to_numpy(np.float64)))
        rows = np.sort(random.permutation(rows)[:MOST])
        value, y = (examples.table[name].to_numpy(np.float64)[rows] for name in (feature.column, "net"))
        if len(rows) >= LEAST and is_made_of(value, y, random):
            name = feature.column.removeprefix("offer__").removesuffix("_per_post")
            return name if name in ("exposure", "fee", "discount") else f"offer_{name}"
    return None


def is_made_of(value: Floats, y: Floats, random: np.random.Generator) -> bool:
    """Return whether a value orders outcomes better than chance allows, so that it was made of them.

    Outcomes vary about their rate by chance, at least as Poisson counts do, so even the true rate orders them only so well. What leaves
    less than half of the disorder that the true rate would leave was made of the outcomes.

    >>> y = np.arange(60.0)
    >>> is_made_of(4.5 * y, y, np.random.default_rng(0)), is_made_of(y % 7, y, np.random.default_rng(0))
    (True, False)
    """
    if y.min() == y.max():
        return False
    true_rate = random.gamma(y + 0.5)
    return concordance(value, y) > max(ALMOST, (1 + concordance(true_rate, y)) / 2)


def concordance(value: Floats, y: Floats) -> float:
    """Return how well a value orders outcomes: 1 if all pairs that differ, 0 as by chance, -1 the other way round (Somers' D).

    As ``scipy.stats.somersd(y, value)``, which takes minutes where 2,000 values are all different.

    >>> concordance(np.array([10.0, 30.0, 20.0, 20.0]), np.array([0.0, 3.0, 2.0, 1.0]))
    0.8333333333333334
    """
    outcomes, values = (np.sign(np.subtract.outer(each, each)) for each in (y, value))
    return float((outcomes * values).sum() / np.count_nonzero(outcomes))
