"""A review finds what is wrong with a model, and only that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom, norm, poisson

from suasion.features import GROUPS
from suasion.features.engine.matrix import all_features
from suasion.features.errors import EmptyTableError
from suasion.features.identity.accounts import People
from suasion.features.tables.open import open_tables
from suasion.serving.cli.main import suasion
from suasion.training.bundle.folder import load
from suasion.training.bundle.learned_from import outcome_digest
from suasion.training.bundle.manifest import Ranking
from suasion.training.estimators.blend import TreeParts
from suasion.training.estimators.fit import poisson_deviance
from suasion.training.estimators.interval import calibrate
from suasion.training.evaluation.metrics import bootstrap, range_90
from suasion.training.evaluation.ranking import RankingJudge
from suasion.training.evaluation.review import (
    ByFactor,
    Drift,
    Figure,
    Review,
    _by_factor,
    _compare,
    _drift,
    _misjudged,
    _reasons,
    _sigmas,
    _slopes,
    _trained,
    _worth,
    review,
)


@pytest.fixture(scope="module")
def reviewed(world: Path, earlier: Path) -> Review:
    with open_tables(world) as tables:
        return review(tables, load(earlier))


def test_it_compares_what_came_after_training_with_what_was_promised(
    reviewed: Review, world: Path, earlier: Path
) -> None:
    bundle = load(earlier)
    outcomes = pd.read_parquet(world / "outcomes.parquet")
    campaigns = pd.read_parquet(world / "campaigns.parquet").set_index("campaign_id")
    known = outcomes.get(
        "known_at", outcomes["campaign_id"].map(campaigns["ends_at"]) + pd.Timedelta(days=14)
    )
    new = outcomes[known > pd.Timestamp(bundle.facts["last_known"])]
    assert reviewed.outcomes == len(new)
    assert reviewed.influencers == new["influencer_id"].nunique()
    net = (
        (new["conversions"] - new["refunds"].fillna(0)).clip(lower=0)
        if "refunds" in new
        else new["conversions"]
    )
    assert reviewed.actual == pytest.approx(net.sum())
    assert 0.5 < reviewed.actual_by_expected.value < 2.0
    assert reviewed.actual_by_expected.value == pytest.approx(reviewed.actual / reviewed.expected)
    low, high = reviewed.coverage.range_90
    assert low <= reviewed.coverage.value <= high
    assert sum(point["rows"] for point in reviewed.calibration) == reviewed.outcomes
    assert [part.factor for part in reviewed.by_factor] == list(GROUPS)


def test_the_promise_is_what_the_model_would_have_said_then(
    world: Path, earlier: Path, reviewed: Review
) -> None:
    """What became known after a decision must not change what a review says was promised of it."""
    from suasion.features.engine.matrix import prepare
    from suasion.training.examples import build_candidates, known_outcomes, offer_columns

    bundle = load(earlier)
    with open_tables(world) as tables:
        columns = f"campaign_id, influencer_id, as_of, {offer_columns(tables)}"
        new = f"SELECT {columns} FROM ({known_outcomes(tables, None)}) WHERE known_at > TIMESTAMP '{bundle.facts['last_known']}'"
        alone = build_candidates(prepare(tables, bundle.fitted.space), new, bundle.fitted)
        came = tables.sql(f"SELECT * FROM ({known_outcomes(tables, None)})").df()
    expected = bundle.predict(alone)["expected_conversions"].to_numpy()
    assert expected.sum() == pytest.approx(reviewed.expected, rel=1e-9)
    # The null is the mean rate of what it learned from, to the last outcome.
    old = came[came["known_at"] <= pd.Timestamp(bundle.facts["last_known"])]
    rate = bundle.facts["conversions"] / old["exposure"].sum()
    y = alone.merge(came, on=["campaign_id", "influencer_id"])["net"].to_numpy()
    null, deviance = poisson_deviance(y, rate * alone["exposure"].to_numpy()), poisson_deviance(y, expected)
    told = 1 - deviance.sum() / null.sum()
    assert reviewed.explained_deviance.value == pytest.approx(told, rel=1e-9)


def shifted(bundle, log: float):
    """Return the model with every prediction multiplied."""
    parts = bundle.parts
    trees, linear = parts.trees, parts.linear
    if trees is not None:
        first, *rest = trees.forest.trees
        moved = replace(first, value=tuple(value + log for value in first.value))
        trees = TreeParts.of(replace(trees.forest, trees=(moved, *rest)))
    if linear is not None:
        linear = replace(linear, intercept=linear.intercept + log)
    return replace(bundle, parts=replace(parts, trees=trees, linear=linear))


def test_a_model_that_promises_too_much_is_to_be_trained_again(world: Path, earlier: Path) -> None:
    with open_tables(world) as tables:
        told = review(tables, shifted(load(earlier), np.log(3.0)))
    assert told.retrain
    assert any(reason.startswith("fewer conversions came than promised") for reason in told.reasons)
    assert told.misjudged
    assert all(one.surprise < 0 for one in told.misjudged[:5])


def test_drift_is_found_where_a_feature_moved_and_only_there(
    world: Path, earlier: Path, tmp_path: Path, reviewed: Review
) -> None:
    import shutil

    moved = tmp_path / "moved"
    shutil.copytree(world, moved)
    audience = pd.read_parquet(moved / "audience.parquet")
    late = audience["observed_at"] > pd.Timestamp(load(earlier).facts["last_known"]) - pd.Timedelta(days=60)
    audience.loc[late, "followers"] *= 50
    audience.to_parquet(moved / "audience.parquet")
    with open_tables(moved) as tables:
        told = review(tables, load(earlier))
    new = {drift.feature for drift in told.drift} - {drift.feature for drift in reviewed.drift}
    assert "momentum__followers" in new
    assert not any(name.startswith(("relevance", "conversation__questions")) for name in new)


@pytest.fixture(scope="module")
def restated(world: Path, earlier: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The world with 40 outcomes revised and 25 old ones imported since; and without any that is new."""
    import shutil

    bundle, folders = load(earlier), []
    last = pd.Timestamp(bundle.facts["last_known"])
    with open_tables(world) as tables:
        outcomes = tables.sql("SELECT * EXCLUDE (row_id, superseded_at) FROM outcomes").df()
    old, new = outcomes[outcomes["known_at"] <= last], outcomes[outcomes["known_at"] > last]
    again = old.head(40).assign(conversions=lambda rows: rows["conversions"] + 1, refunds=0.0)
    again["known_at"] = last + pd.Timedelta(days=1)
    picked = set(zip(old["campaign_id"], old["influencer_id"], strict=True))
    late = old.tail(60).assign(influencer_id=sorted(set(outcomes["influencer_id"]))[:60])
    pairs = zip(late["campaign_id"], late["influencer_id"], strict=True)
    late = late[[pair not in picked for pair in pairs]].head(25)
    assert (len(again), len(late)) == (40, 25)
    for name, parts in (("all", [old, new, again, late]), ("old", [old, again])):
        folder = tmp_path_factory.mktemp("restated") / name
        shutil.copytree(world, folder)
        pd.concat(parts).to_parquet(folder / "outcomes.parquet")
        folders.append(folder)
    return folders[0], folders[1]


