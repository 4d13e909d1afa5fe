"""What is relevant to a brief, worked out once for a run and used by four characteristics.

A post is relevant to a brief when their cosine is above the 0.9 quantile of all posts' cosines to that brief,
estimated on up to 2,000 posts with a text known at ``as_of``. The sample is the 2,000 with the smallest hash of what they say and
when among those known, so that it depends neither on ids, nor on the order of rows, nor on anything known later. Posts of one hash
say the same: which of them is taken makes no difference.

Compared are only pairs that a feature can ask for: a decision with the influencer's posts of the last 365 days, the
posts these answer, what others answer to them, and the posts in which others refer to the influencer.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from suasion.features.progress import step
from suasion.features.tables.code_hash import digest_of
from suasion.features.tables.open import Tables
from suasion.features.tables.quarantine import one
from suasion.features.text.cache import BATCH, TextStore, work_out
from suasion.features.text.language import HEARD_BY
from suasion.features.text.space import Embedder, Vectors, cosines, identity
from suasion.features.text.withheld import PATTERN, fingerprint, hears_criticism, vectors_of

from .case import HORIZON, Case, within
from .protocol import Database
from .views import answers

QUANTILE = 0.9
SAMPLE = 2_000
READ = 64
"""Posts that are read to take the sample from, in samples: enough for any moment at which a 64th of all posts was known."""
ROOM = 2 * 2**30
"""Bytes of vectors up to which they are looked up in any order."""
LEAST = 20
"""With fewer posts known, what is relevant cannot be told: the features are missing."""
_NUMBERS = itertools.count()
_FINGERPRINT = f"CASE WHEN regexp_full_match(text, '{PATTERN}') THEN regexp_extract(text, '{PATTERN}', 2) ELSE md5(text)[:8] END"
HASH = f"md5(concat({_FINGERPRINT}, epoch_us(created_at)))"
"""SQL for the hash by which posts are sampled; :func:`hash_of` gives the same."""


def hash_of(text: str, created_at: int) -> str:
    """Return the hash by which a post is sampled, from its text and the microseconds since 1970 at which it was written."""
    return hashlib.md5(f"{fingerprint(text)}{created_at}".encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Texts:
    """What posts say, worked out once for all who ask: a vector for each, and the order in which they are sampled."""

    home: Tables
    """Where the posts are; whether one is critical is written there when somebody first asks."""
    space: Embedder
    vectors: NDArray[np.int8]
    """One compact vector for each ``posts.row_id``, which counts from 1; row 0 is not used."""
    sample: Sample

    def beside(self, posts: Tables) -> Texts:
        """Return the texts of other posts, with what is relevant still told by the sample of these."""
        return Texts(posts, self.space, _post_vectors(posts, self.space), self.sample)


@dataclass(frozen=True)
class Sample:
    """Posts in the order of their hash: vectors, and from when until when each was known."""

    vectors: NDArray[np.int8]
    rows: NDArray[np.int64]
    """Where in ``vectors`` each post's is."""
    known: NDArray[np.datetime64]
    created: NDArray[np.datetime64]
    replaced: NDArray[np.datetime64]
    whole: Callable[[], Sample] | None = None
    """Gives all posts, where these are only those with the smallest hashes."""

    def at(self, moment: np.datetime64) -> NDArray[np.int8]:
        """Return the vectors of the first ``SAMPLE`` posts known at a moment; reads no further than it must."""
        chosen: list[NDArray[np.int64]] = []
        missing, start, step = SAMPLE, 0, 4 * SAMPLE
        while missing > 0 and start < len(self.rows):
            part = slice(start, start + step)
            known = (
                (self.known[part] < moment) & (self.created[part] < moment) & (self.replaced[part] >= moment)
            )
            chosen.append(self.rows[part][known][:missing])
            missing -= len(chosen[-1])
            start, step = start + step, 2 * step
        if missing > 0 and self.whole is not None:
            return self.whole().at(moment)
        return self.vectors[np.concatenate(chosen)] if chosen else self.vectors[:0]


def read_texts(tables: Tables, space: Embedder) -> Texts:
    """Embed all posts, each once."""
    vectors = _post_vectors(tables, space)
    return Texts(tables, space, vectors, _read_sample(tables, vectors))


