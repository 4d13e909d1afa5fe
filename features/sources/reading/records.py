"""Reads the records of export files one after the other, whatever they are packed in, and goes on after a broken one.

Files may be JSON (one document, a list, one value a line, or several one after the other) or CSV, plain or compressed with gzip or
Zstandard, alone or in a zip or tar archive. Nothing is unpacked to disk, so no name in an archive can lead anywhere; and
no record may be longer than :data:`LONGEST`, nor than :data:`SWOLLEN` times its file, so that an archive made to blow up stops at its first
record, before it fills the memory.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import zstandard

from suasion.features.errors import InputError

from .encoding import AsUtf8, Readable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST = 256 * 2**20
"""Characters of one record."""
SWOLLEN, ALWAYS = 100, 8 * 2**20
"""How many times as long as the file on disk a packed record may be, and how long it may always be: exports pack to a tenth or twentieth."""
PIECE = 1 << 18
SHOWN = 1_000
"""Characters of a broken record that are kept to look at."""
WINDOW = 2**31
"""Zstandard's long windows, which the dumps of Reddit are made with."""
_PACKED = (".gz", ".zst", ".zip", ".tar", ".tgz")
UNREADABLE = (
    EOFError,
    OSError,
    zlib.error,
    zstandard.ZstdError,
    tarfile.TarError,
    zipfile.BadZipFile,
    RuntimeError,
)
"""What damaged files raise; RuntimeError: a zip with a password."""


@dataclass(frozen=True)
class Record:
    """One value as read, and where it stood: the file, and the line, or the number of the record where there are no lines."""

    file: str
    line: int
    value: Any  # whatever the reader of a source yields: only that source's own `take` looks into it


@dataclass(frozen=True)
class Broken:
    """What could not be read, where, why, and how it begins."""

    file: str
    line: int
    reason: str
    text: str = ""
    column: str = ""
    """The column, where only a cell could not be read and its row goes on without."""


@dataclass(frozen=True)
class Document:
    """One file, or one member of an archive: its name as shown, and its bytes."""

    name: str
    path: Path
    """The file on disk that holds it."""
    stream: IO[bytes]
    notes: Counter[str] = field(default_factory=Counter)
    """What was read and may be a slip, and how often."""

    @property
    def longest(self) -> int:
        """Return how many characters one record of it may have."""
        return min(LONGEST, max(ALWAYS, SWOLLEN * self.path.stat().st_size))


Reader = Callable[[Document], Iterator[Record | Broken]]


