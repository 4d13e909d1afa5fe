"""Whom to score: the stored candidates of a campaign, or everybody seen in the year before, and what they are offered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from suasion.features.engine.goals import GOALS, of_goal
from suasion.features.engine.protocol import Database
from suasion.features.errors import ConflictError, InputError, NotFoundError
from suasion.features.tables.read import as_columns, known_by, literal, quote, sql_time
from suasion.features.tables.schema import NEVER, TABLES, agreed_range, offered
from suasion.training.bundle.folder import Bundle

from .listed import restrict
from .notes import Notes, listed, warn_of_assumed
from .plan.limits import Limits
from .search import Names

BRIEF = "brief"
"""Campaign id of a brief typed by hand."""
SEEN_DAYS = 365
LONGEST = 3660
"""Days a typed campaign may last."""


@dataclass(frozen=True)
class Ask:
    """What to score: a stored campaign or a new brief, as of when, and the offer where no candidate row tells it."""

    campaign: str | None = None
    brief: str | None = None
    brand: str | None = None
    category: str | None = None
    goal: str | None = None
    """What counts as a conversion in a new campaign; None: what the model learned from."""
    country: str | None = None
    """Where people can act as asked: codes of countries."""
    as_of: datetime | None = None
    offer: Mapping[str, float] = field(default_factory=dict)
    """``exposure``, ``fee``, ``discount`` and the columns named ``offer_…``."""
    budget: float | None = None
    target: float | None = None
    """Conversions to be expected of a plan that costs as little as it can."""
    limits: Limits = field(default_factory=Limits)
    """What the plan within the budget, or for the target, must keep to."""
    seen: float | None = None
    """Share of an audience that sees what is posted: by it, whoever follows several of the plan counts once."""
    explore: int = 0
    """Places of the plan that are held for people to learn from."""
    value: float | None = None
    """What a conversion is worth; None: revenue for each conversion, where past outcomes tell it."""
    ends_at: datetime | None = None
    """When a new campaign ends; it begins at the moment of decision."""
    days: float | None = None
    """The same as its length; with neither it is as long as the median of known campaigns."""
    influencers: tuple[str, ...] = ()
    """Ids, accounts or handles of those to score; empty for all candidates, or everybody seen in the year before."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Ask:  # each of the type of its field
        """Return the question that named values ask, those of its limits among them; other names are passed over."""
        limits = Limits(**{one.name: values[one.name] for one in fields(Limits) if one.name in values})
        said = {one.name: values[one.name] for one in fields(cls) if one.name in values}
        return cls(**{**said, "limits": limits})


def check_ask(ask: Ask) -> None:
    """Refuse a question that contradicts itself, or describes a campaign that is stored."""
    if (ask.campaign is None) == (ask.brief is None):
        raise InputError(
            "Give either a campaign's id or the text of a brief: one of the two.",
            field="campaign",
            given=ask.campaign,
            allowed="a campaign or a brief",
        )
    of_a_brief = {
        name: getattr(ask, name) for name in ("brand", "category", "goal", "country", "ends_at", "days")
    }
    described = [name for name, value in of_a_brief.items() if value is not None]
    if ask.campaign is not None and described:
        raise InputError(
            f"{', '.join(described)} describes a new brief; campaign {ask.campaign!r} is stored with its own. Leave it out, or give a brief.",
            field=described[0],
            given=of_a_brief[described[0]],
            allowed="none, with a stored campaign",
        )
    country = TABLES["campaigns"].column("country")
    if ask.country is not None and not re.match(country.pattern, ask.country):
        raise InputError(
            f"The country is {ask.country!r}; write codes of countries, such as {country.example}.",
            field="country",
            given=ask.country,
            allowed="codes of two letters, such as DE, AT",
        )
    if ask.ends_at is not None and ask.days is not None:
        raise InputError(
            "Give either when the campaign ends or how many days it lasts: one of the two.",
            field="days",
            given=ask.days,
            allowed="none, with ends_at",
        )
    if ask.days is not None and not 0 < ask.days <= LONGEST:
        raise InputError(
            f"The campaign lasts {ask.days:g} days; it can be above 0 and up to {LONGEST}.",
            field="days",
            given=ask.days,
            allowed=f"above 0 and up to {LONGEST}",
        )


