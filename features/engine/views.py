"""Views: rows about decisions, cut by :mod:`.case`, that features are made of.

Each has ``decision_id``, ``as_of``, ``at`` (the event's time) and columns of its own. ``VIEWS`` names them; a feature asks for one by
the name of its parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir

from suasion.features.tables.schema import TABLES
from suasion.features.text.language import is_question

from .case import Case, known
from .feature import days_between, growth, latest


def profile(case: Case) -> ir.Table:
    """Yield the accounts, where each is and when it was made; ``at`` is since when that is known, for not all tell when they were made."""
    return case.cut("influencers", "influencer_id", time="known_at")


def posts(case: Case) -> ir.Table:
    """Yield what the influencer wrote, each post with when the next was written."""
    rows = case.cut("posts", "author_id")
    window = ibis.window(group_by=rows.decision_id, order_by=rows.created_at)
    after = ibis.coalesce(rows.created_at.lead().over(window), rows.as_of)
    return rows.mutate(next_at=after)


def counted(case: Case) -> ir.Table:
    """Yield the influencer's own posts of which somebody read counts, each count by the last snapshot that tells it.

    ``at`` is when the post was written. ``seen`` is its views, where those are not told its impressions, else its reach;
    ``engagement`` its likes, comments, shares and saves together, those of them that are told.
    """
    posts = case.cut("posts", "author_id").select("decision_id", "as_of", "at", "row_id", "post_id")
    shots = case.table("post_metrics").drop("row_id")
    if case.settled:  # at the very moment at which a post is old enough, what was really read
        taken = case.table("settled").select(shots.columns).mutate(really=0)
        shots = shots.mutate(really=1).union(taken)
    shots = shots.rename(_post="post_id")
    rows = posts.join(shots, [posts.post_id == shots._post, *known(shots, "observed_at", posts.as_of)])
    when = rows.observed_at
    if case.settled:
        when = rows.observed_at.delta(rows.as_of, unit="microsecond") * 2 + rows.really
    counts = [column.name for column in TABLES["post_metrics"].columns if column.type == "number"]
    rows = rows.group_by("decision_id", "as_of", "at", "row_id").aggregate(
        **{name: latest(rows[name], when) for name in counts}
    )
    parts = [rows[name] for name in ("likes", "comments", "shares", "saves")]
    together = reduce(add, (part.fill_null(0.0) for part in parts))
    return rows.mutate(
        seen=ibis.coalesce(rows.views, rows.impressions, rows.reach),
        engagement=ibis.ifelse(ibis.coalesce(*parts).notnull(), together, ibis.null("float64")),
    )


def relevant_counted(case: Case) -> ir.Table:
    """Yield the influencer's own posts with counts, and whether they are relevant to the brief, where that is known."""
    return counted(case).inner_join(case.table("pairs"), ["decision_id", "row_id"])


def audience(case: Case) -> ir.Table:
    """Yield snapshots of the audience: of somebody's accounts together, wherever one of them was counted.

    Each account counts by its last snapshot, and before its first by that: what was not looked at did not come to be when somebody looked.
    """
    rows = case.cut("audience", "influencer_id")
    if not case.joined:
        return rows
    by_candidate = ibis.window(group_by=[rows.decision_id, rows.influencer_account], order_by=rows.at)
    columns: dict[str, ir.Value] = {}
    for name in ("followers", "following"):
        says = rows[name].notnull()
        before = rows[name].lag().over(by_candidate.group_by(says))  # of those that say a number
        columns |= {
            f"{name}_first": ibis.ifelse(before.isnull(), rows[name], 0.0),
            f"{name}_gain": ibis.ifelse(before.isnull(), 0.0, rows[name] - before),
            f"{name}_told": ibis.ifelse(before.isnull() & rows[name].notnull(), 1.0, 0.0),
        }
    columns["account_first"] = ibis.ifelse(ibis.row_number().over(by_candidate) == 0, 1.0, 0.0)
    rows = rows.mutate(**columns)
    moments = rows.group_by("decision_id", "as_of", "at").aggregate(
        **{name: rows[name].sum() for name in columns}
    )
    all_ = ibis.window(group_by=moments.decision_id)
    until = ibis.window(group_by=moments.decision_id, order_by=moments.at, preceding=(None, 0))

    def whole(name: str) -> ir.Value:
        total = moments[f"{name}_first"].sum().over(all_) + moments[f"{name}_gain"].sum().over(until)
        # What one account does not tell is not known of all.
        known = moments[f"{name}_told"].sum().over(all_) == moments.account_first.sum().over(all_)
        return ibis.ifelse(known, total, ibis.null("float64"))

    return moments.select(
        "decision_id", "as_of", "at", followers=whole("followers"), following=whole("following")
    )


