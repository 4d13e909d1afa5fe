"""The command that takes the words out of posts and leaves their vectors."""

from __future__ import annotations

import os
from pathlib import Path

import click

from .options import AS_JSON, FOLDER
from .output import print_json


@click.command(name="drop-texts", short_help="Keep vectors of posts, and no words.")
@FOLDER
@click.option(
    "--model",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder that train wrote: vectors are in its text space.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_JSON
def command(data: Path, model: Path, yes: bool, as_json: bool) -> None:
    """Put vectors in the place of the texts of posts in the folder DATA, for good.

    Features are what they were: how near a post is to a brief, whether it asks, whether it criticises. Words are gone, of rows set aside and of the
    store (SUASION_STORE) as well, and no other text space can be made: later models are trained with --space, and imports
    need --drop-texts. What a post was about can still be told from its vector. Exports that were imported are yours to delete.
    """
    if not yes:
        click.confirm(f"The texts in {data} will be gone. Go on?", abort=True, err=True)
    from suasion.features.privacy.drop_texts import drop_texts
    from suasion.features.text.withheld import Sealer
    from suasion.training.bundle.folder import load

    store = os.environ.get("SUASION_STORE")
    dropped = drop_texts(data, Sealer(load(model).fitted.space), Path(store) if store else None)
    if as_json:
        print_json(vars(dropped))
        return
    click.echo(f"{dropped.texts:,} texts are vectors now.")
    if dropped.aside:
        click.echo(f"{dropped.aside:,} rows that had been set aside lost their words.")
    if dropped.kept_tables:
        click.echo(f"{dropped.kept_tables:,} kept tables were removed from the store.")
    click.echo(
        f"From now on: suasion train {data} --space {model}, and suasion import … --drop-texts {model}."
    )
