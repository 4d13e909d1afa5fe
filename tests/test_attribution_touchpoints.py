"""What a code, a link, UTM parameters and a partner's id are, however they are written: one meaning for what is declared and what orders tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suasion.features.attribution.attribute import Rules, attribute
from suasion.features.attribution.touchpoints import (
    Link,
    Links,
    codes_of,
    declared_links,
    declared_utm,
    partners_of,
    utm_of,
    visit_of,
)

from .test_attribution import LATER, code, order, place, reasons


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("ANNA10", "anna10"),
        (" anna10\t", "anna10"),
        ("\u200bANNA10", "anna10"),
        ("\ufeffAN\u00adNA10\u2060", "anna10"),
        ("ANNA10\u00a0", "anna10"),
        ("\uff21\uff2e\uff2e\uff2110", "anna10"),
        ("\u201eANNA10\u201c", "anna10"),
        ("#ANNA10.", "anna10"),
        ("ANNA 10", "anna10"),
        ("ANNA\u201110", "anna-10"),
        ("ANNA\u221210", "anna-10"),
        ("STRASSE", "stra\u00dfe"),
        ("Summer Sale", "summersale"),
        ("ANNA10, ANNA15", "anna10 anna15"),
        ("ANNA10;ANNA15", "anna10 anna15"),
        ("DEE10 / DEE15", "dee10 dee15"),
        ("DEE10|DEE15", "dee10 dee15"),
        ("DEE10\nDEE15", "dee10 dee15"),
        ("DEE10 DEE15", "dee10 dee15"),
        ("DEE10 - DEE15", "dee10 dee15"),
        ("DEE10 & DEE15", "dee10 dee15"),
        ("DEE10 und DEE15", "dee10 dee15"),
        ("DEE10\uff0cDEE15\u3001DEE20", "dee10 dee15 dee20"),
        ("DEE10, dee10", "dee10"),
        ("Code: DEE10", "dee10"),
        ("Promo code: DEE10", "dee10"),
        ("Gutscheincode: DEE10 (10 %)", "dee10"),
        ("DEE10 (10%), DEE15 (15%)", "dee10 dee15"),
        ("DEE10 = 10 %", "dee10"),
        ("(DEE10)", "dee10"),
        ("CODERED", "codered"),
        ("n/a", ""),
        (" - ", ""),
        ("\u200b", ""),
        ("\U0001f525", "\U0001f525"),
    ],
)
def test_codes_as_people_keep_them(cell: str, codes: str) -> None:
    expected = [codes_of(one) for one in codes.split()]
    assert [(one,) for one in codes_of(cell)] == expected


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("77", ["77"]),
        (" 77\u00a0", ["77"]),
        ("77.0", ["77"]),
        ("AWIN:77", ["awin:77"]),
        ("awin: 77", ["awin:77"]),
        ("awin:77, cj:9001", ["awin:77", "cj:9001"]),
        ("77; 78\n79", ["77", "78", "79"]),
        ("none", []),
    ],
)
def test_partners_as_people_keep_them(cell: str, ids: list[str]) -> None:
    assert list(partners_of(cell)) == ids


SAME = [
    ("https://shop.example/a/", "https://shop.example/a?utm_source=ig"),
    ("https://shop.example/a", "http://www.SHOP.example:443/a//"),
    ("shop.example/a", "//shop.example./a/b"),
    ("https://shop.example/?ref=b", "https://shop.example/?utm_source=ig&ref=b"),
    ("https://shop.example?ref=b", "https://shop.example/tea?REF=B&x"),
    ("https://shop.example/?a=1&b=2", "/?b=2&c=3&a=1"),
    ("https://shop.example/?a=1&amp;b=2", "/?b=2&a=1"),
    ("https://shop.example/caf%C3%A9", "https://shop.example/caf\u00e9"),
    ("https://shop.example/caf%E9", "https://shop.example/cafe\u0301"),
    ("https://shop.example/caf%25C3%25A9", "/caf%c3%a9"),
    ("https://shop.example/?who=anna%20b", "/?who=anna+b"),
    ("https://shop.example/?who=anna%2520b", "/?who=Anna%20B"),
    ("https://shop.example/d#top", "https://shop.example/d"),
    ("https://shop.example/x/../d/./", "/d"),
    ("https://b\u00fccher.example/d", "https://xn--bcher-kva.example/d"),
    ("https://shop.example/d?fbclid=1&_ga=2", "/d?gclid=3"),
    ("/anna", "https://shop.example/anna?x=1"),
    ("anna", "/anna/"),
    ("?ref=b", "https://shop.example/tea?ref=b"),
    ("ref=b", "/tea?x=1&ref=b"),
    ("https://shop.example/anna", "/anna"),
    ("https://www.shop.example/pages/bo", "/pages/bo?fbclid=abc"),
    ("https://shop.example/anna", "https://l.example/?u=https%3A%2F%2Fshop.example%2Fanna%3Fx%3D1&h=AT"),
    ("https://shop.example/anna", "https://l.example/?u=https://www.shop.example/anna/"),
    ("https://shop.example/anna", "/account/login?return_to=%2Fanna"),
    ("https://go.example/c?m=1&ued=https%3A%2F%2Fshop.example%2Fanna", "/anna?x=1"),
    (
        "https://go.example/c?m=1&ued=https%3A%2F%2Fshop.example%2Fanna",
        "https://go.example/c?ued=https://shop.example/anna&m=1&z=2",
    ),
    ("\u200bhttps://shop.example/anna\u00a0", "/anna"),
    ("<https://shop.example/anna>", "/anna"),
    ("https://shop.example/bo, https://shop.example/anna", "/anna"),
    ("https://shop.example/bo\nshop.example/cy /anna", "/anna"),
    ("https://anna.example/", "https://anna.example/tea"),
    # Encoded whole, as within another link.
    ("https://shop.example/anna", "https%3A%2F%2Fshop.example%2Fanna%3Fx%3D1"),
    ("https%3A%2F%2Fshop.example%2Fanna", "/anna"),
    ("https://shop.example/?ref=b", "%252Ftea%253Fref%253Db"),
    # Encoded in part alone: a value's own & does not end it.
    ("https://shop.example/\u00aa?b=1%26", "/%C2%AA?b=1%26"),
]
OTHER = [
    ("https://shop.example/anna", "https://shop.example/annabelle"),
    ("shop.example/anna", "/annabelle"),
    ("https://shop.example/anna", "https://other.example/anna"),
    ("https://shop.example/anna/tea", "/anna"),
    ("https://shop.example/?ref=b", "/?ref=bo"),
    ("https://shop.example/?ref=b", "/?ref="),
    ("https://shop.example/?ref=b&x=1", "/?ref=b"),
    ("https://shop.example/", "/anna"),
    ("https://shop.example/", "/"),
    ("https://shop.example/#anna", "https://shop.example/"),
    ("https://shop.example/?fbclid=1", "https://shop.example/"),
    ("/", "https://shop.example/"),
    ("n/a", "/n/a"),
    # What a shop's own link leads on to is everybody's page.
    ("https://shop.example/discount/ANNA10?redirect=%2Ftea", "/tea"),
    ("https://go.example/c?ued=https%3A%2F%2Fshop.example%2F", "https://shop.example/"),
    ("https://shop.example/anna", "https://shop.example/?u=https://other.example/anna"),
    ("https%3A%2F%2Fshop.example%2Fanna", "/annabelle"),
    ("https%3A%2F%2Fshop.example%2F%3Ffbclid%3D1", "https://shop.example/"),
]


def follows(cell: str, landing: str) -> bool:
    declared = declared_links(cell)
    index = Links((1, link) for link in (*declared.links, *declared.carried))
    return index.matches(visit_of(landing, {}))[0] == {1}


@pytest.mark.parametrize(("cell", "landing"), SAME)
def test_a_link_written_otherwise_is_the_same(cell: str, landing: str) -> None:
    assert follows(cell, landing)


@pytest.mark.parametrize(("cell", "landing"), OTHER)
def test_a_link_that_only_looks_alike_is_another(cell: str, landing: str) -> None:
    assert not follows(cell, landing)


words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=6)
values = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=8)
parameters = st.dictionaries(words.map(lambda word: "p" + word), values, max_size=4)


@given(path=st.lists(words, max_size=3), own=parameters, more=parameters, data=st.data())
def test_any_order_any_encoding_any_depth(
    path: list[str], own: dict[str, str], more: dict[str, str], data: st.DataObject
) -> None:
    """A link is found in what it was followed to: parameters in any order and among others, encoded or not, carried by others at any depth."""

    def encoded(text: str, safe: str = "") -> str:
        return "".join(
            quote(c, safe=safe)
            if data.draw(st.booleans()) or c in "%&+#?=/;<>()[]'\" " or not c.isalnum()
            else c
            for c in text
        )

    declared = "https://shop.example/" + "/".join(path) + "?" + urlencode(own)
    if not path and not own:
        return
    told = list({**more, **own}.items())
    query = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in data.draw(st.permutations(told)))
    host = data.draw(
        st.sampled_from(["https://shop.example", "http://www.Shop.example:80", "//SHOP.example", ""])
    )
    slash = data.draw(st.sampled_from(["", "/"]))
    landing = f"{host}/" + "/".join(encoded(part) for part in path) + f"{slash}?{query}"
    clashes = {name for name in more if {name.casefold()} & {one.casefold() for one in own}}
    if clashes - set(own):
        return
    assert follows(declared, landing)
    # A path that another site carries is a path of that site.
    for _ in range(data.draw(st.integers(0, 2)) if host else 0):
        landing = "https://l.example/r?" + urlencode([("h", "1"), ("u", landing)])
        assert follows(declared, landing)


@given(cell=st.text(max_size=40), landing=st.text(max_size=40))
def test_nothing_that_is_written_stumbles(cell: str, landing: str) -> None:
    for read in (codes_of, partners_of, declared_links, declared_utm, utm_of):
        read(cell)
    follows(cell, landing)


@given(one=words, other=words)
def test_codes_are_the_same_whatever_their_case_and_what_surrounds_them(one: str, other: str) -> None:
    for form in (one.upper(), one.lower(), f" {one}\u200b", f"\u00a0{one}\t", f"\u201c{one}\u201d,"):
        if form.casefold() == one.casefold() or form.strip(" \u200b\u00a0\t\u201c\u201d,") == one:
            assert codes_of(form) == codes_of(one)
    # A pair in one cell is both, whatever stands between them.
    for between in (", ", ";", " / ", "\n", "|", "\t"):
        assert set(codes_of(one + between + other)) == {*codes_of(one), *codes_of(other)}


@pytest.mark.parametrize(
    ("cell", "utm", "landing", "fits"),
    [
        ("utm_source=ig&utm_content=anna", {"source": "IG", "content": "Anna"}, None, True),
        ("utm_content=anna&utm_source=ig", {"source": "ig", "content": "anna", "medium": "x"}, None, True),
        ("?utm_source=ig&amp;utm_content=anna", {"source": "ig", "content": "anna"}, None, True),
        (
            "https://shop.example/?utm_source=ig&utm_content=anna&x=1",
            {"source": "ig", "content": "anna"},
            None,
            True,
        ),
        ("utm_source=ig, utm_content=anna", {"source": "ig", "content": "anna"}, None, True),
        ("utm_source = ig utm_content = anna", {"source": "ig", "content": "anna"}, None, True),
        ("source=ig&content=anna", {"source": "ig", "content": "anna"}, None, True),
        ("utm_content=anna%20bee", {"content": "anna bee"}, None, True),
        ("utm_content=anna+bee", {"content": "anna%20bee"}, None, True),
        ("UTM_Content=\u200banna", {"content": "anna\u00a0"}, None, True),
        ("spring", {"campaign": "Spring"}, None, True),
        ("spring", {}, "/?utm_campaign=spring", True),
        ("https%3A%2F%2Fshop.example%2F%3Futm_content%3Danna", {"content": "anna"}, None, True),
        ("utm_term=anna", {}, "/tea?UTM_TERM=anna", True),
        ("utm_source=ig", {"source": "newsletter"}, "/?utm_source=ig", False),
        ("utm_source=ig", {"source": "(not set)"}, "/?utm_source=ig", True),
        ("utm_source=ig&utm_content=anna", {"source": "ig"}, None, False),
        ("utm_content=anna", {"content": "annabelle"}, None, False),
        ("utm_content=", {"content": "anna"}, None, False),
    ],
)
def test_utm_parameters_as_people_keep_them(
    cell: str, utm: dict[str, str | None], landing: str | None, fits: bool
) -> None:
    index = Links((1, link) for link in declared_utm(cell))
    assert (index.matches(visit_of(landing, utm))[0] == {1}) is fits


def test_a_link_knows_parameters_that_are_told_apart_from_the_landing() -> None:
    [link] = declared_links("https://shop.example/?utm_source=ig&utm_content=anna").links
    assert Links([(1, link)]).matches(visit_of("https://shop.example/", {"source": "ig", "content": "anna"}))[
        0
    ]
    assert Links([(1, link)]).matches(visit_of(None, {"source": "ig", "content": "anna"}))[0]


def test_where_a_visit_landed_goes_before_what_it_carries() -> None:
    index = Links([(1, Link("", ("bo",), frozenset())), (2, Link("", ("anna",), frozenset()))])
    found, outdone = index.matches(visit_of("https://shop.example/bo?next=https://shop.example/anna", {}))
    assert (found, outdone) == ({1, 2}, {(2, 1)})


def told(folder: Path, orders: list[dict[str, Any]], codes: list[dict[str, Any]], **rules: Any) -> Any:
    attribution = attribute(place(folder, orders, codes), Rules(**rules), LATER)
    return attribution, reasons(folder)


@pytest.mark.parametrize("names", [("anna", "zoe"), ("zoe", "anna")])
def test_the_link_that_says_more_is_whose_order_it_is(names: tuple[str, str], tmp_path: Path) -> None:
    """Not the one that comes first by name."""
    less, more = names
    codes = [
        code(less, "https://shop.example/tea", "link"),
        code(more, "https://shop.example/tea/green", "link"),
        code(less, "utm_source=ig", "utm"),
        code(more, "utm_source=ig&utm_content=x", "utm"),
    ]
    orders = [
        order(1, landing="/tea/green"),
        order(2, landing="/tea/black"),
        order(3, utm_source="ig", utm_content="x"),
        order(4, utm_source="ig", utm_content="y"),
    ]
    for credit in ("last", "first", "shared"):
        _, found = told(tmp_path / credit, orders, codes, credit=credit)
        assert found == {
            "shop:1": f"spring/{more}",
            "shop:2": f"spring/{less}",
            "shop:3": f"spring/{more}",
            "shop:4": f"spring/{less}",
        }


def test_a_link_gives_way_only_to_one_whose_campaign_is_open(tmp_path: Path) -> None:
    later = [{"campaign_id": "autumn", "brief": "tea", "starts_at": "2024-06-01", "ends_at": "2024-06-02"}]
    codes = [code("anna", "/tea", "link"), code("bob", "/tea/green", "link", campaign="autumn")]
    folder = place(tmp_path / "d", [order(1, landing="/tea/green")], codes, campaigns=later)
    attribute(folder, Rules(), LATER)
    assert reasons(folder) == {"shop:1": "spring/anna"}


def test_a_page_that_several_peoples_links_lead_to_tells_nothing(tmp_path: Path) -> None:
    codes = [
        code("anna", "https://go.example/anna?to=https%3A%2F%2Fshop.example%2Ftea", "link"),
        code("bob", "https://go.example/bob?to=https%3A%2F%2Fshop.example%2Ftea", "link"),
        code("cleo", "https://go.example/cleo?to=https%3A%2F%2Fshop.example%2Fcleo", "link"),
    ]
    orders = [
        order(1, landing="/tea"),
        order(2, landing="https://go.example/bob?to=https://shop.example/tea"),
        order(3, landing="/cleo"),
    ]
    _, found = told(tmp_path / "d", orders, codes)
    assert found == {
        "shop:1": "no code, link, UTM or partner of anybody",
        "shop:2": "spring/bob",
        "shop:3": "spring/cleo",
    }


def test_a_code_with_a_space_is_found_in_a_sheet_of_orders(tmp_path: Path) -> None:
    """The cell was taken apart at its spaces."""
    codes = [code("anna", "ANNA 10"), code("bob", "Summer Sale"), code("cleo", "CLEO5")]
    orders = [order(1, codes="anna 10"), order(2, codes="SUMMER sale CLEO5"), order(3, codes="summersale")]
    _, found = told(tmp_path / "d", orders, codes)
    assert found == {"shop:1": "spring/anna", "shop:2": "spring/cleo", "shop:3": "spring/bob"}


def test_what_names_nothing_or_was_never_seen_is_told(tmp_path: Path) -> None:
    codes = [
        code("anna", "n/a"),
        code("bob", "https://shop.example/?fbclid=1", "link"),
        code("cleo", "77", "partner"),
        code("dora", "NEVER"),
        code("emil", "cj:77", "partner"),
    ]
    orders = [
        order(1, partner_id="awin:77"),
        order(2, partner_id="cj:77"),
        order(3, landing="https://shop.example/"),
    ]
    attribution, found = told(tmp_path / "d", orders, codes)
    assert set(attribution.unclear) == {
        ("anna", "n/a", "it names no code by which an order could be known"),
        ("bob", "https://shop.example/?fbclid=1", "it names no link by which an order could be known"),
        ("cleo", "77", "it may be awin:77 and cj:77: write which"),
    }
    assert attribution.unseen == (("dora", "NEVER"),)
    assert found == {
        "shop:1": "no code, link, UTM or partner of anybody",
        "shop:2": "spring/emil",
        "shop:3": "no code, link, UTM or partner of anybody",
    }
