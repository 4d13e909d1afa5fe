"""Columns that are called like words of SQL, or like what suasion itself counts rows by: they are the user's, and no row is lost."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from suasion.features.errors import InputError
from suasion.features.tables.open import open_tables

TABLES = {
    "campaigns": ("campaign_id,brand,category,brief,starts_at,ends_at", "c1,b,k,cold brew,2022-01-01,2022-01-21"),
    "outcomes": ("campaign_id,influencer_id,exposure,conversions", "c1,p1,1,3", "c1,p9,1,many"),
    "candidates": ("campaign_id,influencer_id,exposure", "c1,p1,1", "c1,p3,many"),
    "influencers": ("influencer_id,handle,created_at", "p1,a,2020-01-01", "p3,c,never"),
    "posts": ("post_id,author_id,created_at,text", "1,p1,2021-01-01,cold", "3,p2,never,brew"),
    "audience": ("influencer_id,observed_at,followers", "p1,2021-01-01,10", "p2,2021-01-01,many"),
    "post_metrics": ("post_id,observed_at,likes", "1,2021-01-01,10", "2,2021-01-01,many"),
    "signals": ("influencer_id,observed_at,momentum_x", "p1,2021-01-01,10", "p2,2021-01-01,many"),
    "mentions": ("referrer_id,influencer_id,kind,created_at", "p1,p2,mention,2021-01-01", "p2,p1,mention,never"),
    "audience_members": ("influencer_id,member_id,observed_at", "p1,m1,2021-01-01", "p1,m2,never"),
    "credentials": ("influencer_id,kind,subject,awarded_at", "p1,badge,x,2021-01-01", "p1,badge,x,never"),
}  # fmt: skip
SQL = (
    "following", "references", "order", "select", "group", "from", "where", "table", "user", "end", "all", "index", "default", "limit",
    "offer_select", "offer_order", "offer_references",
)  # fmt: skip
OURS = (
    "_row", "row_id", "reason", "key", "record", "line", "row", "superseded_at", "hash", "content", "nth", "contradicts", "next",
    "filename", "influencer_account", "t", "c", "r", "a", "v", "h",
)  # fmt: skip


def write(folder: Path, words: tuple[str, ...], parquet: bool) -> None:
    for name, (header, *rows) in TABLES.items():
        columns = header.split(",")
        own = [word for word in words if word not in columns]
        table = [[*row.split(","), *(str(number) for number in range(len(own)))] for row in rows]
        if parquet:
            pd.DataFrame(table, columns=[*columns, *own]).to_parquet(folder / f"{name}.parquet")
        else:
            with (folder / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([[*columns, *own], *table])


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize(
    "words", [SQL, OURS, ("rowid",), ("ROWID",), ("file_row_number",), ("_FILE",)], ids=lambda words: words[0]
)
def test_a_column_may_be_called_like_that(words: tuple[str, ...], parquet: bool, tmp_path: Path) -> None:
    write(tmp_path, words, parquet)
    with open_tables(tmp_path, quarantine=tmp_path / "aside") as tables:
        for report in tables.reports:
            bad = 0 if report.table == "campaigns" else 1
            assert (report.kept, report.aside, report.repeats) == (1, bad, 0), report
            if bad:
                (aside,) = csv.DictReader((tmp_path / "aside" / f"{report.table}.csv").open(newline=""))
                assert aside["record"] == "2"
                assert all(
                    word.strip().lower() in aside["row"].lower() for word in words if not word.startswith("_")
                )
        assert set(tables.extras) == {"momentum_x", *(word for word in words if word.startswith("offer_"))}


def test_two_columns_that_differ_in_capitals_alone_are_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, ("order", "Order"), False)
    with (
        pytest.raises(InputError, match=r"must name every column once, whatever the capitals.*order,Order"),
        open_tables(tmp_path),
    ):
        pass
