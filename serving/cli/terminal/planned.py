"""What a plan says: the sentence first, then who is asked and why, and who nearly is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from suasion.features.tables.files import RISKY
from suasion.serving.explaining.charts import count
from suasion.serving.scoring.plan.plan import Plan
from suasion.serving.scoring.plan.sentence import figure
from suasion.serving.scoring.score import Scored

from .scored import interval_heading, intervals_of, print_banner
from .table import Column, Grid, dashed


def print_plan(console: Console, scored: Scored, out: Path | None) -> None:
    """Print a plan."""
    plan = scored.plan
    assert plan is not None
    print_banner(console, scored.banner)
    first, *rest = plan.sentences
    console.print(first, style="bold")
    chosen, near = plan.table[plan.table["ask"]], plan.table[~plan.table["ask"]]
    if len(chosen):
        console.print()
        Grid(_columns(plan, chosen, interval_heading(scored)), legend=_legend(chosen)).print(
            console, instead="--json and --out have them."
        )
    if len(near):
        console.print()
        Grid(_near(plan, near), title="Not asked, though near").print(
            console, instead="--json and --out have them."
        )
    console.print()
    for sentence in rest:
        console.print(f" {sentence}")
    for note in scored.notes:
        if note not in plan.sentences:
            console.print(f" {note}", style="dim")
    if out is not None:
        console.print(f" The plan is in {out}.")
        names = plan.table[["influencer_id", "handle"]].stack().astype(str)
        if out.suffix == ".csv" and (some := int(names.str.startswith(RISKY).sum())):
            console.print(
                f" {some:,} names in it begin with one of = + - @ and stand as they are: bring the file into a spreadsheet as text.",
                style="yellow",
            )


def _columns(plan: Plan, rows: pd.DataFrame, interval: str) -> list[Column]:
    expected = rows["expected_conversions"]
    columns = [
        Column("ask", [plan.called(who) for who in rows["influencer_id"]], kind="name"),
        Column(f"fee {plan.currency}".rstrip(), [dashed(fee, ",.0f") for fee in rows["fee"]]),
    ]
    if plan.posts is not None:
        columns.append(Column("posts", [count(number) for number in rows["posts"]]))
    if np.isfinite(rows["usual_low"]).any():
        usual = zip(rows["usual_low"], rows["usual_high"], strict=True)
        columns.append(Column("usual fee", [f"{low:,.0f}–{high:,.0f}" for low, high in usual], rank=5))
    if np.isfinite(rows["pays_up_to"]).any():
        columns.append(Column("pays up to", [dashed(price, ",.0f") for price in rows["pays_up_to"]], rank=1))
    columns.append(Column("expected", [figure(value) for value in expected]))
    if (rows["adds"] < 0.995 * expected).any():
        columns.append(Column("adds", [figure(value) for value in rows["adds"]], rank=4))
    if np.isfinite(rows["low"]).any():
        columns.append(Column(interval, intervals_of(rows), rank=3))
    columns.append(Column("cost each", [count(cost) for cost in rows["cost_per_conversion"]], rank=6))
    if _has_certainty(rows):
        pairs = zip(rows["certainty"], rows["chance"], strict=True)
        certain = [f"{words} ({chance:.0%})" if isinstance(words, str) else "–" for words, chance in pairs]
        columns.append(Column("among the best", certain, rank=2, kind="words"))
    columns.append(Column("why", list(rows["why"]), rank=5, kind="words"))
    return columns


def _near(plan: Plan, rows: pd.DataFrame) -> list[Column]:
    return [
        Column("influencer", [plan.called(who) for who in rows["influencer_id"]], kind="name"),
        Column(f"fee {plan.currency}".rstrip(), [dashed(fee, ",.0f") for fee in rows["fee"]]),
        Column("expected", [figure(value) for value in rows["expected_conversions"]]),
        Column("asked up to", [_price(price) for price in rows["asked_up_to"]]),
        Column("why not", list(rows["why"]), rank=1, kind="words"),
    ]


def _has_certainty(rows: pd.DataFrame) -> bool:
    return any(isinstance(words, str) for words in rows["certainty"])


def _price(price: float | None) -> str:
    return "–" if price is None or math.isnan(price) else f"{math.floor(price + 1e-6):,}"


def _legend(rows: pd.DataFrame) -> str:
    if not _has_certainty(rows):
        return ""
    best = "the largest" if len(rows) == 1 else f"among the {len(rows)} largest"
    return f"Among the best: the chance that what comes of them is {best} of all candidates."