def test_new_is_what_it_did_not_learn_from_and_what_was_revised_is_counted_apart(
    restated: tuple[Path, Path], earlier: Path, reviewed: Review
) -> None:
    assert (reviewed.revised, reviewed.late) == (0, 0)
    with open_tables(restated[0]) as tables:
        told = review(tables, load(earlier))
    assert told.revised == 40
    assert told.late == 25
    assert told.outcomes == reviewed.outcomes + 25


def test_forty_revised_outcomes_are_none_that_became_known(
    restated: tuple[Path, Path], earlier: Path
) -> None:
    said = "^0 outcomes became known since .*, and 40 that it learned from were revised since; a review takes"
    with open_tables(restated[1]) as tables, pytest.raises(EmptyTableError, match=said):
        review(tables, load(earlier))


def test_what_it_learned_from_is_known_under_any_account_of_the_same_person() -> None:
    facts = {
        "fingerprint": "00",
        "seen": [outcome_digest("c1", "x:1", "00"), outcome_digest("c2", "bob", "00")],
    }
    came = pd.DataFrame(
        {"campaign_id": ["c1", "c1", "c2", "c2"], "influencer_id": ["anna", "bob", "anna", "bob"]}
    )
    bundle = SimpleNamespace(facts=facts)
    assert _trained(came, bundle, People.of([("x:1", "anna")])).tolist() == [True, False, False, True]
    assert _trained(came, bundle, People.of([])).tolist() == [False, False, False, True]


