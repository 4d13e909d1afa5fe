"""What starting costs, by dependency and by command, written into docs/dependencies.md.

python -m benchmarks.start [DATA MODEL CAMPAIGN]

A dependency is imported alone, in a new process; a bare Python is taken off. With data and a model, commands that answer are run as well.
CPU and memory are the least of several runs.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
WHY = {
    "ibis-framework": ("ibis", "Features are its expressions: declared once, compiled for DuckDB and for Spark; reads other databases."),
    "duckdb": ("duckdb", "The engine: reads and checks tables, builds features, spills to disk where memory ends."),
    "sqlglot": ("sqlglot", "Ibis' own translator of SQL, held at a version that works; translates our SQL for Spark."),
    "numpy": ("numpy", "Arrays: models, explanations, text vectors."),
    "pandas": ("pandas", "Tables that go to people: scores, features, simulated worlds."),
    "pyarrow": ("pyarrow", "Reads and writes Parquet; carries columns between DuckDB, NumPy and pandas without copies."),
    "scikit-learn": ("sklearn", "TF-IDF and truncated SVD for texts, metrics, the interface of estimators."),
    "lightgbm": ("lightgbm", "The trees."),
    "numba": ("numba", "Compiles the loops that NumPy has no words for: similarity of posts, SHAP of trees."),
    "shap": ("shap", "Its `Explanation`, on which its plots work in notebooks; no command imports it."),
    "mlflow": ("mlflow", "Tracks runs and registers models; `train` imports it, and not with `--no-tracking`."),
    "matplotlib": ("matplotlib.figure", "Plots of the evaluation in MLflow; only tracking imports it."),
    "scipy": ("scipy.stats", "Distributions of intervals, HiGHS for plans within a budget, sparse matrices of references."),
    "vaderSentiment": ("vaderSentiment.vaderSentiment", "Tells criticism from praise, by word lists, without weights."),
    "py7zr": ("py7zr", "Opens Stack Exchange dumps as published."),
    "zstandard": ("zstandard", "Opens .zst: dumps of Reddit, streams of Bluesky."),
    "feedparser": ("feedparser", "Reads RSS and Atom as they are in the wild."),
    "libipld": ("libipld", "Reads CAR files of Bluesky, without the twenty packages of a client."),
    "openpyxl": ("openpyxl", "Reads Excel sheets of campaigns, writes scores to them."),
    "python-calamine": ("python_calamine", "Reads .xls, .xlsb and .ods, and large .xlsx quickly."),
    "click": ("click", "The command line; all that help and a wrong option import."),
    "rich": ("rich.console", "Tables, colours and progress in the terminal."),
    "fastapi": ("fastapi", "The service, checked requests and its OpenAPI document."),
    "uvicorn": ("uvicorn", "The server under it."),
    "jinja2": ("jinja2", "The page and the report, escaped by default."),
    "limits": ("limits", "Limits of requests for each key."),
    "prometheus-client": ("prometheus_client", "`/metrics` in the form that monitoring reads."),
    "python-multipart": ("python_multipart", "Forms of the page; FastAPI asks for it."),
}  # fmt: skip
"""For each dependency of pyproject.toml what is imported of it, and why it is there."""

WRONG = "--wrong"
"""An option that no command has."""

AFTER = """
import sys, time
cpu = time.process_time()
with open("/proc/self/status") as status:
    (peak,) = [line.split()[1] for line in status if line.startswith("VmHWM")]
print("cost", cpu, int(peak) / 1024, file=sys.stderr)
"""


@dataclass(frozen=True)
class Cost:
    """CPU seconds and peak memory in MB of a process."""

    cpu: float
    memory: float


def cost(code: str, *, ends: int = 0) -> Cost:
    """Return what running Python code in a new process costs: the least of three runs. Needs Linux, whose /proc tells the peak.

    Parameters
    ----------
    ends
        The exit code it has to end with.
    """
    costs = []
    for _ in range(3):
        caught = f"code = 0\ntry:\n    {code}\nexcept SystemExit as stop:\n    code = stop.code or 0\n{AFTER}"
        command = [sys.executable, "-W", "ignore", "-c", f"{caught}sys.exit(code)"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != ends:
            raise RuntimeError(f"{code} ended with {done.returncode}: {done.stderr}")
        _, cpu, peak = done.stderr.splitlines()[-1].split()
        costs.append(Cost(float(cpu), float(peak)))
    return Cost(min(one.cpu for one in costs), min(one.memory for one in costs))


def cost_of(line: list[str]) -> Cost:
    """Return what a command line of suasion costs."""
    start = (
        f"import sys; sys.argv = {['suasion', *line]!r}; from suasion.serving.cli.main import main; main()"
    )
    return cost(start, ends=2 if WRONG in line else 0)


def declared() -> list[str]:
    """Return the names of the dependencies in pyproject.toml, in its order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [Requirement(line).name for line in project["project"]["dependencies"]]


def brought(name: str, extras: frozenset[str] = frozenset(), seen: set[str] | None = None) -> set[str]:
    """Return a dependency and all that it brings, by their names in lower case."""
    seen = set() if seen is None else seen
    key = re.sub("[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        needs = distribution(name).requires or []
    except PackageNotFoundError:
        return seen
    seen.add(key)
    for need in map(Requirement, needs):
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (extras or {""})):
            brought(need.name, frozenset(need.extras), seen)
    return seen


def size(name: str) -> int:
    """Return the bytes of a distribution's files."""
    package = distribution(name)
    paths = (Path(str(package.locate_file(file))) for file in package.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())


def dependencies() -> Iterator[str]:
    """Return the lines of the table of dependencies."""
    yield "| dependency | import, CPU s | import, MB | on disk, MB | with all it brings, MB | why |"
    yield "|---|---:|---:|---:|---:|---|"
    bare = cost("pass")
    for name in declared():
        module, why = WHY[name]
        one = cost(f"import {module}")
        whole = sum(map(size, brought(name)))
        yield (
            f"| {name} | {max(0.0, one.cpu - bare.cpu):.2f} | {max(0.0, one.memory - bare.memory):.0f} | {size(name) / 1e6:.1f} "
            f"| {whole / 1e6:.1f} | {why} |"
        )
    yield f"| a bare Python | {bare.cpu:.2f} | {bare.memory:.0f} | | | |"


def commands(world: list[str]) -> Iterator[str]:
    """Return the lines of the table of commands."""
    yield "| command | CPU s | peak MB |"
    yield "|---|---:|---:|"
    lines = [["--help"], ["--version"], ["score", "--help"], ["score", WRONG], ["import", "--help"]]
    lines += [["import", "x", "--help"]]
    labels = [f"suasion {' '.join(line)}" for line in lines]
    if world:
        data, model, campaign = world
        arguments = [data, "--model", model, "--campaign", campaign]
        lines += [["check", data], ["score", *arguments]]
        labels += ["suasion check DATA", "suasion score DATA --model MODEL --campaign ID"]
    for line, words in zip(lines, labels, strict=True):
        one = cost_of(line)
        yield f"| `{words}` | {one.cpu:.2f} | {one.memory:.0f} |"


def main(world: list[str]) -> None:
    from benchmarks.readme import write

    path = ROOT / "docs" / "dependencies.md"
    for mark, lines in (("dependencies", dependencies()), ("commands", commands(world))):
        table = "".join(f"{line}\n" for line in lines)
        print(table)
        write(path, mark, table)


if __name__ == "__main__":
    main(sys.argv[1:])
