"""Why a score changed: two scorings of one influencer, the change split exactly over the factors, and over model and data.

With f(m, d) the log of a factor under model m at date d, the change from (1, 1) to (2, 2) is split by Shapley's value, which with two
players is the mean of the two orders (Shapley 1953):

    data  = ½ [f(1, 2) - f(1, 1)] + ½ [f(2, 2) - f(2, 1)]
    model = ½ [f(2, 1) - f(1, 1)] + ½ [f(2, 2) - f(1, 2)]

They add to the change of the factor, and the factors to the change of the log score: nothing is left over.

Where nobody gave an offer, suasion takes the median of past outcomes, which moves with them. That is no change of the person or of
what is offered them: both scorings are given the same offer (:func:`hold_offer`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from suasion.features import GROUPS
from suasion.features.errors import ConflictError
from suasion.features.tables.open import Tables
from suasion.serving.scoring.candidates import Ask, has_candidates, moment_of, offer_of, usual_days
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.plain import plain
from suasion.serving.scoring.ranking import Board

from .charts import count
from .explain import LEAST

PARTS = ("base", "exposure", *GROUPS)


@dataclass(frozen=True)
class Part:
    """How one factor changed, as factors: ``after / before = data × model``."""

    name: str
    before: float
    after: float
    data: float
    model: float


@dataclass(frozen=True)
class Shift:
    """A feature that changed, and by what factor that moved the score under the same model."""

    feature: str
    characteristic: str
    unit: str
    before: float
    after: float
    factor: float


@dataclass(frozen=True)
class Change:
    """Two scorings of one influencer and what lies between them."""

    influencer_id: str
    as_of: tuple[datetime, datetime]
    models: tuple[str, str]
    expected: tuple[float, float]
    parts: tuple[Part, ...]
    features: tuple[Shift, ...]
    """Those that moved it most, by the data, under the later model."""
    assumed: Mapping[str, float]
    """What was offered at both and not given: the median of the past at the later moment."""
    banner: tuple[str, ...] = ()
    """What changes how the later score may be read, then what changes that of the earlier one alone."""

    @property
    def ratio(self) -> float:
        """Score after by score before: the product of all parts."""
        return self.expected[1] / self.expected[0]

    @property
    def table(self) -> pd.DataFrame:
        """The parts: ``before, after, ratio, data, model``, indexed by ``part``; ratios multiply to :attr:`ratio`."""
        table = pd.DataFrame([vars(part) for part in self.parts]).set_index("name").rename_axis("part")
        table.insert(2, "ratio", table["after"] / table["before"])
        return table

    def __repr__(self) -> str:
        before, after = self.expected
        first, last = (f"{moment:%Y-%m-%d}" for moment in self.as_of)
        return f"Change of {self.influencer_id}: {before:,.1f} expected conversions as of {first}, {after:,.1f} as of {last}\n{self.table.round(3)}"

    def _repr_html_(self) -> str:
        return str(self.table._repr_html_())  # type: ignore[operator]

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON: the answer of every door."""
        values = plain(self)
        return {
            "influencer_id": values.pop("influencer_id"),
            "as_of": values.pop("as_of"),
            "models": values.pop("models"),
            "expected_conversions": values.pop("expected"),
            "assumed_offer": values.pop("assumed"),
            **values,
        }


def change(
    boards: tuple[tuple[Board, Board], tuple[Board, Board]],
    influencer: str,
    *,
    assumed: Mapping[str, float] | None = None,
    most: int = 8,
) -> Change:
    """Compare two scorings of an influencer, naming at ``most`` so many features.

    ``boards[m][d]`` are the scores under the earlier (0) and later (1) model at the earlier and later date, of which some may be the same;
    ``assumed`` is what :func:`hold_offer` held.
    """
    logs = {(m, d): _logs(boards[m][d], influencer) for m in (0, 1) for d in (0, 1)}
    first, last = logs[0, 0], logs[1, 1]
    data = (logs[0, 1] - first + last - logs[1, 0]) / 2
    model = (logs[1, 0] - first + last - logs[0, 1]) / 2
    factors = np.exp([first, last, data, model]).T.tolist()
    parts = tuple(Part(name, *of_one) for name, of_one in zip(PARTS, factors, strict=True))
    before, after = boards[0][0], boards[1][1]
    rows = before.scored.place(influencer), after.scored.place(influencer)
    expected = before.columns["expected_conversions"][rows[0]], after.columns["expected_conversions"][rows[1]]
    earlier, later = before.scored.banner, after.scored.banner
    return Change(
        influencer,
        (before.moments[rows[0]].item(), after.moments[rows[1]].item()),
        (before.scored.bundle.identity, after.scored.bundle.identity),
        (float(expected[0]), float(expected[1])),
        parts,
        _shifts(*boards[1], influencer, most),
        assumed or {},
        (*later, *(f"Of the earlier score: {said}" for said in earlier if said not in later)),
    )