def _read_sample(tables: Tables, vectors: NDArray[np.int8]) -> Sample:
    """Return the posts with the smallest hashes, which is all that a late moment asks for, and a way to the others."""
    all_hashes = "g"  # above any hexadecimal digit

    def read(below: str) -> Sample:
        with tables.cursor() as cursor:
            posts = cursor.execute(
                "SELECT row_id, known_at, superseded_at, created_at FROM posts "
                f"WHERE {HASH} < '{below}' AND trim(text) <> '' ORDER BY {HASH}"
            ).to_arrow_table()
        rows, *times = (
            posts[name].to_numpy() for name in ("row_id", "known_at", "created_at", "superseded_at")
        )
        if below == all_hashes:
            return Sample(vectors, rows, *times)
        # Few, and asked for at every moment: copied once, from front to back, they need not be looked for in a large file.
        copied = np.empty((len(rows), vectors.shape[1]), vectors.dtype)
        order = np.argsort(rows)
        copied[order] = vectors[rows[order]]
        return Sample(copied, np.arange(len(rows)), *times)

    share = READ * SAMPLE / max(1, one(tables.connection, "SELECT count(*) FROM posts"))
    if share >= 1:
        return read(all_hashes)
    return replace(read(f"{int(share * 2**32):08x}"), whole=cache(lambda: read(all_hashes)))


def build_relevant(tables: Tables, texts: Texts, queries: Mapping[str, str]) -> None:
    """Create ``own``, ``pairs(decision_id, row_id, cosine, is_relevant)``, ``thresholds``, ``subjects`` and ``marks``.

    Needs the tables ``decisions`` and ``briefs``; ``queries`` are those of :func:`expressions`, compiled.
    """
    ids, briefs = brief_vectors(tables, texts.space)
    tables.sql(f"CREATE OR REPLACE TABLE own AS {queries['own']}")
    tables.sql("CREATE OR REPLACE TABLE thresholds (decision_id BIGINT, threshold DOUBLE)")
    tables.sql(
        "CREATE OR REPLACE TABLE pairs (decision_id BIGINT, row_id BIGINT, cosine DOUBLE, is_relevant BOOLEAN)"
    )
    if "posts" in tables.present and len(ids):
        _thresholds(tables, texts.sample, ids, briefs)
        tables.sql(f"CREATE OR REPLACE TABLE wanted AS {queries['wanted']}")
        _pairs(tables, texts.vectors, ids, briefs)
    _subjects(tables, texts.space, ids, briefs)
    _marks(tables, texts.home)


def expressions(case: Case) -> dict[str, ir.Table]:
    """Return the tables that are worked out in SQL: the influencer's posts of the last year, and what to compare."""
    rows = case.cut("posts", "author_id")
    rows = rows.filter(within(rows.at, rows.as_of, HORIZON))
    rows = rows.select("decision_id", "account", "as_of", "at", "row_id", "post_id", "reply_to_id")
    queries = {"own": case.join_post(rows, "reply_to_id", parent_row="row_id")}
    posts = case.table("own")
    parents = posts.filter(posts.parent_row.notnull()).select("decision_id", row_id="parent_row")
    wanted = posts.select("decision_id", "row_id").union(parents)
    wanted = wanted.union(answers(case).select("decision_id", "row_id"))
    rows = case.cut("mentions", "influencer_id")
    rows = rows.filter(within(rows.at, rows.as_of, HORIZON)).drop("row_id")
    rows = case.join_post(rows, "post_id", row_id="row_id")
    wanted = wanted.union(rows.filter(rows.row_id.notnull()).select("decision_id", "row_id"))
    return queries | {"wanted": wanted.distinct()}


def brief_vectors(tables: Database, space: Embedder) -> tuple[NDArray[np.int64], Vectors]:
    """Return the ids of the briefs that say something, and their vectors."""
    rows = tables.sql(
        "SELECT brief_id, brief FROM briefs WHERE trim(brief) <> '' ORDER BY brief_id"
    ).fetchall()
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    vectors = space.embed([row[1] for row in rows]) if rows else np.zeros((0, 1), np.float32)
    has_words = np.linalg.norm(vectors, axis=1) > 0  # a brief of unknown words says nothing
    return ids[has_words], vectors[has_words]


