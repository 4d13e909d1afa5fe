"""Ids that a program took for numbers: whole ones are themselves, destroyed ones are set aside in every kind of file."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from suasion.features.tables.open import open_tables

from .sources import bring, rows_in, run
from .workbooks import END, HEADER, START, row, text

DESTROYED = [
    "1.78414E+16",
    "1,78414E+16",
    "1.784e+16",
    "1.7841401234567892e+16",
    "2e+16",
    "x:1.784E+16",
    "9.007199E+15",
]
HOW = "keep the column as text and export it again"


def tables(folder: Path) -> Path:
    (folder / "campaigns.csv").write_text(f"campaign_id,starts_at,ends_at\nc,{START},{END}\n")
    return folder


def outcomes(folder: Path) -> tuple[list[str], str]:
    with open_tables(folder) as opened:
        told = next(report for report in opened.reports if report.table == "outcomes")
        kept = opened.connection.execute("SELECT influencer_id FROM outcomes ORDER BY ALL").fetchall()
    return [who for (who,) in kept], " ".join(reason for reason, _ in told.reasons)


@pytest.mark.parametrize("destroyed", DESTROYED)
def test_a_table_of_text_keeps_none(destroyed: str, tmp_path: Path) -> None:
    lines = ["campaign_id,influencer_id,conversions", f'c,"{destroyed}",5', "c,anna1e5,3", "c,5e3,2"]
    (tables(tmp_path) / "outcomes.csv").write_text("\n".join(lines))
    kept, reasons = outcomes(tmp_path)
    assert kept == ["5e3", "anna1e5"]
    assert "influencer_id was destroyed" in reasons
    assert HOW in reasons


@pytest.mark.parametrize(("kind", "exact"), [("float64", 2**53), ("float32", 2**24)])
def test_a_table_of_floats_keeps_what_a_float_can_tell_apart(kind: str, exact: int, tmp_path: Path) -> None:
    who = [exact - 1, exact, exact + 2, exact * 4, 12]
    values = {"campaign_id": "c", "influencer_id": pd.Series(who, dtype=kind), "conversions": 1}
    pd.DataFrame(values).to_parquet(tables(tmp_path) / "outcomes.parquet")
    kept, reasons = outcomes(tmp_path)
    assert kept == sorted(map(str, (12, exact - 1, exact)))
    assert "influencer_id was destroyed" in reasons


def test_floats_that_are_none_are_no_ids(tmp_path: Path) -> None:
    who = [31.0, float("nan"), float("inf"), None]
    values = {"campaign_id": "c", "influencer_id": who, "conversions": range(4)}
    pd.DataFrame(values).to_parquet(tables(tmp_path) / "outcomes.parquet")
    kept, reasons = outcomes(tmp_path)
    assert kept == ["31"]
    assert "influencer_id is missing" in reasons
    assert "influencer_id is not UTF-8 text" in reasons


def test_a_whole_id_that_pandas_wrote_with_a_point_is_itself(tmp_path: Path) -> None:
    lines = ["campaign_id,influencer_id,conversions", "c,31.0,5", "c,v1.0,3", "c, 32 ,2"]
    (tables(tmp_path) / "outcomes.csv").write_text("\n".join(lines))
    assert outcomes(tmp_path) == (["31", "32", "v1.0"], "")
    (tmp_path / "p.csv").write_text(text([HEADER, row("31.0"), row("v1.0")]))
    code, told = run("import", "results", str(tmp_path / "p.csv"), str(tmp_path / "out"), "--yes")
    assert code == 0, told
    assert [one["influencer_id"] for one in rows_in(tmp_path / "out", "outcomes")] == ["31", "v1.0"]


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("31.0", "x:31"),
        ("31", "x:31"),
        ('"31"', "x:31"),
        ("1.78414012345678E+16", None),
        ('"1.784E+16"', None),
    ],
)
def test_an_export_keeps_none(written: str, becomes: str | None, tmp_path: Path) -> None:
    post = {"id": "1750000000000000000", "author_id": 0, "text": "tea", "created_at": "2024-01-24T02:59:00Z"}
    line = json.dumps(post).replace('"author_id": 0', f'"author_id": {written}')
    (tmp_path / "a.jsonl").write_text(line)
    told = bring("x", tmp_path / "out", tmp_path / "a.jsonl")
    assert [one["author_id"] for one in rows_in(tmp_path / "out", "posts")] == ([becomes] if becomes else [])
    reasons = " ".join(reason for landed in told.tables for reason, _ in landed.reasons)
    assert ("author_id was destroyed" in reasons) == (becomes is None)


def test_an_id_that_lost_a_character_is_nobody_s(tmp_path: Path) -> None:
    lines = ["campaign_id,influencer_id,conversions", "c,zo\ufffd,5", "c,zo,3"]
    (tables(tmp_path) / "outcomes.csv").write_text("\n".join(lines))
    kept, reasons = outcomes(tmp_path)
    assert kept == ["zo"]
    assert "influencer_id lost a character" in reasons


def test_a_sheet_in_another_encoding_than_was_said_joins_nobody(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(text([HEADER, row("zoé"), row("zo")]).encode("cp1252"))
    options = ["--yes", "--encoding", "utf-8"]
    code, told = run("import", "results", str(tmp_path / "p.csv"), str(tmp_path / "out"), *options)
    assert code == 0, told
    assert [one["influencer_id"] for one in rows_in(tmp_path / "out", "outcomes")] == ["zo"]
    said = " ".join(told.split())
    assert "1 characters are no utf-8 and are lost: leave --encoding out" in said
    assert "a character of this id is lost" in said
