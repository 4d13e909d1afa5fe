"""A review finds what is wrong with a model, and only that."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features import GROUPS
from suasion.features.engine.matrix import all_features
from suasion.features.errors import EmptyTableError
from suasion.features.identity.accounts import People
from suasion.features.tables.open import open_tables
from suasion.serving import loaded
from suasion.serving.cli.main import suasion
from suasion.serving.loaded import Engine
from suasion.training.bundle.folder import load
from suasion.training.bundle.learned_from import outcome_digest
from suasion.training.bundle.manifest import Ranking
from suasion.training.estimators.blend import TreeParts
from suasion.training.estimators.fit import poisson_deviance
from suasion.training.evaluation.ranking import RankingJudge
from suasion.training.evaluation.review import Drift, Review, _drift, _trained, _worth, review


@pytest.fixture(scope="module")
def reviewed(world: Path, earlier: Path) -> Review:
    with open_tables(world) as tables:
        return review(tables, load(earlier))


def test_a_service_that_has_worked_out_the_past_reviews_the_same_and_answers_others_meanwhile(
    reviewed: Review, world: Path, earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, begun, told = Engine(world, earlier), threading.Event(), threading.Event()

    def slow(*given: Any, **more: Any) -> Review:
        begun.set()
        assert told.wait(60)
        return review(*given, **more)

    monkeypatch.setattr(loaded, "review", slow)
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(engine.review)
        assert begun.wait(60)
        assert engine.finished("c0049") is not None
        assert engine.everybody
        told.set()
        assert job.result(60) == reviewed
    engine.close()


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
