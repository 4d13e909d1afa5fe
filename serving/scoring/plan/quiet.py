"""Keeps what a C library prints by itself out of the answers that commands write to stdout."""

from __future__ import annotations

import ctypes
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LOCK = threading.Lock()
_RUNTIME = None if os.name == "posix" else "ucrtbase"


@contextmanager
def without_lines(start: bytes) -> Iterator[None]:
    """Leave out lines that begin with ``start`` of what is written to the descriptor of stdout meanwhile; all others come after it.

    HiGHS prints a line of its own whatever it is told about output (in the versions that SciPy 1.17 brings), and a program that reads
    ``--json`` would stumble over it.
    """
    with _LOCK, tempfile.TemporaryFile() as meanwhile:
        try:
            stdout = os.dup(1)
        except OSError:  # there is none that something could be printed to
            yield
            return
        os.dup2(meanwhile.fileno(), 1)
        try:
            yield
        finally:
            with suppress(OSError):
                ctypes.CDLL(_RUNTIME).fflush(None)
            os.dup2(stdout, 1)
            os.close(stdout)
            meanwhile.seek(0)
            kept = b"".join(line for line in meanwhile if not line.startswith(start))
            if kept:
                with suppress(OSError):
                    os.write(1, kept)
