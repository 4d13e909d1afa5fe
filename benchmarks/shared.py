"""What several benchmarks do: lines of a table in Markdown, a run in a process of its own, the texts of a world, a model beside the truth."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from suasion.features import FEATURES, GROUPS
from suasion.features.engine.matrix import prepare
from suasion.features.engine.protocol import Database
from suasion.features.tables.open import open_tables
from suasion.features.text.space import LatentSpace
from suasion.training.estimators.fit import Settings, fit, poisson_deviance
from suasion.training.evaluation.evaluate import SUASION, Forward, predict_forward
from suasion.training.evaluation.split import TEST_FROM
from suasion.training.examples import Examples, build_candidates, offer_columns, read_examples

DECISIONS = "SELECT campaign_id, influencer_id, decided_at AS as_of, exposure, fee, discount FROM outcomes"
KEYS = ["campaign_id", "influencer_id"]


def heading(*columns: str) -> None:
    """Print the head of a table."""
    line(*columns)
    print(f"|{'---|' * len(columns)}", flush=True)


def line(*cells: object) -> None:
    """Print a line of a table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def alone(name: str, *arguments: object, env: dict[str, str] | None = None) -> list[float]:
    """Run ``--one`` of a benchmark in a process of its own, whose memory and caches are its own; return the figures it prints last."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--one", *map(str, arguments)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return [float(value) for value in done.stdout.splitlines()[-1].split()]


def fit_space(tables: Database) -> LatentSpace:
    """Fit the text space on many posts."""
    texts = tables.sql("SELECT text FROM posts ORDER BY md5(post_id) LIMIT 50000").fetchall()
    return LatentSpace.fit([text for (text,) in texts])


def write_space(data: Path, file: Path) -> None:
    """Fit the text space once, and write it down: fitted twice it is not the same to the last digit."""
    with open_tables(data) as tables:
        space = fit_space(tables)
    np.savez(file, idf=space.idf, components=space.components, vocabulary=np.array(space.vocabulary))


def read_space(file: str | Path) -> LatentSpace:
    """Return the space that was written down."""
    with np.load(file) as written:
        return LatentSpace(tuple(written["vocabulary"].tolist()), written["idf"], written["components"])


@dataclass(frozen=True)
class Judged:
    """What a model said of a simulated world, beside what is true of it."""

    examples: Examples
    forward: Forward
    rows: np.ndarray
    """Those that are judged."""
    truth: pd.DataFrame
    """Of all examples, a row each."""
    future: pd.DataFrame
    """The truth of the candidates to come, and what is ``expected`` of them."""
    factors: np.ndarray
    """Of the candidates, on the log scale."""

    def explained(self, expected: np.ndarray | str = SUASION) -> float:
        """Return the explained deviance of what was expected of the judged rows, or of a model by its name."""
        values = self.forward.expected[expected][self.rows] if isinstance(expected, str) else expected
        y, null = self.examples.data.y[self.rows], self.forward.rate[self.rows]
        return float(1 - poisson_deviance(y, values).sum() / poisson_deviance(y, null).sum())

    @property
    def oracle(self) -> float:
        """What who knows the truth explains."""
        return self.explained(self.truth["expected_conversions"].to_numpy()[self.rows])

    def top(self, column: str) -> float:
        """Return what the ten of each campaign to come that a column puts first would really bring."""
        best = self.future.sort_values(column, ascending=False).groupby("campaign_id").head(10)
        return float(best["expected_conversions"].sum())


def judge_world(
    data: Path,
    truth: Path,
    *,
    leave_out: frozenset[str] = frozenset(),
    settled: bool = False,
    without: Collection[str] = (),
) -> Judged:
    """Predict forward in time on the tables of a world, fit on all, and put the truth beside both; ``without`` are names of features."""
    true = pd.read_parquet(truth / "truth" / "truth.parquet")
    declared = tuple(f for f in FEATURES if f"{f.characteristic}__{f.name}" not in without)
    with open_tables(data, leave_out=leave_out, settled=settled, declared=declared) as tables:
        examples, fitted = read_examples(tables, None, first=TEST_FROM)
        offered = (
            f"SELECT campaign_id, influencer_id, decided_at AS as_of, {offer_columns(tables)} FROM candidates"
        )
        candidates = build_candidates(prepare(tables, fitted.space), offered, fitted)
    forward = predict_forward(examples, Settings(), variants=False)
    parts, _ = fit(examples.data, examples.declared, Settings())
    factors = parts.log_factors(parts.matrix(candidates), GROUPS)
    expected = candidates["exposure"].to_numpy() * np.exp(parts.log_base + factors.sum(axis=1))
    known, future = (
        table[KEYS].merge(true, on=KEYS, how="left", validate="one_to_one")
        for table in (examples.table, candidates)
    )
    rows = np.flatnonzero(forward.judged)
    return Judged(examples, forward, rows, known, future.assign(expected=expected), factors)
