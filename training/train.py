"""The run, top to bottom: read, build features, judge forward in time, fit everything again on all, write, track."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features.engine.goals import GOALS
from suasion.features.engine.protocol import Database
from suasion.features.errors import InputError
from suasion.features.progress import step
from suasion.features.tables.files import require_ours
from suasion.features.tables.open import open_tables
from suasion.features.tables.quarantine import TableReport, typed_columns
from suasion.features.tables.schema import TABLES
from suasion.features.text.space import Embedder
from suasion.training.bundle.folder import OUTPUT, Bundle, describe, save
from suasion.training.bundle.forecasts import Forecasts
from suasion.training.bundle.learned_from import digests, outcome_digest
from suasion.training.bundle.manifest import Facts, Figures
from suasion.training.estimators.base import Floats
from suasion.training.estimators.fit import Chosen, Settings, fit
from suasion.training.estimators.interval import LEVEL, Interval, calibrate, is_binary
from suasion.training.estimators.shared import shared_variance
from suasion.training.evaluation.agreement import agreement
from suasion.training.evaluation.evaluate import (
    SUASION,
    Forward,
    ablate,
    beats_baselines,
    judge,
    learning_curve,
    nothing_judged,
    predict_forward,
)
from suasion.training.evaluation.hindsight import filled_in_later
from suasion.training.evaluation.split import TEST_FROM
from suasion.training.evaluation.unsettled import compare_settled, credit
from suasion.training.tracking.reach import TrackingError, load_mlflow

from .examples import Examples, read_examples


@dataclass(frozen=True)
class Run:
    """What a training run gives back."""

    bundle: Bundle
    examples: Examples
    """What the shipped model learned from, in its own text space."""
    reports: tuple[TableReport, ...]
    beats: bool
    verdict: str
    address: str | None = None
    champion: bool = False
    untracked: str = ""
    """Why the run is not in MLflow, though it should be; empty where it is."""


@dataclass(frozen=True)
class Options:
    """What can be chosen about a run.

    ``quick`` leaves out ablation, learning curve and variants; ``force`` gives the champion alias to a model that does
    not beat the baselines; ``register`` is the name in MLflow's registry (default: the folder's); ``track`` False leaves
    MLflow out; ``settled`` takes counts of old posts as settled, though they were read later;
    ``goal`` is that of the campaigns to learn from.
    ``engine`` is ``duckdb``, ``spark`` or Spark Connect's address, and ``work`` the folder that Spark writes to.
    """

    until: datetime | None = None
    settings: Settings = field(default_factory=Settings)
    quick: bool = False
    force: bool = False
    track: bool = True
    tracking_uri: str | None = None
    register: str | None = None
    leave_out: frozenset[str] = frozenset()
    settled: bool = False
    goal: str | None = None
    memory_limit: str | None = None
    engine: str = "duckdb"
    work: str | None = None


def train(
    data: str | Path,
    out: str | Path,
    options: Options | None = None,
    *,
    space: Embedder | None = None,
    quarantine: Path | None = None,
) -> Run:
    """Train on the outcomes at ``data`` and write the model to the folder ``out``, replaced whole, or left as it was if anything fails.

    ``data`` is a folder of Parquet or CSV files, a DuckDB file, or a database address; ``space`` a text space of one's own, None fits LSA
    on the posts. Raises InputError when the data cannot be used, and DiskFullError when the model does not fit on its disk. An MLflow
    that is away does not cost the model: :attr:`Run.untracked` says why it is not registered.
    """
    options, out = options or Options(), Path(out)
    settings = options.settings
    require_ours(out.resolve(), OUTPUT)
    with _open(data, options, quarantine) as tables:
        bundle, examples = learn(tables, settings, space=space, until=options.until, quick=options.quick)
        reports = tables.reports
    beats, verdict = bundle.evaluation["beats_baselines"], bundle.evaluation["verdict"]
    save(bundle, out)
    if not options.track:
        return Run(bundle, examples, reports, beats, verdict)
    step("writing the run to MLflow")
    champion = beats or options.force
    try:
        # MLflow takes a second to import, which only those who track need wait for.
        load_mlflow()
        from suasion.training.tracking.mlflow_run import track

        address = track(
            bundle,
            out,
            name=options.register or out.resolve().name,
            uri=options.tracking_uri,
            params={
                "until": str(options.until),
                "random_state": settings.random_state,
                "interactions": settings.interactions,
                "monotonic": settings.monotonic,
                **bundle.facts["chosen"],
            },
            champion=champion,
        )
    except TrackingError as error:
        lost = f"{error} The model is whole, but not registered: mend that, and train again with the same data and seed."
        return Run(bundle, examples, reports, beats, verdict, untracked=lost)
    return Run(bundle, examples, reports, beats, verdict, address, champion)


def learn(
    tables: Database,
    settings: Settings,
    *,
    space: Embedder | None = None,
    until: datetime | None = None,
    quick: bool = True,
) -> tuple[Bundle, Examples]:
    """Judge forward in time, then fit on all that is known; return the model, and what it learned from.

    Judged is the recipe, on what was known before the first judged decision; shipped is the same recipe on everything.
    """
    step("building features as of every decision")
    judged, fitted = read_examples(tables, space, first=TEST_FROM, until=until)
    step(f"judging forward in time: {len(judged.table):,} outcomes, {len(judged.features)} features")
    forward = predict_forward(judged, settings, variants=not quick)
    evaluation = evaluation_of(judged, forward, settings, quick=quick)
    if tables.settled and forward.judged.any():
        step("judging without the counts that are taken as settled")
        as_read = replace(tables, settled=False)
        unsettled, _ = read_examples(as_read, fitted.space, first=TEST_FROM, until=until)
        credit(evaluation, compare_settled(judged, unsettled, forward, settings))
    step("building features again, with all that is known")
    examples, fitted = read_examples(tables, space, first=None, until=until)
    step("fitting on all outcomes")
    data = examples.data
    parts, chosen = fit(data, examples.declared, settings)
    if chosen.follows:
        step("following the level of the latest month, for inside training that paid")
    interval = _interval(judged, forward, settings.coverage)
    facts = _facts(tables, examples, until, chosen, _campaign_variance(judged, forward, interval))
    kept = _forecasts(judged, forward, facts["fingerprint"])
    return Bundle(
        parts, fitted, interval, describe(examples.features, data.X), facts, evaluation, kept
    ), examples


def _forecasts(examples: Examples, forward: Forward, fingerprint: str) -> Forecasts:
    """Return what was forecast of the judged outcomes before they were known."""
    rows, table = forward.judged, examples.table
    if SUASION not in forward.expected or forward.low is None or forward.high is None:
        return Forecasts()
    outcomes = zip(
        table["campaign_id"][rows].astype(str), table["influencer_id"][rows].astype(str), strict=True
    )
    return Forecasts.of(
        outcomes, forward.expected[SUASION][rows], forward.low[rows], forward.high[rows], fingerprint
    )


def evaluation_of(examples: Examples, forward: Forward, settings: Settings, *, quick: bool) -> Figures:
    """Return how the model was judged, and the verdict."""
    judged = judge(examples, forward, seed=settings.random_state)
    if "all" not in judged:
        return Figures(judged=judged, beats_baselines=False, verdict=nothing_judged(examples, forward))
    beats, verdict = beats_baselines(judged["all"])
    if (column := filled_in_later(examples)) is not None:
        beats, verdict = (
            False,
            f"What this model explains is not earned: {column} goes with the conversions more closely than anything agreed beforehand can, "
            f"as a commission does, or what was delivered. Give {column} as it was agreed, or leave it out, and train again.",
        )
    figures = Figures(judged=judged, beats_baselines=beats, verdict=verdict)
    if not quick:
        step("leaving out each characteristic and each table")
        figures["ablation"] = ablate(examples, forward, settings, seed=settings.random_state)
        figures["learning_curve"] = learning_curve(examples, forward, settings)
        figures["agreement"] = agreement(examples, forward, settings)
    return figures


def _open(data: str | Path, options: Options, quarantine: Path | None) -> AbstractContextManager[Database]:
    optional = [name for name, table in TABLES.items() if not table.needed]
    if unknown := sorted(options.leave_out - set(optional)):
        raise InputError(
            f"{', '.join(unknown)} cannot be left out; tables that can be left out are {', '.join(optional)}."
        )
    if options.engine == "duckdb":
        return open_tables(
            data,
            quarantine=quarantine,
            leave_out=options.leave_out,
            settled=options.settled,
            goal=options.goal,
            memory_limit=options.memory_limit,
        )
    from suasion.features.spark.tables import open_spark

    return open_spark(
        data,
        options.engine,
        work=options.work,
        quarantine=None if quarantine is None else str(quarantine),
        leave_out=options.leave_out,
        settled=options.settled,
        goal=options.goal,
    )


def _predicted(examples: Examples, forward: Forward) -> tuple[NDArray[np.int64], Floats]:
    """Return the rows that were predicted forward in time, and what was expected of them."""
    expected = forward.expected.get(SUASION, np.full(len(examples.data.y), np.nan))
    rows = np.flatnonzero(~np.isnan(expected))
    return rows, expected[rows]


def _interval(examples: Examples, forward: Forward, coverage: float = LEVEL) -> Interval:
    """Calibrate the shipped interval on everything predicted forward in time."""
    data = examples.data
    rows, expected = _predicted(examples, forward)
    people = examples.table["influencer_id"].to_numpy(dtype=object)
    return calibrate(data.y[rows], expected, people[rows], coverage, binary=is_binary(data.y))


def _campaign_variance(examples: Examples, forward: Forward, interval: Interval) -> float | None:
    """Return how much the outcomes of one campaign share, of everything predicted forward in time."""
    rows, expected = _predicted(examples, forward)
    campaigns = examples.table["campaign_id"].to_numpy(dtype=object)[rows]
    return shared_variance(examples.data.y[rows], expected, campaigns, interval.dispersion_at(expected))


def _facts(
    tables: Database, examples: Examples, until: datetime | None, chosen: Chosen, variance: float | None
) -> Facts:
    table = examples.table
    key = fingerprint(tables)
    return {
        "outcomes": len(table),
        "influencers": int(table["influencer_id"].nunique()),
        "campaigns": int(table["campaign_id"].nunique()),
        "conversions": float(table["net"].sum()),
        "first_decision": str(table["as_of"].min()),
        "last_decision": str(table["as_of"].max()),
        "last_known": str(table["known_at"].max()),
        "until": str(until) if until else None,
        "revenue_per_conversion": _revenue(table),
        "campaign_variance": variance,
        "chosen": {"n_trees": chosen.n_trees, "alpha": chosen.alpha, "level_followed": chosen.follows},
        "tables": sorted(tables.present),
        "extras": list(tables.extras),
        "settled": tables.settled,
        "goal": tables.goal,
        "goals": _goals(tables, table),
        "fingerprint": key,
        "people": digests(table["influencer_id"].astype(str), key),
        "seen": sorted(
            outcome_digest(campaign, influencer, key)
            for campaign, influencer in zip(
                table["campaign_id"].astype(str), table["influencer_id"].astype(str), strict=True
            )
        ),
    }


def _goals(tables: Database, table: pd.DataFrame) -> dict[str, int]:
    """Return of how many outcomes the campaign has which goal, the most frequent first; those of no told goal are left out."""
    goals: dict[str, str] = dict(tables.sql(GOALS).fetchall())
    counts = table["campaign_id"].astype(str).map(goals).dropna().value_counts()
    return {str(goal): int(count) for goal, count in counts.items()}


def _revenue(table: pd.DataFrame) -> float | None:
    """Return revenue for each net conversion over all outcomes that tell it; None where none does."""
    known = table[table["revenue"].notna()]
    conversions = float(known["net"].sum())
    return float(known["revenue"].sum()) / conversions if conversions > 0 else None


def fingerprint(tables: Database) -> str:
    """Return a hash of the good rows of every table, whatever their order."""
    import hashlib

    digest = hashlib.sha256()
    for name in sorted(tables.present):
        table = TABLES[name]
        columns = sorted(column.name for column in typed_columns(table, table.extras(tables.extras)))
        digest.update(f"{name}:{columns}:{tables.digest(name, columns)}".encode())
    return digest.hexdigest()
