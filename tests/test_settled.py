"""Counts of old posts that were read too late: taken as settled if asked, to the microsecond, and never otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import suasion as su
from suasion.features.engine.matrix import build_features, prepare
from suasion.features.engine.settled import ELSEWHERE, SETTLED_AFTER, Age, assumption_of, build_settled
from suasion.features.tables.open import open_tables
from suasion.serving.cli.terminal.checked import settled_words
from suasion.serving.loaded import Engine
from suasion.serving.scoring.activity import Activity
from suasion.serving.scoring.candidates import Ask
from suasion.training.train import Options, train

from . import small
from .brands import brand
from .small import MICRO, T0
from .test_no_look_ahead import DECISIONS, SPACE, base

VIEWS = "momentum__median_views__365d"
DAY = timedelta(days=1)
LATE = T0 + 300 * DAY
N = timedelta(days=SETTLED_AFTER["instagram"])


def views(
    written: datetime, *read: tuple[datetime, float | None], settled: bool = True, platform: str | None = "Instagram ",
    where: Path, more: small.Tables | None = None,
) -> float:  # fmt: skip
    """Return the median views of ann, who wrote one post, as of ``T0``; with ``more`` rows than are told of her first."""
    rows = base()
    account = {"influencer_id": "ann", "created_at": T0 - 900 * DAY, "known_at": T0 - 900 * DAY}
    rows["influencers"] = [account | {"platform": platform}]
    post = {"post_id": "only", "author_id": "ann", "created_at": written, "known_at": written, "text": "hops"}
    rows["posts"] = [row for row in rows["posts"] if row["author_id"] != "ann"] + [post]
    rows["post_metrics"] = [
        {"post_id": "only", "observed_at": at, "known_at": at, "views": seen, "likes": 3.0}
        for at, seen in read
    ]
    for name, others in (more or {}).items():
        rows[name] += [rows[name][-1] | other for other in others]
    with open_tables(
        small.write(rows, where / f"{np.random.default_rng().integers(2**60)}"), settled=settled
    ) as tables:
        matrix = build_features(prepare(tables, SPACE), DECISIONS)
    return float(matrix.set_index("influencer_id")[VIEWS]["ann"])


def test_what_was_read_too_late_is_known_when_the_post_was_old_enough_and_not_before(tmp_path: Path) -> None:
    assert views(T0 - N - MICRO, (LATE, 500.0), where=tmp_path) == 500.0
    assert np.isnan(views(T0 - N, (LATE, 500.0), where=tmp_path)), "at the decision is not before it"
    assert np.isnan(views(T0 - DAY, (LATE, 500.0), where=tmp_path)), "never for a younger post"
    assert np.isnan(views(T0 - N - MICRO, (LATE, 500.0), settled=False, where=tmp_path)), "off unless asked"
    assert np.isnan(views(T0 - N - MICRO, (LATE, None), where=tmp_path)), "what nobody read is not known"


@pytest.mark.parametrize(("platform", "days"), [("youtube", SETTLED_AFTER["youtube"]), ("somewhere", ELSEWHERE), (None, ELSEWHERE)])  # fmt: skip
def test_every_platform_has_its_age(platform: str | None, days: int, tmp_path: Path) -> None:
    old = T0 - timedelta(days=days)
    assert views(old - MICRO, (LATE, 500.0), platform=platform, where=tmp_path) == 500.0
    assert np.isnan(views(old, (LATE, 500.0), platform=platform, where=tmp_path))


def test_what_was_really_read_later_counts_and_of_late_readings_the_first(tmp_path: Path) -> None:
    written = T0 - 40 * DAY
    first, last = (LATE, 500.0), (LATE + 50 * DAY, 900.0)
    assert views(written, last, first, where=tmp_path) == 500.0
    assert views(written, (written + DAY, 90.0), first, where=tmp_path) == 500.0, "it grew until it was old"
    assert views(written, (T0 - MICRO, 450.0), first, where=tmp_path) == 450.0
    assert views(written, (T0, 470.0), first, where=tmp_path) == 470.0, "at the decision, and first read"


def test_of_what_was_told_several_times_the_last_version_counts_and_the_latest_age(tmp_path: Path) -> None:
    old = T0 - N - MICRO
    for first, last in ((500.0, 400.0), (400.0, 500.0)):
        mended: small.Tables = {"post_metrics": [{"views": last, "known_at": LATE + DAY}]}
        assert views(old, (LATE, first), more=mended, where=tmp_path) == last
    taken_back: small.Tables = {"post_metrics": [{"views": None, "known_at": LATE + DAY}]}
    assert np.isnan(views(old, (LATE, 500.0), more=taken_back, where=tmp_path))
    for place in (DAY, -DAY):
        rewritten: small.Tables = {"posts": [{"created_at": old + place, "known_at": old + 2 * DAY}]}
        seen = views(old, (LATE, 500.0), more=rewritten, where=tmp_path)
        assert (seen == 500.0) == (place < timedelta(0)), "never too young"
    for one, other in (("instagram", "youtube"), ("youtube", "instagram"), ("tiktok", "x"), ("x", "tiktok")):
        moved: small.Tables = {"influencers": [{"platform": other, "known_at": T0 - DAY}]}
        assert np.isnan(views(old, (LATE, 500.0), platform=one, more=moved, where=tmp_path))
    unsaid: small.Tables = {"influencers": [{"platform": " ", "known_at": T0 - DAY}]}
    assert views(old, (LATE, 500.0), more=unsaid, where=tmp_path) == 500.0, "where it is was told"


def test_at_the_very_age_what_was_really_read_goes_before_what_is_taken_as_read(tmp_path: Path) -> None:
    """The same snapshot, mended after the decision: the decision knows what was told by then."""
    old = T0 - N - DAY
    for first, last in ((500.0, 400.0), (400.0, 500.0)):
        mended: small.Tables = {"post_metrics": [{"views": last, "known_at": LATE}]}
        assert views(old, (T0 - DAY, first), more=mended, where=tmp_path) == first


@pytest.mark.parametrize(
    ("read", "told"),
    [
        # Days since the post was written, and views; old enough is ten days on Instagram. With each goes a like, always 3.
        ([(10, 500.0)], (1, 2, 0, None, None)),
        ([(9.99, 500.0)], (0, 0, 0, None, None)),
        ([(30, 500.0), (50, 600.0)], (1, 2, 2, 0.1, 20.0)),  # views by a fifth, likes by nothing
        ([(30, 500.0), (40, 550.0), (70, 750.0)], (1, 2, 2, 0.25, 40.0)),
        ([(30, 0.0), (50, 600.0)], (1, 2, 1, 0.0, 20.0)),  # from nothing no share follows
        ([(30, None), (50, 600.0)], (1, 2, 1, 0.0, 20.0)),  # the likes alone were read twice
        # Known from early on: nothing rests on it, and it tells how counts grow.
        ([(3, 400.0), (30, 500.0), (50, 600.0)], (0, 0, 2, 0.1, 20.0)),
    ],
)
def test_what_rests_on_it_is_told_and_how_much_counts_still_grow(
    read: list[tuple[float, float | None]], told: tuple[Any, ...], tmp_path: Path
) -> None:
    rows = base()
    written = T0 - 200 * DAY
    rows["influencers"] = [
        {"influencer_id": "ann", "created_at": written, "known_at": written, "platform": "instagram"}
    ]
    rows["posts"] = [{"post_id": "only", "author_id": "ann", "created_at": written, "known_at": written}]
    rows["post_metrics"] = [
        {"post_id": "only", "observed_at": at, "known_at": at, "views": views, "likes": 3.0}
        for days, views in read
        for at in [written + timedelta(days=days)]
    ]
    with open_tables(small.write(rows, tmp_path / "data")) as tables:
        found = assumption_of(tables)
    assert (found.posts, found.values, found.followed) == told[:3]
    assert found.growth == (None if told[3] is None else pytest.approx(told[3]))
    assert found.days == (None if told[4] is None else pytest.approx(told[4]))
    said = settled_words(found)
    assert ("nothing here tells" in said) == (told[3] is None)


@pytest.mark.parametrize(
    ("read", "posts", "days"),
    [
        # Views ten, twenty, forty and eighty days after a post was written: of what grows by a twentieth at most, it is none.
        ((100.0, 102.0, 103.0, 104.0), 30, 10),
        ((100.0, 110.0, 111.0, 112.0), 30, 20),
        ((100.0, 110.0, 120.0, 121.0), 30, 40),
        ((100.0, 110.0, 120.0, 130.0), 30, None),
        ((100.0, 110.0), 30, None),  # nothing tells whether they grow after twenty
        ((100.0, 110.0, 120.0, 130.0), 29, 10),  # too few to tell
    ],
)
def test_snapshots_of_ones_own_raise_the_age_and_never_lower_it(
    read: tuple[float, ...], posts: int, days: int | None, tmp_path: Path
) -> None:
    rows, written = base(), T0 - 200 * DAY
    account = {"created_at": written, "known_at": written}
    rows["influencers"] = [account | {"influencer_id": "ann", "platform": "Instagram "}]
    rows["influencers"] += [account | {"influencer_id": "bob", "platform": "tiktok"}]
    written_by = {f"p{number}": "ann" for number in range(posts)} | {"only": "ann", "other": "bob"}
    rows["posts"] = [account | {"post_id": post, "author_id": who} for post, who in written_by.items()]
    shots = [(f"p{k}", age, seen) for k in range(posts) for age, seen in zip((10, 20, 40, 80), read, strict=False)]  # fmt: skip
    rows["post_metrics"] = [
        {"post_id": post, "observed_at": at, "known_at": at, "views": seen}
        for post, age, seen in [*shots, ("only", 180, 500.0), ("other", 180, 500.0)]
        for at in [written + age * DAY]
    ]
    with open_tables(small.write(rows, tmp_path / "data")) as tables:
        build_settled(tables)
        since = dict(tables.sql("SELECT post_id, observed_at FROM settled").fetchall())
        found = assumption_of(tables)
    assert since.get("only") == (None if days is None else written + days * DAY)
    assert since["other"] == written + ELSEWHERE * DAY, "of another platform nothing tells otherwise"
    growth = read[-1] / read[0] - 1
    assert found.longer == (() if days == 10 else (Age("instagram", 10, days, posts, pytest.approx(growth)),))
    assert found.growth == pytest.approx(growth), "since the published age"
    said = settled_words(found)
    if days == 10:
        assert "published" not in said
    elif days:
        assert (
            f"counts of instagram are taken as settled after {days} days instead of the published 10: those of 30 posts"
            in said
        )
    else:
        assert "counts of instagram are never taken as settled: those of 30 posts" in said


def test_a_model_is_asked_as_it_learned(tmp_path: Path) -> None:
    tables: dict[str, Any] = brand()
    who = sorted(tables["outcomes"]["influencer_id"].unique())
    posts = pd.DataFrame({"post_id": who, "author_id": who, "created_at": pd.Timestamp("2022-12-01")})
    seen = pd.DataFrame({"post_id": who, "observed_at": pd.Timestamp("2026-01-01")})
    tables |= {"posts": posts, "post_metrics": seen.assign(views=np.arange(len(who)) * 10.0 + 10)}
    plain, settled = su.Dataset(**tables), su.Dataset(**tables, settled=True)
    assert plain.training_frame()[0][VIEWS].isna().all()
    told = settled.training_frame()[0][VIEWS]
    at = told.index.get_level_values("as_of")
    assert told[at < "2023-03-01"].isna().all(), "90 days after the posts were written"
    assert told[(at > "2023-03-02") & (at < "2023-11-30")].notna().all()
    data, model = tmp_path / "data", tmp_path / "model"
    data.mkdir()
    for name, table in tables.items():
        table.to_parquet(data / f"{name}.parquet")
    assert train(data, model, Options(quick=True, track=False, settled=True)).bundle.facts["settled"]
    ask = Ask(brief="Anything.", as_of=datetime(2023, 10, 1))
    with Engine(data, model) as engine:
        scored = engine.sessions[0].score(ask)
        assert scored.features[VIEWS].notna().all()
        own = Activity([{"influencer_id": who[0]}], posts=posts.astype({"created_at": str}).head(1).to_dict("records"), post_metrics=[])  # fmt: skip
        (found,) = engine.activity(ask, own)[0].scored.features[VIEWS]
        assert np.isnan(found), "of what the question does not tell nothing is taken as settled"
