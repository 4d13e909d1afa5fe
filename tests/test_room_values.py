"""What each table of the terminal leaves out first where there is no room for all, and what it never leaves out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from suasion.features import GROUPS
from suasion.features.sources.reading.plan import Plan
from suasion.serving.check import Checked, Lag
from suasion.serving.cli.terminal.changed import HEADING, print_change
from suasion.serving.cli.terminal.checked import print_check
from suasion.serving.cli.terminal.credited import print_attribution
from suasion.serving.cli.terminal.imported import print_plans
from suasion.serving.cli.terminal.reviewed import print_review
from suasion.serving.cli.terminal.scored import SHORT, print_scores
from suasion.serving.cli.terminal.table import Grid, fit
from suasion.serving.cli.terminal.trained import print_ablation, print_curve, print_figures
from suasion.serving.explaining.score_change import Change, Part
from suasion.training.evaluation.review import ByFactor, Figure, Misjudged

from . import made
from .test_attributing_values import QUIET
from .test_review_reasons import MADE_UP

POSTS = made.record("frequency__posts__30d")
AUC = {"auc": 0.75, "auc_90": [0.7, 0.8]}
REVIEWED = replace(
    MADE_UP,
    by_factor=[ByFactor("momentum", Figure(1.0, [0.5, 1.5]), 0.5, None, 2.0)],
    misjudged=[Misjudged("a", 1, 2.0, 1.0, -1.0, "momentum", 1.5)],
)
CHANGE = Change("a", (datetime(2024, 1, 1),) * 2, ("m", "n"), (1.0, 2.0), (Part("momentum", 1.0, 2.0, 2.0, 1.0),), (), {})  # fmt: skip

CHECKED = Checked(
    (),
    Path("q"),
    (),
    (),
    (),
    Lag(0, 0, 1.0),
    0,
    0,
    (),
    (),
    (),
    0,
    (),
    {},
    None,
    1.0,
    1,
    1,
    *CHANGE.as_of,
    False,
)
SHEET = Plan(Path("a.csv"), "a.csv", "", ("outcomes",), ["Who"], {"Who": "influencer_id"})


def leaving(monkeypatch: pytest.MonkeyPatch, show: Callable[..., None], *told: Any) -> list[tuple[list[str], list[str]]]:  # fmt: skip
    """Return for each table the headings in the order in which they leave, and those that stay."""
    grids: list[Grid] = []
    monkeypatch.setattr(Grid, "print", lambda self, *_, **__: grids.append(self))
    show(Console(file=io.StringIO()), *told)
    fitted = [fit(grid.columns, 1) for grid in grids]
    return [(left_out[::-1], [column.heading for column in kept]) for kept, left_out, _ in fitted]


@pytest.mark.parametrize(
    ("show", "told", "tables"),
    [
        (
            print_figures,
            ("all", made.figures(suasion=AUC), 0.9),
            [
                (
                    # Ranges and what repeats another figure before figures; what tells suasion from the others last.
                    ["range of AUC", "NDCG", "range of less", "its range", "Spearman", "AUC", "over most followed", "predicted / actual", "suasion less it"],
                    ["model", "explained deviance", "captured by top 30\N{NO-BREAK SPACE}%"],
                )
            ],
        ),
        (
            print_ablation,
            (made.added(momentum=(0.1, 0.0, 0.2)), {}),
            [(["features", "halves agree", "90 % range"], ["left out", "adds to explained deviance", "verdict"])],
        ),
        (
            print_curve,
            ([{"outcomes": 5, "explained_deviance": 0.1, "past_average": 0.1}],),
            [([], ["outcomes trained on", "explained deviance", "past average"])],
        ),
        (
            print_change,
            (CHANGE,),
            [([HEADING.replace("\N{NO-BREAK SPACE}", " "), "model", "data"], ["factor", "before", "after", "change"])],
        ),
        (
            print_review,
            (REVIEWED,),
            [
                ([], ["", "figure", "90\N{NO-BREAK SPACE}% range"]),
                (["highest third", "actual / expected, lowest third", "90 % range"], ["factor", "slope"]),
                (["led astray by"], ["misjudged", "expected", "came", "off by"]),
            ],
        ),
        (
            print_attribution,
            (QUIET, Path("d")),
            [(["given back, EUR"], ["where orders ended", "orders", "amount, EUR"])],
        ),
    ],
)  # fmt: skip
def test_what_leaves_a_table_first(
    show: Callable[..., None], told: tuple[Any, ...], tables: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert leaving(monkeypatch, show, *told) == tables


@pytest.mark.parametrize(
    ("show", "told", "left"),
    [
        (print_figures, ("all", made.figures(suasion=AUC), 0.9), [{"model"}]),
        (print_ablation, (made.added(momentum=(0.1, 0.0, 0.2)), {}), [{"left out", "verdict"}]),
        (print_curve, ([{"outcomes": 5, "explained_deviance": 0.1, "past_average": 0.1}],), [set()]),
        (print_change, (CHANGE,), [{"factor"}]),
        (print_review, (REVIEWED,), [{""}, {"factor"}, {"misjudged"}]),
        (print_attribution, (QUIET, Path("d")), [{"where orders ended"}]),
        (
            print_check,
            (CHECKED,),
            [
                {"table", "columns not there"},
                {"characteristic", "filled by", "lost because these are not there or empty"},
            ],
        ),
        (print_plans, ([SHEET],), [{"column", "is", "read as", "for example"}]),
    ],
)
def test_words_stand_to_the_left_and_go_on_in_the_next_line(
    show: Callable[..., None], told: tuple[Any, ...], left: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers stand to the right, under one another, and in one line."""
    grids: list[Grid] = []
    monkeypatch.setattr(Grid, "print", lambda self, *_, **__: grids.append(self))
    show(Console(file=io.StringIO()), *told)
    assert [{one.heading for one in grid.columns if one.kind != "number"} for grid in grids] == left


