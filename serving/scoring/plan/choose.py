"""Chooses whom to ask: the most conversions within a budget, as far as they pay, or the cheapest people who bring so many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suasion.features.errors import InputError
from suasion.serving.scoring.notes import listed
from suasion.training.estimators.base import Floats

from .limits import Case
from .program import CLOSE, Flags, Rule, most, solve

STEEP = 1.75
"""Where nobody says what a conversion is worth: how many times the average of the fullest plan its next conversions may cost."""
MUST = "those who must be asked"
OTHERS = 200
"""Among how many others who are not asked a plan may look for a better one, to tell the fee at which somebody would be asked."""


@dataclass(frozen=True)
class Choice:
    """Whom to ask, and what asking more would cost."""

    chosen: Flags
    """Shape (n,)."""
    cost: float
    conversions: float
    limit: float
    """What the next conversion may cost; infinite where nothing is known against it."""
    by_slope: bool = False
    """Whether the limit follows from the plan's own average, for want of a worth."""
    next_cost: float | None = None
    """What the cheapest further conversions within the budget would cost each; None where the plan holds all it can buy."""
    goal: tuple[float, float] = (1.0, 0.0)
    """What was made most of: so much for each conversion, less so much for each unit of money."""


def within_budget(case: Case, budget: float, worth: float | None) -> Choice:
    """Choose whom to ask within a budget, and stop where it does not pay.

    The fullest plan buys the most conversions. The plan leaves out what costs more than it is worth: it maximizes
    ``worth × conversions − fees``, so that no exchange of some people for others buys conversions above their worth. Where no worth
    is known, a conversion counts for :data:`STEEP` times what one costs in the fullest plan, on average.

    Raises
    ------
    InputError
        When the limits leave no plan.

    Examples
    --------
    >>> choice = within_budget(Case.of(np.array([50.0, 1.0]), np.array([100.0, 90.0])), 200.0, None)
    >>> choice.chosen.tolist(), choice.next_cost
    ([True, False], 90.0)
    """
    purse = (f"a budget of {budget:,.10g}", Rule(case.fee, high=budget))
    fullest = _best(case, case.expected, purse)
    bought, spent = float(case.expected[fullest].sum()), float(case.fee[fullest].sum())
    limit = worth if worth is not None else STEEP * spent / bought if bought > 0 else np.inf
    # Free of charge is never too dear: with no cost there is no slope.
    stops = 0 < limit < np.inf
    chosen = _best(case, limit * case.expected - case.fee, purse) if stops else fullest
    kept, cost = float(case.expected[chosen].sum()), float(case.fee[chosen].sum())
    more = bought - kept > 1e-9 * max(1.0, bought)
    next_cost = (spent - cost) / (bought - kept) if more else None
    if next_cost is not None:  # one more person may come cheaper than all that the rest could buy
        rules = [rule for _, rule in (*case.rules, purse)]
        left = np.flatnonzero(case.may & ~chosen & (case.expected > 0))
        one_more = (
            row for row in left if all(rule.holds(chosen | (np.arange(len(chosen)) == row)) for rule in rules)
        )
        next_cost = min([next_cost, *(float(case.fee[row] / case.expected[row]) for row in one_more)])
    return Choice(
        chosen,
        cost,
        kept,
        float(limit),
        worth is None,
        next_cost,
        (float(limit), 1.0) if stops else (1.0, 0.0),
    )


def for_target(case: Case, target: float, budget: float | None, worth: float | None) -> Choice:
    """Choose the cheapest people who are expected to bring so many conversions; of equally cheap ones those who bring most.

    Raises
    ------
    InputError
        When the target is beyond reach, or costs more than the budget.

    Examples
    --------
    >>> case = Case.of(np.array([30.0, 25.0, 20.0]), np.array([400.0, 90.0, 80.0]))
    >>> for_target(case, 40.0, None, None).chosen.tolist()
    [False, True, True]
    """
    all_ = _best(case, case.expected)
    reach = float(case.expected[all_].sum())
    if reach < target * (1 - CLOSE):
        raise InputError(
            f"{target:,.10g} conversions are beyond reach: the most that can be expected of these candidates is {reach:,.1f}. Name more "
            "candidates, lift a limit, or lower the target."
        )
    cheapest = _best(case, -case.fee, ("the target", Rule(case.expected, low=target)))
    cost = float(case.fee[cheapest].sum())
    if budget is not None and cost > budget * (1 + CLOSE):
        raise InputError(
            f"{target:,.10g} conversions cost {cost:,.0f} at least, more than the budget of {budget:,.10g}. Raise it, or lower the target."
        )
    chosen = _best(case, case.expected, ("the cost", Rule(case.fee, high=cost)))
    limit = worth if worth is not None else np.inf
    return Choice(
        chosen, float(case.fee[chosen].sum()), float(case.expected[chosen].sum()), limit, goal=(0.0, 1.0)
    )


