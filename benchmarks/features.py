"""Features beside their peers, in one run: ``python -m benchmarks.features [INFLUENCERS] [CAMPAIGNS] [PICKS] [POSTS_A_WEEK]``.

On a simulated world, as of every past decision. The limit is one DuckDB group-by of each table whose rows the features
look at: their number and latest time by influencer. Then

- all features that need no text, and the whole matrix;
- what is relevant to a brief, for each pair of a decision and a post, beside the bare dot products in NumPy;
- nineteen plain windowed aggregates, the same in suasion, in SQL by hand, in pandas (merge, cut, group), and in featuretools
  with cutoff times where SUASION_FEATURETOOLS names a Python that has it (it wants an older pandas).
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features.engine.case import Case, create_decisions
from suasion.features.engine.matrix import Prepared, aggregate, all_features, prepare, queries
from suasion.features.engine.pagerank import build_standing
from suasion.features.engine.similarity import build_relevant
from suasion.features.tables.open import Tables, open_tables
from suasion.features.text.space import LatentSpace
from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate

from .shared import DECISIONS, fit_space, heading, line

LIMIT = {
    "posts": "author_id",
    "mentions": "influencer_id",
    "audience": "influencer_id",
    "credentials": "influencer_id",
}
OF_TEXT = ("relevant", "relevant_references", "replies", "credentials")
PLAIN = {
    "posts": [
        "frequency__posts_per_week__30d",
        "frequency__posts_per_week__90d",
        "frequency__posts_per_week__365d",
        "conversation__reply_share__90d",
        "conversation__reply_share__365d",
        "frequency__days_since_last_post",
        "frequency__decayed_posts__365d",
        "momentum__post_growth__90d",
    ],
    "references": [
        "references__received__30d",
        "references__received__90d",
        "references__received__365d",
        "references__reshares__365d",
        "references__backlinks__365d",
        "momentum__reference_growth__90d",
    ],
    "referrers": ["references__referrers__90d", "references__referrers__365d"],
    "audience": [
        "momentum__followers",
        "momentum__follower_growth__90d",
        "momentum__follower_growth__365d",
    ],
}
ALL_PLAIN = [name for names in PLAIN.values() for name in names]
BY_HAND = {
    "posts": """
      SELECT d.decision_id,
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 30 DAY) * 7.0 / 30,
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 90 DAY) * 7.0 / 90,
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 365 DAY) * 7.0 / 365,
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 90 DAY AND t.reply_to_id IS NOT NULL)
          / nullif(count(*) FILTER (t.created_at >= d.as_of - INTERVAL 90 DAY), 0),
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 365 DAY AND t.reply_to_id IS NOT NULL)
          / nullif(count(*) FILTER (t.created_at >= d.as_of - INTERVAL 365 DAY), 0),
        min(epoch_us(d.as_of) - epoch_us(t.created_at)) / 86400e6,
        sum(exp((epoch_us(d.as_of) - epoch_us(t.created_at)) / 86400e6 * -ln(2) / 30)) FILTER (t.created_at >= d.as_of - INTERVAL 365 DAY),
        ln((count(*) FILTER (t.created_at >= d.as_of - INTERVAL 45 DAY) + 1.0)
          / (count(*) FILTER (t.created_at >= d.as_of - INTERVAL 90 DAY AND t.created_at < d.as_of - INTERVAL 45 DAY) + 1.0))
      FROM decisions d JOIN posts t ON t.author_id = d.influencer_id AND t.created_at < d.as_of AND t.known_at < d.as_of
        AND t.superseded_at >= d.as_of GROUP BY 1""",
    "references": """
      SELECT d.decision_id,
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 30 DAY),
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 90 DAY),
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 365 DAY),
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 365 DAY AND t.kind = 'reshare'),
        count(*) FILTER (t.created_at >= d.as_of - INTERVAL 365 DAY AND t.kind = 'backlink'),
        ln((count(*) FILTER (t.created_at >= d.as_of - INTERVAL 45 DAY) + 1.0)
          / (count(*) FILTER (t.created_at >= d.as_of - INTERVAL 90 DAY AND t.created_at < d.as_of - INTERVAL 45 DAY) + 1.0)),
        count(DISTINCT t.referrer_id) FILTER (t.created_at >= d.as_of - INTERVAL 90 DAY),
        count(DISTINCT t.referrer_id) FILTER (t.created_at >= d.as_of - INTERVAL 365 DAY)
      FROM decisions d JOIN mentions t ON t.influencer_id = d.influencer_id AND t.created_at < d.as_of AND t.known_at < d.as_of
        AND t.superseded_at >= d.as_of AND t.referrer_id <> d.influencer_id GROUP BY 1""",
    "audience": """
      SELECT d.decision_id,
        arg_max(t.followers, t.observed_at),
        CASE WHEN count(*) FILTER (t.observed_at >= d.as_of - INTERVAL 90 DAY) >= 2 THEN
          ln((arg_max(t.followers, t.observed_at) FILTER (t.observed_at >= d.as_of - INTERVAL 90 DAY))
           / nullif(arg_min(t.followers, t.observed_at) FILTER (t.observed_at >= d.as_of - INTERVAL 90 DAY), 0)) END,
        CASE WHEN count(*) FILTER (t.observed_at >= d.as_of - INTERVAL 365 DAY) >= 2 THEN
          ln((arg_max(t.followers, t.observed_at) FILTER (t.observed_at >= d.as_of - INTERVAL 365 DAY))
           / nullif(arg_min(t.followers, t.observed_at) FILTER (t.observed_at >= d.as_of - INTERVAL 365 DAY), 0)) END
      FROM decisions d JOIN audience t ON t.influencer_id = d.influencer_id AND t.observed_at < d.as_of AND t.known_at < d.as_of
        AND t.superseded_at >= d.as_of GROUP BY 1""",
}
FOR_FEATURETOOLS = 2_000
"""Decisions that featuretools is given; it and suasion are then both timed on these."""
FOR_PANDAS = 50_000
"""Decisions beyond which pandas is not tried."""


def clock(work: Callable[[], Any]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(influencers: int, campaigns: int, picks: int, pace: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "world"
        simulate(World(influencers=influencers, campaigns=campaigns, picks=picks, posts_per_week=pace), data)
        with open_tables(data) as tables:
            compare(tables, data, Path(folder))


def compare(tables: Tables, data: Path, folder: Path) -> None:
    opened = clock(lambda: read_once(data))
    space = fit_space(tables)
    queries(tables.extras)
    start = time.perf_counter()
    prepared = prepare(tables, space)
    embedded = time.perf_counter() - start
    took = steps(tables, prepared)
    limit = float(np.median([clock(lambda: group_all(tables)) for _ in range(5)]))
    count = {
        name: one(tables, f"SELECT count(*) FROM {name}") for name in (*LIMIT, "decisions", "briefs", "pairs")
    }
    by_influencers = one(
        tables, "SELECT count(*) FROM posts WHERE author_id IN (SELECT influencer_id FROM influencers)"
    )
    print(
        f"{count['decisions']:,} decisions, {count['briefs']} briefs, {count['posts']:,} posts ({by_influencers:,} by influencers), {count['mentions']:,} mentions, "
        f"{count['audience']:,} snapshots of audiences, {count['credentials']:,} credentials\n"
    )
    heading("", "seconds", "group-bys")
    line("one group-by of each table", f"{limit:.2f}", 1)
    bare = sum(value for name, value in took.items() if not of_text(name))
    pairs = took["relevant"] + took["features_relevant"] + took["features_relevant_references"]
    for name, value in (
        ("reading and checking", opened),
        ("all features that need no text", bare),
        ("- of it, standing (PageRank by month)", took["standing"]),
        ("what is relevant, and features of it", pairs),
        ("judging criticism, once ever", took["marks"]),
        ("the whole matrix, texts embedded before", sum(took.values())),
        ("embedding all posts, once ever", embedded),
    ):
        line(name, f"{value:.2f}", f"{value / limit:.1f}")
    dots = bare_dots(tables, prepared.texts.vectors, space)
    print(
        f"\n{count['pairs']:,} pairs of a decision and a post: {pairs / count['pairs'] * 1e6:.2f} µs each, "
        f"bare dot products in NumPy {dots / count['pairs'] * 1e6:.2f} µs, {pairs / dots:.1f} times\n"
    )
    heading("nineteen plain windowed aggregates", "decisions", "seconds", "times suasion")
    ours, theirs, names = plain(tables), run(tables, BY_HAND), ALL_PLAIN
    for name, value in (("suasion", ours[0]), ("SQL by hand", theirs[0])):
        line(name, f"{count['decisions']:,}", f"{value:.2f}", f"{value / ours[0]:.1f}")
    # Nothing in any window is no row here, and nought or no value there.
    np.testing.assert_allclose(ours[1][names].fillna(0), theirs[1][names].fillna(0), rtol=1e-9, atol=1e-9)
    if count["decisions"] <= FOR_PANDAS:
        pandas_took, table = in_pandas(tables)
        shared = [name for name in names if name in table]
        np.testing.assert_allclose(ours[1][shared].fillna(0), table[shared].fillna(0), rtol=1e-9, atol=1e-9)
        took_by = f"{pandas_took:.2f}", f"{pandas_took / ours[0]:.1f}"
        line(f"pandas, {len(shared)} of them", f"{count['decisions']:,}", *took_by)
    else:
        line("pandas", f"more than {FOR_PANDAS:,}: its merge would want more memory than there is", "", "")
    if python := os.environ.get("SUASION_FEATURETOOLS"):
        few = f"{DECISIONS} ORDER BY md5(campaign_id || influencer_id) LIMIT {FOR_FEATURETOOLS}"
        tables.sql(
            f"CREATE TEMP TABLE few AS SELECT d.* FROM decisions d JOIN ({few}) USING (campaign_id, influencer_id)"
        )
        tables.sql("DROP TABLE decisions; CREATE TABLE decisions AS SELECT * FROM few")
        tables.sql("SELECT * FROM decisions").df().to_parquet(folder / "decisions.parquet")
        script = Path(__file__).with_name("in_featuretools.py")
        process = subprocess.run(
            [python, script, data, folder / "decisions.parquet"], capture_output=True, text=True, check=True
        )
        seconds, columns = map(float, process.stdout.split()[-2:])
        ours = plain(tables)
        line("suasion", FOR_FEATURETOOLS, f"{ours[0]:.2f}", "1.0")
        line(
            f"featuretools, {columns:.0f} of them",
            FOR_FEATURETOOLS,
            f"{seconds:.2f}",
            f"{seconds / ours[0]:.0f}",
        )


def of_text(step: str) -> bool:
    return step.removeprefix("features_") in (*OF_TEXT, "marks")


def read_once(data: Path) -> None:
    with open_tables(data):
        pass


def one(tables: Tables, query: str) -> int:
    row = tables.sql(query).fetchone()
    return int(row[0]) if row else 0


def steps(tables: Tables, prepared: Prepared) -> dict[str, float]:
    """Do what build_features does, step by step, and return the seconds of each."""
    made = prepared.queries
    took = {
        "decisions": clock(lambda: create_decisions(tables, DECISIONS)),
        "standing": clock(lambda: build_standing(tables)),
    }
    first = clock(lambda: build_relevant(tables, prepared.texts, made))
    # Criticism is judged once and kept, so the second time is without.
    took["relevant"] = clock(lambda: build_relevant(tables, prepared.texts, made))
    took["marks"] = first - took["relevant"]
    for name in made:
        if name == "experience" or name.startswith("features_"):
            took[name] = clock(partial(tables.make, name, made[name]))
    took["matrix"] = clock(lambda: tables.sql(made["matrix"]).df())
    return took


def group_all(tables: Tables) -> None:
    for name, who in LIMIT.items():
        tables.sql(f"SELECT {who}, count(*), max(known_at) FROM {name} GROUP BY 1").to_arrow_table()


def bare_dots(tables: Tables, stored: NDArray[np.int8], space: LatentSpace) -> float:
    """Return the seconds of nothing but gathering both vectors of each pair and multiplying them."""
    briefs = dict(tables.sql("SELECT brief_id, brief FROM briefs").fetchall())
    ids = sorted(briefs)
    vectors = space.embed([briefs[identity] for identity in ids])
    columns = tables.sql("SELECT row_id, brief_id FROM pairs JOIN decisions USING (decision_id)").fetchnumpy()
    rows, places = columns["row_id"], np.searchsorted(ids, columns["brief_id"])

    def work() -> None:
        for first in range(0, len(rows), 50_000):
            part = slice(first, first + 50_000)
            np.einsum("ij,ij->i", stored[rows[part]].astype(np.float32), vectors[places[part]])

    return clock(work)


def plain(tables: Tables) -> tuple[float, pd.DataFrame]:
    """Return suasion's seconds and values, by decision."""
    case, features = Case(tables.extras), {feature.column: feature for feature in all_features(tables.extras)}
    made = {
        view: str(ibis.to_sql(aggregate(case, view, [features[name] for name in names]), dialect="duckdb"))
        for view, names in PLAIN.items()
    }
    return run(tables, made)


