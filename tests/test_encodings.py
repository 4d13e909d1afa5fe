"""Exports that are not UTF-8: what is read as what, and that no character is replaced in silence."""

from __future__ import annotations

import codecs
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suasion.features.sources.reading.encoding import BLOCK, LOST, AsUtf8

from .sources import SAMPLES, bring, rows_in

WORDS = "words that are no UTF-8 and are read as "


def read(data: bytes) -> tuple[str, Counter[str]]:
    notes = Counter[str]()
    return io.BufferedReader(AsUtf8(io.BytesIO(data), notes)).read().decode(), notes


def post(text: str, number: int = 0) -> dict[str, str]:
    return {
        "id": f"{1750000000000000000 + number}",
        "author_id": "31",
        "text": text,
        "created_at": "2024-01-24T02:59:00Z",
    }


@pytest.mark.parametrize(
    ("encoding", "shown", "text"),
    [
        ("cp1252", "Windows-1252", "Café tea für — “alle”, 5 €"),
        ("mac_roman", "Mac Roman", "Müller, Käse und Grüße"),
        ("cp1250", "Windows-1250", "Łódź, święto, żółć"),
        ("cp1251", "Windows-1251", "Привет, весна її, мої друзья"),
        ("cp1254", "Windows-1254", "Şehir, kışlık ürün"),
        ("cp932", "Shift-JIS", "春のキャンペーン名、ソフトクリーム"),
    ],
)
def test_an_export_in_another_encoding_is_read_and_named(
    encoding: str, shown: str, text: str, tmp_path: Path
) -> None:
    lines = [json.dumps(post(text, number), ensure_ascii=False) for number in range(3)]
    (tmp_path / "a.jsonl").write_bytes("\n".join(lines).encode(encoding))
    told = bring("x", tmp_path / "out", tmp_path / "a.jsonl")
    assert [one["text"] for one in rows_in(tmp_path / "out", "posts")] == [text] * 3
    assert told.broken == ()
    assert [what for what, _ in told.warned] == [WORDS + shown]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig"])
def test_unicode_is_read_whatever_its_width_and_nothing_is_said(encoding: str, tmp_path: Path) -> None:
    text = "tea 🍵 für Zoë: ﬁne, 茶 and \ufffd as it was"
    page = json.dumps({"data": [post(text)], "meta": {"result_count": 1}}, ensure_ascii=False)
    (tmp_path / "a.json").write_bytes(page.encode(encoding))
    told = bring("x", tmp_path / "out", tmp_path / "a.json")
    assert [one["text"] for one in rows_in(tmp_path / "out", "posts")] == [text]
    lost = encoding.startswith("utf-16")  # there nobody can tell whether it was lost before
    assert told.warned == (((LOST, 1),) if lost else ())


def test_codes_of_a_shop_that_a_spreadsheet_saved_are_whole(tmp_path: Path) -> None:
    plain = (SAMPLES / "shopify.csv").read_text()
    assert "ANNA10" in plain
    (tmp_path / "orders.csv").write_bytes(plain.replace("ANNA10", "CAFÉ10").encode("cp1252", "ignore"))
    told = bring("shopify", tmp_path / "out", tmp_path / "orders.csv")
    codes = {code for one in rows_in(tmp_path / "out", "orders") for code in one.get("codes") or ()}
    assert "CAFÉ10" in codes
    assert [what for what, _ in told.warned] == [f"{WORDS}Windows-1252"]


def test_a_character_that_was_cut_off_is_counted_and_costs_no_other(tmp_path: Path) -> None:
    line = json.dumps(post("Größe and ?"), ensure_ascii=False).encode().replace(b"?", b"\xf0\x9f")
    halved = json.dumps(post("cut \ud83d here", 1)).encode()
    (tmp_path / "a.jsonl").write_bytes(line + b"\n" + halved)
    told = bring("x", tmp_path / "out", tmp_path / "a.jsonl")
    found = [one["text"] for one in rows_in(tmp_path / "out", "posts")]
    assert found == ["Größe and \ufffd", "cut \ufffd here"]
    assert told.warned == ((LOST, 2),)


def test_a_feed_in_another_encoding_than_it_names_says_so(tmp_path: Path) -> None:
    said = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><link>https://anna.example/</link>'
        "<item><guid>https://anna.example/1</guid><title>Café</title>"
        "<pubDate>Wed, 24 Jan 2024 02:59:00 GMT</pubDate></item></channel></rss>"
    )
    (tmp_path / "a.xml").write_bytes(said.encode("cp1252"))
    told = bring("feed", tmp_path / "out", tmp_path / "a.xml")
    assert [one["text"] for one in rows_in(tmp_path / "out", "posts")] == ["Café"]
    assert told.warned == (("feeds that are not in the encoding they name and are read as windows-1252", 1),)


@given(st.text(max_size=200), st.integers(0, 3), st.sampled_from([b" ", b"\n", b"x"]))
def test_utf8_is_what_it_was_wherever_a_block_ends(text: str, shift: int, filling: bytes) -> None:
    whole = filling * (BLOCK - shift) + text.encode()
    found, notes = read(whole)
    assert found.encode() == whole
    assert not notes


NAMES = ["Größe", "Café", "tea", "naïve", "Müller", "über", "5", "señor", "Zoë", "ça"]


@given(st.lists(st.sampled_from(NAMES)), st.integers(0, 60))
def test_every_word_of_another_encoding_is_itself_wherever_a_block_ends(names: list[str], shift: int) -> None:
    said = " " * (BLOCK - shift) + " ".join(["für", *names])
    found, notes = read(said.encode("cp1252"))
    assert found == said
    strange = [word for word in said.split() if not word.isascii()]
    assert notes == {f"{WORDS}Windows-1252": len(strange)}


def test_a_character_of_a_file_that_ends_within_it_is_counted() -> None:
    assert read("tea 🍵".encode()[:-1]) == ("tea \ufffd", Counter({LOST: 1}))
    wide = codecs.BOM_UTF16_LE + "tea".encode("utf-16-le")
    assert read(wide + b"\xff") == ("\ufefftea\ufffd"[1:], Counter({LOST: 1}))
