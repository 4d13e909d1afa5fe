"""The data of one brand, ready to learn from: checked tables, features as of each decision, rows to train on."""

from __future__ import annotations

import difflib
import html
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from suasion.features import GROUPS, Feature
from suasion.features.engine.feature import Declaration
from suasion.features.engine.matrix import available, features_of, prepare
from suasion.features.errors import InputError
from suasion.features.tables.open import Tables, open_tables
from suasion.features.tables.read import quote
from suasion.features.tables.schema import PEOPLE, TABLES, offered
from suasion.features.text.space import Embedder

from .bundle.numbers import as_numbers
from .evaluation.split import TEST_FROM
from .examples import KEYS, Examples, Fitted, build_candidates, read_examples

Time: TypeAlias = str | datetime | pd.Timestamp
NAMES = (*TABLES, PEOPLE.name)
SUFFIXES = (".csv", ".parquet")


class Dataset:
    """Checked tables of one brand, and what follows from them as of each moment of decision.

    ``campaigns`` and ``outcomes`` are needed; each other table makes more features. Tables are checked when they are first needed,
    row by row: a bad row is set aside with its reason (:attr:`rejected`), and the good ones are used.

    Parameters
    ----------
    source
        A folder of CSV or Parquet files named after the tables, a DuckDB file, or a database address; or None, and tables by name.
    features
        The features to make: ``[*suasion.FEATURES, mine]`` adds one made by :func:`suasion.feature`. None: all that suasion has.
    settled
        Whether counts of old posts are taken as settled, though they were read later: an assumption, for who has one export alone
        (:mod:`suasion.features.engine.settled`).
    goal
        The goal of the campaigns whose outcomes count (``campaigns.goal``); None where all have one and the same.
    **tables
        Each a DataFrame of pandas or Polars, an Arrow, Ibis or DuckDB table, or the path of a CSV or Parquet file.

    Raises
    ------
    InputError
        When a name is no table's, or what is given cannot be a table.

    Examples
    --------
    >>> import pandas as pd
    >>> campaigns = pd.DataFrame({"campaign_id": ["c1"], "starts_at": ["2024-05-01"], "ends_at": ["2024-05-31"]})
    >>> outcomes = pd.DataFrame({"campaign_id": ["c1", "c1"], "influencer_id": ["ann", "ben"], "conversions": [3, "many"]})
    >>> data = Dataset(campaigns=campaigns, outcomes=outcomes)
    >>> data.check().loc["outcomes", ["rows", "rejected"]].tolist()
    [1, 1]
    >>> data.rejected[["table", "reason"]].values.tolist()
    [['outcomes', 'conversions is not a finite number']]
    """

    def __init__(
        self,
        source: str | Path | None = None,
        /,
        *,
        features: Iterable[Feature | Declaration] | None = None,
        settled: bool = False,
        goal: str | None = None,
        **tables: object,
    ) -> None:
        if (source is None) == (not tables):
            raise InputError(
                "Give either one source (a folder, a DuckDB file, a database address) or tables by name, such as "
                "campaigns=… and outcomes=…: one of the two."
            )
        if source is not None and not isinstance(source, (str, os.PathLike)):
            raise InputError(
                f"The source is a {type(source).__name__}; it can be a path or an address. Give DataFrames by name: "
                "Dataset(campaigns=…, outcomes=…)."
            )
        for name in tables:
            if name not in NAMES:
                near = difflib.get_close_matches(name, NAMES, 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise InputError(f"There is no table {name!r}; tables are {', '.join(NAMES)}.{hint}")
        self.source = None if source is None else str(source)
        self.declared = None if features is None else tuple(_expanded(features))
        self.settled, self.goal = settled, goal
        self._given = {name: _table(name, table) for name, table in tables.items() if table is not None}
        self._stack: ExitStack | None = None

    # -- the tables --------------------------------------------------------------------------------------------------------------

    @property
    def tables(self) -> Tables:
        """The checked tables, opened when first asked for; :meth:`close` closes them."""
        if self._stack is None:
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="suasion-")))
                source = self.source
                if source is None:
                    source = str(folder / "tables")
                    _write(self._given, Path(source))
                self._aside = folder / "rejected"
                self._tables = stack.enter_context(
                    open_tables(
                        source,
                        quarantine=self._aside,
                        declared=self.declared,
                        settled=self.settled,
                        goal=self.goal,
                    )
                )
                self._stack = stack.pop_all()
                weakref.finalize(self, self._stack.close)
        return self._tables

    def close(self) -> None:
        """Close the working database; whatever is asked next opens it again."""
        stack, self._stack = self._stack, None
        if stack is not None:
            stack.close()

    def __getstate__(self) -> dict[str, object]:
        state = {"source": self.source, "declared": self.declared, "settled": self.settled, "goal": self.goal}
        return state | {"_given": self._given, "_stack": None}

    def check(self) -> pd.DataFrame:
        """Return what was read, one row a table.

        Returns
        -------
        DataFrame
            Indexed by table: ``rows`` that are good, ``rejected``, ``repeats``, ``reasons`` (each with its count),
            ``absent_columns``, and ``lost``, the features that would be there if the table were.
        """
        tables = self.tables
        features = features_of(tables)
        rows = []
        for report in tables.reports:
            more = tables.present | {report.table}
            lost = [
                f.column
                for f in features
                if available(f, more, features) and not available(f, tables.present, features)
            ]
            rows.append(
                {
                    "table": report.table,
                    "rows": report.kept,
                    "rejected": report.aside,
                    "repeats": report.repeats,
                    "reasons": "; ".join(f"{reason} ({count})" for reason, count in report.reasons),
                    "absent_columns": ", ".join(report.absent_columns),
                    "lost": len(lost),
                }
            )
        return pd.DataFrame(rows).set_index("table")

    @property
    def rejected(self) -> pd.DataFrame:
        """Rows set aside: ``table, record, line, reason, row``."""
        _ = self.tables
        columns = ["table", "record", "line", "reason", "row"]
        files = sorted(self._aside.glob("*.csv")) if self._aside.is_dir() else []
        parts = [pd.read_csv(file, dtype=str).assign(table=file.stem) for file in files]
        return pd.concat([pd.DataFrame(columns=columns, dtype=object), *parts])[columns].reset_index(
            drop=True
        )

    # -- what is made of them ----------------------------------------------------------------------------------------------------

    def features(self, candidates: pd.DataFrame | None = None, *, until: Time | None = None) -> pd.DataFrame:
        """Return the feature matrix, each row as of its own moment of decision.

        Parameters
        ----------
        candidates
            ``campaign_id, influencer_id, as_of`` and what is offered: ``exposure, fee, discount, offer_…``. None: every past outcome.
        until
            Use only outcomes known before.

        Returns
        -------
        DataFrame of shape (rows, features)
            float64, NaN where missing; indexed by ``campaign_id, influencer_id, as_of``. What its columns mean is in
            :func:`suasion.feature_info`.
        """
        if candidates is None:
            return self.training_frame(until=until)[0].droplevel("known_at")
        rows = _candidates(candidates)
        moment = rows["as_of"].min() if until is None else moment_of(until, "until")
        _, fitted = read_examples(self.tables, None, first=None, until=moment)
        return self.candidate_features(rows, fitted)

    def candidate_features(self, candidates: pd.DataFrame, fitted: Fitted) -> pd.DataFrame:
        """Return the features of candidates in the text space, and beside the expectation, that a model was fitted with."""
        people = self.tables.people
        rows = _candidates(candidates)
        order = pd.MultiIndex.from_frame(rows[KEYS])
        rows = _candidates(rows.assign(influencer_id=rows["influencer_id"].map(people.person_of)))
        offer = ("exposure", "fee", "discount", *offered(self.tables.extras))
        values = as_numbers(rows, [name for name in offer if name in rows])
        agreed = {name: values.get(name, 1.0 if name == "exposure" else None) for name in offer}
        candidate_rows = pa.Table.from_pandas(rows[KEYS].assign(**agreed), preserve_index=False)
        numbers = ", ".join(f"CAST({quote(name)} AS DOUBLE) AS {quote(name)}" for name in offer)
        with self.tables.scratch() as tables:
            tables.connection.register("candidate_rows", candidate_rows)
            prepared = replace(prepare(self.tables, fitted.space), tables=tables)
            table = build_candidates(
                prepared, f"SELECT {', '.join(KEYS)}, {numbers} FROM candidate_rows", fitted
            )
        columns = [column for column in table.columns if "__" in column]
        persons = pd.MultiIndex.from_frame(rows[KEYS])
        return table.set_index(KEYS)[columns].reindex(persons).set_axis(order)

    def training_frame(
        self, *, until: Time | None = None, test_from: float = TEST_FROM, embedder: Embedder | None = None
    ) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
        """Return ``X, y, meta`` for any estimator, ordered by the moment of decision.

        What is itself fitted to make features (the text space, and what past outcomes are compared with) is fitted on what was
        known before the quantile ``test_from`` of the decisions: :class:`suasion.ForwardSplit` with the same ``test_from`` judges
        no row that anything was fitted on.

        Returns
        -------
        X : DataFrame of shape (outcomes, features)
            As :meth:`features` gives it, with ``known_at`` as a fourth level of the index.
        y : Series
            Net conversions.
        meta : DataFrame
            ``exposure, influencer_id, campaign_id, decided_at, known_at``.

        Raises
        ------
        EmptyTableError
            With fewer than 50 usable outcomes, or none with a conversion.
        """
        return frame_of(self.examples(until=until, test_from=test_from, embedder=embedder)[0])

    def examples(
        self,
        *,
        until: Time | None = None,
        test_from: float | None = TEST_FROM,
        embedder: Embedder | None = None,
        settled: bool | None = None,
    ) -> tuple[Examples, Fitted]:
        """Return the rows behind :meth:`training_frame` as estimators here take them.

        Parameters
        ----------
        test_from
            None fits on all.
        settled
            Whether counts of old posts are taken as settled; None: as the data set says.
        """
        moment = None if until is None else moment_of(until, "until")
        tables = self.tables if settled is None else replace(self.tables, settled=settled)
        return read_examples(tables, embedder, first=test_from, until=moment)

    def __repr__(self) -> str:
        what = self.source or ", ".join(
            f"{name} ({len(table):,})" for name, table in self._given.items() if not isinstance(table, Path)
        )
        if self._stack is None:
            return f"Dataset({what})"
        return f"Dataset({what}): " + ", ".join(
            f"{r.kept:,} {r.table}" for r in self.tables.reports if r.kept
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>" if self._stack is None else self.check().to_html()


def frame_of(examples: Examples) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Return ``X, y, meta`` of examples."""
    table = examples.table
    index = pd.MultiIndex.from_frame(table[[*KEYS, "known_at"]])
    X = table[examples.columns].astype("float64").set_axis(index)
    y = pd.Series(table["net"].to_numpy(dtype="float64"), index=index, name="conversions")
    columns = ["exposure", "influencer_id", "campaign_id", "as_of", "known_at"]
    meta = table[columns].rename(columns={"as_of": "decided_at"}).set_axis(index)
    return X, y, meta


def moment_of(value: Time, name: str) -> datetime:
    """Return a moment in UTC without a zone, as all of suasion's times are."""
    moment = None
    with suppress(ValueError, TypeError):
        moment = pd.Timestamp(value)
    if pd.isna(moment):
        raise InputError(f"{name} is {value!r}; it can be a date such as '2024-05-01', or a Timestamp.")
    return (moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment).to_pydatetime()


def _expanded(features: Iterable[Feature | Declaration]) -> list[Feature]:
    expanded: list[Feature] = []
    for feature in features:
        if isinstance(feature, Feature):
            expanded.append(feature)
        elif isinstance(feature, Declaration) and feature.characteristic is not None:
            expanded += feature.expand(feature.characteristic)
        elif isinstance(feature, Declaration):
            raise InputError(
                f"The feature {feature.build.__name__} has no characteristic; it can be {', '.join(GROUPS)}."
            )
        else:
            raise InputError(
                f'{feature!r:.60} is no feature. Make one with @suasion.feature("frequency", unit="posts").'
            )
    columns = [feature.column for feature in expanded]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise InputError(f"Two features are called {', '.join(twice)}. Rename one.")
    return expanded


def _table(name: str, table: object) -> pa.Table | Path:
    if isinstance(table, (str, os.PathLike)):
        path = Path(table)
        if not path.is_file() or path.suffix.lower() not in SUFFIXES:
            raise InputError(
                f"{name} is {str(table)!r}, which is no file that ends in {' or '.join(SUFFIXES)}."
            )
        return path
    if isinstance(table, pd.DataFrame):
        named = [level for level in table.index.names if level is not None]
        return _arrow(name, table.reset_index() if named and not set(named) & set(table.columns) else table)
    if hasattr(table, "__arrow_c_stream__") and not isinstance(table, pd.Series):
        return pa.table(table)
    raise InputError(
        f"{name} is a {type(table).__name__}; a table can be a DataFrame of pandas or Polars, an Arrow, Ibis or DuckDB "
        "table, or the path of a CSV or Parquet file."
    )


def _arrow(name: str, frame: pd.DataFrame) -> pa.Table:
    """Return a DataFrame as Arrow: columns of several types as text, for the rules of the tables to tell good from bad."""
    columns = [str(column) for column in frame.columns]
    if len(set(columns)) < len(columns):
        twice = sorted({column for column in columns if columns.count(column) > 1})
        raise InputError(f"{name} has the column {', '.join(twice)} twice.")
    arrays = []
    for place in range(len(columns)):
        column = frame.iloc[:, place]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(column.cat.categories.dtype)
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            column = column.dt.tz_convert(None)
        try:
            array = pa.Array.from_pandas(column)
        except pa.ArrowException:
            array = None
        if array is None or isinstance(array.type, pa.BaseExtensionType):
            array = pa.Array.from_pandas(column.astype(object).map(str, na_action="ignore"))
        arrays.append(array)
    return pa.table(arrays, names=columns)


def _write(tables: dict[str, pa.Table | Path], folder: Path) -> None:
    folder.mkdir()
    for name, table in tables.items():
        if isinstance(table, Path):
            shutil.copyfile(table, folder / f"{name}{table.suffix.lower()}")
        else:
            pq.write_table(table, folder / f"{name}.parquet")


def _as_id(value: object) -> str:
    """Return an id as the tables have it: pandas turns whole numbers with a gap beside them into floats."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()


def _candidates(candidates: pd.DataFrame) -> pd.DataFrame:
    rows = candidates.reset_index() if set(KEYS) & set(candidates.index.names) else candidates
    missing = [column for column in KEYS if column not in rows]
    if missing:
        raise InputError(f"candidates lack {', '.join(missing)}; they need {', '.join(KEYS)}.")
    rows = rows.assign(**{name: rows[name].map(_as_id) for name in ("campaign_id", "influencer_id")})
    if rows.duplicated(KEYS).any():
        raise InputError(
            f"candidates name somebody twice for one campaign and moment: {', '.join(KEYS)} must be unique."
        )
    moments = [moment_of(value, "as_of") for value in rows["as_of"]]
    return rows.assign(as_of=pd.Series(moments, index=rows.index, dtype="datetime64[us]")).reset_index(
        drop=True
    )
