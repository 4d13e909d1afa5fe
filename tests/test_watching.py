"""Whether views look bought: what the words mean, at their edges, and that nothing later is seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from suasion.serving.explaining.watching import BOUGHT, UNKNOWN, USUAL, Counts, judge_views

from .test_evidence import AT, base, shown

DAY = timedelta(days=1)


def posts(before: Counts, recent: Counts, many: tuple[int, int] = (8, 5)) -> list[tuple[datetime, Counts]]:
    """Return posts from before the last 90 days, and so many from them."""
    return [(AT - DAY * (91 + 10 * n), before) for n in range(many[0])] + [
        (AT - DAY * (1 + 10 * n), recent) for n in range(many[1])
    ]


@pytest.mark.parametrize(
    ("before", "recent", "level"),
    [
        ((1000.0, 50.0), (1000.0, 50.0), USUAL),
        ((1000.0, 50.0), (3000.0, 50.0), BOUGHT),
        ((1000.0, 50.0), (2999.0, 50.0), USUAL),
        (
            (1000.0, 50.0),
            (8000.0, 62.5),
            BOUGHT,
        ),  # a quarter more reactions to eight times the views is no echo
        ((1000.0, 50.0), (8000.0, 63.0), USUAL),  # they reacted
        ((1000.0, 50.0), (8000.0, 20.0), BOUGHT),
        ((8000.0, 50.0), (1000.0, 50.0), USUAL),
        ((30.0, 2.0), (129.0, 2.0), USUAL),  # a hundred views are gained by chance
        ((30.0, 2.0), (130.0, 2.0), BOUGHT),
        ((0.0, 2.0), (8000.0, 2.0), UNKNOWN),
        ((1000.0, 0.0), (8000.0, 0.0), UNKNOWN),  # nobody ever reacted: silence says nothing
    ],
)
def test_the_level_follows_from_views_and_reactions(before: Counts, recent: Counts, level: str) -> None:
    assert judge_views(posts(before, recent), AT).level == level


@pytest.mark.parametrize(("many", "level"), [((5, 5), BOUGHT), ((4, 5), UNKNOWN), ((8, 4), UNKNOWN), ((0, 0), UNKNOWN)])  # fmt: skip
def test_it_takes_five_posts_of_each(many: tuple[int, int], level: str) -> None:
    assert judge_views(posts((1000.0, 50.0), (8000.0, 50.0), many), AT).level == level


def test_one_viral_post_is_none_and_nothing_later_is_seen() -> None:
    usual = posts((1000.0, 50.0), (1000.0, 50.0))
    viral = [(AT - DAY, (900_000.0, 60.0)), *usual]
    assert judge_views(viral, AT).level == USUAL
    later = [(AT, (90_000.0, 50.0)), (AT + DAY, (90_000.0, 50.0))] * 9
    assert judge_views([*usual, *later], AT) == judge_views(usual, AT)
    old = [(AT - 400 * DAY, (10.0, 50.0))] * 99
    assert judge_views([*usual, *old], AT) == judge_views(usual, AT), "a year ago is another account"


def test_the_reasons_are_told_with_what_else_can_do_this() -> None:
    said = " ".join(judge_views(posts((1000.0, 50.0), (8000.0, 55.0)), AT).sentences)
    assert said == (
        "In the last 90 days a post had 8,000 views (median), before 1,000; likes, comments, shares and saves a post went from 50 to 55. "
        "Paid promotion or another format can do this too: look at the posts."
    )


def test_counts_are_those_that_were_known(tmp_path: Path) -> None:
    rows = base()
    told = posts((1000.0, 50.0), (8000.0, 50.0))
    rows["posts"] += [
        {"post_id": f"w{n}", "author_id": "ann", "created_at": at, "known_at": at} for n, (at, _) in enumerate(told)
    ]  # fmt: skip
    rows["post_metrics"] = [
        {"post_id": f"w{n}", "observed_at": at + DAY / 2, "known_at": at + DAY / 2, "views": views, "likes": likes}
        for n, (at, (views, likes)) in enumerate(told)
    ]  # fmt: skip
    assert shown(rows, tmp_path / "a").watching.level == BOUGHT
    late = [row | {"known_at": AT} for row in rows["post_metrics"]]
    assert shown(rows | {"post_metrics": late}, tmp_path / "b").watching.level == UNKNOWN
    # A later snapshot of the same post, known in time, goes first.
    more = [row | {"observed_at": row["observed_at"] + DAY / 4, "known_at": row["known_at"] + DAY / 4, "likes": 90.0} for row in rows["post_metrics"] if row["views"] == 8000.0]  # fmt: skip
    assert shown(rows | {"post_metrics": rows["post_metrics"] + more}, tmp_path / "c").watching.level == USUAL
    assert shown(base(), tmp_path / "d").watching.level == UNKNOWN
