"""What the terminal says of an import, of checked tables, of scores and of a review: numbers, limits and when it is silent."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from suasion.features.sources.reading.source import Imported
from suasion.features.sources.reading.upsert import Landed
from suasion.features.sources.stackexchange import ImportReport
from suasion.features.tables.open import open_tables
from suasion.serving.check import check
from suasion.serving.cli.terminal.checked import next_words, people_s, print_check, print_people
from suasion.serving.cli.terminal.imported import print_import, print_imported
from suasion.serving.cli.terminal.reviewed import print_review
from suasion.serving.cli.terminal.scored import print_scores
from suasion.serving.cli.terminal.table import between, dashed
from suasion.serving.cli.terminal.trained import print_ablation, print_run
from suasion.serving.scoring.write import formulas, write_scores
from suasion.training.evaluation.review import ByFactor, Drift, Figure, Misjudged

from . import made
from .test_review import scale
from .test_review_reasons import MADE_UP

POSTS = made.record("frequency__posts__30d")


def printed(tell: Callable[..., None], *arguments: Any, width: int = 160, color: bool = False) -> str:
    file = io.StringIO()
    tell(Console(file=file, width=width, highlight=False, markup=False, force_terminal=color, color_system="standard" if color else None), *arguments)  # fmt: skip
    return file.getvalue()


def row_of(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.strip().startswith(name))
    return re.split(r"  +", line.strip())


# -- imports ----------------------------------------------------------------------------------------------------------

AT, LATER = datetime(2024, 6, 1, 12, 30), datetime(2024, 6, 2)


def imported(**other: Any) -> Imported:
    told: dict[str, Any] = {
        "records": 1234, "broken": (), "ignored": (), "quarantine": None, "read_at": (AT, AT), "opted_out": 0, "undated": 1234,
        "tables": (Landed("posts", 1500, 1200, 300, ()), Landed("audience", 1010, 5, 5, (("bad | [x]", 1000),))),
    }  # fmt: skip
    return Imported(**{**told, **other})


def test_an_import_says_what_is_new_known_and_set_aside() -> None:
    text = printed(print_imported, imported(), Path("out"), True)
    assert row_of(text, "posts") == ["posts", "1,200", "300", "0"]
    assert row_of(text, "audience") == ["audience", "5", "5", "1,000"]
    assert "1,234 records, which count as read at 2024-06-01 12:30 UTC.\n" in text
    assert "set aside: 1,000 audience, bad | [x]" in text
    assert text.endswith("Next: suasion check out\n")
    for word in ("left out", "not read", "What was set aside", "--read-at", "records, bad"):
        assert word not in text
    assert printed(print_imported, imported(), Path("my data"), True).endswith(
        "Next: suasion check 'my data'\n"
    )
    more = imported(
        read_at=(AT, LATER), opted_out=1001, ignored=(("likes", 2000),), broken=(("is no [JSON]", 3000),), quarantine=Path("q.csv"),
        tables=(Landed("orders", 1, 1, 0, ()),),
    )  # fmt: skip
    text = printed(print_imported, more, Path("out"), False)
    assert "read from 2024-06-01 12:30 to 2024-06-02 00:00 UTC, when the files were last changed (--read-at says otherwise)." in text  # fmt: skip
    assert "left out: 1,001 rows that name somebody who opted out." in text
    assert "not read: 2,000 likes" in text
    assert "set aside: 3,000 records, is no [JSON]" in text
    assert "What was set aside is in q.csv." in text
    assert text.endswith("Next: suasion attribute out\n"), "what was sold is to be attributed first"


@pytest.mark.parametrize(
    ("undated", "sentence"),
    [
        (
            1234,
            "1,234 records, which count as read at 2024-06-01 12:30 UTC, when the files were last changed",
        ),
        (
            3,
            "1,234 records, of which 3 count as read at 2024-06-01 12:30 UTC, when the files were last changed",
        ),
        (0, "1,234 records, which say when they were read."),
    ],
)
def test_when_files_were_changed_is_said_of_what_rests_on_it(undated: int, sentence: str) -> None:
    assert sentence in printed(print_imported, imported(undated=undated), Path("out"), False)


def test_what_was_set_aside_is_yellow_and_nothing_is_not() -> None:
    text = printed(print_imported, imported(), Path("out"), True, color=True)
    table = text.partition("records, which")[0].splitlines()
    assert ["\x1b[33m" in line for line in table if "posts" in line or "audience" in line] == [False, True]


def test_a_dump_says_what_it_lacks() -> None:
    told = ImportReport({"posts": 1200}, {"Posts.xml: broken": 1000}, ("PostHistory.xml", "Badges.xml"), 7)
    text = printed(print_import, told, Path("out"))
    assert row_of(text, "posts") == ["posts", "1,200"]
    assert "7 answers are too young: their 30 days had not passed" in text
    assert "PostHistory.xml is not in the dump: texts count as known at their last edit only." in text
    assert "Badges.xml is not in the dump: what follows from it is missing." in text
    assert "set aside: 1,000 rows, Posts.xml: broken; see out/quarantine/import.csv" in text
    assert text.endswith("Next: suasion check out\n")


# -- check ------------------------------------------------------------------------------------------------------------

FILES = {
    "campaigns": "campaign_id,brief,starts_at,ends_at,known_at\nc1,x,2024-01-01,2024-02-01,2024-01-11\nc2,x,2024-03-01,2024-04-01,2024-03-01\n",
    "outcomes": "campaign_id,influencer_id,decided_at,conversions\nc1,ann,2024-01-02,1000\nc1,bob,2024-01-05,234\nc2,ann,2024-03-04,2\nc2,bob,2024-03-04,-1\nc2,cem,2024-03-04,0\nc2,cem,2024-03-04,0\n",
    "posts": "post_id,author_id,created_at,text,known_at\np1,ann,2024-01-01,x,2024-01-01\np2,ann,2024-01-01,x,2024-01-03\np3,ann,2024-01-01,x,2024-01-05\np3,ann,2024-01-01,y,2024-01-25\n",
    "audience": "influencer_id,observed_at,followers\nann,2024-01-01,5\n",
}  # fmt: skip


def checked(folder: Path, **files: str) -> str:
    for name, text in {**FILES, **files}.items():
        (folder / f"{name}.csv").write_text(text)
    with open_tables(folder, quarantine=folder / "quarantine") as tables:
        return printed(print_check, check(tables, Path("q")))


def test_a_check_says_what_fills_a_characteristic_and_what_to_bring_next(tmp_path: Path) -> None:
    free = {
        "outcomes": "campaign_id,influencer_id,decided_at,conversions,offer_bonus\nc1,ann,2024-01-02,9,1\n",
        "signals": "influencer_id,observed_at,references_press\nann,2024-01-01,3\n",
    }
    text = " ".join(checked(tmp_path, **free).split())
    assert row_of(checked(tmp_path, **free), "relevance")[3] == "posts"
    assert row_of(checked(tmp_path, **free), "reputation")[2:4] == ["0", "–"]
    assert row_of(checked(tmp_path, **free), "references")[3] == "signals", "a number of the user's own"
    # Followers and posts are there: what everybody can get goes before what few have, and what fills more before less.
    counts, accounts = text.index("Counts of posts ("), text.index("Accounts, with platform and age (")
    assert counts < accounts
    assert "would fill most next: references (9 features)" in text[counts:accounts]
    assert "would fill then: offer (" in text[accounts:]
    with open_tables(tmp_path) as tables:
        found = check(tables, Path("q"))
    order = ["post_metrics", "influencers", "posts", "audience", "outcomes", "campaigns", "mentions", "credentials"]  # fmt: skip
    assert [bring.tables for bring in found.next] == [(name,) for name in order]
    columns = {bring.tables[0]: bring.columns for bring in found.next}
    assert columns["posts"] == ("format", "links", "reply_to_id")
    assert columns["outcomes"] == ("clicks", "discount", "fee", "refunds")
    assert columns["influencers"] == columns["mentions"] == (), "the whole tables"
    gained = Counter[str]()
    for bring in found.next:
        gained.update({fill.characteristic: fill.features for fill in bring.fills})
    for group in found.usable:
        assert group.usable + gained[group.name] == group.features
    (tmp_path / "posts.csv").unlink()
    (tmp_path / "audience.csv").unlink()
    with open_tables(tmp_path) as tables:
        bare = check(tables, Path("q"))
    assert [bring.tables for bring in bare.next][:2] == [("posts", "post_metrics"), ("audience",)]
    assert {group.name: group.filled_by for group in bare.usable}["relevance"] == ()


def test_a_check_counts_rows_and_says_what_is_missing(tmp_path: Path) -> None:
    text = checked(tmp_path)
    assert row_of(text, "outcomes")[:4] == ["outcomes", "4", "1", "1"]
    assert "exposure" in " ".join(row_of(text, "outcomes")[4:])
    assert row_of(text, "mentions") == ["mentions", "not there"]
    assert "outcomes: 1 set aside: " in text
    assert "They are in q, one file a table, each with its reason." in text
    assert "1,236 conversions of 3 influencers in 2 campaigns, decided 2024-01-02 to 2024-03-04." in text
    assert "No candidates: score takes every influencer seen in the last 365 days." in text
    assert "ids are" not in text
    # Of three posts two were known later, after 2 and 4 days; the second version of one does not count.
    assert "posts: 2 of 3 were known only after they happened (median 3 days later)" in text
    assert "campaigns: 1 of 2 were known only after they happened (median 10 days later)" in text
    assert "audience: " not in text
    # References hang on mentions and counts: audience is there, and has neither the engagement rate nor the average likes.
    features = row_of(text, "references")
    assert features[2] == "0"
    assert "mentions" in features[4]
    frequency = row_of(text, "frequency")
    assert int(frequency[1]) == int(frequency[2]) + 3
    assert frequency[3:] == ["outcomes, posts", "audience (posts_count), posts (format)"]
    offer = row_of(text, "offer")
    lost = "influencers, outcomes (discount, fee)"
    assert offer[1:] == ["24", "4", "candidates", lost], "seventeen platforms, and three of amounts"
    assert "–: none." in text.partition("What that gives")[0]


def test_a_check_names_the_columns_of_audience_that_would_bring_more(tmp_path: Path) -> None:
    text = checked(tmp_path, audience="influencer_id,observed_at,followers,engagement_rate\nann,2024-01-01,5,0.03\n")  # fmt: skip
    assert row_of(text, "references")[2] == "1"
    said = " ".join(text.partition("What that gives")[2].split())
    assert "audience (average_likes)" in said
    assert "engagement_rate" not in said
    assert "audience (real_share, verified)" in said


COUNTS = {"views": "9", "reach": "", "likes": "3", "comments": "1", "shares": "", "saves": "", "clicks": "", "follows": ""}  # fmt: skip


@pytest.mark.parametrize("there", [True, False])
def test_a_column_without_a_value_is_as_one_that_is_not_there(there: bool, tmp_path: Path) -> None:
    """Importers write every column: what counts is whether one holds anything. Which export fills it is said."""
    audience = {"followers": "5", "real_share": "", "country_share": ""}
    outcomes = {"conversions": "9", "clicks": "", "refunds": ""}
    counts, audience, outcomes = (
        {name: value for name, value in columns.items() if there or value}
        for columns in (COUNTS, audience, outcomes)
    )

    def table(keys: str, key: str, columns: dict[str, str]) -> str:
        return f"{keys},{','.join(columns)}\n{key},{','.join(columns.values())}\n"

    text = checked(
        tmp_path,
        post_metrics=table("post_id,observed_at", "p1,2024-01-02", counts),
        audience=table("influencer_id,observed_at", "ann,2024-01-01", audience),
        outcomes=table("campaign_id,influencer_id,decided_at", "c1,ann,2024-01-02", outcomes),
    )
    assert [int(row_of(text, name)[2]) for name in ("relevance", "references", "conversion")] == [11, 5, 6]
    lost = row_of(text, "conversion")[4]
    assert lost == "campaigns (brand, category), outcomes (clicks, refunds), post_metrics (clicks)"
    assert row_of(text, "reputation")[4] == "credentials, influencers, audience (real_share, verified)"
    best = "clicks, follows, saves, shares of post_metrics (empty here; X Analytics or Meta Business Suite gives them)"
    with open_tables(tmp_path) as tables:
        brings = check(tables, Path("q")).next
    assert best in [next_words(bring, first=False).partition(" would")[0] for bring in brings]
    assert "country_share" in next(bring for bring in brings if bring.tables == ("audience",)).columns
    assert "relevance" not in {fill.characteristic for bring in brings for fill in bring.fills if bring.tables == ("post_metrics",)}  # fmt: skip


def test_one_of_several_counts_is_enough_where_any_of_them_does(tmp_path: Path) -> None:
    """Who has reach alone knows how often posts were seen, and who has comments alone how much was done."""
    text = checked(tmp_path, post_metrics="post_id,observed_at,reach,comments\np1,2024-01-02,9,1\n")
    assert row_of(text, "references")[4] == "mentions, audience (average_likes, engagement_rate), post_metrics (likes, saves, shares)"  # fmt: skip
    assert int(row_of(text, "references")[2]) == 4, "comments, and engagement alone, a view and a follower"
    assert "post_metrics" not in row_of(text, "relevance")[4]


def test_a_check_of_good_tables_has_nothing_to_say_of_bad_rows(tmp_path: Path) -> None:
    outcomes = "campaign_id,influencer_id,decided_at,conversions\nc1,ann,2024-01-02,1\n"
    candidates = "campaign_id,influencer_id,decided_at\nc2,ann,2024-03-01\n"
    people = "account_id,influencer_id\nx:1,ann\nx:2,bob\nx:2,cem\n"
    text = checked(tmp_path, outcomes=outcomes, candidates=candidates, people=people)
    assert "They are in" not in text
    assert "No candidates" not in text
    assert "2 ids are one person's: their rows count together." in text
    assert "people: x:2 is said to be several people's, and left as they are." in text


def test_a_table_of_other_people_is_named_with_an_id_of_each_side(tmp_path: Path) -> None:
    outcomes = "campaign_id,influencer_id,conversions\nc1,7,3\nc1,8,4\nc1,9,0\n"
    audience = "influencer_id,observed_at,followers\n0007,2020-01-01,5\n9,2020-01-01,5\n"
    profiles = "influencer_id\n7\n8\n"
    said = " ".join(checked(tmp_path, outcomes=outcomes, audience=audience, influencers=profiles).split())
    assert (
        "audience has rows of 1 of the 3 people with outcomes: it lacks 7, and has 0007, who has no outcome. "
        "Where these are one, write them alike." in said
    )
    assert "influencers has rows of" not in said


def test_three_undecided_accounts_are_named() -> None:
    def said(**told: Any) -> str:
        return printed(print_people, SimpleNamespace(**{"persons": 0, "ids": 0, "undecided": (), **told}))

    text = said(undecided=("x:0", "x:1", "x:2", "x:3"))
    assert text == "  people: x:0, x:1, x:2 are said to be several people's, and left as they are.\n"
    assert said(persons=2, ids=5) == "\n5 ids are 2 people's: their rows count together.\n"
    assert said() == ""
    assert [people_s(count) for count in (0, 1, 2, 1000)] == ["0 people's", "one person's", "2 people's", "1,000 people's"]  # fmt: skip


# -- scores -----------------------------------------------------------------------------------------------------------


def scored(**told: Any) -> Any:
    found = made.scored(
        made.bundle({POSTS: 1.0}, base=1234.5), {POSTS.column: [0.0, 1.0, 2.0]}, ids=["c", "b", "a"]
    )
    return replace(found, scores=found.scores.assign(**told))


def test_what_there_is_no_room_for_is_left_out_whole_and_named() -> None:
    told = scored(fee=1500.0, cost_per_conversion=2.5, ask=True, frequency=[3.25, 2.0, 1.0])
    wide = printed(print_scores, told, 1, None, width=200)
    assert row_of(wide, "a ") == ["a", "3,703.50", "3,604–3,804", "1.00", "1.00", "3.25", *["1.00"] * 5, "1,500", "2.50", "yes"]  # fmt: skip
    assert "Not shown" not in wide
    narrow = " ".join(printed(print_scores, told, 1, None, width=80).split())
    assert "Not shown, for want of room: " in narrow
    assert "fee, cost per conversion. --out FILE, or --json, has them." in narrow, "money goes first"
    assert "off offer, rel relevance, frq frequency" in narrow
    assert "3.25" in narrow, "what moved the score most stays"


@pytest.mark.parametrize(
    ("factor", "color"), [(1.1, None), (1.1001, "32"), (0.9, None), (0.8999, "31"), (1.0, None)]
)
def test_a_factor_is_green_or_red_beyond_a_tenth(factor: float, color: str | None) -> None:
    text = printed(print_scores, scored(momentum=factor, frequency=1.0), 1, None, color=True)
    line = text.splitlines()[1]
    assert set(re.findall(r"\x1b\[(3[12])m", line)) == ({color} if color else set())


@pytest.mark.parametrize(
    ("factor", "cell"), [(0.0, "0.00"), (0.001, "<0.01"), (0.0049, "<0.01"), (0.005, "0.01"), (1.0, "1.00")]
)
def test_a_small_factor_is_not_printed_as_none(factor: float, cell: str) -> None:
    text = printed(print_scores, scored(momentum=factor, frequency=1.0), 1, None, width=200)
    assert row_of(text, "a ")[-1] == cell


@pytest.mark.parametrize(
    ("changes", "width", "interval", "legend"),
    [
        ({"high": 4000.0}, 200, "3,604–4,000", []),
        ({"high": math.inf}, 200, "≥3,604", ["≥: no upper bound, for want of influencers to learn it from."]),
        ({"high": math.inf}, 24, None, ["off offer"]),
        ({"outside": "x"}, 200, "3,604–3,804", ["*: outside what training saw in some feature."]),
    ],
)  # fmt: skip
def test_marks_are_explained_where_they_stand_and_only_there(
    changes: dict[str, Any], width: int, interval: str | None, legend: list[str]
) -> None:
    text = printed(print_scores, scored(**changes), 1, None, width=width)
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert ("*" in row) == ("outside" in changes)
    assert interval is None or interval in row.split()
    below = " ".join(text[: text.index("× base")].split())
    for mark in ("≥:", "*:", "off offer"):
        assert (mark in below) == any(mark in line for line in legend), mark
    assert all(line in below for line in legend)


def test_scores_are_shown_to_the_top_and_all_are_counted() -> None:
    told = replace(scored(), written=12_345)
    text = printed(print_scores, told, 2, Path("s.parquet"))
    assert [line.split()[0] for line in text.splitlines()[1:3]] == ["a", "b"]
    assert f" × base {told.scores['base'].iloc[0]:,.0f} × exposure; 12,345 candidates of campaign c1, as of 2023-06-01 00:00 UTC." in text  # fmt: skip
    assert "All of them are in s.parquet." in text
    assert "3 candidates of campaign c1" in printed(print_scores, scored(), 2, None)
    assert "All of them are in" not in printed(print_scores, scored(), 2, None)
    assert "ask" not in text.splitlines()[0]


@pytest.mark.parametrize(
    ("ids", "campaign", "count"),
    [(["=a", "+b", "-c", "@d", "e"], "c1", 4), (["a", "b"], "=c", 1), (["=a", "=a"], "=a", 1), (["a=b"], "c", 0)],
)  # fmt: skip
def test_ids_that_a_spreadsheet_would_run_are_counted_once(ids: list[str], campaign: str, count: int) -> None:
    assert formulas(pd.DataFrame({"influencer_id": ids, "campaign_id": campaign})) == count


def test_scores_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"influencer_id": ["a"], "x": [0.5]})
    out = tmp_path / "deep" / "er" / "s.csv"
    write_scores(frame, out)
    write_scores(frame, out)
    assert out.read_text() == "influencer_id,x\na,0.5\n"
    assert [path.name for path in out.parent.iterdir()] == ["s.csv"]

    def broken(self: pd.DataFrame, path: Path, **_: object) -> None:
        Path(path).write_text("half")
        raise OSError("full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", broken)
    with pytest.raises(OSError, match="full"):
        write_scores(frame, out)
    assert out.read_text() == "influencer_id,x\na,0.5\n"
    assert [path.name for path in out.parent.iterdir()] == ["s.csv"]


# -- training and review ----------------------------------------------------------------------------------------------


def test_each_kind_of_model_is_named() -> None:
    for kind, words in (("trees", "trees alone"), ("linear", "the Poisson regression"), ("blend", "trees on top of a regression")):  # fmt: skip
        parts = SimpleNamespace(kind=kind)
        facts = {**made.FACTS, "outcomes": 4000, "influencers": 1000, "campaigns": 2000}
        bundle = SimpleNamespace(
            facts=facts, evaluation=made.evaluated(), parts=parts, interval=SimpleNamespace(level=0.9)
        )
        told = SimpleNamespace(bundle=bundle, reports=[], verdict="It is.", beats=False, address=None, champion=False, untracked="")  # fmt: skip
        text = printed(print_run, told, Path("m"), Path("q"))
        assert f"Shipped: {words}, trained on 4,000 outcomes of 1,000 influencers in 2,000 campaigns. It is in m." in text.replace("\n", " ").replace("  ", " ")  # fmt: skip
        assert "MLflow" not in text
        for beats, color in ((False, "1;31"), (True, "1;32")):
            told.beats = beats
            assert f"\x1b[{color}mIt is." in printed(print_run, told, Path("m"), Path("q"), color=True)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.001, 0.002, "adds"), (0.0, 0.002, "may be chance"), (-0.001, 0.0, "may be chance"), (-0.002, -0.001, "costs")],
)  # fmt: skip
def test_what_adds_is_beyond_chance_only_past_zero(low: float, high: float, verdict: str) -> None:
    text = printed(print_ablation, made.added(momentum=(0.0, low, high)), {})
    assert row_of(text, "momentum")[-1] == verdict


def test_a_review_shows_its_figures() -> None:
    ranking = scale(1800, 0.31, 0.74, 0.39, 0.5)
    factor = [ByFactor("momentum", Figure(0.5, [0.25, 0.75]), 0.5, 0.9, 1.1)]
    text = printed(print_review, replace(MADE_UP, ranking=ranking, by_factor=factor))
    assert text.startswith("It keeps what it promised: no reason to train again.\n")
    assert "300 outcomes of 80 influencers in 20 campaigns became known since 2024-03-01." in text
    assert row_of(text, "actual / expected") == ["actual / expected", "1.02", "0.93 to 1.12"]
    assert row_of(text, "explained deviance") == ["explained deviance", "0.41", "0.30 to 0.50"]
    assert row_of(text, "held by") == ["held by the 90 % interval", "88%", "84% to 92%"]
    assert row_of(text, "captured by top") == ["captured by top 30 %", "52%", "45% to 60%"]
    assert row_of(text, "captured by 30 %")[-1] == "31%"
    assert row_of(text, "captured by the best")[-1] == "74%"
    assert row_of(text, "captured by the most")[-1] == "39%"
    assert row_of(text, "Spearman")[-1] == "0.30"
    assert row_of(text, "campaigns with")[-1] == "1,800"
    assert row_of(text, "momentum") == ["momentum", "0.50", "0.25 to 0.75", "0.90", "1.10"]
    assert "Followers are known of 50%" in text
    assert "0 of 50 features have other values than in training." in text
    for word in ("were known before", "were revised", "misjudged most"):
        assert word not in text
    again = printed(print_review, replace(MADE_UP, retrain=True, reasons=["a", "b"], late=1000, revised=2000))  # fmt: skip
    assert again.startswith("Train again: a; b.\n")
    assert "1,000 of them were known before" in again
    assert "2,000 outcomes were revised since" in again
    for known, said in ((0.0, False), (0.01, True), (0.99, True), (1.0, False)):
        told = printed(print_review, replace(MADE_UP, ranking=ranking | {"followers_known": known}))  # fmt: skip
        assert ("Followers are known" in told) == said, known
    for retrain, color in ((False, "1;32"), (True, "1;31")):
        told = printed(print_review, replace(MADE_UP, retrain=retrain), color=True)
        assert told.startswith(f"\x1b[{color}m")


def test_ten_misjudged_and_eight_drifts_are_shown() -> None:
    misjudged = [
        Misjudged(f"who{n:02d}", 1, 1.25, 4.0, 2.34, "momentum" if n else "", 1.5) for n in range(11)
    ]
    drift = [Drift(f"feature{n}", 0.25, 1.0, None, 0.0, 0.0) for n in range(9)]
    text = printed(print_review, replace(MADE_UP, misjudged=misjudged, drift=drift))
    assert row_of(text, "who00") == ["who00", "1.2", "4", "+2.3 σ", "–"]
    assert row_of(text, "who09") == ["who09", "1.2", "4", "+2.3 σ", "momentum ×1.50"]
    assert "who10" not in text
    assert "9 of 50 features" in text
    assert "  feature7: median 1 → – (distance 0.25)" in text
    assert "feature8" not in text


def test_a_number_that_is_not_there_is_a_dash() -> None:
    assert [between([], ".2f"), between([0.1, 0.2], ".2f")] == ["–", "0.10 to 0.20"]
    assert [dashed(None, ".2f"), dashed(0.0, ".2f")] == ["–", "0.00"]
