"""What scoring says: the best candidates with their factors, and how that may be read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.text import Text

from suasion.features import GROUPS
from suasion.serving.explaining.charts import count as figure
from suasion.serving.explaining.explain import CAUTION
from suasion.serving.scoring.candidates import BRIEF
from suasion.serving.scoring.score import Scored, probability_of
from suasion.serving.scoring.write import formulas

from .table import Column, Grid, dashed, fit

SHORT = dict(zip(GROUPS, ("off", "rel", "frq", "ref", "cnv", "rep", "con", "mom"), strict=True))


def interval_heading(scored: Scored) -> str:
    """Return the heading of the interval: the share of outcomes that it is to hold."""
    return f"{scored.bundle.interval.level * 100:g}\N{NO-BREAK SPACE}%"


def print_banner(console: Console, banner: Sequence[str]) -> None:
    """Print what changes how an answer may be read: above one that fills the screen, and below a table, where the eye rests."""
    for sentence in banner:
        console.print(f"! {sentence}", style="bold yellow")


def print_scores(console: Console, scored: Scored, top: int, out: Path | str | None) -> None:
    """Print the best candidates with their factors."""
    best = scored.scores.head(top)
    interval = interval_heading(scored)
    columns = _columns(best, interval, scored.currency, short=False)
    short = bool(fit(columns, console.width)[1])
    if short:
        columns = _columns(best, interval, scored.currency, short=True)
    left = [column.heading for column in fit(columns, console.width)[0]]
    grid = Grid(columns, legend=_legend(best, short, bounded=interval in left))
    grid.print(console, instead=f"{out or '--out FILE, or --json,'} has them.")
    first = best.iloc[0]
    whose = "the brief" if first["campaign_id"] == BRIEF else f"campaign {first['campaign_id']}"
    console.print(
        f" × base {figure(float(first['base']))} × exposure; {scored.count:,} candidate{'s' * (scored.count != 1)} of {whose}, "
        f"as of {first['as_of']:%Y-%m-%d %H:%M} UTC."
    )
    print_banner(console, scored.banner)
    for note in scored.notes:
        console.print(f" {note}", style="dim")
    console.print(f" {CAUTION}", style="italic")
    if out is not None:
        console.print(f" All of them are in {out}.")
        if str(out).endswith(".csv") and (some := formulas(scored.scores)):
            console.print(
                f" {some:,} ids in it begin with one of = + - @ and stand as they are: bring the file into a spreadsheet as text, "
                "or write .xlsx or .parquet.",
                style="yellow",
            )


def _columns(scores: pd.DataFrame, interval: str, currency: str, *, short: bool) -> list[Column]:
    """Return a row a candidate; money goes first where there is no room, then what moved the score least."""
    expected, low, high = scores["expected_conversions"], scores["low"], scores["high"]
    chances = [
        probability_of(*values) for values in zip(expected, scores["exposure"], low, high, strict=True)
    ]
    binary = any(chance is not None for chance in chances)
    marked = zip(scores["influencer_id"], scores["outside"], strict=True)
    columns = [
        Column("influencer", [f"{who}{' *' if outside else ''}" for who, outside in marked], kind="name"),
        Column("expected", [dashed(value, ",.2f") for value in expected]),
        Column("probability", [dashed(chance, ".2f") for chance in chances], rank=1)
        if binary
        else Column(interval, intervals_of(scores), rank=1),
    ]
    factors = {group: scores[group].to_list() for group in GROUPS}
    moved = sorted(GROUPS, key=lambda group: -_moves(factors[group]))
    for group in GROUPS:
        heading = SHORT[group] if short else group
        columns.append(
            Column(heading, [_factor(value) for value in factors[group]], rank=2 + moved.index(group))
        )
    for name, form in (("fee", ",.0f"), ("cost_per_conversion", ",.2f")):
        if name in scores:
            cells = [dashed(value, form) for value in scores[name]]
            columns.append(Column(f"{name.replace('_', ' ')} {currency}".rstrip(), cells, rank=20))
    if "ask" in scores:
        columns.append(Column("ask", [Text("yes" if ask else "", style="bold") for ask in scores["ask"]]))
    return columns


def _moves(factors: Iterable[float]) -> float:
    """Return how far a factor is from 1 at most, on the log scale."""
    return max((abs(math.log(factor)) for factor in factors if factor > 0), default=0.0)


def _factor(factor: float) -> Text:
    style = "green" if factor > 1.1 else "red" if factor < 0.9 else ""
    return Text("<0.01" if 0 < factor < 0.005 else dashed(factor, ",.2f"), style=style)


def intervals_of(scores: pd.DataFrame) -> list[str]:
    """Return the intervals of scores in words."""
    return [
        "–"
        if not math.isfinite(low)
        else f"{figure(low)}–{figure(high)}"
        if math.isfinite(high)
        else f"≥{figure(low)}"
        for low, high in zip(scores["low"], scores["high"], strict=True)
    ]


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
