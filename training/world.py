"""A simulated world with known truth, for the demo, for tests and for benchmarks.

People write about topics in two languages at their own pace; audiences read, ask, criticise, praise and reshare; and
when a campaign calls, a reader buys or not. Some influencers abandon their account, some rise, some buy followers,
some are much talked to and never convert, some change their topic. Brands picked people mostly by followers.

Everything that moves a reader is a latent cause, drawn here and never written to a table: the tables hold only what
it left behind. The mechanism shares no code with the features. Expected conversions of influencer i in campaign c are

    exposure ** 0.85 × exp(base + offer + relevance + frequency + references + conversation + reputation + conversion + momentum)

with each term a function of latent causes (:func:`_effects`), and what came is that times a gamma surprise, Poisson.
What is true goes to ``truth/`` in the same folder, a name no table has, so training cannot read it: for those
picked and for others who were not, the expected conversions, the effect of each characteristic and the causes.

>>> World(influencers=200, campaigns=60).influencers
200
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from suasion.features.errors import InputError
from suasion.features.files import whole_folder
from suasion.features.tables import TABLES

from .world_words import ANSWERS, BRIEFS, CATEGORIES, CRITICISM, EVERYDAY, PRAISE, QUESTIONS, TOPICS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

START = np.datetime64("2022-01-03T00:00:00", "us")
WEEK = np.timedelta64(7 * 86_400_000_000, "us")
HISTORY = 40
"""Weeks of life before the first campaign."""
FUTURE = 20
"""The last campaigns have candidates and no outcomes yet."""
CHUNK = 500
"""Influencers simulated at a time: memory does not grow with their number."""
NAMES = tuple(TOPICS)
EFFECTS = (
    "offer",
    "relevance",
    "frequency",
    "references",
    "conversation",
    "reputation",
    "conversion",
    "momentum",
)
CAUSES = (
    "interest",
    "attention",
    "virality",
    "responsiveness",
    "authority",
    "persuasion",
    "log_audience",
    "growth",
)
OUTPUT = frozenset({*(f"{name}.parquet" for name in TABLES), "truth", "quarantine"})


@dataclass(frozen=True)
class World:
    """How large the world is, and its seed; the same values give the same files.

    ``posts_per_week`` is the mean pace of an influencer, ``replies_per_post`` the mean number of replies to a post.
    """

    influencers: int = 800
    campaigns: int = 320
    picks: int = 30
    unpicked: int = 100
    weeks: int = 120
    posts_per_week: float = 1.2
    replies_per_post: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse sizes that make no world."""
        least = {
            "influencers": 100,
            "campaigns": FUTURE + 10,
            "picks": 1,
            "unpicked": 1,
            "weeks": HISTORY + 20,
        }
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise InputError(f"{name} is {getattr(self, name)}; a world takes at least {smallest}.")
        if self.picks > self.influencers:
            raise InputError(
                f"picks is {self.picks}, more than the {self.influencers} influencers there are."
            )


@dataclass(frozen=True)
class People:
    """Latent causes, one row an influencer. Weeks count from the world's start; a week after its end means never."""

    main: Ints
    second: Ints
    focus: Floats
    turns_at: Ints
    """Week in which their main topic becomes ``later``."""
    later: Ints
    german: Floats
    """Share of what they write that is German; the rest is English."""
    pace: Floats
    abandons_at: Ints
    rises_at: Ints
    buys_at: Ints
    bought: Floats
    """Bought followers for each genuine one, from ``buys_at`` on."""
    audience: Floats
    growth: Floats
    virality: Floats
    responsiveness: Floats
    persuasion: Floats
    degrees: Ints
    """Credentials in their main topic."""
    born: Ints
    """Days before the start on which the account was made."""

    def __len__(self) -> int:
        return len(self.main)

    def active(self, week: Ints | int) -> NDArray[np.bool_]:
        """Whether they still write."""
        return np.asarray(week) < self.abandons_at

    def topic(self, week: Ints | int) -> Ints:
        """Main topic in that week."""
        return np.where(np.asarray(week) >= self.turns_at, self.later, self.main)

    def weekly_growth(self, week: Ints | int) -> Floats:
        """Growth of the genuine audience, log a week."""
        week = np.asarray(week)
        rising = (week >= self.rises_at) & (week < self.rises_at + 40)
        return np.where(week >= self.abandons_at, -0.004, self.growth + 0.025 * rising)

    def log_audience(self, week: int) -> Floats:
        """Log of the genuine audience at the start of a week."""
        rise = 0.025 * np.clip(week - self.rises_at, 0, 40)
        lived = np.minimum(week, self.abandons_at)
        return (
            np.log(self.audience)
            + self.growth * lived
            + rise
            - 0.004 * np.maximum(0, week - self.abandons_at)
        )

    def followers(self, week: int) -> Floats:
        """What everybody can count: genuine and bought."""
        genuine = np.exp(self.log_audience(week))
        return np.rint(genuine * (1 + np.where(week >= self.buys_at, self.bought, 0.0)))


