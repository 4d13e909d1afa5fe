"""Whom to ask in order to learn: people outside the plan who may turn out to be the best of them, picked by chance.

What somebody lastingly brings can lie off what is expected by as much as single outcomes strayed beyond chance, and by less with each
campaign of theirs that is known. From draws of that, top-two Thompson sampling (Russo 2020, "Simple Bayesian Algorithms for Best-Arm
Identification", Operations Research 68(6)) picks the best of a draw or, half of the time, the best of another draw in which somebody else is. Picking by chance, with
known chances, is what lets later outcomes be judged without favour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from suasion.training.estimators.base import Floats

from .choose import Choice
from .draws import DRAWS
from .limits import Case
from .program import CLOSE, Flags

PICKS, PLANS = 1_000, 20
"""How often the picks are repeated to tell the chance of each, and the plan around them."""


@dataclass(frozen=True)
class Explored:
    """A plan with people in it to learn from."""

    case: Case
    """In which they must be asked."""
    choice: Choice
    held: Flags
    """Who is asked to learn from, shape (n,)."""
    best: Floats
    """Share of draws in which each is the best of those outside the plan, shape (n,)."""
    probability: Floats
    """Chance of each to be in such a plan, shape (n,)."""
    without: float
    """Conversions expected of the plan without them."""


def explore(
    case: Case,
    plain: Choice,
    count: int,
    budget: float,
    unknown: Floats,
    make: Callable[[Case], Choice],
    seed: int,
) -> Explored:
    """Hold some places of a plan for people to learn from.

    Parameters
    ----------
    plain
        The plan without them.
    count
        How many; fewer where not so many can be asked within the budget.
    unknown
        Squared share by which what somebody lastingly brings may lie off what is expected, shape (n,), 0 or more.
    make
        Makes the plan of a case.
    seed
        From which numbers: rows in the same order give the same people.
    """
    random = np.random.default_rng(seed)
    free = np.flatnonzero(case.may & ~case.must & ~plain.chosen & (unknown > 0) & (case.expected > 0))
    best = np.zeros(len(case.fee))
    best[free] = _best(case, plain, free, unknown, random)
    leader = best[free]
    # The leader half of the time, else whoever leads where the leader does not.
    second = leader * ((leader / (1.0 - leader)).sum() - leader / (1.0 - leader)) if len(free) > 1 else leader
    weight = 0.5 * leader + 0.5 * second
    sets = [_pick(case, free, weight, count, budget, random) for _ in range(PICKS)]
    times = np.zeros(len(case.fee))
    for picked in sets:
        times[picked] += 1
    made: dict[tuple[int, ...], Choice] = {}
    planned = np.zeros(len(case.fee))
    for picked in sets[:PLANS]:
        key = tuple(sorted(picked))
        if key not in made:
            made[key] = make(_with(case, picked))
        planned += made[key].chosen
    held = np.zeros(len(case.fee), dtype=bool)
    held[sets[0]] = True
    chance = np.where(times > 0, times / PICKS, planned / PLANS)
    return Explored(_with(case, sets[0]), made[tuple(sorted(sets[0]))], held, best, chance, plain.conversions)


def _with(case: Case, picked: list[int]) -> Case:
    must = case.must.copy()
    must[picked] = True
    return replace(case, must=must)


def _best(
    case: Case, plain: Choice, free: NDArray[np.int64], unknown: Floats, random: np.random.Generator
) -> Floats:
    """Return how often each is the best in draws of what they lastingly bring, less what their fee could buy; none is never."""
    spread = np.log1p(unknown[free])[:, None]
    drawn = np.exp(np.sqrt(spread) * random.standard_normal((len(free), DRAWS)) - spread / 2)
    worth = case.expected[free, None] * drawn
    if 0 < plain.limit < np.inf:
        worth -= (case.fee[free] / plain.limit)[:, None]
    often = np.bincount(worth.argmax(axis=0), minlength=len(free)) if len(free) else np.zeros(0)
    return (often + 1 / max(1, len(free))) / (DRAWS + 1)


def _pick(
    case: Case,
    free: NDArray[np.int64],
    weight: Floats,
    count: int,
    budget: float,
    random: np.random.Generator,
) -> list[int]:
    """Return people picked one after another by their weights, as far as limits and budget allow."""
    order = free[np.argsort(random.exponential(size=len(free)) / weight, kind="stable")]
    chosen, picked = case.must.copy(), list[int]()
    left = budget * (1 + CLOSE) - float(case.fee[chosen].sum())
    caps = [rule for _, rule in case.rules if np.isfinite(rule.high)]
    for row in order:
        if len(picked) == count:
            break
        if case.fee[row] > left or any(
            rule.weight[chosen].sum() + rule.weight[row] > rule.high for rule in caps
        ):
            continue
        chosen[row] = True
        left -= float(case.fee[row])
        picked.append(int(row))
    return picked
