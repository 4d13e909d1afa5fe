"""What the outcomes of one campaign share: planted, and found again from residuals alone."""

from __future__ import annotations

import numpy as np
import pytest

from suasion.training.estimators.shared import FEWEST, shared_variance


def outcomes(shared: float, campaigns: int, people: int, seed: int = 0):
    random = np.random.default_rng(seed)
    expected = random.lognormal(1.0, 1.0, (campaigns, people))
    factor = random.gamma(1 / shared, shared, (campaigns, 1)) if shared else np.ones((campaigns, 1))
    y = random.poisson(expected * factor * random.gamma(2.0, 0.5, expected.shape)).astype(float)
    names = np.repeat([f"c{number}" for number in range(campaigns)], people).astype(object)
    return y.ravel(), expected.ravel(), names, np.full(y.size, 0.5 + 1.5 * shared)


@pytest.mark.parametrize("shared", [0.0, 0.05, 0.2, 0.5])
def test_what_was_planted_is_found_on_average(shared: float) -> None:
    found = [shared_variance(*outcomes(shared, 120, 20, seed)) for seed in range(20)]
    assert np.mean(found) == pytest.approx(shared, rel=0.15, abs=0.006)


def test_rows_names_and_units_do_not_matter() -> None:
    y, expected, names, dispersion = outcomes(0.2, 40, 10)
    told = shared_variance(y, expected, names, dispersion)
    order = np.random.default_rng(1).permutation(len(y))
    again = shared_variance(y[order], expected[order], np.array([f"x{n}" for n in names[order]], dtype=object), dispersion)  # fmt: skip
    assert again == pytest.approx(told, rel=1e-9)


def test_of_few_campaigns_or_people_who_were_alone_nothing_is_said() -> None:
    assert shared_variance(*outcomes(0.2, FEWEST, 5)) is not None
    assert shared_variance(*outcomes(0.2, FEWEST - 1, 5)) is None
    assert shared_variance(*outcomes(0.2, 100, 1)) is None
    empty = np.empty(0)
    assert shared_variance(empty, empty, np.empty(0, dtype=object), empty) is None


def test_two_people_who_miss_together_share_all_of_it_and_who_miss_apart_nothing() -> None:
    expected, names, none = np.full(40, 10.0), np.repeat(np.arange(20), 2).astype(object), np.zeros(40)
    together = np.tile([15.0, 15.0, 5.0, 5.0], 10)
    assert shared_variance(together, expected, names, none) == pytest.approx(0.25)
    assert shared_variance(np.tile([15.0, 5.0], 20), expected, names, none) == 0.0
