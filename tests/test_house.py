"""The house: one-way imports, documentation that is true, a wheel that holds everything."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
import zipfile
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import click
import pytest

import suasion.features
import suasion.serving
import suasion.training
from suasion.features.engine.info import markdown
from suasion.serving.cli.main import COMMANDS
from suasion.serving.cli.main import suasion as group

from .command import commands_of
from .conftest import ROOT

PACKAGES = (suasion.features, suasion.training, suasion.serving)
MODULES = [
    name
    for package in PACKAGES
    for name in [
        package.__name__,
        *(info.name for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
    ]
]


WITH_SPARK = (
    "suasion.features.spark.steps",
    "suasion.features.spark.tables",
    "suasion.serving.scoring.spark",
)
"""Modules of the extra ``spark``; all others do without PySpark."""


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports_and_its_examples_are_true(name: str) -> None:
    if name in WITH_SPARK:
        pytest.importorskip("pyspark", reason="PySpark is not installed: make spark")
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} says nothing of itself"
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("folder", "forbidden"), [("features", ("training", "serving")), ("training", ("serving",))]
)
def test_importing_goes_one_way(folder: str, forbidden: tuple[str, ...]) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            for name in names:
                assert not name.startswith(tuple(f"suasion.{other}" for other in forbidden)), (
                    f"{path.name} imports {name}"
                )


def imports_of(name: str) -> set[str]:
    """Return the modules of suasion that a module imports when it runs, wherever in it; those for types alone aside."""
    path = ROOT.joinpath(*name.split(".")[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    package = name.split(".") if path.is_dir() else name.split(".")[:-1]
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            where = ".".join([*above, *([node.module] if node.module else [])])
            names |= {where, *(f"{where}.{alias.name}" for alias in node.names)}
    return (names & set(MODULES)) - {name}


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: imports_of(name) for name in MODULES}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_the_service_knows_nothing_of_the_command_line_which_only_starts_it() -> None:
    for name in MODULES:
        if name.startswith(("suasion.serving.http", "suasion.serving.page")):
            assert not [found for found in imports_of(name) if found.startswith("suasion.serving.cli")], name
        if name.startswith("suasion.serving.cli") and name.rpartition(".")[2] not in ("main", "service"):
            assert not [found for found in imports_of(name) if found.startswith("suasion.serving.http")], name


def test_the_table_of_features_is_fresh() -> None:
    text = (ROOT / "docs" / "features.md").read_text()
    table = re.search(r"<!-- features -->\n(.*?)<!-- /features -->", text, re.DOTALL)
    assert table, "docs/features.md has no markers for the table of features"
    assert table.group(1).strip() == markdown().strip(), "stale: python -m benchmarks.readme writes it again"


def test_what_each_source_fills_is_fresh_in_its_page() -> None:
    from suasion.features.sources.catalog import markdown

    text = (ROOT / "docs" / "sources.md").read_text()
    told = re.search(r"<!-- sources -->\n(.*?)<!-- /sources -->", text, re.DOTALL)
    assert told
    assert told.group(1).strip() == markdown().strip(), "stale: python -m benchmarks.readme writes it again"


def test_every_command_stands_in_the_documentation() -> None:
    text = "".join(path.read_text() for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")])
    for name in COMMANDS:
        assert f"suasion {name}" in text, f"neither README.md nor docs/ names the command {name}"


def test_every_command_and_every_option_says_what_it_is_for() -> None:
    """Each in words of its own: two options of a command that say the same are one option."""
    silent = []
    for path, command in commands_of(group):
        if isinstance(command, click.Group):
            continue
        helps = [option.help for option in command.params if isinstance(option, click.Option)]
        help_is_odd = (
            not command.help or "\\b" in command.help
        )  # click's sign as two letters, which it prints
        if help_is_odd or not command.short_help or not all(helps) or len(set(helps)) < len(helps):
            silent.append(" ".join(path))
    assert not silent


RETIRED = frozenset(
    [
        "attributing",
        "board",
        "dropping",
        "forgetting",
        "importing",
        "joined",
        "judged",
        "kept",
        "landing",
        "likeness",
        "on_spark",
        "sealed",
        "shapley",
        "sift",
        "stored",
        "tiles",
        "walk",
        "world_life",
        "world_people",
        "world_words",
    ]
)
"""Names that modules had before their rooms were named as the field names them: who reads an old one finds nothing."""


def test_no_module_and_no_document_has_a_retired_name() -> None:
    for name in MODULES:
        assert not RETIRED & set(name.split(".")), f"{name} has a retired name"
    path = re.compile(
        r"(?:suasion\.(?:\w+\.)*|(?:features|training|serving)/(?:\w+/)*)("
        + "|".join(RETIRED)
        + r")(?:\.py)?\b"
    )
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("notebooks/*.ipynb")]:
        text = page.read_text()
        told = path.search(text) or re.search(r"\b(?:likeness(?:es)?|sift(?:ed|ing)?|sealed)\b", text)
        assert not told, f"{page.name} says {told.group(0)}" if told else ""


VAGUE = frozenset(["asked", "came", "every", "found", "given", "own", "shown", "told"])
"""Names that hide what a thing is: a variable, a parameter, a field or a function is called what it holds or gives."""
UNNAMED = "features/errors.py"
"""What was given is what every error says."""
PROMISED = {
    UNNAMED: {"given"},
    "serving/http/responses.py": {"asked", "given"},
    "serving/http/assistants.py": {"found"},
    "serving/scoring/plan/plan.py": {"asked"},
    "serving/explaining/evidence.py": {"came"},
    "serving/scoring/finished.py": {"came"},
}
"""Where such a name is what users or templates read: ``plan.asked``, and fields of answers as docs/service.md gives them."""


def test_names_say_what_they_hold() -> None:
    vague = []
    of_packages = (ROOT.glob(f"{name}/**/*.py") for name in ("features", "training", "serving", "benchmarks"))
    shared_by_tests = (path for path in ROOT.glob("tests/*.py") if not path.name.startswith("test_"))
    for path in sorted(chain(*of_packages, shared_by_tests)):
        name = path.relative_to(ROOT).as_posix()
        nodes = list(ast.walk(ast.parse(path.read_text())))
        called = {node.arg for node in nodes if isinstance(node, ast.arg)}
        called |= {
            node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        called |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        if wrong := (called & VAGUE) - PROMISED.get(name, set()):
            vague.append(f"{name}: {', '.join(sorted(wrong))}")
    assert not vague, "call these what they hold (rows, answer, match, error …)"


MOST_ANY = 56
"""Lines of product code that may say Any; this only goes down."""


def test_any_is_rare_and_says_why() -> None:
    count, silent = 0, []
    for package in ("features", "training", "serving"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text, name = path.read_text(), path.relative_to(ROOT).as_posix()
            nodes = list(ast.walk(ast.parse(text)))
            used = {node.lineno for node in nodes if isinstance(node, ast.Name) and node.id == "Any"}
            lines = text.splitlines()
            count += len(used) + len(re.findall(r"^from typing import .*\bAny\b", text, re.MULTILINE))
            silent += [
                f"{name}:{line}"
                for line in sorted(used)
                if "#" not in lines[line - 1] and not lines[line - 2].lstrip().startswith("#")
                if name != UNNAMED
            ]
    assert count <= MOST_ANY, f"{count} lines say Any: say what it is, or object where nothing is assumed"
    assert not silent, f"Any without a reason beside it: {', '.join(silent)}"


def test_every_request_stands_in_the_services_page() -> None:
    from suasion.serving.http.api import create_app

    def unopened() -> None:
        raise AssertionError("the document needs no data")

    text = (ROOT / "docs" / "service.md").read_text()
    paths = create_app(unopened).app.openapi()["paths"]
    for path, methods in paths.items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in text, (
                f"docs/service.md does not name {method.upper()} {path}"
            )
    told = set(re.findall(r"`(?:GET|POST) (/[^`]*)`", text)) - {"/openapi.json"}
    assert told == set(paths), "docs/service.md names what is not there"


def test_nothing_committed_names_a_registry_or_the_shared_folder() -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not files:
        pytest.skip("not a git checkout: nothing is committed")
    hosts = re.compile("pyp" + r"i\.org|pythonhost" + r"ed\.|registry\.npm" + "js")
    for name in files:
        path = ROOT / name
        if path.is_file() and path.suffix in (".py", ".md", ".toml", ".lock", ".ipynb", ""):
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not hosts.search(text), f"{name} names a registry"
            if name == "README.md" or name.startswith(("features/", "training/", "serving/")):
                assert "../shared" not in text, f"{name} names a folder users do not have"


@pytest.mark.wheel
def test_the_wheel_holds_every_module(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        opened.extractall(tmp_path / "unpacked")
    for name in MODULES:
        path = name.replace(".", "/")
        assert f"{path}.py" in names or f"{path}/__init__.py" in names, f"{name} is not in the wheel"
    assert "suasion/py.typed" in names, "type checkers of users read it at the top, and for all below"
    for folder in ("templates", "static"):
        for path in (ROOT / "serving" / "page" / folder).iterdir():
            assert f"suasion/serving/page/{folder}/{path.name}" in names
    assert not [name for name in names if name.startswith(("features/", "tests/"))], (
        "a top-level package would shadow the user's own"
    )
    listed = ", ".join(f"'{name}'" for name in MODULES if name not in WITH_SPARK)
    code = f"import importlib, sys; sys.modules['pyspark'] = None; sys.path.insert(0, {str(tmp_path / 'unpacked')!r}); sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\nfor name in [{listed}]: print(importlib.import_module(name).__file__)"
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert all("unpacked" in line for line in told.stdout.split()), told.stdout
