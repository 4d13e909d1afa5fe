"""Options that several commands share: what to score, as of when, on which engine, and how the answer is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NotRequired, TypedDict

import click

from suasion.features.errors import InputError
from suasion.features.tables.schema import extra_name

if TYPE_CHECKING:
    from suasion.serving.scoring.candidates import Ask


class _Moment(click.ParamType[datetime]):
    name = "TIME"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no time; write 2019-06-01 or 2019-06-01T12:30:00 (UTC, or with an offset).",
                param,
                ctx,
            )
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


MOMENT = _Moment()
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


def setting_aside(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that says where rows set aside are written."""
    return click.option(
        "--quarantine",
        type=click.Path(path_type=Path),
        help="Folder for the rows set aside; default: quarantine in DATA.",
    )(command)


def quarantine_of(data: str, chosen: Path | None) -> Path:
    """Return the folder for rows set aside: the one that was given, or one in the data or the folder one is in."""
    return chosen or (Path(data) / "quarantine" if Path(data).is_dir() else Path("quarantine"))


def on_engine(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say on which engine features are built."""
    engine = click.option(
        "--engine",
        default="duckdb",
        show_default=True,
        callback=_engine,
        help="duckdb, spark, or the address of a Spark Connect server (sc://host:15002).",
    )
    work = click.option(
        "--work",
        metavar="ADDRESS",
        help="Folder that all of Spark can write to; default: a temporary one, right where all of Spark runs here.",
    )
    return engine(work(command))


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


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what to score."""
    for option in reversed(
        (
            DATA,
            MODEL,
            click.option("--campaign", help="Id of a campaign in the data."),
            click.option("--brief", help="Text of a new campaign."),
            click.option("--brand", help="Brand of a new campaign."),
            click.option("--category", help="Category of a new campaign."),
            click.option(
                "--goal", help="What counts as a conversion in it; default: what the model learned from."
            ),
            click.option(
                "--country", help="Where people can act as asked: codes of countries, such as DE,AT."
            ),
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
    ):
        command = option(command)
    return command


def planning(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say among whom to choose, what may be spent, and what a conversion is worth."""
    budget = click.option(
        "--budget",
        type=float,
        help="Choose whom to ask for the most expected conversions within this amount, and stop where it does not pay.",
    )
    value = click.option(
        "--value", type=float, help="What a conversion is worth; default: its revenue in past outcomes."
    )
    listed = click.option(
        "--influencers",
        type=click.File(encoding="utf-8-sig"),
        callback=names_of,
        metavar="FILE",
        help="Score these only: ids, accounts or handles, one a line or between commas; - reads them from stdin.",
    )
    return listed(budget(value(command)))


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


class Question(TypedDict):
    """The values of the options of :func:`asking`, and, where a command has them, of :func:`planning` and those of a plan."""

    data: str
    model: Path
    campaign: str | None
    brief: str | None
    brand: str | None
    category: str | None
    goal: str | None
    country: str | None
    as_of: datetime | None
    ends_at: datetime | None
    days: float | None
    exposure: float | None
    fee: float | None
    discount: float | None
    extra: tuple[str, ...]
    budget: NotRequired[float | None]
    value: NotRequired[float | None]
    influencers: NotRequired[tuple[str, ...]]
    target: NotRequired[float | None]
    must: NotRequired[tuple[str, ...]]
    never: NotRequired[tuple[str, ...]]
    most_fee: NotRequired[float | None]
    at_most: NotRequired[int | None]
    min_new: NotRequired[int]
    platforms: NotRequired[tuple[str, ...]]
    explore: NotRequired[int]
    seen: NotRequired[float | None]


def ask_of(question: Question) -> Ask:
    """Return what the options ask."""
    from suasion.serving.scoring.candidates import Ask
    from suasion.serving.scoring.plan.limits import Limits

    agreed = (
        ("exposure", question["exposure"]),
        ("fee", question["fee"]),
        ("discount", question["discount"]),
    )
    offer = {name: value for name, value in agreed if value is not None}
    for text in question["extra"]:
        name, _, number = text.partition("=")
        name = extra_name(name) if name.lower().startswith("offer_") else name
        if name in offer:
            raise InputError(f"{name} was offered twice. Give it once.")
        try:
            offer[name] = float(number)
        except ValueError:
            raise InputError(f"--offer {text!r} is not NAME=NUMBER, such as offer_bounty=50.") from None
    said: dict[str, Any] = {**question, "offer": offer}  # values of whatever type their option has
    limits = {field.name: said[field.name] for field in fields(Limits) if field.name in said}
    return Ask(**{f.name: said[f.name] for f in fields(Ask) if f.name in said}, limits=Limits(**limits))