# -- drift ------------------------------------------------------------------------------------------------------------


def decisions(values: dict[str, np.ndarray], people: int, campaigns: int, start: int = 0) -> pd.DataFrame:
    n = len(next(iter(values.values())))
    who = [f"p{row % people}" for row in range(n)]
    return pd.DataFrame(
        {
            "influencer_id": who,
            "campaign_id": [f"c{start + row * campaigns // n}" for row in range(n)],
            **values,
        }
    )


def test_what_can_only_grow_is_not_compared(reviewed: Review, world: Path, earlier: Path) -> None:
    grows = {feature.column for feature in all_features() if feature.cumulative}
    assert grows & set(load(earlier).parts.features)
    assert not grows & {drift.feature for drift in reviewed.drift}
    assert reviewed.features_compared <= len(set(load(earlier).parts.features) - grows)


def test_what_is_the_same_for_a_whole_campaign_counts_once_a_campaign() -> None:
    """25 campaigns told 40 times each are 25, declared so or not."""
    random = np.random.default_rng(0)
    season, other = random.normal(0, 1, 25), random.normal(0.4, 1, 25)
    before = decisions({"season": np.repeat(season, 40)}, 1000, 25)
    after = decisions({"season": np.repeat(other, 40)}, 1000, 25, 25)
    assert _drift(["season"], (), before, after) == ([], 1)
    assert _drift(["season"], ["season"], before, after) == ([], 1)
    drift, _ = _drift(["season"], (), before, after.assign(season=np.repeat(season + 3, 40)))
    assert drift[0].before == pytest.approx(np.median(season))
    assert drift[0].after == pytest.approx(np.median(season) + 3)
    few = before[before["campaign_id"] < "c19"]
    assert _drift(["season"], ["season"], few[few["campaign_id"].isin(["c0", "c1"])], after) == ([], 0)


def test_a_declared_feature_that_differs_a_little_within_a_campaign_counts_once_all_the_same() -> None:
    random = np.random.default_rng(1)
    told = [np.repeat(random.normal(mean, 1, 25), 40) + random.normal(0, 0.01, 1000) for mean in (0, 0.4)]
    before, after = (decisions({"season": values}, 1000, 25, 25 * place) for place, values in enumerate(told))
    assert _drift(["season"], ["season"], before, after) == ([], 1)


def test_rows_of_the_same_people_are_no_proof_of_drift() -> None:
    """Twelve people drawn twice from the same crowd, each told a hundred times, differ by chance."""
    random, flagged = np.random.default_rng(2), 0
    for _ in range(40):
        told = [np.tile(random.normal(0, 1, 12), 100) + random.normal(0, 0.05, 1200) for _ in range(2)]
        before, after = (decisions({"x": values}, 12, 100) for values in told)
        flagged += len(_drift(["x"], (), before, after)[0])
    assert flagged <= 4
    apart = np.tile(np.linspace(-1, 1, 12), 100)
    assert _drift(["x"], (), decisions({"x": apart}, 12, 100), decisions({"x": apart + 5}, 12, 100))[0]


def test_what_values_are_worth_beside_others_of_their_cluster() -> None:
    """Ranks 1 to 6 in three pairs by hand: within 0.5 a pair, between 16; ρ = (8 - 0.5) / (8 + 0.5), 6 / (1 + ρ)."""
    part = pd.DataFrame({"campaign_id": list("aabbcc"), "value": [1.0, 2, 5, 7, 11, 30]})
    assert _worth(part) == pytest.approx(6 / (1 + 7.5 / 8.5))
    assert _worth(part.assign(campaign_id=list("abcdef"))) == 6.0
    assert _worth(part.assign(campaign_id="a")) == 1.0
    assert _worth(part.assign(campaign_id=list("abcabc"))) == 6.0, (
        "what is unlike within a cluster is no less"
    )
    both = part.assign(influencer_id=list("aabbcc"))
    assert _worth(both) == pytest.approx(6 / (1 + 2 * 7.5 / 8.5))


