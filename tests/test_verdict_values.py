"""The verdict on a model: what is said of it beside the baselines, and whether it is earned, at each edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from suasion.training.evaluation.evaluate import BASELINES, SUASION, beats_baselines
from suasion.training.evaluation.metrics import LEAST_CAMPAIGNS


def figures_of(
    own: float = 0.5,
    others: dict[str, tuple[float, Sequence[float]]] | None = None,
    *,
    campaigns: int = 20,
    gain: float | None = 0.1,
    captured: dict[str, tuple[float | None, Sequence[float]]] | None = None,
    absent: list[str] | None = None,
) -> dict[str, Any]:
    """Return a made-up evaluation: each baseline's deviance with the range of the difference."""
    others = others or {name: (0.2, [0.1, 0.4]) for name in BASELINES}
    said = campaigns >= LEAST_CAMPAIGNS
    captured = captured or {}
    return {
        "models": {
            SUASION: {
                "explained_deviance": own,
                "captured": 0.6 if said else None,
                "gain_on_most_followed": gain if said else None,
            }
        }
        | {name: {"explained_deviance": told} for name, (told, _) in others.items()},
        "suasion_less": {
            name: {
                "explained_deviance": own - told,
                "explained_deviance_90": list(between),
                "captured": captured.get(name, (0.1, []))[0] if said else None,
                "captured_90": list(captured.get(name, (0.1, [0.05, 0.15]))[1]) if said else [],
            }
            for name, (told, between) in others.items()
        },
        "ranking": {"campaigns": campaigns},
        "absent": absent or [],
    }


GOOD = {name: (0.2, [0.1, 0.4]) for name in BASELINES}


@pytest.mark.parametrize(
    ("figures", "beats", "verdict"),
    [
        (
            figures_of(),
            True,
            "This model beats every baseline; the 90 % interval of each difference lies above 0.",
        ),
        (
            figures_of(own=-0.1),
            False,
            "This model predicts no better than the mean rate (explained deviance -0.100): do not use it.",
        ),
        (
            figures_of(others=GOOD | {"past average": (0.6, [-0.2, 0.0])}),
            False,
            "This model does not beat past average: use that instead.",
        ),
        (
            figures_of(others=GOOD | {"ridge on ten columns": (0.5, [-0.1, 0.1])}),
            False,
            "This model does not beat ridge on ten columns: use that instead.",
        ),
        (
            figures_of(others=GOOD | {"ridge on ten columns": (0.48, [-0.01, 0.05])}),
            False,
            "This model explains more than every baseline, but does not beat ridge on ten columns beyond chance "
            "(the 90 % interval of the difference includes 0).",
        ),
        (
            figures_of(gain=-0.01),
            False,
            "This model explains more than every baseline, but within campaigns it ranks worse than the number of followers: "
            "rank by that instead.",
        ),
        (
            figures_of(gain=0.0),
            True,
            "This model beats every baseline; the 90 % interval of each difference lies above 0.",
        ),
        (
            figures_of(captured={"activity": (-0.1, [-0.2, -0.01])}),
            False,
            "This model explains more than every baseline, but within campaigns it ranks worse than activity: rank by that instead.",
        ),
        (
            figures_of(captured={"activity": (-0.1, [-0.2, 0.01])}),
            True,
            "This model beats every baseline; the 90 % interval of each difference lies above 0.",
        ),
        (
            figures_of(gain=None, absent=["audience size"]),
            True,
            "This model beats every baseline that could be tried (audience size could not: what they go by is not known); "
            "the 90 % interval of each difference lies above 0.",
        ),
        (
            figures_of(campaigns=2),
            True,
            "This model explains more than every baseline; the 90 % interval of each difference lies above 0. How it ranks within campaigns could not be judged: "
            "2 of them left a choice, and it takes 10.",
        ),
    ],
)
def test_the_verdict_says_what_is_earned(figures: dict[str, Any], beats: bool, verdict: str) -> None:
    assert beats_baselines(figures) == (beats, verdict)


def beside(
    own: float = 0.5,
    other: float = 0.2,
    between: tuple[float, ...] = (0.1, 0.2),
    captured: float | None = 0.1,
    captured_90: tuple[float, ...] = (0.0, 0.2),
) -> dict[str, Any]:
    """Return a made-up evaluation beside one baseline alone."""
    return figures_of(
        own, {"activity": (other, between)}, gain=None, captured={"activity": (captured, captured_90)}
    )


@pytest.mark.parametrize(
    ("told", "beats", "says"),
    [
        (beside(), True, "This model beats every baseline; the 90 % interval of each difference lies above 0."),
        (beside(own=0.0), False, "predicts no better than the mean rate (explained deviance 0.000)"),
        (beside(own=0.2, other=0.2), False, "does not beat activity"),
        (beside(between=(0.0, 0.2)), False, "does not beat activity beyond chance"),
        (beside(between=(1e-9, 0.2)), True, "lies above 0"),
        (beside(between=()), True, "lies above 0"),
        (beside(captured=-0.1, captured_90=(-0.2, 0.0)), False, "ranks worse than activity"),
        (beside(captured=-0.1, captured_90=(-0.2, 1e-9)), True, "lies above 0"),
        (beside(captured=0.0, captured_90=(-0.2, 0.0)), True, "lies above 0"),
        (beside(captured=-0.1, captured_90=()), True, "lies above 0"),
        (beside(captured=None, captured_90=(-0.2, -0.1)), True, "lies above 0"),
    ],
)  # fmt: skip
def test_the_verdict_at_its_edges(told: dict[str, Any], beats: bool, says: str) -> None:
    found = beats_baselines(told)
    assert found[0] is beats
    assert says in found[1]
