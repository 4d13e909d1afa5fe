"""The plan of scored candidates: who is asked and why, what may come, what rules of thumb would bring, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features.errors import InputError
from suasion.features.tables.open import open_tables
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.plan.asked import plan_asked
from suasion.serving.scoring.plan.audience import Audience, Overlap, read_audience
from suasion.serving.scoring.plan.limits import Limits, read_platforms
from suasion.serving.scoring.plan.plan import Plan, Wanted, make_plan
from suasion.serving.scoring.plan.rivals import BEST_BEFORE, MOST_FOLLOWED
from suasion.serving.scoring.score import Scored
from suasion.training.estimators.interval import Interval

from . import made
from .command import small_data

POSTS = made.record("frequency__posts__90d")
FOLLOWERS = made.record("momentum__followers")
CAMPAIGNS, RATE = made.record("conversion__campaigns"), made.record("conversion__shrunk_rate")
WIDE = Interval(0.05, 0.95, 0.5)
HANDLES = (("@ann", "i000"), ("@bob", "i001"), ("@cem", "i002"), ("@dee", "i003"))
HOMES = {"i000": frozenset({"tiktok"}), "i001": frozenset({"tiktok"}), "i002": frozenset({"x"})}


def people(
    expected: Any = (40.0, 30.0, 20.0, 4.0),
    campaigns: Any = (3.0, 0.0, 1.0, 0.0),
    *,
    interval: Interval = WIDE,
    **facts: Any,
) -> Scored:
    """Return ann, bob, cem and dee, of whom bob and dee are new."""
    model = made.bundle({POSTS: 1.0, FOLLOWERS: 0.0, CAMPAIGNS: 0.0, RATE: 0.0}, interval=interval, **facts)
    columns = {POSTS.column: np.array(expected) - 1.0, FOLLOWERS.column: np.arange(len(expected)) + 5.0}
    columns |= {CAMPAIGNS.column: campaigns, RATE.column: np.array(expected) / 10}
    return replace(made.scored(model, columns), handles=HANDLES)


FEES = (400.0, 250.0, 260.0, 30.0)
TABLES: Any = SimpleNamespace(
    present=frozenset(), joined=False, goal=None, sql=lambda _: SimpleNamespace(fetchall=list)
)


def plan(told: Scored | None = None, fee: Any = FEES, **wanted: Any) -> Plan:
    told = told or people()
    limits = Limits(**{name: wanted.pop(name) for name in [*wanted] if name in Limits.__dataclass_fields__})
    fees = dict(zip([f"i{number:03d}" for number in range(len(fee))], fee, strict=True))
    costs = np.array([fees[who] for who in told.scores["influencer_id"]])
    return make_plan(
        told.scores, told.features, costs, Wanted(limits=limits, **wanted), told.bundle, platforms=HOMES, place=told.place, handles={who: handle for handle, who in HANDLES}
    )  # fmt: skip


def asked(told: Plan) -> list[str]:
    return sorted(told.asked["influencer_id"])


@pytest.mark.parametrize(
    ("wanted", "whom"),
    [
        ({"budget": 700.0, "worth": 50.0}, ["i000", "i001", "i003"]),
        ({"budget": 700.0, "worth": 50.0, "never": ("@ann",)}, ["i001", "i002", "i003"]),
        ({"budget": 700.0, "worth": 50.0, "must": ("cem",)}, ["i000", "i002", "i003"]),
        ({"budget": 1000.0, "worth": 50.0, "most_fee": 260.0}, ["i001", "i002", "i003"]),
        ({"budget": 1000.0, "worth": 50.0, "most_fee": 259.9}, ["i001", "i003"]),
        ({"budget": 1000.0, "worth": 50.0, "at_most": 1}, ["i000", "i002", "i003"]),
        ({"budget": 1000.0, "worth": 50.0, "platforms": ("X",)}, ["i002"]),
        ({"budget": 1000.0, "worth": 50.0, "platforms": ("x", "tiktok")}, ["i000", "i001", "i002"]),
        ({"budget": 430.0, "worth": 50.0}, ["i000", "i003"]),
        ({"budget": 430.0, "worth": 50.0, "min_new": 2}, ["i001", "i003"]),
        ({"target": 45.0}, ["i001", "i002"]),
        ({"target": 51.0}, ["i001", "i002", "i003"]),
        ({"target": 4.0}, ["i003"]),
        # dee's conversions cost 7.50 each, ann's 10: what one is worth decides.
        ({"budget": 1000.0, "worth": 9.0}, ["i001", "i003"]),
        ({"budget": 1000.0, "worth": 8.0}, ["i003"]),
    ],
)
def test_whom_to_ask(wanted: dict[str, Any], whom: list[str]) -> None:
    told = plan(**wanted)
    assert asked(told) == whom
    assert told.cost == pytest.approx(sum(FEES[int(who[1:])] for who in whom))
    assert told.conversions == pytest.approx(sum((40.0, 30.0, 20.0, 4.0)[int(who[1:])] for who in whom))


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({}, "needs a budget, or a target"),
        ({"budget": 0.0}, "The budget is 0; it must be above 0"),
        ({"budget": float("nan")}, "must be above 0"),
        ({"budget": 5e-324}, "The budget is 4.94066e-324; it must be above 0, and 0.000001 at least"),
        ({"target": 9e-7}, "0.000001 at least"),
        ({"target": -1.0}, "The target is -1 conversions; it must be above 0"),
        ({"target": 95.0}, r"95 conversions are beyond reach: the most that can be expected of these candidates is 94\.0"),
        ({"target": 90.0, "never": ("ann",)}, r"the most that can be expected of these candidates is 54\.0"),
        ({"target": 90.0, "budget": 100.0}, "cost 910 at least, more than the budget of 100"),
        ({"budget": 9.0, "must": ("nobody",)}, "'nobody' is not among the 4 candidates"),
        ({"budget": 9.0, "never": ("@an",)}, r"Did you mean i000 \(@ann\)"),
        ({"budget": 9.0, "must": ("ann",), "never": ("@ANN",)}, "ann is to be asked and not to be asked"),
        ({"budget": 9.0, "must": ("ann",), "most_fee": 100.0}, "ann is to be asked, which the list, the most fee or the platforms rule out"),
        ({"budget": 390.0, "must": ("ann",)}, "No plan keeps to a budget of 390 and those who must be asked"),
        ({"budget": 900.0, "min_new": 3}, "Without at least 3 new there is one"),
        ({"budget": 9.0, "most_fee": -1.0}, "The most fee is -1; it must be 0 or more"),
        ({"budget": 9.0, "at_most": 0}, "it must be 1 or more"),
        ({"budget": 9.0, "min_new": -1}, "it must be 0 or more"),
        ({"budget": 9.0, "platforms": ("mars",)}, "No candidate is on mars; they are on tiktok, x"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_with_what_to_do(wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        plan(**wanted)


def test_who_has_no_fee_is_not_asked_and_must_not_be() -> None:
    told = plan(fee=(np.nan, 250.0, 260.0, 30.0), budget=1000.0, worth=50.0)
    assert asked(told) == ["i001", "i002", "i003"]
    assert told.sentences[-1] == "1 of the candidates has no fee and cannot be asked."
    with pytest.raises(InputError, match="@ann is to be asked and has no fee"):
        plan(fee=(np.nan, 250.0, 260.0, 30.0), budget=1000.0, must=("@ann",))
    with pytest.raises(InputError, match="A plan needs fees"):
        plan(fee=(np.nan,) * 4, budget=1000.0)


def test_without_what_a_limit_goes_by_it_is_refused() -> None:
    told, fee = people(), np.array(FEES)
    with pytest.raises(InputError, match="The platform of no candidate is known"):
        make_plan(told.scores, told.features, fee, Wanted(9.0, limits=Limits(at_most=1)), told.bundle)
    bare = told.features.drop(columns=CAMPAIGNS.column)
    with pytest.raises(InputError, match="Who is new cannot be told"):
        make_plan(told.scores, bare, fee, Wanted(9.0, limits=Limits(min_new=1)), told.bundle)


def test_who_spends_more_than_a_plan_that_stops_is_said_to() -> None:
    told = plan(budget=1000.0, worth=9.0)
    assert told.cost == 280.0
    assert "The most followed within the same budget: about 94, for 940." in told.sentences[0]


def test_the_first_sentence_says_it_all_and_the_others_the_rest() -> None:
    told = plan(budget=700.0, worth=50.0)
    assert told.total is not None
    low, high = told.total.range_90
    # Most followed are dee, cem and then bob (250), who does not fit after 290 but ann would not either.
    assert told.rivals[MOST_FOLLOWED].conversions == pytest.approx(54.0)
    # Ann brought most for each post, then cem; bob and dee are new.
    assert told.rivals[BEST_BEFORE].conversions == pytest.approx(64.0)
    assert told.sentences[0] == (
        f"Ask these 3 for 680 of 700: about 74 conversions, 9 times in 10 between {low:.0f} and {high:.0f}. "
        "The most followed within the same budget: about 54. Whoever did best before within the same budget: about 64."
    )
    assert low < told.total.range_50[0] < 74 < told.total.range_50[1] < high
    assert told.total.worst_tenth < low * 1.2
    assert told.total.chance is None
    assert told.sentences[-1] == "At 50.00 a conversion that is worth about 3,700, 3,020 more than they cost."
    assert str(told) == "\n".join(told.sentences)
    one = plan(target=4.0)
    assert one.sentences[0].startswith(
        "Ask this one for 30: about 4 conversions, 9 times in 10 between 0 and "
    )
    assert "for the same money: about" in one.sentences[0]
    assert one.total is not None
    assert one.total.chance is not None
    assert f"The chance that 4 or more come is {one.total.chance:.0%}." in one.sentences[0]


def test_of_how_many_it_is_known_how_many_follow_is_said_where_it_is_not_known_of_all() -> None:
    told = people()
    some = told.features.assign(**{FOLLOWERS.column: [np.nan, 7.0, np.nan, np.nan]})
    first = plan(replace(told, features=some), budget=700.0, worth=50.0).sentences[0]
    assert first.endswith("How many follow is known of 25 % of those who can be asked.")
    none = plan(replace(told, features=some.assign(**{FOLLOWERS.column: np.nan})), budget=700.0, worth=50.0)
    assert "follow" not in none.sentences[0]
    assert "known" not in plan(budget=700.0, worth=50.0).sentences[0]


def test_one_person_alone_has_the_range_of_their_interval() -> None:
    told = plan(budget=405.0, worth=50.0, must=("ann",))
    assert asked(told) == ["i000"]
    row = told.asked.iloc[0]
    assert told.total is not None
    assert told.total.range_90 == (row["low"], row["high"])


def test_where_too_little_was_judged_no_range_is_made_up() -> None:
    for scored in (people(campaign_variance=None), people(interval=Interval(0.0, 1.0, 0.5))):
        told = plan(scored, budget=700.0, worth=50.0)
        assert told.total is None
        assert "9 times in 10" not in told.sentences[0]
        assert (
            "How far off that may be cannot be said: too few people or campaigns were judged."
            in told.sentences
        )
    nobody = plan(budget=1.0, worth=50.0)
    assert nobody.sentences[0].startswith("Ask nobody for 0 of 1: about 0 conversions.")
    assert not any("How far" in sentence for sentence in nobody.sentences)


def test_what_everybody_is_worth_and_what_would_change_the_plan() -> None:
    told = plan(budget=700.0, worth=50.0)
    table = told.table.set_index("influencer_id")
    assert told.table["influencer_id"].tolist() == ["i000", "i001", "i003", "i002"]
    assert table["pays_up_to"].to_dict() == pytest.approx(
        {"i000": 2000, "i001": 1500, "i003": 200, "i002": 1000}
    )
    assert table["cost_per_conversion"]["i000"] == pytest.approx(10.0)
    assert table["new"].to_dict() == {"i000": False, "i001": True, "i003": True, "i002": False}
    # Beside ann and bob 50 are left: dee's 30 buy 4 conversions, cem's 50 would buy 20.
    assert table["asked_up_to"]["i002"] == pytest.approx(50.0)
    assert table["why"]["i002"] == "the same money brings more with others"
    assert table["why"]["i000"].startswith("frequency ×")
    again = plan(fee=(400.0, 250.0, 50.0, 30.0), budget=700.0, worth=50.0)
    assert "i002" in asked(again)
    dear = plan(fee=(400.0, 250.0, 51.0, 30.0), budget=700.0, worth=50.0)
    assert "i002" not in asked(dear)


@pytest.mark.parametrize(
    ("wanted", "who", "why"),
    [
        ({"budget": 300.0, "worth": 50.0}, "i000", "asks more than the budget"),
        ({"budget": 1000.0, "worth": 9.0}, "i000", "10 a conversion is more than it is worth"),
        ({"budget": 1000.0, "worth": 50.0, "at_most": 1}, "i001", "at most 1 on tiktok are asked already"),
        ({"target": 4.0}, "i000", "others reach the target for no more"),
    ],
)
def test_why_somebody_is_not_asked(wanted: dict[str, Any], who: str, why: str) -> None:
    assert plan(**wanted).table.set_index("influencer_id")["why"][who] == why


def test_whoever_must_be_asked_or_is_new_is_said_to_be() -> None:
    told = plan(budget=700.0, worth=50.0, must=("cem",), min_new=1).table.set_index("influencer_id")
    assert told["why"].to_dict() == {
        "i000": "frequency ×40",
        "i002": "must be asked",
        "i003": "new",
        "i001": "the same money brings more with others",
    }
    alike = plan(people((4.0, 4.0, 4.0, 4.0)), budget=700.0, worth=500.0).table
    assert set(alike.loc[alike["ask"], "why"]) == {"cheap for what is expected"}, "what all have is no reason"


def many(seed: int = 0, people_: int = 80) -> tuple[Scored, np.ndarray]:
    random = np.random.default_rng(seed)
    told = people(random.lognormal(1.5, 1.0, people_), random.integers(0, 3, people_).astype(float))
    return told, random.lognormal(5.0, 1.0, people_).round(2)


def test_neither_the_order_of_rows_nor_the_unit_of_money_changes_a_plan() -> None:
    told, fee = many()
    first = make_plan(told.scores, told.features, fee, Wanted(2000.0, worth=80.0), told.bundle)
    assert len(first.asked) > 3
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(fee))
        scores, features = told.scores.iloc[order], told.features.iloc[order]
        again = make_plan(scores, features, fee[order], Wanted(2000.0, worth=80.0), told.bundle)
        pd.testing.assert_frame_equal(again.table, first.table)
        assert (again.total, again.rivals) == (first.total, first.rivals)
    dear = make_plan(told.scores, told.features, fee * 100, Wanted(200_000.0, worth=8000.0), told.bundle)
    assert asked(dear) == asked(first)
    assert dear.total == first.total
    assert dear.table["asked_up_to"].to_numpy(dtype=float) == pytest.approx(first.table["asked_up_to"].to_numpy(dtype=float) * 100, rel=1e-5, nan_ok=True)  # fmt: skip
    assert (
        make_plan(told.scores, told.features, fee, Wanted(2000.0, worth=80.0), told.bundle, seed=5).total
        != first.total
    )


def test_where_everybody_is_asked_nobody_stands_before_another() -> None:
    told = plan(budget=1000.0, worth=50.0)
    assert len(told.table) == 4
    assert told.total is not None
    assert told.table[["certainty", "chance", "rank_low"]].isna().all(axis=None)


def test_more_candidates_than_are_drawn_still_give_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    told, fee = many()
    whole = make_plan(told.scores, told.features, fee, Wanted(2000.0, worth=80.0), told.bundle)
    monkeypatch.setattr("suasion.serving.scoring.plan.plan.MOST_DRAWN", 5)
    part = make_plan(told.scores, told.features, fee, Wanted(2000.0, worth=80.0), told.bundle)
    assert asked(part) == asked(whole)
    assert part.total is not None
    assert part.asked["chance"].notna().all()


def test_the_plan_of_a_question_marks_the_scores_and_speaks_to_the_reader() -> None:
    told, notes = people(), Notes()
    fee = np.array(FEES)
    found = plan_asked(told, fee, Ask(brief="x", budget=700.0, value=50.0), TABLES, notes)
    assert found is not None
    assert told.scores.set_index("influencer_id")["ask"].to_dict() == {"i000": True, "i001": True, "i002": False, "i003": True}  # fmt: skip
    assert notes.rest == found.sentences
    assert plan_asked(people(), fee, Ask(brief="x"), None, Notes()) is None  # type: ignore[arg-type]
    with pytest.raises(InputError, match="Limits are for a plan"):
        plan_asked(people(), fee, Ask(brief="x", limits=Limits(min_new=1)), TABLES, Notes())
    # Where nobody pays that is said first, and the slope says whom all the same.
    notes = Notes()
    poor = plan_asked(people(), fee, Ask(brief="x", budget=700.0, value=5.0), TABLES, notes)
    assert notes.banner == [
        "Nobody is expected to earn their fee: a conversion is worth 5.00 and costs 7.50 or more."
    ]
    assert poor is not None
    assert poor.by_slope
    assert len(poor.asked) > 0
    assert poor.asked["pays_up_to"].tolist()[0] == pytest.approx(200.0), "what they are worth, all the same"


def test_platforms_are_those_known_before_the_decision(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "influencer_id": ["a", "a", "b", "c", "d"],
            "platform": ["TikTok", "x", "instagram", None, "youtube"],
            "created_at": pd.to_datetime(["2020-01-01"] * 4 + ["2024-01-01"]),
            "known_at": pd.to_datetime(
                ["2020-01-01", "2023-06-01", "2020-01-01", "2020-01-01", "2024-01-01"]
            ),
        }
    )
    seen: list[str] = []

    def sql(query: str) -> Any:
        seen.append(query)
        moment = pd.Timestamp("2023-01-01")
        known = rows[(rows["known_at"] < moment) & rows["platform"].notna()]
        return SimpleNamespace(fetchall=lambda: [(who, home.lower()) for who, home in zip(known["influencer_id"], known["platform"], strict=True)])  # fmt: skip

    told = read_platforms(SimpleNamespace(sql=sql), pd.Timestamp("2023-01-01").to_pydatetime())  # type: ignore[arg-type]
    assert told == {"a": frozenset({"tiktok"}), "b": frozenset({"instagram"})}
    assert "known_at < TIMESTAMP '2023-01-01" in seen[0]


def audience_in(folder: Path, whom: str, as_of: datetime, **files: list[str]) -> Audience | None:
    """Return what data with these lines says of people's audiences."""
    if not folder.exists():
        small_data(folder)
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    with open_tables(folder, quarantine=folder / "q") as tables:
        return read_audience(tables, list(whom), as_of)


