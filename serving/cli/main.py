"""The command line: every command of suasion, each a thin door to the module that does the work."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from suasion.features.errors import InputError
from suasion.features.sources.advice import advised, overlooked
from suasion.features.tables.files import whole_file
from suasion.features.tables.open import open_tables
from suasion.serving.explaining.explain import render, why
from suasion.serving.scoring.score import Scored, score

from . import terminal
from .accounts import who
from .attribute import attribute
from .console import console
from .drop_texts import drop_texts
from .ending import UNTRACKED, run_command
from .forget import forget
from .imports import import_
from .options import MOMENT, Once, ask_of, asking, on_engine, planning, quarantine_of, setting_aside


@click.group(cls=Once, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="suasion")
def suasion() -> None:
    """Predict which influencers make people act, and say why in seven characteristics."""


suasion.add_command(import_)
suasion.add_command(attribute)
suasion.add_command(forget)
suasion.add_command(who)
suasion.add_command(drop_texts)


@suasion.command()
@click.argument("data")
@setting_aside
def check(data: str, quarantine: Path | None) -> None:
    """Say what is there, what is missing and what that costs, and what was set aside and why."""
    target = quarantine_of(data, quarantine)
    status = console.status("reading")
    opened = open_tables(data, quarantine=target, say=lambda step: status.update(step))
    with status, advised(data), opened as tables:
        status.stop()
        terminal.print_check(console, tables, target)
    for line in overlooked(data):
        console.print(f"Not a table as it is; this would read it: {line}", soft_wrap=True)


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
@click.option(
    "--space",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="MODEL",
    help="Use this model's text space and fit none: where posts keep vectors and no texts.",
)
@setting_aside
@on_engine
def train(
    data: str,
    out: Path,
    quarantine: Path | None,
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
    space: Path | None,
    engine: str,
    work: str | None,
) -> None:
    """Train on past outcomes, judge the model forward in time beside the baselines, write and register it."""
    from suasion.training.bundle.folder import load
    from suasion.training.estimators.fit import Settings
    from suasion.training.train import Options
    from suasion.training.train import train as run

    options = Options(
        until=until,
        settings=Settings(interactions=mix, monotonic=not free, random_state=seed),
        quick=quick,
        force=force,
        track=not no_tracking,
        tracking_uri=tracking_uri,
        register=register,
        leave_out=frozenset(without),
        memory_limit=memory_limit,
        engine=engine,
        work=work,
    )
    aside = quarantine_of(data, quarantine)
    with console.status("reading") as status:
        told = run(
            data,
            out,
            options,
            space=load(space).fitted.space if space else None,
            quarantine=aside,
            say=lambda step: status.update(step),
        )
    terminal.print_run(console, told, out, aside)
    if told.untracked:
        click.get_current_context().exit(UNTRACKED)


def _score(given: dict[str, Any], budget: float | None = None, value: float | None = None) -> Scored:
    with console.status("scoring") as status:
        return score(
            given["data"], given["model"], ask_of(given, budget, value), say=lambda step: status.update(step)
        )


@suasion.command(name="score")
@asking
@planning
@click.option("--out", help="File for the scores: .parquet or .csv; with Spark, a folder.")
@click.option("--top", default=10, show_default=True, help="Candidates shown.")
@on_engine
def score_(
    budget: float | None,
    value: float | None,
    out: str | None,
    top: int,
    engine: str,
    work: str | None,
    **given: Any,
) -> None:
    """Score the candidates of a campaign or of a new brief."""
    if engine != "duckdb":
        from suasion.serving.scoring.spark import score_on_spark

        if out is None:
            raise InputError("--engine spark needs --out, the folder for the scores.")
        with console.status("scoring on Spark") as status:
            told = score_on_spark(
                *(given["data"], given["model"], ask_of(given, budget, value), out),
                engine=engine,
                work=work,
                say=lambda step: status.update(step),
            )
        terminal.print_scores(console, told, top, out)
        return
    _score_here(given, budget, value, Path(out) if out else None, top)


def _score_here(
    given: dict[str, Any], budget: float | None, value: float | None, out: Path | None, top: int
) -> None:
    if out is not None and out.suffix not in (".parquet", ".csv"):
        raise InputError(f"--out {out} must end in .parquet or .csv.")
    told = _score(given, budget, value)
    if out is not None:
        terminal.write_scores(told.scores, out)
    terminal.print_scores(console, told, top, out)


@suasion.command()
@asking
@click.option("--influencer", required=True, help="The candidate to explain: id, account or handle.")
def explain(influencer: str, **given: Any) -> None:
    """Show why one candidate scores as they do: the seven factors and the features behind each."""
    told = _score(given)
    terminal.print_banner(console, told.banner)
    console.print(render(why(told, influencer)))
    for note in told.notes:
        console.print(note, style="dim")


@suasion.command()
@asking
@planning
@click.option("--top", default=10, show_default=True, help="How many to ask.")
@click.option(
    "--review",
    "reviewed",
    is_flag=True,
    help="Add what the model promised and what came since it was trained.",
)
@click.option(
    "--out",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="File: .html, or .pdf where Chromium is installed; can be given twice.",
)
def report(
    budget: float | None,
    value: float | None,
    top: int,
    reviewed: bool,
    out: tuple[Path, ...],
    **given: Any,
) -> None:
    """Write a report to hand on: who to ask and why, what the model is worth, its limits, the method."""
    from suasion.serving.report import write_report

    with console.status("writing the report"):
        write_report(
            given["data"], given["model"], ask_of(given, budget, value), out, top=top, reviewed=reviewed
        )
    console.print(f"The report is in {' and '.join(map(str, out))}.")


@suasion.command()
@asking
@click.option("--influencer", required=True, help="Whose score changed: id, account or handle.")
@click.option("--to-as-of", type=MOMENT, help="The later moment of decision; default: --as-of for both.")
@click.option(
    "--to-model", type=click.Path(path_type=Path), help="The later model; default: --model for both."
)
def change(influencer: str, to_as_of: datetime | None, to_model: Path | None, **given: Any) -> None:
    """Say why a score changed between two dates, two models, or both: by factor, and by data and model."""
    from suasion.serving.explaining.score_change import change as compare
    from suasion.serving.explaining.score_change import check_two, hold_offer
    from suasion.serving.explaining.score_change import render as rendered
    from suasion.serving.loaded import name_of
    from suasion.serving.scoring.ranking import Board
    from suasion.serving.scoring.score import open_session

    asks = (ask_of(given), ask_of({**given, "as_of": to_as_of or given["as_of"]}))
    models = (given["model"], to_model or given["model"])
    check_two((asks[0], models[0]), (asks[1], models[1]))
    with console.status("scoring twice"), open_session(given["data"], models[0]) as first:
        before, after, assumed = hold_offer(first.tables, *asks)
        asks = (before, after)
        boards = [[Board(ask, first.score(ask), name_of(ask), {}) for ask in asks]]
        if models[1] == models[0]:
            boards.append(boards[0])
        else:
            with open_session(given["data"], models[1]) as second:
                boards.append([Board(ask, second.score(ask), name_of(ask), {}) for ask in asks])
        last = boards[1][1].scored
        who = str(last.scores["influencer_id"].iloc[last.place(influencer)])
        told = compare(((boards[0][0], boards[0][1]), (boards[1][0], boards[1][1])), who, assumed=assumed)
    terminal.print_banner(console, last.banner)
    console.print(rendered(told))


@suasion.command()
@click.argument("data")
@click.option("--model", required=True, type=click.Path(path_type=Path), help="Folder that train wrote.")
@click.option("--until", type=MOMENT, help="Use only outcomes known before this moment.")
@click.option("--out", type=click.Path(path_type=Path), help="File for all figures, as JSON.")
def review(data: str, model: Path, until: datetime | None, out: Path | None) -> None:
    """Say what the model promised of outcomes known since it was trained, what came, and whether to train again."""
    import json

    from suasion.training.bundle.folder import load
    from suasion.training.evaluation.review import review as compare

    bundle = load(model)
    with console.status("comparing promise and outcome"), open_tables(data) as tables:
        told = compare(tables, bundle, until=until)
    if out is not None:
        with whole_file(out) as partial:
            partial.write_text(json.dumps(told.as_dict(), indent=1) + "\n", encoding="utf-8")
    terminal.print_review(console, told)
    if out is not None:
        console.print(f"All figures are in {out}.")


@suasion.command()
@click.option("--model", required=True, type=click.Path(path_type=Path), help="Folder that train wrote.")
@click.option("--data", required=True, help="Data as for score.")
@click.option(
    "--previous", type=click.Path(path_type=Path), help="An earlier model, to say why scores changed."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; others than loopback need --keys.",
)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--keys", "keyfile", type=click.Path(path_type=Path), help="File of API keys that `suasion keys` wrote."
)
@click.option(
    "--allow-host", multiple=True, metavar="NAME", help="Name under which the service may be reached."
)
@click.option(
    "--root-path",
    default="",
    metavar="PATH",
    help="Path the service stands under behind a proxy, such as /suasion; whether the proxy takes it off or not.",
)
@click.option(
    "--trust-proxy",
    multiple=True,
    metavar="ADDRESS",
    help="Address or network of a proxy whose X-Forwarded-Prefix, -Proto, -Host and -For are believed; can be given several times.",
)
@click.option("--per-minute", default=6000, show_default=True, help="Requests of one key; 0 for no limit.")
@click.option("--seconds", default=30.0, show_default=True, help="Time until a request is told to ask again.")
@click.option("--body", default=8 * 2**20, show_default=True, help="Largest body, in bytes.")
@click.option("--memory-limit", help="DuckDB's limit, such as 4GB; it spills to disk beyond.")
def serve(
    model: Path,
    data: str,
    previous: Path | None,
    host: str,
    port: int,
    keyfile: Path | None,
    allow_host: tuple[str, ...],
    root_path: str,
    trust_proxy: tuple[str, ...],
    per_minute: int,
    seconds: float,
    body: int,
    memory_limit: str | None,
) -> None:
    """Serve scores, explanations and the page over HTTP."""
    from suasion.serving.http.keys import Keys
    from suasion.serving.http.limits import Limits
    from suasion.serving.http.place import networks
    from suasion.serving.http.place import root_path as clean
    from suasion.serving.http.server import LOOPBACK, run
    from suasion.serving.loaded import Engine

    if host not in LOOPBACK and keyfile is None:
        raise InputError(
            f"--host {host} is open to others: give --keys FILE (made by `suasion keys FILE --name NAME`), or listen on 127.0.0.1."
        )
    names = frozenset(allow_host) | LOOPBACK
    limits = Limits(
        body=body,
        per_minute=per_minute,
        seconds=seconds,
        hosts=names,
        root=clean(root_path),
        proxies=networks(trust_proxy),
    )
    keys = Keys.read(keyfile) if keyfile else None
    run(lambda: Engine(data, model, previous, memory_limit=memory_limit), host, port, limits, keys)


@suasion.command(name="keys")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Who the key is for; stands in the log.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("read", "score"),
    show_default=True,
    type=click.Choice(["read", "score", "admin"]),
    help="What it may do; can be given several times.",
)
def keys_(file: Path, name: str, scopes: tuple[str, ...]) -> None:
    """Make an API key and add its hash to FILE; the key itself is printed once and kept nowhere."""
    from suasion.serving.http.keys import add_key

    click.echo(add_key(file, name, scopes))


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
    from suasion.training.datasets.people import World
    from suasion.training.datasets.simulated import simulate as run

    with console.status("simulating"):
        counts = run(World(**sizes), out)
    console.print(", ".join(f"{count:,} {name}" for name, count in counts.items()))


@suasion.command()
def features() -> None:
    """Print the table of features as Markdown."""
    from suasion.features.engine.info import markdown

    click.echo(markdown(), nl=False)


def main() -> None:
    """Run the command line and end with its code: see :mod:`suasion.serving.cli.ending`."""
    sys.exit(run_command(suasion, sys.argv[1:]))


if __name__ == "__main__":
    main()
