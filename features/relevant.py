"""What is relevant to a brief, worked out once for a run and used by four characteristics.

A post is relevant to a brief when their cosine is above the 0.9 quantile of all posts' cosines to that brief,
estimated on up to 2,000 posts known at ``as_of``. The sample is the 2,000 with the smallest hash of their id among
those known, so that it neither depends on the order of rows nor on anything known later.

Compared are only pairs that a feature can ask for: a decision with the influencer's posts of the last 365 days, the
posts these answer, and the posts in which others refer to the influencer.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .check import Tables
from .language import is_critical
from .point_in_time import HORIZON, Case, within
from .text import Embedder, Vectors, compact, cosines

QUANTILE = 0.9
SAMPLE = 2_000
LEAST = 20
"""With fewer posts known, what is relevant cannot be told: the features are missing."""
BATCH = 50_000


def build_relevant(tables: Tables, space: Embedder) -> None:
    """Create ``own``, ``pairs(decision_id, row_id, cosine, is_relevant)``, ``thresholds``, ``subjects`` and ``marks``.

    Needs the tables ``decisions`` and ``briefs``.
    """
    case = Case(tables)
    ids, briefs = _brief_vectors(tables, space)
    stored = _post_vectors(tables, space)
    _own(case)
    tables.sql("CREATE OR REPLACE TABLE thresholds (decision_id BIGINT, threshold DOUBLE)")
    tables.sql(
        "CREATE OR REPLACE TABLE pairs (decision_id BIGINT, row_id BIGINT, cosine DOUBLE, is_relevant BOOLEAN)"
    )
    if "posts" in tables.present and len(ids):
        _thresholds(tables, stored, ids, briefs)
        _pairs(case, stored, ids, briefs)
    _subjects(tables, space, ids, briefs)
    _marks(tables)


def _brief_vectors(tables: Tables, space: Embedder) -> tuple[NDArray[np.int64], Vectors]:
    rows = tables.sql(
        "SELECT brief_id, brief FROM briefs WHERE trim(brief) <> '' ORDER BY brief_id"
    ).fetchall()
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    vectors = space.embed([row[1] for row in rows]) if rows else np.zeros((0, 1), np.float32)
    told = np.linalg.norm(vectors, axis=1) > 0  # a brief of unknown words says nothing
    return ids[told], vectors[told]


def _post_vectors(tables: Tables, space: Embedder) -> NDArray[np.int8]:
    """Return one compact vector for each ``posts.row_id``, which counts from 1; row 0 is not used."""
    row = tables.sql("SELECT coalesce(max(row_id), 0) FROM posts").fetchone()
    dimensions = space.embed(["a"]).shape[1]
    size = int(row[0]) + 1 if row else 1
    stored = np.lib.format.open_memmap(tables.folder / "vectors.npy", "w+", np.int8, (size, dimensions))
    with tables.connection.con.cursor() as cursor:
        reader = cursor.execute("SELECT row_id, coalesce(text, '') AS text FROM posts").to_arrow_reader(BATCH)
        for batch in reader:
            stored[batch["row_id"].to_numpy()] = compact(space.embed(batch["text"].to_pylist()))
    return stored


def _own(case: Case) -> None:
    """Create ``own``: the influencer's posts of the last year, each with the row of the post it answers."""
    rows = case.cut("posts", "author_id")
    rows = rows.filter(within(rows.at, rows.as_of, HORIZON))
    rows = rows.select("decision_id", "as_of", "at", "row_id", "reply_to_id")
    rows = case.lookup(rows, "posts", "reply_to_id", "post_id", parent_row="row_id")
    case.tables.connection.create_table("own", rows, overwrite=True)


def _thresholds(tables: Tables, stored: NDArray[np.int8], ids: NDArray[np.int64], briefs: Vectors) -> None:
    posts = tables.sql(
        "SELECT row_id, known_at, superseded_at, created_at FROM posts "
        "WHERE trim(text) <> '' ORDER BY md5(post_id)"
    ).to_arrow_table()
    rows = posts["row_id"].to_numpy()
    known, replaced = posts["known_at"].to_numpy(), posts["superseded_at"].to_numpy()
    created = posts["created_at"].to_numpy()
    moments = tables.sql(
        "SELECT DISTINCT as_of, brief_id FROM decisions WHERE brief_id IS NOT NULL ORDER BY 1, 2"
    ).fetchall()
    place = {brief: index for index, brief in enumerate(ids.tolist())}
    found: list[tuple[object, int, float]] = []
    last, sample = None, stored[:0]
    for as_of, brief in moments:
        if brief not in place:
            continue
        if as_of != last:
            moment = np.datetime64(as_of)
            chosen = _first(rows, (known, created), replaced, moment)
            last, sample = as_of, stored[chosen]
        if len(sample) >= LEAST:
            found.append((as_of, brief, float(np.quantile(cosines(sample, briefs[place[brief]]), QUANTILE))))
    table = pa.table(
        {
            "as_of": pa.array([row[0] for row in found], pa.timestamp("us")),
            "brief_id": pa.array([row[1] for row in found], pa.int64()),
            "threshold": pa.array([row[2] for row in found], pa.float64()),
        }
    )
    tables.connection.con.register("found", table)
    tables.sql(
        "INSERT INTO thresholds SELECT decision_id, threshold FROM decisions JOIN found USING (as_of, brief_id)"
    )
    tables.connection.con.unregister("found")


