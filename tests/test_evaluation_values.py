"""An evaluation by hand: what its tables say of made-up predictions, what is drawn, and what is passed on to those who judge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from suasion.features.engine.matrix import all_features
from suasion.features.errors import InputError
from suasion.training.dataset import Dataset, frame_of
from suasion.training.estimators.fit import Chosen, Settings, poisson_deviance
from suasion.training.evaluation import evaluation as module
from suasion.training.evaluation.evaluate import SUASION, Forward
from suasion.training.evaluation.evaluation import Evaluation, _predictions, evaluate
from suasion.training.evaluation.split import Fold, ForwardSplit
from suasion.training.examples import Examples

from . import made

NAN = float("nan")
TIMES = pd.date_range("2024-01-01", periods=8)
COLUMNS = ("momentum__followers", "frequency__posts_per_week__365d")
FEATURES = tuple(next(f for f in all_features() if f.column == column) for column in COLUMNS)
NET = np.arange(8.0)
EXPECTED = np.array([NAN, NAN, 1.0, 2.0, 4.0, 4.0, 8.0, 8.0])
RATE = np.array([NAN, NAN, 1.0, 1.0, 2.0, 4.0, 2.0, 4.0])
LOW = np.array([NAN] * 4 + [4.0, 6.0, 0.0, 0.0])
HIGH = np.array([NAN] * 4 + [9.0, 9.0, 6.0, 6.0])


def examples() -> Examples:
    """Two outcomes a campaign, of p and of q, a day apart and known after five."""
    table = pd.DataFrame(
        {
            "campaign_id": [*"aabbccdd"], "influencer_id": ["p", "q"] * 4, "as_of": TIMES, "known_at": TIMES + pd.Timedelta(days=5),
            "exposure": [1.0, 2.0] * 4, "net": NET, "brand": ["x"] * 5 + [None, "y", "y"],
            COLUMNS[0]: [0, 1, 3, 7, 0, 0, 1, NAN], COLUMNS[1]: [1.0, 2, 3, 4, 1, 3, 7, 15],
        }
    )  # fmt: skip
    return Examples(table, FEATURES)


def forward() -> Forward:
    """Two folds: the first only calibrates, the second is judged. In the second the posts count for twice as much."""
    folds = (
        Fold(np.arange(2), np.arange(2, 4), TIMES[2].to_datetime64()),
        Fold(np.arange(3), np.arange(4, 8), TIMES[4].to_datetime64()),
    )
    first, second = (
        made.bundle({made.record(COLUMNS[0]): 0.5, made.record(COLUMNS[1]): slope}).parts for slope in (1.0, 2.0)
    )  # fmt: skip
    other = np.array([NAN] * 4 + [1.0, 2.0, 3.0, 4.0])
    return Forward(
        {SUASION: EXPECTED, "activity": other}, RATE, np.arange(8) > 3, np.ones(8), folds, (Chosen(0, 0.1),) * 2,
        (first, second), LOW, HIGH,
    )  # fmt: skip


def evaluation(**told: Any) -> Evaluation:
    return Evaluation(made.evaluated(**told), examples(), forward())


def test_metrics_come_best_first_and_then_what_they_are_measured_by() -> None:
    worst = {"explained_deviance": -0.1, "explained_deviance_90": [], "spearman": None, "ndcg": None, "captured": None, "captured_90": [], "predicted_by_actual": 2.0}  # fmt: skip
    table = evaluation(all_=made.figures(models={"worst": worst})).metrics
    assert table.index.tolist() == ["suasion", "past average", "worst", "random", "perfect"]
    assert table.index.name == "model"
    own = table.loc["suasion"].to_dict()
    assert own == {
        "explained_deviance": 0.4, "explained_deviance_low": 0.35, "explained_deviance_high": 0.45, "captured": 0.5, "captured_low": 0.45,
        "captured_high": 0.55, "spearman": 0.31, "ndcg": 0.82, "calibration_ratio": 1.02, "n_rows": 200, "n_campaigns": 30,
    }  # fmt: skip
    assert table.loc["worst"].isna().sum() == 7
    assert table["captured"].tolist()[-2:] == [0.2, 0.6]
    assert table.loc[["random", "perfect"]].isna().sum(axis=1).tolist() == [8, 8]


def test_predictions_are_those_that_were_made_with_the_fold_and_suasions_interval() -> None:
    rows = evaluation().predictions
    assert rows.columns.tolist() == [
        "campaign_id", "influencer_id", "decided_at", "known_at", "fold", "judged", "model", "exposure", "expected", "low", "high", "actual"
    ]  # fmt: skip
    assert rows["model"].tolist() == [SUASION] * 6 + ["activity"] * 4
    own, other = rows[:6], rows[6:]
    assert own["fold"].tolist() == [1, 1, 2, 2, 2, 2]
    assert own["judged"].tolist() == [False] * 2 + [True] * 4
    assert own["expected"].tolist() == EXPECTED[2:].tolist()
    assert own["actual"].tolist() == NET[2:].tolist()
    assert own["exposure"].tolist() == [1, 2] * 3
    assert (own["decided_at"].tolist(), own["known_at"].tolist()) == (TIMES[2:].tolist(), (TIMES[2:] + pd.Timedelta(days=5)).tolist())  # fmt: skip
    np.testing.assert_array_equal(own[["low", "high"]], np.column_stack([LOW, HIGH])[2:])
    assert other["campaign_id"].tolist() == [*"ccdd"]
    assert other[["low", "high"]].isna().all(axis=None)


def explained(rows: list[int]) -> float:
    deviance, null = (poisson_deviance(NET[rows], one[rows]).sum() for one in (EXPECTED, RATE))
    return float(1 - deviance / null)


def test_groups_by_hand() -> None:
    """Judged are the last four: 4 and 5 of campaign c, 6 and 7 of d; the interval holds 4 and 6, at its edges."""
    told = evaluation()
    table = told.by_group("campaign_id")
    assert (table.index.tolist(), table.index.name) == (["c", "d"], "campaign_id")
    assert table.loc["c"].to_dict() == {
        "rows": 2, "campaigns": 1, "expected": 8, "actual": 9, "ratio": 9 / 8, "explained_deviance": pytest.approx(explained([4, 5])), "coverage": 0.5
    }  # fmt: skip
    assert table.loc["d", ["ratio", "coverage"]].tolist() == [13 / 16, 0.5]
    assert table.loc["d", "explained_deviance"] == pytest.approx(explained([6, 7]))
    people = told.by_group("influencer_id")
    assert people["campaigns"].tolist() == [2, 2]
    assert people.index.tolist() == ["p", "q"]
    assert told.by_group("fold").index.tolist() == [2]
    brands = told.by_group("brand")
    assert brands["actual"].to_dict() == {"x": 4, "y": 13, "missing": 5}
    other = told.by_group("fold", model="activity")
    assert (other["expected"].tolist(), other["ratio"].tolist()) == ([10], [2.2])
    assert other["coverage"].isna().all(), "the interval is suasion's"


def test_many_numbers_are_cut_at_quantiles_and_few_are_not() -> None:
    told = evaluation()
    few = told.by_group(COLUMNS[0])
    assert few["actual"].to_dict() == {0.0: 9, 1.0: 6, "missing": 7}, "two numbers and a gap"
    as_many = told.by_group(COLUMNS[1], bins=4)
    assert as_many.index.tolist() == [1, 3, 7, 15], "as many as bins: nothing to cut"
    halves = told.by_group(COLUMNS[1], bins=2)
    assert halves["actual"].tolist() == [9, 13]
    assert [(bin_.left, bin_.right) for bin_ in halves.index] == [(0.999, 5), (5, 15)]
    x = [9.0, 9.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0]
    tied = Evaluation(
        made.evaluated(),
        Examples(examples().table.assign(x=x), FEATURES),
        replace(forward(), judged=np.arange(8) > 1),
    )
    assert tied.by_group("x", bins=2)["rows"].tolist() == [6], "half of them are 0: one group"


def test_a_group_in_which_the_null_is_right_explains_nothing() -> None:
    told = evaluation()
    told.forward.rate[:] = NET
    assert told.by_group("fold")["explained_deviance"].isna().all()


def test_what_is_not_there_is_said_with_what_is() -> None:
    told = evaluation()
    with pytest.raises(InputError, match=r"no model 'trees'; models are suasion, activity\."):
        told.by_group("fold", model="trees")
    with pytest.raises(
        InputError,
        match=r"no column 'momentum__follower'; it can be campaign_id, .* Did you mean momentum__followers\?",
    ):
        told.by_group("momentum__follower")
    with pytest.raises(InputError, match=r"no column 'zzz'; it can be .* the column of a feature\.$"):
        told.by_group("zzz")
    with pytest.raises(InputError, match=r"There is no feature 'zzz'\.$"):
        told.plot.dependence("zzz")
    for name in ("ablation", "learning_curve"):
        with pytest.raises(InputError, match=rf"There is no {name}: evaluate\(…, ablate=True\) works it out"):
            getattr(told, name)
    quiet = evaluation(judged={}, verdict="Nothing came.")
    with pytest.raises(InputError, match=r"^Nothing came\.$"):
        _ = quiet.metrics
    assert repr(quiet) == "Evaluation: Nothing came."
    assert quiet._repr_html_() == "<p>Nothing came.</p>"


def test_what_each_adds_and_the_curve_are_tables() -> None:
    adds = made.added(offer=(0.1, 0.0, 0.2), momentum=(0.3, 0.2, 0.4))
    adds["table"] = {"posts": {"adds": 0.5, "adds_90": [0.4, 0.6], "features": 7}}
    points = [{"outcomes": n, "explained_deviance": n / 100, "past_average": 0.0} for n in (50, 80)]  # fmt: skip
    told = evaluation(ablation=adds, learning_curve=points, agreement={"momentum": 0.25})
    table = told.ablation
    assert (table.index.tolist(), table.index.names) == (
        [("characteristic", "offer"), ("characteristic", "momentum"), ("table", "posts")],
        ["kind", "name"],
    )
    assert table.iloc[0, :4].to_dict() == {"adds": 0.1, "adds_low": 0.0, "adds_high": 0.2, "features": 3}
    assert table.iloc[2, 1:3].tolist() == [0.4, 0.6]
    np.testing.assert_array_equal(table["agreement"], [np.nan, 0.25, np.nan])
    assert told.learning_curve["explained_deviance"].to_dict() == {50: 0.5, 80: 0.8}


def test_importance_is_the_mean_size_of_what_a_feature_adds_in_each_fold() -> None:
    """log(1 + x): of followers 3 and 7, half of log 4 and log 8; of posts 3 and 4, log 4 and log 5; then twice as much of them."""
    told = evaluation()
    two, folds = np.log(2), told.importance_by_fold
    assert (folds.index.tolist(), folds.columns.tolist(), folds.index.name) == ([*COLUMNS], [1, 2], "feature")
    np.testing.assert_allclose(folds[1], [0.5 * 2.5 * two, (np.log(4) + np.log(5)) / 2])
    np.testing.assert_allclose(folds[2], [0.5 * two / 4, 2 * (1 + 2 + 3 + 4) * two / 4])
    table = told.importance
    assert table.index.tolist() == [COLUMNS[1], COLUMNS[0]]
    assert table["characteristic"].tolist() == ["frequency", "momentum"]
    for name in ("mean", "min", "max"):
        column = {"mean": "mean", "min": "lowest", "max": "highest"}[name]
        np.testing.assert_allclose(table[column], getattr(folds, name)(axis=1)[table.index])


def test_it_is_read_in_a_few_lines() -> None:
    others = {
        f"m{k}": made.figures()["models"]["past average"] | {"explained_deviance": k / 100} for k in range(4)
    }
    told = evaluation(all_=made.figures(models=others), verdict="Good & cheap.")
    assert repr(told) == "Evaluation: explained deviance suasion 0.400, past average 0.300, m3 0.030, m2 0.020\nGood & cheap."  # fmt: skip
    page = told._repr_html_()
    assert page.startswith("<p>Good &amp; cheap.</p><table")
    assert "<td>0.400</td>" in page
    assert "NaN" not in page
    assert (told.beats, evaluation(beats_baselines=False).beats) == (True, False)


# -- drawn ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Put a record in the place of every plot."""
    record: list[tuple[Any, ...]] = []
    names = ("models", "calibration", "ablation", "learning_curve", "importance", "stability", "dependence", "residuals")  # fmt: skip
    for name in names:

        def plot(*data: Any, called: str = name, **options: Any) -> Any:
            record.append((called, data, options))
            figure = SimpleNamespace(
                savefig=lambda buffer, format: buffer.write(f"{called}.{format}".encode())
            )
            return SimpleNamespace(get_figure=lambda root: figure)

        plot.__name__ = name
        monkeypatch.setattr(module.plots, name, plot)
    return record


