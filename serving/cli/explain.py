"""The command that explains a score."""

from __future__ import annotations

from pathlib import Path

import click

from . import answers
from .options import AS_JSON, ask_of, asking
from .output import print_json, stdout, working


@click.command(short_help="Show why one candidate scores as they do.")
@asking
@click.option("--influencer", required=True, help="The candidate to explain: id, account or handle.")
@AS_JSON
def command(data: str, model: Path, influencer: str, as_json: bool, **question: object) -> None:
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
