"""How sources say where the columns come from of tables that all of them fill alike."""

from __future__ import annotations

READ = "when the export was read"


def influencers(platform: str, account: str, handle: str = "", created_at: str = "") -> dict[str, str]:
    """Return where accounts come from."""
    columns = {"influencer_id": account, "platform": platform, "handle": handle, "created_at": created_at}
    return {name: text for name, text in columns.items() if text}


def audience(account: str, *, observed_at: str = READ, **counts: str) -> dict[str, str]:
    """Return where the size of an audience comes from."""
    return {"influencer_id": account, "observed_at": observed_at, **counts}


def post_metrics(post: str, *, observed_at: str = READ, **counts: str) -> dict[str, str]:
    """Return where the counts of posts come from."""
    return {"post_id": post, "observed_at": observed_at, **counts}


def profiles(account: str, address: str, kind: str = "link", seen_at: str = READ) -> dict[str, str]:
    """Return where what profiles say comes from."""
    return {"account_id": account, "address": address, "kind": kind, "seen_at": seen_at}


def as_of(post: str) -> dict[str, str]:
    """Return when a reference was made and known, and where, if all that is the post's."""
    return dict.fromkeys(("created_at", "post_id", "known_at"), f"as of {post}")
