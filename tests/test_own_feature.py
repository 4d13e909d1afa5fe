"""A feature of one's own, declared in Python: built, trained on, explained, saved, and refused where it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import suasion as su
from suasion.features.errors import InputError

from .brands import brand


def test_a_feature_of_ones_own_is_built_trained_on_and_explained(tmp_path: Path) -> None:
    tables = brand()
    rng = np.random.default_rng(1)
    posts = pd.DataFrame(
        {
            "post_id": [f"x{k}" for k in range(3000)],
            "author_id": [f"p{k:02d}" for k in rng.integers(0, 40, 3000)],
            "created_at": pd.Timestamp("2022-10-01") + pd.to_timedelta(rng.uniform(0, 500, 3000), unit="D"),
            "text": "tea",
        }
    )

    @su.feature("frequency", unit="posts", days=[60], monotonic=+1, fill=0)
    def posts_of_late(posts: Any, days: int) -> Any:
        """Posts in two months."""
        from suasion.features.engine.feature import count

        return count(posts)

    column = "frequency__posts_of_late__60d"
    data = su.Dataset(**tables, posts=posts, features=[*su.FEATURES, posts_of_late])
    X, _, _ = data.training_frame()
    who, moment = X.index.get_level_values("influencer_id")[-1], X.index.get_level_values("as_of")[-1]
    inside = (posts["created_at"] < moment) & (posts["created_at"] >= moment - pd.Timedelta(days=60))
    assert X[column].iloc[-1] == (inside & (posts["author_id"] == who)).sum()
    model = su.InfluenceModel(kind="linear", alpha=1.0).fit(data)
    assert column in model.feature_names_in_
    again = su.load(model.save(tmp_path / "mine"))
    scores = again.predict(data, campaign="c29")
    assert "frequency: posts of late, in 60 days" in again.explain(scores).feature_names
    with pytest.raises(InputError, match=f"features that this Dataset does not have: {column}"):
        again.predict(su.Dataset(**tables, posts=posts), campaign="c29")
    with pytest.raises(InputError, match="has no characteristic; it can be offer"):
        su.Dataset(**tables, features=[su.feature(unit="x")(lambda posts: posts)])


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"characteristic": "fame"}, "characteristic is 'fame'; it can be offer, relevance"),
        ({"monotonic": 5}, "monotonic is 5; it can be 1, -1 or 0"),
        ({"days": 30}, r"days is 30; it can be a list of whole numbers above 0, such as \[30, 365\]"),
        ({"days": [0]}, r"days is \[0\]; it can be"),
        ({"days": []}, r"days is \[\]; it can be"),
    ],
)
def test_a_feature_that_cannot_be_is_refused_where_it_is_written(declared: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        su.feature(unit="x", **declared)
