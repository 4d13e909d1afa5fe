"""What the documents show is true: commands and code run on a small brand, every command exists, every link leads somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pandas as pd
import pytest

from .conftest import ROOT

START = "docs/tutorial-cli.md"
"""The page that makes the brand and its model, on which the others go on."""
RUNNING = (
    START,
    "README.md",
    *(f"docs/{name}.md" for name in ("tutorial-python", "own-feature", "own-estimators", "daily")),
    *(f"docs/{name}.md" for name in ("plan", "change", "review", "page", "mlflow", "privacy")),
)
DOCUMENTS = sorted(
    [*ROOT.glob("docs/*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md"))]
)
TRAINED = "suasion train mydata --out models/mine"
SHELL = ("bash", "sh", "text", "")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is to be saved as, and its lines."""

    language: str
    title: str
    text: str


def blocks(path: Path) -> list[Block]:
    found = re.findall(
        r'^```(\w*)(?: title="([^"]+)")?\n(.*?)^```$', path.read_text(), re.MULTILINE | re.DOTALL
    )
    return [Block(*one) for one in found]


def commands(text: str) -> list[str]:
    """Return the lines of a shell block, those that go on joined, comments left out."""
    joined = text.replace("\\\n", " ").splitlines()
    return [
        line for one in joined if (line := re.sub(r"\s+#.*$", "", one).strip()) and not line.startswith("#")
    ]


def suasion(arguments: list[str]) -> None:
    """Run a command as the terminal would."""
    from suasion.serving.cli.main import main

    code: object = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["suasion", *arguments])
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert not code, f"suasion {shlex.join(arguments)} ended with {code}"


def run_shell(line: str, patch: pytest.MonkeyPatch) -> None:
    words = shlex.split(line)
    if line == TRAINED and Path("models/mine").is_dir():
        return  # trained once for all pages
    if words[0] == "suasion":
        suasion(words[1:])
    elif words[0] == "export":
        patch.setenv(*words[1].split("=", 1))
    else:
        line = re.sub(r"^python\b", shlex.quote(sys.executable), line)
        subprocess.run(["bash", "-ec", line], check=True, capture_output=True)


