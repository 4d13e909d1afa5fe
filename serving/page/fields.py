"""What people type into the page's fields: amounts and shares as they write them, read whole or told at the field."""

from __future__ import annotations

import re
from decimal import Decimal

from suasion.features.errors import InputError
from suasion.features.sources.reading.numerals import Number, parse, unified


def amount(text: str) -> float | None:
    """Return an amount as people write it; None where the field is empty.

    Raises InputError when it is no amount from 0 up, or can be read in two ways.

    >>> [amount(text) for text in ("3.000", "3 000", "3,000", "€3k", "1.234,50", "12.5", " ")]
    [3000.0, 3000.0, 3000.0, 3000.0, 1234.5, 12.5, None]
    >>> amount("1.500")
    Traceback (most recent call last):
    suasion.features.errors.InputError: 1.500 can be read in two ways: write 1500 or 1.5.
    """
    number = _number(text)
    if number is None:
        return None
    if number.percent:
        raise InputError(f"{text.strip()} is a percentage; write an amount, such as 3000.")
    return _positive(text, _one_reading(text, number))


def share(text: str) -> float | None:
    """Return a share as people write it: up to 1 as a share, above as hundredths; None where the field is empty.

    Raises InputError when it is no share of a whole.

    >>> share("20 %"), share("20"), share("0,2"), share("")
    (0.2, 0.2, 0.2, None)
    """
    number = _number(text)
    if number is None:
        return None
    value = _positive(text, _one_reading(text, number))
    if number.percent or value > 1:
        value /= 100
    if value > 1:
        raise InputError(f"{text.strip()} is more than all of it; write 20 % or 0.2.")
    return value


def whole(text: str) -> int | None:
    """Return a whole number as people write it; None where the field is empty.

    Raises InputError when it is none from 0 up.

    >>> whole("2"), whole("1.000"), whole("")
    (2, 1000, None)
    """
    value = amount(text)
    if value is not None and not value.is_integer():
        raise InputError(f"{text.strip()} is no whole number; write it as 2.")
    return None if value is None else int(value)


def _number(text: str) -> Number | None:
    if not text.strip():
        return None
    number = parse(text)
    if number is None:
        raise InputError(f"“{text.strip()}” is no number; write it as 3000, 3,000 or 3k.")
    return number


def _one_reading(text: str, number: Number) -> float:
    """Return the one value of a number.

    A comma before three digits parts thousands, as it does wherever the page writes a number. A point may do either, as in
    ``1.500``, but for ``3.000``: nobody writes that for three.
    """
    readings = sorted({value for value in (number.point, number.comma) if value is not None})
    if len(readings) == 2 and "," not in text:
        small, large = readings
        digits = re.sub(r"\D", "", unified(text) or "")
        if small != small.to_integral_value() or digits != _plain(large):  # 1.000k: a thousand, or a million
            raise InputError(
                f"{text.strip()} can be read in two ways: write {_plain(large)} or {_plain(small)}."
            )
    return float(readings[-1])


def _positive(text: str, value: float) -> float:
    if not 0 <= value < 1e15:
        raise InputError(f"{text.strip()} cannot be: write a number from 0 up.")
    return value


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
