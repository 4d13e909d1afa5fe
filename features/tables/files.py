"""What is written for others: files and folders that are whole or not there, cells that are no formulas."""

from __future__ import annotations

import csv
import glob
import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import chain
from pathlib import Path

import duckdb

from suasion.features.errors import InputError

from .disk import on_disk, size_of, size_words
from .read import literal

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins with one of these for a formula."""


def harmless(value: object) -> object:
    """Return a cell of a CSV file that no spreadsheet takes for a formula: text that begins like one gets an apostrophe before it.

    >>> harmless("=cmd()"), harmless("tea"), harmless(-1.5)
    ("'=cmd()", 'tea', -1.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a file to write, and move it to ``target`` when all went well; a file taken away meanwhile leaves ``target`` as it was."""
    target = Path(os.path.abspath(target))
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        with _on_disk(target, partial):
            target.parent.mkdir(parents=True, exist_ok=True)
            yield partial
            if partial.exists():
                partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def write_parquet(query: str, target: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Write what a query gives to a Parquet file, whole or not at all."""
    with whole_file(target) as partial:
        connection.execute(f"COPY ({query}) TO {literal(str(partial))} (FORMAT parquet, COMPRESSION zstd)")


def rewrite_csv(path: Path, change: Callable[[list[str], list[str]], list[str] | None]) -> int:
    """Change rows of a CSV file, or leave them out; return how many, and let a file without them be.

    The delimiter, the ends of lines and bytes that are no UTF-8 stay as they are, and what was compressed stays so.

    ``change`` takes the heading and a row, and gives the row as it is to be; None leaves it out.
    """
    csv.field_size_limit(2**31 - 1)
    count, opener = 0, gzip.open if path.suffix == ".gz" else open
    with (
        opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as stream,
        whole_file(path) as partial,
    ):
        first = stream.readline()
        delimiter, end = max(",;\t|", key=first.count), "\r\n" if first.endswith("\r\n") else "\n"
        with opener(partial, "wt", encoding="utf-8", errors="surrogateescape", newline="") as out:
            rows = csv.reader(chain([first], stream), delimiter=delimiter)
            writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
            heading = next(rows, [])
            writer.writerow(heading)
            for row in rows:
                before = list(row)
                changed = change(heading, row)
                count += changed != before
                if changed is not None:
                    writer.writerow(changed)
        if not count:
            partial.unlink()
    return count


def _on_disk(target: Path, partial: Path) -> AbstractContextManager[None]:
    def needed() -> str:
        known = max(size_of(partial), size_of(target))
        return f"{target.name} needs more than {size_words(known) if known else 'that'}"

    return on_disk(target.parent, needed, "name another place")


@contextmanager
def whole_folder(target: Path, *, ours: frozenset[str]) -> Iterator[Path]:
    """Give a folder to write into, and move it to ``target`` when all went well.

    A reader sees the old folder or the new one and never a mixture; a run that is killed leaves the old one. An
    existing ``target`` is replaced only if it holds nothing but names in ``ours``.

    Raises InputError when ``target`` is a file, or holds something that is not ours to delete, and DiskFullError when the disk is full:
    ``target`` is as it was.
    """
    target = Path(os.path.abspath(target))
    previous = target.with_name(f".{target.name}.previous")
    if previous.exists() and not target.exists():
        previous.rename(target)  # an earlier run was killed between the two renames below
    require_ours(target, ours)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    with _on_disk(target, partial):
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{glob.escape(target.name)}.partial-*"):
            with held(left, wait=False) as is_held:
                if is_held:  # whoever wrote it was killed
                    shutil.rmtree(left, ignore_errors=True)
        partial.mkdir()
    try:
        with _on_disk(target, partial), held(partial):
            yield partial
        with held(target.parent):
            if target.exists():
                shutil.rmtree(previous, ignore_errors=True)
                target.rename(previous)
            partial.rename(target)
            shutil.rmtree(previous, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def require_ours(target: Path, ours: frozenset[str]) -> None:
    """Refuse a folder that is not ours to replace: before the work, for who must wait for it."""
    if not target.exists():
        return
    names = {path.name for path in target.iterdir()} if target.is_dir() else set()
    foreign = sorted(names - ours)
    if foreign or not target.is_dir():
        what = f"holds {', '.join(foreign[:3])}, which suasion did not write" if foreign else "is a file"
        raise InputError(f"{target} {what}. Name a new folder, or empty this one yourself.")


@contextmanager
def held(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a folder against other programs that hold it too, and give whether it is held: they wait, unless they are not to ``wait``.

    What is held is the folder itself, so that no lock file is left in it. Where the system knows no such lock, nobody waits.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield False
        return
    descriptor, is_held = os.open(folder, os.O_RDONLY), False
    try:
        with suppress(OSError):  # a share that locks no folders, or another holds it
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_held = True
        yield is_held
    finally:
        os.close(descriptor)
