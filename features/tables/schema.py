"""The tables a user brings, declared once.

Names, types, units, allowed values, keys, event times and the default of ``known_at`` stand here and nowhere
else; reading, checking, setting rows aside, error texts and documentation all follow from these declarations.

>>> TABLES["audience"].key
('influencer_id', 'observed_at')
>>> TABLES["outcomes"].column("conversions").unit
'people'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from suasion.features import CHARACTERISTICS
from suasion.features.errors import InputError

Type = Literal["id", "text", "time", "number", "flag", "texts"]
"""id and text: UTF-8 strings; time: UTC, microseconds; number: a finite double; flag: boolean; texts: list of text."""

SQL_TYPES: dict[Type, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "time": "TIMESTAMP",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "texts": "VARCHAR[]",
}

EARLIEST, LATEST = "1970-01-02", "2100-01-01"
"""Times outside are impossible: an epoch of zero, or seconds read as milliseconds."""

NEVER = "9999-12-31"
"""When the latest version of a row is superseded: a time and not NULL, so that joins compare and never ask."""

SETTLING_DAYS = 14
"""Days after a campaign's end until its outcomes count as known, where no ``known_at`` says otherwise."""


@dataclass(frozen=True)
class Column:
    """One column: its name, type, unit and what a value may be."""

    name: str
    type: Type
    meaning: str
    unit: str = ""
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    """What is more is no value but a slip: a sum in another unit, digits glued together."""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    """Regular expression that a text must match, of those that every engine reads alike."""
    example: str = ""
    """A text that does."""
    default: str | None = None
    """SQL for a missing value or a missing column; only constants."""


@dataclass(frozen=True)
class Table:
    """One table: its columns, key, event time and when a row could first be known."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str
    known: str = ""
    """SQL over the row (and, for outcomes, its campaign ``c``): ``known_at`` where the row does not say; its time, if not given."""
    known_meaning: str = ""
    needed: bool = False
    prefixes: tuple[str, ...] = ()
    """Columns of any name that begins with one of these are taken too, as numbers."""
    orders: tuple[tuple[str, str], ...] = field(default=())
    """Pairs (earlier, later) of time columns that must not be reversed."""
    foreseen: bool = False
    """Whether a row may be known before its time: a campaign is planned before it starts."""
    strictly_after: str | None = None
    """``known_at`` must lie strictly after this column, not only not before it."""
    lasting: bool = False
    """Whether what a later export leaves empty still holds: it does of what an account is, of which not every source tells all."""
    joined: bool = False
    """Whether columns that name a person have the account beside them (:mod:`suasion.features.identity.persons`)."""

    def __post_init__(self) -> None:
        """Let a row be known from its time on, where nothing else is declared."""
        for name in ("known", "known_meaning"):
            object.__setattr__(self, name, getattr(self, name) or self.time)

    def column(self, name: str) -> Column:
        """Return the declared column ``name``."""
        return next(column for column in self.columns if column.name == name)

    def extras(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those of the free names that are columns of this table."""
        return tuple(name for name in names if self.prefixes and name.startswith(self.prefixes))

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there and filled."""
        return tuple(column.name for column in self.columns if column.required)


def renamed(table: Table | None, columns: Iterable[str], where: str = "") -> dict[str, str]:
    """Return the columns with a free name that are not written as :func:`extra_name` writes them, and how it does."""
    prefixes = table.prefixes if table else ()
    safe = {name: extra_name(name) for name in columns if name.lower().startswith(prefixes)}
    for sql_name in safe.values():
        same = [other for other, another in safe.items() if another == sql_name]
        if len(same) > 1:
            raise InputError(
                f"{where}: the columns {' and '.join(same)} would both be {sql_name}. Rename one of them."
            )
    return {name: sql_name for name, sql_name in safe.items() if name != sql_name}


def _id(name: str, meaning: str, *, required: bool = True) -> Column:
    return Column(name, "id", meaning, required=required)


def time_column(name: str, meaning: str, *, required: bool = False) -> Column:
    """Return the declaration of a column of moments."""
    return Column(name, "time", meaning, unit="UTC", required=required)


_MOST = {"people": 1e10, "posts": 1e12, "times": 1e12, "currency": 1e12, "ratio": 1e12, "share": 1.0}
"""The most that a value can be, by its unit: more people than there are, the impressions of all of them for a year, a state's budget, all of it."""