def candidates_of(tables: Database, ask: Ask, bundle: Bundle, notes: Notes) -> str:
    """Return SQL for the candidates to score; what a reader should be told is added to the notes."""
    check_ask(ask)
    check_offer(tables, ask)
    campaign = name_campaign(tables, ask, notes)
    warn_goal(tables, ask, bundle, notes)
    if has_candidates(tables, ask):
        stored = _stored(tables, ask, campaign, bundle, notes)
        return restrict(tables, stored, ask.influencers, notes) if ask.influencers else stored
    moment = moment_of(tables, ask)
    warn_past(moment, bundle, notes)
    offer = offer_of(tables, ask, moment, notes)
    people = _seen(tables, moment)
    if ask.influencers:  # whoever is asked for by name is scored, however long ago they were seen
        people = restrict(tables, _known(tables, moment), ask.influencers, notes)
    count = tables.sql(f"SELECT count(*) FROM ({people})").fetchone()
    assert count is not None
    if not count[0]:
        raise NotFoundError(
            f"No influencer was seen in the {SEEN_DAYS} days before {moment:%Y-%m-%d %H:%M}. Fill candidates, or choose another --as-of."
        )
    warn_of_assumed([name for name in offer if _assumed(ask, offer, name)], count[0], count[0], notes)
    whom = (
        "on the list" if ask.influencers else f"seen in the {SEEN_DAYS} days before {moment:%Y-%m-%d %H:%M}"
    )
    reason = f"No row of candidates names campaign {campaign}: " if ask.brief is None else ""
    notes.say(
        f"{reason}{'scoring' if reason else 'Scoring'} the {count[0]} influencer{'s' * (count[0] != 1)} {whom}."
    )
    return f"SELECT {literal(campaign)} AS campaign_id, influencer_id, {sql_time(moment)} AS as_of, {as_columns(offer)} FROM ({people})"


def has_candidates(tables: Database, ask: Ask) -> bool:
    """Whether a question is about a campaign whose candidates are named."""
    named = f"SELECT 1 FROM candidates WHERE campaign_id = {literal(ask.campaign or BRIEF)} LIMIT 1"
    return tables.sql(named).fetchone() is not None


