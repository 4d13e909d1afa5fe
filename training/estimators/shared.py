"""How much the people of one campaign share: its season, its offer, its price move all of them the same way.

What a campaign brings beyond what was expected of it hits everybody in it. Whoever adds up their intervals as if each stood
alone promises too much of the sum, so the variance of what is shared is estimated here, by moments.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .base import Floats

FEWEST = 10
"""Campaigns of two people or more below which nothing is said: a variance of fewer is a guess."""
STEPS = 50


def shared_variance(
    y: Floats, expected: Floats, campaigns: NDArray[np.object_], dispersion: Floats
) -> float | None:
    """Return the variance of the factor that all outcomes of a campaign share, relative to what was expected of them.

    Residuals of two people in one campaign have nothing in common but the campaign: the mean of their products, over that of what
    was expected of both, is this variance, whatever each varies by alone. Campaigns weigh by how well they tell it, as in a
    meta-analysis (Paule & Mandel 1982).

    Parameters
    ----------
    y, expected
        Outcomes and what was expected of them before they were known, shape (n,), ``expected`` above 0.
    campaigns
        Which campaign each is of, shape (n,).
    dispersion
        Of each: variance = expected + dispersion expected².

    Returns
    -------
    float or None
        0 or more; None with fewer than ten campaigns of two people or more.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> campaigns = np.repeat(np.arange(400), 8).astype(object)
    >>> factor = np.repeat(random.gamma(5, 1 / 5, 400), 8)
    >>> expected = np.full(3200, 6.0)
    >>> round(shared_variance(random.poisson(6 * factor).astype(float), expected, campaigns, np.zeros(3200)), 2)
    0.18
    """
    codes, names = pd.factorize(pd.Series(campaigns))

    def total(values: Floats) -> Floats:
        return np.bincount(codes, values, minlength=len(names)).astype(np.float64)

    residual, sums = y - expected, total(expected)
    pairs = sums**2 - total(expected**2)
    several = pairs > 1e-9 * sums**2
    if several.sum() < FEWEST:
        return None
    alone = (total(expected + dispersion * expected**2) / np.maximum(sums, 1e-300) ** 2)[several]
    common = ((total(residual) ** 2 - total(residual**2)) / np.maximum(sums, 1e-300) ** 2)[several]
    share = (pairs / np.maximum(sums, 1e-300) ** 2)[several]
    variance = 0.0
    for _ in range(STEPS):
        weight = 1.0 / (alone + variance) ** 2
        variance = max(0.0, float((weight * common).sum() / (weight * share).sum()))
    return variance
