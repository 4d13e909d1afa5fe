"""Where commands write: answers to stdout, what goes on meanwhile to stderr."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from suasion.features.progress import LOG

if TYPE_CHECKING:
    from .console import Terminal


def stdout() -> Terminal:
    """Return the console that answers to people go to."""
    from .console import Terminal

    return Terminal()


def print_json(answer: dict[str, object]) -> None:
    """Print an answer as one JSON document, and nothing else, to stdout; what is no number is null."""
    sys.stdout.write(as_document(answer))


def as_document(answer: dict[str, object]) -> str:
    """Return an answer as one JSON document; what is no number is null."""
    from suasion.serving.scoring.plain import plain

    return json.dumps(plain(answer), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


@contextmanager
def working(step: str) -> Iterator[None]:
    """Show what goes on (:mod:`suasion.features.progress`), since when and for how long, while it goes on.

    Where stderr is no terminal nothing is shown.
    """
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from .console import Terminal

    console = Terminal(stderr=True)
    columns = (
        SpinnerColumn(console.spinner),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(step, total=None)
        handler = _Steps(lambda text: progress.update(task, description=text))
        before = LOG.level
        LOG.addHandler(handler)
        LOG.setLevel(logging.INFO)
        try:
            yield
        finally:
            LOG.removeHandler(handler)
            LOG.setLevel(before)


class _Steps(logging.Handler):
    """Shows each step, and how long it will still take once its size and speed are known."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self.show, self.since, self.first = show, 0.0, 0
        self.what: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Show a step."""
        what, done, total = (getattr(record, name, None) for name in ("what", "done", "total"))
        now = time.monotonic()
        if what != self.what:
            self.what, self.since, self.first = what, now, done or 0
        left = ""
        if done and total and done > self.first and now - self.since >= 1:
            seconds = (now - self.since) / (done - self.first) * (total - done)
            left = f", {seconds / 60:.0f} min left" if seconds >= 90 else f", {seconds:.0f} s left"
        self.show(f"{record.getMessage()}{left}")
