"""Dates as people write them: what a text may mean in each order of day, month and year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

from .numerals import unified

Order = Literal["dmy", "mdy", "iso"]
ORDERS: tuple[Order, ...] = ("dmy", "mdy", "iso")
NAMES = {"dmy": "day.month.year", "mdy": "month/day/year", "iso": "year-month-day"}

_MONTHS = """
january januar janvier enero gennaio janeiro januari styczen stycznia leden ledna janner ocak يناير
february februar fevrier febrero febbraio fevereiro februari luty lutego unor unora feber subat فبراير
march marz maerz mars marts marzo marco maart mrt mrz marzec marca brezen brezna mart مارس
april avril abril aprile kwiecien kwietnia duben dubna nisan ابريل
may mai mayo maggio maio mei maj maja kveten kvetna mayis مايو
june juni juin junio giugno junho czerwiec czerwca cerven cervna haziran يونيو
july juli juillet julio luglio julho lipiec lipca cervenec cervence temmuz يوليو
august aout agosto augustus augusti sierpien sierpnia srpen srpna agustos اغسطس
september septembre septiembre settembre setembro wrzesien wrzesnia zari eylul سبتمبر
october oktober octobre octubre ottobre outubro pazdziernik pazdziernika rijen rijna ekim اكتوبر
november novembre noviembre novembro listopad listopada kasim نوفمبر
december dezember decembre diciembre dicembre dezembro grudzien grudnia prosinec prosince aralik ديسمبر
"""
"""The months in English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian, Polish, Czech, Turkish and Arabic, without accents."""
_BY_NAME = {name: n for n, line in enumerate(_MONTHS.strip().splitlines(), start=1) for name in line.split()}
_BY_BEGINNING = {
    beginning: {month for full, month in _BY_NAME.items() if full.startswith(beginning)}
    for beginning in {full[:n] for full in _BY_NAME for n in range(3, len(full) + 1)}
}
_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday tues thur thurs montag dienstag mittwoch donnerstag freitag samstag sonnabend
sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes sabado domingo lunedi martedi mercoledi
giovedi venerdi sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag zondag segunda terca quarta quinta sexta poniedzialek
wtorek sroda czwartek piatek sobota niedziela mandag tirsdag onsdag torsdag fredag lordag sondag mo di mi do fr sa so
"""
_TIME = (
    r"(?:(?:[T,]|\s)\s*(?:um |at )?(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?:Uhr)?)?\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?"
)
_NUMERIC = re.compile(r"(?P<a>\d{1,4})(?P<sep>[./-])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<c>\d{1,4})\.?" + _TIME)
_NAMED = (
    re.compile(
        r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th|er|º|ª)?(?:\s+(?:de|of)\s+|[\s./-]+)(?P<month>[^\W\d]+)\.?(?:\s+(?:de|del)\s+|[\s,./-]+)"
        r"'?(?P<year>\d{4}|\d{2})" + _TIME
    ),
    re.compile(
        r"(?P<month>[^\W\d]+)\.?[\s-]+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,\s*|\s+|-)(?P<year>\d{4})" + _TIME
    ),
    re.compile(r"(?P<year>\d{4})[\s./-]+(?P<month>[^\W\d]+)\.?[\s./-]+(?P<day>\d{1,2})" + _TIME),
)
_MONTH_ONLY = (
    re.compile(r"(?P<month>[^\W\d]+)\.?(?:\s+(?:de|del)\s+|[\s,./-]+)'?(?P<year>\d{4})"),
    re.compile(r"(?P<number>\d{1,2})[./-](?P<year>\d{4})"),
    re.compile(r"(?P<year>\d{4})[./-](?P<number>\d{1,2})"),
    re.compile(r"(?P<month>[^\W\d]+)\.?(?:\s?[-/]\s?'?|\s?')(?P<year>\d{2})"),
)
_WEEK_WORD = r"(?:kw|cw|wk|week|woche|semaine|semana|settimana|tydzien|tydz\.|vecka|uge|uke|hafta|w|v\.|u\.)"
_WEEK = re.compile(
    rf"(?:(?P<before>\d{{4}})[\s/-]*)?{_WEEK_WORD}\s?(?P<week>\d{{1,2}})(?:[\s/-]*(?P<after>\d{{4}}))?",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"(?:(?P<before>\d{4})[\s/-]*)?[qt](?P<quarter>[1-4])(?:[\s/-]*(?P<after>\d{4}))?", re.IGNORECASE
)
_EASTERN = re.compile(r"(\d{4})年\s?(?:(\d{1,2})月\s?(?:(\d{1,2})日)?)?")
"""Year, month and day as Chinese and Japanese write them."""
_UNTIL = re.compile(
    r"\s*[-~→/]\s*|\s+(?:to|until|till|through|bis|al?|au|do|tot|til|till|ate|até|hasta|إلى|الى)\s+",
    re.IGNORECASE,
)
"""What stands between the first and the last day of a span."""
_FROM = re.compile(r"^(?:from|du|vom|von|del?|desde|dal|od|fra|från|van)\s+", re.IGNORECASE)
"""What stands before the first day of a span."""
SHORT = _MONTH_ONLY[-1]
_YEARLESS = re.compile(
    rf"\d{{1,2}}[./-]\s?\d{{1,2}}[./]?|{_WEEK_WORD}\s?\d{{1,2}}|[qt][1-4]|"
    r"\d{1,2}[.\s-]*(?P<first>[^\W\d]{3,})\.?|(?P<last>[^\W\d]{3,})\.?(?:\s\d{1,2}(?:st|nd|rd|th)?)?",
    re.IGNORECASE,
)
_SERIALS = 25_570, 73_051
"""Days since 1899-12-30 of the years 1970 to 2099, as spreadsheets count them."""
_SINCE = datetime(1899, 12, 30)


