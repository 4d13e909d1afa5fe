"""One number as people write it: understood whole, or not at all; with a point as decimal sign and with a comma."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from suasion.features.attribution.orders import digits


@dataclass(frozen=True)
class Number:
    """What a text can mean: with a point as decimal sign, with a comma; None where it cannot be that."""

    point: Decimal | None
    comma: Decimal | None
    percent: bool = False
    currency: str = ""

    @property
    def value(self) -> Decimal | None:
        """What it is with a point, or else with a comma."""
        return self.comma if self.point is None else self.point

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