def _people(world: World, random: np.random.Generator) -> People:
    n, never = world.influencers, 10**6
    topics = len(NAMES)
    kind = random.random(n)
    weeks = random.integers(HISTORY // 2, world.weeks, n)
    abandons, rises = kind < 0.12, (kind >= 0.12) & (kind < 0.24)
    buys, talks = (kind >= 0.24) & (kind < 0.36), (kind >= 0.36) & (kind < 0.48)
    main = random.integers(0, topics, n)
    language = random.random(n)
    virality = random.normal(0, 1, n) + 0.8 * talks
    return People(
        main=main,
        second=(main + random.integers(1, topics, n)) % topics,
        focus=random.beta(5, 3, n),
        turns_at=np.where(random.random(n) < 0.1, random.integers(20, world.weeks, n), never),
        later=(main + random.integers(1, topics, n)) % topics,
        german=np.where(language < 0.55, 0.0, np.where(language < 0.85, 1.0, 0.5)),
        pace=world.posts_per_week * np.exp(random.normal(-0.25, 0.7, n)),
        abandons_at=np.where(abandons, weeks, never),
        rises_at=np.where(rises, weeks, never),
        buys_at=np.where(buys, weeks - HISTORY // 2, never),
        bought=random.uniform(2, 8, n),
        audience=np.exp(random.normal(7.5, 1.2, n)),
        growth=random.normal(0.002, 0.003, n),
        virality=virality,
        responsiveness=random.beta(1.5, 2.0, n),
        persuasion=np.where(talks, -2.5, random.normal(0.3, 0.9, n)),
        degrees=random.poisson(np.exp(random.normal(-0.3, 1.0, n))),
        born=random.integers(100, 3000, n),
    )


def _effects(
    people: People, campaign: dict[str, Any], exposure: Floats, discount: Floats, world: World
) -> dict[str, Floats]:
    """Return the latent causes and the effects on log conversions for everybody in one campaign, by name."""
    week, topic = campaign["week"], campaign["topic"]
    understood = people.german if campaign["german"] else 1 - people.german
    share = people.focus * (people.topic(week) == topic) + (1 - people.focus) * 0.7 * (people.second == topic)
    related = np.isin(people.topic(week), campaign["related"])
    interest = understood * (share + 0.15 * related)
    silent = np.maximum(0, week - people.abandons_at)
    attention = people.pace / world.posts_per_week * np.exp(-silent / 6.0)
    authority = people.degrees * (people.main == topic) + 0.4 * people.degrees * np.isin(
        people.main, campaign["related"]
    )
    log_audience = people.log_audience(week)
    growth = people.weekly_growth(week)
    return {
        "interest": interest,
        "attention": attention,
        "virality": people.virality,
        "responsiveness": people.responsiveness,
        "authority": authority,
        "persuasion": people.persuasion,
        "log_audience": log_audience,
        "growth": growth,
        "offer": 2.0 * discount + 0.15 * np.sin(2 * np.pi * week / 52.0) * np.ones(len(people)),
        "relevance": 2.4 * np.sqrt(interest),
        "frequency": 0.8 * np.log1p(2.0 * attention),
        "references": 0.35 * people.virality,
        "conversation": 1.2 * people.responsiveness,
        "reputation": 0.45 * np.log1p(authority),
        "conversion": 0.6 * people.persuasion,
        "momentum": 0.5 * (log_audience - 7.5) + 12.0 * growth,
    }


BASE = -2.4
SURPRISE = 6.0
"""Shape of the gamma noise on expected conversions: its relative standard deviation is 0.41."""


def _campaigns(world: World, random: np.random.Generator) -> list[dict[str, Any]]:
    found = []
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
        starts = START + WEEK * week + np.timedelta64(int(random.integers(0, 5)) * 24 + 8, "h")
        found.append(
            {
                "campaign_id": f"c{number:04d}",
                "week": week,
                "topic": topic,
                "german": german,
                "related": [NAMES.index(other) for other in CATEGORIES[category] if other != NAMES[topic]],
                "category": category,
                "brand": f"brand {random.integers(0, 6)}",
                "brief": BRIEFS[german].format(*words),
                "starts_at": starts,
                "ends_at": starts + np.timedelta64(int(random.integers(7, 22)), "D"),
                "future": number >= world.campaigns - FUTURE,
            }
        )
    return found


def simulate(world: World, out: str | Path) -> dict[str, int]:
    """Write the world's tables, and its truth beside them, to the folder ``out``; return the rows of each table.

    The folder is whole or not there. Memory holds :data:`CHUNK` influencers at a time and the causes of all.
    """
    with whole_folder(Path(out), ours=OUTPUT) as folder:
        random = np.random.default_rng([world.seed, 1])
        people = _people(world, random)
        counts = _write_campaigns(world, people, folder)
        writers = {
            name: _Writer(folder / f"{name}.parquet")
            for name in ("influencers", "posts", "audience", "mentions", "credentials")
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
            for name, table in _life(world, people, chunk, circles, weights, buyers):
                writers[name].write(table)
        for name, writer in writers.items():
            counts[name] = writer.close()
    return counts


class _Writer:
    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self.writer: pq.ParquetWriter | None = None

    def write(self, columns: dict[str, Any]) -> None:
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
    shown = ("campaign_id", "brand", "category", "brief", "starts_at", "ends_at")
    pq.write_table(
        pa.table({name: [c[name] for c in campaigns] for name in shown}), folder / "campaigns.parquet"
    )
    outcomes, candidates, truth = [], [], []
    ids = np.array([f"i{number:07d}" for number in range(world.influencers)])
    for campaign in campaigns:
        n = len(people)
        exposure, discount = random.integers(1, 6, n).astype(float), random.choice([0.0, 0.1, 0.2, 0.3], n)
        told = _effects(people, campaign, exposure, discount, world)
        effect = sum(told[name] for name in EFFECTS)
        expected = exposure**0.85 * np.exp(BASE + effect)
        followers = people.followers(campaign["week"])
        # Brands look at followers first and at the topic a little; Gumbel's trick draws without replacement.
        appeal = np.log(followers) + 0.8 * (people.topic(campaign["week"]) == campaign["topic"])
        order = np.argsort(-(appeal + random.gumbel(0, 1, n)))
        picked = order[: world.picks]
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
            came = random.poisson(expected[picked] * random.gamma(SURPRISE, 1 / SURPRISE, len(picked)))
            refunds = random.binomial(came, 0.04)
            outcomes.append(
                {"campaign_id": [campaign["campaign_id"]] * len(picked), "influencer_id": ids[picked]}
                | {"decided_at": [decided] * len(picked)}
                | {name: values[picked] for name, values in agreed.items()}
                | {"conversions": came.astype(float), "refunds": refunds.astype(float)}
                | {"revenue": np.round((came - refunds) * 35.0 * (1 - discount[picked]), 2)}
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
            | {"expected_conversions": 0.96 * expected[shown_to]}
            | {f"effect_{name}": told[name][shown_to] for name in EFFECTS}
            | {f"cause_{name}": told[name][shown_to] for name in CAUSES}
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


class _Speaker:
    """Says things: words of a topic in a language among everyday ones, and phrases with a topic's word in them."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        self.words = [[texts[language].split() for language in (0, 1)] for texts in TOPICS.values()]
        self.everyday = [text.split() for text in EVERYDAY]

    def post(self, topics: Ints, german: NDArray[np.bool_]) -> list[str]:
        random, n = self.random, len(topics)
        lengths = random.integers(8, 18, n)
        about = random.random((n, 18)) < 0.45
        elsewhere = random.random((n, 18)) < 0.08
        other = random.integers(0, len(NAMES), (n, 18))
        draws = random.random((n, 18))
        texts = []
        for row in range(n):
            language, words = int(german[row]), []
            for place in range(lengths[row]):
                if about[row, place]:
                    topic = other[row, place] if elsewhere[row, place] else topics[row]
                    pool = self.words[topic][language]
                else:
                    pool = self.everyday[language]
                words.append(pool[int(draws[row, place] * len(pool))])
            texts.append(" ".join(words))
        return texts

    def phrase(self, phrases: tuple[str, str], topics: Ints, german: NDArray[np.bool_]) -> list[str]:
        told = [[part.strip() for part in text.split("|")] for text in phrases]
        which, word = self.random.random(len(topics)), self.random.random(len(topics))
        texts = []
        for row, topic in enumerate(topics.tolist()):
            language = int(german[row])
            pool, choice = self.words[topic][language], told[language]
            texts.append(choice[int(which[row] * len(choice))].format(pool[int(word[row] * len(pool))]))
        return texts


def _life(
    world: World, people: People, chunk: Ints, circles: list[Ints], weights: list[Floats], buyers: Ints
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the tables of some influencers' lives: what they wrote, who answered, who reshared, who was counted."""
    random = np.random.default_rng([world.seed, 3, int(chunk[0])])
    speaker = _Speaker(random)
    ids = np.array([f"i{number:07d}" for number in chunk])
    crowd = max(1000, world.influencers * 10)

    def moment(week: Ints) -> NDArray[np.datetime64]:
        return (
            START + WEEK * week + random.integers(0, 7 * 86_400_000_000, len(week)).astype("timedelta64[us]")
        )

    born = np.datetime64("2022-01-01T00:00:00", "us") - people.born[chunk].astype("timedelta64[D]")
    yield (
        "influencers",
        {
            "influencer_id": ids,
            "platform": ["simulated"] * len(ids),
            "handle": [f"@{name}" for name in ids],
            "created_at": born,
        },
    )
    held = np.repeat(np.arange(len(chunk)), people.degrees[chunk])
    yield (
        "credentials",
        {
            "influencer_id": ids[held],
            "kind": random.choice(["degree", "book", "title", "badge"], len(held)),
            "subject": [
                TOPICS[NAMES[people.main[chunk[k]]]][int(random.random() < people.german[chunk[k]])]
                for k in held
            ],
            "awarded_at": born[held]
            + (random.random(len(held)) * people.born[chunk[held]] * 86_400e6).astype("timedelta64[us]"),
            "verified": random.random(len(held)) < 0.7,
        },
    )
    weeks = np.arange(world.weeks)
    followers = np.stack([people.followers(int(week))[chunk] for week in weeks])
    yield (
        "audience",
        {
            "influencer_id": np.tile(ids, len(weeks)),
            "observed_at": np.repeat(START + WEEK * weeks, len(ids)),
            "followers": np.rint(followers * np.exp(random.normal(0, 0.003, followers.shape))).ravel(),
            "following": np.tile(np.rint(50 + 900 * random.random(len(ids))), len(weeks)),
        },
    )
    # Posts: as many as the pace says, while the account is alive.
    rate = people.pace[chunk][None, :] * np.stack([people.active(int(week))[chunk] for week in weeks])
    number = random.poisson(rate)
    week, who = np.repeat(np.indices(number.shape).reshape(2, -1), number.ravel(), axis=1)
    person = chunk[who]
    topic = np.where(week >= people.turns_at[person], people.later[person], people.main[person])
    chance = random.random(len(who))
    aside = random.integers(0, len(NAMES), len(who))
    focus = people.focus[person]
    topic = np.where(
        chance < focus, topic, np.where(chance < focus + (1 - focus) * 0.7, people.second[person], aside)
    )
    german = random.random(len(who)) < people.german[person]
    written = moment(week)
    post = np.array([f"p{chunk[0]}-{k}" for k in range(len(who))], dtype=object)
    yield "posts", _said(post, ids[who], written, speaker.post(topic, german), german, None)

    audience = np.exp(people.log_audience(0)[person]) * np.exp(people.growth[person] * week)
    size = (audience / 1800.0) ** 0.35
    warmth = np.exp(0.25 * people.virality[person])
    # Readers reshare what they like; what is reshared is seen by more.
    times = random.poisson(0.35 * world.replies_per_post * size * np.exp(0.5 * people.virality[person]))
    again = np.repeat(np.arange(len(who)), times)
    yield (
        "mentions",
        _referred(
            _readers(random, crowd, len(again)),
            ids[who[again]],
            "reshare",
            _later(random, written[again], 30.0),
            None,
        ),
    )

    # Readers answer: they ask, criticise or praise; the influencer answers questions and criticism, or not.
    times = random.poisson(world.replies_per_post * size * warmth)
    reply = np.repeat(np.arange(len(who)), times)
    mood = random.random(len(reply))
    reader, heard = _readers(random, crowd, len(reply)), _later(random, written[reply], 20.0)
    reply_id = np.array([f"r{chunk[0]}-{k}" for k in range(len(reply))], dtype=object)
    text = np.empty(len(reply), dtype=object)
    for phrases, chosen in (
        (QUESTIONS, mood < 0.3),
        (CRITICISM, (mood >= 0.3) & (mood < 0.42)),
        (PRAISE, mood >= 0.42),
    ):
        text[chosen] = speaker.phrase(phrases, topic[reply[chosen]], german[reply[chosen]])
    yield "posts", _said(reply_id, reader, heard, text.tolist(), german[reply], post[reply])
    yield "mentions", _referred(reader, ids[who[reply]], "comment", heard, reply_id)
    willing = (mood < 0.42) & (random.random(len(reply)) < people.responsiveness[person[reply]])
    willing &= heard < START + WEEK * np.minimum(people.abandons_at[person[reply]], world.weeks)
    back = np.flatnonzero(willing)
    slow = 2.0 + 30.0 * (1 - people.responsiveness[person[reply[back]]])
    answer_id = np.array([f"a{chunk[0]}-{k}" for k in range(len(back))], dtype=object)
    answered = heard[back] + (random.exponential(1.0, len(back)) * slow * 3600e6).astype("timedelta64[us]")
    answer = speaker.phrase(ANSWERS, topic[reply[back]], german[reply[back]])
    yield (
        "posts",
        _said(answer_id, ids[who[reply[back]]], answered, answer, german[reply[back]], reply_id[back]),
    )

    # They cite each other: mostly people of standing in their own circle; buyers praise each other in rings.
    cites = np.flatnonzero(random.random(len(who)) < 0.08)
    target = np.array(
        [
            random.choice(circles[t], p=weights[t]) if len(circles[t]) else chunk[0]
            for t in topic[cites].tolist()
        ],
        dtype=int,
    )
    yield "mentions", _referred(ids[who[cites]], _named(target), "mention", written[cites], post[cites])
    if len(buyers) > 1:
        praise = np.flatnonzero((week >= people.buys_at[person]) & (random.random(len(who)) < 0.3))
        place = np.searchsorted(buyers, person[praise])
        partner = buyers[(place + random.integers(1, 4, len(praise))) % len(buyers)]
        yield (
            "mentions",
            _referred(ids[who[praise]], _named(partner), "mention", written[praise], post[praise]),
        )


def _named(numbers: Ints) -> NDArray[np.str_]:
    return np.array([f"i{number:07d}" for number in numbers], dtype="U8")


def _readers(random: np.random.Generator, crowd: int, n: int) -> NDArray[np.object_]:
    # Few readers write often and most seldom: a squared uniform number.
    return np.array([f"u{number}" for number in (random.random(n) ** 2 * crowd).astype(int)], dtype=object)


def _later(
    random: np.random.Generator, moments: NDArray[np.datetime64], hours: float
) -> NDArray[np.datetime64]:
    return moments + (random.exponential(hours * 3600e6, len(moments))).astype("timedelta64[us]")


def _said(
    ids: Any,
    authors: Any,
    moments: NDArray[np.datetime64],
    texts: list[str],
    german: NDArray[np.bool_],
    replies: Any,
) -> dict[str, Any]:
    return {
        "post_id": pa.array(ids, pa.string()),
        "author_id": pa.array(authors, pa.string()),
        "created_at": moments,
        "text": pa.array(texts, pa.string()),
        "language": np.where(german, "de", "en"),
        "reply_to_id": pa.nulls(len(ids), pa.string()) if replies is None else pa.array(replies, pa.string()),
    }


def _referred(
    referrers: Any, targets: Any, kind: str, moments: NDArray[np.datetime64], posts: Any
) -> dict[str, Any]:
    return {
        "referrer_id": pa.array(referrers, pa.string()),
        "influencer_id": pa.array(targets, pa.string()),
        "kind": [kind] * len(moments),
        "created_at": moments,
        "post_id": pa.nulls(len(moments), pa.string()) if posts is None else pa.array(posts, pa.string()),
    }
