"""A small made-up brand as two DataFrames, and a data set of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suasion as su


def brand(seed: int = 0, people: int = 40, campaigns: int = 40) -> dict[str, pd.DataFrame]:
    """Two tables of a brand: those with more talent bring more, in every campaign, and more where more is asked."""
    rng = np.random.default_rng(seed)
    talent = rng.lognormal(0, 1, people)
    starts = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(campaigns) * 14, unit="D")
    planned = pd.DataFrame(
        {
            "campaign_id": [f"c{k:02d}" for k in range(campaigns)],
            "starts_at": starts,
            "ends_at": starts + pd.Timedelta(days=7),
        }
    )
    rows = []
    for k in range(campaigns):
        for who in rng.choice(people, min(12, people), replace=False):
            exposure = int(rng.integers(1, 4))
            brought = rng.poisson(3 * talent[who] * exposure)
            rows.append((f"c{k:02d}", f"p{who:02d}", float(exposure), float(rng.integers(100, 900)), brought))
    columns = ["campaign_id", "influencer_id", "exposure", "fee", "conversions"]
    return {"campaigns": planned, "outcomes": pd.DataFrame(rows, columns=columns)}


@pytest.fixture(scope="module")
def data() -> su.Dataset:
    return su.Dataset(**brand())
