"""The command line as people run it: in a process of its own, with an environment and places of its own; and its commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

SUASION = (sys.executable, "-m", "suasion.serving.cli.main")


def environment(**changes: str | None) -> dict[str, str]:
    """Return this process's environment with changes; None takes a variable out."""
    variables: dict[str, str | None] = {**os.environ, "COLUMNS": "160", **changes}
    return {name: value for name, value in variables.items() if value is not None}


def suasion(
    *args: str | Path, env: Mapping[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end and return its code and what it printed."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(
        [*SUASION, *map(str, args)], env=env or environment(), check=False, **{**streams, **options}
    )


def commands_of(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and all below it, each with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands_of(below, (*path, name))


def small_data(folder: Path, outcomes: int = 4) -> Path:
    """Write two campaigns and some outcomes, the least that is data, into a new folder."""
    folder.mkdir(parents=True)
    (folder / "campaigns.csv").write_text(
        "campaign_id,brand,category,brief,starts_at,ends_at\n"
        "c1,b,coffee,cold brew,2022-01-01,2022-01-21\nc2,b,coffee,cold brew,2022-02-01,2022-02-21\n"
    )
    rows = [f"c{1 + n % 2},p{n},1,{n}" for n in range(outcomes)]
    (folder / "outcomes.csv").write_text(
        "campaign_id,influencer_id,exposure,conversions\n" + "\n".join(rows) + "\n"
    )
    return folder


def to_nine_digits(value: Any) -> Any:
    """Return a document whose numbers have nine digits: the last ones hang on the order in which threads add up."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {name: to_nine_digits(one) for name, one in value.items()}
    return [to_nine_digits(one) for one in value] if isinstance(value, list) else value