YEARS = range(1900, 9999)
"""Years of dates. Programs write 9999-12-31 and 0001-01-01 where there is no date, and no day can be added to the last."""


def month_of(name: str) -> int | None:
    """Return the month that a name, or how it begins, is in one of the languages above; None where it is none, or of several.

    >>> month_of("März"), month_of("déc"), month_of("juin"), month_of("jui"), month_of("Sept")
    (3, 12, 6, None, 9)
    """
    bare = _plain(name)
    if bare in _BY_NAME:
        return _BY_NAME[bare]
    months = _BY_BEGINNING.get(bare, ())
    return next(iter(months)) if len(months) == 1 else None


def _plain(name: str) -> str:
    """Return a name in small letters without accents."""
    if name.isascii():
        return name.casefold()
    letters = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return "".join(letters).replace("ł", "l").replace("ø", "o").replace("ı", "i")


def is_yearless(text: str) -> bool:
    """Return whether a text is a day, a week, a month or a span of them whose year is left to the reader.

    >>> is_yearless("12.03."), is_yearless("KW 12"), is_yearless("5. März"), is_yearless("Jan"), is_yearless("3.–17. Mai"), is_yearless("soon")
    (True, True, True, True, True, False)
    """
    if len(text) > 80:
        return False  # a day is no story
    return _is_yearless_day(text) or any(
        _is_yearless_day(last) and (_is_yearless_day(first) or bool(re.fullmatch(r"\d{1,2}\.?", first)))
        for first, last in _halves(unified(text) or "")
    )


def _is_yearless_day(text: str) -> bool:
    match = _YEARLESS.fullmatch(text.strip())
    word = match and (match["first"] or match["last"])
    return match is not None and (word is None or month_of(word) is not None)


def with_year(text: str, year: str) -> str:
    """Return a date that names no year with one.

    >>> with_year("12.03.", "2024"), with_year("12/03", "2024"), with_year("KW 12", "2024")
    ('12.03.2024', '12/03/2024', 'KW 12 2024')
    """
    bare = text.strip()
    digits = re.fullmatch(r"(?:.*[^\w./-])?(\d{1,2}([./-])\s?\d{1,2})([./]?)", bare)
    return f"{bare}{'' if digits and digits[3] else digits[2] if digits else ' '}{year}"


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """Yield the ways in which a text is two with what means "until" between them."""
    ways = list(_UNTIL.finditer(text))
    # Of Mar-24 - May-24 the one with spaces around it is meant.
    for match in [way for way in ways if way[0] != way[0].strip()] or ways:
        first, last = _FROM.sub("", text[: match.start()].strip()), text[match.end() :].strip()
        if first and last:
            yield first, last


