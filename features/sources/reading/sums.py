"""Sheets of past campaigns with a column of conversions for each day, week or month: those of a row's campaign are added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from suasion.features.errors import InputError

from .cells import Odd, shown_cell
from .columns import column_of, guess
from .dates import DateColumn
from .fit import Arguments, Fit, Span
from .layout import NOTE, Layout, unfold
from .numerals import parse
from .pivot import COLUMN, measure_in, periods_in, says
from .records import Broken, Record
from .spans import LASTS, read_or_none

COUNTED = "conversions"


@dataclass(frozen=True)
class Sums:
    """The columns of a sheet that hold conversions of one time each, and when campaigns were.

    Parameters
    ----------
    periods
        For each column its first and last day.
    campaign
        The column of campaigns; nothing where all rows are of one.
    spans
        When each campaign was, as other tables say, or the user of all (``""``); of others all columns count.
    constants
        What follows for all rows: the only campaign that is known, or when it was where nothing says that.
    edges
        How the columns of a campaign's start and end are read.
    """

    periods: Mapping[str, Span]
    campaign: str
    spans: Mapping[str, Span]
    constants: Mapping[str, str] = field(default_factory=dict)
    edges: Mapping[str, DateColumn] = field(default_factory=dict)
    several: tuple[str, ...] = ()
    """Campaigns that other tables know, where nothing says which one is meant."""

    @property
    def whole(self) -> Span:
        """The first and the last day of all columns."""
        return min(first for first, _ in self.periods.values()), max(
            last for _, last in self.periods.values()
        )

    @property
    def note(self) -> str:
        """What is to be said of it."""
        names = [*self.periods]
        said = f"the columns {names[0]} to {names[-1]} hold {COUNTED}: those of a row's campaign are added up"
        if self.several:
            return f"{said}, and which campaign that is, nothing says: {', '.join(self.several[:5])} are known (--set campaign_id=NAME)"
        if not (self.spans or self.edges):
            days = " to ".join(map(str, self.whole))
            return f"{said}; nothing says when it was, so it runs from the first to the last: {days} (--set starts_at=DATE --set ends_at=DATE takes fewer)"
        outside = [
            f"{name or 'the campaign'} from {span[0]} to {span[1]}"
            for name, span in self.spans.items()
            if span[0] < self.whole[0] or span[1] > self.whole[1]
        ]
        more = f"; they do not hold all of {', '.join(outside[:3])}" if outside else ""
        return f"{said}, from its start to its end{more}"

    def unfolded(self, layout: Layout) -> Layout:
        """Return the sheet with one column for the sums; a row without a number in its campaign is none."""
        beside = [name for name in layout.header if name not in self.periods]
        return unfold(layout, [*beside, COUNTED], self._rows)

    def _rows(self, rows: Iterable[Record | Broken]) -> Iterator[Record | Broken]:
        for record in rows:
            if isinstance(record, Broken) or NOTE in record.value:
                yield record
                continue
            row: dict[str, object] = record.value
            beside = {name: cell for name, cell in row.items() if name not in self.periods}
            of_row = shown_cell(row.get(self.campaign, "")).strip()
            first, last = self.spans.get(of_row, self.spans.get("", self.whole))
            if self.edges:
                days = {edge: _read(column, row.get(column.name)) for edge, column in self.edges.items()}
                first, last = days.get("starts_at") or first, days.get("ends_at") or last
                if "ends_at" not in self.edges:
                    last = first + timedelta(LASTS)
            total: Decimal | None = None
            unread: tuple[str, object] | None = None
            for name, (begins, ends) in self.periods.items():
                cell = row.get(name)
                if not says(cell) or ends < first or begins > last:
                    continue
                inside = first <= begins and ends <= last
                number = _number(cell) if inside else None
                if number is not None:
                    total = (total or Decimal()) + number
                elif unread is None:
                    why = "no whole number" if inside else "partly outside its campaign"
                    unread = name, cell if isinstance(cell, Odd) else Odd(shown_cell(cell), why)
            if unread:
                made = {COUNTED: unread[1], COLUMN: {COUNTED: unread[0]}}
                yield Record(record.file, record.line, {**beside, **made})
            elif total is not None:
                yield Record(record.file, record.line, {**beside, COUNTED: f"{total:f}"})


def _number(cell: object) -> Decimal | None:
    """Return how many a cell counts; of parts of a thousand nobody tells, so ``1.234`` is 1234."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(str(cell))
    number = parse(cell) if isinstance(cell, str) else None
    if number is None or number.percent or number.currency:
        return None
    return max(
        (read for read in (number.point, number.comma) if read is not None and read == int(read)),
        default=None,
    )


