"""What is stored about campaigns and people in short: which version counts, what is found, and in what order."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from suasion.features.tables.open import open_tables
from suasion.serving.scoring.campaigns import About, Campaign, about, read_campaigns, read_handles, read_told
from suasion.serving.scoring.candidates import Ask

CAMPAIGNS = """campaign_id,brand,category,brief,starts_at,ends_at,known_at
none,b,k,x,2024-01-01,2024-02-01,2023-12-01
b,b,k,x,2024-01-02,2024-02-01,2023-12-01
a,b,k,x,2024-01-02,2024-02-01,2023-12-01
with,later,second,{long},2024-05-02,2024-06-01,2023-12-20
with,first,first,short,2024-03-01,2024-06-01,2023-12-10
early,,,,2023-11-01,2024-06-01,2023-10-01
"""
CANDIDATES = """campaign_id,influencer_id,decided_at,known_at
with,ann,2024-03-01,2023-12-21
with,ann,2024-03-01,2023-12-22
with,bob,2024-03-01,2023-12-21
early,ann,2023-11-01,2023-10-01
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("stored")
    (found / "campaigns.csv").write_text(CAMPAIGNS.format(long="y" * 501))
    (found / "candidates.csv").write_text(CANDIDATES)
    (found / "outcomes.csv").write_text("campaign_id,influencer_id,conversions\nearly,ann,1\n")
    (found / "influencers.csv").write_text(
        "influencer_id,handle,created_at,known_at\nann,new,2020-01-01,2021-01-01\nann,old,2020-01-01,2020-01-01\nbob,,2020-01-01,\n"
    )
    return found


def test_campaigns_with_candidates_come_first_then_the_latest(folder: Path) -> None:
    with open_tables(folder) as tables:
        found = read_campaigns(tables)
    assert list(found) == ["with", "early", "a", "b", "none"]
    assert [one.candidates for one in found.values()] == [2, 1, 0, 0, 0], "each candidate once"
    assert [one.campaign_id for one in found.values()] == list(found)
    assert found["with"].brand == "later", "as it was last told"
    assert found["with"].category == "second"
    assert found["with"].brief == "y" * 500
    assert found["with"].starts_at == datetime(2024, 3, 1), "as it was first told"
    assert found["early"] == Campaign("early", None, None, None, datetime(2023, 11, 1), 1)


def test_each_version_is_known_from_its_moment(folder: Path) -> None:
    with open_tables(folder) as tables:
        told = read_told(tables)
        handles = read_handles(tables)
    assert told["with"] == [
        (datetime(2023, 12, 10), About("with", "short", "first", "first")),
        (datetime(2023, 12, 20), About("with", "y" * 500, "later", "second")),
    ]
    assert told["early"] == [(datetime(2023, 10, 1), About("early", "", None, None))]
    assert handles == {"ann": "new"}


@pytest.mark.parametrize(
    ("search", "found"),
    [("", True), ("C-1", True), ("ACME", True), ("Bread", True), ("crust", True), ("STRASSE", True), ("none", False), ("acme bread", False)],
)  # fmt: skip
def test_a_campaign_is_found_by_any_of_its_texts(search: str, found: bool) -> None:
    one = Campaign("c-1", "Acme", "bread", "A Crust in the Straße", datetime(2024, 1, 1), 0)
    assert one.matches(search) == found
    bare = Campaign("c-1", None, None, None, datetime(2024, 1, 1), 0)
    assert bare.matches(search) == (search in ("", "C-1"))


FIRST, SECOND = About("c", "one", "b", "k"), About("c", "two", "b", "k")
TOLD = {"c": [(datetime(2024, 1, 1), FIRST), (datetime(2024, 2, 1), SECOND)]}


def board(ask: Ask, campaign: str, *moments: str) -> Any:
    return SimpleNamespace(ask=ask, campaign=campaign, moments=np.array(moments, dtype="datetime64[us]"))


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        (["2024-03-01"], SECOND),
        (["2024-02-01"], FIRST),
        (["2024-02-01T00:00:00.000001"], SECOND),
        (["2024-01-01"], FIRST),
        (["2023-01-01"], FIRST),
        (["2024-03-01", "2024-01-15"], FIRST),
    ],
)
def test_a_board_is_about_the_campaign_as_it_was_known_at_its_first_decision(
    moments: list[str], told: About
) -> None:
    assert about(board(Ask(campaign="c"), "c", *moments), TOLD) == told


def test_a_typed_brief_is_about_what_was_typed() -> None:
    typed = About("A new brief", "x", "b", None)
    assert about(board(Ask(brief="x", brand="b"), "c", "2024-03-01"), TOLD) == typed
    assert about(board(Ask(campaign="d"), "d", "2024-03-01"), TOLD) == About("A new brief", "", None, None)
