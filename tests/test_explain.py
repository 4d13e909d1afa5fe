"""Why a score is what it is: values a person reads, on made-up candidates, and no sentence that contradicts itself."""

from __future__ import annotations

import re

import numpy as np
import pytest
from rich.console import Console

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.features.errors import InputError, NotFoundError
from suasion.serving.explaining import explain as module
from suasion.serving.explaining.explain import Explainer, bar, explanation, place_words, render, why
from suasion.serving.explaining.wording import feature_words
from suasion.training.estimators.blend import TreeRegressor
from suasion.training.estimators.interval import Interval

from .made import BINARY, EIGHTY, bundle, record, scored

POSTS = record("relevance__relevant_posts__90d", +1)
AGE = record("reputation__account_age", 0, "days")
SEASON = record("offer__season_sine", 0, "sine of the year")
DELAY = record("conversation__answer_delay__90d", -1, "hours")


def found(told, column):
    return next(m for group in told.moved.values() for m in group if m.column == column)


def shown(told, width=220) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render(told))
    return console.export_text()


@pytest.mark.parametrize(
    ("values", "whose", "below", "known", "says"),
    [
        ([0, 0, 0, 5, 9], 4, 1.0, None, "more than all of the 4 others"),
        ([0, 0, 0, 5, 9], 3, 0.75, None, "more than 75 % of the 4 others"),
        ([0, 0, 0, 5, 9], 0, 0.0, None, "more than none of the 4 others"),  # ties are not below
        ([7, 7, 7, 0], 0, 1 / 3, None, "more than 33 % of the 3 others"),
        ([1, 2, np.nan, np.nan], 1, 1.0, 1, "more than the one other for whom it is known"),
        ([1, 2, 3, np.nan], 1, 0.5, 2, "more than 50 % of the 2 others for whom it is known"),
        ([1, 2], 0, 0.0, None, "not more than the one other"),
        ([4, np.nan, np.nan], 0, None, 0, ""),  # nobody else is known
        ([4, 4, np.nan], 0, None, 1, ""),  # all that are known are the same
        ([4, 5, np.nan], 2, None, None, ""),  # not known of them
        ([0] * 150 + [1] + [2] * 150, 150, 0.5, None, "more than 50 % of the 300 others"),
        ([0] + [1] * 3 + [2] * 300, 1, 1 / 303, None, "more than 1 of the 303 others"),
        ([0] * 299 + [1, 2], 299, 299 / 300, None, "more than 99 % of the 300 others"),
    ],
)
def test_a_place_counts_those_strictly_below(values, whose, below, known, says) -> None:
    ids = [f"i{number}" for number in range(len(values))]
    told = scored(bundle({AGE: 1.0}, mean=-9.0, absent=0.3, slope_absent=0.5), {AGE.column: values}, ids=ids)
    moved = found(why(told, f"i{whose}"), AGE.column)
    assert moved.percentile == (None if below is None else pytest.approx(below))
    assert moved.known == known
    assert place_words(moved, len(values) - 1) == says
    words = feature_words(moved, len(values) - 1)
    assert words.endswith(f", {says}" if says else "days" if np.isfinite(values[whose]) else "not known")


