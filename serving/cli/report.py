"""The command that writes a report to hand on."""

from __future__ import annotations

from pathlib import Path

import click

from .options import AS_JSON, ask_of, asking, planning
from .output import print_json, working


@click.command(short_help="Write a report to hand on: whom to ask, and why.")
@asking
@planning
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="How many to ask.")
@click.option(
    "--review",
    "reviewed",
    is_flag=True,
    help="Add what the model promised and what came since it was trained.",
)
@click.option(
    "--out",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="File: .html, or .pdf where Chromium is installed; can be given twice.",
)
@AS_JSON
def command(
    data: str, model: Path, top: int, reviewed: bool, out: tuple[Path, ...], as_json: bool, **question: object
) -> None:
    """Write a report to hand on: who to ask and why, what the model is worth, its limits, the method."""
    with working("writing the report"):
        from suasion.serving.report import write_report

        write_report(data, model, ask_of(question), out, top=top, reviewed=reviewed)
    if as_json:
        print_json({"files": out})
    else:
        click.echo(f"The report is in {' and '.join(map(str, out))}.")
