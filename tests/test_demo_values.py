"""The demo step by step, with something made up in the place of each: what it asks, of whom, and what it says was true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.serving import demo
from suasion.serving.scoring.candidates import Ask
from suasion.training.datasets.people import World
from suasion.training.train import Options

from . import made

FOLLOWERS = made.record("momentum__followers")
PEOPLE = 14
"""More than are picked."""


def scored(campaign: str) -> Any:
    """Return people of whom p13 is expected to bring most."""
    told = made.scored(made.bundle({FOLLOWERS: 1.0}), {FOLLOWERS.column: range(PEOPLE)}, ids=[f"p{n:02d}" for n in range(PEOPLE)])  # fmt: skip
    return SimpleNamespace(scores=told.scores.assign(campaign_id=campaign), campaign=campaign)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    did: list[tuple[Any, ...]] = []

    def simulated(world: World, data: Path) -> dict[str, int]:
        did.append(("simulate", world, data))
        (data / "truth").mkdir(parents=True)
        rows = [(f"c{n:04d}", f"p{who:02d}", datetime(2024, 1, 1 + n - 160)) for n in range(160, 180) for who in range(PEOPLE)]  # fmt: skip
        table = pd.DataFrame(rows, columns=["campaign_id", "influencer_id", "decided_at"])
        table.to_parquet(data / "candidates.parquet")
        who = np.tile(np.arange(PEOPLE), 20)
        # The truth: p13 brings 13, p12 12 and so on; most followed are those who bring least.
        table.assign(expected_conversions=who * 1.0, followers=100.0 - who).to_parquet(data / "truth" / "truth.parquet")  # fmt: skip
        return {"posts": 1200, "campaigns": 180}

    @contextmanager
    def tables(data: Path) -> Iterator[str]:
        yield "tables"

    @contextmanager
    def session(data: Path, model: Path) -> Iterator[Any]:
        did.append(("session", data, model))
        yield SimpleNamespace(score=lambda ask: did.append(("score", ask)) or scored(ask.campaign))

    def train(data: Path, model: Path, options: Options) -> str:
        did.append(("train", data, model, options))
        return "run"

    stand_ins = {
        "simulate": simulated, "open_tables": tables, "open_session": session, "train": train,
        "why": lambda told, who: f"why {who} of {told.campaign}", "render": lambda told, width: told,
        "write_report": lambda *told, **more: did.append(("report", told, more)),
    }  # fmt: skip
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(demo, name, stand_in)
    monkeypatch.setattr(demo, "check", lambda *told: told)
    monkeypatch.setattr(demo, "print_check", lambda console, told: did.append(("check", *told)))
    monkeypatch.setattr(demo, "print_run", lambda console, *told: did.append(("run", *told)))
    monkeypatch.setattr(demo, "print_scores", lambda console, told, *more: did.append(("scores", told.campaign, *more)))  # fmt: skip
    return did


def test_it_goes_from_a_world_to_the_truth(steps: list[tuple[Any, ...]], tmp_path: Path, capsys: Any) -> None:
    """Ten picked in each of five campaigns: the best bring 13 + 12 + … + 4 = 85, the most followed 0 + 1 + … + 9 = 45."""
    demo.run(tmp_path)
    data, model = tmp_path / "world", tmp_path / "models" / "world"
    until = datetime(2024, 1, 1)
    names = [f"c0{n}" for n in range(160, 165)]
    assert steps == [
        ("simulate", World(influencers=500, campaigns=180, picks=25), data), ("check", "tables", data / "quarantine"),
        ("train", data, model, Options(until=until)), ("run", "run", model, data / "quarantine"), ("session", data, model),
        *(("score", Ask(campaign=name)) for name in names), ("scores", "c0160", 10, None),
        ("report", (data, model, Ask(campaign="c0160"), [tmp_path / "report.html"]), {"top": 10}),
    ]  # fmt: skip
    said = " ".join(capsys.readouterr().out.split())
    for phrase in (
        "1. A world", "1,200 posts, 180 campaigns; in", "2. suasion check", "3. suasion train", "From outcomes known before 2024-01-01, when",
        "4. suasion score: campaign c0160, which has no outcomes yet", "5. suasion explain", "why p13 of c0160", "6. suasion report", "It is in",
        "The page: suasion serve", "7. What the world knows", "True expected conversions of 10 picked in each of 5 campaigns to come:",
        "suasion's top 425 1.89 × the most followed", "the most followed 225 1.00 ×", "the best there are 425 1.89 ×",
    ):  # fmt: skip
        assert phrase in said, phrase
    assert said.index("1. A world") < said.index("2. suasion check") < said.index("7. What the world knows")
