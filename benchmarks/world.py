"""How near the model comes to what can be known, on simulated worlds that know the truth.

    python -m benchmarks.world [MECHANISM:SEED …]       # default: plain:0 … plain:4
    python -m benchmarks.world --small [MECHANISM:SEED …]       # default: the sixteen below

For each: a world of 300 campaigns with 30 influencers each (``--small``: 140 with 15) and 20 campaigns to come; features, and
predictions forward in time. Mechanisms are those of :data:`suasion.training.datasets.mechanisms.MECHANISMS`. The oracle knows what
is to be expected; the ceiling is the same learner given the true latent causes instead of features. What a model is worth
is told by the truth: what the ten it picks among the candidates to come would really bring, and how wrong it is on people
whom nobody picked, beside a Poisson regression on the number of followers. So is how few outcomes it takes: what it, its regression
alone, a ridge on ten columns and the past average explain, trained on the last 50, 100 and 200 outcomes before each judged period.
Intervals are told for the ten of each campaign that one would pick, and how wide they are beside those of who knows the truth.

Developed on: plain 0 to 4; and, small, those of :data:`DEVELOPED`. Those of :data:`HELD_OUT` were frozen before they were looked at, which
was six times: docs/benchmarks.md says what came of it.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import nbinom, spearmanr

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.training.datasets.people import CAUSES, SURPRISE, World
from suasion.training.datasets.simulated import simulate
from suasion.training.estimators.fit import Columns, Data, Settings, choose_alpha, fit, poisson_deviance
from suasion.training.estimators.linear import LinearRegressor
from suasion.training.evaluation.evaluate import BASELINES, SUASION, learning_curve
from suasion.training.evaluation.split import FOLDS, TEST_FROM, forward_folds

from .shared import Judged, judge_world

OFFER = ["offer__exposure", "offer__discount", "offer__season_sine", "offer__season_cosine"]

DEVELOPED = (
    "plain:1",
    "fatigue:1",
    "charm:1",
    "fame:1",
    "readers:21",
    "sparse:21",
    "drift:21",
    "binary:21",
)
HELD_OUT = (
    "readers:51",
    "sparse:51",
    "drift:51",
    "binary:51",
    "unspaced:51",
    "fatigue:52",
    "charm:52",
    "fame:52",
)
FEW = (50, 100, 200)
SMALL = World(influencers=400, campaigns=160, picks=15, unpicked=60, weeks=100)


def one(size: World, mechanism: str, seed: int) -> dict[str, float | str]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "world"
        simulate(replace(size, mechanism=mechanism, seed=seed), data)
        judged = judge_world(data, data)
    examples, forward, rows, future = judged.examples, judged.forward, judged.rows, judged.future
    settings, oracle = Settings(), judged.oracle
    causes = judged.truth[[f"cause_{c}" for c in CAUSES]].to_numpy()
    with_causes = replace(examples.data, X=np.hstack([causes, examples.table[OFFER].to_numpy()]))
    owners = [*CHARACTERISTICS, "momentum", *["offer"] * len(OFFER)]
    ceiling = judged.explained(_forward(with_causes, [*CAUSES, *OFFER], owners, settings)[rows])
    curve = learning_curve(examples, forward, settings, FEW)
    regressions = learning_curve(examples, forward, replace(settings, kind="linear"), FEW)
    covered, ours = forward.covered[rows], forward.expected[SUASION][rows]
    followers = _by_followers(judged)
    error = np.log(future["expected"] / future["expected_conversions"])
    unpicked = future[~future["picked"]]
    true_spread = [future[f"effect_{name}"].std() for name in CHARACTERISTICS]
    own_spread = [judged.factors[:, GROUPS.index(name)].std() for name in CHARACTERISTICS]
    few: dict[str, float | str] = {}
    for point, regression in zip(curve, regressions, strict=True):
        few |= {
            f"share of oracle, {point['outcomes']} outcomes": point["explained_deviance"] / oracle,
            f"… regression alone, {point['outcomes']}": regression["explained_deviance"] / oracle,
            f"… ridge on ten columns, {point['outcomes']}": _ridge(judged, point["outcomes"]) / oracle,
            f"… past average, {point['outcomes']}": point["past_average"] / oracle,
        }
    return few | {
        "world": f"{mechanism}:{seed}",
        "suasion": judged.explained(),
        "ceiling": ceiling,
        "share of ceiling": judged.explained() / ceiling,
        "oracle": oracle,
        "share of oracle": judged.explained() / oracle,
        "ridge on ten columns, of oracle": judged.explained("ridge on ten columns") / oracle,
        "audience size, of oracle": judged.explained("audience size") / oracle,
        "predicted / actual": float(ours.sum() / examples.data.y[rows].sum()),
        "90 % interval holds": float(np.nanmean(covered)),
        "… in the largest tenth": float(np.nanmean(covered[ours >= np.quantile(ours, 0.9)])),
        "… of the ten of a campaign one would pick": _covered_of_ten(judged),
        "its width beside the oracle's, where 50 and more are expected": _width(judged),
        "predicted / true, to come": float(future["expected"].sum() / future["expected_conversions"].sum()),
        "top 10 / most followed": judged.top("expected") / judged.top("followers"),
        "top 10 / best there are": judged.top("expected") / judged.top("expected_conversions"),
        "rank of importance (Spearman)": float(spearmanr(true_spread, own_spread).statistic),
        "log error, picked": float(np.sqrt((error[future["picked"]] ** 2).mean())),
        "log error, unpicked": float(np.sqrt((error[unpicked.index] ** 2).mean())),
        "bias, unpicked": float(unpicked["expected"].sum() / unpicked["expected_conversions"].sum()),
        "of what is true of the unpicked, explained": _of_truth(unpicked, unpicked["expected"]),
        "… by followers alone": _of_truth(unpicked, followers[unpicked.index]),
    }


def _by_followers(judged: Judged) -> pd.Series:
    """Return what a Poisson regression on the number of followers expects of the candidates to come."""
    seen, data, future = judged.truth, judged.examples.data, judged.future
    model = LinearRegressor(alpha=1e-3)
    model.fit(seen[["followers"]].to_numpy(float), data.y, exposure=data.exposure)
    expected = model.predict(future[["followers"]].to_numpy(float), future["exposure"].to_numpy(float))
    return pd.Series(expected, index=future.index)


def _of_truth(people: pd.DataFrame, expected: pd.Series) -> float:
    """Return the deviance explained of what is true of people to come, beside everybody being the mean of them at their exposure."""
    true, effort = people["expected_conversions"].to_numpy(), people["exposure"].to_numpy()
    mean = effort * true.sum() / effort.sum()
    return float(1 - poisson_deviance(true, expected.to_numpy()).sum() / poisson_deviance(true, mean).sum())


def _covered_of_ten(judged: Judged) -> float:
    """Return the share inside the 90 % interval of the ten of each campaign of whom most is expected."""
    picked = pd.DataFrame(
        {
            "campaign_id": judged.examples.table["campaign_id"].to_numpy()[judged.rows],
            "expected": judged.forward.expected[SUASION][judged.rows],
            "covered": judged.forward.covered[judged.rows],
        }
    ).sort_values("expected", ascending=False)
    return float(picked.groupby("campaign_id").head(10)["covered"].mean())


def _width(judged: Judged) -> float:
    """Return by how much the median of (high + 1) / (low + 1) is above that of who knows the truth and how much one outcome surprises."""
    many = judged.rows[judged.forward.expected[SUASION][judged.rows] >= 50]
    low, high = judged.forward.low, judged.forward.high
    assert low is not None
    assert high is not None
    if not len(many):
        return float("nan")
    true = judged.truth["expected_conversions"].to_numpy()[many]
    least, most = (nbinom.ppf(share, SURPRISE, SURPRISE / (SURPRISE + true)) for share in (0.05, 0.95))
    return float(np.median((high[many] + 1) / (low[many] + 1)) / np.median((most + 1) / (least + 1)))


def _ridge(judged: Judged, size: int) -> float:
    """Return what a ridge on ten columns explains, trained on the last outcomes before each judged period."""
    data, columns = judged.examples.data, judged.examples.columns
    ten = [columns.index(name) for name in BASELINES["ridge on ten columns"] if name in columns]
    plain = Columns.plain([columns[place] for place in ten], ["ridge"] * len(ten))
    expected = np.full(len(data.y), np.nan)
    for fold in judged.forward.folds:
        train = data.take(fold.train[-size:])
        train = replace(train, X=train.X[:, ten])
        model = LinearRegressor(alpha=choose_alpha(train, plain, Settings()))
        model.fit(train.X, train.y, exposure=train.exposure)
        expected[fold.judged] = model.predict(data.X[fold.judged][:, ten], data.exposure[fold.judged])
    return judged.explained(expected[judged.rows])


def _forward(data: Data, names: list[str], groups: list[str], settings: Settings) -> np.ndarray:
    expected = np.full(len(data.y), np.nan)
    for fold in forward_folds(data.decided, data.known, first=TEST_FROM, folds=FOLDS):
        parts, _ = fit(data.take(fold.train), Columns.plain(names, groups), settings)
        expected[fold.judged] = data.exposure[fold.judged] * np.exp(
            parts.log_rate(data.X[fold.judged], GROUPS)
        )
    return expected


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", nargs="*")
    parser.add_argument("--small", action="store_true")
    arguments = parser.parse_args()
    rows = []
    for name in arguments.worlds or (
        (*DEVELOPED, *HELD_OUT) if arguments.small else [f"plain:{seed}" for seed in range(5)]
    ):
        mechanism, _, seed = name.partition(":")
        rows.append(one(SMALL if arguments.small else World(), mechanism, int(seed or 0)))
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows).set_index("world").T.astype(float)
    table["mean"] = table.mean(axis=1)
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
