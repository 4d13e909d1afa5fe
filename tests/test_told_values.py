"""What a training run tells of itself, by hand: its facts, its fingerprint, what is learned from, and each step."""

from __future__ import annotations

import hashlib
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features.engine.matrix import all_features
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import InputError
from suasion.training import train as training
from suasion.training.bundle.learned_from import digest_of, outcome_digest
from suasion.training.estimators.expectation import Expectation
from suasion.training.estimators.fit import Chosen, Columns, Settings
from suasion.training.estimators.interval import Interval
from suasion.training.estimators.linear import constant_rate
from suasion.training.evaluation.evaluate import SUASION, Forward
from suasion.training.examples import Examples, _in_order, history_of, known_before, take_features
from suasion.training.tracking import mlflow_run as tracking
from suasion.training.tracking.reach import TrackingError
from suasion.training.train import Options, _facts, _interval, _revenue, fingerprint, train

NAN = float("nan")
AT = pd.Timestamp("2024-01-01")


# -- facts ------------------------------------------------------------------------------------------------------------


class Tables:
    """Tables that are there, and what was read of them."""

    def __init__(self, *present: str, extras: tuple[str, ...] = (), said: str = "one") -> None:
        self.present, self.extras, self.said = present, extras, said
        self.settled, self.goal = False, None
        self.asked: dict[str, list[str]] = {}

    def sql(self, query: str) -> SimpleNamespace:
        return SimpleNamespace(fetchall=lambda: [("c1", "purchase"), ("c9", "click")])

    def digest(self, name: str, columns: list[str]) -> str:
        self.asked[name] = columns
        return self.said if name == "outcomes" else "same"


def outcomes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "campaign_id": ["c2", "c1", "c1"],
            "influencer_id": ["bob", "ann", "bob"],
            "as_of": [AT, AT + pd.Timedelta(days=3), AT + pd.Timedelta(days=1)],
            "known_at": [AT + pd.Timedelta(days=9), AT + pd.Timedelta(days=5), AT + pd.Timedelta(days=7)],
            "exposure": [1.0, 2.0, 1.0],
            "net": [3.0, 0.0, 2.5],
            "revenue": [30.0, 7.0, NAN],
        }
    )


def test_the_facts_are_those_of_what_it_learned_from() -> None:
    tables = Tables("outcomes", "campaigns", extras=("offer_b", "offer_a"))
    told = _facts(tables, Examples(outcomes(), ()), datetime(2024, 2, 1), Chosen(3, 0.1), 0.5)
    mark = fingerprint(tables)
    assert told == {
        "outcomes": 3, "influencers": 2, "campaigns": 2, "conversions": 5.5,
        "first_decision": "2024-01-01 00:00:00", "last_decision": "2024-01-04 00:00:00", "last_known": "2024-01-10 00:00:00",
        "until": "2024-02-01 00:00:00", "revenue_per_conversion": 37 / 3, "tables": ["campaigns", "outcomes"],
        "extras": ["offer_b", "offer_a"], "settled": False, "goal": None, "goals": {"purchase": 2}, "fingerprint": mark, "people": sorted(digest_of(who, mark) for who in ("ann", "bob")),
        "seen": sorted(outcome_digest(*pair, mark) for pair in (("c2", "bob"), ("c1", "ann"), ("c1", "bob"))),
        "campaign_variance": 0.5, "chosen": {"n_trees": 3, "alpha": 0.1, "level_followed": False},
    }  # fmt: skip
    assert _facts(tables, Examples(outcomes(), ()), None, Chosen(3, 0.1), None)["until"] is None


def test_revenue_is_told_by_the_outcomes_that_tell_it() -> None:
    table = outcomes()
    assert _revenue(table) == 37 / 3
    assert _revenue(table.assign(revenue=NAN)) is None
    assert _revenue(table.assign(net=0.0)) is None