def _stored(tables: Database, ask: Ask, campaign: str, bundle: Bundle, notes: Notes) -> str:
    """Return SQL for the stored candidates of a campaign, each in the version that the decision knew.

    That is the latest known before ``as_of``. A candidate is an input of its own decision: where none was known before, the one known
    at that very moment counts. Without ``as_of``, each candidate's moment is the one that its last row, known by its own ``decided_at``, tells.
    """
    candidates = f"SELECT * FROM candidates WHERE campaign_id = {literal(campaign)}"
    if ask.as_of is None:
        decided = "max_by(decided_at, CASE WHEN known_at <= decided_at THEN known_at END) OVER own"
        rows = f"SELECT *, {decided} AS moment FROM ({candidates}) WINDOW own AS (PARTITION BY influencer_id)"
        rows = f"SELECT * FROM ({rows}) WHERE decided_at = moment"
    else:
        rows = f"SELECT *, {sql_time(ask.as_of)} AS moment FROM ({candidates})"
    chosen = (
        f"SELECT * FROM ({rows}) WHERE known_at <= moment QUALIFY row_number() OVER (PARTITION BY influencer_id "
        "ORDER BY CASE WHEN known_at < moment THEN 0 ELSE 1 END, known_at DESC) = 1"
    )
    row = tables.sql(
        f"SELECT (SELECT count(DISTINCT influencer_id) FROM ({candidates})), (SELECT count(*) FROM ({chosen}))"
    ).fetchone()
    assert row is not None
    if not row[1]:
        moment = sql_time(ask.as_of) if ask.as_of else "decided_at"
        chosen = f"SELECT *, {moment} AS moment FROM ({candidates}) QUALIFY row_number() OVER (PARTITION BY influencer_id ORDER BY known_at) = 1"
        notes.say(
            f"No candidate of campaign {campaign} was named by the moment of decision: scoring those that were named later."
        )
    elif ask.as_of is None and row[1] < row[0]:
        notes.say(
            f"{row[0] - row[1]} of {row[0]} candidates were named after their own decided_at and are not scored."
        )
    row = tables.sql(
        f"SELECT count(*), count(*) FILTER (exposure > 0), min(moment) FROM ({chosen})"
    ).fetchone()
    assert row is not None
    total, left, earliest = row
    if not left:
        raise NotFoundError(
            f"All {total} candidates of campaign {campaign} were withdrawn: their exposure is 0. Name others in candidates."
        )
    if left < total:
        notes.say(
            f"{total - left} of {total} candidates were withdrawn (their exposure is 0) and are not scored."
        )
    warn_past(earliest, bundle, notes)
    lacking = {
        name for report in tables.reports if report.table == "candidates" for name in report.absent_columns
    }
    if "exposure" in lacking and "exposure" not in ask.offer:
        warn_of_assumed(["exposure"], left, left, notes)
        notes.say("The table candidates has no exposure: 1 is taken for each.")
    columns = ", ".join(
        as_columns({name: ask.offer[name]}) if name in ask.offer else quote(name)
        for name in ("exposure", "fee", "discount", *offered(tables.extras))
    )
    return f"SELECT campaign_id, influencer_id, moment AS as_of, {columns} FROM ({chosen}) WHERE exposure > 0"


def check_offer(tables: Database, ask: Ask) -> None:
    """Refuse an offer that names what the data does not know, or numbers that cannot be."""
    known = ("exposure", "fee", "discount", *offered(tables.extras))
    if unknown := [name for name in ask.offer if name not in known]:
        raise NotFoundError(
            f"The offer names {', '.join(unknown)}; this data knows {', '.join(known)}.",
            field=f"offer.{unknown[0]}",
            given=ask.offer[unknown[0]],
            allowed=", ".join(known),
        )
    for name, value in ask.offer.items():
        _, most = agreed_range(name) or (0.0, np.inf)
        if not 0 <= value <= most or (name == "exposure" and value == 0):
            allowed = (
                f"a number above 0, up to {most:g}" if name == "exposure" else f"a number from 0 to {most:g}"
            )
            raise InputError(
                f"The offer's {name} is {value:g}; it can be {allowed}.",
                field=f"offer.{name}",
                given=value,
                allowed=allowed,
            )


