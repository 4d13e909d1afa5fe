"""The command that makes a world up."""

from __future__ import annotations

from pathlib import Path

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
def command(
    out: Path,
    as_json: bool,
    files: bool,
    influencers: int,
    campaigns: int,
    picks: int,
    posts_per_week: float,
    replies_per_post: float,
    counts: bool,
    seed: int,
) -> None:
    """Write a simulated world, with its truth beside it in truth/, to the folder OUT."""
    with working("simulating"):
        from suasion.training.datasets.people import World
        from suasion.training.datasets.simulated import simulate
        from suasion.training.datasets.usual import write_files

        world = World(
            influencers=influencers,
            campaigns=campaigns,
            picks=picks,
            posts_per_week=posts_per_week,
            replies_per_post=replies_per_post,
            counts=counts,
            seed=seed,
        )
        rows = (write_files if files else simulate)(world, out)
    if as_json:
        print_json({"folder": out, "rows": rows})
    else:
        click.echo(", ".join(f"{count:,} {name}" for name, count in rows.items()))
