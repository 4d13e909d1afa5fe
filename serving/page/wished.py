"""Whom a marketer must have and whom never, and what somebody asks instead: from the address to the rows of a ranking."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from suasion.features.errors import InputError
from suasion.serving.loaded import Engine
from suasion.serving.scoring.plan.plan import Plan
from suasion.serving.scoring.plan.posts import offered
from suasion.serving.scoring.plan.worth import NOBODY, add_value, nobody_earns
from suasion.serving.scoring.ranking import Board

from .fields import amount
from .pasted import check_list, ids_called, names_in
from .view import View


@dataclass(frozen=True)
class Wished:
    """Who is named, by id."""

    must: tuple[str, ...]
    never: tuple[str, ...]
    left: dict[str, str]
    """By field, the names that are nobody's here, as they were typed."""
    wrong: dict[str, str]
    """By field, what is wrong with those."""
    among: tuple[str, ...] | None
    """Those on a pasted list, where a plan is to choose from them only; None for everybody."""

    def over(self, view: View) -> View:
        """Return a view that names the same people by their ids, and nobody else."""
        return view.model_copy(update={"must": list(self.must), "never": list(self.never)})


def wished(engine: Engine, board: Board, view: View) -> Wished:
    """Return who must be asked and who never; a name that is nobody's here limits nothing, and is told."""
    must, unknown_must = _named(engine, board, view.must)
    never, unknown_never = _named(engine, board, view.never)
    left = {"must": ", ".join(unknown_must), "never": ", ".join(unknown_never)}
    wrong = {
        field: f"No candidate here: {_guessed(board, names)}."
        for field, names in (("must", unknown_must), ("never", unknown_never))
        if names
    }
    if both := [who for who in must if who in never]:
        named = ", ".join(board.handles.get(who, who) for who in both)
        wrong["never"] = f"{named} must be asked, too; until one of the two is undone, they are not asked."
        must = [who for who in must if who not in both]
    among = None
    if view.among and view.paste.strip():
        among = tuple(str(board.ids[row]) for row in check_list(engine, board, view.paste).rows)
    return Wished(tuple(must), tuple(never), left, wrong, among)


def _named(engine: Engine, board: Board, typed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the ids of those named, and the names that are not one candidate's."""
    here = board.scored.names
    ids, unknown = dict[str, None](), list[str]()
    for text in typed:
        names = [text] if here.find(text) else names_in(text, engine.everybody)
        for name in names:
            match = ids_called(here, name, engine.accounts)
            if len(match) == 1:
                ids[match[0]] = None
            else:
                unknown.append(name)
    return list(ids), unknown


def _guessed(board: Board, names: Sequence[str]) -> str:
    near = ((name, board.scored.names.near(name)) for name in names)
    return ", ".join(
        f"{name} (did you mean {board.scored.names.called(ids[0])}?)" if ids else name for name, ids in near
    )


def own_fees(board: Board, asks: Sequence[str]) -> dict[str, float]:
    """Return what is tried for single people, by id: of ``ID=AMOUNT``, what names no candidate or no amount counts for nothing."""
    fees = {}
    for one in asks:
        who, _, typed = one.rpartition("=")
        try:
            fee = amount(typed)
        except InputError:
            continue
        match = board.scored.names.find(who) if who else []
        if fee is not None and len(match) == 1:
            fees[match[0]] = fee
    return fees


def asking(board: Board, fees: Mapping[str, float]) -> Board:
    """Return the board with other fees of some people; the forecasts stay those for what is agreed."""
    if not fees:
        return board
    changed = copy.copy(board)
    changed.fees = board.fees.copy()
    for who, fee in fees.items():
        changed.fees[board.scored.place(who)] = fee
    expected = board.columns["expected_conversions"]
    costs = np.divide(changed.fees, expected, out=np.full(len(board), np.nan), where=expected > 0)
    changed.columns = {**board.columns, "fee": changed.fees, "cost_per_conversion": costs}
    return changed


def as_planned(board: Board, plan: Plan | None) -> Board:
    """Return the board beside a plan: what changes how it may be read stands above it, and who is asked stands at the posts it chose, and their fee."""
    if plan is None:
        return board
    scored, unsaid = board.scored, board.scored.of_scores.fees
    unpaid = nobody_earns(plan.wanted.worth, plan.cheapest, plan.currency)
    said = [sentence for sentence in scored.banner if not sentence.startswith(NOBODY)]
    banner = (*said, *filter(None, (unsaid, unpaid)))
    board = copy.copy(board)
    board.scored = replace(
        scored, banner=banner, notes=tuple(note for note in scored.notes if note != unsaid)
    )
    if plan.posts is None or not len(plan.asked):
        return board
    scored, people = board.scored, plan.asked
    rows = np.array([scored.place(str(who)) for who in people["influencer_id"]])
    fees = board.fees.copy()
    fees[rows] = people["fee"]
    dearer = np.divide(fees[rows], board.fees[rows], out=np.ones(len(rows)), where=board.fees[rows] > 0)
    posts = people["posts"].to_numpy(dtype=np.float64)
    features, scores = scored.features.copy(), scored.scores.copy()
    features.iloc[rows] = offered(features.iloc[rows], posts, dearer)[features.columns]
    forecast = scored.bundle.predict(features.iloc[rows])
    scores.loc[rows, list(forecast)] = forecast.to_numpy()
    add_value(scores, fees, scored.bundle, scored.currency)
    changed = Board(board.ask, replace(scored, scores=scores, features=features), board.name, board.handles)
    changed.followings, changed.platforms = board.followings, board.platforms
    return changed
