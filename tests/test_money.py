"""What a plan costs and brings, and what the most followed would bring for the same money: small tables, worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from suasion.features import GROUPS
from suasion.features.errors import InputError
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.plan.asked import plan_asked
from suasion.serving.scoring.plan.choose import within_budget
from suasion.serving.scoring.plan.limits import Case
from suasion.serving.scoring.plan.rivals import Rival, first_by
from suasion.serving.scoring.plan.worth import add_value
from suasion.serving.scoring.score import Scored

from . import made


def table(expected: list[float], fee: list[float] | None = None) -> pd.DataFrame:
    told = {"expected_conversions": expected} | ({} if fee is None else {"fee": fee})
    return pd.DataFrame(told)


def most_followed(
    scores: pd.DataFrame, followers: np.ndarray, budget: float | None, many: int
) -> Rival | None:
    expected = scores["expected_conversions"].to_numpy()
    fee = scores["fee"].to_numpy() if "fee" in scores else np.full(len(scores), np.nan)
    return first_by(expected, fee, followers, budget, many)


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


def scored(
    expected: list[float], fee: list[float], ask: Ask, revenue: float | None = None
) -> tuple[pd.DataFrame, Notes]:
    """Return the scores and notes of people with one post each more than nothing, and what the plan says of money alone."""
    posts = made.record("frequency__posts__90d")
    model = made.bundle({posts: 1.0}, revenue_per_conversion=revenue, campaign_variance=None)
    ids = [f"i{number}" for number in range(len(expected))]
    scores = pd.DataFrame({"influencer_id": ids, "expected_conversions": expected, "exposure": 1.0, "low": 0.0, "high": 9.0})  # fmt: skip
    scores = scores.assign(as_of=pd.Timestamp("2024-01-01"), **dict.fromkeys(GROUPS, 1.0))
    features, notes = pd.DataFrame({posts.column: np.zeros(len(ids))}), Notes()
    add_value(scores, np.array(fee), model, "")
    plan_asked(
        Scored(scores, features, model, ()),
        np.array(fee),
        ask,
        cast(
            Any,
            SimpleNamespace(
                present=frozenset(), joined=False, goal=None, sql=lambda _: SimpleNamespace(fetchall=list)
            ),
        ),
        notes,
    )
    notes.rest = [note for note in notes.rest if "cannot be said" not in note and not note.startswith("At ")]
    return scores, notes


def test_what_a_score_is_worth_in_money() -> None:
    scores, notes = scored([2.0, 0.0, 4.0], [50.0, 70.0, np.nan], Ask(brief="x"), revenue=30.0)
    assert scores["expected_revenue"].tolist() == [60.0, 0.0, 120.0]
    assert scores["cost_per_conversion"].tolist()[0] == 25.0
    assert scores["cost_per_conversion"].isna().tolist() == [False, True, True]
    assert "ask" not in scores
    assert (notes.banner, notes.rest) == ([], [])
    plain, _ = scored([2.0], [np.nan], Ask(brief="x"))
    assert not {"expected_revenue", "fee", "cost_per_conversion", "ask"} & set(plain.columns)


@pytest.mark.parametrize(
    ("expected", "fee", "budget", "worth", "asked", "says"),
    [
        # The last 686 would buy 1.22 conversions: 562 each, where the others cost 293.
        ([65.28, 1.22], [19143.0, 686.0], 20000.0, None, [True, False], "Ask this one for 19,143 of 20,000: about 65 conversions. 857 stay: the next conversion would cost 562, more than 1.75 times the average of all that the budget could buy."),
        # 1.75 times the average is where it stops: 150 a conversion beside an average of 100 is bought, 200 beside 120 not.
        ([10.0, 10.0], [500.0, 1500.0], 2000.0, None, [True, True], "Ask these 2 for 2,000 of 2,000: about 20 conversions."),
        ([90.0, 10.0], [9000.0, 1800.0], 20000.0, None, [True, True], "Ask these 2 for 10,800 of 20,000: about 100 conversions."),
        ([90.0, 10.0], [9000.0, 2000.0], 20000.0, None, [True, False], "Ask this one for 9,000 of 20,000: about 90 conversions. 11,000 stay: the next conversion would cost 200, more than 1.75 times the average of all that the budget could buy."),
        # With a worth, that decides: 100 pays and 200 does not …
        ([90.0, 10.0], [9000.0, 2000.0], 20000.0, 150.0, [True, False], "Ask this one for 9,000 of 20,000: about 90 conversions. 11,000 stay: the next conversion would cost 200, and is worth 150."),
        # … or both do.
        ([90.0, 10.0], [9000.0, 2000.0], 20000.0, 250.0, [True, True], "Ask these 2 for 11,000 of 20,000: about 100 conversions."),
        # An exchange can be too dear as well: 12 instead of 10 conversions for 900 instead of 100.
        ([10.0, 12.0], [100.0, 900.0], 950.0, 300.0, [True, False], "Ask this one for 100 of 950: about 10 conversions. 850 stay: the next conversion would cost 400, and is worth 300."),
        # Free of charge.
        ([3.0, 1.0], [0.0, 0.0], 10.0, None, [True, True], "Ask these 2 for 0 of 10: about 4 conversions."),
    ],
)  # fmt: skip
def test_the_plan_stops_where_it_does_not_pay(
    expected: list[float], fee: list[float], budget: float, worth: float | None, asked: list[bool], says: str
) -> None:
    scores, notes = scored(expected, fee, Ask(brief="x", budget=budget, value=worth))
    assert scores["ask"].tolist() == asked
    assert " ".join(notes.rest) == says
    assert notes.banner == []
    if worth is not None:
        assert scored(expected, fee, Ask(brief="x", budget=budget), revenue=worth)[1].rest == notes.rest


def test_no_conversion_of_a_plan_costs_more_than_it_is_worth_nor_is_one_left_that_would_pay() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        expected, fee, worth = (
            random.gamma(1, 3, 12),
            random.gamma(1, 300, 12),
            float(random.uniform(30, 400)),
        )
        choices = np.array([[(k >> i) & 1 for i in range(12)] for k in range(4096)], dtype=bool)
        within = choices[choices @ fee <= 1500.0]
        best = (within @ (worth * expected - fee)).max()
        plan = within_budget(Case.of(expected, fee), 1500.0, worth)
        assert plan.cost == pytest.approx(fee[plan.chosen].sum())
        assert plan.cost <= 1500.0
        assert worth * plan.conversions - plan.cost == pytest.approx(best, rel=1e-9)


def test_where_nobody_earns_their_fee_that_is_said_first() -> None:
    scores, notes = scored([2.0, 1.0, 0.0], [100.0, 40.0, 9.0], Ask(brief="x", budget=150.0), revenue=30.0)
    assert notes.banner == [
        "Nobody is expected to earn their fee: a conversion is worth 30.00 and costs 40.00 or more."
    ]
    assert scores["ask"].tolist() == [True, True, False]
    assert scored([2.0, 1.0], [100.0, 29.0], Ask(brief="x"), revenue=30.0)[1].banner == []
    assert len(scored([2.0, 1.0], [100.0, 29.0], Ask(brief="x", value=20.0), revenue=30.0)[1].banner) == 1, (
        "what is given goes first"
    )


def test_who_has_no_fee_is_not_asked_and_counted() -> None:
    scores, notes = scored([9.0, 1.0], [np.nan, 40.0], Ask(brief="x", budget=150.0))
    assert scores["ask"].tolist() == [False, True]
    assert notes.rest[-1] == "1 of the candidates has no fee and cannot be asked."
    with pytest.raises(InputError, match="A plan needs fees"):
        scored([9.0], [np.nan], Ask(brief="x", budget=150.0))
    for budget in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="it must be above 0"):
            scored([9.0], [1.0], Ask(brief="x", budget=budget))
    for value in (0.0, float("inf"), float("nan")):
        with pytest.raises(InputError, match="what a conversion is worth must be above 0"):
            scored([9.0], [1.0], Ask(brief="x", value=value))
