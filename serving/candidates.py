"""Whom to score: the stored candidates of a campaign, or everybody seen in the year before, and what they are offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from suasion.features.engine import Database
from suasion.features.errors import InputError, NotFoundError
from suasion.features.read import literal, quote, sql_time
from suasion.features.tables import NEVER
from suasion.training.bundle import Bundle

BRIEF = "brief"
"""Campaign id of a brief typed by hand."""
SEEN_DAYS = 365


@dataclass(frozen=True)
class Ask:
    """What to score: a stored campaign or a new brief, as of when, and the offer where no candidate row tells it."""

    campaign: str | None = None
    brief: str | None = None
    brand: str | None = None
    category: str | None = None
    as_of: datetime | None = None
    offer: Mapping[str, float] = field(default_factory=dict)
    """``exposure``, ``fee``, ``discount`` and the columns named ``offer_…``."""
    budget: float | None = None


def candidates_of(tables: Database, ask: Ask, bundle: Bundle, notes: list[str]) -> str:
    """Return SQL for the candidates to score; what a reader should be told is added to the notes.

    Raises
    ------
    InputError
        When the campaign is not there, nobody is left to score, or the offer names something unknown.
    """
    if (ask.campaign is None) == (ask.brief is None):
        raise InputError("Give either a campaign's id or the text of a brief: one of the two.")
    check_offer(tables, ask)
    campaign = name_campaign(tables, ask)
    stored = tables.sql(f"SELECT count(*) FROM candidates WHERE campaign_id = {literal(campaign)}").fetchone()
    given = sql_time(ask.as_of) if ask.as_of else None
    if stored and stored[0]:
        columns = ", ".join(
            f"CAST({ask.offer[name]!r} AS DOUBLE) AS {quote(name)}" if name in ask.offer else quote(name)
            for name in ("exposure", "fee", "discount", *tables.extras)
        )
        warn_past(
            tables,
            f"SELECT min(decided_at) FROM candidates WHERE campaign_id = {literal(campaign)}",
            bundle,
            notes,
        )
        return (
            f"SELECT campaign_id, influencer_id, {given or 'decided_at'} AS as_of, {columns} FROM candidates "
            f"WHERE campaign_id = {literal(campaign)} AND exposure > 0 QUALIFY row_number() OVER "
            "(PARTITION BY influencer_id ORDER BY known_at DESC) = 1"
        )
    moment = given or f"(SELECT min(starts_at) FROM campaigns WHERE campaign_id = {literal(campaign)})"
    row = tables.sql(f"SELECT {moment}").fetchone()
    assert row is not None
    warn_past(tables, f"SELECT {moment}", bundle, notes)
    offer = offer_of(tables, ask, row[0], notes)
    people = _seen(tables, row[0])
    count = tables.sql(f"SELECT count(*) FROM ({people})").fetchone()
    if not count or not count[0]:
        raise NotFoundError(
            f"No influencer was seen in the {SEEN_DAYS} days before {row[0]:%Y-%m-%d %H:%M}. Fill candidates, or choose another --as-of."
        )
    notes.append(
        f"No row of candidates names campaign {campaign}: scoring the {count[0]} influencers seen in the {SEEN_DAYS} days before {row[0]:%Y-%m-%d %H:%M}."
    )
    columns = ", ".join(
        f"CAST({'NULL' if value is None else repr(value)} AS DOUBLE) AS {quote(name)}"
        for name, value in offer.items()
    )
    return f"SELECT {literal(campaign)} AS campaign_id, influencer_id, {moment} AS as_of, {columns} FROM ({people})"


def check_offer(tables: Database, ask: Ask) -> None:
    """Refuse an offer that names what the data does not know, or numbers that cannot be."""
    unknown = [name for name in ask.offer if name not in ("exposure", "fee", "discount", *tables.extras)]
    if unknown:
        known = ", ".join(("exposure", "fee", "discount", *tables.extras))
        raise NotFoundError(f"The offer names {', '.join(unknown)}; this data knows {known}.")
    if (
        any(not np.isfinite(value) or value < 0 for value in ask.offer.values())
        or ask.offer.get("exposure", 1.0) == 0
    ):
        raise InputError(
            f"The offer must be numbers from 0 up, and exposure above 0; given: {dict(ask.offer)}."
        )


def name_campaign(tables: Database, ask: Ask) -> str:
    """Return the campaign's id; a typed brief becomes a campaign of the scratch tables."""
    if ask.campaign is not None:
        found = tables.sql(
            f"SELECT 1 FROM campaigns WHERE campaign_id = {literal(ask.campaign)} LIMIT 1"
        ).fetchone()
        if not found:
            some = [
                row[0]
                for row in tables.sql(
                    "SELECT DISTINCT campaign_id FROM campaigns ORDER BY 1 DESC LIMIT 3"
                ).fetchall()
            ]
            raise NotFoundError(
                f"There is no campaign {ask.campaign!r}. Some that are there: {', '.join(some)}. For a new one use --brief."
            )
        return ask.campaign
    assert ask.brief is not None
    if not ask.brief.strip():
        raise InputError("The brief is empty: say in some words what the campaign is about.")
    moment = sql_time(ask.as_of) if ask.as_of else f"({last_moment(tables.opened)})"
    told = {"row_id": "(SELECT max(row_id) + 1 FROM campaigns)", "campaign_id": literal(BRIEF)}
    told |= {"brand": _text(ask.brand), "category": _text(ask.category), "brief": literal(ask.brief)}
    told |= {"starts_at": moment, "ends_at": "CAST(NULL AS TIMESTAMP)", "known_at": moment}
    told |= {"superseded_at": f"TIMESTAMP '{NEVER}'"}
    tables.sql(
        f"CREATE OR REPLACE TABLE campaigns AS SELECT {', '.join(told)} FROM campaigns WHERE campaign_id <> {literal(BRIEF)} "
        f"UNION ALL SELECT {', '.join(f'{value} AS {name}' for name, value in told.items())}"
    )
    return BRIEF


