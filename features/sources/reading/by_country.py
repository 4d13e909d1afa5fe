"""Lists of creators with a column for each country of the audience, or with countries and their shares in turn: put together into one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from .cells import Unclear, shown_cell
from .columns import bare
from .countries import country_code
from .numerals import is_empty, parse

_OF = "audience followers follower subscribers country countries zielgruppe publikum land lander abonnes pays audiencia seguidores pais paises"
_SAYS = "share pct percent percentage anteil prozent part pourcentage porcentaje parte"
_AUDIENCE, _SHARE = frozenset(_OF.split()), frozenset(_SAYS.split())
"""Words that say that a column beside a country is of the audience, and that it is a share."""
_BESIDE = _AUDIENCE | _SHARE | {"top", "in", "from", "of", "aus"}
_NO_CODES = frozenset(("ID", "NO", "IN"))
"""Codes of countries that stand above columns for something else."""


@dataclass
class ByCountry:
    """The columns that hold shares of an audience, and whether they are percentages."""

    columns: Mapping[str, str]
    """For each the code of its country, or the column that names it."""
    percent: bool

    def see(self, row: Mapping[str, object]) -> None:
        """Take a row into account: of columns in which any number is above 1, all are percentages."""
        for column in self.columns:
            try:
                number = _number(row.get(column))
            except Unclear:
                continue  # said when it is read
            self.percent |= number is not None and (number[1] or number[0] > 1)

    def read(self, row: Mapping[str, object], note: Callable[[str, str, object], None]) -> str | None:
        """Return the shares of a row as the table has them; None where it tells none."""
        shares: dict[str, float] = {}
        for column, country in self.columns.items():
            cell = row.get(column)
            try:
                number = _number(cell)
                if number is None:
                    continue
                code = country if country.isupper() and len(country) == 2 else None
                code = code or country_code(shown_cell(row.get(country) or ""))
                if code is None:
                    raise Unclear(f"{country} names no country that is known")
            except Unclear as error:
                note(column, str(error), cell)
            else:
                shares[code] = round(shares.get(code, 0.0) + number[0] / (100 if self.percent else 1), 6)
        if sum(shares.values()) > 1.005:
            note(
                ", ".join(self.columns),
                "shares of countries that are more than all together",
                json.dumps(shares),
            )
            return None
        return json.dumps(shares) if shares else None


def by_country(header: Iterable[str], taken: Collection[str]) -> ByCountry | None:
    """Return the columns that hold the share of one country each; None where there are none.

    A country's code alone counts only in capitals, and a country without a word about the audience only beside another.

    >>> by_country(["Creator", "Followers", "DE", "AT"], ["Creator", "Followers"]).columns
    {'DE': 'DE', 'AT': 'AT'}
    >>> by_country(["Creator", "Top country 1", "Top country 1 %", "Germany"], ["Creator"]).columns
    {'Top country 1 %': 'Top country 1'}
    """
    free = [name for name in header if name not in taken]
    sure: dict[str, str] = {}
    alone: dict[str, str] = {}
    named: dict[str, str] = {}
    for name in free:
        words = _words(name)
        called = {word: bare(word) for word in words}
        rest = [word for word in words if called[word] not in _BESIDE]
        about = _AUDIENCE.intersection(called.values())
        if about and len(rest) == 1 and rest[0].isdigit():
            kind = "share" if "%" in name or _SHARE.intersection(called.values()) else "name"
            named[f"{kind} {rest[0]}"] = name
            continue
        written = " ".join(rest)
        code = country_code(written)
        if code and (about or not (len(written) == 2 and (written.islower() or written in _NO_CODES))):
            (sure if about else alone)[name] = code
    pairs = {
        share: named[key.replace("share", "name")]
        for key, share in named.items()
        if key.startswith("share") and key.replace("share", "name") in named
    }
    columns = sure | pairs | (alone if len(alone) + len(sure) > 1 else {})
    return ByCountry(columns, any("%" in name for name in columns)) if columns else None


def _words(name: str) -> list[str]:
    return re.findall(r"\d+|[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def _number(cell: object) -> tuple[float, bool] | None:
    """Return a share and whether it is written as a percentage; None of an empty cell.

    Raises
    ------
    Unclear
        When it is no number, or below nothing.
    """
    text = "" if cell is None else shown_cell(cell)
    if not text.strip() or is_empty(text):
        return None
    number = parse(text)
    if number is None or number.value is None or number.value < 0:
        raise Unclear("no share, such as 45 %")
    return float(number.value), number.percent
