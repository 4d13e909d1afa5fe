"""The commands that train a model, and compare what it promised with what came."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from . import answers
from .ending import UNTRACKED
from .options import AS_JSON, DATA, MEMORY_LIMIT, MODEL, MOMENT, QUARANTINE, on_engine, quarantine_of
from .output import print_json, stdout, working


@click.command(short_help="Train on past outcomes, and judge the model forward in time.")
@DATA
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the model; replaced whole."
)
@click.option("--until", type=MOMENT, help="Use only outcomes known before this moment.")
@click.option("--seed", default=0, show_default=True, help="The same seed and data give the same model.")
@click.option(
    "--mix",
    is_flag=True,
    help="Let trees mix characteristics: factors are then SHAP sums, worked out tree by tree.",
)
@click.option("--free", is_flag=True, help="Do not hold trees to the declared directions.")
@click.option("--quick", is_flag=True, help="Leave out ablation, learning curve and variants.")
@click.option(
    "--without", multiple=True, metavar="TABLE", help="Treat a table as absent; can be given several times."
)
@click.option(
    "--settled",
    is_flag=True,
    help="Take counts of posts that were old enough as known then, though they were read later: an assumption.",
)
@click.option(
    "--goal", help="Learn from campaigns of this goal alone, such as purchase, where the data has several."
)
@click.option("--force", is_flag=True, help="Make it champion even if it does not beat the baselines.")
@click.option("--tracking-uri", help="MLflow server; default: an SQLite file beside the model.")
@click.option("--register", help="Name in MLflow's registry; default: the folder's name.")
@click.option("--no-tracking", is_flag=True, help="Leave MLflow out.")
@MEMORY_LIMIT
@click.option(
    "--space",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="MODEL",
    help="Use this model's text space and fit none: where posts keep vectors and no texts.",
)
@QUARANTINE
@on_engine
@AS_JSON
def train_command(
    data: str,
    out: Path,
    quarantine: Path | None,
    seed: int,
    mix: bool,
    free: bool,
    without: tuple[str, ...],
    no_tracking: bool,
    space: Path | None,
    as_json: bool,
    **options: Any,  # those that are called like a field of Options
) -> None:
    """Train on past outcomes, judge the model forward in time beside the baselines, write and register it."""
    with working("starting"):
        from suasion.training.bundle.folder import load
        from suasion.training.estimators.fit import Settings
        from suasion.training.train import Options, train

        settings = Settings(interactions=mix, monotonic=not free, random_state=seed)
        chosen = Options(settings=settings, track=not no_tracking, leave_out=frozenset(without), **options)
        fitted = load(space).fitted.space if space else None
        aside = quarantine_of(data, quarantine)
        # On Spark rows set aside go where all of it can write: beside --work, unless somebody says where.
        run = train(
            data, out, chosen, space=fitted, quarantine=aside if chosen.engine == "duckdb" else quarantine
        )
    if as_json:
        print_json(answers.trained(run, out))
    else:
        from .terminal.trained import print_run

        print_run(stdout(), run, out, aside)
    if run.untracked:
        click.get_current_context().exit(UNTRACKED)


@click.command(short_help="Compare what the model promised with what came since.")
@DATA
@MODEL
@click.option("--until", type=MOMENT, help="Use only outcomes known before this moment.")
@AS_JSON
def review_command(data: str, model: Path, until: datetime | None, as_json: bool) -> None:
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
