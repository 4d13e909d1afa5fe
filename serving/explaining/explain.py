"""Says why: the seven factors of a candidate, the features behind each, and the same as SHAP values for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Group
from rich.table import Table
from rich.text import Text

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.features.engine.feature import YES_OR_NO
from suasion.features.errors import InputError
from suasion.serving.scoring.score import Scored
from suasion.training.bundle.folder import Bundle
from suasion.training.bundle.manifest import FeatureRecord
from suasion.training.estimators.blend import Parts

from .charts import count, times

if TYPE_CHECKING:
    import shap

CAUTION = (
    "A factor tells what the model learned from past campaigns, not what would happen if it changed; "
    "and some of these conversions would have come anyway."
)
"""Stands wherever factors are shown."""

SHARED = "what is the same for all candidates"
"""Stands beside the part of a factor that moves nobody past another."""

WHAT_ONE_IS = "1 is the average training row on the log scale; base is a geometric, not an arithmetic, mean."


LEAST = 5e-4
"""Contributions to the log of a factor up to this are not told: the factor reads 1.00."""


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
    """Share of the others with a smaller value, 0 to 1, of those for whom it is known. None where there is nothing to compare
    with, and where the place would contradict the factor: a high place of what is said to help beside a factor below 1."""
    meaning: str
    known: int | None = None
    """Others for whom it is known; None: for all of them."""

    def as_dict(self) -> dict[str, object]:
        """Return what answers to programs tell of it, under names that stay."""
        names = ("characteristic", "value", "unit", "factor", "percentile", "meaning")
        answer = {"feature": self.column} | {name: getattr(self, name) for name in names}
        return answer | {"value": self.value if np.isfinite(self.value) else None}


@dataclass(frozen=True)
class Why:
    """One candidate's score, explained."""

    campaign_id: str
    influencer_id: str
    as_of: pd.Timestamp
    expected: float
    low: float
    high: float
    level: float
    """Share of outcomes that the interval is to hold."""
    base: float
    exposure: float
    factors: dict[str, float]
    moved: dict[str, tuple[Moved, ...]]
    """For each group the features that tell the candidate from others and moved the factor, the strongest first."""
    shared: dict[str, float]
    """For each group the part of the factor that comes of features which are the same for all candidates."""
    others: int
    outside: str


def explanation(
    model: Bundle | Parts, features: pd.DataFrame, *, by: str = "feature", names: Sequence[str] | None = None
) -> shap.Explanation:
    """Return SHAP values on the log scale, on which every ``shap.plots`` figure works, as :meth:`suasion.InfluenceModel.explain` says.

    ``features`` are rows as ``Scored.features`` or ``Run.examples.table`` hold them, and ``names`` what to call their columns.
    """
    import shap  # with matplotlib more than a second, which only notebooks need to wait for

    parts = model.parts if isinstance(model, Bundle) else model
    X = parts.matrix(features)
    base = np.full(len(X), parts.log_base)
    if by == "characteristic":
        groups = list(dict.fromkeys((*GROUPS, *parts.groups)))
        values = parts.log_factors(X, groups)
        return shap.Explanation(values, base_values=base, data=np.exp(values), feature_names=groups)
    if by != "feature":
        raise InputError(f"by is {by!r}; it can be 'feature' or 'characteristic'.")
    return shap.Explanation(
        parts.contributions(X), base_values=base, data=X, feature_names=list(names or parts.features)
    )


