"""The report: one file that needs nothing else, true to the scores, and a PDF where Chromium is."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from openpyxl import load_workbook

from suasion.features import CHARACTERISTICS
from suasion.serving import report as module
from suasion.serving.cli.main import suasion
from suasion.serving.explaining.charts import count
from suasion.serving.report import write_report
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.plan.asked import plan_asked
from suasion.serving.scoring.score import Session, score

from .made import BINARY, EIGHTY, UNRANKED, bundle, evaluated, figures, record, scored

CAMPAIGN = "c0055"
BRIEF = Ask(brief="x")


@pytest.fixture(scope="module")
def html(world: Path, earlier: Path, tmp_path_factory) -> str:
    out = tmp_path_factory.mktemp("report") / "report.html"
    write_report(world, earlier, Ask(campaign=CAMPAIGN), [out], top=5, reviewed=True)
    assert [path.name for path in out.parent.iterdir()] == ["report.html"]
    return out.read_text(encoding="utf-8")


class Balanced(HTMLParser):
    """Fails where a tag is closed that was not opened last."""

    VOID = frozenset({"meta", "link", "br", "input", "img", "hr", "line", "rect", "circle", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.stack.pop() == tag


@pytest.mark.parametrize("budget", [None, 60_000.0])
def test_the_workbook_says_what_the_page_says(
    world: Path, earlier: Path, tmp_path: Path, budget: float | None
) -> None:
    out, page = tmp_path / "r.xlsx", tmp_path / "r.html"
    ask = Ask(campaign=CAMPAIGN, budget=budget)
    write_report(world, earlier, ask, [out], top=5)
    assert [path.name for path in tmp_path.iterdir()] == ["r.xlsx"]
    write_report(world, earlier, ask, [page], top=5)
    told, book = score(world, earlier, ask), load_workbook(out)
    assert book.sheetnames == ["Report", "Shortlist", "How to read"]
    said = [row[0] for row in book["Report"].iter_rows(values_only=True)]
    assert said[0] == f"Whom to ask: campaign {CAMPAIGN}"
    assert len(set(said)) == len(said), "nothing is said twice"
    sentences = [*told.banner, *(told.plan.sentences if told.plan is not None else ["5 people"])]
    for sentence in sentences:
        assert any(one.startswith(sentence) for one in said), sentence
    heading, *rows, together = book["Shortlist"].iter_rows(values_only=True)
    people = [dict(zip(heading, row, strict=True)) for row in rows]
    whom = told.scores.head(5) if told.plan is None else told.scores[told.scores["ask"]]
    assert [one["influencer_id"] for one in people] == whom["influencer_id"].tolist()
    assert [one["forecast"] for one in people] == pytest.approx(whom["expected_conversions"].tolist())
    assert [one["fee"] for one in people] == pytest.approx(whom["fee"].tolist())
    assert {one["platform"] for one in people} <= {"instagram", "tiktok", "youtube"}
    assert all(one["handle"] in unescape(page.read_text(encoding="utf-8")) for one in people)
    assert together[heading.index("fee")] == f"=SUM(G2:G{len(people) + 1})"


def test_it_needs_nothing_else(html: str) -> None:
    parser = Balanced()
    parser.feed(html)
    assert parser.stack == []
    assert not {"script", "link", "img", "iframe"} & parser.seen
    assert not re.search(r"https?://(?!www\.w3\.org)", html)
    assert "url(" not in html
    assert "@import" not in html


def test_it_says_who_why_what_it_is_worth_and_its_limits(html: str, world: Path, earlier: Path) -> None:
    scored = score(world, earlier, Ask(campaign=CAMPAIGN))
    for row in scored.scores.head(5).itertuples():
        assert f"{count(row.expected_conversions)}</td>" in html
    assert f"<b>{count(scored.scores['expected_conversions'].head(5).sum())}</b> conversions expected" in html
    for group in CHARACTERISTICS:
        assert f"<strong>{group}</strong>" in html, "the method names each"
    for heading in (
        "Who, and why",
        "What the model is worth",
        "Its limits",
        "Method, in one page",
        "Since it was trained",
    ):
        assert f"<h2>{heading}</h2>" in html
    assert "would have come anyway" in html
    assert html.count('class="chart waterfall"') == 3
    assert html.count('class="chart strip"') == 5
    assert scored.bundle.evaluation["verdict"] in html.replace("&#39;", "'")


def test_within_a_budget_it_names_those_who_are_asked(world: Path, trained, tmp_path: Path) -> None:
    ask = Ask(campaign=CAMPAIGN, budget=10_000.0)
    write_report(world, trained[1], ask, [tmp_path / "report.html"])
    asked = int(score(world, trained[1], ask).scores["ask"].sum())
    text = (tmp_path / "report.html").read_text()
    assert f"<b>{asked}</b> of 35 candidates, within 10,000" in text


def test_a_hostile_brief_is_text(world: Path, trained, tmp_path: Path) -> None:
    write_report(world, trained[1], Ask(brief="<script>alert(1)</script> bread"), [tmp_path / "report.html"])
    text = (tmp_path / "report.html").read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_two_files_are_scored_for_once(world: Path, trained, tmp_path: Path, monkeypatch, capsys) -> None:
    asked: list[Ask] = []
    score_once = Session.score
    monkeypatch.setattr(Session, "score", lambda self, ask: asked.append(ask) or score_once(self, ask))
    outs = [tmp_path / "one.html", tmp_path / "deep" / "two.html"]
    suasion(
        [
            "report",
            str(world),
            "--model",
            str(trained[1]),
            "--campaign",
            CAMPAIGN,
            "--out",
            str(outs[0]),
            "--out",
            str(outs[1]),
        ],
        standalone_mode=False,
    )
    assert len(asked) == 1
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert "one.htmland" in "".join(capsys.readouterr().out.split())


@pytest.mark.browser
def test_the_pdf(world: Path, trained, tmp_path: Path, capsys) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    out = tmp_path / "report.pdf"
    suasion(
        ["report", str(world), "--model", str(trained[1]), "--campaign", CAMPAIGN, "--out", str(out)],
        standalone_mode=False,
    )
    assert out.read_bytes().startswith(b"%PDF")
    assert out.stat().st_size > 20_000
    assert "The report is in" in capsys.readouterr().out


FOLLOWERS = record("momentum__followers", +1, "followers")
FEES = {"fee": [100.0, 900.0, 250.0], "cost_per_conversion": [1.0, 2.0, 3.0]}


def written(monkeypatch, told, ask: Ask = BRIEF, top: int = 2) -> str:
    """Return the text of a report on made-up scores, without tags."""
    monkeypatch.setattr(module, "read_handles", lambda tables: {})
    monkeypatch.setattr(module, "read_told", lambda tables: {})
    fee, notes = np.array(told.scores.get("fee", np.full(len(told.scores), np.nan))), Notes()
    plan = plan_asked(
        told,
        fee,
        ask,
        tables=SimpleNamespace(
            present=frozenset(), joined=False, goal=None, sql=lambda _: SimpleNamespace(fetchall=list)
        ),
        notes=notes,
    )
    answer = replace(told, plan=plan, notes=(*told.notes, *notes.rest))
    session = SimpleNamespace(score=lambda ask: answer, tables=None, bundle=told.bundle)
    html = module.report(session, ask, top=top)
    Balanced().feed(html)
    text = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def people(followers=(10.0, 500.0, 30.0), expected=(9.0, 1.0, 4.0), **money):
    """Return ann, bob and cem with 9, 1 and 4 conversions expected, whatever their followers."""
    posts = record("frequency__posts__90d")
    model = bundle({posts: 1.0, FOLLOWERS: 0.0})
    values = {posts.column: np.array(expected) - 1.0, FOLLOWERS.column: followers}
    return scored(model, values, ids=["ann", "bob", "cem"], **money)


def test_the_plan_and_the_most_followed_get_the_same_budget(monkeypatch) -> None:
    text = written(monkeypatch, people(**FEES), Ask(brief="x", budget=400.0, value=100.0))
    assert "2 of 3 candidates, within 400" in text
    assert "13 conversions expected 350 in fees, 26.9 for each conversion" in text
    # Bob, whom most follow, costs 900 and does not fit; cem and ann do, in the order of their followers.
    assert "13 expected of the most followed within the same budget (2 of them), for 350" in text
    assert "Ask these 2 for 350 of 400: about 13 conversions, 9 times in 10 between" in text
    rich = written(monkeypatch, people(**FEES), Ask(brief="x", budget=1000.0, value=100.0))
    assert "10 expected of the most followed within the same budget (2 of them), for 1,000" in rich
    assert "expected conversions, within the same budget: these 2 13, the most followed 10" in rich


def test_without_a_budget_as_many_of_the_most_followed_are_told_with_their_cost(monkeypatch) -> None:
    text = written(monkeypatch, people(**FEES))
    assert "2 of 3 candidates 13 conversions expected 350 in fees" in text
    assert "5 expected of the 2 most followed, for 1,150" in text
    assert "within" not in text.partition("Who, and why")[0]
    free = written(monkeypatch, people())
    assert "5 expected of the 2 most followed" in free
    assert "in fees" not in free
    assert "is not known" not in free


def test_followers_that_are_not_known_are_compared_with_nothing(monkeypatch) -> None:
    text = written(monkeypatch, people([np.nan] * 3, **FEES)).partition("Who, and why")[0]
    assert "How many follow them is not known for anybody: nothing to compare with." in text
    assert "most followed" not in text
    part = written(monkeypatch, people([np.nan, 5.0, np.nan], **FEES))
    assert (
        "How many follow is known of 33 % of the candidates; the others come last among the most followed"
        in part
    )


def test_a_fee_that_is_not_known_is_not_nothing(monkeypatch) -> None:
    text = written(monkeypatch, people(fee=[np.nan, 900.0, 250.0], cost_per_conversion=[np.nan, 9.0, 9.0]))
    assert "The fee of 1 of these 2 is not known, so neither is what they cost together." in text
    assert "in fees" not in text


def test_a_budget_that_is_enough_for_nobody_is_told(monkeypatch) -> None:
    text = written(monkeypatch, people(**FEES), Ask(brief="x", budget=10.0))
    assert "0 of 3 candidates, within 10 0 conversions expected" in text
    assert "Nobody whose fee is within 10 and pays." in text


def test_zero_or_one_is_told_as_a_probability(monkeypatch) -> None:
    posts = record("frequency__posts__90d")
    evaluation = evaluated(figures(coverage=None, coverage_picked=None))
    model = bundle({posts: 1.0}, base=0.25, interval=BINARY, evaluation=evaluation)
    text = written(monkeypatch, scored(model, {posts.column: [0.0, 1.0]}, ids=["ann", "bob"]))
    assert "0.25 probability 0.25, no interval" in text
    assert "interval held" not in text


def test_an_interval_is_called_by_the_share_it_is_to_hold(monkeypatch) -> None:
    posts = record("frequency__posts__90d")
    model = bundle({posts: 1.0}, interval=EIGHTY)
    text = written(monkeypatch, scored(model, {posts.column: [0.0, 1.0]}, ids=["ann", "bob"]))
    assert "80 % interval The seven" in text
    assert "The 80 % interval held" in text
    assert "The interval is to hold 80 % of outcomes" in text
    assert "90 % interval held" not in text


def test_the_report_says_what_explained_deviance_is_measured_against(monkeypatch) -> None:
    text = written(monkeypatch, people())
    assert "0 is no better than the training period's mean rate × exposure" in text
    assert "at random bring 20 %, the best there are 60 %, the most followed 25 %" in text
    assert "Beside the most followed that is +25 points" in text
    told = people()
    unranked = evaluated(figures(**UNRANKED), verdict="There is nothing to rank.")
    few = written(monkeypatch, replace(told, bundle=replace(told.bundle, evaluation=unranked)))
    assert "There is nothing to rank." in few
    assert "9 judged campaigns have a choice" in few
    assert "would have kept" not in few


def test_each_factor_is_named_with_what_moved_it_most_and_how_much(monkeypatch) -> None:
    posts, words = (
        record("relevance__relevant_posts__90d", +1),
        record("relevance__closeness__90d", 0, "cosine"),
    )
    told = scored(
        bundle({posts: 0.3, words: -1.0}),
        {posts.column: [1.0, 0.0], words.column: [3.0, 0.0]},
        ids=["ann", "bob"],
    )
    text = written(monkeypatch, told)
    assert (
        "relevance ×0.31 , most of all ×0.25 by A thing, in 90 days: 3 cosine, more than the one other"
        in text
    )


@pytest.mark.parametrize(
    ("posts", "discount", "says", "each"),
    [
        ([2.0, 2.0], [0.2, 0.2], "Asked for: 2 posts each, and 20 % off for whoever follows them.", []),
        ([1.0, 3.0], [0.0, 0.1], "Asked for: 1 to 3 posts each, and 0 to 10 % off", ["1 post;", "3 posts, 10 % discount;"]),
        ([1.0, 1.0], [0.0, 0.0], "Asked for: 1 post each.", []),
    ],
)  # fmt: skip
def test_the_terms_stand_in_plain_words(
    posts: list[float], discount: list[float], says: str, each: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = bundle(
        {record("momentum__f"): 1.0, record("offer__discount"): 0.0, record("offer__exposure"): 0.0}
    )
    told = scored(model, {"momentum__f": [5.0, 4.0], "offer__discount": discount, "offer__exposure": posts})
    told = replace(told, scores=told.scores.assign(exposure=posts))
    monkeypatch.setattr(module, "read_told", lambda _: {})
    monkeypatch.setattr(module, "read_handles", lambda _: {})
    session = SimpleNamespace(tables="t", bundle=model, score=lambda _: told)
    html = unescape(module.report(session, BRIEF))  # type: ignore[arg-type]
    assert says in html
    for words in each:
        assert words in html
    assert bool(re.search(r'class="dim why">\d posts?[;,]', html)) == bool(each), (
        "beside the people only where terms differ"
    )
