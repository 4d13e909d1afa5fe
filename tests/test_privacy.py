"""Who opted out is nowhere, pseudonyms name nobody, and who is forgotten is gone: from tables, quarantine, store, and later runs."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from suasion.features.engine.matrix import build_features, prepare
from suasion.features.errors import InputError
from suasion.features.privacy.forget import forget
from suasion.features.privacy.optout import MARK, OPT_OUT, PERSONAL, TRACEABLE, Pseudonyms, opted_out
from suasion.features.sources.all import SAID
from suasion.features.sources.reading.source import run_import
from suasion.features.tables.open import check_rows, open_tables
from suasion.features.tables.schema import TABLES
from suasion.features.text.space import LatentSpace
from suasion.training.bundle.learned_from import digest_of, models_with

from .sources import ACCOUNTS, BY_NAME, NAMES, READ_AT, bring, everything, run, samples, signed

SECRET = "a secret that nobody will guess"


def anywhere(folder: Path, *words: str) -> list[str]:
    """Return the files in which one of these words stands, Parquet files read."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != OPT_OUT:
            if path.suffix == ".parquet":
                with duckdb.connect() as connection:
                    text = str(connection.execute(f"SELECT * FROM '{path}'").fetchall())
            else:
                data = path.read_bytes()
                text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")
            found += [f"{path.name}: {word}" for word in words if word in text]
    return found


@pytest.mark.parametrize("name", [source.name for source in SAID])
def test_every_importer_honours_the_list(name: str, tmp_path: Path) -> None:
    whole = everything(bring_to(name, tmp_path / "whole"))
    people = sorted({row[c] for rows in whole.values() for row in rows for c in PERSONAL if c in row})
    gone = people[0]
    out = tmp_path / "out"
    out.mkdir()
    (out / OPT_OUT).write_text(f"# asked by mail\n{gone}  # since May\n")
    told = run_import(BY_NAME[name], samples(name), out, read_at=READ_AT, account=ACCOUNTS.get(name))
    theirs = {row["post_id"] for row in whole["posts"] if row.get("author_id") == gone}
    expected = {
        table: kept
        for table, rows in whole.items()
        if (
            kept := [
                row
                for row in rows
                if gone not in [row.get(c) for c in PERSONAL]
                and not (table == "post_metrics" and row["post_id"] in theirs)
            ]
        )
    }
    assert everything(out) == expected
    assert told.opted_out > 0


def test_of_posts_of_who_opted_out_no_counts_come_in(tmp_path: Path) -> None:
    """A row of counts names nobody: whoever wrote the post decides."""
    author = "instagram:coffee.anna"
    (tmp_path / OPT_OUT).write_text(author)
    run_import(BY_NAME["instagram"], samples("instagram"), tmp_path, read_at=READ_AT)
    found = everything(tmp_path)
    assert [row["post_id"] for row in found["post_metrics"]] == ["instagram:17900000000000003"]
    assert author not in {row.get("author_id") for row in found["posts"]}


def bring_to(name: str, out: Path) -> Path:
    bring(name, out)
    return out


def test_a_list_named_by_the_environment_that_is_not_there_is_no_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUASION_OPT_OUT", str(tmp_path / "gone.txt"))
    with pytest.raises(InputError, match="cannot be read"):
        bring("x", tmp_path / "out")
    (tmp_path / "gone.txt").write_text("x:31\n")
    bring("x", tmp_path / "out")
    assert not anywhere(tmp_path / "out", "x:31")
    assert opted_out("postgresql://host/name") == ("x:31",)


def _features(folder: Path) -> pd.DataFrame:
    with open_tables(folder) as tables:
        space = LatentSpace.fit(
            [text for (text,) in tables.sql("SELECT text FROM posts ORDER BY post_id LIMIT 500").fetchall()]
        )
        candidates = (
            "SELECT campaign_id, influencer_id, decided_at AS as_of, exposure, fee, discount FROM outcomes"
        )
        return build_features(prepare(tables, space), candidates)