def test_what_is_the_same_for_all_moved_nobody_and_is_told_apart() -> None:
    absent = record("momentum__followers", 0)
    model = bundle({SEASON: 0.5, POSTS: 0.3, absent: 0.2}, absent=0.5, slope_absent=0.4)
    told = scored(model, {SEASON.column: [1.0] * 4, POSTS.column: [0, 1, 2, 3], absent.column: [np.nan] * 4})
    one = why(told, "i003")
    assert [m.column for m in one.moved["relevance"]] == [POSTS.column]
    assert one.moved["offer"] == ()
    assert one.moved["momentum"] == ()
    assert one.shared["offer"] == pytest.approx(one.factors["offer"])
    assert one.shared["offer"] == pytest.approx(np.exp(0.5 * np.log(2) - 0.5 * 0.4))
    assert one.shared["momentum"] == pytest.approx(np.exp(0.5 * 0.4))
    assert one.shared["relevance"] == 1.0
    text = shown(one)
    assert f"×{one.shared['offer']:.2f} what is the same for all candidates" in text
    assert "season" not in text
    # Known of some and unknown of others is a difference, though all that are known are the same.
    partly = scored(
        model, {SEASON.column: [1, 1, np.nan], POSTS.column: [1, 2, 3], absent.column: [np.nan] * 3}
    )
    assert found(why(partly, "i000"), SEASON.column).percentile is None
    # One candidate alone has nobody to be the same as: what moved the score is named.
    alone = scored(model, {SEASON.column: [1.0], POSTS.column: [2], absent.column: [np.nan]})
    assert found(why(alone, "i000"), SEASON.column).percentile is None
    assert set(why(alone, "i000").shared.values()) == {1.0}


def test_no_sentence_contradicts_itself() -> None:
    """Trees on top of a regression, with directions and things missing: over many candidates, weak fields and strong."""
    random = np.random.default_rng(0)
    columns = [POSTS, DELAY, AGE, record("momentum__followers", +1, "followers")]
    X = random.gamma(1.0, 20.0, (1500, 4))
    X[random.random(X.shape) < 0.2] = np.nan
    rate = np.exp(0.3 * np.log1p(np.nan_to_num(X[:, 0])) - 0.2 * np.log1p(np.nan_to_num(X[:, 1], nan=50.0)))
    trees = TreeRegressor(
        directions=[f.monotonic for f in columns], groups=[f.characteristic for f in columns], n_estimators=60
    ).fit(X, random.poisson(rate).astype(float)).parts()  # fmt: skip
    slopes = {POSTS: 0.3, DELAY: -0.2, AGE: 0.1, columns[3]: 0.15}
    model = bundle(slopes, mean=2.5, absent=0.2, slope_absent=0.6, trees=trees)
    told_places, contradicting = 0, 0
    for scale in (0.02, 1.0, 30.0):
        field = random.gamma(1.0, 20.0 * scale, (80, 4))
        field[random.random(field.shape) < 0.2] = np.nan
        field[:, 1] = np.round(field[:, 1], -1)  # ties
        told = scored(model, {f.column: field[:, n] for n, f in enumerate(columns)})
        explainer = Explainer(told)
        for who in told.scores["influencer_id"]:
            one = explainer.why(who)
            for moved in (m for group in one.moved.values() for m in group):
                words = feature_words(moved, one.others)
                expect = next(f.monotonic for f in columns if f.column == moved.column)
                column = told.features[moved.column].to_numpy()
                below = np.nansum(column < moved.value) / max(np.isfinite(column).sum() - 1, 1)
                helps = (moved.factor > 1) - (moved.factor < 1)
                against = helps * expect * (below - 0.5) < 0
                contradicting += bool(against and np.isfinite(moved.value))
                if place := re.search(r"more than (all|none|\d+ %|\d+) of", words):
                    told_places += 1
                    assert not against, f"{words}: ×{moved.factor:.2f}"
                    assert np.isfinite(moved.value)
                    if place[1].endswith("%"):
                        assert int(place[1][:-2]) <= below * 100 + 1e-9
    assert told_places > 400, "places are told where they agree"
    assert contradicting > 100, "the fields were not weak and strong enough to tempt"