def _edge_of(text: str, edge: str) -> dict[Order, datetime]:
    """Return the first or the last day of a span in each order in which it is one; nothing where it is none.

    What the first day leaves out, the last one says: ``12.-18. March 2025``, ``Mar 3 - 17, 2024``, ``28 Dec - 5 Jan 2025``.
    """
    for first, last in _halves(text):
        ends = _one(last, "last")
        if not ends and (word := re.match(r"[^\W\d]+\.?\s?(?=\d)", first)):
            ends = _one(word[0] + last, "last")
        made: dict[Order, datetime] = {}
        for order, end in ends.items():
            starts = [_one(first, "first").get(order)]
            for back in (0, 1):  # over New Year's, the first day is of the year before
                start = _one(with_year(first, str(end.year - back)), "first").get(order)
                starts += [start] if start and end.replace(tzinfo=None) - start < timedelta(183) else []
            if number := re.fullmatch(r"(\d{1,2})(?:\.|st|nd|rd|th)?", first):
                starts = [end.replace(day=int(number[1]))] if 0 < int(number[1]) <= end.day else []
            start = next((day for day in starts if day and day.tzinfo == end.tzinfo and day <= end), None)
            if start:
                made[order] = start if edge == "first" else end
        if made:
            return made
    return {}


def readings(text: str, edge: str = "") -> Mapping[Order, datetime]:
    """Return what a text means as a date in each order in which it is one; the same for all where the order does not matter.

    Parameters
    ----------
    edge
        What a month, a week or a span of days stands for: its ``first`` day, its ``last``, or nothing.

    >>> sorted(readings("13/02/2024")), readings("1. März 2024")["mdy"].date().isoformat(), readings("2/2024")
    (['dmy'], '2024-03-01', {})
    >>> readings("12.–18. März 2025", "first")["dmy"].date().isoformat(), readings("Q2 2025", "last")["iso"].date().isoformat()
    ('2025-03-12', '2025-06-30')
    """
    return _one(text, edge) or (_edge_of(re.sub(r"\s+", " ", unified(text) or ""), edge) if edge else {})


@lru_cache(2**14)
def _one(text: str, edge: str) -> Mapping[Order, datetime]:
    """Return what a text means that is no span."""
    bare = re.sub(r"\s+", " ", unified(text) or "")
    bare = _EASTERN.sub(lambda match: "-".join(filter(None, match.groups())), bare)
    moment = None
    if len(bare) > 8 and re.match(r"\d{4}-?\d\d-?\d\d([T ]|$)|\d{4}-?W", bare):
        with suppress(ValueError):
            moment = datetime.fromisoformat(re.sub(r"(?<=\d) ?(UTC|GMT|Z)$", "+00:00", bare))
    if moment is not None:
        return dict.fromkeys(ORDERS, moment) if moment.year in YEARS else {}
    bare = _without_weekday(bare)
    if match := _NUMERIC.fullmatch(bare):
        return _by_order(match)
    for pattern in _NAMED:
        match = pattern.fullmatch(bare)
        month = month_of(match["month"]) if match else None
        if match and month:
            made = _made(match["year"], month, match["day"], match)
            return dict.fromkeys(ORDERS, made) if made else {}
    for pattern in _MONTH_ONLY if edge else ():
        if match := pattern.fullmatch(bare):
            parts = match.groupdict()
            month = month_of(parts["month"]) if parts.get("month") else int(parts["number"])
            first = _made(parts["year"], month or 0, "1", None)
            if first is None:
                return {}
            if len(parts["year"]) == 2 and first.year > datetime.now(UTC).year + 1:
                return {}
            return dict.fromkeys(ORDERS, first if edge == "first" else _last_day(first))
    if edge and (match := _QUARTER.fullmatch(bare)) and bool(match["before"]) != bool(match["after"]):
        month = 3 * int(match["quarter"]) - 2 * (edge == "first")
        first = _made(match["before"] or match["after"], month, "1", None)
        return dict.fromkeys(ORDERS, first if edge == "first" else _last_day(first)) if first else {}
    if edge and (match := _WEEK.fullmatch(bare)) and bool(match["before"]) != bool(match["after"]):
        day = _monday(int(match["before"] or match["after"]), int(match["week"]))
        return dict.fromkeys(ORDERS, day + timedelta(days=6 * (edge == "last"))) if day else {}
    made = _counted(bare)
    return dict.fromkeys(ORDERS, made) if made else {}


