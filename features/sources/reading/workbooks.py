"""Opens workbooks as sheets of cells: in all their details up to a size, and quickly beyond it."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .cells import ERROR, Linked, Odd, Quantity, Shared, Sheet
from .numerals import parse
from .records import Broken, short

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_DETAILED, _CELLS = 48 * 2**20, 2**20
"""Bytes of an unpacked workbook, and its cells, up to which its formats, hidden rows and merged cells are looked at."""


def sheets_in(data: bytes, name: str) -> Iterator[Sheet | Broken]:
    """Yield the sheets of a workbook, or the one reason why there are none."""
    if data.startswith(b"\xd0\xcf") and "EncryptedPackage".encode("utf-16-le") in data:
        yield Broken(
            name, 0, f"{_kind(data)} that cannot be read: it is locked with a password; save it without"
        )
        return
    if data.startswith(b"\xd0\xcf") and _runs_in_circles(data):
        yield Broken(name, 0, f"{_kind(data)} that is damaged: open it and save it as .xlsx")
        return
    try:
        sheets = list(_detailed(data) if data.startswith(b"PK") and _is_small(data) else _quick(data))
    except BaseException as error:  # whatever a library stumbles over in a file from outside
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # Rust's
            raise
        text = short(error)
        how = (
            "it is locked with a password; save it without"
            if "password" in text.lower()
            else f"{text}; open it and save it as .xlsx"
        )
        yield Broken(name, 0, f"{_kind(data)} that cannot be read: {how}")
        return
    for sheet in sheets:
        if len(sheets) == 1:
            sheet.tab, sheet.name = sheet.name, ""
        yield sheet


def _runs_in_circles(data: bytes) -> bool:
    """Return whether a sector of an Excel 97 file leads back to itself, so that who follows it never comes to an end; or it has none.

    The tables of sectors are those of MS-CFB 2.3 to 2.6: the first 109 are named in the header, others in sectors of their own.
    """
    size = 1 << min(int.from_bytes(data[30:32], "little"), 16)
    if size not in (512, 4096) or len(data) < size:
        return True

    def sector(n: int) -> array[int]:
        return array("I", data[(n + 1) * size : (n + 2) * size].ljust(size, b"\xff"))

    def circles(table: Sequence[int]) -> bool:
        done = bytearray(len(table))
        for start in range(len(table)):
            n, path = start, []
            while n < len(table) and done[n] == 0:
                done[n] = 1
                path.append(n)
                n = table[n]
            if n < len(table) and done[n] == 1:
                return True
            for n in path:
                done[n] = 2
        return False

    most = len(data) // size
    header = array("I", data[:512])
    named, more = list(header[19:128]), header[17]
    for _ in range(most):
        if more >= most:
            break
        names = sector(more)
        named, more = [*named, *names[:-1]], names[-1]
    table = array("I")
    for n in named[: most + 128]:
        if n < most:
            table.extend(sector(n))
    if more < most or circles(table):
        return True
    small, n = array("I"), header[15]
    while n < len(table):
        small.extend(sector(n))
        n = table[n]
    return circles(small)


def _kind(data: bytes) -> str:
    if data.startswith(b"\xd0\xcf"):
        return "an Excel 97 workbook (.xls)"
    return "an OpenDocument sheet (.ods)" if b"opendocument" in data[:200] else "an Excel workbook"


_CELL = re.compile(rb"<(?:\w+:)?c[\s>]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_WORKED_OUT = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\s[^<>]*/>)\s*<(?:\w+:)?v>[^<]")


def _detailed(data: bytes) -> Iterator[Sheet]:
    from openpyxl import load_workbook
    from openpyxl.worksheet.worksheet import Worksheet

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl does not keep: nothing is written back
        formulas = {
            sheet.title: {place for place, cell in sheet._cells.items() if cell.data_type == "f"}
            for sheet in (load_workbook(io.BytesIO(data)).worksheets if _has_open_formulas(data) else ())
        }
        book = load_workbook(io.BytesIO(data), data_only=True)
        for sheet in [book[title] for title in book.sheetnames]:
            if not isinstance(sheet, Worksheet):
                yield Sheet(sheet.title, [], unread="a chart")
            elif sheet.sheet_state != "visible":
                yield Sheet(sheet.title, [], unread="hidden: unhide it to have it read")
            else:
                yield _worksheet(sheet, formulas.get(sheet.title, set()))


def _is_small(data: bytes) -> bool:
    """Return whether a zip is an Excel workbook that can be read with all its details."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names, size = archive.namelist(), sum(entry.file_size for entry in archive.infolist())
    if "xl/workbook.xml" not in names or size > _DETAILED:
        return False
    return sum(1 for part in _parts(data) for _ in _CELL.finditer(part)) <= _CELLS


def _has_open_formulas(data: bytes) -> bool:
    """Return whether a sheet of a workbook holds formulas and not the value of any: then it was never worked out."""
    return any(_FORMULA.search(part) and not _WORKED_OUT.search(part) for part in _parts(data))