def test_what_is_missing_is_told_before_and_after() -> None:
    before = decisions({"x": np.r_[np.arange(80.0), np.full(20, np.nan)]}, 100, 100)
    after = decisions({"x": np.r_[np.arange(90.0) + 500, np.full(10, np.nan)]}, 100, 100)
    (drift,), _ = _drift(["x"], (), before, after)
    assert (drift.missing_before, drift.missing_after) == (pytest.approx(0.2), pytest.approx(0.1))
    assert (drift.before, drift.after) == (39.5, 544.5)


def test_of_many_features_one_that_is_off_by_chance_is_not_told() -> None:
    """Distance 0.24 of two hundred: beyond chance by itself (p 0.006), not as one of forty."""
    base = np.arange(100.0)
    before = decisions({f"f{number}": base for number in range(40)}, 100, 100)
    after = before.assign(f0=base + 24)
    assert [drift.feature for drift in _drift(["f0"], (), before, after)[0]] == ["f0"]
    assert _drift([f"f{number}" for number in range(40)], (), before, after) == ([], 40)
    found, _ = _drift(["f0", "f1"], (), before, after.assign(f1=base + 60))
    assert [drift.feature for drift in found] == ["f1", "f0"], "the furthest first"
    assert found[0] == Drift("f1", pytest.approx(0.6), 49.5, 109.5, 0.0, 0.0)


def test_a_distance_that_is_small_is_no_drift_however_sure() -> None:
    base = np.arange(10_000.0)
    before = decisions({"x": base}, 10_000, 10_000)
    assert _drift(["x"], (), before, before.assign(x=base + 1_900))[0] == []
    assert _drift(["x"], (), before, before.assign(x=base + 2_100))[0] != []


# -- ranking ----------------------------------------------------------------------------------------------------------


SCALE = ("campaigns", "random", "perfect", "most_followed", "followers_known")


def scale(*figures: float | None) -> Ranking:
    return dict(zip(SCALE, figures, strict=True))  # type: ignore[return-value]


def ranked(campaigns: int, followers: np.ndarray | None = None):
    """Ten candidates a campaign; 3, 2, 1 conversions of the last three; the score picks 9, 8 and 0."""
    y = np.tile([0.0] * 7 + [1, 2, 3], campaigns)
    score = np.tile([7.0, 0, 1, 2, 3, 4, 5, 6, 8, 9], campaigns)
    rows = pd.DataFrame({"campaign_id": np.repeat([f"c{number}" for number in range(campaigns)], 10)})
    if followers is not None:
        rows["momentum__followers"] = np.tile(followers, campaigns)
    judge = RankingJudge(rows, y, np.ones((3, len(y))))
    captured, _ = judge.of(score)
    return captured["captured"], captured["captured_90"], judge.figures()


def test_what_is_captured_has_a_scale() -> None:
    captured, between, ranking = ranked(10)
    assert captured == pytest.approx(5 / 6)
    assert between == [pytest.approx(5 / 6)] * 2
    assert ranking == scale(10, pytest.approx(0.3), pytest.approx(1.0), None, 0.0)


def test_fewer_than_ten_campaigns_with_a_choice_tell_nothing_of_the_ranking() -> None:
    assert ranked(9) == (None, [], scale(9, None, None, None, 0.0))


def test_the_most_followed_are_compared_only_where_followers_are_known() -> None:
    known = np.arange(10.0)
    assert ranked(10, known)[2]["most_followed"] == pytest.approx(1.0)
    assert ranked(10, -known)[2]["most_followed"] == pytest.approx(0.0)
    assert ranked(10, np.zeros(10))[2]["most_followed"] == pytest.approx(0.3), "ties are drawn at random"
    gaps = np.where(np.arange(10) == 9, 5.0, np.nan)
    told = ranked(10, gaps)[2]
    assert told["most_followed"] == pytest.approx((3 + 3 * 2 / 9) / 6), "one is known, two of nine are drawn"
    assert told["followers_known"] == pytest.approx(0.1)


def test_campaigns_without_a_choice_are_not_in_the_denominator() -> None:
    names = np.array([*(f"c{row // 2}" for row in range(20)), "alone", "none", "none"], dtype=object)
    y = np.array([1.0, 0.0] * 10 + [100, 0, 0])
    known = np.where(names == "alone", 5.0, np.nan)
    rows = pd.DataFrame({"campaign_id": names, "momentum__followers": known})
    judge = RankingJudge(rows, y, np.ones((2, len(y))))
    assert judge.figures()["campaigns"] == 10
    assert judge.of(y)[0]["captured"] == pytest.approx(1.0)
    assert judge.figures()["random"] == pytest.approx(0.5)
    assert judge.figures()["most_followed"] is None, "of those that leave a choice nobody's are known"


