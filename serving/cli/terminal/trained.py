"""What training says: how the model was judged, and whether it is worth using."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from suasion.features.tables.schema import FEATURELESS
from suasion.serving.explaining.explain import interval_name
from suasion.serving.explaining.wording import NULL, percent, points, ranking_words
from suasion.training.bundle.manifest import Ablation, Judged, Point, Settled
from suasion.training.evaluation.evaluate import SUASION
from suasion.training.train import Run

from .checked import print_unwritten
from .table import Column, Grid, between, dashed

KINDS = {"trees": "trees alone", "linear": "the Poisson regression", "blend": "trees on top of a regression"}


def print_run(console: Console, run: Run, out: Path, quarantine: Path) -> None:
    """Print how the model was judged, and whether it is worth using."""
    facts, evaluation = run.bundle.facts, run.bundle.evaluation
    for report in run.reports:
        if report.aside:
            console.print(
                f"{report.table}: {report.aside:,} rows set aside; suasion check tells why.", style="yellow"
            )
        if report.where is None and report.table not in FEATURELESS:
            console.print(f"no {report.table}: its features are missing.", style="yellow")
    print_unwritten(console, run.reports, quarantine)
    for who, figures in evaluation["judged"].items():
        print_figures(console, who, figures, run.bundle.interval.level)
    if evaluation.get("ablation"):
        print_ablation(console, evaluation["ablation"], evaluation.get("agreement", {}))
    if settled := evaluation.get("settled"):
        print_settled(console, settled)
    if evaluation.get("learning_curve"):
        print_curve(console, evaluation["learning_curve"])
    console.print(f"\n{run.verdict}", style="bold green" if run.beats else "bold red")
    console.print(
        f"Shipped: {KINDS[run.bundle.parts.kind]}, trained on {facts['outcomes']:,} outcomes "
        f"of {facts['influencers']:,} influencers in {facts['campaigns']:,} campaigns. It is in {out}."
    )
    if run.address:
        alias = ", now champion" if run.champion else ", not champion (use --force to make it so)"
        console.print(f"Registered in MLflow as {run.address}{alias}.")
    if run.untracked:
        console.print(run.untracked, style="bold red")


def print_figures(console: Console, who: str, figures: Judged, level: float) -> None:
    """Print the table of models for all judged outcomes or for newcomers, and the scale of what their rankings captured.

    ``level`` is the share that the interval is to hold.
    """
    ranking = figures["ranking"]
    of = "all" if who == "all" else "influencers with no earlier outcome"
    console.print()
    grid = Grid(
        list(_columns(figures)),
        title=f"Judged forward in time: {of}, {figures['rows']:,} outcomes of {figures['influencers']:,} influencers",
        legend=(
            f"Explained deviance: 0 is no better than {NULL}, 1 would be perfect. Less it: suasion's minus this model's. "
            "Ranges: 90 %, over influencers and campaigns. –: cannot be said."
        ),
    )
    grid.print(console, instead="evaluation.json in the model's folder has all figures.")
    if figures["absent"]:
        console.print(f" Not tried, since what they go by is not known: {', '.join(figures['absent'])}.")
    console.print(f" {ranking_words(ranking)}")
    if figures["coverage"] is not None:
        console.print(
            f" The {interval_name(level)} held {figures['coverage']:.0%} of them, and {figures['coverage_picked']:.0%} of those "
            "it would pick, the first 30 % of each campaign."
        )


def _columns(figures: Judged) -> list[Column]:
    """Return a row a model, the best first; a column of rank 0 stays however narrow the terminal is."""
    ordered = sorted(figures["models"].items(), key=lambda item: -item[1]["explained_deviance"])
    names = [Text(name, style="bold" if name == SUASION else "") for name, _ in ordered]
    models = [model for _, model in ordered]
    less = [figures["suasion_less"].get(name) for name, _ in ordered]
    of_less = ["" if one is None else f"{one['explained_deviance']:+.3f}" for one in less]
    range_of_less = ["" if one is None else between(one["explained_deviance_90"], "+.3f") for one in less]
    columns = [
        Column("model", names, kind="words"),
        Column("explained deviance", [f"{model['explained_deviance']:.3f}" for model in models]),
        Column("its range", [between(model["explained_deviance_90"], ".2f") for model in models], rank=4),
        Column("suasion less it", of_less, rank=1),
        Column("range of less", range_of_less, rank=5),
        Column("Spearman", [dashed(model["spearman"], ".2f") for model in models], rank=3),
        Column("NDCG", [dashed(model["ndcg"], ".2f") for model in models], rank=6),
        Column("captured by top 30\N{NO-BREAK SPACE}%", [percent(model["captured"]) for model in models]),
    ]
    if figures["ranking"]["most_followed"] is not None:
        gains = [points(model["gain_on_most_followed"]) for model in models]
        columns.append(Column("over most followed", gains, rank=2))
    ratios = [dashed(model["predicted_by_actual"], ",.2f") for model in models]
    columns.append(Column("predicted / actual", ratios, rank=1))
    if "auc" in figures["models"][SUASION]:
        columns.append(Column("AUC", [f"{model['auc']:.3f}" for model in models], rank=2))
        columns.append(Column("range of AUC", [between(model["auc_90"], ".2f") for model in models], rank=6))
    return columns


def print_ablation(console: Console, added: Ablation, agreement: Mapping[str, float]) -> None:
    """Print what each characteristic and each table adds, and how alike two halves of the campaigns tell each factor."""
    rows = [
        (name if kind == "characteristic" else f"table {name}", value)
        for kind, part in added.items()
        for name, value in part.items()
    ]
    console.print()
    Grid(
        [
            Column("left out", [name for name, _ in rows], kind="words"),
            Column("features", [f"{value['features']:,}" for _, value in rows], rank=4),
            Column("adds to explained deviance", [f"{value['adds']:+.4f}" for _, value in rows]),
            Column(
                "90\N{NO-BREAK SPACE}% range",
                [between(value["adds_90"], "+.4f") for _, value in rows],
                rank=1,
            ),
            Column("halves agree", [dashed(agreement.get(name), ".2f") for name, _ in rows], rank=3),
            Column("verdict", [_verdict(*value["adds_90"]) for _, value in rows], kind="words"),
        ],
        title="What each adds: explained deviance lost when it is left out",
        legend="Halves agree: concordance of the factor in two models, each of every other campaign; 1 is the same."
        if agreement
        else "",
    ).print(console)


def print_settled(console: Console, settled: Settled) -> None:
    """Print how well the model does with and without the counts that were taken as settled."""
    console.print(
        f"\nCounts of old posts are taken as settled: explained deviance {settled['explained_deviance']:.3f} with them and {settled['without']:.3f} "
        f"without, {settled['adds']:+.3f} (90 % {between(settled['adds_90'], '+.3f')}). What an old post gained from a campaign is among them: "
        "suasion check says how much counts still grew at that age."
    )


def _verdict(low: float, high: float) -> str:
    return "adds" if low > 0 else "costs" if high < 0 else "may be chance"


def print_curve(console: Console, curve: list[Point]) -> None:
    """Print how well the model does by the number of outcomes it learns from."""
    console.print()
    Grid(
        [
            Column("outcomes trained on", [f"{point['outcomes']:,}" for point in curve]),
            Column("explained deviance", [dashed(point["explained_deviance"], ".3f") for point in curve]),
            Column("past average", [dashed(point["past_average"], ".3f") for point in curve]),
        ],
        title="Learning curve",
    ).print(console)
