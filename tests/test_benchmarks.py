"""The benchmarks are code too: each can be imported, and what can run small runs."""

from __future__ import annotations

import ast
import asyncio
import importlib
import pkgutil
import random
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import benchmarks
import numpy as np
import pandas as pd
import pytest
from benchmarks import public
from benchmarks.mutants import Mutant, chosen, everything, mutants

from .brands import brand
from .conftest import ROOT

APART = {
    "causes": "trains on six worlds",
    "counts": "takes an archive of public data sets",
    "exploring": "trains three models and makes twenty plans a world",
    "in_featuretools": "runs in a Python that has featuretools",
    "load": "swaps models under a service for minutes",
    "malformed": "has a test of its own, marked fuzz",
    "mutants": "runs the tests; its parts are tested here",
    "mutations": "is what mutants makes",
    "pages": "starts the service and asks it for a hundred pages",
    "picture": "draws the demo",
    "public": "takes public files; its tables are tested here",
    "screenshots": "needs Chromium",
    "shared": "is what the others share",
    "sheets": "is what malformed brings in",
    "service": "starts mlflow's server",
    "spark": "starts Spark",
    "start": "starts a process for each dependency; its parts are tested in test_start",
    "usual": "trains on a world seen in five ways",
    "world": "trains on worlds of 300 campaigns",
}
"""Those that no test here runs, and why."""


