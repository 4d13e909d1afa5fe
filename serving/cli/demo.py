"""The command that shows the main job on a simulated world."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Run the main job, start to end, on a simulated world.")
@click.argument("folder", default="demo", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    """Simulate a world in FOLDER (default: demo), check it, train on it, score a campaign to come, explain and report.

    Because the world knows the truth, the demo ends by saying what picking by suasion would have brought. It takes some minutes.
    """
    from suasion.serving.demo import run

    run(folder)
