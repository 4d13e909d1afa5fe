"""A bundle that somebody changed is refused with a reason, whatever they changed, and never takes the process with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from suasion.features.errors import BundleError
from suasion.training.bundle.folder import load
from suasion.training.estimators.tree_text import read_forest, write_forest


@pytest.fixture(scope="module")
def became(trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """What became of each mutant; they are loaded in a child process, which ends well or the test fails."""
    scratch = tmp_path_factory.mktemp("hostile")
    child = subprocess.run(
        [sys.executable, Path(__file__).with_name("hostile.py"), trained[1], scratch / "mutant"],
        capture_output=True,
        text=True,
        cwd=scratch,
        timeout=300,
    )
    lines = [json.loads(line) for line in child.stdout.splitlines()]
    assert child.returncode == 0, f"after {lines[-1:]}: {child.stderr[-2000:]}"
    return {line["name"]: line["became"] for line in lines}, scratch


def test_no_mutant_is_loaded_and_each_is_told_why(became: tuple[dict[str, str], Path]) -> None:
    told, _ = became
    assert len(told) >= 700
    assert [name for name, error in told.items() if error == "loaded"] == []
    assert [error for error in told.values() if error.startswith("unreasoned")] == []
    assert all("Train" in error or "suasion train" in error or "Give it" in error for error in told.values())


def test_a_pickle_in_an_array_is_not_run(became: tuple[dict[str, str], Path]) -> None:
    assert not list(became[1].rglob("pickle-was-run"))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("manifest.json: newer format", "has format 99, this version"),
        ("trees.txt: cycle", "is reached twice"),
        ("tree 0: left_child[0] = 999999", "is out of range"),
        ("tree 0: feature[0] = 100000", "splits on a feature outside"),
        ("tree 0: leaf[0] = nan", "not a number that can be here"),
        ("tree 0: split_feature twice", "is there twice"),
        ("tree 0: leaf_count[0] = 99999999", "rows and its children"),
        ("trees.txt gone", "lacks its file trees.txt"),
        ("trees.txt, bit 3 flipped", "its size or SHA-256 differs"),
        ("regression.npz: a terabyte", "its shape is not as large as its data"),
        ("manifest.json: path out of the folder", "lacks its file ../../etc/passwd"),
        ("evaluation.json: deep", "is not JSON"),
    ],
)
def test_the_reason_is_the_one_that_holds(
    became: tuple[dict[str, str], Path], name: str, reason: str
) -> None:
    assert reason in became[0][name]


def test_trees_written_anew_are_the_same_trees(trained) -> None:
    X = np.random.default_rng(0).normal(size=(200, 8))
    X[::5, 0] = np.nan
    y = np.random.default_rng(1).poisson(np.exp(np.nan_to_num(X[:, 0]) / 3 + (X[:, 1] > 0)))
    booster = lgb.train({"objective": "poisson", "verbosity": -1, "seed": 0}, lgb.Dataset(X, y), 30)
    forest = read_forest(booster.model_to_string())
    again = lgb.Booster(model_str=write_forest(forest))
    assert read_forest(write_forest(forest)) == forest
    for options in ({"raw_score": True}, {"pred_leaf": True}, {"pred_contrib": True}):
        np.testing.assert_array_equal(booster.predict(X, **options), again.predict(X, **options))


def test_a_link_in_place_of_a_file_is_refused(trained, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(trained[1], tmp_path / "model")
    (tmp_path / "model" / "space.npz").unlink()
    (tmp_path / "model" / "space.npz").symlink_to(trained[1] / "space.npz")
    with pytest.raises(BundleError, match="not a plain file"):
        load(tmp_path / "model")
