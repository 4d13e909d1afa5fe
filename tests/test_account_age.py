"""When an account was made: known of some, and nothing is lost where nobody tells."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from suasion.features.engine.matrix import build_features, prepare
from suasion.features.tables.open import open_tables

from . import small
from .sources import bring, rows_in
from .test_no_look_ahead import DECISIONS, MICRO, SPACE, T0, base

NOT = float("nan")
OLD = T0 - timedelta(days=10)
AFTER = T0 + timedelta(days=1)


@pytest.mark.parametrize(
    ("versions", "age", "on_tiktok"),
    [
        ([(OLD, OLD)], 10.0, 1.0),
        ([(OLD, None)], 10.0, 1.0),
        ([(None, None)], NOT, 1.0),  # where it is never changes, and it was there when somebody decided
        ([(None, T0 - MICRO)], NOT, 1.0),
        ([(None, T0)], NOT, NOT),
        ([(T0, None)], NOT, NOT),
        ([(OLD, T0)], NOT, NOT),
        # The later version tells when it was made: it counts once it is known.
        ([(None, None), (OLD, T0 - MICRO)], 10.0, 1.0),
        ([(None, None), (OLD, T0)], NOT, 1.0),
        ([(None, None), (OLD, AFTER)], NOT, 1.0),
    ],
)
def test_an_account_s_age_is_missing_where_nobody_tells_it_and_its_platform_is_not(
    versions: list[tuple[datetime | None, datetime | None]], age: float, on_tiktok: float, tmp_path: Path
) -> None:
    rows = base()
    rows["influencers"] = [
        {"influencer_id": "ann", "platform": "TikTok", "created_at": made, "known_at": known}
        for made, known in versions
    ]
    with open_tables(small.write(rows, tmp_path / "data")) as tables:
        assert not [report.reasons for report in tables.reports if report.table == "influencers" and report.reasons]  # fmt: skip
        found = build_features(prepare(tables, SPACE), DECISIONS).set_index("influencer_id")
    told = found.loc["ann", ["reputation__account_age", "offer__on_tiktok"]].to_numpy(dtype=float)
    assert np.array_equal(told, [age, on_tiktok], equal_nan=True)


@pytest.mark.parametrize("first", ["with its age", "without"])
def test_what_a_later_export_does_not_tell_of_an_account_still_holds(first: str, tmp_path: Path) -> None:
    """Whether the export that tells its age comes first or last, the latest version has it; importing again adds nothing."""
    told = {"with its age": {"created_at": "2015-01-01T00:00:00Z"}, "without": {"public_metrics": {}}}
    order = [first, *(name for name in told if name != first)]
    for number, name in enumerate(order * 2):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"data": {"id": "31", "username": "anna", **told[name]}}))
        landed = bring("x", tmp_path / "out", path, read_at=datetime(2024, 1, 1 + number % 2))
        if number > 1:
            assert sum(one.new for one in landed.tables) == 0
    versions = rows_in(tmp_path / "out", "influencers")
    assert versions[-1] == {"influencer_id": "x:31", "platform": "x", "handle": "anna", "created_at": "2015-01-01 00:00:00"} | (
        {"known_at": "2024-01-02 00:00:00"} if first == "without" else {}
    )  # fmt: skip
    assert len(versions) == (2 if first == "without" else 1)
