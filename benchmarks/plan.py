"""A plan beside the plain knapsack: ``python -m benchmarks.plan [CANDIDATES …]``.

Made-up candidates, of whom some dozens fit the budget. Timed are the whole plan (a choice under limits, the place where it stops,
1,010 joint draws of everybody who is compared, the fees at which near misses would be asked), and HiGHS on the knapsack alone.

``python -m benchmarks.plan --worlds 8`` says instead whether plans keep what they promise: it simulates worlds, one after another of
several mechanisms and two sizes, trains a model on each, and holds the plans for three of their campaigns to come against the truth.
``python -m benchmarks.plan --of WORLD MODEL`` does so for a world and a model that are there, as ``suasion demo`` leaves both. True
conversions are what the world expects; what comes of a plan is drawn about them.

``python -m benchmarks.plan --posts 14`` holds plans that choose how many posts each is asked for beside plans for what is agreed, on worlds of
their own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
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
from suasion.serving.scoring.plan.rivals import FOLLOWERS, column_of, first_by, past_rate
from suasion.serving.scoring.plan.sure import standing
from suasion.serving.scoring.score import Scored, open_session
from suasion.training.bundle.folder import Bundle
from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate
from suasion.training.estimators.interval import Interval
from suasion.training.train import Options, train

BUDGET, REPEATS = 20_000.0, 5
BUDGETS = (20_000.0, 60_000.0, 150_000.0)
SIZES = (
    World(influencers=400, campaigns=160, picks=15, unpicked=60),
    World(influencers=150, campaigns=100, picks=10, unpicked=40),
)
WEEKS, APART = 165, 17
"""Weeks of the first world, for two years of campaigns, below which nobody can tell a season; and by how many more the next one runs, up to
a year, so that campaigns to come lie in all seasons."""
WAYS = ("plain", "fatigue", "charm", "fame", "drift", "readers", "sparse")
"""Mechanisms, one world each in turn; as their number is odd, each comes in both sizes."""
FIRST = 400
"""Seed of the first world: nothing was developed on these."""
FIRST_OF_POSTS, EACH = 700, 5
"""Seed of the first world on which posts are chosen, and up to how many: nothing was developed on these."""
BRINGS, COSTS = 0.85, 0.9
"""The powers of the number of posts with which conversions and fees grow in all of these worlds."""
ASKED_FOR = 3
"""Campaigns to come of each world, evenly among all: those of one world err together, so more worlds tell more than more campaigns."""
INTERVAL = Interval(0.04, 0.96, 0.5)
QUERY = "SELECT DISTINCT campaign_id FROM candidates ORDER BY 1"


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


def held(world: str | Path, model: str | Path, campaigns: int | None = None, seed: int = 0) -> pd.DataFrame:
    """Return a row for each plan of so many campaigns to come: what it promised, what came, and what others would have brought.

    A plan that has no range, or asks nobody, has a row that says so and nothing else.
    """
    truth = pd.read_parquet(Path(world) / "truth" / "truth.parquet")
    true = truth.set_index(["campaign_id", "influencer_id"])["expected_conversions"]
    random = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    with open_session(world, model) as session:
        names = [row[0] for row in session.tables.sql(QUERY).fetchall()]
        number = len(names) if campaigns is None else campaigns
        for campaign in (
            names[place] for place in np.linspace(0, len(names) - 1, number).round().astype(int)
        ):
            for budget in BUDGETS:
                scored = session.score(Ask(campaign=campaign, budget=budget))
                plan, scores = scored.plan, scored.scores
                if plan is None or plan.total is None or not len(plan.asked):
                    rows.append({"budget": budget})
                    continue
                means = np.array([true[campaign, who] for who in scores["influencer_id"]])
                chosen = scores["ask"].to_numpy(dtype=bool)
                conversions = random.poisson(means)
                low, high = plan.total.range_90
                half_low, half_high = plan.total.range_50
                fee, expected = scores["fee"].to_numpy(), scores["expected_conversions"].to_numpy()

                def true_of(
                    key: np.ndarray,
                    expected: np.ndarray = expected,
                    fee: np.ndarray = fee,
                    means: np.ndarray = means,
                    money: float = plan.cost,
                ) -> float:
                    rival = first_by(expected, fee, key, money, 0, lambda rows: float(means[rows].sum()))
                    return np.nan if rival is None else rival.conversions

                chance = _chance(scored, int(chosen.sum()))
                best = standing(conversions[:, None].astype(float), int(chosen.sum())).chance
                rows.append(
                    {
                        "budget": budget,
                        "spent": plan.cost,
                        "promised": plan.conversions,
                        "true": means[chosen].sum(),
                        "whole": expected.sum() / means.sum(),
                        "inside 90": low <= conversions[chosen].sum() <= high,
                        "inside 50": half_low <= conversions[chosen].sum() <= half_high,
                        "chance": chance,
                        "best": best,
                        "most followed": true_of(column_of(scored.features, FOLLOWERS)),
                        "best last time": true_of(past_rate(scored.features)),
                        "plain top-n": true_of(expected),
                        "plain top-n with all of the budget": true_of(expected, money=budget),
                    }
                )
    return pd.DataFrame(rows)


def _chance(scored: Scored, many: int) -> np.ndarray:
    """Return the chance of each candidate to be among the best so many."""
    scores, bundle = scored.scores, scored.bundle
    expected, exposure = scores["expected_conversions"].to_numpy(), scores["exposure"].to_numpy()
    return standing(
        draws(expected, exposure, bundle.interval, bundle.facts["campaign_variance"] or 0.0), many
    ).chance


def say(table: pd.DataFrame) -> None:
    """Print what plans kept, by budget; the error of chances is the mean distance of told from true in tenths of them, weighed.

    Rivals have the money that the plan spends, which stops where it does not pay.
    """
    rivals = ("most followed", "best last time", "plain top-n", "plain top-n with all of the budget")
    print(
        "| budget | plans | of it spent | promised / true | the same of all candidates | inside the 90 % range | inside the 50 % range | error of P(among the best) | "
        + " | ".join(f"true / {name}" for name in rivals)
        + " |"
    )
    print("|---" * (8 + len(rivals)) + "|")
    if without := int(table["promised"].isna().sum()):
        print(
            f"{without} of {len(table)} plans have no range or ask nobody, and are in no figure.",
            file=sys.stderr,
        )
    for budget, plans in table.dropna(subset="promised").groupby("budget"):
        chance, best = np.concatenate(plans["chance"].tolist()), np.concatenate(plans["best"].tolist())
        tenth = np.minimum((chance * 10).astype(int), 9)
        error = sum(
            np.mean(tenth == one) * abs(chance[tenth == one].mean() - best[tenth == one].mean())
            for one in np.unique(tenth)
        )
        against = " | ".join(f"{plans['true'].sum() / plans[name].sum():.2f}" for name in rivals)
        spent, whole = plans["spent"].mean() / plans["budget"].mean(), plans["whole"].mean()
        promised = plans["promised"].sum() / plans["true"].sum()
        print(
            f"| {budget:,.0f} | {len(plans)} | {spent:.0%} | {promised:.3f} | {whole:.3f} | {plans['inside 90'].mean():.0%} | "
            f"{plans['inside 50'].mean():.0%} | {error:.3f} | {against} |"
        )


def say_parts(table: pd.DataFrame) -> None:
    """Print what plans kept by mechanism and by the size of the world."""
    print(
        "\n| worlds | plans | promised / true | inside the 90 % range | inside the 50 % range |\n|---|---|---|---|---|"
    )
    for column, word in (("mechanism", ""), ("influencers", " influencers")):
        for part, plans in table.dropna(subset="promised").groupby(column):
            promised = plans["promised"].sum() / plans["true"].sum()
            print(
                f"| {part}{word} | {len(plans)} | {promised:.3f} | {plans['inside 90'].mean():.0%} | {plans['inside 50'].mean():.0%} |"
            )


def with_posts(world: str | Path, model: str | Path, campaigns: int, seed: int) -> pd.DataFrame:
    """Return a row for each budget and so many campaigns to come: the plan for what is agreed beside the one that chooses posts."""
    truth = pd.read_parquet(Path(world) / "truth" / "truth.parquet").set_index(
        ["campaign_id", "influencer_id"]
    )
    random = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    with open_session(world, model) as session:
        names = [row[0] for row in session.tables.sql(QUERY).fetchall()]
        for place, budget in product(np.linspace(0, len(names) - 1, campaigns).round().astype(int), BUDGETS):
            row: dict[str, object] = {"budget": budget}
            for name, limits in (("agreed", Limits()), ("chosen", Limits(most_posts=EACH))):
                scored = session.score(Ask(campaign=names[place], budget=budget, limits=limits))
                plan = scored.plan
                if plan is None or plan.total is None or not len(plan.asked):
                    continue
                people = plan.asked["influencer_id"].tolist()
                true = truth.reindex([(names[place], who) for who in people])
                more = plan.asked["posts"].to_numpy(dtype=float) / true["exposure"].to_numpy()
                fee = scored.scores.set_index("influencer_id")["fee"].reindex(people).to_numpy()
                means = true["expected_conversions"].to_numpy() * more**BRINGS
                low, high = plan.total.range_90
                row |= {
                    f"{name}: promised": plan.conversions,
                    f"{name}: true": means.sum(),
                    f"{name}: planned": plan.cost,
                    f"{name}: paid": (fee * more**COSTS).sum(),
                    f"{name}: inside": low <= random.poisson(means).sum() <= high,
                    f"{name}: people": len(people),
                    f"{name}: posts": plan.asked["posts"].mean(),
                }
            rows.append(row)
    return pd.DataFrame(rows)


def say_posts(table: pd.DataFrame) -> None:
    """Print both plans by budget."""
    print(
        "| budget | posts | plans | people | posts each | paid / planned | promised / true | inside the 90 % range | true, of those for what is agreed |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    for budget, plans in table.dropna().groupby("budget"):
        for name, words in (("agreed", "as agreed"), ("chosen", f"up to {EACH}, chosen")):
            part = {
                key: plans[f"{name}: {key}"]
                for key in ("promised", "true", "planned", "paid", "inside", "people", "posts")
            }
            print(
                f"| {budget:,.0f} | {words} | {len(plans)} | {part['people'].mean():.1f} | {part['posts'].mean():.1f} | "
                f"{part['paid'].sum() / part['planned'].sum():.2f} | {part['promised'].sum() / part['true'].sum():.3f} | "
                f"{part['inside'].mean():.0%} | {part['true'].sum() / plans['agreed: true'].sum():.2f} |"
            )


def simulated(
    number: int, first: int, plans_of: Callable[[Path, Path, int, int], pd.DataFrame]
) -> pd.DataFrame:
    """Return the plans of one simulated world, by its number from 0."""
    made = replace(
        SIZES[number % len(SIZES)],
        mechanism=WAYS[number % len(WAYS)],
        seed=first + number,
        weeks=WEEKS + APART * number % 52,
    )
    with tempfile.TemporaryDirectory() as folder:
        world, model = Path(folder) / "world", Path(folder) / "model"
        simulate(made, world)
        train(world, model, Options(quick=True, force=True))
        plans = plans_of(world, model, ASKED_FOR, made.seed)
        plans = plans.assign(mechanism=made.mechanism, influencers=made.influencers)
    print(f"{made.mechanism}:{made.seed}, {len(plans)} plans", file=sys.stderr, flush=True)
    return plans


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
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, help="candidates of made-up cases to time")
    parser.add_argument("--worlds", type=int, help="simulated worlds whose plans are held against the truth")
    parser.add_argument("--posts", type=int, help="simulated worlds on which plans choose posts")
    parser.add_argument("--of", nargs=2, metavar=("WORLD", "MODEL"), help="one world and its model")
    arguments = parser.parse_args()
    if arguments.of:
        say(held(*arguments.of))
    elif arguments.posts:
        say_posts(pd.concat([simulated(one, FIRST_OF_POSTS, with_posts) for one in range(arguments.posts)]))
    elif arguments.worlds:
        plans = pd.concat([simulated(one, FIRST, held) for one in range(arguments.worlds)], ignore_index=True)
        say(plans)
        say_parts(plans)
    else:
        main(arguments.sizes or [100, 1_000, 5_000])
