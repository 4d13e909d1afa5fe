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

Not drawn is what nobody could notice: the last value of a row of one column for its first (``fetchone()[0]`` to ``[-1]``),
``to_numpy`` without ``dtype=object`` (what strings have already), ``encoding="utf-8"`` left out (the default where the tests run),
a progress line (``step(…)``) left out, and in the files of ``PICTURES`` a distance of 2 or more that is one pixel, or one point of
a line's width, off. A picture whose numbers, colours, order or signs are wrong is drawn, and so are 0 and 1.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

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
PICTURES = {
    "serving/explaining/charts.py": ("times", "count", "_log_ticks"),
    "training/evaluation/plots.py": (),
}
"""Files in which numbers are distances in a picture, and their functions in which they are not."""
WIDTHS = {"linewidth", "markersize", "fontsize", "dpi"}
"""Keywords of Matplotlib that nobody misses: how thick and how large."""
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


@dataclass(frozen=True)
class Mutant:
    """One small change."""

    file: str
    function: str
    """Qualified name of the function around it; empty at the module's level."""
    line: int
    operator: str
    start: int
    end: int
    """What is replaced: bytes of the file."""
    before: str
    after: str


# -- what can be changed ---------------------------------------------------------------------------------------------------------

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_OPPOSITE = dict(
    pair
    for a, b in (
        ("min", "max"),
        ("minimum", "maximum"),
        ("any", "all"),
        ("floor", "ceil"),
        ("argmin", "argmax"),
        ("idxmin", "idxmax"),
        ("head", "tail"),
        ("startswith", "endswith"),
    )
    for pair in ((a, b), (b, a))
)
_SQL = re.compile(r"\b(SELECT|WHERE|CASE WHEN|GROUP BY|ORDER BY|JOIN)\b")
_IN_SQL = (
    (r" <= ", (" < ",)),
    (r" < ", (" <= ", " > ")),
    (r" >= ", (" > ",)),
    (r" > ", (" >= ", " < ")),
    (r" AND ", (" OR ",)),
    (r" OR ", (" AND ",)),
    (r" \+ ", (" - ",)),
    (r" - ", (" + ",)),
    (r"\bmin\(", ("max(",)),
    (r"\bmax\(", ("min(",)),
    (r"\bNOT ", ("",)),
    (r"\bIS NULL", ("IS NOT NULL",)),
    (r"\bDESC\b", ("ASC",)),
    (r"\bLEFT JOIN\b", ("JOIN",)),
    (r"\bUNION ALL\b", ("UNION",)),
)


def mutants(file: str, source: str) -> list[Mutant]:
    """Return every mutant of a file. Annotations, decorators, ``assert`` and what only checks (``strict=``) are left alone.

    >>> [(one.operator, one.after) for one in mutants("x.py", "most = len(told) - 1")]
    [('arithmetic', '(len(told) + 1)'), ('constant', '(2)'), ('constant', '(0)')]
    """
    data, lines = source.encode(), [0]
    for line in data.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    found: list[Mutant] = []

    def span(node: Any) -> tuple[int, int]:
        return lines[node.lineno - 1] + node.col_offset, lines[node.end_lineno - 1] + node.end_col_offset

    def text(node: ast.AST) -> str:
        return data[slice(*span(node))].decode()

    def put(
        node: Any, function: str, operator: str, after: str, start: int = 0, end: int | None = None
    ) -> None:
        first, last = span(node)
        start, end = first + start, last if end is None else first + end
        line = node.lineno + data[first:start].count(b"\n")
        found.append(Mutant(file, function, line, operator, start, end, data[start:end].decode(), after))

    def visit(node: ast.AST, function: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            prefix = (
                f"{function}.<locals>."
                if function and function in functions
                else f"{function}."
                if function
                else ""
            )
            name = prefix + node.name
            if not isinstance(node, ast.ClassDef):
                functions.add(name)
                for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)):
                    visit(default, name)
            for part in node.body:
                visit(part, name)
            return
        if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom) or _is_main(node):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # what it says of itself
        for operator, after, *where in _changes(node, text):
            if not (
                (id(node) in only and after == "(-1)")
                or _unnoticed(node, after)
                or (file in PICTURES and function not in PICTURES[file] and _a_pixel(node, operator, after))
            ):
                put(node, function, operator, after, *where)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns") or (
                isinstance(node, ast.JoinedStr) and _SQL.search(text(node))
            ):
                continue
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.AST) and not (isinstance(part, ast.keyword) and part.arg == "strict"):
                    visit(part, function)

    functions: set[str] = set()
    tree = ast.parse(source)
    only = {
        id(index) for part in ast.walk(tree) if isinstance(part, ast.FunctionDef) for index in _only(part)
    }
    for part in tree.body:
        visit(part, "")
    return found


