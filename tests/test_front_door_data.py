"""What `import suasion` gives to bring data: tables of many kinds, what is set aside, and features as of a moment."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import suasion as su
from suasion.features.errors import InputError

from .brands import brand, data

__all__ = ["data"]


# -- Dataset ---------------------------------------------------------------------------------------------------------------------


def test_tables_come_as_frames_paths_arrow_and_a_folder(tmp_path: Path) -> None:
    tables = brand(people=10, campaigns=6)
    tables["campaigns"].to_csv(tmp_path / "campaigns.csv", index=False)
    tables["outcomes"].to_parquet(tmp_path / "outcomes.parquet")
    import ibis
    import pyarrow as pa

    kinds: list[dict[str, Any]] = [
        tables,
        {name: table.set_index("campaign_id") for name, table in tables.items()},
        {name: pa.table(table) for name, table in tables.items()},
        {name: ibis.memtable(pa.table(table)) for name, table in tables.items()},
        {"campaigns": str(tmp_path / "campaigns.csv"), "outcomes": tmp_path / "outcomes.parquet"},
        {name: table.convert_dtypes() for name, table in tables.items()},
        {
            "campaigns": tables["campaigns"],
            "outcomes": tables["outcomes"].astype({"influencer_id": "category"}),
        },
    ]
    frames = [su.Dataset(**kind).training_frame() for kind in kinds] + [su.Dataset(tmp_path).training_frame()]
    for X, y, meta in frames[1:]:
        pd.testing.assert_frame_equal(X, frames[0][0])
        pd.testing.assert_series_equal(y, frames[0][1])
        pd.testing.assert_frame_equal(meta, frames[0][2])


def test_bad_rows_are_set_aside_with_their_reason_and_good_ones_used() -> None:
    tables = brand(people=10, campaigns=6)
    outcomes = tables["outcomes"].astype({"conversions": object})
    outcomes.loc[3, "conversions"] = "many"
    outcomes.loc[4, "exposure"] = -1
    data = su.Dataset(campaigns=tables["campaigns"], outcomes=outcomes)
    report = data.check()
    assert report.loc["outcomes", ["rows", "rejected"]].tolist() == [len(outcomes) - 2, 2]
    assert report.loc["posts", "lost"] > 10
    assert sorted(data.rejected["reason"]) == ["conversions is not a finite number", "exposure is below 0"]
    assert "many" in data.rejected["row"].str.cat()
    assert "outcomes" in repr(data)
    assert "<table" in data._repr_html_()


class Streamed:
    """A table as Polars and DuckDB have it: something that Arrow can read from."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "make",
    [
        lambda t: {name: Streamed(frame) for name, frame in t.items()},
        lambda t: t | {"campaigns": t["campaigns"].assign(starts_at=lambda f: f["starts_at"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"))},
        lambda t: t | {"campaigns": t["campaigns"].assign(starts_at=lambda f: f["starts_at"].dt.to_period("D"))},
        lambda t: t | {"outcomes": t["outcomes"].astype({"conversions": "Sparse[int]"})},
    ],
)  # fmt: skip
def test_tables_come_in_types_of_many_kinds(make: Any) -> None:
    tables = brand(people=10, campaigns=8)
    read = []
    for kind in (tables, make(tables)):
        data = su.Dataset(**kind)
        read.append(data.tables.sql("SELECT * EXCLUDE row_id FROM outcomes ORDER BY ALL").df())
    pd.testing.assert_frame_equal(*read, check_dtype=False)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (lambda t: su.Dataset(), "Give either one source"),
        (lambda t: su.Dataset("x", campaigns=t["campaigns"]), "Give either one source"),
        (lambda t: su.Dataset(t["campaigns"]), "The source is a DataFrame"),
        (lambda t: su.Dataset(outcome=t["outcomes"]), r"no table 'outcome'.*Did you mean outcomes\?"),
        (lambda t: su.Dataset(outcomes=3), "outcomes is a int; a table can be"),
        (lambda t: su.Dataset(outcomes=t["outcomes"]["fee"]), "outcomes is a Series; a table can be"),
        (lambda t: su.Dataset(outcomes="no.csv"), "'no.csv', which is no file"),
        (lambda t: su.Dataset(outcomes=t["outcomes"]).check(), "lacks campaigns"),
        (lambda t: su.Dataset(**t, features=[len]), "is no feature"),
        (lambda t: su.Dataset(**t, features=[*su.FEATURES, su.FEATURES[0]]), "Two features are called"),
        (lambda t: su.Dataset(**t).training_frame(until="soon"), "until is 'soon'; it can be a date"),
        (lambda t: su.Dataset(**t).features(t["outcomes"]), "candidates lack as_of"),
        (
            lambda t: su.evaluate(LinearRegression(), su.Dataset(**t)),
            r"LinearRegression.*by name: evaluate\(\{'mine': ",
        ),
        (
            lambda t: su.evaluate(su.InfluenceModel(), t["outcomes"]),
            "data is a DataFrame; it can be a Dataset",
        ),
    ],
)
def test_what_is_wrong_with_what_was_given_is_said_in_a_line(given: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        given(brand(people=8, campaigns=12))


def test_a_dataset_survives_pickling_and_closing(data: su.Dataset) -> None:
    again = pickle.loads(pickle.dumps(data))  # noqa: S301
    pd.testing.assert_frame_equal(again.features(), data.features())
    again.close()
    pd.testing.assert_frame_equal(again.features(), data.features())


def test_features_of_candidates_know_what_was_known(data: su.Dataset) -> None:
    past = data.features()
    assert list(past.index.names) == ["campaign_id", "influencer_id", "as_of"]
    rows = pd.DataFrame(
        {
            "campaign_id": "c29",
            "influencer_id": ["p00", "nobody", "p00"],
            "as_of": ["2024-02-01", "2024-02-01", "2023-09-01"],
        }
    )
    X = data.features(rows)
    assert X.index.get_level_values("influencer_id").tolist() == ["p00", "nobody", "p00"]
    assert X["offer__exposure"].tolist() == [1.0, 1.0, 1.0]
    late, none, early = X["conversion__campaigns"].fillna(0)
    assert late > early > none == 0
    with pytest.raises(InputError, match=r"12 outcomes with an exposure .* were known before 2023-02-01"):
        data.features(rows.iloc[1:].assign(as_of="2023-02-01"))


def test_ids_of_candidates_may_be_numbers_and_accounts_as_in_the_tables() -> None:
    tables = brand()
    number = {
        who: 100 + place for place, who in enumerate(sorted(tables["outcomes"]["influencer_id"].unique()))
    }
    outcomes = tables["outcomes"].assign(influencer_id=tables["outcomes"]["influencer_id"].map(number))
    people = pd.DataFrame({"account_id": [999], "influencer_id": [101]})
    data = su.Dataset(campaigns=tables["campaigns"], outcomes=outcomes, people=people)
    last = outcomes.sort_values("campaign_id").iloc[-1]["campaign_id"]
    asked = pd.DataFrame({"campaign_id": last, "influencer_id": [101, 102, 999], "as_of": "2026-01-01"})
    X = data.features(asked.head(2))
    assert X.index.get_level_values("influencer_id").tolist() == ["101", "102"]
    assert (X["conversion__campaigns"] > 0).all()
    pd.testing.assert_frame_equal(data.features(asked.head(2).astype({"influencer_id": float})), X)
    of_account = data.features(asked.tail(1))
    assert of_account.index.get_level_values("influencer_id").tolist() == ["999"]
    assert of_account["conversion__campaigns"].tolist() == X["conversion__campaigns"].tolist()[:1]
    with pytest.raises(InputError, match="candidates name somebody twice"):
        data.features(asked)
    with pytest.raises(
        InputError, match=r"^exposure is 'two' in the row 0 .*: give a number from 0 to 1e\+12"
    ):
        data.features(asked.head(1).assign(exposure="two"))
    with pytest.raises(InputError, match=r"^discount is 20 in the row 0 .*: give a number from 0 to 1, or"):
        data.features(asked.head(1).assign(discount=20))
