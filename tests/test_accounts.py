"""One person on several platforms: joining accounts gives what one account would have given, in every feature and on every way in."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features import FEATURES
from suasion.features.engine.matrix import build_features, prepare
from suasion.features.errors import InputError
from suasion.features.identity.accounts import People, read_people
from suasion.features.tables.open import open_tables
from suasion.features.text.space import LatentSpace

from . import small
from .oracle import Oracle

SPACE = LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)
DECISIONS = "SELECT campaign_id, influencer_id, decided_at AS as_of, exposure, fee, discount FROM outcomes WHERE superseded_at > '9999-01-01'"
OWN = {
    "influencers": ("influencer_id",),
    "posts": ("author_id",),
    "audience": ("influencer_id",),
    "mentions": ("referrer_id", "influencer_id"),
    "credentials": ("influencer_id",),
    "outcomes": ("influencer_id",),
}
SPLIT = {
    "ann": ("x:1", "youtube:UC7", "blog:ann.example"),
    "fan1": ("x:8", "reddit:fan"),
    "bob": ("bob", "x:2"),
}
"""Accounts of people; bob goes by the name of one of his."""


def split(rows: small.Tables, seed: int) -> tuple[small.Tables, list[dict[str, Any]]]:
    """Return the tables with the rows of some people spread over several accounts, and the table that says whose they are."""
    random = np.random.default_rng(seed)
    spread = deepcopy(rows)
    for name, columns in OWN.items():
        # All versions of a row are one account's.
        chosen: dict[Any, str] = {}
        for row in spread[name]:
            for column in columns:
                accounts = SPLIT.get(row[column] or "")
                if accounts:
                    row_is = (
                        column,
                        row[column],
                        *(row.get(k) for k in ("post_id", "campaign_id", "observed_at", "created_at")),
                    )
                    row[column] = chosen.setdefault(row_is, accounts[random.integers(len(accounts))])
    told = [
        {"account_id": account, "influencer_id": person} for person, ids in SPLIT.items() for account in ids
    ]
    return spread, told


class Joined(Oracle):
    """The oracle, with an audience that is told account by account."""

    def whose(self, account: str) -> str:
        return next((person for person, ids in SPLIT.items() if account in ids), account)

    def known(self, name: str, as_of: datetime) -> list[dict[str, Any]]:
        rows = super().known(name, as_of)
        if name != "audience":
            return rows
        found = []
        whose = {account: person for person, ids in SPLIT.items() for account in ids}
        for person in small.PEOPLE:
            own = [row for row in rows if whose.get(row["influencer_id"], row["influencer_id"]) == person]
            accounts = {row["influencer_id"] for row in own}
            for at in sorted({row["observed_at"] for row in own}):
                total: dict[str, Any] = {"influencer_id": person, "observed_at": at}
                for number in ("followers", "following"):
                    # Each account by the last number it told, or before the first by that; not known of all if one never tells.
                    last = []
                    for account in accounts:
                        told = [r for r in own if r["influencer_id"] == account and r[number] is not None]
                        told.sort(key=lambda r: r["observed_at"])
                        before = [r for r in told if r["observed_at"] <= at]
                        last.append((before[-1] if before else told[0])[number] if told else None)
                    total[number] = None if None in last else sum(last)
                found.append(total)
        return found


@pytest.mark.parametrize("seed", range(3))
def test_what_is_spread_over_accounts_and_joined_again_has_the_same_features(
    seed: int, tmp_path: Path
) -> None:
    rows = small.make(seed)
    spread, people = split(rows, seed)
    with open_tables(small.write(spread | {"people": people}, tmp_path)) as tables:
        assert all(report.aside == 0 for report in tables.reports), tables.reports
        matrix = build_features(prepare(tables, SPACE), DECISIONS)
    oracle = Joined(rows | {"audience": spread["audience"]}, SPACE)
    outcomes = {(r["campaign_id"], r["influencer_id"]): r for r in rows["outcomes"]}
    assert set(matrix["influencer_id"]) <= set(small.PEOPLE)
    for row in matrix.to_dict("records"):
        agreed = outcomes[row["campaign_id"], row["influencer_id"]]
        expected = oracle.features(agreed | {"as_of": row["as_of"].to_pydatetime()})
        for name in (feature.column for feature in FEATURES):
            slack = 2e-6 if "closeness" in name or "spread" in name or "credential" in name else 1e-9
            if expected[name] is None:
                assert np.isnan(row[name]), name
            else:
                assert row[name] == pytest.approx(expected[name], rel=slack, abs=slack), name


def test_a_person_has_one_row_a_campaign_in_every_version(tmp_path: Path) -> None:
    at = small.T0
    day = timedelta(days=1)
    rows: small.Tables = {
        "campaigns": [{"campaign_id": "c", "starts_at": at, "ends_at": at + 9 * day}],
        "outcomes": [
            {
                "influencer_id": "x:1",
                "conversions": 3.0,
                "fee": 50.0,
                "discount": 0.1,
                "known_at": at + 20 * day,
            },
            {
                "influencer_id": "x:1",
                "conversions": 4.0,
                "fee": 50.0,
                "discount": 0.1,
                "known_at": at + 30 * day,
            },
            {
                "influencer_id": "x:2",
                "conversions": 10.0,
                "fee": 70.0,
                "discount": 0.3,
                "refunds": 2.0,
                "known_at": at + 25 * day,
            },
            {
                "influencer_id": "z",
                "conversions": 1.0,
                "fee": 9.0,
                "discount": 0.2,
                "known_at": at + 20 * day,
            },
            {
                "influencer_id": "y:1",
                "conversions": 1.0,
                "fee": None,
                "discount": None,
                "known_at": at + 20 * day,
            },
            {
                "influencer_id": "y:2",
                "conversions": 1.0,
                "fee": 5.0,
                "discount": 0.5,
                "known_at": at + 20 * day,
            },
        ],
        "people": [
            {"account_id": "x:1", "influencer_id": "anna"},
            {"account_id": "x:2", "influencer_id": "anna"},
            {"account_id": "y:2", "influencer_id": "y:1"},
        ],
    }
    for number, row in enumerate(rows["outcomes"]):
        row |= {
            "campaign_id": "c",
            "decided_at": at - number * day,
            "exposure": 2.0,
            "offer_gift": float(number),
        }
    rows["outcomes"][1]["decided_at"] = rows["outcomes"][0]["decided_at"]
    with open_tables(small.write(rows, tmp_path)) as tables:
        (report,) = [report for report in tables.reports if report.table == "outcomes"]
        assert (report.read, report.kept, report.aside) == (6, 6, 0)
        found = tables.sql(
            "SELECT influencer_id, known_at, superseded_at, decided_at, exposure, conversions, refunds, fee, discount, offer_gift "
            "FROM outcomes ORDER BY influencer_id, known_at"
        ).fetchall()
        rows_of = tables.sql("SELECT count(DISTINCT row_id) FROM outcomes").fetchone()
    never = datetime(9999, 12, 31)
    k = [at + days * day for days in (20, 25, 30)]
    assert found == [
        ("anna", k[0], k[1], at, 2.0, 3.0, None, 50.0, 0.1, 0.0),
        ("anna", k[1], k[2], at - 2 * day, 4.0, 13.0, 2.0, 120.0, 0.2, 1.0),
        ("anna", k[2], never, at - 2 * day, 4.0, 14.0, 2.0, 120.0, 0.2, 1.5),
        ("y:1", k[0], never, at - 5 * day, 4.0, 2.0, None, None, 0.5, 4.5),
        ("z", k[0], never, at - 3 * day, 2.0, 1.0, None, 9.0, 0.2, 3.0),
    ]
    assert rows_of == (5,)


def test_every_table_knows_the_person_and_the_account(tmp_path: Path) -> None:
    spread, people = split(small.make(1), 1)
    with open_tables(small.write(spread | {"people": people}, tmp_path)) as tables:
        for name, columns in OWN.items():
            for column in columns:
                account = column.replace("_id", "_account")
                rows = tables.sql(
                    f"SELECT DISTINCT {account}, {column} FROM {name} WHERE {column} IS NOT NULL"
                ).fetchall()
                assert {(one, tables.people.person_of(one)) for one, _ in rows} == set(rows)
                assert any(one != person for one, person in rows), f"no account is joined in {name}"


def test_who_is_whose_follows_chains_and_leaves_what_contradicts() -> None:
    people = People.of(
        [("a", "b"), ("b", "c"), ("c", "c"), ("d", "e"), ("e", "d"), ("f", "g"), ("f", "h"), ("i", "f")]
    )
    assert dict(people.persons) == {"a": "c", "b": "c", "e": "d", "i": "f"}
    assert people.undecided == ("f",)
    assert people.everyone(["a", "z"]) == ("a", "b", "c", "z")
    assert not People()
    assert not People.of([("a", "a")])


def test_the_table_of_people_is_checked_like_any_other(tmp_path: Path) -> None:
    data = small.write(small.make(2), tmp_path / "data")
    (data / "people.csv").write_text(
        "account_id,influencer_id,is_same,since\nx:1,ann,,\n,ann,,\nx:2,ann,perhaps,\nx:3,bob,no,2024-01-01\nx:4,bob,,soon\n"
    )
    people = read_people(data, tmp_path / "quarantine")
    assert people.report is not None
    assert (people.report.read, people.report.kept) == (5, 2)
    assert dict(people.persons) == {"x:1": "ann"}
    assert people.apart == {("x:3", "bob")}
    told = pd.read_csv(tmp_path / "quarantine" / "people.csv")
    assert told["reason"].tolist() == [
        "account_id is missing",
        "is_same is not true or false",
        "since is not a time",
    ]
    (data / "people.csv").write_text("account,person\nx:1,ann\n")
    with pytest.raises(InputError, match="lacks the columns account_id, influencer_id"):
        read_people(data)


def test_who_opts_out_does_so_with_all_accounts(tmp_path: Path) -> None:
    spread, people = split(small.make(1), 1)
    data = small.write(spread | {"people": people}, tmp_path)
    (data / "opt-out.txt").write_text("youtube:UC7\n")
    with open_tables(data) as tables:
        for name, columns in OWN.items():
            for column in columns:
                found = {one for (one,) in tables.sql(f"SELECT DISTINCT {column} FROM {name}").fetchall()}
                assert not found & {"ann", *SPLIT["ann"]}, name


def test_joining_others_reads_kept_tables_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUASION_STORE", str(tmp_path / "store"))
    spread, people = split(small.make(1), 1)
    data = small.write(spread | {"people": people}, tmp_path / "data")

    def features(where: Path) -> pd.DataFrame:
        with open_tables(where) as tables:
            return build_features(prepare(tables, SPACE), DECISIONS)

    first = features(data)
    pd.testing.assert_frame_equal(features(data), first)
    small.write({"people": people[:3]}, data)
    fewer = features(data)
    assert set(fewer["influencer_id"]) > set(first["influencer_id"])
    monkeypatch.delenv("SUASION_STORE")
    pd.testing.assert_frame_equal(features(data), fewer, check_exact=False, rtol=1e-9)


def test_new_files_are_joined_like_those_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes to kept tables piece by piece is what comes at once."""
    spread, people = split(small.make(1), 1)
    at_once = small.write(spread | {"people": people}, tmp_path / "once")
    with open_tables(at_once) as tables:
        expected = build_features(prepare(tables, SPACE), DECISIONS)
    monkeypatch.setenv("SUASION_STORE", str(tmp_path / "store"))
    data = small.write(
        {name: rows for name, rows in spread.items() if name not in ("posts", "audience")}
        | {"people": people},
        tmp_path / "data",
    )
    for part in range(3):
        for name in ("posts", "audience"):
            piece = small.write({name: spread[name][part::3]}, tmp_path / f"part{part}")
            (data / name).mkdir(exist_ok=True)
            (piece / f"{name}.parquet").rename(data / name / f"{part}.parquet")
        with open_tables(data) as tables:
            found = build_features(prepare(tables, SPACE), DECISIONS)
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-9)
