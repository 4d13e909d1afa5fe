"""The command that says whom to ask, within what, or for what."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from suasion.features.errors import InputError

from .options import AS_JSON, ask_of, asking, names_in, planning, together
from .output import as_document, print_json, stdout, working

if TYPE_CHECKING:
    from suasion.serving.scoring.plan.plan import Plan


def _names(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for text in value for name in names_in(text)))


names = partial(click.option, metavar="NAMES", multiple=True, callback=_names)
limits = together(
    click.option("--target", type=float, help="Find the cheapest people who are expected to bring so many conversions."),
    names("--must", help="Ask these in any case: ids, accounts or handles, between commas."),
    names("--not", "never", help="Do not ask these."),
    click.option("--most-fee", type=float, help="The most that one person may cost."),
    click.option("--at-most", type=int, help="How many may be of one platform."),
    click.option("--min-new", type=int, default=0, help="How many must have no past outcome."),
    names("--platforms", help="Ask on these only, between commas."),
    click.option("--explore", type=int, default=0, help="Places held for people to learn from, picked by chance."),
    click.option("--seen", type=float, help="Share of an audience that sees a post, such as 0.3: whoever follows several counts once."),
)  # fmt: skip


@click.command(short_help="Say whom to ask within a budget, or for a target.")
@asking
@planning
@limits
@click.option("--out", type=click.Path(path_type=Path), help="File for the plan: .csv or .json.")
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    help="File (.jsonl) to which who is asked, with what chance and forecast, is appended.",
)
@AS_JSON
def command(
    data: str, model: Path, out: Path | None, log: Path | None, as_json: bool, **question: object
) -> None:
    r"""Say whom to ask within a budget, or for a target: what may come of it, and what would change it.

    \b
        suasion plan mydata --model models/mine --brief "Iced coffee" --budget 20000 --must @anna --at-most 2
        suasion plan mydata --model models/mine --brief "Iced coffee" --target 500
    """
    if out is not None and out.suffix not in (".csv", ".json"):
        raise InputError(f"--out {out} must end in .csv or .json.")
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

    with whole_file(out) as partial:
        if out.suffix == ".csv":
            plan.table.to_csv(partial, index=False, encoding="utf-8")
        else:
            partial.write_text(as_document(answer), encoding="utf-8")
