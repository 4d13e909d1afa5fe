"""Which links join, what speaks for likeness, and who is behind an address: the rules, without a folder."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suasion.features.identity.addresses import address_of, author_of
from suasion.features.identity.links import MUTUAL, Joined, Profile, join, links_of
from suasion.features.identity.similarity import Proposal, proposals
from suasion.features.sources.reading.ids import account_of

from .sources import READ_AT as AT


def lines(*told: tuple[str, str, str]) -> list[Profile]:
    return [Profile(account, address, kind, AT) for account, address, kind in told]


def joined(
    *told: tuple[str, str, str],
    accounts: tuple[str, ...] = (),
    same: dict[str, str] | None = None,
    apart: tuple[tuple[str, str], ...] = (),
) -> Joined:
    own = {account for account, _, _ in told}
    known = own | set(accounts)
    return join(links_of(lines(*told), known), known, same or {}, apart)


@pytest.mark.parametrize(
    ("told", "given", "groups", "why"),
    [
        # One profile names another: joined, whether by its id or by its name.
        ([("x:1", "youtube:UC7", "link")], {"accounts": ("youtube:UC7",)}, [("x:1", "youtube:UC7")], None),
        ([("x:1", "youtube:@a", "link"), ("youtube:UC7", "youtube:@a", "own")], {}, [("x:1", "youtube:UC7")], None),
        # A sheet names the handle, the API the account behind it: one, unless the name was two's, or you said otherwise.
        ([("youtube:U", "youtube:@a", "own")], {"accounts": ("youtube:@a",)}, [("youtube:@a", "youtube:U")], None),
        ([("youtube:U", "youtube:@a", "own"), ("x:1", "youtube:@a", "link")], {"accounts": ("youtube:@a",)}, [("x:1", "youtube:@a", "youtube:U")], None),
        ([("youtube:U", "youtube:@a", "own"), ("youtube:V", "youtube:@a", "own")], {"accounts": ("youtube:@a",)}, [], None),
        ([("youtube:U", "youtube:@a", "own")], {"accounts": ("youtube:@a",), "apart": (("youtube:U", "youtube:@a"),)}, [], "you said that they are two"),
        # A name that two bore is nobody's.
        ([("x:1", "youtube:@a", "link"), ("youtube:U", "youtube:@a", "own"), ("youtube:V", "youtube:@a", "own")], {}, [], "it is not in the data"),
        ([("x:1", "youtube:UC7", "link")], {}, [], "it is not in the data"),
        # Two people name a third: an employer, perhaps.
        ([("x:1", "blog:b", "link"), ("x:2", "blog:b", "link")], {"accounts": ("blog:b",)}, [], "2 people's profiles name it"),
        # Unless those two are one anyway, or it names one of them back.
        (
            [("x:1", "blog:b", "link"), ("youtube:2", "blog:b", "link"), ("x:1", "youtube:2", "link"), ("youtube:2", "x:1", "link")],
            {"accounts": ("blog:b",)},
            [("blog:b", "x:1", "youtube:2")],
            None,
        ),
        ([("x:1", "blog:b", "link"), ("x:2", "blog:b", "link"), ("blog:b", "x:2", "link")], {}, [("blog:b", "x:2")], "they would have two accounts of x"),
        # What somebody's other account names as well is no second claim.
        (
            [("mastodon:m@n", "blog:b", "verified"), ("youtube:1", "mastodon:m@n", "link"), ("mastodon:m@n", "youtube:1", "link"), ("youtube:1", "blog:b", "link"), ("x:1", "blog:b", "link")],
            {"accounts": ("blog:b",)},
            [("blog:b", "mastodon:m@n", "x:1", "youtube:1")],
            None,
        ),
        # Two accounts of one platform are one person's only where both say so.
        ([("x:1", "x:2", "link")], {"accounts": ("x:2",)}, [], "they would have two accounts of x"),
        ([("x:1", "x:2", "link"), ("x:2", "x:1", "link")], {}, [("x:1", "x:2")], None),
        # Two that were verified with one site are one person, though the site is not in the data.
        ([("mastodon:a@b.c", "blog:s", "verified"), ("bluesky:d", "blog:s", "verified")], {}, [("bluesky:d", "mastodon:a@b.c")], None),
        # The user goes before all.
        ([("x:1", "blog:s", "verified")], {"accounts": ("blog:s",), "apart": (("blog:s", "x:1"),)}, [], "you said that they are two"),
        (
            [("x:1", "blog:s", "verified")],
            {"same": {"x:1": "anna", "blog:s": "bea"}},
            [("anna", "x:1"), ("bea", "blog:s")],
            "you said whose they are, and it is not one person",
        ),
        ([("x:1", "blog:s", "verified")], {"accounts": ("blog:s",), "same": {"x:1": "anna"}}, [("anna", "blog:s", "x:1")], None),
    ],
)  # fmt: skip
def test_which_links_count(told, given, groups, why) -> None:
    found = joined(*told, **given)
    assert list(found.groups) == groups
    assert {reason for _, reason in found.left} == ({why} if why else set())


def test_two_that_name_each_other_do_so_since_the_second_did() -> None:
    early, late = datetime(2023, 1, 1), datetime(2024, 1, 1)
    for first, second in ((early, late), (late, early)):
        (link,) = links_of(
            [Profile("x:1", "youtube:2", "link", first), Profile("youtube:2", "x:1", "link", second)]
        )
        assert (link.how, link.since) == (MUTUAL, late)


NODES = ["x:1", "x:2", "youtube:1", "youtube:2", "blog:a", "mastodon:m@b", "instagram:i"]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), st.sampled_from(["link", "verified"])),
        max_size=12,
    ),
    st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=3),
    st.randoms(use_true_random=False),
)
def test_the_order_of_profiles_says_nothing_and_two_people_stay_two(
    told: list[tuple[str, str, str]], apart: list[tuple[str, str]], order: random.Random
) -> None:
    apart = [pair for pair in apart if pair[0] != pair[1]]
    found = join(links_of(lines(*told)), NODES, {}, apart)
    shuffled = list(told)
    order.shuffle(shuffled)
    assert join(links_of(lines(*shuffled)), NODES, {}, apart) == found
    for group in found.groups:
        assert not [pair for pair in apart if set(pair) <= set(group)]
    members = [one for group in found.groups for one in group]
    assert len(members) == len(set(members)), "everybody is one person at most"


def propose(
    names: dict[str, str] | None = None, linked: list[tuple[str, str, int]] | None = None, **given
) -> list[Proposal]:
    return proposals(
        names or {},
        given.pop("profiles", []),
        given.pop("left", []),
        linked or [],
        given.pop("persons", {}),
        **given,
    )


def test_what_speaks_for_likeness() -> None:
    [pair] = propose({"x:1": "annabakes", "youtube:2": "annabakes", "x:3": "other"})
    assert (pair.one, pair.other, pair.evidence) == ("x:1", "youtube:2", ("both are called annabakes",))
    assert propose({"x:1": "annabakes", "x:2": "annabakes"}) == [], "of one platform they are two"
    many = {f"{platform}:1": "coffeelover" for platform in ("x", "youtube", "reddit", "blog", "instagram")}
    assert propose(many) == [], "a name that many bear says nothing"
    rare, common = propose(
        {
            "x:1": "annabakes",
            "youtube:1": "annabakes",
            "x:2": "teatime",
            "youtube:2": "teatime",
            "reddit:2": "teatime",
        }
    )[:2]
    assert rare.weight > common.weight
    [pair] = propose(linked=[("x:1", "youtube:2", 6), ("x:1", "youtube:3", 4), ("x:1", "blog:b", 2)])
    assert pair.evidence == ("6 posts of x:1 link to youtube:2, 60% of its links to youtube",)
    assert propose(linked=[("x:1", "youtube:2", 2)]) == [], "twice is not often"
    assert propose(linked=[("x:1", "youtube:2", 6), ("x:1", "youtube:3", 7)])[0].other == "youtube:3"


def test_one_question_for_two_people_and_none_that_was_answered() -> None:
    names = {"x:1": "annabakes", "youtube:2": "annabakes"}
    pages = lines(("instagram:3", "page:l/a", "link"), ("youtube:2", "page:l/a", "link"))
    [pair] = propose(names, profiles=pages, persons={"x:1": "anna", "instagram:3": "anna"})
    assert set(pair.evidence) == {"both are called annabakes", "both profiles name l/a"}
    for said in (("youtube:2", "anna"), ("youtube:2", "x:1"), ("anna", "youtube:2")):
        assert propose(names, persons={"x:1": "anna"}, apart=[said]) == []
    assert propose(names, persons={"x:1": "anna", "youtube:2": "anna"}) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://WWW.Twitter.com/Anna_B/", "x:@anna_b"),
        ("https://mobile.twitter.com/anna", "x:@anna"),
        ("https://x.com/hashtag/tea", None),
        ("https://www.instagram.com/coffee.anna/?hl=de", "instagram:coffee.anna"),
        ("https://instagram.com/p/Cabc/", None),
        ("https://youtube.com/@Anna", "youtube:@anna"),
        ("https://www.youtube.com/watch?v=1", None),
        ("https://youtu.be/abc", None),
        ("https://bsky.app/profile/Anna.example", "bluesky:@anna.example"),
        ("https://bsky.app/profile/did:plc:x", "bluesky:did:plc:x"),
        ("https://old.reddit.com/user/Coffee_Anna", "reddit:coffee_anna"),
        ("https://www.reddit.com/r/coffee", None),
        ("https://mastodon.example/users/Anna", "mastodon:anna@mastodon.example"),
        ("https://mastodon.example/@anna/1234", "mastodon:anna@mastodon.example"),
        ("https://mastodon.example/users/anna/statuses/1234", "mastodon:anna@mastodon.example"),
        ("https://mastodon.example/@anna/tea", "page:mastodon.example/@anna/tea"),
        ("https://www.tiktok.com/@anna/video/71", "tiktok:anna"),
        ("anna.example", "blog:anna.example"),
        ("anna.example/about?x=1#y", "page:anna.example/about"),
        ("https://xn--caf-dma.example/", "blog:xn--caf-dma.example"),
        ("https://[broken", None),
        ("https://localhost/", None),
        ("javascript:alert(1)", None),
        ("see anna.example", None),
        (None, None),
        (7, None),
    ],
)
def test_who_is_behind_an_address(text: object, address: str | None) -> None:
    assert address_of(text) == address


MANY = {
    "blog:medium.com/@anna": "medium.com/@anna medium.com/@Anna/tea-1f?source=rss medium.com/feed/@anna anna.medium.com/tea-1f",
    "blog:medium.com/teahouse": "medium.com/teahouse/cold-2e medium.com/feed/teahouse",
    "blog:dev.to/anna": "dev.to/anna dev.to/Anna/tea-1f dev.to/feed/anna",
    "blog:github.com/anna": "github.com/anna github.com/Anna/tea/releases github.com/anna.atom gist.github.com/anna/1f github.com/sponsors/anna",
    "blog:anna.tumblr.com": "anna.tumblr.com tumblr.com/anna www.tumblr.com/anna/71/tea tumblr.com/blog/view/anna anna.tumblr.com/post/71",
    "blog:anna.substack.com": "anna.substack.com/p/tea open.substack.com/pub/anna/p/tea",
    "blog:substack.com/@anna": "substack.com/@anna substack.com/@anna/note/c-1",
    "blog:anna.wordpress.com": "anna.wordpress.com/2024/01/tea",
    "linkedin:anna": "linkedin.com/in/anna de.linkedin.com/in/Anna/",
    "linkedin:company/teahouse": "linkedin.com/company/teahouse/posts",
    "telegram:anna": "t.me/anna t.me/s/anna t.me/anna/71 telegram.me/anna",
    "instagram:anna": "instagram.com/anna www.instagram.com/Anna/?hl=de",
    "youtube:@anna": "youtube.com/@Anna m.youtube.com/@anna/videos",
    "x:@anna": "x.com/anna twitter.com/Anna/status/71",
    "facebook:anna": "facebook.com/anna m.facebook.com/anna/posts/71 fb.com/anna",
    "tiktok:anna": "tiktok.com/@anna/video/71",
    "page:linktr.ee/anna": "linktr.ee/Anna",
    None: "medium.com medium.com/p/1f medium.com/tag/tea dev.to/t/tea github.com/topics/tea t.me/+1f t.me/joinchat/1f youtu.be/1f instagram.com "
    "www.youtube.com/watch?v=1f instagram.com/p/Cx1 linkedin.com/pulse/tea linkedin.com/feed tiktok.com/tag/tea tumblr.com/tagged/tea substack.com/home",
}  # fmt: skip
"""Whose each of these is."""


@pytest.mark.parametrize("name", ["ai", "new", "old", "web", "anna"])
@pytest.mark.parametrize("host", ["tumblr.com", "substack.com", "hashnode.com"])
def test_a_short_name_before_a_host_is_an_author_and_no_language(name: str, host: str) -> None:
    assert author_of(f"https://{name}.{host}/tea") == f"blog:{name}.{host}"


@pytest.mark.parametrize(
    ("address", "author"), [(one, author) for author, those in MANY.items() for one in those.split()]
)
def test_on_a_host_of_many_authors_a_page_is_its_authors_or_nobodys(address: str, author: str | None) -> None:
    assert author_of(f"https://{address}") == author
    if author and not address.startswith("anna."):
        # A sheet names whom a profile or a link names.
        assert account_of(f"https://{address}") == author