def test_who_shares_an_engaged_audience_is_read_by_what_was_known(tmp_path: Path) -> None:
    rows = [f"u{number},{who},mention,2022-0{month}-01" for who, first, last, month in (
        ("a", 0, 20, 3), ("b", 10, 40, 3),  # ten in common, half of a's
        ("c", 0, 9, 3),  # nine are too few
        ("d", 0, 20, 6),  # not known by then
        ("e", 36, 100, 3),  # four of b's
    ) for number in range(first, last)]  # fmt: skip
    rows += [f"u{number},d,mention,2020-01-01" for number in range(20)]  # too long ago
    lines = ["referrer_id,influencer_id,kind,created_at", *rows, "a,a,mention,2022-03-01"]
    told = audience_in(tmp_path / "data", "abcde", datetime(2022, 5, 1), mentions=lines)
    assert told == Audience({"a": 20, "b": 30, "e": 64}, ((("a", "b"), 10), (("b", "e"), 4)))
    assert told.pairs() == (Overlap("a", "b", 10, 0.5),)
    assert audience_in(tmp_path / "data", "a", datetime(2022, 5, 1)) is None
    later = audience_in(tmp_path / "data", "abd", datetime(2022, 7, 1))
    assert later is not None
    assert [(pair.one, pair.other, pair.share) for pair in later.pairs()] == [
        ("a", "d", 1.0),
        ("a", "b", 0.5),
        ("b", "d", 0.5),
    ]


