"""Opens what people keep tables in as sheets of cells: text files in any encoding and with any separator, and workbooks.

What a file is, its first bytes say and not its name. Nothing is replaced in silence: what had to be guessed, and what is not read, stands
in the notes of a sheet.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from .cells import ERROR, Linked, Odd, Quantity, Shared
from .encoding import AsUtf8, decoded, is_wide, shown_encoding
from .numbers import parse
from .records import ALWAYS, LONGEST, PIECE, SWOLLEN, Broken, Document, csv_cells, short, wrapped

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers", ".gsheet")
_DETAILED, _CELLS = 48 * 2**20, 2**20
"""Bytes of an unpacked workbook, and its cells, up to which its formats, hidden rows and merged cells are looked at."""
WHOLE = 2**25
"""Bytes of a text file up to which all of it is looked at to tell its encoding."""
_BETWEEN = ",;\t|"
_KINDS = (
    (b"%PDF", "a PDF", "open the spreadsheet it was made from and save that as .xlsx"),
    (
        b"PAR1",
        "a Parquet file",
        "put it into a folder, named after its table, and give that folder to `suasion check`",
    ),
    (b"{\\rtf", "a text document", "copy its table into a spreadsheet and save that as .xlsx"),
)


@dataclass
class Sheet:
    """One sheet: its name (nothing where a file holds only one), its rows of cells, each with its number, and what is to be said of it."""

    name: str
    rows: Iterable[tuple[int, list[object]] | Broken]
    notes: list[str] = field(default_factory=list)
    unread: str = ""
    """Why it is not read; nothing where it is."""
    ragged: bool = False
    """Whether rows end with their last cell: in a text, a row that is too short was cut off."""
    tab: str = ""
    """Its name where it is the only one of a file."""


def sheets_of(document: Document, encoding: str | None = None) -> Iterator[Sheet | Broken]:
    """Yield the sheets of a document, or the one reason why there are none.

    Parameters
    ----------
    encoding
        Of a text file, where the user says it.
    """
    data = document.stream.read(WHOLE + 1)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        data += document.stream.read(LONGEST)
    refused = _refused(data, document)
    if refused:
        yield Broken(document.name, 0, refused)
    elif data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield from _workbook(data, document.name)
    else:
        yield _text(data, document, encoding)


_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a]")
"""Bytes that no text has; a cell or two of a sheet may, from a system that a copy came from."""


def _refused(data: bytes, document: Document) -> str:
    start = data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    for mark, what, instead in _KINDS:
        if start.startswith(mark):
            return f"{what} and no spreadsheet: {instead}"
    if start.startswith(b"<"):
        return "a web page or XML and no spreadsheet, whatever its name: open it in a spreadsheet program and save it as .xlsx"
    if start.startswith(b"{") and document.name.lower().endswith(".gsheet"):
        return (
            "only a link to a Google sheet: in Google Sheets choose File, Download, Microsoft Excel (.xlsx)"
        )
    if (
        not start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
        and not is_wide(data)
        and (
            _CONTROL.search(start[:8])
            or b"\0\0" in data  # what a disk leaves of a file that was not written to its end
            or 10 * len(_CONTROL.findall(start)) > len(start)
        )
    ):
        return "no text and no workbook this program reads: save it as .xlsx or as CSV UTF-8"
    if len(data) > LONGEST:
        return f"a workbook of more than {LONGEST >> 20} million bytes: save its sheets as CSV"
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = set(archive.namelist())
                size = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile:
            return "no workbook: the file is damaged or was cut off; save it again"
        if any(part.startswith("Index/") or part == "Index.zip" for part in names):
            return "an Apple Numbers document: in Numbers choose File, Export To, Excel or CSV"
        if size > (longest := min(LONGEST, max(ALWAYS, SWOLLEN * len(data)))):
            return (
                f"a workbook that unpacks to more than {longest >> 20} million bytes: save its sheets as CSV"
            )
        if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            return "no workbook (.xlsx, .xlsm, .xls, .ods): save it as .xlsx"
    return ""


# -- text ----------------------------------------------------------------------------------------------------------------------------


def _text(data: bytes, document: Document, encoding: str | None) -> Sheet:
    whole = len(data) <= WHOLE
    text, said = decoded(data if whole else data[: data.rfind(b"\n", 0, 4 * PIECE) + 1 or PIECE], encoding)
    notes = [said] if said and whole else []
    utf8 = AsUtf8(_Both(data, document.stream), document.notes, encoding)
    stream = io.StringIO(text, newline="") if whole else wrapped(utf8)
    first = text.partition("\n")[0]
    separator = re.fullmatch(r"sep=(.)\s*", first)  # what Excel writes to say it
    if separator:
        stream.readline()
    between = separator[1] if separator else separator_of(text[:PIECE])

    def cells() -> Iterator[tuple[int, list[object]] | Broken]:
        other = ""
        for item in csv_cells(document, stream, between, skipped=1 if separator else 0):
            if utf8.other != other:
                other = utf8.other
                notes.append(
                    f"what is no UTF-8 is read as {shown_encoding(other)} (--encoding says otherwise)"
                )
            if isinstance(item, Broken):
                yield item
            else:  # ="0123" keeps a spreadsheet from taking a text for a number
                line, row = item
                yield line, [cell[2:-1] if cell[:2] == '="' and cell[-1] == '"' else cell for cell in row]

    return Sheet("", cells(), notes)


class _Both:
    """What was read of a stream, and then the stream."""

    def __init__(self, data: bytes, stream: IO[bytes]) -> None:
        self.first, self.stream = io.BytesIO(data), stream

    def read(self, size: int) -> bytes:
        return self.first.read(size) or self.stream.read(size)


def separator_of(text: str) -> str:
    r"""Return what separates the fields of a text: what gives most of its first lines one and the same number of fields.

    >>> separator_of("Past campaigns, spring\n\na;b;c\n1,5;2,5;3\n"), separator_of("a,b\n1,2\n")
    (';', ',')
    """
    lines = text.splitlines()[:60]

    def weight(between: str) -> tuple[int, int]:
        try:
            widths = [
                len(row) for row in csv.reader(lines, delimiter=between) if any(cell.strip() for cell in row)
            ]
        except csv.Error:
            return 0, 0
        common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(common), common) if common > 1 else (0, 0)

    def letters(between: str) -> int:
        # Fields of names have letters: a decimal comma parts digits.
        return sum(
            len(re.findall(rf"(?<=[^\W\d]){re.escape(between)}\s?\"?(?=[^\W\d])", line))
            for line in lines[:12]
        )

    return max(_BETWEEN, key=lambda between: (weight(between)[0] > 0, letters(between) > 0, *weight(between)))


# -- workbooks -----------------------------------------------------------------------------------------------------------------------


def _workbook(data: bytes, name: str) -> Iterator[Sheet | Broken]:
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
