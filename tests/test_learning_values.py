"""What learning works out, by hand: splits in time, strengths, cuts of an interval, digests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features import Feature
from suasion.features.engine.matrix import all_features
from suasion.features.engine.surprise import SURPRISE
from suasion.training.bundle.learned_from import digest_of, digests, models_with, outcome_digest
from suasion.training.estimators.expectation import Expectation, _strength, fit_expectation
from suasion.training.estimators.interval import Interval, _cut, _dispersion, calibrate, is_binary
from suasion.training.estimators.linear import LinearRegressor, constant_rate
from suasion.training.evaluation.split import forward_folds, inner_split

DAY = np.timedelta64(1, "D").astype("timedelta64[us]")
MICRO = np.timedelta64(1, "us")
NAN = float("nan")


def days(*numbers: float) -> np.ndarray:
    return np.datetime64("2024-01-01", "us") + (np.array(numbers) * 86_400_000_000).astype("timedelta64[us]")


# -- splits -----------------------------------------------------------------------------------------------------------


def test_the_inner_split_takes_the_last_fifth_and_what_was_known_before_it() -> None:
    decided = days(*range(11))  # four fifths of the way is day 8
    cases = (
        (decided + DAY, range(7)),  # the outcome of day 7 is known at the very moment
        (decided + DAY - MICRO, range(8)),
        (np.full(11, decided[0] - DAY), range(8)),  # what was decided later does not train however early it was known
    )  # fmt: skip
    for known, train in cases:
        told, last = inner_split(decided, known)
        assert (told.tolist(), last.tolist()) == (list(train), [8, 9, 10])
    assert inner_split(decided, decided, share=0.5)[1].tolist() == [5, 6, 7, 8, 9, 10]


def test_a_fold_takes_ten_outcomes_to_train_on_and_begins_where_it_says() -> None:
    decided = days(*range(21))
    (fold,) = forward_folds(decided, decided, first=0.5, folds=1)
    assert (fold.train.tolist(), fold.judged.tolist(), fold.start) == (
        [*range(10)],
        [*range(10, 21)],
        decided[10],
    )
    late = decided.copy()
    late[0] = decided[10]
    assert forward_folds(decided, late, first=0.5, folds=1) == [], "nine are too few"
    late[0] -= MICRO
    assert len(forward_folds(decided, late, first=0.5, folds=1)) == 1
    two = forward_folds(decided, decided, first=0.5, folds=2)
    assert [fold.judged.tolist() for fold in two] == [[*range(10, 15)], [*range(15, 21)]]
    assert [fold.train.tolist() for fold in two] == [[*range(10)], [*range(15)]]
    early = forward_folds(decided, np.full(21, decided[0] - DAY), first=0.5, folds=1)
    assert early[0].train.tolist() == [*range(10)], "what is decided later does not train"


def test_periods_that_begin_at_one_moment_are_one() -> None:
    decided = days(*range(10), *[10.0] * 30, 20.0)
    (fold,) = forward_folds(decided, decided, first=0.5, folds=2)
    assert (len(fold.train), len(fold.judged)) == (10, 31)


# -- expectation ------------------------------------------------------------------------------------------------------


def outcomes(who: str, net: list[float], days: list[int]) -> pd.DataFrame:
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame(
        {"influencer_id": list(who), "as_of": at, "known_at": at + pd.Timedelta(hours=1), "net": net}
    )


@pytest.mark.parametrize(
    ("who", "net", "days", "strength"),
    [
        # One always brings three times what is expected and one a third of it: their past is all there is to know, k is small.
        ("abababab", [6, 2 / 3] * 4, [0, 0, 1, 1, 2, 2, 3, 3], 0.1 * 2),
        ("abababab", [6, 2 / 3, 2 / 3, 6] * 2, [0, 0, 1, 1, 2, 2, 3, 3], None),  # they take turns: a past misleads
        ("abababab", [2] * 8, [0, 0, 1, 1, 2, 2, 3, 3], None),  # all as expected
        ("abababab", [6] * 8, [0, 0, 1, 1, 2, 2, 3, 3], None),  # more than expected, but all the same: no person's doing
        ("abcdefgh", [6, 2 / 3] * 4, [0, 0, 1, 1, 2, 2, 3, 3], None),  # nobody twice
        ("abababab", [6, 2 / 3] * 4, [0] * 8, None),  # twice, but nothing was known when they were decided about
        ("", [], [], None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("unit", [1.0, 1e6])
def test_the_strength_is_what_would_have_told_people_apart(
    who: str, net: list[float], days: list[int], strength: float | None, unit: float
) -> None:
    known = outcomes(who, [one * unit for one in net], days)
    chosen = _strength(known, np.full(len(net), 2.0 * unit))
    assert chosen == (strength if strength is None else pytest.approx(strength * unit))
    again = _strength(known.iloc[::-1].reset_index(drop=True), np.full(len(net), 2.0 * unit))
    assert again == (strength if strength is None else pytest.approx(strength * unit)), "in any order"


def test_noise_around_a_person_makes_the_strength_larger() -> None:
    random = np.random.default_rng(1)
    talent = np.repeat(np.exp(random.normal(0, 0.4, 60)), 5)
    found = []
    for spread in (0.1, 1.0):
        net = random.poisson(2 * talent * np.exp(random.normal(0, spread, 300)))
        known = outcomes("x" * 300, net.astype(float).tolist(), list(range(5)) * 60)
        known["influencer_id"] = np.repeat([f"p{i}" for i in range(60)], 5)
        found.append(_strength(known, np.full(300, 2.0)) or np.inf)
    assert 0.3 * 2 <= found[0] < found[1], (
        "a gamma of spread 0.4 has k = 2 / 0.17 / 2 = 6 times what is expected"
    )


def feature(column: str) -> Feature:
    return next(one for one in all_features() if one.column == column)


FREQUENT, PAST = feature("frequency__posts_per_week__365d"), feature("conversion__campaigns")


def past(n: int, *, falls: bool = False) -> pd.DataFrame:
    x = np.arange(n) % 5.0
    y = (4 - x if falls else x) * 2.0
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n), unit="D")
    return pd.DataFrame(
        {"influencer_id": [f"p{i % 7}" for i in range(n)], "as_of": at, "known_at": at, "net": y, "exposure": 2.0, FREQUENT.column: x, PAST.column: y}
    )  # fmt: skip


def test_the_expectation_learns_from_thirty_outcomes_and_from_nothing_of_conversion() -> None:
    assert FREQUENT.monotonic == 1
    few, enough = (fit_expectation(past(n), (FREQUENT, PAST, SURPRISE)) for n in (29, 30))
    assert few.features == enough.features == (FREQUENT.column,)
    known = past(29)
    np.testing.assert_allclose(few.expect(known), 2 * known["net"].sum() / 58)
    X, y = past(30)[[FREQUENT.column]].to_numpy(), past(30)["net"].to_numpy()
    own = LinearRegressor(alpha=0.1, directions=[1]).fit(X, y, exposure=np.full(30, 2.0))
    np.testing.assert_allclose(enough.expect(past(30)), own.predict(X, np.full(30, 2.0)))
    assert enough.linear.slope[0] > 0.1
    assert enough.strength == _strength(past(30), enough.expect(past(30)))
    held = fit_expectation(past(30, falls=True), (FREQUENT,))
    assert held.linear.slope.tolist() == [0.0], "what is declared to help does not count against anybody"
    nothing = fit_expectation(past(30).assign(net=0.0), (FREQUENT,))
    np.testing.assert_allclose(nothing.expect(past(30)), 2 * 0.5 / 60)


def test_the_surprise_is_added_with_the_strength_of_the_expectation() -> None:
    at = pd.Timestamp("2024-01-02")
    table = pd.DataFrame({"influencer_id": ["a", "b"], "as_of": [at, at]})
    history = pd.DataFrame({"influencer_id": ["a", "a"], "known_at": [at - pd.Timedelta(days=1), at]})
    history = history.assign(net=[5.0, 90.0], expected=[1.0, 1.0])
    told = Expectation((), constant_rate(0.0, 0), strength=3.0).add(table, history)
    assert told[SURPRISE.column].tolist() == [np.log((5 + 3) / (1 + 3)), 0.0]


# -- interval ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "expected", "low", "high"),
    [
        # Poisson: P(≤ 4) = 0.029, P(≤ 5) = 0.067, P(≤ 14) = 0.917, P(≤ 15) = 0.951 of mean 10; 0.92 and 0.98 of 2 and 3 of mean 1.
        (Interval(0.05, 0.95, 0.0), [10.0, 1.0, 0.0], [5, 0, 0], [15, 3, 0]),
        (Interval(0.05, 0.95, 0.0, whole=False), [10.0, 1.0], [5, 0], [16, 4]),
        # Dispersion 1 is geometric: P(≤ k) = 1 - 0.5^(k + 1) of mean 1, 1 - 0.75^(k + 1) of mean 3.
        (Interval(0.05, 0.95, 1.0), [1.0, 3.0], [0, 0], [4, 10]),
        (Interval(0.5, 0.6, 1.0), [3.0], [2], [3]),
        (Interval(1 - 0.75**3, 1 - 0.75**3, 1.0), [3.0], [2], [3]),  # on a step: what made the cut is inside
        (Interval(0.0, 1.0, 0.0), [3.0], [0], [np.inf]),
        (Interval(0.0, 1.0, 1.0, whole=False), [3.0], [0], [np.inf]),
        (Interval(0.0, 1.0 - 0.75**20, 1.0), [3.0], [0], [20]),
        (Interval(0.05, 0.95, 0.0, binary=True), [3.0, 0.2], [NAN, NAN], [NAN, NAN]),
    ],
)  # fmt: skip
def test_bounds_are_quantiles_of_counts(
    interval: Interval, expected: list[float], low: list[float], high: list[float]
) -> None:
    told = interval.bounds(np.array(expected))
    np.testing.assert_array_equal(told[0], low)
    np.testing.assert_array_equal(told[1], high)


@pytest.mark.parametrize(
    ("who", "y", "level", "low", "high"),
    [
        ([*range(19)], [*range(1, 20)], 0.9, 1, 18),  # none below, and with the next two of 20 above
        ([*range(39)], [*range(1, 40)], 0.9, 2, 37),  # one below, and with the next three of 40 above
        ([*range(19)], [k + 0.5 for k in range(1, 20)], 0.9, 1, 19),  # halves: one more above
        (["a"] * 7 + ["b", "c", "d"], [10] * 7 + [1, 19, 19], 0.5, 1, 19),  # two of four people, of ten outcomes two
        (["a"] * 8 + [*range(7)], [19] * 8 + [10] * 7, 0.5, 10, 19),  # who comes back weighs as often
        (["a", "b"], [1, 19], 0.8, 0, np.inf),  # two people cannot vouch for four fifths
    ],
)  # fmt: skip
def test_cuts_are_made_by_people_and_by_outcomes_and_the_wider_holds(
    who: list[Any], y: list[float], level: float, low: float, high: float
) -> None:
    came = np.array(y, dtype=float)
    interval = calibrate(came, np.full(len(y), 10.0), np.array(who, dtype=object), level)
    assert [bound[0] for bound in interval.bounds(np.array([10.0]))] == [low, high]
    assert (interval.level, interval.binary) == (level, False)
    assert interval.whole == bool((came % 1 == 0).all())


def test_the_dispersion_is_that_of_pearson() -> None:
    mu = np.full(2, 4.0)
    cases = ((20.0, 1.0), (52.0, 3.0), (4.0, 0.0), (1.0, 0.0), (4 + 50 * 16.0, 50.0), (2000.0, 50.0))
    for square, dispersion in cases:  # variance = 4 + dispersion × 16
        y = mu + np.sqrt(square) * np.array([1, -1])
        assert _dispersion(y, mu) == pytest.approx(dispersion, abs=1e-9)


def test_a_cut_is_the_smallest_score_that_reaches_the_share() -> None:
    scores, weight = np.array([0.3, 0.1, 0.2]), np.full(3, 0.25)
    assert [_cut(scores, weight, share) for share in (0.25, 0.5, 0.75, 0.76)] == [0.1, 0.2, 0.3, 1.0]
    assert _cut(np.arange(19) / 20, np.full(19, 1 / 20), 0.95) == 18 / 20, (
        "what rounding takes away is not missing"
    )


def test_zeros_and_ones_are_binary_only_where_both_are_there_and_nothing_else() -> None:
    cases = (([0, 1], True), ([0, 0], False), ([1, 1], False), ([0, 1, 2], False), ([0, 0.5, 1], False))
    for y, binary in cases:
        assert is_binary(np.array(y, dtype=float)) is binary
    empty = calibrate(np.zeros(0), np.zeros(0), np.zeros(0, dtype=object), 0.8)
    assert empty == Interval(0.0, 1.0, 0.0, level=0.8)
    ones = np.array([0.0, 1.0])
    assert calibrate(ones, ones + 0.5, np.array(["a", "b"], dtype=object)).binary
    assert not calibrate(ones, ones + 0.5, np.array(["a", "b"], dtype=object), binary=False).binary
    assert calibrate(ones * 2, ones + 0.5, np.array(["a", "b"], dtype=object), binary=True).binary


# -- people -----------------------------------------------------------------------------------------------------------


def test_what_stands_for_people_and_outcomes() -> None:
    def sha(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    assert digest_of("é", "ff") == sha("ff|é")
    assert len(digest_of("\ud800", "ff")) == 16, "an id that is no text any more has one too"
    assert digests(["b", "a", "b", "c"], "ff") == sorted({sha("ff|a"), sha("ff|b"), sha("ff|c")})
    assert outcome_digest("c 1", "i", "ff") == sha('ff|["c 1", "i"]')
    assert outcome_digest("c", "1i", "ff") != outcome_digest("c1", "i", "ff")


def test_models_that_learned_from_somebody_are_found_at_any_depth(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "manifest.json").write_text(text, encoding="utf-8")

    def model(*people: str, fingerprint: str = "f1") -> str:
        return json.dumps({"facts": {"people": digests(people, fingerprint), "fingerprint": fingerprint}})

    write("z", model("ann", "bob"))
    write("deep/er/a", model("bob", fingerprint="f2"))
    write("other", model("cem"))
    for number, broken in enumerate(
        ("{", "[]", "{}", '{"facts": 3}', '{"facts": {"people": ["x"]}}', '{"facts": {"people": 3}}')
    ):
        write(f"broken{number}", broken)  # fmt: skip
    (tmp_path / "folder" / "manifest.json").mkdir(parents=True)
    assert models_with({"bob"}, tmp_path) == [tmp_path / "deep/er/a", tmp_path / "z"]
    assert models_with({"ann", "nobody"}, tmp_path) == [tmp_path / "z"]
    assert models_with({"nobody"}, tmp_path) == []
    assert models_with(set(), tmp_path) == []