def test_the_fingerprint_is_of_names_columns_and_rows() -> None:
    one = Tables("outcomes", "campaigns", extras=("offer_a",))
    mark = fingerprint(one)
    assert fingerprint(Tables("campaigns", "outcomes", extras=("offer_a",))) == mark, "in whatever order"
    assert "offer_a" in one.asked["outcomes"]
    assert "offer_a" not in one.asked["campaigns"]
    assert all(columns == sorted(columns) for columns in one.asked.values())
    others = (
        Tables("outcomes", "campaigns", extras=("offer_a",), said="two"),
        Tables("outcomes", extras=("offer_a",)), Tables("outcomes", "campaigns"),
    )  # fmt: skip
    assert len({mark, *(fingerprint(other) for other in others)}) == 4
    expected = hashlib.sha256()
    for name in ("campaigns", "outcomes"):
        digest = one.digest(name, one.asked[name])
        expected.update(f"{name}:{one.asked[name]}:{digest}".encode())
    assert mark == expected.hexdigest()


# -- what is learned from ---------------------------------------------------------------------------------------------


def test_before_a_moment_is_decided_and_known_before_it() -> None:
    micro = pd.Timedelta(microseconds=1)
    table = pd.DataFrame(
        {
            "as_of": [AT - micro, AT - micro, AT, AT - micro],
            "known_at": [AT - micro, AT, AT - micro, AT + micro],
        }
    )
    assert known_before(Examples(table, ()), AT.to_pydatetime()).tolist() == [True, False, False, False]
    assert known_before(Examples(table, ()), AT.to_datetime64()).tolist() == [True, False, False, False]


def test_outcomes_are_ordered_by_what_they_say() -> None:
    f = next(f for f in all_features() if f.column == "frequency__posts_per_week__365d")
    rows = [
        (2, 1, 1, 1, 1),
        (1, 2, 1, 1, 1),
        (1, 1, 2, 1, 1),
        (1, 1, 1, 2, 1),
        (1, 1, 1, 1, 2),
        (1, 1, 1, 1, 1),
    ]
    table = pd.DataFrame(rows, columns=["as_of", "known_at", "exposure", "net", f.column]).assign(
        who=[*"abcdef"]
    )
    told = _in_order(table, (f, SURPRISE))
    assert (told["who"].str.cat(), told.index.tolist()) == ("fedcba", [*range(6)])


def test_what_is_remembered_of_the_past() -> None:
    expectation = Expectation(("gone", "f"), constant_rate(np.log(2.0), 2), 1.0)
    past = pd.DataFrame(
        {
            "influencer_id": ["a", "b"],
            "known_at": [AT, AT],
            "net": [1.0, 2.0],
            "exposure": [1.0, 3.0],
            "f": 0.0,
        }
    )
    told = history_of(past, expectation)
    assert told.columns.tolist() == ["influencer_id", "known_at", "net", "expected"]
    np.testing.assert_allclose(told["expected"], [2, 6])
    np.testing.assert_allclose(history_of(past.assign(calls=[0.0, -1.0]), expectation)["expected"], [0, -2])


def test_examples_by_feature() -> None:
    features = tuple(
        f for f in all_features() if f.column in ("momentum__followers", "conversion__campaigns")
    )
    table = outcomes().assign(conversion__campaigns=[0.0, 2, NAN], momentum__followers=[1.0, 2, 3])
    examples = Examples(table, features)
    assert examples.newcomer.tolist() == [True, False, True]
    assert examples.columns == [f.column for f in features]
    assert examples.declared.directions == [f.monotonic for f in features]
    data = examples.data
    np.testing.assert_array_equal(data.X, table[examples.columns])
    assert (data.y.tolist(), data.exposure.tolist()) == ([3, 0, 2.5], [1, 2, 1])
    assert (data.decided.tolist(), data.known.tolist()) == (
        [t.to_pydatetime() for t in table["as_of"]], [t.to_pydatetime() for t in table["known_at"]]
    )  # fmt: skip
    kept = take_features(examples, [f.column == "momentum__followers" for f in features])
    assert kept.declared.groups == ["momentum"]


