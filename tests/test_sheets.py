"""Sheets that people keep themselves, by whatever names their columns go and however their values are written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from suasion.features.sources.reading.columns import guess
from suasion.features.tables.schema import TABLES

from .sources import rows_in, run


def test_columns_are_guessed_by_what_people_call_them() -> None:
    header = [
        "Campaign Name",
        "Client",
        "Start Date",
        "End Date",
        "Creator",
        "Deliverables",
        "Cost",
        "Orders",
        "Notes",
    ]
    columns = [*TABLES["campaigns"].columns, *TABLES["outcomes"].columns]
    assert guess(header, columns) == {
        "Campaign Name": "campaign_id",
        "Client": "brand",
        "Start Date": "starts_at",
        "End Date": "ends_at",
        "Creator": "influencer_id",
        "Deliverables": "exposure",
        "Cost": "fee",
        "Orders": "conversions",
    }


SHEET = """Campaign;Brand;Brief;Start;Ende;Influencer;Posts;Honorar;Bestellungen;Umsatz;Notiz
Spring;acme;Cold brew;01.03.2024;15.03.2024;@Anna.Bee;2;1.200,00 €;12;480,50;gut
Spring;acme;Cold brew;01.03.2024;15.03.2024;bert;1;300;x;;
Spring;acme;Cold brew;01.03.2024;15.03.2024;cleo;1;300;3;90;
Autumn;acme;Tea;01.09.2024;;cleo;1;300;3;90;
"""


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_sheet_of_past_campaigns(kind: str, tmp_path: Path) -> None:
    sheet, out = tmp_path / f"past.{kind}", tmp_path / "out"
    if kind == "csv":
        sheet.write_text(SHEET, encoding="utf-8-sig")
    else:
        from openpyxl import Workbook

        book = Workbook()
        for line in SHEET.splitlines():
            cells = [cell or None for cell in line.split(";")]
            told = [
                datetime.strptime(c, "%d.%m.%Y") if c and c.count(".") == 2 and c[0].isdigit() else c
                for c in cells
            ]
            book.active.append([int(c) if isinstance(c, str) and c.isdigit() else c for c in told])
        book.save(sheet)
    options = ["--dates", "dmy", "--decimal", ",", "--platform", "instagram", "--read-at", "2024-12-01"]
    code, told = run("import", "results", str(sheet), str(out), *options, text="n\n")
    assert code == 1, told
    assert not out.exists(), "written before anybody agreed"
    assert "not read" in told
    code, told = run("import", "results", str(sheet), str(out), *options, text="y\n")
    assert code == 0, told
    assert rows_in(out, "outcomes") == [
        {
            "campaign_id": "Spring",
            "influencer_id": "instagram:anna.bee",
            "decided_at": "2024-03-01 00:00:00",
            "exposure": 2.0,
            "fee": 1200.0,
            "currency": "EUR",
            "conversions": 12.0,
            "revenue": 480.5,
        },
        {
            "campaign_id": "Spring",
            "influencer_id": "instagram:cleo",
            "decided_at": "2024-03-01 00:00:00",
            "exposure": 1.0,
            "fee": 300.0,
            "currency": "EUR",
            "conversions": 3.0,
            "revenue": 90.0,
        },
    ]
    assert {row["campaign_id"]: row.get("brief") for row in rows_in(out, "campaigns")} == {
        "Spring": "Cold brew",
        "Autumn": "Tea",
    }
    assert "set aside: 1 outcomes, Bestellungen: no number that can be understood whole" in told
    assert "when it was known is not known" in told
    assert run("check", str(out))[0] == 0


def test_rows_of_a_sheet_that_contradict_are_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "account,date,followers\na,2024-01-01,5\na,2024-01-01,6\nb,2024-01-01,7\n"
    )
    code, told = run(
        "import", "csv", str(tmp_path / "a.csv"), str(tmp_path / "out"), "--table", "audience", "--yes"
    )
    assert code == 0, told
    assert [row["influencer_id"] for row in rows_in(tmp_path / "out", "audience")] == ["b"]
    assert "contradicts another row" in told


def test_a_sheet_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("row,value\na,5\n")
    assert (
        "No table fits the columns row, value. Name one with --table"
        in run("import", "csv", str(path), str(tmp_path / "o"))[1]
    )
    told = run(
        "import", "csv", str(path), str(tmp_path / "o"), "--table", "audience", "--map", "value=followers"
    )[1]
    assert "No column is influencer_id, without which audience cannot be" in told
    told = run(
        "import", "csv", str(path), str(tmp_path / "o"), "--table", "audience", "--map", "x=followers"
    )[1]
    assert "there is no column 'x'. There are: row, value" in told
    told = run("import", "csv", str(path), str(tmp_path / "o"), "--table", "audience", "--map", "row=kind")[1]
    assert "audience has no column kind" in told
    code, told = run(
        *(
            "import",
            "csv",
            str(path),
            str(tmp_path / "o"),
            "--table",
            "audience",
            "--map",
            "row=influencer_id",
        ),
        *("--map", "value=followers", "--set", "observed_at=2024-01-01", "--yes"),
    )
    assert code == 0, told
    assert rows_in(tmp_path / "o", "audience") == [
        {"influencer_id": "a", "observed_at": "2024-01-01 00:00:00", "followers": 5.0}
    ]


# Sixty posts are too few for a regression on one column to settle at once.
