"""Old posts that grow because of a campaign give its outcome away where counts are taken as settled: planted, found, told, and not credited."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import suasion as su
from suasion.features.engine.settled import assumption_of
from suasion.features.tables.open import open_tables
from suasion.serving.cli.terminal.checked import settled_words
from suasion.training.bundle.manifest import Figures, Settled
from suasion.training.evaluation.unsettled import credit
from suasion.training.train import Options, train

READ = pd.Timestamp("2026-01-01")
PEOPLE, CAMPAIGNS = 480, 40


def brand(growth: float, *, twice: bool = False) -> dict[str, pd.DataFrame]:
    """Return a brand that asks everybody once, of whom nothing tells what they bring; their old posts grow by ``growth`` for each conversion."""
    random = np.random.default_rng(0)
    starts = pd.Timestamp("2023-06-01") + pd.to_timedelta(np.arange(CAMPAIGNS) * 14, unit="D")
    names = [f"c{number:02d}" for number in range(CAMPAIGNS)]
    campaigns = pd.DataFrame(
        {"campaign_id": names, "starts_at": starts, "ends_at": starts + pd.Timedelta(days=7)}
    )
    who = [f"p{number:03d}" for number in range(PEOPLE)]
    asked = np.arange(PEOPLE) % CAMPAIGNS
    brought = random.poisson(3 * random.lognormal(0, 1, PEOPLE)).astype(float)
    outcomes = pd.DataFrame(
        {"campaign_id": np.array(names)[asked], "influencer_id": who, "conversions": brought}
    )
    posts, shots = [], []
    for person, campaign, conversions in zip(who, asked, brought, strict=True):
        for number in range(8):
            post, written = f"{person}-{number}", starts[campaign] - pd.Timedelta(days=20 + 30 * number)
            views = float(random.poisson(1000))
            posts.append((post, person, written))
            shots.append((post, READ, views * (1 + growth * conversions)))
            if twice:
                shots.append((post, written + pd.Timedelta(days=12), views))
    return {
        "campaigns": campaigns,
        "outcomes": outcomes,
        "influencers": pd.DataFrame({"influencer_id": who, "platform": "instagram"}),
        "posts": pd.DataFrame(posts, columns=["post_id", "author_id", "created_at"]),
        "post_metrics": pd.DataFrame(shots, columns=["post_id", "observed_at", "views"]),
    }


def saved(tables: dict[str, pd.DataFrame], folder: Path) -> Path:
    folder.mkdir()
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    return folder


def test_what_late_growth_explains_is_told_and_not_credited(tmp_path: Path) -> None:
    data = saved(brand(0.2), tmp_path / "data")
    run = train(data, tmp_path / "model", Options(quick=True, track=False, settled=True))
    settled = run.bundle.evaluation.get("settled")
    assert settled
    assert settled["explained_deviance"] > 0.9, "the leak is there"
    assert settled["without"] < 0.1
    assert settled["adds_90"][0] > 0.5, "it is told"
    assert not run.beats
    assert "rests on counts that are taken as settled" in run.verdict
    judged = su.evaluate(su.InfluenceModel(), su.Dataset(data, settled=True))
    assert (judged.beats, judged.verdict) == (run.beats, run.verdict)


@pytest.mark.parametrize(
    ("beats", "without", "behind", "credited", "says"),
    [
        (True, 0.4, [], True, "good"),
        (True, -0.01, [], False, "no better than the mean rate (explained deviance -0.010)"),
        (True, 0.2, ["past average", "activity"], False, "does not beat past average and activity"),
        (False, 0.2, ["past average"], False, "good"),  # what is lost anyhow has its reason already
    ],
)
def test_what_holds_only_with_settled_counts_is_no_verdict(
    beats: bool, without: float, behind: list[str], credited: bool, says: str
) -> None:
    figures = Figures(judged={}, beats_baselines=beats, verdict="good")
    settled = Settled(explained_deviance=0.5, without=without, adds=0.1, adds_90=[0.0, 0.2], behind=behind)
    credit(figures, settled)
    assert figures["beats_baselines"] == credited
    assert says in figures["verdict"]
    assert figures.get("settled") == settled


def test_posts_that_were_read_twice_show_that_they_grow_with_campaigns(tmp_path: Path) -> None:
    tables = brand(0.2, twice=True)
    quiet = tables["posts"]["author_id"].isin([f"p{number:03d}" for number in range(0, PEOPLE, 2)])
    # Half of the authors were in no campaign, and their posts grew by a tenth.
    some = tables["post_metrics"]["post_id"].isin(tables["posts"].loc[quiet, "post_id"])
    shots = tables["post_metrics"].set_index("post_id")["views"]
    first = shots.groupby(level=0).min().reindex(tables["post_metrics"]["post_id"]).to_numpy()
    late = tables["post_metrics"]["observed_at"] == READ
    tables["post_metrics"]["views"] = np.where(some & late, first * 1.1, tables["post_metrics"]["views"])
    kept = tables["outcomes"]["influencer_id"].isin(tables["posts"].loc[~quiet, "author_id"])
    tables["outcomes"] = tables["outcomes"][kept]
    with open_tables(saved(tables, tmp_path / "data")) as opened:
        found = assumption_of(opened)
    median = tables["outcomes"]["conversions"].median()
    assert found.growth_in_campaigns == pytest.approx(0.2 * median)
    assert found.growth_else == pytest.approx(0.1)
    said = settled_words(found)
    assert f"who were in a campaign meanwhile grew by {20 * median:g} %" in said
    assert "all others by 10 %" in said
