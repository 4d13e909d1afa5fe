"""The same tables from a real Postgres, started for the test on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from . import small
from .test_accounts import split
from .test_check import contents

pytestmark = pytest.mark.postgres


def binaries() -> Path | None:
    """Return the folder of Postgres' server programs: Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return found[0].parent if found else None


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    bin_folder = binaries()
    if bin_folder is None:
        pytest.skip("Debian's postgresql is not installed: apt-get install postgresql")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Postgres refuses to run as root: as root, the package's own user runs it.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    home = Path(
        subprocess.run([*as_user, "mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip()
    )
    run = lambda *command: subprocess.run(
        [*as_user, *map(str, command)], check=True, capture_output=True, cwd="/"
    )
    run(bin_folder / "initdb", "-D", home / "db", "-U", "tester", "-A", "trust", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
    run(bin_folder / "pg_ctl", "-D", home / "db", "-o", options, "-l", home / "log", "-w", "start")
    try:
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    finally:
        run(bin_folder / "pg_ctl", "-D", home / "db", "-m", "fast", "stop")
        shutil.rmtree(home, ignore_errors=True)


def test_postgres_holds_the_same_as_parquet(postgres: str, tmp_path: Path) -> None:
    import psycopg

    rows, people = split(small.make(2), 2)
    parquet = small.write(rows | {"people": people}, tmp_path / "parquet")
    kinds = {"object": "text", "str": "text", "float64": "double precision", "bool": "boolean"}
    with psycopg.connect(postgres) as connection:
        for path in parquet.glob("*.parquet"):
            frame = pd.read_parquet(path)
            types = {
                c: "timestamptz" if "datetime" in str(t) else kinds[str(t)] for c, t in frame.dtypes.items()
            }
            types |= {"links": "text[]"} if "links" in types else {}
            types |= {"verified": "boolean"} if "verified" in types else {}
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute(
                f"CREATE TABLE {path.stem} ({', '.join(f'{c} {t}' for c, t in types.items())})"
            )
            values = [
                [
                    None if v is None or v is pd.NaT else list(v) if c == "links" else None if v != v else v
                    for c, v in row.items()
                ]
                for row in frame.to_dict("records")
            ]
            marks = ", ".join(["%s"] * len(types))
            connection.cursor().executemany(f"INSERT INTO {path.stem} VALUES ({marks})", values)
    assert contents(postgres) == contents(parquet)
