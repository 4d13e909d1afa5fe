"""Takes the words out of the posts of a folder and leaves their vectors: for data that is to be worked with, and not to be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from suasion.features.errors import InputError
from suasion.features.tables.files import rewrite_csv, whole_file
from suasion.features.tables.read import parquet_files
from suasion.features.tables.store import drop_kept
from suasion.features.text.withheld import DROPPED, Sealer


@dataclass(frozen=True)
class Dropped:
    """What was done: texts that are vectors now, rows set aside whose words are gone, kept tables removed from the store."""

    texts: int
    aside: int
    kept_tables: int


def drop_texts(data: Path, sealer: Sealer, store: Path | None = None) -> Dropped:
    """Put vectors in the place of the texts of posts in the folder ``data``; what was set aside loses its words, too.

    Files are rewritten whole or not at all, one after the other: interrupted, running it again does the rest.

    Raises InputError when the posts are no Parquet files of this folder, or their texts were dropped with another model.
    """
    paths = [path for path in (data / "posts", data / "posts.parquet") if path.exists()]
    if not paths:
        there = next((path for path in (data / "posts.csv", data / "posts.csv.gz") if path.exists()), None)
        raise InputError(
            f"{there} is a CSV file. Bring it into a folder of Parquet with `suasion import csv`, and remove it."
            if there
            else f"{data} is no folder with posts. Name a folder of tables; in a database, replace the column text yourself."
        )
    mark = data / DROPPED
    if mark.is_file() and mark.read_text(encoding="utf-8").strip() != sealer.name:
        raise InputError(f"{data} keeps vectors of another model's text space, and the texts are gone.")
    mark.write_text(f"{sealer.name}\n", encoding="utf-8")  # first: from now on no import brings texts
    texts = sum(_seal(Path(path), sealer) for path in parquet_files(paths[0]))
    aside = sum(rewrite_csv(path, _blank) for path in sorted((data / "quarantine").glob("*.csv")))
    return Dropped(texts, aside, drop_kept(store) if store else 0)


def _seal(path: Path, sealer: Sealer) -> int:
    changed = 0
    with pq.ParquetFile(path) as file, whole_file(path) as partial:
        schema = file.schema_arrow
        place = schema.get_field_index("text")
        if place < 0:
            return 0
        schema = schema.set(place, pa.field("text", pa.string()))
        with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
            for batch in file.iter_batches(20_000):
                before = batch.column(place).cast(pa.string()).to_pylist()
                after = sealer(before)
                changed += sum(one != other for one, other in zip(before, after, strict=True))
                columns = [*batch.columns[:place], pa.array(after, pa.string()), *batch.columns[place + 1 :]]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
        if not changed:
            partial.unlink()
    return changed


def _blank(heading: list[str], row: list[str]) -> list[str]:
    """Empty the column ``row`` of a row set aside, which is as it came."""
    names = [*heading, *[""] * len(row)]
    return ["" if name == "row" else cell for name, cell in zip(names, row, strict=False)]
