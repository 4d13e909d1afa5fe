"""Dates as people write them in cells, read by what the whole column allows: days before months, or months before days.

What a cell may mean is worked out for each order of day, month and year; the orders that no cell of the column contradicts are left. Where
several are, and they differ, the sheet's other columns say, or else the user.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from suasion.features.errors import InputError

from .cells import Odd, Quantity, Shared, Unclear
from .numbers import is_empty, unified

Order = Literal["dmy", "mdy", "iso"]
ORDERS: tuple[Order, ...] = ("dmy", "mdy", "iso")
NAMES = {"dmy": "day.month.year", "mdy": "month/day/year", "iso": "year-month-day"}

_MONTHS = """
january januar janvier enero gennaio janeiro januari styczen stycznia leden ledna janner
february februar fevrier febrero febbraio fevereiro februari luty lutego unor unora feber
march marz maerz mars marts marzo marco maart mrt mrz marzec marca brezen brezna
april avril abril aprile kwiecien kwietnia duben dubna
may mai mayo maggio maio mei maj maja kveten kvetna
june juni juin junio giugno junho czerwiec czerwca cerven cervna
july juli juillet julio luglio julho lipiec lipca cervenec cervence
august aout agosto augustus augusti sierpien sierpnia srpen srpna
september septembre septiembre settembre setembro wrzesien wrzesnia zari
october oktober octobre octubre ottobre outubro pazdziernik pazdziernika rijen rijna
november novembre noviembre novembro listopad listopada
december dezember decembre diciembre dicembre dezembro grudzien grudnia prosinec prosince
"""
"""The months in English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian, Polish and Czech, without accents."""
_BY_NAME = {name: n for n, line in enumerate(_MONTHS.strip().splitlines(), start=1) for name in line.split()}
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
_WEEK = re.compile(
    r"(?:(?P<before>\d{4})[\s/-]*)?(?:kw|cw|wk|week|woche|semaine|semana|settimana|tydzien|w)\s?(?P<week>\d{1,2})(?:[\s/-]*(?P<after>\d{4}))?",
    re.IGNORECASE,
)
_SHORT = _MONTH_ONLY[-1]
_YEARLESS = re.compile(
    r"\d{1,2}[./-]\s?\d{1,2}[./]?|(?:kw|cw|wk|week|woche|w)\s?\d{1,2}|\d{1,2}[.\s-]*(?P<first>[^\W\d]{3,})\.?|(?P<last>[^\W\d]{3,})\.?(?:\s\d{1,2}(?:st|nd|rd|th)?)?",
    re.IGNORECASE,
)
_SERIALS = 25_570, 73_051
"""Days since 1899-12-30 of the years 1970 to 2099, as spreadsheets count them."""
_SINCE = datetime(1899, 12, 30)


def month_of(name: str) -> int | None:
    """Return the month that a name, or how it begins, is in one of twelve languages; None where it is none, or of several.

    >>> month_of("März"), month_of("déc"), month_of("juin"), month_of("jui"), month_of("Sept")
    (3, 12, 6, None, 9)
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    bare = bare.replace("ł", "l").replace("ø", "o")
    if bare in _BY_NAME:
        return _BY_NAME[bare]
    months = {month for full, month in _BY_NAME.items() if len(bare) >= 3 and full.startswith(bare)}
    return months.pop() if len(months) == 1 else None


def is_yearless(text: str) -> bool:
    """Return whether a text is a day, a week or a month whose year is left to the reader.

    >>> is_yearless("12.03."), is_yearless("KW 12"), is_yearless("5. März"), is_yearless("Jan"), is_yearless("soon")
    (True, True, True, True, False)
    """
    match = _YEARLESS.fullmatch(text.strip())
    word = (match["first"] or match["last"]) if match else None
    return match is not None and (word is None or month_of(word) is not None)


