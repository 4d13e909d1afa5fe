"""Numbers as people write them in cells: understood whole, or not at all.

A cell is never read by itself: whether ``1.234`` is a thousand or a little more than one is what the whole column says, and where it
says nothing, what the sheet's other columns say.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache

from suasion.features.attribution.orders import digits
from suasion.features.errors import InputError

from .cells import Odd, Quantity, Shared, Unclear


@dataclass(frozen=True)
class Number:
    """What a text can mean: with a point as decimal sign, with a comma; None where it cannot be that."""

    point: Decimal | None
    comma: Decimal | None
    percent: bool = False
    currency: str = ""

    @property
    def sign(self) -> str:
        """The decimal sign that this number alone gives away: ``.``, ``,``, ``?`` where both could be, nothing where it does not matter."""
        if self.point is None or self.comma is None:
            return "," if self.point is None else "."
        return "" if self.point == self.comma else "?"


_NOTHING = """
-|--|---|.|?|/|n/a|n.a.|n. a.|na|#n/a|#nv|nan|null|nil|none|no data|not available|keine|kein|keine angabe|k.a.|k. a.|ka|aucun|aucune
ninguno|ninguna|nessuno|nessuna|geen|brak|nd|n.d.|n/d|s/d|tbd|tba|tbc|offen|(blank)|(leer)|(not set)|not set|unknown|unbekannt
n.v.|n. v.|nicht verfügbar|brak danych|sin datos|no disponible|não informado|saknas|yok|нет|нет данных|لا يوجد|未定|なし|无|없음
"""
EMPTY = frozenset(_NOTHING.strip().replace("\n", "|").split("|")) | {""}
"""What people and programs write where there is nothing."""
_CURRENCIES: dict[str, str] = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD",
    "dollars": "USD", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "chf": "CHF", "sfr.": "CHF", "sfr": "CHF",
    "fr.": "CHF", "fr": "CHF", "franken": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "kr.": "kr", "kr": "kr",
    "pln": "PLN", "zł": "PLN", "zl": "PLN", "czk": "CZK", "kč": "CZK", "huf": "HUF", "ft": "HUF", "ron": "RON", "lei": "RON",
    "try": "TRY", "tl": "TRY", "₺": "TRY", "inr": "INR", "₹": "INR", "rs.": "INR", "rs": "INR", "jpy": "JPY", "¥": "JPY",
    "yen": "JPY", "cny": "CNY", "rmb": "CNY", "rub": "RUB", "₽": "RUB", "uah": "UAH", "₴": "UAH", "aud": "AUD", "a$": "AUD",
    "au$": "AUD", "cad": "CAD", "c$": "CAD", "ca$": "CAD", "brl": "BRL", "r$": "BRL", "mxn": "MXN", "mx$": "MXN", "ils": "ILS",
    "₪": "ILS", "krw": "KRW", "₩": "KRW", "sgd": "SGD", "s$": "SGD", "hkd": "HKD", "hk$": "HKD", "nzd": "NZD", "nz$": "NZD",
    "zar": "ZAR", "aed": "AED", "sar": "SAR", "php": "PHP", "₱": "PHP", "thb": "THB", "฿": "THB", "bgn": "BGN", "isk": "ISK",
    "円": "JPY", "元": "CNY", "원": "KRW", "руб.": "RUB", "руб": "RUB", "ر.س": "SAR", "ريال": "SAR", "د.إ": "AED", "درهم": "AED",
}  # fmt: skip
_FACTORS: dict[str, int] = {
    **dict.fromkeys(("k", "tsd.", "tsd", "tausend", "thousand", "thsd.", "mil", "mila", "mille", "tys.", "tys", "tis.", "tis"), 10**3),
    **dict.fromkeys(("bin", "тыс.", "тыс", "ألف", "천"), 10**3),
    **dict.fromkeys(("万", "萬", "만"), 10**4),
    **dict.fromkeys(("lakh", "lakhs", "lac"), 10**5),
    **dict.fromkeys(("kk", "m", "mio.", "mio", "mill.", "mln.", "mln", "mn", "million", "millions", "millionen"), 10**6),
    **dict.fromkeys(("mi", "milhão", "milhões", "millón", "millones", "milione", "milioni", "milion", "miliony", "milionów"), 10**6),
    **dict.fromkeys(("milyon", "млн", "مليون"), 10**6),
    **dict.fromkeys(("億", "亿", "억"), 10**8),
    **dict.fromkeys(("crore", "crores"), 10**7),
    **dict.fromkeys(("bn", "mrd.", "mrd", "milliarden", "milliarde"), 10**9),
}  # fmt: skip
_COMPOUND = {"teur": (10**3, "EUR"), "t€": (10**3, "EUR"), "keur": (10**3, "EUR"), "tchf": (10**3, "CHF")}
_PERCENT = ("%", "prozent", "percent", "pct", "procent", "pour cent", "por ciento")
_UNITS = """
posts|post|beiträge|beitrag|stories|story|reels|reel|videos|video|orders|order|sales|bestellungen|bestellung|stück|stk.|stk|pcs|pieces
ht|netto|net|people|personen|followers|follower|abonnenten|fans|conversions|signups|käufe|x|mal|times
"""
_KNOWN = sorted(
    (*_CURRENCIES, *_FACTORS, *_COMPOUND, *_PERCENT, *_UNITS.strip().replace("\n", "|").split("|")),
    key=len,
    reverse=True,
)
_WHOLE = re.compile(
    r"(?P<before>\D*?)(?P<digits>(?:(?<![^\W\d_])[.,])?\d(?:[\d.,' ]*\d)?(?:[eE][+-]?\d+)?)(?P<after>\D*)",
    re.DOTALL,
)
_PLAIN = {
    "'": re.compile(r"(?:\d+|[1-9]\d{0,2}(?:'\d{3})+|[1-9]\d{0,2}(?: \d{3})+)"),
    ".": re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+"),
    ",": re.compile(r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}"),
}


_LATIN = re.compile("[\x00-\x7f\xc0-\u024f\u20a0-\u20bf]*")
"""Letters and currencies that stay as they are, whatever there is of them."""
_ARABIC = {"\u066b": ".", "\u066c": "'"}
"""The decimal sign of Arabic digits, and what stands between their thousands."""


def is_empty(text: str) -> bool:
    r"""Return whether a cell says that there is nothing.

    >>> is_empty(" n/a "), is_empty("–"), is_empty("#N/A"), is_empty("keine"), is_empty("0")
    (True, True, True, True, False)
    """
    bare = unified(text)
    return bare is not None and bare.casefold() in EMPTY


def is_currency(text: str) -> bool:
    """Return whether a text is the code of a currency.

    >>> is_currency("EUR"), is_currency("usd "), is_currency("€"), is_currency("ABC")
    (True, True, False, False)
    """
    return text.strip().upper() in _CURRENCIES.values()


def unified(text: str) -> str | None:
    """Return a text with one kind of digit, space, dash and apostrophe; None where a mark (``²``, ``½``) could be taken for a digit."""
    if text.isascii() or _LATIN.fullmatch(text):
        return text.replace("`", "'").strip()
    letters = []
    for letter in text:
        kind = unicodedata.category(letter)
        if kind == "Nd":
            letters.append(str(unicodedata.digit(letter)))
        elif kind == "Zs":
            letters.append(" ")
        elif kind == "Pd" or letter == "\u2212":
            letters.append("-")
        elif letter in _ARABIC:
            letters.append(_ARABIC[letter])
        elif letter in "\u2019\u02bc`\u00b4\u2032\u2018":
            letters.append("'")
        elif kind in ("No", "Nl"):
            return None
        elif kind != "Cf":
            wide = unicodedata.decomposition(letter).startswith("<wide>")
            letters.append(unicodedata.normalize("NFKC", letter) if wide else letter)
    return "".join(letters).strip()


@lru_cache(2**14)
def parse(text: str) -> Number | None:
    """Return what a text can mean as a number; None where it is not one number and nothing else.

    >>> parse("1.369,50 €"), parse("(120)").point, parse("€ 1.2k").point, parse("45 (3)"), parse("3/5")
    (Number(point=None, comma=Decimal('1369.50'), percent=False, currency='EUR'), Decimal('-120'), Decimal('1200.0'), None, None)
    """
    bare = unified(text)
    if bare is None:
        return None
    bare, negative = bare.removeprefix("'"), False  # how spreadsheets mark a number that is kept as text
    if bare.startswith("(") and bare.endswith(")"):
        negative, bare = True, bare[1:-1].strip()
    cut = _WHOLE.fullmatch(bare)
    if cut is None:
        return None
    signs, before = _without_sign(cut["before"].strip())
    after, decimal = cut["after"].strip(), ""
    if price := re.match(r"([.,])--?(?!\d)", after):  # 250,- and 250.–
        decimal, after = price[1], after[price.end() :].strip()
    more, after = _without_sign(after)
    if len(signs + more) + negative > 1 or "+" in more:
        return None
    both_sides = _words(before, front=True), _words(after, front=False)
    if both_sides[0] is None or both_sides[1] is None:
        return None
    words = list(dict.fromkeys([*both_sides[0], *both_sides[1]]))  # $1,299.00 USD names one currency
    if len({value for kind, value in words if kind == "currency"}) > 1:
        words = [
            word for word in words if word != ("currency", "USD")
        ]  # the dollar sign of $500 CAD is Canada's
    units = Counter(kind for kind, _ in words)
    if any(count > 1 for count in units.values()) or {"percent", "factor"} <= set(units):
        return None
    factor = next((int(value) for kind, value in words if kind == "factor"), 1)
    factor = -factor if negative or "-" in signs + more else factor
    point, comma = (None if decimal not in ("", sign) else _read(cut["digits"], sign) for sign in (".", ","))
    if re.match(r"mil\b", after.casefold()) and (comma is None or comma < 10):
        return None  # a thousand in Spanish and Portuguese, a million in English
    if point is None and comma is None:
        return None
    currency = next((str(value) for kind, value in words if kind == "currency"), "")
    if point is not None and comma is not None and point != comma and "factor" not in units:
        if digits(currency or "EUR") == 0:
            point = comma = max(point, comma)  # 1,200 yen: there is no part of one
        elif currency and digits(currency) < 3:  # $1,200: nobody writes a thousandth of a dollar
            point, comma = (point, None) if point > comma else (None, comma)
    return Number(
        None if point is None else point * factor,
        None if comma is None else comma * factor,
        "percent" in units,
        currency,
    )


def _without_sign(text: str) -> tuple[str, str]:
    """Return the sign at either end of what stands around the digits, and the rest."""
    if text[:1] in ("+", "-"):
        return text[0], text[1:].strip()
    if text[-1:] in ("+", "-"):
        return text[-1], text[:-1].strip()
    return "", text


def _words(text: str, *, front: bool) -> list[tuple[str, str | int]] | None:
    """Return what the words around the digits are; None where one is nothing that may be left away."""
    rest, kinds = text.casefold(), list[tuple[str, str | int]]()
    while rest:
        word = next((known for known in _KNOWN if rest.startswith(known)), None)
        if word is None:
            if len(rest) == 1 and unicodedata.category(rest) == "Sc":
                return [*kinds, ("currency", rest)]
            return None
        rest = rest[len(word) :]
        if word[-1].isalpha() and rest[:1].isalpha() and word not in ("k", "m"):
            return None
        rest = rest.strip()
        if word in _COMPOUND:
            kinds += [("factor", _COMPOUND[word][0]), ("currency", _COMPOUND[word][1])]
        elif word in _CURRENCIES:
            kinds.append(("currency", _CURRENCIES[word]))
        elif word in _PERCENT:
            kinds.append(("percent", 1))
        elif front:
            return None
        else:
            kinds.append(("factor", _FACTORS[word]) if word in _FACTORS else ("unit", word))
    # A thousand thousands is no number that anybody can be sure of.
    return kinds if [kind for kind, _ in kinds].count("factor") <= 1 else None


def _read(digits: str, decimal: str) -> Decimal | None:
    """Return the number that digits and the signs between them are with this decimal sign; None where they cannot be."""
    body, mark, power = re.sub("E", "e", digits).partition("e")
    whole, there, part = body.partition(decimal)
    if there and not part.isdigit():
        return None
    other = "," if decimal == "." else "."
    if not (there and not whole) and not _PLAIN["'"].fullmatch(whole) and not _PLAIN[other].fullmatch(whole):
        return None
    bare = re.sub(r"[^\d]", "", whole) or "0"
    return Decimal(f"{bare}{'.' + part if there else ''}{mark}{power}")


def unit_of(header: str) -> tuple[int, str, bool]:
    """Return what a column's name says of all its numbers: a factor, a currency, whether they are percentages.

    >>> unit_of("Fee (EUR)"), unit_of("Umsatz in T€"), unit_of("Discount %"), unit_of("Posts"), unit_of("Reach [k]")
    ((1, 'EUR', False), (1000, 'EUR', False), (1, '', True), (1, '', False), (1000, '', False))
    """
    name = unified(header) or ""
    ends = (
        re.findall(r"[(\[]([^()\[\]]+)[)\]]", name)
        + re.findall(r"\bin (\S+)$", name)
        + re.findall(r"\S+$", name)
    )
    for end in ends:
        words = _words(end.strip(), front=False)
        if words and not any(kind == "unit" for kind, _ in words):
            units = dict(words)
            if "factor" in units and end == name.split()[-1] and not units.get("currency"):
                continue  # "Campaign B" is no number of billions
            return int(units.get("factor", 1)), str(units.get("currency", "")), "percent" in units
    return 1, "", False


MIDDLE = Decimal("0.2")
"""Of engagement and its like, what lies between a usual share and the same as a percentage: as far from 2 % as from 2."""
LARGE = 30
"""Of engagement, what most bare numbers are above where they count reactions: hardly anybody's is 30 %."""
TINY = Decimal("0.1")
"""Of engagement in percentages, what is rather a share that somebody wrote among them."""


