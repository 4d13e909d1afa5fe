"""How scores are finished, by hand: the best first, each with its own features, money by its own fee."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.score import Session
from suasion.training.estimators.blend import TreeRegressor

from . import made

POSTS = made.record("frequency__posts__30d")


def finished(posts: list[float], fee: list[float], **asked: Any) -> Any:
    """Finish the scores of people who are expected to bring one more than they have posts."""
    table = pd.DataFrame({"influencer_id": [f"p{n}" for n in range(len(posts))], POSTS.column: posts})
    table = table.assign(campaign_id="c", as_of=pd.Timestamp("2024-05-01"), exposure=1.0, fee=fee)
    model = made.bundle({POSTS: 1.0, made.record("momentum__gone"): 0.5}, revenue_per_conversion=10.0)
    session = SimpleNamespace(
        bundle=model,
        tables=SimpleNamespace(
            people="people",
            present=frozenset(),
            joined=False,
            goal=None,
            sql=lambda _: SimpleNamespace(fetchall=list),
        ),
        names=(("Ann", "p0"),),
    )
    return Session.finish(session, table, Ask(campaign="c", **asked), Notes())  # type: ignore[arg-type]


def test_the_best_come_first_with_their_own_features_and_fees() -> None:
    told = finished([1.0, 5.0, 0.0, 3.0], [10.0, 20.0, 30.0, 40.0])
    assert told.scores["influencer_id"].tolist() == ["p1", "p3", "p0", "p2"]
    assert told.scores["expected_conversions"].tolist() == pytest.approx([6, 4, 2, 1])
    assert told.features[POSTS.column].tolist() == [5, 3, 1, 0]
    assert told.scores["fee"].tolist() == [20, 40, 10, 30]
    assert told.scores["cost_per_conversion"].tolist() == pytest.approx([20 / 6, 10, 5, 30])
    assert told.scores["expected_revenue"].tolist() == pytest.approx([60, 40, 20, 10])
    assert told.scores.index.tolist() == told.features.index.tolist() == [*range(4)]
    assert told.features.columns.tolist() == [POSTS.column, "momentum__gone", "exposure"]
    assert np.isnan(told.features["momentum__gone"]).all(), "a feature that this data lacks is missing"
    assert {"ask", "index"}.isdisjoint(told.scores)
    chosen = finished([1.0, 5.0, 0.0, 3.0], [10.0, 20.0, 30.0, 40.0], budget=31.0, value=100.0).scores
    assert chosen.set_index("influencer_id")["ask"].to_dict() == {
        "p1": True,
        "p3": False,
        "p0": True,
        "p2": False,
    }


def test_trees_that_were_not_grown_have_no_parts() -> None:
    with pytest.raises(NotFittedError):
        TreeRegressor().parts()
