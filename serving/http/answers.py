"""What the service answers, as plain values: the same over HTTP and for assistants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from suasion.serving.explaining.score_change import Change
from suasion.serving.loaded import Engine
from suasion.serving.scoring.activity import Unfilled
from suasion.serving.scoring.ranking import Board, number


def campaigns_of(engine: Engine, search: str, offset: int, limit: int) -> dict[str, object]:
    """Return some of the stored campaigns, and how many fit the search."""
    matching = [c for c in engine.campaigns.values() if c.matches(search)]
    page = [
        {**asdict(c), "starts_at": f"{c.starts_at.isoformat()}Z"} for c in matching[offset : offset + limit]
    ]
    return {"total": len(matching), "campaigns": page}


def scores_of(board: Board, rows: Sequence[int], total: int) -> dict[str, object]:
    """Return some rows of a ranking, with what changes how they may be read."""
    about = {"model": board.scored.bundle.identity, "total": total}
    about |= {"banner": list(board.scored.banner), "notes": list(board.scored.notes)}
    return {**about, "scores": [board.row(row) for row in rows]}


def activity_of(board: Board, unfilled: Unfilled) -> dict[str, object]:
    """Return scores by rows that came with the request, and what those could not tell."""
    return {
        "model": board.scored.bundle.identity,
        "banner": list(board.scored.banner),
        "notes": list(board.scored.notes),
        "scores": [board.explanation(str(who)) for who in board.ids],
        "unfilled": [{"feature": name, "reason": reason} for name, reason in unfilled.features.items()],
        "set_aside": [asdict(row) for row in unfilled.set_aside],
    }


def changed(change: Change) -> dict[str, object]:
    """Return a comparison of two scorings."""
    return {
        "influencer_id": change.influencer_id,
        "as_of": [f"{moment.isoformat()}Z" for moment in change.as_of],
        "models": list(change.models),
        "expected_conversions": list(change.expected),
        "assumed_offer": dict(change.assumed),
        "banner": list(change.banner),
        "parts": [asdict(part) for part in change.parts],
        "features": [
            {**asdict(shift), "before": number(shift.before), "after": number(shift.after)}
            for shift in change.features
        ],
    }
