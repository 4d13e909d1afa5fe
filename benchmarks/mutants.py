"""Whether the tests notice a small mistake: ``python -m benchmarks.mutants [FILE …] [--sample 200] [--seed 0] [--map FILE]``.

Each mutant is one small change to one expression or statement (``<`` to ``<=``, a condition left out, ``min`` to ``max``, a
number one off, a keyword removed, ``AND`` to ``OR`` in SQL …). A mutant is killed when a test fails, or runs on without end; it
survives when all tests that reach it pass. Survivors are printed with their line, to be explained or to get a test.

1. The tracked files are copied to a temporary folder: the working tree is never changed.
2. The tests run there once, and for each is written down which functions it calls, through fixtures and threads too, and how long
   it takes. ``--map`` keeps that for the next time. Tests that fail or skip as things are take no part.
3. For each mutant of the sample the tests that call its function run, fastest first, as far as ``--budget`` seconds reach, and a few
   of those that call anything else in its file (what is cached is called once), in a fork that has the libraries imported already.

cosmic-ray installs cleanly and has most of these operators, but it also mutates annotations (``float | None``: nothing changes),
knows neither conditions left out nor SQL, and starts Python and every import anew for each mutant.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from .mutations import Mutant, mutants

ROOT = Path(__file__).resolve().parents[1]
APART = {
    "training/datasets/simulated.py": "a simulator has no right numbers",
    "training/datasets/counts.py": "a simulator has no right numbers",
    "training/datasets/life.py": "a simulator has no right numbers",
    "training/datasets/people.py": "a simulator has no right numbers",
    "training/datasets/words.py": "a simulator has no right numbers",
    "serving/scoring/spark.py": "needs Spark",
}
"""Files without mutants, and why."""
MARKS = "not (spark or postgres or notebooks or browser or fuzz or wheel or real)"
LIBRARIES = [
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "duckdb",
    "ibis",
    "scipy.stats",
    "sklearn.linear_model",
    "sklearn.metrics",
    "lightgbm",
    "numba",
    "shap",
    "mlflow",
    "matplotlib.figure",
    "fastapi",
    "uvicorn",
    "httpx",
    "jinja2",
    "rich.console",
    "click",
    "openpyxl",
    "vaderSentiment.vaderSentiment",
]
"""Imported once, before the forks."""


# -- which tests reach what ------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Recorder:
    """A pytest plugin that writes down which functions each test calls and how long it and its fixtures take."""

    root: str
    calls: set[tuple[str, str]] = field(default_factory=set)
    fixtures: dict[str, tuple[set[tuple[str, str]], float]] = field(default_factory=dict)
    tests: dict[str, dict[str, Any]] = field(default_factory=dict)
    passed: dict[str, float] = field(default_factory=dict)

    def seen(self, frame: FrameType, _: str, __: object) -> None:
        """Note a call, if it is to one of ours."""
        if (name := frame.f_code.co_filename).startswith(self.root):
            self.calls.add((name, frame.f_code.co_qualname))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Any:
        """Keep what a fixture calls apart: it is called once and serves many tests."""
        outer, self.calls, start = self.calls, set(), time.perf_counter()
        try:
            return (yield)
        finally:
            self.fixtures[fixturedef.argname] = self.calls, time.perf_counter() - start
            self.calls = outer

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Keep a test's calls with those of its fixtures, if it passes."""
        self.calls = set()
        report = yield
        needs = [name for name in getattr(item, "fixturenames", ()) if name in self.fixtures]
        calls = self.calls.union(*(self.fixtures[name][0] for name in needs))
        if item.nodeid in self.passed:
            self.tests[item.nodeid] = {
                "seconds": self.passed[item.nodeid],
                "fixtures": {name: self.fixtures[name][1] for name in needs if self.fixtures[name][1] > 0.05},
                "calls": sorted(
                    {f"{self._ours(path)}:{name}" for path, name in calls if "/tests/" not in path}
                ),
            }
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that a test passed."""
        if report.when == "call" and report.passed:
            self.passed[report.nodeid] = report.duration

    def _ours(self, path: str) -> str:
        return str(Path(path).resolve().relative_to(self.root))


def record(tree: Path, tests: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Run the tests once in a process of its own and return what each calls."""
    file = tree / "calls.json"

    def run() -> int:
        recorder = Recorder(str(tree.resolve()))
        threading.settrace(recorder.seen)
        sys.settrace(recorder.seen)  # told of calls alone, as it asks for no more
        pytest.main([*QUIET, "-m", MARKS, *tests], plugins=[recorder])
        file.write_text(json.dumps(recorder.tests))
        return 0

    if _fork(run, tree, timeout=24 * 3600) != 0:
        sys.exit((tree / "said").read_text()[-5000:])
    print((tree / "said").read_text().splitlines()[-1])
    recorded: dict[str, dict[str, Any]] = json.loads(file.read_text())
    return recorded


