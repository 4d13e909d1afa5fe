"""What `import suasion` gives to judge by: a splitter, an evaluation as DataFrames and pictures."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import PoissonRegressor

import suasion as su
from suasion.features.engine.feature import count, extra
from suasion.features.errors import InputError

from .brands import brand, data

__all__ = ["data"]


@pytest.fixture(scope="module")
def evaluation(data: su.Dataset) -> su.Evaluation:
    return su.evaluate(su.InfluenceModel(), data)


def test_the_splitter_trains_only_on_what_was_known(data: su.Dataset) -> None:
    X, _, meta = data.training_frame()
    folds = list(su.ForwardSplit(4).split(X))
    assert len(folds) == su.ForwardSplit(4).get_n_splits(X) == 4
    for train, test in folds:
        start = meta["decided_at"].iloc[test].min()
        assert (meta["known_at"].iloc[train] < start).all()
        assert (meta["decided_at"].iloc[train] < start).all()
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(folds[0][1][0], len(X)))
    by_hand = su.ForwardSplit(4, decided=meta["decided_at"], known=meta["known_at"])
    assert all(
        np.array_equal(a, b)
        for one, other in zip(folds, by_hand.split(X.to_numpy()), strict=True)
        for a, b in zip(one, other, strict=True)
    )
    assert "n_splits=4" in repr(by_hand)


@pytest.mark.parametrize(
    ("splitter", "says"),
    [
        (lambda: su.ForwardSplit(0), "n_splits is 0"),
        (lambda: su.ForwardSplit(test_from=1.5), "test_from is 1.5"),
        (
            lambda: list(su.ForwardSplit(decided=["2024-01-01"]).split(np.zeros((2, 1)))),
            "decided must be 2 moments",
        ),
        (lambda: list(su.ForwardSplit().split(np.zeros((3, 1)))), "No outcome was known before"),
    ],
)
def test_a_split_that_cannot_be_is_refused(splitter: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        splitter()


def test_an_evaluation_is_frames(evaluation: su.Evaluation) -> None:
    metrics = evaluation.metrics
    assert metrics.loc["suasion", "explained_deviance"] > 0.2
    assert metrics.loc["suasion", "explained_deviance_low"] < metrics.loc["suasion", "explained_deviance"]
    assert (
        metrics.loc["random", "captured"]
        < metrics.loc["suasion", "captured"]
        <= metrics.loc["perfect", "captured"]
    )
    assert set(metrics["n_rows"]) == {int(evaluation.forward.judged.sum())}
    rows = evaluation.predictions
    own = rows[rows["model"] == "suasion"]
    assert len(own) == sum(len(fold.judged) for fold in evaluation.forward.folds)
    judged = own[own["judged"]]
    assert metrics.loc["suasion", "calibration_ratio"] == pytest.approx(
        judged["expected"].sum() / judged["actual"].sum()
    )
    assert (judged["low"] <= judged["high"]).all()
    assert own.loc[~own["judged"], "low"].isna().all()
    assert evaluation.beats == evaluation.figures["beats_baselines"]
    assert evaluation.verdict in repr(evaluation)
    assert set(evaluation.ablation.loc["characteristic"].index) <= {
        "offer",
        *su.feature_info()["characteristic"],
    }
    assert evaluation.importance["mean"].is_monotonic_decreasing
    assert (evaluation.importance["lowest"] <= evaluation.importance["highest"]).all()


def test_errors_by_group_add_up(evaluation: su.Evaluation) -> None:
    judged = evaluation.predictions.query("model == 'suasion' and judged")
    for column in ("campaign_id", "influencer_id", "fold", "offer__fee", "brand"):
        groups = evaluation.by_group(column)
        assert groups["rows"].dtype == groups["campaigns"].dtype == np.int64
        assert groups["rows"].sum() == len(judged)
        assert groups["actual"].sum() == pytest.approx(judged["actual"].sum())
        assert groups["expected"].sum() == pytest.approx(judged["expected"].sum())
    assert len(evaluation.by_group("offer__fee")) == 4
    assert evaluation.by_group("brand").index.tolist() == ["missing"]
    whole = evaluation.by_group("brand").iloc[0]
    assert whole["explained_deviance"] == pytest.approx(
        evaluation.metrics.loc["suasion", "explained_deviance"]
    )
    assert whole["coverage"] == pytest.approx(evaluation.figures_all["coverage"])
    with pytest.raises(
        InputError, match=r"no column 'offer__fees'; it can be campaign_id, .*Did you mean offer__fee"
    ):
        evaluation.by_group("offer__fees")


def test_everything_is_drawn(evaluation: su.Evaluation, tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    for name in ("models", "calibration", "ablation", "importance", "stability", "residuals"):
        axes = getattr(evaluation.plot, name)()
        assert axes.get_title(loc="left")
        assert axes.lines
    _, own = plt.subplots()
    assert evaluation.plot.dependence("offer__fee", ax=own) is own
    with pytest.raises(InputError, match="Did you mean offer__fee"):
        evaluation.plot.dependence("offer__fees")
    plt.close("all")
    page = evaluation.to_html(tmp_path / "evaluation.html").read_text(encoding="utf-8")
    assert page.count("<img") >= 5
    assert evaluation.verdict[:20] in page


def test_estimators_of_ones_own_are_judged_on_the_same_folds(data: su.Dataset) -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    mine = make_pipeline(
        SimpleImputer(keep_empty_features=True), StandardScaler(), PoissonRegressor(alpha=1.0, max_iter=500)
    )
    judged = su.evaluate(
        {"suasion": su.InfluenceModel(kind="linear", alpha=0.1), "my ridge": mine},
        data,
        cv=su.ForwardSplit(3),
        ablate=False,
    )
    assert judged.metrics.loc["my ridge", "explained_deviance"] > 0
    assert judged.predictions["fold"].max() == 3
    with pytest.raises(InputError, match="name of a baseline"):
        su.evaluate({"past average": mine}, data, ablate=False)
    with pytest.raises(InputError, match="There is no ablation: evaluate"):
        _ = judged.ablation
    with pytest.raises(InputError, match="cv is"):
        su.evaluate(su.InfluenceModel(), data, cv=3)


def test_what_was_never_predicted_is_said_and_not_drawn(tmp_path: Path) -> None:
    tables = brand(people=12, campaigns=8)
    at_once = tables["campaigns"].assign(starts_at="2024-01-01", ends_at="2024-02-01")
    nothing = su.evaluate(su.InfluenceModel(), su.Dataset(**tables | {"campaigns": at_once}), ablate=False)
    assert "There are too few outcomes to judge" in nothing.to_html(tmp_path / "e.html").read_text()
    for draw in (
        nothing.plot.stability,
        nothing.plot.importance,
        lambda: nothing.plot.dependence("offer__fee"),
    ):
        with pytest.raises(InputError, match="too few outcomes to judge"):
            draw()


@su.feature("conversion", unit="campaigns", days=[60], fill=0)
def lately(past, days):
    """How many campaigns of the last days."""
    return count(past)


def test_an_evaluation_and_features_of_ones_own_survive_pickling(
    evaluation: su.Evaluation, data: su.Dataset
) -> None:
    again = pickle.loads(pickle.dumps(evaluation))  # noqa: S301
    pd.testing.assert_frame_equal(again.metrics, evaluation.metrics)
    for one in (lately, extra("offer_bounty"), *su.FEATURES):
        assert repr(pickle.loads(pickle.dumps(one))) == repr(one)  # noqa: S301
    mine = su.Dataset(**brand(people=8, campaigns=12), features=[lately])
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(mine)).features(), mine.features())  # noqa: S301
    assert "conversion__lately__60d" in mine.features()
