"""What a sheet's columns are and how their values are written: worked out from all of its rows before one of them is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from suasion.features.tables.schema import EARLIEST, LATEST, Column, extra

from .blocks import written_once
from .by_country import ByCountry, by_country
from .cells import Linked, Odd, Shared, Unclear, is_filled, shown_cell
from .columns import bare, best_table, guess, known_names, settle
from .countries import countries_in, shares_in
from .dates import DateColumn
from .fit import Asked, Fit
from .formats import AgreedColumn, by_format
from .headings import PERIOD, Groups, Headed, groups_of, headed_of
from .ids import IdColumn, is_address, is_dated, is_platform, is_profile, is_scientific, platform_named
from .layout import Layout, is_total, lay_out
from .likely import completed, could_hold, holding, other_ways, says_link
from .names import COMMISSION, CURRENCY, FAKE, FOLLOWERS, LINK, PLATFORM, RESULT, RESULT_KIND, STATE, SYNONYMS
from .numbers import NumberColumn, is_currency, is_empty, unit_of
from .pivot import COLUMN, Pivot, pivot_of
from .rows import dig
from .sheets import Sheet
from .spans import LASTS, POSTED, Spans, posted_in
from .wide import Wide, wide_of

ACCOUNTS = ("influencer_id", "author_id", "referrer_id")
_PREFIXED = ("post_id", "reply_to_id", "shares_id")
_DECIDING = ("known_at", "decided_at")
"""Without these a row would count as known, or decided, at another moment: what came later could leak into the past."""
_DAY = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}\.? [^\W\d]+\.? \d{4}|[^\W\d]+\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
)
"""A day in a title, such as that of the export: its year is not that of the rows."""
_OF_CAMPAIGNS = ("brand", "category", "brief", "goal", "country")
"""What is said of a campaign as a whole."""
_GENERIC = re.compile(
    r"(?:sheet|tabelle|blatt|feuil|feuille|hoja|foglio|planilha|folha|blad|arkusz|ark|list|sayfa|лист|シート|table|page|book|data|daten|results?|"
    r"export|report|overview|master|tracker|influencers?|creators?|campaigns?|kampagnen|payouts?)?[\s_-]*\d*",
    re.IGNORECASE,
)
"""Names of sheets that are no campaign's."""
_EDGES = {"starts_at": "first", "ends_at": "last", "observed_at": "last"}
_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "sim", "x", "✓", "✔"), "true"),
    **dict.fromkeys(("false", "f", "no", "n", "0", "nein", "falsch", "non", "faux", "nao", "não", "✗", "✘"), "false"),
}  # fmt: skip


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
    once: str = ""
    """The column that is written once for several rows."""
    fixed: frozenset[str] = frozenset()
    """Columns of which the user says what they are."""
    also: tuple[str, ...] = ()
    """Columns of conversions that came another way, to be added."""
    told: dict[tuple[str, str], str] = field(default_factory=dict)
    """What the rows of a campaign say of it, by the column."""
    missing: tuple[str, ...] = ()
    """Needed fields that no column holds."""
    could: dict[str, list[str]] = field(default_factory=dict)
    """For each of them the columns whose cells look like it."""
    unread: str = ""
    notes: list[str] = field(default_factory=list)
    examples: dict[str, list[str]] = field(default_factory=dict)
    rows: int = 0
    columns: dict[str, NumberColumn | DateColumn | IdColumn] = field(default_factory=dict)
    kinds: dict[str, Column] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    platform: str = ""
    differs: set[str] = field(default_factory=set)
    """Columns that say several things of one campaign."""
    platform_from: str = ""
    link_from: str = ""
    """The column of addresses beside handles that name no platform."""
    currency_from: str = ""
    state_from: str = ""
    """Of orders, the column that says whether one stands."""
    constants: dict[str, str] = field(default_factory=dict)
    """Fields that are the same in every row, as the sheet's other columns show."""
    added_up: tuple[str, ...] = ()
    """Fields that count one format each, whose sum is how many posts were agreed."""
    fake: str = ""
    """The column of the share that is not real, where none of the share that is."""
    by_country: ByCountry | None = None
    """The columns of single countries, where none lists them."""
    pivot: Pivot | Wide | Groups | Headed | None = None
    """Of a sheet with a column for each month, platform or campaign, or with headings, how it is unfolded."""
    spans: Spans | None = None
    """Of past campaigns, when they began and ended."""
    followers: dict[str, tuple[str, float]] = field(default_factory=dict)
    """For each account of past campaigns the start of the latest and the followers that stand beside it."""

    @property
    def name(self) -> str:
        """The file, and the sheet in it."""
        return f"{self.file}:{self.sheet}" if self.sheet else self.file

    @property
    def fields(self) -> list[str]:
        """All fields that its rows hold."""
        named = (
            sorted(c.named) for c in self.columns.values() if isinstance(c, AgreedColumn) and len(c.named) > 1
        )
        return [*self.mapping.values(), *(field for fields in named for field in fields)]

    def how(self, column: str) -> str:
        """How a column's values are read; nothing where they are read as they are."""
        if column and column == self.fake:
            return "1 less it"
        reader = self.columns.get(column)
        return (
            (self.platform if reader.account else "")
            if isinstance(reader, IdColumn)
            else reader.how
            if reader
            else ""
        )

    def see(self, row: Mapping[str, object]) -> None:
        """Take a row into account."""
        self.rows += 1
        if self.by_country:
            self.by_country.see(row)
        if self.spans:
            self.spans.see(row, self.columns)
        campaign = next(
            (shown_cell(row.get(n, "")) for n, f in self.mapping.items() if f == "campaign_id"), ""
        )
        for name, target in self.mapping.items():
            if target in _OF_CAMPAIGNS and is_filled(row.get(name)):
                text = shown_cell(row[name]).strip().casefold()
                if self.told.setdefault((campaign, name), text) != text:
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
        if self.spans:
            self.spans.settle(self.columns)
            if self.spans.several:
                start, end = self.spans.columns.get("starts_at"), self.spans.columns.get("ends_at")
                last = f" and ends with the last {end}" if end else ""
                self.notes.append(f"a campaign begins with the first {start} of its rows{last}")
        seen = self.examples.get(self.platform_from, [])
        if seen and all(map(is_address, seen)):
            self.platform_from, self.link_from = "", self.platform_from
        accounts = [
            column for column in self.columns.values() if isinstance(column, IdColumn) and column.account
        ]
        named = {column.platform for column in accounts} - {""}
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

    def is_total(self, row: dict[str, object]) -> bool:
        """Return whether a row is one of totals."""
        return is_total(
            row, [n for n, f in self.mapping.items() if self.kinds[f].type == "id" and self.kinds[f].required]
        )

    def read(self, row: Mapping[str, object], note: Note) -> tuple[dict[str, object], dict[str, str]]:
        """Return a row's fields, and for needed ones that cannot be understood why; other such cells are left empty and noted."""
        values: dict[str, object] = {}
        faults: dict[str, str] = {}
        odd: set[str] = set()
        platform = self.platform
        if self.platform_from and isinstance(row.get(self.platform_from), str | Shared):
            platform_cell = str(row[self.platform_from])
            platform = platform if is_empty(platform_cell) else platform_named(platform_cell)
        for name, target in self.mapping.items():
            cell, kind = row.get(name), self.kinds[target]
            is_name = isinstance(cell, str) and " " in cell.strip() and "@" not in cell
            link = row.get(self.link_from) if target in ACCOUNTS else None
            if isinstance(link, str) and isinstance(cell, str) and not is_address(cell):
                cell = Linked(cell, link)
            try:
                # A person's name is no account: who is asked on two platforms stays one.
                values[target] = self._value(name, cell, kind, row, self.platform if is_name else platform)
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

    def _value(
        self, name: str, cell: object, kind: Column, row: Mapping[str, object], platform: str
    ) -> object:
        column = self.columns.get(name)
        if isinstance(column, IdColumn):
            return column.read(cell, platform, prefix=self.platform if kind.name in _PREFIXED else "")
        if isinstance(column, DateColumn):
            moment = column.read(cell)
            if moment and not kind.required and not EARLIEST <= moment[:10] < LATEST:
                raise Unclear("an impossible time")
            return moment
        if isinstance(column, NumberColumn):
            number = column.read(cell, self._currency(row))
            if name == self.fake and number is not None:
                number = f"{1 - Decimal(number):f}"
            if number is not None and not kind.required:
                _check(float(number), kind)
            return number
        if isinstance(cell, Odd):
            raise Unclear(cell.why)
        if isinstance(cell, Shared):
            cell = cell.value
        if cell is None or (
            isinstance(cell, str) and cell.strip().casefold() in ("", "#n/a", "n/a", "-", "–")
        ):
            return None
        text = shown_cell(cell)
        if kind.name in ("value", "codes") and (
            isinstance(cell, date) or is_scientific(text) or is_dated(text)
        ):
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
        if kind.allowed and not kind.required and text not in kind.allowed:
            raise Unclear(f"none of {', '.join(kind.allowed)}")
        return text.strip() if kind.name != "text" else text


