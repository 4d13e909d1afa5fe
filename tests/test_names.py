"""People are found by whatever they are called; who is not found is told who is nearly called that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suasion.features.errors import NotFoundError
from suasion.features.identity.accounts import People
from suasion.features.sources.reading.ids import account_of
from suasion.features.tables.open import open_tables
from suasion.serving.scoring.search import Names, _account, key_of, one_of, read_names

IDS = ["x:1", "x:2", "anna", "@kim", "-7"]
PEOPLE = People.of([("youtube:9", "x:1"), ("tiktok:8", "nobody")])
HANDLES = [("@Café.Anna", "x:1"), ("bob", "x:2"), ("Bob", "nobody"), ("kim", "x:2"), ("zoe", "x:3")]
NAMES = Names(IDS, PEOPLE, HANDLES)


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        *((one, one) for one in IDS),
        ("youtube:9", "x:1"),
        ("YouTube:9", "x:1"),
        ("café.anna", "x:1"),
        ("@CAFÉ.ANNA", "x:1"),
        ("Cafe\u0301.Anna", "x:1"),
        (" @bob ", "x:2"),
        ("X:2", "x:2"),
        ("@Anna", "anna"),
        ("@kim", "@kim"),
    ],
)
def test_a_person_is_found_by_id_account_and_handle(asked: str, who: str) -> None:
    assert one_of(NAMES, asked, IDS) == who


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("kim", "'kim' may be any of @kim, x:2 (@bob): ask by the id."),
        ("boob", "'boob' is not among the 5 candidates. Did you mean x:2 (@bob)?"),
        ("cafe anna", "'cafe anna' is not among the 5 candidates. Did you mean x:1 (@Café.Anna)"),
        ("youtube:8", "Did you mean x:1 (@Café.Anna)?"),
        ("somebody else", "'somebody else' is not among the 5 candidates. The first are: x:1, x:2, anna."),
        ("zoe", "'zoe' is not among the 5 candidates."),
        ("tiktok:8", "'tiktok:8' is not among the 5 candidates."),
        ("", "'' is not among the 5 candidates. The first are"),
        ("@", "'@' is not among the 5 candidates. The first are"),
    ],
)
def test_who_is_not_found_or_not_alone_is_told_of_others(asked: str, says: str) -> None:
    with pytest.raises(NotFoundError) as told:
        one_of(NAMES, asked, IDS)
    assert says in str(told.value)


def test_near_misses_come_in_order_and_each_person_once() -> None:
    names = Names(
        ["a", "b", "c", "d", "e"],
        handles=[("annabel", "a"), ("annabell", "b"), ("anabel", "c"), ("hannibal", "d"), ("zoe", "e")],
    )
    assert names.near("annabel") == ["a", "b", "c"]
    assert names.near("annabella")[0] == "b"
    assert names.near("xyz") == []


def test_the_latest_handle_of_each_account_counts(tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text("campaign_id,starts_at,ends_at\nc,2024-01-01,2024-02-01\n")
    (tmp_path / "outcomes.csv").write_text("campaign_id,influencer_id,conversions\nc,x:1,1\n")
    (tmp_path / "influencers.csv").write_text(
        "influencer_id,handle,created_at,known_at\nx:1,old,2020-01-01,\nx:1,new,2020-01-01,2021-01-01\nyt:1,tube,2020-01-01,\nx:2,,2020-01-01,\n"
    )
    with open_tables(tmp_path) as tables:
        assert read_names(tables) == (("new", "x:1"), ("tube", "yt:1"))
    (tmp_path / "people.csv").write_text("account_id,influencer_id\nyt:1,x:1\n")
    with open_tables(tmp_path) as tables:
        assert read_names(tables) == (("new", "x:1"), ("tube", "x:1"))


@given(st.from_regex(re.compile(r"\A\w{1,12}\Z", re.ASCII)))
def test_a_plain_id_is_not_looked_through_for_a_platform_and_would_tell_none(name: str) -> None:
    assert _account(name) == ("", key_of(account_of(name)))
