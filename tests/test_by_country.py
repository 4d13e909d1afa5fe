"""Lists of creators with a column for each country of the audience: what counts as one, how its cells are written, and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suasion.features.sources.reading.by_country import by_country

from .sources import rows_in, run
from .workbooks import xlsx


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (["Germany %", "Austria %"], {"Germany %": "DE", "Austria %": "AT"}),
        (["Audience Germany"], {"Audience Germany": "DE"}),
        (["Audience: Germany (%)"], {"Audience: Germany (%)": "DE"}),
        (["country_share_DE", "country_share_at"], {"country_share_DE": "DE", "country_share_at": "AT"}),
        (["Zielgruppe Österreich", "Anteil Schweiz"], {"Zielgruppe Österreich": "AT", "Anteil Schweiz": "CH"}),
        (["% abonnés France", "% abonnés Belgique"], {"% abonnés France": "FR", "% abonnés Belgique": "BE"}),
        (["Seguidores España", "Seguidores México"], {"Seguidores España": "ES", "Seguidores México": "MX"}),
        (["DE", "AT", "CH"], {"DE": "DE", "AT": "AT", "CH": "CH"}),
        (["United States", "United Kingdom"], {"United States": "US", "United Kingdom": "GB"}),
        (
            ["Country 1", "Country 1 %", "Country 2", "Country 2 %"],
            {"Country 1 %": "Country 1", "Country 2 %": "Country 2"},
        ),
        (["Audience country 1", "Audience country 1 share"], {"Audience country 1 share": "Audience country 1"}),
        (["Germany"], {}),
        (["ID", "NO", "IN"], {}),
        (["de", "at"], {}),
        (["Sales Germany", "Sales Austria"], {}),
        (["Country 1", "Country 2"], {}),
        (["Country", "Notes"], {}),
    ],
)  # fmt: skip
def test_which_columns_hold_the_share_of_a_country(header: list[str], columns: dict[str, str]) -> None:
    found = by_country(["Creator", *header], ["Creator"])
    assert (found.columns if found else {}) == columns


def shares(folder: Path, path: Path) -> tuple[list[dict[str, float] | None], str]:
    code, said = run(
        "import", "creators", str(path), str(folder / "data"), "--yes", "--read-at", "2024-06-01", "--platform", "instagram",
    )  # fmt: skip
    assert code == 0, said
    cells = [row.get("country_share") for row in rows_in(folder / "data", "audience")]
    return [json.loads(cell) if isinstance(cell, str) else None for cell in cells], " ".join(said.split())


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("Germany %,Austria %", ("45,12", "0.5,"), ({"DE": 0.45, "AT": 0.12}, {"DE": 0.005})),
        ("DE,AT", ("0.45,0.12", ",1"), ({"DE": 0.45, "AT": 0.12}, {"AT": 1.0})),
        # In a column of percentages 0.4 is 0.4 %, in whatever row the others are.
        ("DE,AT", ("0.4,0.3", "80,5"), ({"DE": 0.004, "AT": 0.003}, {"DE": 0.8, "AT": 0.05})),
        ("DE,AT", ('"45,5 %",n/a', "0 %,0 %"), ({"DE": 0.455}, {"DE": 0.0, "AT": 0.0})),
        ("Country 1,Country 1 %,Country 2,Country 2 %", ("Germany,45,Austria,12", "USA,80,,"), ({"DE": 0.45, "AT": 0.12}, {"US": 0.8})),
        ("DE,AT", ("70,60", ","), (None, None)),
        ("DE,AT", ("many,12", "-5,12"), ({"AT": 0.12}, {"AT": 0.12})),
        ("Audience countries,DE,AT", ("Germany 45%,1,2", "-,3,4"), ({"DE": 0.45}, None)),  # a list goes first
    ],
)  # fmt: skip
def test_shares_are_read_as_they_are_written(
    header: str, cells: tuple[str, str], expected: tuple[dict[str, float] | None, ...], tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"Creator,Followers,{header}\nanna,100,{cells[0]}\nbo,200,{cells[1]}\n", encoding="utf-8")
    found, said = shares(tmp_path, path)
    assert found == list(expected)
    assert ("no share, such as 45 %" in said) == cells[0].startswith("many")
    assert ("more than all together" in said) == ("70,60" in cells)


def test_percentages_of_a_workbook_and_what_is_shown_beforehand(tmp_path: Path) -> None:
    def percent(sheet: object) -> None:
        for row in sheet["C2:D3"]:  # type: ignore[index]
            for cell in row:
                cell.number_format = "0%"

    rows = [
        ["Creator", "Followers", "Germany", "Austria"],
        ["anna", 100, 0.45, 0.12],
        ["bo", 200, 0.005, None],
    ]
    found, said = shares(tmp_path, xlsx(tmp_path / "list.xlsx", rows, percent))
    assert found == [{"DE": 0.45, "AT": 0.12}, {"DE": 0.005}]
    assert said.count("country_share") == 2
