"""The report that the page hands on: on the plan, or on those ticked."""

from __future__ import annotations

import numpy as np
from jinja2 import Environment

from suasion.features.errors import InputError
from suasion.serving.http.place import ROOT
from suasion.serving.loaded import Engine
from suasion.serving.report import render_report
from suasion.serving.scoring.campaigns import about
from suasion.serving.scoring.ranking import Board

from .ranking import choose
from .view import View

MONEY = {"budget": "budget", "target": "conversions wanted", "most_fee": "at most per person"}
BEST = 10
"""How many a report is on where nobody is ticked and there is no plan."""


def report_on(engine: Engine, board: Board, view: View, templates: Environment) -> str:
    """Return the report on those ticked, or where nobody else is, on those a plan asks; without either, on the best ten.

    Raises
    ------
    InputError
        When there is no such plan.
    """
    chosen = choose(engine, board, view)
    if chosen.wrong:
        raise InputError(" ".join(chosen.wrong.values()))
    rows, plan = chosen.picked, None
    if chosen.answer is not None:
        planned = np.flatnonzero(chosen.answer.ask)
        if not len(rows) or np.array_equal(rows, planned):
            rows, plan = planned, chosen.answer.plan
    if not len(rows) and plan is None:
        rows = np.arange(min(BEST, len(board)))
    return render_report(templates, board, about(board, engine.told), rows, plan, root=ROOT.get())


def list_of(engine: Engine, board: Board, view: View) -> str:
    """Return in a sentence what a file of people is of: the campaign, the money, the day and the model."""
    what = about(board, engine.told)
    title = f"{what.title}: {what.brief[:200]}" if what.brief else what.title
    typed = view.amounts()[0]
    money = [
        f"{words} {amount:,.10g}" for field, words in MONEY.items() if (amount := typed[field]) is not None
    ]
    return (
        "; ".join([title, *money, f"as of {board.as_of}", f"model {board.scored.bundle.identity[:12]}"]) + "."
    )