@lru_cache(2**14)
def readings(text: str, edge: str = "") -> Mapping[Order, datetime]:
    """Return what a text means as a date in each order in which it is one; the same for all where the order does not matter.

    Parameters
    ----------
    edge
        What a month or a week without a day stands for: its ``first`` day, its ``last``, or nothing.

    >>> sorted(readings("13/02/2024")), readings("1. März 2024")["mdy"].date().isoformat(), readings("2/2024")
    (['dmy'], '2024-03-01', {})
    """
    bare = re.sub(r"\s+", " ", unified(text) or "")
    try:
        moment = (
            datetime.fromisoformat(re.sub(r"(?<=\d) ?(UTC|GMT|Z)$", "+00:00", bare))
            if len(bare) > 8
            else None
        )
    except ValueError:
        moment = None
    if moment is not None:
        return dict.fromkeys(ORDERS, moment)
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
            after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
            return dict.fromkeys(ORDERS, first if edge == "first" else after - timedelta(days=1))
    if edge and (match := _WEEK.fullmatch(bare)) and bool(match["before"]) != bool(match["after"]):
        day = _monday(int(match["before"] or match["after"]), int(match["week"]))
        return dict.fromkeys(ORDERS, day + timedelta(days=6 * (edge == "last"))) if day else {}
    made = _counted(bare)
    return dict.fromkeys(ORDERS, made) if made else {}


def _monday(year: int, week: int) -> datetime | None:
    try:
        return datetime.fromisocalendar(year, week, 1)
    except ValueError:
        return None


def _without_weekday(text: str) -> str:
    word, _, rest = re.sub(r"^([^\W\d]{2,})[.,]*\s+", r"\1 ", text).partition(" ")
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c)
    ).replace("ł", "l")
    known = any(day.startswith(bare) for day in _WEEKDAYS.split()) and len(bare) >= 2
    return (
        rest
        if known and rest and (month_of(word) is None or not rest[:1].isdigit() or _NUMERIC.fullmatch(rest))
        else text
    )


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
    clock = clock_of.groupdict() if clock_of else {}
    hours = int(clock.get("hour") or 0)
    if half := clock.get("half"):
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        moment = datetime(
            years, month, int(day), hours, int(clock.get("minute") or 0), int(clock.get("second") or 0)
        )
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


