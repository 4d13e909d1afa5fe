"""The people ticked on a ranking, or those its filters leave: their sum in words, and a file for whoever pays."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from suasion.features.engine.currencies import priced
from suasion.serving.explaining.charts import count
from suasion.serving.explaining.explain import CAUTION
from suasion.serving.explaining.wording import why_words
from suasion.serving.scoring.row import PersonRow, ScoreRow

RUNS = re.compile(r"[=\t\r]|[+\-@].*[(|!]", re.DOTALL)
"""What a text begins with that a spreadsheet would not only take for a formula, but that calls a function or another program."""
COLUMNS = {
    "place": ("Place among all candidates, by forecast.", "0", 8),
    "handle": ("Name of the account.", "", 24),
    "influencer_id": ("Id in the data.", "", 16),
    "platform": ("Where the account is.", "", 12),
    "followers": ("At the moment of decision.", "#,##0", 12),
    "posts": ("As many as are agreed, or as the plan chose.", "0", 8),
    "fee": ("For all that is agreed.", "#,##0", 10),
    "forecast": ("Conversions expected.", "0.0", 10),
    "low": ("Nine of ten outcomes lie from here …", "0", 8),
    "high": ("… to here.", "0", 8),
    "cost_per_conversion": ("Fee by forecast.", "#,##0.00", 20),
    "currency": ("Of the amounts; empty where the data does not tell it.", "", 10),
    "note": ("What was typed beside them on the page.", "", 40),
    "why": ("The characteristics that move the forecast most; ×2 is twice the average past outcome.", "", 60),
}
"""Columns of the file: what each means, its number format and its width in a sheet."""


def totals(rows: Sequence[ScoreRow], currency: str = "") -> str:
    """Return in words how many people these are, what they cost and bring together.

    >>> totals([{"fee": 1200.0, "expected_conversions": 8.0}, {"fee": 300.0, "expected_conversions": 4.25}], "EUR")
    '2 people · 1,500 EUR in fees · about 12.2 conversions'
    >>> totals([{"expected_conversions": 8.0}])
    '1 person · about 8 conversions'
    """
    fees = [fee for row in rows if (fee := row.get("fee")) is not None]
    said = [f"{len(rows):,} {'person' if len(rows) == 1 else 'people'}"]
    if rows and len(fees) == len(rows):
        said.append(f"{priced(f'{sum(fees):,.0f}', currency)} in fees")
    return " · ".join([*said, f"about {count(sum(row['expected_conversions'] for row in rows))} conversions"])


def _cells(row: PersonRow) -> list[object]:
    cells: dict[str, object] = {
        **row,
        "posts": row["exposure"],
        "forecast": row["expected_conversions"],
        "why": why_words(row["factors"]),
    }
    return [cells.get(name) for name in COLUMNS]


def as_csv(rows: Sequence[PersonRow]) -> bytes:
    """Return the people as CSV in UTF-8 with its mark; a text that a spreadsheet would run gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in _cells(row)])
    return out.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> object:
    """Return a cell that no spreadsheet runs; ``@anna`` and ``-1`` are ids and call nothing.

    >>> _harmless("@anna"), _harmless("=cmd()"), _harmless("x;+cmd|x"), _harmless(-1.5)
    ('@anna', "'=cmd()", "'x;+cmd|x", -1.5)
    """
    if not isinstance(value, str):
        return value
    # Some spreadsheets part cells at semicolons: each piece is a cell there.
    return f"'{value}" if any(map(RUNS.match, (value, *value.split(";")))) else value


SUMMED = ("fee", "forecast")
"""Columns whose sum stands below a sheet."""


def as_sheet(rows: Sequence[PersonRow], of: str = "", said: Sequence[str] = ()) -> bytes:
    """Return the people as an Excel workbook: whatever language Excel speaks, numbers are numbers there, and texts are texts.

    Below them stand sums, as formulas: whoever changes a fee sees what it comes to. A sheet says what the list is ``of``, for whoever gets the
    file alone; what is ``said``, a heading first, stands on a sheet before the people.
    """
    book = Workbook(write_only=True)
    if said:
        report = book.create_sheet("Report")
        report.column_dimensions["A"].width = 110
        for place, sentence in enumerate(said):
            line = WriteOnlyCell(report, value=ILLEGAL_CHARACTERS_RE.sub("", sentence))
            line.data_type, line.alignment = "s", Alignment(wrap_text=True, vertical="top")
            line.font = Font(bold=place == 0, size=14 if place == 0 else 11)
            report.append([line])
    sheet = book.create_sheet("Shortlist")
    sheet.freeze_panes = "A2"
    for place, (_, _, width) in enumerate(COLUMNS.values(), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width

    def cell(value: object, number_format: str = "", bold: bool = False) -> WriteOnlyCell:
        clean = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
        made = WriteOnlyCell(sheet, value=clean)
        if isinstance(value, str):
            made.data_type = "s"  # a text that looks like a formula stays a text
        if number_format:
            made.number_format = number_format
        made.font = Font(bold=bold)
        return made

    formats = [number_format for _, number_format, _ in COLUMNS.values()]
    sheet.append([cell(name, bold=True) for name in COLUMNS])
    for row in rows:
        sheet.append([cell(*pair) for pair in zip(_cells(row), formats, strict=True)])
    if rows:
        last = [cell("")] * len(COLUMNS)
        last[list(COLUMNS).index("handle")] = cell("together", bold=True)
        for place, (name, number_format) in enumerate(zip(COLUMNS, formats, strict=True)):
            if name in SUMMED:
                letter = get_column_letter(place + 1)
                last[place] = WriteOnlyCell(sheet, value=f"=SUM({letter}2:{letter}{len(rows) + 1})")
                last[place].number_format, last[place].font = number_format, Font(bold=True)
        sheet.append(last)
    notes = book.create_sheet("How to read")
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 22, 90
    for name, (meaning, _, _) in COLUMNS.items():
        notes.append([cell(name, bold=True), cell(meaning)])
    for note in filter(None, (totals(rows, rows[0].get("currency", "") if rows else ""), of, CAUTION)):
        notes.append([cell(""), cell(note)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
