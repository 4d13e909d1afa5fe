"""Sheets of past campaigns whose campaigns stand in headings: rows above their people, or cells above a group of columns."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .cells import is_filled, one_line, shown_cell
from .columns import bare
from .ids import PLATFORMS, is_profile
from .layout import NOTE, TOTAL, WHO, Layout, is_word_for_totals, unfold
from .moments import is_yearless, readings
from .names import SYNONYMS
from .pivot import COLUMN, says
from .records import Broken, Record
from .spans import POSTED

CAMPAIGN, PERIOD = "Campaign", "Period"
"""What the columns are called that are made of a heading: what it says, and the time that it names."""
_ALL = frozenset("all alle everyone everybody tous toutes todos todas tutti tutte allen wszyscy alla".split())  # noqa: SIM905
"""Headings of what is of all people together."""
_VERSIONS = frozenset(
    "plan planned ist soll actual budget forecast target goal agreed delivered before after vorher nachher".split()  # noqa: SIM905
)
"""Headings of groups that are no campaigns: the same numbers, as they were meant and as they came."""


def period_in(heading: str, *, spans: bool = False) -> str:
    """Return the time that stands in a heading; nothing where there is none, or several.

    Parameters
    ----------
    spans
        Whether only what has a first and a last day counts: a single day may be that of the export.

    >>> period_in("Summer 01.06.–30.06.2024"), period_in("Launch (1–31 Mar 2024)"), period_in("Top 10"), period_in("Report 2024")
    ('01.06.–30.06.2024', '1–31 Mar 2024', '', '')
    >>> period_in("As of 12.03.2024", spans=True), period_in("Exported 2024-04-02, March 2024", spans=True)
    ('', 'March 2024')
    >>> period_in("Exported on 12 March 2024", spans=True), period_in("March 2024, exported on 2 April 2024", spans=True)
    ('', 'March 2024')
    """
    words = heading.split()
    for width in range(min(len(words), 8), 0, -1):
        windows = {n: " ".join(words[n : n + width]).strip("()[],;:|") for n in range(len(words) - width + 1)}
        times = dict.fromkeys(text for text in windows.values() if _is_time(text, spans))
        if times:
            return next(iter(times)) if len(times) == 1 else ""
        for n, text in windows.items():
            if _is_time(text, False):  # a single day: its month and year by themselves are not meant
                words[n : n + width] = [""] * width
    return ""


def _is_time(text: str, spans: bool) -> bool:
    if spans:
        return readings(text, "first") != readings(text, "last")
    return bool(readings(text, "first")) or (is_yearless(text) and any(map(str.isdigit, text)))


@dataclass(frozen=True)
class Headed:
    """How rows take what stands in headings of the sheet.

    Parameters
    ----------
    by_rows
        Whether rows of the table are headings, of the people below them.
    first
        The heading that stands above the names of the columns.
    """

    by_rows: bool
    facts: Mapping[str, object]
    """What stands beside a name of a column above the table, and what its title says: the same in all rows."""
    first: str = ""
    named: str = ""
    """The column of campaigns whose names say when each was."""

    @property
    def note(self) -> str:
        """What is to be said of it."""
        said = ["rows below a heading are of the campaign that it names"] if self.by_rows else []
        said += [f"when it was, {self.named} says"] if self.named else []
        facts = ", ".join(f"{name} {shown_cell(cell)}" for name, cell in self.facts.items())
        said += [f"what stands above the table is so in all rows: {facts}"] if facts else []
        return "; ".join(said)

    def unfolded(self, layout: Layout) -> Layout:
        """Return the sheet with columns for what its headings say."""
        made = [*self.facts, *((CAMPAIGN, PERIOD) if self.by_rows else (PERIOD,) if self.named else ())]
        return unfold(layout, [*layout.header, *made], self._rows)

    def _rows(self, rows: Iterable[Record | Broken]) -> Iterator[Record | Broken]:
        heading = self.first
        for record in rows:
            if isinstance(record, Broken):
                yield record
            elif self.by_rows and NOTE in record.value:
                heading = record.value[NOTE]
            else:
                named = {CAMPAIGN: heading, PERIOD: period_in(heading)} if self.by_rows else {}
                if self.named:
                    named = {PERIOD: period_in(shown_cell(record.value.get(self.named, "")))}
                made = {name: text for name, text in named.items() if text}
                yield Record(record.file, record.line, {**self.facts, **record.value, **made})


@dataclass(frozen=True)
class Groups:
    """Columns of one campaign each: for its heading the column of the file by the name that it shares with the others."""

    campaigns: Mapping[str, Mapping[str, str]]
    beside: tuple[str, ...]
    """Columns that belong to all."""
    renamed: Mapping[str, str]
    """Of those, the ones whose name stands in the upper line."""
    named: str = CAMPAIGN
    """What the headings are: campaigns, or people."""
    sums: Sequence[str] = ()
    """Headings of sums, which are not read."""

    @property
    def note(self) -> str:
        """What is to be said of it."""
        each = "campaign" if self.named == CAMPAIGN else "influencer"
        said = f"a row for each {each}: the columns below {', '.join(self.campaigns)} are told apart"
        return f"{said}; those below {', '.join(self.sums)} are sums, and not read" if self.sums else said

    def unfolded(self, layout: Layout) -> Layout:
        """Return the sheet with a row for each campaign of which a row says something."""
        names = dict.fromkeys(name for columns in self.campaigns.values() for name in columns)
        beside = [self.renamed.get(name, name) for name in self.beside]
        made = (CAMPAIGN, PERIOD) if self.named == CAMPAIGN else (self.named,)
        return unfold(layout, [*beside, *names, *made], self._rows)

    def _rows(self, rows: Iterable[Record | Broken]) -> Iterator[Record | Broken]:
        for record in rows:
            if isinstance(record, Broken):
                yield record
                continue
            row: dict[str, object] = record.value
            kept = {
                self.renamed.get(name, name): row[name] for name in (*self.beside, TOTAL, NOTE) if name in row
            }
            for heading, columns in self.campaigns.items():
                cells = {name: row[column] for name, column in columns.items() if column in row}
                if any(map(says, cells.values())) or TOTAL in row or NOTE in row:
                    period = {PERIOD: period_in(heading)} if self.named == CAMPAIGN else {}
                    made = {self.named: heading, **period, COLUMN: columns}
                    yield Record(record.file, record.line, {**kept, **cells, **made})
                if TOTAL in row or NOTE in row:
                    break


def headed_of(layout: Layout, known: Collection[str], *, campaign: str, dated: bool) -> Headed | None:
    """Return what rows take from headings; None where there is nothing to take.

    Parameters
    ----------
    known
        Names of columns that may stand above the table, each beside what is so in all rows.
    campaign
        The column of campaigns, or what the user says they are; nothing where nobody does.
    dated
        Whether a column, or the user, says when it was.
    """
    facts = {} if campaign and dated else _facts_in(layout, known)
    names = {bare(name) for name in facts}
    has_campaign = campaign or names & {*SYNONYMS["campaign_id"]}
    by_rows = not has_campaign and bool(layout.below or (layout.over and layout.repeated))
    if not dated and not by_rows and not names & {*POSTED, *SYNONYMS["starts_at"]}:
        period = period_in(layout.title, spans=True)
        facts |= {PERIOD: period} if period else {}
    undated = not dated and not by_rows and not facts.keys() - {CAMPAIGN} and campaign in layout.header
    cells = [shown_cell(row.get(campaign, "")) for row in layout.looked] if undated else []
    if cells and all(map(period_in, cells)):
        return Headed(False, facts, named=campaign)
    first = layout.over if by_rows and layout.repeated else ""
    return Headed(by_rows, facts, first) if by_rows or facts else None


def _facts_in(layout: Layout, known: Collection[str]) -> dict[str, object]:
    """Return what stands beside names of columns in the rows above the header, such as ``Campaign: | Spring``."""
    facts: dict[str, object] = {}
    for row in layout.titles:
        filled = [cell for cell in row if is_filled(cell)]
        if len(filled) == 1 and isinstance(filled[0], str) and ": " in filled[0]:
            filled = [*filled[0].split(": ", 1)]
        if len(filled) != 2 or not isinstance(filled[0], str):
            continue
        name = filled[0].strip().rstrip(":").strip()
        # A single day is the export's, maybe.
        a_day = bare(name) in POSTED and not _is_time(shown_cell(filled[1]), spans=True)
        if bare(name) in known and name not in layout.header and not a_day:
            facts[name] = filled[1]
    return facts


def groups_of(layout: Layout) -> Groups | None:
    """Return how a sheet with a group of columns for each campaign is unfolded; None where it has no such groups."""
    starts = [(place, one_line(cell)) for place, cell in enumerate(layout.above) if is_filled(cell)]
    shared = {name.partition(" (column ")[0] for name in layout.header if " (column " in name}
    groups: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    sums: list[str] = []
    for (place, heading), (end, _) in itertools.pairwise([*starts, (len(layout.places), "")]):
        columns = {
            name.partition(" (column ")[0]: name for name in layout.places[place:end] if name in layout.header
        }
        if columns and set(columns) <= shared and heading not in groups:
            taken |= set(columns.values())
            if is_word_for_totals(heading):
                sums.append(heading)
            else:
                groups[heading] = columns
    several = len(groups) > 1 and len(shared) > 1
    if not several or any(bare(one) in {*PLATFORMS, *_VERSIONS} for one in groups):
        return None
    beside = tuple(name for name in layout.header if name not in taken)
    # The names that stand in the upper line of columns that have none in the lower one.
    above = {name: cell for name, cell in zip(layout.places, layout.above, strict=False) if is_filled(cell)}
    upper = {name: one_line(above[name]) for name in beside if name.startswith("column ") and name in above}
    people = [heading for heading in groups if heading.startswith("@") or is_profile(heading)]
    if len(people) > 1 and len(people) * 3 >= len(groups) * 2:
        who = {heading: columns for heading, columns in groups.items() if heading.casefold() not in _ALL}
        return Groups(who, beside, upper, WHO, sums)
    return Groups(groups, beside, upper, sums=sums)
