"""What a training run tells of itself, by hand: facts, fingerprint, figures, verdicts, pictures, and what MLflow is given."""

from __future__ import annotations

import hashlib
import logging
import sys
import warnings
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from suasion.features import GROUPS
from suasion.features.engine.matrix import all_features
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import InputError
from suasion.training import train as training
from suasion.training.bundle.learned_from import digest_of, outcome_digest
from suasion.training.estimators.expectation import Expectation
from suasion.training.estimators.fit import Chosen, Columns, Data, Settings, poisson_deviance
from suasion.training.estimators.interval import Interval
from suasion.training.estimators.linear import LinearRegressor, constant_rate
from suasion.training.evaluation import evaluate, plots
from suasion.training.evaluation.evaluate import (
    BASELINES,
    LEAST_CONVERTING,
    LEAST_ROWS,
    SUASION,
    Forward,
    beats_baselines,
    judge,
    nothing_judged,
)
from suasion.training.evaluation.metrics import calibration, pick_probability, range_90, with_a_choice
from suasion.training.evaluation.ranking import RankingJudge
from suasion.training.evaluation.review import Figure as Told
from suasion.training.evaluation.review import (
    _coverage,
    _drift,
    _explained,
    _misjudged,
    _ratio,
    _sigmas,
    _slopes,
)
from suasion.training.examples import Examples, _in_order, history_of, known_before, take_features
from suasion.training.tracking import mlflow_run as tracking
from suasion.training.tracking.reach import TrackingError
from suasion.training.tracking.registry import requirements
from suasion.training.train import Options, _facts, _interval, _revenue, fingerprint, train

from . import made

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


# -- how it is judged -------------------------------------------------------------------------------------------------


def judged(
    net: list[float], expected: list[float], campaigns: list[str], **columns: Any
) -> tuple[Examples, Forward]:
    """Return outcomes that are all judged, beside a null of 1 each."""
    n = len(net)
    table = pd.DataFrame(
        {"campaign_id": campaigns, "influencer_id": [f"i{i}" for i in range(n)], "as_of": AT, "known_at": AT, "exposure": 1.0}
    ).assign(net=net, conversion__campaigns=1.0, **columns)  # fmt: skip
    forward = Forward({SUASION: np.array(expected)}, np.ones(n), np.ones(n, bool), np.ones(n), (), ())
    return Examples(table, ()), forward


def test_a_model_is_judged_from_twenty_outcomes_ten_with_a_conversion() -> None:
    assert (LEAST_ROWS, LEAST_CONVERTING) == (20, 10)
    cases = ((20, 10, True), (19, 19, False), (20, 9, False))
    for rows, some, told in cases:
        examples, forward = judged([1.0] * some + [0.0] * (rows - some), [1.0] * rows, ["c"] * rows)
        assert bool(judge(examples, forward)) is told
    few, forward = judged([1.0] * 19, [1.0] * 19, ["c"] * 19)
    assert nothing_judged(few, forward).startswith("There are too few outcomes to judge this model: 19 after")
    quiet, forward = judged([2.0] * 9 + [0.0] * 11, [1.0] * 20, ["c"] * 20)
    assert nothing_judged(quiet, forward).startswith(
        "This model cannot be judged: 9 of the last 20 outcomes brought"
    )


