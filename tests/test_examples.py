"""What is learned from: the recipe is judged on what was known then, and shipped on all that is known."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suasion.features.check import open_tables
from suasion.training.evaluate import FIRST
from suasion.training.examples import fit_space, read_examples
from suasion.training.train import Options, train

NEW, LATER = "zeppelin", "quokka"


@pytest.fixture(scope="module")
def told(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small world, in whose second half people begin to use a new word, and after the end another."""
    folder = tmp_path_factory.mktemp("told") / "world"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("truth"))
    posts = pd.read_parquet(folder / "posts.parquet")
    middle, end = posts["created_at"].quantile(0.75), posts["created_at"].quantile(0.97)
    posts.loc[posts["created_at"] > middle, "text"] += f" {NEW}"
    posts.loc[posts["created_at"] > end, "text"] += f" {LATER}"
    posts.to_parquet(folder / "posts.parquet")
    return folder


def test_judged_on_what_was_known_and_shipped_on_all_of_it(told: Path, tmp_path: Path) -> None:
    posts = pd.read_parquet(told / "posts.parquet")
    until = posts["created_at"].quantile(0.9)
    with open_tables(told) as tables:
        judged, early = read_examples(tables, None, first=FIRST, until=until.to_pydatetime())
        shipped, whole = read_examples(tables, None, first=None, until=until.to_pydatetime())
    assert NEW not in early.space.vocabulary
    assert NEW in whole.space.vocabulary
    assert LATER not in whole.space.vocabulary, "what came after --until teaches nothing"
    assert early.expectation.strength != whole.expectation.strength
    assert len(judged.table) == len(shipped.table)
    run = train(told, tmp_path / "model", Options(quick=True, track=False, until=until.to_pydatetime()))
    assert run.bundle.fitted.space.vocabulary == whole.space.vocabulary
    np.testing.assert_allclose(run.bundle.fitted.expectation.linear.slope, whole.expectation.linear.slope)
    pd.testing.assert_frame_equal(run.examples.table, shipped.table)


def test_where_nothing_was_said_no_word_is_known(told: Path) -> None:
    with open_tables(told) as tables:
        space = fit_space(tables, pd.Timestamp("2000-01-01").to_pydatetime())
    brief = pd.read_parquet(told / "campaigns.parquet")["brief"].iloc[0]
    assert not np.any(space.embed([brief]))


def test_outcomes_of_one_moment_stand_in_an_order_that_no_id_decides(told: Path) -> None:
    with open_tables(told) as tables:
        table = read_examples(tables, None, first=FIRST)[0].table
    assert table["as_of"].is_monotonic_increasing
    same = table.groupby("as_of")
    assert all(part["net"].is_monotonic_increasing or part["exposure"].nunique() > 1 for _, part in same)
    assert not all(part["influencer_id"].is_monotonic_increasing for _, part in same)
