"""The commands that make a world up, and show the main job on one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .options import AS_JSON
from .output import print_json, working


@click.command(short_help="Write a simulated world, with its truth beside it.")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--influencers", default=800, show_default=True, help="People who post, 100 at least.")
@click.option(
    "--campaigns", default=320, show_default=True, help="The last 20 have candidates and no outcomes yet."
)
@click.option("--picks", default=30, show_default=True, help="Influencers in each campaign.")
@click.option("--posts-per-week", default=1.2, show_default=True, help="Mean over influencers.")
@click.option("--replies-per-post", default=1.0, show_default=True, help="Mean over posts.")
@click.option(
    "--counts", is_flag=True, help="Also write what posts brought: views, likes, comments and more."
)
@click.option(
    "--files",
    is_flag=True,
    help="Write it as a brand on Instagram has it instead: a sheet of past campaigns, followers, an export.",
)
@click.option("--seed", default=0, show_default=True, help="Another seed is another world of the same size.")
@AS_JSON
def simulate_command(
    out: Path,
    files: bool,
    as_json: bool,
    **size: Any,  # called like the fields of World
) -> None:
    """Write a simulated world, with its truth beside it in truth/, to the folder OUT."""
    with working("simulating"):
        from suasion.training.datasets.people import World
        from suasion.training.datasets.simulated import simulate
        from suasion.training.datasets.usual import write_files

        rows = (write_files if files else simulate)(World(**size), out)
    if as_json:
        print_json({"folder": out, "rows": rows})
    else:
        click.echo(", ".join(f"{count:,} {name}" for name, count in rows.items()))


@click.command(short_help="Run the main job, start to end, on a simulated world.")
@click.argument("folder", default="demo", type=click.Path(path_type=Path, file_okay=False))
def demo_command(folder: Path) -> None:
    """Simulate a world in FOLDER (default: demo), check it, train on it, score a campaign to come, explain and report.

    Because the world knows the truth, the demo ends by saying what picking by suasion would have brought. It takes some minutes.
    """
    from suasion.serving.demo import run

    run(folder)