def test_a_draw_without_a_campaign_that_leaves_a_choice_says_nothing_of_the_ranking() -> None:
    rows = pd.DataFrame({"campaign_id": np.repeat([f"c{number}" for number in range(10)], 2)})
    draws = np.array([np.ones(20), np.zeros(20)])
    assert RankingJudge(rows, np.tile([1.0, 0.0], 10), draws).of(np.tile([1.0, 0.0], 10))[0][
        "captured_90"
    ] == [1, 1]


# -- ranges and reasons -----------------------------------------------------------------------------------------------


def lucky(random: np.random.Generator, campaigns: int, variance: float) -> pd.DataFrame:
    """Outcomes of campaigns with luck, of people who differ; what is expected of them is right on average."""
    people, luck = random.gamma(5, 1 / 5, 80), random.gamma(1 / variance, variance, campaigns)
    who = np.concatenate([random.choice(80, 12, replace=False) for _ in range(campaigns)])
    which = np.repeat(np.arange(campaigns), 12)
    factors = np.exp(random.normal(0, 0.15, (len(who), len(GROUPS))))
    expected = 5 * factors.prod(axis=1)
    came = random.poisson(expected * people[who] * luck[which]).astype(float)
    ids = {"influencer_id": [f"p{one}" for one in who], "campaign_id": [f"c{one}" for one in which]}
    told = {"exposure": 1.0, "expected_conversions": expected, "net": came}
    return pd.DataFrame({**ids, **told, **dict(zip(GROUPS, factors.T, strict=True))})


def model_of(train: pd.DataFrame):
    """A bundle that expects what is expected, with its interval and evaluation from the training rows."""
    y, expected = train["net"].to_numpy(), train["expected_conversions"].to_numpy()
    people = train["influencer_id"].to_numpy(dtype=object)
    interval, draws = calibrate(y, expected, people), bootstrap(train, 0)
    null, deviance = poisson_deviance(y, np.full(len(y), y.mean())), poisson_deviance(y, expected)
    figures = {"explained_deviance": 1 - deviance.sum() / null.sum()}
    figures["explained_deviance_90"] = range_90(1 - (draws @ deviance) / (draws @ null))

    def predict(table: pd.DataFrame) -> pd.DataFrame:
        low, high = interval.bounds(table["expected_conversions"].to_numpy())
        return table[["expected_conversions", *GROUPS]].assign(low=low, high=high)

    return SimpleNamespace(
        predict=predict,
        interval=interval,
        facts={"outcomes": 10**6},
        evaluation={"judged": {"all": {"models": {"suasion": figures}}}},
    )


def test_the_luck_of_campaigns_does_not_ask_to_train_again() -> None:
    """Of a model that is right: the 90 % range holds 1, and at most one in ten is to be trained again."""
    random = np.random.default_rng(7)
    held, again, worlds = 0, 0, 40
    for world in range(worlds):
        train, new = lucky(random, 60, 0.45), lucky(random, 16, 0.45)
        bundle = model_of(train)
        told = _compare(bundle, new, float(train["net"].mean()), seed=world)
        low, high = told.actual_by_expected.range_90
        held += low <= 1 <= high
        again += bool(_reasons(told, bundle))
    assert 0.8 * worlds <= held < worlds
    assert again <= 0.1 * worlds


def test_a_model_that_is_wrong_is_found_in_spite_of_the_luck() -> None:
    random = np.random.default_rng(8)
    train, new = lucky(random, 60, 0.3), lucky(random, 40, 0.3)
    bundle = model_of(train)
    told = _compare(bundle, new.assign(net=new["net"] * 2), float(train["net"].mean()), seed=0)
    assert any(reason.startswith("more conversions came than promised") for reason in _reasons(told, bundle))


