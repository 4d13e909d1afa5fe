"""Scores candidates on Spark: features by the same expressions, the model on the executors, partitioned Parquet out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from suasion.features.engine.currencies import currency_of
from suasion.features.engine.matrix import absent, build_matrix, finish, prepare
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import InputError
from suasion.features.progress import step
from suasion.features.spark.tables import SparkTables, open_spark
from suasion.training.bundle.folder import Bundle, read_files, unpack
from suasion.training.examples import history_of, make_requested, past_of_requested, requested_and_past

from .candidates import Ask, candidates_of, has_candidates
from .notes import Notes, warn_of_brief, warn_of_model, warn_of_strangers
from .plan.asked import fees_words, usual_fees
from .plan.fees import UsualFees, read_usual_fees
from .plan.worth import add_value, nobody_earns, worth_of_one
from .score import (
    COLUMNS,
    Scored,
    note_campaign,
    note_missing,
    note_outside,
    note_shared,
    of_campaigns,
    predict,
)

_SCHEMA = {name: "string" if name in ("campaign_id", "influencer_id") else "double" for name in COLUMNS}
_SCHEMA |= {"as_of": "timestamp_ntz", "outside": "string"}
_MONEY = {"expected_revenue": "double", "fee": "double", "cost_per_conversion": "double"}
Frames = Iterator[pd.DataFrame]
SHOWN = 1_000
"""Of the scores, how many of the best come back to whoever asked; all are in the folder."""


def score_on_spark(
    data: str | Path, model: str | Path, ask: Ask, out: str, *, engine: str = "spark", work: str | None = None
) -> Scored:
    """Score the candidates of a campaign or a brief on Spark, write the scores to ``out``, and return the best 1,000 without features.

    ``data``, ``engine`` and ``work`` are as for :func:`suasion.features.spark.tables.open_spark`. ``model`` is a folder on this machine;
    executors are sent its files, and check them as anybody would. ``out`` is a folder as the cluster sees it: Parquet, best first, in
    a part a campaign; what other campaigns were scored before stays.

    Raises InputError as :meth:`suasion.serving.scoring.score.Session.score` does; and when a budget is asked for, which looks at all
    candidates at once.
    """
    if ask.budget is not None or ask.target is not None:
        raise InputError(
            "A plan chooses among all candidates at once, which Spark does not do. Score first, and choose from the scores that are written."
        )
    files = read_files(model)
    bundle = unpack(files, str(model))
    with open_spark(data, engine, work=work) as opened:
        tables = replace(opened, settled=bundle.facts["settled"], goal=bundle.facts["goal"])
        notes = Notes(currency=currency_of(tables))
        warn_of_model(bundle, notes)
        candidates = candidates_of(tables, ask, bundle, notes)
        note_missing(tables, bundle, notes)
        table = build_on_spark(tables, candidates, bundle)
        warn_of_brief(tables, bundle, notes)
        if ask.campaign is not None:
            warn_of_strangers(tables, notes)
        is_asked = "fee" not in ask.offer and not has_candidates(tables, ask)
        moment = table.selectExpr("min(as_of)").collect()[0][0] if is_asked else None
        usual = None if moment is None else read_usual_fees(tables, moment)
        whole = table.select(*of_campaigns(bundle)).distinct().toArrow().to_pandas()
        priced = "fee IS NOT NULL AND NOT isnan(fee)"
        has_fees = usual is not None if is_asked else not table.where(priced).isEmpty()
        names = {**_SCHEMA, **(_MONEY if has_fees else {})}
        if bundle.facts.get("revenue_per_conversion") is not None:
            names["expected_revenue"] = "double"
        if notes.currency and names.keys() & _MONEY.keys():
            names["currency"] = "string"
        sent = _Sent(bundle.identity, files)
        step("scoring")
        schema = ", ".join(f"`{name}` {kind}" for name, kind in names.items())
        scores = table.mapInPandas(
            _scoring(sent, usual if is_asked else None, notes.currency, list(names)), schema
        )
        kept = tables.keep("scores", scores)
        if is_asked:
            low, high = kept.selectExpr("min(fee)", "max(fee)").collect()[0] if usual else (np.nan, np.nan)
            notes.say(fees_words(usual, low, high, notes.currency))
        flags = kept.where("outside <> ''").selectExpr("explode(split(outside, ', ')) AS flag")
        counts = {row[0]: row[1] for row in flags.groupBy("flag").count().collect()}
        shared = ", ".join(f"'{name}'" for name in note_shared(counts, kept.count(), notes)) or "''"
        without = f"array_join(filter(split(outside, ', '), x -> x NOT IN ({shared})), ', ') AS outside"
        scores = kept.selectExpr(*(without if name == "outside" else f"`{name}`" for name in names))
        order = [scores["expected_conversions"].desc(), scores["influencer_id"].desc()]
        scores.orderBy(*order).write.mode("overwrite").partitionBy("campaign_id").parquet(out)
        campaigns = [row[0] for row in table.select("campaign_id").distinct().collect()]
        written = tables.session.read.parquet(out).where(_of(campaigns))
        strange, count = written.where("outside <> ''").count(), written.count()
        # Ties in the same order as in the folder, and as on one machine.
        order = [written["expected_conversions"].desc(), written["influencer_id"].desc()]
        best = written.orderBy(*order).limit(SHOWN).toArrow().to_pandas()
        if "fee" in names:
            (least,) = written.selectExpr("min(cost_per_conversion)").collect()[0]
            if unpaid := nobody_earns(worth_of_one(ask.value, bundle), float(least), notes.currency):
                notes.warn(unpaid)
    note_outside(strange, count, notes)
    note_campaign(whole, bundle, notes)
    return Scored(
        best[list(names)],
        best.iloc[:, :0],
        bundle,
        tuple(notes.rest),
        tuple(notes.banner),
        currency=notes.currency,
        written=count,
    )


def build_on_spark(tables: SparkTables, candidates: str, bundle: Bundle) -> DataFrame:
    """Return the features of candidates: what :func:`suasion.training.examples.build_candidates` gives, left where it is."""
    fitted = bundle.fitted
    make_requested(tables, candidates)
    build_matrix(prepare(tables, fitted.space), requested_and_past(tables))
    matrix = tables.session.table("matrix")
    schema = ", ".join(f"`{name}` {kind}" for name, kind in matrix.dtypes if name != "decision_id")
    gone, expectation = absent(tables), fitted.expectation
    finished = matrix.drop("decision_id").mapInPandas(
        lambda frames: (finish(f, gone) for f in frames), schema
    )
    tables.keep("finished", finished)
    past = tables.rows(
        f"SELECT f.*, p.known_at, p.net, p.calls FROM finished f JOIN ({past_of_requested(tables)}) p USING (campaign_id, influencer_id, as_of)"
    )
    columns = "influencer_id string, known_at timestamp_ntz, net double, expected double"
    expected = past.mapInPandas(lambda frames: (history_of(f, expectation) for f in frames), columns)
    tables.keep("history", expected)
    k = expectation.strength
    value = (
        "0.0"
        if k is None
        else f"ln((coalesce(sum(h.net), 0.0) + {k!r}) / (coalesce(sum(h.expected), 0.0) + {k!r}))"
    )
    tables.sql(
        f"CREATE TABLE surprises AS SELECT a.campaign_id, a.influencer_id, a.as_of, CAST({value} AS DOUBLE) AS {SURPRISE.column} "
        "FROM requested a LEFT JOIN history h "
        "ON h.influencer_id = a.influencer_id AND h.known_at < a.as_of GROUP BY 1, 2, 3"
    )
    return tables.rows("SELECT * FROM finished JOIN surprises USING (campaign_id, influencer_id, as_of)")


def _of(campaigns: Sequence[str]) -> str:
    listed = ", ".join("'" + one.replace("\\", "\\\\").replace("'", "\\'") + "'" for one in campaigns)
    return f"campaign_id IN ({listed})"


@dataclass(frozen=True)
class _Sent:
    """A model on its way to the executors: its files."""

    identity: str
    files: dict[str, bytes]

    def open(self) -> Bundle:
        """Return the model, read as from any disk: every hash and every number checked; once a process."""
        if self.identity not in _OPENED:
            _OPENED[self.identity] = unpack(self.files, "the model that was sent")
        return _OPENED[self.identity]


_OPENED: dict[str, Bundle] = {}


def _scoring(
    sent: _Sent, usual: UsualFees | None, currency: str, names: Sequence[str]
) -> Callable[[Frames], Frames]:
    def work(frames: Frames) -> Frames:
        bundle = sent.open()
        for frame in frames:
            table = bundle.whole(frame)
            scores = predict(bundle, table)
            said = table["fee"].to_numpy(dtype=np.float64, na_value=np.nan)
            add_value(scores, said if usual is None else usual_fees(usual, table), bundle, currency)
            # Of a part in which nobody's fee is known the amounts are missing, and in what money they are is not.
            in_what = {"currency": currency} if "currency" in names else {}
            yield scores.reindex(columns=list(names)).assign(**in_what)

    return work
