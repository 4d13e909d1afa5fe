"""What `import suasion` gives: a Dataset, a model that is an ordinary estimator, features of one's own, MLflow."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shap
from sklearn.base import clone
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_validate

import suasion as su
from suasion.features.errors import ConflictError, InputError
from suasion.serving.scoring.frame import FeatureRows

from .brands import brand, data

__all__ = ["data"]

mpl.use("Agg")


@pytest.fixture(scope="module")
def model(data: su.Dataset) -> su.InfluenceModel:
    return su.InfluenceModel().fit(data)


# -- importing -------------------------------------------------------------------------------------------------------------------


def test_importing_costs_nothing_and_lists_what_there_is() -> None:
    code = "import sys, suasion; print(*dir(suasion)); print(*(m for m in sys.modules if m.split('.')[0] in {'numpy', 'pandas', 'sklearn', 'duckdb'}))"
    names, heavy = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split("\n")[:2]
    assert {"Dataset", "InfluenceModel", "ForwardSplit", "evaluate", "feature", "load"} <= set(names.split())
    assert heavy == ""
    assert all(getattr(su, name) is not None for name in dir(su))
    with pytest.raises(AttributeError, match="no attribute 'Model'; it has FEATURES, Dataset"):
        _ = su.Model


# -- an ordinary estimator -------------------------------------------------------------------------------------------------------


def test_scikit_learns_tools_work_on_it(data: su.Dataset) -> None:
    X, y, _ = data.training_frame()
    model = su.InfluenceModel(kind="linear", alpha=0.1)
    cv = su.ForwardSplit(3)
    judged = cross_validate(model, X, y, cv=cv)
    assert (judged["test_score"] > 0.1).all()
    search = GridSearchCV(model, {"alpha": [0.1, 1000.0]}, cv=cv).fit(X, y)
    assert search.best_params_ == {"alpha": 0.1}
    fitted = clone(model).fit(X, y)
    assert fitted.get_params() == model.get_params()
    drop = permutation_importance(fitted, X, y, n_repeats=2, random_state=0)["importances_mean"]
    assert X.columns[np.argmax(drop)] in (
        "offer__exposure",
        "conversion__shrunk_rate",
        "conversion__surprise",
        "conversion__best_rate",
    )
    assert repr(model) == "InfluenceModel(alpha=0.1, kind='linear')"


def test_exposure_is_routed_to_fit_predict_and_score(data: su.Dataset) -> None:
    import sklearn

    X, y, meta = data.training_frame()
    bare, exposure = X.drop(columns="offer__exposure"), meta["exposure"].to_numpy()
    model = su.InfluenceModel(kind="linear", alpha=0.1)
    with sklearn.config_context(enable_metadata_routing=True):
        judged = cross_validate(model, bare, y, cv=su.ForwardSplit(3), params={"exposure": exposure})
    assert (judged["test_score"] > 0.1).all()
    fitted = model.fit(bare, y, exposure)
    assert fitted.predict(bare, 2 * exposure) == pytest.approx(2 * fitted.predict(bare, exposure))
    assert fitted.score(bare, y, exposure) > 0.1
    with pytest.raises(ValueError, match="exposure was given to fit, and is needed here as well"):
        fitted.predict(bare)
    with pytest.raises(ValueError, match="exposure must be"):
        fitted.predict(bare, exposure * 0)


def test_columns_go_by_name_and_one_that_lacks_is_named(data: su.Dataset) -> None:
    X, y, _ = data.training_frame()
    fitted = su.InfluenceModel(kind="linear", alpha=0.1).fit(X, y)
    again = fitted.predict(X[X.columns[::-1]].assign(another=1.0))
    assert np.array_equal(again, fitted.predict(X))
    with pytest.raises(ValueError, match=r"X lacks offer__fee, which the model was fitted on"):
        fitted.predict(X.drop(columns="offer__fee"))
    with pytest.raises(ValueError, match="Negative values in y"):
        su.InfluenceModel().fit(X, -y)
    with pytest.raises(ValueError, match="requires y to be passed"):
        su.InfluenceModel().fit(X)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"kind": "forest"}, "kind is 'forest'; it can be blend, trees, linear"),
        ({"alpha": -1}, "alpha is -1"),
        ({"coverage": 90}, "coverage is 90"),
        ({"lightgbm": {"leaves": 3}}, "lightgbm names leaves; it can name"),
        ({"embedder": "bert"}, "embedder is 'bert'; it can be 'lsa'"),
        ({"monotonic": "no"}, "monotonic is 'no'; it can be True or False"),
        ({"interactions": 1}, "interactions is 1; it can be True or False"),
        ({"alpha": "x"}, "alpha is 'x'; it can be a number above 0"),
        ({"coverage": "90 %"}, "coverage is '90 %'; it can be a share"),
        ({"lightgbm": "x"}, "lightgbm is 'x'; it can be a dict"),
        ({"random_state": -1}, "random_state is -1; it can be a whole number from 0"),
        ({"random_state": "x"}, "random_state is 'x'; it can be a whole number from 0"),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(data: su.Dataset, parameters: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        su.InfluenceModel(**parameters).fit(data)


# -- on a Dataset ----------------------------------------------------------------------------------------------------------------


def test_scores_are_a_frame_best_first_and_their_parts_multiply(
    data: su.Dataset, model: su.InfluenceModel
) -> None:
    scores = model.predict(data, campaign="c29")
    assert scores["expected_conversions"].is_monotonic_decreasing
    groups = ["offer", *su.feature_info()["characteristic"].unique()]
    product = scores["base"] * scores["exposure"] * scores[list(dict.fromkeys(groups))].prod(axis=1)
    assert product.to_numpy() == pytest.approx(scores["expected_conversions"].to_numpy())
    assert scores.attrs["notes"]
    assert model.predict(scores.attrs["X"]) == pytest.approx(scores["expected_conversions"].to_numpy())
    assert len(pd.concat([scores.head(2), scores.head(3)])) == 5, "attrs are no hindrance to pandas"
    both = model.predict(data, campaign=["c28", "c29"])
    assert set(both["campaign_id"]) == {"c28", "c29"}
    pd.testing.assert_frame_equal(both[both["campaign_id"] == "c29"].reset_index(drop=True), scores)


def test_several_briefs_are_told_apart_with_their_own_features(
    data: su.Dataset, model: su.InfluenceModel
) -> None:
    offers = [model.predict(data, brief="tea"), model.predict(data, brief=["tea", "tea"])]
    one, both = offers
    assert set(one["campaign_id"]) == {"brief"}
    assert both["campaign_id"].value_counts().to_dict() == {"brief 1": len(one), "brief 2": len(one)}
    assert model.predict(both.attrs["X"]) == pytest.approx(both["expected_conversions"].to_numpy())
    assert len(model.explain(both)) == len(both)


def test_shap_values_add_up_and_have_names_people_can_read(
    data: su.Dataset, model: su.InfluenceModel
) -> None:
    scores = model.predict(data, campaign="c29")
    some = scores.iloc[[4, 0]]
    for by, first in (("feature", "offer: exposure"), ("characteristic", "offer")):
        shown = model.explain(some, by=by)
        assert isinstance(shown, shap.Explanation)
        assert shown.feature_names[0] == first
        log_rate = np.log(some["expected_conversions"] / some["exposure"])
        assert shown.base_values + shown.values.sum(axis=1) == pytest.approx(log_rate.to_numpy())
        shap.plots.waterfall(shown[0], show=False)
    with pytest.raises(InputError, match="have lost their features"):
        model.explain(pd.DataFrame(some.to_dict("list")))
    with pytest.raises(InputError, match="X is a list"):
        model.explain([1])


def test_draws_are_outcomes_as_the_intervals_say_and_those_of_a_campaign_move_together(
    data: su.Dataset, model: su.InfluenceModel
) -> None:
    scores = model.predict(data, campaign=["c29", "c28"])
    made = model.draws(scores, n_draws=2000)
    assert made.shape == (len(scores), 2000)
    assert made.index.equals(scores.index)
    assert (made >= 0).to_numpy().all()
    assert np.array_equal(made, made.round())
    assert made.mean(axis=1).to_numpy() == pytest.approx(
        scores["expected_conversions"].to_numpy(), rel=0.1, abs=0.2
    )
    for share, edge in ((0.05, "low"), (0.95, "high")):
        ends = np.quantile(made, share, axis=1, method="inverted_cdf")
        assert np.abs(ends - scores[edge]).max() <= 1.0
    assert np.array_equal(made, model.draws(scores, n_draws=2000))
    assert not np.array_equal(made, model.draws(scores, n_draws=2000, random_state=1))
    one, other = (made[scores["campaign_id"] == name].sum() for name in ("c29", "c28"))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1, "what one campaign shares another does not"
    with pytest.raises(InputError, match="n_draws is 0; it can be a whole number from 1"):
        model.draws(scores, n_draws=0)
    with pytest.raises(InputError, match="draws are of scores"):
        model.draws(scores.attrs["X"].drop(columns="offer__exposure"))


def test_what_if_says_when_it_is_clipped(data: su.Dataset, model: su.InfluenceModel) -> None:
    scores = model.predict(data, campaign="c29").head(3)
    same = model.what_if(scores, offer__fee=400.0)
    assert (same["clipped"] == "").all()
    assert same["before"].to_numpy() == pytest.approx(scores["expected_conversions"].to_numpy())
    more = model.what_if(scores, offer__exposure=2.0)
    assert (more["ratio"] == more["after"] / more["before"]).all()
    far = model.what_if(scores, offer__fee=1e9)
    assert far["clipped"].str.match(r"offer__fee 1e\+09 to \d+").all()
    with pytest.raises(InputError, match=r"offer__fees is no feature.*Did you mean offer__fee"):
        model.what_if(scores, offer__fees=1.0)


def test_a_model_is_saved_loaded_pickled_and_cloned_the_same(
    data: su.Dataset, model: su.InfluenceModel, tmp_path: Path
) -> None:
    scores = model.predict(data, campaign="c29")
    again = su.load(model.save(tmp_path / "mine"))
    pd.testing.assert_frame_equal(again.predict(data, campaign="c29"), scores)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(model)).predict(data, campaign="c29"), scores)  # noqa: S301
    assert clone(model).get_params() == model.get_params()
    X, y, _ = data.training_frame()
    of_rows = su.InfluenceModel(kind="linear", alpha=1.0).fit(X, y)
    with pytest.raises(InputError, match="fitted on rows"):
        of_rows.save(tmp_path / "rows")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "Give either campaign="),
        ({"campaign": "c29", "brief": "tea"}, "Give either campaign="),
        ({"campaign": "nope"}, "nope"),
        ({"campaign": []}, "is empty"),
        ({"brief": "tea", "as_of": "soon"}, "as_of is 'soon'"),
        ({"brief": "tea", "offer": {"fees": 1}}, "fees"),
        ({"campaign": "c29", "category": "tea"}, "category describes a new brief"),
        ({"brief": "tea", "days": 0}, "The campaign lasts 0 days"),
        ({"brief": 3}, "brief is 3; it can be a text, or a list of texts"),
        ({"brief": b"tea"}, "brief is 116; it can be a text"),
        ({"brief": ["tea", None]}, "brief is None; it can be a text"),
        ({"campaign": pd.Series(["c29", 3])}, "campaign is 3; it can be a text"),
        ({"brief": "tea", "brand": 3}, "brand is 3; it can be a text"),
        ({"brief": "tea", "budget": "3"}, "budget is '3'; it can be a number"),
        ({"brief": "tea", "budget": float("nan")}, "budget is nan; it can be a finite number"),
        ({"brief": "tea", "days": True}, "days is True; it can be a number"),
        ({"brief": "tea", "offer": "fee=3"}, "offer is 'fee=3'; it can be a dict"),
        ({"brief": "tea", "offer": {"fee": "x"}}, r"offer\['fee'\] is 'x'; it can be a number"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    data: su.Dataset, model: su.InfluenceModel, options: Any, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        model.predict(data, **options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"budget": "1500"}, "budget is '1500'; it can be a number"),
        ({"budget": 1500, "must": 3}, "must is 3; it can be a text, or a list of texts"),
        ({"budget": 1500, "explore": 1.5}, "explore is 1.5; it can be a whole number"),
        ({"budget": 1500, "must": "pp"}, "'pp' is not among the"),
    ],
)
def test_a_plan_of_other_types_is_refused_by_name(
    data: su.Dataset, model: su.InfluenceModel, options: Any, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        model.plan(data, campaign="c29", **options)


def test_a_text_is_a_list_of_one_and_numbers_come_in_types_of_numpy(
    data: su.Dataset, model: su.InfluenceModel
) -> None:
    who = str(model.predict(data, campaign="c29")["influencer_id"].iloc[-1])
    fee = {"fee": np.int64(100)}
    one = model.plan(data, campaign="c29", budget=np.float32(1500), must=who, min_new=np.int64(0), offer=fee)
    assert who in set(one.asked["influencer_id"])
    assert str(one) == str(model.plan(data, campaign="c29", budget=1500.0, must=[who], offer={"fee": 100.0}))


def test_why_a_score_changed_is_told_in_python_as_everywhere(
    data: su.Dataset, model: su.InfluenceModel
) -> None:
    whole: dict[str, Any] = {"campaign": "c29", "as_of": "2024-01-01", "to_as_of": "2024-03-01"}
    change = model.change(data, "p39", **whole)
    table = change.table
    assert table["ratio"].prod() == pytest.approx(change.ratio)
    assert (table["data"] * table["model"]).to_numpy() == pytest.approx(table["ratio"].to_numpy())
    before, after = (
        model.predict(data, campaign="c29", as_of=moment, offer=dict(change.assumed)).set_index(
            "influencer_id"
        )
        for moment in ("2024-01-01", "2024-03-01")
    )
    expected = (before["expected_conversions"]["p39"], after["expected_conversions"]["p39"])
    assert change.expected == pytest.approx(expected)
    other = su.InfluenceModel(kind="linear", alpha=30.0).fit(data)
    both = model.change(data, "p39", campaign="c29", to_model=other)
    assert (both.table["data"] == 1.0).all()
    assert both.table["ratio"].prod() == pytest.approx(both.ratio)
    with pytest.raises(ConflictError, match="give two dates or two models"):
        model.change(data, "p39", campaign="c29")


def test_what_comes_back_is_shown_in_a_few_lines(data: su.Dataset, model: su.InfluenceModel) -> None:
    results = [
        model.plan(data, campaign="c29", budget=1500.0),
        model.change(data, "p39", campaign="c29", as_of="2024-01-01", to_as_of="2024-03-01"),
        su.FEATURES[0],
        su.ForwardSplit(3),
        data,
        model,
    ]
    for result in results:
        lines = repr(result).splitlines()
        assert len(lines) <= 25, result
        assert repr(result).startswith(type(result).__name__) or type(result).__name__ == "Plan"
        if len(lines) > 1:
            assert "<" in result._repr_html_()


def test_a_path_where_data_is_wanted_is_told_from_it(data: su.Dataset, model: su.InfluenceModel) -> None:
    for wrong in (
        lambda: su.InfluenceModel().fit("mydata"),
        lambda: model.predict("mydata", brief="tea"),
        lambda: model.plan("mydata", brief="tea", budget=3.0),
        lambda: su.monitor(model, "mydata"),
    ):
        with pytest.raises(InputError, match=r"it can be a Dataset, such as su\.Dataset\("):
            wrong()
    with pytest.raises(InputError, match="model is 'm'; it can be an InfluenceModel"):
        su.monitor("m", data)
    with pytest.raises(InputError, match="offer__fee is 'x'; it can be a number"):
        model.what_if(model.predict(data, campaign="c29"), offer__fee="x")


def test_later_outcomes_do_not_change_what_was_fitted_until_then(data: su.Dataset) -> None:
    tables = brand()
    until = "2023-12-01"
    early = tables["campaigns"]["ends_at"] < pd.Timestamp("2023-10-15")
    kept = tables["outcomes"]["campaign_id"].isin(tables["campaigns"]["campaign_id"][early])
    changed = tables["outcomes"].assign(conversions=tables["outcomes"]["conversions"].where(kept, 999))
    options: dict[str, Any] = {"kind": "linear", "alpha": 1.0}
    one = su.InfluenceModel(**options).fit(
        su.Dataset(campaigns=tables["campaigns"], outcomes=tables["outcomes"][kept])
    )
    other = su.InfluenceModel(**options).fit(
        su.Dataset(campaigns=tables["campaigns"], outcomes=changed), until="2023-10-20"
    )
    X = data.features(until=until)
    assert other.predict(X) == pytest.approx(one.predict(X))


def test_rows_behind_scores_are_passed_on_and_not_copied() -> None:
    from copy import deepcopy

    rows = FeatureRows({"a": [1.0]})
    assert deepcopy(rows) is rows
    assert rows == rows
    assert (rows == FeatureRows({"a": [1.0]})) is False
    assert not isinstance(rows[["a"]], FeatureRows)


# -- MLflow ----------------------------------------------------------------------------------------------------------------------


def test_a_model_is_logged_to_the_users_run_and_loaded_by_address(
    data: su.Dataset, model: su.InfluenceModel, tmp_path: Path
) -> None:
    import mlflow

    scores = model.predict(data, campaign="c29")
    uri = f"sqlite:///{tmp_path / 'mine.db'}"
    mlflow.set_tracking_uri(uri)
    mlflow.create_experiment("mine", artifact_location=(tmp_path / "artifacts").as_uri())
    mlflow.set_experiment("mine")
    with mlflow.start_run() as run, mlflow.start_run(nested=True) as inner:
        logged = model.log("model", registered_model_name="mine")
        assert mlflow.active_run().info.run_id == inner.info.run_id
    assert mlflow.active_run() is None
    assert mlflow.get_tracking_uri() == uri
    assert mlflow.get_run(inner.info.run_id).data.tags["mlflow.parentRunId"] == run.info.run_id
    mlflow.MlflowClient().set_registered_model_alias("mine", "champion", "1")
    addresses = [
        "models:/mine@champion",
        "models:/mine/1",
        f"runs:/{inner.info.run_id}/model",
        logged.model_uri,
    ]
    for address in addresses:
        pd.testing.assert_frame_equal(su.load(address).predict(data, campaign="c29"), scores)
    served = mlflow.pyfunc.load_model("models:/mine/1")
    rows = scores.attrs["X"].assign(exposure=scores["exposure"].to_numpy())
    predicted = served.predict(rows)["expected_conversions"].to_numpy()
    assert predicted == pytest.approx(scores["expected_conversions"].to_numpy())
    assert served.metadata.get_input_schema() is not None
    assert served.metadata.saved_input_example_info is not None
    place = mlflow.artifacts.download_artifacts(artifact_uri="models:/mine/1", dst_path=str(tmp_path))
    needs = (Path(place) / "requirements.txt").read_text()
    assert "lightgbm==" in needs
    assert "suasion" not in needs, "its code is logged beside the model"
    alone = "import sys; sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]; "
    alone += "from suasion.training.tracking import pyfunc; print(pyfunc.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", alone], cwd=Path(place) / "code", capture_output=True, text=True, check=True
    )
    assert str(tmp_path) in said.stdout, "where suasion is not installed, its code beside the model does"
    with pytest.raises(InputError, match="MLflow finds no model at models:/other/1"):
        su.load("models:/other/1")
