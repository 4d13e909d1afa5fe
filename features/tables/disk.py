"""Disks that are full, and places that cannot be written: errors that name the disk, the place and the space."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from suasion.features.errors import DiskFullError, InputError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SAID = ("No space left on device", "Disk quota exceeded", "max_temp_directory_size")
"""What DuckDB passes on of a full disk."""


def is_full(error: BaseException) -> bool:
    """Return whether an error says that a disk is full."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return isinstance(error, duckdb.Error) and any(said in str(error) for said in _SAID)


def refusal(error: OSError | duckdb.Error) -> str:
    """Return in a few words why the system refused to write.

    >>> refusal(OSError(30, "Read-only file system", "x.csv"))
    'Read-only file system'
    """
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error).splitlines()[0].rpartition(": ")[2]


def disk_of(place: Path) -> Path:
    """Return where the disk that holds a place, or would hold it, is mounted."""
    place = existing(place)
    return next(folder for folder in (place, *place.parents) if os.path.ismount(folder))


def existing(place: Path) -> Path:
    """Return a place, or the nearest folder above it that is there."""
    place = Path(os.path.abspath(place))
    return next(folder for folder in (place, *place.parents) if folder.exists())


def size_of(place: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; 0 where there is nothing."""
    files = [place, *place.rglob("*")] if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())


def size_words(count: float) -> str:
    """Return a number of bytes in words.

    >>> size_words(512), size_words(20_480), size_words(3 * 2**30)
    ('512 bytes', '20.0 KiB', '3.0 GiB')
    """
    if count < 1024:
        return f"{count:.0f} bytes"
    for unit in ("KiB", "MiB", "GiB"):
        count /= 1024
        if count < 1024 or unit == "GiB":
            break
    return f"{count:,.1f} {unit}"


def disk_full(place: Path, needed: str, do: str) -> DiskFullError:
    """Return the error for a place whose disk is full: how much is ``needed``, and what to ``do`` beside freeing some."""
    usage = shutil.disk_usage(existing(place))
    return DiskFullError(
        f"The disk {disk_of(place)} is full, so {place} cannot be written: {size_words(usage.free)} of "
        f"{size_words(usage.total)} are free, and {needed}. Free some space, or {do}."
    )


@contextmanager
def working_folder(
    needed: Callable[[], str], do: str = "name a folder on another disk in TMPDIR"
) -> Iterator[Path]:
    """Give a folder among the system's temporary ones, which is gone afterwards.

    Raises InputError when none can be made, and DiskFullError when its disk is full.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="suasion-"))
    except OSError as error:
        raise InputError(
            f"No temporary folder can be written ({error}). Name one that can in TMPDIR: what is worked with lies there."
        ) from error
    try:
        with on_disk(folder, needed, do):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def on_disk(place: Path, needed: Callable[[], str], do: str) -> Iterator[None]:
    """Turn the fault of a full disk into one that names disk, place and space; all other faults pass."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if is_full(error):
            named = error.filename if isinstance(error, OSError) else None
            raise disk_full(Path(named or place), needed(), do) from error
        raise