def averages(case: Case) -> ir.Table:
    """Yield what was last told beside the size of the audience: rates, averages and shares, a row an account."""
    return _last_values(case, "audience")


UNNAMED = 0.1
"""Most that a country may be of an audience whose list does not name it, for that to be a measure of it."""


def countries(case: Case) -> ir.Table:
    """Yield the share of the audience in the campaign's countries, by the last list of each account, a row an account.

    A country that the list does not name is at most what the named leave, and no more than the least of them, for lists name the
    largest. Where that is little, it stands for the country; else nothing is known of it.
    """
    rows = case.cut("audience", "influencer_id")
    rows = rows.filter(rows.country_share.notnull())
    account = "influencer_account" if case.joined else "account"
    last = rows.group_by("decision_id", "as_of", account).aggregate(
        shares=rows.country_share.argmax(rows.at), at=rows.at.max()
    )
    decisions = case.table("decisions").select(_decision="decision_id", sold_in="country")
    last = last.join(decisions, last.decision_id == decisions._decision)
    pairs = last.mutate(pair=last.shares.split(",").unnest())
    pairs = pairs.mutate(
        country=_codes(pairs.pair.re_extract('"([A-Za-z]{2})"', 1)).nullif(""),
        part=pairs.pair.re_extract(": *([0-9.eE-]+)", 1).nullif("").cast("float64"),
    )
    pairs = pairs.filter(pairs.country.notnull())
    wanted = _codes(pairs.sold_in).contains(pairs.country)
    each = pairs.group_by("decision_id", "as_of", "at", account, "sold_in").aggregate(
        named=pairs.part.sum(where=wanted), all=pairs.part.sum(), least=pairs.part.min()
    )
    left = ibis.greatest(ibis.least(1.0 - each["all"], each.least), 0.0)
    unnamed = ibis.ifelse(left <= UNNAMED, left, ibis.null("float64"))
    share = ibis.ifelse(each.sold_in.isnull(), ibis.null("float64"), ibis.coalesce(each.named, unnamed))
    return each.mutate(share=ibis.ifelse(share > 1.0, 1.0, share))


def _codes(text: ir.StringValue) -> ir.StringValue:
    """Return codes of countries in capitals, the one that people write for the United Kingdom as ISO 3166 has it."""
    return text.upper().replace("UK", "GB")


def signals(case: Case) -> ir.Table:
    """Yield the user's own numbers about the influencer, each as it was last told, a row an account."""
    return _last_values(case, "signals")


def _last_values(case: Case, name: str) -> ir.Table:
    """Return of each of the influencer's accounts the last value of every number; ``at`` is when the last was read."""
    rows = case.cut(name, "influencer_id")
    account = "influencer_account" if case.joined else "account"
    numbers = [
        column
        for column, kind in case.table(name).schema().items()
        if kind.is_floating() or kind.is_boolean()
    ]
    return rows.group_by("decision_id", "as_of", account).aggregate(
        at=rows.at.max(), **{column: latest(rows[column].cast("float64"), rows.at) for column in numbers}
    )


def weekly_audience(case: Case) -> ir.Table:
    """Yield the last snapshot of each week before ``as_of``, with its log growth a week since the one before."""
    rows = audience(case)
    rows = rows.mutate(week=(days_between(rows.at, rows.as_of) / 7.0).floor())
    weeks = rows.group_by("decision_id", "as_of", "week").aggregate(
        followers=rows.followers.argmax(rows.at), at=rows.at.max()
    )
    window = ibis.window(group_by=weeks.decision_id, order_by=weeks.at)
    weeks = weeks.mutate(
        before=weeks.followers.lag().over(window), apart=weeks.week.lag().over(window) - weeks.week
    )
    weeks = weeks.filter(weeks.before.notnull())
    a_week = growth(weeks.before, weeks.followers) / weeks.apart
    return weeks.mutate(gain=weeks.followers - weeks.before, growth=a_week)


