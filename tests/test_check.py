"""Reading and checking: every kind of bad row, its reason, and the good rows beside it."""

from __future__ import annotations

import gzip
import io
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from suasion.features.errors import EmptyTableError, InputError, MissingColumnError, MissingTableError
from suasion.features.tables.open import open_tables
from suasion.serving.check import check
from suasion.serving.cli.terminal.checked import print_check

from . import small

CAMPAIGNS = "campaign_id,brand,category,brief,starts_at,ends_at\nc1,b,x,hops,2020-01-01,2020-02-01\nc2,b,y,wine,2020-03-01,\n"
OUTCOMES = "campaign_id,influencer_id,conversions\nc1,ann,3\n"


def folder(tmp_path: Path, **files: str | bytes) -> Path:
    tmp_path.mkdir(exist_ok=True)
    files = {"campaigns": CAMPAIGNS, "outcomes": OUTCOMES} | files
    for name, content in files.items():
        path = tmp_path / f"{name}.csv"
        path.write_bytes(content) if isinstance(content, bytes) else path.write_text(
            content, encoding="utf-8"
        )
    return tmp_path


BAD = [
    (
        "outcomes",
        "campaign_id,influencer_id,conversions",
        "c1,bob,many",
        "conversions is not a finite number",
    ),
    ("outcomes", "campaign_id,influencer_id,conversions", "c1,bob,inf", "conversions is not a finite number"),
    ("outcomes", "campaign_id,influencer_id,conversions", "c1,bob,-1", "conversions is below 0"),
    ("outcomes", "campaign_id,influencer_id,conversions", "c1,,1", "influencer_id is missing"),
    ("outcomes", "campaign_id,influencer_id,conversions", "c1,bob,", "conversions is missing"),
    ("outcomes", "campaign_id,influencer_id,conversions", "c9,bob,1", "campaign_id is not in campaigns"),
    ("outcomes", "campaign_id,influencer_id,conversions", "c2,bob,1", "when it was known is not known"),
    (
        "outcomes",
        "campaign_id,influencer_id,conversions,known_at",
        "c1,bob,1,2019-12-31",
        "known before it happened",
    ),
    (
        "outcomes",
        "campaign_id,influencer_id,conversions,known_at",
        "c1,bob,1,2020-01-01",
        "known before it happened",
    ),
    ("outcomes", "campaign_id,influencer_id,conversions,known_at", "c1,bob,1,soon", "known_at is not a time"),
    ("outcomes", "campaign_id,influencer_id,conversions,fee", "c1,bob,1,-5", "fee is below 0"),
    (
        "outcomes",
        "campaign_id,influencer_id,conversions,offer_x",
        "c1,bob,1,much",
        "offer_x is not a finite number",
    ),
    ("campaigns", "campaign_id,starts_at,ends_at", "c3,2020-05-01,2020-04-01", "ends_at is before starts_at"),
    (
        "campaigns",
        "campaign_id,starts_at,ends_at",
        "c3,1020-05-01,2020-04-01",
        "starts_at is an impossible time",
    ),
    ("campaigns", "campaign_id,starts_at,ends_at", "c3,2020-13-01,", "starts_at is not a time"),
    (
        "mentions",
        "referrer_id,influencer_id,kind,created_at",
        "a,b,shout,2020-01-01",
        "kind is none of mention",
    ),
    (
        "mentions",
        "referrer_id,influencer_id,kind,created_at,known_at",
        "a,b,mention,2020-01-02,2020-01-01",
        "known before",
    ),
    ("audience", "influencer_id,observed_at,followers", "a,2020-01-01,-3", "followers is below 0"),
    (
        "audience",
        "influencer_id,observed_at,followers",
        "a,3020-01-01,3",
        "observed_at is an impossible time",
    ),
    ("post_metrics", "post_id,observed_at,likes", "p,2020-01-01,-3", "likes is below 0"),
    ("post_metrics", "post_id,observed_at,saves", "p,,3", "observed_at is missing"),
    ("audience", "influencer_id,observed_at,followers,real_share", "a,2020-01-01,3,64", "it is a share"),
    ("signals", "influencer_id,observed_at,momentum_x", "a,2020-01-01,much", "momentum_x is not a finite"),
    (
        "credentials",
        "influencer_id,kind,awarded_at,verified",
        "a,book,2020-01-01,perhaps",
        "verified is not true or false",
    ),
    ("posts", "post_id,author_id,created_at", "p,a,yesterday", "created_at is not a time"),
    ("influencers", "influencer_id,created_at", ",2020-01-01", "influencer_id is missing"),
    ("candidates", "campaign_id,influencer_id,exposure", "c9,a,1", "campaign_id is not in campaigns"),
]
"""Bad rows: table, header, row, and part of the reason."""
GOOD = {
    "outcomes": "c1,ann,3",
    "campaigns": "c1,2020-01-01,2020-02-01",
    "mentions": "a,b,mention,2020-01-01",
    "audience": "a,2020-01-01,3",
    "post_metrics": "p,2020-01-01,3",
    "signals": "a,2020-01-01,3",
    "credentials": "a,book,2020-01-01,true",
    "posts": "p0,a,2020-01-01",
    "influencers": "a,2020-01-01",
    "candidates": "c1,a,1",
}


