"""Values as JSON has them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any


def plain(value: object) -> Any:  # what it is, the value says: a number, text, a list, a dict or null
    """Return a value as JSON has it: what is no finite number is null, a moment ISO 8601, UTC where it names a time.

    >>> from datetime import datetime
    >>> from pathlib import Path
    >>> plain({"at": datetime(2024, 6, 1), "left": (1, float("inf")), "in": Path("a/b")})
    {'at': '2024-06-01T00:00:00Z', 'left': [1, None], 'in': 'a/b'}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date):
        if value != value:  # pandas' NaT
            return None
        return f"{value.isoformat()}Z" if hasattr(value, "hour") else value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(one) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "item"):  # a NumPy scalar
        return plain(value.item())
    return str(value)
