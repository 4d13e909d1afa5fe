"""What a feature is, and the small vocabulary features are written in.

A feature is a function of rows that are already cut at ``as_of``. Its parameter names the rows (a table, or a view made
in :mod:`suasion.features.engine.views`), its decorator the windows, unit and expected direction. From that one
declaration follow the column's name, the row in the documentation, the monotone constraint and the SHAP group.

A window is enforced by masking: inside the function every column reads NULL outside of
``[as_of - days, as_of)``, and SQL's aggregates pass over NULL, so that no way of writing a feature reaches past it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from importlib import import_module
from numbers import Integral
from operator import attrgetter
from types import ModuleType
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from suasion.features import GROUPS
from suasion.features.errors import InputError

Value: TypeAlias = ir.NumericValue
"""A number: for features of rows an aggregate of them, for combinations an expression of other features."""


YES_OR_NO = "yes or no"
"""The unit of what is 1 or 0."""


@dataclass(frozen=True)
class Rows:
    """Rows about one decision, seen through a window.

    Attribute access gives a column that is NULL outside the window, so any aggregate of it respects the window.
    """

    table: ir.Table
    inside: ir.BooleanValue

    def __getattr__(self, name: str) -> ir.Value:
        return ibis.ifelse(self.inside, self.table[name], ibis.null(self.table[name].type()))

    def where(self, condition: ir.BooleanValue) -> Rows:
        """Narrow the rows; a condition that is NULL does not hold."""
        return replace(self, inside=self.inside & condition.fill_null(ibis.literal(value=False)))

    @property
    def age(self) -> ir.FloatingValue:
        """Days from the row's event to ``as_of``."""
        return days_between(self.at, self.table.as_of)