def test_each_plot_is_of_its_own_figures(drawn: list[tuple[Any, ...]]) -> None:
    import matplotlib.pyplot as plt

    adds, points = made.added(offer=(0.1, 0.0, 0.2)), [{"outcomes": 50}]
    told = evaluation(ablation=adds, learning_curve=points)
    ax: Any = object()
    for name in ("models", "calibration", "ablation", "learning_curve", "residuals"):
        getattr(told.plot, name)(ax)
    told.plot.importance(ax, top=3)
    told.plot.stability(ax, top=4)
    told.plot.dependence(COLUMNS[1], ax)
    told.plot.importance()
    told.plot.stability()
    assert all(options["new"] is plt.figure for _, _, options in drawn)
    assert [options["ax"] for _, _, options in drawn] == [ax] * 8 + [None] * 2
    by_name = {name: (data, options.get("top")) for name, data, options in drawn[:8]}
    assert by_name["models"][0] == by_name["calibration"][0] == (told.figures_all,)
    assert (by_name["ablation"][0], by_name["learning_curve"][0]) == ((adds,), (points,))
    assert (by_name["importance"][1], by_name["stability"][1]) == (3, 4)
    assert [options["top"] for _, _, options in drawn[8:]] == [15, 15]
    (rows,) = by_name["residuals"][0]
    assert (set(rows["model"]), len(rows)) == ({SUASION}, 6)
    values, effects, name = by_name["dependence"][0]
    assert (values.tolist(), name) == ([1, 3, 7, 15], COLUMNS[1]), "of the last fold"
    np.testing.assert_allclose(effects, 2 * np.log1p(values))