def _text(value: str | None) -> str:
    return "CAST(NULL AS VARCHAR)" if value is None else literal(value)


def last_moment(tables: Database) -> str:
    """Return SQL for the first moment at which everything that happened in the data is known."""
    events: list[str] = [n for n in ("posts", "audience", "mentions", "credentials") if n in tables.present]
    events = events or ["outcomes"]
    return (
        "SELECT max(m) + INTERVAL 1 MICROSECOND FROM ("
        + " UNION ALL ".join(f"SELECT max(known_at) AS m FROM {tables.home}{e}" for e in events)
        + ")"
    )


def offer_of(tables: Database, ask: Ask, as_of: datetime, notes: list[str]) -> dict[str, float | None]:
    """Return what is offered: as given, else the median of past outcomes."""
    names = ["exposure", "fee", "discount", *tables.extras]
    medians = ", ".join(f"median({quote(name)})" for name in names)
    row = tables.sql(f"SELECT {medians} FROM outcomes WHERE decided_at < {sql_time(as_of)}").fetchone() or ()
    past = dict(zip(names, row, strict=False))
    offer = {name: ask.offer.get(name, past.get(name)) for name in names}
    offer["exposure"] = offer["exposure"] or 1.0
    taken = [f"{name} {offer[name]:g}" for name in names if name not in ask.offer and offer[name] is not None]
    if taken:
        notes.append(f"Not given, so the median of past outcomes is offered: {', '.join(taken)}.")
    return offer


def _seen(tables: Database, as_of: datetime) -> str:
    """Return SQL for the influencers seen in the year before ``as_of``: who wrote, took part, was counted or honoured."""
    moment = sql_time(as_of)
    since = f"{moment} - INTERVAL {SEEN_DAYS} DAY"
    signs = {"posts": ("author_id", "created_at"), "audience": ("influencer_id", "observed_at")}
    signs |= {"outcomes": ("influencer_id", "decided_at"), "credentials": ("influencer_id", "awarded_at")}
    seen = " UNION ".join(
        f"SELECT {who} AS influencer_id FROM {table} WHERE {when} >= {since} AND {when} < {moment} AND "
        # That somebody took part is known when it is decided; what came of it is not, and is not read here.
        f"{'true' if table == 'outcomes' else f'known_at < {moment}'} AND {who} IS NOT NULL"
        for table, (who, when) in signs.items()
    )
    known = [
        table for table in ("influencers", "audience", "outcomes", "credentials") if table in tables.present
    ]
    people = (
        f"SELECT influencer_id FROM influencers WHERE known_at < {moment}"
        if "influencers" in known
        else " UNION ".join(f"SELECT influencer_id FROM {table}" for table in known)
    )
    return f"SELECT influencer_id FROM ({seen}) INTERSECT SELECT influencer_id FROM ({people})"


def warn_past(tables: Database, moment: str, bundle: Bundle, notes: list[str]) -> None:
    """Add a note where the model has seen what came after the moment of decision."""
    row = tables.sql(moment).fetchone()
    last = pd.Timestamp(bundle.facts["last_known"])
    if row and row[0] is not None and pd.Timestamp(row[0]) < last:
        notes.append(
            f"The model learned from outcomes known up to {last:%Y-%m-%d}, after these decisions ({row[0]:%Y-%m-%d}): "
            "this is no forecast. Train with --until for one."
        )
