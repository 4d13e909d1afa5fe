"""Who is who: links in profiles join, likeness only proposes, and what a person says goes before both."""

from __future__ import annotations

import csv
import random
import shutil
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suasion.features.accounts import read_people
from suasion.features.addresses import address_of
from suasion.features.errors import InputError
from suasion.features.forget import forget
from suasion.features.likeness import Proposal, proposals
from suasion.features.links import MUTUAL, ONE_SIDED, VERIFIED, Joined, Profile, join, links_of
from suasion.features.privacy import OPT_OUT, Pseudonyms
from suasion.features.sources.all import SAID
from suasion.features.sources.source import run_import
from suasion.features.who import FILE, find_out, write_people

from . import sources
from .sources import READ_AT as AT
from .sources import SAMPLES, bring, samples

ANNA = (
    "blog:anna.example",
    "bluesky:did:plc:anna",
    "instagram:coffee.anna",
    "mastodon:anna@mastodon.example",
    "youtube:UCa",
)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the samples of all platforms in one folder."""
    out = tmp_path_factory.mktemp("who") / "data"
    for source in SAID:
        bring(source.name, out)
    return out


@pytest.fixture
def data(imported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(imported, tmp_path / "data"))


def run(*args: object, answers: str | None = None) -> tuple[int, str]:
    return sources.run(*map(str, args), text=answers)


def people(data: Path) -> list[dict[str, str]]:
    with (data / FILE).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def lines(*told: tuple[str, str, str]) -> list[Profile]:
    return [Profile(account, address, kind, AT) for account, address, kind in told]


def joined(
    *told: tuple[str, str, str],
    accounts: tuple[str, ...] = (),
    same: dict[str, str] | None = None,
    apart: tuple[tuple[str, str], ...] = (),
) -> Joined:
    own = {account for account, _, _ in told}
    return join(links_of(lines(*told)), own | set(accounts), same or {}, apart)


def test_profiles_of_all_platforms_make_one_person(data: Path) -> None:
    code, told = run("who", data)
    assert code == 0, told
    rows = people(data)
    persons = {row["account_id"]: row["influencer_id"] for row in rows}
    name = "bluesky:did:plc:anna"
    assert {account for account, person in persons.items() if person == name} == set(ANNA) - {name}
    assert persons["bluesky:did:plc:bob"] == "blog:bob.example"
    assert len(persons) == 5
    how = {row["account_id"]: row["how"].partition(":")[0] for row in rows}
    assert how["blog:anna.example"] == VERIFIED
    assert how["youtube:UCa"] == MUTUAL
    assert how["instagram:coffee.anna"] == ONE_SIDED
    since = {row["account_id"]: row["since"] for row in rows}
    assert since["blog:anna.example"] == "2023-01-01 00:00:00", "the day it was verified"
    assert dict(read_people(data).persons) == persons


def test_what_is_alike_is_proposed_and_a_person_says(data: Path) -> None:
    found = find_out(data)
    pairs = {(pair.one, pair.other): pair.evidence for pair in found.proposals}
    assert pairs["instagram:coffee.anna", "reddit:coffee_anna"] == (
        "both are called coffeeanna",
        "both profiles name linktr.ee/Anna",
    )
    assert ("instagram:beanco", "reddit:beanco") in pairs
    code, told = run(
        "who",
        data,
        "--same",
        "reddit:coffee_anna=instagram:coffee.anna",
        "--apart",
        "instagram:beanco=reddit:beanco",
    )
    assert code == 0, told
    assert read_people(data).person_of("reddit:coffee_anna") == "bluesky:did:plc:anna"
    assert find_out(data).proposals == ()
    before = (data / FILE).read_bytes()
    assert run("who", data)[0] == 0
    assert (data / FILE).read_bytes() == before, "found anew, it is the same"
    kept = [row for row in people(data) if row["account_id"] != "reddit:coffee_anna"]
    pd.DataFrame(kept).to_csv(data / FILE, index=False)
    assert [pair.other for pair in find_out(data).proposals] == ["reddit:coffee_anna"], (
        "taken out, it is undone"
    )


def test_it_asks_about_each_proposal(data: Path) -> None:
    code, told = run("who", data, "--ask", answers="y\nn\n")
    assert code == 0, told
    assert told.count("One person?") == 2
    assert "both profiles name linktr.ee/Anna" in told
    assert read_people(data).person_of("reddit:coffee_anna") == "bluesky:did:plc:anna"
    assert read_people(data).apart == {("instagram:beanco", "reddit:beanco")}
    code, told = run("who", data, "--ask")
    assert (code, "One person?" in told) == (0, False)
    assert run("who", data)[1].count("Perhaps one person") == 0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("--same", "x:1"), "is not ACCOUNT=ACCOUNT"),
        (("--same", "youtube:UCa=youtube:UCa"), "is not ACCOUNT=ACCOUNT"),
        (("--apart", "youtube:UCa=x:nobody"), "There is no account 'x:nobody'"),
    ],
)
def test_what_cannot_be_said_is_refused(given: tuple[str, str], expected: str, data: Path) -> None:
    code, told = run("who", data, *given)
    assert code != 0
    assert expected in told


def test_what_was_said_is_not_said_otherwise(data: Path) -> None:
    assert run("who", data, "--same", "reddit:coffee_anna=instagram:coffee.anna")[0] == 0
    code, told = run("who", data, "--apart", "reddit:coffee_anna=bluesky:did:plc:anna")
    assert code != 0
    assert "says already that reddit:coffee_anna and bluesky:did:plc:anna are one person" in told
    assert run("who", data, "--apart", "instagram:beanco=reddit:beanco")[0] == 0
    code, told = run("who", data, "--same", "reddit:beanco=instagram:beanco")
    assert code != 0
    assert "says already that reddit:beanco and instagram:beanco are two people" in told


def test_people_that_are_one_keep_one_name(data: Path) -> None:
    """Whichever way round it is said, of an account or of one that is somebody's."""
    assert run("who", data, "--same", "instagram:coffee.anna=reddit:coffee_anna")[0] == 0
    assert read_people(data).person_of("reddit:coffee_anna") == "bluesky:did:plc:anna"
    assert run("who", data, "--same", "youtube:UCa=blog:bob.example")[0] == 0
    found = find_out(data)
    (person,) = found.persons
    assert person.name == "blog:bob.example"
    assert set(person.accounts) == {*ANNA, "reddit:coffee_anna", "blog:bob.example"}
    assert "bluesky:did:plc:bob" in {link.one for link, _ in found.left}, "Anna has an account there already"