def test_every_figure_is_that_of_the_new_outcomes() -> None:
    """Two groups of rows by hand: expected 1 and 10, came 3 and 8, the null promises 2 for each post."""
    n = 20
    table = pd.DataFrame(
        {"influencer_id": [f"p{i}" for i in range(2 * n)], "campaign_id": [f"c{i % 8}" for i in range(2 * n)]}
    )
    table = table.assign(exposure=2.0, net=[3.0] * n + [8.0] * n, expected_conversions=[1.0] * n + [10.0] * n)
    table = table.assign(low=0.0, high=[2.0] * n + [9.0] * n, **dict.fromkeys(GROUPS, 1.0)).sample(
        frac=1.0, random_state=0
    )
    columns = ["expected_conversions", "low", "high", *GROUPS]
    bundle = SimpleNamespace(
        predict=lambda t: t[columns],
        interval=SimpleNamespace(level=0.9, dispersion_at=lambda expected: np.full(len(expected), 0.1)),
    )
    told = _compare(bundle, table, 2.0, seed=0)
    assert (told.outcomes, told.influencers, told.campaigns) == (2 * n, 2 * n, 8)
    assert (told.expected, told.actual) == (11 * n, 11 * n)
    assert told.actual_by_expected.value == pytest.approx(1.0)
    assert told.coverage.value == pytest.approx(0.5)
    null, deviance = (
        poisson_deviance(np.array([3.0, 8.0]), np.array(mu)).sum() for mu in ([4.0, 4.0], [1.0, 10.0])
    )
    assert told.explained_deviance.value == pytest.approx(1 - deviance / null)
    assert {(p["expected"], p["actual"], p["rows"]) for p in told.calibration} == {
        (1.0, 3.0, 4),
        (10.0, 8.0, 4),
    }
    assert all(low <= value <= high for value, (low, high) in (
        (figure.value, figure.range_90) for figure in (told.actual_by_expected, told.coverage, told.explained_deviance)
    ))  # fmt: skip
    assert [part.slope for part in told.by_factor] == [Figure(None, [])] * len(GROUPS), (
        "a factor that is the same for all"
    )
    assert _compare(bundle, table, None, seed=0).explained_deviance == Figure(None, [])


def test_of_outcomes_without_an_interval_coverage_is_not_told() -> None:
    table = lucky(np.random.default_rng(0), 12, 0.3).assign(net=lambda t: (t["net"] > 4) * 1.0)
    bundle = model_of(table)
    bundle.predict = lambda t: t[["expected_conversions", *GROUPS]].assign(low=np.nan, high=np.nan)
    told = _compare(bundle, table, 0.5, seed=0)
    assert told.coverage == Figure(None, [])
    assert not any("interval" in reason for reason in _reasons(told, bundle))


MADE_UP = Review(
    since="2024-03-01 00:00:00",
    outcomes=300,
    late=0,
    revised=0,
    influencers=80,
    campaigns=20,
    expected=1000.0,
    actual=1020.0,
    actual_by_expected=Figure(1.02, [0.93, 1.12]),
    explained_deviance=Figure(0.41, [0.30, 0.50]),
    coverage=Figure(0.88, [0.84, 0.92]),
    level=0.9,
    spearman=0.3,
    captured=Figure(0.52, [0.45, 0.6]),
    ranking=scale(18, 0.31, 0.74, 0.39, 1.0),
    calibration=[{"expected": 1.0, "actual": 1.1, "rows": 300}],
    by_factor=[ByFactor(group, Figure(1.0, [0.4, 1.6]), 0.97, 0.9, 1.1) for group in GROUPS],
    misjudged=[],
    drift=[],
    features_compared=50,
    retrain=False,
    reasons=[],
)
JUDGED = {"all": {"models": {"suasion": {"explained_deviance": 0.45, "explained_deviance_90": [0.38, 0.52]}}}}


def blamed(**chances: float) -> list[ByFactor]:
    return [replace(part, chance_of_half=chances.get(part.factor, 0.97)) for part in MADE_UP.by_factor]


