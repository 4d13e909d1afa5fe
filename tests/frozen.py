"""Files that were written down before anybody ran them, with what is right of each, and how a run is compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from click.testing import CliRunner
from openpyxl.worksheet.worksheet import Worksheet

from suasion.serving.cli.main import suasion

from .workbooks import xlsx

COLUMNS = ("exposure", "fee", "conversions", "revenue", "refunds")


@dataclass(frozen=True)
class Frozen:
    """A file, the documented command that a reader of the manual would run, and the right values, a row a line.

    `-` is nothing, and `5?` is 5 or nothing, where leaving the cell empty and naming it is right, too. Outcomes are
    campaign, influencer, exposure, fee, conversions, revenue, refunds; campaigns are id, start, end, and goal where
    one is told; ids of campaigns need only begin so. Audience is account, followers, engagement rate, real share.
    Orders are number, minor units, currency, codes, partner, what was given back. `says` has to be in the answer.
    """

    name: str
    build: Callable[[Path], Path]
    source: str
    options: Sequence[str] = ()
    outcomes: str = ""
    campaigns: str = ""
    audience: str = ""
    orders: str = ""
    says: Sequence[str] = ()


def cells(block: str) -> list[list[Any]]:
    """Return the rows of a block of text: a number is one, unless a ' stands before it as in a spreadsheet."""

    def cell(part: str) -> Any:
        if re.fullmatch(r"[0-9]+([.][0-9]+)?", part) and "|" in block:
            return float(part) if "." in part else int(part)
        return part.removeprefix("'") or None

    return [[cell(one.strip()) for one in line.split("|")] for line in block.splitlines()]


def workbook(
    file: str, block: str, change: Callable[[Worksheet], None] | None = None, **more: str
) -> Callable[[Path], Path]:
    tabs = {name: cells(one) for name, one in more.items()}
    return lambda folder: xlsx(folder / file, cells(block), change, **tabs)


def plain(file: str, content: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        (folder / file).write_bytes(content.encode(encoding))
        return folder / file

    return build


def run(case: Frozen, folder: Path) -> tuple[str, dict[str, pd.DataFrame]]:
    """Import the file of a case and return the answer in words and the tables, by name."""
    file, data = case.build(folder), folder / "data"
    table = ["--table", "orders"] if case.orders else []
    line = [
        "import",
        case.source,
        str(file),
        str(data),
        *table,
        *case.options,
        "--yes",
        "--read-at",
        "2026-01-01",
    ]
    result = CliRunner().invoke(suasion, line, env={"COLUMNS": "200"})
    answer = result.output + (f"\n{result.exception}" if result.exception else "")
    return answer, {one.name: pd.read_parquet(one) for one in data.glob("*") if any(one.glob("*.parquet"))}


def differences(case: Frozen, answer: str, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Return what is not as written down, in words; nothing where all is right."""
    wrong = [f"not said: {words}" for words in case.says if words not in " ".join(answer.split())]
    outcomes = tables.get("outcomes", pd.DataFrame())
    rows = {f"{one.campaign_id} | {one.influencer_id}": one._asdict() for one in outcomes.itertuples()}
    values = {key: [row.get(name) for name in COLUMNS] for key, row in rows.items()}
    wrong += compared("outcome", case.outcomes, values, keys=2)
    campaigns = tables.get("campaigns", pd.DataFrame())
    days = {
        one.campaign_id: [str(one.starts_at)[:10], str(one.ends_at)[:10], getattr(one, "goal", None)]
        for one in campaigns.itertuples()
    }
    wrong += compared("campaign", case.campaigns, days, keys=1)
    audience = tables.get("audience", pd.DataFrame())
    people = {
        one.influencer_id: [
            getattr(one, name, None) for name in ("followers", "engagement_rate", "real_share")
        ]
        for one in audience.itertuples()
    }
    wrong += compared("audience", case.audience, people, keys=1)
    orders, refunds = tables.get("orders", pd.DataFrame()), tables.get("refunds", pd.DataFrame())
    back = {one.order_id: one.amount for one in refunds.itertuples()}
    back = {  # one without an amount is of all that was paid
        one.order_id: one.amount if back[one.order_id] != back[one.order_id] else back[one.order_id]
        for one in orders.itertuples()
        if one.order_id in back
    }
    reports = {
        str(one.order_id if one.order_ref is None or one.order_ref != one.order_ref else one.order_ref): [
            one.amount,
            one.currency,
            " ".join(one.codes) if one.codes is not None else None,
            one.partner_id,
            back.get(one.order_id),
        ]
        for one in orders.itertuples()
    }
    return wrong + compared("order", case.orders, reports, keys=1)


def compared(what: str, right: str, values: dict[str, list[object]], keys: int) -> list[str]:
    """Return in words how rows of values differ from the right ones."""
    wrong, left = [], dict(values)
    for line in filter(None, map(str.strip, right.splitlines())):
        cells = [cell.strip() for cell in line.split("|")]
        key = next((one for one in left if alike(one.split(" | "), cells[:keys])), None)
        if key is None:
            wrong.append(f"{what} missing: {line}")
            continue
        row = left.pop(key)
        expected = cells[keys:] + ["-"] * (len(row) - len(cells) + keys)
        if what == "outcome" and row[0] == 1 and not expected[0].isdigit():
            row[0] = None  # exposure is one where nothing says it
        wrong += [
            f"{what} {key}: {value!r} where {cell} is right"
            for cell, value in zip(expected, row, strict=True)
            if not fits(cell, value)
        ]
    return wrong + [f"{what} that is none: {key} {row}" for key, row in left.items()]


def alike(ids: Sequence[str], right: Sequence[str]) -> bool:
    return ids[0].startswith(right[0]) and list(ids[1:]) == list(right[1:])


def fits(cell: str, value: object) -> bool:
    if value is None or value != value or str(value) in {"", "None", "NaT"}:
        return cell == "-" or cell.endswith("?")
    cell = cell.rstrip("?")
    number = r"-?\d+(\.\d+)?"
    if re.fullmatch(number, cell) and re.fullmatch(number, str(value)):
        return abs(float(cell) - float(str(value))) < 1e-6
    return str(value).lower().startswith(cell.lower())
