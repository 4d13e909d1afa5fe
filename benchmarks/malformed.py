"""Good rows made bad, by the million: ``python -m benchmarks.malformed [ROWS]``.

Samples of every source, rows of every table, and sheets as people keep them are mutated by a seeded generator: values lost, replaced by
what nobody expects, nested, made huge; bytes flipped, cut off, doubled. Every record has to be loaded or to be in quarantine with its
reason, a sheet may be refused as a whole with one, the counts have to add up, and memory must not grow with their number. Printed is how
many of each there were, and the largest memory of the process.
"""

from __future__ import annotations

import csv
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from suasion.features.errors import InputError
from suasion.features.sources.all import SAID, SOLD
from suasion.features.sources.csvfile import look, sheet_source
from suasion.features.sources.reading.fit import Arguments
from suasion.features.sources.reading.rows import STUMBLED
from suasion.features.sources.reading.source import Imported, Source, run_import
from suasion.features.tables.open import open_tables
from suasion.features.tables.schema import PEOPLE, TABLES, Column

from .sheets import COMMANDS, PARTS, SHEETS, write_sheet

SAMPLES = Path(__file__).resolve().parents[1] / "tests" / "samples"
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        10**400,
        2**63,
        1e308,
        -0.0,
        float("nan"),
        float("inf"),
        "",
        " ",
        "\x00",
        "\ud800",
        "\u202e",
        "=1+1",
    ),
    *(
        "null",
        "2024-02-30T00:00:00Z",
        "9999-12-31",
        "-infinity",
        "0001-01-01",
        "1e999",
        "' OR 1=1 --",
        "🫘" * 50,
        "x" * 10_000,
    ),
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        {"a": None},
        {"id": {"id": {"id": 1}}},
        [1, "a", None, {}],
        ["https://[bad"],
        "https://[bad",
        "at://",
    ),
)


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = [value] if levels % 2 else {"a": value}
    return value


def mutate(value: Any, draw: random.Random) -> Any:
    """Return a JSON value with something wrong in it, or with something odd and still right."""
    if isinstance(value, dict) and value and draw.random() < 0.85:
        key = draw.choice(list(value))
        kind = draw.random()
        changed = dict(value)
        if kind < 0.2:
            del changed[key]
        elif kind < 0.75:
            changed[key] = mutate(value[key], draw)
        elif kind < 0.85:
            changed[draw.choice(("id", "text", "data", "kind", "uri", "\ud800", key + " "))] = value[key]
        else:
            changed[key] = value[draw.choice(list(value))]
        return changed
    if isinstance(value, list) and value and draw.random() < 0.85:
        place = draw.randrange(len(value))
        kind = draw.random()
        if kind < 0.1:
            return value[:place]
        if kind < 0.2:
            return [*value, draw.choice(ODD)]
        return [mutate(item, draw) if n == place else item for n, item in enumerate(value)]
    kind = draw.random()
    if isinstance(value, str) and value and kind < 0.4:
        place = draw.randrange(len(value))
        return (
            value[:place]
            + draw.choice(("", "\x00", "\n", '"', "é", "\ud83d", "9", "-"))
            + value[place + draw.randrange(3) :]
        )
    return deep(draw.choice((3, 50))) if kind < 0.43 else draw.choice(ODD)


def scramble(data: bytes, draw: random.Random) -> bytes:
    """Return bytes with some of them wrong, lost or doubled."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 3, 20))):
        place = draw.randrange(max(1, len(changed)))
        kind = draw.random()
        if kind < 0.5 and changed:
            changed[place] = draw.randrange(256)
        elif kind < 0.7:
            del changed[place : place + draw.randrange(40)]
        elif kind < 0.9:
            changed[place:place] = changed[place : place + draw.randrange(40)]
        else:
            del changed[place:]
    return bytes(changed)


def records_of(source: Source) -> list[Any]:
    """Return the records of a source's samples that are JSON."""
    records: list[Any] = []
    for path in sorted(SAMPLES.glob(f"{source.name}*")):
        if path.suffix == ".json":
            value = json.loads(path.read_text(encoding="utf-8"))
            records += value if isinstance(value, list) else [value]
        elif path.suffix in (".ndjson", ".jsonl"):
            records += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return records