class Explainer:
    """Explains the candidates of one question: what all of them share is worked out once.

    SHAP values of every candidate are worked out at the first question where there are no more than ``AT_ONCE``;
    beyond, those of each candidate when asked.
    """

    AT_ONCE = 20_000

    def __init__(self, scored: Scored) -> None:
        self.scored = scored
        self._X = scored.bundle.parts.matrix(scored.features)

    @cached_property
    def _sorted(self) -> list[NDArray[np.float64]]:
        return [np.sort(column[~np.isnan(column)]) for column in self._X.T]

    @cached_property
    def _same(self) -> NDArray[np.bool_]:
        """Mark the features that are the same for all candidates, or missing for all: they move nobody past another."""
        many = len(self._X)
        alike = [not len(v) or (len(v) == many and v[0] == v[-1]) for v in self._sorted]
        return np.array(alike, dtype=bool) & (many > 1)

    @cached_property
    def _contributions(self) -> NDArray[np.float64]:
        return self.scored.bundle.parts.contributions(self._X)

    def prepare(self) -> None:
        """Work out now what :meth:`why` shares among all, for those who want no surprise at the first question."""
        _ = self._sorted
        if len(self._X) <= self.AT_ONCE:
            _ = self._contributions

    def why(self, influencer: str, *, most: int = 4) -> Why:
        """Explain one candidate, with the ``most`` features that moved each factor most."""
        row = self.scored.place(influencer)
        score, bundle = self.scored.scores.iloc[row], self.scored.bundle
        if len(self._X) <= self.AT_ONCE:
            contributions = self._contributions[row]
        else:
            contributions = bundle.parts.contributions(self._X[row : row + 1])[0]
        moved: dict[str, list[Moved]] = {group: [] for group in GROUPS}
        shared = dict.fromkeys(GROUPS, 0.0)
        for index in np.argsort(-np.abs(contributions), kind="stable"):
            if abs(contributions[index]) <= LEAST:
                break
            feature = bundle.features[index]
            if self._same[index]:
                shared[feature.characteristic] += float(contributions[index])
                continue
            of_group = moved[feature.characteristic]
            if len(of_group) < most:
                of_group.append(self._moved(feature, row, int(index), contributions[index]))
        return Why(
            campaign_id=str(score["campaign_id"]),
            influencer_id=self.scored.scores["influencer_id"].iloc[row],
            as_of=pd.Timestamp(score["as_of"]),
            expected=float(score["expected_conversions"]),
            low=float(score["low"]),
            high=float(score["high"]),
            level=bundle.interval.level,
            base=float(score["base"]),
            exposure=float(score["exposure"]),
            factors={group: float(score[group]) for group in GROUPS},
            moved={group: tuple(features) for group, features in moved.items()},
            shared={group: float(np.exp(log)) for group, log in shared.items()},
            others=len(self._X) - 1,
            outside=str(score["outside"]),
        )

    def _moved(self, feature: FeatureRecord, row: int, index: int, contribution: float) -> Moved:
        value, others = float(self._X[row, index]), len(self._X) - 1
        known = len(self._sorted[index]) - (not np.isnan(value))
        return Moved(
            name=feature.column.partition("__")[2].replace("__", ", ").replace("_", " "),
            column=feature.column,
            characteristic=feature.characteristic,
            value=value,
            unit=feature.unit.replace("currency", self.scored.currency or "currency"),
            factor=float(np.exp(contribution)),
            percentile=self._percentile(index, value, feature.monotonic * np.sign(contribution)),
            meaning=feature.meaning,
            known=known if known < others else None,
        )

    def _percentile(self, index: int, value: float, side: float) -> float | None:
        """Return the place of a value among the others', None where there is none to tell.

        ``side`` is +1 where the factor says that the value is high, -1 where it says that it is low, 0 where it says neither. Factors
        compare with the average past campaign and places with today's candidates, so the two can point apart: whoever
        leads a field that is weak throughout would read as "more than 97 %" and as held back by it.
        """
        values = self._sorted[index]
        if np.isnan(value) or len(values) < 2 or values[0] == values[-1]:
            return None
        below = float(np.searchsorted(values, value, "left") / (len(values) - 1))
        return below if (below - 0.5) * side >= 0 else None


def why(scored: Scored, influencer: str, *, most: int = 4) -> Why:
    """Explain one of the scored candidates: :meth:`Explainer.why` for one question."""
    return Explainer(scored).why(influencer, most=most)


def place_words(moved: Moved, others: int) -> str:
    """Return a feature's place among the other candidates in words, rounded down; empty where there is none to tell.

    >>> one = Moved("received", "references__received__90d", "references", 12.0, "references", 1.3, 0.848, "References by others.")
    >>> from dataclasses import replace
    >>> place_words(one, 124), place_words(replace(one, percentile=1.0, known=9), 124)
    ('more than 84 % of the 124 others', 'more than all of the 9 others for whom it is known')
    """
    if moved.percentile is None:
        return ""
    known = others if moved.known is None else moved.known
    below, share = round(moved.percentile * known), int(moved.percentile * 100 + 1e-9)
    of = "" if moved.known is None else " for whom it is known"
    if known == 1:
        return f"{'more' if below else 'not more'} than the one other{of}"
    most = "all" if below == known else "none" if below == 0 else f"{share} %" if share else f"{below}"
    return f"more than {most} of the {known:,} others{of}"


