"""With --json a command answers in one JSON document, under the names that docs/cli.md lists, and errors are none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pytest

from suasion.serving.cli.answers import scored as scored_json
from suasion.serving.cli.main import COMMANDS
from suasion.serving.cli.main import suasion as group
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plain import plain
from suasion.serving.scoring.ranking import Board
from suasion.training import train as training

from . import made
from .command import commands_of
from .conftest import ROOT
from .test_cli import suasion

PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
SILENT = ("serve", "mcp", "demo")
"""Commands that answer people only: one goes on, the other tells a story."""
OPEN = ("evaluation", "rows", "written", "aside", "reasons", "broken", "not_read", "look_at", "assumed_offer")
"""Fields below which stand the user's names and those of the model's own file, and not ours."""


def section(command: str) -> str:
    found = re.search(rf"^### {command}\n\n(.*?)(?=^### |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"docs/cli.md has no section for {command}"
    return found.group(1)


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield name
            if name not in OPEN:
                yield from names_in(below)
    elif isinstance(value, list):
        for one in value:
            yield from names_in(one)


def answer(*line: object) -> dict[str, Any]:
    """Run a command with --json, hold its names against the page, and return the answer."""
    told = suasion(*line, "--json")
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    assert told.stdout.endswith("}\n")
    text = section(str(line[0]))
    if line[0] == "explain":
        text += section("score")
    listed = {name.removesuffix("[]") for name in re.findall(r"`([\w.\[\]]+)`", text)}
    assert set(names_in(found)) <= listed, "docs/cli.md does not list these"
    return found


def test_every_command_that_answers_takes_it_and_has_its_section() -> None:
    context = click.Context(group)
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        for _, one in commands_of(command):
            if not isinstance(one, click.Group):
                assert any("--json" in option.opts for option in one.params) == (name not in SILENT), name
        assert (f"\n### {name}\n" in PAGE) == (name not in SILENT)


def test_what_is_asked_of_a_model(world: Path, trained, earlier: Path, tmp_path: Path) -> None:
    model = trained[1]
    asked = (world, "--model", model, "--campaign", "c0055")
    told = answer("score", *asked, "--top", 3, "--budget", 9000, "--out", tmp_path / "s.xlsx")
    assert (told["total"], len(told["scores"])) == (35, 3)
    assert told["file"] == str(tmp_path / "s.xlsx")
    assert sum(row["ask"] for row in told["scores"]) >= 0
    first = told["scores"][0]
    assert first["expected_conversions"] >= told["scores"][1]["expected_conversions"]
    product = first["base"] * first["exposure"]
    for factor in first["factors"].values():
        product *= factor
    assert product == pytest.approx(first["expected_conversions"])
    why = answer("explain", *asked, "--influencer", first["influencer_id"])
    assert {name: why[name] for name in ("influencer_id", "factors", "low", "high")} == {
        name: first[name] for name in ("influencer_id", "factors", "low", "high")
    }
    assert why["features"]
    changed = answer("change", *asked, "--influencer", first["influencer_id"], "--to-model", earlier)
    assert changed["models"][0] == told["model"]
    assert len(set(changed["models"])) == 2
    assert answer("review", world, "--model", earlier)["outcomes"] > 0
    report = answer("report", *asked, "--out", tmp_path / "r.html")
    assert report == {"files": [str(tmp_path / "r.html")]}


def test_what_is_asked_of_data(world: Path, tmp_path: Path) -> None:
    told = answer("check", world)
    assert told["conversions"] > 0
    assert {table["table"] for table in told["tables"]} >= {"posts", "outcomes"}
    assert (
        answer("simulate", tmp_path / "w", "--influencers", 100, "--campaigns", 30)["rows"]["campaigns"] == 30
    )
    assert len(answer("features")["features"]) > 90
    key = answer("keys", tmp_path / "keys.json", "--name", "dashboard")
    assert key["key"].startswith("suasion_")
    assert key["scopes"] == ["read", "score"]


def test_training_answers_with_its_evaluation(trained, monkeypatch: pytest.MonkeyPatch) -> None:
    run, folder = trained
    monkeypatch.setattr(training, "train", lambda *_, **__: run)
    told = answer("train", "data", "--out", folder)
    assert told["mlflow"] == {"address": run.address, "champion": True}
    assert told["evaluation"] == json.loads((folder / "evaluation.json").read_text())
    monkeypatch.setattr(training, "train", lambda *_, **__: replace(run, address=None))
    assert answer("train", "data", "--out", folder)["mlflow"] is None


ORDERS = "order_id,reporter,created_at,amount,currency,codes\no1,shop,2024-03-02T10:00:00,100.10,EUR,ANNA10\no2,shop,2024-03-02T11:00:00,50,USD,ANNA10\no3,shop,2024-03-03,7,EUR,\n"
CODES = "campaign_id,influencer_id,kind,value,posted_at\nc1,anna,code,ANNA10,2024-03-01\nc1,bob,code,BOB10,2024-03-01\n"
CAMPAIGNS = "campaign_id,starts_at,ends_at\nc1,2024-03-01,2024-03-05\n"


def test_what_brings_data_in(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name, text in (("orders", ORDERS), ("codes", CODES), ("campaigns", CAMPAIGNS)):
        (tmp_path / f"{name}.csv").write_text(text)
        told = answer("import", "csv", tmp_path / f"{name}.csv", data, "--table", name, "--yes")
        assert told["tables"][0]["new"] > 0
        assert told["folder"] == str(data)
    told = answer("attribute", data, "--as-of", "2024-05-01")
    ends = {end["reason"]: end for end in told["ends"]}
    assert (ends["credited"]["orders"], ends["credited"]["amount"]) == (1, 100.10)
    assert told["without_rate"] == [{"currency": "USD", "orders": 1, "amount": 50.0}]
    assert answer("who", data)["persons"] == []
    told = answer("forget", data, "anna", "--models", tmp_path)
    assert told["ids"] == ["anna"]
    assert told["rows"]


@pytest.mark.parametrize(
    "line",
    [
        ["check", "/nowhere"],
        ["score", "/nowhere", "--model", "/nowhere", "--brief", "x"],
        ["train", "/nowhere", "--out", "/nowhere/m"],
        ["who", "/nowhere", "--ask"],
        ["keys", "/nowhere/keys.json"],
        ["score", "/nowhere", "--top", "many"],
    ],
)
def test_an_error_is_a_line_on_stderr(line: list[str]) -> None:
    told = suasion(*line, "--json")
    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr.strip()


def test_a_score_has_the_words_of_the_service() -> None:
    model = made.bundle({made.record("frequency__posts__30d"): 0.5})
    told = made.scored(model, {"frequency__posts__30d": [0.0, 3.0]}, as_of=datetime(2024, 6, 1, 12))
    board = Board(Ask(campaign="c1"), told, "name", {})
    for row, score in enumerate(plain(scored_json(told, 2, None))["scores"]):
        service = board.row(row)
        score["as_of"] = datetime.fromisoformat(score["as_of"])
        service["as_of"] = datetime.fromisoformat(service["as_of"])
        assert score == service


def test_what_json_has_no_word_for_is_null() -> None:
    import numpy as np
    import pandas as pd

    values = [
        float("nan"),
        float("inf"),
        np.float32("nan"),
        np.int64(3),
        np.bool_(True),
        pd.Timestamp("2024-06-01"),
        pd.NaT,
    ]
    assert plain(values) == [None, None, None, 3, True, "2024-06-01T00:00:00Z", None]
    assert plain({1: {"b", "a"}}) == {"1": ["a", "b"]}