def references(case: Case) -> ir.Table:
    """Yield references by others, with the referrer's standing and whether the influencer refers to them too."""
    rows = case.cut("mentions", "influencer_id")
    rows = rows.filter(rows.referrer_id != rows.account)
    referred = case.cut("mentions", "referrer_id")
    referred = referred.select(_decision=referred.decision_id, _target=referred.influencer_id).distinct()
    rows = rows.left_join(
        referred, [rows.decision_id == referred._decision, rows.referrer_id == referred._target]
    )
    rows = rows.mutate(reciprocal=rows._target.notnull()).drop("_decision", "_target")
    return case.standing(rows, "referrer_id", "standing")


def referrers(case: Case) -> ir.Table:
    """Yield who refers to the influencer, once each, at their last reference: in a window is who was in it last.

    A view of its own, for counting distinct ids beside all that is summed over references takes several times the memory.
    """
    rows = case.cut("mentions", "influencer_id")
    rows = rows.filter(rows.referrer_id != rows.account)
    return rows.group_by("decision_id", "as_of", "referrer_id").aggregate(at=rows.at.max())


def relevant_references(case: Case) -> ir.Table:
    """Yield references by others, with whether the post in which they were made is relevant to the brief, where that is known."""
    rows = case.cut("mentions", "influencer_id")
    rows = rows.filter(rows.referrer_id != rows.account)
    # Through the pairs, and not through all posts; a pair's post was visible to its decision.
    pairs, posts = case.table("pairs"), case.table("posts").select(_row="row_id", _post="post_id")
    near = pairs.inner_join(posts, pairs.row_id == posts._row)
    near = near.select("is_relevant", _decision="decision_id", _post="_post")
    return rows.left_join(near, [rows.decision_id == near._decision, rows.post_id == near._post])


def cited(case: Case) -> ir.Table:
    """Yield references the influencer makes, with the standing of whom they cite and whether that is a rival.

    A rival is another influencer who takes part in another campaign of the same category, which is known from its decision on.
    """
    rows = case.cut("mentions", "referrer_id")
    rows = rows.filter(rows.influencer_id != rows.account)
    rows = case.standing(rows, "influencer_id", "standing")
    rows = case.standing(rows, "account", "own_standing")
    campaigns = case.table("decisions").select(_decision="decision_id", own_campaign="campaign_id")
    rows = rows.join(campaigns, rows.decision_id == campaigns._decision)
    others = case.table("participants").rename(_rival="influencer_id", _category="category")
    since = ibis.ifelse(others.campaign_id == rows.own_campaign, others.since_another, others.since)
    rows = rows.left_join(
        others, [rows.influencer_id == others._rival, rows.category == others._category, since < rows.as_of]
    )
    return rows.mutate(
        is_rival=ibis.ifelse(rows.category.notnull(), rows._rival.notnull(), ibis.null("boolean"))
    )


def replies(case: Case) -> ir.Table:
    """Yield what others answered to the influencer, and after how many hours the influencer answered that."""
    posts = case.cut("posts", "author_id").select("decision_id", "as_of", "account", parent="post_id")
    columns = ("post_id", "author_id", "created_at", "text", "reply_to_id", "row_id")
    reply = case.table("posts").select(*columns, "known_at", "superseded_at")
    rows = posts.join(reply, [posts.parent == reply.reply_to_id, *known(reply, "created_at", posts.as_of)])
    rows = rows.filter(rows.author_id.isnull() | (rows.author_id != rows.account))
    marks = case.table("marks").rename(_row="row_id")
    rows = rows.left_join(marks, rows.row_id == marks._row)
    back = case.cut("posts", "author_id")
    back = back.group_by(_decision=back.decision_id, _to=back.reply_to_id).aggregate(
        answered_at=back.created_at.min()
    )
    rows = rows.left_join(back, [rows.decision_id == back._decision, rows.post_id == back._to])
    return rows.select(
        "decision_id",
        "as_of",
        at=rows.created_at,
        asks=is_question(rows.text),
        criticises=rows.critical,
        answered=rows.answered_at.notnull(),
        hours=days_between(rows.created_at, rows.answered_at) * 24.0,
    )


def relevant(case: Case) -> ir.Table:
    """Yield the influencer's posts with their closeness to the brief, and that of the post they answer."""
    posts, pairs = case.table("own"), case.table("pairs")
    rows = posts.inner_join(pairs, ["decision_id", "row_id"])
    parents = pairs.select(
        _decision="decision_id", _row="row_id", thread_cosine="cosine", thread_relevant="is_relevant"
    )
    rows = rows.left_join(parents, [rows.decision_id == parents._decision, rows.parent_row == parents._row])
    return rows.mutate(answers=rows.reply_to_id.notnull()).drop("_decision", "_row")