def test_a_field_that_is_weak_throughout_is_told_without_the_place() -> None:
    model = bundle({POSTS: 0.5}, mean=np.log1p(100))
    told = scored(model, {POSTS.column: [48, 3, 2, 1]})
    best = found(why(told, "i000"), POSTS.column)
    assert best.factor < 1
    assert feature_words(best, 3) == "A thing, in 90 days: 48 posts"
    assert best.percentile is None
    worst = found(why(told, "i003"), POSTS.column)
    assert feature_words(worst, 3) == "A thing, in 90 days: 1 posts, more than none of the 3 others"
    strong = scored(bundle({POSTS: 0.5}), {POSTS.column: [48, 3, 2, 1]})
    assert found(why(strong, "i000"), POSTS.column).percentile == 1.0
    assert found(why(strong, "i003"), POSTS.column).percentile is None, (
        "least of all, and still more than average"
    )
    fast = scored(bundle({DELAY: -0.5}, mean=1.0), {DELAY.column: [0, 1, 30, 90]})
    assert found(why(fast, "i000"), DELAY.column).percentile == 0.0
    assert found(why(fast, "i003"), DELAY.column).percentile == 1.0


def test_the_strongest_come_first_and_no_more_than_asked_for() -> None:
    columns = {record(f"relevance__f{n}"): slope for n, slope in enumerate((0.1, -0.4, 0.2, 0.3, 0.05, 1e-5))}
    told = scored(bundle(columns), {f.column: [1.0, 0.0] for f in columns})
    for most, names in ((3, ["f1", "f3", "f2"]), (9, ["f1", "f3", "f2", "f0", "f4"])):
        one = Explainer(told).why("i000", most=most)
        assert [m.name for m in one.moved["relevance"]] == names
        for moved in one.moved["relevance"]:
            slope = next(s for f, s in columns.items() if f.column == moved.column)
            assert moved.factor == pytest.approx(2.0**slope)
            assert moved.value == 1.0
    assert one.others == 1


def test_one_candidate_is_told_as_scored() -> None:
    model = bundle({POSTS: 0.3, AGE: -0.2}, base=2.0)
    told = scored(
        model,
        {POSTS.column: [3, 0, 1], AGE.column: [1, 5, 0]},
        exposure=2.5,
        outside=["", "relevance__x", ""],
    )
    for row, who in enumerate(told.scores["influencer_id"]):
        one = why(told, who)
        scores = told.scores.iloc[row]
        assert one.influencer_id == who
        assert one.campaign_id == "c1"
        assert (one.expected, one.low, one.high) == tuple(scores[["expected_conversions", "low", "high"]])
        assert (one.base, one.exposure) == (pytest.approx(2.0), 2.5)
        assert one.expected == pytest.approx(2.0 * 2.5 * np.prod(list(one.factors.values())))
        assert one.factors == {group: pytest.approx(scores[group]) for group in GROUPS}
        assert one.outside == ("relevance__x" if who == "i001" else "")
        assert ("Outside what training saw: relevance__x" in shown(one)) == (who == "i001")
    with pytest.raises(NotFoundError, match=r"'x' is not among the 3 candidates\. The first are: "):
        why(told, "x")


def test_many_candidates_are_explained_one_by_one_and_the_same(monkeypatch) -> None:
    told = scored(
        bundle({POSTS: 0.3, AGE: -0.2}), {POSTS.column: range(9), AGE.column: [4, 1, 1, 2, 5, 7, 7, 0, 9]}
    )
    at_once = [why(told, who) for who in told.scores["influencer_id"]]
    monkeypatch.setattr(Explainer, "AT_ONCE", 3)
    assert [why(told, who) for who in told.scores["influencer_id"]] == at_once
    assert len({one.moved["relevance"][0].value for one in at_once if one.moved["relevance"]}) == 8


