"""What stands behind an explanation: the posts nearest to the brief, and how audience and references moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from suasion.features.tables.open import Tables
from suasion.features.tables.read import known_by, literal, sql_time
from suasion.features.text.space import cosines
from suasion.features.text.withheld import MARK
from suasion.serving.scoring.candidates import Ask, name_campaign
from suasion.serving.scoring.score import Session
from suasion.training.examples import known_outcomes

from .following import NOTHING_KNOWN, Following, judge
from .watching import NOTHING_SEEN, Watching, judge_views

MONTHS = 24


@dataclass(frozen=True)
class Post:
    """A post and how near it is to the brief."""

    post_id: str
    created_at: datetime
    text: str
    closeness: float


@dataclass(frozen=True)
class Month:
    """What happened about an influencer in a month; followers are those of its last snapshot."""

    month: datetime
    followers: float | None
    references: int
    posts: int


@dataclass(frozen=True)
class Past:
    """What somebody brought in a campaign, as it was known at the moment of decision."""

    campaign_id: str
    decided_at: datetime
    exposure: float
    fee: float | None
    came: float


@dataclass(frozen=True)
class Evidence:
    """The nearest posts, the last two years by month, and past campaigns, the latest first, as known at the moment of decision."""

    brief: str
    posts: tuple[Post, ...]
    months: tuple[Month, ...]
    following: Following = NOTHING_KNOWN
    watching: Watching = NOTHING_SEEN
    past: tuple[Past, ...] = ()


def evidence(session: Session, ask: Ask, influencer: str, as_of: datetime, *, most: int = 5) -> Evidence:
    """Return what was known at ``as_of`` about one influencer, by the id of the person or of one of their accounts."""
    influencer = session.tables.people.person_of(influencer)
    with session.tables.scratch() as tables:
        campaign = name_campaign(tables, replace(ask, as_of=as_of) if ask.brief else ask)
        row = tables.sql(
            f"SELECT coalesce(max_by(brief, known_at) FILTER (known_at < {sql_time(as_of)}), min_by(brief, known_at)) "
            f"FROM campaigns WHERE campaign_id = {literal(campaign)}"
        ).fetchone()
        brief = str(row[0] or "") if row else ""
        # Nothing is known before it happened, so this leaves out what happened later, too.
        cut = known_by(as_of)
        return Evidence(
            brief,
            _nearest(session, tables, brief, f"author_id = {literal(influencer)} AND {cut}", as_of, most),
            _months(tables, influencer, as_of, cut),
            followings(tables, {influencer: as_of})[influencer],
            watching_of(tables, influencer, as_of, cut),
            past_of(tables, influencer, as_of),
        )


def past_of(tables: Tables, influencer: str, as_of: datetime) -> tuple[Past, ...]:
    """Return what somebody brought in the campaigns whose outcome was known, the latest decided first."""
    if "outcomes" not in tables.present:
        return ()
    rows = tables.sql(
        f"SELECT campaign_id, as_of, exposure, fee, net FROM ({known_outcomes(tables, as_of)}) "
        f"WHERE influencer_id = {literal(influencer)} ORDER BY as_of DESC, campaign_id"
    ).fetchall()
    return tuple(
        Past(campaign, decided, float(posts), None if fee is None else float(fee), float(net))
        for campaign, decided, posts, fee, net in rows
    )


def watching_of(tables: Tables, influencer: str, as_of: datetime, cut: str) -> Watching:
    """Judge the views of somebody's posts, each by the last snapshot that tells views and any reaction."""
    kinds = ("likes", "comments", "shares", "saves")
    together = " + ".join(f"coalesce({kind}, 0)" for kind in kinds)
    rows = tables.sql(
        f"SELECT max(p.created_at), max_by(m.views, m.observed_at), max_by(m.reactions, m.observed_at) "
        f"FROM (SELECT post_id, created_at FROM posts WHERE author_id = {literal(influencer)} AND {cut}) p "
        f"JOIN (SELECT post_id, observed_at, views, {together} AS reactions FROM post_metrics "
        f"WHERE {cut} AND views IS NOT NULL AND coalesce({', '.join(kinds)}) IS NOT NULL) m USING (post_id) GROUP BY post_id"
    ).fetchall()
    return judge_views([(at, (views, reactions)) for at, views, reactions in rows], as_of)


