"""What people reported to other programs that import sheets, as small inputs with the right value."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from suasion.features.sources.reading import workbooks

from .sources import rows_in, run
from .workbooks import HEADER, row, xlsx

Make = Callable[[Path], Path]
LINES = "Campaign;Start;End;Influencer;Fee;Orders\ns;01.03.2024;15.03.2024;anna;1.200,50;12\ns;01.03.2024;15.03.2024;bo;300,5;3\n"
BOTH = {"anna": (1200.5, 12), "bo": (300.5, 3)}


def _bytes(data: bytes, name: str = "past.csv") -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def _of_1904(folder: Path) -> Path:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet: Any = book.active
    for line in (HEADER, row(), row("bo", fee=300, orders=3)):
        sheet.append(line)
    book.save(folder / "mac.xlsx")
    return folder / "mac.xlsx"


def _formatted(sheet: Any) -> None:
    for place in range(4, 3000):
        sheet.cell(place, 9).fill = PatternFill("solid", fgColor="FFFF00")


def _formulas(sheet: Any) -> None:
    for _ in range(5):
        sheet.append([None] * 6 + [0, 0])


PAIR = [HEADER, row(), row("bo", fee=300, orders=3)]
WHOLE = {"anna": (100, 12), "bo": (300, 3)}
REPORTED: dict[str, tuple[Make, dict[str, tuple[float, float]]]] = {
    "semicolons and a decimal comma": (_bytes(LINES.encode()), BOTH),
    "a comma between and a comma within quotes": (
        _bytes(b'Campaign,Start,End,Influencer,Fee,Orders\ns,01/03/2024,15/03/2024,anna,"1.200,50 \xe2\x82\xac",12\ns,01/03/2024,15/03/2024,bo,"300,5 \xe2\x82\xac",3\n'),
        BOTH,
    ),
    "a mark of UTF-8 before a name in quotes": (
        _bytes(b"\xef\xbb\xbf" + LINES.replace("Campaign", '"Campaign"').encode()),
        BOTH,
    ),
    "lines that end as on the first Macs": (_bytes(LINES.replace("\n", "\r").encode()), BOTH),
    "line ends of two kinds": (_bytes(LINES.replace("\n", "\r\n", 1).encode()), BOTH),
    "a line break within a cell, and a separator at the end of each line": (
        _bytes(LINES.replace("\n", ";\n").replace("s;01.03", '"spring\nlaunch";01.03').encode()),
        BOTH,
    ),
    "days counted from 1904": (_of_1904, WHOLE),
    "thousands of rows with colour and nothing in them": (
        lambda folder: xlsx(folder / "past.xlsx", PAIR, _formatted),
        WHOLE,
    ),
    "rows that hold nothing but noughts of formulas": (
        lambda folder: xlsx(folder / "past.xlsx", PAIR, _formulas),
        WHOLE,
    ),
    "a sheet that begins with blank rows and columns": (
        lambda folder: xlsx(folder / "past.xlsx", [[], [], *([None, *line] for line in PAIR)]),
        WHOLE,
    ),
}  # fmt: skip


def _bring(path: Path) -> tuple[int, str]:
    code, said = run(
        "import", "results", str(path), str(path.parent / "out"), "--yes", "--read-at", "2024-12-01"
    )
    return code, " ".join(said.split())


@pytest.mark.parametrize("name", REPORTED)
def test_what_others_stumbled_over_is_read(name: str, tmp_path: Path) -> None:
    make, values = REPORTED[name]
    code, said = _bring(make(tmp_path))
    assert code == 0, said
    found = rows_in(tmp_path / "out", "outcomes")
    assert {one["influencer_id"]: (one["fee"], one["conversions"]) for one in found} == values
    (campaign,) = rows_in(tmp_path / "out", "campaigns")
    assert str(campaign["starts_at"])[:10] == str(date(2024, 3, 1))


def _letter(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "past.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return folder / "past.xlsx"


@pytest.mark.parametrize("make", [_letter, _bytes(LINES.encode() + b"\0\0")], ids=["a letter", "null bytes"])
def test_what_is_no_sheet_is_no_empty_one(make: Make, tmp_path: Path) -> None:
    code, said = _bring(make(tmp_path))
    assert code != 0
    assert "No sheet can be read: past." in said


@pytest.mark.parametrize(
    ("cells", "fee", "looks"),
    [
        (2**20, 100, 1),
        (2**20, "=50+50", 2),  # the formulas of a workbook that was never worked out
        (5, 100, 0),
    ],
)
def test_a_large_workbook_is_taken_apart_no_oftener_than_it_takes(
    cells: int, fee: object, looks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time costs a quarter of a minute for a million cells, which are looked at twice, and half a kilobyte a cell."""
    count, load = [0], openpyxl.load_workbook

    def counted(*told: Any, **how: Any) -> Workbook:
        count[0] += 1
        return load(*told, **how)

    monkeypatch.setattr(openpyxl, "load_workbook", counted)
    monkeypatch.setattr(workbooks, "_CELLS", cells)
    path = xlsx(tmp_path / "past.xlsx", [HEADER, row(fee=fee), row("bo", fee=300, orders=3)])
    code, told = run(
        "import", "results", str(path), str(tmp_path / "out"), "--yes", "--read-at", "2024-12-01"
    )
    assert code == 0, told
    outcomes = {one["influencer_id"]: one["conversions"] for one in rows_in(tmp_path / "out", "outcomes")}
    assert outcomes == {"anna": 12, "bo": 3}
    assert count[0] == 2 * looks
