"""Followers beside expected conversions on the page: who is compared, who is drawn, who stands out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from suasion.serving.explaining.followed import beside_followers


def board(expected: np.ndarray, followers: np.ndarray) -> Any:
    """Return a board of people called p0, p1 …, of whom p0 has a handle."""
    ids = np.array([f"p{n}" for n in range(len(expected))], dtype=object)
    return SimpleNamespace(
        columns={"expected_conversions": expected}, followers=followers, ids=ids, handles={"p0": "@ann"}
    )


@pytest.mark.parametrize(
    ("shift", "says"), [(0, "10 are among"), (9, "1 is among"), (7, "3 are among"), (10, "none are among")]
)
def test_how_many_of_the_most_followed_are_among_the_best(shift: int, says: str) -> None:
    many = 40
    expected = np.arange(many, 0, -1.0)
    followers = np.roll(expected, shift) * 100
    seen = beside_followers(board(expected, followers), None)
    assert seen is not None
    assert (
        seen.sentence
        == f"Of the 10 most followed, {says} the 10 with the highest forecasts. In blue the 10 highest forecasts."
    )
    assert [(x, y) for x, y, stands_out in seen.points if stands_out] == list(
        zip(followers[:10], expected[:10], strict=True)
    )
    assert len(seen.points) == many
    most = int(np.argmax(followers))
    assert seen.names == tuple(dict.fromkeys([("@ann", followers[0], 40.0), ("@ann" if most == 0 else f"p{most}", 4000.0, expected[most])]))  # fmt: skip


def test_whom_the_plan_asks_stands_out() -> None:
    expected, followers = np.arange(30, 0, -1.0), np.full(30, 500.0)
    ask = np.isin(np.arange(30), [3, 29])
    seen = beside_followers(board(expected, followers), ask)
    assert seen is not None
    assert [y for _, y, stands_out in seen.points if stands_out] == [27.0, 1.0]
    nobody = beside_followers(board(expected, followers), np.zeros(30, bool))
    assert nobody is not None
    assert sum(stands_out for *_, stands_out in nobody.points) == 10
    assert nobody.sentence.endswith("In blue the 10 highest forecasts.")


def test_of_a_multitude_those_of_either_kind_are_drawn_and_whoever_is_asked() -> None:
    expected, followers = np.arange(5000, 0, -1.0), np.arange(1.0, 5001)
    ask = np.isin(np.arange(5000), [2500])
    seen = beside_followers(board(expected, followers), ask)
    assert seen is not None
    assert sorted(y for _, y, _ in seen.points) == [*range(1, 201), 2500, *range(4801, 5001)]
    assert seen.sentence.endswith(
        " Shown are 401 of 5,000: the most followed and the highest forecasts. In blue whom the plan asks."
    )


def test_what_is_not_known_or_cannot_stand_on_a_log_scale_is_left_out() -> None:
    expected, followers = np.arange(24, 0, -1.0), np.arange(1.0, 25)
    followers[:2], followers[2], expected[3] = np.nan, 0.0, 0.0
    seen = beside_followers(board(expected, followers), None)
    assert seen is not None
    assert len(seen.points) == 20
    followers[4] = np.nan
    assert beside_followers(board(expected, followers), None) is None
