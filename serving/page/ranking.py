"""What the page of a ranking shows and hands on: the answer to the budget, and the people who fit, each with what a marketer asks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jinja2 import Environment
from numpy.typing import NDArray

from suasion.features.engine.currencies import priced
from suasion.features.errors import InputError
from suasion.serving.explaining.followed import beside_followers
from suasion.serving.explaining.following import NOTHING_KNOWN
from suasion.serving.http.place import ROOT
from suasion.serving.loaded import Engine
from suasion.serving.report import render_report
from suasion.serving.scoring.campaigns import about
from suasion.serving.scoring.plan.limits import Limits
from suasion.serving.scoring.plan.plan import Plan, Wanted
from suasion.serving.scoring.plan.sentence import seen_words
from suasion.serving.scoring.plan.worth import worth_of_one
from suasion.serving.scoring.ranking import Board, Page, number
from suasion.serving.scoring.row import PersonRow

from .answer import Answer, answer, beside_ticks, left_out
from .offered import agreed, moved, offer_words, places_before
from .pasted import Pasted, check_list
from .shortlist import totals
from .view import View
from .wished import Wished, as_planned, asking, own_fees, wished

ROWS = 50
"""On a page."""
NUMBERS = {
    "budget": "budget",
    "target": "conversions wanted",
    "value": "a conversion worth",
    "explore": "places held to learn",
}
"""Numbers of a plan beside its limits, in words."""
AMOUNTS = ("budget", "value")
"""Those of them that are money."""
NO_NOTES: Mapping[str, str] = {}
BEST = 10
"""How many a report is on where nobody is ticked and there is no plan."""


@dataclass(frozen=True)
class Chosen:
    """Who fits what the address asks for."""

    wrong: dict[str, str]
    """By field, what could not be read."""
    most_fee: float | None
    answer: Answer | None
    """Whom to ask, where there is a budget or a number of conversions wanted."""
    wished: Wished
    pasted: Pasted | None
    picked: NDArray[np.int64]
    """Rows of those ticked."""
    page: Page


def choose(
    engine: Engine,
    board: Board,
    view: View,
    notes: Mapping[str, str] = NO_NOTES,
    *,
    offset: int = 0,
    limit: int = ROWS,
) -> Chosen:
    """Return who fits, in order; what could not be read limits nothing.

    Parameters
    ----------
    notes
        Of people, by id: a search looks into them too.
    """
    typed, wrong = view.amounts()
    most_fee = typed["most_fee"]
    wishes = wished(engine, board, view)
    plan, said = planned(engine, board, view, wishes)
    wrong |= wishes.wrong | said
    pasted = check_list(engine, board, view.paste) if view.paste.strip() else None
    picked = rows_of(board, view.pick)
    among = pasted.rows if pasted is not None else None
    if view.only:
        among = picked if among is None else np.intersect1d(among, picked)
    if view.platform or view.past:
        fitting = np.flatnonzero(_fitting(engine, board, view))
        among = fitting if among is None else np.intersect1d(among, fitting)
    best_first = (view.sort, view.order) == ("expected_conversions", "down")
    page = board.page(
        sort=view.sort,
        descending=view.order == "down",
        search=view.search,
        at_least=typed["least"] or 0.0,
        above=view.above,
        most_fee=most_fee,
        among=among,
        fits=_spoken_of(engine, board, view.search, notes) if view.search else None,
        first=plan.ask if plan is not None and best_first else None,
        offset=offset,
        limit=limit,
    )
    return Chosen(wrong, most_fee, plan, wishes, pasted, picked, page)


def _fitting(engine: Engine, board: Board, view: View) -> NDArray[np.bool_]:
    """Return who is on the platform that is asked for, and has a past with the brand or none, as is asked for."""
    past = {"": np.ones(len(board), dtype=bool), "new": board.new == 1, "known": board.new == 0}
    wanted = {name.casefold() for name in view.platform}
    return past[view.past] & (_there(engine, board, wanted.__contains__) if wanted else True)


def _spoken_of(engine: Engine, board: Board, search: str, notes: Mapping[str, str]) -> NDArray[np.bool_]:
    """Return whose note or platform holds what is searched for."""
    wanted = search.strip().casefold()
    noted = board.scored.scores["influencer_id"].isin(
        [who for who, note in notes.items() if wanted in note.casefold()]
    )
    return _there(engine, board, lambda name: wanted in name) | noted.to_numpy()


def platforms_of(engine: Engine, influencer: str) -> list[str]:
    """Return where somebody's accounts are, each platform once."""
    accounts = engine.accounts.get(influencer, ())
    return list(dict.fromkeys(account.platform for account in accounts if account.platform))


