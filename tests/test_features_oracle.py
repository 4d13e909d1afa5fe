"""Every feature equals an oracle written another way, on random small tables full of edges, to 1e-9."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suasion.features import CHARACTERISTICS, FEATURES
from suasion.features.engine.matrix import build_features, prepare
from suasion.features.tables.open import open_tables
from suasion.features.tables.schema import TABLES
from suasion.features.text.space import LatentSpace

from . import small
from .oracle import Oracle

DECISIONS = "SELECT campaign_id, influencer_id, decided_at AS as_of, exposure, fee, discount FROM outcomes WHERE superseded_at > '9999-01-01'"


@pytest.fixture(scope="module")
def space() -> LatentSpace:
    return LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)


@pytest.mark.parametrize("settled", [False, True])
def test_every_feature_equals_the_oracle(settled: bool, space: LatentSpace, tmp_path: Path) -> None:
    columns = [feature.column for feature in FEATURES]
    told: dict[str, set[float]] = {name: set() for name in columns}
    for seed in range(6):
        rows = small.make(seed)
        if settled:
            rows = retold(rows)
        with open_tables(small.write(rows, tmp_path / str(seed)), settled=settled) as tables:
            assert all(report.aside == 0 for report in tables.reports), tables.reports
            matrix = build_features(prepare(tables, space), DECISIONS)
        oracle = Oracle(rows, space, settled=settled)
        for row in matrix.to_dict("records"):
            as_of = row["as_of"].to_pydatetime()
            key = (row["campaign_id"], row["influencer_id"])
            versions = [r for r in rows["outcomes"] if (r["campaign_id"], r["influencer_id"]) == key]
            agreed = max(versions, key=lambda r: r["known_at"])
            expected = oracle.features(agreed | {"as_of": as_of})
            assert set(expected) == set(columns), "the oracle and the declarations name different features"
            for name in columns:
                want, got, where = (
                    expected[name],
                    row[name],
                    f"{row['influencer_id']} at {as_of}, seed {seed}",
                )
                if want is None:
                    assert np.isnan(got), f"{name} of {where}: {got}, and it should be missing"
                    continue
                told[name].add(round(want, 9))
                # Closeness is worked out in float32, in another order of summation.
                slack = 2e-6 if "closeness" in name or "spread" in name or "credential" in name else 1e-9
                assert got == pytest.approx(want, rel=slack, abs=slack), f"{name} of {where}"
    # What is the same for all, a constant would say as well.
    constant = {name: values for name, values in told.items() if len(values) < 2}
    assert settled or not constant, f"the same for all in these examples, so not tested: {constant}"


def retold(rows: small.Tables) -> small.Tables:
    """Return tables with later versions of what decides which counts are settled: places, times of writing, and counts."""
    hours = timedelta(hours=1)
    again = {
        "influencers": [r | {"platform": "x"} for r in rows["influencers"][1:]],
        "posts": [
            r | {"created_at": r["created_at"] + (place % 3 - 1) * timedelta(days=20)}
            for place, r in enumerate(rows["posts"])
            if place % 2
        ],
        "post_metrics": [r | dict.fromkeys(small.MOST, 5.0) for r in rows["post_metrics"][::3]],
    }
    later = {
        name: [r | {"known_at": r["known_at"] + 700 * hours} for r in more] for name, more in again.items()
    }
    return rows | {
        name: small._without_contradictions(name, rows[name] + more) for name, more in later.items()
    }


def test_seven_characteristics_with_five_features_each_and_sixty_in_all() -> None:
    of = {name: [f for f in FEATURES if f.characteristic == name] for name in CHARACTERISTICS}
    assert list(of) == [
        "relevance",
        "frequency",
        "references",
        "conversation",
        "reputation",
        "conversion",
        "momentum",
    ]
    assert all(len({f.name for f in features}) >= 5 for features in of.values())
    assert sum(map(len, of.values())) >= 60
    assert len({f.column for f in FEATURES}) == len(FEATURES)


def test_every_feature_says_what_it_means() -> None:
    for feature in FEATURES:
        assert feature.meaning.endswith("."), feature.column
        assert feature.unit, feature.column
        assert feature.monotonic in (-1, 0, 1), feature.column


@pytest.mark.parametrize("post", ["p1", None])
def test_a_reference_that_is_told_twice_is_one_in_the_graph(
    post: str | None, space: LatentSpace, tmp_path: Path
) -> None:
    rows = small.make(1)
    plain = [row for row in rows["mentions"] if row["known_at"] == row["created_at"]]
    plain = list({tuple(row.get(key) for key in TABLES["mentions"].key): row for row in plain}.values())
    once = plain[0] | {"post_id": post}
    told = []
    for name, mentions in (
        ("once", [*plain[1:], once]),
        ("twice", [*plain[1:], once, once | {"known_at": once["known_at"] + timedelta(hours=1)}]),
    ):
        with open_tables(small.write(rows | {"mentions": mentions}, tmp_path / name)) as tables:
            build_features(prepare(tables, space), DECISIONS)
            told.append(tables.sql("SELECT * FROM standing ORDER BY ALL").df())
    assert len(told[0]) > 0
    pd.testing.assert_frame_equal(told[0], told[1])


@pytest.mark.parametrize("piece", [1, 3])
def test_what_does_not_fit_into_memory_is_worked_on_in_pieces(
    piece: int, space: LatentSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors read from front to back, the sample copied out, edges of the graph a few at a time: the same features."""
    told = []
    data = small.write(small.make(3), tmp_path / "data")
    for limits in (
        {"engine.similarity.SAMPLE": 5, "engine.similarity.LEAST": 2},
        {"engine.similarity.READ": 2 * piece, "engine.similarity.ROOM": 0, "engine.pagerank.PIECE": piece},
    ):
        for name, value in limits.items():
            monkeypatch.setattr(f"suasion.features.{name}", value)
        with open_tables(data, memory_limit="1GB") as tables:
            told.append(build_features(prepare(tables, space), DECISIONS))
    pd.testing.assert_frame_equal(told[0], told[1], check_exact=False, rtol=1e-9)