def test_lists_of_members_say_more_than_who_refers(tmp_path: Path) -> None:
    header = "influencer_id,member_id,observed_at"
    rows = [f"a,u{number},2022-03-01" for number in range(20)] + [
        f"b,u{number},2022-03-01" for number in range(15)
    ]
    again = [f"a,u{number},2022-04-01" for number in range(5)]  # read twice, and still one account each
    late = [f"c,u{number},2022-05-01" for number in range(20)]
    mentions = [
        "referrer_id,influencer_id,kind,created_at",
        *(f"v{n},a,mention,2022-03-01" for n in range(50)),
    ]
    lines = [header, *rows, *again, *late, "a,a,2022-03-01"]
    told = audience_in(
        tmp_path / "data", "abc", datetime(2022, 5, 1), audience_members=lines, mentions=mentions
    )
    assert told == Audience({"a": 20, "b": 15}, ((("a", "b"), 15),)), (
        "what was read at the moment of decision is not known"
    )
    joined = ["account_id,influencer_id", "u0,ann", "v:0,ann"]
    more = [header, *rows, *(f"b,{who},2022-03-01" for who in ("v:0", "u0"))]
    told = audience_in(tmp_path / "data", "ab", datetime(2022, 5, 1), audience_members=more, people=joined)
    assert told is not None
    assert told.sizes["b"] == 15, "two accounts of one person are one"


