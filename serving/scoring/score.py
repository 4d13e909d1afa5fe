"""Scores candidates: expected conversions with an interval, and the factors whose product they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from suasion.features.engine.currencies import currency_of
from suasion.features.engine.matrix import prepare
from suasion.features.engine.protocol import Database
from suasion.features.identity.accounts import People
from suasion.features.tables.open import Tables, open_tables
from suasion.features.tables.schema import FEATURELESS
from suasion.training.bundle.folder import FACTORS, Bundle, load
from suasion.training.examples import build_candidates, read_history

from .activity import OF_PEOPLE, Activity, Unfilled, candidates_of_activity, overlay, settle, unfilled_of
from .candidates import Ask, candidates_of, has_candidates
from .notes import Notes, warn_of_brief, warn_of_model, warn_of_strangers
from .plan.asked import plan_asked, taken_fees
from .plan.plan import Plan
from .plan.worth import add_value
from .search import Names, one_of, read_names

COLUMNS = ("campaign_id", "influencer_id", "as_of", "expected_conversions", "low", "high", "base", *FACTORS)


@dataclass(frozen=True)
class Scored:
    """The scores, the features behind them, and what a reader should be told."""

    scores: pd.DataFrame
    """Ordered by expected conversions: :data:`COLUMNS`, then ``outside`` and, where known, money, its ``currency`` and ``ask``."""
    features: pd.DataFrame
    """Same rows: one column a feature, and ``exposure``."""
    bundle: Bundle
    notes: tuple[str, ...]
    """How the scores were come by; shown below."""
    banner: tuple[str, ...] = ()
    """What changes how they may be read; every door shows it first, in these words."""
    people: People = field(default_factory=People)
    """Whose the accounts are: a candidate goes by the person, and can be asked for by account."""
    handles: tuple[tuple[str, str], ...] = ()
    """Handles, each with whose it is."""
    currency: str = ""
    """Of all amounts; empty where it is not known."""
    of_scores: Notes = field(default_factory=Notes)
    """What is to be said of the scores, whatever is planned with them: banner and notes hold it, and what a plan adds."""
    plan: Plan | None = None
    """Whom to ask within the budget, or for the target, where one was given."""
    written: int | None = None
    """How many were scored, where these are only the best of them."""

    @property
    def count(self) -> int:
        """How many were scored."""
        return len(self.scores) if self.written is None else self.written

    @cached_property
    def _places(self) -> dict[str, int]:
        return {who: row for row, who in enumerate(self.scores["influencer_id"])}

    @cached_property
    def names(self) -> Names:
        """The candidates, by whatever they are called."""
        return Names(self._places, self.people, self.handles)

    def place(self, influencer: str) -> int:
        """Return the row of a candidate by id, account or handle, with or without @, whatever the case."""
        if (row := self._places.get(influencer)) is not None:
            return row
        return self._places[one_of(self.names, influencer, list(self._places))]


class Session:
    """Data and a model, opened once for many questions, which may come from several threads.

    Texts are embedded and queries compiled when it is made; the past of everybody is worked out when it is first asked for,
    unless ``remember`` is False: then each question works out the past of its own candidates, which is quicker for one.
    """

    def __init__(self, tables: Tables, bundle: Bundle, *, remember: bool = True) -> None:
        # What a count is taken for is as it was when the model learned.
        tables = replace(tables, settled=bundle.facts["settled"], goal=bundle.facts["goal"])
        self.bundle, self.tables = bundle, tables
        self.prepared = prepare(tables, bundle.fitted.space)
        self.remember = remember
        self.currency = currency_of(tables)

    @cached_property
    def history(self) -> pd.DataFrame | None:
        """Everybody's past outcomes and what was expected of them; None where nothing is to be remembered."""
        if not self.remember:
            return None
        with self.tables.opened.lock, self.tables.scratch() as tables:
            return read_history(replace(self.prepared, tables=tables), self.bundle.fitted.expectation)

    @cached_property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Handles, each with whose it is."""
        return read_names(self.tables)

    @cached_property
    def everybody(self) -> Names:
        """Everybody who has a handle, by whatever they are called."""
        return Names((who for _, who in self.names), self.tables.people, self.names)

    def score(self, ask: Ask) -> Scored:
        """Score the candidates of a campaign or a brief.

        Scored are the rows of ``candidates``; where there are none, every influencer seen in the 365 days before ``as_of``.

        Raises InputError when the campaign is not there, nobody is left to score, or the offer names something unknown.
        """
        history, notes = self.history, Notes(currency=self.currency)
        warn_of_model(self.bundle, notes)
        with self.tables.scratch() as tables:
            candidates = candidates_of(tables, ask, self.bundle, notes)
            prepared = replace(self.prepared, tables=tables)
            table = build_candidates(prepared, candidates, self.bundle.fitted, history)
            warn_of_brief(tables, self.bundle, notes)
            if ask.campaign is not None:  # who is found for a brief was seen
                warn_of_strangers(tables, notes, self.everybody)
            if "fee" not in ask.offer and not has_candidates(tables, ask):
                table["fee"] = taken_fees(tables, table, notes)
        note_missing(tables, self.bundle, notes)
        return self.finish(table, ask, notes)

    def score_activity(self, ask: Ask, activity: Activity) -> tuple[Scored, Unfilled]:
        """Score influencers by rows that came with the question, with the same code as those that are stored.

        What only the stored data can tell is taken from there: the past outcomes of influencers it knows, what all posts
        are like (so that one can be called relevant), and the standing of those who refer.
        """
        history, notes = self.history, Notes(currency=self.currency)
        warn_of_model(self.bundle, notes)
        activity, aside = settle(activity)
        with self.tables.scratch() as stored:
            aside += overlay(stored, activity)
            tables = replace(stored, present=(stored.present - OF_PEOPLE) | activity.present)
            texts = self.prepared.texts.beside(tables)
            prepared = replace(self.prepared, tables=tables, texts=texts)
            candidates = candidates_of_activity(tables, ask, activity, self.bundle, notes)
            table = build_candidates(prepared, candidates, self.bundle.fitted, history)
            warn_of_brief(tables, self.bundle, notes)
            warn_of_strangers(tables, notes, self.everybody)
            unfilled = unfilled_of(tables, self.bundle.parts.features, table["as_of"].iloc[0])
        return self.finish(table, ask, notes), replace(unfilled, set_aside=aside)

    def finish(self, table: pd.DataFrame, ask: Ask, notes: Notes) -> Scored:
        """Return the scores of candidates whose features are built, best first."""
        bundle = self.bundle
        table = bundle.whole(table)
        scores = predict(bundle, table)
        leave_out_shared(scores, notes)
        note_outside(int((scores["outside"] != "").sum()), len(scores), notes)
        note_campaign(table, bundle, notes)
        add_value(scores, table["fee"].to_numpy(dtype=np.float64), bundle, notes.currency)
        order = scores["expected_conversions"].argsort(kind="stable").to_numpy()[::-1]
        features = table[[*bundle.parts.features, "exposure"]]
        scored = Scored(
            scores.iloc[order].reset_index(drop=True),
            features.iloc[order].reset_index(drop=True),
            bundle,
            (),
            people=self.tables.people,
            handles=self.names,
            currency=notes.currency,
            of_scores=notes,
        )
        return with_plan(scored, ask, self.tables)


def with_plan(scored: Scored, ask: Ask, tables: Tables) -> Scored:
    """Return scores with the plan that a question asks for, and with what is to be said of money; what they were is not looked at again.

    Raises
    ------
    InputError
        When what is asked for is no plan, or none keeps to its limits.
    """
    of_scores = scored.of_scores
    notes = replace(of_scores, banner=[*of_scores.banner], rest=[*of_scores.rest])
    if of_scores.fees:
        tell = notes.say if ask.budget is None and ask.target is None else notes.warn
        tell(of_scores.fees)
    scored = replace(scored, scores=scored.scores.copy(deep=False))
    unknown = np.full(len(scored.scores), np.nan)
    fee = scored.scores["fee"].to_numpy(dtype=np.float64) if "fee" in scored.scores else unknown
    plan = plan_asked(scored, fee, ask, tables, notes)
    return replace(scored, plan=plan, notes=tuple(notes.rest), banner=tuple(notes.banner))


def predict(bundle: Bundle, table: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of candidates whose features are there, in their order: :data:`COLUMNS` and ``outside``."""
    keys = table[["campaign_id", "influencer_id", "as_of"]]
    scores = pd.concat([keys, bundle.predict(table)], axis=1)[list(COLUMNS)]
    scores["outside"] = [", ".join(names) for names in bundle.outside(table)]
    return scores


