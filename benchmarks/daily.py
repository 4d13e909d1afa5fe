"""What a new day costs with and without what was kept: ``python -m benchmarks.daily [INFLUENCERS]``.

A simulated world, its posts, mentions and audiences in two files: all but the last day, and that day. Features of everybody for
one campaign as of the midnight after: from nothing, and with a store (``SUASION_STORE``) that has seen the first file.
Each in a process of its own; the text space is fitted before and not counted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from suasion.features.engine.matrix import build_features, prepare
from suasion.features.tables.open import open_tables
from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate

from .shared import alone, heading, line, read_space, write_space

DAILY = ("posts", "mentions", "audience")


def main(influencers: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world, data = folder / "world", folder / "data"
        simulate(World(influencers=influencers, campaigns=300, picks=20), world)
        last = in_two(world, data)
        write_space(data, folder / "space.npz")
        environment = {name: value for name, value in os.environ.items() if name != "SUASION_STORE"}
        kept = environment | {"SUASION_STORE": str(folder / "store")}
        rows: list[tuple[str, list[float]]] = []
        for title, where in (
            ("the days before, first seen", kept),
            ("the new day", kept),
            ("all from nothing", environment),
        ):
            if title == "the new day":
                for table in DAILY:
                    (data / f"{table}.later").rename(data / table / "2.parquet")
            rows.append((title, alone("daily", data, last, folder / "space.npz", env=where)))
    print(f"{influencers:,} influencers, {rows[1][1][4]:,.0f} posts\n")
    heading("", "reading, checking", "texts", "features", "of it, of posts", "all")
    for title, (*seconds, _) in rows:
        line(title, *(f"{one:.2f} s" for one in (*seconds, sum(seconds[:3]))))
    print(
        f"\nfrom nothing takes {sum(rows[2][1][:3]) / sum(rows[1][1][:3]):.1f} times as long as the new day"
    )


def in_two(world: Path, data: Path) -> str:
    """Write the tables as folders of files, the last day beside them; return the midnight after it."""
    data.mkdir()
    with duckdb.connect() as connection:
        row = connection.execute(
            f"SELECT date_trunc('day', max(created_at)) FROM '{world}/posts.parquet'"
        ).fetchone()
        assert row is not None
        midnight = row[0]  # the last day that is whole ends here
        for file in world.glob("*.parquet"):
            target = data / file.stem
            target.mkdir()
            time_ = "observed_at" if file.stem == "audience" else "created_at"
            if file.stem not in DAILY:
                (target / "1.parquet").write_bytes(file.read_bytes())
                continue
            day = f"{time_} >= TIMESTAMP '{midnight}' - INTERVAL 1 DAY"
            rows = f"SELECT * FROM '{file}' WHERE {time_} < TIMESTAMP '{midnight}'"
            connection.execute(f"COPY ({rows} AND NOT {day}) TO '{target}/1.parquet'")
            connection.execute(f"COPY ({rows} AND {day}) TO '{data}/{file.stem}.later' (FORMAT parquet)")
    return str(midnight)


def one(data: str, midnight: str, file: str) -> None:
    space = read_space(file)
    start = time.perf_counter()
    with open_tables(data) as tables:
        opened = time.perf_counter()
        prepared = prepare(tables, space)
        texts = time.perf_counter()
        build_features(
            prepared,
            f"SELECT (SELECT campaign_id FROM campaigns ORDER BY starts_at DESC, campaign_id LIMIT 1) AS campaign_id, influencer_id, "
            f"TIMESTAMP '{midnight}' AS as_of, 1.0 AS exposure, 100.0 AS fee, 0.1 AS discount FROM influencers",
        )
        built = time.perf_counter()
        tables.make("again", prepared.queries["features_posts"])
        of_posts = time.perf_counter() - built
        count = tables.sql("SELECT count(*) FROM posts").fetchall()[0][0]
    print(opened - start, texts - opened, built - texts, of_posts, count)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:5])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
