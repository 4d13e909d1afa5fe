"""A campaign that is over: forecasts that could not know their outcome, what came, and whether the ranking was right."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features.errors import BundleError
from suasion.serving.loaded import Engine
from suasion.serving.scoring.finished import Came, Finished, finished
from suasion.serving.scoring.score import open_session
from suasion.training.bundle.folder import load
from suasion.training.bundle.forecasts import Forecast, Forecasts
from suasion.training.bundle.learned_from import outcome_digest

OUTCOMES = [("c1", "anna"), ("c1", "bob"), ("c2", "anna")]


def kept() -> Forecasts:
    return Forecasts.of(OUTCOMES, [4.0, 2.0, 1.0], [1.0, 0.0, np.nan], [9.0, np.inf, np.nan], "f")


def test_forecasts_are_found_by_outcome_under_any_id_of_a_person_and_name_nobody() -> None:
    again = Forecasts.load(kept().dump())
    assert again == kept()
    assert again.find("c1", ["x:1", "bob"], "f") == Forecast(2.0, 0.0, None)
    assert again.find("c2", ["anna"], "f") == Forecast(1.0, None, None)
    assert again.find("c2", ["bob"], "f") is None
    assert again.find("c1", ["anna"], "other data") is None
    assert b"anna" not in kept().dump()
    assert Forecasts.load(Forecasts().dump()) == Forecasts()
    assert kept() == Forecasts.of(
        OUTCOMES[::-1], [1.0, 2.0, 4.0], [np.nan, 0.0, 1.0], [np.nan, np.inf, 9.0], "f"
    ), "order is nothing"


@pytest.mark.parametrize(
    "change",
    [
        {"expected": np.array([4.0, -2.0, 1.0])}, {"expected": np.array([4.0, 2.0])}, {"expected": np.array([4.0, np.nan, 1.0])},
        {"low": np.array([1.0, -2.0, -1.0])}, {"high": np.array([[9.0, -1.0, -1.0]])}, {"digests": np.zeros((3, 8), np.uint8)},
        {"digests": np.arange(21, dtype=np.uint8).reshape(3, 7)}, {"digests": np.arange(24, dtype=np.uint8)[::-1].reshape(3, 8)},
        {"digests": np.zeros((0, 8), np.uint8)}, {"more": np.zeros(3)},
    ],
)  # fmt: skip
def test_what_training_does_not_write_is_refused(change: dict[str, Any]) -> None:
    arrays = {**np.load(io.BytesIO(kept().dump())), **change}
    out = io.BytesIO()
    np.savez(out, **arrays)
    with pytest.raises(BundleError, match=r"forecasts.npz"):
        Forecasts.load(out.getvalue())


def over(*pairs: tuple[float | None, float], low: float = 0.0, high: float = 10.0) -> Finished:
    """Return a campaign by pairs of forecast and outcome."""
    rows = [
        Came(f"i{n}", None if e is None else Forecast(e, low, high), came, 100.0)
        for n, (e, came) in enumerate(pairs)
    ]
    return Finished(tuple(rows))


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        # Two of four: at random they bring half.
        ([(9, 8), (8, 6), (2, 2), (1, 0)], "The ranking was right: the 2 placed first of 4 brought 88 % of the conversions; 2 drawn at random bring 50 %, the best 2 brought 88 %."),
        ([(9, 8), (8, 2), (2, 7), (1, 1)], "The ranking was better than chance: the 2 placed first of 4 brought 56 %"),
        ([(9, 2), (8, 2), (2, 2), (1, 1)], "There was little to rank: the 2 placed first of 4 brought 57 %"),  # nobody could do better
        # Equal forecasts are no order, whatever the ids are: two of these four bring half, on average.
        ([(5, 9), (5, 9), (5, 0), (5, 0)], "There was little to rank: the 2 placed first of 4 brought 50 %"),
        ([(5, 0), (5, 0), (5, 9), (5, 9)], "There was little to rank: the 2 placed first of 4 brought 50 %"),
        ([(9, 8), (5, 4), (5, 0), (1, 0)], "The ranking was right: the 2 placed first of 4 brought 83 %"),
        ([(9, 4), (8, 4), (2, 4), (1, 4)], "There was little to rank: the 2 placed first of 4 brought 50 %"),
        ([(9, 0), (8, 2), (2, 2), (1, 6)], "The ranking was wrong: the 2 placed first of 4 brought 20 %"),
        ([(9, 0), (8, 0), (2, 0), (1, 0)], ""), ([(9, 1), (8, 1), (2, 1)], ""), ([(None, 4)] * 9, ""),
        ([(9, 8), (8, 6), (2, 2), (1, 0), (None, 50)], "The ranking was right: the 2 placed first of 4 brought 88 %"),
    ],
)  # fmt: skip
def test_whether_the_ranking_was_right(pairs: list[tuple[float | None, float]], verdict: str) -> None:
    said = over(*pairs).verdict
    assert said.startswith(verdict)
    assert bool(said) == bool(verdict)


def test_no_more_than_ten_are_looked_at() -> None:
    assert "the 10 placed first of 40" in over(*((40.0 - n, 1.0) for n in range(40))).verdict


def test_sums_are_of_those_with_a_forecast() -> None:
    assert over((9, 8), (3, 12)).sums == "Forecast 12, came 20; 1 of 2 came out within their range."
    assert over((9, 8), (None, 12)).sums == (
        "Forecast 9, came 8 (of 1 of 2 people; of the others no forecast was made before); 1 of 1 came out within their range."
    )
    assert over((None, 8), (None, 12)).sums == (
        "20 conversions came of 2 people. No forecast was made before: the model learned from these outcomes."
    )
    assert Came("a", Forecast(1, 2, None), 2.0, None).inside is True
    assert Came("a", Forecast(1, 2, 3), 3.5, None).inside is False
    assert Came("a", Forecast(1, None, None), 3.5, None).inside is None
    assert Came("a", None, 3.5, None).inside is None


def test_who_strayed_is_told_by_side_the_furthest_first() -> None:
    told = over((9, 1), (8, 8), (7, 40), (6, 14), (5, 2), (None, 9), low=3.0)
    assert [row.strayed for row in told.rows] == ["below", "", "above", "above", "below", ""]
    assert [row.influencer_id for row in told.strayed("below")] == ["i0", "i4"]
    assert [row.influencer_id for row in told.strayed("above")] == ["i2", "i3"]
    assert Came("a", Forecast(1, None, None), 3.5, None).strayed == ""


def test_a_model_keeps_what_it_forecast_of_its_last_outcomes_and_scores_those_it_did_not_learn_from(
    world: Path, trained: Any, earlier: Path
) -> None:
    outcomes = pd.read_parquet(world / "outcomes.parquet")
    bundle = load(trained[1])
    judged = [
        bundle.forecasts.find(campaign, [who], bundle.facts["fingerprint"]) is not None
        for campaign, who in zip(outcomes["campaign_id"], outcomes["influencer_id"], strict=True)
    ]
    assert 0.2 < np.mean(judged) < 0.4, "of the last 30 % of the decisions, whose first folds only calibrate"
    decided = outcomes["decided_at"]
    assert decided[judged].min() > decided.quantile(0.6)
    last = outcomes.loc[judged].sort_values("decided_at")["campaign_id"].iloc[-1]
    first = outcomes.sort_values("decided_at")["campaign_id"].iloc[0]
    with open_session(world, trained[1]) as session:
        told = finished(session, last)
        assert told is not None
        mine = outcomes[outcomes["campaign_id"] == last].set_index("influencer_id")
        assert sorted(row.influencer_id for row in told.rows) == sorted(mine.index)
        for row in told.rows:
            assert row.came == max(
                mine.loc[row.influencer_id, "conversions"] - mine.loc[row.influencer_id, "refunds"], 0
            )
            assert row.forecast is not None
        expected = [row.forecast.expected for row in told.rows if row.forecast]
        assert expected == sorted(expected, reverse=True)
        old = finished(session, first)
        assert old is not None
        assert all(row.forecast is None for row in old.rows), "the model knew how it ended"
        assert finished(session, "none") is None
    with open_session(world, earlier) as session:
        fresh = finished(session, last)
        assert fresh is not None
        assert all(row.forecast is not None and row.forecast.low is not None for row in fresh.rows), (
            "a forecast by itself"
        )
        marks = set(session.bundle.facts["seen"])
        assert outcome_digest(last, str(mine.index[0]), session.bundle.facts["fingerprint"]) not in marks
        assert finished(replace_forecasts(session), last) == fresh


def replace_forecasts(session: Any) -> Any:
    """Return the session with a model that kept no forecasts: what it did not learn from it can still score."""
    session.bundle = replace(session.bundle, forecasts=Forecasts())
    return session


def test_an_engine_works_it_out_once(world: Path, trained: Any) -> None:
    engine = Engine(world, trained[1])
    try:
        one = engine.finished("c0040")
        assert one is not None
        assert engine.finished("c0040") is one
    finally:
        engine.close()