def _last_day(month: datetime) -> datetime:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _monday(year: int, week: int) -> datetime | None:
    try:
        return datetime.fromisocalendar(year, week, 1) if year in YEARS else None
    except ValueError:
        return None


def _without_weekday(text: str) -> str:
    word, _, rest = re.sub(r"^([^\W\d]{2,})[.,]*\s+", r"\1 ", text).partition(" ")
    bare = _plain(word)
    known = any(day.startswith(bare) for day in _WEEKDAYS.split()) and len(bare) >= 2
    a_month = month_of(word) is not None and rest[:1].isdigit() and not _NUMERIC.fullmatch(rest)
    return rest if known and rest and not a_month else text


def _by_order(match: re.Match[str]) -> dict[Order, datetime]:
    a, b, c = match["a"], match["b"], match["c"]
    if len(a) > 2:
        made = _made(a, int(b), c, match) if len(a) == 4 and len(c) <= 2 else None
        return dict.fromkeys(ORDERS, made) if made else {}
    if len(c) not in (2, 4):
        return {}
    dates: dict[Order, datetime | None] = {
        "dmy": _made(c, int(b), a, match),
        "mdy": _made(c, int(a), b, match),
    }
    if len(c) == 2 and (match["sep"] == "-" or not any(dates.values())):
        dates["iso"] = _made(a, int(b), c, match)
        if dates["iso"] and dates["iso"].year > datetime.now(UTC).year + 1:
            dates["iso"] = None
    return {order: made for order, made in dates.items() if made}


def _made(year: str, month: int, day: str, clock_of: re.Match[str] | None) -> datetime | None:
    years = int(year) + (0 if len(year) == 4 else 1900 if int(year) > 68 else 2000)
    if years not in YEARS:
        return None
    clock = clock_of.groupdict() if clock_of else {}
    hours = int(clock.get("hour") or 0)
    if half := clock.get("half"):
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    minute, second = int(clock.get("minute") or 0), int(clock.get("second") or 0)
    try:
        moment = datetime(years, month, int(day), hours, minute, second)
        zone = clock.get("zone")
        if zone:
            shift = re.fullmatch(r"(?:UTC|GMT)?(?:([+-])(\d{1,2}):?(\d{2})?)?|Z", zone)
            if shift is None:
                return None
            minutes = int(shift[2] or 0) * 60 + int(shift[3] or 0)
            away = timedelta(minutes=-minutes if shift[1] == "-" else minutes)
            moment = (moment - away).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment


def _counted(text: str) -> datetime | None:
    """Return the moment that a bare number is: a day as 20240131, a spreadsheet's count of days, or seconds since 1970."""
    if not re.fullmatch(r"\d{5,16}([.,]\d+)?", text):
        return None
    value = float(text.replace(",", "."))
    if _SERIALS[0] <= value < _SERIALS[1]:
        return _SINCE + timedelta(seconds=round(value * 86_400))
    if len(text) == 8:
        return _made(text[:4], int(text[4:6]), text[6:], None)
    for unit in (1, 10**3, 10**6):
        if 10**8 * unit <= value < 4_102_444_800 * unit and value >= 10**9 * unit:
            return datetime.fromtimestamp(value / unit, UTC)
    return None
