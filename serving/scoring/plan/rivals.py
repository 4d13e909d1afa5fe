"""What the plan is held against: people picked by a rule of thumb, for the same money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.training.estimators.base import Floats

DRAWS, SEED = 200, 20
"""How often ties are broken by chance, and from which numbers: they do not hang on anybody's name."""
AT_ONCE = 1_000
"""Of how many at least the turns are drawn at once."""


@dataclass(frozen=True)
class Rival:
    """What people picked by some rule of thumb would bring, for the same money."""

    conversions: float
    """Expected of them by the same model."""
    cost: float | None
    """What they cost; None where a fee is not known."""
    people: float
    """How many they are, on average over the draws."""
    known_share: float
    """Share of the candidates of whom it is known what the rule goes by, above 0 and up to 1."""


FOLLOWERS = "momentum__followers"
MOST_FOLLOWED, BEST_BEFORE = "the most followed", "whoever did best before"
"""The rules of thumb, as sentences name them."""


Bring = Callable[[NDArray[np.int64]], float]
"""What the people in some rows bring together."""


def rivals(
    features: pd.DataFrame,
    expected: Floats,
    fee: Floats,
    budget: float | None,
    many: int,
    bring: Bring | None = None,
) -> dict[str, Rival]:
    """Return what each rule of thumb would bring with the plan's means; left out is one that goes by what is not known of anybody.

    Parameters
    ----------
    features
        Of the candidates that can be asked, one column a feature.
    expected, fee, budget, many, bring
        As for :func:`first_by`.
    """
    beside = {}
    for name, key in (
        (MOST_FOLLOWED, column_of(features, FOLLOWERS)),
        (BEST_BEFORE, past_rate(features)),
    ):
        rival = first_by(expected, fee, key, budget, many, bring)
        if rival is not None:
            beside[name] = rival
    return beside


def past_rate(features: pd.DataFrame) -> Floats:
    """Return past conversions for each exposure, NaN of whoever has no past."""
    return np.where(newcomers(features) == 0.0, column_of(features, "conversion__shrunk_rate"), np.nan)


def newcomers(features: pd.DataFrame) -> Floats:
    """Return 1 for whoever has no past outcome and 0 for whoever has one; NaN where the model does not look at it."""
    campaigns = column_of(features, "conversion__campaigns")
    return np.where(np.isnan(campaigns), np.nan, campaigns == 0)


def column_of(features: pd.DataFrame, name: str) -> Floats:
    """Return a feature of candidates, NaN where the model does not look at it."""
    return features[name].to_numpy(dtype=np.float64) if name in features else np.full(len(features), np.nan)


def first_by(
    expected: Floats,
    fee: Floats,
    key: Floats,
    budget: float | None,
    many: int,
    bring: Bring | None = None,
) -> Rival | None:
    """Return what asking people in the order of a number, the largest first, would bring: the plan's rival, with the plan's means.

    Within a budget each is asked whose fee still fits; without one, the first ``many``. Equals, and those whose number is not known
    (who come last), are drawn at random, the mean is told.

    Parameters
    ----------
    expected, fee
        Of each candidate, shape (n,); a fee that is not known is NaN.
    key
        What they are picked by, such as followers, shape (n,); NaN where not known.
    budget
        What may be spent, such as what the plan costs; who has no fee cannot be asked within it. None for no limit.
    many
        How many are asked where there is no budget.
    bring
        What people bring together; None: the sum of what is expected of each.

    Returns
    -------
    Rival or None
        None where nobody's number is known.

    Examples
    --------
    >>> expected, fee = np.array([5.0, 1.0, 2.0]), np.array([50.0, 90.0, 40.0])
    >>> first_by(expected, fee, np.array([10.0, 900.0, 30.0]), 130.0, 3)
    Rival(conversions=3.0, cost=130.0, people=2.0, known_share=1.0)
    >>> first_by(expected, fee, np.full(3, np.nan), 130.0, 3) is None
    True
    """
    known = np.isfinite(key)
    if not known.any():
        return None
    rank = np.where(known, -key, np.inf)
    # Rows in an order that follows from their numbers alone: who is called what, or stands where, draws no other lot.
    rows = np.lexsort((fee, expected, rank))
    if budget is not None:
        rows = rows[fee[rows] <= budget]
    random = np.random.default_rng(SEED)
    tied = len(np.unique(rank[rows])) < len(rows)
    turns = _Turns(rows, rank[rows], fee[rows])
    picks = [turns.taken(random.random(len(rows)), budget, many) for _ in range(DRAWS if tied else 1)]
    cost = float(np.mean([fee[chosen].sum() for chosen in picks]))
    return Rival(
        float(np.mean([expected[chosen].sum() if bring is None else bring(chosen) for chosen in picks])),
        cost if np.isfinite(cost) else None,
        float(np.mean([len(chosen) for chosen in picks])),
        float(known.mean()),
    )


class _Turns:
    """Whose turn it is, equals by lot: some at a time, since most of a hundred thousand never have their turn."""

    def __init__(self, rows: NDArray[np.int64], rank: Floats, fee: Floats) -> None:
        self.rows, self.rank, self.fee = rows, rank, fee
        after = np.searchsorted(rank, rank[AT_ONCE - 1 :: AT_ONCE], side="right")
        self.ends = np.unique(np.append(after, len(rows)))
        """Where some end, equals together."""
        self.least = np.append(np.minimum.accumulate(fee[::-1])[::-1], np.inf)
        """The least fee from a place on."""

    def taken(self, lots: Floats, budget: float | None, many: int) -> NDArray[np.int64]:
        """Return the first so many, or those whose fee still fits when their turn comes."""
        chosen: list[NDArray[np.int64]] = [self.rows[:0]]
        left = None if budget is None else budget * (1 + 1e-9)  # three times 0.1 is within 0.3
        start = 0
        for end in self.ends:
            fits = slice(None) if left is None else self.fee[start:end] <= left
            turn = np.arange(start, end)[fits]
            order = turn[np.lexsort((lots[turn], self.rank[turn]))]
            start = end
            while left is not None and len(order := order[self.fee[order] <= left]):
                spent = np.cumsum(self.fee[order])
                first = int(np.searchsorted(spent, left, side="right"))
                chosen.append(self.rows[order[:first]])
                left -= float(spent[first - 1])  # whoever comes first fits
                order = order[first + 1 :]  # the one at ``first`` does not fit
            if left is None:
                chosen.append(self.rows[order])
            if end >= many if left is None else self.least[end] > left:
                break
        return np.concatenate(chosen)[: many if left is None else None]