def _only(function: ast.FunctionDef) -> list[ast.expr]:
    """Return the 0 of each ``row[0]`` of a row that ``fetchone()`` gave and of which nothing else is read."""
    parts = list(ast.walk(function))
    rows = {
        part.targets[0].id
        for part in parts
        if isinstance(part, ast.Assign)
        and isinstance(part.targets[0], ast.Name)
        and ".fetchone()" in ast.unparse(part.value)
    }
    reads: dict[str, list[ast.Subscript]] = {}
    for part in parts:
        if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name) and part.value.id in rows:
            reads.setdefault(part.value.id, []).append(part)
    return [
        one.slice
        for name, found in reads.items()
        if all(ast.unparse(read.slice) == "0" for read in found)
        and sum(
            isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
            for part in parts
        )
        <= 2 * len(found) + 1  # else it is unpacked or handed on whole
        for one in found
    ]


def _unnoticed(node: ast.AST, after: str) -> bool:
    """Say whether a change does nothing where the tests run: see the module's head."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        what = node.value.args[0] if node.value.args else None
        words = isinstance(what, ast.JoinedStr) or (
            isinstance(what, ast.Constant) and isinstance(what.value, str)
        )
        return after == "pass" and ast.unparse(node.value.func) == "step" and words
    if not isinstance(node, ast.Call):
        return False
    left_out = [key for key in node.keywords if f"{key.arg}={ast.unparse(key.value)}" not in after]
    if len(left_out) != 1:
        return False
    (key,) = left_out
    value, name = ast.unparse(key.value), node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return (key.arg == "encoding" and value == "'utf-8'") or (
        name == "to_numpy" and key.arg == "dtype" and value == "object"
    )


def _a_pixel(node: ast.AST, operator: str, after: str) -> bool:
    """Say whether a change moves something in a picture by no more than anybody sees."""
    if isinstance(node, ast.Constant):
        return operator == "constant" and isinstance(node.value, int | float) and abs(node.value) >= 2
    return (
        isinstance(node, ast.Call)
        and operator == "keyword left out"
        and any(key.arg in WIDTHS and f"{key.arg}=" not in after for key in node.keywords)
    )


def _is_main(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("__name__ == '__main__'", "TYPE_CHECKING")


def _changes(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[tuple[Any, ...]]:
    """Yield the operator's name and the node's new text; where only a part is replaced, its first and last byte too."""
    say = ast.unparse
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in _COMPARISONS[type(op)]:
                ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield "comparison", f"({say(ast.Compare(node.left, ops, node.comparators))})"
    elif (
        isinstance(node, ast.BinOp)
        and type(node.op) in _ARITHMETIC
        and not isinstance(node.left, ast.Constant | ast.JoinedStr)
    ):
        yield "arithmetic", f"({say(ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right))})"
    elif isinstance(node, ast.AugAssign) and type(node.op) in _ARITHMETIC:
        yield "arithmetic", say(ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value))
    elif isinstance(node, ast.BoolOp):
        yield (
            "and/or",
            f"({say(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))})",
        )
        for place in range(len(node.values)):
            rest = [*node.values[:place], *node.values[place + 1 :]]
            yield "condition left out", f"({say(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield "negation left out", f"({say(node.operand)})"
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        test = node.test
        first = test.col_offset - node.col_offset if test.lineno == node.lineno else None
        if first is not None and test.end_lineno == node.lineno and test.end_col_offset is not None:
            yield "condition negated", f"(not ({say(test)}))", first, test.end_col_offset - node.col_offset
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "constant", str(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        near = (node.value + step for step in (1, -1))
        yield from (("constant", f"({other!r})") for other in near if other != node.value)
    elif isinstance(node, ast.Return) and node.value is not None and say(node.value) != "None":
        yield "return None", "return None"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
        yield "statement left out", "pass"
    elif isinstance(node, ast.Constant | ast.JoinedStr) and _SQL.search(said := text(node)):
        for pattern, others in _IN_SQL:
            for match in re.finditer(pattern, said):
                start, end = (len(said[:place].encode()) for place in match.span())
                yield from (("SQL", other, start, end) for other in others)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _OPPOSITE:
            func: ast.expr = ast.Name(_OPPOSITE[name])
            if isinstance(node.func, ast.Attribute):
                func = ast.Attribute(node.func.value, _OPPOSITE[name])
            yield "min/max", say(ast.Call(func, node.args, node.keywords))
        for place, keyword in enumerate(node.keywords):
            if keyword.arg not in (None, "strict"):
                kept = [*node.keywords[:place], *node.keywords[place + 1 :]]
                yield "keyword left out", say(ast.Call(node.func, node.args, kept))


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
        told = yield
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
        return told

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
    told: dict[str, dict[str, Any]] = json.loads(file.read_text())
    return told


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

    near = {name for name, told in tests.items() if f"{mutant.file}:{mutant.function}" in told["calls"]}
    if not near:
        module = "suasion." + mutant.file.removesuffix(".py").replace("/", ".")
        files = {name.partition("::")[0] for name in tests}
        importing = {file for file in files if f"from {module} import" in (ROOT / file).read_text("utf-8")}
        near = {name for name in tests if name.partition("::")[0] in importing}
    far = {
        name for name, told in tests.items() if any(c.startswith(f"{mutant.file}:") for c in told["calls"])
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
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, told.stdout.split("\0")):
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
        except BaseException:  # noqa: BLE001  (told, and the fork ends)
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
    told = parser.parse_args()
    for name in LIBRARIES:
        importlib.import_module(name)
    files = told.files or everything()
    pool = [mutant for file in files for mutant in mutants(file, (ROOT / file).read_text(encoding="utf-8"))]
    sample = random.Random(told.seed).sample(pool, min(told.sample, len(pool)))
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        copy_tree(tree)
        os.environ["PYTHONPATH"] = str(tree / ".types")
        start = time.perf_counter()
        if told.map and told.map.exists():
            tests = json.loads(told.map.read_text())
        else:
            tests = record(tree, told.tests)
            if told.map:
                told.map.write_text(json.dumps(tests))
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        print(f"{len(sample)} of {len(pool):,} mutants of {len(files)} files; {len(tests)} tests, read in {time.perf_counter() - start:.0f} s\n", flush=True)  # fmt: skip
        survivors, killed = [], Counter[str]()
        for mutant in sorted(sample, key=lambda one: (one.file, one.line, one.start)):
            start = time.perf_counter()
            came = try_mutant(mutant, tree, tests, told.budget)
            line = f"{mutant.file}:{mutant.line}  {mutant.operator}  {_short(mutant.before)} -> {_short(mutant.after)}"
            print(f"{time.perf_counter() - start:5.1f} s  {line}  {came}", flush=True)
            killed[mutant.file] += came.startswith("killed")
            if not came.startswith("killed"):
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
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [name for path in found if (name := str(path.relative_to(ROOT))) not in APART]


def _short(text: str) -> str:
    one = " ".join(text.split())
    return f"`{one[:60]}{'…' if len(one) > 60 else ''}`"


if __name__ == "__main__":
    main()
