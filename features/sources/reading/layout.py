"""Finds the table within a sheet: its header below titles, its rows above totals and notes."""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .cells import Shared, Sheet, is_filled, one_line, shown_cell
from .columns import bare
from .ids import is_platform
from .moments import month_of
from .numerals import Number, is_empty, parse
from .records import SHOWN, Broken, Record

LOOKED = 60
"""Rows at the top of a sheet among which the header is looked for."""
SUMMED = 10_000
"""Rows above a row that may be their sum."""
_TOTALS = re.compile(
    r"(?:[∑Σø]|(?:grand |sub ?|running |monthly |sous[- ]|zwischen|genel |ara )?(?:totals?|total[ei]s?|totaux|summ(?:e|en|a)|sum|sums|suma|sumy|somme|"
    r"soma|gesamt\w*|insgesamt|razem|łącznie|ogółem|totaa?l|totalt|totalsumma|sammanlagt|i alt|celkem|součet|yhteensä|toplam|összesen|итого|всего|"
    r"сумма|(?:ال)?مجموع|الإجمالي|الاجمالي|合計|総計|小計|合计|总计|小计|합계|총계|소계|average|avg|mean|median|mittelwert|durchschnitt|moyenne|promedio|media|"
    r"gemiddelde?|genomsnitt|snitt|gennemsnit|gjennomsnitt|średni[ao]|průměr|keskiarvo|ortalama|среднее|المتوسط|平均|평균))"
    r"(?: (?:general|général|generale|ogółem|gesamt|spend|all|complessiv[oa]|geral|ogólna|global))?",
    re.IGNORECASE,
)
_SPAN = re.compile(r"[qt][1-4]|'?\d{2}(?:\d{2})?|kw ?\d+|w\d+", re.IGNORECASE)
"""What tells of which time a total is, beside months."""


@dataclass
class Layout:
    """The table of a sheet: the names of its columns, and its rows as dicts by them, empty cells left out."""

    header: list[str]
    rows: Iterator[Record | Broken]
    notes: list[str] = field(default_factory=list)
    title: str = ""
    """What stands above the header."""
    places: list[str] = field(default_factory=list)
    """The name of each column of the sheet; nothing for one that is empty throughout."""
    looked: list[dict[str, object]] = field(default_factory=list)
    """The first rows, totals left out."""
    titles: list[list[object]] = field(default_factory=list)
    """The rows above the header."""
    above: list[object] = field(default_factory=list)
    """The cells directly above the header."""
    over: str = ""
    """What stands alone in the row directly above the header."""
    below: str = ""
    """What stands alone in the row directly below the header."""
    repeated: bool = False
    """Whether the header stands again further below."""
    left: list[str] = field(default_factory=list)
    """Rows that are no rows of the table, said once all were read."""


def lay_out(sheet: Sheet, name: str, known: Collection[str]) -> Layout | None:
    """Return the table of a sheet; None where it holds nothing.

    Parameters
    ----------
    name
        What the file and the sheet are called where something is said of them.
    known
        Names that columns may go by, as :func:`suasion.features.sources.reading.columns.bare` writes them.
    """
    rows = iter(sheet.rows)
    top: list[tuple[int, list[object]] | Broken] = list(itertools.islice(rows, LOOKED))
    good = [row for row in top if not isinstance(row, Broken) and any(map(is_filled, row[1]))]
    if not good:
        return None
    if len(top) < LOOKED and (turned := _turned(good, known)):
        good, top = turned, [*(row for row in top if isinstance(row, Broken)), *turned]
        sheet.notes.append("people stand beside one another: each column is read as a row")
    good = _without_split_header(good, known)
    place = max(range(len(good)), key=lambda n: (_likeness(good[n][1], known), -n))
    if _likeness(good[place][1], known) < 2:
        place = _first_wide(good)
    first, cells = good[place]
    above = good[:place]
    width = max((len(row) for _, row in good[place:]), default=0)
    below_it = itertools.takewhile(
        lambda row: row == cells or not _is_header(row, known), (row for _, row in good[place + 1 :])
    )
    rows_below = [row for row in below_it if not _says_total(row)]
    used = [any(n < len(row) and is_filled(row[n]) for row in rows_below) for n in range(width)]
    upper = above[-1][1] if above and above[-1][0] == first - 1 else []
    header = _unique_names(_names(cells, used), cells, upper)
    while header and not header[-1]:
        header.pop()  # what only a row of totals fills
    layout = Layout([column for column in header if column], iter(()), sheet.notes, places=header)
    layout.looked = [_by_name(header, row) for row in rows_below if not _alone(row)]
    if rows_below and len(layout.header) > 2:
        layout.below = _alone(rows_below[0])
        layout.repeated = any(_joined(row) == _joined(cells) for row in rows_below)
    layout.above, layout.over = upper, _alone(upper)
    layout.titles = [row for _, row in above]
    if above:
        layout.title = " ".join(_joined(row) for _, row in above)
        layout.notes.append(f"the table begins in row {first}; above it: {_joined(above[0][1])[:60]}")
    before = [row for row in top if isinstance(row, Broken)]
    below = [row for row in top if not isinstance(row, Broken) and row[0] > first]
    layout.rows = _records(itertools.chain(before, below, rows), header, name, layout, known, sheet.ragged)
    return layout


