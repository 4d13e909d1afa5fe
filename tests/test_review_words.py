"""What is said of a review, on the terminal and on the page."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from suasion.features import GROUPS
from suasion.serving.cli.terminal.reviewed import print_review
from suasion.serving.page.render import environment
from suasion.training.evaluation.review import ByFactor, Figure, Misjudged, Review

from .test_review import scale
from .test_review_reasons import MADE_UP, drifted


def printed(told: Review) -> str:
    console = Console(width=160, record=True, file=io.StringIO())
    print_review(console, told)
    return " ".join(console.export_text().split())


def on_the_page(told: Review) -> str:
    html = environment().from_string(
        '{% import "reviewed.html" as reviewed with context %}{{ reviewed.all(review) }}'
    )
    return " ".join(html.render(review=told).split())


SILENT = replace(
    MADE_UP,
    coverage=Figure(None, []),
    spearman=None,
    captured=Figure(None, []),
    ranking=scale(3, None, None, None, 0.0),
    by_factor=[
        ByFactor(group, Figure(None, []), None, None, None) if group == "references" else part
        for group, part in zip(GROUPS, MADE_UP.by_factor, strict=True)
    ],
)


def test_what_is_printed_of_a_review() -> None:
    told = printed(replace(MADE_UP, revised=40, late=25, ranking={**MADE_UP.ranking, "followers_known": 0.6}))
    assert "It keeps what it promised" in told
    assert "300 outcomes of 80 influencers in 20 campaigns became known since 2024-03-01." in told
    assert "40 outcomes were revised since" in told
    assert "25 of them were known before, but not there when it was trained" in told
    assert "actual / expected 1.02 0.93 to 1.12" in told
    assert "Explained deviance: 0 is no better than the mean rate of what it learned from × exposure" in told
    assert (
        "captured by top 30 % 52% 45% to 60% captured by 30 % at random 31% captured by the best 30 % 74% captured by the most followed 39%"
        in told
    )
    assert "campaigns with a choice 18" in told
    assert "Followers are known of 60%" in told
    assert "references 1.00 0.40 to 1.60 0.90 1.10" in told
    assert "held by the 80 % interval" in printed(replace(MADE_UP, level=0.8))
    assert "The 80 % interval held" in on_the_page(replace(MADE_UP, level=0.8))
    silent = printed(SILENT)
    assert "references – – –" in silent
    assert (
        "held by the 90 % interval – captured by top 30 % – captured by 30 % at random – captured by the best 30 % – captured by the most followed –"
        in silent
    )
    assert "revised" not in silent
    assert "Followers" not in silent
    again = printed(replace(MADE_UP, retrain=True, reasons=["this", "that"], misjudged=[
        Misjudged("ann", 2, 20.0, 2.0, -2.1, "relevance", 2.0)
    ], drift=drifted(1)))  # fmt: skip
    assert "Train again: this; that." in again
    assert "ann 20.0 2 -2.1 σ relevance ×2.00" in again
    assert "1 of 50 features have other values than in training. f0: median 1 → 2 (distance 0.30)" in again


def test_what_the_page_says_of_a_review() -> None:
    told = on_the_page(replace(MADE_UP, revised=40, late=25))
    assert (
        "300 outcomes of 80 influencers in 20 campaigns became known since 2024-03-01; 25 of them were known before"
        in told
    )
    assert "40 outcomes were revised since" in told
    assert "1.02 for each (0.93 to 1.12)" in told
    assert (
        "In the 18 campaigns with a choice, the 30 % that scored highest brought 52 % of the conversions; drawn at random they would have brought 31 %, the best 30 % brought 74 %, the most followed 39 %."
        in told
    )
    silent = on_the_page(SILENT)
    assert "Of the ranking nothing is told: 3 campaigns had a choice, and it takes ten." in silent
    assert "No data to tell it by: references." in silent
    assert "interval held" not in silent
    assert "None" not in silent
