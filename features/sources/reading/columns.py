"""Columns as people name them: what each could be, guessed and shown before anything is written, and values as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

from suasion.features.errors import InputError
from suasion.features.tables.schema import Column, Table, Type

Dates = Literal["iso", "dmy", "mdy", "epoch"]

SYNONYMS: dict[str, tuple[str, ...]] = {
    "influencer_id": (
        "influencer",
        "creator",
        "creator id",
        "account",
        "account id",
        "user id",
        "user",
        "username",
        "handle",
        "partner",
    ),
    "author_id": ("author", "user id", "user", "username", "account", "from", "creator", "handle"),
    "referrer_id": ("referrer", "from", "source", "by", "author"),
    "post_id": ("id", "post", "message id", "media id", "tweet id", "video id", "permalink"),
    "reply_to_id": ("reply to", "in reply to", "parent", "parent id", "in reply to id"),
    "shares_id": ("shares", "reshared", "shared post", "repost of", "retweet of"),
    "created_at": (
        "created",
        "date",
        "time",
        "timestamp",
        "published",
        "published at",
        "posted",
        "posted at",
        "created time",
        "joined",
        "datum",
    ),
    "observed_at": ("observed", "date", "as of", "snapshot", "day", "timestamp", "datum"),
    "awarded_at": ("awarded", "date", "since", "year"),
    "known_at": ("known",),
    "text": ("content", "caption", "message", "body", "post text", "title", "description", "tweet"),
    "language": ("lang", "locale", "sprache"),
    "links": ("link", "urls", "url"),
    "followers": (
        "follower",
        "follower count",
        "followers count",
        "subscribers",
        "fans",
        "audience",
        "reach",
    ),
    "following": ("follows", "following count", "followed"),
    "platform": ("network", "channel", "site"),
    "handle": ("username", "name", "screen name", "profile"),
    "kind": ("type", "what"),
    "subject": ("topic", "about", "field"),
    "verified": ("checked", "is verified"),
    "campaign_id": ("campaign", "campaign name", "project", "kampagne"),
    "brand": ("client", "advertiser", "company", "marke"),
    "category": ("vertical", "industry", "kategorie"),
    "brief": ("briefing", "campaign brief", "description", "objective", "topic"),
    "starts_at": (
        "start",
        "start date",
        "campaign start",
        "from",
        "launch",
        "launch date",
        "begin",
        "beginn",
    ),
    "ends_at": ("end", "end date", "campaign end", "to", "until", "ende"),
    "decided_at": ("decided", "booked", "booked at", "booking date", "contract date", "signed"),
    "exposure": ("posts", "deliverables", "number of posts", "posts agreed", "content pieces"),
    "delivered_exposure": ("posts delivered", "posts made", "delivered"),
    "fee": ("cost", "price", "spend", "budget", "payment", "paid", "honorar", "kosten"),
    "discount": ("discount share", "rabatt", "discount percent", "discount"),
    "conversions": (
        "orders",
        "sales",
        "purchases",
        "signups",
        "sign ups",
        "conversion",
        "redemptions",
        "code uses",
        "bestellungen",
    ),
    "revenue": ("sales value", "gmv", "turnover", "umsatz", "order value", "sales amount"),
    "order_id": ("order", "order number", "order no", "bestellnummer"),
    "order_ref": ("reference", "order reference"),
    "currency": ("waehrung", "währung"),
    "amount": ("total", "order total", "gross", "net", "betrag"),
    "codes": ("discount code", "coupon", "coupon code", "promo code", "voucher", "gutschein"),
    "value": ("code", "discount code", "promo code", "coupon", "link", "url", "utm"),
    "posted_at": ("posted", "post date", "published"),
    "refunds": ("returns", "refunded", "returned", "retouren"),
}
"""What people call the columns of our tables; a name of our own always fits."""

_WORDS = re.compile(r"[^0-9a-zäöüß]+")
_NUMBER = re.compile(r"[^\d.,+\-eE%]")
_DATE = re.compile(
    r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?)?"
)


@dataclass(frozen=True)
class Writing:
    """How values are written."""

    dates: Dates = "iso"
    decimal: Literal[".", ","] = "."
    zone: tzinfo = UTC
    """The zone of times that name none."""


def _bare(name: str) -> str:
    return _WORDS.sub(" ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()).strip()


def guess(header: Sequence[str], columns: Iterable[Column]) -> dict[str, str]:
    """Return which column of a file could be which of ours; each at most once, own names before others.

    >>> from suasion.features.tables.schema import TABLES
    >>> guess(["Creator", "Date", "Follower Count", "Notes"], TABLES["audience"].columns)
    {'Creator': 'influencer_id', 'Date': 'observed_at', 'Follower Count': 'followers'}
    """
    bare = {name: _bare(name) for name in header}
    found: dict[str, str] = {}
    fields = [column.name for column in columns]
    for rank in range(1 + max((len(SYNONYMS.get(field, ())) for field in fields), default=0)):
        for field in fields:
            names = (_bare(field), *SYNONYMS.get(field, ()))
            if field in found.values() or rank >= len(names):
                continue
            match = next((name for name in header if name not in found and bare[name] == names[rank]), None)
            if match is not None:
                found[match] = field
    return {name: found[name] for name in header if name in found}


def settle(
    header: Sequence[str],
    told: Mapping[str, str],
    columns: Sequence[Column],
    what: str,
    prefix: str | None = None,
) -> dict[str, str]:
    """Return the guess with what was told put in its place; a column told to be nothing (``""``) is left out.

    Raises
    ------
    InputError
        When a column or a field is not there, or a field is told twice.
    """
    fields = [column.name for column in columns]
    for name, field in told.items():
        if name not in header:
            raise InputError(
                f"--map {name}={field}: there is no column {name!r}. There are: {', '.join(header)}."
            )
        if field and field not in fields and not (prefix and field.startswith(prefix)):
            raise InputError(
                f"--map {name}={field}: {what} has no column {field}. It takes: {', '.join(fields)}."
            )
    twice = [field for field in told.values() if field and list(told.values()).count(field) > 1]
    if twice:
        raise InputError(f"--map names {twice[0]} twice. Each field comes from one column.")
    guessed = {
        name: field
        for name, field in guess(header, columns).items()
        if name not in told and field not in told.values()
    }
    own = {name: name for name in header if prefix and name.startswith(prefix) and name not in told}
    merged = guessed | own | {name: field for name, field in told.items() if field}
    return {name: merged[name] for name in header if name in merged}


def value_of(value: Any, kind: Type, writing: Writing, *, share: bool = False) -> Any:
    """Return a value as it was written, in our writing; one that cannot be read as it is, for the rules to set aside.

    >>> german = Writing("dmy", ",")
    >>> value_of("1.234,50 €", "number", german), value_of("$1,234.50", "number", Writing()), value_of("20%", "number", Writing(), share=True)
    ('1234.50', '1234.50', '0.2')
    >>> value_of("24.12.2023 18:00", "time", german), value_of("12/24/2023 6:00 PM", "time", Writing("mdy"))
    ('2023-12-24T18:00:00+00:00', '2023-12-24T18:00:00+00:00')
    """
    if kind == "number":
        return number_of(value, writing.decimal, share=share)
    if kind == "time":
        return time_of(value, writing)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a spreadsheet's numbers are all floats
    return (
        str(value)
        if kind in ("id", "text", "texts") and isinstance(value, int) and not isinstance(value, bool)
        else value
    )


def number_of(value: Any, decimal: str = ".", *, share: bool = False) -> Any:
    """Return a number as people write it, with signs of currency and thousands taken away; a percentage as a share."""
    if not isinstance(value, str):
        return value
    bare = _NUMBER.sub("", value)
    percent = bare.endswith("%")
    bare = bare.rstrip("%")
    comma = "," if decimal == "." else "."
    if re.fullmatch(rf"[+-]?\d{{1,3}}(\{comma}\d{{3}})+(\{decimal}\d*)?", bare):
        bare = bare.replace(comma, "")
    bare = bare.replace(",", ".") if decimal == "," else bare
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", bare):
        return value
    if percent:
        return repr(float(bare) / 100) if share else value
    return bare


def time_of(value: Any, writing: Writing) -> Any:
    """Return a time as people write it, in UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=writing.zone).astimezone(UTC).isoformat()
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        if writing.dates == "epoch":
            return datetime.fromtimestamp(float(text), UTC).isoformat()
        if writing.dates == "iso":
            found = datetime.fromisoformat(text.removesuffix(" UTC"))
        else:
            told = _DATE.fullmatch(text)
            if told is None:
                return value
            first, second, year, hour, minute, seconds, half = told.groups()
            day, month = (first, second) if writing.dates == "dmy" else (second, first)
            hours = int(hour or 0)
            if half:
                hours = hours % 12 + (12 if half.lower() == "pm" else 0)
            years = int(year) + (2000 if len(year) == 2 else 0)
            found = datetime(years, int(month), int(day), hours, int(minute or 0), int(seconds or 0))
        return (found if found.tzinfo else found.replace(tzinfo=writing.zone)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return value


def best_table(header: Sequence[str], tables: Mapping[str, Table]) -> str | None:
    """Return the table whose needed columns a file has, and of several the one with most columns found."""
    scores = {}
    for name, table in tables.items():
        found = set(guess(header, table.columns).values())
        if set(table.required) <= found:
            scores[name] = len(found) + len(table.required)
    return max(scores, key=lambda name: scores[name]) if scores else None
