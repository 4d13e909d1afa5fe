"""What a feature says hangs on what it means: not on what is not known, nor on units, names or the order of rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features import FEATURES
from suasion.features.build import build_features, prepare
from suasion.features.check import open_tables
from suasion.features.text import LatentSpace

from . import small
from .small import T0

SPACE = LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)
COLUMNS = [feature.column for feature in FEATURES]
DECISIONS = "SELECT campaign_id, influencer_id, decided_at AS as_of, exposure, fee, discount FROM outcomes WHERE superseded_at > '9999-01-01'"
AGO = T0 - timedelta(days=10)


def build(rows: small.Tables, decisions: str = DECISIONS) -> pd.DataFrame:
    with TemporaryDirectory() as folder, open_tables(small.write(rows, Path(folder) / "data")) as tables:
        return build_features(prepare(tables, SPACE), decisions)


def one(**more: list[small.Row]) -> dict[str, float]:
    """Return the features of ann, asked at ``T0``, from little more than is given."""
    campaign = {"campaign_id": "k", "brand": "b", "category": "food", "brief": "hops malt yeast"}
    campaign |= {"starts_at": T0 + timedelta(days=1), "ends_at": T0 + timedelta(days=9), "known_at": AGO}
    outcome = {
        "campaign_id": "k",
        "influencer_id": "ann",
        "decided_at": T0,
        "known_at": T0 + timedelta(days=30),
    }
    outcome |= {"exposure": 1.0, "conversions": 1.0, "refunds": None}
    rows: small.Tables = {"campaigns": [campaign], "outcomes": [outcome], "posts": []}
    crowd = [post(f"c{k}", "fan", " ".join(small.WORDS[k % 9 + 3 : k % 9 + 6])) for k in range(60)]
    for name, found in ({"posts": crowd} | more).items():
        rows[name] = rows.get(name, []) + (crowd if name == "posts" and found is not crowd else []) + found
    table = build(rows)
    return dict(table[(table["campaign_id"] == "k") & (table["influencer_id"] == "ann")].iloc[0])


def post(identity: str, author: str, text: str | None, reply: str | None = None, **more: Any) -> small.Row:
    at = AGO + timedelta(minutes=sum(map(ord, identity)))
    row = {"post_id": identity, "author_id": author, "created_at": at, "known_at": at, "text": text}
    return row | {"reply_to_id": reply, "links": None} | more


@pytest.mark.parametrize("nothing", [None, "", " ", "👍", "of no known word"])
def test_a_picture_is_neither_near_nor_far(nothing: str | None) -> None:
    near = [post("near", "ann", "hops malt yeast")]
    alone = one(posts=near)
    told = one(posts=[*near, *(post(f"picture{k}", "ann", nothing) for k in range(9))])
    of_text = [c for c in COLUMNS if c.startswith("relevance__")]
    assert alone["relevance__mean_closeness__90d"] > 0.8
    assert {c: told[c] for c in of_text} == pytest.approx({c: alone[c] for c in of_text}, nan_ok=True)
    assert told["relevance__relevant_share__365d"] == told["relevance__relevant_posts__365d"] == 1.0
    assert told["frequency__posts_per_week__90d"] == pytest.approx(
        10 * alone["frequency__posts_per_week__90d"]
    )


def test_of_pictures_alone_nothing_is_said_and_of_nobody_that_there_is_nothing() -> None:
    told = one(posts=[post(f"picture{k}", "ann", None) for k in range(3)])
    counts = ["relevance__relevant_posts__365d", "frequency__relevant_posts_per_week__90d"]
    assert np.isnan(
        [told[c] for c in [*counts, "relevance__mean_closeness__365d", "relevance__relevant_share__365d"]]
    ).all()
    silent = one()
    assert [silent[c] for c in counts] == [0.0, 0.0]
    assert np.isnan(silent["relevance__relevant_share__365d"])


def test_a_thread_without_a_text_is_no_distant_one() -> None:
    answers = [
        post("a0", "ann", "malt", "near"),
        post("a1", "ann", "malt", "picture"),
        post("a2", "ann", "malt", "unseen"),
    ]
    told = one(posts=[post("near", "fan", "hops malt yeast"), post("picture", "fan", None), *answers])
    assert told["relevance__thread_closeness__365d"] > 0.8
    assert told["relevance__relevant_threads__365d"] == 1.0
    assert np.isnan(one(posts=[answers[2]])["relevance__relevant_threads__365d"])


def test_replies_without_a_text_are_neither_critical_nor_kind() -> None:
    said = post("s", "ann", "hops")
    blank = [post(f"r{k}", "fan", [None, "", "  "][k % 3], "s") for k in range(5)]
    told = one(posts=[said, *blank])
    assert told["conversation__replies_received__365d"] == 5
    assert np.isnan(
        [
            told[f"conversation__{c}__365d"]
            for c in ("criticism_share", "questions_answered", "criticism_answered")
        ]
    ).all()
    heard = [
        post(f"h{k}", "fan", text, "s")
        for k, text in enumerate(["awful, terrible", "is it?", "nice", "good"])
    ]
    told = one(posts=[said, *blank, *heard, post("b", "ann", "yes", "h1")])
    assert told["conversation__criticism_share__365d"] == 0.25
    assert told["conversation__questions_answered__365d"] == 1.0
    assert told["conversation__criticism_answered__365d"] == 0.0


def test_links_that_are_not_known_are_not_none() -> None:
    told = one(
        posts=[
            post("a", "ann", "hops", links=["u", "v"]),
            post("b", "ann", "hops", links=[]),
            post("c", "ann", "hops"),
        ]
    )
    assert told["conversation__links_per_post__365d"] == 1.0
    assert np.isnan(one(posts=[post("c", "ann", "hops")])["conversation__links_per_post__365d"])


def test_references_in_posts_without_a_text_are_not_irrelevant() -> None:
    def refer(k: int, in_post: str | None) -> small.Row:
        at = AGO + timedelta(hours=k)
        row = {
            "referrer_id": "fan",
            "influencer_id": "ann",
            "kind": "mention",
            "created_at": at,
            "known_at": at,
        }
        return row | {"post_id": in_post}

    posts = [post("near", "fan", "hops malt yeast"), post("picture", "fan", None)]
    column = "references__relevant_received__365d"
    assert one(posts=posts, mentions=[refer(1, "near"), refer(2, "picture"), refer(3, None)])[column] == 1.0
    assert np.isnan(one(posts=posts, mentions=[refer(2, "picture"), refer(3, None)])[column])
    other = refer(1, "near") | {"referrer_id": "ann", "influencer_id": "fan"}
    assert one(posts=posts, mentions=[other])[column] == 0.0


def test_what_nobody_told_of_credentials_and_refunds_counts_for_neither_side() -> None:
    held = [
        {
            "influencer_id": "ann",
            "kind": "book",
            "subject": subject,
            "awarded_at": AGO,
            "known_at": AGO,
            "verified": verified,
        }
        for subject, verified in (("hops", True), ("wine", False), ("cork", None), ("zzz", None))
    ]
    told = one(credentials=held)
    assert told["reputation__verified_share"] == 0.5
    assert np.isnan(one(credentials=held[2:])["reputation__verified_share"])
    assert np.isnan(one(credentials=held[3:])["reputation__closest_credential"])
    past = [
        {"campaign_id": "k", "influencer_id": "ann", "decided_at": AGO, "known_at": AGO + timedelta(days=1)}
        | {"exposure": 1.0, "conversions": 4.0, "refunds": refunds}
        for refunds in (1.0, None)
    ]
    campaigns = [
        {
            "campaign_id": f"old{k}",
            "brand": "b",
            "category": None,
            "brief": "hops",
            "starts_at": AGO,
            "ends_at": AGO,
            "known_at": AGO - timedelta(days=3),
        }
        for k in range(2)
    ]
    told = one(campaigns=campaigns, outcomes=[row | {"campaign_id": f"old{k}"} for k, row in enumerate(past)])
    assert told["conversion__refund_share"] == 0.25


def test_who_follows_nobody_or_does_not_say() -> None:
    shots = [
        {
            "influencer_id": "ann",
            "observed_at": at,
            "known_at": at,
            "followers": followers,
            "following": following,
        }
        for at, followers, following in ((AGO, 300.0, 30.0), (AGO + timedelta(days=1), 900.0, None))
    ]
    assert one(audience=shots)["momentum__followers_per_following"] == 10.0
    assert np.isnan(one(audience=[shots[0] | {"following": 0.0}])["momentum__followers_per_following"])
    unknown = one()
    assert np.isnan([unknown[c] for c in COLUMNS if "follower" in c or "weekly" in c]).all()