def test_a_page_holds_what_there_is(drawn: list[tuple[Any, ...]], tmp_path: Path) -> None:
    import base64

    full = evaluation(ablation=made.added(offer=(0.1, 0.0, 0.2)), learning_curve=[{"outcomes": 50}])
    page = full.to_html(tmp_path / "e.html")
    assert page == tmp_path / "e.html"
    text = page.read_text()
    names = ["models", "calibration", "ablation", "learning_curve", "importance", "stability"]
    assert [part.partition('"')[0] for part in text.split('alt="')[1:]] == names
    assert base64.b64encode(b"models.png").decode() in text
    assert text.startswith('<!doctype html><html lang="en"><meta charset="utf-8">')
    assert full._repr_html_() in text
    del drawn[:]
    evaluation(judged={}, verdict="Nothing came.").to_html(tmp_path / "e.html")
    assert [name for name, _, _ in drawn] == ["importance", "stability"]


# -- judged -----------------------------------------------------------------------------------------------------------


class Mine(BaseEstimator):
    """Predicts the first y that it was shown, less 2."""

    def fit(self, X: Any, y: Any) -> Mine:
        self.first_, self.n_ = y.iloc[0], len(X)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.first_ + self.n_ - 3.0)


class Weighed(BaseEstimator):
    """Predicts the sum of exposures it was fitted with, times that of each row."""

    def fit(self, X: Any, y: Any, exposure: Any = None) -> Weighed:
        self.sum_ = exposure.sum()
        return self

    def predict(self, X: Any, exposure: Any = None) -> Any:
        return self.sum_ * exposure