@pytest.mark.parametrize(("table", "header", "row", "reason"), BAD)
def test_a_bad_row_is_set_aside_with_its_reason_and_good_rows_stay(
    table: str, header: str, row: str, reason: str, tmp_path: Path
) -> None:
    good = GOOD[table]
    good += "," * (header.count(",") - good.count(","))
    data = folder(tmp_path / "data", **{table: f"{header}\n{good}\n{row}\n"})
    with open_tables(data, quarantine=tmp_path / "q") as tables:
        report = next(r for r in tables.reports if r.table == table)
    assert (report.read, report.kept, report.aside) == (2, 1, 1)
    assert reason in report.reasons[0][0]
    aside = pd.read_csv(tmp_path / "q" / f"{table}.csv")
    assert reason in aside["reason"][0]
    assert aside["record"][0] == 2


def test_contradicting_rows_are_all_set_aside_and_repeats_collapse(tmp_path: Path) -> None:
    rows = "campaign_id,influencer_id,conversions\nc1,ann,3\nc1,bob,1\nc1,bob,2\nc1,cem,5\nc1,cem,5\n"
    with open_tables(folder(tmp_path, outcomes=rows)) as tables:
        report = next(r for r in tables.reports if r.table == "outcomes")
        kept = tables.sql("SELECT influencer_id FROM outcomes ORDER BY 1").fetchall()
    assert kept == [("ann",), ("cem",)]
    assert (report.aside, report.repeats) == (2, 1)
    assert "contradicts another row" in report.reasons[0][0]


def test_same_key_known_at_different_times_are_versions(tmp_path: Path) -> None:
    rows = "campaign_id,influencer_id,conversions,known_at\nc1,ann,3,2020-02-01\nc1,ann,4,2020-03-01\n"
    with open_tables(folder(tmp_path, outcomes=rows)) as tables:
        found = tables.sql("SELECT conversions, superseded_at FROM outcomes ORDER BY known_at").fetchall()
    assert found == [(3.0, datetime(2020, 3, 1)), (4.0, datetime(9999, 12, 31))]


def test_broken_encoding_costs_one_line_of_csv(tmp_path: Path) -> None:
    broken = CAMPAIGNS.encode() + b"c3,b,\xff\xfe,wine,2020-03-01,\n"
    with open_tables(folder(tmp_path, campaigns=broken), quarantine=tmp_path / "q") as tables:
        report = next(r for r in tables.reports if r.table == "campaigns")
    assert (report.kept, report.aside) == (2, 1)
    assert "encoding" in report.reasons[0][0]


def test_broken_encoding_costs_one_row_of_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = folder(tmp_path)
    text = pa.array([b"fine", b"\xff\xfe"], pa.binary())
    table = pa.table(
        {"post_id": ["a", "b"], "author_id": ["x", "y"], "text": text.cast(pa.string(), safe=False)}
    )
    table = table.append_column("created_at", pa.array([datetime(2020, 1, 1)] * 2, pa.timestamp("us")))
    pq.write_table(table, data / "posts.parquet")
    with open_tables(data) as tables:
        report = next(r for r in tables.reports if r.table == "posts")
        assert tables.sql("SELECT post_id FROM posts").fetchall() == [("a",)]
    assert report.reasons == (("text is not UTF-8 text", 1),)