def answers(case: Case) -> ir.Table:
    """Yield what others answered to the influencer's posts of the last year."""
    posts, renamed = case.table("own"), {"_row": "row_id", "_author": "author_id", "_to": "reply_to_id"}
    reply = case.table("posts").select("created_at", "known_at", "superseded_at", **renamed)
    rows = posts.inner_join(reply, [posts.post_id == reply._to, *known(reply, "created_at", posts.as_of)])
    rows = rows.filter(rows._author.isnull() | (rows._author != rows.account))
    return rows.select("decision_id", "as_of", at=rows.created_at, row_id=rows._row)


def relevant_answers(case: Case) -> ir.Table:
    """Yield what others answered to the influencer, with its closeness to the brief."""
    return answers(case).inner_join(case.table("pairs"), ["decision_id", "row_id"])


def credentials(case: Case) -> ir.Table:
    """Yield dated credentials with the closeness of their subject to the brief."""
    rows = case.cut("credentials", "influencer_id").drop("row_id")
    decisions = case.table("decisions").select(_decision="decision_id", brief_id="brief_id")
    rows = rows.left_join(decisions, rows.decision_id == decisions._decision)
    subjects = case.table("subjects").rename(_subject="subject", _brief="brief_id")
    rows = rows.left_join(subjects, [rows.subject == subjects._subject, rows.brief_id == subjects._brief])
    return rows.drop("_decision", "_subject", "_brief")


def past(case: Case) -> ir.Table:
    """Yield the influencer's own outcomes, known by then."""
    return case.cut("participations", "influencer_id", time="decided_at")


def engagements(case: Case) -> ir.Table:
    """Yield the other campaigns that the influencer took part in: known from the decision on, before anything came of it."""
    outcomes, decisions = case.table("participations"), case.table("decisions")
    # As the first version tells; what a later one corrects was not known then.
    first = outcomes.group_by(_campaign=outcomes.campaign_id, _who=outcomes.influencer_id).aggregate(
        at=outcomes.decided_at.argmin(outcomes.known_at)
    )
    others = [decisions.influencer_id == first._who, decisions.campaign_id != first._campaign]
    rows = decisions.inner_join(first, [*others, first.at < decisions.as_of])
    return rows.select("decision_id", "as_of", "at")


def standing(case: Case) -> ir.Table:
    """Yield the influencer's own standing at the last grid point: one row a decision."""
    rows = case.decisions.mutate(at=case.decisions.as_of)
    return case.standing(rows, "account", "standing")


def experience(case: Case) -> ir.Table:
    """Yield shrunken rates of the influencer, the category and the brand: one row a decision."""
    rows = case.table("experience")
    return rows.mutate(at=rows.as_of)


def agreed(case: Case) -> ir.Table:
    """Yield what is agreed, and when the campaign runs: one row a decision."""
    rows = case.table("decisions")
    return rows.mutate(at=rows.as_of)


@dataclass(frozen=True)
class View:
    """How rows are made, the tables without which there are none, and whether they depend on the brief."""

    build: Callable[[Case], ir.Table]
    needs: tuple[str, ...]
    brief: bool = False


VIEWS: dict[str, View] = {
    "profile": View(profile, ("influencers",)),
    "posts": View(posts, ("posts",)),
    "relevant": View(relevant, ("posts",), brief=True),
    "relevant_answers": View(relevant_answers, ("posts",), brief=True),
    "replies": View(replies, ("posts",)),
    "counted": View(counted, ("posts", "post_metrics")),
    "relevant_counted": View(relevant_counted, ("posts", "post_metrics"), brief=True),
    "audience": View(audience, ("audience",)),
    "averages": View(averages, ("audience",)),
    "countries": View(countries, ("audience",)),
    "signals": View(signals, ("signals",)),
    "weekly_audience": View(weekly_audience, ("audience",)),
    "references": View(references, ("mentions",)),
    "referrers": View(referrers, ("mentions",)),
    "relevant_references": View(relevant_references, ("mentions", "posts"), brief=True),
    "cited": View(cited, ("mentions",)),
    "standing": View(standing, ("mentions",)),
    "credentials": View(credentials, ("credentials",)),
    "past": View(past, ("outcomes",)),
    "engagements": View(engagements, ("outcomes",)),
    "experience": View(experience, ("outcomes",)),
    "agreed": View(agreed, ()),
}
