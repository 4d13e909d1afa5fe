"""The command line answers at once: what a command does not need, it does not import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.start import WHY, WRONG, cost_of, declared

from suasion.serving.cli.imports import TITLES
from suasion.serving.cli.main import COMMANDS

from .conftest import ROOT

HEAVY = (
    *("numpy", "pandas", "pyarrow", "duckdb", "ibis", "sqlglot", "scipy", "sklearn", "lightgbm", "numba", "shap", "mlflow", "matplotlib"),
    *("pydantic", "fastapi", "uvicorn", "jinja2", "openpyxl", "rich", "feedparser", "libipld", "py7zr"),
)  # fmt: skip
LINES = [
    *([], ["--help"], ["--version"], ["dance"], ["--nope"], ["import"], ["import", "--help"], ["import", "dance"]),
    *([name, "--help"] for name in COMMANDS),
    *([name, "--nope"] for name in COMMANDS),
    *(["import", name, "--help"] for name in ("csv", "results", "stackexchange")),
    *(["score", "data"], ["serve", "data", "--model", "m", "--host", "0.0.0.0"], ["train", "a", "b", "--out", "c"]),
    *(["score", "d", "--model", "m", "--as-of", "soon"], ["score", "d", "--model", "m", "--top", "0"]),
]  # fmt: skip
ASK = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from suasion.serving.cli.main import main
told = {}
for line in json.loads(sys.argv[1]):
    sys.argv = ["suasion", *line]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            main()
        except SystemExit:
            pass
    told[" ".join(line)] = [name for name in HEAVY if name in sys.modules]
print(json.dumps(told))
"""


def loaded(*lines: list[str]) -> dict[str, list[str]]:
    """Return for each command line, run one after the other in one new process, which heavy modules are there after it."""
    command = [sys.executable, "-c", f"HEAVY = {HEAVY}{ASK}", json.dumps(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_help_and_what_is_wrong_import_nothing_heavy() -> None:
    assert loaded(*LINES) == {" ".join(line): [] for line in LINES}


def test_completion_imports_nothing_heavy() -> None:
    for words in ("suasion ", "suasion im", "suasion import ", "suasion score --m"):
        code = f"import sys; sys.argv = ['suasion']\ntry:\n from suasion.serving.cli.main import main; main()\nfinally: print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
        told = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "_SUASION_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        proposed = [line.partition(",")[2] for line in told.stdout.splitlines()]
        assert told.stderr.strip() == "[]", (words, told.stderr)
        expected = {"suasion ": [*COMMANDS], "suasion im": ["import"], "suasion score --m": ["--model"]}
        assert proposed == expected.get(words, [*TITLES, "creators", "csv", "results", "stackexchange"])


@pytest.mark.parametrize("line", [["--help"], ["train", "--help"], ["score", WRONG]])
def test_an_answer_takes_little_time_and_memory(line: list[str]) -> None:
    used = cost_of(line)
    assert used.cpu < 0.3, "seconds of CPU"
    assert used.memory < 60, "MB"


def test_every_dependency_has_its_line_and_its_reason() -> None:
    assert list(WHY) == declared()
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for name, (_, why) in WHY.items():
        line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert line.endswith(f"| {why} |"), "stale: python -m benchmarks.start writes it again"


def test_a_score_needs_no_plots_no_tracking_and_no_server(world: Path, trained) -> None:
    told = loaded(["score", str(world), "--model", str(trained[1]), "--campaign", "c0055", "--json"])
    unneeded = {"mlflow", "matplotlib", "shap", "fastapi", "uvicorn", "jinja2", "openpyxl", "feedparser", "libipld", "py7zr"}  # fmt: skip
    (found,) = told.values()
    assert "lightgbm" in found, "it did score"
    assert not unneeded & set(found)


def test_one_door_does_not_lead_through_another() -> None:
    """The command line and the service know nothing of each other, but for the commands that start one and make its keys."""
    serving = ROOT / "serving"
    for path in (serving / "http").glob("*.py"):
        assert "serving.cli" not in path.read_text(), path
    for path in (serving / "cli").rglob("*.py"):
        assert ("serving.http" in path.read_text()) == (path.name == "service.py"), path