def _parts(data: bytes) -> Iterator[bytes]:
    """Yield the XML of the sheets of an Excel workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield from (archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/"))


def _worksheet(sheet: Worksheet, formulas: set[tuple[int, int]]) -> Sheet:
    if any(sheet.cell(*place).value is not None for place in formulas):
        formulas = set()  # they were worked out: one without a value says that there is nothing
    shared: dict[tuple[int, int], object] = {}
    for merged in sheet.merged_cells.ranges:
        if merged.max_row > merged.min_row:
            first = _cell(sheet.cell(merged.min_row, merged.min_col), formulas)
            for row in range(merged.min_row, merged.max_row + 1):
                shared[row, merged.min_col] = None if first is None else Shared(first)
    # The cells there are, and not all in the rectangle around them: one far off would make millions of it.
    cells: dict[int, dict[int, object]] = {}
    while sheet._cells:  # so that they are not there twice
        (row, column), cell = sheet._cells.popitem()
        cells.setdefault(row, {})[column] = _cell(cell, formulas)
    for (row, column), value in shared.items():
        cells.setdefault(row, {})[column] = value
    rows = [(row, [cells[row].get(n) for n in range(1, max(cells[row]) + 1)]) for row in sorted(cells)]
    hidden_rows = [n for n, shape in sheet.row_dimensions.items() if shape.hidden and n in cells]
    hidden_columns = [name for name, shape in sheet.column_dimensions.items() if shape.hidden]
    notes = []
    if hidden_rows:
        notes.append(
            f"{len(hidden_rows):,} hidden rows are read like the others (row {', '.join(map(str, sorted(hidden_rows)[:5]))})"
        )
    if hidden_columns:
        notes.append(f"hidden columns are read like the others ({', '.join(hidden_columns[:5])})")
    return Sheet(sheet.title, rows, notes, ragged=True)


def _cell(cell: Cell, formulas: set[tuple[int, int]]) -> object:
    value = cell.value
    if value is None:
        return (
            Odd("", "a formula without its value: open the file in a spreadsheet program and save it")
            if (cell.row, cell.column) in formulas
            else None
        )
    if cell.data_type == "e":
        return None if value == "#N/A" else Odd(str(value), f"an error of the spreadsheet ({value})")
    shape = cell.number_format or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        bare = re.sub(
            r'"[^"]*"|\\.',
            lambda quoted: quoted[0] if "€" in quoted[0] or "$" in quoted[0] else "",
            shape.split(";")[0],
        )
        if "%" in bare:
            return Quantity(value, "%")
        if code := _money(bare):
            return Quantity(value, code)
        if re.fullmatch(r"0{2,}", shape) and isinstance(value, int):
            return str(value).zfill(len(shape))  # an id shown with the zeros it begins with
    if isinstance(value, str) and cell.hyperlink and cell.hyperlink.target:
        return Linked(value, cell.hyperlink.target)
    return value


def _money(shape: str) -> str:
    """Return the currency of a number's format; nothing where it names none.

    >>> _money('#,##0.00 [$€-407]'), _money('[$USD] 0.00'), _money('"$"#,##0'), _money('0.00')
    ('EUR', 'USD', 'USD', '')
    """
    match = re.search(r"\[\$([^\]-]+)", shape)
    sign = (
        match[1].strip()
        if match
        else next((c for c in shape if unicodedata.category(c) == "Sc" and c != "$"), "")
    )
    sign = sign or ("$" if re.search(r'"\$"|\\\$|^\$', shape) else "")
    if not sign:
        return ""
    number = parse(f"1 {sign}") or parse(f"{sign} 1")
    return number.currency if number else sign


def _quick(data: bytes) -> Iterator[Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for metadata in book.sheets_metadata:
        if metadata.typ != SheetTypeEnum.WorkSheet:
            yield Sheet(metadata.name, [], unread="no sheet of cells")
        elif metadata.visible != SheetVisibleEnum.Visible:
            yield Sheet(metadata.name, [], unread="hidden: unhide it to have it read")
        else:
            sheet = book.get_sheet_by_name(metadata.name)
            shared: dict[tuple[int, int], tuple[int, int]] = {}
            for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
                if bottom > top:
                    shared |= {(row, left): (top, left) for row in range(top, bottom + 1)}
            grid = [[_quick_cell(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            for (row, column), (top, left) in shared.items():
                value = grid[top][left]
                value = value.value if isinstance(value, Shared) else value
                if row < len(grid) and value is not None:
                    grid[row][column] = Shared(value)
            yield Sheet(metadata.name, list(enumerate(grid, start=1)), ragged=True)


def _quick_cell(cell: object) -> object:
    if cell == "":
        return None
    if isinstance(cell, str) and ERROR.fullmatch(cell):
        return Odd(cell, f"an error of the spreadsheet ({cell})")
    return cell
