"""A plan as every door answers it: under names that stay, listed in docs/cli.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suasion.serving.scoring.score import Scored


def planned(scored: Scored) -> dict[str, object]:
    """Return whom to ask, what may come of it, and what it is held against: the answer of every door."""
    plan = scored.plan
    assert plan is not None
    people = plan.table.astype(object).where(plan.table.notna(), None).to_dict("records")
    return {
        "model": scored.bundle.identity,
        "campaign_id": scored.scores["campaign_id"].iloc[0],
        "as_of": scored.scores["as_of"].iloc[0],
        "candidates": scored.count,
        "banner": scored.banner,
        "sentences": plan.sentences,
        "notes": [note for note in scored.notes if note not in plan.sentences],
        "currency": scored.currency or None,
        "budget": plan.wanted.budget,
        "target": plan.wanted.target,
        "worth_of_conversion": plan.wanted.worth,
        "cost": plan.cost,
        "expected_conversions": plan.conversions,
        "total": plan.total,
        "next_conversion": {"costs": plan.next_cost, "may_cost": plan.limit, "by_slope": plan.by_slope},
        "rivals": [{"name": name, **vars(rival)} for name, rival in plan.rivals.items()],
        "overlaps": plan.overlaps,
        "summed": plan.summed,
        "once": plan.once,
        "gap": plan.gap,
        "without_learning": plan.without_learning,
        "asked": [row for row in people if row["ask"]],
        "near": [row for row in people if not row["ask"]],
    }
