"""How sure the order of candidates is: where each would stand if the campaign were run many times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suasion.training.estimators.base import Floats

from .draws import SEED, quantile

SURE, LIKELY = 0.8, 0.5
"""Chances from which somebody is called sure, and likely, to be among the best; below, a bet."""
WIDE, NARROW = (0.05, 0.95), (0.25, 0.75)


@dataclass(frozen=True)
class Standing:
    """Where each candidate would stand among all that are compared, 1 the best; shape (n,) each."""

    chance: Floats
    """To be among the best so many."""
    range_50: tuple[NDArray[np.int64], NDArray[np.int64]]
    range_90: tuple[NDArray[np.int64], NDArray[np.int64]]


def standing(made: Floats, best: int, seed: int = SEED) -> Standing:
    """Return where candidates would stand in each draw; equals stand in random order.

    Parameters
    ----------
    made
        Draws of their outcomes, shape (n, draws).
    best
        How many the best are.

    Examples
    --------
    >>> told = standing(np.array([[9.0, 8.0, 7.0, 1.0], [1.0, 1.0, 2.0, 5.0]]), 1)
    >>> told.chance.tolist(), [words_of(chance) for chance in told.chance]
    ([0.75, 0.25], ['likely', 'a bet'])
    """
    lots = np.random.default_rng(seed).random(made.shape)
    order = np.lexsort((lots, -made), axis=0)
    rank = np.empty(made.shape)
    np.put_along_axis(rank, order, np.arange(1.0, len(made) + 1)[:, None], axis=0)
    low, high = (quantile(rank, share).astype(np.int64) for share in WIDE)
    below, above = (quantile(rank, share).astype(np.int64) for share in NARROW)
    return Standing((rank <= best).mean(axis=1), (below, above), (low, high))


def words_of(chance: float) -> str:
    """Return a chance in a word."""
    return "sure" if chance >= SURE else "likely" if chance >= LIKELY else "a bet"
