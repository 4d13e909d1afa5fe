"""What a plan costs and brings, and what the most followed would bring for the same money: small tables, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suasion.serving.money import most_followed


def table(expected: list[float], fee: list[float] | None = None) -> pd.DataFrame:
    told = {"expected_conversions": expected} | ({} if fee is None else {"fee": fee})
    return pd.DataFrame(told)


def test_the_most_followed_are_asked_in_their_order_while_the_fee_fits() -> None:
    scores = table([1.0, 2.0, 4.0, 8.0], [100.0, 300.0, 50.0, 60.0])
    followers = np.array([900.0, 800.0, 700.0, 600.0])
    # 100 fits, 300 does not, 50 does, 60 no more.
    told = most_followed(scores, followers, 200.0, 1)
    assert told is not None
    assert (told.conversions, told.cost, told.people, told.known_share) == (5.0, 150.0, 2.0, 1.0)
    alone = most_followed(scores, followers, None, 2)
    assert alone is not None
    assert (alone.conversions, alone.cost, alone.people) == (3.0, 400.0, 2.0)
    nothing = most_followed(scores, followers, 10.0, 4)
    assert nothing is not None
    assert (nothing.conversions, nothing.cost, nothing.people) == (0.0, 0.0, 0.0)


def test_a_budget_that_is_spent_to_the_last_is_spent_and_no_more() -> None:
    scores = table([1.0, 1.0, 1.0], [100.0, 100.0, 0.0])
    told = most_followed(scores, np.array([3.0, 2.0, 1.0]), 200.0, 3)
    assert told is not None
    assert (told.cost, told.people) == (200.0, 3.0)


def test_without_followers_nothing_is_compared_and_without_fees_no_cost_is_told() -> None:
    assert most_followed(table([1.0, 2.0], [5.0, 5.0]), np.full(2, np.nan), 10.0, 2) is None
    told = most_followed(table([1.0, 2.0]), np.array([1.0, 2.0]), None, 1)
    assert told is not None
    assert (told.conversions, told.cost) == (2.0, None)
    no_fee = most_followed(table([1.0, 2.0], [np.nan, 5.0]), np.array([9.0, 2.0]), 10.0, 2)
    assert no_fee is not None
    assert no_fee.conversions == 2.0, "who has no fee cannot be asked within a budget"


def test_equals_are_drawn_and_the_unknown_come_last() -> None:
    equals = most_followed(table([0.0, 10.0] * 20), np.full(40, 7.0), None, 10)
    assert equals is not None
    assert equals.conversions == pytest.approx(50.0, rel=0.05)
    told = most_followed(table([3.0, 100.0, 0.0]), np.array([5.0, np.nan, np.nan]), None, 2)
    assert told is not None
    assert told.known_share == pytest.approx(1 / 3)
    assert told.conversions == pytest.approx(53.0, rel=0.15), "the one that is known, and one of the others"


def test_the_draws_do_not_hang_on_the_order_of_rows() -> None:
    random = np.random.default_rng(3)
    scores = table(random.random(60).tolist(), random.integers(10, 99, 60).astype(float).tolist())
    followers = random.integers(0, 4, 60).astype(float)
    followers[:20] = np.nan
    told = most_followed(scores, followers, 900.0, 9)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(60)
        again = most_followed(scores.iloc[order].reset_index(drop=True), followers[order], 900.0, 9)
        assert again is not None
        assert told is not None
        assert again.conversions == pytest.approx(told.conversions, rel=1e-12)
        assert again.cost == pytest.approx(told.cost, rel=1e-12)