def moment_of(tables: Database, ask: Ask) -> datetime:
    """Return the moment of decision where no candidate tells one: as given, else the campaign's start, else the data's end."""
    if ask.as_of is not None:
        return ask.as_of
    if ask.campaign is not None:
        # The start as it was last told by then; the first that was told where all were told late.
        start = "coalesce(max_by(starts_at, CASE WHEN known_at <= starts_at THEN known_at END), min_by(starts_at, known_at))"
        query = f"SELECT {start} FROM campaigns WHERE campaign_id = {literal(ask.campaign)}"
    else:
        query = last_moment(tables.opened)
    row = tables.sql(query).fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def name_campaign(tables: Database, ask: Ask, notes: Notes | None = None) -> str:
    """Return the campaign's id; a typed brief becomes a campaign of the scratch tables."""
    if ask.campaign is not None:
        rows = tables.sql(
            f"SELECT 1 FROM campaigns WHERE campaign_id = {literal(ask.campaign)} LIMIT 1"
        ).fetchone()
        if not rows:
            some = tables.sql("SELECT DISTINCT campaign_id FROM campaigns ORDER BY 1 DESC LIMIT 3").fetchall()
            raise NotFoundError(
                f"There is no campaign {ask.campaign!r}. Some that are there: {', '.join(name for (name,) in some)}. For a new one give a brief.",
                field="campaign_id",
                given=ask.campaign,
                allowed="a campaign in the data",
            )
        return ask.campaign
    assert ask.brief is not None
    if not ask.brief.strip():
        raise InputError("The brief is empty: say in some words what the campaign is about.")
    notes, starts = notes or Notes(), moment_of(tables, ask)
    ends, moment = _end_of(tables, ask, starts, notes), sql_time(starts)
    labels = {name: getattr(ask, name) for name in ("brand", "category", "goal", "country")}
    labels |= {name: _as_written(tables, name, labels[name], starts, notes) for name in ("brand", "category")}
    values = {"row_id": "(SELECT max(row_id) + 1 FROM campaigns)", "campaign_id": literal(BRIEF)}
    values |= {
        name: "CAST(NULL AS VARCHAR)" if text is None else literal(text) for name, text in labels.items()
    }
    values["brief"] = literal(ask.brief)
    values |= {"starts_at": moment, "ends_at": sql_time(ends) if ends else "CAST(NULL AS TIMESTAMP)"}
    values |= {"known_at": moment, "superseded_at": f"TIMESTAMP '{NEVER}'"}
    tables.sql(
        f"CREATE OR REPLACE TABLE campaigns AS SELECT {', '.join(values)} FROM campaigns WHERE campaign_id <> {literal(BRIEF)} "
        f"UNION ALL SELECT {', '.join(f'{value} AS {name}' for name, value in values.items())}"
    )
    return BRIEF


def _as_written(
    tables: Database, column: str, typed: str | None, moment: datetime, notes: Notes
) -> str | None:
    """Return a brand or category as the campaigns known by then write it; what none of them has is told, with what was perhaps meant."""
    if not typed:
        return typed
    rows = tables.sql(
        f"SELECT DISTINCT {column} FROM campaigns WHERE {column} IS NOT NULL AND campaign_id <> {literal(BRIEF)} "
        f"AND {known_by(moment)} ORDER BY 1"
    ).fetchall()
    known = Names([text for (text,) in rows])
    if match := known.find(typed):
        return match[0]
    near = known.near(typed)
    tell = notes.warn if near else notes.say
    tell(
        f"The {column} {typed} has no past campaign{f' (did you mean {listed(near)}?)' if near else ''}: "
        "what past campaigns brought counts without it."
    )
    return typed


def _end_of(tables: Database, ask: Ask, starts: datetime, notes: Notes) -> datetime | None:
    """Return when a typed campaign ends: as given, else after the median length of the campaigns known by then; None where there are none."""
    if ask.ends_at is not None:
        if ask.ends_at < starts:
            # Whether it can be hangs on the data, whose end is when it is decided, and not on the request alone.
            raise ConflictError(
                f"The campaign ends at {ask.ends_at:%Y-%m-%d %H:%M}, before it is decided at {starts:%Y-%m-%d %H:%M}.",
                field="ends_at",
                given=ask.ends_at,
                allowed=f"{starts:%Y-%m-%d %H:%M} or later",
            )
        return ask.ends_at
    if ask.days is not None:
        return starts + timedelta(days=ask.days)
    days = usual_days(tables, starts)
    if days is None:
        return None
    notes.say(
        f"When the campaign ends was not given, so it is taken to last {days:.3g} days, the median of past campaigns."
    )
    return starts + timedelta(days=days)


def usual_days(tables: Database, moment: datetime) -> float | None:
    """Return the median length of the campaigns known by then; None where there are none."""
    rows = tables.sql(
        f"SELECT starts_at, ends_at FROM campaigns WHERE {known_by(moment)} AND ends_at IS NOT NULL AND campaign_id <> {literal(BRIEF)}"
    ).fetchall()
    if not rows:
        return None
    return float(np.median([(end - start).total_seconds() for start, end in rows])) / 86_400.0


