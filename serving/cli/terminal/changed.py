"""What is said of why a score changed."""

from __future__ import annotations

import math

from rich.console import Console
from rich.text import Text

from suasion.features import CHARACTERISTICS
from suasion.serving.explaining.charts import count as figure
from suasion.serving.explaining.charts import times
from suasion.serving.explaining.explain import CAUTION, bar
from suasion.serving.explaining.score_change import Change, assumed_words

from .table import Column, Grid

HALF = 8
"""Length of the longest bar, in characters, to each side."""
HEADING = "less │ more".center(2 * HALF + 1).replace(" ", "\N{NO-BREAK SPACE}")


def print_change(console: Console, change: Change) -> None:
    """Print two scorings of one influencer and what lies between them."""
    dates = [f"{moment:%Y-%m-%d %H:%M} UTC" for moment in change.as_of]
    console.print(
        Text.assemble(
            (change.influencer_id, "bold"),
            f": from {change.expected[0]:,.2f} conversions expected ({dates[0]}) to {change.expected[1]:,.2f} ({dates[1]}), ",
            (times(change.ratio), "bold"),
            "\n",
        )
    )
    ratios = [part.data * part.model for part in change.parts]
    widest = max(1.5, *(max(ratio, 1 / ratio) for ratio in ratios))
    styles = ["bold" if part.name in CHARACTERISTICS else "dim" for part in change.parts]
    names = [Text(part.name, style=style) for part, style in zip(change.parts, styles, strict=True)]
    Grid(
        [
            Column("factor", names, kind="words"),
            Column("before", [figure(part.before) for part in change.parts]),
            Column("after", [figure(part.after) for part in change.parts]),
            Column("change", [times(ratio) for ratio in ratios]),
            Column("data", [times(part.data) for part in change.parts], rank=1),
            Column("model", [times(part.model) for part in change.parts], rank=1),
            Column(HEADING, [bar(ratio, widest, HALF) for ratio in ratios], rank=2),
        ],
        legend="before × change = after; change = data × model, by what is known of them and by the model.",
    ).print(console)
    console.print()
    for shift in change.features:
        before, after = ("missing" if math.isnan(v) else figure(v) for v in (shift.before, shift.after))
        console.print(
            Text.assemble(
                (f"{times(shift.factor)} ", "green" if shift.factor >= 1 else "red"),
                f"{shift.feature}: {before} → {after} {shift.unit}",
            )
        )
    if change.assumed:
        console.print(assumed_words(change.assumed), style="dim")
    console.print(f"\n{CAUTION}", style="italic")
