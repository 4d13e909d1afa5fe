"""How time and memory grow with the data: ``python -m benchmarks.growth [--plot FILE] [--limit 4GB] [--decisions N] [INFLUENCERS …]``.

Each size runs in a process of its own, so that its memory is its own: a world of so many influencers (about 330 posts
each), DuckDB held to a limit, and features as of every past decision, or of so many drawn by hash. The exponent is the slope of log time over
log posts (1: twice the posts, twice the time); memory is the process's largest, files mapped into it included.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from suasion.features.engine.matrix import build_features, prepare
from suasion.features.tables.open import open_tables
from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate

from .shared import DECISIONS, alone, fit_space, heading, line

SIZES = (3_000, 10_000, 30_000)


def one(data: Path, limit: str, decisions: int | None) -> None:
    """Print posts, decisions, seconds to read and check, to embed, and to build features, and the memory in GB."""
    start = time.perf_counter()
    drawn = f" ORDER BY md5(campaign_id || influencer_id) LIMIT {decisions}" if decisions else ""
    with open_tables(data, memory_limit=limit) as tables:
        opened = time.perf_counter()
        space = fit_space(tables)
        fitted = time.perf_counter()
        prepared = prepare(tables, space)
        embedded = time.perf_counter()
        matrix = build_features(prepared, DECISIONS + drawn)
        built = time.perf_counter()
        posts = tables.sql("SELECT count(*) FROM posts").fetchall()[0][0]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(posts, len(matrix), opened - start, embedded - fitted, built - embedded, memory)


def main(sizes: list[int], plot: Path | None, limit: str, decided: int | None) -> None:
    rows = []
    heading("posts", "decisions", "reading, checking", "embedding", "features", "memory")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "world"
            simulate(World(influencers=size, campaigns=300, picks=max(10, size // 150)), data)
            few = ("--decisions", decided) if decided else ()
            rows.append(alone("growth", data, "--limit", limit, *few))
        posts, decisions, *seconds, memory = rows[-1]
        line(f"{posts:,.0f}", f"{decisions:,.0f}", *(f"{one:.1f} s" for one in seconds), f"{memory:.1f} GB")
    if len(rows) == 1:
        return
    measured = np.array(rows)
    slopes = {
        name: float(np.polyfit(np.log(measured[:, 0]), np.log(values), 1)[0])
        for name, values in (("time", measured[:, 2:5].sum(axis=1)), ("memory", measured[:, 5]))
    }
    print(f"\nexponents: time {slopes['time']:.2f}, memory {slopes['memory']:.2f}")
    if plot:
        draw(measured, slopes, plot)


def draw(measured: np.ndarray, slopes: dict[str, float], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), constrained_layout=True)
    posts = measured[:, 0] / 1e6
    styles = zip(
        ("reading, checking", "embedding", "features"), ("#0072B2", "#E69F00", "#009E73"), "os^", strict=True
    )
    for place, (name, colour, marker) in enumerate(styles, start=2):
        left.plot(posts, measured[:, place], marker=marker, color=colour, label=name)
    left.set(xscale="log", yscale="log", xlabel="million posts", ylabel="seconds")
    left.set_title(f"Time: exponent {slopes['time']:.2f}")
    left.legend(frameon=False)
    right.plot(posts, measured[:, 5], marker="o", color="#0072B2")
    right.set(xscale="log", xlabel="million posts", ylabel="GB")
    right.set_title(f"Memory: exponent {slopes['memory']:.2f}")
    left.set_yticks(steps(measured[:, 2:5]))
    right.set_ylim(0, None)
    for axes in (left, right):
        axes.set_xticks(posts)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.xaxis.set_major_formatter("{x:.2g}")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    figure.savefig(path, dpi=150)


def steps(values: np.ndarray) -> list[float]:
    """Return 1, 2, 5, 10, 20 … as far as the values go, and one more at each end."""
    all_steps = [digit * 10.0**power for power in range(-3, 6) for digit in (1, 2, 5)]
    inside = [k for k, step in enumerate(all_steps) if values.min() <= step <= values.max()]
    return all_steps[max(0, min(inside, default=0) - 1) : max(inside, default=0) + 2]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES), metavar="INFLUENCERS")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--limit", default="4GB", help="what DuckDB is held to")
    parser.add_argument("--decisions", type=int, help="at most so many")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(options.one, options.limit, options.decisions)
    else:
        main(options.sizes, options.plot, options.limit, options.decisions)