QUIET = [
    "-q",
    "--tb=no",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
]


def chosen(mutant: Mutant, tests: dict[str, dict[str, Any]], budget: float) -> list[str]:
    """Return the tests that reach a mutant, fastest first: those that call its function, then those that call its file.

    What is declared outside functions nobody calls: near it are the tests in files that import it.
    """

    def whole(name: str) -> float:
        return float(tests[name]["seconds"] + sum(tests[name]["fixtures"].values()))

    near = {name for name, test in tests.items() if f"{mutant.file}:{mutant.function}" in test["calls"]}
    if not near:
        module = "suasion." + mutant.file.removesuffix(".py").replace("/", ".")
        files = {name.partition("::")[0] for name in tests}
        importing = {file for file in files if f"from {module} import" in (ROOT / file).read_text("utf-8")}
        near = {name for name in tests if name.partition("::")[0] in importing}
    far = {
        name for name, test in tests.items() if any(c.startswith(f"{mutant.file}:") for c in test["calls"])
    }
    picked, there = list[str](), set[str]()
    for names, room in ((near, budget), (far - near, budget / 6 if near else budget)):
        spent = 0.0
        for name in sorted(names, key=whole):
            fresh = {
                fixture: cost for fixture, cost in tests[name]["fixtures"].items() if fixture not in there
            }
            cost = tests[name]["seconds"] + sum(fresh.values())
            if not picked or spent + cost <= room:
                picked.append(name)
                spent, there = spent + cost, there | set(fresh)
    return picked


# -- the trial -------------------------------------------------------------------------------------------------------------------


def copy_tree(target: Path) -> None:
    """Copy what git tracks or would, as it stands, and link it together as ``suasion``."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / name).read_bytes())
    links = target / ".types" / "suasion"
    links.mkdir(parents=True)
    for package in ("features", "training", "serving"):
        (links / package).symlink_to(Path("..", "..", package))
    (links / "__init__.py").symlink_to(Path("..", "..", "__init__.py"))


def _fork(run: Callable[[], int], tree: Path, timeout: float) -> int | None:
    """Run something in a fork, in the tree; return its exit code, None where it did not end in time."""
    child = os.fork()
    if child == 0:
        os.setsid()
        os.chdir(tree)
        sys.path[:0] = [str(tree), str(tree / ".types")]
        said = os.open(tree / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        code = 70
        try:
            code = int(run())
        except BaseException:  # noqa: BLE001 - sys.exit as well: no fork goes on as its parent
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


@dataclass(frozen=True)
class Killer:
    """A pytest plugin that writes down the first test that fails."""

    file: Path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure, be it of a test or of its fixtures."""
        if report.failed and not self.file.exists():
            self.file.write_text(report.nodeid)


