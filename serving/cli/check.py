"""The commands that say what data gives, and which features there are."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .options import AS_JSON, DATA, QUARANTINE, quarantine_of
from .output import print_json, stdout, working


@click.command(short_help="Say what data is there, what is missing, and what was set aside.")
@DATA
@QUARANTINE
@AS_JSON
def check_command(data: str, quarantine: Path | None, as_json: bool) -> None:
    """Say what is there, what is missing and what that costs, and what was set aside and why."""
    from suasion.features.sources.advice import advised, overlooked
    from suasion.features.tables.open import open_tables
    from suasion.serving.check import check

    target = quarantine_of(data, quarantine)
    with working("reading"), advised(data), open_tables(data, quarantine=target) as tables:
        checked = check(tables, target)
    if as_json:
        print_json({**checked.as_dict(), "to_import": overlooked(data)})
        return
    from .terminal.checked import print_check

    print_check(stdout(), checked)
    for line in overlooked(data):
        click.echo(f"Not a table as it is; this would read it: {line}")


@click.command(short_help="Print the table of features as Markdown.")
@AS_JSON
def features_command(as_json: bool) -> None:
    """Print the table of features as Markdown."""
    from suasion.features.engine.info import feature_info, markdown

    if as_json:
        rows = json.loads(feature_info().reset_index().to_json(orient="records"))
        print_json({"features": [{**row, "tables": row["tables"].split(", ")} for row in rows]})
    else:
        click.echo(markdown(), nl=False)