def run(tables: Tables, made: Mapping[str, str]) -> tuple[float, pd.DataFrame]:
    frames: list[pd.DataFrame] = []
    took = clock(lambda: frames.extend(tables.sql(query).df() for query in made.values()))
    # By hand, references and referrers are one query; in order, the columns are the same.
    tables_by_id = [rows.set_index(rows.columns[0]).astype(float) for rows in frames]
    return took, pd.concat(tables_by_id, axis=1).sort_index().set_axis(ALL_PLAIN, axis=1)


def in_pandas(tables: Tables) -> tuple[float, pd.DataFrame]:
    """Return the seconds and values of merge, cut and group; reading the tables into pandas is not counted."""
    decisions = tables.sql("SELECT decision_id, influencer_id, as_of FROM decisions").df()
    posts = tables.sql(
        "SELECT author_id AS influencer_id, created_at, known_at, superseded_at, reply_to_id IS NOT NULL AS reply FROM posts"
    ).df()
    mentions = tables.sql(
        "SELECT influencer_id, referrer_id, created_at, known_at, superseded_at, kind FROM mentions WHERE referrer_id <> influencer_id"
    ).df()
    columns: dict[str, pd.Series[float]] = {}

    def work() -> None:
        for rows, name in ((posts, "posts"), (mentions, "mentions")):
            joined = decisions.merge(rows, on="influencer_id")
            cut = (
                (joined.created_at < joined.as_of)
                & (joined.known_at < joined.as_of)
                & (joined.superseded_at >= joined.as_of)
            )
            joined = joined[cut]
            age = (joined.as_of - joined.created_at) / pd.Timedelta(days=1)
            for days in (30, 90, 365):
                inside = joined[age <= days]
                grouped = inside.groupby("decision_id")
                if name == "posts":
                    columns[f"frequency__posts_per_week__{days}d"] = grouped.size() * 7.0 / days
                    if days > 30:
                        columns[f"conversation__reply_share__{days}d"] = grouped["reply"].mean()
                else:
                    columns[f"references__received__{days}d"] = grouped.size()
                    if days > 30:
                        columns[f"references__referrers__{days}d"] = grouped["referrer_id"].nunique()
                    if days == 365:
                        for kind in ("reshare", "backlink"):
                            columns[f"references__{kind}s__365d"] = (
                                inside[inside.kind == kind].groupby("decision_id").size()
                            )
            if name == "posts":
                columns["frequency__days_since_last_post"] = age.groupby(joined.decision_id).min()

    took = clock(work)
    return took, pd.DataFrame(columns).reindex(decisions.decision_id).sort_index().astype(float)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        *(int(value) for value in arguments[:3]), *(float(value) for value in arguments[3:])
    ) if arguments else main(10_000, 500, 40, 1.2)