def _there(engine: Engine, board: Board, fits: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Return who has an account on a platform whose folded name fits."""
    places = [place for name, place in _platforms(engine, board).items() if fits(name.casefold())]
    return np.isin(np.arange(len(board)), np.concatenate([np.zeros(0, dtype=np.int64), *places]))


def _platforms(engine: Engine, board: Board) -> Mapping[str, NDArray[np.int64]]:
    """Return the rows of the candidates on each platform, by its name, looked up once."""
    if board.platforms is None:
        rows: dict[str, list[int]] = {}
        for row, who in enumerate(board.ids):
            for name in platforms_of(engine, str(who)):
                rows.setdefault(name, []).append(row)
        board.platforms = {name: np.array(rows[name]) for name in sorted(rows)}
    return board.platforms


def near_names(board: Board, view: View) -> list[str]:
    """Return what those are called whose name is nearly what was searched for."""
    names = board.scored.names
    return [board.handles.get(who, who) for who in names.near(view.search)] if view.search else []


def near_elsewhere(engine: Engine, view: View) -> list[str]:
    """Return what those are called who are no candidates here, and whose name is what was searched for, or nearly."""
    people = engine.everybody
    return (
        [people.called(who) for who in people.find(view.search) or people.near(view.search)]
        if view.search
        else []
    )


def planned(engine: Engine, board: Board, view: View, wishes: Wished) -> tuple[Answer | None, dict[str, str]]:
    """Return whom to ask, None where nobody asks for a plan or there is none; and by field what is wrong."""
    typed, _ = view.amounts()
    budget, target = typed["budget"], typed["target"]
    if budget is None and target is None:
        return None, {}
    field = "budget" if target is None else "target"
    if not np.isfinite(board.fees).any():
        return None, {field: "Nobody's fee is known here, so nobody can be asked within a budget."}
    if wishes.among == ():
        return None, {field: "Nobody on the list is a candidate here, so nobody can be asked."}
    worth = worth_of_one(typed["value"], board.scored.bundle)
    limits, places = limits_of(view, wishes), int(typed["explore"] or 0)
    try:
        wanted = Wanted(budget, target, worth, limits, typed["seen"], places)
        return answer(board, engine.tables, wanted), {}
    except InputError as error:
        return None, {error.field if error.field in typed else field: str(error)}


def limits_of(view: View, wishes: Wished) -> Limits:
    """Return what a plan is to keep to."""
    typed, _ = view.amounts()
    most, least, posts = typed["at_most"], typed["min_new"], typed["most_posts"]
    return Limits(
        wishes.must,
        wishes.never,
        typed["most_fee"],
        None if most is None else int(most),
        int(least or 0),
        tuple(view.platform),
        wishes.among or (),
        None if posts is None else int(posts),
    )


def limit_words(view: View, wishes: Wished, currency: str) -> list[str]:
    """Return what a plan is to keep to, each limit in some words, and what it is made with beside them."""
    typed, _ = view.amounts()
    numbers = [
        f"{words} {priced(f'{number:,.10g}', currency if field in AMOUNTS else '')}"
        for field, words in NUMBERS.items()
        if (number := typed[field])
    ]
    return [*numbers, *limits_of(view, wishes).words(currency), *seen_words(typed["seen"])]


def rows_of(board: Board, picks: list[str]) -> NDArray[np.int64]:
    """Return the rows of those picked who are candidates here, best first."""
    matches = (board.scored.names.find(who) for who in dict.fromkeys(picks))
    rows = {board.scored.place(one[0]) for one in matches if len(one) == 1}
    return np.array(sorted(rows), dtype=np.int64)


def listed(engine: Engine, board: Board, view: View, notes: Mapping[str, str]) -> list[PersonRow]:
    """Return those ticked, or where nobody is, all whom the filters leave, in the order of the page.

    Parameters
    ----------
    notes
        Of people, by id.
    """
    answer, _ = planned(engine, board, view, wished(engine, board, view))
    if view.pick:
        view = View(sort=view.sort, order=view.order, pick=view.pick, only="picked")
    chosen = choose(engine, board, view, notes, limit=len(board))
    if chosen.wrong:
        raise InputError(" ".join(chosen.wrong.values()))
    board = as_planned(board, answer.plan if answer is not None else None)
    rows = [row_of(engine, board, int(row)) for row in chosen.page.rows]
    for row in rows:
        row["note"] = notes.get(row["influencer_id"], "")
    return rows


def context_of(
    engine: Engine, board: Board, view: View, notes: Mapping[str, str], before: Board | None = None
) -> dict[str, object]:
    """Return what the template of a ranking needs.

    Parameters
    ----------
    board
        With what is agreed, or the offer that is tried for everybody.
    notes
        Of people, by id.
    before
        The board with what is agreed, where another offer is tried.
    """
    engine.mark(board)
    tried_fees = own_fees(board, view.asks)
    agreed_fees = {
        who: (board.handles.get(who, who), fee, number(board.fees[board.scored.place(who)]))
        for who, fee in tried_fees.items()
    }
    board = asking(board, tried_fees)
    chosen = choose(engine, board, view, notes, offset=(view.page - 1) * ROWS)
    plan, wishes = chosen.answer, chosen.wished
    board = as_planned(board, plan.plan if plan is not None else None)
    rows = [row_of(engine, board, int(row)) for row in chosen.page.rows]
    here = {row["index"] for row in rows}
    was = None if before is None else places_before(board, before)
    for row in rows:
        row["following"] = (board.followings or {}).get(row["influencer_id"], NOTHING_KNOWN).level
        row["note"] = notes.get(row["influencer_id"], "")
        row["was"] = int(was[row["index"]]) if was is not None else 0
    picked = [row_of(engine, board, int(row)) for row in chosen.picked]
    view = wishes.over(view)
    high = board.columns["high"]
    widest = max([max(f, 1 / f) for row in rows for f in row["factors"].values()] + [1.5])
    return {
        "board": board,
        "view": view,
        "wrong": chosen.wrong,
        "answer": plan,
        "beside_ticks": "" if plan is None else beside_ticks(board, plan.ask, chosen.picked),
        "to_learn": set() if plan is None else plan.to_learn,
        "left": wishes.left,
        "wishes": {
            field: [(who, board.handles.get(who, who)) for who in getattr(wishes, field)]
            for field in ("must", "never")
        },
        "own_fees": agreed_fees,
        "pays": pays_up_to(
            rows,
            plan.plan if plan is not None else None,
            worth_of_one(view.amounts()[0]["value"], engine.bundle),
        ),
        "most": float(high[np.isfinite(high)].max(initial=1.0)),
        "planned": [] if plan is None else board.ids[plan.ask].tolist(),
        "left_out": left_out(board, chosen.most_fee) if chosen.most_fee is not None else "",
        "agreed": agreed(before or board),
        "tried": offer_words(view.offer, board.scored.currency),
        "moved": moved(board, before) if before is not None else "",
        "pasted": chosen.pasted,
        "ticked": {row["index"] for row in picked},
        "elsewhere": [row for row in picked if row["index"] not in here],
        "totals": totals(picked, board.scored.currency),
        "rows": rows,
        "near": (near := near_names(board, view) if not rows else []),
        "elsewhere_called": near_elsewhere(engine, view) if not rows and not near else [],
        "platforms": list(_platforms(engine, board)),
        "pasts": bool((board.new == 0).any() and (board.new == 1).any()),
        "total": chosen.page.total,
        "each": ROWS,
        "widest": min(widest, 8.0),
        "followed": beside_followers(board, None if plan is None else plan.ask),
        "about": about(board, engine.told),
        "bundle": engine.bundle,
    }


def pays_up_to(rows: Sequence[PersonRow], plan: Plan | None, worth: float | None) -> dict[str, float]:
    """Return what people are worth by id: what they add to a plan, or bring alone, times what a conversion is worth; empty where that is not known."""
    if worth is None:
        return {}
    alone = {row["influencer_id"]: row["expected_conversions"] * worth for row in rows}
    if plan is None:
        return alone
    table = plan.table[plan.table["pays_up_to"].notna()]
    return alone | dict(
        zip(table["influencer_id"].astype(str), table["pays_up_to"].astype(float), strict=True)
    )


def row_of(engine: Engine, board: Board, index: int) -> PersonRow:
    """Return a candidate's score with what a marketer knows them by; the place is that among all, whatever is shown."""
    row = board.row(index)
    who = row["influencer_id"]
    return {
        **row,
        "index": index,
        "place": index + 1,
        "handle": board.handles.get(who, ""),
        "currency": board.scored.currency,
        "followers": number(board.followers[index]),
        "platform": ", ".join(platforms_of(engine, who)),
        "new": bool(board.new[index] == 1),
        "following": "",
        "note": "",
        "was": 0,
    }


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
    board = as_planned(board, plan)
    return render_report(templates, board, about(board, engine.told), rows, plan, root=ROOT.get())


def list_of(engine: Engine, board: Board, view: View) -> str:
    """Return in a sentence what a file of people is of: the campaign, the money, the day and the model."""
    what = about(board, engine.told)
    title = f"{what.title}: {what.brief[:200]}" if what.brief else what.title
    limits = [
        *limit_words(view, wished(engine, board, view), board.scored.currency),
        f"tried for everybody: {offer_words(view.offer, board.scored.currency)}" if view.offer else "",
        f"another fee tried for {len(tried):,}" if (tried := own_fees(board, view.asks)) else "",
    ]
    return (
        "; ".join(
            [
                title,
                *filter(None, limits),
                f"as of {board.as_of}",
                f"model {board.scored.bundle.identity[:12]}",
            ]
        )
        + "."
    )
