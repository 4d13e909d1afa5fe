"""The commands that ask a model: score, plan, explain, report and change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from suasion.features.errors import InputError

from . import answers
from .options import AS_JSON, MOMENT, ask_of, asking, names_in, on_engine, planning, together
from .output import as_document, print_json, stdout, working

if TYPE_CHECKING:
    from suasion.serving.scoring.plan.plan import Plan


@click.command(short_help="Score the candidates of a campaign or of a new brief.")
@asking
@planning
@click.option("--out", help="File for the scores: .parquet, .csv or .xlsx; with Spark, a folder.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Candidates shown.")
@on_engine
@AS_JSON
def score_command(
    data: str,
    model: Path,
    out: str | None,
    top: int,
    engine: str,
    work: str | None,
    as_json: bool,
    **question: object,
) -> None:
    """Score the candidates of a campaign or of a new brief."""
    with working("starting"):
        if engine != "duckdb":
            if out is None:
                raise InputError("--engine spark needs --out, the folder for the scores.")
            from suasion.serving.scoring.spark import score_on_spark

            answer = score_on_spark(data, model, ask_of(question), out, engine=engine, work=work)
        else:
            from suasion.serving.scoring.score import score
            from suasion.serving.scoring.write import check_name, write_scores

            if out is not None:
                check_name(Path(out))
            answer = score(data, model, ask_of(question))
            if out is not None:
                write_scores(answer.scores, Path(out))
    if as_json:
        print_json(answers.scored(answer, top, out))
        return
    from .terminal.scored import print_scores

    print_scores(stdout(), answer, top, out)


def _names(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for text in value for name in names_in(text)))


several = partial(click.option, metavar="NAMES", multiple=True, callback=_names)
limiting = together(
    click.option("--target", type=float, help="Find the cheapest people who are expected to bring so many conversions."),
    several("--must", help="Ask these in any case: ids, accounts or handles, between commas."),
    several("--not", "never", help="Do not ask these."),
    click.option("--most-fee", type=float, help="The most that one person may cost."),
    click.option("--most-posts", type=int, help="Choose how many posts each is asked for, up to so many; default: as agreed."),
    click.option("--at-most", type=int, help="How many may be of one platform."),
    click.option("--min-new", type=int, default=0, help="How many must have no past outcome."),
    several("--platforms", help="Ask on these only, between commas."),
    click.option("--explore", type=int, default=0, help="Places held for people to learn from, picked by chance."),
    click.option("--seen", type=float, help="Share of an audience that sees a post, such as 0.3: whoever follows several counts once."),
)  # fmt: skip


@click.command(short_help="Say whom to ask within a budget, or for a target.")
@asking
@planning
@limiting
@click.option("--out", type=click.Path(path_type=Path), help="File for the plan: .csv, .xlsx or .json.")
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    help="File (.jsonl) to which who is asked, with what chance and forecast, is appended.",
)
@AS_JSON
def plan_command(
    data: str, model: Path, out: Path | None, log: Path | None, as_json: bool, **question: object
) -> None:
    """Say whom to ask within a budget, or for a target: what may come of it, and what would change it.

    \b
        suasion plan mydata --model models/mine --brief "Iced coffee" --budget 20000 --must @anna --at-most 2
        suasion plan mydata --model models/mine --brief "Iced coffee" --target 500
    """  # noqa: D301 - click reads the sign that \b is
    if out is not None and out.suffix not in (".csv", ".xlsx", ".json"):
        raise InputError(f"--out {out} must end in .csv, .xlsx or .json.")
    if log is not None and log.suffix != ".jsonl":
        raise InputError(f"--log {log} must end in .jsonl.")
    if question["budget"] is None and question["target"] is None:
        raise InputError("A plan needs --budget, an amount of money, or --target, a number of conversions.")
    with working("starting"):
        from suasion.serving.scoring.plan.document import planned
        from suasion.serving.scoring.score import score

        scored = score(data, model, ask_of(question))
        answer = {**planned(scored), "file": out}
        if out is not None and scored.plan is not None:
            _write(scored.plan, answer, out)
        if log is not None and scored.plan is not None:
            scored.plan.log(log)
    if as_json:
        print_json(answer)
        return
    from .terminal.planned import print_plan

    print_plan(stdout(), scored, out)


def _write(plan: Plan, answer: dict[str, object], out: Path) -> None:
    from suasion.features.tables.files import whole_file
    from suasion.serving.scoring.write import write_sheet

    table = plan.table.assign(currency=plan.currency) if plan.currency else plan.table
    with whole_file(out) as partial:
        if out.suffix == ".csv":
            table.to_csv(partial, index=False, encoding="utf-8")
        elif out.suffix == ".xlsx":
            write_sheet(table, "plan", out, partial)
        else:
            partial.write_text(as_document(answer), encoding="utf-8")


@click.command(short_help="Show why one candidate scores as they do.")
@asking
@click.option("--influencer", required=True, help="The candidate to explain: id, account or handle.")
@AS_JSON
def explain_command(data: str, model: Path, influencer: str, as_json: bool, **question: object) -> None:
    """Show why one candidate scores as they do: the seven factors and the features behind each."""
    with working("starting"):
        from suasion.serving.explaining.explain import render, why
        from suasion.serving.scoring.score import score

        scored = score(data, model, ask_of(question))
    if as_json:
        print_json(answers.explained(scored, influencer))
        return
    from .terminal.scored import print_banner

    console, explanation = stdout(), why(scored, influencer)
    print_banner(console, scored.banner)
    console.print(render(explanation, console.width))
    for note in scored.notes:
        console.print(note, style="dim")


@click.command(short_help="Write a report to hand on: whom to ask, and why.")
@asking
@planning
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="How many to ask.")
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
    help="File: .html, .xlsx, or .pdf where Chromium is installed; can be given several times.",
)
@AS_JSON
def report_command(
    data: str, model: Path, top: int, reviewed: bool, out: tuple[Path, ...], as_json: bool, **question: object
) -> None:
    """Write a report to hand on: who to ask and why, what the model is worth, its limits, the method."""
    with working("writing the report"):
        from suasion.serving.report import write_report

        write_report(data, model, ask_of(question), out, top=top, reviewed=reviewed)
    if as_json:
        print_json({"files": out})
    else:
        click.echo(f"The report is in {' and '.join(map(str, out))}.")


@click.command(short_help="Say why a score changed between two dates or two models.")
@asking
@click.option("--influencer", required=True, help="Whose score changed: id, account or handle.")
@click.option("--to-as-of", type=MOMENT, help="The later moment of decision; default: --as-of for both.")
@click.option(
    "--to-model", type=click.Path(path_type=Path), help="The later model; default: --model for both."
)
@AS_JSON
def change_command(
    data: str,
    model: Path,
    influencer: str,
    to_as_of: datetime | None,
    to_model: Path | None,
    as_json: bool,
    **question: object,
) -> None:
    """Say why a score changed between two dates, two models, or both: by factor, and by data and model."""
    with working("scoring twice"):
        from suasion.serving.explaining.compare import compare

        ask = ask_of(question)
        asks = (ask, replace(ask, as_of=to_as_of or ask.as_of))
        models = (model, to_model or model)
        change = compare(data, models, asks, influencer)
    if as_json:
        print_json(change.as_dict())
        return
    from .terminal.changed import print_change
    from .terminal.scored import print_banner

    console = stdout()
    print_banner(console, change.banner)
    print_change(console, change)
