"""The report for a stakeholder: one HTML file that needs nothing else, the same as PDF where Chromium is installed, and as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np
from jinja2 import Environment
from markupsafe import Markup
from numpy.typing import NDArray

from suasion.features.errors import InputError
from suasion.features.tables.files import whole_file
from suasion.serving.explaining.wording import FOLLOWERS_UNKNOWN, limits_of, worth_of
from suasion.serving.page.answer import Answer
from suasion.serving.page.offered import terms_of
from suasion.serving.page.render import environment
from suasion.serving.page.shortlist import as_sheet, totals
from suasion.serving.scoring.campaigns import About, about, read_handles, read_told
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plan.limits import read_platforms
from suasion.serving.scoring.plan.plan import Plan
from suasion.serving.scoring.plan.rivals import MOST_FOLLOWED, Rival, rivals
from suasion.serving.scoring.ranking import Board, number
from suasion.serving.scoring.row import PersonRow
from suasion.serving.scoring.score import Session, open_session
from suasion.training.evaluation.review import Review, review

from .loaded import name_of
from .pdf import find_printer

TOLD = 3
"""Influencers with a picture of their own."""


def report(session: Session, ask: Ask, *, top: int = 10, reviewed: bool = False) -> str:
    """Return the report as HTML."""
    return _as_html(session, *_chosen(session, ask, top), reviewed=reviewed)


def _chosen(session: Session, ask: Ask, top: int) -> tuple[Board, NDArray[np.int64]]:
    """Return the scored candidates, and the rows of those to ask: by the plan where there is one, else the best so many."""
    board = Board(ask, session.score(ask), name_of(ask), read_handles(session.tables))
    if board.scored.plan is None:
        return board, np.arange(min(top, len(board)))
    return board, np.flatnonzero(board.scored.scores["ask"].to_numpy(dtype=bool))


def _as_html(session: Session, board: Board, chosen: NDArray[np.int64], *, reviewed: bool) -> str:
    return render_report(
        environment(),
        board,
        about(board, read_told(session.tables)),
        chosen,
        board.scored.plan,
        style=(files("suasion.serving.page") / "static" / "page.css").read_text(encoding="utf-8"),
        reviewed=review(session.tables, session.bundle, prepared=session.prepared, history=session.history)
        if reviewed
        else None,
    )


def render_report(
    templates: Environment,
    board: Board,
    what: About,
    chosen: NDArray[np.int64],
    plan: Plan | None,
    *,
    style: str = "",
    reviewed: Review | None = None,
    root: str = "",
) -> str:
    """Return the report as HTML: ``what`` it is about, rows of those ``chosen`` to be asked, and the plan that chose them, if one did.

    The ``style`` sheet is part of the file; empty for a page that links to the one below ``root``.
    """
    rows = [board.row(int(row)) for row in chosen]
    terms, terms_each = terms_of(board, chosen)
    fees = [fee for row in rows if (fee := row.get("fee")) is not None]
    bundle = board.scored.bundle
    answer = Answer(plan, np.isin(np.arange(len(board)), chosen)) if plan is not None else None
    return templates.get_template("report.html").render(
        style=Markup(style),
        root=root,
        about=what,
        board=board,
        answer=answer,
        notes=[note for note in board.scored.notes if plan is None or note not in plan.sentences],
        rows=rows,
        terms=terms,
        terms_each=terms_each,
        whys=[board.why(row["influencer_id"]) for row in rows[:TOLD]],
        expected=float(sum(row["expected_conversions"] for row in rows)),
        rival=_rival(board, plan, len(chosen)),
        cost=sum(fees) if len(fees) == len(rows) else None,
        without_fee=len(rows) - len(fees) if "fee" in board.columns else 0,
        widest=min(max([max(f, 1 / f) for row in rows for f in row["factors"].values()] + [1.5]), 8.0),
        bundle=bundle,
        figures=bundle.evaluation["judged"].get("all"),
        worth=worth_of(bundle),
        limits=limits_of(bundle),
        review=reviewed,
        version=version("suasion"),
        budget=plan.wanted.budget if plan is not None else None,
        followers_unknown=FOLLOWERS_UNKNOWN,
    )


def write_report(
    data: str | Path,
    model: str | Path,
    ask: Ask,
    outs: Sequence[Path],
    *,
    top: int = 10,
    reviewed: bool = False,
) -> None:
    """Score once and write the report to each ``.html``, ``.pdf`` or ``.xlsx`` file, whole or not at all.

    Raises InputError when a file's name ends otherwise, or PDF is asked for and nothing that prints is installed.
    """
    for out in outs:
        if out.suffix not in (".html", ".pdf", ".xlsx"):
            raise InputError(f"{out} must end in .html, .pdf or .xlsx.")
    endings = {out.suffix for out in outs}
    to_pdf = find_printer() if ".pdf" in endings else None
    with open_session(data, model, remember=False) as session:
        board, chosen = _chosen(session, ask, top)
        html = _as_html(session, board, chosen, reviewed=reviewed) if endings != {".xlsx"} else ""
        book = _as_book(session, board, chosen) if ".xlsx" in endings else b""
    for out in outs:
        with whole_file(out) as partial:
            if out.suffix == ".xlsx":
                partial.write_bytes(book)
            elif out.suffix == ".html" or to_pdf is None:
                partial.write_text(html, encoding="utf-8")
            else:
                to_pdf(html, partial)


def _as_book(session: Session, board: Board, chosen: NDArray[np.int64]) -> bytes:
    """Return the report as a workbook: what it says, the people with their fees and reasons, and how to read them."""
    scored, what = board.scored, about(board, read_told(session.tables))
    homes = read_platforms(session.tables, scored.scores["as_of"].min())
    rows: list[PersonRow] = [
        {
            **board.row(int(row)),
            "place": int(row) + 1,
            "handle": board.handles.get(board.ids[row], ""),
            "platform": ", ".join(sorted(homes.get(board.ids[row], ()))),
            "followers": number(board.followers[row]),
            "currency": scored.currency,
            "index": int(row),
            "new": bool(board.new[row] == 1),
            "following": "",
            "note": "",
            "was": 0,
        }
        for row in chosen
    ]
    plan, worth = scored.plan, worth_of(scored.bundle)
    said = [
        f"Whom to ask: {what.title if board.ask.brief else f'campaign {what.title}'}",
        *([what.brief] if what.brief else []),
        *scored.banner,
        *(
            plan.sentences
            if plan is not None
            else [f"{totals(rows, scored.currency)}: the best of {len(board):,} candidates."]
        ),
        *filter(None, [terms_of(board, chosen)[0]]),
        *(note for note in scored.notes if plan is None or note not in plan.sentences),
        scored.bundle.evaluation["verdict"],
        *([worth.sentence] if worth is not None else []),
        *(limit for limit in limits_of(scored.bundle) if limit != scored.bundle.evaluation["verdict"]),
        f"Model {scored.bundle.identity[:12]}, learned from outcomes known until {scored.bundle.facts['last_known'][:10]}; suasion {version('suasion')}.",
    ]
    return as_sheet(rows, what.title, said)


def _rival(board: Board, plan: Plan | None, many: int) -> Rival | None:
    """Return what the model expects of the most followed with the plan's means: the same money, or as many people."""
    if plan is not None:
        return plan.rivals.get(MOST_FOLLOWED)
    expected = board.columns["expected_conversions"]
    return rivals(board.scored.features, expected, board.fees, None, many).get(MOST_FOLLOWED)
