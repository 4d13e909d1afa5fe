"""The command line: import, check, train, score, explain, simulate, features."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from suasion.features.check import open_tables
from suasion.features.errors import InputError, SuasionError

from . import report
from .candidates import Ask
from .explain import render, why
from .score import Scored, score

console = Console(highlight=False)


class _Moment(click.ParamType[datetime]):
    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="suasion")
def suasion() -> None:
    """Predict which influencers make people act, and say why in seven characteristics."""


@suasion.group(name="import")
def import_() -> None:
    """Read data from where it is into suasion's tables."""


@import_.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--site", help="Name of the site, used as brand; default: the name of the archive or folder.")
def stackexchange(source: Path, out: Path, site: str | None) -> None:
    """Read a Stack Exchange data dump: SOURCE is the .7z as published or a folder of its XML; OUT a folder."""
    from suasion.features.sources.stackexchange import read_dump

    with console.status("reading the dump"):
        told = read_dump(source, out, site=site)
    report.print_import(console, told, out)


@suasion.command()
@click.argument("data")
@click.option(
    "--quarantine",
    type=click.Path(path_type=Path),
    help="Folder for the rows set aside; default: quarantine in DATA.",
)
def check(data: str, quarantine: Path | None) -> None:
    """Say what is there, what is missing and what that costs, and what was set aside and why."""
    target = _quarantine(data, quarantine)
    with open_tables(data, quarantine=target) as tables:
        report.print_check(console, tables, target)


def _quarantine(data: str, given: Path | None) -> Path:
    return given or (Path(data) / "quarantine" if Path(data).is_dir() else Path("quarantine"))


@suasion.command()
@click.argument("data")
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
@click.option("--force", is_flag=True, help="Make it champion even if it does not beat the baselines.")
@click.option("--tracking-uri", help="MLflow server; default: an SQLite file beside the model.")
@click.option("--register", help="Name in MLflow's registry; default: the folder's name.")
@click.option("--no-tracking", is_flag=True, help="Leave MLflow out.")
@click.option("--memory-limit", help="DuckDB's limit, such as 4GB; it spills to disk beyond.")
def train(
    data: str,
    out: Path,
    until: datetime | None,
    seed: int,
    mix: bool,
    free: bool,
    quick: bool,
    without: tuple[str, ...],
    force: bool,
    tracking_uri: str | None,
    register: str | None,
    no_tracking: bool,
    memory_limit: str | None,
) -> None:
    """Train on past outcomes, judge the model forward in time beside the baselines, write and register it."""
    from suasion.features.tables import TABLES
    from suasion.training.fit import Settings
    from suasion.training.train import Options
    from suasion.training.train import train as run

    optional = [name for name, table in TABLES.items() if not table.needed]
    unknown = [name for name in without if name not in optional]
    if unknown:
        raise InputError(
            f"--without names {', '.join(unknown)}; tables that can be left out are {', '.join(optional)}."
        )
    options = Options(
        until=until,
        settings=Settings(mix=mix, directions=not free, seed=seed),
        quick=quick,
        force=force,
        track=not no_tracking,
        tracking_uri=tracking_uri,
        register=register,
        leave_out=frozenset(without),
        memory_limit=memory_limit,
    )
    with console.status("reading") as status:
        told = run(
            data, out, options, quarantine=_quarantine(data, None), say=lambda step: status.update(step)
        )
    report.print_run(console, told, out)


def _asking(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what to score."""
    for option in reversed(
        (
            click.argument("data"),
            click.option(
                "--model", required=True, type=click.Path(path_type=Path), help="Folder that train wrote."
            ),
            click.option("--campaign", help="Id of a campaign in the data."),
            click.option("--brief", help="Text of a new campaign."),
            click.option("--brand", help="Brand of a new campaign."),
            click.option("--category", help="Category of a new campaign."),
            click.option(
                "--as-of",
                type=MOMENT,
                help="Moment of decision; default: the candidate's, the campaign's start, or the data's end.",
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


def _ask(given: dict[str, Any], budget: float | None = None) -> Ask:
    offer = {name: given[name] for name in ("exposure", "fee", "discount") if given[name] is not None}
    for text in given["extra"]:
        name, _, number = text.partition("=")
        try:
            offer[name] = float(number)
        except ValueError:
            raise InputError(f"--offer {text!r} is not NAME=NUMBER, such as offer_bounty=50.") from None
    return Ask(
        given["campaign"], given["brief"], given["brand"], given["category"], given["as_of"], offer, budget
    )


def _score(given: dict[str, Any], budget: float | None = None) -> Scored:
    with console.status("scoring"):
        return score(given["data"], given["model"], _ask(given, budget))


@suasion.command(name="score")
@_asking
@click.option(
    "--budget", type=float, help="Mark whom to ask for the most expected conversions within this amount."
)
@click.option("--out", type=click.Path(path_type=Path), help="File for the scores: .parquet or .csv.")
@click.option("--top", default=10, show_default=True, help="Candidates shown.")
def score_(budget: float | None, out: Path | None, top: int, **given: Any) -> None:
    """Score the candidates of a campaign or of a new brief."""
    if out is not None and out.suffix not in (".parquet", ".csv"):
        raise InputError(f"--out {out} must end in .parquet or .csv.")
    told = _score(given, budget)
    if out is not None:
        report.write_scores(told.scores, out)
    report.print_scores(console, told, top, out)


@suasion.command()
@_asking
@click.option("--influencer", required=True, help="Id of the candidate to explain.")
def explain(influencer: str, **given: Any) -> None:
    """Show why one candidate scores as they do: the seven factors and the features behind each."""
    told = _score(given)
    console.print(render(why(told, influencer)))
    for note in told.notes:
        console.print(note, style="dim")


@suasion.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--influencers", default=800, show_default=True)
@click.option(
    "--campaigns", default=320, show_default=True, help="The last 20 have candidates and no outcomes yet."
)
@click.option("--picks", default=30, show_default=True, help="Influencers in each campaign.")
@click.option("--posts-per-week", default=1.2, show_default=True)
@click.option("--replies-per-post", default=1.0, show_default=True)
@click.option("--seed", default=0, show_default=True)
def simulate(out: Path, **sizes: Any) -> None:
    """Write a simulated world, with its truth beside it in truth/, to the folder OUT."""
    from suasion.training.world import World
    from suasion.training.world import simulate as run

    with console.status("simulating"):
        counts = run(World(**sizes), out)
    console.print(", ".join(f"{count:,} {name}" for name, count in counts.items()))


@suasion.command()
def features() -> None:
    """Print the table of features as Markdown."""
    from suasion.features.catalog import markdown

    click.echo(markdown(), nl=False)


def main() -> None:
    """Run the command line; an error suasion raises on purpose prints its text and exits with 2."""
    try:
        suasion(standalone_mode=False)
    except SuasionError as error:
        Console(stderr=True, highlight=False).print(
            f"suasion: {error}", style="red", markup=False, soft_wrap=True
        )
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)


if __name__ == "__main__":
    main()
