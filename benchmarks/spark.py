"""What Spark costs, and what a billion posts would: ``python -m benchmarks.spark [INFLUENCERS …]``.

Worlds of growing size, features of everybody for one campaign as of the end, by DuckDB and by Spark on this machine's cores, each in
a process of its own. The slope of core-seconds over posts is what a billion are estimated from; the arithmetic is printed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from suasion.features.engine.matrix import build_matrix, prepare
from suasion.features.engine.protocol import Database
from suasion.features.tables.open import open_tables
from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate

from .shared import alone, heading, line, read_space, write_space

SIZES = (1_000, 3_000, 10_000, 20_000)
CORES = os.cpu_count() or 1
MACHINE = 16
"""Cores of one machine of the cluster that is estimated: put your own."""


def main(sizes: list[int]) -> None:
    rows = []
    print(f"{CORES} cores\n")
    heading("posts", "DuckDB", "Spark", "Spark / DuckDB", "Spark, core-seconds")
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            data = Path(name) / "world"
            simulate(World(influencers=size, campaigns=300, picks=20), data)
            space = Path(name) / "space.npz"
            write_space(data, space)
            (posts, here), (_, there) = (
                alone("spark", engine, data, space) for engine in ("duckdb", "spark")
            )
        rows.append((posts, here, there))
        line(
            f"{posts:,.0f}", f"{here:.1f} s", f"{there:.1f} s", f"{there / here:.1f}", f"{there * CORES:.0f}"
        )
    estimate(np.array(rows))


def estimate(rows: np.ndarray) -> None:
    """Print the slope, and the arithmetic for a billion posts."""
    posts, seconds = rows[:, 0], rows[:, 2] * CORES
    slope, start = np.polyfit(posts, seconds, 1)
    million = slope * 1e6
    print(f"\nSpark: {start:.0f} core-seconds to start, and {million:.0f} for each million posts")
    print(
        f"a billion posts: 1,000 x {million:.0f} = {1000 * million:,.0f} core-seconds = {1000 * million / 3600:.0f} core-hours"
    )
    print(
        f"on 10 machines of {MACHINE} cores: {1000 * million / 3600:.0f} / {10 * MACHINE} = {1000 * million / 3600 / 10 / MACHINE:.2f} hours, if nothing waits"
    )
    here = np.polyfit(posts, rows[:, 1], 1)[0]
    print(f"DuckDB here, by its own slope: {here * 1e9 / 3600:.1f} hours, if the disk holds it")


def one(engine: str, data: str, file: str) -> None:
    space = read_space(file)
    start = time.perf_counter()
    opened: AbstractContextManager[Database]
    if engine == "duckdb":
        opened = open_tables(data)
    else:
        from suasion.features.spark.tables import open_spark

        memory = "--driver-memory 8g --conf spark.ui.enabled=false --conf spark.log.level=ERROR"
        os.environ["PYSPARK_SUBMIT_ARGS"] = (
            f"--master local[{CORES}] {memory} --conf spark.sql.shuffle.partitions={4 * CORES} pyspark-shell"
        )
        opened = open_spark(data)
    with opened as tables:
        build_matrix(
            prepare(tables, space),
            "SELECT k.campaign_id, influencer_id, TIMESTAMP '2024-04-27' AS as_of, 1.0 AS exposure, 100.0 AS fee, 0.1 AS discount "
            "FROM influencers CROSS JOIN (SELECT campaign_id FROM campaigns ORDER BY starts_at DESC, campaign_id LIMIT 1) k",
        )
        row = tables.sql(
            "SELECT (SELECT count(*) FROM posts), count(*), (SELECT count(*) FROM influencers) FROM matrix"
        ).fetchone()
        assert row is not None
        assert row[1] == row[2]
    print(row[0], time.perf_counter() - start)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:5])
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
