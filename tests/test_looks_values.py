"""How the terminal looks: what is yellow, dim or bold, what stands left and right, and that no id is cut off."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from suasion.features.sources.reading.upsert import Landed
from suasion.features.sources.stackexchange import ImportReport
from suasion.features.tables.open import open_tables
from suasion.serving.check import Usable, check
from suasion.serving.cli.terminal.changed import print_change
from suasion.serving.cli.terminal.checked import _usable, print_check, print_people
from suasion.serving.cli.terminal.imported import print_import, print_imported
from suasion.serving.cli.terminal.persons import print_late
from suasion.serving.cli.terminal.scored import print_banner, print_scores
from suasion.serving.cli.terminal.trained import print_run
from suasion.serving.explaining.explain import CAUTION, SHARED, bar, render, why
from suasion.serving.explaining.score_change import Change, Part, Shift

from . import made
from .test_terminal_values import AT, FILES, imported, printed, scored

DIM, BOLD, ITALIC, RED, GREEN, YELLOW = "2", "1", "3", "31", "32", "33"


def colored(tell: Any, *arguments: Any) -> str:
    return printed(tell, *arguments, color=True, width=220)


def shown(what: Any) -> str:
    return colored(lambda console: console.print(what))


def style_of(text: str, phrase: str) -> str:
    """Return the style in which the first of some words stands; empty for plain."""
    place = text.index(phrase)
    codes = re.findall(r"\x1b\[([\d;]*)m", text[:place])
    return "" if not codes or codes[-1] == "0" else str(codes[-1])


def test_an_import_in_colour() -> None:
    told = imported(ignored=(("likes", 2),), broken=(("no JSON", 3),), quarantine=Path("q.csv"))
    text = colored(print_imported, told, Path("out"), True)
    assert style_of(text, "table") == DIM
    assert style_of(text, "not read: 2 likes") == DIM
    for phrase in ("set aside: 3 records", "set aside: 1,000 audience", "1,000"):
        assert style_of(text, phrase) == YELLOW, phrase
    for phrase in ("1,234 records", "What was set aside", "Next:", "1,200"):
        assert style_of(text, phrase) == "", phrase
    plain = colored(print_imported, imported(tables=(Landed("posts", 1, 1, 0, ()),)), Path("out"), True)
    assert YELLOW not in re.findall(r"\x1b\[(\d+)m", plain)
    dump = colored(print_import, ImportReport({"posts": 1200}, {"Posts.xml: broken": 1}, ("Badges.xml",), 7), Path("out"))  # fmt: skip
    assert style_of(dump, "Badges.xml is not") == YELLOW
    assert style_of(dump, "set aside: 1 rows") == YELLOW
    assert style_of(dump, "7 answers") == ""


def test_a_check_in_colour(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    with open_tables(tmp_path, quarantine=tmp_path / "quarantine") as tables:
        text = colored(print_check, check(tables, Path("q")))
    assert style_of(text, "mentions") == YELLOW
    assert style_of(text, "outcomes: 1 set aside") == YELLOW
    assert style_of(text, "posts: 2 of 3 were known") == YELLOW
    assert style_of(text, "No candidates") == DIM
    assert style_of(text, "What that gives") == BOLD
    features = text.partition("What that gives")[2]
    assert style_of(features, "references") == RED, "audience is there, and tells nothing of it"
    assert style_of(features, "momentum") == YELLOW, "what followers tell of it can be used"
    none = colored(_usable((Usable("references", 5, 0, (), ("mentions",)),)).print)
    assert style_of(none, "references") == RED, "nothing of it can be used"
    assert style_of(features, "reputation") in (RED, YELLOW), "some of it is lost"
    assert style_of(features, "frequency") == YELLOW, "how many posts there are is not told"
    assert style_of(features, "offer") == YELLOW, "on which platform they are asked is not told"
    rows = text.partition("What that gives")[0].splitlines()
    (outcomes,) = [line for line in rows if re.match(r"(\x1b\[\d+m)* *outcomes *(\x1b\[0m)?  ", line)]
    assert YELLOW in re.findall(r"\x1b\[(\d+)m", outcomes), "the number that was set aside"
    (campaigns,) = [line for line in rows if re.match(r" *campaigns ", line)]
    assert YELLOW not in re.findall(r"\x1b\[(\d+)m", campaigns)
    people: Any = SimpleNamespace(persons=0, ids=0, undecided=("x:1",))
    assert style_of(colored(print_people, people), "people: x:1") == YELLOW


def test_links_that_were_read_late_are_a_warning() -> None:
    when = datetime(2024, 1, 1)
    person: Any = SimpleNamespace(links=(SimpleNamespace(since=when),))
    found: Any = SimpleNamespace(persons=(person,), first_decision=when)
    assert style_of(colored(print_late, found), "1 of 1 links were read") == YELLOW


def test_a_run_in_colour() -> None:
    parts = SimpleNamespace(kind="blend")
    points = [{"outcomes": 1050, "explained_deviance": 0.1234, "past_average": 0.05}]
    judged = {"all": made.figures(absent=["activity"]), "newcomers": made.figures(coverage=None)}
    evaluation = made.evaluated(
        judged=judged, ablation=made.added(momentum=(0.1, 0.0, 0.2)), learning_curve=points
    )
    bundle = SimpleNamespace(facts=made.FACTS, evaluation=evaluation, parts=parts, interval=made.EIGHTY)
    reports = [SimpleNamespace(table="posts", aside=1200, where="x", unwritten="Read-only file system"), SimpleNamespace(table="mentions", aside=0, where=None, unwritten=""), SimpleNamespace(table="candidates", aside=0, where=None, unwritten="")]  # fmt: skip
    told = SimpleNamespace(bundle=bundle, reports=reports, verdict="It is.", beats=True, address="models:/m/1", champion=False, untracked="")  # fmt: skip
    text = colored(print_run, told, Path("m"), Path("q"))
    assert style_of(text, "posts: 1,200 rows set aside; suasion check tells why.") == YELLOW
    assert style_of(text, "no mentions: its features are missing.") == YELLOW
    assert "no candidates" not in text
    assert "no posts" not in text, "they are there"
    assert style_of(text, "suasion\x1b") == BOLD
    assert style_of(text, "past average  ") == ""
    assert style_of(text, "Explained deviance: 0 is no better") == DIM
    for title in ("Judged forward in time: all", "Judged forward in time: influencers with no earlier outcome", "What each adds", "Learning curve"):  # fmt: skip
        assert style_of(text, title) == BOLD, title
    assert re.search(r"1,050 +0\.123 +0\.050", text)
    assert text.count("Not tried, since what they go by is not known: activity.") == 1
    assert (
        text.count(
            "The 80 % interval held 91% of them, and 90% of those it would pick, the first 30 % of each campaign."
        )
        == 1
    )
    assert "Registered in MLflow as models:/m/1, not champion (use --force to make it so)." in text
    told.champion = True
    assert "models:/m/1, now champion." in colored(print_run, told, Path("m"), Path("q"))
    order = [text.index(name) for name in ("suasion\x1b", "past average  ")]
    assert order == sorted(order), "the best first"


def test_scores_in_colour(tmp_path: Path) -> None:
    told = scored(ask=[True, False, True], outside=["", "x", ""], frequency=[1.2, 1.0, 0.8])
    told = replace(told, banner=("Read [this].",), notes=("A note.",))
    text = colored(print_scores, told, 3, tmp_path / "s.csv")
    assert style_of(text, "! Read [this].") == "1;33"
    assert style_of(text, " A note.") == DIM
    assert style_of(text, f" {CAUTION}"[:60]) == ITALIC
    assert style_of(text, "yes") == BOLD
    assert (style_of(text, "1.20"), style_of(text, "0.80")) == (GREEN, RED)
    assert [line.count(" *") for line in text.splitlines()[1:4]] == [0, 1, 0]
    narrow = printed(print_scores, told, 3, None, color=True, width=90)
    assert style_of(narrow, " off offer, rel relevance") == DIM
    risky = replace(told, scores=told.scores.assign(influencer_id=["=a", "b", "c"]))
    assert style_of(colored(print_scores, risky, 3, tmp_path / "s.csv"), " 1 ids in it begin") == YELLOW


def test_why_in_colour() -> None:
    season, posts = made.record("offer__season"), made.record("relevance__posts__90d", +1)
    age = made.record("reputation__age", 0, "days")
    model = made.bundle({season: 0.5, posts: 0.3, age: -0.4})
    told = made.scored(model, {season.column: [1.0, 1.0, 1.0], posts.column: [0.0, 1.0, 3.0], age.column: [2.0, 1.0, 5.0]}, outside=["", "", "posts"])  # fmt: skip
    one = why(told, "i002")
    text = shown(render(one))
    assert style_of(text, "i002") == BOLD
    assert style_of(text, f"{one.expected:.2f} conversions expected") == BOLD
    assert style_of(text, "offer") == DIM
    assert style_of(text, "relevance") == BOLD
    assert style_of(text, "×1.52 ") == GREEN
    assert style_of(text, f"×{6**-0.4:.2f} ") == RED
    assert style_of(text, f"×1.41 {SHARED}") == DIM
    assert style_of(text, "Outside what training saw: posts.") in (YELLOW, "3;33")
    assert style_of(text, CAUTION[:40]) == ITALIC
    plain = printed(lambda console: console.print(render(one)), width=220)
    assert max(map(len, plain.splitlines())) < 150, "the table is as wide as its words, not as the terminal"
    lines = plain.splitlines()
    head = lines.index(next(line for line in lines if "less │ more" in line))
    middle = lines[head].index("│")
    bars = [line for line in lines[head + 1 :] if "│" in line]
    assert len(bars) == 8
    assert all(line.strip() for line in lines[head : lines.index(bars[-1])]), "no gaps between the factors"
    assert {line.index("│") for line in bars} == {middle}, "less and more stand over the bars' middle"
    (relevance,) = [line for line in bars if "relevance" in line]
    assert re.search(
        r"relevance +1\.52 +│█+ +×1\.52 posts, 90d: 3 posts, more than all of the 2 others", relevance
    )
    narrow = printed(lambda console: console.print(render(one, 70)), width=70)
    assert all(group in narrow for group in ("relevance", "frequency", "conversation")), "names stay whole"


@pytest.mark.parametrize(
    ("factor", "widest", "half", "left", "right"),
    [
        (2.0, 4.0, 4, 0, 2), (0.5, 4.0, 4, 2, 0), (4.0, 4.0, 4, 0, 4), (100.0, 4.0, 4, 0, 4), (1.0, 1.0, 4, 0, 0), (1.0001, 1.0, 4, 0, 4),
        (0.9999, 1.0, 4, 4, 0), (np.e, np.e**14, 14, 0, 1),
    ],
)  # fmt: skip
def test_a_bar_has_two_halves(factor: float, widest: float, half: int, left: int, right: int) -> None:
    told = bar(factor, widest, half)
    assert told.plain == " " * (half - left) + "█" * left + "│" + "█" * right + " " * (half - right)
    text = printed(lambda console: console.print(told, end=""), color=True)
    assert style_of(text, "│") == DIM
    if left or right:
        assert style_of(text, "█") == (GREEN if right else RED)


def test_a_change_in_colour() -> None:
    parts = (Part("base", 1.0, 2.0, 1.0, 2.0), Part("relevance", 2.0, 1.0, 0.5, 1.0))
    shifts = (
        Shift("f", "relevance", "posts", 3.0, np.nan, 0.5),
        Shift("g", "relevance", "posts", 1.0, 2000.0, 1.25),
    )
    told = Change("ann", (AT, AT), ("a", "b"), (2.0, 2.0), parts, shifts, {"fee": 3.0})
    text = colored(print_change, told)
    assert style_of(text, "ann") == BOLD
    assert style_of(text, "×1.00") == BOLD
    assert (style_of(text, "base"), style_of(text, "relevance")) == (DIM, BOLD)
    assert (style_of(text, "×0.50 \x1b"), style_of(text, "×1.25 ")) == (RED, GREEN)
    assert style_of(text, "Not given, so both") == DIM
    assert style_of(text, CAUTION[:40]) == ITALIC
    plain = printed(print_change, told, width=220)
    assert "×0.50 f: 3 → missing posts" in plain
    assert "×1.25 g: 1 → 2,000 posts" in plain
    lines = plain.splitlines()
    table = [line for line in lines if "│" in line]
    assert re.split(r"  +", table[0].strip()) == ["factor", "before", "after", "change", "data", "model", "less │ more"]  # fmt: skip
    assert re.split(r"  +", table[1].strip())[:6] == ["base", "1", "2", "×2.00", "×1.00", "×2.00"]
    assert re.split(r"  +", table[2].strip())[:6] == ["relevance", "2", "1", "×0.50", "×0.50", "×1.00"]
    assert len({line.index("│") for line in table}) == 1
    assert table[1].count("█") == table[2].count("█") == 8, "the widest is twice and half"
    small = replace(told, parts=(Part("base", 1.0, 1.2, 1.2, 1.0),), features=())
    drawn = printed(print_change, small, width=220)
    assert drawn.count("█") == round(8 * np.log(1.2) / np.log(1.5)), (
        "nothing is drawn wider than one and a half"
    )


def test_what_a_banner_says_is_shown_as_it_stands() -> None:
    assert "[bold]x[/bold]" in printed(print_banner, ["[bold]x[/bold]"])
