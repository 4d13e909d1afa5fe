"""Importers on samples written from each platform's documentation: every mapped field, every edge, and the same twice."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from suasion.features.errors import InputError
from suasion.features.sources.reading.records import Broken, Document, Record, csv_rows, json_values
from suasion.features.sources.reading.rows import STUMBLED, Rows, Unreadable
from suasion.features.sources.reading.source import run_import
from suasion.features.tables.open import open_tables

from .sources import ALL, BY_NAME, NAMES, SAMPLES, bring, everything, files, rows_in, run, samples


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_those_written_down_beside_the_samples(name: str, tmp_path: Path) -> None:
    told = bring(name, tmp_path)
    expected = json.loads((SAMPLES / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    assert everything(tmp_path) == expected["tables"]
    assert [list(pair) for pair in told.broken] == expected["broken"]
    assert [list(pair) for pair in told.ignored] == expected["ignored"]
    aside = {
        landed.table: [list(pair) for pair in landed.reasons] for landed in told.tables if landed.reasons
    }
    assert aside == expected["aside"]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_source_says_it_fills_is_what_it_fills(name: str, tmp_path: Path) -> None:
    bring(name, tmp_path)
    filled = {
        table: {column for row in rows for column in row} for table, rows in everything(tmp_path).items()
    }
    assert filled == {table: set(columns) for table, columns in BY_NAME[name].fills.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_there_was_there_or_is_aside_with_its_reason(name: str, tmp_path: Path) -> None:
    told = bring(name, tmp_path)
    for landed in told.tables:
        assert landed.staged == landed.new + landed.known + landed.aside
        assert landed.aside == sum(count for _, count in landed.reasons)
        assert landed.new == len(rows_in(tmp_path, landed.table))
    assert told.quarantine is not None
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT file, line, reason FROM read_csv('{told.quarantine}', all_varchar = true)"
        ).fetchall()
    aside = sum(count for _, count in told.broken) + sum(landed.aside for landed in told.tables)
    assert len(found) == aside > 0
    assert all(
        file in {path.name for path in samples(name)} and int(line) > 0 and reason
        for file, line, reason in found
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_same_export_twice_changes_nothing(name: str, tmp_path: Path) -> None:
    out, copies = tmp_path / "out", tmp_path / "copies"
    first = bring(name, out, read_at=None)
    before = files(out)
    again = bring(name, out, read_at=None)
    assert files(out) == before
    # A copy, changed later on disk, is the same export: it counts as read when it first did.
    shutil.copytree(SAMPLES, copies)
    for path in copies.glob("*"):
        os.utime(path, (2e9, 2e9))
    copied = bring(name, out, *[copies / path.name for path in samples(name)], read_at=None)
    assert files(out) == before
    assert all(landed.new == 0 for told in (again, copied) for landed in told.tables)
    assert first.read_at == again.read_at == copied.read_at


@pytest.mark.parametrize("packing", ["gz", "zst", "zip", "tar.gz", "lines", "indented", "folder"])
def test_packing_changes_nothing(packing: str, tmp_path: Path) -> None:
    source = SAMPLES / "mastodon.json"
    text = source.read_bytes()
    place = tmp_path / "in"
    place.mkdir()
    target = place / f"mastodon.json.{packing}"
    if packing == "gz":
        target.write_bytes(gzip.compress(text[:900]) + gzip.compress(text[900:]))
    elif packing == "zst":
        target.write_bytes(zstandard.compress(text[:900]) + zstandard.compress(text[900:]))
    elif packing == "zip":
        with zipfile.ZipFile(target := place / "archive.zip", "w") as archive:
            archive.write(source, "../../escape.json")
            archive.writestr("likes.png", b"\x89PNG")
    elif packing == "tar.gz":
        with tarfile.open(target := place / "archive.tar.gz", "w:gz") as archive:
            archive.add(source, "/etc/escape.json")
    else:
        values = json.loads(text)
        target = place / "mastodon.json"
        told = "\n".join(map(json.dumps, values)) if packing == "lines" else json.dumps(values, indent=1)
        target.write_text("\ufeff" + told, encoding="utf-8")
    bring("mastodon", tmp_path / "plain", source)
    bring("mastodon", tmp_path / "packed", place if packing == "folder" else target)
    assert everything(tmp_path / "packed") == everything(tmp_path / "plain") != {}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_costs_its_end_and_says_so(name: str, tmp_path: Path) -> None:
    whole = bring(name, tmp_path / "whole")
    keys = {
        table: {tuple(row.get(c) for c in ALL[table].key) for row in rows}
        for table, rows in everything(tmp_path / "whole").items()
    }
    path = samples(name)[0]
    data = path.read_bytes()
    # A sheet that ends within its first line is one without rows.
    for number, share in enumerate((0.02, 0.4, 0.7, 0.97)[path.suffix == ".csv" :]):
        cut, out = tmp_path / path.name, tmp_path / f"cut{number}"
        end = int(len(data) * share)
        cut.write_bytes(data[:end].rstrip()[:-3])
        told = bring(name, out, cut)
        assert told.broken, "nothing says that the file was cut off"
        assert told.records <= whole.records
        for table, rows in everything(out).items():
            assert {tuple(row.get(c) for c in ALL[table].key) for row in rows} <= keys[table]
    packed = tmp_path / f"{path.name}.gz"
    packed.write_bytes(gzip.compress(data)[:-20])
    told = bring(name, tmp_path / "packed", packed)
    assert told.broken


def test_of_broken_json_only_what_is_broken_is_lost(tmp_path: Path) -> None:
    def values(text: str) -> list[Any]:
        path = tmp_path / "f.json"
        path.write_text(text, encoding="utf-8")
        with path.open("rb") as stream:
            told = list(json_values(Document("f.json", path, stream)))
        return [
            one.value if isinstance(one, Record) else (one.line, one.reason.partition(":")[0]) for one in told
        ]

    assert values('{"a":1}\n{"a":2\n{"a":3}\nxx\n{"a":4}\n') == [
        {"a": 1},
        (2, "no JSON"),
        {"a": 3},
        (4, "no JSON"),
        {"a": 4},
    ]
    nested = (
        '[\n  {\n    "a": 1\n  },\n  {\n    "a" 2,\n    "b": {\n      "c": 1\n    }\n  },\n  {"a": 3}\n]\n'
    )
    assert values(nested) == [{"a": 1}, (5, "no JSON"), {"a": 3}]
    assert values('{"a":1}{"a":2}\n\x1e{"a":3}\n') == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert values("[" * 50_000 + '\n{"a":1}')[-2:] == [{"a": 1}, (2, "the file ends within a list")]
    assert values('{"n": ' + "9" * 5_000 + '}\n{"a":1}\n') == [(1, "no JSON"), {"a": 1}]
    assert values("\x00\x01\x02") == [(1, "no JSON")]
    assert values("") == []


def test_one_bad_part_of_a_page_costs_itself(tmp_path: Path) -> None:
    page = json.loads((SAMPLES / "x.json").read_text(encoding="utf-8"))
    bring("x", tmp_path / "whole", SAMPLES / "x.json")
    page["data"] += [
        None,
        5,
        {"id": ["a"], "text": {"b": 1}},
        {"id": "\ud800", "text": "half a sign \ud800", "author_id": "1", "created_at": "2024-01-01"},
    ]
    (tmp_path / "x.json").write_text(json.dumps(page))
    told = bring("x", tmp_path / "out", tmp_path / "x.json")
    assert everything(tmp_path / "out") == everything(tmp_path / "whole")
    assert dict(told.broken) == {"neither a Post nor a user: no object": 2}
    (posts,) = (landed for landed in told.tables if landed.table == "posts")
    assert dict(posts.reasons) == {"created_at is missing": 1, "post_id is not an id": 2}


def test_an_answer_and_what_it_answers_may_come_in_any_order(tmp_path: Path) -> None:
    listing = (SAMPLES / "reddit.ndjson").read_text(encoding="utf-8").splitlines(keepends=True)
    for first in (0, 2):
        out = tmp_path / f"first{first}"
        for place in (first, 2 - first):
            (tmp_path / "part.ndjson").write_text(listing[place], encoding="utf-8")
            bring("reddit", out, tmp_path / "part.ndjson")
        comments = [row for row in rows_in(out, "mentions") if row["kind"] == "comment"]
        assert [(row["referrer_id"], row["influencer_id"]) for row in comments] == [
            ("reddit:bob-1", "reddit:coffee_anna")
        ]


moments = st.integers(0, 9).map(lambda day: datetime(2024, 1, 2) + timedelta(days=day))


def _bring_users(folder: Path, told: list[tuple[datetime, str]], prefix: str = "") -> list[tuple[str, str]]:
    """Import exports, one after the other, in which one user has these names; return the versions there are, and from when."""
    for number, (read_at, name) in enumerate(told):
        path = folder / f"{prefix}{number}.json"
        path.write_text(
            json.dumps({"data": {"id": "1", "username": name, "created_at": "2020-01-01T00:00:00Z"}})
        )
        bring("x", folder / "out", path, read_at=read_at)
    found = sorted(
        (row.get("known_at", row["created_at"]), row["handle"])
        for row in rows_in(folder / "out", "influencers")
    )
    assert len({known for known, _ in found}) == len(found), "two versions are known at one moment"
    return found


exports = st.lists(
    st.tuples(moments, st.sampled_from("abc")), min_size=1, max_size=5, unique_by=lambda pair: pair[0]
)


@settings(max_examples=20, deadline=None)
@given(told=exports.map(sorted))
def test_versions_tell_what_every_export_said(
    told: list[tuple[datetime, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("exports")
    versions = _bring_users(folder, told)
    for read_at, name in told:
        assert [handle for known, handle in versions if known <= str(read_at)][-1] == name
    assert len(versions) == 1 + sum(first != second for (_, first), (_, second) in pairwise(told))
    assert _bring_users(folder, told, "again") == versions


@settings(max_examples=20, deadline=None)
@given(told=exports, data=st.data())
def test_an_export_that_comes_late_is_believed_as_of_when_it_was_read(
    told: list[tuple[datetime, str]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("exports")
    for number, (read_at, name) in enumerate(data.draw(st.permutations(told))):
        versions = _bring_users(folder, [(read_at, name)], str(number))
        assert [handle for known, handle in versions if known <= str(read_at)][-1] == name


def test_a_stated_version_that_contradicts_is_set_aside(tmp_path: Path) -> None:
    for number, text in enumerate(("one", "another")):
        status = {
            "id": "ccc",
            "author": "a-1",
            "created_utc": 1_680_000_000,
            "body": text,
            "parent_id": "t3_x",
            "edited": 1_680_000_100,
        }
        (tmp_path / f"{number}.json").write_text(json.dumps(status))
        told = bring("reddit", tmp_path / "out", tmp_path / f"{number}.json")
    assert [row["text"] for row in rows_in(tmp_path / "out", "posts")] == ["one"]
    (posts,) = (landed for landed in told.tables if landed.table == "posts")
    assert posts.reasons == (("contradicts another row of the same post_id and known_at", 1),)


def _reply(**more: object) -> dict[str, object]:
    return {
        "uri": "https://m.example/users/anna/statuses/2",
        "id": "2",
        "content": "<p>ja</p>",
        "created_at": AT,
        "mentions": [],
        "account": ANNA,
    } | more


AT = "2024-01-02T00:00:00Z"
ANNA = {"id": "7", "acct": "anna", "url": "https://m.example/@anna"}
SNIPPET = {"publishedAt": AT, "textOriginal": "Yes", "authorChannelId": {"value": "UCanna"}}
REDDIT = {"author": "anna", "created_utc": 1704153600}
CROSSPOST = REDDIT | {"id": "b", "title": "Look", "crosspost_parent": "t3_a"}
ANNOUNCE = {
    "type": "Announce",
    "id": "https://m.example/users/anna/statuses/2/activity",
    "actor": "https://m.example/users/anna",
    "published": AT,
    "to": ["as:Public"],
}
ANSWERS = "answers to a post that is not there: whom they answer nobody can tell"
RESHARES = "reposts and quotes of a post that is not there: whose it is nobody can tell"
LEADING = {
    "an answer on X": ("x", {"id": "2", "author_id": "7", "text": "yes", "created_at": AT, "referenced_tweets": [{"type": "replied_to", "id": "1"}]}, {"id": "1", "author_id": "8", "text": "tea?", "created_at": AT}, ANSWERS),
    "a quote on X": ("x", {"id": "2", "author_id": "7", "text": "yes", "created_at": AT, "referenced_tweets": [{"type": "quoted", "id": "1"}]}, {"id": "1", "author_id": "8", "text": "tea?", "created_at": AT}, RESHARES),
    "a comment on Reddit": ("reddit", REDDIT | {"id": "b", "body": "yes", "parent_id": "t1_a", "link_id": "t3_c"}, REDDIT | {"author": "bob", "id": "a", "body": "tea?"}, ANSWERS),
    "a crosspost": ("reddit", CROSSPOST, REDDIT | {"author": "bob", "id": "a", "title": "Tea"}, RESHARES),
    "a comment on Instagram": ("instagram", {"id": "2", "username": "anna", "text": "yes", "timestamp": AT, "parent_id": "1"}, {"id": "1", "username": "bob", "text": "tea?", "timestamp": AT}, ANSWERS),
    "a comment below a comment of a medium": ("instagram", {"id": "9", "username": "carl", "caption": "tea", "timestamp": AT, "comments": {"data": [{"id": "2", "username": "anna", "text": "yes", "timestamp": AT, "parent_id": "1"}]}}, {"id": "1", "username": "bob", "text": "tea?", "timestamp": AT}, ANSWERS),
    "a reply on Threads": ("threads", {"id": "2", "username": "anna", "text": "yes", "timestamp": AT, "replied_to": {"id": "1"}}, {"id": "1", "username": "bob", "text": "tea?", "timestamp": AT}, ANSWERS),
    "a repost on Threads": ("threads", {"id": "2", "username": "anna", "media_type": "REPOST_FACADE", "timestamp": AT, "reposted_post": {"id": "1"}}, {"id": "1", "username": "bob", "text": "tea?", "timestamp": AT}, RESHARES),
    "a reply on YouTube": ("youtube", {"kind": "youtube#comment", "id": "2", "snippet": SNIPPET | {"parentId": "1"}}, {"kind": "youtube#comment", "id": "1", "snippet": SNIPPET | {"authorChannelId": {"value": "UCbob"}}}, ANSWERS),
    "a status that answers": ("mastodon", _reply(in_reply_to_id="1", in_reply_to_account_id="8"), _reply(id="1", uri="https://n.example/ap/users/115/statuses/1", account={"id": "8", "acct": "bob@n.example", "url": "https://n.example/@bob"}), ANSWERS),
    "a boost by another address": ("mastodon", ANNOUNCE | {"object": "https://n.example/ap/users/115/statuses/1"}, _reply(id="1", uri="https://n.example/ap/users/115/statuses/1", account={"id": "8", "acct": "bob@n.example", "url": "https://n.example/@bob"}), RESHARES),
}  # fmt: skip
"""Posts that lead to another, that other one, and what is said where it is not there."""


@pytest.mark.parametrize("what", LEADING)
def test_a_post_that_leads_to_one_that_is_not_there_is_counted(what: str, tmp_path: Path) -> None:
    name, post, other, said = LEADING[what]
    (tmp_path / "a.json").write_text(json.dumps(post))
    (tmp_path / "b.json").write_text(json.dumps(other))
    told = bring(name, tmp_path / "lost", tmp_path / "a.json")
    assert dict(told.ignored)[said] == 1
    assert not [
        row
        for row in rows_in(tmp_path / "lost", "mentions")
        if row["post_id"].rpartition("/")[2].endswith("2")
    ]
    # Together, or one after the other, the two make the edge; the number that a status answers only one export tells.
    orders = [[["a", "b"]], *([["a"], ["b"]], [["b"], ["a"]]) * (what != "a status that answers")]
    kind = "comment" if said == ANSWERS else "reshare"
    for number, order in enumerate(orders):
        out = tmp_path / f"out{number}"
        for letters in order:
            told = bring(name, out, *(tmp_path / f"{letter}.json" for letter in letters))
        [edge] = [row for row in rows_in(out, "mentions") if row["kind"] == kind]
        assert "anna" in edge["referrer_id"] or edge["referrer_id"] == "x:7"
        assert edge["influencer_id"] != edge["referrer_id"]
        assert said not in dict(told.ignored)


@pytest.mark.parametrize(
    ("name", "post"),
    [
        ("x", {"id": "2", "author_id": "7", "text": "more", "created_at": AT, "in_reply_to_user_id": "7", "referenced_tweets": [{"type": "replied_to", "id": "1"}]}),
        ("mastodon", _reply(in_reply_to_id="1", in_reply_to_account_id="7")),
        ("mastodon", ANNOUNCE | {"object": "https://m.example/users/anna/statuses/1"}),
        ("bluesky", {"uri": "at://did:plc:anna/app.bsky.feed.post/2", "value": {"$type": "app.bsky.feed.post", "text": "more", "createdAt": AT, "reply": {"parent": {"uri": "at://did:plc:anna/app.bsky.feed.post/1"}}}}),
    ],
)  # fmt: skip
def test_a_post_that_answers_ones_own_leads_to_nobody_and_is_not_counted(
    name: str, post: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(post))
    told = bring(name, tmp_path / "out", tmp_path / "a.json")
    assert not [what for what, _ in told.ignored if "not there" in what]
    assert rows_in(tmp_path / "out", "mentions") == []


def test_tables_that_are_one_file_take_more(tmp_path: Path) -> None:
    bring("x", tmp_path / "before")
    out = tmp_path / "out"
    out.mkdir()
    (moved,) = (tmp_path / "before" / "posts").glob("*.parquet")
    shutil.copy(moved, out / "posts.parquet")
    bring("reddit", out)
    assert len(rows_in(out, "posts")) == len(rows_in(tmp_path / "before", "posts")) + 7
    (out / "audience.csv").write_text("influencer_id,observed_at,followers\na,2024-01-01,5\n")
    shutil.rmtree(out / "audience")
    with pytest.raises(InputError, match="is a CSV file, to which an import adds nothing"):
        bring("youtube", out)


KILLED = """
import os, signal, sys
from suasion.serving.cli.main import main

