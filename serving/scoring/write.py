"""Writes scores, or a plan, to a file: Parquet, CSV or an Excel sheet, whole or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from suasion.features.errors import InputError
from suasion.features.tables.files import RISKY, whole_file

ENDINGS = (".parquet", ".csv", ".xlsx")
LONGEST_SHEET = 1_048_575
"""Rows that a sheet holds below its heading."""


def check_name(out: Path) -> None:
    """Refuse a file whose ending names none of the formats."""
    if out.suffix not in ENDINGS:
        raise InputError(f"--out {out} must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")


def write_scores(scores: pd.DataFrame, out: Path) -> None:
    """Write scores to a file ending in ``.parquet``, ``.csv`` or ``.xlsx``.

    Ids stand as they are, for other tables are joined by them: in CSV an id that a spreadsheet would take for a formula stays one,
    while in a sheet it is marked as text. What is missing or infinite is an empty cell of a sheet.

    Raises InputError when the name ends otherwise, or a sheet cannot hold the rows.
    """
    check_name(out)
    with whole_file(out) as partial:
        if out.suffix == ".csv":
            scores.to_csv(partial, index=False, encoding="utf-8")
        elif out.suffix == ".parquet":
            scores.to_parquet(partial, index=False)
        else:
            write_sheet(scores, "scores", out, partial)


def write_sheet(rows: pd.DataFrame, title: str, out: Path, partial: Path) -> None:
    """Write rows to the one sheet of a workbook, of which ``out`` is the name that errors say."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    if len(rows) > LONGEST_SHEET:
        raise InputError(
            f"A sheet holds {LONGEST_SHEET:,} rows, and these are {len(rows):,}: write {out.stem}.parquet or {out.stem}.csv."
        )
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"

    def cell(value: str | float | datetime | None) -> str | float | datetime | None:
        if not isinstance(value, str):
            return None if pd.isna(value) or value in (float("inf"), float("-inf")) else value
        made = WriteOnlyCell(sheet, value=value)
        made.data_type = "s"
        return made

    try:
        sheet.append([cell(name) for name in rows.columns])
        for row in rows.itertuples(index=False, name=None):
            sheet.append([cell(value) for value in row])
    except IllegalCharacterError as error:
        raise InputError(
            f"A sheet cannot hold control characters, and an id has some: {error!s:.100}. Write {out.stem}.parquet or {out.stem}.csv."
        ) from error
    book.save(partial)


def formulas(scores: pd.DataFrame) -> int:
    """Return how many ids in CSV a spreadsheet would take for a formula."""
    ids = pd.concat([scores["campaign_id"], scores["influencer_id"]]).drop_duplicates()
    return int(ids.astype(str).str.startswith(RISKY).sum())
