"""What a score is worth in money, and whom to ask within a budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from suasion.features.errors import InputError
from suasion.training.bundle import Bundle

from .candidates import Ask

Floats = NDArray[np.float64]


def add_money(
    scores: pd.DataFrame,
    fee: Floats,
    ask: Ask,
    bundle: Bundle,
    notes: list[str],
) -> None:
    """Add revenue, fee, cost for each conversion, and whom to ask within the budget, where the data tells them."""
    each = bundle.facts.get("revenue_per_conversion")
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    if each is not None:
        scores["expected_revenue"] = expected * each
    if np.isfinite(fee).any():
        scores["fee"] = fee
        # Where next to nothing is expected there is no telling what one conversion costs.
        none = np.full(len(fee), np.nan)
        scores["cost_per_conversion"] = np.divide(fee, expected, out=none, where=expected > 0)
    if ask.budget is None:
        return
    if not np.isfinite(fee).any():
        raise InputError("--budget needs fees: fill the column fee of candidates, or give --fee.")
    if ask.budget <= 0:
        raise InputError(f"--budget is {ask.budget:g}; it must be above 0.")
    unknown = int((~np.isfinite(fee)).sum())
    if unknown:
        notes.append(f"{unknown} candidates have no fee and cannot be asked within a budget.")
    scores["ask"] = within_budget(expected, fee, ask.budget)
    asked = scores[scores["ask"]]
    notes.append(
        f"Ask {len(asked)} for {asked['fee'].sum():,.0f} of {ask.budget:,.0f}: {asked['expected_conversions'].sum():,.1f} conversions expected."
    )


def within_budget(
    expected: Floats,
    fee: Floats,
    budget: float,
) -> NDArray[np.bool_]:
    """Choose whom to ask for the most expected conversions within a budget: a knapsack, solved by HiGHS.

    >>> within_budget(np.array([6.0, 5.0, 4.0]), np.array([6.0, 4.0, 4.0]), 8.0).tolist()
    [False, True, True]
    """
    open_to = np.isfinite(fee) & (fee <= budget)
    chosen = np.zeros(len(fee), dtype=bool)
    if open_to.any():
        solved = milp(
            -expected[open_to],
            integrality=np.ones(int(open_to.sum())),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(fee[open_to][None, :], ub=budget),
            options={"mip_rel_gap": 1e-6, "time_limit": 30},
        )
        if solved.x is None:
            raise InputError(f"No choice within {budget:g} was found ({solved.message}).")
        chosen[np.flatnonzero(open_to)] = solved.x > 0.5
    return chosen


DRAWS, SEED = 200, 20
"""How often ties are broken by chance, and from which numbers: they do not hang on anybody's name."""


@dataclass(frozen=True)
class Rival:
    """What the most followed would bring, for the same money."""

    conversions: float
    """Expected of them by the same model."""
    cost: float | None
    """What they cost; None where a fee is not known."""
    people: float
    """How many they are, on average over the draws."""
    known_share: float
    """Share of the candidates whose followers are known, above 0 and up to 1."""


def most_followed(scores: pd.DataFrame, followers: Floats, budget: float | None, many: int) -> Rival | None:
    """Return what asking the most followed would bring: the plan's rival, with the plan's means.

    Within a budget they are asked in order of followers, each whose fee still fits; without one, the first ``many``.
    Equals, and those whose followers are not known (who come last), are drawn at random, the mean is told.

    Parameters
    ----------
    scores
        With ``expected_conversions`` and, where known, ``fee``.
    followers
        One a row, NaN where not known.
    budget
        What may be spent, such as what the plan costs; who has no fee cannot be asked within it. None for no limit.
    many
        How many are asked where there is no budget.

    Returns
    -------
    Rival or None
        None where nobody's followers are known.

    Examples
    --------
    >>> table = pd.DataFrame({"expected_conversions": [5.0, 1.0, 2.0], "fee": [50.0, 90.0, 40.0]})
    >>> most_followed(table, np.array([10.0, 900.0, 30.0]), 130.0, 3)
    Rival(conversions=3.0, cost=130.0, people=2.0, known_share=1.0)
    >>> most_followed(table, np.full(3, np.nan), 130.0, 3) is None
    True
    """
    known = np.isfinite(followers)
    if not known.any():
        return None
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    fee = scores["fee"].to_numpy(dtype=np.float64) if "fee" in scores else np.full(len(scores), np.nan)
    rank = np.where(known, -followers, np.inf)
    # Rows in an order that follows from their numbers alone: who is called what, or stands where, draws no other lot.
    rows = np.lexsort((fee, expected, rank))
    if budget is not None:
        rows = rows[fee[rows] <= budget]
    random = np.random.default_rng(SEED)
    tied = len(np.unique(rank[rows])) < len(rows)
    asked = []
    for _ in range(DRAWS if tied else 1):
        order = rows[np.lexsort((random.random(len(rows)), rank[rows]))]
        asked.append(order[:many] if budget is None else _while_it_fits(order, fee, budget))
    cost = float(np.mean([fee[chosen].sum() for chosen in asked]))
    return Rival(
        float(np.mean([expected[chosen].sum() for chosen in asked])),
        cost if np.isfinite(cost) else None,
        float(np.mean([len(chosen) for chosen in asked])),
        float(known.mean()),
    )


def _while_it_fits(order: NDArray[np.int64], fee: Floats, budget: float) -> NDArray[np.int64]:
    """Return those whose fee still fits when their turn comes."""
    chosen: list[NDArray[np.int64]] = []
    while len(order):
        spent = np.cumsum(fee[order])
        first = int(np.searchsorted(spent, budget, side="right"))
        chosen.append(order[:first])
        budget -= float(spent[first - 1]) if first else 0.0
        order = order[first + 1 :]  # the one at ``first`` did not fit
        order = order[fee[order] <= budget]
    return np.concatenate(chosen) if chosen else order
