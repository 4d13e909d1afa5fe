"""Who is who: links in profiles join, likeness only proposes, and what a person says goes before both."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from suasion.features.errors import InputError
from suasion.features.identity.accounts import read_people
from suasion.features.identity.links import MUTUAL, ONE_SIDED, VERIFIED
from suasion.features.identity.resolve import FILE, find_out, write_people
from suasion.features.privacy.forget import forget
from suasion.features.privacy.optout import OPT_OUT, Pseudonyms
from suasion.features.sources.all import SAID
from suasion.features.sources.reading.source import run_import

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


def test_profiles_of_all_platforms_make_one_person(data: Path) -> None:
    code, told = run("who", data)
    assert code == 0, told
    rows = people(data)
    persons = {row["account_id"]: row["influencer_id"] for row in rows}
    name = "blog:anna.example"
    assert {account for account, person in persons.items() if person == name} == set(ANNA) - {name}
    assert persons["bluesky:did:plc:bob"] == "blog:bob.example"
    assert len(persons) == 5
    how = {row["account_id"]: row["how"].partition(":")[0] for row in rows}
    assert how["bluesky:did:plc:anna"] == VERIFIED
    assert how["youtube:UCa"] == MUTUAL
    assert how["instagram:coffee.anna"] == ONE_SIDED
    since = {row["account_id"]: row["since"] for row in rows}
    assert since["mastodon:anna@mastodon.example"] == "2023-01-01 00:00:00", "the day it was verified"
    assert dict(read_people(data).persons) == persons


def test_what_is_alike_is_proposed_and_a_person_says(data: Path) -> None:
    found = find_out(data)
    pairs = {(pair.one, pair.other): pair.evidence for pair in found.proposals}
    assert pairs["instagram:coffee.anna", "reddit:coffee_anna"] == (
        "both are called coffeeanna",
        "both profiles name linktr.ee/anna",
    )
    assert ("instagram:beanco", "reddit:beanco") in pairs
    code, told = run(
        "who",
        data,
        "--same",
        "reddit:coffee_anna=instagram:coffee.anna",
        "--apart",
        "instagram:beanco=reddit:beanco",
        "--apart",
        "tiktok:tina.brews=x:@tina_brews",
    )
    assert code == 0, told
    assert read_people(data).person_of("reddit:coffee_anna") == "blog:anna.example"
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
    code, told = run("who", data, "--ask", answers="y\nn\nn\n")
    assert code == 0, told
    assert told.count("One person?") == 3
    assert "both profiles name linktr.ee/anna" in told
    assert read_people(data).person_of("reddit:coffee_anna") == "blog:anna.example"
    assert read_people(data).apart == {
        ("instagram:beanco", "reddit:beanco"),
        ("tiktok:tina.brews", "x:@tina_brews"),
    }
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
    code, told = run("who", data, "--apart", "reddit:coffee_anna=blog:anna.example")
    assert code != 0
    assert "says already that reddit:coffee_anna and blog:anna.example are one person" in told
    assert run("who", data, "--apart", "instagram:beanco=reddit:beanco")[0] == 0
    code, told = run("who", data, "--same", "reddit:beanco=instagram:beanco")
    assert code != 0
    assert "says already that reddit:beanco and instagram:beanco are two people" in told


def test_people_that_are_one_keep_one_name(data: Path) -> None:
    """Whichever way round it is said, of an account or of one that is somebody's."""
    assert run("who", data, "--same", "instagram:coffee.anna=reddit:coffee_anna")[0] == 0
    assert read_people(data).person_of("reddit:coffee_anna") == "blog:anna.example"
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


def test_a_note_in_bytes_that_are_no_utf_8_stays_as_it_is(data: Path) -> None:
    line = b"anna,youtube:UCa,met her in M\xfcnchen"
    (data / FILE).write_bytes(b"influencer_id,account_id,note\n" + line + b"\nzoe,blog:anna.example,\n")
    code, told = run("who", data)
    assert code == 0, told
    assert line in (data / FILE).read_bytes()
    assert read_people(data).persons["blog:anna.example"] == "zoe"


def test_links_that_could_be_read_only_later_are_left_out(data: Path) -> None:
    found = find_out(data, until=datetime(2024, 1, 1))
    assert [person.accounts for person in found.persons] == [
        ("blog:anna.example", "mastodon:anna@mastodon.example")
    ]
    assert find_out(data, until=datetime(2023, 1, 1)).persons == ()


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
    assert len(found.accounts) == 4, "who only comments is none"
    assert [(pair.one, pair.other, pair.evidence) for pair in found.proposals] == [
        (
            "x:annabakes",
            "youtube:UCother",
            ("3 posts of x:annabakes link to youtube:UCother, 100% of its links to youtube",),
        )
    ]


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


def test_accounts_in_one_row_of_a_list_are_one_person(tmp_path: Path) -> None:
    sheet = tmp_path / "list.csv"
    sheet.write_text(
        "Name,IG handle,IG followers,TikTok,TikTok followers\n"
        "Anna Bee,@anna,12000,@annatok,55000\nBo Ray,@bo,900,,\nCy Fox,@cy,800,https://shop.example/cy,70\n"
    )
    code, told = run("import", "creators", sheet, tmp_path / "data", "--yes")
    assert code == 0, told
    assert "Which accounts are one person: suasion who" in told
    assert run("who", tmp_path / "data")[0] == 0
    pairs = [(row["account_id"], row["influencer_id"]) for row in people(tmp_path / "data")]
    assert pairs == [("tiktok:annatok", "instagram:anna")]


def test_a_name_without_a_platform_is_proposed_for_an_account_that_is_called_so(tmp_path: Path) -> None:
    sheet = tmp_path / "past.csv"
    sheet.write_text(
        "Campaign,Start,Creator,Platform,Orders\nSpring,2024-03-01,Marco Bee - @marco_bee,TikTok,5\nMay,2024-05-01,Marco Bee,TikTok,6\n"
    )
    assert run("import", "results", sheet, tmp_path / "data", "--yes")[0] == 0
    _, told = run("who", tmp_path / "data")
    assert "both are called marcobee" in told
    assert "--same 'Marco Bee=tiktok:marco_bee'" in " ".join(told.split())
    assert "tiktok:marco_bee" in run("check", tmp_path / "data")[1]
