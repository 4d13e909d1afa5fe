"""The commands that take out a person, or the words of all posts, and say what is left to do."""

from __future__ import annotations

import os
from pathlib import Path

import click

from .options import AS_JSON, FOLDER
from .output import print_json, stdout


@click.command(short_help="Take people out of data, and keep them out.")
@FOLDER
@click.argument("ids", nargs=-1, required=True)
@click.option(
    "--models",
    default="models",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of models, at any depth, of which those that learned from them are listed.",
)
@click.option(
    "--log",
    "logs",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Log of plans, or file of notes (.sqlite), that does not lie in DATA; may be given several times.",
)
@AS_JSON
def forget_command(
    data: Path, ids: tuple[str, ...], models: Path, logs: tuple[Path, ...], as_json: bool
) -> None:
    """Take people, by their ids, out of the folder DATA, its quarantine, what was fetched, logs of plans, notes typed on the page, and the store (SUASION_STORE).

    Their ids go on DATA/opt-out.txt, which every import and every later run honours. Models that learned from their outcomes are listed:
    train those again.
    """
    from suasion.features.privacy.forget import forget
    from suasion.features.privacy.optout import OPT_OUT
    from suasion.training.bundle.learned_from import models_with

    forgotten = forget(data, ids, logs)
    trained = models_with((*forgotten.ids, *ids), models) if models.is_dir() else []
    if as_json:
        print_json({**vars(forgotten), "opt_out": data / OPT_OUT, "models": trained})
        return
    console = stdout()
    for table, count in forgotten.rows.items():
        console.print(f"removed: {count:,} rows of {table}")
    done = {
        "cleared: {:,} times the posts of others said which of theirs they answered or shared": forgotten.answers,
        "changed: {:,} rows of others that named their handle or an address of theirs": forgotten.named,
        "removed: {:,} rows that had been set aside and may be about them": forgotten.aside,
        "removed: {:,} saved answers of services about them or in which they are named": forgotten.fetched,
        "removed: {:,} lines about them in logs of plans": forgotten.decisions,
        "removed: {:,} notes on them that were typed on the page": forgotten.notes,
    }
    for words, count in done.items():
        if count:
            console.print(words.format(count))
    if forgotten.texts or forgotten.kept_tables:
        console.print(
            f"removed from the store: what was worked out from {forgotten.texts:,} texts, and {forgotten.kept_tables:,} kept tables"
        )
    if not (forgotten.rows or forgotten.aside or forgotten.fetched or forgotten.decisions or forgotten.notes):
        console.print(f"{', '.join(forgotten.ids)}: there was nothing in {data}.")
    console.print(
        f"{', '.join(forgotten.ids)} {'is' if len(forgotten.ids) == 1 else 'are'} on {data / OPT_OUT}: no later run sees their rows."
    )
    if trained:
        console.print(
            f"Trained with them, and to be trained again: {', '.join(map(str, trained))}.", style="yellow"
        )
    elif models.is_dir():
        console.print(f"No model in {models} was trained with their outcomes.")
    else:
        console.print(
            f"There is no folder {models}: name the one your models are in with --models, to see which learned from them.",
            style="yellow",
        )
    console.print(
        "What others wrote about them in plain words cannot be found. A platform's export on your disk still holds them, and so may reports, "
        "scores and plans that you wrote to files."
    )


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
def drop_texts_command(data: Path, model: Path, yes: bool, as_json: bool) -> None:
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