def test_newcomers_are_judged_apart_and_what_was_not_covered_counts() -> None:
    net = [1.0, 3.0] * 20
    examples, forward = judged(net, [1.0, 3.0] * 20, ["c"] * 40)
    table = examples.table.assign(conversion__campaigns=[0.0] * 20 + [1.0] * 20)
    told = judge(Examples(table, ()), replace(forward, covered=np.r_[np.zeros(10), np.ones(30)]))
    assert (told["all"]["rows"], told["newcomers"]["rows"]) == (40, 20)
    assert (told["all"]["coverage"], told["newcomers"]["coverage"]) == (0.75, 0.5)
    own = told["all"]["models"][SUASION]
    assert own["explained_deviance"] == pytest.approx(1.0)
    assert own["predicted_by_actual"] == 1.0
    assert told["all"]["conversions"] == 80.0
    assert "auc" not in own
    assert told["all"]["absent"] == list(BASELINES)
    assert set(judge(examples, forward)) == {"all"}, "no newcomer among them"
    half = judge(
        Examples(table, ()), replace(forward, covered=np.r_[np.full(10, NAN), np.zeros(10), np.ones(20)])
    )["all"]
    assert half["coverage"] == pytest.approx(2 / 3)
    none = judge(Examples(table, ()), replace(forward, covered=np.full(40, NAN)))["all"]
    assert (none["coverage"], none["coverage_picked"]) == (None, None)
    # Four campaigns of ten, of which the first three are picked: one of the twelve lies outside its interval.
    four = table.assign(campaign_id=[f"c{i // 10}" for i in range(40)])
    best = {SUASION: np.tile(np.arange(10.0, 0.0, -1.0), 4)}
    outside = np.r_[0.0, np.ones(9), np.ones(15), np.zeros(5), np.ones(10)]
    of_picked = judge(
        Examples(four, ()), replace(forward, covered=outside, expected=forward.expected | best)
    )["all"]
    assert of_picked["coverage_picked"] == pytest.approx(11 / 12)


def test_what_others_explain_is_taken_off() -> None:
    net = [1.0, 3.0] * 20
    examples, forward = judged(net, [1.0, 3.0] * 20, [f"c{i // 2}" for i in range(40)])
    worse = np.tile([2.0, 2.0], 20)
    told = judge(examples, replace(forward, expected=forward.expected | {"activity": worse}))["all"]
    null = poisson_deviance(np.array([1.0, 3.0]), np.ones(2)).sum()
    left = poisson_deviance(np.array([1.0, 3.0]), np.full(2, 2.0)).sum()
    assert told["models"]["activity"]["explained_deviance"] == pytest.approx(1 - left / null)
    less = told["suasion_less"]["activity"]
    assert less["explained_deviance"] == pytest.approx(left / null)
    assert less["explained_deviance_90"][0] <= left / null <= less["explained_deviance_90"][1]
    assert less["captured"] == pytest.approx(0.75 - 0.5), "one of two is picked: the better, or by lot"
    assert set(told["suasion_less"]) == {"activity"}
    assert told["ranking"] == {
        "campaigns": 20, "random": pytest.approx(0.5), "perfect": pytest.approx(0.75), "most_followed": None, "followers_known": 0.0
    }  # fmt: skip


def test_a_draw_that_leaves_nothing_is_no_figure_and_no_warning() -> None:
    """Two influencers with a campaign each: one draw in four takes the influencer of the one and the campaign of the other."""
    examples, forward = judged([1.0, 3.0] * 20, [1.0, 2.0] * 20, ["c1"] * 20 + ["c2"] * 20)
    table = examples.table.assign(influencer_id=["a"] * 20 + ["b"] * 20)
    own = judge(Examples(table, ()), forward)["all"]["models"][SUASION]
    assert own["explained_deviance_90"] == pytest.approx([own["explained_deviance"]] * 2)


def test_ranking_is_told_from_ten_campaigns_that_leave_a_choice() -> None:
    for campaigns, said in ((10, True), (9, False)):
        names = np.array(
            [*(f"c{i // 2}" for i in range(2 * campaigns)), "alone", "none", "none"], dtype=object
        )
        y = np.array([4.0, 1.0] * campaigns + [90, 0, 0])
        followers = np.array([1.0, 2.0] * campaigns + [5, NAN, NAN])
        rows = pd.DataFrame({"campaign_id": names, "momentum__followers": followers})
        ranking = RankingJudge(rows, y, np.ones((2, len(y))))
        told, shares = ranking.of(y)
        assert ranking.count == campaigns
        assert ranking.figures()["followers_known"] == pytest.approx(
            (2 * campaigns + 1) / (2 * campaigns + 3)
        )
        if said:
            assert told["captured"] == pytest.approx(0.8)
            assert told["captured_90"] == pytest.approx([0.8, 0.8])
            assert told["gain_on_most_followed"] == pytest.approx(0.6)
            assert told["gain_on_most_followed_90"] == pytest.approx([0.6, 0.6])
            np.testing.assert_allclose(shares, 0.8)
            figures = [ranking.figures()[name] for name in ("random", "perfect", "most_followed")]
            assert figures == pytest.approx([0.5, 0.8, 0.2])
            for without in (rows.assign(momentum__followers=NAN), rows[["campaign_id"]]):
                unknown = RankingJudge(without, y, np.ones((2, len(y))))
                assert unknown.of(y)[0]["gain_on_most_followed"] is None
                assert unknown.figures()["most_followed"] is None
        else:
            assert set(map(str, told.values())) == {"None", "[]"}
            assert len(shares) == 0
            assert ranking.figures()["random"] is None


