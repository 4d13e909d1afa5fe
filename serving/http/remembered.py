"""What the page keeps: typed briefs, so that their addresses hold after a restart, and notes beside people.

An SQLite file, since several processes may share it, and since a note that is deleted has to be gone from the disk.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from suasion.features.errors import InputError
from suasion.features.privacy.forget import NOTES

MOST_BRIEFS = 10_000
"""Typed briefs that are kept, the latest."""
LONGEST_NOTE = 1_000
"""Characters of a note."""
_TABLES = """
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS briefs (name TEXT PRIMARY KEY, typed TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notes (influencer_id TEXT PRIMARY KEY, note TEXT NOT NULL);
"""


class Kept:
    """Briefs and notes in a file, which is made where it is not there, or without one in memory until the process ends.

    Raises InputError when it is no such file, or cannot be written.

    >>> kept = Kept()
    >>> kept.write_note("anna", "busy in May")
    >>> kept.notes(), kept.lasts
    ({'anna': 'busy in May'}, False)
    >>> kept.write_note("anna", " ")
    >>> kept.notes()
    {}
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self._file = sqlite3.connect(
                path or ":memory:", timeout=5, check_same_thread=False, isolation_level=None
            )
            self._file.executescript(_TABLES)
        except sqlite3.Error as error:
            raise InputError(
                f"Briefs and notes cannot be kept in {path} ({error}). Name another file with --kept, or take that one away."
            ) from error

    @property
    def lasts(self) -> bool:
        """Whether what is kept outlasts the process."""
        return self.path is not None

    @property
    def decisions(self) -> Path | None:
        """The file beside it to which decisions are appended; None where nothing lasts."""
        return None if self.path is None else self.path.with_name("decisions.jsonl")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _do(self, query: str, values: Sequence[str] = ()) -> list[tuple[str, str]]:
        try:
            with self._lock:
                return self._file.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise InputError(f"{self.path or 'What the page keeps'} cannot be used: {error}.") from error

    def write_brief(self, name: str, typed: Mapping[str, str]) -> None:
        """Keep what was typed of a brief under the name in its address."""
        self._do("INSERT OR REPLACE INTO briefs VALUES (?, ?)", (name, json.dumps(typed)))
        self._do(f"DELETE FROM briefs WHERE rowid <= (SELECT max(rowid) FROM briefs) - {MOST_BRIEFS}")

    def brief(self, name: str) -> dict[str, str] | None:
        """Return what was typed of a brief, by field; None where it is not kept."""
        rows = self._do("SELECT name, typed FROM briefs WHERE name = ?", (name,))
        return dict(json.loads(rows[0][1])) if rows else None

    def latest(self, many: int) -> dict[str, dict[str, str]]:
        """Return the briefs typed last, by name, the latest first."""
        rows = self._do(f"SELECT name, typed FROM briefs ORDER BY rowid DESC LIMIT {many:d}")
        return {name: dict(json.loads(typed)) for name, typed in rows}

    def write_note(self, influencer: str, note: str) -> None:
        """Keep a note on a person in place of the one before; an empty one takes it away."""
        note = note.strip()[:LONGEST_NOTE]
        if note:
            self._do("INSERT OR REPLACE INTO notes VALUES (?, ?)", (influencer, note))
        else:
            self._do("DELETE FROM notes WHERE influencer_id = ?", (influencer,))

    def notes(self) -> dict[str, str]:
        """Return all notes by the id of the person."""
        return dict(self._do("SELECT influencer_id, note FROM notes"))


def keep_beside(data: str | Path, named: Path | None) -> Kept:
    """Return what keeps briefs and notes: the file that is named, or one in the folder of the data; memory where neither can be.

    Raises InputError when the file that is named cannot be used.
    """
    folder = Path(data)
    if named is None and "://" not in str(data) and folder.is_dir() and os.access(folder, os.W_OK):
        named = folder / NOTES
    return Kept(named)
