"""Edges of what is worth its money: one row a rule, worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.plan import (
    Plan,
    add_money,
    most_followed,
    plan_within,
    warn_of_worth,
    within_budget,
)


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
    told = within_budget(np.array(gain), np.array(fee), budget)
    if chosen is None:
        assert told.sum() == 2, "three would cost 11"
    else:
        assert told.tolist() == chosen


def test_a_plan_where_nothing_is_expected_or_nothing_pays() -> None:
    plan = plan_within(np.array([0.0, 0.0]), np.array([5.0, 6.0]), 100.0, None)
    assert (plan.ask.tolist(), plan.cost, plan.conversions, plan.next_cost, plan.limit) == (
        [False, False],
        0.0,
        0.0,
        None,
        np.inf,
    )
    assert plan.by_slope
    assert plan.sentence(100.0) == "Ask nobody for 0 of 100: 0.0 conversions expected."
    plan = plan_within(np.array([1.0, 1.0]), np.array([50.0, 60.0]), 200.0, 40.0)
    assert (plan.ask.tolist(), plan.next_cost, plan.limit, plan.by_slope) == (
        [False, False],
        55.0,
        40.0,
        False,
    )
    assert plan.sentence(200.0).endswith("200 stay: the next conversion would cost 55, and is worth 40.")


def test_a_plan_in_words() -> None:
    plan = Plan(np.array([True, False, True]), 1234.4, 2000.26, 99.6, 1.0, True)
    assert plan.sentence(2000.0) == (
        "Ask 2 for 1,234 of 2,000: 2,000.3 conversions expected. 766 stay: the next conversion would cost 100, "
        "more than 1.75 times the average of all that the budget could buy."
    )


@pytest.mark.parametrize(
    ("worth", "least", "nobody"),
    [(None, np.inf, False), (30.0, 29.99, False), (30.0, 30.0, True), (30.0, 1234.5, True)],
)
def test_where_nobody_earns_their_fee(worth: float | None, least: float, nobody: bool) -> None:
    notes = Notes()
    assert warn_of_worth(worth, least, notes) is nobody
    said = (
        f"Nobody is expected to earn their fee: a conversion is worth 30.00 and costs {least:,.2f} or more."
    )
    assert notes.banner == ([said] if nobody else [])
    assert notes.rest == []


@pytest.mark.parametrize(
    ("fee", "columns"),
    [
        ([np.nan, np.nan], ["expected_conversions", "expected_revenue"]),
        ([np.nan, 10.0], ["expected_conversions", "expected_revenue", "fee", "cost_per_conversion"]),
    ],
)
def test_without_fees_nothing_is_said_of_what_they_earn(fee: list[float], columns: list[str]) -> None:
    scores, notes = pd.DataFrame({"expected_conversions": [1.0, 2.0]}), Notes()
    bundle: Any = SimpleNamespace(facts={"revenue_per_conversion": 30.0})
    add_money(scores, np.array(fee), Ask(brief="x"), bundle, notes)
    assert list(scores) == columns
    assert (notes.banner, notes.rest) == ([], [])


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
    scores = pd.DataFrame({"expected_conversions": np.ones(len(fee)), "fee": fee})
    told = most_followed(scores, np.arange(len(fee), 0, -1.0), budget, 9)
    assert told is not None
    assert (told.people, told.conversions, told.cost) == (people, people, pytest.approx(cost))


def test_equals_are_drawn_two_hundred_times() -> None:
    told = most_followed(pd.DataFrame({"expected_conversions": [0.0, 1.0]}), np.array([5.0, 5.0]), None, 1)
    assert told is not None
    assert 0.4 < told.conversions < 0.6
    assert told.conversions * 200 == pytest.approx(round(told.conversions * 200), abs=1e-9)
    assert (told.people, told.cost, told.known_share) == (1.0, None, 1.0)


def test_who_asks_for_nothing_fits_into_no_budget_at_all() -> None:
    told = most_followed(pd.DataFrame({"expected_conversions": [3.0, 2.0, 1.0], "fee": [0.0, 0.0, 5.0]}), np.array([1.0, 2.0, 3.0]), 0.0, 9)  # fmt: skip
    assert told is not None
    assert (told.conversions, told.cost, told.people) == (5.0, 0.0, 2.0)