def figures(
    own: float = 0.5,
    other: float = 0.2,
    between: list[float] | None = None,
    captured: Any = 0.1,
    captured_90: Any = (0.0, 0.2),
) -> dict[str, Any]:
    name = "activity"
    return {
        "models": {SUASION: {"explained_deviance": own, "captured": 0.5, "gain_on_most_followed": None}, name: {}},
        "suasion_less": {name: {
            "explained_deviance": own - other, "explained_deviance_90": [0.1, 0.2] if between is None else between,
            "captured": captured, "captured_90": list(captured_90),
        }},
        "ranking": {"campaigns": 20}, "absent": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "beats", "says"),
    [
        (figures(), True, "This model beats every baseline; the 90 % interval of each difference lies above 0."),
        (figures(own=0.0), False, "predicts no better than the mean rate (explained deviance 0.000)"),
        (figures(own=0.2, other=0.2), False, "does not beat activity"),
        (figures(between=[0.0, 0.2]), False, "does not beat activity beyond chance"),
        (figures(between=[1e-9, 0.2]), True, "lies above 0"),
        (figures(between=[]), True, "lies above 0"),
        (figures(captured=-0.1, captured_90=(-0.2, 0.0)), False, "ranks worse than activity"),
        (figures(captured=-0.1, captured_90=(-0.2, 1e-9)), True, "lies above 0"),
        (figures(captured=0.0, captured_90=(-0.2, 0.0)), True, "lies above 0"),
        (figures(captured=-0.1, captured_90=()), True, "lies above 0"),
        (figures(captured=None, captured_90=(-0.2, -0.1)), True, "lies above 0"),
    ],
)  # fmt: skip
def test_the_verdict_at_its_edges(told: dict[str, Any], beats: bool, says: str) -> None:
    found = beats_baselines(told)
    assert found[0] is beats
    assert says in found[1]


def test_measures_by_hand() -> None:
    names = np.array(["a"] * 5 + ["b"] * 2 + ["c"], dtype=object)
    score = np.array([1.0, 2, 3, 4, 5, 7, 7, 1])
    assert pick_probability(names, score).tolist() == [0, 0, 0, 1, 1, 0.5, 0.5, 0], "0.3 of five is 1.5, two"
    assert pick_probability(names, score, top=0.2).tolist() == [0, 0, 0, 0, 1, 0.5, 0.5, 0]
    assert with_a_choice(names, np.r_[np.zeros(5), 1, 0, 1]).tolist() == [False] * 5 + [True] * 2 + [False]
    assert range_90(np.r_[np.arange(101.0), NAN, np.inf]) == pytest.approx([5.0, 95.0])
    assert range_90(np.array([NAN])) == []
    y = np.arange(30.0)
    told = calibration(y, y)
    assert [part["rows"] for part in told] == [3] * 10
    assert told[0] == {"expected": 1.0, "actual": 1.0, "rows": 3}
    assert len(calibration(y[:3], y[:3])) == 3


# -- review -----------------------------------------------------------------------------------------------------------