out, changes = sys.argv.pop(1), int(sys.argv.pop(1))

def look(event, args):
    global changes
    if event in ("os.mkdir", "os.rename") and str(args[0]).startswith(out):
        changes -= 1
        if changes < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(look)
main()
"""
"""The command, killed before it makes a folder or moves a file in the folder of tables once more than so often."""


def test_an_import_that_is_killed_and_run_again_is_as_one_undisturbed(tmp_path: Path) -> None:
    comments = [
        {"id": "aaa", "author": "anna", "created_utc": 1_700_000_000, "body": "hi"},
        {"id": "bbb", "author": "bob", "created_utc": 1_700_000_100, "body": "well", "parent_id": "t1_aaa"},
        {"id": "ccc", "author": "bob", "created_utc": "never", "body": "x"},
    ]
    (tmp_path / "in.ndjson").write_text("\n".join(map(json.dumps, comments)))
    (tmp_path / "before").mkdir()
    with duckdb.connect() as connection:
        post = (
            "SELECT '0' AS post_id, 'c' AS author_id, TIMESTAMP '2023-01-01' AS created_at, 'first' AS text"
        )
        connection.execute(f"COPY ({post}) TO '{tmp_path / 'before' / 'posts.parquet'}'")

    def line(out: Path) -> list[str]:
        return ["import", "reddit", str(tmp_path / "in.ndjson"), str(out)]

    whole = tmp_path / "whole"
    shutil.copytree(tmp_path / "before", whole)
    assert run(*line(whole))[0] == 0
    assert {name: len(rows) for name, rows in everything(whole).items()} == {"posts": 3, "mentions": 1}
    for changes in count():
        out = tmp_path / str(changes)
        shutil.copytree(tmp_path / "before", out)
        command = [sys.executable, "-c", KILLED, str(out), str(changes), *line(out)]
        child = subprocess.run(command, capture_output=True, check=False)
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, child.stderr
        code, told = run(*line(out))
        assert code == 0, told
        assert everything(out) == everything(whole), changes
        assert {path.relative_to(out) for path in out.rglob("*")} == {
            path.relative_to(whole) for path in whole.rglob("*")
        }
        aside = Path("quarantine", "import-reddit.csv")
        assert (out / aside).read_text() == (whole / aside).read_text()
    assert changes > 8


def test_a_folder_of_a_table_that_was_made_and_not_filled_is_filled(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("post_id,author_id,created_at,text\n1,a,2024-01-01,x\n")
    (tmp_path / "out" / "posts").mkdir(parents=True)
    (tmp_path / "out" / "posts" / ".csv.partial").write_bytes(b"half")
    code, told = run("import", "csv", str(tmp_path / "posts.csv"), str(tmp_path / "out"), "--yes")
    assert code == 0, told
    assert [path.suffix for path in (tmp_path / "out" / "posts").iterdir()] == [".parquet"]


def test_what_is_not_there_or_holds_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file at"):
        bring("x", tmp_path / "out", tmp_path / "none.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"holds no file that ends in \.json"):
        bring("x", tmp_path / "out", tmp_path / "empty")


def test_no_entity_of_a_feed_is_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    feed = (SAMPLES / "feed.xml").read_text(encoding="utf-8")
    doctype = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    feed = feed.replace("<rss ", doctype + "<rss ", 1).replace("Cold &amp; brewed", "Cold &x; brewed")
    (tmp_path / "feed.xml").write_text(feed, encoding="utf-8")
    bring("feed", tmp_path / "out", tmp_path / "feed.xml")
    assert "the secret" not in json.dumps(everything(tmp_path / "out"))
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    (tmp_path / "feed.xml").write_text(
        feed.replace(doctype, f'<!DOCTYPE rss [<!ENTITY l0 "ha">{bomb}]>').replace("&x;", "&l9;"),
        encoding="utf-8",
    )
    bring("feed", tmp_path / "bomb", tmp_path / "feed.xml")
    assert all(len(row.get("text", "")) < 10_000 for row in rows_in(tmp_path / "bomb", "posts"))


def test_a_record_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suasion.features.sources.reading.records.LONGEST", 1 << 20)
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b'{"text": "' + b" " * (64 << 20)))
    told = bring("x", tmp_path / "out", tmp_path / "bomb.json.gz")
    assert told.broken[0][0].startswith("no JSON: longer than 1 million")


@pytest.mark.parametrize(
    ("command", "name", "beginning", "said"),
    [
        (["x"], "a.json", b'{"text": "', "no JSON: longer than"),
        (["shopify"], "a.csv", b'Name,Email\n#1,"', "no CSV: longer than"),
        (["shopify"], "a.csv", b"", "no CSV: longer than"),
        (["results", "--yes"], "a.csv", b"Campaign,Start,End,Influencer,Orders\ns,2024-01-01,2024-01-09,anna,", "no CSV: longer than"),
        (["results", "--yes"], "a.xlsx", b"", "unpacks to more than"),
    ],
)  # fmt: skip
def test_a_zip_that_blows_up_is_refused_within_a_few_times_what_python_takes(
    command: list[str], name: str, beginning: bytes, said: str, tmp_path: Path
) -> None:
    bomb = tmp_path / ("a.xlsx" if name == "a.xlsx" else "bomb.zip")
    inside = "xl/workbook.xml" if name == "a.xlsx" else name
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(inside, "w") as stream:
        stream.write(beginning)
        for _ in range(240 if name == "a.xlsx" else 300):
            stream.write(b"x" * 2**20)
    assert bomb.stat().st_size < 2**20
    line = ["import", command[0], str(bomb), str(tmp_path / "out"), *command[1:]]
    code = f"""
