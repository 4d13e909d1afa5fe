"""The choice is the best of all there are: beside brute force over fifteen candidates, under every limit, in any order and unit."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from suasion.features.errors import InputError
from suasion.serving.scoring.plan import program
from suasion.serving.scoring.plan.choose import (
    STEEP,
    Choice,
    for_target,
    price_to_enter,
    within_budget,
)
from suasion.serving.scoring.plan.limits import Case
from suasion.serving.scoring.plan.program import Rule, most, solve
from suasion.serving.scoring.plan.quiet import without_lines

PEOPLE = 15
ALL = np.array(list(product([False, True], repeat=PEOPLE)))


def case(seed: int, *, limited: bool = True, people: int = PEOPLE) -> Case:
    """Return candidates with fees of any kind, and where ``limited`` a limit of each kind."""
    random = np.random.default_rng(seed)
    expected, fee = random.gamma(1.0, 5.0, people), random.gamma(1.0, 400.0, people).round(seed % 3)
    fee[random.random(people) < 0.1] = np.nan
    plain = Case.of(expected, fee)
    if not limited:
        return plain
    may = plain.may & (random.random(people) < 0.9)
    must = may & (np.arange(people) == random.integers(people)) & (plain.fee < 500.0)
    home, new = random.integers(0, 3, people), random.random(people) < 0.4
    rules = [(f"at most 3 on {name}", Rule((home == name) * 1.0, high=3.0)) for name in range(3)]
    return replace(plain, may=may, must=must, rules=(*rules, ("at least 2 new", Rule(new * 1.0, low=2.0))))


def kept(given: Case, *rules: Rule) -> Any:
    """Return every choice that keeps all limits."""
    left = ALL[~(ALL & ~given.may).any(axis=1) & ~(given.must & ~ALL).any(axis=1)]
    for rule in [*(rule for _, rule in given.rules), *rules]:
        sums = left @ rule.weight
        left = left[(sums >= rule.low * (1 - 1e-9)) & (sums <= rule.high * (1 + 1e-9))]
    return left


def value_of(given: Case, choice: Choice) -> float:
    weight, money = choice.aim.conversions, choice.aim.money
    return float((weight * given.expected - money * given.fee)[choice.chosen].sum())


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_within_a_budget_no_other_choice_is_better(seed: int, limited: bool) -> None:
    given = case(seed, limited=limited)
    choices = kept(given, Rule(given.fee, high=1500.0))
    if not len(choices):
        with pytest.raises(InputError, match="No plan keeps to"):
            within_budget(given, 1500.0, 100.0)
        return
    paying = within_budget(given, 1500.0, 100.0)
    assert value_of(given, paying) == pytest.approx((choices @ (100.0 * given.expected - given.fee)).max(), rel=1e-9)  # fmt: skip
    fullest = (choices @ given.expected).max()
    steep = within_budget(given, 1500.0, None)
    if steep.next_cost is None:
        assert steep.conversions == pytest.approx(fullest, rel=1e-9)
    else:
        dearest = STEEP * given.fee[choices[(choices @ given.expected).argmax()]].sum() / fullest
        assert steep.limit == pytest.approx(dearest, rel=1e-9)
        best = (choices @ (dearest * given.expected - given.fee)).max()
        assert value_of(given, steep) == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_a_target_is_reached_for_the_least_money(seed: int, limited: bool) -> None:
    given = case(seed, limited=limited)
    choices = kept(given)
    if not len(choices):
        with pytest.raises(InputError, match="No plan keeps to"):
            for_target(given, 30.0, None, None)
        return
    reach = (choices @ given.expected).max()
    target = 0.6 * reach
    enough = choices[choices @ given.expected >= target]
    chosen = for_target(given, target, None, None)
    assert chosen.cost == pytest.approx((enough @ given.fee).min(), rel=1e-9)
    assert chosen.conversions >= target
    with pytest.raises(InputError, match="beyond reach: the most that can be expected of these") as caught:
        for_target(given, 1.01 * reach, None, None)
    assert f"{reach:,.1f}" in str(caught.value)
    if chosen.cost > 0:
        with pytest.raises(InputError, match="more than the budget"):
            for_target(given, target, 0.9 * chosen.cost, None)


@pytest.mark.parametrize("seed", range(12))
def test_the_price_to_enter_is_the_largest_at_which_a_plan_made_again_asks_them(seed: int) -> None:
    given = case(seed)
    if not len(kept(given, Rule(given.fee, high=1500.0))):
        return
    targeted = seed % 3 == 2
    choice = for_target(given, 25.0, None, None) if targeted else within_budget(given, 1500.0, [100.0, None][seed % 2])  # fmt: skip
    budget, target = (None, 25.0) if targeted else (1500.0, None)
    weight, money = choice.aim.conversions, choice.aim.money
    for who in np.flatnonzero(~choice.chosen & ~given.must)[:5]:
        price = price_to_enter(given, choice, int(who), budget, target, 1500.0)

        def best(fee: float, who: int = int(who)) -> float:
            """Return the most that a plan with them is worth, where they ask for so much."""
            changed = given.fee.copy()
            changed[who] = fee
            may = given.may.copy()
            may[who] = True
            rules = [Rule(changed, high=1500.0)] if target is None else [Rule(given.expected, low=target)]
            choices = kept(replace(given, may=may), *rules)
            choices = choices[choices[:, who]]
            return float((choices @ (weight * given.expected - money * changed)).max()) if len(choices) else -np.inf  # fmt: skip

        worth = value_of(given, choice)
        slack = 1e-6 * max(1.0, abs(worth))
        if price is None:
            assert best(0.0) < worth + slack
        else:
            assert best(price * (1 - 1e-5)) >= worth - slack
            assert price >= 1500.0 * (1 - 1e-6) or best(price * (1 + 1e-4) + 0.01) < worth + slack


def test_to_enter_a_plan_for_a_target_somebody_must_cost_no_more_than_whom_they_replace() -> None:
    """What they bring beyond the target is worth nothing there; who cannot reach it is taken for nothing only."""
    case = Case.of(np.array([10.0, 12.0, 1.0]), np.array([100.0, 150.0, 1.0]))
    choice = for_target(case, 10.0, None, None)
    assert choice.chosen.tolist() == [True, False, False]
    assert [price_to_enter(case, choice, who, None, 10.0, 500.0) for who in (1, 2)] == [100.0, 0.0]


@pytest.mark.parametrize("unit", [100.0, 0.01, 1e-6])
def test_order_and_units_change_nothing(unit: float) -> None:
    for seed in range(6):
        given = case(seed, people=200)
        plan = within_budget(given, 4000.0, None)
        order = np.random.default_rng(seed).permutation(200)
        rules = tuple((name, replace(rule, weight=rule.weight[order])) for name, rule in given.rules)
        mixed = Case(given.expected[order], given.fee[order], given.may[order], given.must[order], rules)
        assert within_budget(mixed, 4000.0, None).chosen.tolist() == plan.chosen[order].tolist()
        dear = replace(given, fee=given.fee * unit)
        assert within_budget(dear, 4000.0 * unit, None).chosen.tolist() == plan.chosen.tolist()
        many = replace(given, expected=given.expected * unit)
        assert within_budget(many, 4000.0, None).chosen.tolist() == plan.chosen.tolist()
        cheap = for_target(given, 100.0, None, None)
        assert for_target(many, 100.0 * unit, None, None).chosen.tolist() == cheap.chosen.tolist()
        assert for_target(dear, 100.0, None, None).chosen.tolist() == cheap.chosen.tolist()


@pytest.mark.parametrize("goal", ["most", "cheapest"])
@pytest.mark.parametrize("seed", range(25))
def test_settling_who_is_in_or_out_beforehand_loses_no_better_choice(
    seed: int, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = case(seed)
    rule = Rule(given.fee, high=1200.0) if goal == "most" else Rule(given.expected, low=25.0)
    gain = given.expected if goal == "most" else -given.fee
    rules = [*(rule for _, rule in given.rules), rule]
    plain = most(gain, rules, given.may, given.must)
    monkeypatch.setattr(program, "CORE", 4)
    monkeypatch.setattr(program, "PART", 5)
    settled = most(gain, rules, given.may, given.must)
    assert (settled is None) == (plain is None)
    if plain is not None and settled is not None:
        assert gain[settled].sum() == pytest.approx(gain[plain].sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("gain", "must", "low", "high", "chosen"),
    [
        ([3, 2, 1], [False, False, False], -np.inf, 5.0, [True, False, False]),
        ([3, 2, 1], [False, False, True], -np.inf, 10.0, [True, False, True]),
        ([3, 2, 1], [False, True, True], -np.inf, 10.0, [False, True, True]),
        ([3, 2, 1], [True, True, True], -np.inf, 15.0, [True, True, True]),
        ([3, 2, 1], [True, True, True], -np.inf, 14.0, None),
        ([-3, -2, -1], [False, False, False], 6.0, np.inf, [False, True, True]),
    ],
)
def test_choices_that_only_the_solvers_tolerance_lets_through_are_ruled_out(
    gain: list[float],
    must: list[bool],
    low: float,
    high: float,
    chosen: list[bool] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By hand: three people for 5 each, with a solver to which the bounds are nothing."""

    def sloppy(gain: Any, rows: Any, low: Any, high: Any, top: Any) -> Any:
        return solve(gain, rows, np.full(len(low), -np.inf), np.concatenate([[np.inf], high[1:]]), top)

    monkeypatch.setattr(program, "solve", sloppy)
    told = most(np.array(gain) * 1.0, [Rule(np.full(3, 5.0), low, high)], np.ones(3, bool), np.array(must))
    assert (None if told is None else told.tolist()) == chosen


