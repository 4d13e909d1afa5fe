"""What scoring says: the best candidates with their factors, and how that may be read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from suasion.features import GROUPS
from suasion.serving.explaining.charts import count as figure
from suasion.serving.explaining.explain import CAUTION
from suasion.serving.scoring.score import Scored, probability_of
from suasion.serving.scoring.write import formulas

from .table import Column, Grid, dashed, fit

SHORT = dict(zip(GROUPS, ("off", "rel", "frq", "ref", "cnv", "rep", "con", "mom"), strict=True))

INTERVAL = "90\N{NO-BREAK SPACE}%"
"""Heading of the interval."""


def print_banner(console: Console, banner: Sequence[str]) -> None:
    """Print what changes how an answer may be read: above one that fills the screen, and below a table, where the eye rests."""
    for sentence in banner:
        console.print(f"! {sentence}", style="bold yellow", markup=False)


def print_scores(console: Console, told: Scored, top: int, out: Path | str | None) -> None:
    """Print the best candidates with their factors."""
    shown = told.scores.head(top)
    columns = _columns(shown, short=False)
    short = bool(fit(columns, console.width)[1])
    if short:
        columns = _columns(shown, short=True)
    left = [column.heading for column in fit(columns, console.width)[0]]
    grid = Grid(columns, legend=_legend(shown, short, bounded=INTERVAL in left))
    grid.print(console, instead=f"{out or '--out FILE, or --json,'} has them.")
    first = shown.iloc[0]
    console.print(
        f" × base {figure(float(first['base']))} × exposure; {told.count:,} candidates of campaign {first['campaign_id']}, "
        f"as of {first['as_of']:%Y-%m-%d %H:%M} UTC."
    )
    print_banner(console, told.banner)
    for note in told.notes:
        console.print(f" {note}", style="dim", markup=False)
    console.print(f" {CAUTION}", style="italic")
    if out is not None:
        console.print(f" All of them are in {out}.")
        if str(out).endswith(".csv") and (some := formulas(told.scores)):
            console.print(
                f" {some:,} ids in it begin with one of = + - @ and stand as they are: bring the file into a spreadsheet as text, "
                "or write .xlsx or .parquet.",
                style="yellow",
            )


def _columns(scores: pd.DataFrame, *, short: bool) -> list[Column]:
    """Return a row a candidate; money goes first where there is no room, then what moved the score least."""
    rows: list[dict[str, Any]] = scores.to_dict("records")  # type: ignore[assignment]
    chances = [
        probability_of(row["expected_conversions"], row["exposure"], row["low"], row["high"]) for row in rows
    ]
    binary = any(chance is not None for chance in chances)
    names = [f"{row['influencer_id']}{' *' if row['outside'] else ''}" for row in rows]
    columns = [
        Column("influencer", names, kind="name"),
        Column("expected", [dashed(row["expected_conversions"], ",.2f") for row in rows]),
        Column(
            "probability" if binary else INTERVAL,
            [dashed(chance, ".2f") for chance in chances] if binary else [interval_of(row) for row in rows],
            rank=1,
        ),
    ]
    moved = sorted(GROUPS, key=lambda group: -_moves(row[group] for row in rows))
    for group in GROUPS:
        heading = SHORT[group] if short else group
        columns.append(Column(heading, [_factor(row[group]) for row in rows], rank=2 + moved.index(group)))
    for name, form in (("fee", ",.0f"), ("cost_per_conversion", ",.2f")):
        if name in scores:
            cells = [dashed(row[name], form) for row in rows]
            columns.append(Column(name.replace("_", " "), cells, rank=20))
    if "ask" in scores:
        columns.append(Column("ask", [Text("yes" if row["ask"] else "", style="bold") for row in rows]))
    return columns


def _moves(factors: Iterable[float]) -> float:
    """Return how far a factor is from 1 at most, on the log scale."""
    return max((abs(math.log(factor)) for factor in factors if factor > 0), default=0.0)


def _factor(factor: float) -> Text:
    style = "green" if factor > 1.1 else "red" if factor < 0.9 else ""
    return Text("<0.01" if 0 < factor < 0.005 else dashed(factor, ",.2f"), style=style)


def interval_of(row: dict[str, Any]) -> str:
    """Return the interval of a score in words."""
    if not math.isfinite(row["low"]):
        return "–"
    low = figure(row["low"])
    return f"{low}–{figure(row['high'])}" if math.isfinite(row["high"]) else f"≥{low}"


def _legend(scores: pd.DataFrame, short: bool, *, bounded: bool) -> str:
    """Return what the marks in the table mean, those that stand in it."""
    said = []
    if short:
        said.append(", ".join(f"{SHORT[group]} {group}" for group in GROUPS) + ".")
    if (scores["outside"] != "").any():
        said.append("*: outside what training saw in some feature.")
    if bounded and (scores["high"] == math.inf).any():
        said.append("≥: no upper bound, for want of influencers to learn it from.")
    return " ".join(said)
