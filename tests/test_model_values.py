"""The model people hold, by hand: what rows are multiplied with, what is asked and passed on, what a what-if says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import d2_tweedie_score

from suasion.features.engine.info import OTHER, characteristic_of
from suasion.features.errors import InputError
from suasion.serving import model as module
from suasion.serving.explaining.what_if import what_if
from suasion.serving.model import InfluenceModel, load, monitor
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.frame import EXPOSURE, FeatureRows, features_behind, framed
from suasion.serving.scoring.plan.limits import Limits
from suasion.training.bundle.folder import Bundle
from suasion.training.dataset import Dataset
from suasion.training.estimators.fit import Columns, Settings

from . import made

FOLLOWERS, POSTS = made.record("momentum__followers"), made.record("frequency__posts_per_week__365d")
NAN = float("nan")


def bundle() -> Bundle:
    """Two for everybody, times (1 + posts), by the root of (1 + followers); of posts 0 to 9 were seen, of followers any number."""
    followers = FOLLOWERS.model_copy(update={"low": None, "high": None})
    posts = POSTS.model_copy(update={"low": 0.0, "high": 9.0})
    own = made.bundle({followers: -0.5, posts: 1.0}, base=2.0)
    return replace(own, facts={**own.facts, "extras": []})


def model() -> InfluenceModel:
    return InfluenceModel()._take(bundle())


ROWS = pd.DataFrame({POSTS.column: [0.0, 1, 3], "else": 1.0, FOLLOWERS.column: [0.0, 3, 15]}, index=[5, 3, 9])


def test_it_becomes_what_a_bundle_holds() -> None:
    one, own = InfluenceModel(), bundle()
    with pytest.raises(Exception, match="not fitted"):
        one.predict(ROWS)
    assert one._take(own) is one
    assert (one.bundle_, one.parts_, one.evaluation_) == (own, own.parts, own.evaluation)  # fmt: skip
    assert (one.feature_names_in_.tolist(), one.n_features_in_) == ([FOLLOWERS.column, POSTS.column], 2)
    assert one.__sklearn_tags__().target_tags.positive_only
    assert one.__sklearn_tags__().input_tags.allow_nan


def test_rows_are_multiplied_with_their_exposure() -> None:
    np.testing.assert_allclose(model().predict(ROWS), [2, 2 * 2 / 2, 2 * 4 / 4])
    np.testing.assert_allclose(model().predict(ROWS, [1, 2, 4]), [2, 4, 8])
    np.testing.assert_allclose(model().predict(ROWS.assign(**{EXPOSURE: [3.0, 1, 1]})), [6, 2, 2])
    np.testing.assert_allclose(model().predict(ROWS.assign(**{EXPOSURE: 3.0}), [1, 1, 1]), [2, 2, 2])
    with pytest.raises(ValueError, match=rf"X lacks {FOLLOWERS.column}, {POSTS.column}, which"):
        model().predict(ROWS[["else"]])
    for name, value in {
        "campaign": "c",
        "brief": "b",
        "as_of": "2024-01-01",
        "offer": {},
        "budget": 0.0,
    }.items():
        with pytest.raises(InputError, match="for a Dataset; rows of features have"):
            model().predict(ROWS, **{name: value})


def test_of_columns_that_lack_three_are_named() -> None:
    wide = InfluenceModel()._take(made.bundle({made.record(f"momentum__{name}"): 0.0 for name in "abcde"}))
    for there, says in (("", "momentum__a, momentum__b, momentum__c and 2 more,"), ("ab", "momentum__c, momentum__d, momentum__e, which")):  # fmt: skip
        with pytest.raises(ValueError, match=f"X lacks {says}"):
            wide.predict(pd.DataFrame({f"momentum__{name}": [0.0] for name in there} | {"x": [0.0]}))


def test_the_score_is_that_of_rates_weighed_by_exposure() -> None:
    y, exposure = np.array([1.0, 9, 2]), np.array([1.0, 2, 4])
    told = model().score(ROWS.assign(**{POSTS.column: [0.0, 3, 3]}), y, exposure)
    rate = model().predict(ROWS.assign(**{POSTS.column: [0.0, 3, 3]}))
    assert told == pytest.approx(d2_tweedie_score(y / exposure, rate, sample_weight=exposure, power=1))
    weighed = model().score(ROWS, y, exposure, sample_weight=[1, 0, 3])
    rate = model().predict(ROWS)
    assert weighed == pytest.approx(d2_tweedie_score(y / exposure, rate, sample_weight=[1, 0, 12], power=1))


# -- fitting on rows --------------------------------------------------------------------------------------------------


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Put a record in the place of fitting."""
    record: list[Any] = []

    def fit(*told: Any) -> Any:
        record.append(told)
        return bundle().parts, None

    monkeypatch.setattr(module, "fit", fit)
    return record


