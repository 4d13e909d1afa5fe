"""What the commands that import share: their options, and the import itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

import click

from suasion.features.errors import InputError

from .options import MOMENT
from .output import print_json, stdout, working

if TYPE_CHECKING:
    from suasion.features.sources.reading.source import Imported, Source
    from suasion.features.text.withheld import Sealer

READ_AT = click.option(
    "--read-at",
    type=MOMENT,
    help="When the exports were made: followers are as of then. Default: when each file was last changed.",
)
ACCOUNT = click.option(
    "--account",
    metavar="NAME",
    help="Whose the exports are, which they do not say: a name, a profile's address or an id.",
)
CURRENCY = click.option(
    "--currency", metavar="CODE", help="Of amounts whose export does not say it, such as EUR."
)
PRIVATE = (
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
)
PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
OUT = click.argument("out", type=click.Path(path_type=Path, file_okay=False))


class How(TypedDict):
    """The values of the options above."""

    read_at: datetime | None
    pseudonymise: bool
    no_text: bool
    drop_texts: Path | None
    as_json: bool
    account: NotRequired[str | None]
    currency: NotRequired[str | None]


def bring(
    source: Source, paths: tuple[Path, ...], out: Path, how: How, *, extras: tuple[str, ...] = ()
) -> None:
    """Import, and say what was imported."""
    with working("starting"):
        from suasion.features.privacy.optout import Pseudonyms
        from suasion.features.sources.reading.source import run_import

        result = run_import(
            source,
            paths,
            out,
            read_at=how["read_at"],
            extras=extras,
            pseudonyms=Pseudonyms.from_environment() if how["pseudonymise"] else None,
            texts=not how["no_text"],
            seal=_sealer(how["drop_texts"]) if how["drop_texts"] else None,
            account=how.get("account"),
            currency=how.get("currency"),
        )
    nothing = (
        f"{result.nothing} was imported. {_remedy(result, sheet=source.strict)}" if result.nothing else ""
    )
    if how["as_json"]:
        if nothing:
            raise InputError(nothing)
        from .answers import imported

        print_json(imported(result, out))
        return
    from .terminal.imported import print_imported

    print_imported(stdout(), result, out, how["read_at"] is not None)
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
    if not reasons and result.ignored:
        held = ", ".join(f"{count:,} {what}" for what, count in result.ignored[:2])
        return f"The files hold only what is not read: {held}. See --help for how to get the export."
    if not reasons:
        return "The files hold no row of this source: see --help for how to get the export."
    where = f" (all rows are in {result.quarantine})" if result.quarantine else ""
    return f"Mend this first: {reasons[0]}{where}{', or name another column with --map' * sheet}."