def _likeness(row: list[object], known: Collection[str]) -> int:
    """Return how many cells of a row are names of columns."""
    names = {bare(str(cell)) for cell in row if isinstance(cell, str | Shared) and is_filled(cell)}
    return len({name for name in names if name in known})


def _is_header(row: list[object], known: Collection[str]) -> bool:
    """Return whether a row is the header of a table: words alone, three of which are names of columns."""
    filled = [cell for cell in row if is_filled(cell)]
    words = all(isinstance(cell, str) and not any(map(str.isdigit, cell)) for cell in filled)
    return words and _likeness(row, known) >= 3


def _turned(rows: list[tuple[int, list[object]]], known: Collection[str]) -> list[tuple[int, list[object]]]:
    """Return the rows of a sheet whose names of columns stand below one another, people beside one another, turned; nothing for others."""
    first = next((n for n, (_, row) in enumerate(rows) if sum(map(is_filled, row)) > 2), len(rows))
    block = [row for _, row in rows[first:]]
    if len(block) < 3:
        return []
    names = [row[0] if row else None for row in block]
    if _likeness(names, known) < 3 or _likeness(names, known) <= max(_likeness(row, known) for row in block):
        return []
    width = max(map(len, block))
    header = [WHO if n == 0 and not is_filled(name) else name for n, name in enumerate(names)]
    people = [[row[n] if n < len(row) else None for row in block] for n in range(1, width)]
    line = rows[first][0]
    return [*rows[:first], *((line + n, row) for n, row in enumerate([header, *people]))]


def _without_split_header(
    rows: list[tuple[int, list[object]]], known: Collection[str]
) -> list[tuple[int, list[object]]]:
    """Return the rows with a header that is written over two of them put together in the lower one.

    The lower row names what the upper one leaves empty or groups; a name that only the upper one holds stands for its column.
    """
    single = max(_likeness(row, known) for _, row in rows)
    for n, ((line, upper), (below, lower)) in enumerate(itertools.pairwise(rows)):
        cells = [cell for cell in lower if is_filled(cell)]
        if below != line + 1 or any(not isinstance(cell, str | Shared) or parse(str(cell)) for cell in cells):
            continue  # what holds a number is a row
        pairs = [*itertools.zip_longest(upper, lower), (None, None)]
        both = [_named_by(*pair, beside, known) for pair, beside in itertools.pairwise(pairs)]
        if _likeness(both, known) > single and min(_likeness(upper, known), _likeness(lower, known)) > 1:
            names = [bare(str(cell)) for cell in cells]
            groups = [(line, upper)] if len(set(names)) < len(names) else []  # what tells them apart
            return [*rows[:n], *groups, (below, both), *rows[n + 2 :]]
    return rows


def _named_by(over: object, under: object, beside: tuple[object, object], known: Collection[str]) -> object:
    """Return the name of a column with a cell over another; what heads the next column too says of what both are, and not which."""
    if is_filled(under) and _likeness([over], known) <= _likeness([under], known):
        return under
    heads_both = is_filled(under) and not is_filled(beside[0]) and is_filled(beside[1])
    return f"{shown_cell(over)} {shown_cell(under)}" if heads_both else over


def _first_wide(rows: list[tuple[int, list[object]]]) -> int:
    """Return the first row that is as wide as the table: more than half of the widest."""
    widths = [sum(map(is_filled, row)) for _, row in rows]
    return next(n for n, width in enumerate(widths) if width * 2 > max(widths))