def probability_of(expected: float, exposure: float, low: float, high: float) -> float | None:
    """Return the chance that one call brings a conversion, where the model learned from outcomes of 0 and 1.

    Such a model has no interval: both bounds are NaN. None for any other.

    >>> probability_of(0.62, 2.0, np.nan, np.nan), probability_of(3.0, 1.0, np.nan, np.nan), probability_of(3.0, 1.0, 2.0, 5.0)
    (0.31, 1.0, None)
    """
    return min(1.0, expected / exposure) if np.isnan(low) and np.isnan(high) else None


def note_missing(tables: Database, bundle: Bundle, notes: Notes) -> None:
    """Add a note where the model knew tables that this data lacks."""
    missing = sorted(set(bundle.facts["tables"]) - tables.present - {"outcomes", "campaigns"} - FEATURELESS)
    if missing:
        notes.say(
            f"The model was trained with {', '.join(missing)}, which this data lacks: their features are missing."
        )


def leave_out_shared(scores: pd.DataFrame, notes: Notes) -> None:
    """Take from ``outside`` what is true of more than half of the candidates, and say it once: it hardly sets anybody apart."""
    flags = scores["outside"].tolist()
    several = {text: (text.split(", ") if text else [], many) for text, many in Counter(flags).items()}
    counts = Counter[str]()
    for names, many in several.values():  # few differ among many candidates
        for name in names:
            counts[name] += many
    if shared := note_shared(counts, len(flags), notes):
        kept = {
            text: ", ".join(name for name in names if name not in shared)
            for text, (names, _) in several.items()
        }
        scores["outside"] = [kept[text] for text in flags]


