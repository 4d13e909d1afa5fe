"""The report: one file that needs nothing else, true to the scores, and a PDF where Chromium is."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from suasion.features import CHARACTERISTICS
from suasion.features.errors import InputError
from suasion.serving import report as module
from suasion.serving.candidates import Ask
from suasion.serving.charts import count
from suasion.serving.cli import suasion
from suasion.serving.report import write_report
from suasion.serving.score import Session, score

CAMPAIGN = "c0055"


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


def test_without_chromium_a_pdf_is_refused_with_what_to_do(
    world: Path, trained, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"apt-get install chromium; or write \.html"):
        write_report(world, trained[1], Ask(campaign=CAMPAIGN), [tmp_path / "report.pdf"])
    with pytest.raises(InputError, match=r"must end in \.html or \.pdf"):
        write_report(world, trained[1], Ask(campaign=CAMPAIGN), [tmp_path / "report.doc"])
    assert list(tmp_path.iterdir()) == []