def test_ratios_and_what_cannot_be_divided() -> None:
    draws = np.array([[1.0, 1.0], [2.0, 0.0]])
    told = _ratio(np.array([1.0, 2.0]), np.array([4.0, 2.0]), draws)
    assert told == Told(0.5, pytest.approx([0.25 + 0.05 * 0.25, 0.5 - 0.05 * 0.25]))
    assert _ratio(np.ones(2), np.zeros(2), draws) == Told(None, [])
    assert _ratio(np.ones(2), np.full(2, 1e-9), draws).value == pytest.approx(1e9)
    y, ones = np.array([1.0, 3.0]), np.ones(2)
    explained = _explained(y, y, 0.5, np.array([2.0, 2.0]), np.ones((2, 2)))
    assert explained.value == pytest.approx(1.0)
    assert _explained(y, ones, 0.5, np.array([2.0, 2.0]), np.ones((2, 2))).value == pytest.approx(0.0)
    assert _explained(y, y, None, ones, draws) == Told(None, [])
    assert _explained(y, ones, 0.0, ones, draws).value > 0.8, "a rate of 0 is a very small one"
    promised = pd.DataFrame({"low": [1.0, 2.0, 0.0, 0.0], "high": [9.0, 9.0, 3.0, 2.0]})
    held = _coverage(np.array([1.0, 1.0, 3.0, 3.0]), promised, np.ones((1, 4)))
    assert held.value == 0.5, "bounds are inside"
    for name in ("low", "high"):
        gap = promised.assign(**{name: [NAN, 1.0, 1.0, 1.0]})
        assert _coverage(np.ones(4), gap, np.ones((1, 4))) == Told(None, [])


def test_who_is_misjudged_is_as_far_off_as_one_in_ten() -> None:
    """Of 1.645 sigmas and more, the twenty furthest; who pushed by less than five hundredths is not to blame."""
    ranks = np.arange(25)
    people = np.array([f"p{i:02d}" for i in ranks], dtype=object)
    expected, y = np.full(25, 10.0), 30.0 + ranks
    promised = pd.DataFrame(dict.fromkeys(GROUPS, np.ones(25)))
    told = _misjudged(people, y, expected, promised, 0.0)
    assert [one.influencer_id for one in told] == [f"p{i:02d}" for i in range(24, 4, -1)]
    sides = {mu: _sigmas(mu, 10.0, 0.0) for mu in (4.0, 5.0, 15.0, 16.0)}
    for came, sigmas in sides.items():
        one = _misjudged(people[:1], np.array([came]), np.array([10.0]), promised[:1], 0.0)
        assert bool(one) is (abs(sigmas) > 1.645)
    assert {bool(abs(s) > 1.645) for s in sides.values()} == {True, False}
    for pushed, factor in ((0.049, ""), (0.051, "offer")):
        up = promised[:1].assign(offer=np.exp(pushed))
        (one,) = _misjudged(people[:1], np.array([0.0]), np.array([10.0]), up, 0.0)
        assert (one.factor, one.actual, one.expected, one.campaigns) == (factor, 0.0, 10.0, 1)
    (even,) = _misjudged(people[:1], np.array([40.0]), np.array([10.0]), promised[:1].assign(offer=0.5), 0.0)
    assert (even.factor, even.mean_factor) == ("offer", pytest.approx(0.5))


def test_drift_takes_twenty_values_on_both_sides() -> None:
    def rows(n: int, shift: float) -> pd.DataFrame:
        x = np.arange(n) + shift
        return pd.DataFrame(
            {"influencer_id": [f"i{k}" for k in range(n)], "campaign_id": [f"c{k}" for k in range(n)], "x": x}
        )

    assert _drift(["x"], (), rows(20, 0), rows(20, 99))[1] == 1
    for before, after in ((19, 20), (20, 19)):
        assert _drift(["x"], (), rows(before, 0), rows(after, 99)) == ([], 0)
    (told,), _ = _drift(["x"], (), rows(20, 0), rows(20, 99))
    assert (told.distance, told.before, told.after) == (1.0, 9.5, 108.5)


