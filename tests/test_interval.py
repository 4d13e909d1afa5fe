"""The interval holds 90 %: of counts, of people who come back, and whatever the model got wrong."""

from __future__ import annotations

import numpy as np
import pytest

from suasion.training.estimators.interval import Cut, Interval, calibrate


def sample(seed: int, people: int = 300, wrong: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), random.integers(1, 9, people))
    personal = np.exp(random.normal(0, 0.5, people))[who]
    expected = np.exp(random.normal(1.5, 1.2, len(who)))
    y = random.poisson(expected * personal * random.gamma(4, 0.25, len(who))).astype(float)
    return y, expected * wrong, who.astype(object)


@pytest.mark.parametrize("wrong", [1.0, 0.6, 1.7])
def test_it_holds_on_new_people_whatever_the_model_gets_wrong(wrong: float) -> None:
    held = []
    for seed in range(8):
        interval = calibrate(*sample(seed, wrong=wrong))
        y, expected, _ = sample(seed + 100, wrong=wrong)
        low, high = interval.bounds(expected)
        held.append(np.mean((y >= low) & (y <= high)))
    assert 0.89 <= np.mean(held) <= 0.97


def test_each_tail_is_cut_and_bounds_are_whole_and_ordered() -> None:
    interval = calibrate(*sample(1))
    low, high = interval.bounds(np.array([0.01, 1.0, 10.0, 200.0]))
    assert np.all(low == np.round(low))
    assert np.all(high == np.round(high))
    assert np.all((low >= 0) & (low <= high))
    assert low[-1] > 0


def test_where_nothing_can_lie_below_what_lies_above_is_a_tenth() -> None:
    """Of these counts a seventh are 0: with 5 % at each end the interval would hold 95 %."""
    random = np.random.default_rng(0)
    y, expected = random.poisson(random.gamma(0.5, 40.0, 20_000)).astype(float), np.full(20_000, 20.0)
    interval = calibrate(y[:10_000], expected[:10_000], np.arange(10_000).astype(object))
    low, high = interval.bounds(expected[10_000:])
    assert not low.any()
    assert (y[10_000:] > high).mean() == pytest.approx(0.1, abs=0.01)


def test_it_holds_for_those_one_would_pick_where_the_model_overrates_them() -> None:
    """The strongest tenth brings a third of what is promised: one interval for all holds nine in ten of all, and half of these."""

    def overrated(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        who = np.repeat(np.arange(600), 5)
        expected = np.exp(random.normal(0, 1, len(who)))
        y = random.poisson(expected * np.where(expected > np.exp(1.28), 0.33, 1.0)).astype(float)
        return y, expected, who.astype(object)

    held: list[list[float]] = []
    for seed in range(6):
        interval = calibrate(*overrated(seed))
        y, expected, _ = overrated(seed + 100)
        low, high = interval.bounds(expected)
        inside, edges = (low <= y) & (y <= high), np.quantile(expected, np.linspace(0, 1, 11)[1:-1])
        tenth = np.searchsorted(edges, expected, side="right")
        held.append([float(inside[tenth == number].mean()) for number in range(10)])
    by_tenth = np.mean(held, axis=0)
    assert (by_tenth >= 0.87).all(), by_tenth
    assert by_tenth[-1] <= 0.96
    assert len(interval.bands) == 9


def test_bands_take_forty_people_each_and_keep_equal_predictions_together() -> None:
    expected, y = np.arange(1.0, 801.0), np.zeros(800)
    who = np.arange(800).astype(object)
    assert len(calibrate(y, expected, who).bands) == 9
    assert len(calibrate(y[:399], expected[:399], who[:399]).bands) == 8, "39 in a tenth"
    assert len(calibrate(y[:79], expected[:79], who[:79]).bands) == 0, "of 79, no half has 40"
    assert len(calibrate(y, expected, (who % 40).astype(object)).bands) == 9, "people count, once a band"
    assert len(calibrate(y, expected, (who % 39).astype(object)).bands) == 0
    assert len(calibrate(y, np.full(800, 3.0), who).bands) == 0
    two = calibrate(y, np.repeat([1.0, 2.0], 400), who)
    assert [band.above for band in two.bands] == [2.0]


def test_each_band_has_its_own_cuts_from_its_edge_on() -> None:
    wide = Cut(above=5.0, lower=0.0, upper=1.0, dispersion=0.5)
    interval = Interval(0.05, 0.95, 0.0, bands=(wide,))
    low, high = interval.bounds(np.array([4.999, 5.0, 9.0]))
    assert low.tolist()[1:] == [0.0, 0.0]
    assert np.isinf(high).tolist() == [False, True, True]
    assert interval.dispersion_at(np.array([4.999, 5.0])).tolist() == [0.0, 0.5]
    assert Interval(0.05, 0.95, 0.25).dispersion_at(np.ones(2)).tolist() == [0.25, 0.25]


def test_few_people_cannot_vouch() -> None:
    y, expected, who = sample(1, people=8)
    assert np.isinf(calibrate(y, expected, who).bounds(expected)[1]).all(), "one of 9 is more than 10 %"
    y, expected, who = sample(1, people=19)
    assert np.isfinite(calibrate(y, expected, who).bounds(expected)[1]).all(), "one of 20 is 5 %"
    assert np.isinf(calibrate(y[:0], expected[:0], who[:0]).bounds(np.array([1.0]))[1]).all()


@pytest.mark.parametrize("rate", [(0.5, 0.65), (0.3, 0.3), (0.02, 0.6)])
def test_zero_or_one_has_a_probability_and_no_interval(rate: tuple[float, float]) -> None:
    random = np.random.default_rng(0)
    expected = random.uniform(*rate, 4000)
    y = (random.random(4000) < expected).astype(float)
    interval = calibrate(y, expected, np.arange(4000).astype(object))
    low, high = interval.bounds(expected)
    assert np.isnan(low).all(), "an interval of 0 to 0, or of 1 to 1, claims to know"
    assert np.isnan(high).all()


def test_zeros_alone_and_counts_that_happen_to_be_small_are_no_probability() -> None:
    expected, who = np.full(100, 0.1), np.arange(100).astype(object)
    assert not calibrate(np.zeros(100), expected, who).binary
    y = np.zeros(100)
    y[:3] = 1.0
    assert not calibrate(y, expected, who, binary=False).binary, "whose other outcomes were counts"
