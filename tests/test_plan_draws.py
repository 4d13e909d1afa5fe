"""Draws of what may come: each person's are those of the interval, together they vary as campaigns do."""

from __future__ import annotations

import numpy as np
import pytest

from suasion.serving.scoring.plan.draws import DRAWS, draws, quantile
from suasion.serving.scoring.plan.sure import standing, words_of
from suasion.training.estimators.interval import Cut, Interval

PLAIN = Interval(0.05, 0.95, 0.5)
BANDS = Interval(0.49, 0.94, 0.5, bands=(Cut(1.0, 0.36, 0.92, 0.6), Cut(6.0, 0.08, 0.96, 0.5), Cut(20.0, 0.01, 0.94, 0.35)))  # fmt: skip
EXPECTED = np.array([0.02, 0.3, 0.9, 1.5, 4.0, 7.0, 19.0, 25.0, 180.0, 900.0])


@pytest.mark.parametrize(
    "interval", [PLAIN, BANDS, Interval(0.05, 0.95, 0.0), Interval(0.02, 0.99, 2.5), Interval(0.2, 0.97, 0.1)]
)
@pytest.mark.parametrize("variance", [0.0, 0.05, 0.4])
def test_the_quantiles_of_the_draws_are_the_interval(interval: Interval, variance: float) -> None:
    made = draws(EXPECTED, np.ones(len(EXPECTED)), interval, variance)
    low, high = interval.bounds(EXPECTED)
    assert quantile(made, 0.05).tolist() == low.tolist()
    assert quantile(made, 0.95).tolist() == high.tolist()
    assert np.all(made == np.round(made))
    assert made.min() >= 0


def test_where_the_interval_lets_them_draws_have_the_mean_that_is_expected() -> None:
    for interval in (PLAIN, Interval(0.05, 0.95, 0.0), Interval(0.04, 0.97, 0.5), Interval(0.03, 0.94, 0.3)):
        made = draws(EXPECTED, np.ones(len(EXPECTED)), interval, 0.1)
        assert made.mean(axis=1)[3:] == pytest.approx(EXPECTED[3:], rel=0.04)


def test_counts_that_are_no_whole_numbers_and_other_shares() -> None:
    broken = Interval(0.05, 0.95, 0.5, whole=False)
    made = draws(EXPECTED, np.ones(len(EXPECTED)), broken, 0.1)
    assert (quantile(made, 0.95) + 1).tolist() == broken.bounds(EXPECTED)[1].tolist()
    wide = Interval(0.01, 0.99, 0.5, level=0.98)
    made = draws(EXPECTED, np.ones(len(EXPECTED)), wide, 0.1, count=10_050)
    assert quantile(made, 0.01) == pytest.approx(wide.bounds(EXPECTED)[0], rel=0.02, abs=1)
    assert quantile(made, 0.99) == pytest.approx(wide.bounds(EXPECTED)[1], rel=0.02, abs=1)


def test_without_a_bound_the_plain_distribution_is_drawn() -> None:
    made = draws(EXPECTED, np.ones(len(EXPECTED)), Interval(0.0, 1.0, 0.5), 0.0)
    plain = draws(EXPECTED, np.ones(len(EXPECTED)), PLAIN, 0.0)
    assert quantile(made, 0.05).tolist() == quantile(plain, 0.05).tolist()
    assert quantile(made, 0.95).tolist() == quantile(plain, 0.95).tolist()


def test_outcomes_of_zero_or_one_are_drawn_with_their_probability() -> None:
    binary = Interval(0.05, 0.95, 0.0, binary=True)
    made = draws(np.array([0.2, 0.9, 1.0, 1.2]), np.array([1.0, 1.0, 1.0, 4.0]), binary, 0.0)
    assert made.mean(axis=1) == pytest.approx([0.2, 0.9, 1.0, 1.2], abs=1 / DRAWS * 4)
    assert made.max(axis=1).tolist()[:3] == [1.0, 1.0, 1.0]
    assert made[3].max() > 1


@pytest.mark.parametrize("variance", [0.02, 0.1, 0.3])
def test_any_two_vary_together_as_much_as_campaigns_do(variance: float) -> None:
    random = np.random.default_rng(0)
    expected = random.lognormal(2.0, 1.0, 60)
    made = draws(expected, np.ones(60), Interval(0.05, 0.95, 0.5 + variance), variance, count=4_000)
    off = made - made.mean(axis=1, keepdims=True)
    pairs = (off.sum(axis=0) ** 2).mean() - (off**2).sum(axis=0).mean()
    assert pairs / (expected.sum() ** 2 - (expected**2).sum()) == pytest.approx(variance, rel=0.2)


@pytest.mark.parametrize(("shared", "own"), [(0.02, 0.5), (0.1, 0.4), (0.3, 0.4), (0.0, 0.5)])
def test_with_a_planted_factor_nine_of_ten_sums_lie_in_the_range(shared: float, own: float) -> None:
    random = np.random.default_rng(1)
    held, half, alone, sets = 0.0, 0.0, 0.0, 30
    interval = Interval(0.05, 0.95, own + shared + own * shared)
    for _ in range(sets):
        expected = random.lognormal(2.0, 1.0, 10)
        factor = random.gamma(1 / shared, shared, (400, 1)) if shared else np.ones((400, 1))
        came = random.poisson(expected * factor * random.gamma(1 / own, own, (400, 10))).sum(axis=1)
        sums = draws(expected, np.ones(10), interval, shared).sum(axis=0)
        held += ((came >= quantile(sums, 0.05)) & (came <= quantile(sums, 0.95))).mean() / sets
        half += ((came >= quantile(sums, 0.25)) & (came <= quantile(sums, 0.75))).mean() / sets
        apart = draws(expected, np.ones(10), interval, 0.0).sum(axis=0)
        alone += ((came >= quantile(apart, 0.05)) & (came <= quantile(apart, 0.95))).mean() / sets
    assert 0.88 <= held <= 0.92
    assert 0.47 <= half <= 0.55
    if shared >= 0.1:
        assert alone < 0.85, "as if each stood alone, too much is promised of the sum"


def test_a_seed_gives_the_same_draws_and_another_others() -> None:
    told = [draws(EXPECTED, np.ones(10), BANDS, 0.1, seed=seed) for seed in (1, 1, 2)]
    assert np.array_equal(told[0], told[1])
    assert not np.array_equal(told[0], told[2])
    assert np.array_equal(np.sort(told[0], axis=1), np.sort(told[2], axis=1)), (
        "only who draws what when differs"
    )


def test_who_stands_where() -> None:
    made = np.array([[9.0] * 100, [5.0] * 50 + [1.0] * 50, [2.0] * 50 + [3.0] * 50, [0.0] * 100])
    told = standing(made, 2)
    assert told.chance.tolist() == [1.0, 0.5, 0.5, 0.0]
    assert [words_of(chance) for chance in told.chance] == ["sure", "likely", "likely", "a bet"]
    assert (told.range_90[0].tolist(), told.range_90[1].tolist()) == ([1, 2, 2, 4], [1, 3, 3, 4])
    assert (told.range_50[0].tolist(), told.range_50[1].tolist()) == ([1, 2, 2, 4], [1, 3, 3, 4])
    equals = standing(np.zeros((4, 4_000)), 1)
    assert equals.chance == pytest.approx([0.25] * 4, abs=0.03), "equals stand in random order"
    assert [words_of(chance) for chance in (0.8, 0.799, 0.5, 0.499)] == ["sure", "likely", "likely", "a bet"]
