"""Standard streams that take whatever is printed, on any terminal, pipe or log.

A terminal that is not UTF-8 is usual: redirected output on Windows, ISO-8859 locales, cron, old containers. What its encoding
lacks is printed as the ASCII sign nearest to it, or as ``?``, one for one, so that tables keep their columns.
"""

from __future__ import annotations

import codecs
import os
import sys
from typing import TextIO

_PLAIN = str.maketrans(
    "–—−‐‑×→←↑↓…·•²½“”„‘’«»€σρ▼▲─│├└█≤≥≈±\u00a0\u202f\u2009",
    "----" + '-x><^v..*2%"""\'\'""Esrv^-|+`#<>~+   ',
)
_ERRORS = "suasion.plain"


def plain(text: str) -> str:
    """Return text in ASCII, as long as it was: signs as those nearest to them, letters that ASCII lacks as ``?``.

    >>> plain("0.3–4 × base → 5 for Zoë")
    '0.3-4 x base > 5 for Zo?'
    """
    return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


def prepare_streams() -> None:
    """Make the standard streams take whatever is printed.

    A stream for which somebody chose what is done with signs it lacks (``PYTHONIOENCODING=ascii:backslashreplace``) keeps that. Where
    a descriptor is closed, as under some supervisors, the null device takes its place: else the next file opened would be the output.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free descriptor, which is this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the program
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    codecs.register_error(_ERRORS, _replace)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and stream.errors in ("strict", "surrogateescape"):
            reconfigure(errors=_ERRORS)


def drop_output(stream: TextIO | None) -> None:
    """Send what a stream still holds, and all that follows, to the null device: nobody reads it any more."""
    if stream is None:
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
