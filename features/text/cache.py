"""What is worked out from a text is worked out once, ever: a store keyed by what the text says and by who worked on it.

A store is a folder of Parquet files, ``kind/part-….parquet`` with the columns ``key`` (the text's MD5, 16 bytes) and
``value``. Files are written whole, never changed, and hold no text and no id. Any number of processes may read and write
at once: what two of them add twice is only there twice. An interrupted run loses less than one file's work.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from suasion.features.errors import InputError
from suasion.features.progress import step
from suasion.features.tables.read import literal

BATCH = 50_000
PART = 500_000
"""Texts in one file: a few seconds' work, and few enough files to open."""
Work = Callable[[list[str]], pa.Array]
"""What turns texts into values, one each."""


@dataclass(frozen=True)
class TextStore:
    """The values of one kind in a store; ``kind`` names the work and everything its result hangs on."""

    folder: Path
    kind: str

    @property
    def parts(self) -> str | None:
        """SQL for all that is stored; None while nothing is."""
        place = self.folder / self.kind
        if not any(place.glob("part-*.parquet")):
            return None
        return f"SELECT key, value FROM read_parquet({literal(str(place / 'part-*.parquet'))})"

    def add(self, keys: pa.Array, values: pa.Array) -> None:
        """Write one more file, whole or not at all."""
        place = self.folder / self.kind
        try:
            place.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place, prefix=".part-", suffix=".partial")
            with os.fdopen(handle, "wb") as stream:
                pq.write_table(pa.table({"key": keys, "value": values}), stream, compression="zstd")
            Path(name).replace(place / f"{Path(name).name[1:].removesuffix('.partial')}.parquet")
        except OSError as error:
            raise InputError(
                f"The store {self.folder} cannot be written ({error}). Give a folder that can, or unset SUASION_STORE."
            ) from error


def work_out(
    connection: duckdb.DuckDBPyConnection, rows: str, work: Work, store: TextStore | None, what: str
) -> Iterator[tuple[NDArray[np.int64], pa.Array]]:
    """Yield row ids and the values of their texts: from the store where it knows them, worked out and stored where not.

    ``rows`` is SQL with ``row_id, text``, of which none is NULL; without a ``store`` everything is worked out and nothing kept; ``what`` says
    to who waits what goes on.
    """
    if store is None:
        for batch in connection.execute(rows).to_arrow_reader(BATCH):
            texts = batch["text"].dictionary_encode()  # many short texts are the same
            yield batch["row_id"].to_numpy(), work(texts.dictionary.to_pylist()).take(texts.indices)
        return
    keyed = f"SELECT row_id, text, unhex(md5(text)) AS key FROM ({rows})"
    known = f" ANTI JOIN ({store.parts}) USING (key)" if store.parts else ""
    fresh = f"SELECT key, any_value(text) AS text FROM ({keyed}){known} GROUP BY key"
    waiting: list[tuple[pa.Array, pa.Array]] = []
    done = 0
    for batch in connection.execute(fresh).to_arrow_reader(BATCH):
        waiting.append((batch["key"], work(batch["text"].to_pylist())))
        done += len(batch)
        step(what, done)
        if sum(len(keys) for keys, _ in waiting) >= PART:
            _flush(store, waiting)
    _flush(store, waiting)
    if not store.parts:
        return
    # Two processes may have stored the same text; which of the two values is taken does not matter.
    stored = f"SELECT key, any_value(value) AS value FROM ({store.parts}) GROUP BY key"
    query = f"SELECT row_id, value FROM ({keyed}) JOIN ({stored}) USING (key)"
    for batch in connection.execute(query).to_arrow_reader(BATCH):
        yield batch["row_id"].to_numpy(), batch["value"]


def _flush(store: TextStore, waiting: list[tuple[pa.Array, pa.Array]]) -> None:
    if waiting:
        store.add(
            pa.concat_arrays([keys for keys, _ in waiting]),
            pa.concat_arrays([values for _, values in waiting]),
        )
        waiting.clear()