from pathlib import Path
from suasion.features.errors import SuasionError
from suasion.serving.cli.main import suasion
try:
    suasion({line!r}, standalone_mode=False)
except SuasionError as error:
    print(error)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said in told
    assert int(told.split()[-1]) < 450 * 1024, "KiB, where the whole of it takes 740,000 and more"


def test_after_a_row_that_is_too_long_the_next_ones_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suasion.features.sources.reading.records.LONGEST", 100)
    rows = [
        "#1,a",
        f"#2,{'b' * 200}",
        "#3,c",
        f'#4,"{"d" * 60}\n{"d" * 60}"',
        "#5,e",
        f'"{"f" * 90}"," "',
        "#6,",
    ]
    path = tmp_path / "a.csv"
    path.write_text("\r\n".join(["Name,Email", *rows]), encoding="utf-8", newline="")
    with path.open("rb") as stream:
        read = list(csv_rows(Document("a.csv", path, stream)))
    assert [item.value["Name"] for item in read if isinstance(item, Record)] == [
        "#1",
        "#3",
        "#5",
        "f" * 90,
        "#6",
    ]
    broken = [(item.line, item.reason) for item in read if isinstance(item, Broken)]
    assert broken == [
        (3, "no CSV: longer than 0 million characters"),
        (5, "no CSV: longer than 0 million characters"),
    ]