def try_mutant(mutant: Mutant, tree: Path, tests: dict[str, dict[str, Any]], budget: float) -> str:
    """Return ``survived``, or what killed it."""
    names = chosen(mutant, tests, budget)
    if not names:
        return "survived: no test reaches it"
    path = tree / mutant.file
    source, when = path.read_bytes(), path.stat().st_mtime
    first = [name for name in names if tests[name]["seconds"] + sum(tests[name]["fixtures"].values()) < 1.0][
        :60
    ]
    report = tree / "killer"

    try:
        path.write_bytes(source[: mutant.start] + mutant.after.encode() + source[mutant.end :])
        os.utime(path, (when + 1000, when + 1000))  # or the bytecode of before would be taken for it
        # The quick ones by themselves, for collecting all files takes longer than they do.
        for part in (first, [name for name in names if name not in first]):
            if not part:
                continue
            report.unlink(missing_ok=True)
            command = [*QUIET, "-x", *part]
            code = _fork(lambda c=command: pytest.main(c, plugins=[Killer(report)]), tree, 60 + 3 * budget)  # type: ignore[misc]
            if code is None:
                return "killed: did not end"
            if code != 0:
                return f"killed: {report.read_text() if report.exists() else 'at import'}"
    finally:
        path.write_bytes(source)
        os.utime(path, (when, when))
    return "survived"


def main() -> None:
    parser = argparse.ArgumentParser(description="Whether the tests notice a small mistake.")
    parser.add_argument("files", nargs="*", help="default: training, serving and attribution")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of tests a mutant gets at most")
    parser.add_argument("--tests", nargs="*", default=["tests"], help="test files to take; all by default")
    parser.add_argument("--map", type=Path, help="keeps which tests call what")
    arguments = parser.parse_args()
    for name in LIBRARIES:
        importlib.import_module(name)
    files = arguments.files or everything()
    pool = [mutant for file in files for mutant in mutants(file, (ROOT / file).read_text(encoding="utf-8"))]
    sample = random.Random(arguments.seed).sample(pool, min(arguments.sample, len(pool)))
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        copy_tree(tree)
        os.environ["PYTHONPATH"] = str(tree / ".types")
        start = time.perf_counter()
        if arguments.map and arguments.map.exists():
            tests = json.loads(arguments.map.read_text())
        else:
            tests = record(tree, arguments.tests)
            if arguments.map:
                arguments.map.write_text(json.dumps(tests))
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        print(f"{len(sample)} of {len(pool):,} mutants of {len(files)} files; {len(tests)} tests, read in {time.perf_counter() - start:.0f} s\n", flush=True)  # fmt: skip
        survivors, killed = [], Counter[str]()
        for mutant in sorted(sample, key=lambda one: (one.file, one.line, one.start)):
            start = time.perf_counter()
            outcome = try_mutant(mutant, tree, tests, arguments.budget)
            line = f"{mutant.file}:{mutant.line}  {mutant.operator}  {_short(mutant.before)} -> {_short(mutant.after)}"
            print(f"{time.perf_counter() - start:5.1f} s  {line}  {outcome}", flush=True)
            killed[mutant.file] += outcome.startswith("killed")
            if not outcome.startswith("killed"):
                survivors.append(line)
    print("\n| file | killed | of |\n|---|---|---|")
    for file, of in Counter(mutant.file for mutant in sample).items():
        print(f"| {file} | {killed[file]} | {of} |")
    print(
        f"\n{killed.total()} of {len(sample)} killed: {killed.total() / max(1, len(sample)):.0%}. Survivors:"
    )
    print("\n".join(survivors) or "none")


def everything() -> list[str]:
    """Return the files that mutants are drawn from."""
    folders = ("training", "serving", "features/attribution")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [name for path in paths if (name := str(path.relative_to(ROOT))) not in APART]


def _short(text: str) -> str:
    one = " ".join(text.split())
    return f"`{one[:60]}{'…' if len(one) > 60 else ''}`"


if __name__ == "__main__":
    main()
