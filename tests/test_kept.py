"""What was read yesterday is not read again, and what comes out is what reading everything would give."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features import FEATURES
from suasion.features.engine.matrix import build_features, prepare
from suasion.features.engine.pagerank import Graph
from suasion.features.tables import store as kept
from suasion.features.tables.open import open_tables
from suasion.features.text.space import LatentSpace

from . import small
from .conftest import ROOT

DECISIONS = "SELECT campaign_id, influencer_id, decided_at AS as_of, exposure, fee, discount FROM outcomes WHERE superseded_at > TIMESTAMP '9999-01-01'"
SPACE = LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)
IN_PARTS = ("posts", "mentions", "audience", "credentials", "influencers", "outcomes")


def messy(seed: int) -> small.Tables:
    """Return random tables with rows told twice, rows that contradict, and rows that are bad."""
    rows, random = small.make(seed), np.random.default_rng(seed)
    for name, other in (("posts", "text"), ("mentions", None), ("audience", "followers")):
        some = [rows[name][k] for k in random.integers(len(rows[name]), size=9)]
        rows[name] += some[:3]
        if other:
            rows[name] += [row | {other: 7.0 if other == "followers" else "another"} for row in some[3:6]]
        rows[name] += [row | {"known_at": row["known_at"] + timedelta(days=3)} for row in some[6:8]]
        rows[name].append(some[8] | {"known_at": some[8]["known_at"] - timedelta(days=9000)})
    return rows


def add(rows: small.Tables, data: Path, part: int) -> None:
    for name, found in rows.items():
        if found:
            small.write({f"part-{part:03d}": found}, data / name)


def facts(tables) -> list[tuple]:
    return [dataclasses.astuple(report) for report in tables.reports]


def work(data: Path) -> tuple[list[tuple], pd.DataFrame]:
    with open_tables(data, quarantine=data.parent / "quarantine") as tables:
        return facts(tables), build_features(prepare(tables, SPACE), DECISIONS)


def afresh(data: Path, monkeypatch) -> tuple[list[tuple], pd.DataFrame]:
    with monkeypatch.context() as patch:
        patch.delenv("SUASION_STORE")
        return work(data)


def same(kept_: tuple[list[tuple], pd.DataFrame], scratch: tuple[list[tuple], pd.DataFrame]) -> None:
    assert kept_[0] == scratch[0]
    pd.testing.assert_frame_equal(kept_[1], scratch[1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_day_by_day_is_all_at_once(seed: int, store: Path, tmp_path: Path, monkeypatch) -> None:
    rows, random, data = messy(seed), np.random.default_rng(seed), tmp_path / "data"
    small.write({"campaigns": rows["campaigns"]}, data)
    parts = 4
    # Mostly in the order in which rows became known, as days come; some late, in any order.
    for part in range(parts):
        mine: small.Tables = {}
        for name in IN_PARTS:
            known = pd.Series([row["known_at"] for row in rows[name]]).rank(method="first", pct=True)
            place = np.minimum((known * parts).astype(int), parts - 1)
            late = random.random(len(place)) < 0.2
            place = np.where(late, np.random.default_rng(seed + 1).integers(parts, size=len(place)), place)
            if seed == 0:  # the first part has what the later ones contradict, and nothing is late
                place = np.arange(len(place)) * parts // len(place)
            mine[name] = [row for row, where in zip(rows[name], place, strict=True) if where == part]
        if not mine["outcomes"] and part == 0:
            mine["outcomes"] = rows["outcomes"][:1]
        add(mine, data, part)
        told = work(data)
        set_aside = {path.name: path.read_text() for path in (tmp_path / "quarantine").glob("*.csv")}
        same(told, afresh(data, monkeypatch))
        for name, text in set_aside.items():
            again = (tmp_path / "quarantine" / name).read_text()
            assert sorted(line.split(",", 1)[1] for line in again.splitlines()) == sorted(
                line.split(",", 1)[1] for line in text.splitlines()
            )
    same(work(data), afresh(data, monkeypatch))


def plain(seed: int = 1) -> small.Tables:
    return {name: found for name, found in small.make(seed).items() if found}


def split(rows: small.Tables, data: Path) -> small.Tables:
    """Write all but the last tenth of what is said and referred to, and return that."""
    later = {name: rows[name][-len(rows[name]) // 10 :] for name in ("posts", "mentions", "audience")}
    add({n: [r for r in found if r not in later.get(n, [])] for n, found in rows.items()}, data, 0)
    return later


SIFT = kept.sift


def refuse(table: Any, raw: Any, *rest: Any, **more: Any) -> Any:
    """Stand in for what reads a table; one that is not there may be made empty."""
    assert raw is None, f"{table.name} is read again"
    return SIFT(table, raw, *rest, **more)


def test_nothing_new_is_nothing_read(store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    add(plain(), data, 0)
    first = work(data)
    monkeypatch.setattr(kept, "sift", refuse)
    monkeypatch.setattr(kept, "sort_out", refuse)
    again = work(data)
    assert again[0] == first[0]
    pd.testing.assert_frame_equal(again[1], first[1])


def test_only_new_files_are_read_and_only_new_posts_embedded(
    store: Path, tmp_path: Path, monkeypatch
) -> None:
    data = tmp_path / "data"
    later = split(plain(), data)
    work(data)
    add(later, data, 1)
    numbered: list[list[str]] = []
    number = kept.number_files
    monkeypatch.setattr(
        kept, "number_files", lambda files, *a, **k: numbered.append(files) or number(files, *a, **k)
    )
    monkeypatch.setattr(kept, "sift", refuse)
    embedded: list[str] = []
    embed = LatentSpace.embed
    monkeypatch.setattr(
        LatentSpace, "embed", lambda self, texts: embedded.extend(texts) or embed(self, texts)
    )
    told = work(data)
    assert sorted(numbered) == sorted([[str(data / name / "part-001.parquet")] for name in later])
    briefs = {row["brief"] for row in plain()["campaigns"]}  # embedded whenever somebody asks
    posts = {row["text"] or "" for row in later["posts"]} - briefs
    assert posts & set(embedded) == posts - {
        row["text"] or "" for row in plain()["posts"][: -len(later["posts"])]
    }
    monkeypatch.undo()
    monkeypatch.setenv("SUASION_STORE", str(store))
    same(told, afresh(data, monkeypatch))


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_file_that_changed_or_went_is_noticed(how: str, store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    later = split(plain(), data)
    add(later, data, 1)
    work(data)
    if how == "gone":
        (data / "posts" / "part-001.parquet").unlink()
        (data / "mentions" / "part-001.parquet").unlink()
    else:
        add({"posts": later["posts"][1:], "mentions": later["mentions"][1:]}, data, 1)
    same(work(data), afresh(data, monkeypatch))


def test_outcomes_are_judged_anew_when_campaigns_change(store: Path, tmp_path: Path, monkeypatch) -> None:
    rows, data = plain(), tmp_path / "data"
    add({**rows, "campaigns": rows["campaigns"][:4]}, data, 0)
    work(data)
    add({"campaigns": rows["campaigns"][4:]}, data, 1)
    with monkeypatch.context() as patch:

        def stop(table: Any, *rest: Any, **more: Any) -> Any:
            if table.name == "candidates":
                raise KeyboardInterrupt
            return SIFT(table, *rest, **more)

        patch.setattr(kept, "sift", stop)
        with pytest.raises(KeyboardInterrupt):  # the campaigns are read by then, the outcomes not yet judged
            work(data)
    same(work(data), afresh(data, monkeypatch))


@pytest.mark.parametrize("step", ["settle_repeats", "sort_out", "count_rows"])
def test_an_interruption_leaves_what_was_there(step: str, store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    later = split(plain(), data)
    before = work(data)
    add(later, data, 1)
    with monkeypatch.context() as patch:

        def stop(*_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(kept, step, stop)
        if step == "settle_repeats":  # only rows told again come so far
            add(
                {
                    "posts": [
                        row | {"known_at": row["known_at"] + timedelta(days=1)}
                        for row in plain()["posts"][:2]
                    ]
                },
                data,
                2,
            )
        with pytest.raises(KeyboardInterrupt):
            work(data)
    told = work(data)
    assert told[0] != before[0]
    same(told, afresh(data, monkeypatch))


def test_an_interrupted_first_reading_is_done_again(store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    add(plain(), data, 0)
    with monkeypatch.context() as patch:
        write = kept.Ledger._write

        def stop(self, report, *rest) -> None:
            if report.table == "mentions":
                raise KeyboardInterrupt
            write(self, report, *rest)

        patch.setattr(kept.Ledger, "_write", stop)
        with pytest.raises(KeyboardInterrupt):
            work(data)
    same(work(data), afresh(data, monkeypatch))


def test_an_interruption_between_two_files_is_noticed(store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    add(split(plain(), data), data, 1)
    with monkeypatch.context() as patch:
        one = kept.one

        def stop(connection, query: str) -> int:
            if str(data / "posts" / "part-001.parquet") in query and "metadata" in query:
                raise KeyboardInterrupt
            return one(connection, query)

        patch.setattr(kept, "one", stop)
        with pytest.raises(KeyboardInterrupt):
            work(data)
    same(work(data), afresh(data, monkeypatch))


def test_a_month_that_was_half_ranked_is_ranked_once(store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    add(plain(), data, 0)
    with monkeypatch.context() as patch:
        ranks = Graph.ranks

        def stop(self, months):
            yield next(ranks(self, months))
            raise KeyboardInterrupt

        patch.setattr(Graph, "ranks", stop)
        with pytest.raises(KeyboardInterrupt):
            work(data)
    same(work(data), afresh(data, monkeypatch))


def test_two_at_once_do_not_meet(store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    add(plain(), data, 0)
    with open_tables(data) as one, open_tables(data) as other:
        assert (one.kept, other.kept) == (True, False)
        assert facts(one) == facts(other)
    with open_tables(data) as one:
        assert one.kept


def test_a_damaged_database_is_made_again(store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    add(plain(), data, 0)
    work(data)
    (file,) = store.glob("tables/*/work.duckdb")
    file.write_bytes(b"nothing of the kind" * 1000)
    same(work(data), afresh(data, monkeypatch))


def test_csv_is_read_each_time(store: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    rows = plain()
    small.write({name: rows[name] for name in ("campaigns", "posts")}, data)
    pd.DataFrame(rows["outcomes"]).to_csv(data / "outcomes.csv", index=False)
    first = work(data)
    pd.DataFrame(rows["outcomes"][:-1]).to_csv(data / "outcomes.csv", index=False)
    again = work(data)
    assert again[0] != first[0]
    assert len(again[1]) == len(first[1]) - 1


NOON = small.T0.replace(hour=12, minute=0, second=0, microsecond=0)
OF_POSTS = [f.column for f in FEATURES if f.sources == ("posts",)]


def chatty(seed: int) -> small.Tables:
    """Return tables with many posts on the same days and on both sides of every boundary."""
    rows, random = small.make(seed), np.random.default_rng(seed)
    moments = [NOON - timedelta(days=days) for days in (0.5, 1, 7, 14, 30, 45, 90, 182.5, 365, 365.5)]
    moments += [m + side * small.MICRO for m in moments for side in (-1, 1)]
    moments += [m + timedelta(minutes=int(random.integers(0, 720))) for m in moments for _ in range(3)]
    for number, at in enumerate(moments):
        late = random.random() < 0.15
        post = {
            "post_id": f"c{number}",
            "author_id": small.PEOPLE[random.integers(3)],
            "created_at": at,
            "text": "hops",
        }
        post |= {
            "reply_to_id": "p3" if random.random() < 0.5 else None,
            "links": ["x"] * int(random.integers(3)),
        }
        rows["posts"].append(post | {"known_at": at + timedelta(hours=int(random.integers(60))) * late})
        if random.random() < 0.1:
            rows["posts"].append(post | {"text": "again", "known_at": at + timedelta(days=40)})
        if random.random() < 0.1:  # an edit that says it was written on another day
            moved = {"created_at": at + timedelta(days=2), "known_at": at + timedelta(days=3)}
            rows["posts"].append(post | moved)
    # Somebody who wrote twice on one day, and never else.
    for hours in (11, 1):
        at = NOON - timedelta(hours=hours)
        rows["posts"].append(
            {
                "post_id": f"flo{hours}",
                "author_id": "flo",
                "created_at": at,
                "text": "cup",
                "reply_to_id": None,
                "links": None,
                "known_at": at,
            }
        )
    rows["outcomes"].append(rows["outcomes"][0] | {"influencer_id": "flo"})
    for row in rows["outcomes"]:
        row["decided_at"] = NOON - timedelta(
            days=float(random.choice([0, 0.5, 1, 20])) * (row["influencer_id"] != "flo")
        )
        row["known_at"] = max(row["known_at"], row["decided_at"] + small.MICRO)
    return {name: small._without_contradictions(name, found) for name, found in rows.items()}


@pytest.mark.parametrize("seed", range(4))
def test_posts_at_every_edge_say_the_same_day_by_day_as_at_once(
    seed: int, store: Path, tmp_path: Path, monkeypatch
) -> None:
    data, rows = tmp_path / "data", chatty(seed)
    order = np.random.default_rng(seed).permutation(len(rows["posts"]))
    halves = [[rows["posts"][k] for k in order[part::2]] for part in (0, 1)]
    add(rows | {"posts": halves[0]}, data, 0)
    work(data)
    add({"posts": halves[1]}, data, 1)
    with open_tables(data) as tables:
        matrix = build_features(prepare(tables, SPACE), DECISIONS)
    assert matrix[OF_POSTS].notna().any().all()
    same(([], matrix), ([], afresh(data, monkeypatch)[1]))


def test_who_waits_is_told_what_is_done(
    store: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "data"
    caplog.set_level("INFO", "suasion")
    add(plain(), data, 0)
    with open_tables(data) as tables:
        build_features(prepare(tables, SPACE), DECISIONS)
    told = caplog.messages
    assert "reading and checking posts" in told
    assert any(line.startswith("embedding texts that are new: ") for line in told)
    assert any(line.startswith("judging answers: ") for line in told)
    assert [line for line in told if ":" not in line][-2:] == [
        "gathering what was known at each decision",
        "building features",
    ]


def test_a_killed_run_goes_on_where_it_was(
    store: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Kill a run while it embeds; the next reads no table again, and embeds only what was not stored."""
    data = tmp_path / "data"
    add(plain(), data, 0)
    code = f"""
import logging, os, signal
from pathlib import Path
from suasion.features.progress import LOG
from suasion.features.text import cache
from suasion.features.tables.open import open_tables
from suasion.features.engine.matrix import prepare
from tests.test_kept import SPACE
cache.BATCH = cache.PART = 10
class Killer(logging.Handler):
    def emit(self, record):
        if record.getMessage() == "embedding texts that are new: 40":
            os.kill(os.getpid(), signal.SIGKILL)
LOG.addHandler(Killer())
LOG.setLevel("INFO")
with open_tables({str(data)!r}) as tables:
    prepare(tables, SPACE)
"""
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-500:]
    caplog.set_level("INFO", "suasion")
    with open_tables(data) as tables:
        posts = tables.sql("SELECT count(DISTINCT coalesce(text, '')) FROM posts").fetchone()[0]
        prepare(tables, SPACE)
    assert caplog.messages[-2] == f"embedding texts that are new: {posts - 30}"
    assert not list(store.rglob("*.partial"))
