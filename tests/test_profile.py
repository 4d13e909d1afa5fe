"""Addresses of profiles: the right one for each platform, and none where it is not certain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from suasion.serving.page.profile import profile_of, profiles_of
from suasion.serving.scoring.campaigns import Account


@pytest.mark.parametrize(
    ("account", "platform", "handle", "address"),
    [
        ("i1", "instagram", "@anna.brew", "https://www.instagram.com/anna.brew/"),
        ("i1", "Instagram", "anna_brew", "https://www.instagram.com/anna_brew/"),
        ("i1", "tiktok", "@anna", "https://www.tiktok.com/@anna"),
        (
            "youtube:UC" + "a1_-" * 5 + "bc",
            "youtube",
            "Anna Brews",
            "https://www.youtube.com/channel/UC" + "a1_-" * 5 + "bc",
        ),
        ("i1", "youtube", "@anna", "https://www.youtube.com/@anna"),
        ("x:12", "x", "anna", "https://x.com/anna"),
        ("x:12", "twitter", "anna", "https://x.com/anna"),
        ("bluesky:did:plc:1", "bluesky", "anna.bsky.social", "https://bsky.app/profile/anna.bsky.social"),
        ("mastodon:anna@chaos.social", "mastodon", "anna@chaos.social", "https://chaos.social/@anna"),
        ("i1", "mastodon", "@anna@chaos.social", "https://chaos.social/@anna"),
        ("reddit:anna", "reddit", "anna", "https://www.reddit.com/user/anna/"),
        ("42", "beer.stackexchange.com", "Anna B", "https://beer.stackexchange.com/users/42"),
        ("42", "stackoverflow.com", None, "https://stackoverflow.com/users/42"),
    ],
)
def test_a_profile_is_where_its_platform_says(
    account: str, platform: str, handle: str | None, address: str
) -> None:
    found = profile_of(Account(account, platform, handle))
    assert found is not None
    assert found[1] == address


@pytest.mark.parametrize(
    ("account", "platform", "handle"),
    [
        ("i1", "instagram", None), ("i1", None, "@anna"), ("i1", "newsletter", "@anna"), ("i1", "", "@anna"),
        ("i1", "instagram", "Anna Brews"), ("i1", "instagram", "../../evil"), ("i1", "instagram", "a?b"), ("i1", "instagram", "<script>"),
        ("i1", "x", "anna/../bob"), ("i1", "youtube", "Anna Brews"), ("i1", "mastodon", "anna"), ("i1", "mastodon", "anna@localhost"),
        ("i1", "mastodon", "an/na@chaos.social"), ("i1", "mastodon", "anna@evil.example/path"), ("i1", "mastodon", "anna@evil.example:8080"), ("anna", "beer.stackexchange.com", "anna"),
        ("42", "beer.stackexchange.com.evil.example", "anna"), ("42", "evil.example/stackoverflow.com", "anna"), ("i1", "x", "."),
        ("i1", "x", "an\nna"), ("i1", "bluesky", "anna:80@evil"), ("i1", "reddit", "ann ä"),
    ],
)  # fmt: skip
def test_where_it_is_not_certain_there_is_none(
    account: str, platform: str | None, handle: str | None
) -> None:
    assert profile_of(Account(account, platform, handle)) is None


def test_all_accounts_are_linked_and_nobody_of_a_simulated_world() -> None:
    accounts = {
        "anna": (Account("x:1", "x", "anna"), Account("i", "blog", "b"), Account("t", "tiktok", "anna"))
    }
    engine: Any = SimpleNamespace(simulated=False, accounts=accounts)
    assert profiles_of(engine, "anna") == [
        ("X", "https://x.com/anna"),
        ("TikTok", "https://www.tiktok.com/@anna"),
    ]
    assert profiles_of(engine, "bob") == []
    engine.simulated = True
    assert profiles_of(engine, "anna") == []
