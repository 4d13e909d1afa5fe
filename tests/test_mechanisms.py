"""Other worlds: each changes the one cause it says, and its truth is the mean of what comes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suasion.features.errors import InputError
from suasion.training.datasets.mechanisms import MECHANISMS, Mechanism
from suasion.training.datasets.people import World, draw_people
from suasion.training.datasets.simulated import simulate

SIZE = {"influencers": 200, "campaigns": 90, "picks": 20, "unpicked": 5, "weeks": 80, "posts_per_week": 0.3}


@pytest.mark.parametrize("name", [name for name in MECHANISMS if name not in ("charm", "drift", "sparse")])
def test_what_comes_has_the_mean_that_the_truth_says(name: str, tmp_path: Path) -> None:
    simulate(World(**SIZE, mechanism=name), tmp_path / name)
    keys = ["campaign_id", "influencer_id"]
    told = pd.read_parquet(tmp_path / name / "outcomes.parquet").merge(
        pd.read_parquet(tmp_path / name / "truth" / "truth.parquet"), on=keys, validate="one_to_one"
    )
    net = told["conversions"] - told["refunds"]
    assert net.sum() == pytest.approx(told["expected_conversions"].sum(), rel=0.1)
    posts = pd.read_parquet(tmp_path / name / "posts.parquet")
    second = posts[posts["language"] == "de"]["text"]
    assert second.str.contains(" ").any() == (name != "unspaced")
    assert posts[posts["language"] == "en"]["text"].str.contains(" ").all()
    if name == "binary":
        assert set(told["conversions"]) == {0.0, 1.0}
        assert set(told["exposure_x"]) == {1.0}


def mechanism(name: str) -> Mechanism:
    return Mechanism(name, influencers=3, brands=2, weeks=10, seed=1)


def test_an_audience_tires_and_recovers() -> None:
    tired, size = mechanism("fatigue"), np.zeros(3)
    assert tired.log_effect({"week": 1}, size).tolist() == [0.0, 0.0, 0.0]
    tired.ask(np.array([0, 2]))
    assert tired.log_effect({"week": 1}, size) == pytest.approx([-0.8, 0.0, -0.8])
    tired.ask(np.array([0]))
    # Five weeks on, a share of 1 / e is left of two asks and of one.
    assert tired.log_effect({"week": 6}, size) == pytest.approx([-1.6 / np.e, 0.0, -0.8 / np.e])


def test_charm_is_of_people_brands_and_campaigns() -> None:
    charm, size = mechanism("charm"), np.zeros(3)
    first = charm.log_effect({"brand_number": 0}, size)
    again = charm.log_effect({"brand_number": 0}, size)
    other = charm.log_effect({"brand_number": 1}, size)
    assert np.ptp(first) > 0
    for one in (again, other):  # people differ by the same, whatever the campaign and the brand
        assert one - one[0] == pytest.approx(first - first[0])
        assert one[0] != first[0]


def test_fame_saturates() -> None:
    effects = mechanism("fame").log_effect({}, np.array([7.5, 9.0, 12.0]))
    total = effects + 0.5 * (np.array([7.5, 9.0, 12.0]) - 7.5)  # with what the plain world gives to size
    assert total == pytest.approx([0.0, 0.8 * np.tanh(1), 0.8 * np.tanh(3)])
    followers = np.array([np.e, np.e**2])
    assert mechanism("fame").appeal(followers, np.array([True, False])) == pytest.approx([1.5, 3.0])
    assert mechanism("plain").appeal(followers, np.array([True, False])) == pytest.approx([1.8, 2.0])


def test_levels() -> None:
    size = np.zeros(3)
    drift = mechanism("drift")
    levels = [drift.log_effect({"week": week}, size) for week in range(10)]
    assert all(np.ptp(level) == 0 for level in levels), "the same for everybody"
    assert len({level[0] for level in levels}) == 10
    assert mechanism("sparse").log_effect({}, size).tolist() == [-2.5] * 3
    assert mechanism("plain").log_effect({}, size).tolist() == [0.0] * 3


def test_half_of_the_audiences_came_for_something_else() -> None:
    world = World(**SIZE, mechanism="readers")
    people = draw_people(world, np.random.default_rng(0))
    assert 0.4 < (people.reads == people.main).mean() < 0.7
    assert (draw_people(World(**SIZE), np.random.default_rng(0)).reads == -1).all()


def test_only_what_is_written_down_is_a_mechanism() -> None:
    with pytest.raises(InputError, match="mechanism is 'magic'; it can be plain, fatigue"):
        World(mechanism="magic")