def test_rows_are_fitted_in_the_order_of_their_decisions(fitted: list[Any]) -> None:
    decided = pd.to_datetime(["2024-01-03", "2024-01-01", "2024-01-01"])
    known = pd.to_datetime(["2024-01-04", "2024-01-06", "2024-01-05"])
    X = ROWS.rename(columns={"else": "momentum__z"})
    one = InfluenceModel(kind="linear", random_state=4, alpha=2.0, coverage=0.8, monotonic=False, interactions=True, lightgbm={"num_leaves": 7})  # fmt: skip
    one.fit(X, [7, 8, 9], [1, 2, 4], decided_at=decided, known_at=known)
    data, columns, settings = fitted.pop()
    np.testing.assert_array_equal(data.X, X.iloc[[1, 2, 0]])
    assert (data.y.tolist(), data.exposure.tolist()) == ([8, 9, 7], [2, 4, 1])
    assert data.decided.tolist() == [datetime(2024, 1, 1), datetime(2024, 1, 1), datetime(2024, 1, 3)]
    assert data.known.tolist() == [datetime(2024, 1, day) for day in (6, 5, 4)]
    assert columns.names == [POSTS.column, "momentum__z", FOLLOWERS.column]
    assert columns.groups == ["frequency", "momentum", "momentum"]
    assert columns.directions == [1, 0, 1]
    assert columns.elasticities == [0.0, 0.0, 0.25]
    assert columns.fades == [math.inf] * 3
    assert settings == Settings(kind="linear", random_state=4, alpha=2.0, coverage=0.8, monotonic=False, interactions=True, lightgbm={"num_leaves": 7})  # fmt: skip
    assert one.bundle_ is None
    with pytest.raises(
        InputError, match="fitted on rows, without the Dataset that a model goes by when it is logged"
    ):
        one.log()
    one.fit(X.drop(columns="momentum__z"), [7, 8, 9], [1, 2, 4])
    with pytest.raises(ValueError, match="exposure was given to fit"):
        one.predict(X)
    np.testing.assert_allclose(
        one.predict(X, [1, 2, 4]), one._exposure(X, [1, 2, 4], 3) * one.predict(X, [1] * 3)
    )
    one.fit(X.drop(columns="momentum__z"), [7, 8, 9])
    assert len(one.predict(X)) == 3


def test_rows_without_names_or_moments(fitted: list[Any]) -> None:
    one = InfluenceModel().fit(np.arange(6.0).reshape(3, 2), [1, 0, 2])
    data, columns, settings = fitted.pop()
    assert columns == Columns(["x0", "x1"], [OTHER] * 2, [0, 0], [0.0, 0.0], [math.inf] * 2)
    assert (data.exposure.tolist(), data.y.tolist(), settings) == ([1, 1, 1], [1, 0, 2], Settings())
    assert (data.decided == data.known).all()
    assert (np.diff(data.decided) > np.timedelta64(0, "us")).all(), "they count as in order"
    assert one.predict([[0, 0]]) == pytest.approx([2.0])
    gaps = np.array([[1.0, NAN], [2.0, 3.0]])
    np.testing.assert_array_equal(one.fit(gaps, np.array([1, 2], dtype=object)) and fitted.pop()[0].X, gaps)
    one.fit([[1.0], [2.0]], [1, 2])
    assert fitted.pop()[0].X.tolist() == [[1], [2]], "a list is as good as an array"
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        one.fit([[1.0, 2.0]], [1])
    with pytest.raises(ValueError, match=r"Negative values in y \(smallest -1\)"):
        one.fit(gaps, [-1, 2])
    with pytest.raises(InputError, match="until is for a Dataset"):
        one.fit(gaps, [1, 2], until="2024-01-01")