@pytest.mark.parametrize("kept", [False, True])
def test_tables_that_are_opened_know_nothing_of_them(
    kept: bool, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same features as from tables in which these people never were."""
    if kept:
        monkeypatch.setenv("SUASION_STORE", str(tmp_path / "store"))
    data, never = tmp_path / "data", tmp_path / "never"
    shutil.copytree(world, data)
    shutil.copytree(world, never)
    outcomes = pd.read_parquet(world / "outcomes.parquet")
    gone = [str(name) for name in outcomes["influencer_id"].value_counts().index[:3]]
    if kept:
        _features(data)  # what is kept from before knows them still
    (data / OPT_OUT).write_text("\n".join(gone))
    for name in TABLES:
        path = never / f"{name}.parquet"
        columns = [c for c in PERSONAL if path.is_file() and c in pd.read_parquet(path).columns]
        if columns:
            table = pd.read_parquet(path)
            table[~table[columns].isin(gone).any(axis=1)].to_parquet(path)
    found, expected = _features(data), _features(never)
    assert not set(gone) & set(found["influencer_id"])
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-9)
    with open_tables(data) as tables:
        assert sum(report.aside for report in tables.reports) == 0, "they are not bad rows"
        rows = pd.DataFrame(
            {
                "post_id": ["n1", "n2"],
                "author_id": [gone[0], "u1"],
                "created_at": ["2024-01-01"] * 2,
                "text": ["a", "b"],
            }
        )
        import pyarrow as pa

        with tables.scratch() as scratch:
            assert check_rows(scratch, "posts", pa.Table.from_pandas(rows)) == []
            assert scratch.sql("SELECT author_id FROM posts").fetchall() == [("u1",)]


@pytest.mark.spark
def test_spark_honours_the_list(world: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="PySpark is not installed: make spark")
    from suasion.features.spark.tables import open_spark

    data = tmp_path / "data"
    shutil.copytree(world, data)
    gone = str(pd.read_parquet(world / "outcomes.parquet")["influencer_id"].iloc[0])
    (data / OPT_OUT).write_text(gone)
    with open_tables(data) as here, open_spark(data) as there:
        for name in ("influencers", "posts", "mentions", "outcomes", "audience"):
            count = f"SELECT count(*) AS n FROM {name}"
            assert [tuple(row) for row in there.sql(count).fetchall()] == here.sql(count).fetchall()


@pytest.mark.parametrize("name", NAMES)
def test_pseudonyms_say_nobody_s_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUASION_SECRET", SECRET)
    plain = everything(bring_to(name, tmp_path / "plain"))
    code, told = run(
        "import",
        name,
        *signed(name),
        *map(str, samples(name)),
        str(tmp_path / "out"),
        "--read-at",
        "2024-06-01",
        "--pseudonymise",
        "--no-text",
    )
    assert code == 0, told
    hidden = everything(tmp_path / "out")
    assert {table: len(rows) for table, rows in hidden.items()} == {
        table: len(rows) for table, rows in plain.items()
    }
    of = Pseudonyms(SECRET.encode()).of
    for table, rows in plain.items():
        for column in {*PERSONAL, *TRACEABLE} & {c for row in rows for c in row}:
            expected = sorted(of(row[column]) for row in rows if column in row)
            assert sorted(row[column] for row in hidden[table] if column in row) == expected
    ids = {
        row[c]
        for rows in plain.values()
        for row in rows
        for c in (*PERSONAL, *TRACEABLE, "handle")
        if c in row and len(row[c]) > 1  # one letter stands anywhere
    }
    texts = {row["text"] for row in plain.get("posts", []) if row.get("text")}
    said = json.dumps([list(row.values()) for rows in hidden.values() for row in rows], ensure_ascii=False)
    # A name of a letter or two stands in other words, too.
    assert not [word for word in (*ids, *texts) if (word if len(word) > 2 else json.dumps(word)) in said]
    bare = {word.rpartition(":")[2] for word in ids if len(word.rpartition(":")[2]) > 4}
    left = [word for word in (*ids, *bare, *texts) if anywhere(tmp_path / "out", word)]
    assert not left, "a name is in what was set aside"


def test_a_folder_holds_plain_ids_or_pseudonyms_of_one_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUASION_SECRET", raising=False)
    with pytest.raises(InputError, match=r"at least 16 characters"):
        Pseudonyms.from_environment()
    pseudonyms = Pseudonyms(SECRET.encode())
    run_import(BY_NAME["x"], samples("x"), tmp_path / "a", pseudonyms=pseudonyms)
    assert SECRET not in (tmp_path / "a" / MARK).read_text()
    with pytest.raises(InputError, match=r"holds pseudonyms[.] Add --pseudonymise"):
        bring("x", tmp_path / "a")
    with pytest.raises(InputError, match="made with another secret"):
        run_import(
            BY_NAME["x"], samples("x"), tmp_path / "a", pseudonyms=Pseudonyms(b"another secret of ours")
        )
    bring("x", tmp_path / "b")
    with pytest.raises(InputError, match="holds plain ids already"):
        run_import(BY_NAME["x"], samples("x"), tmp_path / "b", pseudonyms=pseudonyms)
    # A list of plain ids works at the door of a folder of pseudonyms.
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / OPT_OUT).write_text("x:31")
    run_import(BY_NAME["x"], samples("x"), tmp_path / "c", pseudonyms=pseudonyms)
    assert not anywhere(tmp_path / "c", pseudonyms.of("x:31"))


def test_who_is_forgotten_is_gone_everywhere(
    trained, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUASION_STORE", str(tmp_path / "store"))
    data = tmp_path / "data"
    shutil.copytree(world, data)
    shutil.rmtree(data / "truth")
    posts = pd.read_parquet(world / "posts.parquet")
    outcomes = pd.read_parquet(world / "outcomes.parquet")
    gone, others = (str(name) for name in outcomes["influencer_id"].value_counts().index[:2])
    theirs = posts[posts["author_id"] == gone]
    # Tables as a folder and as CSV, plain and packed, and something in quarantine.
    (data / "posts").mkdir()
    posts[: len(posts) // 2].to_parquet(data / "posts" / "a.parquet")
    posts[len(posts) // 2 :].to_parquet(data / "posts" / "b.parquet")
    (data / "posts.parquet").unlink()
    for name, suffix in (("audience", ".csv"), ("mentions", ".csv.gz")):
        pd.read_parquet(data / f"{name}.parquet").to_csv(data / f"{name}{suffix}", index=False)
        (data / f"{name}.parquet").unlink()
    counts = posts[["post_id"]].assign(observed_at=posts["created_at"], likes=1.0)
    counts.to_parquet(data / "post_metrics.parquet")
    (data / "quarantine").mkdir()
    (data / "quarantine" / "import-x.csv").write_text(
        f'file,line,reason,row\na,1,bad,"{{""id"":""{gone}""}}"\na,2,bad,"{{""id"":""{gone}9""}}"\na,3,bad,"by @{gone}"\n'
    )
    _features(data)
    answered = posts["reply_to_id"].isin(theirs["post_id"]) & (posts["author_id"] != gone)
    assert answered.any()
    told = forget(data, [gone])
    assert told.rows["posts"] == told.rows["post_metrics"] == len(theirs)
    assert told.answers == answered.sum()
    assert told.aside == 2
    assert told.texts > 0
    assert told.kept_tables == 1
    assert not anywhere(
        data, f"'{gone}'", f",{gone},", f"@{gone}", *theirs["post_id"].head(20).map("'{}'".format)
    )
    assert f"{gone}9" in (data / "quarantine" / "import-x.csv").read_text()
    with duckdb.connect() as connection:
        keys = {
            bytes(key)
            for (key,) in connection.execute(
                f"SELECT key FROM '{tmp_path}/store/vectors-*/part-*.parquet'"
            ).fetchall()
        }
    import hashlib

    assert not keys & {hashlib.md5(text.encode(), usedforsecurity=False).digest() for text in theirs["text"]}
    found = _features(data)
    assert gone not in set(found["influencer_id"])
    assert others in set(found["influencer_id"])
    again = forget(data, [gone])
    assert (again.rows, again.answers, again.aside, again.texts) == ({}, 0, 0, 0)
    assert (data / OPT_OUT).read_text() == f"{gone}\n"
    _, folder = trained
    found = models_with([gone], folder.parent)
    assert folder in found, "and MLflow's copy of it"
    assert models_with(["nobody"], folder.parent) == []
    manifest = json.loads((folder / "manifest.json").read_text())
    assert digest_of(gone, manifest["facts"]["fingerprint"]) in manifest["facts"]["people"]
    assert gone not in (folder / "manifest.json").read_text()
    code, text = run("forget", str(data), others, "--models", str(folder.parent))
    assert code == 0, text
    assert "to be trained again" in text
    assert "rows of posts" in text


def test_a_pseudonym_is_forgotten_by_the_id_it_was_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pseudonyms = Pseudonyms(SECRET.encode())
    run_import(BY_NAME["x"], samples("x"), tmp_path / "a", read_at=READ_AT, pseudonyms=pseudonyms)
    monkeypatch.setenv("SUASION_SECRET", SECRET)
    told = forget(tmp_path / "a", ["x:2244994945"])
    assert told.ids == (pseudonyms.of("x:2244994945"), pseudonyms.of("x:@xdevelopers"))
    assert told.rows["influencers"] == 1
    assert "2244994945" not in (tmp_path / "a" / OPT_OUT).read_text()
    run_import(BY_NAME["x"], samples("x"), tmp_path / "a", read_at=READ_AT, pseudonyms=pseudonyms)
    assert not anywhere(tmp_path / "a", pseudonyms.of("x:2244994945"))


@pytest.mark.parametrize(
    ("there", "named", "rows"),
    [("x:@anna", "x:anna", 2), ("x:anna", "x:@anna", 2), ("x:@123", "x:123", 0), ("x:@anna", "y:anna", 0)],
)
def test_a_name_is_forgotten_with_its_sign_and_without(
    there: str, named: str, rows: int, tmp_path: Path
) -> None:
    (tmp_path / "influencers.csv").write_text(f"influencer_id,platform\n{there},x\nx:bob,x\n")
    (tmp_path / "posts.csv").write_text(f"post_id,author_id,created_at\n1,{there},2024-01-01\n")
    told = forget(tmp_path, [named])
    assert sum(told.rows.values()) == rows
    assert (there in (tmp_path / OPT_OUT).read_text().split()) == bool(rows)
    assert bool(anywhere(tmp_path, there)) == (not rows)


def test_what_cannot_be_forgotten_here_says_where(tmp_path: Path) -> None:
    duckdb.connect(tmp_path / "data.duckdb").close()
    with pytest.raises(InputError, match=r"in a database delete the rows"):
        forget(tmp_path / "data.duckdb", ["a"])
    (tmp_path / "d").mkdir()
    with pytest.raises(InputError, match="Name at least one id"):
        forget(tmp_path / "d", [" "])


def test_forgetting_reaches_what_was_attributed(tmp_path: Path) -> None:
    from suasion.features.attribution.attribute import Rules, attribute

    from .test_attribution import LATER, code, order, place

    folder = place(
        tmp_path / "d", [order(1, codes="A"), order(2, codes="B")], [code("anna", "A"), code("bob", "B")]
    )
    attribute(folder, Rules(), LATER)
    (folder / OPT_OUT).write_text("bob\n")
    attribute(folder, Rules(), LATER)
    assert not anywhere(folder / "outcomes", "bob")
    (folder / OPT_OUT).unlink()
    attribute(folder, Rules(), LATER)
    told = forget(folder, ["anna"])
    assert told.rows == {"codes": 1, "outcomes": 1, "attribution": 1}
    assert not anywhere(folder, "anna")
    attribute(folder, Rules(), LATER)
    assert not anywhere(folder, "anna")


def test_a_broken_record_is_set_aside_without_what_it_said(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"whose": "somebody"}\n')
    for number, kept in enumerate(({"pseudonyms": Pseudonyms(SECRET.encode())}, {"texts": False}, {})):
        run_import(BY_NAME["x"], [tmp_path / "a.json"], tmp_path / str(number), **kept)
        assert bool(anywhere(tmp_path / str(number), "somebody")) == (not kept)


def test_a_handle_that_heads_a_column_takes_no_heading_out(tmp_path: Path) -> None:
    people = pd.DataFrame({"influencer_id": ["x:1"], "handle": ["record"], "created_at": "2020-01-01"})
    people.to_parquet(tmp_path / "influencers.parquet", index=False)
    (tmp_path / "quarantine").mkdir()
    aside = tmp_path / "quarantine" / "posts.csv"
    aside.write_text("record,line,reason,row\n1,,no time,of @record\n2,,no time,of @bob\n")
    assert forget(tmp_path, ["x:1"]).aside == 1
    assert aside.read_text() == "record,line,reason,row\n2,,no time,of @bob\n"


def test_a_file_that_is_no_text_keeps_nobody_in(tmp_path: Path) -> None:
    """An export beside the tables in bytes that are no UTF-8; and a log whose line holds what some readers take for its end."""
    people = pd.DataFrame({"influencer_id": ["anna"], "created_at": "2020-01-01"})
    people.to_parquet(tmp_path / "influencers.parquet", index=False)
    (tmp_path / "export.jsonl").write_bytes(b'{"caption": "caf\xe9"}\n')
    line = json.dumps({"plan": "a", "influencer_id": "anna", "brief": "tea\u2028now"}, ensure_ascii=False)
    (tmp_path / "log.jsonl").write_text(f"{line}\n", encoding="utf-8")
    told = forget(tmp_path, ["anna"])
    assert (told.rows, told.decisions) == ({"influencers": 1}, 1)
    assert (tmp_path / "log.jsonl").read_bytes() == b""
    assert (tmp_path / "export.jsonl").read_bytes() == b'{"caption": "caf\xe9"}\n'


def test_who_is_forgotten_is_in_no_log_of_plans(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "decided.jsonl"
    data.mkdir()
    table = pd.DataFrame({"influencer_id": ["anna", "bob"], "created_at": "2020-01-01"})
    table.to_parquet(data / "influencers.parquet", index=False)
    people = pd.DataFrame({"account_id": ["x:31"], "influencer_id": ["anna"]})
    people.to_csv(data / "people.csv", index=False)
    lines = [
        json.dumps({"plan": plan, "influencer_id": who}) + "\n" for plan in "ab" for who in ("anna", "bob")
    ]
    for path in (data / "log.jsonl", elsewhere):
        path.write_text("".join(lines))
        path.chmod(0o600)
    other = '{"influencer_id": "anna", "of": "another program"}\n'
    (data / "other.jsonl").write_text(other)
    # By an account of theirs, too.
    code, told = run("forget", str(data), "x:31", "--log", str(elsewhere), "--json")
    assert code == 0, told
    assert json.loads(told)["decisions"] == 4
    for path in (data / "log.jsonl", elsewhere):
        assert path.read_text() == lines[1] + lines[3]
        assert path.stat().st_mode & 0o777 == 0o600
    assert (data / "other.jsonl").read_text() == other, "a file that is no log of plans is nobody's to change"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "There is no log at"), ('{"id": 1}\n', "is no log of decisions")]
)
def test_a_log_that_is_none_is_refused_before_anything_is_removed(
    content: str | None, words: str, tmp_path: Path
) -> None:
    table = pd.DataFrame({"influencer_id": ["anna"], "created_at": "2020-01-01"})
    table.to_parquet(tmp_path / "influencers.parquet", index=False)
    if content is not None:
        (tmp_path / "log.jsonl").write_text(content)
    code, told = run("forget", str(tmp_path), "anna", "--log", str(tmp_path / "log.jsonl"))
    assert (code != 0, words in " ".join(told.split())) == (True, True), told
    assert len(pd.read_parquet(tmp_path / "influencers.parquet")) == 1
    assert not (tmp_path / OPT_OUT).exists()


@pytest.mark.parametrize("name", [source.name for source in SAID])
def test_who_is_forgotten_is_in_nothing_that_a_source_brought(name: str, tmp_path: Path) -> None:
    bring(name, tmp_path / "out")
    found = everything(tmp_path / "out")
    people = [(row["influencer_id"], row.get("handle", "")) for row in found.get("influencers", [])]
    people += [(row["author_id"], "") for row in found.get("posts", []) if "author_id" in row]
    gone, handle = people[0]
    posts = [row["post_id"] for row in found.get("posts", []) if row.get("author_id") == gone]
    assert anywhere(tmp_path / "out", gone)
    told = forget(tmp_path / "out", [gone])
    words = {f"'{one}'" for one in (*told.ids, *posts)} | ({f"@{handle}"} if handle else set())
    assert not anywhere(tmp_path / "out", *words)
    assert gone in (tmp_path / "out" / OPT_OUT).read_text()
    bring(name, tmp_path / "out")
    assert not anywhere(tmp_path / "out", f"'{gone}'")
