"""Units, names, the order of rows and copies of columns do not matter: the whole run, from tables to verdict and scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suasion.features import GROUPS
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import Scored, score
from suasion.training.train import Options, Run, train

Frames = dict[str, pd.DataFrame]
CAMPAIGN = "c0055"


def times(table: str, columns: dict[str, float]) -> Callable[[Frames], None]:
    def change(frames: Frames) -> None:
        for column, factor in columns.items():
            frames[table][column] = frames[table][column] * factor

    return change


def conversions(frames: Frames) -> None:
    times("outcomes", {"conversions": 1e6, "refunds": 1e6})(frames)


def exposure(frames: Frames) -> None:
    for table in ("outcomes", "candidates"):
        times(table, {"exposure": 1e3})(frames)


def fee(frames: Frames) -> None:
    for table in ("outcomes", "candidates"):
        times(table, {"fee": 100.0})(frames)


def discount(frames: Frames) -> None:
    for table in ("outcomes", "candidates"):
        times(table, {"discount": 0.01})(frames)


def followers(frames: Frames) -> None:
    times("audience", {"followers": 1e-3})(frames)


def thousandths(frames: Frames) -> None:
    """Conversions, the accounts somebody follows and revenue, each in thousands (of 1024, whose shares a double holds)."""
    times("outcomes", {"conversions": 2**-10, "refunds": 2**-10, "revenue": 2**-10})(frames)
    times("audience", {"following": 2**-10})(frames)


IDS = {
    "influencers": ("influencer_id",),
    "audience": ("influencer_id",),
    "credentials": ("influencer_id",),
    "outcomes": ("influencer_id", "campaign_id"),
    "candidates": ("influencer_id", "campaign_id"),
    "campaigns": ("campaign_id",),
    "posts": ("author_id", "post_id", "reply_to_id", "shares_id"),
    "mentions": ("referrer_id", "influencer_id", "post_id"),
}


def other(name: str) -> str:
    """Return another name, in another alphabetical order."""
    return f"z{name[::-1]}q"


def renamed(frames: Frames) -> None:
    for table, columns in IDS.items():
        for column in columns:
            if column in frames[table]:
                frames[table][column] = frames[table][column].map(other, na_action="ignore")


def shuffled(frames: Frames) -> None:
    for table in frames:
        frames[table] = frames[table].sample(frac=1.0, random_state=1)


def constant(frames: Frames) -> None:
    for table in ("outcomes", "candidates"):
        frames[table]["offer_always"] = 7.0


def twice(frames: Frames) -> None:
    for table in ("outcomes", "candidates"):
        frames[table]["offer_again"] = frames[table]["discount"]


def run(world: Path, folder: Path, change: Callable[[Frames], None]) -> tuple[Run, Scored]:
    frames = {path.stem: pd.read_parquet(path) for path in sorted(world.glob("*.parquet"))}
    change(frames)
    data = folder / "data"
    data.mkdir()
    for table, frame in frames.items():
        frame.to_parquet(data / f"{table}.parquet")
    told = train(data, folder / "model", Options(quick=True, track=False))
    campaign = other(CAMPAIGN) if change is renamed else CAMPAIGN
    return told, score(data, folder / "model", Ask(campaign=campaign))


@pytest.fixture(scope="module")
def usual(world: Path, trained: tuple[Run, Path]) -> tuple[Run, Scored]:
    return trained[0], score(world, trained[1], Ask(campaign=CAMPAIGN))


def figures(told: Run) -> dict[str, list[float]]:
    models = told.bundle.evaluation["judged"]["all"]["models"]
    names = ("explained_deviance", "spearman", "ndcg", "captured", "gain_on_most_followed")
    return {model: [models[model][name] for name in names] for model in sorted(models)}


@pytest.mark.parametrize(
    ("change", "unit", "tolerance"),
    [
        (conversions, 1e6, 1e-6),
        (exposure, 1.0, 1e-6),
        (fee, 1.0, 1e-6),
        (discount, 1.0, 1e-6),
        (followers, 1.0, 1e-6),
        (thousandths, 2**-10, 1e-6),
        (renamed, 1.0, 1e-6),
        (shuffled, 1.0, 1e-6),
        (constant, 1.0, 1e-6),
        (twice, 1.0, 0.01),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_does_not_matter_changes_nothing(
    change, unit: float, tolerance: float, world: Path, usual, tmp_path: Path
) -> None:
    before, scored_before = usual
    after, scored = run(world, tmp_path, change)
    assert after.verdict == before.verdict
    assert after.beats == before.beats
    for model, told in figures(before).items():
        np.testing.assert_allclose(figures(after)[model], told, rtol=1e-5, atol=tolerance, err_msg=model)
    own = scored_before.scores.assign(who=scored_before.scores["influencer_id"])
    if change is renamed:
        own["who"] = own["who"].map(other)
    both = scored.scores.merge(own, left_on="influencer_id", right_on="who", suffixes=("", "_before"))
    assert len(both) == len(own) == len(scored.scores)
    np.testing.assert_allclose(
        both["expected_conversions"] / unit, both["expected_conversions_before"], rtol=tolerance
    )
    for group in GROUPS:
        np.testing.assert_allclose(both[group], both[f"{group}_before"], rtol=tolerance, err_msg=group)
    if tolerance <= 1e-6:
        assert scored.scores["influencer_id"].tolist() == own["who"].tolist(), "the ranking is another"
