"""What each characteristic adds, and how a model learns from more outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suasion.features import GROUPS
from suasion.features.engine.surprise import SURPRISE
from suasion.training.estimators.fit import Settings, fit, poisson_deviance
from suasion.training.estimators.linear import LinearRegressor
from suasion.training.evaluation import evaluate as module
from suasion.training.evaluation.agreement import agreement
from suasion.training.evaluation.evaluate import (
    SUASION,
    ablate,
    beats_baselines,
    judge,
    learning_curve,
    predict_again,
    predict_forward,
)
from suasion.training.examples import Examples, known_before, take_features, with_expectation

from .test_evaluate import LINEAR, changed, judged, make

__all__ = ["judged"]


@pytest.fixture(scope="module")
def gifted() -> tuple[Examples, Any]:
    """Outcomes of which half of the people bring five times as much: what is remembered of them says something."""
    examples = make()
    gift = examples.table["influencer_id"].str[1:].astype(int) % 2 * 4 + 1
    table = examples.table.assign(net=examples.table["net"] * gift)
    examples = Examples(table, examples.features)
    examples, _ = with_expectation(examples, known_before(examples, table["as_of"].median()))
    return examples, predict_forward(examples, LINEAR, variants=False)


def test_ablation_says_what_is_lost_without(judged) -> None:
    examples, forward = judged
    told = ablate(examples, forward, Settings())["characteristic"]
    assert told["relevance"]["adds"] > 0.3
    assert told["relevance"]["adds_90"][0] > 0.2
    assert abs(told["momentum"]["adds"]) < 0.05
    assert told["relevance"]["features"] == 1
    keep = [group != "relevance" for group in examples.declared.groups]
    less, _ = with_expectation(take_features(examples, keep), known_before(examples, forward.folds[0].start))
    data, expected = less.data, np.full(len(less.table), np.nan)
    for fold, choice in zip(forward.folds, forward.chosen, strict=True):
        parts, _ = fit(data.take(fold.train), less.declared, Settings(), choice)
        expected[fold.judged] = data.exposure[fold.judged] * np.exp(
            parts.log_rate(data.X[fold.judged], list(dict.fromkeys(less.declared.groups)))
        )
    figures = judge(examples, replace(forward, expected=forward.expected | {"less": expected}))["all"]
    models = figures["models"]
    assert told["relevance"]["adds"] == pytest.approx(
        models[SUASION]["explained_deviance"] - models["less"]["explained_deviance"]
    )


def test_what_an_ablation_compares_past_outcomes_with_is_learned_before_the_first_judged_decision(
    gifted,
) -> None:
    examples, forward = gifted
    keep = [group != "relevance" for group in examples.declared.groups]
    before = known_before(examples, forward.folds[0].start)
    less, expectation = with_expectation(take_features(examples, keep), before)
    assert expectation.strength is not None, "or nothing is remembered of anybody"
    rows = np.flatnonzero(forward.judged)
    left, full, null = (
        poisson_deviance(examples.data.y[rows], values[rows]).sum()
        for values in (predict_again(less, forward, LINEAR), forward.expected[SUASION], forward.rate)
    )
    adds = ablate(examples, forward, LINEAR)["characteristic"]["relevance"]["adds"]
    assert adds == pytest.approx((left - full) / null)


UNITS = {
    "conversions": {"net": 1e6, "conversion__shrunk_rate": 1e6},
    "conversions in thousands": {"net": 1e-3, "conversion__shrunk_rate": 1e-3},
    "exposure": {"exposure": 1e3, "offer__exposure": 1e3, "conversion__shrunk_rate": 1e-3},
    "followers": {"momentum__followers": 1e-3},
}


@pytest.mark.parametrize("what", UNITS)
def test_no_unit_changes_what_each_adds_and_with_how_many_outcomes_it_learns(
    what: str, in_usual_units: Any
) -> None:
    adds, curve, alike, verdict = in_usual_units
    again = added_and_learned(UNITS[what])
    assert again[0] == pytest.approx(adds, abs=1e-6)
    assert again[1] == pytest.approx(curve, abs=1e-6)
    assert again[2] == pytest.approx(alike, abs=1e-6)
    assert again[3] == verdict


def added_and_learned(units: dict[str, float]) -> Any:
    """Return what each characteristic and table adds, the learning curve, the agreement and the verdict in other units."""
    plain = make(campaigns=36)
    table = plain.table.assign(**{name: plain.table[name] * times for name, times in units.items()})
    early = np.arange(len(table)) < 144
    examples, _ = with_expectation(replace(plain, table=table), early)
    settings = Settings(lightgbm={"n_estimators": 40})
    forward = predict_forward(examples, settings, variants=False)
    parts = ablate(examples, forward, settings)
    adds = {f"{part} {name}": one["adds"] for part, found in parts.items() for name, one in found.items()}
    (point,) = learning_curve(examples, forward, settings, sizes=(50,))
    verdict = beats_baselines(judge(examples, forward)["all"])
    return adds, point, agreement(examples, forward, settings), verdict


@pytest.fixture(scope="module")
def in_usual_units() -> Any:
    return added_and_learned({})


def test_nothing_of_what_was_removed_stays_in_surprise() -> None:
    made = make()
    # Some bring five times as much as others: else there is nothing to remember of a person.
    gifted = made.table["influencer_id"].str[1:].astype(int) % 2 * 4 + 1
    rows = np.arange(len(made.table)) < 200
    examples, _ = with_expectation(
        replace(made, table=made.table.assign(net=made.table["net"] * gifted)), rows
    )
    assert examples.table[SURPRISE.column].abs().max() > 1
    keep = [feature.column != "relevance__relevant_posts__365d" for feature in examples.features]
    less, expectation = with_expectation(take_features(examples, keep), rows)
    assert "relevance__relevant_posts__365d" not in expectation.features
    assert not np.allclose(less.table[SURPRISE.column], examples.table[SURPRISE.column])
    # What is not among the rows teaches nothing.
    _, again = with_expectation(changed(less, np.arange(200, len(examples.table)), 77.0), rows)
    np.testing.assert_array_equal(again.linear.slope, expectation.linear.slope)
    assert again.strength == expectation.strength
    _, other = with_expectation(changed(less, np.arange(100), 77.0), rows)
    assert not np.allclose(other.linear.slope, expectation.linear.slope)


def test_a_learning_curve_learns_from_the_latest_outcomes(judged) -> None:
    examples, forward = judged
    curve = learning_curve(examples, forward, Settings(), sizes=(50, 200, 10_000))
    assert [point["outcomes"] for point in curve] == [50, 200]
    assert curve[1]["explained_deviance"] > 0.3
    # Where the oldest outcomes of a fold say the opposite, the latest still say what holds.
    table = examples.table.copy()
    rows = np.arange(120)
    table.loc[rows, "net"] = np.round(200 / (1 + table.loc[rows, "relevance__relevant_posts__365d"]))
    upside = Examples(table, examples.features)
    found = learning_curve(
        upside, predict_forward(upside, Settings(), variants=False), Settings(), sizes=(200,)
    )
    assert found[0]["explained_deviance"] > 0.3


def some_bring_more() -> Examples:
    """Return outcomes of which some people bring five times as much as others, so that ``surprise`` has something to tell."""
    made = make()
    more = made.table["influencer_id"].str[1:].astype(int) % 2 * 4 + 1
    told = replace(made, table=made.table.assign(net=made.table["net"] * more))
    return with_expectation(told, np.arange(len(made.table)) < 200)[0]


def test_what_is_left_out_is_not_judged_by_what_surprise_knew_of_it() -> None:
    """Whatever the whole data taught ``surprise``, here the outcomes themselves, nothing of it is left."""
    examples, settings = some_bring_more(), Settings(kind="linear", alpha=0.1)
    forward = predict_forward(examples, settings, variants=False)
    knowing = examples.table.assign(**{SURPRISE.column: np.log1p(examples.table["net"])})
    leaking = replace(examples, table=knowing)
    told, curve = ablate(examples, forward, settings), learning_curve(examples, forward, settings, (200,))
    assert ablate(leaking, forward, settings) == told
    assert learning_curve(leaking, forward, settings, (200,)) == curve
    keep = [group != "relevance" for group in examples.declared.groups]
    before = known_before(examples, forward.folds[0].start)
    less, _ = with_expectation(take_features(examples, keep), before)
    again = module.predict_again(less, forward, settings)
    models = judge(examples, replace(forward, expected=forward.expected | {"less": again}))["all"]["models"]
    lost = models[SUASION]["explained_deviance"] - models["less"]["explained_deviance"]
    assert told["characteristic"]["relevance"]["adds"] == pytest.approx(lost)


def test_a_learning_curve_by_hand(gifted) -> None:
    """Each fold learns from its last hundred rows, what it compares past outcomes with too, and so does the past average beside it."""
    examples, forward = gifted
    (point,) = learning_curve(examples, forward, LINEAR, sizes=(100,))
    told = {name: np.full(len(examples.table), np.nan) for name in ("explained_deviance", "past_average")}
    for fold in forward.folds[2:]:
        recent, rows = fold.train[-100:], fold.judged
        anew, expectation = with_expectation(examples, recent)
        assert expectation.strength is not None, "or nothing is remembered of anybody"
        train, X, exposure = anew.data.take(recent), anew.data.X[rows], anew.data.exposure[rows]
        parts, _ = fit(train, anew.declared, LINEAR)
        told["explained_deviance"][rows] = exposure * np.exp(parts.log_rate(X, GROUPS))
        place = [anew.columns.index("conversion__shrunk_rate")]
        past = LinearRegressor(alpha=1e-3).fit(train.X[:, place], train.y, exposure=train.exposure)
        told["past_average"][rows] = past.predict(X[:, place], exposure)
    rows = np.flatnonzero(forward.judged)
    y = examples.data.y[rows]
    null = poisson_deviance(y, forward.rate[rows]).sum()
    for name, expected in told.items():
        assert point[name] == pytest.approx(1 - poisson_deviance(y, expected[rows]).sum() / null), name