def note_shared(counts: Mapping[str, int], candidates: int, notes: Notes) -> list[str]:
    """Return the features that are outside for more than half of the candidates, and add a note where there are some."""
    shared = sorted(name for name, count in counts.items() if 2 * count > candidates > 1)
    if shared:
        some = ", ".join(shared[:3]) + (f" and {len(shared) - 3} more" if len(shared) > 3 else "")
        notes.say(
            f"Most candidates lie outside what training saw in {some}: that hardly sets anybody apart, but all fit less well."
        )
    return shared


def note_outside(strange: int, all_: int, notes: Notes) -> None:
    """Add a note where candidates lie outside what training saw."""
    if strange:
        notes.say(
            f"{strange} of {all_} candidates {'lies' if strange == 1 else 'lie'} outside what training saw in some feature: see the column outside."
        )


def of_campaigns(bundle: Bundle) -> list[str]:
    """Return the columns of the model's features that are the same for all candidates of a campaign."""
    return [record.column for record in bundle.features if record.per_campaign]


def note_campaign(table: pd.DataFrame, bundle: Bundle, notes: Notes) -> None:
    """Say once where the campaign, and not its candidates, lies outside what training saw: its length, its season."""
    for record in bundle.features:
        if not record.per_campaign or record.low is None or record.high is None or record.low == record.high:
            continue
        values = table[record.column].to_numpy(dtype=np.float64)
        slack = 1e-9 * max(1.0, abs(record.high))
        strange = values[(values < record.low - slack) | (values > record.high + slack)]
        if len(strange):
            name = record.column.partition("__")[2].replace("_", " ")
            notes.say(
                f"The campaign lies outside what training saw: {name} is {strange[0]:.3g} {record.unit}, and was {record.low:.3g} to {record.high:.3g}."
            )


@contextmanager
def open_session(data: str | Path, model: str | Path | Bundle, *, remember: bool = True) -> Iterator[Session]:
    """Open data and a model for many questions."""
    bundle = model if isinstance(model, Bundle) else load(model)
    with open_tables(data) as tables:
        yield Session(tables, bundle, remember=remember)


def score(data: str | Path, model: str | Path, ask: Ask) -> Scored:
    """Score the candidates of a campaign or a brief: :meth:`Session.score` for one question."""
    with open_session(data, model, remember=False) as session:
        return session.score(ask)
