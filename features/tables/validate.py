"""What a good row is, as SQL made from the declarations: each value typed, each row with its first reason to be set aside.

Only the row itself and the first version of its campaign are looked at; :mod:`suasion.features.tables.open` runs what is made here.
"""

from __future__ import annotations

from .read import literal, quote
from .schema import EARLIEST, LATEST, SQL_TYPES, Column, Table

LARGEST = "1.7976931348623157e308"
"""The largest double: infinity lies beyond, and SQL sorts what is no number beyond that."""
CUT = "1E+16"
"""What stands for an id that lost digits, as a spreadsheet writes one."""


def _value(column: Column, types: dict[str, str]) -> str:
    name = quote(column.name)
    if types.get(column.name) == "BLOB":
        return f"TRY(decode({name}))"
    return name


def _typed(column: Column, types: dict[str, str]) -> str:
    """Return SQL for the typed value; NULL where it is missing or cannot be read."""
    if column.name not in types:
        return f"CAST({column.default or 'NULL'} AS {SQL_TYPES[column.type]})"
    raw, value, file_type = quote(column.name), _value(column, types), types[column.name]
    match column.type:
        case "time" if file_type == "DATE" or (file_type.startswith("TIMESTAMP") and "ZONE" not in file_type):
            value = f"TRY_CAST({raw} AS TIMESTAMP)"
        case "time":
            # No zone means UTC; an offset is honoured.
            value = f"TRY_CAST({value} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        case "number":
            value = f"TRY_CAST({value} AS DOUBLE)"
            value = f"CASE WHEN {value} BETWEEN -{LARGEST} AND {LARGEST} THEN {value} END"
        case "flag":
            value = f"TRY_CAST({value} AS BOOLEAN)"
        case "texts" if not file_type.endswith("[]"):
            value = f"trim(CAST({value} AS VARCHAR))"
            # In a column of text, an empty cell is how an empty list is written.
            missing = f"{raw} IS NULL" if file_type in ("VARCHAR", "BLOB") else "false"
            value = f"CASE WHEN {missing} OR {value} = '' THEN CAST([] AS VARCHAR[]) ELSE string_split_regex({value}, '\\s+') END"
        case "texts":
            value = f"TRY_CAST({value} AS VARCHAR[])"
        case "id" if file_type in ("DOUBLE", "FLOAT"):
            # pandas turns integer ids with a gap into floats: 12.0 is 12. Beyond these a float is of several ids.
            exact = 2**53 if file_type == "DOUBLE" else 2**24
            value = (
                f"CASE WHEN abs({raw}) <= {exact} AND {raw} = floor({raw}) THEN CAST(CAST({raw} AS BIGINT) AS VARCHAR) "
                f"WHEN abs({raw}) <= {exact} THEN CAST({raw} AS VARCHAR) WHEN abs({raw}) <= {LARGEST} THEN {literal(CUT)} END"
            )
        case "id":
            value = f"trim(CAST({value} AS VARCHAR))"
            as_float = f"{value} LIKE '%.0' AND TRY_CAST({value} AS DOUBLE) IS NOT NULL"
            value = f"CASE WHEN {as_float} THEN substr({value}, 1, length({value}) - 2) ELSE nullif({value}, '') END"
        case "text":
            value = f"CAST({value} AS VARCHAR)"
    return f"coalesce({value}, {column.default})" if column.default else value


def _failed(column: Column, types: dict[str, str]) -> str:
    """Return SQL that is true where a value was given and could not be read."""
    if column.name not in types:
        return "false"
    name, file_type = quote(column.name), types[column.name]
    missing = f"isnan({name})" if file_type in ("DOUBLE", "FLOAT") else "false"
    if file_type in ("VARCHAR", "BLOB"):
        missing = f"coalesce(trim({_value(column, types)}) = '', false)"
    bare = Column(column.name, column.type, column.meaning)
    return f"({name} IS NOT NULL AND NOT {missing} AND ({_typed(bare, types)}) IS NULL)"


def type_all(numbered: str, columns: list[Column], types: dict[str, str]) -> str:
    """Return SQL for ``_row``, every column typed, and for each whether it was given and could not be read."""
    typed = ", ".join(f"{_typed(column, types)} AS {quote(column.name)}" for column in columns)
    failed = ", ".join(f"{_failed(column, types)} AS {quote('_bad_' + column.name)}" for column in columns)
    return f"SELECT _row, {typed}, {failed} FROM ({numbered})"