def _check(value: float, kind: Column) -> None:
    if kind.minimum is not None and value < kind.minimum:
        raise Unclear(f"below {kind.minimum:g}")
    if kind.maximum is not None and value > kind.maximum:
        raise Unclear(f"above {kind.maximum:g}")


def make_plan(path: Path, file: str, sheet: Sheet, fit: Fit, options: Asked) -> tuple[Plan, Layout | None]:
    """Return what a sheet's columns are, by their names alone, and its rows."""
    plan = Plan(path, file, sheet.name, unread=sheet.unread)
    if sheet.unread:
        return plan, None
    plan.known = known_names(fit.tables.values()) | {*(POSTED if fit.past else ())}
    layout = lay_out(sheet, plan.name, plan.known)
    if layout is None:
        plan.unread = "empty"
        return plan, None
    plan.notes = layout.notes
    if fit.parts in (None, ("audience",)):
        named = (sheet.name, layout.title, Path(file).stem)
        counts = fit.tables["audience"].columns
        plan.pivot = pivot_of(layout, named, counts) or wide_of(layout, counts)
    elif fit.past:
        plan.pivot = _headings(layout, fit, options)
    if plan.pivot:
        plan.notes.append(plan.pivot.note)
        layout = plan.pivot.unfolded(layout)
    plan.header = layout.header
    same = {name: table for name, table in fit.tables.items() if name == sheet.name.casefold()}
    best = None if fit.parts else best_table(plan.header, same) or best_table(plan.header, fit.tables)
    parts = fit.parts or ((best,) if best else ())
    if not parts:
        plan.unread = f"no table fits the columns {', '.join(plan.header)}"
        return plan, None
    plan.parts = parts
    if not options.year and (
        year := _year_of(sheet.name or sheet.tab) or _year_of(_DAY.sub(" ", layout.title))
    ):
        options = replace(options, year=year)
    columns, prefixes = fit.columns(parts), fit.prefixes(parts)
    mapped = {name: target for name, target in options.maps.items() if name in plan.header}
    free = [column for column in columns.values() if column.name not in options.constants]
    mapping = settle(plan.header, mapped, free, " and ".join(parts), prefixes)
    if fit.past:
        # Reach or an audience are not followers where it is not said.
        mapping = {
            n: f
            for n, f in mapping.items()
            if f != "followers" or n in mapped or {*FOLLOWERS} & set(bare(n).split())
        }
    if fit.past or fit.undated:
        fields = [*(column.name for column in free), "posted_at" if fit.past else "fake_share"]
        by_name, mapping = mapping, completed(mapping, plan.header, layout.looked, fields, mapped)
        if guessed := [name for name, target in mapping.items() if by_name.get(name) != target]:
            plan.notes.append(f"guessed by a word of their names and by their cells: {', '.join(guessed)}")
    words = {f: n for n, f in mapping.items() if f in ("posted_at", "fake_share")}
    mapping = {n: f for n, f in mapping.items() if f not in words}
    if "real_share" in columns and "real_share" not in {*mapping.values(), *options.constants}:
        plan.fake = next(
            (n for n in plan.header if n not in mapping and n not in mapped and bare(n) in FAKE),
            words.get("fake_share", ""),
        )
        mapping |= {plan.fake: "real_share"} if plan.fake else {}
    if "country_share" in columns and "country_share" not in {*mapping.values(), *options.constants}:
        plan.by_country = by_country(plan.header, {*mapping, *mapped})
    if "offer_" in prefixes and (formats := by_format(mapping, plan.header, mapped)):
        mapping |= formats
        if "exposure" not in {*mapping.values(), *options.constants}:
            plan.added_up = tuple(formats.values())
            plan.notes.append(f"posts agreed are {', '.join(formats)} added up")
    needs_start = "starts_at" not in {*mapping.values(), *options.constants}
    # What a heading says of the time is for rows that say nothing themselves.
    posted = posted_in(plan.header, {*mapping, *mapped, PERIOD}) or words.get("posted_at", "")
    posted = posted or posted_in(plan.header, {*mapping, *mapped})
    posted = posted if fit.past and needs_start else ""
    mapping |= {posted: "starts_at"} if posted else {}
    by_field = {target: name for name, target in mapping.items()}
    counted, kind = by_field.get("conversions", ""), by_field.get("goal", "")
    if kind and kind not in mapped and bare(kind) in RESULT_KIND and bare(counted) not in RESULT:
        del mapping[kind]
    plan.mapping = mapping
    if "orders" in parts:
        amount = by_field.get("amount", "")
        if "currency" not in {*by_field, *options.constants} and (unit := unit_of(amount)[1]):
            plan.constants["currency"] = unit
            plan.notes.append(f"amounts are in {unit}, as the column {amount} says")
        plan.state_from = next((n for n in plan.header if bare(n) in STATE and n not in mapped), "")
        if (
            by_field.get("partner_id")
            and bare(by_field["partner_id"]) == "user id"
            and not {*map(bare, plan.header)} & COMMISSION
        ):
            del mapping[by_field.pop("partner_id")]  # a customer's, where nobody is paid for the order
        if "partner_id" in by_field and "reporter" not in {*by_field, *options.constants}:
            plan.constants["reporter"] = "network"
            plan.notes.append(f"{by_field['partner_id']} is whom a network credits: reporter is network")
    have = {*plan.mapping.values(), *options.constants, *plan.constants}
    plan.missing = tuple(c.name for c in columns.values() if c.required and c.name not in have)
    generic = _GENERIC.fullmatch(sheet.name.strip()) or not sheet.name
    if plan.missing == ("campaign_id",) and fit.past and not generic:
        plan.constants["campaign_id"], plan.of_tab, plan.missing = sheet.name.strip(), True, ()
        plan.notes.append(f"the campaign is the sheet's name: {sheet.name.strip()}")
    if plan.missing:
        left = [name for name in plan.header if plan.mapping.get(name, "decided_at") == "decided_at"]
        plan.could = {field: could_hold(field, left, layout.looked) for field in plan.missing}
        plan.lacks(plan.missing)
        return plan, None
    plan.kinds = columns | {name: extra(name) for name in plan.mapping.values() if name not in columns}
    plan.platform = options.platform
    _find_beside(plan, mapped, layout.looked if fit.past or fit.undated else [])
    if fit.past:
        plan.also = tuple(other_ways(plan.mapping, plan.header, layout.looked, mapped))
        if plan.also:
            counted = next(name for name, target in plan.mapping.items() if target == "conversions")
            plan.notes.append(f"conversions are {', '.join((counted, *plan.also))} added up")
        plan.once = written_once(
            [n for f in ("campaign_id", "influencer_id") for n, t in plan.mapping.items() if t == f],
            layout.looked,
        )
        if plan.once:
            plan.notes.append(f"{plan.once} is written once for the rows below it")
    plan.fixed = frozenset(mapped)
    for name in plan.also:
        plan.columns |= _reader(name, plan.kinds["conversions"], options)
    for name, target in plan.mapping.items():
        plan.columns |= _reader(name, plan.kinds[target], options)
    if isinstance(fake := plan.columns.get(plan.fake), NumberColumn):
        fake.rate = True  # a share of fake followers may well be below 1 %
    if fit.past:
        edges: dict[str, str] = {
            edge: by_field[edge] for edge in ("starts_at", "ends_at") if edge in by_field
        }
        start = edges.get("starts_at", "")
        lasts = 0
        if start and not {"ends_at"} & have:
            edges["ends_at"] = start
            if start != posted and bare(start) not in POSTED:
                lasts = LASTS
                plan.notes.append(
                    f"no column says when a campaign ended: {LASTS} days after its last start are assumed"
                )
        campaign, tab = by_field.get("campaign_id", ""), plan.constants.get("campaign_id", "")
        plan.spans = Spans(edges, campaign, tab, lasts) if edges else None
    return plan, layout


