"""What the page of a ranking shows: the answer to the budget, and the people who fit, each with what a marketer asks of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suasion.features.errors import InputError
from suasion.serving.explaining.following import NOTHING_KNOWN
from suasion.serving.loaded import Engine
from suasion.serving.scoring.campaigns import about
from suasion.serving.scoring.ranking import Board, Page, number
from suasion.serving.scoring.row import PersonRow

from .answer import Answer, answer, left_out
from .offered import agreed, moved, offer_words, places_before
from .pasted import Pasted, check_list
from .shortlist import totals
from .view import View

ROWS = 50
"""On a page."""


@dataclass(frozen=True)
class Chosen:
    """Who fits what the address asks for."""

    wrong: dict[str, str]
    """By field, what could not be read."""
    most_fee: float | None
    answer: Answer | None
    """Whom to ask, where there is a budget."""
    pasted: Pasted | None
    picked: NDArray[np.int64]
    """Rows of those ticked."""
    page: Page


def choose(engine: Engine, board: Board, view: View, *, offset: int = 0, limit: int = ROWS) -> Chosen:
    """Return who fits, in order; what could not be read limits nothing."""
    typed, wrong = view.amounts()
    budget, most_fee = typed["budget"], typed["most_fee"]
    if budget is not None and not np.isfinite(board.fees).any():
        wrong["budget"] = "Nobody's fee is known here, so nobody can be asked within a budget."
        budget = None
    plan = None
    if budget is not None:
        try:
            plan = answer(board, engine.tables, budget, most_fee)
        except InputError as error:
            wrong["budget"] = str(error)
    pasted = check_list(engine, board, view.paste) if view.paste.strip() else None
    picked = rows_of(board, view.pick)
    among = pasted.rows if pasted is not None else None
    if view.only:
        among = picked if among is None else np.intersect1d(among, picked)
    best_first = (view.sort, view.order) == ("expected_conversions", "down")
    page = board.page(
        sort=view.sort,
        descending=view.order == "down",
        search=view.search,
        at_least=typed["least"] or 0.0,
        above=view.above,
        most_fee=most_fee,
        among=among,
        first=plan.ask if plan is not None and best_first else None,
        offset=offset,
        limit=limit,
    )
    return Chosen(wrong, most_fee, plan, pasted, picked, page)


def rows_of(board: Board, picks: list[str]) -> NDArray[np.int64]:
    """Return the rows of those picked who are candidates here, best first."""
    matches = (board.scored.names.find(who) for who in dict.fromkeys(picks))
    rows = {board.scored.place(one[0]) for one in matches if len(one) == 1}
    return np.array(sorted(rows), dtype=np.int64)


def listed(engine: Engine, board: Board, view: View) -> list[PersonRow]:
    """Return those ticked, or where nobody is, all whom the filters leave, in the order of the page."""
    if view.pick:
        view = View(sort=view.sort, order=view.order, pick=view.pick, only="picked")
    chosen = choose(engine, board, view, limit=len(board))
    if chosen.wrong:
        raise InputError(" ".join(chosen.wrong.values()))
    return [row_of(engine, board, int(row)) for row in chosen.page.rows]


def context_of(engine: Engine, board: Board, view: View, before: Board | None = None) -> dict[str, object]:
    """Return what the template of a ranking needs.

    Parameters
    ----------
    before
        The board with what is agreed, where another offer is tried.
    """
    engine.mark(board)
    chosen = choose(engine, board, view, offset=(view.page - 1) * ROWS)
    rows = [row_of(engine, board, int(row)) for row in chosen.page.rows]
    here = {row["index"] for row in rows}
    was = None if before is None else places_before(board, before)
    for row in rows:
        row["following"] = (board.followings or {}).get(row["influencer_id"], NOTHING_KNOWN).level
        row["was"] = int(was[row["index"]]) if was is not None else 0
    picked = [row_of(engine, board, int(row)) for row in chosen.picked]
    plan = chosen.answer
    widest = max([max(f, 1 / f) for row in rows for f in row["factors"].values()] + [1.5])
    return {
        "board": board,
        "view": view,
        "wrong": chosen.wrong,
        "answer": plan,
        "planned": [] if plan is None else board.ids[plan.ask].tolist(),
        "left_out": left_out(board, chosen.most_fee) if chosen.most_fee is not None else "",
        "agreed": agreed(before or board),
        "tried": offer_words(view.offer),
        "moved": moved(board, before) if before is not None else "",
        "pasted": chosen.pasted,
        "ticked": {row["index"] for row in picked},
        "elsewhere": [row for row in picked if row["index"] not in here],
        "totals": totals(picked),
        "rows": rows,
        "total": chosen.page.total,
        "each": ROWS,
        "widest": min(widest, 8.0),
        "about": about(board, engine.told),
        "bundle": engine.bundle,
    }


def row_of(engine: Engine, board: Board, index: int) -> PersonRow:
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
        "following": "",
        "was": 0,
    }
