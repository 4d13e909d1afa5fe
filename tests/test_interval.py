"""The interval holds 90 %: of counts, of people who come back, and whatever the model got wrong."""

from __future__ import annotations

import numpy as np
import pytest

from suasion.training.estimators.interval import calibrate


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


def test_few_people_cannot_vouch() -> None:
    y, expected, who = sample(1, people=18)
    assert np.isinf(calibrate(y, expected, who).bounds(expected)[1]).all(), "one of 19 is more than 5 %"
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
