"""The demo: what it prints as a forecast is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from suasion.serving import demo
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import open_session
from suasion.training.datasets.people import World
from suasion.training.train import Options, train

SMALL = World(influencers=120, campaigns=70, picks=15, weeks=80, unpicked=20)
"""As the shared small world is made."""


def test_its_campaigns_are_decided_after_all_that_it_learned_from(world: Path, tmp_path: Path) -> None:
    campaigns, until = demo.to_come(world, SMALL)
    assert campaigns == ["c0050", "c0051", "c0052", "c0053", "c0054"]
    decided = pd.read_parquet(world / "candidates.parquet").set_index("campaign_id")["decided_at"]
    assert until == min(decided[campaigns])
    model = tmp_path / "model"
    told = train(world, model, Options(until=until, quick=True, track=False))
    assert pd.Timestamp(told.bundle.facts["last_known"]) < until
    with open_session(world, model) as session:
        for campaign in campaigns:
            scored = session.score(Ask(campaign=campaign))
            assert not any("no forecast" in sentence for sentence in (*scored.banner, *scored.notes))
        # With everything learned from it would have been none.
        bundle = replace(told.bundle, facts={**told.bundle.facts, "last_known": "2030-01-01"})
    with open_session(world, bundle) as session:
        assert any("no forecast" in sentence for sentence in session.score(Ask(campaign=campaigns[0])).banner)


def test_it_runs_from_a_world_to_the_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(demo, "WORLD", SMALL)
    quick = lambda **told: Options(quick=True, track=False, **told)
    monkeypatch.setattr(demo, "Options", quick)
    demo.run(tmp_path)
    said = capsys.readouterr().out
    assert "7. What the world knows" in said
    assert "no forecast" not in " ".join(said.split())
    assert "True expected conversions of 10 picked in each of 5 campaigns to come" in " ".join(said.split())
    assert (tmp_path / "report.html").is_file()
