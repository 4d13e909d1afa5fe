"""What a column could be by single words of its name and by its cells, where no name that we know is the whole of it.

A word alone proves little: ``Orders`` in ``Target orders`` and ``Cost per order`` counts no orders. So words that make something else
of a column are known as well, and its cells must look like what it would hold: a date, a count, money, a share, a text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from .cells import Quantity, Shared, Unclear, is_filled, shown_cell
from .columns import bare
from .countries import countries_in, shares_in
from .formats import formats_in
from .ids import PLATFORMS, is_address, is_platform, is_profile
from .moments import is_yearless, readings
from .numbers import is_empty, parse, unit_of
from .stems import DATE, LINK, MONEY, NUMBER, STEMS, TEXT

Row = Mapping[str, object]

_TAX = re.compile(
    r"\b(?:ex|excl\w*|exkl\w*|sin|senza|hors|sem|zzgl|plus|inc|incl\w*|inkl\w*|eks|ekskl\w*|ohne|bez|uden|o)\b[\W_]*(?:vat|gst|mwst|ust|tva|iva|btw|moms|kdv|tax(?:es)?)\b"
)
_EACH = re.compile(r"\b(?:per|pro|je|por|par) (?:creators?|influ\w*|kols?|talents?|partner\w*|person|kopf)\b")
_GENDERED = re.compile(r"(?<=\w)[:*/_·.](?:in|innen|euse|se|trice|a|e)\b")

_FITS: dict[str, frozenset[str]] = {
    field: kinds | {"text", "count", "number"}
    for field, (kinds, _, _) in STEMS.items()
    if kinds & {"date", "count", "share"} and not kinds & {"text"}
}
"""What the cells of a column may look like whose whole name says what it is."""
_DATES = frozenset(field for field, (kinds, _, _) in STEMS.items() if kinds == DATE)


@lru_cache(2**10)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


def looks_of(cells: Iterable[object]) -> str:
    """Return what two thirds of the cells of a column look like, ``number`` where they are numbers of several kinds, else ``text``.

    >>> looks_of(["12", "3"]), looks_of(["1.200,00 €", "n/a"]), looks_of(["01.03.2024"]), looks_of(["@anna", "@bea"]), looks_of(["DE 60%, AT 5%"])
    ('count', 'money', 'date', 'handle', 'shares')
    """
    filled = [cell for cell in cells if is_filled(cell) and not is_empty(shown_cell(cell))]
    looks = [_look(cell.value if isinstance(cell, Shared) else cell) for cell in filled]
    for look in dict.fromkeys(looks):
        if looks.count(look) * 3 >= len(looks) * 2:
            return look
    numbers = sum(look in ("count", "number", "money") for look in looks)
    return "number" if looks and numbers * 2 >= len(looks) else "text" * bool(looks)


def _look(cell: object) -> str:
    if isinstance(cell, date):
        return "date"
    if isinstance(cell, Quantity):
        return "share" if cell.unit == "%" else "money"
    if isinstance(cell, int | float):
        return "count" if float(cell).is_integer() else "number"
    text = shown_cell(cell).strip()
    if len(text) > 300:
        return "text"
    if number := parse(text):
        whole = any(
            value is not None and value == value.to_integral_value() for value in (number.point, number.comma)
        )
        return "share" if number.percent else "money" if number.currency else "count" if whole else "number"
    if text.startswith("@"):
        return "handle"
    if is_platform(text):
        return "platform"
    if is_address(text):
        return "profile" if is_profile(text) else "address"
    if readings(text, "first"):
        return "date"
    if is_yearless(text) and any(map(str.isdigit, text)):
        return "period"
    for look, read in (("countries", countries_in), ("shares", shares_in)):
        if _reads(read, text):
            return look
    return "formats" if formats_in(text) else "text"


def _reads(read: Callable[[str], str], text: str) -> bool:
    try:
        return bool(read(text))
    except Unclear:
        return False


def completed(
    mapping: Mapping[str, str],
    header: Sequence[str],
    rows: Sequence[Row],
    fields: Collection[str],
    fixed: Collection[str] = (),
) -> dict[str, str]:
    """Return which column holds which field: as their whole names say, where their cells do not contradict, and else by single words.

    Parameters
    ----------
    mapping
        For columns whose whole names are known the fields they hold.
    rows
        Some rows, by the names of columns.
    fields
        What may be held.
    fixed
        Columns of which the user says what they are.

    >>> rows = [{"Wer": "@anna", "Live am": "01.03.2024", "Best. über Code": "12", "Ziel Best.": "20", "Honorar ausgez.": "300 €"}]
    >>> completed({}, list(rows[0]), rows, ["influencer_id", "posted_at", "conversions", "fee"])
    {'Wer': 'influencer_id', 'Live am': 'posted_at', 'Best. über Code': 'conversions', 'Honorar ausgez.': 'fee'}
    """
    looks = {name: _looks(name, rows) for name in header}
    # Of a sheet with columns of several platforms, what is of one is not said of the accounts of another.
    several = len({*itertools.chain.from_iterable(map(_platforms, header))}) > 1
    kept = {
        name: field for name, field in mapping.items() if name in fixed or _may_hold(name, field, looks[name])
    }
    ranks = {
        (name, field): rank
        for name in header
        if name not in fixed and " (column " not in name and not (_platforms(name) and several)
        for field in fields
        if field in STEMS and (rank := _rank(name, field, looks[name])) is not None
    }
    for name, target in [*kept.items()]:
        meant = any((name, other) in ranks for other in fields if other != target)
        if (
            meant
            and name not in fixed
            and target in STEMS
            and _pattern(STEMS[target].others).search(_words(name))
        ):
            del kept[name]  # the rest of its name says otherwise, as in "Content count (live)"
    _prefer_paid(kept, ranks, fixed)
    _prefer_accounts(kept, ranks, looks, rows, fixed)
    order = list(STEMS)
    for name, field in sorted(
        ranks, key=lambda pair: (ranks[pair], order.index(pair[1]), header.index(pair[0]))
    ):
        if name not in kept and field not in kept.values():
            kept[name] = field
    left = [name for name in header if name not in kept and name not in fixed]
    if "revenue" in fields and "revenue" not in kept.values() and "conversions" in kept.values():
        sales = [name for name in left if looks[name] in MONEY and _rank(name, "revenue", "money") == 2]
        kept |= dict.fromkeys(sales[:1], "revenue")
    if "influencer_id" in fields and "influencer_id" not in kept.values():
        handles = [name for name in left if looks[name] in ("handle", "profile")]
        kept |= dict.fromkeys(handles, "influencer_id") if len(handles) == 1 else {}
    return {name: kept[name] for name in header if name in kept}


def _may_hold(name: str, field: str, looks: str) -> bool:
    """Return whether the cells of a column may be what its whole name says: untidy, but not of another kind."""
    if field not in _FITS or not looks:
        return True
    # "Fra." begins a campaign in Danish, and is a number of an invoice in Spanish.
    return looks in _FITS[field] and (
        looks != "text" or field not in _DATES or _rank(name, field, "date") is not None
    )


_WAYS = {
    "code": r"\w*codes?|codic\w*|coupons?|cupo\w*|gutschein\w*|promo\w*|vouchers?|rabatt\w*",
    "link": r"links?|utm|affiliate|swipe\w*|bio|storefront|url|tracked",
}
"""How conversions come, and the words for it."""


def other_ways(
    mapping: Mapping[str, str], header: Sequence[str], rows: Sequence[Row], fixed: Collection[str]
) -> list[str]:
    """Return the columns of conversions that came another way than those of the mapped column.

    >>> rows = [{"Code orders": "12", "Link orders": "3", "Link clicks": "90"}]
    >>> other_ways({"Code orders": "conversions"}, list(rows[0]), rows, ())
    ['Link orders']
    """
    counted = next((name for name, field in mapping.items() if field == "conversions"), "")
    seen = _ways(counted)
    if len(seen) != 1 or counted in fixed:
        return []
    others = []
    for name in header:
        is_count = (
            name not in mapping
            and name not in fixed
            and _rank(name, "conversions", _looks(name, rows)) is not None
        )
        if is_count and len(ways := _ways(name)) == 1 and seen.isdisjoint(ways):
            seen |= ways
            others.append(name)
    return others


def _ways(name: str) -> set[str]:
    return {way for way, words in _WAYS.items() if _pattern(words).search(_words(name))}


def holding(names: Iterable[str], rows: Sequence[Row], holds: Callable[[str], bool]) -> str:
    """Return the first column all of whose cells hold something; nothing where there is none.

    >>> from suasion.features.sources.reading.ids import is_platform
    >>> holding(["Code", "Plattf."], [{"Code": "ANNA", "Plattf.": "TikTok"}, {"Code": "BEA", "Plattf.": "IG"}], is_platform)
    'Plattf.'
    """
    for name in names:
        cells = [shown_cell(row[name]) for row in rows if is_filled(row.get(name))]
        if (cells := [cell for cell in cells if not is_empty(cell)]) and all(map(holds, cells)):
            return name
    return ""


def could_hold(field: str, names: Iterable[str], rows: Sequence[Row]) -> list[str]:
    """Return the columns whose cells look like what a field holds, and whose words do not say otherwise.

    >>> could_hold("conversions", ["Treffer", "Ziel", "CPO"], [{"Treffer": "12", "Ziel": "20", "CPO": "8,20 €"}])
    ['Treffer']
    """
    if field not in STEMS:
        return []
    kinds, others, _ = STEMS[field]
    kinds = kinds - NUMBER - DATE if kinds >= TEXT else kinds
    could = [
        name for name in names if _looks(name, rows) in kinds and not _pattern(others).search(_words(name))
    ]
    return sorted(could, key=lambda name: _looks(name, rows) == "period")


def says_link(name: str) -> bool:
    """Return whether a column's words say that it holds the address of an account.

    >>> says_link("Link do profilu"), says_link("IG link"), says_link("Found through")
    (True, True, False)
    """
    return bool(_pattern(LINK).search(_words(name)))


def _prefer_paid(kept: dict[str, str], ranks: Mapping[tuple[str, str], int], fixed: Collection[str]) -> None:
    """Put what was paid in the place of what was planned, or of all costs, where a name says so."""
    now = next((name for name, field in kept.items() if field == "fee"), "")
    if not now or now in fixed or bare(now) == "fee":
        return
    better = {name: rank for (name, field), rank in ranks.items() if field == "fee" and name not in kept}
    best = min(better, key=lambda name: better[name], default="")
    planned = 9 if _pattern(STEMS["fee"].others).search(_words(now)) else ranks.get((now, "fee"), 2)
    if best and better[best] < planned:
        del kept[now]
        kept[best] = "fee"


def _prefer_accounts(
    kept: dict[str, str],
    ranks: Mapping[tuple[str, str], int],
    looks: Mapping[str, str],
    rows: Sequence[Row],
    fixed: Collection[str],
) -> None:
    """Put handles, or addresses of profiles, in the place of people's names and numbers beside them, where no row lacks its own."""
    now = next((name for name, field in kept.items() if field == "influencer_id"), "")
    if now in fixed or bare(now) == "influencer id" or looks.get(now, "") in ("", "handle", "profile"):
        return
    filled = {name: {n for n, row in enumerate(rows) if is_filled(row.get(name))} for name in looks}
    for look in (
        ("handle", "profile")
        if looks[now] != "count" and not _pattern(r"ids?|nr|no|nummer|number|ref").search(_words(now))
        else ("handle", "profile", "text")
    ):
        for name, field in ranks:
            free = name not in kept and field == "influencer_id" and filled[name] >= filled[now]
            if free and looks[name] == look:
                del kept[now]
                kept[name] = "influencer_id"
                return


