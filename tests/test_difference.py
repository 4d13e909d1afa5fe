"""Why one brings more than another: from the exact quotient, both named, in at most 45 words."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import numpy as np
import pytest

from suasion.features import GROUPS
from suasion.serving.explaining.difference import REASONS, difference, differences
from suasion.serving.explaining.wording import feature_words
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board

from .made import bundle, record, scored


def person(
    name: str, exposure: float = 1.0, low: float | None = 0.0, high: float | None = 99.0, **factors: float
) -> dict[str, Any]:
    told = {group: factors.get(group, 1.0) for group in GROUPS}
    expected = 2.0 * exposure * math.prod(told.values())
    return {
        "handle": name,
        "expected_conversions": expected,
        "exposure": exposure,
        "low": low,
        "high": high,
        "factors": told,
    }


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (person("@a", relevance=3.0), person("@b"), "@a is expected to bring 6 conversions, @b 2, mainly because relevance to the brief speaks for them (×3.00). Their ranges overlap."),
        (person("@b"), person("@a", relevance=3.0), "@a is expected to bring 6 conversions, @b 2, mainly"),
        (person("@a", relevance=3.0, conversion=4.0, momentum=1.5), person("@b"), "what is known of past conversions speaks for them (×4.00) and relevance to the brief speaks for them (×3.00)."),
        (person("@a", relevance=3.0), person("@b", momentum=2.0, reputation=1.2), "(×3.00); momentum is @b's strength (×2.00)."),
        (person("@a", exposure=4.0), person("@b", exposure=2.0), "mainly because more posts are agreed (×2.00)."),
        (person("@a", exposure=1.0, relevance=9.0), person("@b", exposure=3.0), "the number of posts is @b's strength (×3.00)."),
        (person("@a", offer=2.0), person("@b"), "the offer speaks for them (×2.00)"),
        (person("@a", relevance=1.005), person("@b"), "@a and @b are expected to bring the same: about 2.01 conversions."),
        (person("@a", relevance=1.04, momentum=1.04), person("@b"), "@a is expected to bring 2.16 conversions, @b 2. Their"),
        (person("@a", relevance=3.0, low=4.0), person("@b", high=3.0), "Their ranges do not overlap."),
        (person("@a", relevance=3.0, low=3.0), person("@b", high=3.0), "Their ranges overlap."),
        (person("@a", relevance=3.0, low=3.0), person("@b", high=None), "Their ranges overlap."),
        # What makes it too long is left out: first the ranges, then the strength of the other, and both reasons stay.
        (person("@a", conversion=4.0, momentum=3.0, low=4.0), person("@b", exposure=3.0, high=3.0), "because what is known of past conversions speaks for them (×4.00) and the size and growth of their audience speak for them (×3.00); the number of posts is @b's strength (×3.00)."),
        (person("@a", conversion=4.0, momentum=3.0), person("b c d e", exposure=3.0), "because what is known of past conversions speaks for them (×4.00) and the size and growth of their audience speak for them (×3.00)."),
    ],
)  # fmt: skip
def test_the_sentence_names_both_and_the_reason(
    one: dict[str, Any], other: dict[str, Any], says: str
) -> None:
    assert says in difference(one, other)


def test_who_leads_by_what_is_not_known_of_them_is_not_said_to_have_more_of_it() -> None:
    closeness = record("relevance__mean_closeness__90d", +1, "cosine")
    model = bundle({closeness: 0.3}, mean=0.5, absent=0.3, slope_absent=0.6)
    board = Board(Ask(campaign="c1"), scored(model, {closeness.column: [np.nan, 0.9]}), "b", {})
    told: list[Any] = [{**board.row(place), "handle": None} for place in range(2)]
    assert feature_words(board.why("i000").moved["relevance"][0], 1) == "A thing, in 90 days: not known"
    assert "mainly because relevance to the brief speaks for them (×1.75)." in difference(*told)
    for group in GROUPS:
        assert not re.search("more|better|closer|higher", REASONS[group])


def test_without_intervals_nothing_is_said_of_ranges() -> None:
    assert "ranges" not in difference(
        person("@a", relevance=3.0, low=None, high=None), person("@b", low=None, high=None)
    )


def test_whatever_the_factors_it_keeps_to_45_words_and_to_the_quotient() -> None:
    random = np.random.default_rng(7)
    for _ in range(300):
        names = random.choice(
            ["@anna", "Anna of the Seven Very Long Words Indeed and More", "b"], 2, replace=False
        )
        pair = [
            person(
                name,
                float(random.integers(1, 5)),
                **dict(zip(GROUPS, random.lognormal(0, 1, 8), strict=True)),
            )
            for name in names
        ]
        said = difference(*pair)
        assert len(said.split()) <= 45
        assert said == difference(*pair[::-1])
        high, low = sorted(pair, key=lambda row: -row["expected_conversions"])
        for name, reason in REASONS.items():
            ratio = (
                high["exposure"] / low["exposure"]
                if name == "exposure"
                else high["factors"][name] / low["factors"][name]
            )
            if told := re.search(rf"{reason} \(×([\d,.]+)\)", said):
                assert float(told[1].replace(",", "")) == pytest.approx(ratio, rel=0.01)
                assert ratio > 1


def test_the_best_is_compared_with_each_of_the_others() -> None:
    rows = [
        {**person("", relevance=r), "handle": handle, "influencer_id": who}
        for r, handle, who in ((2, "", "i2"), (5, "@x", "i5"), (3, "@y", "i3"))
    ]
    said = differences(rows)
    assert [re.findall(r"^(\S+) .* (\S+) [\d.]+, mainly", one)[0] for one in said] == [
        ("@x", "@y"),
        ("@x", "i2"),
    ]
    assert [differences(list(order)) for order in itertools.permutations(rows)] == [said] * 6