def _names(cells: list[object], used: list[bool]) -> list[str]:
    """Return a name for each column: its own, with its letter where several go by it; nothing where it is empty throughout."""
    named = [one_line(cell).lstrip("\ufeff") if is_filled(cell) else "" for cell in cells]
    named += [""] * (len(used) - len(named))
    names = []
    for n, name in enumerate(named):
        if not name:
            names.append(f"column {_letter(n)}" if n < len(used) and used[n] else "")
        else:
            names.append(f"{name} (column {_letter(n)})" if named.count(name) > 1 else name)
    return names


def _unique_names(names: list[str], cells: list[object], upper: list[object]) -> list[str]:
    """Return names of columns with what stands above those that have one name in common: of the creator, of the flight, of each platform."""
    texts = [shown_cell(cell) if is_filled(cell) else "" for cell in cells]
    over = [
        next((shown_cell(c) for c in reversed(upper[: n + 1]) if is_filled(c)), "") for n in range(len(names))
    ]
    same = [n for n, name in enumerate(names) if " (column " in name]
    if len({over[n] for n in same if is_platform(over[n])}) > 1:
        return [
            f"{above} {text}" if text and is_platform(above) else name
            for name, text, above in itertools.zip_longest(names, texts[: len(names)], over, fillvalue="")
        ]
    if len({texts[n] for n in same}) != 1:
        return names  # none, or groups of columns
    groups = [over[n] for n in same]
    if not all(groups) or len({*groups}) < len(groups):
        return names
    whole = {n: " ".join(f"{group} {texts[n]}".split()) for n, group in zip(same, groups, strict=True)}
    return [whole.get(n, name) for n, name in enumerate(names)]


