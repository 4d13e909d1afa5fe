"""The command that says why a score changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from .options import AS_JSON, MOMENT, ask_of, asking
from .output import print_json, stdout, working


@click.command(short_help="Say why a score changed between two dates or two models.")
@asking
@click.option("--influencer", required=True, help="Whose score changed: id, account or handle.")
@click.option("--to-as-of", type=MOMENT, help="The later moment of decision; default: --as-of for both.")
@click.option(
    "--to-model", type=click.Path(path_type=Path), help="The later model; default: --model for both."
)
@AS_JSON
def command(
    data: str,
    model: Path,
    influencer: str,
    to_as_of: datetime | None,
    to_model: Path | None,
    as_json: bool,
    **question: object,
) -> None:
    """Say why a score changed between two dates, two models, or both: by factor, and by data and model."""
    with working("scoring twice"):
        from suasion.serving.explaining.compare import compare

        ask = ask_of(question)
        asks = (ask, replace(ask, as_of=to_as_of or ask.as_of))
        models = (model, to_model or model)
        change = compare(data, models, asks, influencer)
    if as_json:
        print_json(change.as_dict())
        return
    from .terminal.changed import print_change
    from .terminal.scored import print_banner

    console = stdout()
    print_banner(console, change.banner)
    print_change(console, change)
