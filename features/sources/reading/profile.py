"""What a profile says of who it is, as the importers of platforms write it down: its own addresses, and those it names."""

from __future__ import annotations

from collections.abc import Iterable

from suasion.features.identity.addresses import address_of
from suasion.features.tables.schema import TABLES, Column, Table, time_column

from .rows import Rows, ident

PROFILES = Table(
    "profiles",
    "what profiles say of who they are",
    (
        Column("account_id", "id", "whose profile", required=True),
        Column("address", "id", "an address: an account, a site or a page", required=True),
        Column(
            "kind",
            "text",
            "own: the profile's; link: it names it; verified: somebody checked that the two belong together",
            required=True,
            allowed=("own", "link", "verified"),
        ),
        time_column("seen_at", "when it was read or checked", required=True),
    ),
    key=("account_id", "address", "kind", "seen_at"),
    time="seen_at",
    known="seen_at",
    known_meaning="seen_at",
)
WITH_PROFILES = TABLES | {PROFILES.name: PROFILES}
"""The tables that importers of platforms fill."""


def tell_account(
    rows: Rows, platform: str, account: object, handle: object = None, created_at: object = None
) -> None:
    """Add an account: where it is, what it is called there, and when it was made where the source tells that."""
    if account is not None:
        row = {"influencer_id": account, "platform": platform, "handle": handle, "created_at": created_at}
        rows.add("influencers", **row)


def by_name(platform: str, name: object) -> object:
    """Return the id of an account that goes by its name: in small letters."""
    return ident(platform, name.lower() if isinstance(name, str) else name)


def tell_named(rows: Rows, platform: str, name: object) -> object:
    """Add an account that goes by its name, and return its id."""
    account = by_name(platform, name)
    tell_account(rows, platform, account, name.strip().lower() if isinstance(name, str) else None)
    return account


def tell_audience(
    rows: Rows, account: object, followers: object, following: object = None, posts: object = None, verified: object = None,
) -> None:  # fmt: skip
    """Add how many follow an account, how many it follows, how many posts it has, and whether it is verified, as of when the export was read."""
    counts = {"followers": followers, "following": following, "posts_count": posts, "verified": verified}
    rows.add("audience", influencer_id=account, observed_at=rows.read_at, **counts)


def tell_profile(
    rows: Rows,
    account: object,
    *,
    own_address: object = None,
    links: Iterable[object] | None = None,
    verified: Iterable[tuple[object, object]] = (),
) -> None:
    """Add what a profile says.

    Parameters
    ----------
    own_address
        An address of the profile that its id does not show, such as ``x:@name``.
    links
        Addresses of the web that it names.
    verified
        Addresses of the web that somebody checked, each with when.
    """
    if not isinstance(account, str):
        return
    checked = {address_of(text): at for text, at in verified}
    named = dict.fromkeys(address_of(text) for text in links or ())
    addresses: list[tuple[str, str, object]] = []
    addresses += [("own", own_address, rows.read_at)] if isinstance(own_address, str) else []
    addresses += [("verified", address, at) for address, at in checked.items() if address]
    addresses += [("link", address, rows.read_at) for address in named if address and address != own_address]
    for kind, address, at in addresses:
        if address != account:
            rows.add("profiles", account_id=account, address=address, kind=kind, seen_at=at)