def _best(case: Case, gain: Floats, *more: tuple[str, Rule]) -> Flags:
    rules = [*case.rules, *more]
    chosen = most(gain, [rule for _, rule in rules], case.may, case.must)
    if chosen is None:
        raise InputError(_none_keeps(case, rules))
    return chosen


def _none_keeps(case: Case, rules: Sequence[tuple[str, Rule]]) -> str:
    """Return the sentence that says which limits leave no plan, and without which of them there is one."""
    nothing, nobody = np.zeros(len(case.fee)), np.zeros(len(case.fee), dtype=bool)

    def possible(left: Sequence[tuple[str, Rule]], must: Flags) -> bool:
        return most(nothing, [rule for _, rule in left], case.may, must) is not None

    names = [name for name, _ in rules]
    lifted = [
        name for place, name in enumerate(names) if possible([*rules[:place], *rules[place + 1 :]], case.must)
    ]
    if case.must.any():
        names.append(MUST)
        lifted += [MUST] if possible(rules, nobody) else []
    hint = f" Without {lifted[0]} there is one." if lifted else ""
    return f"No plan keeps to {listed(names)}.{hint}"


def price_to_enter(
    case: Case, choice: Choice, who: int, budget: float | None, target: float | None, top: float
) -> float | None:
    """Return the largest fee at which the plan, made again, would ask somebody; None where none is low enough.

    Parameters
    ----------
    who
        The row of somebody who is not asked.
    budget, target
        Those of the plan.
    top
        The most that the fee can be.

    Examples
    --------
    >>> case = Case.of(np.array([10.0, 8.0]), np.array([100.0, 100.0]))
    >>> price_to_enter(case, within_budget(case, 120.0, 30.0), 1, 120.0, None, 120.0)
    40.0
    """
    weight, money = choice.goal
    gain = weight * case.expected - money * case.fee
    best = float(gain[choice.chosen].sum())
    free = case.may & ~case.must
    free[who] = False
    others = np.flatnonzero(free & ~choice.chosen)
    worthwhile = np.argsort(-case.expected[others] / (case.fee[others] + CLOSE * top), kind="stable")
    places = np.concatenate([np.flatnonzero(free & choice.chosen), np.sort(others[worthwhile[:OTHERS]])])
    fixed = case.must.copy()
    fixed[who] = True
    own = case.must  # whose fees are paid in any case
    rows, low, high = [], [], []

    def add(weights: Floats, fee: float, least: float, most_: float, size: float) -> None:
        rows.append(np.append(weights[places], fee) / size)
        low.append(least / size - CLOSE)
        high.append(most_ / size + CLOSE)

    for _, rule in case.rules:
        told = rule.weight[fixed].sum()
        add(rule.weight, 0.0, rule.low - told, rule.high - told, rule.size)
    if budget is not None:
        add(case.fee, top, -np.inf, budget - case.fee[own].sum(), budget)
    if target is not None:
        add(case.expected, 0.0, target - case.expected[fixed].sum(), np.inf, target)
    # As good as the plan: no more is asked of whoever enters.
    enough = best - gain[own].sum() - weight * case.expected[who]
    add(gain, -money * top, enough, np.inf, max(abs(best), money * top, 1e-300))
    aim = np.append(np.zeros(len(places)), 1.0)
    whole = np.append(np.ones(len(places), dtype=bool), False)
    told = solve(aim, np.array(rows), np.array(low), np.array(high), whole)
    return None if told is None else float(f"{told[-1] * top:.7g}")
