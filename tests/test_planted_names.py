"""A name planted in every field of every source's sample is nowhere after an import with pseudonyms, nor is who was forgotten."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pandas as pd
import pytest

from suasion.features.privacy.forget import forget
from suasion.features.privacy.optout import MARK
from suasion.features.sources.reading.source import LEDGER

from .sources import NAMES, run, samples, signed

SECRET = "a secret that nobody will guess"
PLANTED = "zqplanted"
BUSINESS = {
    "posts": {"language"},
    "campaigns": {"brand", "category"},
    "orders": {"order_id", "order_ref", "other_refs", "partner_id", "source", "currency", "codes", "utm_source", "utm_medium", "utm_campaign", "utm_content"},
    "refunds": {"order_id", "refund_id"},
}  # fmt: skip
"""Columns that name no person, or, as codes and numbers of orders, are what orders are found by."""


WORDS = ("title", "body", "selftext", "caption", "text", "content", "summary", "spoiler_text")
"""Fields in which people write."""


def with_name(value: str, field: object) -> str:
    """Return a value with the name in it: as words address somebody, or as a part of the id, address or time that it is."""
    words = " " in value.strip() or str(field).rpartition("}")[2] in WORDS
    return f"{value} @{PLANTED}" if words else f"{value}{PLANTED}"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where texts stand in a value of JSON."""
    if isinstance(value, str):
        yield path
    for key, part in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from places(part, (*path, key))


def planted(values: list[Any]) -> Iterator[list[Any]]:
    """Yield the values once for each field that holds text, with the name there, and once with it everywhere."""
    fields: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for path in places(values):
        fields.setdefault(tuple(key for key in path if isinstance(key, str)), []).append(path)
    for paths in (*fields.values(), [path for same in fields.values() for path in same]):
        changed = copy.deepcopy(values)
        for path in paths:
            parent: Any = changed
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = with_name(parent[path[-1]], path[-1])
        yield changed


def variants(path: Path) -> Iterator[str]:
    """Yield a sample with the name in one field after the other."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".csv":
        header, *rows = csv.reader(io.StringIO(text))
        for changed in planted([dict(zip(header, row, strict=True)) for row in rows]):
            stream = io.StringIO()
            csv.writer(stream).writerows([header, *(row.values() for row in changed)])
            yield stream.getvalue()
    elif path.suffix == ".xml":
        for place, _ in enumerate(ElementTree.fromstring(text).iter()):
            whole = ElementTree.fromstring(text)
            element = list(whole.iter())[place]
            element.text = with_name(element.text or "", element.tag)
            element.attrib = {key: with_name(value, key) for key, value in element.attrib.items()}
            yield ElementTree.tostring(whole, encoding="unicode")
    else:
        values: list[Any] = []
        for piece in [text] if path.suffix == ".json" else text.splitlines():
            value = json.loads(piece)
            values += value if isinstance(value, list) else [value]
        for changed in planted(values):
            yield "\n".join(map(json.dumps, changed))


def left(folder: Path) -> set[str]:
    """Return where the name still stands: columns of tables that are no business's, and other files."""
    found = set[str]()
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            table = path.parent.name
            with duckdb.connect() as connection:
                for column in connection.execute(f"SELECT * FROM '{path}'").fetch_df():
                    query = f"SELECT count(*) FROM '{path}' WHERE {column}::VARCHAR ILIKE '%{PLANTED}%'"
                    hits = connection.execute(query).fetchall()[0][0]
                    if hits and column not in BUSINESS.get(table, ()):
                        found.add(f"{table}.{column}")
        elif path.is_file() and PLANTED in path.read_text(encoding="utf-8").casefold():
            found.add(path.name)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_field_is_nowhere_with_pseudonyms(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUASION_SECRET", SECRET)
    (tmp_path / "in").mkdir()
    for path in samples(name):
        for number, text in enumerate(variants(path)):
            file = tmp_path / "in" / f"{number}-{path.name}"
            file.write_text(text, encoding="utf-8")
            os.utime(file, (1.7e9 + 1000 * number,) * 2)  # each tells another version of the same rows
    arguments = ["import", name, *signed(name), str(tmp_path / "in")]
    code, told = run(*arguments, str(tmp_path / "plain"))
    assert code == 0, told
    assert left(tmp_path / "plain"), "the name was planted nowhere"
    code, told = run(*arguments, str(tmp_path / "out"), "--pseudonymise")
    assert code == 0, told
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {LEDGER, MARK, "quarantine"}
    assert left(tmp_path / "out") == set()
    # What is not read is told by its kind, a word of the platform's.
    assert not [line for line in told.splitlines() if PLANTED in line and not line.startswith("not read: ")]


SAID = "Ask @anna, not @anna.b: https://x.com/Anna/status/5 https://anna.example/"
LEFT = "Ask @…, not @anna.b: … https://anna.example/"


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".csv.gz"])
def test_who_is_forgotten_is_not_named_by_others_nor_by_files(suffix: str, tmp_path: Path) -> None:
    people = pd.DataFrame(
        {"influencer_id": ["x:31", "x:32"], "handle": ["anna", "bob"], "created_at": "2020-01-01"}
    )
    links = [["https://x.com/anna", "https://bob.example"], ["https://twitter.com/anna.b"], None]
    posts = pd.DataFrame(
        {"post_id": ["1", "2", "3"], "author_id": "x:32", "created_at": "2024-01-01", "text": [SAID, "by u/Anna and anna", None],
         "links": links if suffix == ".parquet" else [" ".join(told or []) for told in links]}
    )  # fmt: skip
    profiles = pd.DataFrame(
        {"account_id": ["x:31"], "address": "x:@anna", "kind": "own", "seen_at": "2024-01-01"}
    )
    for name, table in {"influencers": people, "posts": posts, "profiles": profiles}.items():
        write = table.to_parquet if suffix == ".parquet" else table.to_csv
        write(tmp_path / f"{name}{suffix}", index=False)
    (tmp_path / LEDGER).write_text(
        "sha256,source,file,read_at\n0a,x,tweets of anna.json,2024\n0b,x,bob.json,2024\n"
    )
    told = forget(tmp_path, ["x:31"])
    assert told.named == 2
    read = pd.read_parquet if suffix == ".parquet" else pd.read_csv
    after = read(tmp_path / f"posts{suffix}")
    assert list(after["text"][:2]) == [LEFT, "by @… and anna"]
    assert after["text"].isna()[2]
    kept = [told if isinstance(told, str) else " ".join(told) for told in after["links"][:2]]
    assert kept == ["… https://bob.example", "https://twitter.com/anna.b"]
    assert (tmp_path / LEDGER).read_text().split() == [
        "sha256,source,file,read_at",
        "0a,x,,2024",
        "0b,x,bob.json,2024",
    ]
    assert forget(tmp_path, ["x:31"]).named == 0


