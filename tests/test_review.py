"""A review finds what is wrong with a model, and only that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suasion.features import GROUPS
from suasion.features.check import open_tables
from suasion.features.errors import EmptyTableError
from suasion.serving.cli import suasion
from suasion.training.bundle import load
from suasion.training.model import TreeParts
from suasion.training.review import Review, _by_factor, _sigmas, _slopes, review


@pytest.fixture(scope="module")
def reviewed(world: Path, earlier: Path) -> Review:
    with open_tables(world) as tables:
        return review(tables, load(earlier))


def test_it_compares_what_came_after_training_with_what_was_promised(
    reviewed: Review, world: Path, earlier: Path
) -> None:
    bundle = load(earlier)
    outcomes = pd.read_parquet(world / "outcomes.parquet")
    campaigns = pd.read_parquet(world / "campaigns.parquet").set_index("campaign_id")
    known = outcomes.get(
        "known_at", outcomes["campaign_id"].map(campaigns["ends_at"]) + pd.Timedelta(days=14)
    )
    new = outcomes[known > pd.Timestamp(bundle.facts["last_known"])]
    assert reviewed.outcomes == len(new)
    assert reviewed.influencers == new["influencer_id"].nunique()
    net = (
        (new["conversions"] - new["refunds"].fillna(0)).clip(lower=0)
        if "refunds" in new
        else new["conversions"]
    )
    assert reviewed.actual == pytest.approx(net.sum())
    assert 0.5 < reviewed.actual_by_expected.value < 2.0
    assert reviewed.actual_by_expected.value == pytest.approx(reviewed.actual / reviewed.expected)
    low, high = reviewed.coverage.range_90
    assert low <= reviewed.coverage.value <= high
    assert sum(point["rows"] for point in reviewed.calibration) == reviewed.outcomes
    assert [part.factor for part in reviewed.by_factor] == list(GROUPS)


def test_the_promise_is_what_the_model_would_have_said_then(
    world: Path, earlier: Path, reviewed: Review
) -> None:
    """What became known after a decision must not change what a review says was promised of it."""
    from suasion.features.build import prepare
    from suasion.training.examples import build_candidates, known_outcomes, offer_columns

    bundle = load(earlier)
    with open_tables(world) as tables:
        columns = f"campaign_id, influencer_id, as_of, {offer_columns(tables)}"
        new = f"SELECT {columns} FROM ({known_outcomes(tables, None)}) WHERE known_at > TIMESTAMP '{bundle.facts['last_known']}'"
        alone = build_candidates(prepare(tables, bundle.fitted.space), new, bundle.fitted)
    assert bundle.predict(alone)["expected_conversions"].sum() == pytest.approx(reviewed.expected, rel=1e-9)


def shifted(bundle, log: float):
    """Return the model with every prediction multiplied."""
    parts = bundle.parts
    trees, linear = parts.trees, parts.linear
    if trees is not None:
        first, *rest = trees.forest.trees
        moved = replace(first, value=tuple(value + log for value in first.value))
        trees = TreeParts.of(replace(trees.forest, trees=(moved, *rest)))
    if linear is not None:
        linear = replace(linear, intercept=linear.intercept + log)
    return replace(bundle, parts=replace(parts, trees=trees, linear=linear))


def test_a_model_that_promises_too_much_is_to_be_trained_again(world: Path, earlier: Path) -> None:
    with open_tables(world) as tables:
        told = review(tables, shifted(load(earlier), np.log(3.0)))
    assert told.retrain
    assert any(reason.startswith("fewer conversions came than promised") for reason in told.reasons)
    assert told.misjudged
    assert all(one.surprise < 0 for one in told.misjudged[:5])


def test_drift_is_found_where_a_feature_moved_and_only_there(
    world: Path, earlier: Path, tmp_path: Path, reviewed: Review
) -> None:
    import shutil

    moved = tmp_path / "moved"
    shutil.copytree(world, moved)
    audience = pd.read_parquet(moved / "audience.parquet")
    late = audience["observed_at"] > pd.Timestamp(load(earlier).facts["last_known"]) - pd.Timedelta(days=60)
    audience.loc[late, "followers"] *= 50
    audience.to_parquet(moved / "audience.parquet")
    with open_tables(moved) as tables:
        told = review(tables, load(earlier))
    new = {drift.feature for drift in told.drift} - {drift.feature for drift in reviewed.drift}
    assert "momentum__followers" in new
    assert not any(name.startswith(("relevance", "conversation__questions")) for name in new)


def test_a_factor_that_lies_is_found() -> None:
    random = np.random.default_rng(0)
    expected = random.uniform(1, 20, 4000)
    factor = np.exp(random.normal(0, 0.5, 4000))
    draws = np.ones((50, 4000)) * random.multinomial(4000, np.full(4000, 1 / 4000), 50)
    right = random.poisson(expected).astype(float)
    honest = _by_factor("relevance", factor, right, expected, draws)
    assert honest.slope.value == pytest.approx(1.0, abs=0.05)
    assert honest.slope.range_90[0] < 1.0 < honest.slope.range_90[1]
    lying = _by_factor("relevance", factor, random.poisson(expected / factor).astype(float), expected, draws)
    assert lying.slope.value == pytest.approx(0.0, abs=0.05)
    assert lying.high < 1 < lying.low


def test_the_slope_is_that_of_a_poisson_regression() -> None:
    from sklearn.linear_model import PoissonRegressor

    random = np.random.default_rng(1)
    x, expected = random.normal(0, 1, 500), random.uniform(1, 5, 500)
    y = random.poisson(expected * np.exp(0.3 * x)).astype(float)
    told = PoissonRegressor(alpha=0.0, tol=1e-10, solver="newton-cholesky").fit(
        x[:, None], y / expected, sample_weight=expected
    )
    assert _slopes(x, y, expected, np.ones((1, 500)))[0] - 1 == pytest.approx(told.coef_[0], abs=1e-4)


def test_surprise_is_measured_on_the_right_tail() -> None:
    assert _sigmas(10.0, 10.0, 0.0) == pytest.approx(0.0, abs=0.2)
    assert _sigmas(30.0, 10.0, 0.0) > 4
    assert 0 < _sigmas(30.0, 10.0, 100.0) < _sigmas(30.0, 10.0, 0.0)
    assert _sigmas(0.0, 10.0, 0.0) < -3
    assert abs(_sigmas(1.0, 0.03, 0.0)) < 2.5, "one where almost none was expected is no miracle"


def test_too_few_new_outcomes_say_so(world: Path, trained) -> None:
    with open_tables(world) as tables, pytest.raises(EmptyTableError, match="0 outcomes became known since"):
        review(tables, trained[0].bundle)


def test_the_command_prints_and_writes_it(
    world: Path, earlier: Path, tmp_path: Path, capsys, reviewed: Review
) -> None:
    suasion(
        ["review", str(world), "--model", str(earlier), "--out", str(tmp_path / "review.json")],
        standalone_mode=False,
    )
    told = capsys.readouterr().out
    assert "Promise and outcome" in told
    assert "Did each factor mean what it said" in told
    written = json.loads((tmp_path / "review.json").read_text())
    assert written["outcomes"] == reviewed.outcomes
    assert written["expected"] == pytest.approx(reviewed.expected, rel=1e-9)
