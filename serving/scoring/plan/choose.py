"""Chooses whom to ask: the most conversions within a budget, as far as they pay, or the cheapest people who bring so many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from suasion.features.engine.currencies import priced
from suasion.features.errors import ConflictError
from suasion.serving.scoring.notes import listed
from suasion.training.estimators.base import Floats

from .limits import Case
from .posts import best_of_each
from .program import CLOSE, Flags, Rule, most, search
from .together import NODES, Aim, Columns, Together, best_together

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
    aim: Aim = field(default_factory=Aim)
    """What was made most of."""
    gap: float = 0.0
    """By what share of it another choice could at most be better; 0 where it is proved that none is."""


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
    fullest, gap = _best(case, Aim(), purse)
    bought, spent = case.conversions(fullest), float(case.fee[fullest].sum())
    limit = worth if worth is not None else STEEP * spent / bought if bought > 0 else np.inf
    # Free of charge is never too dear: with no cost there is no slope.
    aim = Aim(float(limit), 1.0) if 0 < limit < np.inf else Aim()
    chosen = fullest
    if aim.money:
        chosen, gap = _best(case, aim, purse)
    kept, cost = case.conversions(chosen), float(case.fee[chosen].sum())
    more = bought - kept > 1e-9 * max(1.0, bought) and spent > cost
    next_cost = (spent - cost) / (bought - kept) if more else None
    if next_cost is not None:  # one more person may come cheaper than all that the rest could buy
        instead, others = case.instead(chosen)  # or one who is chosen makes more posts
        fee = case.fee - np.where(others, case.fee[instead], 0.0)
        most_more = case.expected - np.where(others, case.expected[instead], 0.0)
        left = case.may & ~chosen & (most_more > 0)
        for _, rule in (*case.rules, purse):
            left &= rule.holds_with(chosen, np.where(others, rule.weight[instead], 0.0))
        rows = np.flatnonzero(left)
        least = fee[rows] / most_more[rows]  # nobody adds more than is expected of them alone
        for place in np.argsort(least, kind="stable"):
            if least[place] >= next_cost:
                break
            row = int(rows[place])
            without = chosen.copy()
            without[instead[row]] &= not others[row]
            added = case.added(without, row) - (
                case.added(without, int(instead[row])) if others[row] else 0.0
            )
            if added > 0:
                next_cost = min(next_cost, float(fee[row] / added))
    return Choice(chosen, cost, kept, float(limit), worth is None, next_cost, aim, gap)


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
    all_, _ = _best(case, Aim())
    reach = case.conversions(all_)
    if reach < target * (1 - CLOSE):
        raise ConflictError(
            f"{target:,.10g} conversions are beyond reach: the most that can be expected of these candidates is {reach:,.1f}. Name more "
            "candidates, lift a limit, or lower the target."
        )
    cheapest, gap = _best(case, Aim(0.0, 1.0), least=target)
    cost = float(case.fee[cheapest].sum())
    if budget is not None and cost > budget * (1 + CLOSE):
        raise ConflictError(
            f"{target:,.10g} conversions cost {cost:,.0f} at least, more than the budget of {priced(f'{budget:,.10g}', case.currency)}. Raise it, or lower the target."
        )
    chosen, _ = _best(case, Aim(), ("the cost", Rule(case.fee, high=cost)))
    limit = worth if worth is not None else np.inf
    paid = float(case.fee[chosen].sum())
    return Choice(chosen, paid, case.conversions(chosen), limit, aim=Aim(0.0, 1.0), gap=gap)


def _best(case: Case, aim: Aim, *more: tuple[str, Rule], least: float | None = None) -> tuple[Flags, float]:
    """Return the best choice, and by what share another could at most be better."""
    rules = [*case.rules, *more]
    only = [rule for _, rule in rules]
    if case.person is not None:
        chosen, gap = best_of_each(case, aim, only, least)
    elif case.together is not None:
        chosen, gap = best_together(case.together, aim, case.fee, only, case.may, case.must, least)
    else:
        only += [Rule(case.expected, low=least)] if least is not None else []
        chosen, gap = (
            most(aim.conversions * case.expected - aim.money * case.fee, only, case.may, case.must),
            0.0,
        )
    if chosen is None:
        raise ConflictError(_none_keeps(case, rules))
    return chosen, gap


def _none_keeps(case: Case, rules: Sequence[tuple[str, Rule]]) -> str:
    """Return the sentence that says which limits leave no plan, and without which of them there is one."""
    if case.person is not None:  # whoever fits in for the fewest posts fits in
        first = np.unique(case.person, return_index=True)[1]
        rules = [(name, replace(rule, weight=rule.weight[first])) for name, rule in rules]
        case = Case(
            case.expected[first], case.fee[first], case.may[first], case.must[first], currency=case.currency
        )
    nothing, nobody = np.zeros(len(case.fee)), np.zeros(len(case.fee), dtype=bool)

    def possible(left: Sequence[tuple[str, Rule]], must: Flags) -> bool:
        return most(nothing, [rule for _, rule in left], case.may, must) is not None

    names, cost = [name for name, _ in rules], ""
    lifted = [
        name for place, name in enumerate(names) if possible([*rules[:place], *rules[place + 1 :]], case.must)
    ]
    if case.must.any():
        names.append(MUST)
        lifted += [MUST] if possible(rules, nobody) else []
        cost = f" They cost {priced(f'{case.fee[case.must].sum():,.0f}', case.currency)} together."
    hint = f" Without {lifted[0]} there is one." if lifted else ""
    return f"No plan keeps to {listed(names)}.{hint}{cost}"


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

    Notes
    -----
    Where audiences are shared and the search is cut short, it is the largest fee that was found.

    Examples
    --------
    >>> case = Case.of(np.array([10.0, 8.0]), np.array([100.0, 100.0]))
    >>> price_to_enter(case, within_budget(case, 120.0, 30.0), 1, 120.0, None, 120.0)
    40.0
    """
    aim, together = choice.aim, case.together or Together.apart(case.expected)
    best = aim.conversions * choice.conversions - aim.money * choice.cost
    free = case.may & ~case.must
    free[who] = False
    others = np.flatnonzero(free & ~choice.chosen)
    worthwhile = np.argsort(-case.expected[others] / (case.fee[others] + CLOSE * top), kind="stable")
    places = np.concatenate([np.flatnonzero(free & choice.chosen), np.sort(others[worthwhile[:OTHERS]])])
    fixed = case.must.copy()
    fixed[who] = True
    paid = case.must  # whose fees are paid in any case
    shared = Columns.of(together, places, fixed)
    rows, low, high = [], [], []

    def add(weights: Floats, of_groups: Floats, fee: float, least: float, most_: float, size: float) -> None:
        rows.append(np.concatenate([weights[places], of_groups, [fee]]) / size)
        low.append(least / size - CLOSE)
        high.append(most_ / size + CLOSE)

    none = np.zeros(shared.groups)
    for _, rule in case.rules:
        taken = rule.weight[fixed].sum()
        add(rule.weight, none, 0.0, rule.low - taken, rule.high - taken, rule.size)
    if budget is not None:
        add(case.fee, none, top, -np.inf, budget - case.fee[paid].sum(), budget)
    brought = together.unshared[fixed].sum()
    if target is not None:
        add(together.unshared, shared.weight, 0.0, target - brought, np.inf, target)
    # As good as the plan: no more is asked of whoever enters.
    enough = best + aim.money * float(case.fee[paid].sum()) - aim.conversions * brought
    gain = aim.conversions * together.unshared - aim.money * case.fee
    add(
        gain,
        aim.conversions * shared.weight,
        -aim.money * top,
        enough,
        np.inf,
        max(abs(best), aim.money * top, 1e-300),
    )
    bound = sparse.hstack([shared.rows, sparse.csr_array((shared.rows.shape[0], 1))])
    last = np.zeros(len(places) + shared.groups + 1)
    last[-1] = 1.0
    solution = search(
        last,
        sparse.csr_array(sparse.vstack([bound, sparse.csr_array(np.array(rows))])),
        np.append(np.full(bound.shape[0], -np.inf), low),
        np.append(shared.high, high),
        whole=np.arange(len(last)) < len(places),
        top=np.concatenate([np.ones(len(places)), shared.top, [1.0]]),
        nodes=NODES,
    )
    return None if solution is None or solution.values is None else float(f"{solution.values[-1] * top:.7g}")
