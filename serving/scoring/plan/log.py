"""What was decided, kept so that it can be judged later: whom a plan asked, with what chance, and what was forecast of them then."""

from __future__ import annotations

import hashlib
import json
import math
import os
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from suasion.features.errors import InputError

COLUMNS = (
    *("model", "campaign_id", "as_of", "influencer_id", "reason", "probability"),
    *("fee", "exposure", "expected_conversions", "low", "high"),
)


def append_decisions(decisions: pd.DataFrame, path: Path) -> bool:
    """Append a line of JSON for everybody a plan asks to a file, and return whether the plan was new to it.

    A plan that stands there already is not written again, and no line is ever changed.

    Parameters
    ----------
    decisions
        :attr:`suasion.serving.scoring.plan.plan.Plan.decisions`.
    path
        A file that ends in ``.jsonl``.

    Raises
    ------
    InputError
        When the file ends otherwise, holds what is no line of JSON, or cannot be written.
    """
    if path.suffix != ".jsonl":
        raise InputError(f"{path} must end in .jsonl: decisions are lines of JSON, one a person.")
    rows, plan = _rows(decisions), _name(decisions)
    if path.is_file() and plan in _plans(path):
        return False
    about = {
        "plan": plan,
        "logged_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    lines = "".join(json.dumps({**about, **row}, ensure_ascii=False) + "\n" for row in rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # In one piece: who writes at the same moment writes before or after it.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, lines.encode())
        finally:
            os.close(file)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error
    return True


def has_decisions(decisions: pd.DataFrame, path: Path) -> bool:
    """Return whether a plan stands in a file already; a file that is not there, or cannot be read, holds none."""
    try:
        return f'"plan": "{_name(decisions)}"' in path.read_text("utf-8", "replace")
    except OSError:
        return False


def _rows(decisions: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): _plain(value) for name, value in row.items()} for row in decisions.to_dict("records")]


def _name(decisions: pd.DataFrame) -> str:
    """Return what a plan is called: the same for the same decisions."""
    # Features are sums in any order, so that the last digits of a forecast are not the same each time.
    known = [
        {name: f"{v:.9g}" if isinstance(v, float) else v for name, v in row.items()}
        for row in _rows(decisions)
    ]
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]


def _plans(path: Path) -> set[str]:
    plans = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            plans.add(str(json.loads(line)["plan"]))
        except (ValueError, KeyError, TypeError):
            raise InputError(
                f"{path}, line {number}, is no decision. Name another file, or take the line out."
            ) from None
    return plans


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return f"{value.isoformat()}Z"
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
