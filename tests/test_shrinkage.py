"""How far a past speaks for itself: the bounds of credibility, written from what they mean."""

from __future__ import annotations

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from suasion.features.engine.shrinkage import NARROW, WIDE, experience


def rate_of(outcomes: dict[str, list[float]], who: str) -> float:
    """Return somebody's shrunken rate after everybody's outcomes, each of exposure 2."""
    rows = [
        {"campaign_id": f"c{n}", "influencer_id": name, "net": net, "known_at": pd.Timestamp(2024, 1, 1 + n)}
        for name, values in outcomes.items()
        for n, net in enumerate(values)
    ]
    past = pd.DataFrame(rows).assign(exposure=2.0, category="tea", brand="b", row_id=range(len(rows)))
    asked = pd.DataFrame(
        {
            "decision_id": [0],
            "as_of": [pd.Timestamp(2024, 6, 1)],
            "influencer_id": [who],
            "category": ["tea"],
            "brand": ["b"],
        }
    )
    shrunk = experience(*(ibis.memtable(pa.Table.from_pandas(frame)) for frame in (past, asked)))
    (rate,) = ibis.duckdb.connect().to_pyarrow(shrunk)["own_rate"].to_pylist()
    return rate


@pytest.mark.parametrize(
    ("outcomes", "bound"),
    [
        (
            {"anna": [100, 100, 100], "bo": [2, 2, 2]},
            NARROW,
        ),  # nobody varies within: hardly shrunk, but shrunk
        (
            {"anna": [10, 2, 6], "bo": [2, 10, 6]},
            WIDE,
        ),  # nobody differs from the others: all but the overall rate
    ],
)
def test_a_variance_is_trusted_within_bounds(outcomes: dict[str, list[float]], bound: float) -> None:
    counts = [value for values in outcomes.values() for value in values]
    overall = sum(counts) / (2 * len(counts))
    k = bound * 2
    assert rate_of(outcomes, "anna") == pytest.approx((sum(outcomes["anna"]) + k * overall) / (2 * 3 + k))
