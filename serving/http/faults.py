"""What is wrong with a request, field by field: its name, what came, and what can be."""

from __future__ import annotations

import json
from datetime import datetime

from pydantic_core import ErrorDetails

from suasion.features.errors import SuasionError

from .responses import FieldError

_ALLOWED = {
    "ge": "{} or more",
    "gt": "more than {}",
    "le": "{} or less",
    "lt": "less than {}",
    "min_length": "{} or more long",
    "max_length": "{} or less long",
    "pattern": "what fits {}",
    "expected": "{}",
}
"""What pydantic says of a limit, in words."""
_SHOWN = 100
"""Characters of what came that are told."""


def named(error: SuasionError) -> list[FieldError]:
    """Return the one field of an error that has one.

    >>> named(SuasionError("days is 0.", field="days", given=0, allowed="above 0"))
    [FieldError(field='days', message='days is 0.', given='0', allowed='above 0')]
    """
    if not error.field:
        return []
    return [
        FieldError(
            field=error.field, message=str(error), given=_shown(error.given), allowed=error.allowed or None
        )
    ]


def field_error(error: ErrorDetails) -> FieldError:
    """Return what pydantic found wrong with one field."""
    context = error.get("ctx", {})
    if error["type"] == "json_invalid":
        message = f"is not JSON: {context.get('error', 'it ends too soon')}"
        return FieldError(field="body", message=message, allowed="JSON")
    allowed = [words.format(context[name]) for name, words in _ALLOWED.items() if name in context]
    missing = error["type"] == "missing"
    return FieldError(
        field=".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path")),
        message=error["msg"],
        given=None if missing else _shown(error.get("input")),
        allowed=" and ".join(allowed) or None,
    )


def _shown(value: object) -> str | None:
    """Return a value as JSON, cut off where it is long; None for none."""
    if value is None:
        return None
    if isinstance(value, datetime):
        value = value.isoformat()
    text = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
