"""When what an export says was read: by its own word where it has one, else when its file was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .sources import bring, rows_in, run

POST = {"id": "1750000000000000000", "author_id": "31", "text": "tea", "public_metrics": {"like_count": 3}}
RETRIEVED = {"__twarc": {"retrieved_at": "2024-02-01T00:00:00+00:00"}}
DUMP = {
    "id": "a1",
    "author": "anna",
    "title": "tea",
    "selftext": "",
    "score": 3,
    "created_utc": 1_704_067_200,
}


@pytest.mark.parametrize(
    ("source", "record", "at"),
    [
        ("x", RETRIEVED | POST, "2024-02-01 00:00:00"),
        ("x", RETRIEVED | {"data": [POST]}, "2024-02-01 00:00:00"),
        ("x", POST, ""),
        ("reddit", DUMP | {"retrieved_on": 1_706_745_600}, "2024-02-01 00:00:00"),
        ("reddit", DUMP | {"retrieved_on": "1706745600"}, "2024-02-01 00:00:00"),
        ("reddit", DUMP | {"retrieved_on": "soon"}, ""),
        ("reddit", DUMP, ""),
    ],
)
def test_counts_are_of_when_a_record_was_retrieved(
    source: str, record: dict[str, Any], at: str, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    told = bring(source, tmp_path / "out", tmp_path / "a.jsonl")
    [counts] = rows_in(tmp_path / "out", "post_metrics")
    assert (counts["observed_at"], counts["likes"]) == (at or "2024-06-01 00:00:00", 3)
    assert told.undated == (0 if at else 1)


def test_records_with_and_without_their_own_time_are_told_apart(tmp_path: Path) -> None:
    records = [RETRIEVED | POST, POST | {"id": "1750000000000000001"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, records)))
    code, told = run("import", "x", str(tmp_path / "a.jsonl"), str(tmp_path / "out"))
    assert code == 0, told
    said = " ".join(told.split())
    assert "2 records, of which 1 count as read at" in said
    assert "when the files were last changed" in said


@pytest.mark.parametrize(("header", "day", "own"), [("Date", "2024-02-01", True), ("City", "Ulm", False)])
def test_a_sheet_whose_rows_have_a_date_says_when_it_is_of(
    header: str, day: str, own: bool, tmp_path: Path
) -> None:
    rows = [f"Creator,Platform,Followers,{header}", f"@anna,Instagram,1200,{day}", f"@bo,Instagram,90,{day}"]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    code, told = run("import", "creators", str(tmp_path / "a.csv"), str(tmp_path / "out"), "--yes")
    assert code == 0, told
    assert ("which say when they were read" in " ".join(told.split())) == own
    assert ("when the files were last changed" in " ".join(told.split())) != own