def days_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Return the days from ``start`` to ``end``, with fractions, to the microsecond."""
    return end.delta(start, unit="microsecond") / 86_400_000_000.0


def count(rows: Rows) -> Value:
    """Number of rows."""
    return ibis.ifelse(rows.inside, 1.0, 0.0).sum()


def count_distinct(column: ir.Value) -> Value:
    """Number of distinct values; NULL is none."""
    return column.nunique().cast("float64")


def count_where(rows: Rows, condition: ir.BooleanValue) -> Value:
    """Number of rows of which a condition is known to hold; missing where there are rows, and it is known of none."""
    any_known = (count(rows) == 0) | (count(rows.where(condition.notnull())) > 0)
    return ibis.ifelse(any_known, count(rows.where(condition)), ibis.null("float64"))


def share(rows: Rows, condition: ir.BooleanValue) -> Value:
    """Share of rows of which a condition holds, of those of which it is known; missing where it is known of none."""
    return count(rows.where(condition)) / count(rows.where(condition.notnull())).nullif(0.0)


def median_ratio(part: ir.NumericValue, whole: ir.NumericValue) -> Value:
    """Return the median over rows of a part for each of the whole, of those that have some of it."""
    return (part / whole.nullif(0.0)).median()


def latest(column: ir.NumericColumn, time: ir.TimestampColumn | ir.IntegerColumn) -> Value:
    """Value at the latest time; for rows whose key holds the time, so that no two share it and every engine says the same."""
    return column.argmax(time, where=column.notnull())


def earliest(column: ir.NumericColumn, time: ir.TimestampColumn) -> Value:
    """Value at the earliest time; for rows whose key holds the time."""
    return column.argmin(time, where=column.notnull())


def at_least(least: int, rows: Rows, value: Value) -> Value:
    """Give ``value`` only where there are at least ``least`` rows; missing otherwise."""
    return ibis.ifelse(count(rows) >= least, value, ibis.null("float64"))


def newer(rows: Rows, days: int) -> Rows:
    """Return the rows of the later half of a window of ``days``."""
    return rows.where(rows.age <= days / 2)


def older(rows: Rows, days: int) -> Rows:
    """Return the rows of the earlier half of a window of ``days``."""
    return rows.where(rows.age > days / 2)


def log_ratio(after: Value, before: Value) -> Value:
    """Log of ``(after + 1) / (before + 1)``: growth of a count of events, which may be zero."""
    return ((after + 1.0) / (before + 1.0)).ln()


def growth(before: Value, after: Value) -> Value:
    """Log of ``after / before``, whatever the unit; missing where one of them is not positive."""

    def positive(value: Value) -> Value:
        # In a form that holds the value once: written as a case, growth of growth is a query of 300 kB.
        return ibis.greatest(value, 0.0).nullif(0.0)

    return positive(positive(after) / positive(before)).ln()


@dataclass(frozen=True, kw_only=True)
class _Declared:
    """What is declared of a function. It can be pickled: pickle keeps a function by its name, which ``@feature`` gives to what it makes."""

    build: Callable[..., Value]
    unit: str
    monotonic: int
    """+1 or -1: conversions are expected to rise or fall with it; 0: no expectation."""
    fill: float | None
    """Value where there are no rows; None leaves it missing. Rows of which nothing is known are not no rows."""
    combined: bool = False
    cumulative: bool = False
    """Whether it can only grow as time goes by: that it lies above what training saw says nothing of anybody."""
    per_campaign: bool = False
    """Whether it is the same for all candidates of a campaign: it tells campaigns apart, not people."""
    elasticity: float = 0.0
    """The power of it that conversions are taken to grow with before anything is learned (0.5: its square root); 0: none."""
    fades: float = math.inf
    """How many outcomes to learn from leave half of the elasticity."""

    def __getstate__(self) -> dict[str, object]:
        place = self.build.__module__, getattr(self.build, "__qualname__", "")
        try:
            hidden = _built(*place) is self.build
        except AttributeError:
            hidden = False
        return vars(self) | {"build": place if hidden else self.build}

    def __setstate__(self, state: dict[str, object]) -> None:
        place = state["build"]
        vars(self).update(state | ({"build": _built(*place)} if isinstance(place, tuple) else {}))


def _built(module: str, name: str) -> object:
    return attrgetter(f"{name}.build")(import_module(module))


@dataclass(frozen=True, kw_only=True)
class Feature(_Declared):
    """One column of numbers about a decision."""

    characteristic: str
    name: str
    days: int | None
    sources: tuple[str, ...]
    """The rows it reads, or, for a combination, the features."""
    meaning: str

    @property
    def column(self) -> str:
        """Name of the column: characteristic, name and window."""
        return column_name(self.characteristic, self.name, self.days)

    def __repr__(self) -> str:
        return f"Feature({self.column!r}, unit={self.unit!r}, monotonic={self.monotonic})"

    def expression(self, rows: Rows) -> Value:
        """Return the aggregate over ``rows``, which are already cut and windowed."""
        value = self.build(rows, **self._days()).cast("float64")
        return value if self.fill is None else ibis.ifelse(count(rows) > 0, value, self.fill)

    def combination(self, values: dict[str, ir.Value]) -> Value:
        """Return the expression over other features' columns: same window where there is one, else without."""
        arguments = []
        for source in self.sources:
            windowed = f"{source}__{self.days}d"
            arguments.append(values[windowed if windowed in values else source])
        return self.build(*arguments, **self._days()).cast("float64")

    def _days(self) -> dict[str, int | None]:
        return {"days": self.days} if "days" in inspect.signature(self.build).parameters else {}


def column_name(characteristic: str, name: str, days: int | None) -> str:
    """Return the column's name.

    >>> column_name("momentum", "follower_growth", 30)
    'momentum__follower_growth__30d'
    """
    return f"{characteristic}__{name}" + (f"__{days}d" if days else "")


@dataclass(frozen=True, kw_only=True)
class Declaration(_Declared):
    """A feature function with its windows, not yet expanded."""

    days: tuple[int | None, ...]
    characteristic: str | None = None
    """Where it stands for itself; None: the module it is written in says so."""

    def expand(self, characteristic: str) -> list[Feature]:
        """Return one feature for each window."""
        sources = tuple(name for name in inspect.signature(self.build).parameters if name != "days")
        meaning = " ".join((inspect.getdoc(self.build) or "").split())
        shared = {field.name: getattr(self, field.name) for field in fields(self)}
        shared |= {"name": self.build.__name__, "sources": sources, "meaning": meaning}
        shared |= {"characteristic": characteristic}
        return [Feature(**{**shared, "days": days}) for days in self.days]


