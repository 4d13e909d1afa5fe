"""What people in the simulated world do: write, answer, reshare, grow; see :mod:`suasion.training.datasets.simulated`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .counts import count_posts
from .names import handle_of, platform_of
from .people import NAMES, START, WEEK, Floats, Ints, People, World
from .words import ANSWERS, CRITICISM, EVERYDAY, PRAISE, QUESTIONS, TOPICS

Ids: TypeAlias = NDArray[np.str_] | NDArray[np.object_]


class _Speaker:
    """Says things: words of a topic in a language among everyday ones, and phrases with a topic's word in them."""

    def __init__(self, random: np.random.Generator, *, spaced: bool) -> None:
        self.random, self.spaced = random, spaced
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
            texts.append(" ".join(words) if self.spaced or not language else "".join(words))
        return texts

    def phrase(self, phrases: tuple[str, str], topics: Ints, german: NDArray[np.bool_]) -> list[str]:
        lists = [[part.strip() for part in text.split("|")] for text in phrases]
        which, word = self.random.random(len(topics)), self.random.random(len(topics))
        texts = []
        for row, topic in enumerate(topics.tolist()):
            language = int(german[row])
            pool, choice = self.words[topic][language], lists[language]
            text = choice[int(which[row] * len(choice))].format(pool[int(word[row] * len(pool))])
            texts.append(text if self.spaced or not language else text.replace(" ", ""))
        return texts


def live(
    world: World, people: People, chunk: Ints, circles: list[Ints], weights: list[Floats], buyers: Ints
) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the tables of some influencers' lives: what they wrote, who answered, who reshared, who was counted."""
    random = np.random.default_rng([world.seed, 3, int(chunk[0])])
    speaker = _Speaker(random, spaced=world.mechanism != "unspaced")
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
            "platform": [platform_of(int(number)) for number in chunk],
            "handle": [handle_of(int(number), int(people.main[number])) for number in chunk],
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
    if world.counts:
        yield "post_metrics", count_posts(world, people, person, week, post, written)

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
    # An audience with a topic of its own talks about that.
    talked = np.where(people.reads[person[reply]] >= 0, people.reads[person[reply]], topic[reply])
    for phrases, chosen in (
        (QUESTIONS, mood < 0.3),
        (CRITICISM, (mood >= 0.3) & (mood < 0.42)),
        (PRAISE, mood >= 0.42),
    ):
        text[chosen] = speaker.phrase(phrases, talked[chosen], german[reply[chosen]])
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
    ids: Ids,
    authors: Ids,
    moments: NDArray[np.datetime64],
    texts: list[str],
    german: NDArray[np.bool_],
    replies: Ids | None,
) -> dict[str, object]:
    return {
        "post_id": pa.array(ids, pa.string()),
        "author_id": pa.array(authors, pa.string()),
        "created_at": moments,
        "text": pa.array(texts, pa.string()),
        "language": np.where(german, "de", "en"),
        "reply_to_id": pa.nulls(len(ids), pa.string()) if replies is None else pa.array(replies, pa.string()),
    }


def _referred(
    referrers: Ids, targets: Ids, kind: str, moments: NDArray[np.datetime64], posts: Ids | None
) -> dict[str, object]:
    return {
        "referrer_id": pa.array(referrers, pa.string()),
        "influencer_id": pa.array(targets, pa.string()),
        "kind": [kind] * len(moments),
        "created_at": moments,
        "post_id": pa.nulls(len(moments), pa.string()) if posts is None else pa.array(posts, pa.string()),
    }