def test_a_solver_that_never_keeps_the_bounds_ends_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "solve", lambda gain, *_: np.ones(len(gain)))
    with pytest.raises(
        InputError, match="No choice that keeps within the bounds was found: write amounts with"
    ):
        most(np.array([1.0, 2.0]), [Rule(np.ones(2), high=1.0)], np.ones(2, bool), np.zeros(2, bool))


@pytest.mark.parametrize(
    ("weight", "low", "high", "chosen", "holds"),
    [
        ([0.1, 0.1, 0.1], -np.inf, 0.3, [True] * 3, True),
        ([100.0, 100.0], -np.inf, 199.9, [True] * 2, False),
        ([1.0, 1.0], 2.0, np.inf, [True, False], False),
        ([1.0, 1.0], 1.0, np.inf, [True, False], True),
        ([0.0, 0.0], -np.inf, 0.0, [True, True], True),
    ],
)
def test_a_rule_holds(weight: list[float], low: float, high: float, chosen: list[bool], holds: bool) -> None:
    assert Rule(np.array(weight), low, high).holds(np.array(chosen)) is holds


def test_limits_that_leave_no_plan_are_named_with_the_one_that_is_too_much() -> None:
    given = Case.of(np.array([5.0, 4.0, 3.0]), np.array([100.0, 200.0, 300.0]))
    new = ("at least 2 new", Rule(np.array([0.0, 1.0, 1.0]), low=2.0))
    with pytest.raises(InputError, match=r"at least 2 new and a budget of 400\. Without at least 2 new there is one"):  # fmt: skip
        within_budget(replace(given, rules=(new,)), 400.0, None)
    must = replace(given, must=np.array([False, True, True]))
    with pytest.raises(
        InputError, match=r"a budget of 400 and those who must be asked\. Without a budget of 400"
    ):
        within_budget(must, 400.0, None)
    # Nobody but those who must be asked is too much: less of anything else brings no plan.
    few = ("at most 1 of x", Rule(np.array([0.0, 1.0, 1.0]), high=1.0))
    with pytest.raises(InputError, match="Without those who must be asked there is one"):
        within_budget(replace(must, rules=(few,)), 150.0, None)
    # Of two that are too much each, neither is named as the one: without it there is still no plan.
    many = ("at least 9 of b", Rule(np.array([0.0, 1.0, 1.0]), low=9.0))
    with pytest.raises(InputError) as caught:
        within_budget(replace(given, rules=(("at least 9 of a", many[1]), many)), 400.0, None)
    assert str(caught.value) == "No plan keeps to at least 9 of a, at least 9 of b and a budget of 400."
    alone = replace(given, must=np.ones(3, bool), may=np.ones(3, bool), rules=(many,))
    with pytest.raises(InputError, match="Without at least 9 of b there is one"):
        within_budget(alone, 900.0, None)


