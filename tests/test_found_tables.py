"""Files that others keep in public, each of a shape that was first read wrongly: what databases, analytics and payment services export."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from suasion.features.sources.advice import commands

from .sources import rows_in, run
from .test_found_files import POSTS, imported

OBJECTIVES = "Campaign,{},Influencer,Start,End,{}\nSpring tea,Sales,anna,2024-03-01,2024-03-10,8\nSummer,Awareness,anna,2024-06-01,2024-06-10,5\n"


@pytest.mark.parametrize("name", ["Objective", "Campaign objective"])
def test_the_objective_of_a_campaign_is_its_goal(tmp_path: Path, name: str) -> None:
    imported(tmp_path, "results", OBJECTIVES.format(name, "Conversions"), "--yes")
    campaigns = rows_in(tmp_path / "data", "campaigns")
    assert [(row["brief"], row["goal"]) for row in campaigns] == [
        ("Spring tea", "Sales"),
        ("Summer", "Awareness"),
    ]


def test_an_objective_in_a_sentence_is_a_brief(tmp_path: Path) -> None:
    sheet = OBJECTIVES.format("Objective", "Orders").replace("Sales", "Get students to try the new iced tea")
    assert "Objective brief" in imported(tmp_path, "results", sheet, "--yes")


VISITS = (
    "# Start date: 20240301\n# End date: 20240315\n"
    "Session source / medium,Session campaign,Session manual ad content,Key events\n"
    "(direct) / (none),(direct),(not set),80\ngoogle / organic,(organic),(not set),60\n"
    "instagram / influencer,spring,anna,12\ninstagram / influencer,spring,bo,3\ngoogle / cpc,spring,(not set),2\n"
)


def test_visits_that_no_influencer_brought_are_no_campaigns_and_nobody(tmp_path: Path) -> None:
    told = imported(tmp_path, "results", VISITS, "--yes")
    assert [row["campaign_id"] for row in rows_in(tmp_path / "data", "campaigns")] == ["spring"]
    assert [row["influencer_id"] for row in rows_in(tmp_path / "data", "outcomes")] == ["anna", "bo"]
    assert told.count("rows of visits that no influencer brought: Session campaign is") == 2
    assert "Session manual ad content is (not set)" in told
    assert "2 records" in told
    mapped = ("--map", "Session source / medium=influencer_id")
    told = imported(tmp_path, "results", VISITS.replace("(organic)", "spring"), "--yes", *mapped)
    assert "Session source / medium is google / organic" in told
