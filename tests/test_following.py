"""Whether a following looks bought: what the words mean, at their edges, and that nothing later is seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from suasion.serving.explaining.following import BOUGHT, LOOK, UNKNOWN, USUAL, Following, judge

AT = datetime(2024, 6, 3)
WEEK = timedelta(days=7)


def weekly(*followers: float, until: datetime = AT) -> list[tuple[datetime, float]]:
    """Return counts a week apart, the last a day before a moment."""
    return [(until - timedelta(days=1) - n * WEEK, count) for n, count in enumerate(reversed(followers))]


def told(
    counts: Sequence[tuple[datetime, float]], references: Sequence[datetime] | None = (), at: datetime = AT
) -> Following:
    return judge({"a": counts}, references, at)


STEADY = weekly(*(1000.0 * 1.02**n for n in range(30)))
JUMPED = weekly(*[1000.0] * 12, *[6000.0] * 18)
"""A jump 17 weeks before the last count."""
START, END = JUMPED[18][0], JUMPED[17][0]


def spread(before: int, after: int) -> list[datetime]:
    """Return so many references in the eight weeks before the jump of JUMPED, and after it."""
    return [START - timedelta(hours=n + 1) for n in range(before)] + [
        END + timedelta(hours=n) for n in range(after)
    ]


@pytest.mark.parametrize(
    ("counts", "references", "level"),
    [
        (STEADY, spread(20, 20), USUAL),
        (JUMPED, spread(20, 20), BOUGHT),
        (JUMPED, spread(20, 25), BOUGHT),  # a quarter more for six times the followers is no echo
        (JUMPED, spread(20, 26), LOOK),
        (JUMPED, spread(5, 90), LOOK),
        (JUMPED, spread(0, 0), LOOK),  # nobody ever spoke of them: silence says nothing
        (JUMPED, spread(5, 4), LOOK),
        (JUMPED, spread(5, 5), BOUGHT),
        (JUMPED, None, LOOK),
        (weekly(*[1000.0] * 15, *[1499.0] * 15), spread(20, 20), USUAL),
        (weekly(*[1000.0] * 12, *[1500.0] * 18), spread(20, 20), BOUGHT),
        (weekly(*[40.0] * 12, *[130.0] * 18), spread(20, 20), USUAL),  # ninety people
        (weekly(*[40.0] * 12, *[140.0] * 18), spread(20, 20), BOUGHT),
        (weekly(*[6000.0] * 12, *[1000.0] * 18), spread(20, 20), USUAL),  # a fall is no jump
        (weekly(*[0.0] * 12, *[1000.0] * 18), spread(20, 20), USUAL),  # from nobody there is no growth to tell
        (weekly(*[500.0] * 7), spread(20, 20), UNKNOWN),
        (weekly(*[500.0] * 8), spread(20, 20), USUAL),
        (weekly(*[500.0] * 3, *[5000.0] * 4), spread(20, 20), UNKNOWN),
        ([], spread(20, 20), UNKNOWN),
    ],
)  # fmt: skip
def test_the_level_follows_from_the_largest_jump_and_its_echo(
    counts: list[tuple[datetime, float]], references: list[datetime] | None, level: str
) -> None:
    assert told(counts, references).level == level


def test_all_known_history_counts_not_a_year() -> None:
    old = weekly(*[1000.0] * 12, *[6000.0] * 160)
    start, end = old[160][0], old[159][0]
    references = [start - timedelta(hours=n + 1) for n in range(20)] + [
        end + timedelta(hours=n) for n in range(20)
    ]
    assert told(old, references).level == BOUGHT


def test_the_order_of_rows_does_not_matter_and_days_are_taken_by_week() -> None:
    daily = [(at - timedelta(days=day), count) for at, count in JUMPED for day in range(6)]
    for rows in (daily, daily[::-1], sorted(daily, key=lambda row: row[1])):
        found = told(rows, spread(20, 20))
        assert (found.level, len(found.weeks)) == (BOUGHT, 30)
        assert found.growth == pytest.approx(5.0)


def test_a_gap_between_counts_spreads_the_growth_over_its_weeks() -> None:
    gap = [row for row in weekly(*[1000.0] * 12, *[3000.0] * 18) if not END - 8 * WEEK < row[0] < END]
    found = told(gap)
    assert found.growth == pytest.approx(3 ** (1 / 8) - 1)
    assert found.level == USUAL


@pytest.mark.parametrize(("passed", "level"), [(3.9, LOOK), (4.0, BOUGHT), (8.0, BOUGHT), (0.01, LOOK)])
def test_a_jump_of_late_is_not_judged_before_its_echo_could_come(passed: float, level: str) -> None:
    found = told(JUMPED, spread(20, 20), END + passed * WEEK)
    assert found.level == level
    assert found.after == min(8, int(passed))


def test_before_and_after_are_as_long_as_each_other_while_time_is_short() -> None:
    # Ten references in each of the eight weeks before; four weeks after, ten in each of them.
    steady = [START - n * WEEK - timedelta(hours=1 + k) for n in range(8) for k in range(10)]
    steady += [END + n * WEEK + timedelta(hours=k) for n in range(4) for k in range(10)]
    found = told(JUMPED, steady, END + 4 * WEEK)
    assert found.references == (40, 40)
    assert found.level == BOUGHT


def test_nothing_from_the_moment_of_decision_on_is_seen() -> None:
    before = told(JUMPED, spread(20, 20), END)
    assert before.level == USUAL, "the first count of the jump is from that very moment"
    later = [(AT, 90_000.0), (AT + WEEK, 90_000.0)]
    assert told([*STEADY, *later], spread(20, 20)) == told(STEADY, spread(20, 20))
    assert told(JUMPED, [*spread(20, 20), *[AT] * 50, *[AT + WEEK] * 50]) == told(JUMPED, spread(20, 20))


def test_accounts_are_judged_apart_and_the_larger_jump_is_told() -> None:
    joined = weekly(*[50_000.0] * 10)
    assert judge({"a": STEADY, "b": joined}, [], AT).level == USUAL, "an account that joins is no growth"
    assert judge({"a": STEADY, "b": JUMPED}, spread(20, 20), AT) == judge(
        {"b": JUMPED, "a": STEADY}, spread(20, 20), AT
    )
    assert judge({"a": STEADY, "b": JUMPED}, spread(20, 20), AT).level == BOUGHT
    assert judge({"a": STEADY, "b": JUMPED[:3]}, [], AT).level == USUAL


def test_the_reasons_are_told_with_what_else_can_do_this() -> None:
    said = " ".join(told(JUMPED, spread(53, 44)).sentences)
    assert said == (
        f"The largest growth in a week was +500%: from 1,000 to 6,000 followers between {START:%-d %B %Y} and {END:%-d %B %Y}. "
        "Others referred to them 53 times in the 8 weeks before and 44 times in the 8 weeks after. "
        "A giveaway or an appearance on television can do this too: look at the profile."
    )
    assert told(JUMPED, None).sentences[1] == "Whether others spoke of them more afterwards is not known."
    assert told(STEADY).sentences[0].startswith("The largest growth in a week was +2%")
    assert len(told(STEADY).sentences) == 1
    assert told(weekly(*[5.0] * 9)).sentences == ["It never grew."]
    assert told([]).sentences == ["It takes 8 weekly counts of the followers to judge; 0 are known."]


def test_a_jump_is_not_hidden_behind_the_first_handful() -> None:
    start = datetime(2024, 1, 1)
    slow = [80 * 1.3**n for n in range(15)]
    bought = [slow[-1] * 2.5 * 1.01**n for n in range(8)]
    counts = [(start + timedelta(weeks=n), count) for n, count in enumerate([12.0, *slow, *bought])]
    found = judge({"a": counts}, None, start + timedelta(weeks=len(counts)))
    assert found.level == LOOK, "68 followers are no jump, though they are +567 %"
    assert found.growth == pytest.approx(1.5)


def test_where_nothing_jumped_the_largest_growth_is_told_however_few_it_is() -> None:
    """Of 50,000 people two in a hundred are a thousand, and no jump; so is one of ten, and more of them."""
    many, few = weekly(*(50_000.0 * 1.02**n for n in range(10))), weekly(*[10.0] * 9, 11.0)
    for accounts in ({"a": many, "b": few}, {"b": few, "a": many}):
        found = judge(accounts, [], AT)
        assert (found.level, found.growth) == (USUAL, pytest.approx(0.1))


def test_where_references_end_there_is_no_silence() -> None:
    start = datetime(2024, 1, 1)
    counts = {"a": [(start + timedelta(weeks=n), 1000.0 if n < 12 else 3000.0) for n in range(24)]}
    jump, moment = start + timedelta(weeks=12), start + timedelta(weeks=24)
    said = [jump - timedelta(days=3 * n) for n in range(1, 17)]
    assert judge(counts, said, moment).level == BOUGHT, "nobody spoke of them afterwards"
    cut = judge(counts, said, moment, (start - timedelta(weeks=20), jump))
    assert (cut.level, cut.after) == (LOOK, 0), "afterwards nothing is known of anybody"
    assert judge(counts, said, moment, (start - timedelta(weeks=20), moment)).level == BOUGHT
