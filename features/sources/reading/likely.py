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

from .cells import Linked, Quantity, Shared, Unclear, is_filled, shown_cell
from .columns import GENDERED, bare, column_of
from .countries import countries_in, country_code, shares_in
from .formats import formats_in
from .ids import PLATFORMS, is_address, is_platform, is_profile
from .moments import is_yearless, month_of, readings
from .names import SPARE
from .numerals import is_empty, parse, unit_of
from .stems import AGREED, DATE, LINK, MONEY, NUMBER, SALES, STEMS, TEXT

Row = Mapping[str, object]

_TAX = re.compile(
    r"\b(?:ex|excl\w*|exkl\w*|sin|senza|hors|sem|zzgl|plus|inc|incl\w*|inkl\w*|eks|ekskl\w*|ohne|bez|uden|o)\b[\W_]*(?:vat|gst|mwst|ust|tva|iva|btw|moms|kdv|tax(?:es)?)\b"
)
_SPLIT = re.compile(r"(?<=tik) (?=tok)|(?<=you) (?=tube)|(?<=linked) (?=in)")
"""Spaces within the names of platforms."""
_TRAFFIC = frozenset(
    f"{how}{what}"
    for how in ("", "paid ", "organic ")
    for what in ("social", "search", "video", "email", "display", "affiliates")
)
"""What analytics write in a column of channels, which are no people's."""
_EACH = re.compile(r"\b(?:per|pro|je|por|par) (?:creators?|influ\w*|kols?|talents?|partner\w*|person|kopf)\b")

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
    text = _said(cell)
    if len(text) > 300:
        return "text"
    if number := parse(text):
        values = [value for value in (number.point, number.comma) if value is not None]
        whole = any(value == value.to_integral_value() for value in values)
        return "share" if number.percent else "money" if number.currency else "count" if whole else "number"
    if text.startswith("@"):
        return "handle"
    if is_platform(text) or text.casefold() in _TRAFFIC:
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


def _said(cell: object) -> str:
    """Return what a cell says: the address of the profile that lies under it, or its text."""
    return cell.address if isinstance(cell, Linked) and is_profile(cell.address) else shown_cell(cell).strip()


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
        name: field
        for name, field in mapping.items()
        if name in fixed
        or (_may_hold(name, field, looks[name]) and not (field == "fee" and _is_flag(name, rows)))
    }
    ranks = {
        (name, field): rank
        for name in header
        if name not in fixed and " (column " not in name and not (_platforms(name) and several)
        for field in fields
        if field in STEMS
        and (rank := rank_of(name, field, looks[name])) is not None
        and not (field == "fee" and _is_flag(name, rows))
    }
    for name, target in [*kept.items()]:
        meant = any((name, other) in ranks for other in fields if other != target)
        if meant and name not in fixed and target in STEMS and _says_other(name, target):
            del kept[name]  # the rest of its name says otherwise, as in "Content count (live)"
    counted = column_of(kept, "conversions")
    if counted not in fixed and _is_money(counted, rows, 0.1 if "revenue" in kept.values() else 0.0):
        del kept[counted]  # "Sales" are counted by one and summed up by another
        ranks = {pair: rank for pair, rank in ranks.items() if pair != (counted, "conversions")}
        if "revenue" not in kept.values():
            kept[counted] = "revenue"
    back = column_of(kept, "refunds")
    cells = [shown_cell(row[back]).strip() for row in rows if is_filled(row.get(back))]
    if cells and back not in fixed and all(re.search(r"\d[.,]\d\d$", cell) for cell in cells):
        del kept[back]  # what came back in money counts no conversions
        ranks = {pair: rank for pair, rank in ranks.items() if pair != (back, "refunds")}
    _prefer_paid(kept, ranks, rows, fixed)
    _prefer_accounts(kept, ranks, looks, rows, fixed)
    order = list(STEMS)
    for name, field in sorted(
        ranks, key=lambda pair: (ranks[pair], order.index(pair[1]), header.index(pair[0]))
    ):
        if name not in kept and field not in kept.values():
            kept[name] = field
    _prefer_accounts(kept, ranks, looks, rows, fixed)  # in the place of names that a word spoke for, too
    left = [name for name in header if name not in kept and name not in fixed]
    if "revenue" in fields and "revenue" not in kept.values() and "conversions" in kept.values():
        sales = [name for name in left if looks[name] in MONEY and rank_of(name, "revenue", "money") == 2]
        kept |= dict.fromkeys(sales[:1], "revenue")
    if "influencer_id" in fields and "influencer_id" not in kept.values():
        handles = [name for name in left if looks[name] in ("handle", "profile")]
        kept |= dict.fromkeys(handles, "influencer_id") if len(handles) == 1 else {}
    return {name: kept[name] for name in header if name in kept}


