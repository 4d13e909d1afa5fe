"""Sheets whose parts are hidden, whose accounts are spelled in many ways, and whose tables come in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl.chart import BarChart, Reference

from suasion.features.sources.reading import sheets

from .sources import rows_in, run
from .workbooks import END, HEADER, START, row, text, xls, xlsx


def _results(path: Path, *options: str) -> tuple[int, str]:
    out = path.parent / "out"
    code, told = run("import", "results", str(path), str(out), "--yes", "--read-at", "2024-12-01", *options)
    return code, " ".join(told.split())


def test_sheets_that_are_hidden_or_charts_are_named_and_not_read(tmp_path: Path) -> None:
    def more(sheet: Any) -> None:
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=7, min_row=1, max_row=2), titles_from_data=True)
        sheet.parent.create_chartsheet("Diagram").add_chart(chart)
        for title, state in (("Old", "hidden"), ("Deep", "veryHidden")):
            other = sheet.parent.create_sheet(title)
            other.append(HEADER)
            other.append(row("zed"))
            other.sheet_state = state

    code, told = _results(xlsx(tmp_path / "p.xlsx", [HEADER, row()], more))
    assert code == 0, told
    assert [one["influencer_id"] for one in rows_in(tmp_path / "out", "outcomes")] == ["anna"]
    assert "not read: p.xlsx:Diagram: a chart" in told
    for title in ("Old", "Deep"):
        assert f"not read: p.xlsx:{title}: hidden: unhide it to have it read" in told


def test_a_hidden_sheet_of_excel_97_is_named(tmp_path: Path) -> None:
    code, told = _results(xls(tmp_path / "p.xls"))
    assert code == 0, told
    assert ": hidden: unhide it to have it read" in told


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "shift_jis"])
def test_what_the_users_encoding_cannot_read_is_counted(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(text([HEADER, row("zoé"), row("bo")]).encode("cp1252"))
    code, told = _results(tmp_path / "p.csv", "--encoding", encoding)
    assert code == 0, told
    assert f"1 characters are no {encoding} and are lost: leave --encoding out" in told


def test_a_long_text_is_read_in_the_encoding_that_is_said_or_in_utf_16_without_its_mark(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sheets, "WHOLE", 300)
    many = text([HEADER, *(row("zoé", campaign=f"c{n}") for n in range(40))])
    (tmp_path / "p.csv").write_bytes(many.encode("utf-16-le"))
    code, told = _results(tmp_path / "p.csv")
    assert code == 0, told
    assert {one["influencer_id"] for one in rows_in(tmp_path / "out", "outcomes")} == {"zoé"}
    (tmp_path / "p.csv").write_bytes(many.encode("cp1252"))
    _, told = _results(tmp_path / "p.csv", "--encoding", "utf-8")
    assert "characters that are lost" in told


def test_one_account_by_any_spelling_is_one_person(tmp_path: Path) -> None:
    spellings = [
        "https://www.instagram.com/Anna.Brews/?hl=de", "instagram.com/anna.brews", "@anna.brews", "\u200banna.brews\t",
        "instagram:anna.brews", "@an\u200bna\u2060.brews", "IG: @Anna.Brews", "Anna B. (@anna.brews)",
    ]  # fmt: skip
    lines = [[*row(who, campaign=f"c{n}"), "Instagram"] for n, who in enumerate(spellings)]
    (tmp_path / "p.csv").write_text(text([[*HEADER, "Platform"], *lines], ";"), encoding="utf-8")
    code, told = _results(tmp_path / "p.csv")
    assert code == 0, told
    found = rows_in(tmp_path / "out", "outcomes")
    assert [one["influencer_id"] for one in found] == ["instagram:anna.brews"] * len(spellings)


def test_days_before_months_and_decimal_commas_lose_no_row(tmp_path: Path) -> None:
    lines = [
        [f"c{n}", f"{n % 28 + 1:02d}/03/2024", f"{n % 28 + 1:02d}/04/2024", f"u{n}", 1, "1.369,50 €", 3, "90,5 €"]
        for n in range(240)
    ]  # fmt: skip
    (tmp_path / "p.csv").write_text(text([HEADER, *lines], ";"), encoding="utf-8")
    code, told = _results(tmp_path / "p.csv")
    assert code == 0, told
    found = rows_in(tmp_path / "out", "outcomes")
    assert len(found) == 240
    assert {(one["fee"], one["revenue"]) for one in found} == {(1369.5, 90.5)}
    starts = {one["campaign_id"]: one["starts_at"] for one in rows_in(tmp_path / "out", "campaigns")}
    assert starts["c1"] == "2024-03-02 00:00:00"


def test_outcomes_that_come_before_their_campaigns_wait_for_them(tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_text("campaign,influencer,orders\nspring,@anna,5\n")
    (tmp_path / "campaigns.csv").write_text(f"campaign,start,end\nspring,{START},{END}\n")
    out = tmp_path / "out"

    def brought(table: str) -> tuple[int, str]:
        return run("import", "csv", str(tmp_path / f"{table}.csv"), str(out), "--table", table, "--yes")

    code, told = brought("outcomes")
    assert code == 1
    assert "set aside: 1 outcomes, campaign_id is not in campaigns" in told
    assert brought("campaigns")[0] == 0
    assert brought("outcomes")[0] == 0
    assert [one["conversions"] for one in rows_in(out, "outcomes")] == [5]
    assert not (out / "quarantine").exists()
