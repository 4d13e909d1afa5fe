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
