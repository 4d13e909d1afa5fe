"""The command that makes API keys."""

from __future__ import annotations

from pathlib import Path

import click

from .options import AS_JSON
from .output import print_json


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
def command(file: Path, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make an API key and add its hash to FILE; the key itself is printed once and kept nowhere."""
    from suasion.serving.http.keys import add_key

    key = add_key(file, name, scopes)
    if as_json:
        print_json({"key": key, "name": name, "scopes": scopes, "file": file})
    else:
        click.echo(key)
