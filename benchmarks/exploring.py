"""What places that are held to learn from cost and bring: ``python -m benchmarks.exploring [MECHANISM:SEED …]``, four minutes each.

A simulated world in which a brand always picked by followers. Of the twenty campaigns to come it decides on the first ten by the plan, thirty people
each: once the plan alone, once with three of the thirty held to learn from, and once thirty drawn by lot, to see how much could be learned at all.
Outcomes are drawn from the truth, and a model is trained on all that is known then. How wrong it is on people without any outcome
before the ten campaigns, in the ten after them, is what exploring is to mend.
Everybody costs the same, so that it is places that are spent. Default: three worlds that were looked at once.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import open_session
from suasion.training.datasets.people import SURPRISE, World
from suasion.training.datasets.simulated import simulate
from suasion.training.train import Options, train

from .shared import KEYS

WORLD = World(influencers=400, campaigns=120, picks=30, unpicked=100, weeks=120)
WORLDS = ("plain:401", "charm:402", "fame:403")
PLACES, HELD, CAMPAIGNS = 30, 3, 10


def one(mechanism: str, seed: int) -> dict[str, float]:
    """Return log errors on people without an outcome before, as root mean squares, and true conversions of the ten campaigns."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        simulate(replace(WORLD, mechanism=mechanism, seed=seed), folder / "world")
        candidates = pd.read_parquet(folder / "world" / "candidates.parquet").assign(fee=1.0)
        candidates.to_parquet(folder / "world" / "candidates.parquet")
        train(folder / "world", folder / "before", Options(quick=True, force=True))
        known = set(pd.read_parquet(folder / "world" / "outcomes.parquet")["influencer_id"])
        figures = {"error before": error(folder / "world", folder / "before", known)}
        for name, held in (("plan", 0), ("exploring", HELD), ("by lot", None)):
            world, model = folder / name, folder / f"{name}-model"
            shutil.copytree(folder / "world", world)
            figures[f"conversions, {name}"] = spend(world, folder / "before", held, seed)
            train(world, model, Options(quick=True, force=True))
            figures[f"error after, {name}"] = error(world, model, known)
    return figures


def spend(world: Path, model: Path, held: int | None, seed: int) -> float:
    """Decide on ten campaigns by plans, write what came of them, and return what was truly to be expected of it."""
    candidates = pd.read_parquet(world / "candidates.parquet")
    truth = pd.read_parquet(world / "truth" / "truth.parquet").set_index(KEYS)["expected_conversions"]
    random, total = np.random.default_rng([seed, 7]), 0.0
    for campaign in campaigns(world)[:CAMPAIGNS]:
        with open_session(world, model) as session:
            ask = Ask(campaign=campaign, budget=float(PLACES), value=1e6, explore=held or 0)
            scores = session.score(ask).scores
        chosen = scores["ask"].to_numpy(dtype=bool)
        if held is None:
            chosen = scores.index.isin(random.choice(scores.index, PLACES, replace=False))
        picks = scores.loc[chosen, ["influencer_id"]].assign(campaign_id=campaign)
        rows = candidates.merge(picks, on=KEYS)
        means = truth.loc[pd.MultiIndex.from_frame(rows[KEYS])].to_numpy()
        total += means.sum()
        conversions = random.poisson(means * random.gamma(SURPRISE, 1 / SURPRISE, len(means))).astype(float)
        rows = rows.assign(
            conversions=conversions,
            refunds=0.0,
            revenue=35.0 * conversions,
            delivered_exposure=rows["exposure"],
        )
        outcomes = pd.concat([pd.read_parquet(world / "outcomes.parquet"), rows], ignore_index=True)
        outcomes.to_parquet(world / "outcomes.parquet")
    return total


def error(world: Path, model: Path, known: set[str]) -> float:
    """Return the error of log forecasts for the last ten campaigns, of people without an outcome before the first ten."""
    truth = pd.read_parquet(world / "truth" / "truth.parquet")[[*KEYS, "expected_conversions"]]
    with open_session(world, model) as session:
        scores = pd.concat(
            session.score(Ask(campaign=campaign)).scores for campaign in campaigns(world)[CAMPAIGNS:]
        )
    beside = scores[[*KEYS, "expected_conversions"]].merge(truth, on=KEYS, suffixes=("", "_true"))
    strangers = beside[~beside["influencer_id"].isin(known)]
    off = np.log(strangers["expected_conversions"] / strangers["expected_conversions_true"])
    return float(np.sqrt((off**2).mean()))


def campaigns(world: Path) -> list[str]:
    """Return the campaigns to come, in the order of their decisions."""
    candidates = pd.read_parquet(world / "candidates.parquet")
    return candidates.groupby("campaign_id")["decided_at"].min().sort_values(kind="stable").index.tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description="What places that are held to learn from cost and bring.")
    parser.add_argument("worlds", nargs="*", default=WORLDS)
    rows = {}
    for name in parser.parse_args().worlds:
        mechanism, _, seed = name.partition(":")
        rows[name] = one(mechanism, int(seed))
        print(name, rows[name], flush=True)
    print(pd.DataFrame(rows).assign(mean=lambda table: table.mean(axis=1)).round(3).to_string())


if __name__ == "__main__":
    main()