def _year_of(name: str) -> str:
    """Return the one year that the name of a sheet holds; nothing where there is none, or several.

    >>> _year_of("2023"), _year_of("Kampagnen 2024"), _year_of("2023-2024"), _year_of("Sheet1")
    ('2023', '2024', '', '')
    """
    years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name))
    return years.pop() if len(years) == 1 else ""


def _find_beside(plan: Plan, mapped: Collection[str], looked: list[dict[str, object]]) -> None:
    """Find the columns that say in which currency, on which platform and at which address: by their names, else by their cells."""
    free = [name for name in plan.header if name not in mapped]
    others = [name for name in free if name not in plan.mapping]
    if "orders" not in plan.parts:
        plan.currency_from = next((name for name in free if bare(name) in CURRENCY), "")
        plan.currency_from = plan.currency_from or holding(others, looked, is_currency)
    # Whose ids go by our own name keeps them as they are in all of their tables.
    if any(name.strip().lower() == field for name, field in plan.mapping.items() if field in ACCOUNTS):
        return
    plan.platform_from = next((name for name in free if bare(name) in PLATFORM), "")
    plan.platform_from = plan.platform_from or holding(others, looked, is_platform)
    people = [text for name, f in plan.mapping.items() if f in ACCOUNTS for text in _shown(name, looked)]
    linked = others if all(" " in person for person in people) else filter(says_link, others)
    plan.link_from = next((name for name in others if bare(name) in LINK), "") or holding(
        linked, looked, is_profile
    )


