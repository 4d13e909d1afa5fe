"""How many threads a fit gets: by the size of the work, what is allowed and what is free; and what a conversion can be worth."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from suasion.features.errors import InputError
from suasion.serving.scoring.plan.worth import worth_of_one
from suasion.training.estimators.threads import threads_for

from . import made
from .conftest import ROOT


@pytest.mark.parametrize(
    ("millions", "processors", "told", "load", "threads"),
    [
        (3.9, 8, "", 1.0, 1),  # two million cells a thread, and only whole threads
        (4.0, 8, "", 1.0, 2),
        (40.0, 8, "", 1.0, 8),
        (40.0, 8, "", 0.0, 8),  # what this process does itself is no other's load
        (40.0, 8, "", 4.0, 5),
        (40.0, 8, "", 4.4, 5),
        (40.0, 8, "", 4.6, 4),
        (40.0, 8, "", 99.0, 1),
        (40.0, 8, "3", 1.0, 3),
        (40.0, 8, "1", 1.0, 1),
        (40.0, 2, "3", 1.0, 2),
        # What is no number of threads says nothing.
        (40.0, 8, "0", 1.0, 8),
        (40.0, 8, "-2", 1.0, 8),
        (40.0, 8, "many", 1.0, 8),
    ],
)
def test_threads_by_work_and_by_what_is_free(
    millions: float, processors: int, told: str, load: float, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(processors)) if process == 0 else set(), raising=False)  # fmt: skip
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 50.0, 50.0))
    assert threads_for(int(millions * 10_000), 100) == threads


@pytest.mark.parametrize(
    ("processors", "load", "threads"), [(4, (1.0, 1.0, 1.0), 4), (None, (1.0, 1.0, 1.0), 1), (4, None, 4)]
)
def test_systems_that_tell_neither_load_nor_processors(
    processors: int | None, load: Any, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    if load is None:
        monkeypatch.delattr(os, "getloadavg")
    else:
        monkeypatch.setattr(os, "getloadavg", lambda: load)
    assert threads_for(400_000, 100) == threads


@pytest.mark.parametrize(("told", "policy"), [(None, "passive"), ("active", "active")])
def test_threads_that_wait_sleep_unless_somebody_says_otherwise(told: str | None, policy: str) -> None:
    """Said before LightGBM is loaded, for OpenMP reads it then and never again."""
    names = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    code = "import os, sys, suasion.training; print(os.environ['OMP_WAIT_POLICY'], 'lightgbm' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=names | ({} if told is None else {"OMP_WAIT_POLICY": told}),
        capture_output=True,
        check=True,
        text=True,
    )
    assert answer.stdout.split() == [policy, "False"]


@pytest.mark.parametrize("value", [0.0, -0.01, float("inf"), float("nan")])
def test_what_a_conversion_is_worth_is_an_amount_above_0(value: float) -> None:
    with pytest.raises(InputError, match="must be above 0"):
        worth_of_one(value, made.bundle({}))


@pytest.mark.parametrize("value", [0.01, 1.0, 5000.0])
def test_any_amount_above_0_will_do(value: float) -> None:
    assert worth_of_one(value, made.bundle({})) == value
