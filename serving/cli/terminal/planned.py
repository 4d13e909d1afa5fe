"""What a plan says: the sentence first, then who is asked and why, and who nearly is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from rich.console import Console

from suasion.features.tables.files import RISKY
from suasion.serving.explaining.charts import count
from suasion.serving.scoring.plan.plan import Plan
from suasion.serving.scoring.plan.sentence import figure
from suasion.serving.scoring.score import Scored

from .scored import INTERVAL, interval_of, print_banner
from .table import Column, Grid, dashed


def print_plan(console: Console, told: Scored, out: Path | None) -> None:
    """Print a plan."""
    plan = told.plan
    assert plan is not None
    print_banner(console, told.banner)
    first, *rest = plan.sentences
    console.print(first, style="bold")
    rows: list[dict[str, Any]] = plan.table.to_dict("records")  # type: ignore[assignment]
    asked = [row for row in rows if row["ask"]]
    if asked:
        console.print()
        Grid(_columns(plan, asked), legend=_legend(asked)).print(
            console, instead="--json and --out have them."
        )
    near = [row for row in rows if not row["ask"]]
    if near:
        console.print()
        Grid(_near(plan, near), title="Not asked, though near").print(
            console, instead="--json and --out have them."
        )
    console.print()
    for sentence in rest:
        console.print(f" {sentence}")
    for note in told.notes:
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


def _columns(plan: Plan, rows: list[dict[str, Any]]) -> list[Column]:
    columns = [
        Column("ask", [plan.called(row["influencer_id"]) for row in rows], kind="name"),
        Column("fee", [dashed(row["fee"], ",.0f") for row in rows]),
    ]
    if any(math.isfinite(row["usual_low"]) for row in rows):
        columns.append(Column("usual fee", [_usual(row) for row in rows], rank=5))
    if any(math.isfinite(row["pays_up_to"]) for row in rows):
        columns.append(Column("pays up to", [dashed(row["pays_up_to"], ",.0f") for row in rows], rank=1))
    columns.append(Column("expected", [figure(row["expected_conversions"]) for row in rows]))
    if any(row["adds"] < 0.995 * row["expected_conversions"] for row in rows):
        columns.append(Column("adds", [figure(row["adds"]) for row in rows], rank=4))
    if any(math.isfinite(row["low"]) for row in rows):
        columns.append(Column(INTERVAL, [interval_of(row) for row in rows], rank=3))
    columns.append(Column("cost each", [count(row["cost_per_conversion"]) for row in rows], rank=6))
    if any(isinstance(row["certainty"], str) for row in rows):
        columns.append(Column("among the best", [_certain(row) for row in rows], rank=2, kind="words"))
    columns.append(Column("why", [row["why"] for row in rows], rank=5, kind="words"))
    return columns


def _near(plan: Plan, rows: list[dict[str, Any]]) -> list[Column]:
    return [
        Column("influencer", [plan.called(row["influencer_id"]) for row in rows], kind="name"),
        Column("fee", [dashed(row["fee"], ",.0f") for row in rows]),
        Column("expected", [figure(row["expected_conversions"]) for row in rows]),
        Column("asked at", [_price(row["enters_at"]) for row in rows]),
        Column("why not", [row["why"] for row in rows], rank=1, kind="words"),
    ]


def _usual(row: dict[str, Any]) -> str:
    return f"{row['usual_low']:,.0f}–{row['usual_high']:,.0f}"


def _price(price: float | None) -> str:
    return "–" if price is None or math.isnan(price) else f"{math.floor(price + 1e-6):,}"


def _certain(row: dict[str, Any]) -> str:
    if not isinstance(row["certainty"], str):
        return "–"
    return f"{row['certainty']} ({row['chance']:.0%})"


def _legend(rows: list[dict[str, Any]]) -> str:
    if not any(isinstance(row["certainty"], str) for row in rows):
        return ""
    best = "the largest" if len(rows) == 1 else f"among the {len(rows)} largest"
    return f"Among the best: the chance that what comes of them is {best} of all candidates."
