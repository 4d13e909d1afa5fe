"""Every feature once more, written another way: plain Python over lists of rows, one decision at a time.

It shares the text space, VADER and the constants with the package, and nothing else: no SQL, no Ibis, no sparse matrices.

What is not known of a row is None, and a row of which something is not known counts for nothing that is asked of it: not as
zero, not as false, and not in the denominator.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import defaultdict
from datetime import timedelta
from statistics import median, pstdev
from typing import Any

import numpy as np

from suasion.features.text.language import is_critical

from .oracle_known import COUNTS, DAY, Known, Row

ASKS = re.compile("[?？؟\u037e՞፧⁇⁈](\\s|$|[\"'”’»)\\]*_])|[?？]$|[か吗嗎呢][。.!！\\s]*$")
AVERAGES = {
    "references__engagement_rate": "engagement_rate",
    "references__average_likes": "average_likes",
    "conversation__average_comments": "average_comments",
    "momentum__average_views": "average_views",
    "reputation__real_share": "real_share",
}


class Oracle(Known):
    """Features of decisions, from the same tables."""

    def features(self, decision: Row) -> dict[str, float | None]:
        """Return every feature of a decision, None where it is missing."""
        as_of, me = decision["as_of"], decision["influencer_id"]
        campaign = self.campaign(decision["campaign_id"], as_of)
        decision = decision | {name: campaign and campaign[name] for name in ("brand", "category")}
        brief = None
        if campaign and (campaign["brief"] or "").strip():
            brief = self.space.embed([campaign["brief"]])[0]
            brief = brief if np.linalg.norm(brief) > 0 else None
        limit = self.threshold(as_of, brief)
        posts = {row["post_id"]: row for row in self.known("posts", as_of)}
        posts_of_mine = sorted(
            (r for r in posts.values() if r["author_id"] == me), key=lambda r: (r["created_at"], r["post_id"])
        )
        age = lambda at: (as_of - at) / DAY
        inside = lambda at, days: days is None or at >= as_of - days * DAY
        near = (
            {key: self.closeness(row["text"], brief) for key, row in posts.items()}
            if brief is not None
            else {}
        )
        f: dict[str, float | None] = {}
        mean = lambda values: sum(values) / len(values) if values else None
        share = lambda part, whole: len(part) / len(whole) if whole else None
        biggest = lambda values: max(values) if values else None
        smallest = lambda values: min(values) if values else None

        def shared(rows: list[Any], value_of: Any) -> float | None:
            """Share of rows of which something holds, of those of which it is known; None where of none."""
            answers = [answer for row in rows if (answer := value_of(row)) is not None]
            return sum(answers) / len(answers) if answers else None

        def counted(rows: list[Any], value_of: Any) -> float | None:
            """Number of rows of which something is known to hold; 0 where there is no row, None where nothing is known of any."""
            answers = [answer for row in rows if (answer := value_of(row)) is not None]
            return float(sum(answers)) if answers or not rows else None

        relevant = lambda post: None if near.get(post) is None else near[post] > limit

        # relevance, and the part of frequency that hangs on the brief
        for days in (30, 90, 365):
            told_limit = limit is not None
            rows = [r for r in posts_of_mine if inside(r["created_at"], days)] if told_limit else []
            plain = [r for r in rows if near[r["post_id"]] is not None]
            close = [near[r["post_id"]] for r in plain]

            good = [r for r in plain if relevant(r["post_id"])]
            answers = [r["reply_to_id"] for r in rows if r["reply_to_id"] is not None]
            threads = [near[post] for post in answers if near.get(post) is not None]
            count = counted(rows, lambda r: relevant(r["post_id"])) if told_limit else None
            f[f"frequency__relevant_posts_per_week__{days}d"] = None if count is None else count * 7 / days
            if days >= 90:
                f[f"relevance__mean_closeness__{days}d"] = mean(close)
                f[f"relevance__relevant_share__{days}d"] = shared(rows, lambda r: relevant(r["post_id"]))
                f[f"relevance__relevant_posts__{days}d"] = count
        f["relevance__best_closeness__365d"] = biggest(close)
        weights = [0.5 ** (age(r["created_at"]) / 60) for r in plain]
        f["relevance__recent_closeness__365d"] = (
            sum(c * w for c, w in zip(close, weights, strict=True)) / sum(weights) if plain else None
        )
        f["relevance__thread_closeness__365d"] = mean(threads)
        f["relevance__relevant_threads__365d"] = counted(answers, relevant) if limit is not None else None
        f["relevance__spread__365d"] = pstdev(close) if close else None
        # What others answered in the last year to posts of the last year.
        mine = {r["post_id"] for r in posts_of_mine if inside(r["created_at"], 365)}
        heard = [
            r["post_id"]
            for r in posts.values()
            if r["reply_to_id"] in mine and r["author_id"] != me and inside(r["created_at"], 365)
        ]
        heard = [post for post in heard if near.get(post) is not None] if limit is not None else []
        f["relevance__audience_closeness__365d"] = mean([near[post] for post in heard])
        f["relevance__audience_relevant_share__365d"] = shared(heard, relevant)
        f["frequency__days_since_relevant_post__365d"] = smallest([age(r["created_at"]) for r in good])

        # frequency
        after = [*(r["created_at"] for r in posts_of_mine[1:]), as_of][: len(posts_of_mine)]
        for days in (30, 90, 365):
            rows = [r for r in posts_of_mine if inside(r["created_at"], days)]
            f[f"frequency__posts_per_week__{days}d"] = len(rows) * 7 / days
            if days >= 90:
                f[f"frequency__active_weeks__{days}d"] = float(
                    len({math.floor(age(r["created_at"]) / 7) for r in rows})
                )
                half = [age(r["created_at"]) <= days / 2 for r in rows]
                f[f"momentum__post_growth__{days}d"] = math.log((sum(half) + 1) / (len(half) - sum(half) + 1))
                f[f"conversation__reply_share__{days}d"] = share(
                    [r for r in rows if r["reply_to_id"] is not None], rows
                )
        # Of the year: what they are, where that is known. Of no story nobody knows whether there was one.
        f["frequency__video_share__365d"] = shared(
            rows, lambda r: None if r.get("format") is None else r["format"] in ("video", "short", "live")
        )
        stories = [r for r in rows if r.get("format") == "story" and inside(r["created_at"], 90)]
        f["frequency__stories_per_week__90d"] = len(stories) * 7 / 90 if stories else None
        gaps = [
            (end - r["created_at"]) / DAY
            for r, end in zip(posts_of_mine, after, strict=True)
            if inside(r["created_at"], 365)
        ]
        f["frequency__longest_silence__365d"] = biggest(gaps)
        f["frequency__decayed_posts__365d"] = float(sum(0.5 ** (age(r["created_at"]) / 30) for r in rows))
        f["frequency__days_since_last_post"] = smallest([age(r["created_at"]) for r in posts_of_mine])
        f["conversation__links_per_post__365d"] = mean(
            [len(r["links"]) for r in rows if r["links"] is not None]
        )

        # what posts brought: each count as it was last read
        read = self.counts(as_of)
        brought: dict[str, dict[str, float]] = defaultdict(dict)
        for row in read:
            counts = {name: row[name] for name in COUNTS if row[name] is not None}
            brought[row["post_id"]] |= counts
        snaps = [r for r in posts_of_mine if any(s["post_id"] == r["post_id"] for s in read)]
        snaps = [brought[r["post_id"]] | {"at": r["created_at"], "post": r["post_id"]} for r in snaps]
        snaps = [r for r in snaps if inside(r["at"], 365)]
        for row in snaps:
            row["seen"] = row.get("views", row.get("impressions", row.get("reach")))
            parts = [row[name] for name in ("likes", "comments", "shares", "saves") if name in row]
            row["engagement"] = sum(parts) if parts else None
        middle = lambda values: median(known) if (known := [v for v in values if v is not None]) else None
        of_all = lambda name: middle([r.get(name) for r in snaps])
        each = lambda part, whole, of=snaps: middle(
            [r[part] / r[whole] for r in of if r.get(part) is not None and r.get(whole)]
        )
        log_ratio = lambda after, before: math.log(after / before) if after and before else None
        for name in ("likes", "comments", "shares", "saves", "engagement"):
            f[f"references__median_{name}__365d"] = of_all(name)
        for part in ("engagement", "shares", "saves"):
            f[f"references__{part}_per_view__365d"] = each(part, "seen")
        f["conversation__comments_per_view__365d"] = each("comments", "seen")
        unseen = [r for r in snaps if r["seen"] is None]
        f["conversation__comments_per_like__365d"] = each("comments", "likes", unseen)
        f["conversion__clicks_per_view__365d"] = each("clicks", "seen")
        f["momentum__follows_per_view__365d"] = each("follows", "seen")
        f["momentum__median_views__365d"] = of_all("seen")
        topical = [r for r in snaps if limit is not None and relevant(r["post"])]
        late = [r for r in snaps if age(r["at"]) <= 182.5]
        early = [r for r in snaps if age(r["at"]) > 182.5]
        for name, part, whole, count in (
            ("momentum__views_growth", late, early, "seen"),
            ("momentum__engagement_growth", late, early, "engagement"),
            ("relevance__views_of_relevant", topical, snaps, "seen"),
            ("relevance__comments_on_relevant", topical, snaps, "comments"),
        ):
            values = [middle([r.get(count) for r in rows]) for rows in (part, whole)]
            f[f"{name}__365d"] = log_ratio(*values)

        # what a tool told of the account
        for name, column in AVERAGES.items():
            f[name] = mean(self.last_told(me, "audience", column, as_of))
        sold_in = set(re.findall("[A-Z]{2}", ((campaign and campaign.get("country")) or "").upper()))
        lists = [json.loads(text) for text in self.last_told(me, "audience", "country_share", as_of)]
        parts = [Known.in_countries(shares, sold_in) for shares in lists if sold_in]
        f["relevance__country_share"] = mean([part for part in parts if part is not None])
        flags = self.last_told(me, "audience", "verified", as_of)
        f["reputation__is_verified"] = float(any(flags)) if flags else None
        f["frequency__posts_ever"] = sum(self.last_told(me, "audience", "posts_count", as_of)) or None

        # references
        mentions = self.known("mentions", as_of)
        received = [r for r in mentions if r["influencer_id"] == me and r["referrer_id"] != me]
        made_by_me = [r for r in mentions if r["referrer_id"] == me and r["influencer_id"] != me]
        friends = {r["influencer_id"] for r in made_by_me}
        standing = self.standing(as_of)
        rank = lambda who: standing.get(who, 0.15)
        for days in (30, 90, 365):
            rows = [r for r in received if inside(r["created_at"], days)]
            f[f"references__received__{days}d"] = float(len(rows))
            if days >= 90:
                f[f"references__referrers__{days}d"] = float(len({r["referrer_id"] for r in rows}))
                f[f"references__relevant_received__{days}d"] = (
                    counted(rows, lambda r: relevant(r["post_id"])) if limit is not None else None
                )
                half = [age(r["created_at"]) <= days / 2 for r in rows]
                f[f"momentum__reference_growth__{days}d"] = math.log(
                    (sum(half) + 1) / (len(half) - sum(half) + 1)
                )
        f["references__weighted_received__365d"] = float(sum(rank(r["referrer_id"]) for r in rows))
        f["references__own_standing"] = rank(me)
        f["references__reshares__365d"] = float(sum(r["kind"] == "reshare" for r in rows))
        f["references__backlinks__365d"] = float(sum(r["kind"] == "backlink" for r in rows))
        f["references__reciprocal_share__365d"] = share(
            [r for r in rows if r["referrer_id"] in friends], rows
        )
        f["references__net_received__365d"] = float(sum(r["referrer_id"] not in friends for r in rows))

        # conversation
        mine = {r["post_id"] for r in posts_of_mine}
        replies = []
        for row in posts.values():
            if row["reply_to_id"] in mine and row["author_id"] != me:
                back = [r["created_at"] for r in posts_of_mine if r["reply_to_id"] == row["post_id"]]
                said = (row["text"] or "").strip()
                asks, bad = (bool(ASKS.search(said)), is_critical(said)) if said else (None, None)
                replies.append(
                    {"at": row["created_at"], "asks": asks, "bad": bad, "back": min(back) if back else None}
                )
        for days in (90, 365):
            rows = [r for r in replies if inside(r["at"], days)]
            f[f"conversation__replies_received__{days}d"] = float(len(rows))
            f[f"conversation__turns__{days}d"] = float(sum(r["back"] is not None for r in rows))
        questions, bad = [r for r in rows if r["asks"]], [r for r in rows if r["bad"]]
        f["conversation__questions_answered__365d"] = share([r for r in questions if r["back"]], questions)
        f["conversation__criticism_answered__365d"] = share([r for r in bad if r["back"]], bad)
        heard = [r for r in rows if r["bad"] is not None]
        f["conversation__criticism_share__365d"] = share(bad, heard) if len(heard) >= 3 else None
        f["conversation__hours_to_answer__365d"] = mean(
            [(r["back"] - r["at"]) / timedelta(hours=1) for r in rows if r["back"]]
        )
        cited = [r for r in made_by_me if inside(r["created_at"], 365)]
        f["conversation__peers_cited__365d"] = float(len({r["influencer_id"] for r in cited}))
        f["conversation__leaders_cited__365d"] = share(
            [r for r in cited if rank(r["influencer_id"]) > rank(me) * (1 + 1e-9)], cited
        )
        rivals = self.taking_part(decision["category"], as_of, besides=decision["campaign_id"])
        f["conversation__rivals_cited__365d"] = counted(
            cited, lambda r: None if decision["category"] is None else r["influencer_id"] in rivals
        )

        # reputation
        held = [r for r in self.known("credentials", as_of) if r["influencer_id"] == me]
        f["reputation__recent_credentials__365d"] = float(sum(inside(r["awarded_at"], 365) for r in held))
        f["reputation__all_credentials"] = float(len(held))
        f["reputation__kinds"] = float(len({r["kind"] for r in held}))
        f["reputation__verified_share"] = shared(held, lambda r: r["verified"])
        subjects = [r["subject"].replace("-", " ") for r in held if (r["subject"] or "").strip()]
        vectors = [v for subject in subjects if np.linalg.norm(v := self.space.embed([subject])[0]) > 0]
        close = [float(v @ brief) for v in vectors] if brief is not None else []
        f["reputation__closest_credential"] = biggest(close)
        f["reputation__relevant_credentials"] = sum(max(c, 0.0) for c in close) if close else None
        f["reputation__days_since_credential"] = smallest([age(r["awarded_at"]) for r in held])
        f["reputation__account_age"] = biggest(
            [
                age(r["created_at"])
                for r in self.known("influencers", as_of)
                if r["influencer_id"] == me and r["created_at"]
            ]
        )

        # conversion
        told_rates = self.experience(decision)
        f["conversion__shrunk_rate"] = told_rates["own"]
        f["conversion__shrunk_rate_category"] = told_rates["own_category"]
        f["conversion__shrunk_rate_brand"] = told_rates["own_brand"]
        # That somebody takes part is known from the decision on, as the first that was told of it dates that.
        parts: dict[str, Row] = {}
        for row in sorted(self.tables["outcomes"], key=lambda r: r["known_at"]):
            if row["influencer_id"] == me and row["campaign_id"] != decision["campaign_id"]:
                parts.setdefault(row["campaign_id"], row)
        for days in (30, 90):
            f[f"frequency__campaigns__{days}d"] = float(
                sum(r["decided_at"] < as_of and inside(r["decided_at"], days) for r in parts.values())
            )
        known = {(r["campaign_id"], r["influencer_id"], r["known_at"]) for r in self.known("outcomes", as_of)}
        past = [
            r
            for r in self.participations()
            if r["influencer_id"] == me and (r["campaign_id"], me, r["known_at"]) in known
        ]
        f["conversion__campaigns"] = float(len(past))
        f["conversion__conversions__365d"] = float(
            sum(r["net"] for r in past if inside(r["decided_at"], 365))
        )
        f["conversion__converting_share"] = share([r for r in past if r["net"] > 0], past)
        refunding = [r for r in past if r["refunds"] is not None]
        conversions = sum(r["conversions"] for r in refunding)
        f["conversion__refund_share"] = (
            sum(r["refunds"] for r in refunding) / conversions if conversions else None
        )
        clicking = [r for r in past if r["clicks"] is not None]
        f["conversion__clicks_per_post"] = middle(
            [r["clicks"] / r["exposure"] for r in clicking if r["exposure"]]
        )
        clicks = sum(r["clicks"] for r in clicking)
        f["conversion__conversions_per_click"] = sum(r["net"] for r in clicking) / clicks if clicks else None
        f["conversion__days_since_conversion"] = smallest(
            [age(r["decided_at"]) for r in past if r["net"] > 0]
        )
        f["conversion__best_rate"] = biggest([r["net"] / r["exposure"] for r in past if r["exposure"]])

        # momentum
        shots = sorted(
            (r for r in self.known("audience", as_of) if r["influencer_id"] == me),
            key=lambda r: r["observed_at"],
        )
        f["momentum__followers"] = shots[-1]["followers"] if shots else None
        both = [r for r in shots if r["following"] is not None]
        f["momentum__followers_per_following"] = (
            both[-1]["followers"] / both[-1]["following"] if both and both[-1]["following"] else None
        )
        growth = lambda part: (
            log_ratio(part[-1]["followers"], part[0]["followers"]) if len(part) >= 2 else None
        )
        for days in (30, 90, 365):
            part = [r for r in shots if inside(r["observed_at"], days)]
            f[f"momentum__follower_growth__{days}d"] = growth(part)
            if days >= 90:
                new = growth([r for r in part if age(r["observed_at"]) <= days / 2])
                old = growth([r for r in part if age(r["observed_at"]) > days / 2])
                f[f"momentum__follower_acceleration__{days}d"] = (
                    None if new is None or old is None else new - old
                )
        weekly = {math.floor(age(r["observed_at"]) / 7): r for r in shots}  # the last of each week stays
        order = sorted(weekly.items(), reverse=True)
        steps = []
        for (week_before, before), (week, row) in itertools.pairwise(order):
            gain = row["followers"] - before["followers"]
            pace = log_ratio(row["followers"], before["followers"])
            pace = None if pace is None else pace / (week_before - week)
            steps.append({"at": row["observed_at"], "gain": gain, "pace": pace})
        for days in (90, 365):
            part = [s for s in steps if inside(s["at"], days)]
            paces = [s["pace"] for s in part if s["pace"] is not None]
            f[f"momentum__median_weekly_growth__{days}d"] = median(paces) if paces else None
            f[f"momentum__growing_weeks__{days}d"] = share([s for s in part if s["gain"] > 0], part)
        gained = [s["gain"] for s in part if s["gain"] > 0]
        f["momentum__largest_jump__365d"] = max(gained) / sum(gained) if len(part) >= 4 and gained else None

        # combinations
        for days in (90, 365):
            written = f[f"frequency__posts_per_week__{days}d"] * days / 7
            got, audience = f[f"references__received__{days}d"], f["momentum__followers"]
            f[f"references__per_post__{days}d"] = got / written if written else None
            f[f"references__per_follower__{days}d"] = got * 1000 / audience if audience else None
        for name, per, what in (
            ("references__engagement_per_follower__365d", 1000, "engagement"),
            ("momentum__views_per_follower__365d", 1, "seen"),
        ):
            f[name] = of_all(what) * per / audience if audience and of_all(what) is not None else None

        # offer
        # When it runs: as last told before the decision, or as first told where nothing was told by then.
        versions = [r for r in self.tables["campaigns"] if r["campaign_id"] == decision["campaign_id"]]
        plan = max(
            (r for r in versions if r["known_at"] < as_of),
            key=lambda r: r["known_at"],
            default=min(versions, key=lambda r: r["known_at"]),
        )
        f |= {f"offer__{name}": decision[name] for name in ("exposure", "fee", "discount")}
        f["offer__fee_per_post"] = (
            decision["fee"] / decision["exposure"]
            if decision["fee"] is not None and decision["exposure"]
            else None
        )
        f["offer__campaign_days"] = (
            None if plan["ends_at"] is None else (plan["ends_at"] - plan["starts_at"]) / DAY
        )
        turn = 2 * math.pi * plan["starts_at"].timetuple().tm_yday / 365.25
        f["offer__season_sine"], f["offer__season_cosine"] = math.sin(turn), math.cos(turn)
        homes = {
            (r.get("platform") or "").strip().lower()
            for r in self.known("influencers", as_of)
            if r["influencer_id"] == me
        }
        homes = {"x" if home == "twitter" else home for home in homes if home}
        for place in [
            "instagram",
            "tiktok",
            "youtube",
            "facebook",
            "x",
            "twitch",
            "linkedin",
            "threads",
            "bluesky",
            "mastodon",
            "reddit",
            "pinterest",
            "snapchat",
            "telegram",
            "substack",
            "podcast",
            "blog",
        ]:
            f[f"offer__on_{place}"] = float(place in homes) if homes else None
        return f
