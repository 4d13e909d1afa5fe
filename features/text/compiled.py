"""Loops that NumPy has no words for, compiled by Numba."""

from __future__ import annotations

from functools import partial
from typing import Any

from numba import njit


# Any: Numba types a loop by what it is called with.
def compiled(function: Any = None, /, **options: object) -> Any:
    """Compile a loop that lets go of Python's lock; kept on disk where there is a place for it.

    ``options`` are Numba's, such as ``fastmath={"reassoc"}``: sums may be taken in any order, several at a time.
    """
    if function is None:
        return partial(compiled, **options)
    try:
        return njit(nogil=True, cache=True, **options)(function)
    except RuntimeError:
        return njit(nogil=True, **options)(function)
