"""The commands that serve people, programs and assistants, and make their keys."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path

import click

from suasion.features.errors import InputError

from .options import AS_JSON, DATA, MEMORY_LIMIT, MODEL, PREVIOUS
from .output import print_json

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
"""What is not open to others."""


@click.command(short_help="Serve scores, explanations and the page over HTTP.")
@click.argument("data", required=False)
@click.option("--data", "named", help="DATA by name, as unit files and compose files write it.")
@MODEL
@PREVIOUS
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; others than loopback need --keys.",
)
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--keys", "keyfile", type=click.Path(path_type=Path), help="File of API keys that `suasion keys` wrote."
)
@click.option(
    "--allow-host", multiple=True, metavar="NAME", help="Name under which the service may be reached."
)
@click.option(
    "--root-path",
    default="",
    metavar="PATH",
    help="Path the service stands under behind a proxy, such as /suasion; whether the proxy takes it off or not.",
)
@click.option(
    "--trust-proxy",
    multiple=True,
    metavar="ADDRESS",
    help="Address or network of a proxy whose X-Forwarded-Prefix, -Proto, -Host and -For are believed; can be given several times.",
)
@click.option("--per-minute", default=6000, show_default=True, help="Requests of one key; 0 for no limit.")
@click.option("--seconds", default=30.0, show_default=True, help="Time until a request is told to ask again.")
@click.option("--body", default=8 * 2**20, show_default=True, help="Largest body, in bytes.")
@click.option(
    "--kept",
    "kept_in",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for typed briefs and notes on people.  [default: page.sqlite in DATA, where DATA is a folder]",
)
@MEMORY_LIMIT
def serve_command(
    data: str | None,
    named: str | None,
    model: Path,
    previous: Path | None,
    host: str,
    port: int,
    keyfile: Path | None,
    allow_host: tuple[str, ...],
    root_path: str,
    trust_proxy: tuple[str, ...],
    per_minute: int,
    seconds: float,
    body: int,
    kept_in: Path | None,
    memory_limit: str | None,
) -> None:
    """Serve scores, explanations and the page over HTTP."""
    if (data is None) == (named is None):
        raise InputError("Say once where the data is: suasion serve DATA, or --data DATA.")
    data = data or named or ""
    if host not in LOOPBACK and keyfile is None:
        raise InputError(
            f"--host {host} is open to others: give --keys FILE (made by `suasion keys FILE --name NAME`), or listen on 127.0.0.1."
        )
    click.echo(f"opening {data.rpartition('@')[2]} and {model} …")
    from suasion.serving.http.keys import Keys
    from suasion.serving.http.limits import Limits
    from suasion.serving.http.place import networks
    from suasion.serving.http.place import root_path as clean
    from suasion.serving.http.remembered import keep_beside
    from suasion.serving.http.server import run
    from suasion.serving.loaded import Engine

    limits = Limits(
        body=body,
        per_minute=per_minute,
        seconds=seconds,
        hosts=LOOPBACK.union(allow_host),
        root=clean(root_path),
        proxies=networks(trust_proxy),
    )
    keys = Keys.read(keyfile) if keyfile else None
    run(
        lambda: Engine(data, model, previous, memory_limit=memory_limit),
        host,
        port,
        limits,
        keys,
        ready=lambda address: click.echo(f"ready at {address}"),
        kept=keep_beside(data, kept_in),
    )


@click.command(short_help="Answer assistants over stdin and stdout (MCP).")
@DATA
@MODEL
@PREVIOUS
@MEMORY_LIMIT
def mcp_command(data: str, model: Path, previous: Path | None, memory_limit: str | None) -> None:
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


@click.command(short_help="Make an API key for the service.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Who the key is for; stands in the log.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("read", "score"),
    show_default=True,
    type=click.Choice(["read", "score", "admin"]),
    help="What it may do; can be given several times.",
)
@AS_JSON
def keys_command(file: Path, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make an API key and add its hash to FILE; the key itself is printed once and kept nowhere."""
    from suasion.serving.http.keys import add_key

    key = add_key(file, name, scopes)
    if as_json:
        print_json({"key": key, "name": name, "scopes": scopes, "file": file})
    else:
        click.echo(key)
