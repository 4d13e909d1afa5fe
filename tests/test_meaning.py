"""What a feature says hangs on what it means: not on what is not known, nor on units, names or the order of rows."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features import FEATURES
from suasion.features.engine.matrix import build_features, prepare
from suasion.features.engine.similarity import HASH, hash_of
from suasion.features.tables.open import open_tables
from suasion.features.text.space import LatentSpace
from suasion.features.text.withheld import Sealer

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


def test_a_post_of_which_nobody_tells_what_it_is_is_neither_a_video_nor_none() -> None:
    """Three videos of four; stories count only where there are any, for what leaves them out does not say that there are none."""
    kinds = ("video", "short", "live", "picture", None)
    posts = [post(f"p{k}", "ann", "hops") | {"format": kind} for k, kind in enumerate(kinds)]
    told = one(posts=posts)
    assert told["frequency__video_share__365d"] == 0.75
    assert np.isnan(told["frequency__stories_per_week__90d"])
    assert np.isnan(one(posts=posts[4:])["frequency__video_share__365d"])
    stories = [post(f"s{k}", "ann", None) | {"format": "story"} for k in range(9)]
    told = one(posts=[*posts, *stories])
    assert told["frequency__stories_per_week__90d"] == pytest.approx(0.7)
    assert told["frequency__video_share__365d"] == pytest.approx(3 / 13)


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


ENDED = [
    {"campaign_id": f"old{k}", "brand": "b", "category": None, "brief": "hops"}
    | {"starts_at": AGO, "ends_at": AGO, "known_at": AGO - timedelta(days=3)}
    for k in range(3)
]


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
    told = one(campaigns=ENDED[:2], outcomes=[row | {"campaign_id": f"old{k}"} for k, row in enumerate(past)])
    assert told["conversion__refund_share"] == 0.25


def test_clicks_are_those_of_campaigns_of_which_they_are_known_and_conversions_go_by_them() -> None:
    """300 and 100 clicks a post; of the third campaign nothing is known of clicks, and its conversions are not set against them."""
    past = [
        {"campaign_id": f"old{k}", "influencer_id": "ann", "decided_at": AGO, "known_at": T0 - small.MICRO}
        | {"fee": 1.0, "discount": 0.0, "revenue": 1.0, "refunds": None}
        | {"exposure": exposure, "conversions": conversions, "clicks": clicks}
        for k, (exposure, conversions, clicks) in enumerate(
            [(2.0, 6.0, 600.0), (1.0, 4.0, 100.0), (1.0, 50.0, None)]
        )
    ]
    told = one(campaigns=ENDED, outcomes=past)
    assert told["conversion__clicks_per_post"] == 200.0
    assert told["conversion__conversions_per_click"] == pytest.approx(10.0 / 700.0)
    unknown = one(campaigns=ENDED[2:], outcomes=past[2:])
    assert np.isnan(unknown["conversion__clicks_per_post"])
    assert np.isnan(unknown["conversion__conversions_per_click"])


def brought(of: str, **counts: float | None) -> small.Row:
    return {"post_id": of, "observed_at": T0 - small.MICRO, "known_at": T0 - small.MICRO} | counts


def test_one_post_that_everybody_saw_moves_nothing_that_is_said_of_counts() -> None:
    old = {"created_at": T0 - timedelta(days=200), "known_at": T0 - timedelta(days=200)}
    posts = [post(f"near{k}", "ann", "hops malt yeast") for k in range(5)]
    posts += [post(f"far{k}", "ann", "coffee bean roast", **old) for k in range(5)]
    usual = [brought(f"near{k}", comments=40.0, likes=80.0 + k) for k in range(5)]
    usual += [brought(f"far{k}", comments=10.0, likes=10.0 + k) for k in range(5)]
    of_relevant, growth = "relevance__comments_on_relevant__365d", "momentum__engagement_growth__365d"
    told = one(posts=posts, post_metrics=usual)
    assert told[of_relevant] == pytest.approx(np.log(40 / 25))
    assert told[growth] == pytest.approx(np.log(122 / 22))
    viral = [*usual[:4], brought("near4", comments=4e6, likes=8e6), *usual[5:]]
    told = one(posts=posts, post_metrics=viral)
    assert told[of_relevant] == pytest.approx(np.log(40 / 25))
    assert told[growth] == pytest.approx(np.log(122 / 22))
    unread = [row | {"comments": None} if row["post_id"].startswith("near") else row for row in usual]
    told = one(posts=posts, post_metrics=unread)
    assert np.isnan(told[of_relevant]), "nobody read what they said to it: that is not none"
    assert told[growth] == pytest.approx(np.log(82 / 22))
    assert np.isnan(one(posts=posts, post_metrics=usual[:5])[growth]), "from nothing known nothing grew"


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


def test_who_is_verified_goes_by_what_was_last_told() -> None:
    shots = [
        {"influencer_id": "ann", "observed_at": at, "known_at": at, "followers": 300.0, "verified": verified}
        for at, verified in ((AGO, False), (AGO + timedelta(days=1), True), (AGO + timedelta(days=2), None))
    ]
    assert one(audience=shots)["reputation__is_verified"] == 1.0
    assert one(audience=shots[:1])["reputation__is_verified"] == 0.0
    assert np.isnan(one(audience=shots[2:])["reputation__is_verified"])


IDS = {
    "post_id",
    "author_id",
    "reply_to_id",
    "shares_id",
    "influencer_id",
    "referrer_id",
    "campaign_id",
    "brand",
    "category",
}


def renamed(rows: small.Tables, seed: int) -> tuple[small.Tables, dict[str, str]]:
    """Return the tables with every name another and every row at another place, and the new names."""
    random = np.random.default_rng(seed)
    old = sorted(
        {row[c] for found in rows.values() for row in found for c in IDS & set(row) if row[c] is not None}
    )
    new = dict(zip(old, (f"n{k}" for k in random.permutation(len(old))), strict=True))
    moved = {
        name: [
            {c: new.get(v, v) if c in IDS else v for c, v in found[k].items()}
            for k in random.permutation(len(found))
        ]
        for name, found in rows.items()
    }
    return moved, new


@pytest.mark.parametrize("seed", range(3))
def test_neither_names_nor_the_order_of_rows_matter(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "suasion.features.engine.similarity.SAMPLE", 40
    )  # so that it matters which posts are taken
    rows = small.make(seed)
    # Ties: things that happen, and outcomes that become known and are corrected, at one moment.
    for row in rows["outcomes"]:
        if row["known_at"] < T0:
            row["known_at"] = max(
                row["decided_at"] + small.MICRO, T0 - timedelta(days=(row["known_at"] - AGO).days % 3)
            )
    rows["posts"] += [dict(row, post_id=f"{row['post_id']}-again") for row in rows["posts"][:20]]
    rows = {name: small._without_contradictions(name, found) for name, found in rows.items()}
    before = build(rows)
    moved, new = renamed(rows, seed)
    key = ["campaign_id", "influencer_id"]
    after = build(moved).set_index(key).loc[[(new[c], new[i]) for c, i in before[key].to_numpy()]]
    for column in COLUMNS:
        np.testing.assert_allclose(after[column], before[column], rtol=1e-9, atol=1e-9, err_msg=column)


def test_of_two_offers_that_contradict_neither_is_taken_for_being_first() -> None:
    rows = small.make(0)
    rows["outcomes"] = [row | {"offer_bounty": 1.0} for row in rows["outcomes"]]
    rows["outcomes"].append(rows["outcomes"][0] | {"offer_bounty": 2.0})
    with TemporaryDirectory() as folder, open_tables(small.write(rows, Path(folder) / "data")) as tables:
        (report,) = [report for report in tables.reports if report.table == "outcomes"]
    assert report.aside == 2


def test_who_stands_alike_does_not_lead() -> None:
    """Two who refer to each other, and to whom others of the same standing refer: sums in another order, and nobody leads."""
    random = np.random.default_rng(7)  # one of the few where rounding sets the two apart
    degrees = random.integers(2, 30, 9)
    edges = [("ann", "bob"), ("bob", "ann")]
    for target, order in (("ann", degrees), ("bob", degrees[::-1])):
        for k, degree in enumerate(order):
            edges += [
                (f"{target}{k}", target),
                *((f"{target}{k}", f"f{target}{k}-{n}") for n in range(degree)),
            ]
    at = T0 - timedelta(days=200)
    more = {"kind": "mention", "post_id": None, "created_at": at, "known_at": at}
    told = one(mentions=[{"referrer_id": one_, "influencer_id": other} | more for one_, other in edges])
    assert told["references__own_standing"] > 1
    assert told["conversation__leaders_cited__365d"] == 0.0


def test_posts_are_sampled_by_what_they_say_and_when_also_without_their_words() -> None:
    texts = ["hops", "Is it? 👍", "sealed: hops", "か。"]
    seals = Sealer(SPACE)(texts)
    at = T0 - timedelta(days=3)
    rows = small.make(0)
    rows["posts"] = [
        post(f"p{k}", "ann", text, created_at=at, known_at=at) for k, text in enumerate([*texts, *seals])
    ]
    with TemporaryDirectory() as folder, open_tables(small.write(rows, Path(folder) / "data")) as tables:
        told = [row[0] for row in tables.sql(f"SELECT {HASH} FROM posts ORDER BY post_id").fetchall()]
    micros = (at - pd.Timestamp(0)) // pd.Timedelta(microseconds=1)
    assert told[:4] == told[4:] == [hash_of(text, micros) for text in texts]


UNITS = [
    (
        "outcomes",
        ("conversions", "refunds"),
        "conversion__(shrunk|category|brand|best)_?.*rate.*|conversion__conversions.*",
    ),
    ("outcomes", ("exposure",), "offer__exposure"),
    ("outcomes", ("clicks",), "conversion__clicks_per_post"),
    ("outcomes", ("fee",), "offer__fee.*"),
    ("outcomes", ("discount",), "offer__discount"),
    ("audience", ("followers",), "momentum__followers|momentum__followers_per_following"),
    ("audience", ("following",), ""),
    *(("audience", (name,), f".*__{name}") for name in small.TOLD),
    ("post_metrics", ("views", "impressions", "reach"), "momentum__(median_views|views_per_follower).*"),
    (
        "post_metrics",
        ("likes", "comments", "shares", "saves"),
        "references__(median_.*|.*_per_view|engagement_per_.*)__.*|conversation__comments_per_view.*",
    ),
    ("post_metrics", ("clicks",), "conversion__clicks_per_view.*"),
]


@pytest.mark.parametrize(("table", "columns", "scaled"), UNITS)
@pytest.mark.parametrize("factor", [1e-3, 1e6, 1 / 7])
def test_units_do_not_matter(table: str, columns: tuple[str, ...], scaled: str, factor: float) -> None:
    """A column in another unit: features of that unit are told in it, their reciprocals likewise, all others are what they were."""
    rows = small.make(2)
    factor = min(factor, 1.0) if columns == ("discount",) else factor  # nothing is given away more than whole
    # Rates that are all the same: their variance is zero in any unit, however it is rounded.
    for row in rows["outcomes"]:
        if row["campaign_id"] in ("k1", "k2"):
            row["conversions"], row["refunds"] = 3.0 * row["exposure"], None
    before = build(rows)
    after = build(
        rows
        | {table: [r | {c: None if r[c] is None else r[c] * factor for c in columns} for r in rows[table]]}
    )
    inverse = {
        "exposure": "conversion__(shrunk|category|brand|best)_?.*rate.*|conversion__clicks_per_post|offer__fee_per_post",
        "followers": "(references|momentum)__(engagement_|views_)?per_follower.*",
        "views": ".*_per_view__365d",
        "following": "momentum__followers_per_following",
        "clicks": "conversion__conversions_per_click" if table == "outcomes" else "",
    }.get(columns[0], "")
    for column in COLUMNS:
        times = (
            factor if re.fullmatch(scaled, column) else 1 / factor if re.fullmatch(inverse, column) else 1.0
        )
        np.testing.assert_allclose(
            after[column], before[column] * times, rtol=2e-9, atol=1e-12 * times, err_msg=column
        )


@pytest.mark.parametrize("unit", [1.0, 1 / 7, 1e-3, 3e6])
@pytest.mark.parametrize("share", [1.0, 0.3])
def test_a_variance_of_nothing_is_nothing_in_any_unit(unit: float, share: float) -> None:
    """Everybody's first outcome is the usual one: nobody differs, whether rounding says a little less or more."""
    told = [
        ("ann", 2.0),
        ("ann", 3.0),
        ("bob", 2.0),
        ("bob", 1.0),
        ("cem", 2.0),
        ("cem", 6.0),
        ("dai", 2.0),
        ("dai", -2.0),
    ]
    campaigns, outcomes = [], []
    for k, (who, conversions) in enumerate(told):
        at = AGO - timedelta(days=100 - k)
        campaign = {"campaign_id": f"old{k}", "brand": "b", "category": None, "brief": "hops", "ends_at": at}
        campaigns.append(campaign | {"starts_at": at, "known_at": at})
        outcome = {"campaign_id": f"old{k}", "influencer_id": who, "decided_at": at, "exposure": share}
        outcome |= {
            "conversions": (conversions + 2.0) * unit,
            "refunds": None,
            "known_at": at + timedelta(days=1),
        }
        outcomes.append(outcome)
    rates = one(campaigns=campaigns, outcomes=outcomes)
    # The widest k: 250 usual exposures at the usual rate of 4, and her own 9 on 2.
    assert rates["conversion__shrunk_rate"] * share / unit == pytest.approx(
        (9 + 250 * 4) / (2 + 250), rel=1e-9
    )