def _post_vectors(tables: Tables, space: Embedder) -> NDArray[np.int8]:
    last = one(tables.connection, "SELECT coalesce(max(row_id), 0) FROM posts")
    shape = (last + 1, space.embed(["a"]).shape[1])
    if tables.root is not None:
        stored = np.zeros(shape, np.int8)
        _embed(tables, space, stored, after=0)
    elif tables.kept:
        stored = _kept_vectors(tables, space, shape)
    else:
        path = tables.folder / f"vectors-{next(_NUMBERS)}.npy"  # two models can be open on the same tables
        stored = np.lib.format.open_memmap(path, "w+", np.int8, shape)
        _embed(tables, space, stored, after=0)
    return stored


def _judges() -> str:
    """Return what tells the code that works on texts from another: what it stored is good for no other."""
    return digest_of("text.withheld")[:16]


def _kept_vectors(tables: Tables, space: Embedder, shape: tuple[int, int]) -> NDArray[np.int8]:
    """Return the vectors that are kept beside the tables, with those of new posts added."""
    name = identity(space)
    path = tables.folder / f"vectors-{name}.i8"
    with tables.lock:
        done = one(tables.connection, f"SELECT rows FROM kept_vectors WHERE name = '{name}'")
        done = done if path.is_file() else 0
        with path.open("r+b" if path.is_file() else "w+b") as file:
            file.truncate(shape[0] * shape[1])
        stored = np.memmap(path, np.int8, "r+", shape=shape)
        if done < shape[0] - 1:
            _embed(tables, space, stored, after=done)
            stored.flush()
            tables.sql(f"DELETE FROM kept_vectors WHERE name = '{name}'")
            tables.sql(f"INSERT INTO kept_vectors VALUES ('{name}', {shape[0] - 1})")
    return stored


def _embed(tables: Tables, space: Embedder, stored: NDArray[np.int8], after: int) -> None:
    """Write the vectors of the posts with a ``row_id`` above ``after``."""
    dimensions = stored.shape[1]
    done, total = 0, len(stored) - 1 - after

    def work(texts: list[str]) -> pa.Array:
        data = pa.py_buffer(vectors_of(texts, space).tobytes())
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(dimensions), len(texts), [None, data])

    store = TextStore(tables.store, f"vectors-{identity(space)}-{_judges()}") if tables.store else None
    with tables.cursor() as cursor:
        new_texts = f"SELECT row_id, coalesce(text, '') AS text FROM posts WHERE row_id > {after}"
        for rows, values in work_out(cursor, new_texts, work, store, "embedding texts that are new"):
            values = values.cast(pa.binary(dimensions))
            data = np.frombuffer(values.buffers()[1], np.int8).reshape(-1, dimensions)
            stored[rows] = data[values.offset : values.offset + len(values)]
            done += len(rows)
            step("placing vectors of posts", done, total)


def _thresholds(tables: Tables, sample: Sample, ids: NDArray[np.int64], briefs: Vectors) -> None:
    tables.connection.register("found_thresholds", thresholds(decided_when(tables), sample, ids, briefs))
    tables.sql(
        "INSERT INTO thresholds SELECT decision_id, threshold FROM decisions JOIN found_thresholds USING (as_of, brief_id)"
    )
    tables.connection.unregister("found_thresholds")


def decided_when(tables: Database) -> list[tuple[datetime, int]]:
    """Return the moments of the decisions, each with its briefs, in rising order."""
    query = "SELECT DISTINCT as_of, brief_id FROM decisions WHERE brief_id IS NOT NULL ORDER BY 1, 2"
    return [(as_of, brief) for as_of, brief in tables.sql(query).fetchall()]


def thresholds(
    moments: Sequence[tuple[datetime, int]], sample: Sample, ids: NDArray[np.int64], briefs: Vectors
) -> pa.Table:
    """Return ``as_of, brief_id, threshold``: the cosine above which a post is relevant, where enough posts are known."""
    place = {brief: index for index, brief in enumerate(ids.tolist())}
    rows = list[dict[str, object]]()
    last, known = None, sample.vectors[:0]
    for as_of, brief in moments:
        if brief not in place:
            continue
        if as_of != last:
            last, known = as_of, sample.at(np.datetime64(as_of))
        if len(known) >= LEAST:
            same_brief = np.full(len(known), place[brief])
            near = cosines(known, briefs, np.arange(len(known)), same_brief)
            near = near[~np.isnan(near)]
            if len(near) >= LEAST:
                rows.append({"as_of": as_of, "brief_id": brief, "threshold": np.quantile(near, QUANTILE)})
    types = {"as_of": pa.timestamp("us"), "brief_id": pa.int64(), "threshold": pa.float64()}
    return pa.Table.from_pylist(rows, pa.schema(types))


