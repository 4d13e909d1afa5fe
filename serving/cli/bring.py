"""What the commands that import share: their options, and the import itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from suasion.features.errors import InputError

from . import answers
from .options import AS_JSON, MOMENT, together
from .output import print_json, stdout, working

if TYPE_CHECKING:
    from suasion.features.sources.reading.source import Imported, Source
    from suasion.features.text.withheld import Sealer

ACCOUNT = click.option(
    "--account",
    metavar="NAME",
    help="Whose the exports are, which they do not say: a name, a profile's address or an id.",
)
HOW = together(
    click.option(
        "--read-at",
        type=MOMENT,
        help="When the exports were made: followers are as of then. Default: when each file was last changed.",
    ),
    click.option(
        "--pseudonymise",
        is_flag=True,
        help="Keep no id, only its HMAC with the secret in SUASION_SECRET, and no names of people.",
    ),
    click.option(
        "--no-text", is_flag=True, help="Keep no texts and no addresses in them; relevance is lost with them."
    ),
    click.option(
        "--drop-texts",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        metavar="MODEL",
        help="Keep no texts, only their vectors in the text space of this model.",
    ),
    AS_JSON,
)
"""The options that every import has."""
PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
OUT = click.argument("out", type=click.Path(path_type=Path, file_okay=False))


def bring(
    source: Source,
    paths: tuple[Path, ...],
    out: Path,
    *,
    read_at: datetime | None,
    pseudonymise: bool,
    no_text: bool,
    drop_texts: Path | None,
    as_json: bool,
    account: str | None = None,
    extras: tuple[str, ...] = (),
) -> None:
    """Import, as the options above say, and say what was imported."""
    with working("starting"):
        from suasion.features.privacy.optout import Pseudonyms
        from suasion.features.sources.reading.source import run_import

        result = run_import(
            source,
            paths,
            out,
            read_at=read_at,
            extras=extras,
            pseudonyms=Pseudonyms.from_environment() if pseudonymise else None,
            texts=not no_text,
            seal=_sealer(drop_texts) if drop_texts else None,
            account=account,
        )
    nothing = (
        f"{result.nothing} was imported. {_remedy(result, sheet=source.strict)}" if result.nothing else ""
    )
    if as_json:
        if nothing:
            raise InputError(nothing)
        print_json(answers.imported(result, out))
        return
    from .terminal.imported import print_imported

    print_imported(stdout(), result, out, read_at is not None)
    if nothing:
        raise InputError(nothing)


def _sealer(model: Path) -> Sealer:
    from suasion.features.text.withheld import Sealer
    from suasion.training.bundle.folder import load

    return Sealer(load(model).fitted.space)


def _remedy(result: Imported, *, sheet: bool) -> str:
    """Return the line that would mend an import of which nothing came in, or no outcome; columns are named in sheets alone."""
    empty = [landed for landed in result.tables if landed.aside == landed.staged]
    reasons = [reason for landed in empty for reason, _ in landed.reasons] + [r for r, _ in result.broken]
    if not reasons:
        return "The files hold no row of this source: see --help for how to get the export."
    where = f" (all rows are in {result.quarantine})" if result.quarantine else ""
    return f"Mend this first: {reasons[0]}{where}{', or name another column with --map' * sheet}."
