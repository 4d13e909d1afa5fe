"""What a sheet's columns are and how their values are written: worked out from all of its rows before one of them is read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from suasion.features.tables.schema import EARLIEST, LATEST, Column

from .by_country import ByCountry
from .cells import Linked, Odd, Shared, Unclear, is_filled, shown_cell
from .columns import column_of
from .countries import countries_in, shares_in
from .dates import DateColumn
from .formats import AgreedColumn, format_named
from .headings import Groups, Headed
from .ids import IdColumn, account_of, is_address, is_dated, is_scientific, place_of, platform_named
from .layout import is_total, is_word_for_totals
from .numbers import NumberColumn
from .numerals import is_empty
from .orders import Orders
from .parts import Parts
from .pivot import COLUMN, Pivot
from .post_ids import Titles, is_title, post_of
from .rows import dig
from .spans import Spans
from .states import says_unfinished
from .sums import Sums
from .wide import ALSO, Wide

ACCOUNTS = ("influencer_id", "author_id", "referrer_id")
MOST_ENGAGED = 10.0
"""Reactions a post for each follower, above which a sheet's engagement is a count."""
_POSTS = ("post_id", "reply_to_id", "shares_id")
_DECIDING = ("known_at", "decided_at")
"""Without these a row would count as known, or decided, at another moment: what came later could leak into the past."""
_OF_CAMPAIGNS = ("brand", "category", "brief", "goal", "country")
"""What is said of a campaign as a whole."""
_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "sim", "x", "✓", "✔"), "true"),
    **dict.fromkeys(("false", "f", "no", "n", "0", "nein", "falsch", "non", "faux", "nao", "não", "✗", "✘"), "false"),
}  # fmt: skip


_NOBODY = re.compile(
    r"\s*\((?:direct|organic|referral|none|other|cross-network|not set|not provided|data not available)\)\s*(?:$|/)|[^/]+ / (?:organic|\(not set\))\s*$",
    re.IGNORECASE,
)
"""What web analytics write where nobody's link, and no campaign, led to a visit."""
Note = Callable[[str, str, object], None]
"""Called with a column of the file, why one of its cells is set aside, and the cell."""


