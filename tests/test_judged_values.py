"""How a model is judged, by hand: figures, what a review says, and the baselines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features import GROUPS
from suasion.features.engine.matrix import all_features
from suasion.training.estimators.fit import Columns, Data, Settings, poisson_deviance
from suasion.training.estimators.linear import LinearRegressor
from suasion.training.evaluation import evaluate
from suasion.training.evaluation.evaluate import (
    BASELINES,
    LEAST_CONVERTING,
    LEAST_ROWS,
    SUASION,
    Forward,
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
from suasion.training.examples import Examples

NAN = float("nan")
AT = pd.Timestamp("2024-01-01")


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
