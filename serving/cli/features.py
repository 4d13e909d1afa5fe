"""The command that lists the features."""

from __future__ import annotations

import json

import click

from .options import AS_JSON
from .output import print_json


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
