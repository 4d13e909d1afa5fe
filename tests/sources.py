"""Samples of every source, brought in, and what is then there: shared by the tests of importers."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from click.testing import CliRunner

from suasion.features.attribution.orders import COMMERCE
from suasion.features.errors import InputError
from suasion.features.sources.all import SAID, SOLD, SOURCES
from suasion.features.sources.reading.profile import WITH_PROFILES
from suasion.features.sources.reading.source import Imported, run_import

from .conftest import ROOT

SAMPLES = ROOT / "tests" / "samples"
READ_AT = datetime(2024, 6, 1)
BY_NAME = {source.name: source for source in SOURCES}
NAMES = [source.name for source in (*SAID, *SOLD)]
ACCOUNTS = {
    source.name: "@tina_brews" if source.unsigned == "x" else "@tina.brews"
    for source in SAID
    if source.unsigned
}
"""Whose the samples are that do not say so."""
ALL = {**WITH_PROFILES, **COMMERCE}


def samples(name: str) -> list[Path]:
    others = tuple(other for other in NAMES if other.startswith(f"{name}_"))
    return sorted(
        path for path in SAMPLES.glob(f"{name}*") if path.is_file() and not path.name.startswith(others)
    )


def signed(name: str) -> list[str]:
    return ["--account", ACCOUNTS[name]] if name in ACCOUNTS else []


def bring(name: str, out: Path, *paths: Path, read_at: datetime | None = READ_AT) -> Imported:
    return run_import(BY_NAME[name], paths or samples(name), out, read_at=read_at, account=ACCOUNTS.get(name))


def rows_in(out: Path, table: str) -> list[dict[str, Any]]:
    if not (out / table).is_dir():
        return []
    key = ", ".join(ALL[table].key)
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT * EXCLUDE (read_at) FROM read_parquet('{out / table}/*.parquet', union_by_name = true) ORDER BY {key}, known_at NULLS FIRST"
        ).to_arrow_table()
    return [
        {
            name: str(value) if isinstance(value, datetime) else value
            for name, value in row.items()
            if value is not None
        }
        for row in rows.to_pylist()
    ]


def everything(out: Path) -> dict[str, list[dict[str, Any]]]:
    return {name: rows for name in ALL if (rows := rows_in(out, name))}


def files(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def run(*args: str, text: str | None = None) -> tuple[int, str]:
    from suasion.serving.cli.main import suasion

    result = CliRunner(env={"COLUMNS": "200"}).invoke(suasion, args, input=text)
    if result.exception and not isinstance(result.exception, SystemExit | InputError):
        raise result.exception
    return result.exit_code, result.output + (
        str(result.exception) if isinstance(result.exception, InputError) else ""
    )
