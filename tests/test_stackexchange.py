"""The importer against a dump written for it, edge by edge, as XML and as .7z."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import py7zr
import pytest

from suasion.features.errors import InputError
from suasion.features.sources.stackexchange import read_dump
from suasion.features.tables.open import open_tables

HEAD = '\ufeff<?xml version="1.0" encoding="utf-8"?>\n'
DUMP = {
    "Users": [
        'Id="1" CreationDate="2019-01-01T00:00:00.000" DisplayName="Asker One" Reputation="9"',
        'Id="2" CreationDate="2019-01-02T00:00:00.000" DisplayName="Bea"',
        'Id="3" CreationDate="2019-01-03T00:00:00.000" DisplayName="Carl C"',
    ],
    "Posts": [
        'Id="10" PostTypeId="1" CreationDate="2020-01-01T10:00:00.000" OwnerUserId="1" Title="Edited title" Body="&lt;p&gt;Edited&lt;/p&gt;" Tags="&lt;hops&gt;&lt;malt&gt;" LastEditDate="2020-02-01T00:00:00.000" Score="99"',
        'Id="11" PostTypeId="2" ParentId="10" CreationDate="2020-01-01T11:30:00.500" OwnerUserId="2" Body="&lt;p&gt;later &amp;lt;b&amp;gt; text&lt;/p&gt;"',
        'Id="12" PostTypeId="2" ParentId="10" CreationDate="2020-01-01T12:00:00.000" OwnerUserId="1" Body="own answer"',
        'Id="13" PostTypeId="2" ParentId="10" CreationDate="2020-01-05T12:00:00.000" OwnerUserId="3" Body="third"',
        'Id="14" PostTypeId="2" ParentId="10" CreationDate="2020-01-06T12:00:00.000" OwnerUserId="3" Body="again"',
        'Id="15" PostTypeId="2" ParentId="10" CreationDate="2020-01-07T12:00:00.000" Body="deleted user"',
        'Id="16" PostTypeId="2" ParentId="10" CreationDate="2020-06-01T12:00:00.000" OwnerUserId="2" Body="too young, and a second answer"',
        'Id="20" PostTypeId="1" CreationDate="2020-06-01T10:00:00.000" OwnerUserId="1" Title="Young" Body="x" Tags="|wine|"',
        'Id="21" PostTypeId="2" ParentId="20" CreationDate="2020-06-02T10:00:00.000" OwnerUserId="2" Body="y"',
    ],
    "PostHistory": [
        'Id="1" PostHistoryTypeId="1" PostId="10" CreationDate="2020-01-01T10:00:00.000" Text="First title"',
        'Id="2" PostHistoryTypeId="2" PostId="10" CreationDate="2020-01-01T10:00:00.000" Text="Which hops? https://a.org/x"',
        'Id="3" PostHistoryTypeId="3" PostId="10" CreationDate="2020-01-01T10:00:00.000" Text="&lt;hops&gt;"',
        'Id="4" PostHistoryTypeId="4" PostId="10" CreationDate="2020-02-01T00:00:00.000" Text="Edited title"',
        'Id="5" PostHistoryTypeId="2" PostId="11" CreationDate="2020-01-01T11:30:00.500" Text="as first written"',
    ],
    "Comments": [
        'Id="1" PostId="11" Text="why?" CreationDate="2020-01-02T00:00:00.000" UserId="3"',
        'Id="2" PostId="11" Text="because" CreationDate="2020-01-02T01:00:00.000" UserId="2"',
        'Id="3" PostId="11" Text="@Carl see above" CreationDate="2020-01-02T02:00:00.000" UserId="1"',
        'Id="4" PostId="11" Text="thanks" CreationDate="2020-01-02T03:00:00.000" UserId="3"',
    ],
    "Votes": [
        'Id="1" PostId="11" VoteTypeId="1" CreationDate="2020-01-01T00:00:00.000"',
        'Id="2" PostId="11" VoteTypeId="2" CreationDate="2020-01-01T00:00:00.000"',
        'Id="3" PostId="11" VoteTypeId="2" CreationDate="2020-01-01T00:00:00.000"',
        'Id="4" PostId="11" VoteTypeId="2" CreationDate="2020-01-03T00:00:00.000"',
        'Id="5" PostId="10" VoteTypeId="8" CreationDate="2020-01-04T00:00:00.000" BountyAmount="50"',
        'Id="6" PostId="14" VoteTypeId="1" CreationDate="2020-02-20T00:00:00.000"',
        'Id="7" PostId="10" VoteTypeId="2" CreationDate="2020-06-10T00:00:00.000"',
    ],
    "Badges": [
        'Id="1" UserId="2" Name="hops" Date="2020-01-01T00:00:01.000" Class="3" TagBased="True"',
        'Id="2" UserId="2" Name="Scholar" Date="2020-01-01T00:00:02.000" Class="2" TagBased="False"',
        'Id="3" UserId="1" Name="Student" Date="2020-01-01T00:00:02.000" Class="3" TagBased="False"',
    ],
    "PostLinks": [
        'Id="1" CreationDate="2020-06-01T10:00:00.000" PostId="20" RelatedPostId="11" LinkTypeId="1"'
    ],
}


def write(folder: Path, dump: dict[str, list[str]] = DUMP) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in dump.items():
        body = "".join(f"  <row {row} />\n" for row in rows)
        (folder / f"{name}.xml").write_text(
            f"{HEAD}<{name.lower()}>\n{body}</{name.lower()}>\n", encoding="utf-8"
        )
    return folder


def table(folder: Path, query: str) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute(f"SET file_search_path = '{folder}'")
        return connection.execute(query).fetchall()


@pytest.fixture
def imported(tmp_path: Path) -> Path:
    read_dump(write(tmp_path / "site.example"), tmp_path / "out")
    return tmp_path / "out"


def test_outcomes_are_first_answers_by_others_whose_window_has_closed(imported: Path) -> None:
    rows = table(
        imported,
        "SELECT campaign_id, influencer_id, decided_at, conversions, known_at FROM 'outcomes.parquet' ORDER BY decided_at",
    )
    assert rows == [
        # Accepted on the day of the answer: the vote bears midnight, before the answer, and counts.
        ("10", "2", datetime(2020, 1, 1, 11, 30, 0, 500_000), 1.0, datetime(2020, 2, 1)),
        # Accepted 46 days later: not within 30 days.
        ("10", "3", datetime(2020, 1, 5, 12), 0.0, datetime(2020, 2, 5)),
    ]


def test_the_offer_is_what_is_known_when_the_answer_is_given(imported: Path) -> None:
    rows = table(
        imported,
        "SELECT offer_answer_order, offer_hours_since_question, offer_bounty FROM 'outcomes.parquet' ORDER BY decided_at",
    )
    assert rows == [(1.0, pytest.approx(1.5, abs=1e-3), 0.0), (3.0, 98.0, 50.0)]


def test_texts_are_as_first_written_and_edits_of_a_question_are_versions(imported: Path) -> None:
    briefs = table(
        imported,
        "SELECT known_at, brief, category, brand FROM 'campaigns.parquet' WHERE campaign_id = '10' ORDER BY known_at",
    )
    assert briefs == [
        (datetime(2020, 1, 1, 10), "First title\nWhich hops? https://a.org/x\nhops", "hops", "site.example"),
        (datetime(2020, 2, 1), "Edited title\nWhich hops? https://a.org/x\nhops", "hops", "site.example"),
    ]
    posts = dict(table(imported, "SELECT post_id, text FROM 'posts.parquet'"))
    assert posts["11"] == "as first written"
    assert table(imported, "SELECT links, known_at FROM 'posts.parquet' WHERE post_id = '10'") == [
        (["https://a.org/x"], datetime(2020, 1, 1, 10))
    ]


def test_without_history_a_text_is_known_at_its_last_edit(tmp_path: Path) -> None:
    told = read_dump(
        write(tmp_path / "x", {k: v for k, v in DUMP.items() if k != "PostHistory"}), tmp_path / "out"
    )
    assert "PostHistory.xml" in told.absent
    rows = table(
        tmp_path / "out",
        "SELECT text, known_at FROM 'posts.parquet' WHERE post_id IN ('10', '11') ORDER BY post_id",
    )
    assert rows[0] == ("Edited title\n Edited \nhops malt", datetime(2020, 2, 1))
    assert rows[1][0].strip() == "later <b> text"
    assert table(tmp_path / "out", "SELECT known_at FROM 'campaigns.parquet' WHERE campaign_id = '10'") == [
        (datetime(2020, 2, 1),)
    ]


def test_comments_answer_whom_they_name_or_who_spoke_last(imported: Path) -> None:
    rows = dict(table(imported, "SELECT post_id, reply_to_id FROM 'posts.parquet' WHERE post_id LIKE 'c%'"))
    assert rows == {"c1": "11", "c2": "c1", "c3": "c1", "c4": "11"}


def test_votes_are_known_the_next_midnight_as_a_running_total(imported: Path) -> None:
    rows = table(
        imported, "SELECT observed_at, followers FROM 'audience.parquet' WHERE influencer_id = '2' ORDER BY 1"
    )
    assert rows == [(datetime(2020, 1, 2), 2.0), (datetime(2020, 1, 4), 3.0)]


def test_mentions_credentials_and_influencers(imported: Path) -> None:
    rows = set(table(imported, "SELECT referrer_id, influencer_id, kind, post_id FROM 'mentions.parquet'"))
    assert ("3", "2", "comment", "c1") in rows
    assert ("1", "3", "mention", "c3") in rows
    assert ("1", "2", "backlink", "20") in rows
    assert ("2", "1", "comment", "11") in rows
    assert not any(referrer == target for referrer, target, *_ in rows)
    badges = table(
        imported, "SELECT influencer_id, kind, subject FROM 'credentials.parquet' ORDER BY awarded_at"
    )
    assert badges == [("2", "tag badge", "hops"), ("2", "silver badge", "Scholar")]
    assert table(imported, "SELECT influencer_id FROM 'influencers.parquet' ORDER BY 1") == [("2",), ("3",)]


def test_everything_imported_is_good_and_importing_again_changes_nothing(
    imported: Path, tmp_path: Path
) -> None:
    with open_tables(imported) as tables:
        assert all(report.aside == 0 for report in tables.reports)

    def content() -> dict[str, list[tuple[object, ...]]]:
        # Rows in their order; the bytes also hang on which of the writer's threads comes first.
        return {path.name: table(imported, f"FROM '{path.name}'") for path in imported.glob("*.parquet")}

    before = content()
    read_dump(tmp_path / "site.example", imported)
    assert content() == before


def test_the_7z_as_published_gives_the_same(imported: Path, tmp_path: Path) -> None:
    with py7zr.SevenZipFile(tmp_path / "site.example.7z", "w") as archive:
        for path in sorted((tmp_path / "site.example").glob("*.xml")):
            archive.write(path, path.name)
    read_dump(tmp_path / "site.example.7z", tmp_path / "again")
    names = sorted(path.name for path in imported.glob("*.parquet"))
    assert names == sorted(path.name for path in (tmp_path / "again").glob("*.parquet"))
    for name in names:
        query = f"SELECT * FROM '{name}' ORDER BY ALL"
        assert table(imported, query) == table(tmp_path / "again", query)


def test_broken_lines_cost_themselves_and_are_named(tmp_path: Path) -> None:
    source = write(tmp_path / "x")
    path = source / "Comments.xml"
    good = path.read_bytes()
    bad = b'  <row Id="90" PostId="11" Text="\xff" CreationDate="2020-01-02T00:00:00.000" />\n  <row Id="91" PostId=\n'
    bad += b'  <row Id="92" PostId="11" Text="when" CreationDate="never" UserId="3" />\n  gibberish\n'
    path.write_bytes(good.replace(b"</comments>", bad + b"</comments>"))
    told = read_dump(source, tmp_path / "out")
    assert told.aside == {
        "Comments.xml: broken XML or encoding": 2,
        "Comments.xml: not a row": 1,
        "Comments.xml: an id or a time is missing or not valid": 1,
    }
    lines = (tmp_path / "out" / "quarantine" / "import.csv").read_text().splitlines()
    assert len(lines) == 5
    assert "Comments.xml,7," in lines[1]
    assert told.written["posts"] == 13


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    source = write(tmp_path / "x")
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa">]>\n  <row Id="95" PostId="11" Text="&a;" CreationDate="2020-01-02T00:00:00.000" UserId="3" />\n'
    path = source / "Comments.xml"
    path.write_bytes(path.read_bytes().replace(b"</comments>", bomb + b"</comments>"))
    told = read_dump(source, tmp_path / "out")
    assert told.aside == {"Comments.xml: not a row": 1, "Comments.xml: broken XML or encoding": 1}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "nothing", "is not a Stack Exchange dump"),
        (lambda p: write(p / "x", {"Posts": DUMP["Posts"], "Users": []}), r"lacks Votes.xml"),
        (lambda p: write(p / "x", {**DUMP, "Posts": DUMP["Posts"][:1]}), "holds no answer by another"),
    ],
)
def test_what_is_no_dump_says_what_to_give(make, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read_dump(make(tmp_path), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_archive_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + b"\0" * 100)
    with pytest.raises(InputError, match="Fetch it again"):
        read_dump(tmp_path / "x.7z", tmp_path / "out")


def test_a_folder_of_somebody_elses_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="which suasion did not write"):
        read_dump(write(tmp_path / "x"), tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "precious"


@pytest.mark.real
def test_the_beer_site_imports_whole(real_dump: Path, tmp_path: Path) -> None:
    told = read_dump(real_dump, tmp_path / "beer")
    assert told.aside == {}
    assert told.written["outcomes"] == 2188
    with open_tables(tmp_path / "beer") as tables:
        assert all(report.aside == 0 for report in tables.reports)
        assert tables.present == frozenset(
            {"influencers", "posts", "audience", "mentions", "credentials", "campaigns", "outcomes"}
        )


def test_who_opted_out_is_left_out_and_stays_out(tmp_path: Path) -> None:
    source, out = write(tmp_path / "dump"), tmp_path / "out"
    out.mkdir()
    (out / "opt-out.txt").write_text("2\n")
    for _ in range(2):
        read_dump(source, out)
        for table, column in (
            ("posts", "author_id"),
            ("outcomes", "influencer_id"),
            ("mentions", "referrer_id"),
            ("influencers", "influencer_id"),
        ):
            found = {
                row[0]
                for row in duckdb.sql(f"SELECT DISTINCT {column} FROM '{out}/{table}.parquet'").fetchall()
            }
            assert "2" not in found
            assert found & {"1", "3"}