def test_what_if_a_value_were_missing() -> None:
    def predict(rows: pd.DataFrame) -> np.ndarray:
        return rows[POSTS.column].fillna(4.0).to_numpy()

    rows = pd.DataFrame({POSTS.column: [2.0]})
    seen = POSTS.model_copy(update={"low": 0.0, "high": 9.0})
    told = what_if(predict, rows, [POSTS.column], [seen], {POSTS.column: NAN})
    assert told.iloc[0].to_dict() == {"before": 2.0, "after": 4.0, "ratio": 2.0, "clipped": ""}


class Space:
    name = "own"

    def embed(self, texts: Any) -> Any:
        return texts


def test_an_embedder_has_a_name_and_embeds() -> None:
    assert InfluenceModel().space is None
    own = Space()
    assert InfluenceModel(embedder=own).space is own
    for half in (SimpleNamespace(name="a"), SimpleNamespace(embed=len)):
        with pytest.raises(InputError, match="can be 'lsa', or an object with a name and embed"):
            _ = InfluenceModel(embedder=half).space


# -- on a Dataset -----------------------------------------------------------------------------------------------------


class Data(Dataset):
    """A Dataset of nothing, opened."""

    def __init__(self) -> None:
        self.opened = SimpleNamespace(present=frozenset(), extras=(), declared=None)

    @property
    def tables(self) -> Any:
        return self.opened

    __repr__ = object.__repr__


def test_a_dataset_is_learned_from_until_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(module, "learn", lambda *told, **more: asked.append((told, more)) or (bundle(), None))
    data, space = Data(), Space()
    one = InfluenceModel(embedder=space, alpha=0.5)
    one.__dict__["_session"] = "of before"
    assert one.fit(data, until="2024-01-01T02:00+02:00") is one
    assert "_session" not in one.__dict__
    assert asked == [((data.tables, Settings(alpha=0.5)), {"space": space, "until": datetime(2024, 1, 1)})]
    InfluenceModel().fit(data)
    assert asked[1][1] == {"space": None, "until": None}
    for given in ({"y": [1]}, {"exposure": [1]}):
        with pytest.raises(InputError, match="A Dataset brings its own outcomes"):
            one.fit(data, **given)


class Session:
    """Answers every question with the same three people."""

    made = 0

    def __init__(self, tables: Any, bundle: Bundle, *, remember: bool) -> None:
        type(self).made += 1
        assert not remember
        self.bundle = bundle
        self.asked: list[Ask] = []

    def score(self, ask: Ask) -> Any:
        self.asked.append(ask)
        told = made.scored(self.bundle, {FOLLOWERS.column: [0, 3, 15], POSTS.column: [0, 5, 9]}, exposure=2.0, notes=["A note.", f"Of {ask.campaign}."])  # fmt: skip
        return replace(told, banner=("Read this with care.",), scores=told.scores.assign(campaign_id=ask.campaign or "brief"))  # fmt: skip


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> type[Session]:
    monkeypatch.setattr(module, "Session", Session)
    monkeypatch.setattr(module, "features_of", lambda tables: (FOLLOWERS, POSTS))
    Session.made = 0
    return Session


