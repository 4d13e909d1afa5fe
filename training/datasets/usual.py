"""The simulated world as a brand on Instagram sees it: one sheet of past campaigns, followers as they were noted, and one export of posts.

It is the same frozen world (:mod:`suasion.training.datasets.simulated`), of whose people those are left who are on Instagram. Nobody's
mentions, comments, replies or credentials are there, and counts of posts are those of the day on which the export was made.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from suasion.features.tables.files import whole_folder

from .people import START, WEEK, World
from .simulated import simulate

SHEET, FOLLOWERS, EXPORT = "past-campaigns.csv", "followers.csv", "instagram.jsonl"
OUTPUT = frozenset({SHEET, FOLLOWERS, EXPORT, "truth"})
_FIRST_ID = 17_900_000_000_000_000
"""Instagram's ids of media have seventeen digits."""
_READ = {"likes": "like_count", "comments": "comments_count", "views": "view_count"}
"""Counts that Instagram tells of anybody's media, by their column."""


def write_files(world: World, out: str | Path) -> dict[str, int]:
    """Write the files that a brand on Instagram has to the folder ``out``, whole or not at all; return the rows of each.

    The folder gets ``past-campaigns.csv``, ``followers.csv`` and ``instagram.jsonl``, which were last changed when the world ended, and
    the world's truth in ``truth/``, with the same names.
    """
    with tempfile.TemporaryDirectory() as place, whole_folder(Path(out), ours=OUTPUT) as folder:
        simulate(replace(world, counts=True), place)
        read = {path.stem: pd.read_parquet(path) for path in Path(place).glob("*.parquet")}
        people = read["influencers"].query("platform == 'instagram'").set_index("influencer_id")
        names = people["handle"].str.removeprefix("@")
        ended = pd.Timestamp(START + WEEK * world.weeks)
        tables = {SHEET: _sheet(read, names), FOLLOWERS: _followers(read, names)}
        for name, table in tables.items():
            table.to_csv(folder / name, index=False)
        counts = {name: len(table) for name, table in tables.items()}
        counts[EXPORT] = _export(read, names, ended, folder / EXPORT)
        truth = pd.read_parquet(Path(place) / "truth" / "truth.parquet")
        (folder / "truth").mkdir()
        _of(truth, names).to_parquet(folder / "truth" / "truth.parquet", index=False)
        for name in (*tables, EXPORT):
            os.utime(folder / name, (ended.timestamp(), ended.timestamp()))
    return counts


def _of(table: pd.DataFrame, names: pd.Series[str], column: str = "influencer_id") -> pd.DataFrame:
    """Return the rows of those who are on Instagram, by the names that they have there."""
    return table[table[column].isin(names.index)].assign(**{column: lambda kept: kept[column].map(names)})


def _sheet(read: dict[str, pd.DataFrame], names: pd.Series[str]) -> pd.DataFrame:
    rows = _of(read["outcomes"], names).merge(read["campaigns"], on="campaign_id", validate="many_to_one")
    return pd.DataFrame(
        {
            "Campaign": rows["campaign_id"],
            "Brand": rows["brand"],
            "Category": rows["category"],
            "Brief": rows["brief"],
            "Start": rows["starts_at"].dt.strftime("%Y-%m-%d %H:%M"),
            "End": rows["ends_at"].dt.strftime("%Y-%m-%d %H:%M"),
            "Booked": rows["decided_at"].dt.strftime("%Y-%m-%d %H:%M"),
            "Creator": rows["influencer_id"],
            "Posts": rows["exposure"].astype(int),
            "Fee": rows["fee"].astype(int),
            "Discount": [f"{share:.0%}" for share in rows["discount"]],
            "Orders": rows["conversions"].astype(int),
            "Returns": rows["refunds"].astype(int),
            "Revenue": rows["revenue"],
        }
    )


def _followers(read: dict[str, pd.DataFrame], names: pd.Series[str]) -> pd.DataFrame:
    """Return the last count of everybody on a shortlist before it was decided about them."""
    decisions = pd.concat([read["outcomes"], read["candidates"]])[["influencer_id", "decided_at"]]
    counted = read["audience"].sort_values("observed_at")
    last = pd.merge_asof(
        _of(decisions, names).sort_values("decided_at"),
        _of(counted, names),
        left_on="decided_at",
        right_on="observed_at",
        by="influencer_id",
        allow_exact_matches=False,
    )
    last = last.dropna(subset="followers").drop_duplicates(["influencer_id", "observed_at"])
    return pd.DataFrame(
        {
            "Creator": last["influencer_id"],
            "Date": last["observed_at"].dt.strftime("%Y-%m-%d"),
            "Followers": last["followers"].astype(int),
            "Following": last["following"].astype(int),
        }
    )


def _export(read: dict[str, pd.DataFrame], names: pd.Series[str], ended: pd.Timestamp, path: Path) -> int:
    """Write what business discovery answers of each account on the day when the world ends; return how many media that are."""
    of_candidates = read["posts"][read["posts"]["reply_to_id"].isna()]
    of_candidates = _of(of_candidates, names, "author_id").sort_values("created_at")
    shots = read["post_metrics"][read["post_metrics"]["observed_at"] <= ended].sort_values("observed_at")
    of_candidates = of_candidates.merge(
        shots.groupby("post_id").last(), left_on="post_id", right_index=True, how="left"
    )
    of_candidates["id"] = [str(_FIRST_ID + number) for number in range(len(of_candidates))]
    latest = _of(read["audience"], names).sort_values("observed_at").groupby("influencer_id").last()
    media = {str(name): posts for name, posts in of_candidates.groupby("author_id")}
    with path.open("w", encoding="utf-8") as stream:
        for name, account in latest.iterrows():
            posts = media.get(str(name), of_candidates.head(0))
            discovered = {
                "username": name,
                "followers_count": int(account["followers"]),
                "follows_count": int(account["following"]),
                "media_count": len(posts),
                "media": {"data": [_medium(row) for row in posts.to_dict("records")]},
            }
            stream.write(json.dumps({"business_discovery": discovered}, ensure_ascii=False) + "\n")
    return len(of_candidates)


def _medium(row: dict[Hashable, Any]) -> dict[str, object]:  # cells of a table of several types
    medium: dict[str, object] = {
        "id": row["id"],
        "caption": row["text"],
        "timestamp": f"{row['created_at']:%Y-%m-%dT%H:%M:%S}+0000",
    }
    return medium | {theirs: int(row[ours]) for ours, theirs in _READ.items() if row[ours] == row[ours]}