def _platforms(name: str) -> list[str]:
    return [PLATFORMS[word] for word in _words(name).split() if len(word) > 1 and word in PLATFORMS]


def _looks(name: str, rows: Sequence[Row]) -> str:
    """Return what a column looks like, its unit among it."""
    looks = looks_of(row[name] for row in rows if name in row)
    if looks not in NUMBER:
        return looks
    _, currency, percent = unit_of(name[:200].replace("_", " "))
    return "money" if currency else "share" if percent or "%" in name else looks


def _rank(name: str, field: str, looks: str) -> int | None:
    """Return how surely a column's words say that it holds a field, 0 the surest; None where they do not."""
    kinds, others, words = STEMS[field]
    if looks not in kinds:
        return None
    text = _words(name) + {"money": " ¤", "share": " %"}.get(looks, "")
    if _pattern(others).search(text):
        return None
    for rank, pattern in enumerate(words):
        if _pattern(pattern).search(text):
            return rank if field != "revenue" or rank < 2 or looks in ("money", "number") else None
    return None


@lru_cache(2**12)
def _words(name: str) -> str:
    """Return the words of a name, what it says of taxes left out.

    >>> _words("Cost excl. GST"), _words("Creator:in"), _words("# of orders (code)"), _words("Ø Likes")
    ('cost', 'creator', 'orders code', 'o likes')
    """
    spaced = (
        bare(_GENDERED.sub("", name))
        .replace("tik tok", "tiktok")
        .replace("you tube", "youtube")
        .replace("linked in", "linkedin")
    )
    return bare(_EACH.sub(" ", _TAX.sub(" ", spaced)))
