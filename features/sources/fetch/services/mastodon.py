"""Mastodon: the server of the account, and no other; most answer without a token."""

from __future__ import annotations

from math import ceil

from suasion.features.sources.fetch.service import RefusedError, Request, Service, Verdict, Visit
from suasion.features.sources.mastodon import MASTODON as SOURCE
from suasion.features.sources.mastodon import account_of
from suasion.features.sources.reading.rows import dig

_PAGE = 40


def _walk(visit: Visit) -> None:
    who = visit.ask(
        Request("account", "/api/v1/accounts/lookup", {"acct": visit.name.partition("@")[0]}),
        whose=lambda answer: account_of(dig(answer, "url"), dig(answer, "acct")),
    )
    number = dig(who, "id")
    if not isinstance(number, str) or not number.isalnum():
        raise RefusedError("an account without an id")
    left, last = visit.posts, None
    while left > 0:
        params = {"limit": str(min(left, _PAGE))} | ({"max_id": last} if last else {})
        page = visit.ask(Request("statuses", f"/api/v1/accounts/{number}/statuses", params))
        ids = [dig(status, "id") for status in page] if isinstance(page, list) else []
        if not ids or not isinstance(ids[-1], str) or ids[-1] == last:
            return
        left, last = left - len(ids), ids[-1]


def _verdict(status: int, answer: object) -> Verdict | None:
    return "refused" if status in (401, 403, 422) else None


MASTODON = Service(
    name="mastodon",
    source=SOURCE,
    base="https://{host}",
    walk=_walk,
    requests=lambda posts: 1 + ceil(posts / _PAGE),
    quota="300 requests in 5 minutes from one address, for each server",
    terms="https://SERVER/about of the account's server",
    pace=1.0,
    verdict=_verdict,
)