@dataclass
class DateColumn:
    """One column of times: it sees all cells, decides once on the order of day and month, and then reads each.

    Parameters
    ----------
    name
        What the file calls it.
    order
        The order, where the user says it; ``iso`` is that of year, month, day, and ``epoch`` are seconds since 1970.
    zone
        The zone of times that name none.
    edge
        What a month without a day stands for, as of :func:`readings`.
    year
        Of dates that name none, where the user says it.
    """

    name: str
    order: str | None = None
    zone: tzinfo = UTC
    edge: str = ""
    year: str = ""
    possible: Counter[str] = field(default_factory=Counter)
    differ: int = 0
    examples: list[str] = field(default_factory=list)
    dates: int = 0
    """Cells that a workbook holds as dates."""
    years: set[str] = field(default_factory=set)
    """Years that stand as two digits beside a month and no day: of many, days are meant."""
    high: bool = False
    """Whether one of them is of a day after the 12th."""
    left_as_text: bool = False
    """Whether others, written with slashes, are of a day after the 12th."""

    def see(self, cell: object) -> None:
        """Take a cell into account."""
        if isinstance(cell, Shared):
            cell = cell.value
        if isinstance(cell, date):
            self.dates += 1
            self.high = self.high or cell.day > 12
        if not isinstance(cell, str) or is_empty(cell):
            return
        cell = self._whole(cell)
        dates = readings(cell, self.edge)
        if not dates:
            return
        if short := _SHORT.fullmatch(cell.strip()):
            self.years.add(short["year"])
        if len(set(map(str, dates.values()))) == 1 and len(dates) == len(ORDERS):
            self.possible["any"] += 1
        elif len(dates) == 1:
            self.possible[next(iter(dates))] += 1
            self.left_as_text = self.left_as_text or "/" in cell
        else:
            self.differ += 1
            for order in dates:
                self.possible[f"{order}?"] += 1
            if len(self.examples) < 3:
                self.examples.append(cell.strip())

    @property
    def sign(self) -> str:
        """The order that its cells give away; nothing where they do not, ``mixed`` where they contradict one another."""
        orders = [order for order in ORDERS if self.possible[order]]
        if len(orders) == 1:
            return orders[0]
        if orders:
            return "mixed"
        left = [order for order in ORDERS if self.differ and self.possible[f"{order}?"] == self.differ]
        return left[0] if len(left) == 1 else ""

    def settle(self, others: Collection[str]) -> None:
        """Decide on the order: as told, as its cells say, or as the sheet's other columns say.

        Raises
        ------
        InputError
            When two readings are truly possible.
        """
        if self.order:
            return
        self.order = self.sign if self.sign != "mixed" else None
        if not self.sign and self.differ:
            agreed = {order for order in others if self.possible[f"{order}?"] == self.differ}
            if len(agreed) == 1:
                self.order = agreed.pop()
            elif all("." in example.split()[0] for example in self.examples):
                self.order = "dmy"  # with points between, days come first wherever people write so
            else:
                example = self.examples[0]
                ways = " or ".join(
                    f"{made.day} {made:%B %Y} (--dates {order})" for order, made in readings(example).items()
                )
                raise InputError(
                    f"The dates of the column {self.name!r} can be read in two ways: {example} is {ways}. Say which, or write them as 2024-12-31."
                )

    @property
    def how(self) -> str:
        """How its cells are read, to be shown."""
        if self.order == "epoch":
            return "seconds since 1970"
        if self.sign == "mixed":
            return "days and months in both orders"
        return NAMES.get(self.order or "", "")

    def read(self, cell: object) -> str | None:
        """Return a cell's moment as ISO 8601 in UTC, None where it is empty.

        Raises
        ------
        Unclear
            When it is no date, or can be read in two ways.
        """
        if isinstance(cell, Shared):
            cell = cell.value
        if cell is None or (isinstance(cell, str) and is_empty(cell)):
            return None
        moment = self._read(cell)
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            raise Unclear("no possible date") from None

    def _read(self, cell: object) -> datetime:
        if isinstance(cell, Odd):
            raise Unclear(cell.why)
        if isinstance(cell, datetime):
            self._doubt()
            return cell
        if isinstance(cell, date):
            self._doubt()
            return datetime(cell.year, cell.month, cell.day)
        if self.order == "epoch":
            try:
                return datetime.fromtimestamp(float(str(cell)), UTC)
            except (ValueError, OverflowError, OSError):
                raise Unclear("no seconds since 1970") from None
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            cell = f"{cell:f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
        if isinstance(cell, Quantity) or not isinstance(cell, str):
            raise Unclear("no date")
        cell = self._whole(cell)
        dates: Mapping[Order, datetime] = readings(cell, self.edge)
        if not dates and is_yearless(cell):
            raise Unclear("a date without its year: say it with --year, or write it, such as 2024-12-31")
        if not dates:
            raise Unclear("no date that can be understood whole")
        if len(self.years) > 3 and _SHORT.fullmatch(cell.strip()):
            raise Unclear("a month and its year, or a day without one: write it as 2024-12-31")
        if self.order in dates:
            return dates[self.order]  # type: ignore[index]
        if self.order:
            raise Unclear(f"no date as {NAMES.get(self.order, self.order)}")
        if _is_same(dates):
            return next(iter(dates.values()))
        raise Unclear("days and months are in both orders in this column: it can be read in two ways")

    def _whole(self, text: str) -> str:
        """Return a date with its year, where it has none and the user says it."""
        if not self.year or readings(text, self.edge) or not is_yearless(text):
            return text
        bare = text.strip()
        between = (
            (re.findall(r"[./-]", bare) or [" "])[0] if bare[-1].isdigit() and bare[0].isdigit() else " "
        )
        return f"{bare}{'' if bare.endswith(('.', '/')) and bare[:-1][-1:].isdigit() else between}{self.year}"

    def _doubt(self) -> None:
        """Refuse a workbook's date beside dates it left as text: it took day for month wherever it could."""
        if self.left_as_text and not self.high:
            raise Unclear(
                "the spreadsheet may have taken its day for its month, as it left others of this column as text"
            )


def _is_same(dates: Mapping[Order, datetime]) -> bool:
    return len(set(map(str, dates.values()))) == 1
