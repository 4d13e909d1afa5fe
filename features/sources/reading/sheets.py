"""Opens what people keep tables in as sheets of cells: text files in any encoding and with any separator, and workbooks.

What a file is, its first bytes say and not its name. Nothing is replaced in silence: what had to be guessed, and what is not read, stands
in the notes of a sheet.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from .cells import Sheet
from .encoding import AsUtf8, decoded, is_wide, shown_encoding
from .objects import sheet_of
from .records import ALWAYS, LONGEST, PIECE, SWOLLEN, Broken, Document, csv_cells, wrapped
from .workbooks import sheets_in

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers", ".gsheet")
JSON = (".json", ".jsonl", ".ndjson")
ANY = (*SUFFIXES, *JSON)
"""How the names of files end that may hold a table."""
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
        yield from sheets_in(data, document.name)
    elif begins := _JSON.match(data.lstrip(b"\xef\xbb\xbf \r\n\t")):
        whole = replace(document, stream=io.BytesIO(data + document.stream.read(LONGEST)))
        sheet = sheet_of(whole, is_list=begins[0].startswith(b"["))
        yield sheet or Broken(document.name, 0, _NO_OBJECTS)
    else:
        yield _text(data, document, encoding)


_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a]")
"""Bytes that no text has; a cell or two of a sheet may, from a system that a copy came from."""
_JSON = re.compile(rb'\{\s*"[^"]*"\s*:|\[\s*\{\s*"')
"""How an object of JSON begins, or a list of them."""
_NO_OBJECTS = "JSON without a list of objects: have the program export CSV"


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