def test_estimators_of_ones_own_are_fitted_anew_on_each_fold() -> None:
    """Two rows train the first fold, three the second; what is 0 or less is next to nothing."""
    mine = Mine()
    told = _predictions(mine, examples(), forward())
    np.testing.assert_allclose(told, [NAN, NAN, 1e-9, 1e-9, 1e-9, 1e-9, 1e-9, 1e-9], rtol=1e-6)
    late = Examples(examples().table.assign(net=NET + 2), FEATURES)
    np.testing.assert_allclose(_predictions(mine, late, forward()), [NAN, NAN, 1, 1, 2, 2, 2, 2])
    assert not hasattr(mine, "first_"), "it is left as it is"
    np.testing.assert_allclose(_predictions(Weighed(), examples(), forward()), [NAN, NAN, 3, 6, 4, 8, 4, 8])
    X, y, meta = frame_of(examples())
    assert X.columns.tolist() == [*COLUMNS]
    assert X.index.names == y.index.names == meta.index.names == ["campaign_id", "influencer_id", "as_of", "known_at"]  # fmt: skip
    assert (y.name, y.tolist()) == ("conversions", NET.tolist())
    assert meta.columns.tolist() == ["exposure", "influencer_id", "campaign_id", "decided_at", "known_at"]


class Own:
    """A model of suasion's, of which only its parameters are read."""

    space = "space"

    def settings(self) -> Settings:
        return Settings(alpha=3.0)