def compare_scores(
    tables: Tables,
    board: Callable[[int, Ask], Board],
    asks: tuple[Ask, Ask],
    influencer: str,
    *,
    models: bool,
) -> Change:
    """Compare two scorings of an influencer, by id, account or handle.

    ``board`` gives the scores under the earlier (0) or the later (1) model for a question; with ``models`` they differ.
    """
    before, after, assumed = hold_offer(tables, *asks)

    def scored(model: int) -> tuple[Board, Board]:
        first = board(model, before)
        return first, first if after == before else board(model, after)

    later = scored(1)
    boards = (scored(0) if models else later, later)
    who = str(later[1].ids[later[1].scored.place(influencer)])
    return change(boards, who, assumed=assumed)


def hold_offer(tables: Tables, before: Ask, after: Ask) -> tuple[Ask, Ask, dict[str, float]]:
    """Give two questions the same offer, and briefs the same length, where suasion chooses it: as it would at the later moment.

    What has rows of candidates stays as it is, since these tell the offer. Returned are both questions, and what neither was given.
    """
    moments = moment_of(tables, before), moment_of(tables, after)
    # A campaign that is not there has no moment, which scoring then says.
    if has_candidates(tables, after) or None in moments:
        return before, after, {}
    offered = offer_of(tables, after, max(moments[0], moments[1]), Notes())
    assumed = {
        name: value
        for name, value in offered.items()
        if value is not None and name not in before.offer and name not in after.offer
    }
    # What is the same anyway needs no change of the question: the later one is offered this in any case.
    held = [True, moments[0] > moments[1]]
    asks = [
        replace(ask, offer={**assumed, **ask.offer}) if hold else ask
        for ask, hold in zip((before, after), held, strict=True)
    ]
    open_end = all(ask.brief is not None and ask.ends_at is None and ask.days is None for ask in asks)
    days = usual_days(tables, max(moments)) if open_end else None
    if days is not None:
        asks = [replace(ask, days=days) if hold else ask for ask, hold in zip(asks, held, strict=True)]
        assumed["campaign_days"] = days
    return asks[0], asks[1], assumed


def _logs(board: Board, influencer: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    row = board.scored.place(influencer)
    return np.log([board.columns[name][row] for name in PARTS])


def _shifts(before: Board, after: Board, influencer: str, most: int) -> tuple[Shift, ...]:
    """Return the features that moved the score most between two scorings by one model."""
    bundle, both = after.scored.bundle, [board.scored for board in (before, after)]
    X = np.vstack([bundle.parts.matrix(one.features.iloc[[one.place(influencer)]]) for one in both])
    contributions = bundle.parts.contributions(X)
    moved = contributions[1] - contributions[0]
    strongest = [index for index in np.argsort(-np.abs(moved))[:most] if abs(moved[index]) > LEAST]
    named = [(bundle.features[index], *X[:, index].tolist(), np.exp(moved[index])) for index in strongest]
    return tuple(
        Shift(one.column, one.characteristic, one.unit, was, now, float(factor))
        for one, was, now, factor in named
    )


def check_two(before: object, after: object) -> None:
    """Refuse a comparison of a scoring with itself."""
    if before == after:
        raise ConflictError(
            "Both scorings are the same: give two dates or two models.",
            field="to_as_of",
            allowed="another moment than as_of, or another model",
        )


def assumed_words(assumed: Mapping[str, float]) -> str:
    """Return in words what both scorings were offered and nobody gave.

    >>> assumed_words({"exposure": 1.0, "fee": 300.0})
    'Not given, so both are offered the median of past outcomes at the later date: exposure 1, fee 300.'
    """
    offered = ", ".join(f"{name} {count(value)}" for name, value in assumed.items())
    return f"Not given, so both are offered the median of past outcomes at the later date: {offered}."