def files_at(paths: Iterable[Path], suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files that paths name; of a folder, all below it that may hold such data, in the order of their names.

    Symbolic links in a folder are not followed: an export must not lead to what is no part of it.

    Raises
    ------
    InputError
        When a path is not there, or a folder holds no such file.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = [p for p in _below(path, suffixes) if p.is_file() and not p.is_symlink()]
            if not below:
                raise InputError(
                    f"The folder {path} holds no file that ends in {', '.join((*suffixes, *_PACKED))}."
                )
            files += below
        elif path.is_file():
            files.append(path)
        else:
            raise InputError(f"There is no file at {path}.")
    return files


def links_at(paths: Iterable[Path], suffixes: tuple[str, ...]) -> list[Path]:
    """Return the symbolic links that :func:`files_at` left out."""
    return [p for path in paths if path.is_dir() for p in _below(path, suffixes) if p.is_symlink()]


def _below(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if fits(path.name, (*suffixes, *_PACKED))]


def fits(name: str, suffixes: tuple[str, ...]) -> bool:
    """Return whether a file of a name may hold such data, packed or not."""
    bare = name.lower()
    if bare.rpartition("/")[2].startswith(("~$", "._", ".~lock")):
        return False  # what programs put beside the files they hold open
    for packed in (".gz", ".zst"):
        bare = bare.removesuffix(packed) if not bare.removesuffix(packed).endswith(".tar") else bare
    return bare.endswith(suffixes) or name.lower().endswith((".zip", ".tar", ".tar.gz", ".tgz"))


def read(
    paths: Iterable[Path], reader: Reader, suffixes: tuple[str, ...], notes: Counter[str]
) -> Iterator[tuple[Path, Record | Broken]]:
    """Yield every record of the files, and in its place what was broken, each with the file on disk; add to the notes what may be a slip."""
    for path in paths:
        try:
            for document in documents_in(path, suffixes):
                for record in reader(document):
                    yield path, record
                notes.update(document.notes)
        except UNREADABLE as error:
            why = f"the file ends early or is damaged: {short(error)}"
            yield path, Broken(path.name, 0, why, str(error)[:SHOWN])


def documents_in(path: Path, suffixes: tuple[str, ...]) -> Iterator[Document]:
    """Yield what a file holds: itself, or the members of an archive that may hold such data; each is to be read before the next."""
    name = path.name.lower()
    if name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.is_dir() and fits(entry.filename, suffixes):
                    with archive.open(entry) as stream:
                        yield Document(f"{path.name}:{entry.filename}", path, stream)
    elif name.endswith((".tar", ".tar.gz", ".tgz")):
        with tarfile.open(path, "r|*") as tape:
            for member in tape:
                data = tape.extractfile(member) if member.isfile() and fits(member.name, suffixes) else None
                if data is not None:
                    yield Document(f"{path.name}:{member.name}", path, data)
    else:
        with _opened(path) as stream:
            yield Document(path.name, path, stream)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw:
        if path.suffix.lower() == ".gz":
            with gzip.open(raw) as stream:
                yield stream  # type: ignore[misc]
        elif path.suffix.lower() == ".zst":
            # Several frames one after the other, as written by parallel compressors, are one file.
            with zstandard.ZstdDecompressor(max_window_size=WINDOW).stream_reader(
                raw, read_across_frames=True
            ) as stream:
                yield stream
        else:
            yield raw


class Forward(io.RawIOBase):
    """A stream that is only read on, as members of a tar archive are."""

    def __init__(self, stream: Readable) -> None:
        self.stream = stream

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into a buffer and return how much."""
        view = memoryview(buffer)
        data = self.stream.read(len(view))
        view[: len(data)] = data
        return len(data)


def text_of(document: Document) -> io.TextIOWrapper:
    """Return a document as a stream of text, UTF-8 or not; what had to be guessed, or is lost, goes to its notes."""
    return wrapped(AsUtf8(document.stream, document.notes))


def wrapped(stream: AsUtf8) -> io.TextIOWrapper:
    """Return a stream of bytes in UTF-8 as one of text, its mark left out."""
    return io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8-sig", newline="")


# RFC 7464 puts a record separator before each value; a script may end with a semicolon.
_BLANK = re.compile(r"[\s\x1e;]*")
_BETWEEN = re.compile(r"[\s,]*")


def json_values(document: Document) -> Iterator[Record | Broken]:
    """Yield the values of a JSON file; of a list, its items.

    What is no JSON costs what stands there until the next line that starts as that value did: in a file with one value a line that
    line, in an indented one that value.
    """
    yield from _Scanner(document).values()


class _Scanner:
    def __init__(self, document: Document) -> None:
        self.name, self.text = document.name, text_of(document)
        self.longest = document.longest
        self.buffer, self.place, self.line, self.ended = "", 0, 1, False
        self.decoder = json.JSONDecoder()
        self.in_list = False
        self.indent: str | None = ""
        """What stands before this place on its line, if that is blank."""

    def values(self) -> Iterator[Record | Broken]:
        while self._skip(_BETWEEN if self.in_list else _BLANK):
            first = self.buffer[self.place]
            if first == ("]" if self.in_list else "["):
                self.in_list = not self.in_list
                self._move(1)
                continue
            line = self.line
            value, length, problem = self._decode()
            if problem is None:
                self._move(length)
                yield Record(self.name, line, value)
            else:
                beginning = self.buffer[self.place : self.place + SHOWN]
                hint = " (a CSV file, where JSON is read: see --help)" if ".csv" in self.name.lower() else ""
                yield Broken(
                    self.name, line, f"no JSON: {problem}{hint}", beginning[: self._recover()].rstrip()
                )
        if self.in_list:
            yield Broken(self.name, self.line, "the file ends within a list: it was cut off")

    def _more(self) -> bool:
        piece = "" if self.ended else self.text.read(max(PIECE, len(self.buffer) - self.place))
        self.ended = not piece
        self.buffer = self.buffer[self.place :] + piece
        self.place = 0
        return not self.ended

    def _skip(self, what: re.Pattern[str]) -> bool:
        """Go to the next character that is something; whether there is one."""
        while True:
            match = what.match(self.buffer, self.place)
            self._move(match.end() - self.place if match else 0)
            if self.place < len(self.buffer):
                return True
            if not self._more():
                return False

    def _move(self, length: int) -> None:
        passed = self.buffer[self.place : self.place + length]
        self.line += passed.count("\n")
        _, newline, last = passed.rpartition("\n")
        start = last if newline else None if self.indent is None else self.indent + last
        self.indent = start if start is not None and not start.strip() else None
        self.place += length

    def _decode(self) -> tuple[object, int, str | None]:
        """Return the value at this place and its length, or why there is none."""
        while True:
            problem, sure = None, False
            try:
                value, end = self.decoder.raw_decode(self.buffer, self.place)
                # A number at the very end may go on in the next piece.
                if end < len(self.buffer) or self.ended or not isinstance(value, int | float):
                    return value, end - self.place, None
            except json.JSONDecodeError as error:
                problem = error.msg
                cut = problem.startswith("Unterminated string") or error.pos >= len(self.buffer.rstrip())
                sure = not cut and len(self.buffer) - error.pos > 64
            except (ValueError, RecursionError) as error:  # a number of too many digits; too deep
                problem, cut, sure = short(error), False, True
            if len(self.buffer) - self.place > self.longest:
                return None, 0, too_long(self.longest)
            if sure or (not self._more() and problem is not None):
                return None, 0, "the file ends within a value: it was cut off" if cut else problem

    def _recover(self) -> int:
        """Go to the next line that starts as this broken value did; return how much of the buffer it was, at most."""
        pattern = re.compile(rf"\n{re.escape(self.indent or '')}(?=[\[\]{{])")
        length: int | None = None
        while True:
            match = pattern.search(self.buffer, self.place)
            end = match.start() if match else max(self.place, len(self.buffer) - len(self.indent or "") - 2)
            if length is None:
                length = (match.start() if match else len(self.buffer)) - self.place
            if match:
                self._move(end - self.place)
                return length
            kept = self.indent
            self._move(end - self.place)
            self.indent = kept
            if not self._more():
                self._move(len(self.buffer) - self.place)
                return length


def csv_rows(document: Document) -> Iterator[Record | Broken]:
    """Yield the rows of a CSV file as dicts by the names in its first line, all text, empty fields left out.

    The delimiter is whichever of ``, ; tab |`` the first line holds most of.
    """
    text, name = text_of(document), document.name
    first = text.readline(PIECE)
    header: list[str] | None = None
    for item in csv_cells(document, text, max(",;\t|", key=first.count), first):
        if isinstance(item, Broken):
            yield item
            continue
        line, row = item
        if not any(map(str.strip, row)):
            continue
        if header is None:
            header = [cell.strip().lstrip("\ufeff") for cell in row]
            if again := next((n for n, cell in enumerate(header, 1) if cell in header[: n - 1] and cell), 0):
                # Nobody can tell what the others hold.
                said = f"column {again} has the name of one before it: name every column once"
                yield Broken(name, line, said, ",".join(row)[:SHOWN])
                return
        elif len(row) < len(header) or any(map(str.strip, row[len(header) :])):
            said = f"{len(row)} fields where the first line names {len(header)}"
            yield Broken(name, line, said, ",".join(row)[:SHOWN])
        else:
            cells = zip(header, row, strict=False)
            yield Record(name, line, {key: cell for key, cell in cells if key and cell.strip()})


class _Lines:
    """The lines of a text, up to so many characters a row, so that one without an end does not fill the memory."""

    def __init__(self, text: io.TextIOBase, longest: int, first: str) -> None:
        self.text, self.longest, self.first = text, longest, first
        self.held, self.number = 0, 0
        """Characters of the row at hand, and lines read."""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line, self.first = self.first, ""
        if not line.endswith(("\n", "\r")):
            line += self.text.readline(self.longest - self.held + 1 - len(line))
        self.held += len(line)
        if self.held > self.longest:
            while line and not line.endswith(("\n", "\r")):
                line = self.text.readline(PIECE)
            self.number += 1
            raise csv.Error(too_long(self.longest))
        if not line:
            raise StopIteration
        self.number += 1
        return line


def csv_cells(
    document: Document, text: io.TextIOBase, delimiter: str, first: str = "", skipped: int = 0
) -> Iterator[tuple[int, list[str]] | Broken]:
    """Yield the rows of a CSV file, each with its line.

    Parameters
    ----------
    first
        How its first line begins, where that was read already.
    skipped
        Lines that stand before them.
    """
    # Python keeps it for all that reads CSV: the lines are what has a bound here.
    csv.field_size_limit(2**31 - 1)
    lines = _Lines(text, document.longest, first)
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        line, lines.held = lines.number + 1 + skipped, 0
        try:
            yield line, next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Broken(document.name, line, f"no CSV: {short(error)}")


def too_long(longest: int) -> str:
    """Return why a record of more than so many characters is not read."""
    return f"longer than {longest >> 20} million characters"


def short(error: BaseException) -> str:
    """Return the first line of what an error says, without what it quotes, such as a name: reasons are kept with pseudonyms, too.

    >>> short(RuntimeError("File 'anna.json' is encrypted, password required for extraction."))
    'File … is encrypted, password required for extraction'
    """
    line = next(iter(str(error).splitlines()), type(error).__name__)
    return re.sub(r"""(?<!\w)b?(['"]).*\1""", "…", line).rstrip(".")[:200] or type(error).__name__


def records(document: Document) -> Iterator[Record | Broken]:
    """Yield the rows of a CSV file, or the values of JSON."""
    bare = document.name.lower().removesuffix(".gz").removesuffix(".zst")
    yield from (csv_rows if bare.endswith(".csv") else json_values)(document)