# -- the run ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Put something made up in the place of every step of a run; return what they were asked."""
    asked: dict[str, Any] = {"read": [], "follows": False}
    features = tuple(f for f in all_features() if f.column == "momentum__followers")
    table = pd.concat([outcomes()] * 10, ignore_index=True).assign(
        momentum__followers=1, conversion__campaigns=1
    )
    examples, fitted = Examples(table, features), object()
    forward = Forward({SUASION: np.ones(30)}, np.ones(30), np.ones(30, bool), np.ones(30), (), ())

    def read(tables: Any, space: Any, **told: Any) -> Any:
        asked["read"].append(told)
        return examples, fitted

    def opened(data: Any, options: Any, quarantine: Any) -> Any:
        asked["open"] = (data, quarantine)
        return nullcontext(SimpleNamespace(
            present=("outcomes",), extras=(), settled=False, goal=None, digest=lambda *_: "d", reports=("report",),
            sql=lambda _: SimpleNamespace(fetchall=list)))  # fmt: skip

    def tracked(bundle: Any, out: Any, **told: Any) -> str:
        asked["track"] = told
        return "models:/m/1"

    def forwards(_: Any, settings: Any, *, variants: bool) -> Forward:
        asked["judged by"], asked["variants"] = settings, variants
        return forward

    def fitting(data: Any, columns: Columns, settings: Any) -> Any:
        asked["fit"], asked["shipped by"] = columns, settings
        return "parts", Chosen(3, 0.1, asked["follows"])

    for name, step in {
        "read_examples": read, "_open": opened, "predict_forward": forwards, "fit": fitting,
        "save": lambda bundle, out: asked.update(saved=(bundle, out)),
        "ablate": lambda *_, **__: "ablation", "learning_curve": lambda *_, **__: "curve",
        "beats_baselines": lambda _: (asked.get("beats", False), "verdict"),
    }.items():  # fmt: skip
        monkeypatch.setattr(training, name, step)
    monkeypatch.setattr(tracking, "track", tracked)
    return asked