def last_moment(tables: Database) -> str:
    """Return SQL for the first moment at which everything that happened in the data is known."""
    plans = ("influencers", "campaigns", "candidates")
    events = [name for name in TABLES if name in tables.present and name not in plans]
    known = " UNION ALL ".join(f"SELECT max(known_at) AS m FROM {tables.home}{name}" for name in events)
    return f"SELECT max(m) + INTERVAL 1 MICROSECOND FROM ({known})"


def offer_of(tables: Database, ask: Ask, as_of: datetime, notes: Notes) -> dict[str, float | None]:
    """Return what is offered: as given, else the median of the outcomes known before ``as_of``."""
    names = ["exposure", "fee", "discount", *offered(tables.extras)]
    medians = ", ".join(f"median({quote(name)})" for name in names)
    cut = f"{known_by(as_of)} AND exposure > 0 AND {of_goal(tables)}"
    row = tables.sql(f"SELECT {medians} FROM outcomes WHERE {cut}").fetchone() or ()
    past = dict(zip(names, row, strict=False))
    offer = {name: ask.offer.get(name, past.get(name)) for name in names}
    offer["exposure"] = offer["exposure"] or 1.0
    taken = [f"{name} {offer[name]:g}" for name in names if _assumed(ask, offer, name)]
    if taken:
        notes.say(f"Not given, so the forecasts take the median of past outcomes: {', '.join(taken)}.")
    return offer


def _assumed(ask: Ask, offer: Mapping[str, float | None], name: str) -> bool:
    return name not in ask.offer and offer[name] is not None


def _seen(tables: Database, as_of: datetime) -> str:
    """Return SQL for the influencers seen in the year before ``as_of``: who wrote, took part, was counted or honoured."""
    moment = sql_time(as_of)
    since = f"{moment} - INTERVAL {SEEN_DAYS} DAY"
    signs = {"posts": ("author_id", "created_at"), "audience": ("influencer_id", "observed_at")}
    signs |= {"outcomes": ("influencer_id", "decided_at"), "credentials": ("influencer_id", "awarded_at")}
    seen = " UNION ".join(
        f"SELECT {who} AS influencer_id FROM {table} WHERE {when} >= {since} AND {when} < {moment} AND {known_by(as_of)} AND {who} IS NOT NULL"
        for table, (who, when) in signs.items()
    )
    return f"SELECT influencer_id FROM ({seen}) INTERSECT {_known(tables, as_of)}"


def _known(tables: Database, as_of: datetime) -> str:
    """Return SQL for the influencers known before ``as_of``: who is registered, was counted, honoured or asked."""
    # No register is whole: sources tell of accounts what they know, and a sheet of a name what was counted.
    registers = ("influencers", "audience", "outcomes", "credentials")
    people = " UNION ".join(
        f"SELECT influencer_id FROM {table} WHERE {known_by(as_of)}"
        for table in registers
        if table in tables.present
    )
    return f"SELECT influencer_id FROM ({people})"


def warn_goal(tables: Database, ask: Ask, bundle: Bundle, notes: Notes) -> None:
    """Warn where the campaign has a goal that the model never saw."""
    goal = ask.goal
    if ask.campaign is not None:
        row = tables.sql(f"SELECT goal FROM ({GOALS}) WHERE campaign_id = {literal(ask.campaign)}").fetchone()
        goal = row[0] if row else None
    seen = bundle.facts["goals"]
    if goal and goal.strip().lower() not in seen:
        learned = f"from outcomes of the goal {next(iter(seen))}" if seen else "from campaigns without a goal"
        notes.warn(
            f"The model never saw the goal {goal.strip()}: it learned {learned}, and that is what it expects. Train with --goal for another."
        )


def warn_past(moment: datetime, bundle: Bundle, notes: Notes) -> None:
    """Warn where the model has seen what came after the moment of decision."""
    last = pd.Timestamp(bundle.facts["last_known"])
    if pd.Timestamp(moment) < last:
        notes.warn(
            f"The model learned from outcomes known up to {last:%Y-%m-%d}, after these decisions ({moment:%Y-%m-%d}): "
            "this is no forecast. Train with --until for one."
        )
