"""The simulated world: the same seed the same files, its truth consistent, its mechanism its own."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suasion.features import GROUPS
from suasion.features.errors import InputError
from suasion.features.tables.open import open_tables
from suasion.training.datasets import life
from suasion.training.datasets import simulated as module
from suasion.training.datasets.people import BASE, FUTURE, HISTORY, World, draw_people
from suasion.training.datasets.simulated import simulate
from suasion.training.datasets.usual import write_files

SMALL = World(influencers=110, campaigns=40, picks=8, unpicked=10, weeks=70)


def test_the_same_seed_gives_the_same_files_and_another_does_not(tmp_path: Path) -> None:
    for name, size in (("a", SMALL), ("b", SMALL), ("c", World(**{**SMALL.__dict__, "seed": 1}))):
        simulate(size, tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "a").glob("*.parquet"))
    assert len(names) == 8
    for name in names:
        a, b, c = ((tmp_path / folder / name).read_bytes() for folder in "abc")
        assert a == b
        assert a != c


def test_every_row_is_good_and_the_truth_is_no_table(world: Path) -> None:
    with open_tables(world) as tables:
        assert all(report.aside == 0 for report in tables.reports)
        assert "truth" not in {row[0] for row in tables.sql("SHOW TABLES").fetchall()}


def test_what_came_is_what_the_effects_say(world: Path) -> None:
    truth = pd.read_parquet(world / "truth" / "truth.parquet")
    effects = truth[[f"effect_{name}" for name in GROUPS]].sum(axis=1)
    expected = 0.96 * truth["exposure"] ** 0.85 * np.exp(BASE + effects)
    np.testing.assert_allclose(truth["expected_conversions"], expected, rtol=1e-9)
    outcomes = pd.read_parquet(world / "outcomes.parquet").merge(truth, on=["campaign_id", "influencer_id"])
    net = outcomes["conversions"] - outcomes["refunds"]
    assert net.sum() == pytest.approx(outcomes["expected_conversions"].sum(), rel=0.1)
    assert outcomes["picked"].all()


def test_brands_picked_the_followed_and_the_last_campaigns_are_to_come(world: Path) -> None:
    truth = pd.read_parquet(world / "truth" / "truth.parquet")
    followers = truth.groupby("picked")["followers"].median()
    assert followers[True] > 2 * followers[False]
    candidates = pd.read_parquet(world / "candidates.parquet")
    assert candidates["campaign_id"].nunique() == FUTURE
    assert not set(candidates["campaign_id"]) & set(
        pd.read_parquet(world / "outcomes.parquet")["campaign_id"]
    )


def test_the_mechanism_shares_no_code_with_the_features() -> None:
    imported = {
        node.module
        for path in Path(module.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and "suasion" in node.module
    }
    assert imported == {
        "suasion.features.errors",
        "suasion.features.tables.files",
        "suasion.features.tables.schema",
    }


def test_two_languages_questions_and_criticism_are_spoken(world: Path) -> None:
    posts = pd.read_parquet(world / "posts.parquet")
    assert set(posts["language"]) == {"en", "de"}
    assert posts["text"].str.contains(r"\?").mean() > 0.05
    assert posts["text"].str.contains("terrible").any()


def test_a_world_too_small_is_refused() -> None:
    with pytest.raises(InputError, match="influencers is 5; a world takes at least 100"):
        World(influencers=5)
    with pytest.raises(InputError, match="more than the 100 influencers"):
        World(influencers=100, picks=101)


def test_a_world_with_counts_is_otherwise_the_same(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path / "without")
    simulate(replace(SMALL, counts=True), tmp_path / "with")
    for path in sorted((tmp_path / "without").glob("*.parquet")):
        assert path.read_bytes() == (tmp_path / "with" / path.name).read_bytes(), path.name
    counts = pd.read_parquet(tmp_path / "with" / "post_metrics.parquet")
    ages = counts.groupby("post_id")[["views", "likes", "comments", "clicks"]]
    assert (ages.diff().dropna() >= 0).all().all(), "counts only grow"
    late = counts.groupby("post_id")["views"].agg(["first", "last"])
    assert late["first"].sum() < 0.7 * late["last"].sum()
    with open_tables(tmp_path / "with") as tables:
        assert all(report.aside == 0 for report in tables.reports)


def test_bought_followers_do_not_watch(tmp_path: Path) -> None:
    world = replace(SMALL, counts=True, influencers=300)
    simulate(world, tmp_path / "w")
    people = draw_people(world, np.random.default_rng([world.seed, 1]))
    bought = {f"i{number:07d}" for number in np.flatnonzero(people.buys_at < 30)}
    posts = pd.read_parquet(tmp_path / "w" / "posts.parquet", columns=["post_id", "author_id", "created_at"])
    counts = pd.read_parquet(tmp_path / "w" / "post_metrics.parquet").groupby("post_id")["views"].max()
    late = posts[posts["created_at"] > "2022-10-01"].join(counts, on="post_id", how="inner")
    audience = (
        pd.read_parquet(tmp_path / "w" / "audience.parquet").groupby("influencer_id")["followers"].last()
    )
    watched = late.groupby("author_id")["views"].median() / audience
    fake = watched.index.isin(bought)
    assert fake.sum() > 5
    assert watched[fake].median() < 0.5 * watched[~fake].median()


def test_names_are_paint_and_no_number_hangs_on_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = World(influencers=100, campaigns=FUTURE + 10, picks=5, unpicked=20, weeks=HISTORY + 20, seed=2)
    simulate(tiny, tmp_path / "one")
    monkeypatch.setattr(life, "handle_of", lambda number, topic: f"@{number}")
    monkeypatch.setattr(module, "BRANDS", tuple("abcdef"))
    simulate(tiny, tmp_path / "other")
    people = pd.read_parquet(tmp_path / "one" / "influencers.parquet")
    assert people["handle"].is_unique
    assert set(people["platform"]) == {"instagram", "tiktok", "youtube"}
    for path in sorted((tmp_path / "one").rglob("*.parquet")):
        one, other = (
            pd.read_parquet(tmp_path / where / path.relative_to(tmp_path / "one"))
            for where in ("one", "other")
        )
        painted = [column for column in ("handle", "brand") if column in one]
        pd.testing.assert_frame_equal(one.drop(columns=painted), other.drop(columns=painted))


def test_the_files_of_a_brand_hold_what_it_can_know_and_no_more(tmp_path: Path) -> None:
    world = replace(SMALL, seed=2)
    simulate(replace(world, counts=True), tmp_path / "world")
    counts = write_files(world, tmp_path / "brand")
    read = {path.stem: pd.read_parquet(path) for path in (tmp_path / "world").glob("*.parquet")}
    people = read["influencers"].query("platform == 'instagram'")
    names = dict(zip(people["influencer_id"], people["handle"].str.removeprefix("@"), strict=True))
    assert len(set(names.values())) == len(names), "two accounts of one name would be one"

    sheet = pd.read_csv(tmp_path / "brand" / "past-campaigns.csv", parse_dates=["Booked", "Start"])
    outcomes = read["outcomes"][read["outcomes"]["influencer_id"].isin(names)]
    assert sheet["Orders"].tolist() == outcomes["conversions"].tolist()
    assert sheet["Creator"].tolist() == [names[who] for who in outcomes["influencer_id"]]
    assert (sheet["Booked"] < sheet["Start"]).all()

    # Followers are noted before it is decided about somebody, and the last time before.
    noted = pd.read_csv(tmp_path / "brand" / "followers.csv", parse_dates=["Date"])
    first = sheet.merge(noted, on="Creator")
    first = first[first["Date"] < first["Booked"]].groupby(["Campaign", "Creator"])["Date"].max()
    assert len(first) == len(sheet)
    late = sheet.set_index(["Campaign", "Creator"])["Booked"] - first
    assert late.max() <= pd.Timedelta(days=7)

    answers = [
        json.loads(line)["business_discovery"]
        for line in (tmp_path / "brand" / "instagram.jsonl").read_text().splitlines()
    ]
    media = [one for answer in answers for one in answer["media"]["data"]]
    own = read["posts"][read["posts"]["reply_to_id"].isna() & read["posts"]["author_id"].isin(names)]
    assert sorted(one["caption"] for one in media) == sorted(own["text"])
    assert {answer["username"] for answer in answers} <= set(names.values())
    ended = (tmp_path / "brand" / "instagram.jsonl").stat().st_mtime
    assert pd.Timestamp(ended, unit="s") >= read["audience"]["observed_at"].max()
    assert counts == {
        "past-campaigns.csv": len(sheet),
        "followers.csv": len(noted),
        "instagram.jsonl": len(media),
    }
    truth = pd.read_parquet(tmp_path / "brand" / "truth" / "truth.parquet")
    assert set(truth["influencer_id"]) <= set(names.values())
