"""A simulated world with known truth, for the demo, for tests and for benchmarks.

People write about topics in two languages at their own pace; audiences read, ask, criticise, praise and reshare; and
when a campaign calls, a reader buys or not. Some influencers abandon their account, some rise, some buy followers,
some are much talked to and never convert, some change their topic. Brands picked people mostly by followers.

Everything that moves a reader is a latent cause, drawn here and never written to a table: the tables hold only what
it left behind. The mechanism shares no code with the features. Expected conversions of influencer i in campaign c are

    exposure ** 0.85 × exp(base + offer + relevance + frequency + references + conversation + reputation + conversion + momentum)

with each term a function of latent causes (:func:`suasion.training.datasets.people.effects_of`), and what came is that times a gamma surprise, Poisson.
What is true goes to ``truth/`` in the same folder, a name no table has, so training cannot read it: for those
picked and for others who were not, the expected conversions, the effect of each characteristic and the causes.

>>> World(influencers=200, campaigns=60).influencers
200
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from suasion.features.tables.files import whole_folder
from suasion.features.tables.schema import TABLES

from .life import live
from .mechanisms import Campaign, Mechanism
from .names import BRANDS
from .people import (
    BASE,
    CAUSES,
    CHUNK,
    EFFECTS,
    FUTURE,
    HISTORY,
    NAMES,
    START,
    SURPRISE,
    WEEK,
    People,
    World,
    draw_people,
    effects_of,
)
from .words import BRIEFS, CATEGORIES, TOPICS

OUTPUT = frozenset({*(f"{name}.parquet" for name in TABLES), "truth", "quarantine"})


def _campaigns(world: World, random: np.random.Generator) -> list[Campaign]:
    campaigns: list[Campaign] = []
    weeks = np.sort(random.integers(HISTORY, world.weeks - 8, world.campaigns))
    category_of = {topic: category for category, topics in CATEGORIES.items() for topic in topics}
    for number, week in enumerate(weeks.tolist()):
        topic = int(random.integers(0, len(NAMES)))
        german = bool(random.random() < 0.4)
        category = category_of[NAMES[topic]]
        words = [
            " ".join(random.choice(TOPICS[NAMES[topic]][german].split(), 5, replace=False).tolist())
            for _ in range(2)
        ]
        brief = BRIEFS[german].format(*words)
        starts = START + WEEK * week + np.timedelta64(int(random.integers(0, 5)) * 24 + 8, "h")
        brand = int(random.integers(0, len(BRANDS)))
        campaigns.append(
            {
                "campaign_id": f"c{number:04d}",
                "week": week,
                "topic": topic,
                "german": german,
                "related": [NAMES.index(other) for other in CATEGORIES[category] if other != NAMES[topic]],
                "category": category,
                "brand": BRANDS[brand],
                "brand_number": brand,
                "brief": brief.replace(" ", "") if german and world.mechanism == "unspaced" else brief,
                "starts_at": starts,
                "ends_at": starts + np.timedelta64(int(random.integers(7, 22)), "D"),
                "future": number >= world.campaigns - FUTURE,
            }
        )
    return campaigns


def simulate(world: World, out: str | Path) -> dict[str, int]:
    """Write the world's tables, and its truth beside them, to the folder ``out``; return the rows of each table.

    The folder is whole or not there. Memory holds :data:`CHUNK` influencers at a time and the causes of all.
    """
    with whole_folder(Path(out), ours=OUTPUT) as folder:
        random = np.random.default_rng([world.seed, 1])
        people = draw_people(world, random)
        counts = _write_campaigns(world, people, folder)
        counted = ("post_metrics",) if world.counts else ()
        writers = {
            name: _Writer(folder / f"{name}.parquet")
            for name in ("influencers", "posts", "audience", "mentions", "credentials", *counted)
        }
        prestige = np.sqrt(people.audience) * np.exp(0.5 * people.virality)
        circles = [np.flatnonzero(people.main == topic) for topic in range(len(NAMES))]
        weights = [
            prestige[circle] / prestige[circle].sum() if len(circle) else prestige[circle]
            for circle in circles
        ]
        buyers = np.flatnonzero(people.buys_at < 10**6)
        for start in range(0, world.influencers, CHUNK):
            chunk = np.arange(start, min(start + CHUNK, world.influencers))
            for name, table in live(world, people, chunk, circles, weights, buyers):
                writers[name].write(table)
        for name, writer in writers.items():
            counts[name] = writer.close()
    return counts


class _Writer:
    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self.writer: pq.ParquetWriter | None = None

    def write(self, columns: dict[str, object]) -> None:
        table = pa.table(columns)
        self.writer = self.writer or pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self.writer.write_table(table)
        self.rows += table.num_rows

    def close(self) -> int:
        if self.writer:
            self.writer.close()
        return self.rows


def _write_campaigns(world: World, people: People, folder: Path) -> dict[str, int]:
    random = np.random.default_rng([world.seed, 2])
    campaigns = _campaigns(world, random)
    columns = ("campaign_id", "brand", "category", "brief", "starts_at", "ends_at")
    pq.write_table(
        pa.table({name: [dict(c)[name] for c in campaigns] for name in columns}), folder / "campaigns.parquet"
    )
    outcomes, candidates, truth = [], [], []
    ids = np.array([f"i{number:07d}" for number in range(world.influencers)])
    mechanism = Mechanism(world.mechanism, world.influencers, len(BRANDS), world.weeks, world.seed)
    for campaign in campaigns:
        n = len(people)
        exposure, discount = random.integers(1, 6, n).astype(float), random.choice([0.0, 0.1, 0.2, 0.3], n)
        exposure = mechanism.calls(exposure)
        effects = effects_of(people, campaign, discount, world)
        effect = sum(effects[name] for name in EFFECTS)
        effect = effect + mechanism.log_effect(campaign, effects["log_audience"])
        expected = exposure**0.85 * np.exp(BASE + effect)
        followers = people.followers(campaign["week"])
        # Brands look at followers first and at the topic a little; Gumbel's trick draws without replacement.
        appeal = mechanism.appeal(followers, people.topic(campaign["week"]) == campaign["topic"])
        order = np.argsort(-(appeal + random.gumbel(0, 1, n)))
        picked = order[: world.picks]
        mechanism.ask(picked)
        rest = order[world.picks :]
        others = random.choice(rest, min(world.unpicked, len(rest)), replace=False)
        shown_to = np.concatenate([picked, others])
        fee = np.rint(20 * followers**0.55 * exposure**0.9 * np.exp(random.normal(0, 0.2, n)))
        agreed = {"exposure": exposure, "fee": fee, "discount": discount}
        decided = campaign["starts_at"] - np.timedelta64(int(random.integers(2, 10)), "D")
        if campaign["future"]:
            candidates.append(
                {"campaign_id": [campaign["campaign_id"]] * len(shown_to), "influencer_id": ids[shown_to]}
                | {"decided_at": [decided] * len(shown_to)}
                | {name: values[shown_to] for name, values in agreed.items()}
            )
        else:
            conversions = random.poisson(expected[picked] * random.gamma(SURPRISE, 1 / SURPRISE, len(picked)))
            conversions = mechanism.counted(conversions)
            refunds = random.binomial(conversions, 0.04)
            outcomes.append(
                {"campaign_id": [campaign["campaign_id"]] * len(picked), "influencer_id": ids[picked]}
                | {"decided_at": [decided] * len(picked)}
                | {name: values[picked] for name, values in agreed.items()}
                | {"conversions": conversions.astype(float), "refunds": refunds.astype(float)}
                | {"revenue": np.round((conversions - refunds) * 35.0 * (1 - discount[picked]), 2)}
                | {
                    "delivered_exposure": np.maximum(
                        1.0, exposure[picked] - random.binomial(1, 0.1, len(picked))
                    )
                }
            )
        truth.append(
            {"campaign_id": [campaign["campaign_id"]] * len(shown_to), "influencer_id": ids[shown_to]}
            | {"picked": np.arange(len(shown_to)) < len(picked), "followers": followers[shown_to]}
            | {"exposure": exposure[shown_to], "discount": discount[shown_to]}
            # Refunds are gone before anybody counts: the truth is net of the 4 % that are given back.
            | {"expected_conversions": 0.96 * mechanism.expected(expected, SURPRISE)[shown_to]}
            | {f"effect_{name}": effects[name][shown_to] for name in EFFECTS}
            | {f"cause_{name}": effects[name][shown_to] for name in CAUSES}
        )
    (folder / "truth").mkdir()
    counts = {"campaigns": len(campaigns)}
    for path, parts in (("outcomes", outcomes), ("candidates", candidates), ("truth/truth", truth)):
        table = pa.concat_tables([pa.table(part) for part in parts])
        pq.write_table(table, folder / f"{path}.parquet", compression="zstd")
        counts[path] = table.num_rows
    settings = pa.table({name: [value] for name, value in asdict(world).items()})
    pq.write_table(settings, folder / "truth" / "world.parquet")
    counts.pop("truth/truth")
    return counts
