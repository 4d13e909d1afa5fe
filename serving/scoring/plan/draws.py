"""What people may bring together: draws of their outcomes, each as its interval says, and all moved by what a campaign shares.

Each person's outcome follows the distribution that the interval is cut from, bent so that its quantiles are the interval's and its
mean, as far as they let it, what is expected. People are joined by a Gaussian copula with one factor, the campaign's: it leaves every
single distribution as it is, and makes the outcomes of any two vary together by as much as those of past campaigns did
(:func:`suasion.training.estimators.shared.shared_variance`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import binom

from suasion.training.estimators.base import Floats
from suasion.training.estimators.interval import Cut, Interval, count_at, share_up_to

DRAWS, SEED = 1_010, 20
"""How many, so that 5, 25, 75 and 95 % each fall on one of them; and from which numbers."""
CLOSE = 1e-6
COARSE, STEPS = 64, 10
"""Points and halvings by which the middle of a distribution is found."""
LONGEST = 20_000
"""Counts of a distribution that are looked up."""


def draws(
    expected: Floats,
    exposure: Floats,
    interval: Interval,
    variance: float,
    *,
    count: int = DRAWS,
    seed: int | Sequence[int] = SEED,
) -> Floats:
    """Return possible outcomes of people in one campaign: each row's quantiles are those of its interval.

    Parameters
    ----------
    expected, exposure
        Of each person, shape (n,).
    variance
        Of the factor that all of a campaign share.
    count, seed
        How many draws, and from which numbers: rows in the same order give the same draws.

    Returns
    -------
    ndarray of shape (n, count)
        Whole numbers from 0 up.

    Examples
    --------
    >>> made = draws(np.array([20.0]), np.ones(1), Interval(0.02, 0.98, 0.3), 0.1)
    >>> quantile(made, 0.05).tolist(), quantile(made, 0.95).tolist(), Interval(0.02, 0.98, 0.3).bounds(np.array([20.0]))
    ([3.0], [51.0], (array([3.]), array([51.])))
    """
    place = ndtri((np.arange(count) + 0.5) / count)
    outcomes = _calls(expected, exposure, place) if interval.binary else _counts(expected, interval, place)
    # By how much an outcome moves with its place: what two of them have in common is the product of this and of their loadings.
    slope = outcomes @ place / count
    wanted = np.sqrt(variance) * expected
    loading = np.divide(wanted, slope, out=np.zeros(len(expected)), where=slope > 0).clip(0.0, 1.0)[:, None]
    random = np.random.default_rng(seed)
    campaign = random.permutation(place)
    alone = random.standard_normal((len(expected), count))
    latent = loading * campaign + np.sqrt(1.0 - loading**2) * alone
    return np.take_along_axis(outcomes, latent.argsort(axis=1).argsort(axis=1), axis=1)


def quantile(made: Floats, share: float) -> Floats:
    """Return the smallest draw of each row that ``share`` of its draws do not exceed, shape (n,)."""
    return np.asarray(np.quantile(made, share, axis=-1, method="inverted_cdf"))


def _calls(expected: Floats, exposure: Floats, place: Floats) -> Floats:
    """Return the outcomes at each place where each call brings one conversion or none, shape (n, places)."""
    calls = np.maximum(1.0, np.round(exposure))[:, None]
    return np.asarray(
        binom.ppf(ndtr(place), calls, np.minimum(1.0, expected[:, None] / calls)), dtype=np.float64
    )


def _counts(expected: Floats, interval: Interval, place: Floats) -> Floats:
    """Return the outcomes at each place of the interval's distribution, shape (n, places)."""
    outcomes = np.empty((len(expected), len(place)))
    low, high = interval.bounds(expected)
    edge = float(ndtri((1 + interval.level) / 2))
    for rows, cut in interval.by_band(expected):
        if len(rows):
            last = high[rows] if interval.whole else high[rows] - 1
            bottom, top = _ends(expected[rows], cut, low[rows], last, edge)
            for row, start, end in zip(rows, bottom, top, strict=True):
                outcomes[row] = _bent(float(expected[row]), cut.dispersion, (start, end), edge, place)
    return outcomes


def _ends(expected: Floats, cut: Cut, low: Floats, high: Floats, edge: float) -> tuple[Floats, Floats]:
    """Return where the plain distribution has the interval's ends, in standard deviations of a normal one.

    Many places give the same whole number: of these the one nearest to ``edge`` is taken, which bends the distribution least. Where an
    end is not known it stays unbent.
    """

    def nearest(count: Floats, wanted: float) -> Floats:
        left, right = (ndtri(share_up_to(upto, expected, cut.dispersion)) for upto in (count - 1, count))
        return np.clip(wanted, left + CLOSE, right - CLOSE)

    bottom = nearest(low, -edge) if cut.lower > 0 else np.full(len(expected), -edge)
    top = nearest(high, edge) if cut.upper < 1 else np.maximum(edge, bottom)
    return bottom, top


def _bent(
    expected: float, dispersion: float, ends: tuple[float, float], edge: float, place: Floats
) -> Floats:
    """Return the outcomes at each place of a negative binomial that is bent between its ends until its mean is what is expected."""
    bottom, top = ends
    counted = _counting(expected, dispersion)

    def at(places: Floats, middle: float) -> Floats:
        inside = middle + np.where(places < 0, middle - bottom, top - middle) * places / edge
        beyond = np.where(places < 0, bottom + places + edge, top + places - edge)
        return counted(ndtr(np.where(np.abs(places) < edge, inside, beyond)))

    coarse = ndtri((np.arange(COARSE) + 0.5) / COARSE)
    least, largest = bottom, top
    for _ in range(STEPS):
        middle = (least + largest) / 2
        if at(coarse, middle).mean() < expected:
            least = middle
        else:
            largest = middle
    return at(place, (least + largest) / 2)


def _counting(expected: float, dispersion: float) -> Callable[[Floats], Floats]:
    """Return the function that gives the counts at shares of one distribution: looked up, which is quicker than asking each time."""
    about = np.array([expected])
    last = count_at(1 - 1e-12, about, dispersion)[0]
    if last > LONGEST:
        return lambda shares: count_at(shares, about, dispersion)
    upto = share_up_to(np.arange(last + 1), about, dispersion)
    return lambda shares: np.searchsorted(upto, shares).astype(np.float64)
