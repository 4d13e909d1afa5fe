"""What terminal, file, page and service say of the same made-up scores: places, ids, chances and the day."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from suasion.serving.cli.terminal.scored import print_scores
from suasion.serving.http.responses import Explanation, Score
from suasion.serving.page.ranking import context_of, listed
from suasion.serving.page.render import environment
from suasion.serving.page.shortlist import as_csv
from suasion.serving.page.view import View
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.score import Scored, leave_out_shared, note_campaign
from suasion.serving.scoring.write import write_scores

from . import made

POSTS = made.record("frequency__posts__30d")
MODEL = made.bundle({POSTS: 0.5})
IDS = ["-abc", "@anna", "+49170", "=1+1", "=cmd|'/C calc'!A0", "00123", "1e5", "x,y", 'say "hi"', "x:1"]


def scored(**told: Any) -> Scored:
    found = made.scored(MODEL, {POSTS.column: list(range(len(IDS)))}, ids=IDS[::-1])
    return replace(
        found,
        scores=found.scores.assign(**told),
        banner=("Read this as a ranking only.",),
        notes=("A note.",),
    )


def board(told: Scored) -> Board:
    return Board(Ask(campaign="c1"), told, "b", {"@anna": "anna", "x:1": "@Kim"})


def printed(told: Scored, top: int = 10, out: Path | None = None, width: int = 160) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_scores(console, told, top, out)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_ids_come_back_from_a_file_as_they_were_and_join(tmp_path: Path) -> None:
    told = scored().scores
    write_scores(told, tmp_path / "s.csv")
    back = pd.read_csv(
        tmp_path / "s.csv", dtype={"influencer_id": str, "campaign_id": str}, keep_default_na=False
    )
    assert back["influencer_id"].tolist() == IDS
    other = pd.DataFrame({"influencer_id": IDS, "fee": np.arange(len(IDS))})
    assert back.merge(other, on="influencer_id", validate="one_to_one")["fee"].tolist() == list(
        range(len(IDS))
    )
    with (tmp_path / "s.csv").open(newline="", encoding="utf-8") as file:
        assert [row["influencer_id"] for row in csv.DictReader(file)] == IDS
    write_scores(told, tmp_path / "s.parquet")
    assert pd.read_parquet(tmp_path / "s.parquet")["influencer_id"].tolist() == IDS
    np.testing.assert_allclose(back["expected_conversions"], told["expected_conversions"], rtol=1e-12)


def test_what_a_spreadsheet_would_take_for_a_formula_is_counted(tmp_path: Path) -> None:
    said = " ".join(" ".join(printed(scored(), out=tmp_path / "s.csv")).split())
    assert "5 ids in it begin with one of = + - @ and stand as they are" in said
    assert "stand as they are" not in " ".join(printed(scored(), out=tmp_path / "s.parquet"))
    assert "stand as they are" not in " ".join(printed(scored()))
    plain = replace(scored(), scores=scored().scores.assign(influencer_id=[f"i{n}" for n in range(len(IDS))]))
    assert "stand as they are" not in " ".join(printed(plain, out=tmp_path / "s.csv"))


def test_the_page_s_export_changes_only_what_would_run() -> None:
    one = board(scored())
    engine: Any = SimpleNamespace(accounts={})
    rows = list(csv.DictReader(io.StringIO(as_csv(listed(engine, one, View(), {})).decode("utf-8-sig"))))
    changed = {
        told: row["influencer_id"]
        for told, row in zip(IDS, rows, strict=True)
        if row["influencer_id"] != told
    }
    assert changed == {"=1+1": "'=1+1", "=cmd|'/C calc'!A0": "'=cmd|'/C calc'!A0"}


def test_where_outcomes_are_0_or_1_a_probability_is_told_and_no_interval() -> None:
    told = scored(
        low=np.nan, high=np.nan, expected_conversions=np.linspace(2.4, 0.31, len(IDS)), exposure=2.0
    )
    lines = printed(told, top=10)
    assert "probability" in lines[0]
    assert "90 %" not in lines[0]
    assert [line.split()[2] for line in lines[1:3]] == ["1.00", "1.00"], "capped at 1"
    assert "nan" not in " ".join(lines)
    one = board(told)
    row = one.row(len(IDS) - 1)
    assert (row["low"], row["high"]) == (None, None)
    assert row["probability"] == pytest.approx(0.155)
    assert Score.model_validate(row).probability == row["probability"]
    assert Explanation.model_validate(one.explanation("x:1")).low is None


def test_any_other_model_tells_its_interval_and_no_probability() -> None:
    told = scored(low=1.0, high=np.inf)
    lines = printed(told)
    assert "90 %" in lines[0]
    assert lines[1].split()[2] == "≥1"
    assert "≥: no upper bound" in " ".join(lines)
    row = board(told).row(0)
    assert (row["low"], row["high"], row["probability"]) == (1.0, None, None)
    Score.model_validate(row)


def test_the_terminal_shows_the_banner_before_the_notes_and_what_was_asked_for() -> None:
    ask = [number % 2 == 0 for number in range(len(IDS))]
    lines = printed(scored(fee=100.0, cost_per_conversion=4.0, ask=ask, outside=["", "x", *[""] * 8]), top=3)
    assert [line.split()[0] for line in lines[1:4]] == IDS[:3]
    assert lines[2].split()[1] == "*", "outside what training saw"
    assert [line.rstrip().endswith("yes") for line in lines[1:4]] == [True, False, True]
    assert lines[1].split()[-3:] == ["100", "4.00", "yes"]
    assert "10 candidates of campaign c1, as of 2023-06-01 00:00 UTC." in lines[5]
    assert lines.index("! Read this as a ranking only.") < lines.index(" A note.")


def ranking(one: Board, **asked: Any) -> str:
    engine: Any = SimpleNamespace(
        accounts={}, told={}, bundle=one.scored.bundle, mark=lambda board: None, everybody=one.scored.names
    )
    told = context_of(engine, one, View(**asked), {})
    return (
        environment()
        .get_template("ranking.html")
        .render(signed=False, kind="campaigns", name="c1", came=None, **told)
    )


def places(html: str) -> list[str]:
    return [part.partition("<")[0] for part in html.split('<td class="rank">')[1:]]


def test_the_place_is_that_among_all_whatever_is_searched_and_however_it_is_sorted() -> None:
    one = board(scored())
    assert places(ranking(one)) == [str(number) for number in range(1, 11)]
    assert places(ranking(one, search="@ANNA")) == ["2"]
    assert places(ranking(one, search="kim")) == ["10"]
    assert places(ranking(one, sort="influencer_id", order="up"))[0] == str(IDS.index(min(IDS)) + 1)
    assert places(ranking(one, order="up")) == [str(number) for number in range(10, 0, -1)]


def test_where_nobody_fits_the_day_is_told_and_what_was_searched() -> None:
    html = ranking(board(scored()), search="nobody has <this>")
    assert "As of 2023-06-01." in html
    assert "As of ." not in html
    assert "None of the 10 candidates fits the search “nobody has &lt;this&gt;”." in html
    assert "Read this as a ranking only." in html


def test_people_are_asked_for_by_handle_wherever_a_board_is_read() -> None:
    told = replace(scored(), handles=(("anna", "@anna"), ("@Kim", "x:1")))
    one = board(told)
    for asked in ("KIM", "@kim", "X:1", "x:1"):
        assert one.scored.place(asked) == 9
        assert one.why(asked).influencer_id == "x:1"
        assert one.explanation(asked)["influencer_id"] == "x:1"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (10.0, []),
        (5.0, []),
        (30.0, []),
        (31.0, ["The campaign lies outside what training saw: campaign days is 31 days, and was 5 to 30."]),
        (4.0, ["The campaign lies outside what training saw: campaign days is 4 days, and was 5 to 30."]),
        (np.nan, []),
    ],
)
def test_a_campaign_unlike_those_before_is_told_once_and_of_nobody(days: float, said: list[str]) -> None:
    seen = {"low": 5.0, "high": 30.0, "missing": 0.0}
    length = made.record("offer__campaign_days", unit="days", per_campaign=True, **seen)
    grown = made.record("conversion__campaigns", low=0.0, high=3.0, cumulative=True, missing=0.0)
    model = made.bundle({length: 0.1, grown: 0.1, POSTS.model_copy(update={"low": 0.0, "high": 9.0}): 0.1})
    table = pd.DataFrame(
        {length.column: [days] * 3, grown.column: [1.0, 4.0, 99.0], POSTS.column: [1.0, 9.0, 10.0]}
    )
    notes = Notes()
    note_campaign(table, model, notes)
    assert notes.rest == said
    assert model.outside(table) == [[], [], [POSTS.column]]


def test_what_most_candidates_share_is_said_once_and_flags_nobody() -> None:
    scores = pd.DataFrame({"outside": ["a, b, c", "b, a", "a, d", "b"]})
    notes = Notes()
    leave_out_shared(scores, notes)
    assert scores["outside"].tolist() == ["c", "", "d", ""]
    assert notes.rest == [
        "Most candidates lie outside what training saw in a, b: that hardly sets anybody apart, but all fit less well."
    ]
    for flags in (["a"], ["a", ""], ["", ""]):
        scores, notes = pd.DataFrame({"outside": flags}), Notes()
        leave_out_shared(scores, notes)
        assert scores["outside"].tolist() == flags, "one alone, or half, may be flagged"
        assert notes.rest == []
    scores, notes = pd.DataFrame({"outside": ["a, b, c, d, e"] * 2}), Notes()
    leave_out_shared(scores, notes)
    assert "in a, b, c and 2 more:" in notes.rest[0]
