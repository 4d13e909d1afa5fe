"""A brand's smallest start: results of the past, and a list of followers as they are today."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import suasion as su


def write(folder: Path) -> None:
    """Write twelve campaigns of eight people who bring about ten conversions a post, whoever they are."""
    random = np.random.default_rng(1)
    days = np.datetime64("2023-01-02") + 28 * np.arange(12)
    campaigns = [f"c{n:02d},b,coffee,cold brew,{day},{day + 14}" for n, day in enumerate(days)]
    outcomes = [f"c{n:02d},p{who},1,{random.poisson(10)}" for n in range(12) for who in range(8)]
    audience = [
        f"p{who},2025-01-01,{followers}" for who, followers in enumerate(random.integers(3_000, 2_000_000, 8))
    ]
    for name, header, rows in (
        ("campaigns", "campaign_id,brand,category,brief,starts_at,ends_at", campaigns),
        ("outcomes", "campaign_id,influencer_id,exposure,conversions", outcomes),
        ("audience", "influencer_id,observed_at,followers", audience),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n")


def test_followers_that_no_past_decision_knew_lift_no_forecast(tmp_path: Path) -> None:
    write(tmp_path)
    data = su.Dataset(tmp_path)
    scored = (
        su.InfluenceModel()
        .fit(data)
        .predict(data, brief="cold brew", as_of="2025-02-01", offer={"exposure": 1.0})
    )
    assert scored["expected_conversions"].between(7, 14).all()