def _may_hold(name: str, field: str, looks: str) -> bool:
    """Return whether the cells of a column may be what its whole name says: untidy, but not of another kind."""
    if field not in _FITS or not looks:
        return True
    if name.rstrip().endswith("?") and looks not in MONEY:
        return False  # "Paid?" is answered by a tick
    # "Fra." begins a campaign in Danish, and is a number of an invoice in Spanish.
    return looks in _FITS[field] and (
        looks != "text" or field not in _DATES or rank_of(name, field, "date") is not None
    )


_WAYS = (
    r"\w*codes?|codic\w*|coupons?|cupo\w*|gutschein\w*|promo\w*|vouchers?|rabatt\w*",
    r"links?|utm|affiliate|swipe\w*|bio|storefront|url|tracked",
)
"""How conversions come, and the words for it."""
_BETWEEN = frozenset(
    "from via by with per through da del dal con par avec por mit über aus von in of the do met".split()  # noqa: SIM905
)
"""Words between them that say nothing."""


def other_ways(
    mapping: Mapping[str, str], header: Sequence[str], rows: Sequence[Row], fixed: Collection[str]
) -> list[str]:
    """Return the columns of conversions that came another way than those of the mapped column.

    >>> rows = [{"Code orders": "12", "Link orders": "3", "Link clicks": "90"}]
    >>> other_ways({"Code orders": "conversions"}, list(rows[0]), rows, ())
    ['Link orders']
    """
    counted = column_of(mapping, "conversions")
    stem, way = _parted(counted)
    if not way or counted in fixed or _pattern(SALES).search(_words(counted)):
        return []
    seen, others = {way}, []
    for name in header:
        free = name not in mapping and name not in fixed
        is_count = free and rank_of(name, "conversions", _looks(name, rows)) is not None
        same, other = _parted(name)
        if is_count and same == stem and other and other not in seen:
            seen.add(other)
            others.append(name)
    return others


