"""Edges of what is worth its money: one row a rule, worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.serving.scoring.plan.choose import within_budget
from suasion.serving.scoring.plan.limits import Case
from suasion.serving.scoring.plan.program import Rule, most
from suasion.serving.scoring.plan.rivals import first_by
from suasion.serving.scoring.plan.worth import add_value, nobody_earns


@pytest.mark.parametrize(
    ("gain", "fee", "budget", "chosen"),
    [
        # A fee that is the budget fits; who brings nothing or has no fee is not asked, even free of charge.
        ([1.0], [100.0], 100.0, [True]),
        ([1.0], [100.01], 100.0, [False]),
        ([0.0, -1.0, 2.0], [0.0, 0.0, 0.0], 100.0, [False, False, True]),
        ([9.0, 1.0], [np.nan, 5.0], 100.0, [False, True]),
        ([9.0, 1.0], [np.inf, 5.0], np.inf, [False, True]),
        # The dearest brings most, the others together more.
        ([6.0, 4.0, 4.0], [10.0, 5.0, 5.0], 10.0, [False, True, True]),
        ([9.0, 4.0, 4.0], [10.0, 5.0, 5.0], 10.0, [True, False, False]),
        ([1.0, 1.0, 1.0], [4.0, 4.0, 3.0], 10.0, None),
    ],
)
def test_the_most_gain_within_a_budget(
    gain: list[float], fee: list[float], budget: float, chosen: list[bool] | None
) -> None:
    costs = np.array(fee)
    known = np.isfinite(costs)
    rules = [Rule(np.where(known, costs, 0.0), high=budget)]
    told = most(np.array(gain), rules, known, np.zeros(len(fee), dtype=bool))
    assert told is not None
    if chosen is None:
        assert told.sum() == 2, "three would cost 11"
    else:
        assert told.tolist() == chosen


def test_a_plan_where_nothing_is_expected_or_nothing_pays() -> None:
    plan = within_budget(Case.of(np.array([0.0, 0.0]), np.array([5.0, 6.0])), 100.0, None)
    assert (plan.chosen.tolist(), plan.cost, plan.conversions) == ([False, False], 0.0, 0.0)
    assert (plan.next_cost, plan.limit, plan.by_slope) == (None, np.inf, True)
    plan = within_budget(Case.of(np.array([1.0, 1.0]), np.array([50.0, 60.0])), 200.0, 40.0)
    assert (plan.chosen.tolist(), plan.next_cost, plan.limit) == ([False, False], 50.0, 40.0)
    assert not plan.by_slope


@pytest.mark.parametrize(
    ("worth", "least", "nobody"),
    [
        (None, np.inf, False),
        (30.0, np.inf, False),
        (30.0, 29.99, False),
        (30.0, 30.0, True),
        (30.0, 1234.5, True),
    ],
)
def test_where_nobody_earns_their_fee(worth: float | None, least: float, nobody: bool) -> None:
    said = (
        f"Nobody is expected to earn their fee: a conversion is worth 30.00 and costs {least:,.2f} or more."
    )
    assert nobody_earns(worth, least, "") == (said if nobody else "")


@pytest.mark.parametrize(
    ("fee", "revenue", "columns"),
    [
        ([np.nan, np.nan], 30.0, ["expected_revenue"]),
        ([np.nan, 10.0], 30.0, ["expected_revenue", "fee", "cost_per_conversion"]),
        ([5.0, 10.0], None, ["fee", "cost_per_conversion"]),
        ([np.nan, np.nan], None, []),
    ],
)
@pytest.mark.parametrize("currency", ["", "EUR"])
def test_without_fees_nothing_is_said_of_what_they_earn(
    fee: list[float], revenue: float | None, columns: list[str], currency: str
) -> None:
    scores = pd.DataFrame({"expected_conversions": [1.0, 2.0]})
    bundle: Any = SimpleNamespace(facts={"revenue_per_conversion": revenue})
    add_value(scores, np.array(fee), bundle, currency)
    in_what = ["currency"] if columns and currency else []
    assert list(scores) == ["expected_conversions", *columns, *in_what]
    assert not in_what or scores["currency"].tolist() == ["EUR", "EUR"]


@pytest.mark.parametrize(
    ("fee", "budget", "people", "cost"),
    [
        ([0.1, 0.1, 0.1], 0.3, 3, 0.3),
        ([100.0, 300.0, 50.0, 50.0], 200.0, 3, 200.0),
        ([150.0, 100.0, 60.0, 50.0], 200.0, 2, 200.0),
        ([150.0, 100.0, 40.0, 20.0, 10.0], 200.0, 3, 200.0),
        ([200.0, 0.0, 1.0], 200.0, 2, 200.0),
        ([200.1, 1.0], 200.0, 1, 1.0),
    ],
)
def test_the_most_followed_whose_fee_still_fits(
    fee: list[float], budget: float, people: int, cost: float
) -> None:
    told = first_by(np.ones(len(fee)), np.array(fee), np.arange(len(fee), 0, -1.0), budget, 9)
    assert told is not None
    assert (told.people, told.conversions, told.cost) == (people, people, pytest.approx(cost))


def test_equals_are_drawn_two_hundred_times() -> None:
    told = first_by(np.array([0.0, 1.0]), np.full(2, np.nan), np.array([5.0, 5.0]), None, 1)
    assert told is not None
    assert 0.4 < told.conversions < 0.6
    assert told.conversions * 200 == pytest.approx(round(told.conversions * 200), abs=1e-9)
    assert (told.people, told.cost, told.known_share) == (1.0, None, 1.0)


def test_of_thousands_the_turns_are_drawn_some_at_a_time_as_if_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(4)
    expected, fee = random.gamma(1, 5, 3000), random.lognormal(6, 1, 3000).round() + 1
    key = np.where(random.random(3000) < 0.1, np.nan, random.integers(0, 400, 3000))

    def rivals() -> list[object]:
        purses = (900.0, 50_000.0, 1e9, None)
        return [first_by(expected, fee, key, purse, many) for purse in purses for many in (1, 2_000)]

    at_once = rivals()
    monkeypatch.setattr("suasion.serving.scoring.plan.rivals.AT_ONCE", 10_000)
    assert at_once == rivals()


def test_who_asks_for_nothing_fits_into_no_budget_at_all() -> None:
    told = first_by(np.array([3.0, 2.0, 1.0]), np.array([0.0, 0.0, 5.0]), np.array([1.0, 2.0, 3.0]), 0.0, 9)
    assert told is not None
    assert (told.conversions, told.cost, told.people) == (5.0, 0.0, 2.0)
