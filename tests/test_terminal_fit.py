"""Tables in a terminal of any width: a number stands there whole or not at all, and what is left out is named."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from suasion.features import GROUPS
from suasion.serving.cli.terminal.changed import print_change
from suasion.serving.cli.terminal.reviewed import print_review
from suasion.serving.cli.terminal.scored import print_scores
from suasion.serving.cli.terminal.table import Column, Grid, fit, shorten
from suasion.serving.cli.terminal.trained import print_ablation, print_figures
from suasion.serving.explaining.charts import count, times
from suasion.serving.explaining.explain import render, why
from suasion.serving.explaining.score_change import Change, Part, Shift
from suasion.training.evaluation.review import ByFactor, Figure, Misjudged

from . import made
from .test_review_reasons import MADE_UP
from .test_words import figures

WIDTHS = (60, 80, 100, 200)
AWKWARD = (0.0, 1e-9, -1e-9, 0.12345, 0.9996, 999.7, -1234.5, 1234567.89, 1e12, 1e300, math.nan, math.inf)
POSTS = made.record("frequency__posts__30d")


def console(width: int) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False, markup=False)


def lines(told: Console) -> list[str]:
    return told.file.getvalue().splitlines()  # type: ignore[attr-defined]


def cells(line: str) -> list[str]:
    return re.split(r"  +", line.strip())


numbers = st.sampled_from(
    ["0", "-0.001", "1,234,567.89", "–", "≥3", "12–3,456", "+0.1234 to +0.5678", "100 %"]
)
names = st.text(st.sampled_from("abcé1@:/-"), min_size=1, max_size=40)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    rows = draw(st.integers(1, 5))
    ids = draw(st.lists(names, min_size=rows, max_size=rows, unique=True))
    many = draw(st.integers(1, 14))
    others = [
        Column(
            f"heading {n}",
            draw(st.lists(numbers, min_size=rows, max_size=rows)),
            rank=draw(st.integers(1, 4)),
        )
        for n in range(many)
    ]
    return Grid([Column("who", ids, kind="name"), Column("stays", [f"{n}.25" for n in range(rows)]), *others])


@given(grids(), st.sampled_from(WIDTHS))
def test_what_is_printed_is_whole_and_what_is_not_is_named(grid: Grid, width: int) -> None:
    told = console(width)
    grid.print(told)
    kept, left_out, shortened = fit(grid.columns, width)
    assert len(kept) + len(left_out) == len(grid.columns)
    printed = lines(told)
    first = next(n for n, line in enumerate(printed) if "0.25" in cells(line))
    rows = printed[first : first + len(grid.columns[0].cells)]
    assert all(cell_len(line) <= width for line in rows)
    for number, line in enumerate(rows):
        assert cells(line) == [str(column.cells[number]) for column in kept]
    original = {column.heading: column.cells for column in grid.columns}
    for column in kept:
        assert column.kind == "name" or column.cells == original[column.heading]
    assert len(set(map(str, kept[0].cells))) == len(kept[0].cells), "names stay different"
    assert (kept[0].cells != original["who"]) == shortened
    below = " ".join(" ".join(printed[first + len(rows) :]).split())
    for heading in left_out:
        assert heading in below
    assert ("Not shown" in below) == bool(left_out)
    assert ("… stands for" in below) == shortened
    ranks = [grid.columns[2 + int(heading.split()[1])].rank for heading in left_out]
    assert all(column.rank <= min(ranks, default=9) for column in kept), "what matters least goes first"


def test_names_that_would_become_alike_go_on_in_the_next_line() -> None:
    ids = [f"https://social.example/{'x' * 40}/{n}/{'y' * 40}" for n in range(2)]
    told = console(60)
    Grid([Column("who", ids, kind="name"), Column("stays", ["1.25", "2.25"])]).print(told)
    text = "".join(cells(line)[0] for line in lines(told)[1:])
    assert all(one in text for one in ids), "an id is whole where it cannot be shortened"


@pytest.mark.parametrize(
    ("name", "width", "short"),
    [("anna", 12, "anna"), ("abcdefghijklmnop", 12, "abcde…klmnop"), ("日本語日本語日本語", 12, "日本…本語")],
)
def test_a_name_loses_its_middle(name: str, width: int, short: str) -> None:
    assert shorten(name, width) == short or cell_len(str(shorten(name, width))) <= width
    assert cell_len(str(shorten(name, width))) <= width


@pytest.mark.parametrize("value", AWKWARD)
def test_no_number_is_a_power_of_ten(value: float) -> None:
    for text in (count(value), times(abs(value)) if math.isfinite(value) else ""):
        assert not re.search(r"\de[+-]?\d", text)
        assert len(text) <= 24
    if 0.0001 <= abs(value) < 1e15:
        assert float(count(value).replace(",", "")) == pytest.approx(value, rel=0.005)


def numbers_in(table: list[str]) -> list[str]:
    return [
        cell
        for line in table
        for cell in cells(line)
        if re.fullmatch(r"[≥<>×+-]?[\d.,]+(–[\d.,]+)?( ?%)?", cell)
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_scores_of_awkward_size(width: int) -> None:
    ids = [f"https://mastodon.example/@somebody-with-a-long-name-{n}" for n in range(4)]
    told = made.scored(made.bundle({POSTS: 1.0}), {POSTS.column: [0.0, 1.0, 2.0, 3.0]}, ids=ids)
    expected = [12345678.9, 3.14159, 1e-7, 0.0]
    low, high = [12.0, 0.001, 0.0, 1e9], [1e6, np.inf, 0.5, 1e12]
    factors = {group: [1e-6, 12345.678, 1.0, 0.5] for group in GROUPS}
    scores = told.scores.assign(
        influencer_id=ids, expected_conversions=expected, low=low, high=high, fee=[np.nan, 1e9, 0.0, 1.0],
        cost_per_conversion=[np.nan, 123456.789, 1e-3, 5.0], ask=[True, False, True, False], outside="x", **factors,
    )  # fmt: skip
    printed = console(width)
    print_scores(printed, replace(told, scores=scores), 4, None)
    text = lines(printed)
    end = next(n for n, line in enumerate(text) if "× base" in line)
    formatted = {f"{value:,.2f}" for value in (*expected, *factors["momentum"], 123456.789, 1e-3, 5.0)}
    formatted |= {
        "<0.01",
        "1,000,000,000",
        "0",
        "1",
        "12–1,000,000",
        "≥0.001",
        "0–0.5",
        "1,000,000,000–1,000,000,000,000",
    }
    found = numbers_in([line for line in text if line.startswith("https")])
    assert set(found) <= formatted
    assert {"12,345,678.90", "3.14", "0.00"} <= set(found), "what is expected always stays"
    below = " ".join(" ".join(text).split())
    assert ("≥0.001" in found) == (width > 60) == ("≥: no upper bound" in below)
    assert "*: outside what training saw" in below
    if "rel" in cells(text[0]):
        assert "rel relevance" in below
    assert all(cell_len(line.rstrip()) <= width for line in text[:end])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_table_of_models_keeps_its_numbers(width: int) -> None:
    own = {"auc": 0.75, "auc_90": [0.7, 0.8], "predicted_by_actual": 12345.678}
    printed = console(width)
    print_figures(printed, "all", figures(suasion=own), 0.9)
    text = lines(printed)
    (row,) = [cells(line) for line in text if line.startswith("suasion ")]
    formatted = {
        "0.400",
        "0.35 to 0.45",
        "0.31",
        "0.82",
        "50 %",
        "+25 points",
        "12,345.68",
        "0.750",
        "0.70 to 0.80",
    }
    assert {"0.400", "50 %"} <= set(row[1:]) <= formatted
    below = " ".join(" ".join(text).split())
    for heading, cell in (("Spearman", "0.31"), ("NDCG", "0.82"), ("AUC", "0.750"), ("predicted / actual", "12,345.68")):  # fmt: skip
        assert (cell in row) or f"Not shown, for want of room: {heading}" in below or f", {heading}" in below


@pytest.mark.parametrize("width", WIDTHS)
def test_other_tables_keep_their_numbers(width: int) -> None:
    printed = console(width)
    print_ablation(printed, made.added(momentum=(0.12345, -1234.5, 0.00001)), {})
    parts = tuple(Part(name, 1e-6, 12345.678, 0.001, 987654.3) for name in ("base", "exposure", *GROUPS))
    at = made.scored(made.bundle({POSTS: 1.0}), {POSTS.column: [0.0]}).scores["as_of"].iloc[0]
    shift = Shift("frequency__posts__30d", "frequency", "posts", math.nan, 1234567.8, 1e-5)
    print_change(printed, Change("a", (at, at), ("m", "n"), (0.5, 1e6), parts, (shift,), {"fee": 1e6}))
    factors = [ByFactor(group, Figure(-1234.567, [-99999.5, 123456.7]), 0.5, None, 1e6) for group in GROUPS]
    people = [
        Misjudged(f"https://a.example/@{'n' * 30}{n}", 1, 1e6, 1e-7, -12.3, "momentum", 1234.5)
        for n in range(3)
    ]
    print_review(printed, replace(MADE_UP, by_factor=factors, misjudged=people))
    allowed = {
        *("+0.1235", "<0.0001", "12,346", "×<0.01", "×987,654", "×988", "-1,234.57", "–", "1,000,000.00", "1,000,000.0", "-12.3 σ", "3"),
    }  # fmt: skip
    text = lines(printed)
    tables = [line for line in text if re.match(r"(momentum|offer|relevance|base|https)", line)]
    assert len(tables) > 5
    for cell in numbers_in(tables):
        assert cell in allowed, cell
    assert not any(re.search(r"\de[+-]\d", line) for line in text)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_explanation_keeps_its_numbers(width: int) -> None:
    told = made.scored(made.bundle({POSTS: 3.0}, mean=0.5), {POSTS.column: [1234567.0, 0.00001, np.nan]})
    printed = console(width)
    printed.print(render(why(told, "i000"), width))
    text: Any = " ".join(" ".join(lines(printed)).split())
    assert "1,234,567 posts" in text
    assert not re.search(r"\de[+-]\d", text)