def are_conversions(layout: Layout, named: Iterable[str], fit: Fit) -> bool:
    """Return whether a sheet has columns of days, weeks or months, and the first of its names that says what they count says conversions."""
    fields = fit.columns(("campaigns", "outcomes", "post_metrics", "audience"))
    numbers = [column for column in fields.values() if column.type == "number"]
    return bool(periods_in(layout.header)) and measure_in(named, numbers) == COUNTED


def sums_of(layout: Layout, named: Iterable[str], fit: Fit, options: Arguments) -> Sums | None:
    """Return how the columns of a sheet are added up; None where it has none of conversions, or lacks their year.

    Parameters
    ----------
    named
        What the sheet, its title and its file are called: the first that says what is counted has to say conversions.

    Raises
    ------
    InputError
        When the days can be read in two ways, or none lies in the campaign that the user tells.
    """
    names = periods_in(layout.header)
    by_name = guess(layout.header, fit.columns(("campaigns", "outcomes")).values()) | dict(options.maps)
    if COUNTED in by_name.values() or not are_conversions(layout, named, fit):
        return None
    readers = [_seen("of days", names, options, edge) for edge in ("first", "last")]
    days = zip(names, *([_read(reader, name) for name in names] for reader in readers), strict=True)
    periods = {name: (first, last) for name, first, last in days if first and last}
    if len(periods) < len(names):
        return None  # of no year
    sums = Sums(periods, column_of(by_name, "campaign_id"), {})
    first, last = (options.constants.get(edge, "") for edge in ("starts_at", "ends_at"))
    if first or last:
        span = _day(first, options) or sums.whole[0], _day(last, options) or sums.whole[1]
        if not any(span[0] <= begins and ends <= span[1] for begins, ends in periods.values()):
            raise InputError(
                f"None of the columns {names[0]} to {names[-1]} lies in a campaign from {span[0]} to {span[1]}: "
                "say when it was with --set starts_at=DATE --set ends_at=DATE."
            )
        return replace(sums, spans={"": span}, constants=_at(span, options))
    edges = {edge: name for name, edge in by_name.items() if edge in ("starts_at", "ends_at")}
    if edges:
        cells = {name: [row.get(name) for row in layout.looked] for name in edges.values()}
        return replace(sums, edges={edge: _seen(name, cells[name], options) for edge, name in edges.items()})
    if sums.campaign:
        of_rows = {shown_cell(row.get(sums.campaign, "")).strip() for row in layout.looked}
        spans = {name: span for name, span in fit.spans.items() if name in of_rows}
        return replace(sums, spans=spans, constants={} if spans else _at(sums.whole, options))
    only = next(iter(fit.spans)) if len(fit.spans) == 1 else ""
    known = options.constants.get("campaign_id", only)
    if known in fit.spans:
        return replace(sums, spans={"": fit.spans[known]}, constants={"campaign_id": known})
    several = () if known else tuple(fit.spans)
    return replace(sums, constants=_at(sums.whole, options), several=several)


def _at(span: Span, options: Arguments) -> dict[str, str]:
    """Return the fields of a campaign that was on some days."""
    moments = [datetime.combine(day, time(), options.zone).astimezone(UTC).isoformat() for day in span]
    return dict(zip(("starts_at", "ends_at"), moments, strict=True))


def _seen(name: str, cells: Iterable[object], options: Arguments, edge: str = "") -> DateColumn:
    """Return how a column of days is read."""
    column = DateColumn(name, options.dates, UTC, edge, options.year)
    for cell in cells:
        column.see(cell)
    column.settle([])
    return column


def _read(column: DateColumn, cell: object) -> date | None:
    moment = read_or_none(column, cell)
    return datetime.fromisoformat(moment).date() if moment else None


def _day(text: str, options: Arguments) -> date | None:
    return _read(_seen("--set", [text], options), text) if text else None