def run_page(path: Path) -> None:
    """Run every block of a page that is Python or bash, from top to bottom, in the folder that is current."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        for block in blocks(path):
            if block.title:
                Path(block.title).write_text(block.text)
            elif block.language == "python":
                exec(compile(block.text, path.name, "exec"), names)
            elif block.language == "bash":
                for line in commands(block.text):
                    run_shell(line, patch)
    plt.close("all")


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the first tutorial was followed to its end."""
    folder, before = tmp_path_factory.mktemp("tutorial"), Path.cwd()
    os.chdir(folder)
    try:
        run_page(ROOT / START)
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def place(started: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go into a copy of that folder, with the same brand as one spreadsheet beside it."""
    folder = tmp_path / "here"
    shutil.copytree(started, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.documents
def test_the_first_tutorial_gives_a_model_and_a_ranking(started: Path) -> None:
    scores = pd.read_csv(started / "scores.csv")
    assert len(scores) == 40
    assert scores["expected_conversions"].is_monotonic_decreasing
    assert (started / "models" / "mine").is_dir()
    assert "creator_" in (started / "report.html").read_text()


@pytest.mark.documents
@pytest.mark.filterwarnings("ignore")  # pages show what to type, not what others warn of
@pytest.mark.parametrize("name", RUNNING[2:])
def test_a_page_runs_from_top_to_bottom(name: str, place: Path) -> None:
    run_page(ROOT / name)


@pytest.mark.documents
@pytest.mark.filterwarnings("ignore")
def test_the_readme_runs_from_a_spreadsheet(place: Path) -> None:
    both = [pd.read_csv(place / "mydata" / f"{name}.csv") for name in ("outcomes", "campaigns")]
    sheet = both[0].merge(both[1], on="campaign_id")
    names = ["campaign", "influencer", "posts", "fee", "discount", "orders", "brief", "start", "end"]
    sheet.set_axis(names, axis=1).to_excel(place / "past-campaigns.xlsx", index=False)
    shutil.rmtree(place / "mydata")
    run_page(ROOT / "README.md")
    scores = pd.read_csv(place / "scores.csv").set_index("influencer_id")["expected_conversions"]
    assert len(scores) == 40
    printed = re.findall(r"^ (creator_\d+) +([\d.]+) ", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [name for name, _ in printed] == list(scores.index[: len(printed)])
    for name, number in printed:
        assert float(number) == pytest.approx(scores[name], rel=0.02), "README.md shows an old ranking"


@pytest.mark.documents
@pytest.mark.filterwarnings("ignore")
def test_the_usual_case_runs_and_gives_the_figures_that_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    run_page(ROOT / "docs" / "usual.md")
    said, page = capsys.readouterr().out, (ROOT / "docs" / "usual.md").read_text()
    for table in ("outcomes", "audience", "posts", "post_metrics"):
        (shown,) = re.findall(rf"^{table} +([\d,]+) +0 +0$", page, re.MULTILINE)
        assert re.search(rf"^ ?{table} +{shown} ", said, re.MULTILINE), (
            f"{table}: docs/usual.md shows old counts"
        )
    assert not {"mentions", "credentials"} & {path.name for path in Path("mydata").iterdir()}
    judged = json.loads(Path("models/usual/evaluation.json").read_text())
    figures = judged["judged"]["all"]["models"]
    printed = re.findall(r"^ ([a-z ]+?) +(\d\.\d+) +-?\d", page, re.MULTILINE)
    assert len(printed) == 5
    for name, number in printed:
        assert float(number) == pytest.approx(figures[name]["explained_deviance"], abs=0.01), name
    with_, without = map(float, re.findall(r"deviance (\d\.\d+) with them and (\d\.\d+) without", page)[0])
    assert (judged["settled"]["explained_deviance"], judged["settled"]["without"]) == pytest.approx(
        (with_, without), abs=0.01
    )
    readme = (ROOT / "README.md").read_text()
    assert f"explained\ndeviance of {printed[0][1]}, ten columns {printed[1][1]}" in readme


def test_the_sites_pages_name_objects_without_sphinxs_roles() -> None:
    import doctest
    import importlib.util

    spec = importlib.util.spec_from_file_location("mkdocs_hooks", ROOT / "mkdocs_hooks.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0


# -- every document --------------------------------------------------------------------------------------------------------------


def parse(line: str) -> None:
    """Refuse a command, an option or a number of arguments that suasion does not have."""
    from suasion.serving.cli.main import suasion as group

    words = shlex.split(re.split(r"\s[|>]\s|&&|…", line)[0])
    command: click.Command = group
    context = click.Context(command, info_name="suasion")
    rest = words[1:]
    while isinstance(command, click.Group):
        if not rest or rest[0] in ("--help", "--version"):
            return
        name, *rest = rest
        below = command.get_command(context, name)
        assert below is not None, f"{line}: there is no command {name}"
        context = click.Context(below, parent=context, info_name=name, resilient_parsing=True)
        command = below
    try:
        command.make_parser(context).parse_args(args=list(rest))
    except click.UsageError as error:
        raise AssertionError(f"{line}: {error.format_message()}") from error


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists(path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    lines = [line for one in blocks(path) if one.language in SHELL for line in commands(one.text)]
    lines += re.findall(r"`((?:suasion|make) [^`\n]+)`", path.read_text())
    for line in lines:
        if re.match(r"suasion [a-z]", line) and "SOURCE" not in line:
            parse(line)
        elif line.startswith("make ") and "=" not in line:
            assert set(shlex.split(line, comments=True)[1:]) <= targets, f"{path.name}: {line}"


def test_every_benchmark_in_a_document_is_there() -> None:
    for path in DOCUMENTS:
        for name in re.findall(r"python -m benchmarks\.(\w+)", path.read_text()):
            assert (ROOT / "benchmarks" / f"{name}.py").is_file(), f"{path.name} names benchmarks.{name}"
        for name in re.findall(
            r"`((?:tests|features|training|serving|notebooks)/[\w/.]+\.\w+)`", path.read_text()
        ):
            assert (ROOT / name).is_file(), f"{path.name} names {name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_in_a_document_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"https?://", target):
            continue
        file, _, heading = target.partition("#")
        page = path if not file else path.parent / file
        assert page.exists(), f"{path.name} links to {target}"
        if heading:
            titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}
            assert heading in slugs, f"{path.name} links to {target}; headings are {sorted(slugs)}"


def test_every_page_stands_in_the_sites_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text()
    for path in ROOT.glob("docs/*.md"):
        assert f" {path.name}\n" in menu, f"mkdocs.yml does not name {path.name}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 160


def test_the_container_runs_commands_that_exist() -> None:
    import yaml

    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    (script,) = service["command"]
    called = re.findall(r"suasion [^\n|&]+", script)
    assert len(called) >= 2
    for line in called:
        parse(line)
    for module in re.findall(r"python -m suasion\.([\w.]+)", script):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
    image = (ROOT / "Dockerfile").read_text()
    assert "USER suasion" in image
    assert image.index("USER suasion") < image.index("ENTRYPOINT")
