"""Opens what a comparison of two scorings needs: data once, and each model once."""

from __future__ import annotations

from pathlib import Path

from suasion.serving.loaded import name_of
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.score import Session, open_session

from .score_change import Change, change, check_two, hold_offer


def compare(data: str | Path, models: tuple[Path, Path], asks: tuple[Ask, Ask], influencer: str) -> Change:
    """Return why a score changed from the first question and model to the second."""
    check_two((asks[0], models[0]), (asks[1], models[1]))
    with open_session(data, models[0]) as first:
        before, after, assumed = hold_offer(first.tables, *asks)
        boards = [_boards(first, before, after)]
        if models[1] == models[0]:
            boards.append(boards[0])
        else:
            with open_session(data, models[1]) as second:
                boards.append(_boards(second, before, after))
        last = boards[1][1].scored
        who = str(last.scores["influencer_id"].iloc[last.place(influencer)])
        return change((boards[0], boards[1]), who, assumed=assumed)


def _boards(session: Session, before: Ask, after: Ask) -> tuple[Board, Board]:
    first, last = (Board(ask, session.score(ask), name_of(ask), {}) for ask in (before, after))
    return first, last
