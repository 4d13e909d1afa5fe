"""What goes on, for who waits: lines to the logger ``suasion``, with how much of a step is done where that is known."""

from __future__ import annotations

import logging

LOG = logging.getLogger("suasion")
"""Shown by every command; in Python ``logging.basicConfig(level="INFO")`` shows it."""


def step(what: str, done: int | None = None, total: int | None = None, detail: str = "") -> None:
    """Log what goes on now, at level INFO; the record has ``what``, ``done`` and ``total`` as well.

    >>> with_it = logging.Handler()
    >>> with_it.emit = lambda record: print(record.getMessage())
    >>> LOG.addHandler(with_it); LOG.setLevel("INFO")
    >>> step("building features"), step("placing vectors", 3000, 9000), step("asking for accounts", 1, 2, "Reddit anna")
    building features
    placing vectors: 3,000 of 9,000
    asking for accounts: 1 of 2, Reddit anna
    (None, None, None)
    >>> LOG.removeHandler(with_it); LOG.setLevel("NOTSET")
    """
    count = "" if done is None else f": {done:,}" if total is None else f": {done:,} of {total:,}"
    text = f"{what}{count}{', ' if detail else ''}{detail}"
    LOG.info("%s", text, extra={"what": what, "done": done, "total": total})