def test_a_question_is_asked_as_it_was_put(session: type[Session]) -> None:
    one, data = model(), Data()
    scores = one.predict(data, campaign=["c2", "c1"], as_of="2024-02-01", offer={"fee": 3.0}, budget=50.0)
    (_, opened) = one.__dict__["_session"]
    at = datetime(2024, 2, 1)
    assert opened.asked == [
        Ask(name, None, as_of=at, offer={"fee": 3.0}, budget=50.0) for name in ("c2", "c1")
    ]
    assert scores["campaign_id"].tolist() == ["c2"] * 3 + ["c1"] * 3
    assert scores.index.tolist() == [*range(6)]
    assert scores.attrs["notes"] == ["Read this with care.", "A note.", "Of c2.", "Of c1."]
    rows = scores.attrs["X"]
    assert isinstance(rows, FeatureRows)
    assert rows.columns.tolist() == [FOLLOWERS.column, POSTS.column, EXPOSURE]
    np.testing.assert_allclose(one.predict(rows), scores["expected_conversions"])
    with pytest.raises(InputError, match="of a Dataset it is what candidates are offered"):
        one.predict(data, exposure=[2.0], campaign="c1")
    one.predict(data, brief="tea")
    assert opened.asked[-1] == Ask(None, "tea", as_of=None, offer={}, budget=None)
    assert session.made == 1, "opened once for one Dataset"
    one.predict(Data(), campaign="c1")
    assert session.made == 2
    assert "_session" not in one.__getstate__()
    some = scores.iloc[[4, 0]]
    shown = one.explain(some)
    assert shown.feature_names == ["momentum: followers", "frequency: posts per week, in 365 days"]
    np.testing.assert_allclose(shown.base_values + shown.values.sum(axis=1), np.log(some["expected_conversions"] / 2))  # fmt: skip
    assert one.explain(some, by="characteristic").values.shape == (2, 8)


