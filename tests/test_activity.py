"""Rows that come with a question: of people told twice none is believed, and what is set aside says which row it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from suasion.features.engine.matrix import Prepared, all_features
from suasion.features.engine.similarity import vectors_of
from suasion.features.errors import InputError, NotFoundError
from suasion.features.tables.open import Tables, open_tables
from suasion.features.text.space import LatentSpace
from suasion.serving.http.requests import ActivityRequest
from suasion.serving.scoring import score
from suasion.serving.scoring.activity import (
    Activity,
    SetAside,
    candidates_of_activity,
    overlay,
    settle,
    unfilled_of,
)
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.score import Session

from . import made
from .test_candidates import CAMPAIGNS, OUTCOMES

BUNDLE: Any = SimpleNamespace(facts={"last_known": "2024-02-10", "goals": {}})
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
    assert (known, counted) == ([("a",), ("c",)], [("a", 5.0)]), "when an account was made need not be known"


def test_posts_of_a_question_are_compared_by_their_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = [f"p{number},a,wine from the hills,2023-01-01" for number in range(9)]
    (tmp_path / "posts.csv").write_text("\n".join(["post_id,author_id,text,created_at", *stored]) + "\n")
    (tmp_path / "campaigns.csv").write_text(CAMPAIGNS)
    (tmp_path / "outcomes.csv").write_text(OUTCOMES)
    space = LatentSpace.fit(["wine from the hills", "beer with hops"] * 20)
    bundle: Any = replace(
        made.bundle({made.record("frequency__posts__30d"): 1.0}), fitted=SimpleNamespace(space=space)
    )
    post = {"post_id": "q", "author_id": "a", "text": "beer with hops", "created_at": "2023-02-01"}
    read: list[Any] = []

    def build(prepared: Prepared, *_: object) -> None:
        read.append(prepared.texts.vectors.tolist())
        raise InputError("Enough is known.")

    monkeypatch.setattr(score, "build_candidates", build)
    with open_tables(tmp_path) as tables, pytest.raises(InputError, match="Enough is known"):
        Session(tables, bundle, remember=False).score_activity(
            Ask(brief="beer", as_of=AT), Activity([{"influencer_id": "a"}], posts=[post])
        )
    assert read[0][1:] == vectors_of(["beer with hops"], space).tolist()


def asked(folder: Path, people: list[dict], ask: Ask) -> tuple[list[Any], Notes]:
    notes = Notes()
    with tables(folder) as scratch:
        query = candidates_of_activity(scratch, ask, Activity(people), BUNDLE, notes)
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


@pytest.mark.parametrize(
    ("other", "present"),
    [
        ({}, set()),
        ({"posts": []}, {"posts"}),
        ({"audience": [], "mentions": []}, {"audience", "mentions"}),
        ({"credentials": []}, {"credentials"}),
        ({"people": [{"influencer_id": "a"}, {"influencer_id": "b", "created_at": "2020"}]}, {"influencers"}),
        ({"people": [{"influencer_id": "a", "created_at": None}]}, set()),
        ({"people": [{"influencer_id": "a", "platform": "tiktok"}]}, {"influencers"}),
    ],
)
def test_a_table_is_known_where_it_was_told_even_empty(other: dict[str, Any], present: set[str]) -> None:
    told = Activity(**{"people": [{"influencer_id": "a"}], **other})
    assert told.present == present
    assert all(
        told.tables[name] == other.get("people" if name == "influencers" else name) for name in present
    )


def test_a_row_says_itself_when_it_could_be_known(tmp_path: Path) -> None:
    audience = [
        {"influencer_id": "a", "observed_at": "2020-01-01", "followers": 5.0, "known_at": "2020-02-02"},
        {"influencer_id": "b", "observed_at": "2020-01-01", "followers": 6.0},
    ]
    with tables(tmp_path) as scratch:
        assert overlay(scratch, Activity([{"influencer_id": "a"}], audience=audience)) == ()
        known = scratch.sql("SELECT known_at FROM audience ORDER BY influencer_id").fetchall()
    assert known == [(datetime(2020, 2, 2),), (datetime(2020, 1, 1),)]


@pytest.mark.parametrize(("lacking", "banner"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_of_four_more_than_half_must_lack_something_to_be_told(
    lacking: int, banner: bool, tmp_path: Path
) -> None:
    people = [{"influencer_id": f"p{n}"} | ({"fee": 1.0} if n >= lacking else {}) for n in range(4)]
    rows, notes = asked(tmp_path, people, Ask(brief="beer", as_of=AT, offer={"exposure": 1.0}))
    assert [row[2] for row in rows] == [200.0] * lacking + [1.0] * (4 - lacking)
    first = "All" if lacking == 4 else "Most"
    told = [f"{first} of these forecasts rest on assumed values: fee was not given."] if banner else []
    assert notes.banner == told
    # What everybody's row tells needs no median.
    assert any("median of past outcomes" in note for note in notes.rest) == (lacking > 0)


def test_two_accounts_of_one_person_are_asked_for_once(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("account_id,influencer_id\nx:1,ann\nyt:1,ann\n")
    ask = Ask(brief="beer", as_of=AT, offer={"exposure": 1.0, "fee": 1.0})
    rows, _ = asked(tmp_path, [{"influencer_id": "x:1"}, {"influencer_id": "bob"}], ask)
    assert [row[0] for row in rows] == ["ann", "bob"]
    with pytest.raises(InputError, match="The influencer 'ann' is in the question twice"):
        asked(tmp_path, [{"influencer_id": "x:1"}, {"influencer_id": "yt:1"}], ask)


FEATURES = all_features(())
COLUMN = {f"{f.characteristic}__{f.name}": f.column for f in FEATURES}
GRAPH = [COLUMN["references__own_standing"], COLUMN["conversation__leaders_cited"]]
OWN = [f.column for f in FEATURES if f.characteristic == "frequency"][:1]
ALL_TABLES = frozenset(
    {"influencers", "posts", "audience", "mentions", "credentials", "outcomes", "candidates"}
)
PLACELESS = "hangs on the graph of all references, where {} had no place by then: taken as nobody's standing"


@pytest.mark.parametrize(
    ("asked_for", "present", "found"),
    [
        (["known"], ALL_TABLES, {}),
        (["known", "old"], ALL_TABLES, dict.fromkeys(GRAPH, PLACELESS.format("old"))),
        (["new"], ALL_TABLES, dict.fromkeys(GRAPH, PLACELESS.format("new"))),
        (["later"], ALL_TABLES, dict.fromkeys(GRAPH, PLACELESS.format("later"))),
        (["known"], ALL_TABLES - {"posts"}, {OWN[0]: "needs posts, which the question does not tell"}),
        (
            ["known"],
            ALL_TABLES - {"mentions"},
            {GRAPH[0]: "needs mentions, which the question does not tell"},
        ),
    ],
)
def test_what_a_question_cannot_tell_is_named_with_its_reason(
    asked_for: list[str], present: frozenset[str], found: dict[str, str]
) -> None:
    """Of somebody's standing that of the month of the decision counts, and that of those in the question alone."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE standing (account_id VARCHAR, month TIMESTAMP, standing DOUBLE)")
        for who, month in (("known", "2024-02-01"), ("old", "2024-01-01"), ("later", "2024-03-01"), ("other", "2024-02-01")):  # fmt: skip
            connection.execute("INSERT INTO standing VALUES (?, ?, 1)", [who, month])
        connection.execute("CREATE TABLE decisions (influencer_id VARCHAR)")
        connection.executemany(
            "INSERT INTO decisions VALUES (?)", [[who] for who in [*asked_for, *asked_for]]
        )
        told: Any = SimpleNamespace(sql=connection.execute, present=present, extras=(), declared=None)
        unfilled = unfilled_of(told, [*GRAPH, *OWN], datetime(2024, 2, 15))
        assert unfilled.set_aside == ()
        lacking = {name: reason for name, reason in unfilled.features.items() if name in found}
        assert lacking == found
        if present == ALL_TABLES:
            assert set(unfilled.features) == set(found)
        assert unfilled_of(told, [], datetime(2024, 2, 15)).features == {}, "of the model's features alone"


def test_the_first_three_without_a_place_are_named() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE standing (account_id VARCHAR, month TIMESTAMP, standing DOUBLE)")
        connection.execute("CREATE TABLE decisions (influencer_id VARCHAR)")
        connection.execute("INSERT INTO decisions VALUES ('p4'), ('p3'), ('p2'), ('p1')")
        told: Any = SimpleNamespace(sql=connection.execute, present=ALL_TABLES, extras=(), declared=None)
        reason = unfilled_of(told, GRAPH, datetime(2024, 2, 15)).features[GRAPH[0]]
    assert reason == PLACELESS.format("p1, p2, p3")
