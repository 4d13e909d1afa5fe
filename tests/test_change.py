"""Why a score changed: the split leaves nothing over, and says model where only the model changed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from suasion.features.errors import InputError
from suasion.serving.board import Board
from suasion.serving.candidates import Ask
from suasion.serving.change import PARTS, Change, change
from suasion.serving.cli import suasion
from suasion.serving.score import open_session

CAMPAIGN = "c0055"
FIRST, LAST = datetime(2023, 6, 1), datetime(2023, 12, 1)


@pytest.fixture(scope="module")
def boards(world: Path, trained, earlier: Path) -> list[list[Board]]:
    """``boards[model][date]``."""
    found = []
    for model in (earlier, trained[1]):
        with open_session(world, model) as session:
            asks = [Ask(campaign=CAMPAIGN, as_of=moment) for moment in (FIRST, LAST)]
            found.append([Board(ask, session.score(ask), "x", {}) for ask in asks])
    return found


def exact(told: Change) -> None:
    assert [part.name for part in told.parts] == list(PARTS)
    total = 0.0
    for part in told.parts:
        assert np.log(part.data) + np.log(part.model) == pytest.approx(
            np.log(part.after / part.before), abs=1e-12
        )
        total += np.log(part.data) + np.log(part.model)
    assert total == pytest.approx(np.log(told.expected[1] / told.expected[0]), abs=1e-9)
    assert told.ratio == pytest.approx(np.exp(total), rel=1e-9)


def test_both_at_once_are_split_exactly_for_everybody(boards: list[list[Board]]) -> None:
    for who in boards[0][0].ids:
        told = change(((boards[0][0], boards[0][1]), (boards[1][0], boards[1][1])), str(who))
        exact(told)
        assert told.models[0] != told.models[1]
        assert told.as_of == (FIRST, LAST)


def test_two_dates_are_all_data_and_two_models_all_model(boards: list[list[Board]]) -> None:
    who = str(boards[0][0].ids[3])
    dates = change(((boards[1][0], boards[1][1]), (boards[1][0], boards[1][1])), who)
    exact(dates)
    assert all(part.model == pytest.approx(1.0, abs=1e-12) for part in dates.parts)
    assert any(abs(np.log(part.data)) > 1e-3 for part in dates.parts)
    models = change(((boards[0][1], boards[0][1]), (boards[1][1], boards[1][1])), who)
    exact(models)
    assert all(part.data == pytest.approx(1.0, abs=1e-12) for part in models.parts)
    assert models.features == (), "no feature changed"


def test_swapping_before_and_after_inverts_every_part(boards: list[list[Board]]) -> None:
    who = str(boards[0][0].ids[0])
    there = change(((boards[0][0], boards[0][1]), (boards[1][0], boards[1][1])), who)
    back = change(((boards[1][1], boards[1][0]), (boards[0][1], boards[0][0])), who)
    for one, other in zip(there.parts, back.parts, strict=True):
        assert one.data * other.data == pytest.approx(1.0, rel=1e-9)
        assert one.model * other.model == pytest.approx(1.0, rel=1e-9)


def test_the_features_named_are_those_that_moved_it(boards: list[list[Board]]) -> None:
    told = change(((boards[1][0], boards[1][1]), (boards[1][0], boards[1][1])), str(boards[1][0].ids[0]))
    assert told.features
    for shift in told.features:
        assert not np.array_equal([shift.before], [shift.after], equal_nan=True)
    sizes = [abs(np.log(shift.factor)) for shift in told.features]
    assert sizes == sorted(sizes, reverse=True)


def test_the_command(world: Path, trained, earlier: Path, boards: list[list[Board]], capsys) -> None:
    who = str(boards[0][0].ids[0])
    common = ["change", str(world), "--model", str(earlier), "--campaign", CAMPAIGN, "--influencer", who]
    suasion(
        [*common, "--to-model", str(trained[1]), "--as-of", "2023-06-01", "--to-as-of", "2023-12-01"],
        standalone_mode=False,
    )
    told = capsys.readouterr().out
    assert "by" not in told.splitlines()[0] or who in told
    assert "conversation" in told
    with pytest.raises(InputError, match="Both scorings are the same: give two dates"):
        suasion(common, standalone_mode=False)
