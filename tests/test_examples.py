"""What is learned from: the recipe is judged on what was known then, and shipped on all that is known."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suasion.features import FEATURES
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import InputError
from suasion.features.tables.open import open_tables
from suasion.features.tables.schema import TABLES
from suasion.training.evaluation.split import TEST_FROM
from suasion.training.examples import OFTEN, fit_space, read_examples, usable, without_rare_places
from suasion.training.train import Options, train

NEW, LATER = "zeppelin", "quokka"


@pytest.fixture(scope="module")
def told(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small world, in whose second half people begin to use a new word, and after the end another."""
    folder = tmp_path_factory.mktemp("told") / "world"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("truth"))
    posts = pd.read_parquet(folder / "posts.parquet")
    middle, end = posts["created_at"].quantile(0.75), posts["created_at"].quantile(0.97)
    posts.loc[posts["created_at"] > middle, "text"] += f" {NEW}"
    posts.loc[posts["created_at"] > end, "text"] += f" {LATER}"
    posts.to_parquet(folder / "posts.parquet")
    return folder


def test_judged_on_what_was_known_and_shipped_on_all_of_it(told: Path, tmp_path: Path) -> None:
    posts = pd.read_parquet(told / "posts.parquet")
    until = posts["created_at"].quantile(0.9)
    with open_tables(told) as tables:
        judged, early = read_examples(tables, None, first=TEST_FROM, until=until.to_pydatetime())
        shipped, whole = read_examples(tables, None, first=None, until=until.to_pydatetime())
    assert NEW not in early.space.vocabulary
    assert NEW in whole.space.vocabulary
    assert LATER not in whole.space.vocabulary, "what came after --until teaches nothing"
    assert early.expectation.strength != whole.expectation.strength
    assert len(judged.table) == len(shipped.table)
    run = train(told, tmp_path / "model", Options(quick=True, track=False, until=until.to_pydatetime()))
    assert run.bundle.fitted.space.vocabulary == whole.space.vocabulary
    np.testing.assert_allclose(run.bundle.fitted.expectation.linear.slope, whole.expectation.linear.slope)
    pd.testing.assert_frame_equal(run.examples.table, shipped.table)


def test_where_nothing_was_said_no_word_is_known(told: Path) -> None:
    with open_tables(told) as tables:
        space = fit_space(tables, pd.Timestamp("2000-01-01").to_pydatetime())
    brief = pd.read_parquet(told / "campaigns.parquet")["brief"].iloc[0]
    assert not np.any(space.embed([brief]))


def test_outcomes_of_one_moment_stand_in_an_order_that_no_id_decides(told: Path) -> None:
    with open_tables(told) as tables:
        table = read_examples(tables, None, first=TEST_FROM)[0].table
    assert table["as_of"].is_monotonic_increasing
    same = table.groupby("as_of")
    assert all(part["net"].is_monotonic_increasing or part["exposure"].nunique() > 1 for _, part in same)
    assert not all(part["influencer_id"].is_monotonic_increasing for _, part in same)


