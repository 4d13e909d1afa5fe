"""What the page of a ranking shows: the answer to the budget, and the people who fit, each with what a marketer asks of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from suasion.serving.loaded import Engine
from suasion.serving.scoring.campaigns import about
from suasion.serving.scoring.ranking import Board, number

from .answer import answer, left_out
from .pasted import check_list
from .view import View

ROWS = 50
"""On a page."""


def shown(engine: Engine, board: Board, view: View) -> dict[str, Any]:
    """Return what the template of a ranking needs; ``wrong`` holds by field what could not be read."""
    typed, wrong = view.amounts()
    budget, most_fee = typed["budget"], typed["most_fee"]
    if budget is not None and not np.isfinite(board.fees).any():
        wrong["budget"] = "Nobody's fee is known here, so nobody can be asked within a budget."
        budget = None
    told = None if budget is None else answer(board, budget, most_fee)
    pasted = check_list(engine, board, view.paste) if view.paste.strip() else None
    by_plan = told is not None and (view.sort, view.order) == ("expected_conversions", "down")
    page = board.page(
        sort=view.sort,
        descending=view.order == "down",
        search=view.search,
        at_least=typed["least"] or 0.0,
        above=view.above,
        most_fee=most_fee,
        among=pasted.rows if pasted is not None else None,
        first=told.ask if told is not None and by_plan else None,
        offset=(view.page - 1) * ROWS,
        limit=ROWS,
    )
    rows = [row_of(engine, board, int(row)) for row in page.rows]
    widest = max([max(f, 1 / f) for row in rows for f in row["factors"].values()] + [1.5])
    return {
        "board": board,
        "view": view,
        "wrong": wrong,
        "answer": told,
        "left_out": left_out(board, most_fee) if most_fee is not None else "",
        "pasted": pasted,
        "rows": rows,
        "total": page.total,
        "each": ROWS,
        "widest": min(widest, 8.0),
        "about": about(board, engine.told),
        "bundle": engine.bundle,
    }


def row_of(engine: Engine, board: Board, index: int) -> dict[str, Any]:
    """Return a candidate's score with what a marketer knows them by; the place is that among all, whatever is shown."""
    row = board.row(index)
    who = row["influencer_id"]
    platforms = dict.fromkeys(
        account.platform for account in engine.accounts.get(who, ()) if account.platform
    )
    return {
        **row,
        "index": index,
        "place": index + 1,
        "handle": board.handles.get(who, ""),
        "followers": number(board.followers[index]),
        "platform": ", ".join(platforms),
    }
