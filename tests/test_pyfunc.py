"""The registered model: it takes tables as people have them, and refuses what is no number, by name."""

from __future__ import annotations

import warnings
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from suasion.features.errors import InputError
from suasion.training.bundle.numbers import as_numbers
from suasion.training.tracking import pyfunc
from suasion.training.tracking.pyfunc import BundleModel, signature_of

from . import made

POSTS, LIKES = made.record("frequency__posts__30d"), made.record("momentum__likes")
MODEL = made.bundle({POSTS: 0.5, LIKES: 0.25}, absent=1.0)
BASE = pd.DataFrame(
    {POSTS.column: [1.0, 2.0, 3.0], LIKES.column: [4.0, np.nan, 6.0], "exposure": [1.0, 2.0, 3.0]}
)


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the model as MLflow loads it, with its checks before ours."""
    folder = tmp_path_factory.mktemp("pyfunc")
    (folder / "data").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow: of itself, and that no example was given
        import mlflow.pyfunc

        mlflow.pyfunc.save_model(
            folder / "model", loader_module="suasion.training.tracking.pyfunc", data_path=str(folder / "data"),
            signature=signature_of(MODEL), pip_requirements=["suasion"],
        )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyfunc, "load", lambda path: MODEL)
        return mlflow.pyfunc.load_model(str(folder / "model"))


def expected(rows: list[int] | None = None) -> np.ndarray:
    return MODEL.predict(BASE.iloc[rows or [0, 1, 2]])["expected_conversions"].to_numpy()


WAYS = {
    "whole numbers": BASE.assign(exposure=[1, 2, 3]),
    "small whole numbers": BASE.assign(exposure=np.array([1, 2, 3], dtype="uint8")),
    "nullable": BASE.assign(**{LIKES.column: pd.array([4, None, 6], dtype="Int64"), "exposure": pd.array([1, 2, 3], dtype="Int64")}),
    "nullable floats": BASE.assign(**{LIKES.column: pd.array([4, None, 6], dtype="Float64")}),
    "objects": BASE.assign(**{LIKES.column: np.array([4, None, Decimal(6)], dtype=object), POSTS.column: np.array([1, np.float32(2), 3.0], dtype=object)}),
    "missing in every way": BASE.assign(**{LIKES.column: np.array([4, pd.NA, 6], dtype=object)}),
    "times that are missing": BASE.assign(**{LIKES.column: np.array([4, pd.NaT, 6], dtype=object)}),
    "categories": BASE.assign(exposure=pd.Categorical([1, 2, 3])),
    "more columns": BASE.assign(name=["a", "b", "c"], order=1),
    "another order": BASE[BASE.columns[::-1]],
    "another index": BASE.set_axis(["x", "y", "z"]),
    "an index with repeats": BASE.set_axis([7, 7, 7]),
    "an index of several": BASE.set_axis(pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_table_is_taken_as_it_is(registered: Any, way: str) -> None:
    told = registered.predict(WAYS[way])
    np.testing.assert_allclose(told["expected_conversions"], expected(), rtol=1e-12)
    pd.testing.assert_index_equal(told.index, WAYS[way].index)
    assert told.columns.tolist() == signature_of(MODEL).outputs.input_names()


def test_rows_of_arrow_are_taken(registered: Any) -> None:
    table = BASE.assign(exposure=[1, 2, 3]).convert_dtypes(dtype_backend="pyarrow")
    np.testing.assert_allclose(registered.predict(table)["expected_conversions"], expected(), rtol=1e-12)


@pytest.mark.parametrize(
    "table", [BASE.iloc[:0], BASE.iloc[:0].astype(object), BASE.iloc[:0].astype("int64")]
)
def test_no_rows_give_no_rows(registered: Any, table: pd.DataFrame) -> None:
    told = registered.predict(table)
    assert len(told) == 0
    assert set(told.dtypes) == {np.dtype("float64")}


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        (LIKES.column, [4.0, np.inf, 6.0], "momentum__likes is inf in the row 'y' (number 2): give a finite number"),
        (LIKES.column, [4, "many", 6], "momentum__likes is 'many' in the row 'y' (number 2)"),
        (LIKES.column, [4, "5", 6], "momentum__likes is '5' in the row 'y'"),
        (LIKES.column, [[4], 5, 6], "momentum__likes is [4] in the row 'x'"),
        (LIKES.column, [4, 5, 1j], "momentum__likes is (4+0j) in the row 'x'"),
        (LIKES.column, [4, 5, 10**400], "momentum__likes is 1000"),
        (LIKES.column, pd.to_datetime(["2024-01-01"] * 3), "momentum__likes is Timestamp"),
        ("exposure", [1.0, -1.0, -2.0], "exposure is -1.0 in the row 'y' (number 2): give a number from 0 to 1e+12, or leave it missing; so it is in 1 more rows."),
        ("exposure", [1.0, 1e13, 1e300], "exposure is 10000000000000.0 in the row 'y' (number 2): give a number from 0 to 1e+12, or leave it missing; so it is in 1 more rows."),
        ("exposure", [1, 2, -np.inf], "exposure is -inf in the row 'z' (number 3)"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_by_name(registered: Any, column: str, values: Any, said: str) -> None:
    table = BASE.set_axis(["x", "y", "z"])
    table[column] = pd.Series(
        values,
        index=table.index,
        dtype=object if isinstance(values, list) and column == LIKES.column else None,
    )
    with pytest.raises(MlflowException) as caught:
        registered.predict(table)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400, "and not the whole table"
    with pytest.raises(InputError):
        as_numbers(table, [*BASE.columns])


def test_a_column_that_is_not_there_or_twice_is_named(registered: Any) -> None:
    with pytest.raises(MlflowException, match="exposure"):
        registered.predict(BASE.drop(columns="exposure"))
    with pytest.raises(InputError, match="lacks the columns exposure; the model takes 3"):
        as_numbers(BASE.drop(columns="exposure"), BASE.columns)
    twice = pd.concat([BASE, BASE[["exposure"]]], axis=1)
    with pytest.raises(InputError, match="has the column exposure 2 times"):
        as_numbers(twice, BASE.columns)


def test_flags_count_as_numbers_and_the_table_stays_as_it_was() -> None:
    table = BASE.assign(exposure=[True, False, True])
    before = table.copy()
    assert as_numbers(table, ["exposure"])["exposure"].tolist() == [1.0, 0.0, 1.0]
    pd.testing.assert_frame_equal(table, before)


def test_what_is_loaded_is_the_bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pyfunc, "load", lambda path: SimpleNamespace(path=path))
    assert isinstance(pyfunc._load_pyfunc("x"), BundleModel)