def _nearest(
    session: Session, tables: Tables, brief: str, where: str, as_of: datetime, most: int
) -> tuple[Post, ...]:
    if "posts" not in tables.present or not brief.strip():
        return ()
    rows = tables.sql(
        f"SELECT row_id FROM posts WHERE {where} AND created_at >= {sql_time(as_of)} - INTERVAL 365 DAY "
        "AND trim(text) <> '' ORDER BY row_id"
    ).fetchnumpy()["row_id"]
    if not len(rows):
        return ()
    texts = session.prepared.texts
    near = cosines(texts.vectors, texts.space.embed([brief]), rows, np.zeros(len(rows), np.int64))
    best = [index for index in np.argsort(-near, kind="stable")[:most] if near[index] > 0]
    wanted = {int(rows[index]): float(near[index]) for index in best}
    if not wanted:
        return ()
    nearest = tables.sql(
        f"SELECT row_id, post_id, created_at, text FROM posts WHERE row_id IN ({', '.join(map(str, wanted))})"
    ).fetchall()
    posts = [
        Post(post, at, "(its text was not kept)" if text.startswith(MARK) else text, wanted[row])
        for row, post, at, text in nearest
    ]
    return tuple(sorted(posts, key=lambda post: -post.closeness))


def followings(tables: Tables, moments: Mapping[str, datetime]) -> dict[str, Following]:
    """Judge the following of each person over all that was known at their moment of decision, however long ago."""
    if not moments:
        return {}
    account = "influencer_account" if tables.joined else "influencer_id"
    known = f"influencer_id IN ({', '.join(map(literal, moments))}) AND known_at < {sql_time(max(moments.values()))}"
    counts: dict[str, dict[str, list[tuple[datetime, float]]]] = {who: {} for who in moments}
    for who, name, at, followers, since, until in tables.sql(
        f"SELECT influencer_id, {account}, observed_at, followers, known_at, superseded_at FROM audience "
        f"WHERE {known} AND followers IS NOT NULL"
    ).fetchall():
        if since < moments[who] <= until:
            counts[who].setdefault(name, []).append((at, followers))
    references: dict[str, list[datetime]] = {who: [] for who in moments}
    for who, at, since, until in tables.sql(
        f"SELECT influencer_id, created_at, known_at, superseded_at FROM mentions WHERE {known} AND referrer_id <> influencer_id"
    ).fetchall():
        if since < moments[who] <= until:
            references[who].append(at)
    spans = {moment: _known_span(tables, moment) for moment in set(moments.values())}
    return {
        who: judge(counts[who], references[who] if spans[moment] else None, moment, spans[moment])
        for who, moment in moments.items()
    }


def _known_span(tables: Tables, moment: datetime) -> tuple[datetime, datetime] | None:
    """Return from when to when references to anybody were known at a moment; None where none were."""
    row = tables.sql(
        f"SELECT min(created_at), max(created_at) FROM mentions WHERE known_at < {sql_time(moment)}"
    ).fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def _followers(tables: Tables, where: str) -> dict[datetime, float]:
    """Return the size of the audience by month: the last snapshot of each account, added up over accounts, wherever one was counted."""
    account = "influencer_account" if tables.joined else "influencer_id"
    rows = tables.sql(
        f"SELECT {account}, date_trunc('month', observed_at)::TIMESTAMP AS month, max_by(followers, observed_at) FROM audience "
        f"WHERE {where} GROUP BY 1, 2 ORDER BY 2"
    ).fetchall()
    # Before its first snapshot an account counts by that.
    last = {one: count for one, _, count in reversed(rows)}
    judged = {}
    for one, month, count in rows:
        last[one] = count
        judged[month] = sum(last.values())
    return judged


def _months(tables: Tables, influencer: str, as_of: datetime, cut: str) -> tuple[Month, ...]:
    who, moment = literal(influencer), sql_time(as_of)
    window = f"{cut} AND {{time}} >= date_trunc('month', {moment}) - INTERVAL {MONTHS} MONTH"

    def by_month(value: str, table: str, key: str) -> dict[datetime, float]:
        where = f"{key} = {who} AND {window.format(time='created_at')}"
        month = "date_trunc('month', created_at)::TIMESTAMP"
        return dict(tables.sql(f"SELECT {month}, {value} FROM {table} WHERE {where} GROUP BY 1").fetchall())

    followers = _followers(tables, f"influencer_id = {who} AND {window.format(time='observed_at')}")
    others = "count(*) FILTER (referrer_id <> influencer_id)"
    referred = by_month(others, "mentions", "influencer_id")
    posts = by_month("count(*)", "posts", "author_id")
    months = sorted({*followers, *referred, *posts})
    if not months:
        return ()
    every_month = np.arange(np.datetime64(months[0], "M"), np.datetime64(months[-1], "M") + 1)
    return tuple(
        Month(month, followers.get(month), int(referred.get(month, 0)), int(posts.get(month, 0)))
        for month in every_month.astype("datetime64[us]").tolist()
    )