def _count(
    name: str, meaning: str, unit: str, *, required: bool = False, default: str | None = None
) -> Column:
    most = _MOST[unit]
    return Column(name, "number", meaning, unit, required, minimum=0.0, maximum=most, default=default)


def extra(name: str) -> Column:
    """Return the declaration of a column with a free name."""
    return Column(name, "number", "as brought", minimum=-1e12, maximum=1e12)


def extra_name(name: str) -> str:
    """Return a free name as it is written everywhere from here on: small letters, digits and ``_``.

    >>> extra_name("offer_Bonus"), extra_name("offer_50%_off"), extra_name("Offer: Größe"), extra_name("offer_日")
    ('offer_bonus', 'offer_50_off', 'offer_grosse', 'offer_u65e5')
    """
    letters = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    plain = "".join(f"u{ord(c):x}" if c.isalnum() and not c.isascii() else c for c in letters)
    safe = re.sub(r"[^0-9a-z]+", "_", plain).strip("_")[:190]
    return safe if "_" in safe else f"{safe}_" + "_".join(f"u{ord(c):x}" for c in name[len(safe) + 1 :])


_CODE, _PART = "[A-Za-z]{2}", "(0|1|1[.]0+|0[.][0-9]+|[0-9]([.][0-9]+)?[eE]-[0-9]+)"
_PAIR = f'"{_CODE}" *: *{_PART}'
POSTED = ("video", "short", "live", "story", "carousel", "picture", "text")
"""What a post can be: a short is a short video, as a reel is; a story is gone after a day, whatever is in it."""
_REFERENCES = ("mention", "reshare", "backlink", "comment")
_AGREED = (
    _count(
        "exposure", "how often the call is to be made, as agreed before the start", "posts", default="1.0"
    ),
    _count("fee", "what the influencer is paid, as agreed", "currency"),
    _count("discount", "discount offered to the audience, as agreed", "share"),
    Column(
        "currency",
        "text",
        "in which the amounts of the row are: an ISO 4217 code",
        pattern="^ *[A-Za-z]{3} *$",
        example="EUR",
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "influencers",
            "people or accounts that may be asked to take part",
            (
                _id("influencer_id", "one id space with authors and referrers"),
                Column("platform", "text", "where the account is"),
                Column("handle", "text", "name of the account; never a feature"),
                time_column("created_at", "when the account was made, where that is known"),
            ),
            key=("influencer_id",),
            time="created_at",
            # Where an account is never changes, and nobody decided about an account that was not there yet.
            known="coalesce(created_at, TIMESTAMP '1970-01-02')",
            known_meaning="created_at; where nobody tells that, it was known all along",
            lasting=True,
        ),
        Table(
            "posts",
            "what anybody said, not only influencers",
            (
                _id("post_id", "id of the post"),
                _id("author_id", "who wrote it; empty where unknown", required=False),
                time_column("created_at", "when it was written", required=True),
                Column("text", "text", "the text as first written"),
                Column("language", "text", "BCP 47 code, where known"),
                _id("reply_to_id", "the post it answers", required=False),
                _id("shares_id", "the post it reshares", required=False),
                Column(
                    "links",
                    "texts",
                    "addresses it links to; an empty list, in CSV an empty cell, is none, and missing is not known",
                ),
                Column("format", "text", "what it is", allowed=POSTED),
            ),
            key=("post_id",),
            time="created_at",
        ),
        Table(
            "audience",
            "snapshots of audience size, and of what is read beside it",
            (
                _id("influencer_id", "whose audience"),
                time_column("observed_at", "when the counts were read", required=True),
                _count("followers", "size of the audience", "people", required=True),
                _count("following", "accounts they follow", "people"),
                _count("posts_count", "posts there are of the account", "posts"),
                _count("engagement_rate", "reactions a post for each follower, as a tool tells it", "ratio"),
                *(
                    _count(f"average_{name}", f"{name} a post, as a tool tells it", "times")
                    for name in ("views", "likes", "comments")
                ),
                _count("real_share", "share of the followers that are real people", "share"),
                Column("verified", "flag", "whether the platform shows the account as verified"),
                Column(
                    "country_share",
                    "text",
                    "share of the audience by country, those that are known: a JSON object of ISO 3166 codes",
                    pattern=f"^ *[{{] *({_PAIR} *(, *{_PAIR} *)*)?[}}] *$",
                    example='{"DE": 0.45, "AT": 0.1}',
                ),
            ),
            key=("influencer_id", "observed_at"),
            time="observed_at",
        ),
        Table(
            "post_metrics",
            "snapshots of what a post brought",
            (
                _id("post_id", "whose counts; posts says who wrote it, and when"),
                time_column("observed_at", "when the counts were read", required=True),
                _count("views", "how often it was seen or played", "times"),
                _count("reach", "accounts that saw it", "people"),
                _count("impressions", "how often it was shown", "times"),
                *(
                    _count(name, f"{name} so far", "times")
                    for name in ("likes", "comments", "shares", "saves")
                ),
                _count("clicks", "how often a link in it was followed", "times"),
                _count("follows", "accounts that followed the author from it", "people"),
            ),
            key=("post_id", "observed_at"),
            time="observed_at",
        ),
        Table(
            "signals",
            "any other numbers about an influencer, each named after the characteristic it says something of",
            (
                _id("influencer_id", "whom they are about"),
                time_column("observed_at", "when they were read", required=True),
            ),
            key=("influencer_id", "observed_at"),
            time="observed_at",
            prefixes=tuple(f"{name}_" for name in CHARACTERISTICS),
        ),
        Table(
            "mentions",
            "one account referring to another",
            (
                _id("referrer_id", "who refers"),
                _id("influencer_id", "who is referred to"),
                Column("kind", "text", "how they refer", required=True, allowed=_REFERENCES),
                time_column("created_at", "when they did", required=True),
                _id("post_id", "the post in which they did", required=False),
            ),
            key=("referrer_id", "influencer_id", "kind", "created_at", "post_id"),
            time="created_at",
        ),
        Table(
            "audience_members",
            "who is in whose audience: whole lists, or of everybody the accounts that one rule picks",
            (
                _id("influencer_id", "whose audience"),
                _id("member_id", "an account in it; one id space with authors and referrers"),
                time_column("observed_at", "when that was read", required=True),
            ),
            key=("influencer_id", "member_id", "observed_at"),
            time="observed_at",
        ),
        Table(
            "credentials",
            "dated degrees, titles, books, badges",
            (
                _id("influencer_id", "who holds it"),
                Column("kind", "text", "degree, book, title, badge …", required=True),
                Column("subject", "text", "what it is about"),
                time_column("awarded_at", "when it was awarded", required=True),
                Column("verified", "flag", "whether somebody checked it"),
            ),
            key=("influencer_id", "kind", "subject", "awarded_at"),
            time="awarded_at",
        ),
        Table(
            "campaigns",
            "a brand's calls to act",
            (
                _id("campaign_id", "id of the campaign"),
                Column("brand", "text", "whose campaign"),
                Column("category", "text", "the brand's own grouping of campaigns"),
                Column("brief", "text", "what the campaign is about, in words"),
                Column("goal", "text", "what counts as a conversion: purchase, sign-up, install, click …"),
                Column(
                    "country",
                    "text",
                    "where people can act as asked: ISO 3166 codes of countries",
                    pattern=f"^ *{_CODE}( *[,;/ ] *{_CODE})* *$",
                    example="DE, AT",
                ),
                time_column("starts_at", "first day", required=True),
                time_column("ends_at", "last day"),
            ),
            key=("campaign_id",),
            time="starts_at",
            known="starts_at",
            known_meaning="starts_at; a decision always knows its own campaign",
            needed=True,
            foreseen=True,
            orders=(("starts_at", "ends_at"),),
        ),
        Table(
            "candidates",
            "influencers in a campaign whose outcome is not known yet",
            (
                _id("campaign_id", "which campaign"),
                _id("influencer_id", "who may be asked"),
                time_column("decided_at", "moment of decision; the campaign's start where empty"),
                *_AGREED,
            ),
            key=("campaign_id", "influencer_id"),
            time="decided_at",
            known="coalesce(t.decided_at, c.starts_at)",
            known_meaning="decided_at; a candidate is an input of its own decision, not history",
            foreseen=True,
            prefixes=("offer_",),
        ),
        Table(
            "outcomes",
            "what came of an influencer in a campaign",
            (
                _id("campaign_id", "which campaign"),
                _id("influencer_id", "who took part"),
                time_column("decided_at", "moment of decision; the campaign's start where empty"),
                *_AGREED,
                _count("conversions", "people who acted as asked", "people", required=True),
                _count("revenue", "what they brought in", "currency"),
                _count("refunds", "conversions that were given back", "people"),
                _count("clicks", "how often a link of theirs was followed", "times"),
                _count("delivered_exposure", "calls made in the end; never a feature", "posts"),
            ),
            key=("campaign_id", "influencer_id"),
            time="decided_at",
            known=f"c.ends_at + INTERVAL {SETTLING_DAYS} DAY",
            known_meaning=f"the campaign's ends_at and {SETTLING_DAYS} days to settle; with neither the row is set aside",
            needed=True,
            prefixes=("offer_",),
            strictly_after="decided_at",
        ),
    )
}