@dataclass
class NumberColumn:
    """One column of numbers: it sees all cells, decides once how they are written, and then reads each.

    Parameters
    ----------
    name
        What the file calls it.
    decimal
        The decimal sign, where the user says it.
    whole
        Whether it counts people, who come in whole numbers.
    share
        Whether it holds shares: percentages are divided by a hundred.
    counted
        Whether it counts something, and holds no money.
    rate
        Whether it holds shares that are hardly ever near 1: where some are above 1, all are percentages, unless most are too small for that.
    engaged
        Whether it holds engagement, of which hardly anybody has a fifth of their followers: where most are above, all are percentages,
        though none is above 1.
    """

    name: str
    decimal: str | None = None
    whole: bool = False
    share: bool = False
    counted: bool = False
    rate: bool = False
    engaged: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    kept: str = ""
    """The one currency whose amounts are read; nothing where no currency is named."""
    example: str = ""
    points: bool = False
    """Whether bare shares above 1 are there: percentages without their sign."""
    above: int = 0
    """How many more bare shares are above :data:`MIDDLE` than below; nothing at all is neither."""
    signed: int = 0
    """Cells with a sign for percent."""
    large: int = 0
    """How many more bare numbers are above :data:`LARGE` than below."""

    def __post_init__(self) -> None:
        self.factor, self.currency, self.percent = unit_of(self.name)
        self.rate |= self.engaged

    def see(self, cell: object, currency: str = "") -> None:
        """Take a cell into account; ``currency``: what another column of its row says."""
        number = self._number(cell)
        if number is None:
            return
        self.seen[number.sign] += 1
        if number.sign == "?" and not self.example:
            self.example = str(cell).strip()
        unit = number.currency or currency or self.currency
        if unit:
            self.currencies[unit] += 1
        value = number.point if number.point is not None else number.comma
        if self.share and not number.percent and value:
            self.points |= value > 1
            self.above += 1 if value >= MIDDLE else -1
            self.large += 1 if value > LARGE else -1
        self.signed += number.percent

    @property
    def percentages(self) -> bool:
        """Whether bare shares are percentages without their sign."""
        return (self.points and (not self.rate or self.above >= 0)) or (self.engaged and self.above > 0)

    @property
    def sign(self) -> str:
        """The decimal sign that its cells give away; nothing where they do not, ``mixed`` where both are there."""
        signs = [sign for sign in (".", ",") if self.seen[sign]]
        return "mixed" if len(signs) > 1 else "".join(signs)

    def settle(self, others: Collection[str]) -> None:
        """Decide on the decimal sign: as told, as its cells say, or as the sheet's other columns say.

        Raises
        ------
        InputError
            When two readings are truly possible.
        """
        if self.decimal is None:
            self.decimal = self.sign if self.sign != "mixed" else None
            if not self.sign and self.seen["?"]:
                agreed = set(others) - {"", "mixed"}
                if len(agreed) != 1:
                    number = parse(self.example)
                    values = f"{number.point:f} or {number.comma:f}" if number else "two things"
                    raise InputError(
                        f"The numbers of the column {self.name!r} can be read in two ways: {self.example} is {values}. "
                        "Say which with --decimal . or --decimal , (the decimal sign)."
                    )
                self.decimal = agreed.pop()

    @property
    def how(self) -> str:
        """How its cells are read, to be shown."""
        signs = (
            {".": "decimal point", ",": "decimal comma"}.get(self.decimal or "", "")
            if self.sign or self.seen["?"]
            else ""
        )
        if self.sign == "mixed":
            signs = "decimal points and commas"
        unit = self.kept or self.currency
        scale = f"times {self.factor:,}" if self.factor > 1 else ""
        percent = "percent" if self.share and (self.percentages or self.percent) else ""
        return ", ".join(part for part in (signs, scale, percent, unit) if part)

    def read(self, cell: object, currency: str = "") -> str | None:
        """Return a cell's number as a plain decimal, None where it is empty.

        Raises
        ------
        Unclear
            When it is not one number and nothing else, or of another currency than the rest.
        """
        if cell is None or (isinstance(cell, str) and is_empty(cell)):
            return None
        number = self._number(cell)
        if number is None:
            raise Unclear(_why(cell))
        if self.counted and (number.currency or self.currency):
            raise Unclear("an amount of money where a count belongs")
        if self.share and (number.currency or self.currency):
            raise Unclear("an amount of money where a share belongs")
        unit = number.currency or currency or self.currency
        if self.kept and (unit or len(self.currencies) > 1) and unit != self.kept:
            raise Unclear(f"{unit or 'no currency named'} among {self.kept}: convert it first")
        value: Decimal | None = number.point if number.point is not None else number.comma
        if number.sign == "?" and self.decimal:
            value = number.point if self.decimal == "." else number.comma
        elif number.sign == "?":
            raise Unclear("decimal points and commas are mixed: it can be read in two ways")
        elif self.decimal and number.sign and self.sign != "mixed" and number.sign != self.decimal:
            raise Unclear(f"no number with {self.decimal!r} as decimal sign")
        if value is None:
            raise Unclear("no number")
        formatted = isinstance(cell, Quantity) and cell.unit == "%"
        return f"{self._scaled(value, number.percent, formatted).normalize() + 0:f}"

    def _scaled(self, value: Decimal, percent: bool, formatted: bool) -> Decimal:
        if not self.share:
            if percent:
                raise Unclear("a percentage where none belongs")
            return value * self.factor
        if formatted:
            return value
        if self.engaged and not percent and not self.percent:
            self._check_engagement(value)
        if (
            percent
            or (self.percent and not 0 < value < 1)
            or (self.rate and (self.percent or self.percentages))
        ):
            return value / 100
        if self.rate and self.points and value > 1:
            raise Unclear("above 1 among shares that are far below it: a percentage, or a slip")
        if value == 1 and self.points:
            raise Unclear("1 among percentages: 1 % or all of it")
        return value / 100 if value > 1 else value

    def _check_engagement(self, value: Decimal) -> None:
        """Refuse a bare number of which nobody can tell whether it is a share, a percentage or a count."""
        if self.large > 0:
            raise Unclear("a count, where a share of followers belongs")
        if self.signed and not self.points and value >= MIDDLE:
            raise Unclear(f"{value} among percentages with their sign: a share or a percentage")
        if self.points and self.percentages and 0 < value < TINY:
            raise Unclear(f"below {TINY} among percentages: a share, or a slip")

    def _number(self, cell: object) -> Number | None:
        """Return a cell's number; None where it is none or empty."""
        if isinstance(cell, Quantity):
            value = Decimal(repr(cell.value))
            percent = cell.unit == "%"
            return Number(value, value, percent, "" if percent else cell.unit)
        if isinstance(cell, bool) or cell is None:
            return None
        if isinstance(cell, int | float):
            exact = Decimal(repr(cell))
            return Number(exact, exact) if math.isfinite(cell) else None
        number = parse(cell) if isinstance(cell, str) and not is_empty(cell) else None
        if number and self.whole and number.sign == "?":
            values = {value for value in (number.point, number.comma) if value is not None and value % 1 == 0}
            if values:  # 1.234 people are no part of two, and 12,000 no twelve
                return replace(number, point=max(values), comma=max(values))
        return number


def keep_one_currency(columns: Iterable[NumberColumn]) -> str:
    """Decide on the one currency of all columns of money, that no two are ever added up; return what to say of it.

    That which most cells name is kept; where two are named alike often, the amounts of neither are.
    """
    columns = list(columns)
    total: Counter[str] = sum((column.currencies for column in columns), Counter())
    if not total:
        return ""
    most = total.most_common()
    alike = len(most) > 1 and most[0][1] == most[1][1]
    for column in columns:
        column.kept = "one currency" if alike else most[0][0]
        if not column.currency and len(column.currencies) == 1:
            column.currency = next(iter(column.currencies))
    if len(most) == 1:
        return ""
    names = ", ".join(f"{currency} ({count:,} amounts)" for currency, count in sorted(most))
    kept = "the amounts of none are read" if alike else f"only those in {most[0][0]} are read"
    return f"Amounts are in several currencies: {names}. They are never added up: {kept}; convert the others first."


def _why(cell: object) -> str:
    if isinstance(cell, Odd):
        return cell.why
    if isinstance(cell, Shared):
        return "one number for several rows (merged cells)"
    if isinstance(cell, date | time | timedelta):
        return "a date where a number belongs"
    return "no number that can be understood whole"