def test_a_packed_record_may_swell_as_exports_do_and_no_more(tmp_path: Path) -> None:
    """65 kB that unpack to 64 million spaces are given up at 8; a real record a hundred times its file is read."""
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b'{"text": "' + b" " * (64 << 20)))
    told = bring("x", tmp_path / "out", tmp_path / "bomb.json.gz")
    assert told.broken[0][0] == "no JSON: longer than 8 million characters"
    values = [{"id": number, "text": "malt " * 1000} for number in range(1500)]
    path = tmp_path / "long.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"items": values}).encode()))
    with gzip.open(path) as stream:
        [record] = json_values(Document(path.name, path, stream))  # type: ignore[arg-type]
    assert isinstance(record, Record)
    assert record.value == {"items": values}


def test_an_insight_without_a_name_costs_itself_and_not_the_post(tmp_path: Path) -> None:
    insights = [{"name": [], "values": [{"value": 3}]}, {"name": "reach", "values": [{"value": 90}]}]
    post = {"id": "9", "username": "anna", "caption": "tea", "timestamp": "2024-01-01T00:00:00+0000"}
    (tmp_path / "in.json").write_text(json.dumps(post | {"insights": {"data": insights}}))
    told = bring("instagram", tmp_path / "out", tmp_path / "in.json")
    assert not told.broken
    assert [row["reach"] for row in everything(tmp_path / "out")["post_metrics"]] == [90]


