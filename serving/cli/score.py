"""The command that scores candidates."""

from __future__ import annotations

from pathlib import Path

import click

from suasion.features.errors import InputError

from . import answers
from .options import AS_JSON, ask_of, asking, on_engine, planning
from .output import print_json, stdout, working


@click.command(short_help="Score the candidates of a campaign or of a new brief.")
@asking
@planning
@click.option("--out", help="File for the scores: .parquet, .csv or .xlsx; with Spark, a folder.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Candidates shown.")
@on_engine
@AS_JSON
def command(
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
