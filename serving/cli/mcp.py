"""The command that answers assistants over standard input and output."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path

import click

from suasion.features.errors import InputError

from .options import DATA, MEMORY_LIMIT, MODEL, PREVIOUS


@click.command(short_help="Answer assistants (Model Context Protocol) over stdin and stdout.")
@DATA
@MODEL
@PREVIOUS
@MEMORY_LIMIT
def command(data: str, model: Path, previous: Path | None, memory_limit: str | None) -> None:
    """Answer assistants over stdin and stdout: score, explain, compare, plan; nothing is ever written.

    An assistant starts this command itself; docs/assistants.md shows what to enter there. Over HTTP the same tools stand at /mcp of
    `suasion serve`, behind its keys.
    """
    if find_spec("mcp") is None:
        raise InputError("This needs the Model Context Protocol's library: pip install 'suasion[mcp]'.")
    from suasion.serving.http.assistants import create_server
    from suasion.serving.http.limits import Limits
    from suasion.serving.http.state import Service
    from suasion.serving.loaded import Engine

    service = Service(
        lambda: Engine(data, model, previous, memory_limit=memory_limit), Limits(seconds=300), None
    )
    service.start()
    try:
        asyncio.run(create_server(service).run_stdio_async())
    finally:
        service.stop()