def test_times_without_a_zone_are_utc_and_offsets_are_honoured(tmp_path: Path) -> None:
    rows = CAMPAIGNS + "c3,b,x,w,2020-01-01T01:00:00+02:00,\n"
    with open_tables(folder(tmp_path, campaigns=rows)) as tables:
        found = dict(tables.sql("SELECT campaign_id, starts_at FROM campaigns").fetchall())
    assert found["c1"] == datetime(2020, 1, 1)
    assert found["c3"] == datetime(2019, 12, 31, 23)


def test_semicolons_byte_order_marks_gzip_and_float_ids_are_read(tmp_path: Path) -> None:
    data = folder(tmp_path, campaigns=("\ufeff" + CAMPAIGNS.replace(",", ";")).encode())
    with gzip.open(data / "audience.csv.gz", "wt") as stream:
        stream.write("influencer_id,observed_at,followers\n7,2020-01-01,5\n")
    pd.DataFrame(
        {"influencer_id": [7.0, None], "created_at": pd.to_datetime(["2019-01-01", "2019-01-01"])}
    ).to_parquet(data / "influencers.parquet")
    with open_tables(data) as tables:
        assert tables.sql("SELECT count(*) FROM campaigns").fetchone() == (2,)
        assert tables.sql(
            "SELECT count(*) FROM audience JOIN influencers USING (influencer_id)"
        ).fetchone() == (1,)


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        ({"outcomes": None}, MissingTableError, r"lacks outcomes, which suasion cannot do without"),
        ({"outcomes": ""}, InputError, r"outcomes.csv is empty \(0 bytes\)"),
        ({"outcomes": "campaign_id,influencer_id,conversions\n"}, EmptyTableError, "has no usable row"),
        (
            {"outcomes": "campaign_id,influencer_id\nc1,a\n"},
            MissingColumnError,
            "lacks the column conversions",
        ),
        ({"posts": "post_id,author_id\np,a\n"}, MissingColumnError, "or remove posts to go on without it"),
        (
            {"outcomes": "campaign_id,influencer_id,conversions,conversions\nc1,a,1,1\n"},
            InputError,
            "name every column once",
        ),
        (
            {"outcomes": "campaign_id,influencer_id,conversions\nc1,a,x\n"},
            EmptyTableError,
            "1 conversions is not a finite number",
        ),
        ({"outcomes": OUTCOMES.encode("utf-16")}, InputError, "not UTF-8 text"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(
    files: dict, error: type[Exception], message: str, tmp_path: Path
) -> None:
    data = folder(tmp_path, **{name: content or "" for name, content in files.items()})
    for name, content in files.items():
        if content is None:
            (data / f"{name}.csv").unlink()
    with pytest.raises(error, match=message), open_tables(data):
        pass


def test_a_table_there_twice_a_file_a_wrong_path_and_a_broken_parquet(tmp_path: Path) -> None:
    data = folder(tmp_path / "a")
    (data / "outcomes.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="there more than once"), open_tables(data):
        pass
    (data / "outcomes.csv").unlink()
    with pytest.raises(InputError, match="cannot be read as Parquet"), open_tables(data):
        pass
    with pytest.raises(InputError, match="is a single file"), open_tables(data / "campaigns.csv"):
        pass
    with pytest.raises(InputError, match="There is nothing at"), open_tables(tmp_path / "nowhere"):
        pass
    with (
        pytest.raises(InputError, match="No connection to"),
        open_tables("postgresql://u:secret@127.0.0.1:9/none"),
    ):
        pass


def test_a_password_never_shows(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught, open_tables("postgresql://u:s3cret@127.0.0.1:9/none"):
        pass
    assert "s3cret" not in str(caught.value)


def contents(address: str | Path) -> dict[str, list]:
    from suasion.features.tables.schema import TABLES

    with open_tables(address) as tables:
        found = {}
        for name, table in TABLES.items():
            columns = ", ".join(column.name for column in table.columns)
            found[name] = tables.sql(f"SELECT {columns}, known_at FROM {name} ORDER BY ALL").fetchall()
        return found


def as_duckdb(parquet: Path, target: Path) -> Path:
    with duckdb.connect(target) as connection:
        for path in parquet.glob("*.parquet"):
            connection.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM '{path}'")
    return target


def test_parquet_csv_and_duckdb_hold_the_same(tmp_path: Path) -> None:
    parquet = small.write(small.make(1), tmp_path / "parquet")
    csv = tmp_path / "csv"
    csv.mkdir()
    with duckdb.connect() as connection:
        for path in parquet.glob("*.parquet"):
            text = "* REPLACE (array_to_string(links, ' ') AS links)" if path.stem == "posts" else "*"
            connection.execute(f"COPY (SELECT {text} FROM '{path}') TO '{csv / path.stem}.csv' (HEADER)")
    told = contents(parquet)
    assert sum(map(len, told.values())) > 300
    assert contents(as_duckdb(parquet, tmp_path / "data.duckdb")) == told
    # An empty list and no list, an empty text and no text, are written alike in CSV.
    bare = lambda rows: [tuple(None if v in ("", []) else v for v in row) for row in rows]
    assert {name: bare(rows) for name, rows in contents(csv).items()} == {
        name: bare(rows) for name, rows in told.items()
    }


def test_parquet_in_parts_is_numbered_through_and_a_bad_row_named_by_its_record(tmp_path: Path) -> None:
    rows = small.make(2)
    data = small.write(rows, tmp_path / "data")
    whole = pd.read_parquet(data / "posts.parquet")
    (data / "posts.parquet").unlink()
    whole.loc[len(whole) - 1, "created_at"] = pd.NaT
    for part, places in enumerate(np.array_split(np.arange(len(whole)), 3)):
        path = data / "posts" / f"day={part}" / "part.parquet"
        path.parent.mkdir(parents=True)
        whole.iloc[places].to_parquet(path)
    with open_tables(data, quarantine=tmp_path / "aside") as tables:
        found = tables.sql("SELECT row_id, post_id FROM posts ORDER BY 1").fetchall()
    assert [row for row, _ in found] == list(range(1, len(whole)))
    assert [post for _, post in found] == whole["post_id"].tolist()[:-1]
    assert pd.read_csv(tmp_path / "aside" / "posts.csv")["record"].tolist() == [len(whole)]


def test_a_date_that_every_row_lacks_is_shown_in_some_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suasion.features.tables.quarantine.MOST_ROWS", 3)
    posts = (
        "post_id,author_id,text,created_at\n"
        + "".join(f"p{n},ann,hops,\n" for n in range(8))
        + ",ann,hops,2020-01-01\n"
    )
    with open_tables(folder(tmp_path, posts=posts), quarantine=tmp_path / "q") as tables:
        report = next(report for report in tables.reports if report.table == "posts")
    assert report.aside == 9
    told = pd.read_csv(tmp_path / "q" / "posts.csv")
    without = "created_at is missing"
    assert told["reason"].tolist() == [
        without,
        without,
        without,
        "post_id is missing",
        f"and 5 more rows: {without}",
    ]
    assert told["record"].tolist()[:4] == [1, 2, 3, 9]
    assert told.iloc[4].isna().tolist() == [True, True, False, True]


@pytest.mark.parametrize(("apart", "unknown"), [(3, 38), (21, 38), (22, 0)])
def test_check_says_how_often_somebody_was_asked_before_their_last_outcome_was_known(
    tmp_path: Path, apart: int, unknown: int
) -> None:
    """One person, a campaign every so many days, each outcome known after 21: what becomes known at the moment of decision is not known before it."""
    starts = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(39) * apart, unit="D")
    campaigns = pd.DataFrame(
        {"campaign_id": [f"c{k}" for k in range(39)], "starts_at": starts, "ends_at": starts}
    )
    outcomes = campaigns[["campaign_id"]].assign(
        influencer_id="ann", decided_at=starts, known_at=starts + pd.Timedelta(days=21), conversions=3
    )
    new = {"campaign_id": ["c0"], "influencer_id": ["bob"], "conversions": [1], "known_at": ["2024-01-01"]}
    outcomes = pd.concat([outcomes, pd.DataFrame(new)])
    data = folder(
        tmp_path / "data", campaigns=campaigns.to_csv(index=False), outcomes=outcomes.to_csv(index=False)
    )
    with open_tables(data) as tables:
        checked = check(tables, tmp_path / "aside")
    assert (checked.lag.again, checked.lag.unknown, checked.lag.median_days) == (38, unknown, 21.0)
    console = Console(file=io.StringIO(), width=400)
    print_check(console, checked)
    said = f"{unknown} of the 38 times that somebody was asked again, nothing was known of their last campaign yet"
    assert (said in console.file.getvalue()) == (unknown > 0)