def test_of_scores_money_leaves_first_and_then_what_moved_them_least(monkeypatch: pytest.MonkeyPatch) -> None:
    told = made.scored(made.bundle({POSTS: 1.0}), {POSTS.column: [0.0, 1.0]})
    # Each characteristic moves the scores more than the one before it, up as well as down.
    moved = {group: [1.0, (1.0 + place) ** (-1) ** place] for place, group in enumerate(GROUPS)}
    scores = told.scores.assign(
        fee=[1.0, np.nan], cost_per_conversion=[1.0, np.nan], ask=[True, False], **moved
    )
    [(left, kept)] = leaving(monkeypatch, print_scores, replace(told, scores=scores), 2, None)
    money, rest = left[:2], left[2:]
    assert money == ["cost per conversion", "fee"]
    assert rest[:-1] == [SHORT[group] for group in GROUPS], "what moved them least goes first"
    assert rest[-1] == "90 %", "how sure it is goes last"
    assert kept == ["influencer", "expected", "ask"]


def test_an_interval_is_called_by_the_share_it_is_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    told = made.scored(made.bundle({POSTS: 1.0}, interval=made.EIGHTY), {POSTS.column: [0.0, 1.0]})
    grids: list[Grid] = []
    monkeypatch.setattr(Grid, "print", lambda self, *_, **__: grids.append(self))
    print_scores(Console(file=io.StringIO()), told, 2, None)
    assert [column.heading for column in grids[0].columns][2] == "80\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("show", "told", "said"),
    [
        (
            print_figures,
            ("all", made.figures(), 0.9),
            ["Judged forward in time", "0 is no better than", "suasion's minus this model's", "Ranges: 90 %", "–: cannot be said"],
        ),
        (print_ablation, (made.added(momentum=(0.1, 0.0, 0.2)), {}), ["What each adds: explained deviance lost when it is left out"]),
        (print_curve, ([],), ["Learning curve"]),
        (print_change, (CHANGE,), ["before × change = after", "change = data × model"]),
        (
            print_review,
            (REVIEWED,),
            [
                *("Did each factor mean what it said?", "below 1 overstated", "below 0 the wrong way", "–: no data"),
                *("Whom it misjudged most", "σ: standard deviations", "one in ten is off by 1.6 or more by chance", "–: no factor"),
            ],
        ),
    ],
)  # fmt: skip
def test_a_table_says_what_it_shows_and_what_its_marks_mean(
    show: Callable[..., None], told: tuple[Any, ...], said: list[str]
) -> None:
    console = Console(file=io.StringIO(), width=300)
    show(console, *told)
    text = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    assert [part for part in said if part not in text] == []


def test_a_sheet_says_of_each_column_what_it_becomes() -> None:
    plan = replace(
        SHEET,
        header=["Who", "On", "Paid in", "Mood"],
        examples={"Who": ["anna", "bob\nby"]},
        platform_from="On",
        currency_from="Paid in",
    )
    console = Console(file=io.StringIO(), width=300)
    more = [replace(plan, file=f"{name}.csv") for name in "bcdef"]
    unread = Plan(Path("n.csv"), "n.csv", "Sheet 2", unread="no table fits", notes=["row 3 is a note"])
    print_plans(console, [plan, *more, unread])
    lines = [re.split(r"  +", line.strip()) for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert lines == [
        ["a.csv and 5 more (b.csv, c.csv, d.csv) as outcomes"],
        ["column", "is", "read as", "for example"],
        ["Who", "influencer_id", "anna | bob by"],
        ["On", "platform of each row"],
        ["Paid in", "currency of each row"],
        ["Mood", "not read"],
        ["not read: n.csv:Sheet 2: no table fits"],
        ["n.csv:Sheet 2: row 3 is a note"],
    ]
