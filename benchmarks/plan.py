"""A plan beside the plain knapsack: ``python -m benchmarks.plan [CANDIDATES …]``.

Made-up candidates, of whom some dozens fit the budget. Timed are the whole plan (a choice under limits, the place where it stops,
1,010 joint draws of everybody who is compared, the fees at which near misses would be asked), and HiGHS on the knapsack alone.

``python -m benchmarks.plan WORLD MODEL`` says instead how often the ranges of plans hold, on the campaigns to come of a simulated world and
a model that has not seen them, as ``suasion demo`` leaves both.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from suasion.features import GROUPS
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plan.choose import within_budget
from suasion.serving.scoring.plan.draws import draws
from suasion.serving.scoring.plan.limits import Case, Limits
from suasion.serving.scoring.plan.plan import Wanted, make_plan
from suasion.serving.scoring.plan.quiet import without_lines
from suasion.serving.scoring.score import open_session
from suasion.training.bundle.folder import Bundle
from suasion.training.estimators.interval import Interval

BUDGET, REPEATS = 20_000.0, 5
BUDGETS = (20_000.0, 60_000.0, 150_000.0)
INTERVAL = Interval(0.04, 0.96, 0.5)


def main(sizes: list[int]) -> None:
    print(
        "| candidates | plan, s | of it the choice | of it the draws | knapsack alone, s | plan by knapsack |"
    )
    print("|---|---|---|---|---|---|")
    for size in sizes:
        random = np.random.default_rng(0)
        fee = random.lognormal(6, 0.8, size).round()
        expected = fee**0.6 * random.lognormal(-2, 0.8, size)
        scores = pd.DataFrame(
            {"influencer_id": [f"i{row:06d}" for row in range(size)], "low": 0.0, "high": 9.0}
        )
        scores = scores.assign(expected_conversions=expected, exposure=1.0, **dict.fromkeys(GROUPS, 1.0))
        features = pd.DataFrame({"conversion__campaigns": random.integers(0, 3, size).astype(float)})
        bundle = _Bundle({"campaign_variance": 0.1})
        wanted = Wanted(BUDGET, limits=Limits(min_new=5))
        whole = _timed(lambda: make_plan(scores, features, fee, wanted, bundle))  # noqa: B023
        choice = _timed(lambda: within_budget(Case.of(expected, fee), BUDGET, None))  # noqa: B023
        compared = np.sort(expected)[::-1][:1_000]
        drawn = _timed(lambda: draws(compared, np.ones(len(compared)), INTERVAL, 0.1))  # noqa: B023
        plain = _timed(lambda: _knapsack(expected, fee))  # noqa: B023
        print(f"| {size:,} | {whole:.2f} | {choice:.2f} | {drawn:.2f} | {plain:.2f} | {whole / plain:.1f} |")


def held(world: str, model: str) -> None:
    truth = pd.read_parquet(Path(world) / "truth" / "truth.parquet")
    true = truth.set_index(["campaign_id", "influencer_id"])["expected_conversions"]
    random = np.random.default_rng(0)
    print("| budget | plans | expected | came | inside the 90 % range | inside the 50 % range |")
    print("|---|---|---|---|---|---|")
    with open_session(world, model) as session:
        query = "SELECT DISTINCT campaign_id FROM candidates ORDER BY 1"
        campaigns = [name for (name,) in session.tables.sql(query).fetchall()]
        for budget in BUDGETS:
            expected, came, wide, narrow = [], [], [], []
            for campaign in campaigns:
                plan = session.score(Ask(campaign=campaign, budget=budget)).plan
                if plan is None or plan.total is None:
                    continue
                mean = sum(true[campaign, who] for who in plan.asked["influencer_id"])
                expected.append(plan.conversions)
                came.append(random.poisson(mean))
                wide.append(plan.total.range_90[0] <= came[-1] <= plan.total.range_90[1])
                narrow.append(plan.total.range_50[0] <= came[-1] <= plan.total.range_50[1])
            print(
                f"| {budget:,.0f} | {len(came)} | {sum(expected):,.0f} | {sum(came):,} | {np.mean(wide):.0%} | {np.mean(narrow):.0%} |"
            )


class _Bundle(Bundle):
    """What a plan reads of a model."""

    def __init__(self, facts: dict[str, float]) -> None:
        object.__setattr__(self, "facts", facts)
        object.__setattr__(self, "interval", INTERVAL)


def _knapsack(expected: np.ndarray, fee: np.ndarray) -> None:
    with without_lines(b"HighsMipSolverData"):
        milp(
            -expected / expected.max(),
            integrality=np.ones(len(fee)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(fee[None] / BUDGET, ub=1.0),
            options={"mip_rel_gap": 0.0},
        )


def _timed(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


if __name__ == "__main__":
    if len(sys.argv) == 3 and not sys.argv[1].isdigit():
        held(*sys.argv[1:])
    else:
        main([int(size) for size in sys.argv[1:]] or [100, 1_000, 5_000])