def _first(
    rows: NDArray[np.int64],
    times: tuple[NDArray[np.datetime64], ...],
    replaced: NDArray[np.datetime64],
    moment: np.datetime64,
) -> NDArray[np.int64]:
    """Return the first ``SAMPLE`` rows, in the order given, that were known at ``moment``; reads no further than it must."""
    chosen: list[NDArray[np.int64]] = []
    missing, start, step = SAMPLE, 0, 4 * SAMPLE
    while missing > 0 and start < len(rows):
        part = slice(start, start + step)
        known = (times[0][part] < moment) & (times[1][part] < moment) & (replaced[part] >= moment)
        chosen.append(rows[part][known][:missing])
        missing -= len(chosen[-1])
        start, step = start + step, 2 * step
    return np.concatenate(chosen) if chosen else rows[:0]


def _pairs(case: Case, stored: NDArray[np.int8], ids: NDArray[np.int64], briefs: Vectors) -> None:
    tables = case.tables
    own = case.table("own")
    wanted = own.select("decision_id", "row_id").union(
        own.filter(own.parent_row.notnull()).select("decision_id", row_id="parent_row")
    )
    if "mentions" in tables.present:
        rows = case.cut("mentions", "influencer_id")
        rows = rows.filter(within(rows.at, rows.as_of, HORIZON)).drop("row_id")
        rows = case.lookup(rows, "posts", "post_id", "post_id", row_id="row_id")
        wanted = wanted.union(rows.filter(rows.row_id.notnull()).select("decision_id", "row_id"))
    tables.connection.create_table("wanted", wanted.distinct(), overwrite=True)
    place = np.full(int(ids.max()) + 1, -1)
    place[ids] = np.arange(len(ids))
    with tables.connection.con.cursor() as cursor:
        reader = cursor.execute(
            "SELECT decision_id, row_id, brief_id, threshold FROM wanted JOIN decisions USING (decision_id) "
            "JOIN thresholds USING (decision_id)"
        ).to_arrow_reader(BATCH)
        for batch in reader:
            near = cosines(stored[batch["row_id"].to_numpy()], briefs[place[batch["brief_id"].to_numpy()]])
            near_table = pa.table(
                {
                    "decision_id": batch["decision_id"],
                    "row_id": batch["row_id"],
                    "cosine": near,
                    "is_relevant": near > batch["threshold"].to_numpy(),
                }
            )
            tables.connection.con.register("near", near_table)
            tables.sql("INSERT INTO pairs SELECT * FROM near")
            tables.connection.con.unregister("near")


def _subjects(tables: Tables, space: Embedder, ids: NDArray[np.int64], briefs: Vectors) -> None:
    """Create ``subjects(subject, brief_id, closeness)`` for the credentials' subjects."""
    tables.sql("CREATE OR REPLACE TABLE subjects (subject VARCHAR, brief_id BIGINT, closeness DOUBLE)")
    rows = tables.sql(
        "SELECT DISTINCT subject FROM credentials WHERE trim(subject) <> '' "
        "AND influencer_id IN (SELECT influencer_id FROM decisions) ORDER BY 1"
    ).fetchall()
    if not rows or not len(ids):
        return
    subjects = [row[0] for row in rows]
    # In float64: a matrix product of float32 differs in its last digits with where its operands lie in memory.
    vectors = space.embed([subject.replace("-", " ") for subject in subjects]).astype(np.float64)
    step = max(1, 1_000_000 // len(subjects))
    for start in range(0, len(ids), step):
        part = slice(start, start + step)
        table = pa.table(
            {
                "subject": np.tile(subjects, len(ids[part])),
                "brief_id": np.repeat(ids[part], len(subjects)),
                "closeness": (briefs[part].astype(np.float64) @ vectors.T).ravel(),
            }
        )
        tables.connection.con.register("close", table)
        tables.sql("INSERT INTO subjects SELECT * FROM close")
        tables.connection.con.unregister("close")


def _marks(tables: Tables) -> None:
    """Create ``marks(row_id, critical)`` for the posts that answer an influencer of the decisions."""
    tables.sql("CREATE OR REPLACE TABLE marks (row_id BIGINT, critical BOOLEAN)")
    with tables.connection.con.cursor() as cursor:
        reader = cursor.execute(
            "SELECT row_id, text FROM posts WHERE text IS NOT NULL AND reply_to_id IN (SELECT post_id FROM posts "
            "WHERE author_id IN (SELECT influencer_id FROM decisions)) ORDER BY row_id"
        ).to_arrow_reader(BATCH)
        for batch in reader:
            table = pa.table(
                {
                    "row_id": batch["row_id"],
                    "critical": [is_critical(text) for text in batch["text"].to_pylist()],
                }
            )
            tables.connection.con.register("heard", table)
            tables.sql("INSERT INTO marks SELECT * FROM heard")
            tables.connection.con.unregister("heard")