def _letter(n: int) -> str:
    return (_letter(n // 26 - 1) if n >= 26 else "") + chr(65 + n % 26)


def unfold(
    layout: Layout, header: list[str], rows: Callable[[Iterable[Record | Broken]], Iterator[Record | Broken]]
) -> Layout:
    """Return a table with other columns, whose rows are made of the first one's: those that were looked at, too."""
    looked = rows(Record("", 0, row) for row in layout.looked)
    seen = [record.value for record in looked if isinstance(record, Record)]
    return replace(layout, header=header, rows=rows(layout.rows), looked=seen)


def _records(
    rows: Iterable[tuple[int, list[object]] | Broken],
    header: list[str],
    name: str,
    layout: Layout,
    known: Collection[str],
    ragged: bool,
) -> Iterator[Record | Broken]:
    names = [column.partition(" (column ")[0] for column in header]
    ours = [column for column in names if column and not column.startswith("column ")]
    since: deque[list[object]] = deque(maxlen=SUMMED)
    tries = 50  # where many rows begin so, it is a name
    for item in rows:
        if isinstance(item, Broken):
            yield item
            continue
        line, row = item
        filled = [cell for cell in row if is_filled(cell)]
        if not filled:
            continue
        if len(filled) == len(ours) and [" ".join(str(cell).split()) for cell in filled] == ours:
            layout.left.append(f"row {line} repeats the header")
            continue
        if _is_header(row, known):
            why = "another table begins here: put it and what is below on a sheet of its own"
            yield Broken(name, line, why, _joined(row))
            return
        if (said := _says_total(row)) and (len(filled) > 1 or len(header) > 1):
            yield Record(name, line, {**_by_name(header, row), TOTAL: said})
            since.clear()
        elif (tries := tries - _begins_total(row)) > 0 and _begins_total(row) and _are_sums(row, since):
            layout.left.append(f"row {line} is one of totals")
            since.clear()
        elif len([h for h in header if h]) > 2 and (note := _alone(row)):
            yield Record(name, line, {NOTE: note})
            since.clear()
        elif any(map(is_filled, row[len(header) :])) or (len(row) < len(header) and not ragged):
            why = f"{len(row)} fields where the first line names {len(header)}"
            yield Broken(name, line, why, _joined(row))
        else:
            since.append(row)
            yield Record(name, line, _by_name(header, row))


def _are_sums(row: list[object], above: Sequence[list[object]]) -> bool:
    """Return whether a row holds the sums of two columns of the rows above it, or of its only one, and words in one cell alone.

    A point and a comma as decimal sign are tried, each for itself.
    """
    numbers = {n for n, cell in enumerate(row) if is_filled(cell) and _number(cell) is not None}
    words = [n for n, cell in enumerate(row) if is_filled(cell) and n not in numbers]
    if len(above) < 2 or len(words) != 1:
        return False
    parts: dict[tuple[int, str], list[Decimal]] = {}
    for key, value in itertools.chain.from_iterable(map(_values, above)):
        parts.setdefault(key, []).append(value)
    same = {n for (n, sign), value in _values(row) if value and _is_sum(value, parts.get((n, sign), ()))}
    return len(same) >= min(2, len(numbers)) > 0


def _is_sum(value: Decimal, parts: Sequence[Decimal]) -> bool:
    """Return whether a number is the sum of others: to the last unit, or but for decimals that were rounded off each.

    >>> _is_sum(Decimal("20.02"), [Decimal("10.00"), Decimal("10.01")]), _is_sum(Decimal("20"), [Decimal("10"), Decimal("11")])
    (True, False)
    """
    last = min((int(part.as_tuple().exponent) for part in parts), default=0)
    rounded = Decimal(len(parts) + 1).scaleb(last) / 2 if last < 0 else Decimal()
    # A spreadsheet's own arithmetic is off by less than the ninth digit.
    return bool(parts) and abs(value - sum(parts)) <= rounded + abs(value).scaleb(-9)


def _values(row: list[object]) -> Iterator[tuple[tuple[int, str], Decimal]]:
    for n, cell in enumerate(row):
        if number := _number(cell):
            for sign, value in (("point", number.point), ("comma", number.comma)):
                if value is not None:
                    yield (n, sign), value


def _number(cell: object) -> Number | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    return parse(shown_cell(cell).strip())


def _begins_total(row: list[object]) -> bool:
    """Return whether a row begins with a word for totals and goes on: ``Total campaign``."""
    first = next((cell for cell in row if is_filled(cell)), None)
    words = first.split() if isinstance(first, str) else []
    return len(words) > 1 and bool(is_word_for_totals(words[0]) or is_word_for_totals(words[-1]))


def _says_total(row: list[object]) -> str:
    """Return the word for totals that a row begins with, or ends with; nothing where there is none."""
    filled = [cell for cell in row if is_filled(cell)]
    # At the end of a row of words it is one of them, such as how somebody did.
    ends = [*filled[:1], *(filled[-1:] if all(_number(cell) is not None for cell in filled[:-1]) else ())]
    return next((cell for cell in ends if isinstance(cell, str) and is_word_for_totals(cell)), "")


def _alone(row: list[object]) -> str:
    """Return the words that a row holds and nothing else; nothing where it holds more, or a number."""
    filled = [cell for cell in row if is_filled(cell)]
    text = filled[0] if len(filled) == 1 and isinstance(filled[0], str) else ""
    return "" if parse(text) or is_word_for_totals(text) else " ".join(text.split())


WHO = "Influencer"
"""What the corner of a sheet is called whose people stand beside one another."""
NOTE = "\0note"
"""The only column of a row that says something in words and is no row of the table."""
TOTAL = "\0total"
"""Beside the columns of a row that may be one of totals: the word that says so."""


def is_total(row: Mapping[str, object], ids: Collection[str]) -> bool:
    """Return whether a row is one of totals: it begins with the word for it and names nobody, or has the word in the place of an id.

    Parameters
    ----------
    ids
        The columns that hold ids which no row can lack.
    """
    cells = [row.get(column) for column in ids]
    texts = [cell for cell in cells if isinstance(cell, str)]
    lacks = not ids or None in cells or any(map(is_empty, texts))
    return (TOTAL in row and lacks) or any(map(is_word_for_totals, texts))


def is_word_for_totals(text: str) -> bool:
    """Return whether a text is a word for a total or an average.

    >>> is_word_for_totals("Gesamt"), is_word_for_totals("Total:"), is_word_for_totals("Totally")
    (True, True, False)
    >>> is_word_for_totals("April total"), is_word_for_totals("Summe Q1 2024"), is_word_for_totals("Total Care")
    (True, True, False)
    """
    words = " ".join(text.split()).strip(" :=*-").split(" ")
    of_time = [bool(_SPAN.fullmatch(word) or month_of(word)) for word in words]
    kept = [word for word, spans in zip(words, of_time, strict=True) if not spans]
    return bool(_TOTALS.fullmatch(" ".join(kept)))


def _by_name(header: list[str], row: list[object]) -> dict[str, object]:
    return {name: cell for name, cell in zip(header, row, strict=False) if name and is_filled(cell)}


def _joined(row: list[object]) -> str:
    return ",".join(shown_cell(cell) if is_filled(cell) else "" for cell in row)[:SHOWN].strip(",")