def test_rows_set_aside_for_one_reason_are_written_so_far_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("suasion.features.tables.quarantine", "suasion.features.sources.reading.source"):
        monkeypatch.setattr(f"{module}.MOST_ROWS", 2)
    posts = [{"id": f"{n}", "author_id": "7", "text": "hops", "created_at": "soon"} for n in range(5)]
    (tmp_path / "posts.ndjson").write_text("\n".join([*map(json.dumps, posts), *["{no"] * 7]))
    told = bring("x", tmp_path / "out", tmp_path / "posts.ndjson")
    assert [count for _, count in told.broken] == [7]
    assert told.quarantine is not None
    with told.quarantine.open(encoding="utf-8", newline="") as stream:
        reasons = [row["reason"] for row in csv.DictReader(stream)]
    assert len(reasons) == 6, reasons
    assert sum(reason.startswith("and 3 more rows: ") for reason in reasons) == 1
    assert [reason for reason in reasons if reason.startswith("and 5 more")] == [
        f"and 5 more rows: {told.broken[0][0]}"
    ]
    before = told.quarantine.read_text()
    bring("x", tmp_path / "out", tmp_path / "posts.ndjson")
    assert told.quarantine.read_text() == before  # said once, however often it is imported


def test_from_all_sources_to_a_model(tmp_path: Path) -> None:
    """Every importer into one folder, then outcomes for those accounts, then check and train."""
    out = tmp_path / "data"
    for name in NAMES:
        code, told = run("import", name, *map(str, samples(name)), str(out), "--read-at", "2024-06-01")
        assert code == 0, told
        assert "Next: suasion" in told
    people = sorted({row["author_id"] for row in rows_in(out, "posts") if "author_id" in row})
    lines = ["campaign,brand,brief,start,end,influencer,posts,fee,orders"]
    for number in range(24):
        start = datetime(2023, 1, 1) + timedelta(days=25 * number)
        for place, person in enumerate(people[number % 3 :: 3]):
            orders = (7 * number + 5 * place) % 11
            lines.append(
                f"c{number:02d},acme,Cold brew coffee and grinders,{start:%Y-%m-%d},{start + timedelta(days=7):%Y-%m-%d},{person},1,100,{orders}"
            )
    (tmp_path / "past.csv").write_text("\n".join(lines))
    code, told = run("import", "results", str(tmp_path / "past.csv"), str(out), "--yes")
    assert code == 0, told
    code, told = run("check", str(out))
    assert code == 0, told
    with open_tables(out) as tables:
        assert tables.present == {
            "influencers",
            "posts",
            "audience",
            "post_metrics",
            "mentions",
            "credentials",
            "campaigns",
            "outcomes",
        }
        assert all(report.aside == 0 for report in tables.reports)
    code, told = run("train", str(out), "--out", str(tmp_path / "model"), "--quick", "--no-tracking")
    assert code == 0, told