def _parted(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a name, and those of them that say which part is meant: a way, a month, a number, a country.

    >>> _parted("Orders from code"), _parted("Orders DE (March)")
    ((('orders',), ('code',)), (('orders',), ('de', 'march')))
    """
    words = [word for word in re.findall(r"\w+", name.casefold()) if word not in _BETWEEN]
    part = [w for w in words if w.isdigit() or month_of(w) or country_code(w) or _is_way(bare(w))]
    return tuple(word for word in words if word not in part), tuple(part)


def _is_way(word: str) -> bool:
    return any(_pattern(way).fullmatch(word) for way in _WAYS)


def name_beside(mapping: Mapping[str, str], header: Sequence[str], rows: Sequence[Row]) -> str:
    """Return the column of people's names beside that of their accounts; nothing where there is none."""
    if _looks(column_of(mapping, "influencer_id"), rows) not in ("handle", "profile"):
        return ""
    left = [name for name in header if name not in mapping and _looks(name, rows) == "text"]
    return next((name for name in left if rank_of(name, "influencer_id", "text") is not None), "")


def holding(names: Iterable[str], rows: Sequence[Row], holds: Callable[[str], bool]) -> str:
    """Return the first column that two thirds of the rows fill, and all of whose cells hold something; nothing where there is none.

    >>> from suasion.features.sources.reading.ids import is_platform
    >>> holding(["Code", "Plattf."], [{"Code": "ANNA", "Plattf.": "TikTok"}, {"Code": "BEA", "Plattf.": "IG"}], is_platform)
    'Plattf.'
    """
    for name in names:
        cells = [_said(row[name]) for row in rows if is_filled(row.get(name))]
        cells = [cell for cell in cells if not is_empty(cell)]
        # An x is a tick more often than a platform.
        if cells and len(cells) * 3 >= len(rows) * 2 and all(len(cell) > 1 and holds(cell) for cell in cells):
            return name
    return ""


def could_hold(field: str, names: Iterable[str], rows: Sequence[Row]) -> list[str]:
    """Return the columns whose cells look like what a field holds, and whose words do not say otherwise.

    >>> could_hold("conversions", ["Treffer", "Ziel", "CPO"], [{"Treffer": "12", "Ziel": "20", "CPO": "8,20 €"}])
    ['Treffer']
    """
    if field not in STEMS:
        return []
    kinds = STEMS[field].looks
    kinds = kinds - NUMBER - DATE if kinds >= TEXT else kinds
    could = [name for name in names if _looks(name, rows) in kinds and not _says_other(name, field)]
    return sorted(could, key=lambda name: _looks(name, rows) == "period")


def says_link(name: str) -> bool:
    """Return whether a column's words say that it holds the address of an account.

    >>> says_link("Link do profilu"), says_link("IG link"), says_link("Found through")
    (True, True, False)
    """
    return bool(_pattern(LINK).search(_words(name)))


def _prefer_paid(
    kept: dict[str, str], ranks: Mapping[tuple[str, str], int], rows: Sequence[Row], fixed: Collection[str]
) -> None:
    """Put what was paid in the place of what was planned, or of all costs, where a name says so."""
    now = column_of(kept, "fee")
    if not now or now in fixed or bare(now) == "fee":
        return
    better = {
        name: rank
        for (name, field), rank in ranks.items()
        if field == "fee" and name not in kept and _is_of_that_size(name, now, rows)
    }
    best = min(better, key=lambda name: better[name], default="")
    planned = 9 if _says_other(now, "fee") else ranks.get((now, "fee"), 2)
    meant = planned > 1 or _pattern(AGREED).search(_words(now))
    if best and meant and better[best] < planned:
        del kept[now]
        kept[best] = "fee"


def _is_of_that_size(name: str, other: str, rows: Sequence[Row]) -> bool:
    """Return whether half of the amounts are within 0.4 and 2 of those beside them: no flag, no deposit, no days of credit."""
    pairs = [(_amount(row.get(name)), _amount(row.get(other))) for row in rows]
    ratios = [one / two for one, two in pairs if one is not None and two]
    return 2 * sum(0.4 <= ratio <= 2 for ratio in ratios) >= len(ratios)


def _amount(cell: object) -> float | None:
    number = parse(shown_cell(cell).strip()) if is_filled(cell) else None
    return None if number is None or number.value is None else float(number.value)


def _is_money(name: str, rows: Sequence[Row], most: float) -> bool:
    """Return whether a column that may be of sales or of money holds parts of one, in more than a share of its cells.

    Beside a column of money it counts, and a few cells are mistakes; by itself it is money where one cell is.
    """
    read = [_amount(row.get(name)) for row in rows] if bare(name) in SPARE["revenue"] else []
    amounts = [amount for amount in read if amount is not None]
    return sum(not amount.is_integer() for amount in amounts) > most * len(amounts)


def _is_flag(name: str, rows: Sequence[Row]) -> bool:
    return {_amount(row[name]) for row in rows if is_filled(row.get(name))} == {0.0, 1.0}


def _prefer_accounts(
    kept: dict[str, str],
    ranks: Mapping[tuple[str, str], int],
    looks: Mapping[str, str],
    rows: Sequence[Row],
    fixed: Collection[str],
) -> None:
    """Put handles, or addresses of profiles, in the place of people's names and numbers beside them, where no row lacks its own."""
    now = column_of(kept, "influencer_id")
    if now in fixed or bare(now) == "influencer id" or looks.get(now, "") in ("", "handle", "profile"):
        return
    filled = {name: {n for n, row in enumerate(rows) if is_filled(row.get(name))} for name in looks}
    people = {name: len({_said(rows[n][name]).casefold() for n in filled[name]}) for name in looks}
    spaced = {name: sum(" " in shown_cell(rows[n][name]).strip() for n in filled[name]) for name in looks}
    named = 3 * spaced.get(now, 0) >= len(filled.get(now, ()))  # no account has a space
    numbers = looks[now] == "count" or _pattern(r"ids?|nr|no|nummer|number|ref").search(_words(now))
    of_people = dict.fromkeys(name for name, field in ranks if field == "influencer_id")
    # No word says it, but the cells do: a handle in each row, and none of a manager's.
    of_people |= dict.fromkeys(
        name for name in looks if looks[name] == "handle" and not _says_other(name, "influencer_id")
    )
    for look in ("handle", "profile", "text") if numbers or named else ("handle", "profile"):
        for name in of_people:
            free = name not in kept and name not in fixed and filled[name] >= filled[now]
            # The brand's own handle stands in every row; two people may have one name.
            if free and looks[name] == look and people[name] >= people[now] and not (named and spaced[name]):
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


def _says_other(name: str, field: str) -> bool:
    """Return whether a word of a name makes something else of it than a field."""
    return bool(_pattern(STEMS[field].others).search(_words(name)))


def rank_of(name: str, field: str, looks: str) -> int | None:
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
    spaced = _SPLIT.sub("", bare(GENDERED.sub("", name)))
    return bare(_EACH.sub(" ", _TAX.sub(" ", spaced)))
