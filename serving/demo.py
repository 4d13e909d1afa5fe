"""The main job on a simulated world, start to end: what `suasion demo` runs.

Because the world knows the truth, the demo ends by asking what picking by suasion would have brought.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.rule import Rule

from suasion.features.tables.open import open_tables
from suasion.serving.explaining.explain import render, why
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import Scored, open_session
from suasion.training.datasets.people import FUTURE, World
from suasion.training.datasets.simulated import simulate
from suasion.training.train import Options, train

from .check import check
from .cli.output import stdout, working
from .cli.terminal.checked import print_check
from .cli.terminal.scored import print_scores
from .cli.terminal.trained import print_run
from .report import write_report

WORLD = World(influencers=500, campaigns=180, picks=25)
PICKED, FORECAST = 10, 5
"""Influencers picked in each campaign, and campaigns."""


def run(folder: Path) -> None:
    """Simulate, check, train, score a campaign to come, explain its best candidate, and compare with the truth."""
    console = stdout()
    data, model = folder / "world", folder / "models" / "world"

    console.print(Rule("1. A world: influencers, their audiences, past campaigns"))
    counts = simulate(WORLD, data)
    console.print(", ".join(f"{count:,} {name}" for name, count in counts.items()) + f"; in {data}")

    console.print(Rule("2. suasion check: what is there, and what it gives"))
    with open_tables(data) as tables:
        print_check(console, check(tables, data / "quarantine"))

    console.print(Rule("3. suasion train: learn from past outcomes, judge forward in time"))
    campaigns, until = to_come(data, WORLD)
    console.print(
        f"From outcomes known before {until:%Y-%m-%d}, when the first of the campaigns below is decided."
    )
    with working("training"):
        run = train(data, model, Options(until=until))
    print_run(console, run, model, data / "quarantine")

    console.print(Rule(f"4. suasion score: campaign {campaigns[0]}, which has no outcomes yet"))
    with open_session(data, model) as session:
        scored = [session.score(Ask(campaign=campaign)) for campaign in campaigns]
    print_scores(console, scored[0], PICKED, None)

    console.print(Rule("5. suasion explain: why the best of them"))
    best = str(scored[0].scores["influencer_id"].iloc[0])
    console.print(render(why(scored[0], best), console.width))

    console.print(Rule("6. suasion report: one file to hand on"))
    write_report(data, model, Ask(campaign=campaigns[0]), [folder / "report.html"], top=PICKED)
    console.print(f"It is in {folder / 'report.html'}.")
    console.print(f"The page: suasion serve {data} --model {model}, then open http://127.0.0.1:8000")

    console.print(Rule("7. What the world knows, and training never read"))
    _truth(console, data, scored)


def to_come(data: Path, world: World) -> tuple[list[str], datetime]:
    """Return the campaigns to forecast, and the first moment at which one of them is decided: what is known later is not learned from."""
    names = [f"c{number:04d}" for number in range(world.campaigns - FUTURE, world.campaigns)][:FORECAST]
    candidates = pd.read_parquet(data / "candidates.parquet", columns=["campaign_id", "decided_at"])
    first = candidates.loc[candidates["campaign_id"].isin(names), "decided_at"].min()
    return names, first.to_pydatetime()


def _truth(console: Console, data: Path, scored: list[Scored]) -> None:
    truth = pd.read_parquet(data / "truth" / "truth.parquet")
    picked: dict[str, float] = dict.fromkeys(
        ("suasion's top", "the most followed", "the best there are"), 0.0
    )
    for answer in scored:
        table = answer.scores.merge(truth, on=["campaign_id", "influencer_id"], suffixes=("", "_true"))
        true = "expected_conversions_true"
        picked["suasion's top"] += table.nlargest(PICKED, "expected_conversions")[true].sum()
        picked["the most followed"] += table.nlargest(PICKED, "followers")[true].sum()
        picked["the best there are"] += table.nlargest(PICKED, true)[true].sum()
    console.print(f"True expected conversions of {PICKED} picked in each of {len(scored)} campaigns to come:")
    for name, conversions in picked.items():
        console.print(
            f"  {name:20} {conversions:8,.0f}   {conversions / picked['the most followed']:.2f} × the most followed"
        )