@pytest.mark.parametrize("agreed_anew", [False, True])
def test_a_decision_remembers_the_version_of_an_outcome_that_it_knew(
    agreed_anew: bool, world: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(world, data, ignore=shutil.ignore_patterns("truth"))
    first = pd.read_parquet(data / "outcomes.parquet")
    if "known_at" not in first:
        ends = pd.read_parquet(data / "campaigns.parquet").set_index("campaign_id")["ends_at"]
        first["known_at"] = first["campaign_id"].map(ends) + pd.Timedelta(days=14)
    anew = first.iloc[1::3].assign(conversions=lambda t: t["conversions"] * 4 + 1)
    anew["known_at"] += pd.Timedelta(days=90)
    if agreed_anew:
        anew["exposure"] += 2
        anew["fee"] *= 3
    versions = pd.concat([first, anew], ignore_index=True)
    versions.to_parquet(data / "outcomes.parquet")
    with open_tables(data) as tables:
        examples, fitted = read_examples(tables, None, first=None)
    table, past = examples.table, examples.past
    assert past is not None
    assert len(past) == len(versions)
    features = past.drop_duplicates(["campaign_id", "influencer_id"]).assign(exposure=1.0)
    rate = pd.Series(
        fitted.expectation.expect(features),
        index=pd.MultiIndex.from_frame(features[["campaign_id", "influencer_id"]]),
    )
    versions["net"] = (versions["conversions"] - versions["refunds"].fillna(0)).clip(lower=0)
    k, checked = fitted.expectation.strength, 0
    for row in table.iloc[::7].itertuples():
        own = versions[(versions["influencer_id"] == row.influencer_id) & (versions["known_at"] < row.as_of)]
        known = own.sort_values("known_at").groupby("campaign_id").tail(1)
        mu = sum(rate[one.campaign_id, one.influencer_id] * one.exposure for one in known.itertuples())
        told = getattr(row, SURPRISE.column)
        assert told == pytest.approx(np.log((known["net"].sum() + k) / (mu + k)), abs=1e-6)
        checked += len(own) > len(known)
    assert checked > 5, "no decision knew an outcome that had been told anew"


def test_a_table_that_is_none_cannot_be_left_out(world: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="post cannot be left out; tables that can be left out are"):
        train(world, tmp_path / "model", Options(track=False, leave_out=frozenset({"post"})))


@pytest.mark.parametrize(("days", "known"), [(0, False), (729, False), (730, True)])
def test_a_season_is_learned_where_two_of_each_were_seen(days: int, known: bool) -> None:
    class Told:
        extras, declared, goal, present = (), None, None, frozenset(TABLES)

        def sql(self, query: str) -> Told:
            return self

        def fetchone(self) -> tuple[datetime, datetime]:
            return datetime(2023, 1, 1), datetime(2023, 1, 1) + timedelta(days=days)

    names = {feature.name for feature in usable(Told())}  # type: ignore[arg-type]
    assert ("season_sine" in names, "season_cosine" in names) == (known, known)
    assert {"campaign_days", "discount"} <= names


def test_a_season_that_only_later_outcomes_saw_is_not_learned(tmp_path: Path) -> None:
    """Which features there are is decided by what trains, and not by what came after ``until``, or was asked of nobody."""
    days = pd.date_range("2021-01-01", "2023-06-01", freq="MS")
    names = [f"c{number}" for number in range(len(days))]
    campaigns = pd.DataFrame({"campaign_id": names, "brief": "tea", "starts_at": days, "ends_at": days})
    outcomes = pd.DataFrame(
        {
            "campaign_id": names,
            "influencer_id": "ann",
            "decided_at": days,
            "exposure": 1.0,
            "conversions": 3.0,
        }
    )

    def seasonal(folder: str, until: datetime | None, rows: pd.DataFrame) -> bool:
        (tmp_path / folder).mkdir(exist_ok=True)
        campaigns.to_parquet(tmp_path / folder / "campaigns.parquet")
        rows.to_parquet(tmp_path / folder / "outcomes.parquet")
        with open_tables(tmp_path / folder) as tables:
            return any(feature.name == "season_sine" for feature in usable(tables, until))

    assert seasonal("all", None, outcomes)
    assert not seasonal("all", datetime(2022, 12, 1), outcomes)
    withdrawn = outcomes.assign(exposure=np.where(days < "2021-12-01", 0.0, 1.0))
    assert not seasonal("withdrawn", None, withdrawn)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"tiktok": OFTEN, "instagram": 99}, {"tiktok", "instagram"}),
        ({"tiktok": OFTEN, "instagram": 99, "x": OFTEN - 1}, {"tiktok", "instagram"}),
        # One alone tells it from what is rare or unknown, and not from another platform.
        ({"tiktok": OFTEN - 1, "instagram": 99}, set()),
        ({}, set()),
    ],
)
def test_platforms_are_used_where_two_were_asked_on_often(asked: dict[str, int], kept: set[str]) -> None:
    rows = sum(asked.values()) + 1
    table = pd.DataFrame({f.column: np.full(rows, np.nan) for f in FEATURES})
    homes = [name for name, many in asked.items() for _ in range(many)]
    for feature in FEATURES:
        if feature.name.startswith("on_"):
            told = [float(feature.name == f"on_{home}") for home in homes]
            table[feature.column] = [*told, np.nan]
    found = without_rare_places(FEATURES, table)
    assert {f.name for f in FEATURES if f not in found} == {
        f.name for f in FEATURES if f.name.startswith("on_") and f.name[3:] not in kept
    }
