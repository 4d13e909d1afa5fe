"""Numbers of the user's own: a column a feature, in the characteristic that it is named after, as last told before the decision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import suasion as su
from suasion.features.errors import InputError
from suasion.serving.loaded import Engine
from suasion.serving.scoring.activity import Activity
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import score
from suasion.training.train import Options, train

from . import small
from .brands import brand
from .test_accounts import SPLIT
from .test_no_look_ahead import DECISIONS, base, build

PRESS = "references__press_clippings"


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """Return a brand whose conversions follow what the press wrote, which was read of most a month before all campaigns."""
    found = brand()
    who = sorted(found["outcomes"]["influencer_id"].unique())
    outcomes = found["outcomes"]
    brought = outcomes.groupby("influencer_id").agg(y=("conversions", "sum"), e=("exposure", "sum"))
    rate = (brought["y"] / brought["e"]).loc[who].to_numpy()
    read = pd.DataFrame({"influencer_id": who, "observed_at": pd.Timestamp("2022-12-01")})
    read["references_Press clippings"] = 10 * rate
    return found | {"signals": read[3:]}


def test_a_column_is_a_feature_of_its_characteristic_with_a_row_of_its_own(
    tables: dict[str, pd.DataFrame],
) -> None:
    data = su.Dataset(**tables)
    assert data.check().loc["signals", ["rows", "rejected"]].tolist() == [len(tables["signals"]), 0]
    X = data.training_frame()[0]
    told = X[PRESS].groupby("influencer_id").first()
    assert told.isna().sum() == 3, "of whom nobody read anything, nothing is known"
    expected = tables["signals"].set_index("influencer_id")["references_Press clippings"]
    np.testing.assert_allclose(told.dropna(), expected, rtol=1e-9)
    model = su.InfluenceModel(kind="linear").fit(data)
    assert PRESS in model.parts_.features
    scores = model.predict(data, brief="Anything.", as_of="2024-09-01")
    first, last = scores.iloc[0], scores.iloc[-1]
    assert first["references"] > 1.2 > last["references"]
    told = model.explain(scores)
    row = told.values[:, list(told.feature_names).index("references: press clippings")]
    assert row.max() > 0.2 > -0.2 > row.min()


def test_of_several_accounts_the_mean_of_what_was_last_told_of_each() -> None:
    rows = base()
    at = small.T0 - pd.Timedelta(days=5)
    rows["people"] = [{"account_id": one, "influencer_id": "ann"} for one in SPLIT["ann"]]
    rows["signals"] = [
        {
            "influencer_id": who,
            "observed_at": at - pd.Timedelta(days=ago),
            "known_at": at,
            "momentum_heat": heat,
        }
        for who, ago, heat in (("x:1", 0, 2.0), ("x:1", 3, 50.0), ("youtube:UC7", 0, 6.0), ("bob", 0, 1.0))
    ]
    told = build(rows, DECISIONS).set_index("influencer_id")["momentum__heat"]
    assert told[["ann", "bob"]].tolist() == [4.0, 1.0]
    assert told.drop(["ann", "bob"]).isna().all()


def test_a_column_that_is_called_like_a_feature_is_refused(tables: dict[str, pd.DataFrame]) -> None:
    renamed = tables["signals"].rename(
        columns=lambda name: "references_own_standing" if " " in name else name
    )
    with pytest.raises(
        InputError, match=r"feature of the name of the column references_own_standing\. Rename"
    ):
        su.Dataset(**(tables | {"signals": renamed})).training_frame()


def test_from_csv_to_a_saved_model_and_a_score(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    data, model = tmp_path / "data", tmp_path / "model"
    data.mkdir()
    for name, table in tables.items():
        table.to_csv(data / f"{name}.csv", index=False)
    told = train(data, model, Options(quick=True, track=False))
    assert told.bundle.facts["extras"] == ["references_press_clippings"]
    (record,) = [feature for feature in told.bundle.features if feature.column == PRESS]
    assert "press_clippings of signals" in record.meaning
    ask = Ask(brief="Anything.", as_of=pd.Timestamp("2024-09-01").to_pydatetime())
    with_signals = score(data, model, ask).scores
    with Engine(data, model) as engine:
        unfilled = engine.activity(ask, Activity([{"influencer_id": "p01"}], posts=[]))[1]
    assert unfilled.features[PRESS] == "needs signals, which the question does not tell"
    (data / "signals.csv").unlink()
    without = score(data, model, ask).scores
    assert with_signals["references"].nunique() > without["references"].nunique() == 1
