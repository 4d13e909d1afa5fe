"""Opens JSON that no source has a reader for as a sheet: an object a row, what lies within one by its names, ``sale amount``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .cells import Sheet
from .ids import EXACT
from .records import Broken, Document, json_values
from .rows import dig, excerpt, listed

_AMOUNTS = ("amount", "value")
_CURRENCIES = ("currency", "currency_code", "currencyCode")
"""How an object that is an amount of money names its parts."""
_OWN = re.compile(r"(?:^|_)id$|I[dD]$|^(?:user_?[nN]ame|handle|name|title|text|caption|email)$")
"""Names of what an object says of itself, and an answer with a list of objects does not."""
_SUM = re.compile("amount|total|price|value|revenue|sum", re.IGNORECASE)
_DEEP = 6
"""How many objects lie in one another in what is read."""


def sheet_of(document: Document, *, is_list: bool) -> Sheet | None:
    """Return the objects of a JSON file as rows; None where it holds none. ``is_list``: whether it is a list of them."""
    broken = list[Broken]()
    rows = list[tuple[int, dict[str, object]]]()
    for item in json_values(document):
        if isinstance(item, Broken):
            broken.append(item)
        else:
            things = [item.value] if is_list and isinstance(item.value, dict) else _things(item.value)
            rows += [(item.line, _flat(thing)) for thing in things]
            if not things:
                broken.append(Broken(item.file, item.line, "no object", excerpt(item.value)))
    header = [*dict.fromkeys(name for _, row in rows for name in row)]
    if not header:
        return None

    def cells() -> Iterator[tuple[int, list[object]] | Broken]:
        yield 0, [*header]
        yield from broken
        for line, row in rows:
            yield line, [row.get(name) for name in header]

    return Sheet("", cells())


def _things(value: object, deep: int = 0) -> list[dict[str, object]]:
    """Return the objects that a value stands for: itself, or those of the longest list in an answer, which has no id of its own.

    >>> _things({"id": 1, "items": [{"sku": 2}]}), _things({"count": 1, "data": {"records": [{"id": 3}]}})
    ([{'id': 1, 'items': [{'sku': 2}]}], [{'id': 3}])
    """
    if isinstance(value, list):
        return [thing for thing in value if isinstance(thing, dict)]
    if not isinstance(value, dict):
        return []
    if "dimensionHeaders" in value:
        return _report(value)
    if any(_OWN.search(name) and not isinstance(part, dict) for name, part in value.items()):
        return [value]
    parts = [part for part in value.values() if isinstance(part, dict | list)]
    within = [_things(part, deep + 1) for part in parts if deep < _DEEP]
    most = max(within, key=len, default=[])
    if most and (len(most) > 1 or most[0] not in value.values()):
        return most
    return [value] if most or any(not isinstance(part, dict | list) for part in value.values()) else []


def _report(answer: dict[str, object]) -> list[dict[str, object]]:
    """Return the rows of what Google Analytics' Data API answers, whose names stand once above them.

    >>> _report({"dimensionHeaders": [{"name": "date"}], "rows": [{"dimensionValues": [{"value": "20240301"}]}]})
    [{'date': '20240301'}]
    """
    parts = ("dimension", "metric")
    names = [str(dig(head, "name")) for part in parts for head in listed(answer, f"{part}Headers")]
    rows = [
        [dig(cell, "value") for part in parts for cell in listed(row, f"{part}Values")]
        for row in listed(answer, "rows")
    ]
    return [dict(zip(names, row, strict=False)) for row in rows]


def _flat(thing: dict[str, object], before: str = "", deep: int = 0) -> dict[str, object]:
    """Return the values in an object by the names that lead to them.

    >>> _flat({"id": 1, "user": {"name": "anna"}, "sale": {"amount": "5.00", "currency": "EUR"}, "tags": ["a", "b"], "ok": True})
    {'id': 1, 'user name': 'anna', 'sale amount': '5.00', 'currency': 'EUR', 'tags': 'a, b', 'ok': 'true'}
    """
    row: dict[str, object] = {}
    for name, value in thing.items():
        called = f"{before} {name}".strip()
        if isinstance(value, list) and len(value) == 1:
            (value,) = value
        if isinstance(value, dict) and deep < _DEEP:
            amount = next((part for part in _AMOUNTS if part in value), "")
            currency = next((part for part in _CURRENCIES if part in value), "")
            if amount and currency:
                row[called if _SUM.search(called) else f"{called} {amount}"] = _cell(value[amount])
                row.setdefault("currency", _cell(value[currency]))
            else:
                row |= {key: cell for key, cell in _flat(value, called, deep + 1).items() if key not in row}
                if currency:
                    row.setdefault("currency", _cell(value[currency]))
        elif isinstance(value, list):
            texts = [part for part in value if isinstance(part, str | int)]
            row[called] = ", ".join(map(str, texts)) if len(texts) == len(value) else None
        else:
            row[called] = _cell(value)
    return row


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > EXACT:
        return str(value)
    return value if isinstance(value, str | int | float) else None
