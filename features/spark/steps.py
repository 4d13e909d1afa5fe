"""The steps that need more than SQL, as Spark does them: standing, and what is relevant."""

from __future__ import annotations

from collections.abc import Mapping

from suasion.features.engine.pagerank import ACCOUNTS, EDGES, references_before
from suasion.features.engine.similarity import brief_vectors, decided_when
from suasion.features.text.space import Embedder

from . import workers
from .tables import SparkTables

_PAIRS = "decision_id bigint, row_id bigint, cosine double, is_relevant boolean"
_THRESHOLDS = "as_of timestamp_ntz, brief_id bigint, threshold double"
_SUBJECTS = "subject string, brief_id bigint, closeness double"
_STANDING = "account_id string, month timestamp_ntz, standing double"


def read_texts(tables: SparkTables, space: Embedder) -> Embedder:
    """Return the space that posts are embedded in; they are when they are compared, where they lie."""
    return space


def build_standing(tables: SparkTables) -> None:
    """Make ``standing(account_id, month, standing)`` for the months of the decisions.

    References are counted and accounts numbered by Spark; the iteration is one task's, with the code of one machine. Joins
    that Spark does well would shuffle every edge a hundred times over to come as near; in one task an edge takes about 100 bytes at most.
    """
    query = "SELECT DISTINCT date_trunc('month', as_of) AS month FROM decisions ORDER BY 1"
    months = [month for (month,) in tables.sql(query).fetchall()]
    if "mentions" not in tables.present or not months:
        tables.empty("standing", _STANDING)
        return
    tables.sql(f"CREATE TABLE known_references AS {references_before(months[-1])}")
    tables.sql(f"CREATE TABLE accounts AS {ACCOUNTS}")
    edges = tables.rows(EDGES).repartition(1)
    ranked = edges.mapInArrow(workers.ranking(months), "number bigint, month timestamp_ntz, standing double")
    ranked.createOrReplaceTempView("ranked")
    tables.sql(
        "CREATE TABLE standing AS SELECT account_id, month, standing FROM ranked JOIN accounts USING (number)"
    )


def build_relevant(tables: SparkTables, space: Embedder, queries: Mapping[str, str]) -> None:
    """Make ``own``, ``pairs``, ``thresholds``, ``subjects`` and ``marks``, as on one machine."""
    ids, briefs = brief_vectors(tables, space)
    tables.make("own", queries["own"])
    moments = [(moment, brief) for moment, brief in decided_when(tables) if brief in set(ids.tolist())]
    if "posts" in tables.present and moments:
        posts = tables.rows(
            "SELECT text, known_at, created_at, superseded_at FROM posts WHERE trim(text) <> ''"
        )
        schema = "hash string, text string, known_at timestamp_ntz, created_at timestamp_ntz, superseded_at timestamp_ntz"
        thin = workers.sampling(sorted({moment for moment, _ in moments}))
        thinned = (
            posts.mapInArrow(workers.hashing, schema)
            .mapInArrow(thin, schema)
            .repartition(int(tables.session.conf.get("spark.sql.shuffle.partitions", "200")))
            .mapInArrow(thin, schema)
            .repartition(1)
        )
        moments_found = thinned.mapInArrow(workers.deciding(space, moments, ids, briefs), _THRESHOLDS)
        tables.keep("found_thresholds", moments_found)
        tables.sql(
            "CREATE TABLE thresholds AS SELECT decision_id, threshold FROM decisions JOIN found_thresholds USING (as_of, brief_id)"
        )
        tables.make("wanted", queries["wanted"])
        rows = tables.rows(
            "SELECT row_id, text FROM posts SEMI JOIN (SELECT DISTINCT row_id FROM wanted SEMI JOIN thresholds USING (decision_id)) USING (row_id)"
        )
        tables.keep("vectors", rows.mapInArrow(workers.embedding(space), "row_id bigint, vector binary"))
        pairs = tables.rows(
            "SELECT decision_id, row_id, brief_id, threshold, vector FROM wanted JOIN decisions USING (decision_id) "
            "JOIN thresholds USING (decision_id) JOIN vectors USING (row_id)"
        )
        tables.keep("pairs", pairs.mapInArrow(workers.comparing(ids, briefs), _PAIRS))
    else:
        tables.empty("thresholds", "decision_id bigint, threshold double")
        tables.empty("pairs", _PAIRS)
    subjects = tables.rows(
        "SELECT DISTINCT subject FROM credentials WHERE trim(subject) <> '' AND influencer_id IN (SELECT influencer_id FROM decisions)"
    )
    if len(ids):
        tables.keep("subjects", subjects.mapInArrow(workers.nearing(space, ids, briefs), _SUBJECTS))
    else:
        tables.empty("subjects", _SUBJECTS)
    answers = tables.rows(
        "SELECT row_id, text FROM posts WHERE trim(text) <> '' AND reply_to_id IN "
        "(SELECT post_id FROM posts WHERE author_id IN (SELECT influencer_id FROM decisions))"
    )
    tables.keep("marks", answers.mapInArrow(workers.judging, "row_id bigint, critical boolean"))