FEATURELESS = frozenset({"candidates", "audience_members"})
"""Tables that no feature is made of: who is scored, and whose audiences a plan must not count twice."""


def offered(extras: Iterable[str]) -> tuple[str, ...]:
    """Return those of the free names that are agreed with somebody."""
    return TABLES["candidates"].extras(extras)


def agreed_range(name: str) -> tuple[float, float] | None:
    """Return the least and the most that a column of what is agreed can hold, one with a free name too; None for other columns.

    >>> agreed_range("discount"), agreed_range("offer_bonus"), agreed_range("momentum__likes")
    ((0.0, 1.0), (-1000000000000.0, 1000000000000.0), None)
    """
    column = next((one for one in (*_AGREED, *map(extra, offered([name]))) if one.name == name), None)
    if column is None or column.minimum is None or column.maximum is None:
        return None
    return column.minimum, column.maximum


PEOPLE = Table(
    "people",
    "which accounts are one person",
    (
        Column("account_id", "id", "an account, as the other tables name it", required=True),
        Column("influencer_id", "id", "whose it is: any id, perhaps one of their accounts", required=True),
        Column("is_same", "flag", "false where somebody looked and they are two", default="true"),
        Column("how", "text", "how that is known"),
        time_column("since", "since when it could be read"),
    ),
    key=("account_id", "influencer_id"),
    time="since",
    known="coalesce(since, TIMESTAMP '1970-01-02')",
    known_meaning="it has no date",
    foreseen=True,
)
"""No rows of features, but what the rows of all others are joined by (:mod:`.accounts`)."""


def describe(table: Table) -> str:
    """Return the columns of a table as one line for messages: required ones first, marked with an asterisk."""
    columns = sorted(table.columns, key=lambda column: not column.required)
    names = [f"{column.name}*" if column.required else column.name for column in columns]
    names += [f"{prefix}…" for prefix in table.prefixes]
    return ", ".join([*names, "known_at"])
