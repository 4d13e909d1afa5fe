"""What was forecast of a campaign beside what it brought, and whether the ranking was right."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from suasion.features.tables.read import literal
from suasion.serving.explaining.wording import percent
from suasion.training.bundle.forecasts import Forecast
from suasion.training.bundle.learned_from import outcome_digest
from suasion.training.examples import build_candidates, known_outcomes, offer_columns

from .score import Session

TOP = 10
"""The first of a ranking that are looked at: this many, and at most half of those asked."""
LEAST = 4
"""Outcomes with a forecast, below which nothing is said of a ranking."""
RIGHT = 1.5
"""Times what as many drawn at random bring, from which a ranking was right."""


@dataclass(frozen=True)
class Came:
    """One person's forecast, and what came."""

    influencer_id: str
    forecast: Forecast | None
    """None where none was made before the outcome was known."""
    came: float
    fee: float | None

    @property
    def strayed(self) -> str:
        """Return on which side of the forecast's interval what came lies: ``below``, ``above``, or nothing where it lies inside or there is none."""
        forecast = self.forecast
        if forecast is None or self.inside in (True, None):
            return ""
        return "below" if forecast.low is not None and self.came < forecast.low else "above"

    @property
    def inside(self) -> bool | None:
        """Whether what came lies in the forecast's interval; None where there is none."""
        forecast = self.forecast
        if forecast is None or forecast.low is None:
            return None
        return forecast.low <= self.came <= (np.inf if forecast.high is None else forecast.high)


@dataclass(frozen=True)
class Finished:
    """A campaign's outcomes, those with the highest forecast first, those without one last."""

    rows: tuple[Came, ...]

    @property
    def sums(self) -> str:
        """Return in a sentence what was expected of all together, and what came."""
        known = [row for row in self.rows if row.forecast is not None]
        total = sum(row.came for row in self.rows)
        if not known:
            return f"{total:,.0f} conversions came of {len(self.rows):,} people. No forecast was made before: the model learned from these outcomes."
        expected = sum(row.forecast.expected for row in known if row.forecast is not None)
        said = f"Forecast {expected:,.0f}, came {sum(row.came for row in known):,.0f}"
        if len(known) < len(self.rows):
            said += f" (of {len(known):,} of {len(self.rows):,} people; of the others no forecast was made before)"
        inside = [row.inside for row in known if row.inside is not None]
        held = f"; {sum(inside):,} of {len(inside):,} came out within their range" if inside else ""
        return f"{said}{held}."

    def strayed(self, side: str) -> list[Came]:
        """Return whose outcome lies ``below`` or ``above`` their range, those furthest from the forecast first."""
        rows = [row for row in self.rows if row.strayed == side]
        return sorted(rows, key=lambda row: -abs(row.came - (row.forecast.expected if row.forecast else 0)))

    @property
    def verdict(self) -> str:
        """Return in a sentence whether the ranking was right; empty where there are too few to say."""
        known = [row for row in self.rows if row.forecast is not None]
        total = sum(row.came for row in known)
        if len(known) < LEAST or total <= 0:
            return ""
        many = min(TOP, len(known) // 2)
        # Of those with the same forecast as the last who is placed first, as many are drawn as there are places.
        edge = _first(known[many - 1])
        ahead = [row.came for row in known if _first(row) < edge]
        equal = [row.came for row in known if _first(row) == edge]
        first = (sum(ahead) + sum(equal) * (many - len(ahead)) / len(equal)) / total
        best = sum(sorted((row.came for row in known), reverse=True)[:many]) / total
        chance = many / len(known)
        how = (
            "There was little to rank"
            if best < RIGHT * chance or _first(known[0]) == _first(known[-1])
            else "The ranking was right"
            if first >= min(RIGHT * chance, best)
            else "The ranking was better than chance"
            if first > chance
            else "The ranking was wrong"
        )
        return (
            f"{how}: the {many} placed first of {len(known):,} brought {percent(first)} of the conversions; "
            f"{many} drawn at random bring {percent(chance)}, the best {many} brought {percent(best)}."
        )


def finished(session: Session, campaign: str) -> Finished | None:
    """Return what was forecast of a campaign and what came; None where nothing is known to have come.

    A forecast is one that could not know its outcome: made when the model was judged, or by a model that did not learn from it.
    """
    bundle, people = session.bundle, session.tables.people
    with session.tables.scratch() as tables:
        offer = offer_columns(tables)
        columns = f"campaign_id, influencer_id, as_of, {offer}"
        whole = f"SELECT * FROM ({known_outcomes(tables, None)}) WHERE campaign_id = {literal(campaign)}"
        outcomes = tables.sql(f"SELECT influencer_id, net, fee FROM ({whole}) ORDER BY 1").fetchall()
        if not outcomes:
            return None
        mark = bundle.facts["fingerprint"]
        forecasts: dict[str, Forecast | None] = {}
        fresh = []
        seen = set(bundle.facts["seen"])
        for who, _, _ in outcomes:
            accounts = people.accounts_of(who)
            forecasts[who] = bundle.forecasts.find(campaign, accounts, mark)
            if forecasts[who] is None and not any(
                outcome_digest(campaign, one, mark) in seen for one in accounts
            ):
                fresh.append(who)
        if fresh:
            names = ", ".join(map(literal, fresh))
            query = f"SELECT {columns} FROM ({whole}) WHERE influencer_id IN ({names})"
            prepared = replace(session.prepared, tables=tables)
            table = bundle.whole(build_candidates(prepared, query, bundle.fitted, session.history))
            predicted = bundle.predict(table)
            made = map(Forecast.of, predicted["expected_conversions"], predicted["low"], predicted["high"])
            forecasts |= zip(table["influencer_id"], made, strict=True)
    rows = [
        Came(who, forecasts[who], float(net), None if fee is None else float(fee))
        for who, net, fee in outcomes
    ]
    return Finished(tuple(sorted(rows, key=_first)))


def _first(row: Came) -> float:
    return np.inf if row.forecast is None else -row.forecast.expected
