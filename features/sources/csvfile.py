"""Any table as a CSV file or an Excel sheet: the user says which column is what, or agrees to a guess."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from suasion.features.attribution.orders import CODES, ORDERS, minor
from suasion.features.errors import InputError
from suasion.features.sources.reading.columns import Writing, value_of
from suasion.features.sources.reading.records import Record, files_at, read, table_rows
from suasion.features.sources.reading.rows import Rows, ident
from suasion.features.sources.reading.source import Source
from suasion.features.tables.schema import TABLES, Table

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
_SHARES = ("discount",)
KNOWN: dict[str, Table] = {**TABLES, "orders": ORDERS, "codes": CODES}
"""Tables that a file may hold."""


def look(paths: list[Path]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the columns of the first file, and its first rows, to be shown.

    Raises
    ------
    InputError
        When no row can be read.
    """
    shown: list[dict[str, Any]] = []
    columns: dict[str, None] = {}
    files, problem = files_at(paths, SUFFIXES), ""
    for _, told in read(files[:1], table_rows, SUFFIXES):
        if isinstance(told, Record):
            columns |= dict.fromkeys(told.value)
            shown.append(told.value)
        elif not shown:
            problem = f" ({told.reason})"
        if len(shown) >= 200:
            break
    if not shown:
        raise InputError(
            f"{files[0]} holds no row that can be read{problem}. Give a CSV file or an Excel sheet with a header."
        )
    return list(columns), shown


def csv_source(
    parts: tuple[str, ...],
    mapping: Mapping[str, str],
    writing: Writing,
    platform: str | None = None,
    constants: Mapping[str, str] | None = None,
    name: str = "csv",
) -> Source:
    """Return the source that reads files with these columns.

    Parameters
    ----------
    parts
        The tables a row is about, one or several.
    mapping
        For each column of the file the field it holds.
    platform
        Ids of accounts and posts are that platform's, as its importer writes them: ``instagram:NAME``.
    constants
        Fields that are the same in every row.
    """
    tables = {part: KNOWN[part] for part in parts}
    fields = {
        part: {field: column for column, field in mapping.items() if _takes(table, field)}
        for part, table in tables.items()
    }
    fixed = constants or {}

    def take(row: Any, rows: Rows) -> None:
        for part, table in tables.items():
            kinds = {column.name: column.type for column in table.columns} | {"known_at": "time"}
            values: dict[str, Any] = {field: fixed[field] for field in fixed if _takes(table, field)}
            for field, column in fields[part].items():
                kind = kinds.get(field, "number")
                values[field] = value_of(row.get(column), kind, writing, share=field in _SHARES)
                if kind == "texts" and isinstance(values[field], str):
                    values[field] = values[field].split()
            if platform:
                for field in (
                    "influencer_id",
                    "author_id",
                    "referrer_id",
                    "post_id",
                    "reply_to_id",
                    "shares_id",
                ):
                    if field in values and field in kinds:
                        value = values[field]
                        account = isinstance(value, str) and field in (
                            "influencer_id",
                            "author_id",
                            "referrer_id",
                        )
                        values[field] = ident(
                            platform, value.strip().lstrip("@").lower() if account else value
                        )
                if part == "influencers":
                    values.setdefault("platform", platform)
            if part == "orders":
                values["amount"] = minor(values.get("amount"), values.get("currency"))
            if len(parts) > 1 and not any(values.get(field) is not None for field in fields[part]):
                continue
            rows.add(part, **values)

    return Source(
        name=name,
        title="CSV and Excel",
        written_from="RFC 4180; Office Open XML as openpyxl 3.1 reads it",
        get="Any table of yours. Columns are guessed by their names and shown before anything is written; --map COLUMN=FIELD tells them.",
        fills={
            part: dict.fromkeys((*(c.name for c in table.columns), "known_at"), "as mapped")
            for part, table in tables.items()
        },
        left=("columns that are not mapped",),
        take=take,
        reader=table_rows,
        suffixes=SUFFIXES,
        tables=KNOWN,
        strict=True,
    )


def _takes(table: Table, field: str) -> bool:
    own = field == "known_at" or any(column.name == field for column in table.columns)
    return own or bool(table.extra_prefix and field.startswith(table.extra_prefix))


CSV = csv_source(tuple(name for name in TABLES), {}, Writing())
