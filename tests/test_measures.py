"""How predictions are measured: picks and their chances, ranges that hold, AUC, ranking within campaigns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from suasion.training.evaluation.metrics import (
    LEAST_CAMPAIGNS,
    bootstrap,
    calibration,
    ndcg,
    pick_probability,
    range_90,
    spearman,
    weighted_auc,
    with_a_choice,
    within_campaigns,
)


def labels(*names: str) -> np.ndarray:
    return np.array(names, dtype=object)


def drawn(people: np.ndarray, campaigns: np.ndarray, seed: int) -> np.ndarray:
    return bootstrap(pd.DataFrame({"influencer_id": people, "campaign_id": campaigns}), seed)


def test_the_top_is_picked_and_whoever_is_alone_is_not() -> None:
    campaigns = labels(*"aaaaaaaaaa", "b", *"cc")
    score = np.array([*range(10), 5.0, 1.0, 2.0])
    assert pick_probability(campaigns, score).tolist() == [0] * 7 + [1] * 3 + [0, 0, 1]


def test_ties_and_gaps_are_drawn_at_random_and_not_by_place() -> None:
    """The mean over many draws in which ties are broken at random, worked out the slow way."""
    random = np.random.default_rng(0)
    campaigns = labels(*(f"c{number}" for number in random.integers(0, 6, 60)))
    score = random.integers(0, 4, 60).astype(float)
    score[random.random(60) < 0.3] = np.nan
    drawn = np.zeros(60)
    for _ in range(3000):
        key = np.where(np.isnan(score), -1.0, score) + random.random(60) * 1e-3
        for campaign in set(campaigns):
            rows = np.flatnonzero(campaigns == campaign)
            if len(rows) > 1:
                drawn[rows[np.argsort(-key[rows])][: max(1, round(0.3 * len(rows)))]] += 1
    found = pick_probability(campaigns, score)
    np.testing.assert_allclose(found, drawn / 3000, atol=0.04)
    order = random.permutation(60)
    np.testing.assert_array_equal(pick_probability(campaigns[order], score[order]), found[order])


def test_a_campaign_without_conversions_or_with_one_candidate_leaves_no_choice() -> None:
    campaigns, y = labels("a", "a", "b", "c", "c"), np.array([0.0, 1.0, 4.0, 0.0, 0.0])
    assert with_a_choice(campaigns, y).tolist() == [True, True, False, False, False]


def test_ranking_takes_ten_campaigns() -> None:
    campaigns = np.repeat(np.arange(LEAST_CAMPAIGNS), 3).astype(object)
    y = np.tile([0.0, 1.0, 2.0], LEAST_CAMPAIGNS)
    assert within_campaigns(campaigns, y, y, spearman) == pytest.approx(1.0)
    assert within_campaigns(campaigns, y, -y, spearman) == pytest.approx(-1.0)
    assert within_campaigns(campaigns, y, y, ndcg) == pytest.approx(1.0)
    y[:3] = 1.0  # nothing to rank in the first
    assert within_campaigns(campaigns, y, y, spearman) is None
    assert spearman(y[3:], np.ones(len(y) - 3)) == 0.0
    assert spearman(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3])) == pytest.approx(1.0)


def test_auc_is_scikit_learns_under_every_draw() -> None:
    random = np.random.default_rng(1)
    y = (random.random(80) < 0.3).astype(float)
    score = random.integers(0, 9, 80).astype(float)
    draws = random.integers(0, 4, (20, 80)).astype(float)
    told = [roc_auc_score(y, score, sample_weight=weights) for weights in draws]
    np.testing.assert_allclose(weighted_auc(y, score, draws), told, atol=1e-12)
    assert np.isnan(weighted_auc(np.ones(4), np.arange(4.0), np.ones((1, 4)))).all()


def test_auc_takes_no_more_memory_than_its_draws() -> None:
    import tracemalloc

    random = np.random.default_rng(0)
    y, score = (random.random(20_000) < 0.2).astype(float), random.random(20_000)
    draws = np.ones((3, 20_000))
    tracemalloc.start()
    weighted_auc(y, score, draws)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 20_000 * 8, "memory grows with the square of the rows"


def test_ranges_hold_where_influencers_and_campaigns_have_luck() -> None:
    """The 90 % range of a mean holds the truth about nine times in ten; drawing influencers alone, two in three."""
    held = {"both ways": 0, "influencers alone": 0}
    for seed in range(100):
        random = np.random.default_rng(seed)
        campaign, person = np.repeat(np.arange(20), 15), random.integers(0, 150, 300)
        luck = random.gamma(4, 0.25, 20)[campaign] * random.gamma(8, 0.125, 150)[person]
        y = random.poisson(5 * luck).astype(float)
        for name, groups in (("both ways", campaign), ("influencers alone", np.arange(300))):
            draws = drawn(person, groups, seed)
            if name == "influencers alone":
                draws = (draws > 0) * drawn(person, np.zeros(300), seed)
            low, high = range_90((draws @ y) / draws.sum(axis=1))
            held[name] += low <= 5.0 <= high
    assert 84 <= held["both ways"] <= 97
    assert held["influencers alone"] <= 80, "or the test has no power"


def test_a_row_weighs_as_often_as_both_its_influencer_and_its_campaign_were_drawn() -> None:
    who, where = labels("a", "a", "b"), labels("x", "y", "x")
    draws = drawn(who, where, seed=3)
    alone = drawn(who, labels("z", "z", "z"), seed=3)
    assert np.array_equal(alone[:, 0], alone[:, 1]), "one influencer's rows come together"
    assert draws.mean() == pytest.approx(1.0, abs=0.1)
    assert ((draws[:, 0] == 0) | (alone[:, 0] > 0)).all()
    assert set(drawn(who, where, seed=3).ravel()) <= {0.0, 1.0, 2.0, 4.0}
    np.testing.assert_array_equal(drawn(who, where, seed=3), draws)


def test_calibration_groups_rows_by_what_was_expected() -> None:
    told = calibration(np.array([4.0, 0.0, 2.0, 0.0]), np.array([3.0, 0.1, 2.0, 0.2]), bins=2)
    assert told == [
        {"expected": pytest.approx(0.15), "actual": 0.0, "rows": 2},
        {"expected": 2.5, "actual": 3.0, "rows": 2},
    ]