def test_links_of_two_people_join_nobody(data: Path) -> None:
    """Said to be two, they are so in spite of all links."""
    assert run("who", data, "--apart", "youtube:UCa=mastodon:anna@mastodon.example")[0] == 0
    found = find_out(data)
    assert not [
        p for p in found.persons if {"youtube:UCa", "mastodon:anna@mastodon.example"} <= set(p.accounts)
    ]
    assert "you said that they are two" in {why for _, why in found.left}


def test_a_folder_is_needed_and_a_table_that_can_be_changed(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        find_out(tmp_path / "nothing")
    pd.DataFrame({"account_id": ["x:1"], "influencer_id": ["anna"]}).to_parquet(data / "people.parquet")
    with pytest.raises(InputError, match=r"Save it as that"):
        write_people(data, find_out(data))


def test_rows_of_the_user_stay_as_they_are_and_go_before_links(data: Path) -> None:
    (data / FILE).write_text(
        "influencer_id,account_id,note\nanna,youtube:UCa,met her\nzoe,blog:anna.example,\n,broken,\n",
        encoding="utf-8",
    )
    assert run("who", data)[0] == 0
    rows = people(data)
    assert [(row["influencer_id"], row["account_id"], row["note"]) for row in rows[:3]] == [
        ("anna", "youtube:UCa", "met her"),
        ("zoe", "blog:anna.example", ""),
        ("", "broken", ""),
    ]
    persons = read_people(data).persons
    assert persons["youtube:UCa"] == "anna"
    assert persons["blog:anna.example"] == "zoe"
    assert "anna" in {
        persons.get("mastodon:anna@mastodon.example"),
        persons.get("instagram:coffee.anna"),
    } or "zoe" in {persons.get("mastodon:anna@mastodon.example")}
    why = [reason for _, reason in find_out(data).left]
    assert "you said whose they are, and it is not one person" in why


def test_links_that_could_be_read_only_later_are_left_out(data: Path) -> None:
    found = find_out(data, until=datetime(2024, 1, 1))
    assert [person.accounts for person in found.persons] == [
        ("blog:anna.example", "mastodon:anna@mastodon.example")
    ]
    assert find_out(data, until=datetime(2023, 1, 1)).persons == ()


@pytest.mark.parametrize(
    ("told", "given", "groups", "why"),
    [
        # One profile names another: joined, whether by its id or by its name.
        ([("x:1", "youtube:UC7", "link")], {"accounts": ("youtube:UC7",)}, [("x:1", "youtube:UC7")], None),
        ([("x:1", "youtube:@a", "link"), ("youtube:UC7", "youtube:@a", "own")], {}, [("x:1", "youtube:UC7")], None),
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


def test_who_only_answers_is_not_looked_at_and_own_accounts_say_nothing(tmp_path: Path) -> None:
    """Posts: of somebody who links to their own channel, already joined, and to another; and of one who only comments."""
    own, other = "https://www.youtube.com/channel/UCown", "https://www.youtube.com/channel/UCother"
    rows = [
        {"post_id": f"p{n}", "author_id": "x:annabakes", "links": [own] * (n < 6) + [other] * (n < 3)}
        for n in range(6)
    ]
    rows += [
        {"post_id": f"c{n}", "author_id": account}
        for n, account in enumerate(["youtube:UCown", "youtube:UCother"])
    ]
    rows += [{"post_id": "a1", "author_id": "reddit:annabakes", "reply_to_id": "p1", "links": [other] * 9}]
    rows += [{"post_id": "a2", "author_id": "instagram:annabakes", "links": []}]
    told = pd.DataFrame(
        [{"created_at": AT, "text": "", "reply_to_id": None, "links": [], **row} for row in rows]
    )
    told.to_parquet(tmp_path / "posts.parquet")
    (tmp_path / FILE).write_text("account_id,influencer_id\nx:annabakes,youtube:UCown\n")
    found = find_out(tmp_path)
    assert found.accounts == 4, "who only comments is none"
    assert [(pair.one, pair.other, pair.evidence) for pair in found.proposals] == [
        (
            "x:annabakes",
            "youtube:UCother",
            ("3 posts of x:annabakes link to youtube:UCother, 100% of its links to youtube",),
        ),
    ]


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
        ("https://mastodon.example/@anna/1234", "page:mastodon.example/@anna/1234"),
        ("https://www.tiktok.com/@anna", "page:tiktok.com/@anna"),
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


def test_pseudonyms_are_joined_all_the_same(tmp_path: Path) -> None:
    pseudonyms = Pseudonyms(b"a secret of sixteen")
    for source in SAID:
        run_import(source, samples(source.name), tmp_path, read_at=AT, pseudonyms=pseudonyms)
    found = find_out(tmp_path)
    assert sorted(map(pseudonyms.of, ANNA)) in [sorted(person.accounts) for person in found.persons]
    write_people(tmp_path, found)
    told = (tmp_path / FILE).read_text()
    assert "anna" not in told
    assert "mastodon" not in told


def test_who_is_forgotten_is_so_on_every_platform(data: Path) -> None:
    assert run("who", data, "--same", "reddit:coffee_anna=instagram:coffee.anna")[0] == 0
    told = forget(data, ["youtube:UCa"])
    assert {*ANNA, "reddit:coffee_anna", "youtube:@anna"} <= set(told.ids)
    assert told.rows["people"] == 5
    assert told.rows["profiles"] > 5
    gone = (data / OPT_OUT).read_text().split()
    for path in data.rglob("*.parquet"):
        table = pd.read_parquet(path)
        for column in set(table.columns) & {
            "influencer_id",
            "author_id",
            "referrer_id",
            "account_id",
            "address",
        }:
            assert not table[column].isin(gone).any(), (path, column)
    assert not [row for row in people(data) if set(row.values()) & set(gone)]
    again = bring("mastodon", data, SAMPLES / "mastodon.json")
    assert again.opted_out > 0
    assert all(landed.new == 0 for landed in again.tables if landed.table in ("influencers", "profiles"))


def test_who_opted_out_as_a_person_does_not_come_in_by_another_account(data: Path) -> None:
    assert run("who", data)[0] == 0
    (data / OPT_OUT).write_text("bluesky:did:plc:anna\n")
    shutil.rmtree(data / "posts")
    bring("youtube", data, SAMPLES / "youtube.ndjson")
    authors = pd.concat(map(pd.read_parquet, (data / "posts").glob("*.parquet")))["author_id"]
    assert len(authors) > 0
    assert "youtube:UCa" not in set(authors)
