"""A pasted list of whom to score: what it may look like, who is found by it, and that nobody's score hangs on the others."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from suasion.features.errors import InputError, NotFoundError
from suasion.features.tables.open import open_tables
from suasion.serving.cli.options import names_in
from suasion.serving.scoring import write
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.listed import restrict
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.score import open_session
from suasion.serving.scoring.search import Names
from suasion.serving.scoring.write import write_scores

from .sources import run
from .test_cli import suasion


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a\nb\n", ["a", "b"]),
        (" @anna , x:12;\tbob\r\n\r\n,,\n a\n@anna", ["@anna", "x:12", "bob", "a"]),
        ("\"anna\"\n'bob'", ["anna", "bob"]),
        ("Zoë Müller", ["Zoë Müller"]),
        ("", []),
        (" \n,;\n", []),
    ],
)
def test_a_list_as_people_have_it(text: str, names: list[str]) -> None:
    assert list(names_in(text)) == names


TABLES = {
    "campaigns": "campaign_id,starts_at,ends_at\nc1,2024-01-01,2024-02-01\n",
    "outcomes": "campaign_id,influencer_id,decided_at,conversions\nc1,x:1,2024-01-02,1\n",
    "influencers": "influencer_id,handle,created_at\nx:1,Anna,2020-01-01\nx:2,bob,2020-01-01\nyt:2,bob,2020-01-01\nx:3,carlotta,2020-01-01\n",
    "people": "account_id,influencer_id\nig:9,x:3\n",
}


@pytest.mark.parametrize(
    ("listed", "found", "said"),
    [
        (["x:1"], ["x:1"], []),
        (["@ANNA", "ig:9"], ["x:1", "x:3"], []),
        (["anna", "x:1", "@anna"], ["x:1"], []),
        (["anna", "carlota"], ["x:1"], ["1 of 2 names on the list is none of the 4 who can be scored: carlota (did you mean x:3 (@carlotta)?). The others are scored."]),
        (["anna", "zzz", "qq"], ["x:1"], ["2 of 3 names on the list are none of the 4 who can be scored: zzz, qq. The others are scored."]),
        (["anna", "bob"], ["x:1"], ["Ask by the id, since bob may be any of x:2 (@bob), yt:2 (@bob). The others are scored."]),
        (["O'Neill; DROP", "x:2"], ["x:2"], ["1 of 2 names on the list is none of the 4 who can be scored: O'Neill; DROP. The others are scored."]),
    ],
)  # fmt: skip
def test_good_names_are_kept_and_others_named(
    listed: list[str], found: list[str], said: list[str], tmp_path: Path
) -> None:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    notes = Notes()
    with open_tables(tmp_path) as tables:
        sql = restrict(tables, "SELECT DISTINCT influencer_id FROM influencers", listed, notes)
        assert sorted(who for (who,) in tables.sql(sql).fetchall()) == found
    assert notes.banner == said
    with open_tables(tmp_path) as tables, pytest.raises(NotFoundError, match=r"25 of 25 names .* and 5 more"):
        restrict(tables, "SELECT influencer_id FROM influencers", [f"nobody{n}q" for n in range(25)], notes)


def test_whoever_is_listed_scores_what_they_would_among_all(world: Path, trained) -> None:
    with open_session(world, trained[1]) as session:
        for ask in (Ask(campaign="c0055"), Ask(brief="tea and biscuits", days=20.0, offer={"exposure": 1.0})):
            every = session.score(ask).scores.set_index("influencer_id")
            some = list(every.index[[0, 5, 11]])
            listed = session.score(Ask(**{**vars(ask), "influencers": (*some, "nobody-at-all")}))
            assert list(listed.scores["influencer_id"]) == some
            columns = ["expected_conversions", "low", "high", "base", "exposure", "relevance", "momentum"]
            np.testing.assert_allclose(
                listed.scores[columns].to_numpy(float), every.loc[some, columns].to_numpy(float), rtol=1e-9
            )
            assert any("nobody-at-all" in sentence for sentence in listed.banner)
        plan = session.score(Ask(campaign="c0055", influencers=tuple(every.index[:60]), budget=9000.0))
        assert plan.scores["ask"].dtype == bool, "the budget is spent among them"


def test_a_list_comes_from_a_file_or_from_stdin(
    world: Path, trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = pd.read_parquet(world / "candidates.parquet")
    some = sorted(candidates.loc[candidates["campaign_id"] == "c0055", "influencer_id"])[:2]
    (tmp_path / "list.txt").write_text("\ufeff" + "\n".join([*some, "", "ghost"]), encoding="utf-8")
    asked = ("score", world, "--model", trained[1], "--campaign", "c0055", "--influencers")
    told = suasion(*asked, tmp_path / "list.txt")
    assert told.returncode == 0, told.stderr
    assert {line.split()[0] for line in told.stdout.splitlines()[1:3]} == set(some)
    assert "1 of 3 names on the list is none of" in told.stdout
    assert "ghost" in told.stdout
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(",".join(some).encode())))
    assert "2 candidates of campaign c0055" in suasion(*asked, "-").stdout
    (tmp_path / "empty.txt").write_text(" \n,\n")
    assert "names nobody" in suasion(*asked, tmp_path / "empty.txt").stderr


def test_a_list_that_is_no_utf_8_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("zoë, anna".encode("cp1252"))
    code, told = run(
        "score", "data", "--model", "m", "--brief", "tea", "--influencers", str(tmp_path / "list.txt")
    )
    assert code != 0
    assert "list.txt is not UTF-8 text. Save it as UTF-8." in " ".join(told.split())


def test_a_sheet_holds_ids_as_text_and_no_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame(
        {"influencer_id": ["=1+1", "00123", "@anna"], "as_of": pd.Timestamp("2024-06-01 12:00"), "expected_conversions": [0.1, 2.0, np.nan]}
    ).assign(high=[np.inf, -np.inf, 3.5], ask=[True, False, True])  # fmt: skip
    write_scores(frame, tmp_path / "deep" / "s.xlsx")
    sheet = load_workbook(tmp_path / "deep" / "s.xlsx")["scores"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("influencer_id", "as_of", "expected_conversions", "high", "ask")
    at = pd.Timestamp("2024-06-01 12:00").to_pydatetime()
    assert rows[1:] == [
        ("=1+1", at, 0.1, None, True),
        ("00123", at, 2, None, False),
        ("@anna", at, None, 3.5, True),
    ]
    assert [cell.data_type for cell in sheet["A"]] == ["s"] * 4, "text, and not f for a formula"
    with pytest.raises(InputError, match="control characters"):
        write_scores(frame.assign(influencer_id="a\x00b"), tmp_path / "t.xlsx")
    monkeypatch.setattr(write, "LONGEST_SHEET", 2)
    with pytest.raises(InputError, match=r"A sheet holds 2 rows, and these are 3: write t.parquet or t.csv"):
        write_scores(frame, tmp_path / "t.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["deep"], "nothing half written stays"


PEOPLE = [
    "mastodon:dan@chaos.social",
    "instagram:anna.b",
    "tiktok:anna.b",
    "bluesky:did:plc:eve",
    "x:12",
    "cy",
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("@dan@chaos.social", PEOPLE[:1]),
        ("dan@Chaos.Social", PEOPLE[:1]),
        ("https://chaos.social/@dan", PEOPLE[:1]),
        ("https://chaos.social/@eve", []),
        ("@anna.b", PEOPLE[1:3]),
        ("https://www.instagram.com/Anna.B/?hl=de", PEOPLE[1:2]),
        ("TikTok: @anna.b", PEOPLE[2:3]),
        ("https://www.youtube.com/@anna.b", []),
        ("https://bsky.app/profile/eve.example", PEOPLE[3:4]),
        ("@eve.example", PEOPLE[3:4]),
        ("https://x.com/eve.example", []),
        ("@CY", PEOPLE[5:]),
    ],
)
def test_a_person_is_found_by_any_spelling_of_an_account(asked: str, found: list[str]) -> None:
    assert Names(PEOPLE, handles=[("eve.example", "bluesky:did:plc:eve")]).find(asked) == found