def small(name: str, world: Path, model: Path, url: str, folder: Path) -> None:
    """Run a benchmark on next to nothing."""
    module = importlib.import_module(f"benchmarks.{name}")
    if name == "asking":
        address = urlsplit(url)
        (folder / "asked.ndjson").write_text('{"method": "GET", "path": "/v1/campaigns?limit=1"}\n')
        asyncio.run(module.main(address.hostname, address.port, 0.2, 2, str(folder / "asked.ndjson")))
    elif name == "beer":
        module.compare(_answers(world, folder / "answers"))
    elif name == "daily":
        module.main(100)
    elif name == "explanations":
        module.main(str(model), 20)
    elif name == "features":
        module.main(100, 30, 5, 0.5)
    elif name == "growth":
        module.main([100], None, "1GB", 10)
    elif name == "plan":
        module.main([60])
        module.say(module.held(world, model, 1))
    elif name == "readme":
        (folder / "doc.md").write_text("a <!-- x -->\nold<!-- /x --> b")
        module.write(folder / "doc.md", "x", "new\n")
        assert (folder / "doc.md").read_text() == "a <!-- x -->\nnew\n<!-- /x --> b"
        print("|")
    elif name == "text":
        module.main(str(world), 300)
    elif name == "training":  # in a process of its own, into whose libraries it puts clocks
        for table, rows in brand().items():
            rows.to_csv(folder / f"{table}.csv", index=False)
        command = [sys.executable, "-m", "benchmarks.training", str(folder), "--quick"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        assert "times its bare fits" in told.stdout
        print(told.stdout)
    elif name == "intervals":
        module.main(["sparse"])
    else:
        raise AssertionError(f"benchmarks/{name}.py is neither run small nor named in APART")


def _answers(world: Path, folder: Path) -> Path:
    """The world as if outcomes were answers: accepted or not, in an order, within hours, some for a bounty."""
    folder.mkdir()
    for file in world.glob("*.parquet"):
        (folder / file.name).symlink_to(file)
    ends = pd.read_parquet(world / "campaigns.parquet").set_index("campaign_id")["ends_at"]
    outcomes = pd.read_parquet(world / "outcomes.parquet")
    count = np.random.default_rng(0).integers(1, 5, (len(outcomes), 3)).astype(float)
    outcomes["known_at"] = outcomes["campaign_id"].map(ends) + pd.Timedelta(days=14)
    outcomes["conversions"] = (outcomes["conversions"] > outcomes["conversions"].median()).astype(float)
    outcomes["refunds"] = 0.0
    outcomes[["offer_answer_order", "offer_hours_since_question", "offer_bounty"]] = count
    (folder / "outcomes.parquet").unlink()
    outcomes.to_parquet(folder / "outcomes.parquet")
    return folder


NAMES = [info.name for info in pkgutil.iter_modules(benchmarks.__path__)]


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_can_be_imported(name: str) -> None:
    if name == "in_featuretools":
        pytest.importorskip("featuretools", reason="featuretools is not installed")
    assert importlib.import_module(f"benchmarks.{name}").__doc__


@pytest.mark.parametrize("name", [name for name in NAMES if name not in APART])
def test_every_benchmark_that_can_runs_small(
    name: str, world: Path, trained, service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(ROOT)
    small(name, world, trained[1], service.url, tmp_path)
    assert "|" in (told := capsys.readouterr().out) or told.startswith("{")


# -- mutants ----------------------------------------------------------------------------------------------------------

CODE = '''"""Says what it is."""
from dataclasses import dataclass
LEAST = 20
class Box:
    def fits(self, x: int | None, *, most: float = 2.5) -> bool:
        """Whether it fits."""
        assert x > 3
        if x < most and not self.full:
            return min(x, 1) == 0
        open(x, mode="r")
        return "SELECT a FROM b WHERE c <= d AND e"
'''


def test_every_kind_of_mistake_is_made_and_only_in_what_runs() -> None:
    found = mutants("a.py", CODE)
    assert {(one.operator, one.line, one.before, one.after) for one in found} >= {
        ("constant", 3, "20", "(21)"),
        ("constant", 3, "20", "(19)"),
        ("constant", 5, "2.5", "(3.5)"),
        ("comparison", 8, "x < most", "(x <= most)"),
        ("comparison", 8, "x < most", "(x > most)"),
        ("and/or", 8, "x < most and not self.full", "(x < most or not self.full)"),
        ("condition left out", 8, "x < most and not self.full", "(x < most)"),
        ("condition negated", 8, "x < most and not self.full", "(not (x < most and (not self.full)))"),
        ("negation left out", 8, "not self.full", "(self.full)"),
        ("min/max", 9, "min(x, 1)", "max(x, 1)"),
        ("return None", 9, "return min(x, 1) == 0", "return None"),
        ("statement left out", 10, 'open(x, mode="r")', "pass"),
        ("keyword left out", 10, 'open(x, mode="r")', "open(x)"),
        ("SQL", 11, " <= ", " < "),
        ("SQL", 11, " AND ", " OR "),
    }
    assert not {1, 2, 6, 7} & {one.line for one in found}, "words, imports, annotations and assertions"
    assert {one.function for one in found} == {"", "Box.fits"}


QUIET = """
def draw(tables, step):
    step("counting", 3)
    step(1, 2)
    row = tables.sql("x").fetchone()
    two = tables.sql("y").fetchone()
    ids = two[1].to_numpy(dtype=object) if two[0] else row[0].to_numpy(dtype=float)
    return line(ids, 20, 1, linewidth=3, color=2, file=open("x", encoding="utf-8"))
"""


def test_what_nobody_could_notice_is_not_drawn() -> None:
    """The only value of a row, what is so by default, a line of progress; in a picture a pixel. The like of it is drawn."""

    def drawn(file: str) -> set[tuple[str, str]]:
        return {(one.before, one.after) for one in mutants(file, QUIET)}

    code = drawn("a.py")
    assert {one for one in code if one[0].startswith("step")} == {("step(1, 2)", "pass")}
    zeros = [one.after for one in mutants("a.py", QUIET) if one.before == "0"]
    assert sorted(zeros) == ["(-1)", "(1)", "(1)"], "the first of two may be taken for the last"
    left_out = {
        before for before, after in code if before.endswith(")") and "=" in before and after != "pass"
    }
    assert "row[0].to_numpy(dtype=float)" in left_out
    assert not left_out & {"two[1].to_numpy(dtype=object)", 'open("x", encoding="utf-8")'}
    picture = drawn("serving/explaining/charts.py")
    gone = {(before, after) for before, after in code - picture if "linewidth" not in before}
    assert gone == {("20", "(21)"), ("20", "(19)"), ("3", "(4)"), ("3", "(2)"), ("2", "(3)"), ("2", "(1)")}
    (call,) = {before for before, _ in code if before.startswith("line(")}
    kept = ast.parse(call).body[0].value.keywords  # type: ignore[attr-defined]
    assert [key.arg for key in kept] == ["linewidth", "color", "file"]
    assert sum(before == call for before, _ in code) - sum(before == call for before, _ in picture) == 1


def test_every_mutant_is_valid_code_and_another() -> None:
    """Of a sample: put in its place, it compiles, and to something else."""
    pool = []
    for file in everything():
        source = (ROOT / file).read_bytes()
        pool += [(source, one) for one in mutants(file, source.decode())]
    assert len(pool) > 1000
    for source, one in random.Random(0).sample(pool, 60):
        changed = source[: one.start] + one.after.encode() + source[one.end :]
        assert source[one.start : one.end].decode() == one.before
        code = [compile(text, one.file, "exec", dont_inherit=True, optimize=0) for text in (source, changed)]
        assert code[0].co_code != code[1].co_code or code[0].co_consts != code[1].co_consts, one


def test_the_tests_that_call_a_function_come_first_the_fastest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Mutant("a.py", "f", 1, "constant", 0, 1, "1", "2")
    tests = {
        "slow": {"seconds": 5.0, "fixtures": {}, "calls": ["a.py:f"]},
        "fast": {"seconds": 1.0, "fixtures": {}, "calls": ["a.py:f", "b.py:g"]},
        "with": {"seconds": 0.1, "fixtures": {"world": 3.0}, "calls": ["a.py:f"]},
        "near": {"seconds": 0.5, "fixtures": {"world": 3.0}, "calls": ["a.py:g"]},
        "none": {"seconds": 0.1, "fixtures": {}, "calls": ["b.py:f"]},
    }
    monkeypatch.setattr("benchmarks.mutants.ROOT", tmp_path)
    for name in tests:
        (tmp_path / name).write_text("from suasion.c import f" if name == "none" else "import numpy")
    assert chosen(one, tests, 60.0) == ["fast", "with", "slow", "near"]
    assert chosen(one, tests, 5.0) == ["fast", "with", "near"]
    assert chosen(Mutant("c.py", "f", 1, "", 0, 1, "", ""), tests, 60.0) == ["none"], (
        "nobody calls it: who imports it"
    )
    assert chosen(Mutant("d.py", "f", 1, "", 0, 1, "", ""), tests, 60.0) == []


def test_works_of_one_publisher_in_one_campaign_are_one_outcome() -> None:
    games = pd.DataFrame(
        {
            "Name": ["Kart", "Kart 2", "Golf", "Lost"],
            "Platform": ["Wii", "Wii", "Wii", "Wii"],
            "Year": [2008, 2008, 2009, np.nan],
            "Genre": ["Racing", "Racing", "Sports", "Sports"],
            "Publisher": ["Acme", "ACME ", "Acme", "Acme"],
            "Global_Sales": [1.25, 0.5, 0.01, 9.0],
        }
    )
    tables = public.vgsales(games)
    rows = tables["outcomes"][["campaign_id", "influencer_id", "exposure", "conversions"]].to_numpy().tolist()
    assert rows == [["Wii Racing 2008", "acme", 2, 175.0], ["Wii Sports 2009", "acme", 1, 1.0]]
    # What came out in 2008 is read in 2009, when its sales are known, and not before.
    assert list(tables["posts"]["created_at"].dt.strftime("%Y-%m-%d")) == ["2008-12-31"] * 2 + ["2010-01-01"]


def test_reviews_and_comments_become_outcomes() -> None:
    steam = pd.DataFrame(
        {
            "name": ["Kart"],
            "release_date": ["2016-03-17"],
            "publisher": ["Acme;Other"],
            "genres": ["Racing;Indie"],
            "steamspy_tags": ["Racing;Fun"],
            "positive_ratings": [12],
        }
    )
    outcome = public.steam(steam)["outcomes"].iloc[0]
    assert (outcome["campaign_id"], outcome["influencer_id"], outcome["conversions"]) == ("Racing 2016-03", "acme", 12)  # fmt: skip
    assert outcome["decided_at"] == pd.Timestamp("2016-03-01", tz="UTC")
    posts = pd.DataFrame(
        {
            "id": [7],
            "title": ["A title"],
            "url": ["https://www.shop.example/a"],
            "author": ["Ann"],
            "num_comments": [3],
            "created_at": ["8/4/2016 11:52"],
        }
    )
    tables = public.hacker_news(posts)
    assert tables["campaigns"].iloc[0]["brand"] == "shop.example"
    assert tables["outcomes"].iloc[0]["conversions"] == 3


def test_videos_articles_and_films_become_outcomes() -> None:
    days = pd.DataFrame(
        {
            "video_id": ["v2", "v1", "v1", "v3"],
            "title": ["Cake", "Tea", "Tea", "Cut off"],
            "channel_title": ["Ann", "Ann", "Ann", "Bob"],
            "category_id": ["26"] * 4,
            "tags": ["tea|green"] * 4,
            "views": ["400", "1000", "3600", None],
            "comment_total": ["1"] * 4,
            "date": ["30.09", "30.09", "2.1", "10"],
        }
    )
    tables = public.trending(days)
    [outcome] = tables["outcomes"].to_dict("records")
    assert (outcome["exposure"], outcome["conversions"]) == (2, 4.0)
    assert outcome["decided_at"] == pd.Timestamp("2017-09-30", tz="UTC")
    assert outcome["known_at"] == pd.Timestamp("2017-10-03", tz="UTC")
    # Read when the video had trended for the last time.
    assert sorted(tables["posts"]["created_at"].dt.strftime("%m-%d")) == ["10-01", "10-03"]
    articles = pd.DataFrame(
        {"id": [3], "title": ["On tea"], "publication": ["The Pot"], "date": ["02-03-2020"], "claps": [7]}
    )
    outcome = public.medium(articles)["outcomes"].iloc[0]
    assert (outcome["campaign_id"], outcome["influencer_id"], outcome["conversions"]) == ("3", "the pot", 7)
    assert outcome["known_at"] == pd.Timestamp("2020-04-01", tz="UTC")
    seen = pd.DataFrame(
        {
            "movie_title": ["Tea", "Tea", "Cake"],
            "title_year": [2001.0, 2001.0, 2001.0],
            "director_name": ["Ann"] * 3,
            "genres": ["Drama|Romance"] * 3,
            "plot_keywords": ["tea|pot", "tea|pot", None],
            "gross": [1.24e6, 1.24e6, 3e5],
        }
    )
    outcome = public.films(seen)["outcomes"].iloc[0]
    assert (outcome["campaign_id"], outcome["exposure"], outcome["conversions"]) == ("Drama 2001", 2, 15.0)
