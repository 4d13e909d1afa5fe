"""What the service answers, as plain values: the same over HTTP and for assistants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from suasion.serving.loaded import Engine
from suasion.serving.scoring.activity import Unfilled
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plain import plain
from suasion.serving.scoring.plan.document import planned
from suasion.serving.scoring.ranking import Board
from suasion.training.bundle.folder import Bundle

from .requests import ChangeRequest


def campaigns_of(engine: Engine, search: str, offset: int, limit: int) -> dict[str, object]:
    """Return some of the stored campaigns, and how many fit the search."""
    matching = [c for c in engine.campaigns.values() if c.matches(search)]
    page = [
        {**asdict(c), "starts_at": f"{c.starts_at.isoformat()}Z"} for c in matching[offset : offset + limit]
    ]
    return {"total": len(matching), "campaigns": page}


def scores_of(board: Board, rows: Sequence[int], total: int) -> dict[str, object]:
    """Return some rows of a ranking, with what changes how they may be read."""
    return {**_about(board), "total": total, "scores": [board.row(row) for row in rows]}


def activity_of(board: Board, unfilled: Unfilled) -> dict[str, object]:
    """Return scores by rows that came with the request, and what those could not tell."""
    return {
        **_about(board),
        "scores": [board.explanation(str(who)) for who in board.ids],
        "unfilled": [{"feature": name, "reason": reason} for name, reason in unfilled.features.items()],
        "set_aside": [asdict(row) for row in unfilled.set_aside],
    }


def _about(board: Board) -> dict[str, object]:
    scored = board.scored
    return {
        "model": scored.bundle.identity,
        "currency": scored.currency or None,
        "banner": list(scored.banner),
        "notes": list(scored.notes),
    }


def plan_of(engine: Engine, question: Ask) -> dict[str, object]:
    """Return the plan that a question asks for, as plain values."""
    plan: dict[str, object] = plain(planned(engine.plan(question)))
    return plan


def change_of(engine: Engine, wanted: ChangeRequest) -> dict[str, object]:
    """Return a comparison of two scorings."""
    return engine.change(*wanted.both(), wanted.influencer_id, models=wanted.models).as_dict()


def quality_of(bundle: Bundle) -> dict[str, object]:
    """Return what a model learned from and how it was judged; of whom it learned nobody is told."""
    facts = {name: fact for name, fact in bundle.facts.items() if name not in ("people", "seen")}
    return {"model": bundle.identity, "facts": facts, "evaluation": bundle.evaluation}