def sharing(share: int, counts: bool = True, **wanted: Any) -> Plan:
    """Return the plan where so many of the hundred who follow ann follow bob and cem too."""
    told, fees = people(), np.array(FEES)
    sizes = {"i000": 100, "i001": 100, "i002": 100}
    seen: list[list[str]] = []

    def audience(whom: Any) -> Audience:
        seen.append(list(whom))
        shared = tuple(who for who in ("i000", "i001", "i002") if who in whom)
        return Audience({who: sizes[who] for who in shared}, ((shared, share),) if len(shared) > 1 else ())

    return make_plan(
        told.scores, told.features, fees, Wanted(**wanted), told.bundle, place=told.place,
        handles={who: handle for handle, who in HANDLES}, audience=audience, counts=counts,
    )  # fmt: skip


def test_whoever_follows_several_counts_once_in_all_that_is_promised() -> None:
    apart, told = sharing(0, budget=950.0, worth=50.0), sharing(50, budget=950.0, worth=50.0)
    assert asked(apart) == asked(told) == ["i000", "i001", "i002", "i003"]
    # Of the fifty who follow all three each counts for ann, who moves 0.4 of them; bob adds 0.3 and cem 0.2 of the others.
    assert told.conversions == pytest.approx(40 + 15 + 10 + 4)
    assert (told.summed, told.once) == (pytest.approx(94), told.conversions)
    adds = told.table.set_index("influencer_id")["adds"]
    assert adds.to_dict() == pytest.approx({"i000": 25, "i001": 15, "i002": 10, "i003": 4})
    assert told.table.set_index("influencer_id")["pays_up_to"]["i001"] == pytest.approx(15 * 50)
    assert (
        "Whoever follows several of them counts once: 69 conversions, where the sum of all would be 94. "
        "Most is shared by @ann and @bob (50%), @ann and @cem (50%) and 1 more pair."
    ) in told.sentences
    assert apart.total is not None
    assert told.total is not None
    assert told.total.range_90[1] == pytest.approx(apart.total.range_90[1] * 69 / 94)
    # The most followed are dee, cem, bob and ann, whose audiences count once as well.
    assert told.rivals[MOST_FOLLOWED].conversions == pytest.approx(69)


