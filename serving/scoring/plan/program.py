"""The exact choice: the most gain of people who are in or out, under rules that are sums over the chosen, solved by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp

from suasion.features.errors import ConflictError

from .quiet import without_lines

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CLOSE = 1e-9
"""Share by which a sum may miss its bound: three times 0.1 is within 0.3."""
SECONDS = 30
CORE, PART = 40, 1_000
"""How many are left to choose from at once, and with how many the relaxed problem begins."""
REPEATS = 50
"""How often a choice that the solver's tolerance let through may be ruled out."""
TOO_FINE = "No choice that keeps within the bounds was found: write amounts with fewer digits."


@dataclass(frozen=True)
class Rule:
    """A sum over the chosen that must lie between two bounds, such as fees below a budget."""

    weight: Floats
    """One a candidate, 0 or more."""
    low: float = -np.inf
    high: float = np.inf

    def holds(self, chosen: Flags) -> bool:
        """Whether a choice keeps it."""
        return bool(self._keeps(self.weight[chosen].sum()))

    def holds_with(self, chosen: Flags, less: Floats | float = 0.0) -> Flags:
        """Whether a choice keeps it with each candidate in addition, and with so much less for that, shape (n,)."""
        return np.asarray(self._keeps(self.weight[chosen].sum() + self.weight - less))

    def _keeps(self, total: Floats) -> Flags:
        slack = CLOSE * self.size
        return (self.low - slack <= total) & (total <= self.high + slack)

    @property
    def size(self) -> float:
        """What its sums are measured by: the larger bound, so that it does not matter in what unit they are."""
        bounds = [abs(bound) for bound in (self.low, self.high) if np.isfinite(bound)]
        return max(bounds, default=0.0) or float(self.weight.max(initial=0.0)) or 1.0


def most(gain: Floats, rules: Sequence[Rule], may: Flags, must: Flags) -> Flags | None:
    """Choose the people whose gains sum to most.

    Parameters
    ----------
    gain
        What each brings, shape (n,); it can be below 0.
    rules
        What the choice must keep.
    may, must
        Who can be chosen, and who has to be, shape (n,) each.

    Returns
    -------
    ndarray of bool, shape (n,), or None
        None where no choice keeps the rules. Whoever brings nothing is chosen only where a rule needs them.

    Raises
    ------
    InputError
        When the best choice is not found, and proved to be it, in half a minute.

    Examples
    --------
    >>> budget = Rule(np.array([6.0, 4.0, 4.0]), high=8.0)
    >>> most(np.array([6.0, 5.0, 4.0]), [budget], np.ones(3, bool), np.zeros(3, bool)).tolist()
    [False, True, True]
    """
    needed = np.zeros(len(gain), dtype=bool)
    for rule in rules:
        if np.isfinite(rule.low):
            needed |= rule.weight > 0
    free = may & ~must & ((gain > 0) | needed)
    ruled_out: list[Flags] = []
    for _ in range(REPEATS):
        chosen = _most(gain, rules, free, must, ruled_out)
        if chosen is None or all(rule.holds(chosen) for rule in rules):
            return chosen
        ruled_out.append(chosen)
    raise ConflictError(TOO_FINE)


def _most(
    gain: Floats, rules: Sequence[Rule], free: Flags, must: Flags, ruled_out: Sequence[Flags]
) -> Flags | None:
    chosen = must.copy()
    if not free.any():
        return chosen if all(rule.holds(chosen) for rule in rules) else None
    matrix = [rule.weight / rule.size for rule in rules]
    low = [(rule.low - rule.weight[must].sum()) / rule.size - CLOSE for rule in rules]
    high = [(rule.high - rule.weight[must].sum()) / rule.size + CLOSE for rule in rules]
    for other in ruled_out:  # not these very people again
        matrix.append(np.where(other, 1.0, -1.0))
        low.append(-np.inf)
        high.append(other.sum() - 1.0 - matrix[-1][must].sum())
    rows, least, most_ = np.array(matrix).reshape(len(matrix), len(gain)), np.array(low), np.array(high)
    scale = np.abs(gain[free]).max() or 1.0
    places = np.flatnonzero(free)
    # People who are alike in all that counts are one number, how many of them: a solver would try each in place of the other.
    alike, group, top = np.unique(
        np.vstack([gain[places] / scale, rows[:, places]]), axis=1, return_inverse=True, return_counts=True
    )
    many = _how_many(alike[0], alike[1:], least, most_, top.astype(np.float64))
    if many is None:
        return None
    order = np.argsort(group.reshape(-1), kind="stable")
    place = np.arange(len(order)) - np.repeat(np.cumsum(top) - top, top)
    chosen[places[order[place < np.repeat(many, top)]]] = True
    return chosen