def _shown(name: str, rows: list[dict[str, object]]) -> list[str]:
    return [shown_cell(row[name]).strip() for row in rows if name in row]


def _headings(layout: Layout, fit: Fit, options: Asked) -> Groups | Headed | None:
    """Return how a sheet of past campaigns whose columns do not say the campaign, or when it was, takes it from its headings."""
    columns = fit.columns(("campaigns",))
    known = {*POSTED, *(bare(name) for field in columns for name in (field, *SYNONYMS.get(field, ())))}
    likely = completed(
        guess(layout.header, columns.values()), layout.header, layout.looked, [*columns, "posted_at"]
    )
    said = {field: name for name, field in likely.items()}
    said |= {field: field for field in options.constants} | {
        field: name for name, field in options.maps.items()
    }
    campaign = said.get("campaign_id", "")
    dated = not {"starts_at", "posted_at"}.isdisjoint(said) or bool(posted_in(layout.header, options.maps))
    groups = groups_of(layout)
    if groups and groups.named in (("Campaign",) if campaign else ()):
        groups = None
    return groups or headed_of(layout, known, campaign=campaign, dated=dated)


def _reader(name: str, kind: Column, options: Asked) -> dict[str, NumberColumn | DateColumn | IdColumn]:
    match kind.type:
        case "number":
            people = kind.name in ("followers", "following")
            counted = kind.unit in ("people", "posts")
            reader = AgreedColumn if kind.name == "exposure" else NumberColumn
            rate = kind.unit == "ratio"
            share = rate or kind.unit == "share"
            made = reader(name, options.decimal, whole=people, share=share, counted=counted, rate=rate)
            return {name: made}
        case "time":
            return {
                name: DateColumn(name, options.dates, options.zone, _EDGES.get(kind.name, ""), options.year)
            }
        case "id":
            return {name: IdColumn(name, account=kind.name in ACCOUNTS)}
    return {}
