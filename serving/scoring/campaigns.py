"""What is stored about campaigns and people, in short, for lists and headings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from suasion.features.tables.open import Tables

from .ranking import Board


@dataclass(frozen=True)
class Campaign:
    """A stored campaign, in short."""

    campaign_id: str
    brand: str | None
    category: str | None
    brief: str | None
    starts_at: datetime
    candidates: int

    def matches(self, search: str) -> bool:
        """Whether id, brand, category or brief hold the text, whatever the case."""
        folded = search.casefold()
        texts = (self.campaign_id, self.brand, self.category, self.brief)
        return not folded or any(folded in text.casefold() for text in texts if text)


@dataclass(frozen=True)
class About:
    """What a board is about."""

    title: str
    brief: str
    brand: str | None
    category: str | None


Told = dict[str, list[tuple[datetime, About]]]
"""By campaign."""


def read_campaigns(tables: Tables) -> dict[str, Campaign]:
    """Return all campaigns, those with candidates first, then by start, the latest first."""
    rows = tables.sql(
        "SELECT campaign_id, max_by(brand, known_at), max_by(category, known_at), left(max_by(brief, known_at), 500), "
        "min_by(starts_at, known_at) AS starts, any_value(n) FROM campaigns LEFT JOIN "
        "(SELECT campaign_id, count(DISTINCT influencer_id) AS n FROM candidates GROUP BY 1) USING (campaign_id) "
        "GROUP BY 1 ORDER BY any_value(n) IS NULL, starts DESC, 1"
    ).fetchall()
    return {
        name: Campaign(name, brand, category, brief, starts, int(count or 0))
        for name, brand, category, brief, starts, count in rows
    }


def read_handles(tables: Tables) -> dict[str, str]:
    """Return the latest handle of everybody who has one."""
    rows = tables.sql(
        "SELECT influencer_id, max_by(handle, known_at) FROM influencers WHERE handle IS NOT NULL GROUP BY 1"
    ).fetchall()
    return dict(rows)


@dataclass(frozen=True)
class Account:
    """Where somebody is: the account's id, the platform, and the latest handle there."""

    account_id: str
    platform: str | None
    handle: str | None


def read_accounts(tables: Tables) -> dict[str, tuple[Account, ...]]:
    """Return the accounts of everybody who is registered, in order of their ids."""
    account = "influencer_account" if tables.joined else "influencer_id"
    accounts: dict[str, tuple[Account, ...]] = {}
    for who, name, platform, handle in tables.sql(
        f"SELECT max_by(influencer_id, known_at), {account}, max_by(platform, known_at), max_by(handle, known_at) "
        "FROM influencers GROUP BY 2 ORDER BY 2"
    ).fetchall():
        accounts[who] = (*accounts.get(who, ()), Account(name, platform, handle))
    return accounts


def read_told(tables: Tables) -> Told:
    """Return what all campaigns were said to be, each version with the moment from which it was known, the first first."""
    described: Told = {}
    for name, known, brand, category, brief in tables.sql(
        "SELECT campaign_id, known_at, brand, category, left(brief, 500) FROM campaigns ORDER BY known_at, row_id"
    ).fetchall():
        described.setdefault(name, []).append((known, About(name, brief or "", brand, category)))
    return described


def about(board: Board, described: Told) -> About:
    """Return what a board is about: the brief that was typed, or its campaign as it was known at the moment of decision."""
    if board.ask.brief is not None or board.campaign not in described:
        return About("A new brief", board.ask.brief or "", board.ask.brand, board.ask.category)
    versions, moment = described[board.campaign], board.moments.min().item()
    # What is decided upon is known to whoever decides, even where the data learned of it later.
    return next((version for known, version in reversed(versions) if known < moment), versions[0][1])
