"""What a review says of ranges, of who is misjudged and of factors, and its reasons to train again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom, norm, poisson

from suasion.features import GROUPS
from suasion.training.estimators.fit import poisson_deviance
from suasion.training.estimators.interval import calibrate
from suasion.training.evaluation.metrics import bootstrap, range_90
from suasion.training.evaluation.review import (
    ByFactor,
    Drift,
    Figure,
    Review,
    _by_factor,
    _compare,
    _misjudged,
    _reasons,
    _sigmas,
    _slopes,
)

from .test_review import scale

# -- ranges and reasons -----------------------------------------------------------------------------------------------


def lucky(random: np.random.Generator, campaigns: int, variance: float) -> pd.DataFrame:
    """Outcomes of campaigns with luck, of people who differ; what is expected of them is right on average."""
    people, luck = random.gamma(5, 1 / 5, 80), random.gamma(1 / variance, variance, campaigns)
    who = np.concatenate([random.choice(80, 12, replace=False) for _ in range(campaigns)])
    which = np.repeat(np.arange(campaigns), 12)
    factors = np.exp(random.normal(0, 0.15, (len(who), len(GROUPS))))
    expected = 5 * factors.prod(axis=1)
    came = random.poisson(expected * people[who] * luck[which]).astype(float)
    ids = {"influencer_id": [f"p{one}" for one in who], "campaign_id": [f"c{one}" for one in which]}
    told = {"exposure": 1.0, "expected_conversions": expected, "net": came}
    return pd.DataFrame({**ids, **told, **dict(zip(GROUPS, factors.T, strict=True))})


def model_of(train: pd.DataFrame):
    """A bundle that expects what is expected, with its interval and evaluation from the training rows."""
    y, expected = train["net"].to_numpy(), train["expected_conversions"].to_numpy()
    people = train["influencer_id"].to_numpy(dtype=object)
    interval, draws = calibrate(y, expected, people), bootstrap(train, 0)
    null, deviance = poisson_deviance(y, np.full(len(y), y.mean())), poisson_deviance(y, expected)
    figures = {"explained_deviance": 1 - deviance.sum() / null.sum()}
    figures["explained_deviance_90"] = range_90(1 - (draws @ deviance) / (draws @ null))

    def predict(table: pd.DataFrame) -> pd.DataFrame:
        low, high = interval.bounds(table["expected_conversions"].to_numpy())
        return table[["expected_conversions", *GROUPS]].assign(low=low, high=high)

    return SimpleNamespace(
        predict=predict,
        interval=interval,
        facts={"outcomes": 10**6},
        evaluation={"judged": {"all": {"models": {"suasion": figures}}}},
    )


def test_the_luck_of_campaigns_does_not_ask_to_train_again() -> None:
    """Of a model that is right: the 90 % range holds 1, and at most one in ten is to be trained again."""
    random = np.random.default_rng(7)
    held, again, worlds = 0, 0, 40
    for world in range(worlds):
        train, new = lucky(random, 60, 0.45), lucky(random, 16, 0.45)
        bundle = model_of(train)
        told = _compare(bundle, new, float(train["net"].mean()), seed=world)
        low, high = told.actual_by_expected.range_90
        held += low <= 1 <= high
        again += bool(_reasons(told, bundle))
    assert 0.8 * worlds <= held < worlds
    assert again <= 0.1 * worlds


def test_a_model_that_is_wrong_is_found_in_spite_of_the_luck() -> None:
    random = np.random.default_rng(8)
    train, new = lucky(random, 60, 0.3), lucky(random, 40, 0.3)
    bundle = model_of(train)
    told = _compare(bundle, new.assign(net=new["net"] * 2), float(train["net"].mean()), seed=0)
    assert any(reason.startswith("more conversions came than promised") for reason in _reasons(told, bundle))


def test_every_figure_is_that_of_the_new_outcomes() -> None:
    """Two groups of rows by hand: expected 1 and 10, came 3 and 8, the null promises 2 for each post."""
    n = 20
    table = pd.DataFrame(
        {"influencer_id": [f"p{i}" for i in range(2 * n)], "campaign_id": [f"c{i % 8}" for i in range(2 * n)]}
    )
    table = table.assign(exposure=2.0, net=[3.0] * n + [8.0] * n, expected_conversions=[1.0] * n + [10.0] * n)
    table = table.assign(low=0.0, high=[2.0] * n + [9.0] * n, **dict.fromkeys(GROUPS, 1.0)).sample(
        frac=1.0, random_state=0
    )
    columns = ["expected_conversions", "low", "high", *GROUPS]
    bundle = SimpleNamespace(
        predict=lambda t: t[columns],
        interval=SimpleNamespace(level=0.9, dispersion_at=lambda expected: np.full(len(expected), 0.1)),
    )
    told = _compare(bundle, table, 2.0, seed=0)
    assert (told.outcomes, told.influencers, told.campaigns) == (2 * n, 2 * n, 8)
    assert (told.expected, told.actual) == (11 * n, 11 * n)
    assert told.actual_by_expected.value == pytest.approx(1.0)
    assert told.coverage.value == pytest.approx(0.5)
    null, deviance = (
        poisson_deviance(np.array([3.0, 8.0]), np.array(mu)).sum() for mu in ([4.0, 4.0], [1.0, 10.0])
    )
    assert told.explained_deviance.value == pytest.approx(1 - deviance / null)
    assert {(p["expected"], p["actual"], p["rows"]) for p in told.calibration} == {
        (1.0, 3.0, 4),
        (10.0, 8.0, 4),
    }
    assert all(low <= value <= high for value, (low, high) in (
        (figure.value, figure.range_90) for figure in (told.actual_by_expected, told.coverage, told.explained_deviance)
    ))  # fmt: skip
    assert [part.slope for part in told.by_factor] == [Figure(None, [])] * len(GROUPS), (
        "a factor that is the same for all"
    )
    assert _compare(bundle, table, None, seed=0).explained_deviance == Figure(None, [])


def test_of_outcomes_without_an_interval_coverage_is_not_told() -> None:
    table = lucky(np.random.default_rng(0), 12, 0.3).assign(net=lambda t: (t["net"] > 4) * 1.0)
    bundle = model_of(table)
    bundle.predict = lambda t: t[["expected_conversions", *GROUPS]].assign(low=np.nan, high=np.nan)
    told = _compare(bundle, table, 0.5, seed=0)
    assert told.coverage == Figure(None, [])
    assert not any("interval" in reason for reason in _reasons(told, bundle))


MADE_UP = Review(
    since="2024-03-01 00:00:00",
    outcomes=300,
    influencers=80,
    campaigns=20,
    expected=1000.0,
    actual=1020.0,
    actual_by_expected=Figure(1.02, [0.93, 1.12]),
    explained_deviance=Figure(0.41, [0.30, 0.50]),
    coverage=Figure(0.88, [0.84, 0.92]),
    level=0.9,
    spearman=0.3,
    captured=Figure(0.52, [0.45, 0.6]),
    ranking=scale(18, 0.31, 0.74, 0.39, 1.0),
    calibration=[{"expected": 1.0, "actual": 1.1, "rows": 300}],
    by_factor=[ByFactor(group, Figure(1.0, [0.4, 1.6]), 0.97, 0.9, 1.1) for group in GROUPS],
    misjudged=[],
    features_compared=50,
)
JUDGED = {"all": {"models": {"suasion": {"explained_deviance": 0.45, "explained_deviance_90": [0.38, 0.52]}}}}


def blamed(**chances: float) -> list[ByFactor]:
    return [replace(part, chance_of_half=chances.get(part.factor, 0.97)) for part in MADE_UP.by_factor]


def drifted(many: int) -> list[Drift]:
    return [Drift(f"f{number}", 0.3, 1.0, 2.0, 0.0, 0.0) for number in range(many)]


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        ({}, []),
        ({"actual_by_expected": Figure(1.5, [1.2, 1.9])}, ["more conversions came than promised: 1.50 for each (1.20 to 1.90)"]),
        ({"actual_by_expected": Figure(0.5, [0.4, 0.6])}, ["fewer conversions came than promised: 0.50 for each (0.40 to 0.60)"]),
        ({"actual_by_expected": Figure(1.07, [1.04, 1.09])}, []),
        ({"actual_by_expected": Figure(0.94, [0.92, 0.97])}, []),
        ({"actual_by_expected": Figure(1.5, [0.95, 2.5])}, []),
        ({"actual_by_expected": Figure(1.5, [1.1, 1.9])}, []),
        ({"actual_by_expected": Figure(0.5, [0.4, 1 / 1.1])}, []),
        ({"actual_by_expected": Figure(None, [])}, []),
        ({"coverage": Figure(0.7, [0.6, 0.89])}, ["the 90% interval held only 70%"]),
        ({"coverage": Figure(0.85, [0.8, 0.9])}, []),
        ({"coverage": Figure(None, [])}, []),
        ({"explained_deviance": Figure(0.2, [0.1, 0.37])}, ["it explains 0.20 of the deviance, 0.45 when it was trained"]),
        ({"explained_deviance": Figure(0.2, [0.1, 0.39])}, []),
        ({"explained_deviance": Figure(None, [])}, []),
        ({"by_factor": blamed(relevance=0.003)}, ["relevance meant less than half of what it said"]),
        ({"by_factor": blamed(relevance=0.003, momentum=0.002)}, ["relevance, momentum meant less than half of what they said"]),
        ({"by_factor": blamed(relevance=0.03)}, []),
        ({"by_factor": [replace(part, chance_of_half=None) for part in MADE_UP.by_factor]}, []),
        ({"drift": drifted(11)}, ["11 of 50 features have drifted"]),
        ({"drift": drifted(10)}, []),
        ({"outcomes": 500}, ["there are 500 new outcomes beside the 1,000 it learned from"]),
        ({"outcomes": 499}, []),
    ],
)  # fmt: skip
def test_every_reason_and_what_is_none(found: dict, reasons: list[str]) -> None:
    bundle = SimpleNamespace(
        interval=SimpleNamespace(level=0.9), evaluation={"judged": JUDGED}, facts={"outcomes": 1000}
    )
    assert _reasons(replace(MADE_UP, **found), bundle) == reasons
    bundle.evaluation = {"judged": {}}
    kept = [reason for reason in reasons if not reason.startswith("it explains")]
    assert _reasons(replace(MADE_UP, **found), bundle) == kept, "a model that was never judged"


def test_who_is_misjudged_and_what_led_astray() -> None:
    """Of ann too little came: what pushed her up is to blame. Of bob too much: what pushed him down. Of cem what was said."""
    people = np.array(["ann", "bob", "cem", "ann", "bob", "cem"], dtype=object)
    y, expected = np.array([1.0, 40, 10, 1, 40, 11]), np.full(6, 10.0)
    promised = pd.DataFrame(dict.fromkeys(GROUPS, np.ones(6)))
    promised["relevance"], promised["momentum"] = [2.0, 1, 1, 2, 1, 1], [0.5, 0.6, 1, 0.5, 0.6, 1]
    promised["offer"] = [1.0, 3, 1, 1, 3, 1]
    told = _misjudged(people, y, expected, promised, 0.1)
    ann, bob = (next(one for one in told if one.influencer_id == who) for who in ("ann", "bob"))
    assert [one.influencer_id for one in told] == ["bob", "ann"], "the furthest off first"
    assert (ann.campaigns, ann.expected, ann.actual) == (2, 20.0, 2.0)
    assert (ann.factor, ann.mean_factor) == ("relevance", pytest.approx(2.0))
    assert (bob.factor, bob.mean_factor) == ("momentum", pytest.approx(0.6))
    assert ann.surprise < -1.645
    assert bob.surprise > 1.645
    assert ann.surprise == pytest.approx(_sigmas(2.0, 20.0, 0.1 * 200))
    promised[list(GROUPS)] = 1.01
    assert {one.factor for one in _misjudged(people, y, expected, promised, 0.1)} == {""}, (
        "no factor did much"
    )


def test_surprise_is_that_of_the_distribution() -> None:
    for y, mu, extra in ((0.0, 3.0, 0.0), (9.0, 3.0, 0.0), (40.0, 20.0, 60.0), (2.0, 20.0, 60.0)):
        told = poisson(mu) if extra == 0 else nbinom(mu**2 / extra, mu / (mu + extra))
        assert told.var() == pytest.approx(mu + extra)
        assert _sigmas(y, mu, extra) == pytest.approx(norm.isf(told.sf(y) + told.pmf(y) / 2))
        assert np.sign(_sigmas(y, mu, extra)) == np.sign(y - mu)


# -- factors ----------------------------------------------------------------------------------------------------------


def test_a_factor_that_lies_is_found() -> None:
    random = np.random.default_rng(0)
    expected = random.uniform(1, 20, 4000)
    factor = np.exp(random.normal(0, 0.5, 4000))
    draws = np.ones((50, 4000)) * random.multinomial(4000, np.full(4000, 1 / 4000), 50)
    right = random.poisson(expected).astype(float)
    honest = _by_factor("relevance", factor, right, expected, draws)
    assert honest.slope.value == pytest.approx(1.0, abs=0.05)
    assert honest.slope.range_90[0] < 1.0 < honest.slope.range_90[1]
    lying = _by_factor("relevance", factor, random.poisson(expected / factor).astype(float), expected, draws)
    assert lying.slope.value == pytest.approx(0.0, abs=0.05)
    assert lying.high < 1 < lying.low
    assert honest.chance_of_half == 1.0
    assert lying.chance_of_half == pytest.approx(1 / 51)


@pytest.mark.parametrize(("factor", "came"), [(np.ones(40), 1.0), (np.linspace(1, 2, 40), 0.0)])
def test_of_a_factor_without_data_nothing_is_said(factor: np.ndarray, came: float) -> None:
    told = _by_factor("references", factor, np.full(40, came), np.ones(40), np.ones((5, 40)))
    assert told == ByFactor("references", Figure(None, []), None, None, None)


@pytest.mark.parametrize("level", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("slope", [-2.5, -0.3, 0.3, 2.5])
def test_the_slope_is_that_of_a_poisson_regression(slope: float, level: float) -> None:
    from sklearn.linear_model import PoissonRegressor

    random = np.random.default_rng(1)
    x, expected = random.normal(0, 1, 500), random.uniform(1, 5, 500)
    y = random.poisson(level * expected * np.exp(slope * x)).astype(float)
    told = PoissonRegressor(alpha=0.0, tol=1e-10, solver="newton-cholesky").fit(
        x[:, None], y / expected, sample_weight=expected
    )
    assert _slopes(x, y, expected, np.ones((1, 500)))[0] - 1 == pytest.approx(told.coef_[0], abs=1e-3)
    # Each row of weights is solved to its own end, however soon another one is.
    weights = np.vstack(
        [np.ones(500), np.random.default_rng(0).integers(0, 3, 500), np.r_[np.ones(20), np.zeros(480)]]
    )
    apart = [_slopes(x, y * 7, expected, row[None])[0] for row in weights]
    np.testing.assert_allclose(_slopes(x, y * 7, expected, weights), apart, rtol=1e-9)


def test_surprise_is_measured_on_the_right_tail() -> None:
    assert _sigmas(10.0, 10.0, 0.0) == pytest.approx(0.0, abs=0.2)
    assert _sigmas(30.5, 10.0, 2.0) == _sigmas(30.0, 10.0, 2.0), "part of a conversion is none more"
    assert _sigmas(30.0, 10.0, 0.0) > 4
    assert 0 < _sigmas(30.0, 10.0, 100.0) < _sigmas(30.0, 10.0, 0.0)
    assert _sigmas(0.0, 10.0, 0.0) < -3
    assert abs(_sigmas(1.0, 0.03, 0.0)) < 2.5, "one where almost none was expected is no miracle"
