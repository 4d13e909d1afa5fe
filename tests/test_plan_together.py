"""People who share an audience: what they bring together, and a choice that no other beats, beside brute force over fifteen candidates."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest

from suasion.features.errors import InputError
from suasion.serving.scoring.plan import together as module
from suasion.serving.scoring.plan.audience import Audience
from suasion.serving.scoring.plan.choose import Choice, for_target, price_to_enter, within_budget
from suasion.serving.scoring.plan.limits import Case
from suasion.serving.scoring.plan.program import Rule
from suasion.serving.scoring.plan.together import Together

from .test_plan_choice import PEOPLE, case, kept


def followings(seed: int, people: int = PEOPLE, accounts: int = 300) -> Any:
    """Return who is in whose audience, shape (accounts, people): four circles, whose accounts follow much the same people."""
    random = np.random.default_rng(seed)
    circle, home = random.integers(0, 4, accounts), random.integers(0, 4, people)
    return random.random((accounts, people)) < np.where(circle[:, None] == home, 0.5, 0.05)


def audience_of(follows: Any) -> Audience:
    """Return the audience as it is read from tables."""
    segments: dict[tuple[str, ...], int] = {}
    for row in follows:
        people = tuple(f"p{who}" for who in np.flatnonzero(row))
        if len(people) > 1:
            segments[people] = segments.get(people, 0) + 1
    return Audience(
        {f"p{who}": int(size) for who, size in enumerate(follows.sum(axis=0))}, tuple(segments.items())
    )


def sharing(seed: int, seen: float = 1.0, **more: Any) -> tuple[Case, Any]:
    """Return a case whose people share audiences, and who is in which."""
    given, follows = case(seed, **more), followings(seed)
    together = Together.of(
        given.expected, {f"p{who}": who for who in range(PEOPLE)}, audience_of(follows), seen
    )
    return replace(given, together=together), follows


def worked_out(given: Case, follows: Any, chosen: Any, seen: float) -> float:
    """Return what people bring, account by account: of those whose posts an account sees, the one who moves most counts."""
    density = given.expected / follows.sum(axis=0) / seen
    total = 0.0
    for row in follows:
        missed = 1.0
        for who in sorted(np.flatnonzero(row & chosen), key=lambda who: -density[who]):
            total += missed * seen * density[who]
            missed *= 1.0 - seen
    return total


@pytest.mark.parametrize("seen", [1.0, 0.5, 0.1])
def test_what_people_bring_together_is_what_each_account_gives_added_up(seen: float) -> None:
    random = np.random.default_rng(1)
    for seed in range(4):
        given, follows = sharing(seed, seen)
        assert given.together is not None
        for who in range(PEOPLE):
            assert given.conversions(np.arange(PEOPLE) == who) == pytest.approx(given.expected[who], rel=1e-9)
        for chosen in random.random((20, PEOPLE)) < 0.4:
            told = given.conversions(chosen)
            assert told == pytest.approx(worked_out(given, follows, chosen, seen), rel=1e-9)
            assert told <= given.expected[chosen].sum() * (1 + 1e-9)
            one = int(random.integers(PEOPLE))
            with_them, without = chosen.copy(), chosen.copy()
            with_them[one], without[one] = True, False
            assert given.added(chosen, one) == pytest.approx(
                given.conversions(with_them) - given.conversions(without), abs=1e-9
            )
            more = without | (random.random(PEOPLE) < 0.5)
            more[one] = False
            assert given.added(more, one) <= given.added(without, one) + 1e-9, (
                "the more are asked the less one adds"
            )


def test_where_all_move_as_many_a_segment_is_reached_as_the_formula_says() -> None:
    for seen, asked, share in ((1.0, 3, 1.0), (0.3, 3, 1 - 0.7**3), (0.3, 1, 0.3)):
        sizes = dict.fromkeys(("p0", "p1", "p2"), 50)
        together = Together.of(
            np.full(3, 50 * seen * 0.2),
            {f"p{who}": who for who in range(3)},
            Audience(sizes, ((("p0", "p1", "p2"), 50),)),
            seen,
        )
        assert together.conversions(np.arange(3) < asked) == pytest.approx(50 * 0.2 * share)


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_with_shared_audiences_no_other_choice_within_the_budget_is_better(seed: int, limited: bool) -> None:
    seen = [1.0, 0.4][seed % 2]
    given, _ = sharing(seed, seen, limited=limited)
    choices = kept(given, Rule(given.fee, high=1500.0))
    if not len(choices):
        with pytest.raises(InputError, match="No plan keeps to"):
            within_budget(given, 1500.0, 100.0)
        return
    conversions = np.array([given.conversions(chosen) for chosen in choices])
    paying = within_budget(given, 1500.0, 100.0)
    assert paying.gap == 0.0
    assert 100.0 * paying.conversions - paying.cost == pytest.approx(
        (100.0 * conversions - choices @ given.fee).max(), rel=1e-9
    )
    steep = within_budget(given, 1500.0, None)
    if steep.next_cost is None:
        assert steep.conversions == pytest.approx(conversions.max(), rel=1e-9)
    else:
        best = (steep.limit * conversions - choices @ given.fee).max()
        assert steep.limit * steep.conversions - steep.cost == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_with_shared_audiences_a_target_is_reached_for_the_least_money(seed: int, limited: bool) -> None:
    given, _ = sharing(seed, [1.0, 0.4][seed % 2], limited=limited)
    choices = kept(given)
    if not len(choices):
        return
    conversions = np.array([given.conversions(chosen) for chosen in choices])
    target = 0.6 * conversions.max()
    chosen = for_target(given, target, None, None)
    assert chosen.cost == pytest.approx((choices @ given.fee)[conversions >= target].min(), rel=1e-9)
    assert chosen.conversions >= target * (1 - 1e-9)
    with pytest.raises(InputError, match="beyond reach"):
        for_target(given, 1.01 * conversions.max(), None, None)


@pytest.mark.parametrize("seed", range(6))
def test_with_shared_audiences_the_price_to_enter_is_the_largest_that_keeps_the_plan_as_good(
    seed: int,
) -> None:
    given, _ = sharing(seed, [1.0, 0.4][seed % 2], limited=False)
    choice = within_budget(given, 1500.0, 100.0)
    choices = kept(given)
    conversions = np.array([given.conversions(chosen) for chosen in choices])
    worth = 100.0 * choice.conversions - choice.cost
    for who in np.flatnonzero(~choice.chosen & given.may)[:4]:
        fee = given.fee.copy()
        fee[who] = 0.0
        cost, having = choices @ fee, choices[:, who]
        # Of each choice with them, what it leaves to pay them: within the budget, and as good as the plan.
        left = np.minimum(1500.0 - cost, 100.0 * conversions - cost - worth)[having].max()
        price = price_to_enter(given, choice, int(who), 1500.0, None, 1500.0)
        assert price == (None if left < 0 else pytest.approx(left, rel=1e-5, abs=1e-3))


def test_one_of_two_with_the_same_audience_is_asked_and_not_both() -> None:
    same = Audience({"p0": 100, "p1": 100}, ((("p0", "p1"), 100),))
    expected, fee = np.array([30.0, 29.0, 12.0]), np.array([100.0, 100.0, 100.0])
    given = replace(Case.of(expected, fee), together=Together.of(expected, {"p0": 0, "p1": 1, "p2": 2}, same))
    assert within_budget(Case.of(expected, fee), 200.0, 50.0).chosen.tolist() == [True, True, False]
    choice = within_budget(given, 200.0, 50.0)
    assert choice.chosen.tolist() == [True, False, True]
    assert choice.conversions == pytest.approx(42.0)
    nobody = Audience({"p0": 100, "p1": 100, "p2": 0}, same.segments)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        empty = Together.of(expected, {"p0": 0, "p1": 1, "p2": 2}, nobody)
    assert empty.conversions(np.array([True, False, True])) == pytest.approx(42.0), (
        "of an empty audience nothing is shared"
    )


@pytest.mark.parametrize(("seen", "additive"), [(1.0, 1.1), (0.4, 1.03)])
def test_what_is_promised_of_a_planted_overlap_comes(seen: float, additive: float) -> None:
    """Accounts see each person's post by chance, and act once or not at all: what came of many runs is what the plan promised."""
    random = np.random.default_rng(3)
    follows = followings(3, accounts=2_000)
    fee, acts = random.gamma(2.0, 200.0, PEOPLE), 0.3
    expected = follows.sum(axis=0) * seen * acts
    together = Together.of(expected, {f"p{who}": who for who in range(PEOPLE)}, audience_of(follows), seen)
    choice = within_budget(replace(Case.of(expected, fee), together=together), 0.5 * fee.sum(), None)
    came = []
    for _ in range(30):
        saw = (follows[:, choice.chosen] & (random.random((2_000, choice.chosen.sum())) < seen)).any(axis=1)
        came.append((saw & (random.random(2_000) < acts)).sum())
    assert choice.conversions == pytest.approx(np.mean(came), rel=0.03)
    assert expected[choice.chosen].sum() > additive * np.mean(came), "the sum promises more than comes"