def test_a_slope_that_cannot_be_told_stays_within_reach() -> None:
    """The ridge is a hundredth of a row: of one row with x 1, y 2, expected 1, (2 - e^(a+b)) = 0 and 0.01 b = 0 in the end."""
    told = _slopes(np.array([1.0, -1.0]), np.array([np.e, 1 / np.e]), np.ones(2), np.ones((1, 2)))
    assert told[0] == pytest.approx(2.0, abs=0.01)
    assert told[0] < 2.0
    flat = _slopes(np.array([1.0, -1.0]), np.ones(2), np.ones(2), np.array([[1.0, 1.0], [3.0, 3.0]]))
    np.testing.assert_allclose(flat, [1, 1], atol=1e-9)


# -- pictures ---------------------------------------------------------------------------------------------------------


def drawn(axes: Axes) -> list[tuple[list[float], list[float], str]]:
    return [
        (
            np.asarray(line.get_xdata(), float).tolist(),
            np.asarray(line.get_ydata(), float).tolist(),
            to_hex(line.get_color()),
        )
        for line in axes.lines
    ]


def named(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_models_are_drawn_from_the_worst_up_with_their_ranges() -> None:
    models = {
        "suasion": {"explained_deviance": 0.5, "explained_deviance_90": [0.4, 0.6]},
        "activity": {"explained_deviance": 0.1, "explained_deviance_90": []},
        "audience size": {"explained_deviance": 0.2, "explained_deviance_90": [0.0, 0.3]},
    }
    axes = plots.models({"models": models})
    assert named(axes) == ["activity", "audience size", "suasion"]
    grey, blue = plots.MUTED, plots.ACCENT
    assert drawn(axes) == [
        ([0.1], [0], grey), ([0.0, 0.3], [1, 1], grey), ([0.2], [1], grey), ([0.4, 0.6], [2, 2], blue), ([0.5], [2], blue),
        ([0, 0], [0, 1], grey),
    ]  # fmt: skip
    assert axes.figure.get_size_inches()[1] == pytest.approx(0.5 + 3 * 0.42)


def test_calibration_is_drawn_against_the_diagonal() -> None:
    axes = plots.calibration(
        {"calibration": [{"expected": 1.0, "actual": 2.0}, {"expected": 4.0, "actual": 3.0}]}
    )
    assert drawn(axes) == [([0, 4.2], [0, 4.2], plots.MUTED), ([1, 4], [2, 3], plots.ACCENT)]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("expected", "actual")


def test_what_each_adds_is_drawn_in_order_from_the_top() -> None:
    def one(adds: float) -> dict[str, Any]:
        return {"adds": adds, "adds_90": [adds - 1, adds + 1]}

    axes = plots.ablation(
        {"characteristic": {"offer": one(3), "momentum": one(2)}, "table": {"posts": one(1)}}
    )
    assert named(axes) == ["table posts", "characteristic momentum", "characteristic offer"]
    assert drawn(axes)[:2] == [([0, 2], [0, 0], plots.SECOND), ([1], [0], plots.SECOND)]
    assert drawn(axes)[4:] == [
        ([2, 4], [2, 2], plots.ACCENT),
        ([3], [2], plots.ACCENT),
        ([0, 0], [0, 1], plots.MUTED),
    ]
    assert axes.figure.get_size_inches()[1] == pytest.approx(0.5 + 3 * 0.34)
    assert plots.ablation({}).figure.get_size_inches()[1] == pytest.approx(0.84)


def test_the_learning_curve_is_drawn_beside_the_past_average() -> None:
    points = [{"outcomes": n, "explained_deviance": n / 1e4, "past_average": n / 2e4} for n in (50, 1000)]
    axes = plots.learning_curve(points)
    assert drawn(axes) == [
        ([50, 1000], [0.005, 0.1], plots.ACCENT),
        ([50, 1000], [0.0025, 0.05], plots.MUTED),
    ]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["suasion", "past average"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["50", "1,000"]
    assert axes.get_xscale() == "log"
    assert [side for side, spine in axes.spines.items() if not spine.get_visible()] == ["right", "top"]


# -- MLflow -----------------------------------------------------------------------------------------------------------


class Recorder:
    """What MLflow is asked to do."""

    def __init__(self, experiment: str | None = None) -> None:
        self.did: list[tuple[Any, ...]] = []
        self.experiment = SimpleNamespace(experiment_id=experiment) if experiment else None
        self.pyfunc = SimpleNamespace(log_model=self._log_model)

    def is_tracking_uri_set(self) -> bool:
        return False

    def active_run(self) -> None:
        return None

    def get_experiment_by_name(self, name: str) -> Any:
        assert name == "suasion"
        return self.experiment

    def create_experiment(self, name: str, artifact_location: str | None) -> str:
        self.did.append(("create_experiment", name, artifact_location))
        return "new"

    def start_run(self, **told: Any) -> Any:
        self.did.append(("start_run", told))
        return nullcontext()

    def _log_model(self, **told: Any) -> Any:
        warnings.warn("an input example", stacklevel=1)
        sys.stderr.write("Created version")
        self.did.append(("log_model", told))
        return SimpleNamespace(registered_model_version=3)

    def MlflowClient(self) -> Any:  # noqa: N802
        return self

    def __getattr__(self, name: str) -> Any:
        return lambda *told: self.did.append((name, *told))

    def told(self, name: str) -> list[Any]:
        return [one[1:] if len(one) > 2 else one[1] for one in self.did if one[0] == name]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    found = Recorder()
    monkeypatch.setattr(tracking, "mlflow", found)
    return found


def model(**evaluation: Any) -> Any:
    return made.bundle(
        {made.record("momentum__f"): 0.5}, evaluation=made.evaluated(**evaluation), fingerprint="ff"
    )


@pytest.mark.parametrize("champion", [True, False])
def test_a_run_is_told_whole(
    recorder: Recorder, champion: bool, tmp_path: Path, recwarn: Any, capsys: Any
) -> None:
    adds = {"characteristic": {"offer": {"adds": 0.1, "adds_90": [0.0, 0.2], "features": 1}}, "table": {}}
    curve = [{"outcomes": 50, "explained_deviance": 0.1, "past_average": 0.0}]
    judged = {"all": made.figures(), "newcomers": made.figures(coverage=None)}
    own = model(judged=judged, ablation=adds, learning_curve=curve)
    loud = ("alembic", "mlflow.store.db.utils", "mlflow.tracking.fluent", "mlflow.store.model_registry")
    for name in loud:
        logging.getLogger(name).setLevel(logging.INFO)
    told = tracking.track(
        own,
        tmp_path / "beer",
        name="beer",
        uri=None,
        params={"seed": 4, "kind": "?"},
        champion=champion,
    )
    assert told == "models:/beer/3"
    database = f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert recorder.told("set_tracking_uri") == recorder.told("set_registry_uri") == [database, ""], (
        "unset again"
    )
    assert recorder.told("create_experiment") == [("suasion", (tmp_path / "mlartifacts").as_uri())]
    assert recorder.told("start_run") == [{"experiment_id": "new", "run_name": "beer", "nested": False}]
    assert recorder.told("log_params") == [{"seed": 4, "kind": "linear"}]
    assert recorder.told("set_tag") == [("data.fingerprint", "ff")]
    everybody, newcomers = recorder.told("log_metrics")
    assert (everybody["all.explained_deviance"], everybody["all.coverage"]) == (0.4, 0.91)
    assert "newcomers.coverage" not in newcomers
    assert newcomers["newcomers.captured"] == 0.5
    assert all(isinstance(value, float) for value in everybody.values())
    assert [place for _, place in recorder.told("log_figure")] == [
        f"plots/{name}.png" for name in ("models", "calibration", "ablation", "learning_curve")
    ]
    assert recorder.told("log_dict") == [(own.evaluation, "evaluation.json")]
    (logged,) = recorder.told("log_model")
    example = pd.DataFrame({"momentum__f": [1.0], "exposure": [1.0]})
    assert logged["signature"].inputs.input_names() == ["momentum__f", "exposure"]
    assert logged["signature"].outputs.input_names() == own.predict(example).columns.tolist()
    assert {name: logged[name] for name in logged if name != "signature"} == {
        "name": "model", "loader_module": "suasion.training.tracking.pyfunc", "data_path": str(tmp_path / "beer"),
        "registered_model_name": "beer", "pip_requirements": requirements(), "code_paths": logged["code_paths"],
    }  # fmt: skip
    assert [Path(path).name for path in logged["code_paths"]] == ["suasion"]
    assert recorder.told("set_registered_model_alias") == ([("beer", "champion", "3")] if champion else [])
    assert {logging.getLogger(name).level for name in loud} == {logging.INFO}, "as they were"
    assert not [one for one in recwarn if "input example" in str(one.message)]
    assert capsys.readouterr().err == ""


def test_a_run_that_judged_nothing_goes_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    recorder = Recorder("7")
    monkeypatch.setattr(tracking, "mlflow", recorder)
    tracking.track(model(judged={}), tmp_path / "m", name="m", uri="http://x", params={}, champion=False)
    assert recorder.told("set_tracking_uri") == recorder.told("set_registry_uri") == ["http://x", ""]
    assert recorder.told("create_experiment") == []
    assert recorder.told("start_run")[0]["experiment_id"] == "7"
    assert recorder.told("log_figure") == recorder.told("log_metrics") == []
    other = Recorder()
    monkeypatch.setattr(tracking, "mlflow", other)
    tracking.track(model(judged={}), tmp_path / "m", name="m", uri="http://x", params={}, champion=False)
    assert other.told("create_experiment") == [("suasion", None)], "the server knows where its artifacts are"


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
    assert steps["fit"] == Columns(
        ["momentum__followers"], ["momentum"], [followers.monotonic], [followers.elasticity]
    )
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
    assert training._open("d", replace(options, engine="sc://x"), "q") == (
        "spark",
        ("d", "sc://x"),
        more,
    )
    with pytest.raises(
        InputError, match=r"^campaigns, people_ cannot be left out; tables that can be left out are "
    ):
        training._open("d", Options(leave_out=frozenset({"posts", "people_", "campaigns"})), None)


# -- baselines --------------------------------------------------------------------------------------------------------


def test_a_baseline_is_a_regression_on_what_it_goes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = ("momentum__followers", "conversion__campaigns", "offer__fee")
    features = tuple(f for name in columns for f in all_features() if f.column == name)
    X = np.column_stack([np.arange(40.0), np.arange(40) % 4, np.full(40, NAN)])
    y, exposure = 44.0 - np.arange(40), np.full(40, 2.0)  # the more followers, the fewer
    times = np.full(40, AT.to_datetime64())
    data, examples = Data(X, y, exposure, times, times), Examples(pd.DataFrame(), features)
    asked: list[Any] = []

    def chosen(own: Data, columns: Columns, settings: Settings) -> float:
        asked.append((own.X.shape, columns))
        return 30.0

    monkeypatch.setattr(evaluate, "choose_alpha", chosen)
    new, shown = X[:3], np.array([1.0, 2.0, 4.0])
    for name, places, alpha in (("audience size", [0], 1e-3), ("ridge on ten columns", [0, 1], 30.0)):
        told = evaluate._baseline(name, examples, data, new, shown, Settings())
        own = LinearRegressor(alpha=alpha).fit(X[:, places], y, exposure=exposure)
        np.testing.assert_allclose(told, own.predict(new[:, places], shown))
    assert asked == [((40, 2), Columns.plain(list(columns[:2]), ["ridge on ten columns"] * 2))]
    assert evaluate._baseline("activity", examples, data, new, shown, Settings()) is None
    unknown = replace(data, X=np.full((40, 3), NAN))
    assert evaluate._baseline("audience size", examples, unknown, new, shown, Settings()) is None


def test_counts_that_were_small_where_they_were_judged_are_no_probability() -> None:
    examples, forward = judged([0.0, 1.0] * 20 + [5.0], [0.3, 0.6] * 20 + [4.0], ["c"] * 41)
    late = replace(forward, judged=np.arange(41) < 40)
    assert "auc" not in judge(examples, late)["all"]["models"][SUASION]
    examples, forward = judged([0.0, 1.0] * 20, [0.3, 0.6] * 20, ["c"] * 40)
    assert judge(examples, forward)["all"]["models"][SUASION]["auc"] == 1.0