def test_zero_or_one_is_told_as_a_probability_without_an_interval() -> None:
    model = bundle({POSTS: 1.0}, base=0.31, interval=BINARY)
    text = shown(why(scored(model, {POSTS.column: [0, 3]}, exposure=2.0), "i000"))
    assert "0.62 conversions expected, probability 0.31, no interval" in text
    assert "90 %" not in text
    assert "probability 1.00" in shown(why(scored(model, {POSTS.column: [0, 9]}), "i001")), "never above 1"
    known = shown(why(scored(bundle({POSTS: 1.0}, base=2.0), {POSTS.column: [0, 9]}), "i000"))
    assert "2.00 conversions expected, 90 % interval 0 to 5" in known
    few = shown(
        why(scored(bundle({POSTS: 1.0}, interval=Interval(0.05, 1.0, 0.0)), {POSTS.column: [0, 9]}), "i000")
    )
    assert "90 % interval 0 or more" in few
    other = shown(why(scored(bundle({POSTS: 1.0}, interval=EIGHTY), {POSTS.column: [0, 9]}), "i000"))
    assert "80 % interval" in other
    assert "90 %" not in other


def test_a_bar_goes_to_the_side_it_helps() -> None:
    assert bar(2.0, 4.0, 4).plain == "    │██  "
    assert bar(0.5, 4.0, 4).plain == "  ██│    "
    assert bar(1.0, 4.0, 4).plain == "    │    "
    assert bar(100.0, 4.0, 4).plain == "    │████"


def test_the_terminal_names_value_unit_factor_and_place() -> None:
    model = bundle({POSTS: 0.3, AGE: -0.2}, mean=0.5)
    text = shown(why(scored(model, {POSTS.column: [12345, 0, np.nan], AGE.column: [0.25, 5, 0]}), "i000"))
    assert re.search(r"×1\d\.\d relevant posts, 90d: 12,345 posts, more than the one other for whom", text)
    assert "account age: 0.25 days, more than 50 % of the 2 others" in text
    assert all(group in text for group in CHARACTERISTICS)
    assert "not what would happen if it changed" in text
    missing = shown(why(scored(model, {POSTS.column: [1, 0, np.nan], AGE.column: [0.25, 5, np.nan]}), "i002"))
    assert "missing" not in missing, "what is not known and not said to matter moved nothing"


def test_shap_values_add_up_by_feature_and_by_characteristic() -> None:
    told = scored(
        bundle({POSTS: 0.3, AGE: -0.2, DELAY: 0.4}, base=1.7),
        {f.column: [1, 2, 5] for f in (POSTS, AGE, DELAY)},
    )
    by_feature = explanation(told.bundle, told.features)
    by_group = explanation(told.bundle, told.features, by="characteristic")
    rate = np.log(told.scores["expected_conversions"])
    np.testing.assert_allclose(by_feature.base_values, np.log(1.7))
    np.testing.assert_allclose(by_feature.base_values + by_feature.values.sum(axis=1), rate)
    np.testing.assert_allclose(by_group.base_values + by_group.values.sum(axis=1), rate)
    np.testing.assert_allclose(by_group.data[:, GROUPS.index("relevance")], told.scores["relevance"])
    assert list(by_group.feature_names) == list(GROUPS)
    with pytest.raises(InputError, match="it can be 'feature' or 'characteristic'"):
        explanation(told.bundle, told.features, by="colour")
    assert module.LEAST < 0.005, "a factor that is not told reads 1.00"


@pytest.mark.parametrize(("at_once", "worked_out"), [(9, [9]), (10, [9]), (8, [1, 1, 1])])
def test_few_are_worked_out_at_once_and_of_many_only_who_is_asked_for(
    monkeypatch, at_once: int, worked_out: list[int]
) -> None:
    told = scored(bundle({POSTS: 0.3}), {POSTS.column: range(9)})
    rows: list[int] = []
    parts = type(told.bundle.parts)
    contributions = parts.contributions
    monkeypatch.setattr(parts, "contributions", lambda self, X: rows.append(len(X)) or contributions(self, X))
    monkeypatch.setattr(Explainer, "AT_ONCE", at_once)
    one = Explainer(told)
    for who in ("i003", "i001", "i008"):
        one.why(who)
    assert rows == worked_out
    del rows[:]
    Explainer(told).prepare()
    assert rows == ([9] if at_once >= 9 else [])
