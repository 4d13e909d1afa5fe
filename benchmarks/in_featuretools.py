"""Plain windowed aggregates in featuretools with cutoff times, for benchmarks.features: DATA DECISIONS.parquet.

Run by a Python that has featuretools and nothing of suasion. Prints the seconds of the computing and the number of columns.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import featuretools as ft
import pandas as pd

WINDOWS = (30, 90, 365)


def main(data: Path, path: Path) -> None:
    decisions = pd.read_parquet(path, columns=["decision_id", "influencer_id", "as_of"])
    people = set(decisions.influencer_id)
    posts = pd.read_parquet(
        data / "posts.parquet", columns=["post_id", "author_id", "created_at", "reply_to_id"]
    )
    posts = posts[posts.author_id.isin(people)]
    posts = posts.assign(reply=posts.reply_to_id.notna()).drop(columns="reply_to_id")
    mentions = pd.read_parquet(
        data / "mentions.parquet", columns=["influencer_id", "referrer_id", "created_at"]
    )
    mentions = mentions[mentions.influencer_id.isin(people)].reset_index(names="mention_id")
    entities = ft.EntitySet("world")
    entities.add_dataframe(
        pd.DataFrame({"influencer_id": sorted(people)}), "influencers", index="influencer_id"
    )
    entities.add_dataframe(
        posts, "posts", index="post_id", time_index="created_at", logical_types={"reply": "Boolean"}
    )
    entities.add_dataframe(
        mentions,
        "mentions",
        index="mention_id",
        time_index="created_at",
        logical_types={"referrer_id": "Categorical"},
    )
    entities.add_relationship("influencers", "influencer_id", "posts", "author_id")
    entities.add_relationship("influencers", "influencer_id", "mentions", "influencer_id")
    cutoff = decisions.rename(columns={"as_of": "time"})[["influencer_id", "time"]].drop_duplicates()
    columns, start = 0, time.perf_counter()
    for days in WINDOWS:
        matrix, _ = ft.dfs(
            entityset=entities,
            target_dataframe_name="influencers",
            agg_primitives=["count", "percent_true", "num_unique"],
            trans_primitives=[],
            cutoff_time=cutoff,
            training_window=ft.Timedelta(days, "d"),
        )
        columns += matrix.shape[1]
    print(time.perf_counter() - start, columns)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