def test_neither_order_nor_names_nor_units_change_what_people_bring() -> None:
    given, follows = sharing(5, limited=False)
    choice = within_budget(given, 1500.0, 100.0)
    order = np.random.default_rng(0).permutation(PEOPLE)
    names = {f"p{who}": f"z{99 - who}" for who in range(PEOPLE)}
    audience = audience_of(follows)
    renamed = Audience(
        {names[who]: size for who, size in audience.sizes.items()},
        tuple(
            (tuple(sorted(names[who] for who in people)), count)
            for people, count in reversed(audience.segments)
        ),
    )
    rows = {names[f"p{who}"]: row for row, who in enumerate(order)}
    mixed = Case.of(given.expected[order] * 1000, np.where(given.may, given.fee, np.nan)[order] * 0.01)
    again = within_budget(replace(mixed, together=Together.of(mixed.expected, rows, renamed)), 15.0, 0.001)
    assert again.chosen.tolist() == choice.chosen[order].tolist()
    assert again.conversions == pytest.approx(1000 * choice.conversions)


def test_a_sample_of_many_segments_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    given, follows = sharing(7)
    assert given.together is not None
    monkeypatch.setattr(module, "MOST_SEGMENTS", 60)
    rows = {f"p{who}": who for who in range(PEOPLE)}
    sampled = Together.of(given.expected, rows, audience_of(follows))
    pairs = chain(combinations(range(PEOPLE), 2), [tuple(range(PEOPLE))])
    for chosen in (np.isin(np.arange(PEOPLE), pair) for pair in pairs):
        assert sampled.conversions(chosen) == pytest.approx(given.conversions(chosen), rel=0.15)
    for who in range(PEOPLE):
        assert sampled.conversions(np.arange(PEOPLE) == who) == pytest.approx(given.expected[who], rel=1e-9)


def test_of_very_many_it_is_said_by_how_much_a_plan_may_fall_short(monkeypatch: pytest.MonkeyPatch) -> None:
    given, _ = sharing(2, limited=False)
    proved: Choice = within_budget(given, 1500.0, 100.0)
    monkeypatch.setattr(module, "CONSIDERED", 6)
    some = within_budget(given, 1500.0, 100.0)
    worth = [100.0 * choice.conversions - choice.cost for choice in (proved, some)]
    assert worth[1] <= worth[0]
    assert some.gap > 0
    assert worth[0] <= worth[1] / (1 - some.gap) * (1 + 1e-9), "the bound holds"