def write_records(source: Source, count: int, path: Path, draw: random.Random) -> None:
    """Write so many mutated records, one a line: each is still JSON, whatever it says."""
    good = records_of(source)
    with path.open("w", encoding="utf-8") as stream:
        for _ in range(count):
            value = draw.choice(good)
            for _ in range(draw.choice((0, 1, 1, 2, 5))):
                value = mutate(value, draw)
            # A list by itself would be read as its items.
            stream.write(json.dumps({"list": value} if isinstance(value, list) else value) + "\n")


def write_scrambled(source: Source, count: int, folder: Path, draw: random.Random) -> None:
    """Write so many of the samples' files with bytes that are wrong."""
    good = [
        path
        for path in sorted(SAMPLES.glob(f"{source.name}*"))
        if path.is_file() and path.suffix in source.suffixes
    ]
    for number in range(count):
        path = draw.choice(good)
        (folder / f"{number:05d}{path.suffix}").write_bytes(scramble(path.read_bytes(), draw))


def add_up(imported: Imported) -> tuple[int, int, int]:
    """Return rows loaded, rows known already and all that was set aside; refuse counts that do not add up."""
    assert not [reason for reason, _ in imported.broken if reason.startswith(STUMBLED)], imported.broken
    loaded = known = 0
    aside = sum(count for _, count in imported.broken)
    for landed in imported.tables:
        assert landed.staged == landed.new + landed.known + landed.aside, landed
        assert min(landed.new, landed.known, landed.aside) >= 0, landed
        assert landed.aside == sum(count for _, count in landed.reasons), landed
        loaded, known, aside = loaded + landed.new, known + landed.known, aside + landed.aside
    listed = 0
    if imported.quarantine:
        with imported.quarantine.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            reason = next(rows).index("reason")
            # Of one reason the first rows are written, and how many more there are.
            listed = sum(
                int(more[1]) if (more := re.match(r"and (\d+) more rows: ", row[reason])) else 1
                for row in rows
            )
    emptied = sum(count for _, count, _ in imported.cells)  # cells that could not be read, of rows that were
    assert listed == aside + emptied, (listed, aside, emptied)
    return loaded, known, aside


def odd_cell(column: Column, draw: random.Random) -> str:
    right = {
        "id": lambda: f"i{draw.randrange(10**6)}",
        "text": lambda: draw.choice(column.allowed or (column.example or "tea", "mention", "en")),
        "time": lambda: f"2024-0{draw.randrange(1, 10)}-1{draw.randrange(10)}",
        "number": lambda: f"{draw.random() * min(100.0, column.maximum or 100.0):.6g}",
        "flag": lambda: draw.choice(("true", "false")),
        "texts": lambda: "https://a.example https://b.example",
    }
    kinds: dict[str, Callable[[], str]] = right
    if draw.random() < 0.9:
        return kinds[column.type]()
    value = draw.choice(ODD)
    return str(value)[:200].encode("utf-8", "replace").decode()


def write_tables(count: int, folder: Path, draw: random.Random) -> dict[str, int]:
    """Write so many rows to each table, as CSV, many of them bad; return how many lines each has."""
    csv.field_size_limit(2**31 - 1)
    tables = TABLES | {PEOPLE.name: PEOPLE}
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([column.name for column in table.columns])
            for number in range(count):
                row = [odd_cell(column, draw) for column in table.columns]
                if name in ("campaigns", "outcomes", "candidates") and draw.random() < 0.7:
                    row[0] = f"i{number % 50}"
                writer.writerow(row if draw.random() < 0.97 else row[: 1 + draw.randrange(len(row) - 1)])
    return dict.fromkeys(tables, count)


