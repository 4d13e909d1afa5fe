"""The console that commands print to: one for all of them."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from .streams import drop_output


class Terminal(Console):
    """A console that prints ids and texts as they are, and whose command goes on when nobody reads any more (``| head``)."""

    def __init__(self, **options: Any) -> None:  # rich's own
        # No markup and no emoji codes: an account named "[deleted]" or ":heart:" is called so.
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def on_broken_pipe(self) -> None:
        """Fall silent, and let the command finish what it writes to files."""
        self.quiet = True
        drop_output(self.file)  # type: ignore[arg-type]

    @property
    def spinner(self) -> str:
        """A spinner that the terminal's encoding has."""
        return "dots" if self.encoding.startswith("utf") else "line"