def drifted(many: int) -> list[Drift]:
    return [Drift(f"f{number}", 0.3, 1.0, 2.0, 0.0, 0.0) for number in range(many)]


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        ({}, []),
        ({"actual_by_expected": Figure(1.5, [1.2, 1.9])}, ["more conversions came than promised: 1.50 for each (1.20 to 1.90)"]),
        ({"actual_by_expected": Figure(0.5, [0.4, 0.6])}, ["fewer conversions came than promised: 0.50 for each (0.40 to 0.60)"]),
        ({"actual_by_expected": Figure(1.07, [1.04, 1.09])}, []),
        ({"actual_by_expected": Figure(0.94, [0.92, 0.97])}, []),
        ({"actual_by_expected": Figure(1.5, [0.95, 2.5])}, []),
        ({"actual_by_expected": Figure(1.5, [1.1, 1.9])}, []),
        ({"actual_by_expected": Figure(0.5, [0.4, 1 / 1.1])}, []),
        ({"actual_by_expected": Figure(None, [])}, []),
        ({"coverage": Figure(0.7, [0.6, 0.89])}, ["the 90% interval held only 70%"]),
        ({"coverage": Figure(0.85, [0.8, 0.9])}, []),
        ({"coverage": Figure(None, [])}, []),
        ({"explained_deviance": Figure(0.2, [0.1, 0.37])}, ["it explains 0.20 of the deviance, 0.45 when it was trained"]),
        ({"explained_deviance": Figure(0.2, [0.1, 0.39])}, []),
        ({"explained_deviance": Figure(None, [])}, []),
        ({"by_factor": blamed(relevance=0.003)}, ["relevance meant less than half of what it said"]),
        ({"by_factor": blamed(relevance=0.003, momentum=0.002)}, ["relevance, momentum meant less than half of what they said"]),
        ({"by_factor": blamed(relevance=0.03)}, []),
        ({"by_factor": [replace(part, chance_of_half=None) for part in MADE_UP.by_factor]}, []),
        ({"drift": drifted(11)}, ["11 of 50 features have drifted"]),
        ({"drift": drifted(10)}, []),
        ({"outcomes": 500}, ["there are 500 new outcomes beside the 1,000 it learned from"]),
        ({"outcomes": 499}, []),
    ],
)  # fmt: skip
def test_every_reason_and_what_is_none(found: dict, reasons: list[str]) -> None:
    bundle = SimpleNamespace(
        interval=SimpleNamespace(level=0.9), evaluation={"judged": JUDGED}, facts={"outcomes": 1000}
    )
    assert _reasons(replace(MADE_UP, **found), bundle) == reasons
    bundle.evaluation = {"judged": {}}
    kept = [reason for reason in reasons if not reason.startswith("it explains")]
    assert _reasons(replace(MADE_UP, **found), bundle) == kept, "a model that was never judged"


def test_who_is_misjudged_and_what_led_astray() -> None:
    """Of ann too little came: what pushed her up is to blame. Of bob too much: what pushed him down. Of cem what was said."""
    people = np.array(["ann", "bob", "cem", "ann", "bob", "cem"], dtype=object)
    y, expected = np.array([1.0, 40, 10, 1, 40, 11]), np.full(6, 10.0)
    promised = pd.DataFrame(dict.fromkeys(GROUPS, np.ones(6)))
    promised["relevance"], promised["momentum"] = [2.0, 1, 1, 2, 1, 1], [0.5, 0.6, 1, 0.5, 0.6, 1]
    promised["offer"] = [1.0, 3, 1, 1, 3, 1]
    told = _misjudged(people, y, expected, promised, 0.1)
    ann, bob = (next(one for one in told if one.influencer_id == who) for who in ("ann", "bob"))
    assert [one.influencer_id for one in told] == ["bob", "ann"], "the furthest off first"
    assert (ann.campaigns, ann.expected, ann.actual) == (2, 20.0, 2.0)
    assert (ann.factor, ann.mean_factor) == ("relevance", pytest.approx(2.0))
    assert (bob.factor, bob.mean_factor) == ("momentum", pytest.approx(0.6))
    assert ann.surprise < -1.645
    assert bob.surprise > 1.645
    assert ann.surprise == pytest.approx(_sigmas(2.0, 20.0, 0.1 * 200))
    promised[list(GROUPS)] = 1.01
    assert {one.factor for one in _misjudged(people, y, expected, promised, 0.1)} == {""}, (
        "no factor did much"
    )


def test_surprise_is_that_of_the_distribution() -> None:
    for y, mu, extra in ((0.0, 3.0, 0.0), (9.0, 3.0, 0.0), (40.0, 20.0, 60.0), (2.0, 20.0, 60.0)):
        told = poisson(mu) if extra == 0 else nbinom(mu**2 / extra, mu / (mu + extra))
        assert told.var() == pytest.approx(mu + extra)
        assert _sigmas(y, mu, extra) == pytest.approx(norm.isf(told.sf(y) + told.pmf(y) / 2))
        assert np.sign(_sigmas(y, mu, extra)) == np.sign(y - mu)


