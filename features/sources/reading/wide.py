"""Lists of creators with columns of several platforms in one row: unfolded into a row for each account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from suasion.features.tables.schema import Column

from .cells import shown_cell
from .columns import bare, guess
from .ids import PLATFORMS
from .layout import NOTE, TOTAL, Layout, unfold
from .names import OF_AN_ACCOUNT
from .numbers import NumberColumn
from .pivot import COLUMN, says
from .records import Broken, Record

WHO, WHERE = "account", "platform"
"""What the account and the platform of an unfolded row are called."""
ALSO = "\0also"
"""Beside the columns of an unfolded row: the accounts that the same person has on other platforms."""
SPACED = 0.5
"""Share of cells of two words above which a column holds names of people, and no accounts."""
_OF_ALL = frozenset(
    ("total", "totals", "combined", "overall", "all", "sum", "gesamt", "totaal", "totale", "totales", "suma")
)
"""Words of a column that adds up platforms."""
_PEOPLE = frozenset(("name", "names", "nom", "nombre", "nome", "naam", "namn", "navn", "imie"))
"""Words of a column of people's names, where accounts stand beside them."""
_SCALES = {1_000: "k", 1_000_000: "m"}


@dataclass(frozen=True)
class Wide:
    """The columns of each platform of a sheet, by what they hold."""

    platforms: Mapping[str, Mapping[str, str]]
    shared: str
    """The column of accounts where a platform has none of its own."""
    named: bool = False
    """Whether that holds names of people, which are no accounts, those of one word neither."""
    unclear: tuple[str, ...] = ()
    """Counts that do not say of which platform they are."""
    units: Mapping[str, str] = field(default_factory=dict)
    """What the name of a column, or its other cells, say of each number in it: a percentage, thousands."""

    @property
    def note(self) -> str:
        """What is to be said of it."""
        said = f"a row for each account: the columns of {', '.join(self.platforms)} are told apart"
        left = f"; {', '.join(self.unclear)} {'do' if len(self.unclear) > 1 else 'does'} not say of which platform, and is not read"
        return said + (left if self.unclear else "")

    def unfolded(self, layout: Layout) -> Layout:
        """Return the sheet with a row for each account; a platform of which a row says nothing is none."""
        taken = {name for fields in self.platforms.values() for name in fields.values()}
        taken |= {self.shared, *self.unclear}
        fields = dict.fromkeys(
            field for columns in self.platforms.values() for field in columns if field != WHO
        )
        beside = [name for name in layout.header if name not in taken]
        return unfold(layout, [WHO, WHERE, *fields, *beside], partial(self._rows, beside))

    def _rows(self, beside: list[str], rows: Iterable[Record | Broken]) -> Iterator[Record | Broken]:
        for record in rows:
            if isinstance(record, Broken) or NOTE in record.value:
                yield record
                continue
            row: dict[str, object] = record.value
            shared = {} if self.named else {WHO: self.shared}
            there = {
                platform: {**shared, **columns}
                for platform, columns in self.platforms.items()
                if any(says(row.get(name)) for name in columns.values()) or TOTAL in row
            }
            accounts = {platform: row.get(names.get(WHO, "")) for platform, names in there.items()}
            for platform, names in there.items():
                cells = {
                    field: _in_unit(row[name], self.units.get(name, ""))
                    for field, name in names.items()
                    if name in row
                }
                more = {name: row[name] for name in (*beside, TOTAL) if name in row}
                others = {one: cell for one, cell in accounts.items() if one != platform and says(cell)}
                made = {WHERE: platform, COLUMN: names, ALSO: others}
                yield Record(record.file, record.line, {**more, **cells, **made})


def wide_of(layout: Layout, columns: Iterable[Column]) -> Wide | None:
    """Return how a list with columns of platforms is unfolded; None where it has one column of followers for all.

    >>> layout = Layout(["Name", "IG handle", "IG followers", "TikTok", "TikTok followers"], iter(()))
    >>> from suasion.features.tables.schema import TABLES
    >>> wide_of(layout, TABLES["audience"].columns).platforms["instagram"]
    {'account': 'IG handle', 'followers': 'IG followers'}
    """
    columns = list(columns)
    numbers = [column for column in columns if column.type == "number"]
    called = {
        name: bare(name.replace("TikTok", "Tiktok").replace("YouTube", "Youtube")).split()
        for name in layout.header
    }
    of_one = {name: [word for word in words if word in PLATFORMS] for name, words in called.items()}
    of_one = {name: on for name, on in of_one.items() if len(on) == 1}
    general = [name for name in layout.header if name not in of_one and not _OF_ALL & {*called[name]}]
    by_platform: dict[str, dict[str, str]] = {}
    for name, on in of_one.items():
        rest = " ".join(word for word in called[name] if word not in on and not word.isdigit())
        field = WHO if rest in OF_AN_ACCOUNT else next(iter(guess([rest], numbers).values()), "")
        of_platform = by_platform.setdefault(PLATFORMS[on[0]], {}) if field else {}
        if field and (field not in of_platform or _year(called[name]) > _year(called[of_platform[field]])):
            of_platform[field] = name
    by_platform = {platform: fields for platform, fields in by_platform.items() if "followers" in fields}
    if not by_platform or (len(by_platform) == 1 and "followers" in guess(general, columns).values()):
        return None
    others = guess(
        [name for name in layout.header if name not in of_one],
        [c for c in columns if c.name == "influencer_id"],
    )
    shared = next(iter(others), "")
    spaced = sum(" " in str(row.get(shared, "")).strip() for row in layout.looked)
    beside = [name for name in layout.header if name not in of_one and name != shared]
    unclear = tuple(guess(beside, numbers)) if len(by_platform) > 1 else ()
    kinds = {column.name: column for column in numbers}
    units = {
        name: _unit_of(name, kinds[field], layout.looked)
        for fields in by_platform.values()
        for field, name in fields.items()
        if field != WHO
    }
    of_people = {*called.get(shared, ())} & _PEOPLE and any(WHO in fields for fields in by_platform.values())
    named = bool(of_people) or spaced > SPACED * len(layout.looked)
    return Wide(by_platform, shared, named, unclear, units)


def _year(words: Iterable[str]) -> int:
    return max((int(word) for word in words if len(word) == 4 and word.isdigit()), default=0)


def _unit_of(name: str, kind: Column, rows: Iterable[Mapping[str, object]]) -> str:
    column = NumberColumn(name, share=kind.unit in ("share", "ratio"), engaged=kind.unit == "ratio")
    for row in rows:
        column.see(row.get(name))
    if column.share:
        return " %" if column.percent or column.percentages else ""
    return _SCALES.get(column.factor, "")


def _in_unit(cell: object, unit: str) -> object:
    """Return a number with the unit of its column, which its row for one of several platforms does not have any more."""
    text = shown_cell(cell).strip() if unit and says(cell) else ""
    return f"{text}{unit}" if text[-1:].isdigit() else cell
