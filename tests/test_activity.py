"""Rows that come with a question: of people told twice none is believed, and what is set aside says which row it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from suasion.features.check import Tables, open_tables
from suasion.features.errors import InputError, NotFoundError
from suasion.serving.activity import Activity, SetAside, asked_of, overlay, settle
from suasion.serving.banner import Notes
from suasion.serving.candidates import Ask
from suasion.serving.schema import ActivityRequest

from .test_candidates import CAMPAIGNS, OUTCOMES

BUNDLE: Any = SimpleNamespace(facts={"last_known": "2024-02-10"})
AT = datetime(2024, 3, 1)


def ids(activity: Activity) -> list[str]:
    return [row["influencer_id"] for row in activity.people]


@pytest.mark.parametrize(
    ("people", "left", "aside"),
    [
        ([{"influencer_id": "a"}, {"influencer_id": "b"}], ["a", "b"], []),
        # The same twice is one row that was repeated.
        ([{"influencer_id": "a", "fee": 9.0}, {"influencer_id": "b"}, {"influencer_id": "a", "fee": 9.0}], ["a", "b"], []),
        # Two that say different things: neither is believed, first or last.
        ([{"influencer_id": "a", "fee": 9.0}, {"influencer_id": "b"}, {"influencer_id": "a", "fee": 8.0}], ["b"], [0, 2]),
        ([{"influencer_id": "a"}, {"influencer_id": "a"}, {"influencer_id": "a", "fee": 8.0}, {"influencer_id": "b"}], ["b"], [0, 1, 2]),
    ],
)  # fmt: skip
def test_of_rows_that_contradict_none_is_believed(
    people: list[dict], left: list[str], aside: list[int]
) -> None:
    settled, found = settle(Activity(people))
    assert ids(settled) == left
    assert found == tuple(
        SetAside("people", row, "contradicts another row of the same influencer_id") for row in aside
    )


def test_where_nobody_is_left_that_is_said() -> None:
    with pytest.raises(InputError, match="All 2 rows of people contradict one another"):
        settle(Activity([{"influencer_id": "a", "fee": 1.0}, {"influencer_id": "a"}]))


def test_a_request_hands_on_every_row() -> None:
    rows = [{"influencer_id": "a", "fee": 1.0}, {"influencer_id": "a", "fee": 2.0}]
    asked = ActivityRequest.model_validate({"ask": {"brief": "beer"}, "people": rows})
    assert [row["fee"] for row in asked.activity().people] == [1.0, 2.0]


@contextmanager
def tables(folder: Path) -> Iterator[Tables]:
    (folder / "campaigns.csv").write_text(CAMPAIGNS)
    (folder / "outcomes.csv").write_text(OUTCOMES)
    with open_tables(folder) as opened, opened.scratch() as scratch:
        yield scratch


def test_a_row_set_aside_is_named_by_its_place_in_the_request(tmp_path: Path) -> None:
    people = [
        {"influencer_id": "a"},
        {"influencer_id": "b", "created_at": "soon"},
        {"influencer_id": "c", "created_at": "2020-01-01"},
    ]
    audience = [{"influencer_id": "a", "observed_at": "2020-01-01", "followers": 5.0}] * 2
    audience += [{"influencer_id": "c", "observed_at": "2020-01-01", "followers": float(n)} for n in (5, 6)]
    with tables(tmp_path) as scratch:
        aside = overlay(scratch, Activity(people, audience=audience))
        known = scratch.sql("SELECT influencer_id FROM influencers").fetchall()
        counted = scratch.sql("SELECT influencer_id, followers FROM audience").fetchall()
    assert [(row.table, row.row) for row in aside] == [("audience", 2), ("audience", 3), ("influencers", 1)]
    assert "contradicts another row" in aside[0].reason
    assert (known, counted) == ([("c",)], [("a", 5.0)])


def asked(folder: Path, people: list[dict], ask: Ask) -> tuple[list[Any], Notes]:
    notes = Notes()
    with tables(folder) as scratch:
        query = asked_of(scratch, ask, Activity(people), BUNDLE, notes)
        return scratch.sql(
            f"SELECT influencer_id, exposure, fee, as_of FROM ({query}) ORDER BY 1"
        ).fetchall(), notes


def test_each_is_offered_what_was_agreed_else_what_is_offered_to_all_else_the_median(tmp_path: Path) -> None:
    people = [
        {"influencer_id": "a", "fee": 7.0},
        {"influencer_id": "b"},
        {"influencer_id": "c", "exposure": 3.0, "fee": 0.0},
    ]
    rows, notes = asked(tmp_path, people, Ask(brief="beer", as_of=AT))
    assert rows == [("a", 2.0, 7.0, AT), ("b", 2.0, 200.0, AT), ("c", 3.0, 0.0, AT)]
    assert notes.banner == [
        "Most of these forecasts rest on assumed values: exposure and fee were not given."
    ]
    rows, notes = asked(tmp_path, people, Ask(brief="beer", as_of=AT, offer={"exposure": 5.0}))
    assert rows == [("a", 5.0, 7.0, AT), ("b", 5.0, 200.0, AT), ("c", 3.0, 0.0, AT)]
    assert notes.banner == [], "one of three"
    rows, notes = asked(
        tmp_path, people, Ask(brief="beer", as_of=datetime(2024, 1, 5), offer={"exposure": 5.0, "fee": 1.0})
    )
    assert [sentence[:30] for sentence in notes.banner] == ["The model learned from outcome"]


def test_a_question_about_rows_is_checked_like_any_other(tmp_path: Path) -> None:
    for ask, says in (
        (Ask(campaign="new", brand="b"), "brand describes a new brief"),
        (Ask(campaign="none"), "There is no campaign 'none'"),
        (Ask(brief="x", offer={"moon": 1.0}), "this data knows exposure"),
    ):
        with pytest.raises((InputError, NotFoundError), match=says):
            asked(tmp_path, [{"influencer_id": "a"}], ask)
    rows, _ = asked(tmp_path, [{"influencer_id": "a"}], Ask(campaign="new"))
    assert rows[0][3] == datetime(2024, 6, 1), "the campaign's start"
    rows, _ = asked(tmp_path, [{"influencer_id": "a"}], Ask(brief="x"))
    assert rows[0][3] == datetime(2024, 2, 10, 0, 0, 0, 1), "the data's end, outcomes included"
