"""What runs on the executors: functions from Arrow batches to Arrow batches, with all they need inside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from suasion.features.engine.pagerank import Graph
from suasion.features.engine.similarity import Sample, hash_of, judged, subject_vectors, thresholds
from suasion.features.text.space import Embedder, Vectors, cosines, identity
from suasion.features.text.withheld import hears_criticism, vectors_of

Batches = Iterator[pa.RecordBatch]
Work = Callable[[Batches], Batches]

_SPACES: dict[str, Embedder] = {}


def _space(sent: Embedder) -> Embedder:
    """Return the space this process already has, which has its tables built."""
    return _SPACES.setdefault(identity(sent), sent)


def embedding(space: Embedder) -> Work:
    """Return what turns ``row_id, text`` into ``row_id, vector``."""

    def work(batches: Batches) -> Batches:
        mine = _space(space)
        for batch in batches:
            texts = batch["text"].fill_null("").dictionary_encode()
            vectors = (
                vectors_of(texts.dictionary.to_pylist(), mine) if len(batch) else np.zeros((0, 1), np.int8)
            )
            width = vectors.shape[1]
            data = pa.py_buffer(vectors.tobytes())
            column = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(vectors), [None, data])
            column = column.take(texts.indices).cast(pa.binary())
            yield pa.RecordBatch.from_arrays([batch["row_id"], column], ["row_id", "vector"])

    return work


def comparing(ids: NDArray[np.int64], briefs: Vectors) -> Work:
    """Return what turns ``decision_id, row_id, brief_id, threshold, vector`` into ``decision_id, row_id, cosine, is_relevant``."""
    place = np.full(int(ids.max()) + 1, -1)
    place[ids] = np.arange(len(ids))

    def work(batches: Batches) -> Batches:
        for batch in batches:
            if not len(batch):
                continue
            stored = np.frombuffer(b"".join(batch["vector"].to_pylist()), np.int8).reshape(len(batch), -1)
            near = cosines(stored, briefs, np.arange(len(batch)), place[batch["brief_id"].to_numpy()])
            yield judged(batch, near)

    return work


def judging(batches: Batches) -> Batches:
    """Turn ``row_id, text`` into ``row_id, critical``."""
    for batch in batches:
        critical = pa.array([hears_criticism(text) for text in batch["text"].to_pylist()], pa.bool_())
        yield pa.RecordBatch.from_arrays([batch["row_id"], critical], ["row_id", "critical"])


def nearing(space: Embedder, ids: NDArray[np.int64], briefs: Vectors) -> Work:
    """Return what turns ``subject`` into ``subject, brief_id, closeness`` to every brief."""

    def work(batches: Batches) -> Batches:
        mine = _space(space)
        for batch in batches:
            subjects = batch["subject"].to_pylist()
            if not subjects:
                continue
            subjects, vectors = subject_vectors(mine, subjects)
            for brief, vector in zip(ids.tolist(), briefs.astype(np.float64), strict=True):
                columns = [pa.array(subjects), pa.array([brief] * len(subjects)), pa.array(vectors @ vector)]
                yield pa.RecordBatch.from_arrays(columns, ["subject", "brief_id", "closeness"])

    return work


SAMPLED = ("hash", "text", "known_at", "created_at", "superseded_at")


def hashing(batches: Batches) -> Batches:
    """Put before ``text, known_at, created_at, superseded_at`` the hash by which posts are sampled."""
    for batch in batches:
        times = batch["created_at"].cast(pa.int64()).to_pylist()
        hashes = [hash_of(text, at) for text, at in zip(batch["text"].to_pylist(), times, strict=True)]
        columns = {"hash": pa.array(hashes, pa.string()), **{name: batch[name] for name in SAMPLED[1:]}}
        yield pa.RecordBatch.from_pydict(columns)


def sampling(moments: Sequence[datetime]) -> Work:
    """Return what keeps, of posts with their hash, those that are in the sample of any moment.

    The smallest hashes of all are among the smallest of each part, so that parts can be thinned first and put together then.
    """

    def work(batches: Batches) -> Batches:
        kept: pa.Table | None = None
        for batch in batches:
            table = pa.Table.from_batches([batch])
            if len(table):
                kept = _thin(table if kept is None else pa.concat_tables([kept, table]), moments)
        if kept is not None:
            yield from kept.combine_chunks().to_batches()

    return work


def _thin(posts: pa.Table, moments: Sequence[datetime]) -> pa.Table:
    posts = posts.sort_by("hash")
    places = np.arange(len(posts))  # in the place of vectors: which posts they would be
    sample = _sample(posts, places[:, None])
    needed = [sample.at(np.datetime64(moment, "us"))[:, 0] for moment in moments]
    return posts.take(np.unique(np.concatenate(needed)))


def _sample(posts: pa.Table, vectors: NDArray[Any]) -> Sample:  # int8, or int64 where places stand for them
    times = [posts[name].to_numpy().astype("datetime64[us]") for name in SAMPLED[2:]]
    return Sample(vectors, np.arange(len(posts)), *times)


def deciding(
    space: Embedder, questions: Sequence[tuple[datetime, int]], ids: NDArray[np.int64], briefs: Vectors
) -> Work:
    """Return what turns the sampled posts of all parts, in one task, into ``as_of, brief_id, threshold``."""
    moments = sorted({moment for moment, _ in questions})

    def work(batches: Batches) -> Batches:
        parts = [batch for batch in batches if len(batch)]
        if not parts:
            return
        posts = _thin(pa.Table.from_batches(parts), moments)
        vectors = vectors_of(posts["text"].to_pylist(), _space(space))
        yield from thresholds(questions, _sample(posts, vectors), ids, briefs).to_batches()

    return work


def ranking(months: Sequence[datetime]) -> Work:
    """Return what turns the edges of the reference graph, in one task, into ``number, month, standing``."""

    def work(batches: Batches) -> Batches:
        parts = [batch for batch in batches if len(batch)]
        if not parts:
            return
        edges = pa.Table.from_batches(parts).sort_by(
            [(name, "ascending") for name in ("target", "source", "month")]
        )
        graph = Graph.of(len(edges))
        graph.put(0, edges)
        for moment, standing in graph.ranks(months):
            columns = [
                pa.array(np.arange(len(standing))),
                pa.array([moment] * len(standing), pa.timestamp("us")),
                pa.array(standing),
            ]
            yield pa.RecordBatch.from_arrays(columns, ["number", "month", "standing"])

    return work
