"""The command that compares what a model promised with what came."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from .options import AS_JSON, DATA, MODEL, MOMENT
from .output import print_json, stdout, working


@click.command(short_help="Say what the model promised, what came, and whether to train again.")
@DATA
@MODEL
@click.option("--until", type=MOMENT, help="Use only outcomes known before this moment.")
@AS_JSON
def command(data: str, model: Path, until: datetime | None, as_json: bool) -> None:
    """Say what the model promised of outcomes known since it was trained, what came, and whether to train again."""
    with working("comparing promise and outcome"):
        from suasion.features.tables.open import open_tables
        from suasion.training.bundle.folder import load
        from suasion.training.evaluation.review import review

        bundle = load(model)
        with open_tables(data) as tables:
            result = review(tables, bundle, until=until)
    if as_json:
        print_json(result.as_dict())
        return
    from .terminal.reviewed import print_review

    print_review(stdout(), result)
