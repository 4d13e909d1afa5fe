"""What a model says of the candidates in a Dataset: a ranking, and whom to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from suasion.features.engine.extras import extra
from suasion.features.engine.matrix import features_of
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import InputError
from suasion.training.bundle.folder import Bundle
from suasion.training.dataset import Dataset, Time, moment_of
from suasion.training.estimators.blend import Parts

from .scoring.candidates import Ask
from .scoring.frame import framed
from .scoring.plan.plan import Plan
from .scoring.score import Session


def asked(
    *, as_of: Time | None, ends_at: Time | None, offer: Mapping[str, float] | None, **about: object
) -> Ask:
    """Return a question as people in Python ask it: moments however they are written."""
    moments = {
        name: None if moment is None else moment_of(moment, name)
        for name, moment in (("as_of", as_of), ("ends_at", ends_at))
    }
    return Ask.of({**about, **moments, "offer": dict(offer or {})})


class OfDataset:
    """The part of :class:`suasion.serving.model.InfluenceModel` that needs the Dataset, and not only rows of features."""

    bundle_: Bundle | None
    parts_: Parts

    def plan(
        self,
        X: Dataset,
        *,
        campaign: str | None = None,
        brief: str | None = None,
        budget: float | None = None,
        target: float | None = None,
        value: float | None = None,
        must: Sequence[str] = (),
        never: Sequence[str] = (),
        most_fee: float | None = None,
        at_most: int | None = None,
        min_new: int = 0,
        platforms: Sequence[str] = (),
        seen: float | None = None,
        explore: int = 0,
        as_of: Time | None = None,
        offer: Mapping[str, float] | None = None,
        brand: str | None = None,
        category: str | None = None,
        goal: str | None = None,
        country: str | None = None,
        ends_at: Time | None = None,
        days: float | None = None,
    ) -> Plan:
        """Say whom to ask within a budget, or for a target.

        Parameters
        ----------
        X
            A Dataset.
        campaign, brief, as_of, offer, brand, category, goal, country, ends_at, days
            Whose candidates, and what they are offered, as for :meth:`predict`.
        budget
            Money to spend on fees: the most expected conversions are bought with it, as far as they pay.
        target
            Conversions to be expected: the cheapest people who bring so many are chosen.
        value
            What a conversion is worth; None: its revenue in past outcomes, where they tell it.
        must, never
            Ids, accounts or handles of those who are asked in any case, and of those who are not.
        most_fee
            The most that one person may cost.
        at_most
            How many may be of one platform.
        min_new
            How many must have no past outcome.
        platforms
            Where to ask; empty for everywhere.
        seen
            Share of an audience that sees what somebody posts, above 0 and up to 1: by it, whoever follows several counts once. None:
            all of it where a table ``audience_members`` says who is in an audience, and otherwise shared audiences are only named.
        explore
            Places held for people to learn from, picked by chance.

        Returns
        -------
        Plan
            ``print(plan)`` says it in words, after what changes how it may be read; ``plan.table`` holds who is asked and who nearly is.

        Raises
        ------
        InputError
            When neither budget nor target is given, or no plan keeps to the limits.
        """
        check_is_fitted(self, "parts_")
        if budget is None and target is None:
            raise InputError("A plan needs a budget, or a target of conversions.")
        ask = asked(
            campaign=campaign, brief=brief, brand=brand, category=category, goal=goal, country=country,
            as_of=as_of, ends_at=ends_at, days=days, offer=offer, budget=budget, target=target, value=value,
            must=tuple(must), never=tuple(never), most_fee=most_fee, at_most=at_most, min_new=min_new,
            platforms=tuple(platforms), seen=seen, explore=explore,
        )  # fmt: skip
        scored = self._session_of(X).score(ask)
        assert scored.plan is not None
        return replace(scored.plan, banner=scored.banner)

    def _rank(
        self,
        data: Dataset,
        campaign: str | Sequence[str] | None,
        brief: str | Sequence[str] | None,
        ask: Ask,
    ) -> pd.DataFrame:
        if (campaign is None) == (brief is None):
            raise InputError(
                "Give either campaign=, the id of a stored campaign, or brief=, the text of a new one."
            )
        session = self._session_of(data)
        wanted = campaign if brief is None else brief
        scored = []
        for text in [wanted] if isinstance(wanted, str) else list(wanted or ()):
            of_one = replace(ask, brief=text) if campaign is None else replace(ask, campaign=text)
            scored.append(session.score(of_one))
        if not scored:
            raise InputError("The list of campaigns or briefs is empty.")
        return framed(scored, briefs=campaign is None)

    def _session_of(self, data: Dataset) -> Session:
        if self.bundle_ is None:
            raise InputError(
                "This model was fitted on rows, and predicts rows. Fit it on a Dataset to rank candidates of one."
            )
        extras = {extra(name).column for name in self.bundle_.facts["extras"]}
        known = {f.column for f in features_of(data.tables)} | extras | {SURPRISE.column}
        missing = [column for column in self.parts_.features if column not in known]
        if missing:
            raise InputError(
                f"The model was fitted with features that this Dataset does not have: {', '.join(missing)}. "
                "Give them: Dataset(…, features=[*suasion.FEATURES, yours])."
            )
        session = self.__dict__.get("_session")
        if session is None or session[0] is not data.tables:
            session = (data.tables, Session(data.tables, self.bundle_, remember=False))
            self.__dict__["_session"] = session
        return cast(Session, session[1])
