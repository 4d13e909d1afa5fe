"""Says why: the seven factors of a candidate, the features behind each, and the same as SHAP values for notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import shap
from numpy.typing import NDArray
from rich.console import Group
from rich.table import Table
from rich.text import Text

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.features.errors import InputError, NotFoundError
from suasion.training.bundle import Bundle, FeatureRecord

from .score import Scored

CAUTION = (
    "A factor tells what the model learned from past campaigns, not what would happen if it changed; "
    "and some of these conversions would have come anyway."
)
"""Stands wherever factors are shown."""

WHAT_ONE_IS = "1 is the average training row on the log scale; base is a geometric, not an arithmetic, mean."


@dataclass(frozen=True)
class Moved:
    """A feature that moved a factor."""

    name: str
    column: str
    characteristic: str
    value: float
    unit: str
    factor: float
    percentile: float | None
    """Share of the other candidates with a smaller value (half of those with the same), 0 to 1."""
    meaning: str


@dataclass(frozen=True)
class Why:
    """One candidate's score, explained."""

    campaign_id: str
    influencer_id: str
    as_of: pd.Timestamp
    expected: float
    low: float
    high: float
    base: float
    exposure: float
    factors: dict[str, float]
    moved: dict[str, tuple[Moved, ...]]
    others: int
    outside: str


def explanation(bundle: Bundle, features: pd.DataFrame, *, by: str = "feature") -> shap.Explanation:
    """Return SHAP values on the log scale, on which every ``shap.plots`` figure works.

    Parameters
    ----------
    features
        Rows of features, as ``Scored.features`` or ``Run.examples.table`` hold them.
    by
        ``"feature"`` for one value a feature, ``"characteristic"`` for the seven and the offer.

    Returns
    -------
    shap.Explanation
        values of shape (n, features) or (n, 8); ``base_values`` is the log of the base, and the sum is the log of
        expected conversions for one exposure.
    """
    X = bundle.parts.matrix(features)
    base = np.full(len(X), bundle.parts.log_base)
    if by == "characteristic":
        values = bundle.parts.log_factors(X, GROUPS)
        return shap.Explanation(values, base_values=base, data=np.exp(values), feature_names=list(GROUPS))
    if by != "feature":
        raise InputError(f"by is {by!r}; it can be 'feature' or 'characteristic'.")
    return shap.Explanation(
        bundle.parts.contributions(X), base_values=base, data=X, feature_names=list(bundle.parts.features)
    )


class Explainer:
    """Explains the candidates of one question: what all of them share is worked out once.

    SHAP values of every candidate are worked out at the first question where there are no more than ``AT_ONCE``;
    beyond, those of each candidate when asked.
    """

    AT_ONCE = 20_000

    def __init__(self, scored: Scored) -> None:
        self.scored = scored
        place = {who: row for row, who in enumerate(scored.scores["influencer_id"])}
        persons = scored.people.persons.items()
        self._place = {account: place[person] for account, person in persons if person in place} | place
        self._X = scored.bundle.parts.matrix(scored.features)

    @cached_property
    def _sorted(self) -> list[NDArray[np.float64]]:
        return [np.sort(column[~np.isnan(column)]) for column in self._X.T]

    @cached_property
    def _contributions(self) -> NDArray[np.float64]:
        return self.scored.bundle.parts.contributions(self._X)

    def prepare(self) -> None:
        """Work out now what :meth:`why` shares among all, for those who want no surprise at the first question."""
        _ = self._sorted
        if len(self._X) <= self.AT_ONCE:
            _ = self._contributions

    def place(self, influencer: str) -> int:
        """Return the candidate's row.

        Raises
        ------
        NotFoundError
            When the influencer is not among the candidates.
        """
        if influencer not in self._place:
            some = ", ".join(self.scored.scores["influencer_id"].head(3))
            raise NotFoundError(
                f"{influencer!r} is not among the {len(self.scored.scores)} candidates. The first are: {some}."
            )
        return self._place[influencer]

    def why(self, influencer: str, *, most: int = 4) -> Why:
        """Explain one candidate, with the ``most`` features that moved each factor most."""
        row = self.place(influencer)
        told, bundle = self.scored.scores.iloc[row], self.scored.bundle
        if len(self._X) <= self.AT_ONCE:
            contributions = self._contributions[row]
        else:
            contributions = bundle.parts.contributions(self._X[row : row + 1])[0]
        moved: dict[str, list[Moved]] = {group: [] for group in GROUPS}
        for index in np.argsort(-np.abs(contributions)):
            if abs(contributions[index]) <= 5e-4:
                break
            feature = bundle.features[index]
            if len(moved[feature.characteristic]) < most:
                moved[feature.characteristic].append(
                    self._moved(feature, row, int(index), contributions[index])
                )
        return Why(
            campaign_id=str(told["campaign_id"]),
            influencer_id=self.scored.scores["influencer_id"].iloc[row],
            as_of=pd.Timestamp(told["as_of"]),
            expected=float(told["expected_conversions"]),
            low=float(told["low"]),
            high=float(told["high"]),
            base=float(told["base"]),
            exposure=float(told["exposure"]),
            factors={group: float(told[group]) for group in GROUPS},
            moved={group: tuple(found) for group, found in moved.items()},
            others=len(self._X) - 1,
            outside=str(told["outside"]),
        )

    def _moved(self, feature: FeatureRecord, row: int, index: int, contribution: float) -> Moved:
        value, column = self._X[row, index], self._sorted[index]
        percentile = None
        if not np.isnan(value) and len(column) > 1:
            less, upto = np.searchsorted(column, value, "left"), np.searchsorted(column, value, "right")
            percentile = float((less + (upto - less - 1) / 2) / (len(column) - 1))
        return Moved(
            name=feature.column.partition("__")[2].replace("__", ", ").replace("_", " "),
            column=feature.column,
            characteristic=feature.characteristic,
            value=float(value),
            unit=feature.unit,
            factor=float(np.exp(contribution)),
            percentile=percentile,
            meaning=feature.meaning,
        )


