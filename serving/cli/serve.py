"""The command that serves scores, explanations and the page."""

from __future__ import annotations

from pathlib import Path

import click

from suasion.features.errors import InputError

from .options import MEMORY_LIMIT, MODEL, PREVIOUS


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
def command(
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
    loopback = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
    if host not in loopback and keyfile is None:
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
        hosts=frozenset(allow_host) | loopback,
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
