"""The code that something was worked out by: what is kept is good for no other."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1]
"""Where the modules of ``suasion.features`` are."""
PACKAGE = __name__.rpartition(".tables.")[0]


@cache
def digest_of(module: str) -> str:
    """Return a hash of a module of ``suasion.features``, such as ``engine.matrix``, and of all of that package that it imports, directly or not.

    The imports themselves say what belongs to it, wherever they stand, as a list written by hand goes stale.
    """
    sources = {module: _file(module).read_bytes()}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        for other in _imported(name, sources[name]):
            if other not in sources and _file(other).is_file():
                sources[other] = _file(other).read_bytes()
                waiting.append(other)
    digest = hashlib.sha256()
    for name, source in sorted(sources.items()):
        digest.update(f"{name}:{len(source)}:".encode() + source)
    return digest.hexdigest()


def _file(module: str) -> Path:
    return FOLDER.joinpath(*module.split(".")).with_suffix(".py")


def _imported(module: str, source: bytes) -> Iterator[str]:
    """Yield the names of what may be modules of the package: ``from .a import b``, ``from . import a``, and in full."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix(f"{PACKAGE}.") for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            above = f"{PACKAGE}.{module}".split(".")[: -node.level] if node.level else []
            where = ".".join([*above, *([node.module] if node.module else [])])
            yield where.removeprefix(f"{PACKAGE}.")
            yield from (f"{where}.{alias.name}".removeprefix(f"{PACKAGE}.") for alias in node.names)
