"""The scores of one question, ready to be read many times: sorted, searched, paged, explained."""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from suasion.features import GROUPS
from suasion.features.errors import InputError
from suasion.serving.explaining.explain import CAUTION, Explainer, Why
from suasion.serving.explaining.following import Following

from .candidates import Ask
from .plan.plan import Plan, Wanted
from .plan.rivals import newcomers
from .row import ScoreRow
from .score import Scored, probability_of
from .search import key_of

SORTS = ("expected_conversions", "influencer_id", *GROUPS, "fee", "cost_per_conversion", "expected_revenue")
FOLLOWERS = "momentum__followers"
KEPT = 5_000
"""Explanations kept as JSON for one board."""


@dataclass(frozen=True)
class Page:
    """Some rows of a board, in the order asked for."""

    rows: NDArray[np.int64]
    total: int
    """Rows that fit the search."""


class Board:
    """The answer to one question."""

    def __init__(self, ask: Ask, scored: Scored, name: str, handles: Mapping[str, str]) -> None:
        self.ask = ask
        self.handles = handles
        self.scored = scored
        self.name = name
        """What the question is called in addresses."""
        self.explainer = Explainer(scored)
        self.ids: NDArray[np.object_] = scored.scores["influencer_id"].to_numpy(dtype=object)
        self.columns = {
            name: scored.scores[name].to_numpy(dtype=np.float64)
            for name in scored.scores.columns
            if name not in ("campaign_id", "influencer_id", "as_of", "outside", "currency", "ask")
        }
        self.campaign = str(scored.scores["campaign_id"].iloc[0])
        self.moments = scored.scores["as_of"].to_numpy().astype("datetime64[us]")
        self.as_of = f"{self.moments[0]}"[:10]
        """The day of decision (the first candidate's)."""
        nothing = np.full(len(self.ids), np.nan)
        self.fees = self.columns.get("fee", nothing)
        """One a row, NaN where not known."""
        features = scored.features
        self.followers: NDArray[np.float64] = (
            features[FOLLOWERS].to_numpy(dtype=np.float64) if FOLLOWERS in features else nothing
        )
        """One a row, NaN where not known."""
        self.new = newcomers(features)
        """1 for whoever has no past outcome and 0 for whoever has one, NaN where the model does not look at it."""
        self.outside = scored.scores["outside"].to_numpy(dtype=object)
        self.followings: Mapping[str, Following] | None = None
        """What is to be said of each one's following; None until it is judged."""
        self.platforms: Mapping[str, NDArray[np.int64]] | None = None
        """The rows of the candidates on each platform; None until somebody looked."""
        self.plans: dict[tuple[Wanted, bytes], Plan] = {}
        """As they were asked for, and at which fees."""
        self.lock = threading.Lock()
        """Held while plans change: several requests may ask at once."""
        self._folded: NDArray[np.str_] | None = None
        self._explained: OrderedDict[str, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self.ids)

    def page(
        self,
        *,
        sort: str = "expected_conversions",
        descending: bool = True,
        search: str = "",
        at_least: float = 0.0,
        above: str = "",
        most_fee: float | None = None,
        among: NDArray[np.int64] | None = None,
        fits: NDArray[np.bool_] | None = None,
        first: NDArray[np.bool_] | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page:
        """Return rows in an order.

        ``search`` is part of an id or handle, with or without @, whatever the case; ``at_least`` the fewest expected conversions; ``above``
        a characteristic whose factor must be above 1; ``most_fee`` the most that one person may ask, and who has no known fee is left
        out. ``among`` are the rows to choose from, None for all. Of all candidates, shape (n,), ``fits`` says who fits the search by
        something else than their name, and ``first`` who stands before the others, such as those to ask; None for nobody.
        """
        if sort != "influencer_id" and sort not in self.columns:
            known = ", ".join(name for name in SORTS if name in self.columns or name == "influencer_id")
            raise InputError(
                f"Nothing here can be sorted by {sort!r}; these can: {known}.",
                field="sort",
                given=sort,
                allowed=known,
            )
        if above and above not in GROUPS:
            raise InputError(
                f"above names {above!r}; it can be {', '.join(GROUPS)}.",
                field="above",
                given=above,
                allowed=", ".join(GROUPS),
            )
        rows = np.arange(len(self.ids)) if among is None else np.unique(among)
        if most_fee is not None:
            rows = rows[self.fees[rows] <= most_fee]
        if search:
            if self._folded is None:
                called = ((who, self.handles.get(who, "")) for who in self.ids)
                self._folded = np.array([f"{key_of(who)} {key_of(handle)}" for who, handle in called])
            named = np.char.find(self._folded[rows], key_of(search)) >= 0
            rows = rows[named if fits is None else named | fits[rows]]
        if at_least > 0:
            rows = rows[self.columns["expected_conversions"][rows] >= at_least]
        if above:
            rows = rows[self.columns[above][rows] > 1.0]
        if sort == "influencer_id":
            rows = rows[np.argsort(self.ids[rows], kind="stable")]
            rows = rows[::-1] if descending else rows
        else:
            key = self.columns[sort][rows]
            # Missing values come last in either direction; equals stay in order of expected conversions.
            rows = rows[np.lexsort((-key if descending else key, np.isnan(key)))]
        if first is not None:
            rows = np.concatenate([rows[first[rows]], rows[~first[rows]]])
        return Page(rows[offset : offset + limit], len(rows))

    def row(self, index: int) -> ScoreRow:
        """Return one score as plain values; what is infinite or missing is None."""
        columns = {name: number(values[index]) for name, values in self.columns.items()}
        factors = {group: columns.pop(group) for group in GROUPS}
        row = {
            "influencer_id": self.ids[index],
            "campaign_id": self.campaign,
            "as_of": f"{self.moments[index]}Z",
            **columns,
            **({"currency": self.scored.currency} if "currency" in self.scored.scores else {}),
            "probability": probability_of(
                *(self.columns[name][index] for name in ("expected_conversions", "exposure", "low", "high"))
            ),
            "factors": factors,
            "outside": self.outside[index].split(", ") if self.outside[index] else [],
        }
        return cast("ScoreRow", row)  # which money there is, the columns say

    def why(self, influencer: str) -> Why:
        """Explain one candidate."""
        return self.explainer.why(influencer)

    def explanation(self, influencer: str) -> dict[str, object]:
        """Return one score with the features behind it as plain values."""
        why = self.why(influencer)
        moved = [feature.as_dict() for group in GROUPS for feature in why.moved[group]]
        return {
            **self.row(self.scored.place(influencer)),
            "features": moved,
            "caution": CAUTION,
            "banner": list(self.scored.banner),
        }

    def explained(self, influencer: str) -> bytes:
        """Return :meth:`explanation` as JSON, worked out once."""
        document = self._explained.get(influencer)
        if document is None:
            document = to_json(self.explanation(influencer))
            self._explained[influencer] = document
            if len(self._explained) > KEPT:
                self._explained.popitem(last=False)
        return document


def number(value: float) -> float | None:
    """Return the value, or None where JSON has no word for it."""
    return float(value) if math.isfinite(value) else None


def to_json(value: object) -> bytes:
    """Return compact JSON in UTF-8; floats keep all their digits."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