def test_a_plan_is_asked_for_as_it_was_put(session: type[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Plan:
        banner: tuple[str, ...] = ()

    answered = Session.score
    monkeypatch.setattr(Session, "score", lambda self, ask: replace(answered(self, ask), plan=Plan()))
    one, data = model(), Data()
    told = one.plan(
        data, brief="tea", budget=50.0, target=9.0, value=2.0, must=["a"], never=["b"], most_fee=8.0, at_most=3, min_new=1,
        platforms=["x"], as_of="2024-02-01T02:00+02:00", offer={"fee": 3.0}, brand="b", category="k", ends_at="2024-03-01", days=7.0,
    )  # fmt: skip
    assert told == Plan(("Read this with care.",))
    (_, opened) = one.__dict__["_session"]
    limits = Limits(("a",), ("b",), 8.0, 3, 1, ("x",))
    assert opened.asked == [
        Ask(
            None, "tea", brand="b", category="k", as_of=datetime(2024, 2, 1), offer={"fee": 3.0}, budget=50.0, target=9.0, value=2.0,
            ends_at=datetime(2024, 3, 1), days=7.0, limits=limits,
        )
    ]  # fmt: skip
    one.plan(data, campaign="c1", target=9.0)
    assert opened.asked[-1] == Ask("c1", None, target=9.0)


def test_what_a_dataset_lacks_is_named(session: type[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "features_of", lambda tables: (POSTS,))
    with pytest.raises(InputError, match=f"that this Dataset does not have: {FOLLOWERS.column}\\."):
        model().predict(Data(), campaign="c1")
    agreed = made.record("offer__gifts")
    own = made.bundle({agreed: 1.0, made.record("conversion__surprise"): 1.0}, extras=["offer_gifts"])
    assert len(InfluenceModel()._take(own)._session_of(Data()).asked) == 0, (
        "what was agreed comes with the question"
    )
    of_rows = model()
    of_rows.bundle_ = None
    with pytest.raises(InputError, match="was fitted on rows, and predicts rows"):
        of_rows.predict(Data(), campaign="c1")


@pytest.mark.parametrize(
    ("posts", "factor", "clipped"),
    [(1.0, 2.0, ""), (0.0, 1.0, ""), (9.0, 10.0, ""), (9.5, 10.0, "{} 9.5 to 9"), (-1.0, 1.0, "{} -1 to 0")],
)
def test_a_what_if_asks_about_what_was_seen(posts: float, factor: float, clipped: str) -> None:
    told = model().what_if(ROWS, **{POSTS.column: posts})
    np.testing.assert_allclose(told["before"], [2, 2, 2])
    np.testing.assert_allclose(told["after"], 2 * factor / np.array([1, 2, 4]))
    np.testing.assert_allclose(told["ratio"], told["after"] / 2)
    assert told["clipped"].tolist() == [clipped.format(POSTS.column)] * 3
    assert told.index.tolist() == [5, 3, 9]
    assert ROWS[POSTS.column].tolist() == [0, 1, 3], "the rows stay as they are"


def test_a_what_if_of_several_or_of_nothing() -> None:
    told = model().what_if(ROWS, **{POSTS.column: 20.0, FOLLOWERS.column: 1e12})
    assert told["clipped"].iloc[0] == f"{POSTS.column} 20 to 9", "of followers any number was seen"
    np.testing.assert_allclose(told["after"], 2 * 10 / np.sqrt(1 + 1e12 * np.ones(3)), rtol=1e-4)
    of_rows = model()
    of_rows.bundle_ = None
    assert of_rows.what_if(ROWS, **{POSTS.column: 20.0})["clipped"].tolist() == [""] * 3
    with pytest.raises(InputError, match=r"^Nothing is no feature of this model; .* are\.$"):
        model().what_if(ROWS)
    with pytest.raises(InputError, match=r"^a, zzz is no feature"):
        model().what_if(ROWS, zzz=1.0, a=1.0)
    with pytest.raises(InputError, match=rf"Did you mean {FOLLOWERS.column}\?"):
        model().what_if(ROWS, momentum__follower=1.0)


def test_rows_behind_scores_are_found_by_who_and_when() -> None:
    scored = made.scored(bundle(), {FOLLOWERS.column: [0.0, 3], POSTS.column: [0.0, 9]}, exposure=3.0)
    rows = framed([scored], briefs=False).attrs["X"]
    assert rows.index.names == ["campaign_id", "influencer_id", "as_of"]
    assert rows.columns.tolist() == [FOLLOWERS.column, POSTS.column, EXPOSURE]
    assert rows[EXPOSURE].tolist() == [3, 3]
    assert rows.index.get_level_values(1).tolist() == scored.scores["influencer_id"].tolist()
    assert features_behind(ROWS) is ROWS
    scores = scored.scores.copy()
    scores.attrs["X"] = rows
    assert features_behind(scores.iloc[::-1])[POSTS.column].tolist() == rows[POSTS.column].tolist()[::-1]
    assert [characteristic_of(name) for name in ("offer__fee", "offer", "fame__x", "x")] == ["offer", "offer", OTHER, OTHER]  # fmt: skip


# -- kept -------------------------------------------------------------------------------------------------------------


def test_a_saved_model_is_read_with_its_embedder_and_coverage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from contextlib import nullcontext

    from suasion.training.tracking import registry

    asked: list[Any] = []
    own = bundle()
    own = replace(own, interval=replace(own.interval, level=0.8))
    monkeypatch.setattr(module, "read_bundle", lambda path, space=None: asked.append((path, space)) or own)
    monkeypatch.setattr(registry, "fetched", lambda address: nullcontext(f"place of {address}"))
    space = Space()
    one = load(tmp_path, embedder=space)
    assert (one.bundle_, one.embedder, one.coverage) == (own, space, 0.8)
    for address in ("models:/m@champion", "runs:/1/model"):
        assert load(address, embedder=space).embedder is space
    assert load(tmp_path).embedder == "lsa"
    assert asked == [
        (tmp_path, space), ("place of models:/m@champion", space), ("place of runs:/1/model", space), (tmp_path, None)
    ]  # fmt: skip


def test_a_model_is_logged_with_a_row_that_it_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    from suasion.training.tracking import registry

    asked: list[Any] = []
    monkeypatch.setattr(registry, "log_model", lambda *told: asked.append(told) or "info")
    one = model()
    assert one.log("mine", registered_model_name="registered") == "info"
    own, example, name, registered = asked[0]
    assert (own, name, registered) == (one.bundle_, "mine", "registered")
    assert example.columns.tolist() == [FOLLOWERS.column, POSTS.column, "exposure"]
    assert set(example.dtypes) == {np.dtype("float64")}
    assert example.iloc[0, 1:].tolist() == [0, 1]
    one.log()
    assert asked[1][2:] == ("model", None)


def test_monitoring_reviews_until_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    asked: list[Any] = []
    monkeypatch.setattr(module, "review", lambda *told, **more: asked.append((told, more)) or "review")
    one, data = model(), Data()
    data.opened.scratch = lambda: nullcontext("scratch")
    assert monitor(one, data, until="2024-01-01") == "review"
    assert asked == [(("scratch", one.bundle_), {"until": datetime(2024, 1, 1)})]
    monitor(one, data)
    assert asked[1][1] == {"until": None}