# -- factors ----------------------------------------------------------------------------------------------------------


def test_a_factor_that_lies_is_found() -> None:
    random = np.random.default_rng(0)
    expected = random.uniform(1, 20, 4000)
    factor = np.exp(random.normal(0, 0.5, 4000))
    draws = np.ones((50, 4000)) * random.multinomial(4000, np.full(4000, 1 / 4000), 50)
    right = random.poisson(expected).astype(float)
    honest = _by_factor("relevance", factor, right, expected, draws)
    assert honest.slope.value == pytest.approx(1.0, abs=0.05)
    assert honest.slope.range_90[0] < 1.0 < honest.slope.range_90[1]
    lying = _by_factor("relevance", factor, random.poisson(expected / factor).astype(float), expected, draws)
    assert lying.slope.value == pytest.approx(0.0, abs=0.05)
    assert lying.high < 1 < lying.low
    assert honest.chance_of_half == 1.0
    assert lying.chance_of_half == pytest.approx(1 / 51)


@pytest.mark.parametrize(("factor", "came"), [(np.ones(40), 1.0), (np.linspace(1, 2, 40), 0.0)])
def test_of_a_factor_without_data_nothing_is_said(factor: np.ndarray, came: float) -> None:
    told = _by_factor("references", factor, np.full(40, came), np.ones(40), np.ones((5, 40)))
    assert told == ByFactor("references", Figure(None, []), None, None, None)


@pytest.mark.parametrize("level", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("slope", [-2.5, -0.3, 0.3, 2.5])
def test_the_slope_is_that_of_a_poisson_regression(slope: float, level: float) -> None:
    from sklearn.linear_model import PoissonRegressor

    random = np.random.default_rng(1)
    x, expected = random.normal(0, 1, 500), random.uniform(1, 5, 500)
    y = random.poisson(level * expected * np.exp(slope * x)).astype(float)
    told = PoissonRegressor(alpha=0.0, tol=1e-10, solver="newton-cholesky").fit(
        x[:, None], y / expected, sample_weight=expected
    )
    assert _slopes(x, y, expected, np.ones((1, 500)))[0] - 1 == pytest.approx(told.coef_[0], abs=1e-3)
    # Each row of weights is solved to its own end, however soon another one is.
    weights = np.vstack(
        [np.ones(500), np.random.default_rng(0).integers(0, 3, 500), np.r_[np.ones(20), np.zeros(480)]]
    )
    apart = [_slopes(x, y * 7, expected, row[None])[0] for row in weights]
    np.testing.assert_allclose(_slopes(x, y * 7, expected, weights), apart, rtol=1e-9)


def test_surprise_is_measured_on_the_right_tail() -> None:
    assert _sigmas(10.0, 10.0, 0.0) == pytest.approx(0.0, abs=0.2)
    assert _sigmas(30.5, 10.0, 2.0) == _sigmas(30.0, 10.0, 2.0), "part of a conversion is none more"
    assert _sigmas(30.0, 10.0, 0.0) > 4
    assert 0 < _sigmas(30.0, 10.0, 100.0) < _sigmas(30.0, 10.0, 0.0)
    assert _sigmas(0.0, 10.0, 0.0) < -3
    assert abs(_sigmas(1.0, 0.03, 0.0)) < 2.5, "one where almost none was expected is no miracle"


def test_too_few_new_outcomes_say_so(world: Path, trained) -> None:
    with open_tables(world) as tables, pytest.raises(EmptyTableError, match="0 outcomes became known since"):
        review(tables, trained[0].bundle)


def test_the_command_prints_it_for_people_and_as_json(
    world: Path, earlier: Path, capsys, reviewed: Review
) -> None:
    suasion(["review", str(world), "--model", str(earlier)], standalone_mode=False)
    told = capsys.readouterr().out
    assert "Promise and outcome" in told
    assert "Did each factor mean what it said" in told
    suasion(["review", str(world), "--model", str(earlier), "--json"], standalone_mode=False)
    written = json.loads(capsys.readouterr().out)
    assert written["outcomes"] == reviewed.outcomes
    assert written["expected"] == pytest.approx(reviewed.expected, rel=1e-9)
