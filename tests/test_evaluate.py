"""How a model is judged: by what was known, and on the rows it should be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import d2_tweedie_score, roc_auc_score

from suasion.features import GROUPS
from suasion.features.engine.matrix import all_features
from suasion.features.engine.surprise import SURPRISE
from suasion.training.estimators.blend import TreeParts
from suasion.training.estimators.fit import Chosen, Settings
from suasion.training.estimators.tree_text import Forest, Tree
from suasion.training.evaluation import evaluate as module
from suasion.training.evaluation.agreement import agreement
from suasion.training.evaluation.evaluate import (
    BASELINES,
    REGRESSION,
    SUASION,
    TREES,
    beats_baselines,
    judge,
    nothing_judged,
    predict_forward,
)
from suasion.training.evaluation.metrics import LEAST_CAMPAIGNS, pick_probability
from suasion.training.examples import Examples, known_before, take_features, with_expectation

from . import made

WANTED = (
    "conversion__shrunk_rate",
    "conversion__campaigns",
    "momentum__followers",
    "frequency__posts_per_week__365d",
    "relevance__relevant_posts__365d",
    "offer__exposure",
)
FEATURES = tuple(f for f in all_features() if f.column in WANTED)
DAYS = np.timedelta64(15, "D")


def make(
    seed: int = 0, campaigns: int = 60, size: int = 8, people: int = 90, binary: bool = False
) -> Examples:
    """Return outcomes that hang on relevant posts and on nothing else, a campaign every five days, known 15 days later."""
    random = np.random.default_rng(seed)
    n = campaigns * size
    campaign = np.repeat(np.arange(campaigns), size)
    decided = np.datetime64("2023-01-01", "us") + campaign * np.timedelta64(5, "D")
    posts = random.gamma(2.0, 5.0, n)
    exposure = random.integers(1, 5, n).astype(float)
    rate = 0.02 * posts**1.2
    y = (
        (random.random(n) < np.minimum(0.9, rate)).astype(float)
        if binary
        else random.poisson(4 * rate * exposure).astype(float)
    )
    table = pd.DataFrame(
        {
            "campaign_id": [f"c{number}" for number in campaign],
            "influencer_id": [f"i{number}" for number in random.integers(0, people, n)],
            "as_of": decided,
            "known_at": decided + DAYS,
            "exposure": exposure,
            "net": y,
            "revenue": np.nan,
            "conversion__shrunk_rate": random.gamma(2.0, 1.0, n),
            "conversion__campaigns": random.integers(0, 4, n).astype(float),
            "momentum__followers": random.lognormal(9, 1, n),
            "frequency__posts_per_week__365d": random.gamma(2.0, 1.0, n),
            "relevance__relevant_posts__365d": posts,
            "offer__exposure": exposure,
            SURPRISE.column: 0.0,
        }
    )
    found = Examples(table, (*FEATURES, SURPRISE))
    start = np.datetime64("2023-01-01", "us") + (campaigns // 2) * np.timedelta64(5, "D")
    return with_expectation(found, known_before(found, start))[0]


@pytest.fixture(scope="module")
def judged() -> tuple[Examples, Any]:
    examples = make()
    return examples, predict_forward(examples, Settings(), variants=False)


LINEAR = Settings(kind="linear")


def changed(examples: Examples, rows: np.ndarray, y: float) -> Examples:
    table = examples.table.copy()
    table.loc[rows, "net"] = y
    return Examples(table, examples.features)


def test_the_null_is_the_mean_rate_of_what_was_known_times_exposure(judged) -> None:
    examples, forward = judged
    data = examples.data
    starts = np.array([fold.start for fold in forward.folds])
    for row in np.flatnonzero(~np.isnan(forward.rate)):
        start = starts[starts <= data.decided[row]].max()
        known = (data.decided < start) & (data.known < start)
        mean = data.y[known].sum() / data.exposure[known].sum()
        assert forward.rate[row] == pytest.approx(mean * data.exposure[row])
    rows = np.flatnonzero(forward.judged)
    own = judge(examples, forward)["all"]["models"][SUASION]["explained_deviance"]
    # scikit-learn's null is the mean of what is judged, which nobody knew.
    assert own != pytest.approx(d2_tweedie_score(data.y[rows], forward.expected[SUASION][rows], power=1))


def test_what_was_not_known_then_changes_no_prediction_and_no_interval(judged) -> None:
    examples, forward = judged
    last = forward.folds[-1].start
    late = np.flatnonzero(examples.data.known >= last)
    again = predict_forward(changed(examples, late, 500.0), Settings(), variants=False)
    for name, values in forward.expected.items():
        np.testing.assert_allclose(again.expected[name], values, rtol=1e-9, err_msg=name)
    unchanged = np.setdiff1d(np.flatnonzero(forward.judged), late)
    assert len(unchanged) > 50
    np.testing.assert_array_equal(again.covered[unchanged], forward.covered[unchanged])
    # That the last fold's interval saw none of it: it would hold everything if it had.
    inside = np.setdiff1d(forward.folds[-1].judged, [])
    assert (again.covered[inside] == 0).all(), "500 is within no interval made of what was known"


def test_only_the_last_three_periods_are_judged(judged) -> None:
    _, forward = judged
    assert [bool(forward.judged[fold.judged].all()) for fold in forward.folds] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert forward.judged.mean() == pytest.approx(0.3, abs=0.05)


def test_halves_of_the_campaigns_agree_on_what_is_true_and_not_on_chance(judged) -> None:
    examples, forward = judged
    alike = agreement(examples, forward, Settings())
    assert alike["relevance"] > 0.95, "what conversions are made of"
    # Shuffled among all rows, the same conversions are nobody's (but fewer a call where calls are many).
    random = np.random.default_rng(3).permutation(examples.table["net"].to_numpy())
    chance = agreement(replace(examples, table=examples.table.assign(net=random)), forward, Settings())
    assert np.mean([chance[name] for name in ("relevance", "frequency", "conversion")]) < 0.75
    assert set(alike) <= set(GROUPS)
    few = replace(examples, table=examples.table.head(100))
    assert agreement(few, forward, Settings()) == {}


def test_neither_names_nor_the_order_of_rows_decide_who_is_in_which_half(judged) -> None:
    examples, forward = judged
    alike = agreement(examples, forward, Settings(kind="linear"))
    table = examples.table.assign(
        campaign_id=examples.table["campaign_id"].map(lambda name: f"z{name[::-1]}")
    )
    renamed = replace(examples, table=table.sample(frac=1.0, random_state=1))
    assert agreement(renamed, forward, Settings(kind="linear")) == pytest.approx(alike, abs=1e-6)


def test_auc_is_of_the_rate_and_scikit_learns() -> None:
    examples = make(binary=True)
    forward = predict_forward(examples, Settings(), variants=False)
    figures = judge(examples, forward)["all"]
    rows = np.flatnonzero(forward.judged)
    y, exposure = examples.data.y[rows], examples.data.exposure[rows]
    for name in (SUASION, "past average"):
        told = figures["models"][name]
        assert told["auc"] == pytest.approx(roc_auc_score(y, forward.expected[name][rows] / exposure))
        assert told["auc_90"][0] <= told["auc"] <= told["auc_90"][1]
    assert figures["models"][SUASION]["auc"] > 0.7
    assert figures["coverage"] is None, "a probability has no interval that could hold"


def test_counts_have_no_auc_and_their_interval_is_judged(judged) -> None:
    examples, forward = judged
    figures = judge(examples, forward)["all"]
    assert "auc" not in figures["models"][SUASION]
    rows = np.flatnonzero(forward.judged)
    assert figures["coverage"] == forward.covered[rows].mean()
    picked = pick_probability(
        examples.table["campaign_id"].to_numpy(object)[rows], forward.expected[SUASION][rows]
    )
    assert figures["coverage_picked"] == pytest.approx(np.average(forward.covered[rows], weights=picked))
    assert figures["models"][SUASION]["predicted_by_actual"] == pytest.approx(
        forward.expected[SUASION][rows].sum() / examples.data.y[rows].sum()
    )


def test_what_a_baseline_goes_by_is_named_where_it_is_not_known(judged) -> None:
    examples, _ = judged
    table = examples.table.assign(momentum__followers=np.nan)
    for told in (
        Examples(table, examples.features),
        take_features(examples, [c != "momentum__followers" for c in examples.columns]),
    ):
        if "momentum__followers" not in told.columns:
            told = Examples(told.table.drop(columns="momentum__followers"), told.features)
        figures = judge(told, predict_forward(told, Settings(), variants=False))["all"]
        assert figures["absent"] == ["audience size", "engagement rate"]
        assert set(BASELINES) - set(figures["models"]) == set(figures["absent"])
        assert figures["ranking"]["most_followed"] is None
        assert figures["ranking"]["followers_known"] == 0.0
        assert all(model["gain_on_most_followed"] is None for model in figures["models"].values())
        told_so = "audience size and engagement rate could not: what they go by is not known"
        assert told_so in beats_baselines(figures)[1]


def test_engagement_is_a_baseline_where_it_is_known() -> None:
    examples = make()
    per_follower = next(f for f in all_features() if f.column == "references__engagement_per_follower__365d")
    y, exposure = examples.table["net"], examples.table["exposure"]
    table = examples.table.assign(**{per_follower.column: np.log1p(y / exposure)})
    told = Examples(table, (*examples.features, per_follower))
    figures = judge(told, predict_forward(told, Settings(), variants=False))["all"]
    assert figures["absent"] == []
    rates = {name: model["explained_deviance"] for name, model in figures["models"].items()}
    assert rates["engagement rate"] > 0.5 > rates["audience size"], (
        "it goes by engagement, and engagement tells all here"
    )


def test_captured_has_its_scale_and_counts_campaigns_with_a_choice() -> None:
    examples = make()
    table = examples.table.copy()
    alone = table.groupby("campaign_id").cumcount() > 0
    lonely = table["campaign_id"].isin([f"c{number}" for number in range(55, 60)])
    table = table[~(lonely & alone)].reset_index(drop=True)  # five campaigns with one candidate
    table.loc[table["campaign_id"] == "c50", "net"] = 0.0  # one that brought nothing
    table.loc[::3, "momentum__followers"] = np.nan
    told = Examples(table, examples.features)
    forward = predict_forward(told, Settings(), variants=False)
    figures = judge(told, forward)["all"]
    rows = np.flatnonzero(forward.judged)
    judged = table.iloc[rows].assign(expected=forward.expected[SUASION][rows])
    total = random = perfect = own = 0.0
    campaigns = 0
    for _, part in judged.groupby("campaign_id"):
        if len(part) < 2 or part["net"].sum() == 0:
            continue
        picks = max(1, round(0.3 * len(part)))
        campaigns += 1
        total += part["net"].sum()
        random += part["net"].mean() * picks
        perfect += part["net"].nlargest(picks).sum()
        own += part.nlargest(picks, "expected")["net"].sum()
    assert figures["ranking"]["campaigns"] == campaigns
    assert figures["ranking"]["random"] == pytest.approx(random / total)
    assert figures["ranking"]["perfect"] == pytest.approx(perfect / total)
    assert figures["models"][SUASION]["captured"] == pytest.approx(own / total)
    assert figures["ranking"]["followers_known"] == pytest.approx(
        judged["momentum__followers"].notna().mean()
    )
    assert figures["models"][SUASION]["gain_on_most_followed"] == pytest.approx(
        own / total - figures["ranking"]["most_followed"]
    )
    low, high = figures["models"][SUASION]["captured_90"]
    assert low < own / total < high


def test_names_and_the_order_of_candidates_do_not_change_who_is_most_followed() -> None:
    examples = make()
    table = examples.table.assign(momentum__followers=5_000.0)  # nobody stands out
    told = Examples(table, examples.features)
    figures = judge(told, predict_forward(told, Settings(), variants=False))["all"]["ranking"]
    assert figures["most_followed"] == pytest.approx(figures["random"])


def test_ranking_is_not_told_of_fewer_than_ten_campaigns() -> None:
    examples = make(campaigns=20, size=24)
    told = judge(examples, predict_forward(examples, Settings(), variants=False))["all"]
    assert told["ranking"]["campaigns"] < LEAST_CAMPAIGNS
    own = told["models"][SUASION]
    assert [own[name] for name in ("captured", "spearman", "ndcg", "gain_on_most_followed")] == [None] * 4
    assert told["ranking"]["random"] is None
    assert beats_baselines(told)[1].endswith(
        f"{told['ranking']['campaigns']} of them left a choice, and it takes 10."
    )


def test_nothing_is_judged_where_nothing_came() -> None:
    examples = make()
    late = np.flatnonzero(examples.data.decided > np.datetime64("2023-06-01"))
    quiet = changed(examples, late, 0.0)
    forward = predict_forward(quiet, Settings(), variants=False)
    assert "all" not in judge(quiet, forward)
    assert nothing_judged(quiet, forward) == (
        f"This model cannot be judged: 0 of the last {int(forward.judged.sum())} outcomes brought a conversion, and it takes 10. "
        "If tracking broke, or outcomes are not in yet, mend that first."
    )
    few = replace(forward, judged=forward.judged & (np.cumsum(forward.judged) <= 12))
    assert nothing_judged(quiet, few) == (
        "There are too few outcomes to judge this model: 12 after those it learns from, where it takes 20."
    )


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
def test_nothing_is_judged_where_all_outcomes_are_of_one_rate(unit: float) -> None:
    examples = make(campaigns=36)
    same = replace(examples, table=examples.table.assign(net=examples.table["exposure"] * unit))
    forward = predict_forward(same, Settings(kind="linear"), variants=False)
    assert judge(same, forward) == {}
    assert nothing_judged(same, forward) == (
        f"This model cannot be judged: the last {int(forward.judged.sum())} outcomes are all of one rate, so there is nothing to tell apart."
    )


@pytest.mark.parametrize(("n_splits", "first"), [(1, 0), (2, 0), (3, 2), (4, 2)])
def test_of_more_than_two_periods_the_first_two_only_calibrate(n_splits: int, first: int) -> None:
    examples = make(campaigns=24, size=5, people=40)
    told = predict_forward(examples, Settings(kind="linear", alpha=1.0), variants=False, n_splits=n_splits)
    assert len(told.folds) == len(told.fitted) == len(told.chosen) == n_splits
    judged = np.unique(np.concatenate([fold.judged for fold in told.folds[first:]]))
    assert np.flatnonzero(told.judged).tolist() == judged.tolist()
    assert told.low is not None


@pytest.mark.parametrize("variants", [True, False])
def test_the_regression_alone_and_each_variant_are_fitted_by_themselves(
    variants: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand: a stump of 0.25 up to 8 posts and -0.1 above, on top of a slope on log(1 + posts)."""
    examples = make(campaigns=30, size=4, people=20)
    X, exposure = examples.data.X, examples.data.exposure
    columns = examples.columns
    posts = columns.index("relevance__relevant_posts__365d")
    stump = Tree((posts,), (8.0,), (2,), (-1,), (-2,), (0.25, -0.1), (3, 4), (7,), 1.0)
    slopes = {made.record(column): 0.3 * (place == posts) for place, column in enumerate(columns)}
    blend = made.bundle(slopes, trees=TreeParts.of(Forest(len(columns), (stump,)))).parts
    asked: list[Settings] = []

    def fitted(train: Any, declared: Any, settings: Settings, chosen: Any = None) -> Any:
        asked.append(settings)
        without = {"linear": {"trees": None}, "trees": {"linear": None}}.get(settings.kind, {})
        return replace(blend, **without), Chosen(1, 0.1)

    monkeypatch.setattr(module, "fit", fitted)
    own = Settings(alpha=0.1, random_state=3)
    told = predict_forward(examples, own, variants=variants, n_splits=3)
    rows = np.flatnonzero(~np.isnan(told.expected[SUASION]))
    judged = np.flatnonzero(told.judged)
    stumps, slope = np.where(X[:, posts] <= 8.0, 0.25, -0.1), 0.3 * np.log1p(X[:, posts])
    logs = {SUASION: stumps + slope, REGRESSION: slope} | ({TREES: stumps} if variants else {})
    assert (TREES in told.expected) is variants
    for name, log in logs.items():
        np.testing.assert_allclose(told.expected[name][rows], exposure[rows] * np.exp(log[rows]), rtol=1e-6, err_msg=name)  # fmt: skip
    others = {"trees that mix", "trees without directions"}
    assert (others <= set(told.expected)) is variants
    assert [one for one in asked if one == own] == [own] * 3
    free = [one for one in asked if one != own]
    regression, trees = replace(own, kind="linear"), replace(own, kind="trees")
    wanted = [regression, trees] * 3 + [replace(trees, interactions=True), replace(trees, monotonic=False)]
    assert free == (wanted if variants else [regression] * 3)
    for name in others if variants else ():
        np.testing.assert_allclose(told.expected[name][judged], told.expected[TREES][judged])
