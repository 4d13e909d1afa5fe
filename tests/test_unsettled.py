"""What counts that are taken as settled bring is judged on the same outcomes, with and without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from suasion.features.tables.open import open_tables
from suasion.serving.cli.terminal.trained import print_settled
from suasion.training.estimators.fit import Settings
from suasion.training.evaluation.evaluate import predict_forward
from suasion.training.evaluation.unsettled import compare_settled
from suasion.training.examples import read_examples

from .brands import brand
from .test_goals import saved

LEAKY = "conversion__best_rate"


def test_what_settled_counts_bring_is_the_difference_on_the_same_outcomes(tmp_path: Path) -> None:
    settings = Settings()
    with open_tables(saved(brand(), tmp_path / "data")) as tables:
        unsettled, _ = read_examples(tables, None, first=0.5)
    # A column that grew with what a campaign brought: the leak that the comparison is there to show.
    random = np.random.default_rng(0)
    leaked = unsettled.table["net"] * 100 + random.random(len(unsettled.table))
    examples = replace(unsettled, table=unsettled.table.assign(**{LEAKY: leaked}))
    forward = predict_forward(examples, settings, variants=False)
    same = compare_settled(examples, examples, forward, settings)
    assert same["adds"] == pytest.approx(0, abs=1e-9)
    told = compare_settled(examples, unsettled, forward, settings)
    assert (
        told["explained_deviance"]
        == same["explained_deviance"]
        == pytest.approx(told["without"] + told["adds"])
    )
    assert told["adds"] > 0.05
    assert told["adds_90"][0] > 0


def test_the_terminal_says_both() -> None:
    console = Console(width=400, record=True)
    print_settled(
        console,
        {"explained_deviance": 0.5, "without": 0.45, "adds": 0.05, "adds_90": [0.01, 0.09], "behind": []},
    )
    said = console.export_text()
    assert "explained deviance 0.500 with them and 0.450 without, +0.050 (90 % +0.010 to +0.090)" in said