def feature(
    characteristic: str | None = None,
    *,
    unit: str,
    days: Sequence[int] | None = None,
    monotonic: int = 0,
    fill: float | None = None,
    cumulative: bool = False,
    per_campaign: bool = False,
    elasticity: float = 0.0,
    fades: float = math.inf,
) -> Callable[[Callable[..., Value]], Declaration]:
    """Declare a feature of rows: the function's first parameter names them.

    The rows are a table (``posts``, ``audience`` …) or a view of :data:`suasion.features.engine.views.VIEWS`, already cut at
    ``as_of``: a feature cannot look ahead, however it is written.

    Parameters
    ----------
    characteristic
        One of the seven or ``offer``: which factor it belongs to. None in the modules of ``features/``, which are named after it.
    unit
        What the number counts or measures.
    days
        Windows, in days before ``as_of``; None for all that is known.
    monotonic
        Direction in which conversions are expected to go: the model's monotone constraint.
    fill
        Value where there are no rows. Missing is not zero: give 0 only where nothing means none.
    cumulative
        Whether it can only grow as time goes by, as a count of all that ever was.
    per_campaign
        Whether it is the same for all candidates of a campaign, as the season is.
    elasticity
        The power of it that conversions are taken to grow with before anything is learned, such as 0.5 for an audience: four times as
        many bring twice as much. The regression learns what differs from that.
    fades
        How many outcomes to learn from leave half of the elasticity: what is taken for granted where there are few, and learned where
        there are many. It stays whole where this is not given.

    Examples
    --------
    >>> @feature("frequency", unit="posts a day", days=[30], monotonic=+1, fill=0)
    ... def posts_per_day(posts, days):
    ...     '''How often they post.'''
    ...     return count(posts) / days
    >>> [one.column for one in posts_per_day.expand("frequency")]
    ['frequency__posts_per_day__30d']
    """
    if not (characteristic is None or characteristic in GROUPS):
        raise InputError(f"characteristic is {characteristic!r:.60}; it can be {', '.join(GROUPS)}.")
    windows, direction = _windows(days), _direction(monotonic)
    return lambda build: Declaration(
        build=build,
        days=windows,
        unit=unit,
        monotonic=direction,
        fill=fill,
        cumulative=cumulative,
        per_campaign=per_campaign,
        elasticity=elasticity,
        fades=fades,
        characteristic=characteristic,
    )


def combine(
    *, unit: str, days: Sequence[int] | None = None, monotonic: int = 0
) -> Callable[[Callable[..., Value]], Declaration]:
    """Declare a feature made of other features: each parameter names one, as ``characteristic__name``."""
    return lambda build: Declaration(
        build=build, days=_windows(days), unit=unit, monotonic=_direction(monotonic), fill=None, combined=True
    )


def _windows(days: Sequence[int] | None) -> tuple[int | None, ...]:
    if days is None:
        return (None,)
    if not (
        isinstance(days, Sequence) and days and all(isinstance(one, Integral) and one > 0 for one in days)
    ):
        raise InputError(
            f"days is {days!r:.60}; it can be a list of whole numbers above 0, such as [30, 365], or None."
        )
    return tuple(map(int, days))


def _direction(monotonic: int) -> int:
    if monotonic not in (-1, 0, 1):
        raise InputError(f"monotonic is {monotonic!r:.60}; it can be 1, -1 or 0.")
    return monotonic


def declared(module: ModuleType) -> list[Feature]:
    """Return the features a characteristic's module declares, in the order they are written."""
    characteristic = module.__name__.rpartition(".")[2]
    return [
        feature
        for value in vars(module).values()
        if isinstance(value, Declaration) and value.build.__module__ == module.__name__
        for feature in value.expand(characteristic)
    ]


def extra(name: str) -> Feature:
    """Return the feature of a column that users bring under a name of their own; what it is called before the first ``_`` is where it belongs.

    >>> extra("offer_bounty").column, extra("references_press_clippings").column
    ('offer__bounty', 'references__press_clippings')
    """
    characteristic, _, rest = name.partition("_")
    offered = characteristic == "offer"
    source = (
        "candidates and outcomes, as it was brought."
        if offered
        else "signals, as it was last told; of somebody's accounts the mean."
    )
    return Feature(
        characteristic=characteristic,
        name=rest,
        days=None,
        sources=("agreed" if offered else "signals",),
        unit="as brought",
        monotonic=0,
        fill=None,
        meaning=f"The column {name} of {source}",
        build=partial(_largest if offered else _average, name=name),
    )


def _largest(agreed: Rows, name: str) -> Value:
    return getattr(agreed, name).max()


def _average(signals: Rows, name: str) -> Value:
    return getattr(signals, name).mean()