def _pairs(tables: Tables, stored: NDArray[np.int8], ids: NDArray[np.int64], briefs: Vectors) -> None:
    place = np.full(int(ids.max()) + 1, -1)
    place[ids] = np.arange(len(ids))
    # Vectors that do not stay in memory are read from the front to the back, and not a page for each of them.
    order = " ORDER BY row_id" if stored.nbytes > ROOM else ""
    with tables.cursor() as cursor:
        reader = cursor.execute(
            "SELECT decision_id, row_id, brief_id, threshold FROM wanted JOIN decisions USING (decision_id) "
            f"JOIN thresholds USING (decision_id){order}"
        ).to_arrow_reader(BATCH)
        for batch in reader:
            near = cosines(stored, briefs, batch["row_id"].to_numpy(), place[batch["brief_id"].to_numpy()])
            tables.connection.from_arrow(pa.Table.from_batches([judged(batch, near)])).insert_into("pairs")


def judged(batch: pa.RecordBatch, near: NDArray[np.float64]) -> pa.RecordBatch:
    """Return the rows of ``pairs`` for a batch with ``decision_id, row_id, threshold`` and the cosine of each; NaN is unknown."""
    columns = {name: batch[name] for name in ("decision_id", "row_id")}
    unknown = np.isnan(near)
    columns["cosine"] = pa.array(near, mask=unknown)
    columns["is_relevant"] = pa.array(near > batch["threshold"].to_numpy(), mask=unknown)
    return pa.RecordBatch.from_pydict(columns)


def subject_vectors(space: Embedder, subjects: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """Return the subjects that say something, and their vectors.

    In float64: a matrix product of float32 differs in its last digits with where its operands lie in memory.
    """
    vectors = space.embed([subject.replace("-", " ") for subject in subjects]).astype(np.float64)
    has_words = np.linalg.norm(vectors, axis=1) > 0  # of unknown words nothing is known
    return [subject for subject, known in zip(subjects, has_words, strict=True) if known], vectors[has_words]


def _subjects(tables: Tables, space: Embedder, ids: NDArray[np.int64], briefs: Vectors) -> None:
    """Create ``subjects(subject, brief_id, closeness)`` for the credentials' subjects."""
    tables.sql("CREATE OR REPLACE TABLE subjects (subject VARCHAR, brief_id BIGINT, closeness DOUBLE)")
    rows = tables.sql(
        "SELECT DISTINCT subject FROM credentials WHERE trim(subject) <> '' "
        "AND influencer_id IN (SELECT influencer_id FROM decisions) ORDER BY 1"
    ).fetchall()
    if not rows or not len(ids):
        return
    subjects, vectors = subject_vectors(space, [row[0] for row in rows])
    step = max(1, 1_000_000 // max(1, len(subjects)))
    for start in range(0, len(ids), step):
        part = slice(start, start + step)
        columns = {
            "subject": np.tile(subjects, len(ids[part])),
            "brief_id": np.repeat(ids[part], len(subjects)),
            "closeness": (briefs[part].astype(np.float64) @ vectors.T).ravel(),
        }
        tables.connection.from_arrow(pa.table(columns)).insert_into("subjects")


def _marks(tables: Tables, home: Tables) -> None:
    """Fill ``marks(row_id, critical)`` with the posts that answer an influencer of the decisions and are not there yet."""
    with home.lock, home.cursor() as writer, tables.cursor() as cursor:
        writer.execute("CREATE TABLE IF NOT EXISTS marks (row_id BIGINT, critical BOOLEAN)")
        query = (
            "SELECT row_id, text FROM posts WHERE trim(text) <> '' AND reply_to_id IN (SELECT post_id FROM posts "
            "WHERE author_id IN (SELECT influencer_id FROM decisions)) AND row_id NOT IN (SELECT row_id FROM marks)"
        )
        store = TextStore(home.store, f"critical-{HEARD_BY}-{_judges()}") if home.store else None
        # All before the first is written: what is asked for hangs on what is there.
        hear = lambda texts: pa.array(map(hears_criticism, texts))  # noqa: E731
        judged = list(work_out(cursor, query, hear, store, "judging answers"))
        for rows, critical in judged:
            writer.from_arrow(pa.table({"row_id": rows, "critical": critical})).insert_into("marks")