def judge(table: Table, columns: list[Column], typed: str) -> str:
    """Return SQL over the typed rows that fills defaults and gives each row its first reason to be set aside."""
    rules: list[str] = []

    def set_aside(condition: str, reason: str) -> None:
        rules.append(f"WHEN {condition} THEN {literal(reason)}")

    kinds = {"id": "UTF-8 text", "text": "UTF-8 text", "time": "a time", "number": "a finite number"}
    kinds |= {"flag": "true or false", "texts": "a list of texts"}
    for column in columns:
        name, value = column.name, f"t.{quote(column.name)}"
        set_aside(f"t.{quote(f'_bad_{name}')}", f"{name} is not {kinds[column.type]}")
        if column.required:
            set_aside(f"{value} IS NULL", f"{name} is missing")
        if column.type == "id":
            # What spreadsheets and pandas write for a number too long for them; the first condition is cheap, and mostly false.
            cut = f"{value} ILIKE '%e+%' AND regexp_matches({value}, '^([a-z]+:)?[0-9]([.,][0-9]+)?[Ee][+][0-9]+$')"
            how = "keep the column as text and export it again"
            set_aside(
                cut, f"{name} was destroyed by a spreadsheet or program that takes ids for numbers: {how}"
            )
            lost = f"contains({value}, '\ufffd')"
            set_aside(lost, f"{name} lost a character (\ufffd): export it again as UTF-8")
        if column.minimum is not None:
            set_aside(f"{value} < {column.minimum}", f"{name} is below {column.minimum:g}")
        if column.maximum is not None:
            hint = ": it is a share, so 20 % is 0.2" if column.unit == "share" else ""
            set_aside(f"{value} > {column.maximum}", f"{name} is above {column.maximum:g}{hint}")
        if column.allowed:
            allowed = ", ".join(map(literal, column.allowed))
            set_aside(f"{value} NOT IN ({allowed})", f"{name} is none of {', '.join(column.allowed)}")
        if column.pattern:
            fits = f"regexp_matches({value}, {literal(column.pattern)})"
            set_aside(f"NOT {fits}", f"{name} is not written like {column.example}")
        if column.type == "time":
            outside = f"{value} NOT BETWEEN TIMESTAMP '{EARLIEST}' AND TIMESTAMP '{LATEST}'"
            set_aside(outside, f"{name} is an impossible time")
    for earlier, later in table.orders:
        set_aside(f"t.{quote(later)} < t.{quote(earlier)}", f"{later} is before {earlier}")
    joins, defaults = "", {"known_at": f"coalesce(t.known_at, {table.known})"}
    if table.name in ("outcomes", "candidates"):
        # The first version of a campaign: what a row means must not hang on what became known later.
        joins = (
            "LEFT JOIN (SELECT campaign_id, arg_min(starts_at, known_at) AS starts_at, arg_min(ends_at, known_at) AS ends_at "
            "FROM campaigns GROUP BY campaign_id) c USING (campaign_id)"
        )
        set_aside("c.starts_at IS NULL", "campaign_id is not in campaigns")
        if table.strictly_after:
            early = "t.decided_at IS NOT NULL AND t.known_at < c.starts_at"
            set_aside(early, "known_at is before its campaign starts: nothing had come of it")
        defaults["decided_at"] = "coalesce(t.decided_at, c.starts_at)"
    inner = ", ".join(
        f"{defaults.get(column.name, 't.' + quote(column.name))} AS {quote(column.name)}"
        for column in columns
    )
    operator, side = ("<=", "not after") if table.strictly_after else ("<", "before")
    after = table.strictly_after or table.time
    early = f"known_at is {side} {after}: known before it happened"
    names = ", ".join(quote(column.name) for column in columns)
    return (
        f"SELECT _row, {names}, CASE WHEN reason IS NOT NULL THEN reason "
        f"WHEN known_at IS NULL THEN {literal(f'when it was known is not known: give known_at, or {table.known_meaning}')} "
        f"{'' if table.foreseen else f'WHEN known_at {operator} {quote(after)} THEN {literal(early)} '}END AS reason FROM "
        f"(SELECT t._row, {inner}, CASE {' '.join(rules)} END AS reason FROM ({typed}) t {joins})"
    )