def why(scored: Scored, influencer: str, *, most: int = 4) -> Why:
    """Explain one of the scored candidates: :meth:`Explainer.why` for one question."""
    return Explainer(scored).why(influencer, most=most)


HALF = 14
"""Length of the longest bar, in characters, to each side."""


def bar(factor: float, widest: float, half: int = HALF) -> Text:
    """Draw a factor as a bar from 1 in the middle: to the right where it helps, to the left where it hurts."""
    length = round(half * min(1.0, abs(np.log(factor)) / max(np.log(widest), 1e-9)))
    right = factor >= 1
    text = Text(" " * half if right else " " * (half - length))
    if not right:
        text.append("█" * length, style="red")
    text.append("│", style="dim")
    if right:
        text.append("█" * length, style="green")
    text.append(" " * (half - length if right else half))
    return text


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def render(told: Why) -> Group:
    """Return the explanation for the terminal."""
    head = Text.assemble(
        (f"{told.influencer_id}", "bold"),
        f" in campaign {told.campaign_id}, as of {told.as_of:%Y-%m-%d %H:%M} UTC\n",
        (f"{told.expected:.2f} conversions expected", "bold"),
        f", 90 % interval {_number(told.low)} to {_number(told.high)}\n",
        f"= base {told.base:.3g} × exposure {told.exposure:g} × the factors below",
    )
    widest = max(2.0, *(max(factor, 1 / factor) for factor in told.factors.values()))
    table = Table(box=None, padding=(0, 1), show_header=True, header_style="dim", expand=False)
    table.add_column("factor", justify="left", no_wrap=True)
    table.add_column("×", justify="right")
    heading = Text(" " * (HALF - 5) + "less │ more")
    table.add_column(heading, justify="left", no_wrap=True, min_width=2 * HALF + 1)
    table.add_column("what moved it: value, unit, place among the others", overflow="fold")
    for group in ("offer", *CHARACTERISTICS):
        factor = told.factors[group]
        lines = Text()
        for number, moved in enumerate(told.moved[group]):
            value = "missing" if np.isnan(moved.value) else f"{_number(moved.value)} {moved.unit}"
            place = "" if moved.percentile is None else f", above {moved.percentile:.0%} of {told.others}"
            lines.append("\n" * (number > 0))
            lines.append(f"×{moved.factor:.2f} ", style="green" if moved.factor >= 1 else "red")
            lines.append(f"{moved.name}: {value}{place}")
        style = "dim" if group == "offer" else "bold"
        table.add_row(Text(group, style=style), f"{factor:.2f}", bar(factor, widest), lines)
    notes = Text(f"{CAUTION}\n{WHAT_ONE_IS}", style="italic")
    if told.outside:
        notes.append(f"\nOutside what training saw: {told.outside}.", style="yellow")
    return Group(head, Text(), table, Text(), notes)
