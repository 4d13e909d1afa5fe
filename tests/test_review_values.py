"""A review step by step, with something made up in the place of each: what is new, late and revised, and what is asked of whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features.engine.matrix import all_features
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import EmptyTableError
from suasion.training.evaluation import review as module
from suasion.training.evaluation.review import LEAST, OFF, Figure, Review, _by_factor, _reasons, review

from . import made
from .test_review import scale


@dataclass(frozen=True)
class Opened:
    """Tables of which nothing is asked."""

    settled: bool = False
    goal: str | None = None


OPENED: Any = Opened()

LAST = datetime.fromisoformat(made.FACTS["last_known"])
MICRO = timedelta(microseconds=1)
FIGURE = Figure(1.0, [0.9, 1.1])
REVIEWED = Review(
    outcomes=20, influencers=1, campaigns=1, expected=1.0, actual=1.0, actual_by_expected=FIGURE, explained_deviance=FIGURE, coverage=FIGURE,
    level=0.9, spearman=None, captured=FIGURE, ranking=scale(0, None, None, None, 0.0), calibration=[], by_factor=[], misjudged=[],
)  # fmt: skip


def outcomes(new: int, late: int = 0, trained: int = 3, revised: int = 0) -> pd.DataFrame:
    """Return outcomes: new ones, some of which were known when it was trained, and those it learned from, some told anew."""
    known = (
        [LAST] * late
        + [LAST + MICRO] * (new - late)
        + [LAST + MICRO] * revised
        + [LAST] * (trained - revised)
    )
    n = len(known)
    return pd.DataFrame(
        {
            "campaign_id": [f"c{k}" for k in range(n)], "influencer_id": "a", "as_of": LAST, "known_at": known, "exposure": 2.0,
            "net": [float(k) for k in range(n)], "trained": [False] * new + [True] * trained,
        }
    )  # fmt: skip


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    asked: dict[str, Any] = {"marked": [], "drift": ([], 0), "reasons": []}

    def marked(tables: Any, query: str, bundle: Any) -> pd.DataFrame:
        asked["marked"].append(query)
        return asked["came"] if query == "known until None" or "2024" in query else asked["then"]

    def built(prepared: Any, query: str, fitted: Any, history: Any) -> pd.DataFrame:
        asked["built"] = (prepared, query, fitted, history)
        came = asked["came"].drop(columns=["net", "trained", "known_at"])
        return came.assign(frequency__posts=1.0)

    def compared(bundle: Any, table: pd.DataFrame, rate: Any, seed: int) -> Review:
        asked["compared"] = (table, rate, seed)
        return REVIEWED

    def drifted(*told: Any) -> Any:
        asked["of drift"] = told
        return asked["drift"]

    stand_ins = {
        "known_outcomes": lambda tables, until: f"known until {until}", "_marked": marked, "prepare": lambda tables, space: ("prepared", space),
        "read_history": lambda prepared, expectation: ("history", expectation), "offer_columns": lambda tables: "exposure, fee",
        "build_candidates": built, "features_of": lambda tables: tuple(all_features()), "_compare": compared, "_drift": drifted,
        "_reasons": lambda found, bundle: asked["reasons"],
    }  # fmt: skip
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(module, name, stand_in)
    return asked


GROWS = next(f.column for f in all_features() if f.cumulative)
OF_CAMPAIGNS = {f.column for f in (*all_features(), SURPRISE) if f.per_campaign}
BUNDLE = replace(
    made.bundle({made.record(column): 0.1 for column in ("frequency__posts", "momentum__gone", GROWS)}),
    fitted=SimpleNamespace(space="space", expectation="expectation"),
)


@pytest.mark.parametrize(("until", "query"), [(None, "known until None"), (datetime(2024, 1, 1), "known until 2024-01-01 00:00:00")])  # fmt: skip
def test_what_it_did_not_learn_from_is_compared(until: Any, query: str, steps: dict[str, Any]) -> None:
    steps["came"] = outcomes(LEAST, late=4, trained=5, revised=2)
    steps["then"] = outcomes(2, trained=3).assign(net=[50.0, 50.0, 1.0, 2.0, 3.0])
    told = review(OPENED, BUNDLE, until=until, seed=9)
    assert (told.since, told.late, told.revised) == (str(LAST), 4, 2)
    assert (told.drift, told.features_compared, told.retrain, told.reasons) == ([], 0, False, [])
    assert steps["marked"] == [query, f"known until {LAST + MICRO}"]
    columns = "campaign_id, influencer_id, as_of, exposure, fee"
    assert steps["built"] == (("prepared", "space"), f"SELECT {columns} FROM ({query})", BUNDLE.fitted, ("history", "expectation"))  # fmt: skip
    table, rate, seed = steps["compared"]
    assert (len(table), table["trained"].any(), seed) == (LEAST, False, 9)
    assert table["net"].tolist() == [float(k) for k in range(LEAST)]
    assert rate == pytest.approx((1 + 2 + 3) / 6), "what came of what it learned from, for each exposure"
    assert table["momentum__gone"].isna().all(), "a feature that this data lacks is missing"
    assert "exposure_x" not in table
    names, of_campaigns, before, after = steps["of drift"]
    assert names == ["frequency__posts", "momentum__gone"], "what can only grow is left out"
    assert of_campaigns == OF_CAMPAIGNS
    assert (len(before), len(after)) == (5, LEAST)
    assert before["trained"].all()
    assert not after["trained"].any()


def test_a_review_has_reasons_or_none(steps: dict[str, Any]) -> None:
    steps["came"], steps["then"] = outcomes(LEAST), outcomes(1, trained=0)
    steps["drift"], steps["reasons"] = (["a drift"], 7), ["a reason"]
    told = review(OPENED, BUNDLE)
    assert (told.drift, told.features_compared, told.retrain, told.reasons) == (
        ["a drift"],
        7,
        True,
        ["a reason"],
    )
    assert steps["compared"][1:] == (None, 0), "of nothing that it learned from is left, there is no rate"
    assert (told.late, told.revised) == (0, 0)


@pytest.mark.parametrize(
    ("new", "revised", "says"),
    [
        (LEAST - 1, 0, "19 outcomes became known since the model was trained (the last it learned from on 2023-03-01 00:00); a review takes"),
        (0, 2, "0 outcomes became known since the model was trained (the last it learned from on 2023-03-01 00:00), and 2 that it learned from were revised since; a review takes at least 20 "),
    ],
)  # fmt: skip
def test_with_too_few_there_is_none(new: int, revised: int, says: str, steps: dict[str, Any]) -> None:
    steps["came"] = outcomes(new, trained=4, revised=revised)
    with pytest.raises(EmptyTableError) as error:
        review(OPENED, BUNDLE)
    assert str(error.value).startswith(says)
    assert "compared" not in steps


@pytest.mark.parametrize(
    ("power", "chance"), [(1.0, 1.0), (0.6, 1.0), (0.4, 1 / 21), (0.0, 1 / 21), (-0.4, 1 / 21)]
)
def test_half_of_what_it_said_is_meant_by_so_many_of_the_draws(power: float, chance: float) -> None:
    """What came is the factor to a power; of 20 draws and one that all are counted with, those with a slope of a half or more."""
    factor = np.exp(np.tile(np.linspace(-1.0, 1.0, 30), 10))
    expected, y = 40.0 * factor, 40.0 * factor**power
    told = _by_factor("momentum", factor, y, expected, np.ones((20, 300)))
    assert told.slope.value == pytest.approx(power, abs=1e-3)
    assert told.slope.range_90 == pytest.approx([power] * 2, abs=1e-3)
    assert told.chance_of_half == pytest.approx(chance)
    thirds = [np.argsort(factor, kind="stable")[part] for part in (slice(100), slice(200, 300))]
    assert [told.low, told.high] == pytest.approx([y[rows].sum() / expected[rows].sum() for rows in thirds])


@pytest.mark.parametrize(
    ("between", "says"),
    [
        ([OFF, 2.0], None), ([np.nextafter(OFF, 9), 2.0], "more conversions came"), ([0.2, 1 / OFF], None),
        ([0.2, np.nextafter(1 / OFF, 0)], "fewer conversions came"), ([], None), ([0.5, 1.5], None),
    ],
)  # fmt: skip
def test_more_or_fewer_came_only_where_the_whole_range_says_so(
    between: list[float], says: str | None
) -> None:
    reasons = _reasons(replace(REVIEWED, actual_by_expected=Figure(1.0, between)), BUNDLE)
    assert [reason.partition(" than")[0] for reason in reasons] == ([says] if says else [])
