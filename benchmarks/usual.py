"""What counts bring to a brand that has no edges, and what all edges would bring it: the same simulated worlds, seen in five ways.

    python -m benchmarks.usual [MECHANISM:SEED …]       # default: those of FIRST_UNSEEN, about five minutes each
    python -m benchmarks.usual MECHANISM:SEED … --without FEATURE …       # what single features bring to the usual case, each left out

A brand on Instagram, TikTok or YouTube has the posts of those it asks, followers as of each decision, counts of posts, and outcomes; a
researcher also has everybody else's posts, mentions and credentials, weekly followers and the age of every account. Told is the share
of the oracle's explained deviance, and what the ten picked among the candidates to come would really bring, of the best ten; beside them what
a Poisson regression on the number of followers alone explains, and on the engagement rate that counts tell. The worlds of
:data:`FIRST_UNSEEN` were looked at once before they were first written down, and measured again with later models.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd

from suasion.training.datasets.simulated import simulate

from .shared import judge_world
from .world import SMALL

FIRST_UNSEEN = ("plain:51", "readers:51", "plain:52", "fame:52")
COUNTS = frozenset({"post_metrics"})
WAYS: dict[str, tuple[str, frozenset[str], bool]] = {
    "all edges": ("world", COUNTS, False),
    "all edges and counts": ("world", frozenset(), False),
    "usual, without counts": ("usual", COUNTS, False),
    "usual": ("usual", frozenset(), False),
    "usual, one export, --settled": ("export", frozenset(), True),
}
"""For each way the folder, the tables that are left out, and whether counts are taken as settled."""


def see_less(world: Path, usual: Path, export: Path) -> None:
    """Write what a usual brand has of a world: with counts as they were read in time, and with those of one export made at the end."""
    decided = f"(SELECT influencer_id, decided_at FROM '{world}/outcomes.parquet' UNION SELECT influencer_id, decided_at FROM '{world}/candidates.parquet')"
    own_posts = f"SELECT p.* FROM '{world}/posts.parquet' p JOIN '{world}/influencers.parquet' i ON i.influencer_id = p.author_id WHERE p.reply_to_id IS NULL"
    queries = {
        name: f"SELECT * FROM '{world}/{name}.parquet'" for name in ("campaigns", "outcomes", "candidates")
    }
    queries |= {
        "influencers": f"SELECT * EXCLUDE (created_at) FROM '{world}/influencers.parquet'",
        "posts": own_posts,
        "audience": f"SELECT DISTINCT a.* FROM {decided} d ASOF JOIN '{world}/audience.parquet' a ON a.influencer_id = d.influencer_id AND a.observed_at < d.decided_at",
    }
    shots = f"'{world}/post_metrics.parquet'"
    counts = {
        usual: f"SELECT m.* FROM {shots} m JOIN ({own_posts}) p USING (post_id)",
        export: f"SELECT m.* REPLACE ((SELECT max(observed_at) FROM {shots}) AS observed_at) FROM {shots} m JOIN ({own_posts}) p USING (post_id) "
        "QUALIFY row_number() OVER (PARTITION BY post_id ORDER BY m.observed_at DESC) = 1",
    }
    for folder, query in counts.items():
        folder.mkdir()
        for name, one in (queries | {"post_metrics": query}).items():
            duckdb.sql(f"COPY ({one}) TO '{folder}/{name}.parquet'")


def one(mechanism: str, seed: int, without: list[str]) -> dict[str, dict[str, float]]:
    """Return for each way the share of the oracle's explained deviance, and of what the best ten would bring.

    ``without``: features such as ``momentum__views_growth``; the ways are then the usual one, and that less each and less all of them.
    """
    ways = [(name, *way, list[str]()) for name, way in WAYS.items()]
    if without:
        usual = WAYS["usual"]
        ways = [("usual", *usual, []), *((f"less {name}", *usual, [name]) for name in without)]
        ways.append(("less all of them", *usual, without))
    results = {}
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place) / name for name in ("world", "usual", "export")}
        simulate(replace(SMALL, mechanism=mechanism, seed=seed, counts=True), folders["world"])
        see_less(folders["world"], folders["usual"], folders["export"])
        for way, folder, left, settled, less in ways:
            judged = judge_world(
                folders[folder], folders["world"], leave_out=left, settled=settled, without=less
            )
            results[way] = {
                "of the oracle": judged.explained() / judged.oracle,
                "ten picked": judged.top("expected") / judged.top("expected_conversions"),
            }
            print(f"{mechanism}:{seed} {way}: {results[way]}", flush=True)
            if way == "usual":
                results |= {
                    f"{name} alone": {
                        "of the oracle": judged.explained(name) / judged.oracle,
                        "ten picked": judged.top(column) / judged.top("expected_conversions")
                        if column
                        else float("nan"),
                    }
                    for name, column in (("audience size", "followers"), ("engagement rate", ""))
                }
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description="What counts bring where there are no edges.")
    parser.add_argument("worlds", nargs="*", default=FIRST_UNSEEN)
    parser.add_argument("--without", nargs="+", default=[], metavar="FEATURE")
    arguments = parser.parse_args()
    results = {
        name: one(name.partition(":")[0], int(name.partition(":")[2]), arguments.without)
        for name in arguments.worlds
    }
    for figure in ("of the oracle", "ten picked"):
        table = pd.DataFrame(
            {name: {way: one[figure] for way, one in ways.items()} for name, ways in results.items()}
        )
        print(f"\n{figure}\n{table.assign(mean=table.mean(axis=1)).round(3).to_string()}")


if __name__ == "__main__":
    main()