@pytest.mark.parametrize("beats", [True, False])
@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("quick", [True, False])
def test_a_run_from_top_to_bottom(
    steps: dict[str, Any],
    beats: bool,
    force: bool,
    quick: bool,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    steps["beats"], steps["follows"] = beats, force
    until = datetime(2024, 2, 1)
    caplog.set_level("INFO", "suasion")
    options = Options(until, Settings(random_state=4), quick=quick, force=force, tracking_uri="uri")
    run = train("data", tmp_path / "m", options, quarantine=tmp_path)
    assert steps["read"] == [{"first": 0.5, "until": until}, {"first": None, "until": until}]
    assert steps["open"] == ("data", tmp_path)
    assert steps["variants"] is not quick
    assert steps["judged by"] == steps["shipped by"] == options.settings, (
        "the recipe that is judged is shipped"
    )
    (followers,) = run.examples.features
    assert steps["fit"] == Columns.of([followers])
    assert steps["saved"] == (run.bundle, tmp_path / "m")
    assert ("ablation" in run.bundle.evaluation, "learning_curve" in run.bundle.evaluation) == (
        not quick,
        not quick,
    )
    assert (run.bundle.evaluation["verdict"], run.bundle.evaluation["beats_baselines"]) == ("verdict", beats)
    assert run.bundle.facts["chosen"] == {"n_trees": 3, "alpha": 0.1, "level_followed": force}
    assert (run.beats, run.verdict, run.champion, run.address) == (
        beats,
        "verdict",
        beats or force,
        "models:/m/1",
    )
    assert run.reports == ("report",)
    assert steps["track"] == {
        "name": "m", "uri": "uri", "champion": beats or force,
        "params": {
            "until": "2024-02-01 00:00:00", "random_state": 4, "interactions": False, "monotonic": True,
            "n_trees": 3, "alpha": 0.1, "level_followed": force,
        },
    }  # fmt: skip
    assert caplog.messages == [
        "building features as of every decision",
        "judging forward in time: 30 outcomes, 1 features",
        *([] if quick else ["leaving out each characteristic and each table"]),
        "building features again, with all that is known",
        "fitting on all outcomes",
        *(["following the level of the latest month, for inside training that paid"] if force else []),
        "writing the run to MLflow",
    ]
    named = train("data", tmp_path / "m", replace(options, register="other"))
    assert (named.address, steps["track"]["name"]) == ("models:/m/1", "other")
    del steps["track"]

    def away(*_: Any, **__: Any) -> str:
        raise TrackingError("MLflow is away.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracking, "track", away)
        kept = train("data", tmp_path / "m", options)
    assert (kept.address, kept.champion, kept.untracked) == (
        None,
        False,
        "MLflow is away. The model is whole, but not registered: mend that, and train again with the same data and seed.",
    )
    assert steps["saved"] == (kept.bundle, tmp_path / "m")
    silent = train("data", tmp_path / "m", replace(options, track=False))
    assert (silent.address, silent.champion, "track" in steps) == (None, False, False)


def test_the_shipped_interval_is_calibrated_on_what_was_predicted() -> None:
    table = pd.concat([outcomes()] * 10, ignore_index=True).assign(
        net=np.r_[1.0:11.0, np.full(20, 99.0)], influencer_id=[f"i{k}" for k in range(30)]
    )
    expected = np.r_[np.full(8, 5.0), np.full(22, NAN)]
    forward = Forward({SUASION: expected}, expected, ~np.isnan(expected), expected, (), ())
    assert np.isinf(_interval(Examples(table, ()), forward).bounds(np.ones(1))[1]), "eight people, not thirty"
    assert not _interval(Examples(table, ()), forward).binary
    zero_one = table.assign(net=np.r_[np.ones(10), np.zeros(20)])
    assert _interval(Examples(zero_one, ()), forward).binary, "all outcomes tell, predicted or not"
    nothing = replace(forward, expected={})
    assert _interval(Examples(table, ()), nothing) == Interval(0.0, 1.0, 0.0)


def test_a_run_that_judged_nothing_says_so(
    steps: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "judge", lambda *_, **__: {})
    steps["beats"] = True
    run = train("data", tmp_path / "m", Options(track=False))
    assert not run.beats
    assert run.bundle.evaluation["judged"] == {}
    assert "ablation" not in run.bundle.evaluation
    assert run.verdict == run.bundle.evaluation["verdict"]
    assert run.verdict.startswith("This model cannot be judged: 20 of the last 30 outcomes")


def test_tables_are_opened_as_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "open_tables", lambda *told, **more: ("duckdb", told, more))
    spark = SimpleNamespace(open_spark=lambda *told, **more: ("spark", told, more))
    monkeypatch.setitem(sys.modules, "suasion.features.spark.tables", spark)
    options = Options(
        leave_out=frozenset({"posts"}), settled=True, goal="purchase", memory_limit="2GB", work="w"
    )
    more = {
        "quarantine": "q",
        "leave_out": options.leave_out,
        "settled": True,
        "goal": "purchase",
        "memory_limit": "2GB",
    }
    assert training._open("d", options, "q") == ("duckdb", ("d",), more)
    more = {
        "work": "w",
        "quarantine": "q",
        "leave_out": options.leave_out,
        "settled": True,
        "goal": "purchase",
    }
    assert training._open("d", replace(options, engine="sc://x"), "q") == ("spark", ("d", "sc://x"), more)
    with pytest.raises(
        InputError, match=r"^campaigns, people_ cannot be left out; tables that can be left out are "
    ):
        training._open("d", Options(leave_out=frozenset({"posts", "people_", "campaigns"})), None)
