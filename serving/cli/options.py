"""Options that several commands share: what to score, as of when, on which engine, and how the answer is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from suasion.features.errors import InputError
from suasion.features.tables.schema import extra_name

if TYPE_CHECKING:
    from suasion.serving.scoring.candidates import Ask


Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def _moment(value: str | datetime) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no time; write 2019-06-01 or 2019-06-01T12:30:00 (UTC, or with an offset)."
        ) from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


MOMENT = click.types.FuncParamType(_moment)
MOMENT.name = "TIME"
DATA = click.argument("data")
"""Where tables are: a folder, a DuckDB file, or the address of a database."""
FOLDER = click.argument("data", type=click.Path(path_type=Path))
"""The same for commands that write into it: a folder."""
MODEL = click.option(
    "--model", required=True, type=click.Path(path_type=Path), help="Folder that train wrote."
)
AS_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Answer as one JSON document, whose fields docs/cli.md lists."
)
PREVIOUS = click.option(
    "--previous", type=click.Path(path_type=Path), help="An earlier model, to say why scores changed."
)
MEMORY_LIMIT = click.option("--memory-limit", help="DuckDB's limit, such as 4GB; it spills to disk beyond.")
QUARANTINE = click.option(
    "--quarantine",
    type=click.Path(path_type=Path),
    help="Folder for the rows set aside; default: quarantine in DATA.",
)


def together(*options: Decorator) -> Decorator:
    """Return options as one, in the order in which help lists them."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def quarantine_of(data: str, chosen: Path | None) -> Path:
    """Return the folder for rows set aside: the one that was given, or one in the data or the folder one is in."""
    return chosen or (Path(data) / "quarantine" if Path(data).is_dir() else Path("quarantine"))


def _engine(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value not in ("duckdb", "spark") and not value.startswith("sc://"):
        raise InputError(
            f"--engine {value} is none of duckdb, spark, and an address such as sc://host:15002."
        )
    if value != "duckdb" and find_spec("pyspark") is None:
        raise InputError(
            f"--engine {value} needs PySpark, which is not installed: pip install 'suasion[spark]'."
        )
    return value


on_engine = together(
    click.option(
        "--engine",
        default="duckdb",
        show_default=True,
        callback=_engine,
        help="duckdb, spark, or the address of a Spark Connect server (sc://host:15002).",
    ),
    click.option(
        "--work",
        metavar="ADDRESS",
        help="Folder that all of Spark can write to; default: a temporary one, right where all of Spark runs here.",
    ),
)
"""The options that say on which engine features are built."""


def names_of(context: click.Context, parameter: click.Parameter, value: IO[str] | None) -> tuple[str, ...]:
    """Return the names in the file that an option was given; none where it was not."""
    if value is None:
        return ()
    try:
        names = names_in(value.read())
    except UnicodeDecodeError as error:
        raise InputError(f"--influencers {value.name} is not UTF-8 text. Save it as UTF-8.") from error
    if not names:
        raise InputError(
            "--influencers names nobody: write ids, accounts or handles, one a line or between commas."
        )
    return names


def names_in(text: str) -> tuple[str, ...]:
    r"""Return the names in a pasted list, each once: one a line, or between commas or semicolons.

    >>> names_in(" @anna, x:12;\n\n bob \n@anna")
    ('@anna', 'x:12', 'bob')
    """
    return tuple(
        dict.fromkeys(name for part in re.split("[,;\n\r\t]", text) if (name := part.strip().strip("\"'")))
    )


influencers = partial(
    click.option, "--influencers", type=click.File(encoding="utf-8-sig"), callback=names_of, metavar="FILE"
)
"""The option that takes a list of people from a file; each command says in its help what becomes of them."""
asking = together(
    DATA,
    MODEL,
    click.option("--campaign", help="Id of a campaign in the data."),
    click.option("--brief", help="Text of a new campaign."),
    click.option("--brand", help="Brand of a new campaign."),
    click.option("--category", help="Category of a new campaign."),
    click.option("--goal", help="What counts as a conversion in it; default: what the model learned from."),
    click.option("--country", help="Where people can act as asked: codes of countries, such as DE,AT."),
    click.option(
        "--as-of",
        type=MOMENT,
        help="Moment of decision; default: the candidate's, the campaign's start, or the data's end.",
    ),
    click.option("--ends-at", type=MOMENT, help="When a new campaign ends."),
    click.option(
        "--days", type=float, help="How many days it lasts; default: the median of known campaigns."
    ),
    click.option("--exposure", type=float, help="Calls to be made."),
    click.option("--fee", type=float, help="Fee of each candidate."),
    click.option("--discount", type=float, help="Discount offered, as a share."),
    click.option(
        "--offer",
        "extra",
        multiple=True,
        metavar="NAME=NUMBER",
        help="An extra column of the offer, such as offer_bounty=50.",
    ),
)
"""The options that say what to score."""
planning = together(
    influencers(
        help="Score these only: ids, accounts or handles, one a line or between commas; - reads them from stdin."
    ),
    click.option(
        "--budget",
        type=float,
        help="Choose whom to ask for the most expected conversions within this amount, and stop where it does not pay.",
    ),
    click.option(
        "--value", type=float, help="What a conversion is worth; default: its revenue in past outcomes."
    ),
)
"""The options that say among whom to choose, what may be spent, and what a conversion is worth."""


def ask_of(question: Mapping[str, Any]) -> Ask:  # values of whatever type their option has
    """Return what the options of :data:`asking` ask and, where a command has them, those of :data:`planning` and of a plan."""
    from suasion.serving.scoring.candidates import Ask

    agreed = {name: question[name] for name in ("exposure", "fee", "discount")}
    offer = {name: value for name, value in agreed.items() if value is not None}
    for text in question["extra"]:
        name, _, number = text.partition("=")
        name = extra_name(name) if name.lower().startswith("offer_") else name
        if name in offer:
            raise InputError(f"{name} was offered twice. Give it once.")
        try:
            offer[name] = float(number)
        except ValueError:
            raise InputError(f"--offer {text!r} is not NAME=NUMBER, such as offer_bounty=50.") from None
    return Ask.of({**question, "offer": offer})