@dataclass
class Plan:
    """How one sheet is read, or why it is not."""

    path: Path
    file: str
    sheet: str
    parts: tuple[str, ...] = ()
    header: list[str] = field(default_factory=list)
    mapping: dict[str, str] = field(default_factory=dict)
    """For each column that is read the field it holds."""
    of_tab: bool = False
    """Whether the sheet's name is the campaign's."""
    otherwise: str = ""
    """The column of who somebody is, where the cell of their account is empty."""
    ours: str = ""
    """The column whose ids stay as they are, for other tables have the same."""
    campaigns: Collection[str] = ()
    """Of a sheet that lacks something, the campaigns that it names."""
    once: str = ""
    """The column that is written once for several rows."""
    fixed: frozenset[str] = frozenset()
    """Columns of which the user says what they are."""
    also: tuple[str, ...] = ()
    """Columns of conversions that came another way, to be added."""
    campaign_values: dict[tuple[str, str], str] = field(default_factory=dict)
    """What the rows of a campaign say of it, by the column."""
    missing: tuple[str, ...] = ()
    """Needed fields that no column holds."""
    could: dict[str, list[str]] = field(default_factory=dict)
    """For each of them the columns whose cells look like it."""
    unread: str = ""
    export: str = ""
    """The source whose export it is, where that has a command of its own."""
    notes: list[str] = field(default_factory=list)
    examples: dict[str, list[str]] = field(default_factory=dict)
    rows: int = 0
    columns: dict[str, NumberColumn | DateColumn | IdColumn] = field(default_factory=dict)
    kinds: dict[str, Column] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    platform: str = ""
    platform_beside: str = ""
    """That of all posts in another sheet of the workbook, where nothing in this one says another."""
    differs: set[str] = field(default_factory=set)
    """Columns that say several things of one campaign."""
    platform_from: str = ""
    link_from: str = ""
    """The column of addresses beside handles that name no platform."""
    currency_from: str = ""
    currency: str = ""
    """The code of the one currency whose amounts are read; nothing where no amount names one."""
    orders: Orders | None = None
    """Of orders, whether one stands and what was given back."""
    states: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of past campaigns, the columns that may say that one has not been, and the words that do."""
    constants: dict[str, str] = field(default_factory=dict)
    """Fields that are the same in every row, as the sheet's other columns show."""
    fee_each: str = ""
    """The column of what a post costs, where none has the fee."""
    nameless: bool = False
    """Whether it holds posts without an id."""
    titles: Titles = field(default_factory=Titles)
    """The words that posts go by, such as ``Reel 1``."""
    added_up: tuple[str, ...] = ()
    """Fields that count one format each, whose sum is how many posts were agreed."""
    fake: str = ""
    """The column of the share that is not real, where none of the share that is."""
    by_country: ByCountry | None = None
    """The columns of single countries, where none lists them."""
    pivot: Pivot | Sums | Wide | Groups | Headed | None = None
    """Of a sheet with a column for each day, month, platform or campaign, or with headings, how it is unfolded."""
    spans: Spans | None = None
    """Of past campaigns, when they began and ended."""
    in_parts: Parts | None = None
    """Of past campaigns with one date a row, whether rows are parts of outcomes."""
    followers: dict[str, tuple[str, float]] = field(default_factory=dict)
    """For each account of past campaigns, or of posts, the start of the latest and the followers that stand beside it."""
    followed: dict[tuple[str, str], str] = field(default_factory=dict)
    """Of posts, the first followers that stand beside an account."""
    dated_followers: bool = False
    """Whether others stand beside another of its posts: then they are of the day of each."""

    @property
    def name(self) -> str:
        """The file, and the sheet in it."""
        return f"{self.file}:{self.sheet}" if self.sheet else self.file

    @property
    def fields(self) -> list[str]:
        """All fields that its rows hold."""
        agreed = [column.named for column in self.columns.values() if isinstance(column, AgreedColumn)]
        return [*self.mapping.values(), *(f for named in agreed if len(named) > 1 for f in sorted(named))]

    def how(self, column: str) -> str:
        """How a column's values are read; nothing where they are read as they are."""
        if column and column == self.fake:
            return "1 less it"
        reader = self.columns.get(column)
        if isinstance(reader, IdColumn):
            return self.platform if reader.account else ""
        return reader.how if reader else ""

    def see(self, row: Mapping[str, object]) -> None:
        """Take a row into account."""
        self.rows += 1
        if self.by_country:
            self.by_country.see(row)
        if self.spans:
            self.spans.see(row, self.columns)
        if self.in_parts:
            self.in_parts.see(row)
        if title := self._title(row):
            author = shown_cell(row.get(column_of(self.mapping, "author_id"), "")).strip().casefold()
            self.titles.see(title, author)
        if "posts" in self.parts and is_filled(row.get(column_of(self.mapping, "followers"))):
            who, where, counted = (
                shown_cell(row.get(name, "")).strip()
                for name in (
                    column_of(self.mapping, "author_id"),
                    self.platform_from,
                    column_of(self.mapping, "followers"),
                )
            )
            self.dated_followers |= self.followed.setdefault((who, where), counted) != counted
        campaign = shown_cell(row.get(column_of(self.mapping, "campaign_id"), ""))
        for name, target in self.mapping.items():
            if target in _OF_CAMPAIGNS and is_filled(row.get(name)):
                text = shown_cell(row[name]).strip().casefold()
                if self.campaign_values.setdefault((campaign, name), text) != text:
                    self.differs.add(name)
        for name in self.header:
            cell = row.get(name)
            if cell is None:
                continue
            text, kept = shown_cell(cell), self.examples.setdefault(name, [])
            if len(kept) < 3 and text.strip() and text not in kept:
                kept.append(text)
            if column := self.columns.get(name):
                try:
                    if isinstance(column, NumberColumn):
                        column.see(cell, self._currency(row))
                    else:
                        column.see(cell)
                except Unclear:
                    continue  # said when it is read

    def settle(self) -> None:
        """Decide how each column is written, from itself and, where it leaves that open, from its like in the sheet."""
        if differs := [name for name in self.mapping if name in self.differs - self.fixed]:
            self.mapping = {name: target for name, target in self.mapping.items() if name not in differs}
            self.notes.append(f"not said of campaigns, for it differs within one: {', '.join(differs)}")
        for kind in (NumberColumn, DateColumn):
            of_kind = [column for column in self.columns.values() if isinstance(column, kind)]
            signs = [column.sign for column in of_kind]
            for column in of_kind:
                column.settle(signs)
        dates = self.columns.get(self.in_parts.date) if self.in_parts else None
        if self.in_parts and not (isinstance(dates, DateColumn) and self.in_parts.read(dates)):
            self.in_parts = None
        if self.in_parts:
            agreed = [column.named for column in self.columns.values() if isinstance(column, AgreedColumn)]
            self.in_parts.formats.update(*(named for named in agreed if len(named) > 1))
        if self.titles.settle():
            self.notes.append(
                "posts of several people go by one name: they are told apart by whose they are, and when"
            )
        if self.spans:
            self.spans.settle(self.columns)
            if self.spans.several:
                start, end = self.spans.columns.get("starts_at"), self.spans.columns.get("ends_at")
                last = f" and ends with the last {end}" if end else ""
                self.notes.append(f"a campaign begins with the first {start} of its rows{last}")
        if counted := column_of(self.mapping, "followers") if "posts" in self.parts else "":
            when = (
                "of the day of each post"
                if self.dated_followers
                else "as of when the file was read, for no account has two numbers"
            )
            self.notes.append(f"{counted} are kept in audience, {when}")
        seen = self.examples.get(self.platform_from, [])
        if seen and all(map(is_address, seen)):
            self.platform_from, self.link_from = "", self.platform_from
        ids = [column for column in self.columns.values() if isinstance(column, IdColumn)]
        named = {column.platform for column in ids if column.account} - {""}
        if not self.platform and len(named) == 1:
            self.platform = named.pop()

    def lacks(self, missing: tuple[str, ...]) -> None:
        """Leave the sheet unread, for want of some fields."""
        self.missing = missing
        self.unread = (
            f"no column is {' or '.join(missing)}, without which {' and '.join(self.parts)} cannot be"
        )

    def _currency(self, row: Mapping[str, object]) -> str:
        code = row.get(self.currency_from) if self.currency_from else None
        return code.strip().upper() if isinstance(code, str) else ""

    def is_total(self, row: Mapping[str, object]) -> bool:
        """Return whether a row is one of totals."""
        needed = {field for field, kind in self.kinds.items() if kind.type == "id" and kind.required}
        day = row.get(self.in_parts.date) if self.in_parts else None
        return (isinstance(day, str) and is_word_for_totals(day)) or is_total(
            row, [name for name, field in self.mapping.items() if field in needed]
        )

    def left_out(self, row: Mapping[str, object]) -> str:
        """Return why a row is of nothing that has been, of what is not over, or of nobody; nothing where it is of what somebody brought."""
        for name, words in self.states.items():
            state = row.get(name)
            if isinstance(state, str) and says_unfinished(state, words):
                return f"what has not been, or is not over: {name} is {state.strip()} (--map {shlex.quote(name + '=')} has all rows count, whatever it says)"
        for name, target in self.mapping.items():
            cell = row.get(name)
            if target in ("influencer_id", "campaign_id") and isinstance(cell, str) and _NOBODY.match(cell):
                return f"visits that no influencer brought: {name} is {cell.strip()}"
        return ""

    def platform_of(self, row: Mapping[str, object]) -> str:
        """Return the platform that a row names, else that of all rows."""
        cell = row.get(self.platform_from) if self.platform_from else None
        named = isinstance(cell, str | Shared) and not is_empty(str(cell))
        return platform_named(str(cell)) if named else self.platform or self.platform_beside

    def read(self, row: Mapping[str, object], note: Note) -> tuple[dict[str, object], dict[str, str]]:
        """Return a row's fields, and for needed ones that cannot be understood why; other such cells are left empty and noted."""
        values: dict[str, object] = {}
        faults: dict[str, str] = {}
        odd: set[str] = set()
        platform = self.platform_of(row)
        for name, target in self.mapping.items():
            cell, kind = row.get(name), self.kinds[target]
            other = row.get(self.otherwise) if target in ACCOUNTS and not is_filled(cell) else None
            is_name = isinstance(cell, str) and " " in cell.strip() and "@" not in cell
            link = row.get(self.link_from) if target in ACCOUNTS else None
            if isinstance(link, str) and isinstance(cell, str) and not is_address(cell):
                cell = Linked(cell, link)
            try:
                # A person's name is no account: who is asked on two platforms stays one.
                values[target] = (
                    account_of(other, self.platform)
                    if isinstance(other, str)
                    else self._value(name, cell, kind, row, self.platform if is_name else platform)
                )
            except Unclear as error:
                values[target] = None
                odd.add(target)
                place = str(dig(row.get(COLUMN), name) or name)
                if kind.required or target in _DECIDING:
                    faults[target] = f"{place}: {error}"
                else:
                    note(place, str(error), cell)
            if isinstance(column := self.columns.get(name), AgreedColumn):
                values |= column.formats(cell)
        if self.also:
            self._add_also(row, values, note)
        if self.by_country:
            values["country_share"] = self.by_country.read(row, note)
        if self.spans:
            values |= self.spans.of(row, self.columns)
        counts = {field: values[field] for field in self.added_up if values[field] is not None}
        if counts:  # where one format is counted, an empty cell of another is none
            values |= {field: counts.get(field, "0") for field in self.added_up if field not in odd}
            values["exposure"] = (
                None if odd & {*self.added_up} else str(sum(float(str(count)) for count in counts.values()))
            )
        if self.fee_each and values.get("fee") is not None:
            posts = values.get("exposure") or ("1" if self.in_parts and self.in_parts.posts else None)
            values["fee"] = str(Decimal(str(values["fee"])) * Decimal(str(posts))) if posts else None
            if not posts:
                note(self.fee_each, "a fee a post, and nothing says how many posts", row.get(self.fee_each))
        if "orders" not in self.parts and (self.currency or "currency" in values):
            # That of the amounts that are read, whatever the cell says beside those that are not.
            amounts = [values.get(target) for target, kind in self.kinds.items() if kind.unit == "currency"]
            paid = self.currency and any(value is not None for value in amounts)
            values["currency"] = self.currency if paid else None
        return values, faults

    def _add_also(self, row: Mapping[str, object], values: dict[str, object], note: Note) -> None:
        """Add the conversions that came another way; a cell that is empty where another is not counts none."""
        for name in self.also:
            try:
                more = self._value(name, row.get(name), self.kinds["conversions"], row, "")
            except Unclear as error:
                note(name, str(error), row.get(name))
                continue
            if more is not None:
                sofar = values.get("conversions")
                values["conversions"] = str(Decimal(str(more)) + Decimal(str(sofar or 0)))

    def others(self, row: Mapping[str, object]) -> Iterator[str]:
        """Yield the accounts that a row's person has on other platforms, where a list has them side by side."""
        also, column = row.get(ALSO), self.columns.get(column_of(self.mapping, "influencer_id"))
        if isinstance(also, dict) and isinstance(column, IdColumn):
            for platform, cell in also.items():
                with suppress(Unclear):  # the row of that account says why
                    if (account := column.read(cell, platform)) and place_of(account):
                        yield account

    def _title(self, row: Mapping[str, object]) -> str:
        """Return the words that a row's post goes by; nothing where it has an id or an address."""
        cell = row.get(column_of(self.mapping, "post_id"))
        text = shown_cell(cell).strip().casefold() if is_filled(cell) and not isinstance(cell, Linked) else ""
        return text if is_title(text) and not self._own_ids else ""

    def names_post(self, row: Mapping[str, object]) -> bool:
        """Return whether a row tells which post it is about by an id or an address, or by words that are of one person alone."""
        return not (self.nameless or (self.titles.shared and self._title(row)))

    @property
    def _own_ids(self) -> bool:
        """Whether posts go by our own names of columns: then their ids stay as they are, the same in all tables."""
        return any(name.strip().lower() == field for name, field in self.mapping.items() if field in _POSTS)

    def _value(
        self, name: str, cell: object, kind: Column, row: Mapping[str, object], platform: str
    ) -> object:
        column = self.columns.get(name)
        if isinstance(column, IdColumn):
            if kind.name not in _POSTS or self._own_ids:
                return column.read(cell, platform)
            return post_of(column.read(cell.address if isinstance(cell, Linked) else cell), platform)
        if isinstance(column, DateColumn):
            moment = column.read(cell)
            if moment and not kind.required and not EARLIEST <= moment[:10] < LATEST:
                raise Unclear("an impossible time")
            return moment
        if isinstance(column, NumberColumn):
            number = column.read(cell, self._currency(row))
            if name == self.fake and number is not None:
                number = f"{1 - Decimal(number):f}"
            if kind.name in ("refunds", "discount") and number is not None:
                number = number.removeprefix("-")  # what came back, or off, may be written below nothing
            # Of rows that are added up one may give back; their sum is checked.
            if number is not None and not kind.required and not (self.in_parts and kind.name == "revenue"):
                _check(float(number), kind)
            return number
        if isinstance(cell, Odd):
            raise Unclear(cell.why)
        if isinstance(cell, Shared):
            cell = cell.value
        text = "" if cell is None else shown_cell(cell)
        if text.strip().casefold() in ("", "#n/a", "n/a", "-", "–"):
            return None
        destroyed = isinstance(cell, date) or is_scientific(text) or is_dated(text)
        if kind.name in ("value", "codes") and destroyed:
            raise Unclear(
                "the spreadsheet made a date or a number of it: format the column as text and write it again"
            )
        if kind.name in ("country", "country_share"):
            return countries_in(text) if kind.name == "country" else shares_in(text)
        if kind.type == "flag":
            flag = _FLAGS.get(text.strip().casefold())
            if flag is None:
                raise Unclear("neither yes nor no")
            return flag
        if kind.type == "texts":
            return text.split()
        if kind.name == "platform":
            return platform_named(text)
        if kind.name == "format":
            text = format_named(text) or text
        if kind.allowed and not kind.required and text not in kind.allowed:
            raise Unclear(f"none of {', '.join(kind.allowed)}")
        return text.strip() if kind.name != "text" else text


def _check(value: float, kind: Column) -> None:
    if kind.unit == "ratio" and value > MOST_ENGAGED:
        raise Unclear(f"above {MOST_ENGAGED:g}: a count, where a share of followers belongs")
    if kind.minimum is not None and value < kind.minimum:
        raise Unclear(f"below {kind.minimum:g}")
    if kind.maximum is not None and value > kind.maximum:
        raise Unclear(f"above {kind.maximum:g}")
