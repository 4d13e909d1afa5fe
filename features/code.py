"""The code that something was worked out by: what is kept is good for no other."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the modules of this package are."""


@cache
def digest_of(module: str) -> str:
    """Return a hash of a module of this package and of all of the package that it imports, directly or not.

    Told by the imports themselves, wherever they stand, as a list written by hand goes stale.
    """
    found = {module: _source(module)}
    waiting = [module]
    while waiting:
        for name in _imported(found[waiting.pop()]):
            if name not in found and (FOLDER / f"{name}.py").is_file():
                found[name] = _source(name)
                waiting.append(name)
    told = hashlib.sha256()
    for name, source in sorted(found.items()):
        told.update(f"{name}:{len(source)}:".encode() + source)
    return told.hexdigest()


def _source(module: str) -> bytes:
    return (FOLDER / f"{module}.py").read_bytes()


def _imported(source: bytes) -> Iterator[str]:
    """Yield the names of what may be modules beside this one: ``from .a import b``, ``from . import a``, and in full."""
    package = __name__.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix(f"{package}.") for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            where = node.module or ""
            if where in ("", package):
                yield from (alias.name for alias in node.names)
            else:
                yield where.removeprefix(f"{package}.")