def run_sheets(kind: str, count: int, folder: Path, draw: random.Random) -> tuple[str, int, int, int, int]:
    """Import sheets with so many rows in all, and return how many of these were read, loaded, said before and set aside."""
    read = loaded = known = aside = 0
    number = 0
    while read + aside < count:
        number += 1
        rows = draw.choice((1, 8, 60, 500, 4000))
        path = folder / f"{number}{draw.choice(('.csv', '.csv', '.xlsx'))}"
        write_sheet(kind, rows, path, draw, ODD)
        options = Arguments(
            constants={"reporter": "shop"} if kind == "orders" else {},
            platform=draw.choice(("", "instagram")),
        )
        try:
            plans = look([path], options, PARTS[kind])
            source = sheet_source(plans, options, COMMANDS.get(kind, "csv"))
            imported = run_import(source, [path], folder / f"out{number}", read_at=datetime(2024, 6, 1))
        except InputError:  # a sheet that cannot be read as a whole, for a reason
            aside += rows
            continue
        assert imported.records <= rows + 2, f"{kind}: {imported.records} records of {rows} rows"
        counts = add_up(imported)
        read, loaded, known, aside = (
            read + imported.records,
            loaded + counts[0],
            known + counts[1],
            aside + counts[2],
        )
    return f"sheets of {kind}", read, loaded, known, aside


def run(rows: int, seed: int = 0) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield for every source and for the tables: its name, records, rows loaded, said before, and set aside."""
    sources = [*SAID, *SOLD]
    # Sources whose samples are no JSON come as files of broken bytes alone.
    kinds = sum(bool(records_of(source)) for source in sources) + len(SHEETS) + len(TABLES)
    each = max(10, 1 + rows // kinds)
    for source in sources:
        draw = random.Random(f"{seed} {source.name}")
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "in").mkdir()
            count = 0
            if records_of(source):
                write_records(source, each, folder / "in" / "records.ndjson", draw)
                imported = run_import(
                    source, [folder / "in" / "records.ndjson"], folder / "out", read_at=datetime(2024, 6, 1)
                )
                assert imported.records == each, (
                    f"{source.name}: {imported.records} of {each} records were read"
                )
                yield source.name, imported.records, *add_up(imported)
            (folder / "bytes").mkdir()
            count = max(3, each // 500) if records_of(source) else max(3, each // 20)
            write_scrambled(source, count, folder / "bytes", draw)
            imported = run_import(source, [folder / "bytes"], folder / "out2", read_at=datetime(2024, 6, 1))
            yield f"{source.name}, files of broken bytes", imported.records, *add_up(imported)
    for kind in SHEETS:
        with tempfile.TemporaryDirectory() as place:
            yield run_sheets(kind, each, Path(place), random.Random(f"{seed} {kind}"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        lines = write_tables(each, folder, random.Random(seed))
        with open_tables(folder, quarantine=folder / "quarantine") as tables:
            for report in tables.reports:
                assert report.read == lines[report.table], report
                assert report.kept + report.repeats + report.aside == report.read, report
                assert sum(number for _, number in report.reasons) == report.aside, report
                yield f"table {report.table}", report.read, report.kept, report.repeats, report.aside


def main(rows: int) -> None:
    print("| | records | rows loaded | said before | set aside |\n|---|---|---|---|---|")
    totals = [0, 0, 0, 0]
    for name, *counts in run(rows):
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        print(f"| {name} | " + " | ".join(f"{count:,}" for count in counts) + " |", flush=True)
    print("| all | " + " | ".join(f"{total:,}" for total in totals) + " |")
    # Not ru_maxrss: a process inherits what the one that started it had.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    largest = int(status.partition("VmHWM:")[2].split()[0])
    print(f"memory {largest / 1e6:.2f} GB", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(int(sys.argv[1]))
    else:  # a tenth first, in a process of its own: memory must not grow with the rows
        for size in (100_000, 1_000_000):
            subprocess.run([sys.executable, "-m", "benchmarks.malformed", str(size)], check=True)
