"""Draws the picture in README.md: one candidate of the demo's world, explained in the terminal.

make demo && python -m benchmarks.picture
"""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from suasion.serving.explaining.explain import render, why
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import score


def main() -> None:
    root = Path(__file__).resolve().parents[1]
    scored = score(root / "demo" / "world", root / "demo" / "models" / "world", Ask(campaign="c0162"))
    console = Console(record=True, width=132, file=io.StringIO(), highlight=False, force_terminal=True)
    console.print(render(why(scored, str(scored.scores["influencer_id"].iloc[0]), most=2)))
    console.save_svg(str(root / "docs" / "explain.svg"), title="suasion explain")


if __name__ == "__main__":
    main()
