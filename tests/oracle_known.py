"""What the oracle's features are worked out of: rows as known at a moment, texts, standing, and rates of the past."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from suasion.features.engine.settled import ELSEWHERE, SETTLED_AFTER
from suasion.features.tables.schema import TABLES

Row = dict[str, Any]
DAY = timedelta(days=1)
COUNTS = ("views", "reach", "impressions", "likes", "comments", "shares", "saves", "clicks", "follows")


class Known:
    """What a decision knows: rows, texts, standing and past rates."""

    def __init__(self, tables: dict[str, list[Row]], space: Any, *, settled: bool = False) -> None:
        self.tables, self.space, self.settled = tables, space, settled

    # ---- what was known -------------------------------------------------------------------------------------
    def known(self, name: str, as_of: datetime) -> list[Row]:
        """Return the rows known before ``as_of`` in their latest version, that happened before it."""
        latest: dict[tuple[Any, ...], Row] = {}
        for row in self.tables.get(name, []):
            key = tuple(row.get(part) for part in TABLES[name].key)
            if row["known_at"] < as_of and (key not in latest or row["known_at"] > latest[key]["known_at"]):
                latest[key] = row
        times = [(row, row[TABLES[name].time]) for row in latest.values()]
        return [row for row, at in times if at is None or at < as_of]

    def counts(self, as_of: datetime) -> list[Row]:
        """Return snapshots of counts in the order they were read, with those that are taken as settled where that is asked."""
        latest: dict[tuple[Any, ...], Row] = {}
        for row in sorted(self.tables.get("post_metrics", []), key=lambda row: row["known_at"]):
            latest[row["post_id"], row["observed_at"]] = row
        taken = []
        for post in {row["post_id"] for row in latest.values()} if self.settled else ():
            due = self.old_enough(post)
            since = [row for (of, at), row in latest.items() if of == post and due is not None and at >= due]
            since.sort(key=lambda row: row["observed_at"], reverse=True)
            if since and due < as_of:
                counts = {name: row[name] for row in since for name in COUNTS if row[name] is not None}
                taken.append(dict.fromkeys(COUNTS) | counts | {"post_id": post, "observed_at": due})
        # Of one moment, what was really read comes after what is taken as read.
        return sorted([*taken, *self.known("post_metrics", as_of)], key=lambda row: row["observed_at"])

    def old_enough(self, post: str) -> datetime | None:
        """Return when a post is old enough for its counts to be settled, by all that anybody ever told of it; None of one that is not there."""
        moments = []
        for version in self.tables["posts"]:
            homes = [
                (row.get("platform") or "").strip().lower()
                for row in self.tables["influencers"]
                if row["influencer_id"] == version["author_id"]
            ]
            days = [SETTLED_AFTER.get(home, ELSEWHERE) for home in homes if home] or [ELSEWHERE]
            moments += [version["created_at"] + max(days) * DAY] if version["post_id"] == post else []
        return max(moments, default=None)

    def last_told(self, me: str, name: str, column: str, as_of: datetime) -> list[float]:
        """Return what was last told of a number, of each account of somebody's."""
        rows = sorted(Known.known(self, name, as_of), key=lambda row: row["observed_at"])
        rows_of_mine = [row for row in rows if self.whose(row["influencer_id"]) == me]
        return list(
            {r["influencer_id"]: r[column] for r in rows_of_mine if r.get(column) is not None}.values()
        )

    @staticmethod
    def in_countries(shares: dict[str, float], sold_in: set[str]) -> float | None:
        """Return the share of an audience in some countries; of those that a list does not name at most what it leaves, where that is little."""
        named = [share for country, share in shares.items() if country.upper() in sold_in]
        if named or not shares:
            return min(sum(named), 1.0) if named else None
        left = max(0.0, min(1.0 - sum(shares.values()), *shares.values()))
        return left if left <= 0.1 else None

    def whose(self, account: str) -> str:
        """Return whose an account is."""
        return account

    def campaign(self, identity: str, as_of: datetime) -> Row | None:
        """Return the version of a campaign that a decision knows."""
        versions = [row for row in self.tables["campaigns"] if row["campaign_id"] == identity]
        known = [row for row in versions if row["known_at"] < as_of]
        if known:
            return max(known, key=lambda row: row["known_at"])
        first = min(versions, key=lambda row: row["known_at"])
        return first if first["known_at"] <= first["starts_at"] else None

    # ---- text -----------------------------------------------------------------------------------------------
    def vector(self, text: str | None) -> np.ndarray:
        """Return a post's vector after being stored in one byte a number."""
        vector = self.space.embed([text or ""])[0]
        top = np.abs(vector).max()
        return np.rint(vector * np.float32(127.0) / top).astype(np.float32) if top > 0 else vector

    def closeness(self, text: str | None, brief: np.ndarray) -> float | None:
        """Return how close a post is to a brief; None where it has no text, or none of its words is known."""
        stored = self.vector(text)
        length = np.linalg.norm(stored)
        return float(np.float32(stored @ brief) / length) if length > 0 else None

    def place(self, row: Row) -> str:
        """Return the hash of what a post says and when, by which posts are sampled."""
        at = (row["created_at"] - datetime(1970, 1, 1)) // timedelta(microseconds=1)
        return hashlib.md5(f"{hashlib.md5(row['text'].encode()).hexdigest()[:8]}{at}".encode()).hexdigest()

    def threshold(self, as_of: datetime, brief: np.ndarray | None) -> float | None:
        if brief is None:
            return None
        posts = [row for row in self.known("posts", as_of) if (row["text"] or "").strip()]
        posts.sort(key=self.place)
        near = [c for row in posts[:2000] if (c := self.closeness(row["text"], brief)) is not None]
        return float(np.quantile(near, 0.9)) if len(near) >= 20 else None

    # ---- standing -------------------------------------------------------------------------------------------
    def standing(self, as_of: datetime) -> dict[str, float]:
        """PageRank by 300 power iterations, on edges known before the month's start."""
        month = as_of.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        weight: dict[tuple[str, str], float] = defaultdict(float)
        first: dict[tuple[Any, ...], datetime] = {}
        for row in self.tables.get("mentions", []):
            key = tuple(row.get(part) for part in TABLES["mentions"].key)
            first[key] = min(first.get(key, row["known_at"]), row["known_at"])
        for (referrer, target, *_), when in first.items():
            if when < month and referrer != target:
                weight[referrer, target] += 1.0
        people = sorted({person for pair in weight for person in pair})
        if not people:
            return {}
        n = len(people)
        out = {person: sum(w for (a, _), w in weight.items() if a == person) for person in people}
        rank = dict.fromkeys(people, 1 / n)
        for _ in range(300):
            lost = sum(rank[person] for person in people if out[person] == 0)
            fresh = dict.fromkeys(people, 0.15 / n + 0.85 * lost / n)
            for (a, b), w in weight.items():
                fresh[b] += 0.85 * rank[a] * w / out[a]
            rank = fresh
        return {person: value * n for person, value in rank.items()}

    # ---- shrinkage ------------------------------------------------------------------------------------------
    def participations(self) -> list[Row]:
        rows = []
        for row in self.tables["outcomes"]:
            campaign = self.campaign(row["campaign_id"], row["decided_at"])
            if campaign and campaign["known_at"] > row["known_at"]:
                campaign = None
            net = max(0.0, row["conversions"] - (row["refunds"] or 0.0))
            rows.append(
                row
                | {
                    "net": net,
                    "brand": campaign and campaign["brand"],
                    "category": campaign and campaign["category"],
                }
            )
        return rows

    def taking_part(self, category: str | None, as_of: datetime, besides: str) -> set[str]:
        """Return who is known to take part in campaigns of a category: of that the decision tells, and not what came of it."""
        people = set()
        for name in ("outcomes", "candidates"):
            for row in self.tables.get(name, []):
                campaign = self.campaign(row["campaign_id"], row["decided_at"])
                known = [row["decided_at"], campaign["known_at"]] if campaign else []
                known += [row["known_at"]] if name == "candidates" else []
                if (
                    campaign
                    and campaign["category"] == category
                    and max(known) < as_of
                    and row["campaign_id"] != besides
                ):
                    people.add(row["influencer_id"])
        return people

    def experience(self, decision: Row) -> Row:
        as_of, me = decision["as_of"], decision["influencer_id"]
        rows = sorted(
            (r for r in self.participations() if r["known_at"] < as_of), key=lambda r: r["known_at"]
        )
        latest: dict[tuple[str, str], Row] = {}
        firsts: list[Row] = []
        for row in rows:
            key = (row["campaign_id"], row["influencer_id"])
            if row["exposure"] > 0 and all((f["campaign_id"], f["influencer_id"]) != key for f in firsts):
                firsts.append(row)
            latest[key] = row
        latest = {key: row for key, row in latest.items() if row["exposure"] > 0}
        # What became known at one moment: corrections of what was known before, then what is new.
        rows.sort(key=lambda r: (r["known_at"], any(r is first for first in firsts)))
        rows = [r if r["exposure"] > 0 else r | {"net": 0.0, "exposure": 0.0} for r in rows]
        if not latest:
            return dict.fromkeys(("own", "own_category", "own_brand", "category", "brand"))
        total = sum(r["exposure"] for r in latest.values())
        m = sum(r["net"] for r in latest.values()) / total
        n, e = len(firsts), sum(r["exposure"] for r in firsts)
        scatter = sum((r["net"] - m * r["exposure"]) ** 2 / r["exposure"] for r in firsts) / n
        mean_e = e / n

        def k(column: str) -> float:
            groups: dict[Any, list[Row]] = defaultdict(list)
            for row in rows:
                if row[column] is not None:
                    groups[row[column]].append(row)
            products = pairs = 0.0
            for members in groups.values():
                y_sum = e_sum = 0.0
                seen: dict[tuple[str, str], Row] = {}
                for row in members:  # in the order they became known
                    key = (row["campaign_id"], row["influencer_id"])
                    old = seen.get(key)
                    if row["exposure"] > 0 and (old is None or not old["counted"]):
                        y, x = row["net"], row["exposure"]
                        products += y * y_sum - m * (x * y_sum + y * e_sum) + m * m * x * e_sum
                        pairs += x * e_sum
                    y_sum += row["net"] - (old["net"] if old else 0.0)
                    e_sum += row["exposure"] - (old["exposure"] if old else 0.0)
                    seen[key] = row | {"counted": row["exposure"] > 0 or bool(old and old["counted"])}
            between = products / pairs if pairs else None
            if between is None or between <= 0:
                return 250.0 * mean_e
            return min(max((scatter - mean_e * between) / between, 0.25 * mean_e), 250.0 * mean_e)

        def shrunk(keep: Any, strength: float, prior: float) -> float:
            kept = [row for row in latest.values() if keep(row)]
            return (sum(r["net"] for r in kept) + strength * prior) / (
                sum(r["exposure"] for r in kept) + strength
            )

        category, brand = decision["category"], decision["brand"]
        own_k = k("influencer_id")
        own_rate = shrunk(lambda r: r["influencer_id"] == me, own_k, m)
        by_category = shrunk(lambda r: r["category"] == category, k("category"), m)
        by_brand = shrunk(lambda r: r["brand"] == brand, k("brand"), m)
        lift = (lambda rate: None) if m == 0 else (lambda rate: own_rate * rate / m)
        mine = lambda column, value: lambda r: r["influencer_id"] == me and r[column] == value
        return {
            "own": own_rate,
            "category": None if category is None else by_category,
            "brand": None if brand is None else by_brand,
            "own_category": None
            if m == 0 or category is None
            else shrunk(mine("category", category), own_k, lift(by_category)),
            "own_brand": None
            if m == 0 or brand is None
            else shrunk(mine("brand", brand), own_k, lift(by_brand)),
        }
