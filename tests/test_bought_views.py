"""Views that are bought, planted in a simulated world: found, and not credited with conversions."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

import suasion as su
from suasion.features.tables.open import open_tables
from suasion.features.tables.read import sql_time
from suasion.serving.explaining.evidence import watching_of
from suasion.serving.explaining.watching import BOUGHT
from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate

WORLD = World(influencers=120, campaigns=70, picks=15, weeks=80, unpicked=20, counts=True)


def test_bought_views_are_found_and_raise_nobodys_forecast(tmp_path: Path) -> None:
    simulate(WORLD, tmp_path / "plain")
    candidates = pd.read_parquet(tmp_path / "plain" / "candidates.parquet")
    campaign = candidates["campaign_id"].min()
    candidates = candidates[candidates["campaign_id"] == campaign]
    as_of, buyers = candidates["decided_at"].iloc[0], sorted(candidates["influencer_id"])[::3]
    posts = pd.read_parquet(tmp_path / "plain" / "posts.parquet")
    counts = pd.read_parquet(tmp_path / "plain" / "post_metrics.parquet")

    def plant(days: int) -> Path:
        late = posts["created_at"] > as_of - pd.Timedelta(days=days)
        bought = counts["post_id"].isin(posts.loc[late & posts["author_id"].isin(buyers), "post_id"])
        shutil.copytree(tmp_path / "plain", tmp_path / str(days))
        views = np.where(bought, counts["views"] * 8, counts["views"])
        counts.assign(views=views).to_parquet(tmp_path / str(days) / "post_metrics.parquet")
        return tmp_path / str(days)

    model = su.InfluenceModel().fit(su.Dataset(tmp_path / "plain"))
    plain, year = (
        model.predict(su.Dataset(folder), campaign=campaign).set_index("influencer_id")[
            "expected_conversions"
        ]
        for folder in (tmp_path / "plain", plant(365))
    )
    ratio = (year / plain)[buyers]
    assert ratio.max() < 1.05
    assert ratio.median() < 0.9
    with open_tables(plant(90)) as tables:
        moment = sql_time(as_of.to_pydatetime())
        cut = f"known_at < {moment} AND superseded_at >= {moment}"
        flagged = {
            who
            for who in candidates["influencer_id"]
            if watching_of(tables, who, as_of.to_pydatetime(), cut).level == BOUGHT
        }
    assert flagged <= set(buyers)
    assert len(flagged) > 0.5 * len(buyers)