def test_what_is_not_proved_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    unproved = SimpleNamespace(status=1, x=np.ones(2), mip_dual_bound=-2.0)
    monkeypatch.setattr(program, "milp", lambda *_, **__: unproved)
    with pytest.raises(InputError, match=r"not found in 30 seconds\. Name fewer candidates, or lift a limit"):
        solve(np.ones(2), np.ones((1, 2)), np.array([-np.inf]), np.ones(1), np.ones(2))


def test_nothing_is_printed_by_the_solver(capfd: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    for people in (60, 200) * 20:
        fee = random.lognormal(6, 0.8, people).round()
        gain = fee**0.6 * random.lognormal(-2, 0.8, people)
        solve(gain, fee[None] / 20000.0, np.array([-np.inf]), np.ones(1), np.ones(people))
    assert capfd.readouterr().out == ""


def test_only_the_lines_of_the_solver_are_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    with without_lines(b"HighsMip"):
        os.write(1, b"of somebody else\nHighsMipSolverData::noise\nand more")
    assert capfd.readouterr().out == "of somebody else\nand more"
    with pytest.raises(KeyError), without_lines(b"HighsMip"):
        raise KeyError
    os.write(1, b"after an error")
    assert capfd.readouterr().out == "after an error"


def test_without_a_stdout_it_is_solved_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(descriptor: int) -> int:
        raise OSError

    monkeypatch.setattr(os, "dup", closed)
    assert most(np.array([3.0, 2.0]), [], np.ones(2, bool), np.zeros(2, bool)).tolist() == [True, True]  # type: ignore[union-attr]


def test_the_next_conversion_is_the_cheapest_one_that_was_left() -> None:
    case = Case.of(np.array([10.0, 10.0, 1.0]), np.array([50.0, 110.0, 300.0]))
    choice = within_budget(case, 460.0, 10.0)
    assert choice.chosen.tolist() == [True, False, False]
    assert choice.next_cost == pytest.approx(11.0), "not the average of all that is left, 37"


@pytest.mark.parametrize("fees", [[100.0, 50.0], [50.0, 100.0]])
def test_where_the_plan_holds_all_that_can_be_bought_there_is_no_next_conversion(fees: list[float]) -> None:
    choice = within_budget(Case.of(np.array([10.0, 10.0]), np.array(fees)), 120.0, 20.0)
    assert choice.cost == 50.0
    assert choice.next_cost is None, "as many can be bought for 100, and no more"


def test_of_thousands_some_dozens_stay_open() -> None:
    random = np.random.default_rng(0)
    gain, fee = random.lognormal(0, 1, 3000), random.lognormal(0, 1, 3000)
    settled = program._settled(
        gain / gain.max(), fee[None] / 100, np.array([-np.inf]), np.ones(1), np.ones(3000)
    )
    assert settled is not None
    assert (settled < 0).sum() < 100


@pytest.mark.parametrize("seed", range(40))
def test_of_people_who_are_alike_so_many_are_asked_as_is_best(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside every choice there is of ten people of one to five kinds."""
    monkeypatch.setattr(program, "CORE", 3)
    monkeypatch.setattr(program, "PART", 4)
    random = np.random.default_rng(seed)
    kind = random.integers(0, 1 + seed % 5, 10)
    gain, fee = random.integers(-2, 9, 5)[kind].astype(float), random.integers(0, 6, 5)[kind] * 100.1
    here = random.integers(0, 2, 5)[kind].astype(float)
    may = random.random(10) < 0.9
    must = may & (random.random(10) < 0.1)
    rules = [Rule(fee, high=float(random.integers(0, 2500))), Rule(here, high=3.0), Rule(1 - here, low=1.0)]
    every = (np.arange(1024)[:, None] >> np.arange(10)) % 2 == 1
    kept = [
        one
        for one in every
        if (one <= may).all() and (one >= must).all() and all(rule.holds(one) for rule in rules)
    ]
    chosen = most(gain, rules, may, must)
    assert (chosen is None) == (not kept)
    if chosen is not None:
        assert any((chosen == one).all() for one in kept)
        assert gain[chosen].sum() == max(gain[one].sum() for one in kept)


def test_of_tens_of_thousands_who_are_alike_a_plan_is_made() -> None:
    """The solver alone looked at one in place of another for half a minute, and ended without a plan."""
    random = np.random.default_rng(3)
    kind = random.integers(0, 120, 60_000)
    expected, fee = random.gamma(1, 5, 120)[kind], np.round(random.lognormal(8, 1, 120))[kind]
    choice = within_budget(Case.of(expected, fee), 60_000.0, None)
    assert choice.cost <= 60_000
    steepest = np.argsort(-expected / fee, kind="stable")
    relaxed = np.interp(60_000, np.cumsum(fee[steepest]), np.cumsum(expected[steepest]))
    assert choice.conversions <= relaxed * (1 + 1e-9)
    assert choice.conversions >= 0.99 * relaxed


def test_of_those_who_cost_nothing_all_are_asked() -> None:
    choice = for_target(Case.of(np.array([12.0, 8.0, 8.0]), np.zeros(3)), 8.0, None, None)
    assert choice.chosen.all(), "of equally cheap plans the one that brings most"


def test_where_many_are_alike_a_fault_of_the_solver_ends_no_plan() -> None:
    """HiGHS 1.8 to 1.12 raised "vector::reserve" from its presolve for these."""
    gains = [
        0.162671246260686,
        0.1515789793367668,
        0.14891619529800562,
        0.14357396173910114,
        *[0.1310865391218134] * 10,
    ]
    gains += [
        0.12329455280596019,
        0.11825183366498458,
        0.11372497797960829,
        0.10753771774176768,
        0.10736911160202782,
    ]
    gains += [0.09499496633654697, 0.0922252033010574, -0.17648057152464958]
    rows = np.array([[0.4 / 3] * 21 + [1.0], gains])
    aim = np.append(np.zeros(21), 1.0)
    found = program.search(aim, rows, np.array([-np.inf, 0.8194892810057872]), np.array([1.000000001, np.inf]), whole=aim < 1)  # fmt: skip
    assert found is not None
    assert found.values is not None
    assert found.proved
    assert found.values[-1] == pytest.approx(0.2)


def test_whom_one_more_of_costs_least_is_told_without_trying_everybody() -> None:
    random = np.random.default_rng(5)
    case = Case.of(random.lognormal(1, 1, 60), np.round(random.lognormal(5, 1, 60)))
    choice = within_budget(case, 900.0, 20.0)
    left = [
        case.fee[row] / case.expected[row]
        for row in range(60)
        if not choice.chosen[row] and case.fee[row] + choice.cost <= 900.0
    ]
    fullest = within_budget(case, 900.0, np.inf)
    rest = (fullest.cost - choice.cost) / (fullest.conversions - choice.conversions)
    assert choice.next_cost == pytest.approx(min([*left, rest]))
