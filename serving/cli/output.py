"""Where commands write: answers to stdout, what goes on meanwhile to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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
def working(step: str) -> Iterator[Callable[[str], None]]:
    """Show what goes on, and for how long, while it goes on; nothing where stderr is no terminal.

    Yields
    ------
    callable
        Called with each further step.
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
        yield lambda text: progress.update(task, description=text)
