"""A Dataset by hand: how what is given becomes tables, what is asked of them and passed on, and splits at their edges."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import suasion as su
from suasion.features.errors import InputError
from suasion.training import dataset as module
from suasion.training.dataset import Dataset, _arrow, _candidates, _expanded, _table, _write, moment_of
from suasion.training.evaluation.split import ForwardSplit, times_of

AT = datetime(2024, 5, 1)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-05-01", AT),
        (AT, AT),
        (pd.Timestamp(AT), AT),
        ("2024-05-01T02:00:00+02:00", AT),
        (pd.Timestamp("2024-04-30 20:00", tz="America/New_York"), AT),
        ("2024-05-01 00:00:00.000001", AT.replace(microsecond=1)),
        *[(value, None) for value in ("soon", "", None, pd.NaT, [1])],
    ],
)
def test_a_moment_is_in_utc_without_a_zone(value: Any, moment: datetime | None) -> None:
    if moment is None:
        with pytest.raises(
            InputError, match=r"until is .*; it can be a date such as '2024-05-01', or a Timestamp"
        ):
            moment_of(value, "until")
    else:
        told = moment_of(value, "until")
        assert (told, told.tzinfo) == (moment, None)


# -- what is given ----------------------------------------------------------------------------------------------------


def test_columns_of_several_types_are_text_and_others_stay() -> None:
    frame = pd.DataFrame({"n": [1, 2], "mixed": [1, "x"], "gap": ["a", None], 7: [0.5, 1.0]})
    frame["kind"] = pd.Categorical(["b", "a"])
    frame["mixed gap"] = (
        pd.Series([1, None], dtype=object).where([True, False], "y").where([True, False], None)
    )
    frame["odd"] = pd.Series([{"a": 1}, 2.5], dtype=object)
    told = _arrow("outcomes", frame).to_pydict()
    assert list(told) == ["n", "mixed", "gap", "7", "kind", "mixed gap", "odd"]
    assert told["n"] == [1, 2]
    assert told["mixed"] == ["1", "x"]
    assert told["gap"] == ["a", None]
    assert told["kind"] == ["b", "a"]
    assert told["mixed gap"] == [1, None]
    assert told["odd"] == ["{'a': 1}", "2.5"]
    with pytest.raises(InputError, match=r"^outcomes has the column a, b twice\.$"):
        _arrow("outcomes", pd.DataFrame([[1, 2, 3, 4, 5]], columns=["b", "a", "c", "a", "b"]))
    with pytest.raises(InputError, match="has the column 1 twice"):
        _arrow("outcomes", pd.DataFrame([[1, 2]], columns=["1", 1]))
    assert _arrow("x", pd.DataFrame({"a": [None, "x", 1]})).to_pydict() == {"a": [None, "x", "1"]}, (
        "a gap stays one"
    )


def test_an_index_with_names_is_columns_but_for_those_that_are_there() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index([5, 6], name="b"))
    assert _table("x", frame).to_pydict() == {"b": [5, 6], "a": [1, 2]}
    assert _table("x", frame.rename_axis("a")).to_pydict() == {"a": [1, 2]}
    assert _table("x", frame.rename_axis(None)).to_pydict() == {"a": [1, 2]}
    arrow = pa.table({"a": [1]})
    assert _table("x", arrow) == arrow
    assert _table("x", SimpleNamespace(__arrow_c_stream__=arrow.__arrow_c_stream__)).to_pydict() == {"a": [1]}


def test_a_path_is_a_file_of_a_kind_that_is_read(tmp_path: Path) -> None:
    for name in ("a.csv", "b.PARQUET", "c.txt", "d.csv.gz"):
        (tmp_path / name).write_text("x\n1\n")
    (tmp_path / "e.csv").mkdir()
    for name in ("a.csv", "b.PARQUET"):
        assert _table("posts", str(tmp_path / name)) == tmp_path / name
    for name in ("c.txt", "d.csv.gz", "e.csv", "f.csv"):
        with pytest.raises(
            InputError, match=r"^posts is '.*', which is no file that ends in \.csv or \.parquet\.$"
        ):
            _table("posts", tmp_path / name)
    _write({"posts": tmp_path / "b.PARQUET", "campaigns": pa.table({"a": [1]})}, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "campaigns.parquet",
        "posts.parquet",
    ]
    assert pd.read_parquet(tmp_path / "out" / "campaigns.parquet")["a"].tolist() == [1]


def test_what_is_given_is_read_when_it_is_needed_and_said_in_a_line() -> None:
    campaigns = pd.DataFrame({"campaign_id": [f"c{n}" for n in range(1200)], "starts_at": "2024-05-01", "ends_at": "2024-05-31"})  # fmt: skip
    outcomes = pd.DataFrame({"campaign_id": ["c1", "c1"], "influencer_id": ["ann", "ben"], "conversions": [3, "many"]})  # fmt: skip
    data = Dataset(campaigns=campaigns, outcomes=outcomes, posts=None)
    assert repr(data) == "Dataset(campaigns (1,200), outcomes (2))"
    assert data._repr_html_() == "<p>Dataset(campaigns (1,200), outcomes (2))</p>"
    assert repr(Dataset("a<b")) == "Dataset(a<b)"
    assert Dataset("a<b")._repr_html_() == "<p>Dataset(a&lt;b)</p>"
    report = data.check()
    assert report.index.name == "table"
    assert report.loc["outcomes"].drop("absent_columns").tolist() == [1, 1, 0, "conversions is not a finite number (1)", 0]  # fmt: skip
    assert "exposure" in report.loc["outcomes", "absent_columns"].split(", ")
    assert report.loc["campaigns", "rows"] == 1200
    assert report.loc["posts", "lost"] > 0
    assert report.loc["mentions", "lost"] > 0
    assert repr(data).endswith(": 1,200 campaigns, 1 outcomes")
    assert data._repr_html_().startswith("<table")
    tables = data.tables
    assert data.tables is tables, "opened once"
    told = data.rejected
    assert told.columns.tolist() == ["table", "record", "line", "reason", "row"]
    assert told["table"].tolist() == ["outcomes"]
    data.close()
    data.close()
    assert repr(data) == "Dataset(campaigns (1,200), outcomes (2))"
    assert data.tables is not tables
    good = Dataset(campaigns=campaigns, outcomes=outcomes[:1])
    assert (good.rejected.columns.tolist(), len(good.rejected)) == (told.columns.tolist(), 0)


def test_features_of_ones_own_are_told_apart_by_name() -> None:
    @su.feature("frequency", unit="posts", days=[30, 60], fill=0)
    def mine(posts: Any, days: int) -> Any:
        """Posts."""

    assert [f.column for f in _expanded([mine, su.FEATURES[0]])] == [
        "frequency__mine__30d", "frequency__mine__60d", su.FEATURES[0].column
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"^Two features are called frequency__mine__30d, frequency__mine__60d\. Rename"):  # fmt: skip
        _expanded([mine, mine])
    with pytest.raises(InputError, match=r"is no feature. Make one with @suasion\.feature"):
        _expanded(["posts"])  # type: ignore[list-item]
    assert Dataset("x").declared is None
    assert Dataset("x", features=su.FEATURES[:2]).declared == tuple(su.FEATURES[:2])


# -- what is asked ----------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> tuple[Dataset, list[Any]]:
    """Return a Dataset whose reading and building are recorded."""
    record: list[Any] = []
    monkeypatch.setattr(Dataset, "tables", property(lambda self: "tables"))
    monkeypatch.setattr(module, "read_examples", lambda *told, **more: record.append((told, more)) or ("examples", "fitted"))  # fmt: skip
    monkeypatch.setattr(module, "frame_of", lambda examples: (f"frame of {examples}", None, None))
    monkeypatch.setattr(Dataset, "candidate_features", lambda self, rows, fitted: (rows, fitted))
    return Dataset("x"), record


def test_moments_and_spaces_reach_who_reads(asked: tuple[Dataset, list[Any]]) -> None:
    data, record = asked
    space: Any = object()
    assert data.training_frame(until="2024-05-01", test_from=0.25, embedder=space)[0] == "frame of examples"
    data.training_frame()
    data.examples(test_from=None)
    rows = pd.DataFrame(
        {"campaign_id": "c", "influencer_id": ["a", "b"], "as_of": ["2024-05-02", "2024-05-01"]}
    )
    told, fitted = data.features(rows)
    assert (told["as_of"].tolist(), fitted) == ([datetime(2024, 5, 2), AT], "fitted")
    data.features(rows, until="2024-04-01")
    assert record == [
        (("tables", space), {"first": 0.25, "until": AT}),
        (("tables", None), {"first": 0.5, "until": None}),
        (("tables", None), {"first": None, "until": None}),
        (("tables", None), {"first": None, "until": AT}),
        (("tables", None), {"first": None, "until": datetime(2024, 4, 1)}),
    ]


def test_features_of_the_past_are_those_that_train(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = ["campaign_id", "influencer_id", "as_of", "known_at"]
    X = pd.DataFrame({"f": [1.0]}, index=pd.MultiIndex.from_tuples([("c", "a", AT, AT)], names=levels))
    untils: list[Any] = []
    monkeypatch.setattr(
        Dataset, "training_frame", lambda self, *, until: untils.append(until) or (X, None, None)
    )
    assert Dataset("x").features(until="2024-05-01").index.names == levels[:3]
    assert untils == ["2024-05-01"]


def test_candidates_have_a_moment_each_and_nobody_is_there_twice() -> None:
    frame = pd.DataFrame({"campaign_id": ["c", "c"], "influencer_id": ["a", "a"], "as_of": ["2024-05-01T01:00+01:00", "2024-05-02"]}, index=[3, 1])  # fmt: skip
    for given in (
        frame,
        frame.set_index("as_of"),
        frame.set_index(["campaign_id", "influencer_id", "as_of"]),
    ):
        rows = _candidates(given)
        assert rows["as_of"].tolist() == [AT, datetime(2024, 5, 2)]
        assert str(rows["as_of"].dtype) == "datetime64[us]"
        assert rows.index.tolist() == [0, 1]
    with pytest.raises(InputError, match=r"^candidates name somebody twice for one campaign and moment"):
        _candidates(frame.assign(as_of="2024-05-01"))
    with pytest.raises(InputError, match=r"^candidates lack campaign_id, as_of; they need campaign_id, influencer_id, as_of\.$"):  # fmt: skip
        _candidates(frame[["influencer_id"]])


# -- splits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n_splits": 1}, None), ({"n_splits": 0}, "n_splits is 0; it can be 1 or more"),
        ({"test_from": 1e-9}, None), ({"test_from": 0.0}, "test_from is 0.0"),
        ({"test_from": 1 - 1e-9}, None), ({"test_from": 1.0}, "test_from is 1.0"),
    ],
)  # fmt: skip
def test_a_split_has_a_period_and_a_share(options: dict[str, Any], says: str | None) -> None:
    if says is None:
        ForwardSplit(**options)
    else:
        with pytest.raises(InputError, match=says):
            ForwardSplit(**options)


def test_moments_of_rows_are_those_that_are_given_or_of_the_index_or_their_order() -> None:
    days, later = pd.date_range("2024-01-01", periods=3), pd.date_range("2024-02-01", periods=3)
    index = pd.MultiIndex.from_arrays([days, later], names=["as_of", "known_at"])
    X = pd.DataFrame({"x": [1, 2, 3]}, index=index)

    def told(*given: Any) -> list[list[str]]:
        return [np.datetime_as_string(moments, unit="D").tolist() for moments in times_of(*given)]

    first, last = ([str(day.date()) for day in one] for one in (days, later))
    assert told(X, 3) == [first, last]
    assert told(X.droplevel("known_at"), 3) == [first, first], "known when it was decided"
    assert told(X, 3, later) == [last, last], "who gives one does not mean the other of the index"
    assert told(X, 3, None, days) == [first, first]
    assert told(X.to_numpy(), 3, days, later) == [first, last]
    by_order = times_of(X.to_numpy(), 3)
    assert (np.diff(by_order[0]) == np.timedelta64(1, "s")).all()
    assert (by_order[0] == by_order[1]).all()
    zoned = pd.Series(days).dt.tz_localize("Europe/Berlin")
    assert times_of(None, 3, zoned)[0][0] == np.datetime64("2023-12-31T23:00")
    assert times_of(None, 3, days)[0].dtype == np.dtype("datetime64[us]")
    for values, says in ((days[:2], r"decided must be 3 moments, one a row; given: 2, 0"), ([*days[:2], None], "given: 3, 1 of them missing")):  # fmt: skip
        with pytest.raises(InputError, match=says):
            times_of(None, 3, values)
    with pytest.raises(InputError, match="known must be 3 moments"):
        times_of(None, 3, days, later[:1])


def test_a_splitter_counts_its_periods() -> None:
    cv = ForwardSplit(2)
    assert (cv.get_n_splits(), cv.get_n_splits(np.zeros((41, 1))), cv.get_n_splits([[0]] * 41)) == (2, 2, 2)
    at_once = ForwardSplit(2, decided=["2024-01-01"] * 20 + ["2024-01-02"] * 20)
    assert at_once.get_n_splits(np.zeros((40, 1))) == 1, "in the second nothing was decided"
    assert (ForwardSplit().n_splits, ForwardSplit().test_from) == (5, 0.5)
    assert repr(ForwardSplit(2, test_from=0.25)) == "ForwardSplit(n_splits=2, test_from=0.25)"
    (train, test), *_ = cv.split(np.zeros((41, 1)))
    assert (train.tolist(), test.tolist()) == ([*range(20)], [*range(20, 30)])
    late = ForwardSplit(2, test_from=0.75).split(np.zeros((41, 1)))
    assert [len(train) for train, _ in late] == [30, 35]