@pytest.mark.parametrize("ablate", [True, False])
@pytest.mark.parametrize("mapping", [True, False])
def test_what_is_asked_reaches_those_who_judge(
    ablate: bool, mapping: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    fresh = forward()

    def forwards(rows: Examples, settings: Settings, **options: Any) -> Forward:
        asked["forward"] = (settings, options)
        return fresh

    def figures(rows: Examples, of: Forward, settings: Settings, **options: Any) -> dict[str, Any]:
        asked["figures"] = (of is fresh, sorted(of.expected), settings, options)
        return made.evaluated()

    def read(**options: Any) -> Any:
        asked["examples"] = options
        return examples(), None

    monkeypatch.setattr(module, "predict_forward", forwards)
    monkeypatch.setattr(module, "evaluation_of", figures)
    data = Dataset.__new__(Dataset)
    vars(data).update(examples=read, settled=False)
    model: Any = {"own": Own(), "mine": Mine()} if mapping else Own()
    told = evaluate(model, data, cv=ForwardSplit(3, test_from=0.25), ablate=ablate)
    assert asked["examples"] == {"test_from": 0.25, "embedder": "space"}
    assert asked["forward"] == (Settings(alpha=3.0), {"variants": ablate, "test_from": 0.25, "n_splits": 3})
    names = ["activity", *(["mine"] if mapping else []), SUASION]
    assert asked["figures"] == (True, names, Settings(alpha=3.0), {"quick": not ablate})
    assert (told.forward, told.figures) == (fresh, made.evaluated())
    evaluate({"other": Mine()}, data)
    assert asked["examples"] == {"test_from": 0.5, "embedder": None}
    assert asked["forward"] == (Settings(), {"variants": True, "test_from": 0.5, "n_splits": 5})
    with pytest.raises(InputError, match="'activity' is the name of a baseline"):
        evaluate({"activity": Mine()}, data)
    with pytest.raises(InputError, match="Several of suasion's models were given"):
        evaluate({"a": Own(), "b": Own()}, data)
    for cv in (ForwardSplit(decided=[1]), ForwardSplit(known=[1]), 3):
        with pytest.raises(InputError, match="the data knows the moments"):
            evaluate(Own(), data, cv=cv)  # type: ignore[arg-type]
