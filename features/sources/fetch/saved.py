"""Answers on disk: a folder for each time an account was fetched, in which every file is whole and as it came."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from suasion.features.tables.files import whole_file

from .service import Request

FOLDER = "fetched"
"""In the folder of tables: ``fetched/SERVICE/ACCOUNT/MOMENT/NUMBER-KIND-FINGERPRINT.json``."""
FRESH = timedelta(hours=12)
"""For so long an account that was fetched is not asked for again, and one that was interrupted goes on."""
_STATE = "state.txt"
_MOMENT = "%Y-%m-%dT%H%M%S.%fZ"
_VISIT = re.compile(r"\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z")


def folder_of(out: Path, service: str, name: str) -> Path:
    """Return where the answers about an account are.

    >>> folder_of(Path("d"), "mastodon", "anna@chaos.social").as_posix(), folder_of(Path("d"), "feed", "https://a.org/x").as_posix()
    ('d/fetched/mastodon/anna@chaos.social', 'd/fetched/feed/https%3A%2F%2Fa.org%2Fx')
    """
    safe = quote(name.lower(), safe="@")
    if len(safe) > 150 or not safe.strip("."):
        safe = f"{safe[:100]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return out / FOLDER / service / safe


@dataclass
class Saved:
    """The answers of one time that an account was fetched."""

    folder: Path
    resumed: bool = False
    """Whether some of them are of a run that was interrupted."""

    @property
    def moment(self) -> datetime:
        """When it began, UTC."""
        return datetime.strptime(self.folder.name, _MOMENT).replace(tzinfo=UTC)

    @property
    def state(self) -> str:
        """``complete``, ``imported``, or nothing while it lasts."""
        path = self.folder / _STATE
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""

    def complete(self) -> None:
        """Write down that all is there. What was read without a break counts as read at its end: one snapshot, and none before it was known."""
        files = self.files
        if files and not self.resumed:
            last = files[-1].stat().st_mtime_ns
            for path in files:
                os.utime(path, ns=(last, last))
        self.mark("complete")

    def mark(self, state: str) -> None:
        """Write down how far it got."""
        with whole_file(self.folder / _STATE) as partial:
            partial.write_text(f"{state}\n", encoding="utf-8")

    @property
    def files(self) -> list[Path]:
        """The answers, in the order in which they came."""
        return sorted(path for path in self.folder.glob("[0-9]*") if path.is_file())

    def kept(self, request: Request) -> bytes | None:
        """Return the answer to a request, where it is there."""
        for path in self.folder.glob(f"*-{request.fingerprint}.*"):
            return path.read_bytes()
        return None

    def keep(self, request: Request, body: bytes, suffix: str) -> None:
        """Save an answer, whole or not at all."""
        number = len(self.files) + 1
        with whole_file(self.folder / f"{number:04}-{request.kind}-{request.fingerprint}{suffix}") as partial:
            partial.write_bytes(body)


def visits(place: Path) -> list[Saved]:
    """Return every time that an account was fetched, the last one last."""
    folders = sorted(place.iterdir()) if place.is_dir() else []
    return [Saved(folder) for folder in folders if _VISIT.fullmatch(folder.name)]


def begin(place: Path, now: datetime) -> Saved:
    """Return the last visit of an account where it was interrupted a short while ago, and otherwise a new one."""
    before = visits(place)
    if before and not before[-1].state and now - before[-1].moment < FRESH:
        return Saved(before[-1].folder, resumed=True)
    return Saved(place / now.strftime(_MOMENT))


def fetched_at(place: Path, now: datetime) -> datetime | None:
    """Return when an account was fetched whole, where that is a short while ago."""
    whole = [visit.moment for visit in visits(place) if visit.state]
    return whole[-1] if whole and now - whole[-1] < FRESH else None


def to_import(out: Path, service: str) -> Iterator[Saved]:
    """Yield the visits whose answers are not in the tables yet."""
    root = out / FOLDER / service
    for place in sorted(root.iterdir()) if root.is_dir() else ():
        yield from (visit for visit in visits(place) if visit.state != "imported" and visit.files)