def test_whoever_brings_little_beyond_the_others_is_not_asked_and_is_told_why() -> None:
    told = sharing(90, budget=950.0, worth=50.0)
    assert asked(told) == ["i000", "i003"]
    why = told.table.set_index("influencer_id")["why"]
    assert why["i001"] == "83 a conversion is more than it is worth"
    dear = sharing(90, budget=660.0, worth=500.0).table.set_index("influencer_id")
    assert dear["why"]["i002"] == "90% of what they bring comes through others already"


def test_who_only_engages_is_told_and_not_counted() -> None:
    told = sharing(50, counts=False, budget=950.0, worth=50.0)
    assert told.conversions == told.summed == pytest.approx(94)
    assert told.once == pytest.approx(69)
    assert told.sentences[-1] == (
        "Some share their engaged audience, those who refer to them: @ann and @bob (50%), @ann and @cem (50%) and 1 more pair. Expect less "
        "of them together than the sum: about 69 if nobody acts twice."
    )
    few = sharing(50, seen=0.1, budget=950.0, worth=50.0)
    assert 69 < few.conversions < 94, "of those who follow all three few see all"
    with pytest.raises(InputError, match="The share that sees a post is 30; it must be above 0 and up to 1"):
        sharing(50, seen=30.0, budget=950.0)