SHEETS = {
    "results": "Campaign,Influencer,Start,End,Orders,Fee,Platform,Followers,Link\n"
    "Tea,@anna{0},2024-03-01,2024-03-10,5,100,instagram,1000,https://instagram.com/{0}/\n"
    "Tea,@bob,2024-03-01,2024-03-10,5,100,instagram,1000,https://instagram.com/bob/\n",
    "creators": "Handle,Platform,Followers,Link\n@anna{0},instagram,1000,https://instagram.com/{0}/\n"
    "@bob,instagram,1000,https://instagram.com/bob/\n",
}


@pytest.mark.parametrize("kind", SHEETS)
def test_a_name_in_a_sheet_is_nowhere_with_pseudonyms(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUASION_SECRET", SECRET)
    (tmp_path / "in.csv").write_text(SHEETS[kind].format(PLANTED))
    code, told = run(
        "import", kind, str(tmp_path / "in.csv"), str(tmp_path / "out"), "--yes", "--pseudonymise"
    )
    assert code == 0, told
    assert left(tmp_path / "out") == set()


@pytest.mark.parametrize("packed", [False, True])
def test_a_name_in_the_name_of_a_file_is_nowhere_with_pseudonyms(
    packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUASION_SECRET", SECRET)
    path = tmp_path / f"posts of {PLANTED}.csv"
    path.write_text("post_id,author_id,created_at,text\n1,a,2024-01-01,hi\n2,a,never,hi\n")
    if packed:
        with zipfile.ZipFile(archive := tmp_path / f"{PLANTED}.zip", "w") as file:
            file.write(path, path.name)
        path = archive
    line = ("import", "csv", str(path), str(tmp_path / "out"), "--table", "posts", "--yes", "--pseudonymise")
    code, told = run(*line)
    assert code == 0, told
    assert left(tmp_path / "out") == set()
    aside = (tmp_path / "out" / "quarantine" / "import-csv.csv").read_text()
    assert aside.count("\np:") == 1
    assert run(*line)[0] == 0
    assert (tmp_path / "out" / "quarantine" / "import-csv.csv").read_text() == aside


def damaged(path: Path) -> None:
    """Write an archive whose one file, called after somebody, is not what was packed."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{PLANTED}.json", '{"kind": "t2"}')
    path.write_bytes(path.read_bytes().replace(b'"t2"', b'"t3"'))


@pytest.mark.parametrize(
    ("source", "name", "text", "reason"),
    [
        ("csv", "campaigns.csv", "campaign_id,starts_at,ends_at,country\n1,2024-01-01,2024-01-10,{0}\n", "a country that is not known"),
        ("csv", "orders.csv", "Transaction ID,Publisher ID,Transaction Date,Sale Amount,Currency,Status\n9,77,2024-05-03,84.90,EUR,{0}\n", "the word there makes of an order"),
        ("awin", "report.csv", "id,{0},{0}\n1,2,3\n", "column 3 has the name of one before it"),
        ("reddit", "answers.zip", "", "Bad CRC-32 for file …"),
    ],
    ids=["country", "state", "heading", "member"],
)  # fmt: skip
def test_a_reason_names_nobody_with_pseudonyms(
    source: str, name: str, text: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUASION_SECRET", SECRET)
    damaged(tmp_path / name) if name.endswith(".zip") else (tmp_path / name).write_text(text.format(PLANTED))
    sheet = ("--table", Path(name).stem, "--yes") if source == "csv" else ()
    run("import", source, str(tmp_path / name), str(tmp_path / "out"), *sheet, "--pseudonymise")
    assert reason in (tmp_path / "out" / "quarantine" / f"import-{source}.csv").read_text()
    assert left(tmp_path / "out") == set()