def test_a_broken_record_is_shown_where_it_stood(tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    path.write_text('{"data": []}\nnot json\n')
    with path.open("rb") as stream:
        told = [one for one in json_values(Document("f.ndjson", path, stream)) if isinstance(one, Broken)]
    assert [(one.file, one.line, one.text) for one in told] == [("f.ndjson", 2, "not json")]


def test_what_is_set_aside_is_no_formula(tmp_path: Path) -> None:
    (tmp_path / "=cmd.json").write_text('=1+1\n@SUM(A1)\n{"neither": 1}\n')
    told = bring("x", tmp_path / "out", tmp_path / "=cmd.json")
    assert told.quarantine is not None
    with told.quarantine.open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_an_unreadable_part_leaves_nothing_behind(tmp_path: Path) -> None:
    """What an importer made of a part before it found it unreadable is not kept; nor does its own fault end the import."""

    def take(record: Any, rows: Rows) -> None:
        rows.add("audience", influencer_id=record["id"], observed_at=rows.read_at, followers=1)
        if record["id"] == "b":
            raise Unreadable("no good")
        if record["id"] == "c":
            record["id"].no_such_thing()

    (tmp_path / "a.json").write_text('[{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}]')
    told = run_import(replace(BY_NAME["x"], take=take), [tmp_path / "a.json"], tmp_path / "out")
    assert [row["influencer_id"] for row in rows_in(tmp_path / "out", "audience")] == ["a", "d"]
    assert [reason.partition(" (")[0] for reason, _ in told.broken] == ["no good", STUMBLED]


def test_symbolic_links_in_an_export_are_named_and_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(SAMPLES / "mastodon_actor.json", folder)
    (folder / "link.json").symlink_to(SAMPLES / "mastodon.json")
    (folder / "gone.json").symlink_to(tmp_path / "nowhere.json")
    (folder / "more").symlink_to(SAMPLES)
    bring("mastodon", tmp_path / "plain", SAMPLES / "mastodon_actor.json")
    for _ in range(2):
        told = bring("mastodon", tmp_path / "out", folder)
        assert told.broken == (("a symbolic link is not followed: name the file it leads to", 2),)
        assert told.quarantine is not None
        assert len(told.quarantine.read_text().splitlines()) == 3
    assert everything(tmp_path / "out") == everything(tmp_path / "plain") != {}
    # A link that is named is meant.
    bring("mastodon", tmp_path / "named", folder / "link.json")
    bring("mastodon", tmp_path / "there", SAMPLES / "mastodon.json")
    assert everything(tmp_path / "named") == everything(tmp_path / "there")
    (folder / "mastodon_actor.json").unlink()
    with pytest.raises(InputError, match="holds no file"):
        bring("mastodon", tmp_path / "none", folder)


@pytest.mark.parametrize("name", NAMES)
def test_every_record_is_a_row_or_set_aside_or_counted(name: str, tmp_path: Path) -> None:
    def nothing(record: Any, rows: Rows) -> None:
        """Forget the record, as an importer would that has a case too few."""

    told = run_import(replace(BY_NAME[name], take=nothing), samples(name)[:1], tmp_path / "out")
    assert told.records > 0
    assert told.ignored == (("records with nothing in them", told.records),)


def test_every_part_of_a_record_is_a_row_or_set_aside_or_counted(tmp_path: Path) -> None:
    def forgetful(record: Any, rows: Rows) -> None:
        """Forget every part but one."""
        rows.each(record, lambda part, rows: rows.ignore("a part") if part == 2 else None)

    path = tmp_path / "parts.json"
    path.write_text("[[1, 2, 3]]")
    told = run_import(replace(BY_NAME["x"], take=forgetful), [path], tmp_path / "out")
    assert dict(told.ignored) == {"records with nothing in them": 2, "a part": 1}


def test_lines_of_another_file_are_no_items_of_an_order(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("Lineitem name,Lineitem sku,Cost\nMug,M1,3.50\n")
    told = run_import(BY_NAME["shopify"], [path], tmp_path / "out")
    assert (told.ignored, told.broken[0][1]) == ((), 1)


def test_feeds_of_a_host_of_many_authors_are_each_their_authors(tmp_path: Path) -> None:
    link = '&lt;a href="{}"&gt;see&lt;/a&gt;'
    feeds = {
        "anna": [
            "https://medium.com/@bob/tea-1f",
            "https://www.instagram.com/anna/",
            "https://medium.com/@anna/own-2e",
        ],
        "bob": ["https://medium.com/@anna", "https://bean.example/shop", "https://youtu.be/1f"],
        "nobody": [],
    }
    for who, links in feeds.items():
        item = f"<item><title>Tea</title><guid>https://medium.com/p/{who}</guid><description>{''.join(map(link.format, links))}</description><pubDate>Sat, 04 Mar 2023 10:00:00 GMT</pubDate></item>"
        home = "https://medium.com/tag/tea" if who == "nobody" else f"https://medium.com/@{who}?source=rss-1f"
        feed = f'<rss version="2.0"><channel><link>{home}</link>{item}</channel></rss>'
        (tmp_path / f"{who}.xml").write_text(feed, encoding="utf-8")
    told = bring("feed", tmp_path / "out", *sorted(tmp_path.glob("*.xml")))
    tables = everything(tmp_path / "out")
    accounts = [(one["influencer_id"], one["platform"], one["handle"]) for one in tables["influencers"]]
    assert accounts == [(f"blog:medium.com/@{who}", "blog", f"medium.com/@{who}") for who in ("anna", "bob")]
    assert {(one["referrer_id"], one["influencer_id"]) for one in tables["mentions"]} == {
        ("blog:medium.com/@anna", "blog:medium.com/@bob"),
        ("blog:medium.com/@anna", "instagram:anna"),
        ("blog:medium.com/@bob", "blog:medium.com/@anna"),
        ("blog:medium.com/@bob", "blog:bean.example"),
    }
    assert told.broken == (
        ("neither the feed nor the entry says whose it is: no link to an author or a site", 1),
    )


def test_feeds_that_are_broken_in_one_way_have_one_reason(tmp_path: Path) -> None:
    for number in range(3):
        entry = f"<entry><id>urn:{number}</id><title>&nosuch;</title></entry>"
        (tmp_path / f"{number}.xml").write_text(
            '<feed xmlns="http://www.w3.org/2005/Atom">\n' + "\n" * number + entry + "</feed>"
        )
    told = run_import(BY_NAME["feed"], [tmp_path], tmp_path / "out")
    reasons = dict(told.broken)
    assert reasons["no well-formed XML, what could be made out was read: undefined entity"] == 3


def test_an_order_that_tells_its_time_in_utc_alone_is_one(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(
        '[{"id": 7, "status": "completed", "currency": "EUR", "date_created_gmt": "2024-03-06T10:00:00", "total": "30.00"}]'
    )
    told = run_import(BY_NAME["woocommerce"], [path], tmp_path / "out")
    assert [(one.table, one.new) for one in told.tables] == [("orders", 1)]


def test_only_sheets_have_columns_to_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"id": 7}]')
    code, told = run("import", "woocommerce", str(tmp_path / "a.json"), str(tmp_path / "out"))
    assert (code, "Mend this first" in told, "--map" in told) == (1, True, False)