def interval_name(level: float) -> str:
    """Return what an interval is called that is to hold a share of outcomes.

    >>> interval_name(0.9), interval_name(0.975)
    ('90 % interval', '97.5 % interval')
    """
    return f"{level * 100:g} % interval"


def interval_words(
    expected: float, exposure: float, low: float | None, high: float | None, lead: str = ""
) -> str:
    """Return the 90 % interval in words, after ``lead``; where outcomes are 0 or 1 there is none, and a probability is told.

    >>> interval_words(2.4, 1.0, 0.0, 6.0, "90 % interval "), interval_words(2.4, 1.0, 1.0, None)
    ('90 % interval 0 to 6', '1 or more')
    >>> interval_words(0.62, 2.0, None, None, "90 % interval ")
    'probability 0.31, no interval'
    """
    if low is None or np.isnan(low):
        return f"probability {min(expected / exposure, 1.0):.2f}, no interval"
    if high is None or not np.isfinite(high):
        return f"{lead}{count(low)} or more"
    return f"{lead}{count(low)} to {count(high)}"


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


def value_words(value: float | None, unit: str) -> str:
    """Return a value with its unit; a share is told in hundredths, an amount without a currency where none is known.

    >>> value_words(0.255, "share"), value_words(3.0, "posts"), value_words(None, "posts"), value_words(1.0, "yes or no"), value_words(90.0, "currency")
    ('25.5 %', '3 posts', 'not known', 'yes', '90')
    """
    if value is None or np.isnan(value):
        return "not known"
    if unit == YES_OR_NO:
        return "yes" if value else "no"
    if unit == "share":
        return f"{count(value * 100)} %"
    return f"{count(value)} {unit.removeprefix('currency').strip()}".rstrip()


def render(why: Why, width: int = 100) -> Group:
    """Return the explanation for a terminal of that width; below 100 columns words take the place of bars."""
    head = Text.assemble(
        (f"{why.influencer_id}", "bold"),
        f" in campaign {why.campaign_id}, as of {why.as_of:%Y-%m-%d %H:%M} UTC\n",
        (f"{why.expected:,.2f} conversions expected", "bold"),
        f", {interval_words(why.expected, why.exposure, why.low, why.high, f'{interval_name(why.level)} ')}\n",
        f"= base {count(why.base)} × exposure {count(why.exposure)} × the factors below",
    )
    widest = max(2.0, *(max(factor, 1 / factor) for factor in why.factors.values()))
    table = Table(box=None, padding=(0, 1), show_header=True, header_style="dim", expand=False)
    table.add_column("factor", justify="left", no_wrap=True)
    table.add_column("×", justify="right", no_wrap=True)
    if width >= 100:
        heading = Text(" " * (HALF - 5) + "less │ more")
        table.add_column(heading, justify="left", no_wrap=True, min_width=2 * HALF + 1)
    table.add_column("what moved it: value, unit, place among the others", overflow="fold")
    for group in ("offer", *CHARACTERISTICS):
        factor = why.factors[group]
        lines = Text()
        for moved in why.moved[group]:
            said = ", ".join(
                filter(None, (value_words(moved.value, moved.unit), place_words(moved, why.others)))
            )
            lines.append(f"{times(moved.factor)} ", style="green" if moved.factor >= 1 else "red")
            lines.append(f"{moved.name}: {said}\n")
        if abs(np.log(why.shared[group])) > LEAST:
            lines.append(f"{times(why.shared[group])} {SHARED}\n", style="dim")
        lines.rstrip()
        style = "dim" if group == "offer" else "bold"
        bars = [bar(factor, widest)] if width >= 100 else []
        table.add_row(Text(group, style=style), times(factor).removeprefix("×"), *bars, lines)
    notes = Text(f"{CAUTION}\n{WHAT_ONE_IS}", style="italic")
    if why.outside:
        notes.append(f"\nOutside what training saw: {why.outside}.", style="yellow")
    return Group(head, Text(), table, Text(), notes)
