"""What a score is worth in money, and whom to ask within a budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from suasion.features.errors import InputError
from suasion.training.bundle.folder import Bundle

from .candidates import Ask
from .notes import Notes

Floats = NDArray[np.float64]


STEEP = 1.75
"""Where nobody says what a conversion is worth: how many times the average of the fullest plan its next conversions may cost."""


def add_money(scores: pd.DataFrame, fee: Floats, ask: Ask, bundle: Bundle, notes: Notes) -> None:
    """Add revenue, fee, cost for each conversion, and whom to ask within the budget, where the data tells them."""
    add_value(scores, fee, bundle)
    known = np.isfinite(fee)
    if ask.budget is not None and not known.any():
        raise InputError("--budget needs fees: fill the column fee of candidates, or give --fee.")
    if ask.budget is not None and not ask.budget > 0:
        raise InputError(f"--budget is {ask.budget:g}; it must be above 0.")
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    worth = worth_of_one(ask, bundle)
    with np.errstate(over="ignore"):  # of next to nothing, one costs more than a double can tell
        costs = np.divide(fee, expected, out=np.full(len(fee), np.inf), where=known & (expected > 0))
    least = float(costs.min())
    nobody = known.any() and warn_of_worth(worth, least, notes)
    if ask.budget is not None:
        # Where nobody pays, that is said first; whoever asks all the same is told whom, by the slope alone.
        plan = plan_within(expected, fee, ask.budget, None if nobody else worth)
        scores["ask"] = plan.ask
        if not known.all():
            notes.say(f"{int((~known).sum())} candidates have no fee and cannot be asked within a budget.")
        notes.say(plan.sentence(ask.budget))


def worth_of_one(ask: Ask, bundle: Bundle) -> float | None:
    """Return what a conversion is worth: as given, else its revenue in past outcomes; None where neither is known.

    Raises
    ------
    InputError
        When what is given is no amount above 0.
    """
    if ask.value is None:
        return bundle.facts.get("revenue_per_conversion")
    if not (np.isfinite(ask.value) and ask.value > 0):
        raise InputError(f"--value is {ask.value:g}; what a conversion is worth must be above 0.")
    return ask.value


def warn_of_worth(worth: float | None, least: float, notes: Notes) -> bool:
    """Say where nobody is expected to earn their fee, and return whether it is so.

    Parameters
    ----------
    least
        What a conversion costs of whom it costs least.
    """
    if worth is None or least < worth:
        return False
    notes.warn(
        f"Nobody is expected to earn their fee: a conversion is worth {worth:,.2f} and costs {least:,.2f} or more."
    )
    return True


def add_value(scores: pd.DataFrame, fee: Floats, bundle: Bundle) -> None:
    """Add revenue, fee and cost for each conversion, where the data tells them."""
    each = bundle.facts.get("revenue_per_conversion")
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    if each is not None:
        scores["expected_revenue"] = expected * each
    if np.isfinite(fee).any():
        scores["fee"] = fee
        # Where next to nothing is expected there is no telling what one conversion costs.
        none = np.full(len(fee), np.nan)
        with np.errstate(over="ignore"):
            scores["cost_per_conversion"] = np.divide(fee, expected, out=none, where=expected > 0)


@dataclass(frozen=True)
class Plan:
    """Whom to ask, and what asking more would cost."""

    ask: NDArray[np.bool_]
    """Shape (n,)."""
    cost: float
    conversions: float
    next_cost: float | None
    """What the cheapest further conversion within the budget would cost; None where the plan holds all it can buy."""
    limit: float
    """What the next conversion may cost; infinite where nothing is known against it."""
    by_slope: bool
    """Whether the limit follows from the plan's own average, for want of a worth."""

    def sentence(self, budget: float) -> str:
        """Return the plan in words."""
        many = int(self.ask.sum())
        said = (
            f"Ask {many or 'nobody'} for {self.cost:,.0f} of {budget:,.0f}: "
            f"{self.conversions:,.1f} conversions expected."
        )
        if self.next_cost is None:
            return said
        why = (
            f"more than {STEEP:g} times the average of all that the budget could buy"
            if self.by_slope
            else f"and is worth {self.limit:,.0f}"
        )
        return f"{said} {budget - self.cost:,.0f} stay: the next conversion would cost {self.next_cost:,.0f}, {why}."


def plan_within(expected: Floats, fee: Floats, budget: float, worth: float | None) -> Plan:
    """Choose whom to ask within a budget, and stop where it does not pay.

    The fullest plan buys the most conversions (:func:`within_budget`). The plan leaves out what costs more than it is worth: it
    maximizes ``worth × conversions − fees``, so that no exchange of some people for others buys conversions above their worth.
    Where no worth is known, a conversion counts for :data:`STEEP` times what one costs in the fullest plan, on average.

    >>> plan = plan_within(np.array([50.0, 1.0]), np.array([100.0, 90.0]), 200.0, None)
    >>> plan.ask.tolist(), plan.next_cost, plan.sentence(200.0)[:52]
    ([True, False], 90.0, 'Ask 1 for 100 of 200: 50.0 conversions expected. 100')
    """
    fullest = within_budget(expected, fee, budget)
    bought, spent = float(expected[fullest].sum()), float(fee[fullest].sum())
    by_slope = worth is None
    limit = worth if worth is not None else STEEP * spent / bought if bought > 0 else np.inf
    # Free of charge is never too dear: with no cost there is no slope.
    chosen = within_budget(limit * expected - fee, fee, budget) if 0 < limit < np.inf else fullest
    kept, cost = float(expected[chosen].sum()), float(fee[chosen].sum())
    more = bought - kept > 1e-9 * max(1.0, bought)
    return Plan(
        chosen, cost, kept, (spent - cost) / (bought - kept) if more else None, float(limit), by_slope
    )


def within_budget(gain: Floats, fee: Floats, budget: float) -> NDArray[np.bool_]:
    """Choose whom to ask for the most gain within a budget, such as expected conversions: a knapsack, solved by HiGHS.

    >>> within_budget(np.array([6.0, 5.0, 4.0]), np.array([6.0, 4.0, 4.0]), 8.0).tolist()
    [False, True, True]
    """
    open_to = np.isfinite(fee) & (fee <= budget) & (gain > 0)
    chosen = np.zeros(len(fee), dtype=bool)
    if open_to.any():
        solved = milp(
            -gain[open_to],
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
    """Return those whose fee still fits when their turn comes; nobody is among them whose fee alone is above the budget."""
    chosen: list[NDArray[np.int64]] = []
    budget *= 1 + 1e-9  # three times 0.1 is within 0.3
    while len(order):
        spent = np.cumsum(fee[order])
        first = int(np.searchsorted(spent, budget, side="right"))
        chosen.append(order[:first])
        budget -= float(spent[first - 1])  # whoever comes first fits
        order = order[first + 1 :]  # the one at ``first`` did not fit
        order = order[fee[order] <= budget]
    return np.concatenate(chosen) if chosen else order
