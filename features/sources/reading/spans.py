"""When past campaigns began and ended, where each row of a sheet names a date of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo

from .cells import Unclear
from .columns import bare
from .dates import DateColumn
from .ids import IdColumn

_POSTING = """
post date|posting date|posting datum|post datum|date posted|posted|posted on|posted at|published|published on|live date|go live|go live date|publish date|publication date
veroffentlichung|veroffentlichungsdatum|veroffentlicht am|date de publication|date publication|date de post|fecha de publicacion
fecha publicacion|fecha del post|data di pubblicazione|data pubblicazione|data de publicacao|data publicacao|data do post|data publikacji
"""
_DATED = """
date|datum|fecha|data|month|monat|mois|mes|mese|miesiac|week|wk|woche|kw|kalenderwoche|semaine|semana|settimana|tydzien|vecka|quarter|quartal|trimestre|kwartal|kvartal|uge|uke|hafta
period|periode|zeitraum|laufzeit|aktionszeitraum|kampagnenzeitraum|dates|campaign dates|campaign period|run dates|flight|flight dates|duration|periodo|periodo campana
duracion|okres|termin|terminy|donem|tarih|tarihler|kampanjperiod|durata|duree|期間|実施期間|実施日|投稿日|时间|日期|기간|날짜|период|дата|الفترة|التاريخ
"""
LASTS = 30
"""Days for which a campaign is taken to run after its last start where nothing says when it ended: what came of it is not known sooner."""
POSTING = tuple(_POSTING.strip().replace("\n", "|").split("|"))
"""What people call the day of a post."""
POSTED = (*POSTING, *_DATED.strip().replace("\n", "|").split("|"))
"""What people call the one date of a row of past campaigns, the likeliest first."""


def posted_in(header: Iterable[str], taken: Collection[str]) -> str:
    """Return the column that dates the rows of past campaigns where none is their start; nothing where there is none.

    >>> posted_in(["Influencer", "Datum", "Post Date"], {"Influencer"}), posted_in(["Creator", "Fee"], ())
    ('Post Date', '')
    """
    names = {bare(name): name for name in header if name not in taken}
    return next((names[name] for name in POSTED if name in names), "")


@dataclass
class Spans:
    """The first start and the last end of each campaign of a sheet, whatever row they stand in.

    A campaign that would begin with one of its later rows would have its first rows decided by what was known only then.

    Parameters
    ----------
    columns
        For ``starts_at`` and ``ends_at`` the columns of the file that hold them; they may be one.
    campaign
        The column of the campaign; nothing where all rows are of one.
    """

    columns: Mapping[str, str]
    campaign: str = ""
    named: str = ""
    """The campaign of all rows, where its sheet is called like it."""
    lasts: int = 0
    """Days that are added to the last start where no column holds the end."""
    cells: dict[tuple[str, str], set[object]] = field(default_factory=dict)
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    several: int = 0
    """Campaigns whose rows name several starts."""

    def see(self, row: Mapping[str, object], readers: Mapping[str, object]) -> None:
        """Take a row into account."""
        who = self._campaign(row, readers)
        for edge, column in self.columns.items():
            if who is not None and (cell := row.get(column)) is not None:
                self.cells.setdefault((who, edge), set()).add(cell)

    def settle(self, readers: Mapping[str, object]) -> None:
        """Read all dates, once it is decided how they are written."""
        for edge, name in self.columns.items():
            reader = readers[name]
            if not isinstance(reader, DateColumn):
                continue
            column = replace(reader, edge="last" if edge == "ends_at" else "first")
            for (who, other), cells in self.cells.items():
                if other != edge:
                    continue
                if moments := sorted(filter(None, (read_or_none(column, cell) for cell in cells))):
                    first, last = moments[0], moments[-1]
                    self.known[who, edge] = _later(last, self.lasts) if edge == "ends_at" else first
                    self.several += edge == "starts_at" and first != last
        self.cells.clear()

    def days(self, zone: tzinfo) -> dict[str, tuple[date, date]]:
        """Return the first and the last day of each campaign of which both are known."""
        edges = [
            {
                who: datetime.fromisoformat(at).astimezone(zone).date()
                for (who, edge), at in self.known.items()
                if edge == wanted
            }
            for wanted in ("starts_at", "ends_at")
        ]
        return {who: (first, edges[1][who]) for who, first in edges[0].items() if who in edges[1]}

    def of(self, row: Mapping[str, object], readers: Mapping[str, object]) -> dict[str, str]:
        """Return the start and the end of a row's campaign, as far as they are known."""
        who = self._campaign(row, readers)
        return {
            edge: self.known[who, edge]
            for edge in self.columns
            if who is not None and (who, edge) in self.known
        }

    def _campaign(self, row: Mapping[str, object], readers: Mapping[str, object]) -> str | None:
        column = readers.get(self.campaign)
        if not isinstance(column, IdColumn):
            return self.named
        try:
            return column.read(row.get(self.campaign))
        except Unclear:
            return None


def _later(moment: str, days: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(days=days)).isoformat() if days else moment


def share(spans: Iterable[Spans]) -> None:
    """Let a campaign that stands on several sheets have one start and one end on all of them."""
    spans = list(spans)
    whole: dict[tuple[str, str], str] = {}
    for one in spans:
        for key, moment in one.known.items():
            pick = max if key[1] == "ends_at" else min
            whole[key] = pick(whole.get(key, moment), moment)
    for one in spans:
        one.known = {key: whole[key] for key in one.known}


def read_or_none(column: DateColumn, cell: object) -> str | None:
    """Return the moment of a cell; None where it has none, or none that can be understood."""
    try:
        return column.read(cell)
    except Unclear:
        return None