def _how_many(gain: Floats, rows: Floats, low: Floats, high: Floats, top: Floats) -> Floats | None:
    """Return how many of each kind, of ``top`` there are, bring the most gain; None where no choice keeps the bounds."""
    many = _settled(gain, rows, low, high, top)
    if many is None:
        return None
    left = many < 0
    if left.any():
        sums = rows[:, ~left] @ many[~left]
        solution = solve(gain[left], rows[:, left], low - sums, high - sums, top[left])
        if solution is None:
            return None
        many[left] = solution
    return many


def solve(gain: Floats, rows: Floats, low: Floats, high: Floats, top: Floats) -> Floats | None:
    """Return the whole numbers from 0 to ``top`` with the most gain whose sums by row lie between the bounds; None where there are none.

    Raises
    ------
    InputError
        When they are not found, and proved to be the best, in half a minute.
    """
    solution = search(gain, rows, low, high, np.ones(len(gain), dtype=bool), top)
    if solution is None:
        return None
    if solution.values is None or not solution.proved:
        raise ConflictError(
            f"The best choice was not found in {SECONDS} seconds. Name fewer candidates, or lift a limit."
        )
    return np.rint(solution.values)


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    values: Floats | None
    """None where it ended before any were found."""
    bound: float
    """A gain that no values exceed."""
    proved: bool
    """Whether no values are better."""


def search(
    gain: Floats,
    rows: Floats | sparse.csr_array,
    low: Floats,
    high: Floats,
    whole: Flags,
    top: float | Floats = 1.0,
    nodes: int | None = None,
) -> Found | None:
    """Look for the values from 0 to ``top`` with the most gain, in so many branches at most; None where no values keep the bounds."""
    options = {"mip_rel_gap": 0.0, "time_limit": SECONDS}
    options |= {} if nodes is None else {"node_limit": nodes}

    def solved(**more: bool) -> OptimizeResult:
        with without_lines(b"HighsMipSolverData"):
            return milp(
                -gain,
                integrality=whole.astype(np.float64),
                bounds=Bounds(0, top),
                constraints=LinearConstraint(rows, low, high) if rows.shape[0] else (),
                options=options | more,
            )

    try:
        result = solved()
    except ValueError:  # "vector::reserve": a fault of its presolve where many candidates are alike
        result = solved(presolve=False)
    if result.status == 2:
        return None
    bound = np.inf if result.mip_dual_bound is None else -float(result.mip_dual_bound)
    return Found(None if result.x is None else np.asarray(result.x), bound, result.status == 0)


def _settled(gain: Floats, rows: Floats, low: Floats, high: Floats, top: Floats) -> Floats | None:
    """Return of how many of each kind it is settled that every best choice has none or all, and -1 for the others; None where there is no choice.

    Whatever costs the relaxed optimum more than what a whole choice at hand falls short of it is in no better choice
    (reduced-cost fixing: Dantzig, Fulkerson & Johnson 1954). The choice at hand is the best of the few kinds whom the relaxed problem is
    least sure of, with all others as it has them. Of thousands of candidates some dozens stay open.
    """
    settled = np.full(len(gain), -1.0)
    if len(gain) <= CORE:
        return settled
    above, below = np.isfinite(high), np.isfinite(low)
    matrix = np.vstack([rows[above], -rows[below]])
    bounds = np.concatenate([high[above], -low[below]])
    relaxed = _relaxed(gain, matrix, bounds, top)
    if relaxed is None:
        return None
    value, cost = relaxed
    unsure = np.argsort(np.abs(cost), kind="stable")[:CORE]
    chosen = np.where(cost < 0, top, 0.0)
    chosen[unsure] = 0
    sums = rows @ chosen
    some = solve(gain[unsure], rows[:, unsure], low - sums, high - sums, top[unsure])
    if some is None:
        return settled
    chosen[unsure] = some
    short = value - gain @ chosen + CLOSE
    settled[cost > short] = 0
    settled[-cost > short] = top[-cost > short]
    return settled


def _relaxed(gain: Floats, matrix: Floats, bounds: Floats, top: Floats) -> tuple[float, Floats] | None:
    """Return the most gain of numbers from 0 to ``top`` whose sums stay within the bounds, and what one of each costs it: below 0 who is in, above 0 who is out.

    Solved for the some whose gain is large for what they weigh, then for whoever that leaves out wrongly: a solver for all at once
    takes seconds for tens of thousands.
    """
    part = np.argsort(-gain / (np.abs(matrix).sum(axis=0) + CLOSE), kind="stable")[:PART]
    while True:
        between = np.column_stack([np.zeros(len(part)), top[part]])
        solved = linprog(-gain[part], A_ub=matrix[:, part], b_ub=bounds, bounds=between, method="highs")
        if solved.x is None and len(part) == len(gain):
            return None
        if solved.x is None:
            part = np.arange(len(gain))
            continue
        cost = -gain - solved.ineqlin.marginals @ matrix
        missed = np.setdiff1d(np.flatnonzero(cost < -CLOSE), part)
        if not len(missed):
            cost[part] = solved.lower.marginals + solved.upper.marginals
            return float(-solved.fun), cost
        part = np.concatenate([part, missed[np.argsort(cost[missed], kind="stable")][:PART]])
