"""Rows made bad by a seeded generator, through every importer and every table: all are loaded or set aside, and the counts add up.

The million of them, and what it costs: ``python -m benchmarks.malformed``.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import ROOT


@pytest.mark.fuzz
@pytest.mark.parametrize("rows", [4_000, 40_000])
def test_nothing_crashes_and_every_row_is_accounted_for(rows: int) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.malformed", str(rows)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    *lines, memory = told.stdout.strip().splitlines()
    counts = [int(cell.replace(",", "")) for cell in lines[-1].strip("| ").split("|")[1:]]
    assert counts[0] > 0.9 * rows
    assert counts[1] > 0
    assert counts[3] > 0
    assert float(memory.split()[1]) < 1.0
