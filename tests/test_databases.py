"""Tables behind an address: any back end of Ibis, asked for the declared columns and nothing else.

Postgres is in tests/test_postgres.py. Of BigQuery and Snowflake only the SQL that would be sent is compared; against the services it has not
been tried.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import ibis
import pytest

from suasion.features.attribution.orders import COMMERCE
from suasion.features.engine.made import IBIS_TYPES
from suasion.features.errors import InputError, MissingColumnError
from suasion.features.tables.open import open_tables
from suasion.features.tables.read import declared_columns
from suasion.features.tables.schema import PEOPLE, TABLES

from . import small
from .conftest import ROOT
from .test_accounts import split
from .test_check import contents

# Ibis 12 asks DuckDB in a way that DuckDB 1.5 calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SQL = ROOT / "tests" / "samples" / "sql"


def _database(parquet: Path, target: Path, name: str, column: str) -> str:
    with duckdb.connect(target) as connection:
        for path in sorted(parquet.glob("*.parquet")):
            columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
            told = ", ".join(
                f'"{one}" AS "{column.format(one) if column else one.upper()}"' for one in columns
            )
            table = name.format(path.stem) if name else path.stem.upper()
            connection.execute(f"CREATE TABLE \"{table}\" AS SELECT {told}, 1 AS unrelated FROM '{path}'")
    return f"duckdb://{target}"


@pytest.mark.parametrize(("name", "column"), [("{}", "{}"), ("", "")])
def test_an_address_holds_the_same_as_parquet(name: str, column: str, tmp_path: Path) -> None:
    rows, people = split(small.make(2), 2)
    parquet = small.write(rows | {"people": people}, tmp_path / "parquet")
    address = _database(parquet, tmp_path / "data.ddb", name, column)
    assert contents(address) == contents(parquet)
    with open_tables(address) as tables:
        assert tables.people.person_of("youtube:UC7") == "ann"


def test_a_database_without_a_needed_column_says_so(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "data.ddb") as connection:
        connection.execute(
            "CREATE TABLE campaigns AS SELECT 'c' AS campaign_id; CREATE TABLE outcomes AS SELECT 'c' AS campaign_id"
        )
    with pytest.raises(MissingColumnError, match="lacks the column starts_at"):
        contents(f"duckdb://{tmp_path / 'data.ddb'}")
    with pytest.raises(InputError, match="No connection to"):
        contents("nosuchbackend://x")


@pytest.mark.parametrize(("dialect", "capitals"), [("bigquery", False), ("snowflake", True)])
def test_what_a_warehouse_is_asked_is_what_is_written_down(dialect: str, capitals: bool) -> None:
    told = []
    for name, table in (TABLES | COMMERCE | {PEOPLE.name: PEOPLE}).items():
        columns = {column.name: IBIS_TYPES[column.type] for column in table.columns} | {
            "known_at": "timestamp"
        }
        columns |= {f"{prefix}bounty": "float64" for prefix in table.prefixes}
        columns |= {"salary": "float64"}
        given = {one.upper() if capitals else one: kind for one, kind in columns.items()}
        source = ibis.table(given, name=name.upper() if capitals else name)
        told.append(f"-- {name}\n{ibis.to_sql(declared_columns(source, name), dialect=dialect)};\n")
    assert "\n".join(told) == (SQL / f"{dialect}.sql").read_text(encoding="utf-8")
    assert "salary" not in "".join(told).lower()
