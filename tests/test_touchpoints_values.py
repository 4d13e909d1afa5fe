"""What an address, a cell of codes and a visit tell, one row a rule: small inputs, worked out by hand."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from suasion.features.attribution.touchpoints import (
    Link,
    Links,
    _trimmed,
    codes_of,
    declared_links,
    declared_utm,
    partners_of,
    plain,
    utm_of,
    visible,
    visit_of,
)


def link(host: str = "", path: str = "", **parameters: str) -> Link:
    return Link(host, tuple(path.split()), frozenset(parameters.items()))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("shop.example/anna.html", link("shop.example", "anna.html")),
        # A page is no site, though both have a point; nor is a number.
        ("anna.html", link("", "anna.html")),
        ("anna.htm", link("", "anna.htm")),
        ("index.php/anna", link("", "index.php anna")),
        ("landing.php?x=1", link("", "landing.php", x="1")),
        ("1.5", link("", "1.5")),
        ("shop.example", link("shop.example")),
        ("WWW.Shop.Example./A", link("shop.example", "a")),
        ("shop.example:8080/a", link("shop.example", "a")),
        ("https://user:word@shop.example:8080/a", link("shop.example", "a")),
        ("//shop.example/a", link("shop.example", "a")),
        ("/shop.example/a", link("", "shop.example a")),
        ("anna", link("", "anna")),
        ("/anna//tea/", link("", "anna tea")),
        ("/a/./b/../c", link("", "a c")),
        ("/../../c", link("", "c")),
        ("/a/b/c/../..", link("", "a")),
        ("ref=b", link(ref="b")),
        ("REF=B&x", link(ref="b", x="")),
        ("?ref=b&=c&&d=1=2", link(ref="b", d="1=2")),
        ("?who=Anna+B", link(who="anna b")),
        ("ref=b/c", link("", "ref=b c")),
        ("a=b?c=d", link("", "a=b", c="d")),
        ("/a?fbclid=1&gclidx=2&_ga=3&mc_cid=4", link("", "a", gclidx="2")),
        ("(https://shop.example/a)", link("shop.example", "a")),
        ("[/a]", link("", "a")),
        ("/a#b?c=d", link("", "a")),
        ("https://shop.example?a=1", link("shop.example", a="1")),
    ],
)
def test_what_an_address_tells(address: str, told: Link) -> None:
    assert visit_of(address, {})[0] == told
    assert declared_links(address).links[:1] == (told,)


@pytest.mark.parametrize(
    ("cell", "links", "carried"),
    [
        ("", [], []),
        ("n/a", [], []),
        ("---", [], []),
        ("https://shop.example/", [link("shop.example")], []),
        ("https://shop.example/?", [], []),
        ("https://shop.example/#anna", [], []),
        ("shop.example/a, shop.example/b\nb.example:80?c=d", [link("shop.example", "a"), link("shop.example", "b"), link("b.example", c="d")], []),
        ("/my tea.5/a", [Link("", ("my tea.5", "a"), frozenset())], []),
        ("/?a=b,c.de/f", [link(a="b,c.de/f")], []),
        ("shop.example/a, www.shop.example/b", [link("shop.example", "a"), link("shop.example", "b")], []),
        ("/a | /b ; ?c=d", [link("", "a"), link("", "b"), link(c="d")], []),
        ("/a /a", [link("", "a")], []),
        (
            "https://go.example/?to=https://shop.example/tea",
            [link("go.example", to="https://shop.example/tea")],
            [link("shop.example", "tea")],
        ),
        (
            "https://go.example/?to=https://shop.example/?x=1",
            [link("go.example", to="https://shop.example/?x=1")],
            [link("shop.example", x="1")],
        ),
        # The first page of a site is everybody's; so is a page of the same site.
        ("https://go.example/?to=https://shop.example/", [link("go.example", to="https://shop.example/")], []),
        ("https://go.example/?to=/tea", [link("go.example", to="/tea")], []),
    ],
)  # fmt: skip
def test_what_a_cell_declares_as_links(cell: str, links: list[Link], carried: list[Link]) -> None:
    declared = declared_links(cell)
    assert (list(declared.links), list(declared.carried)) == (links, carried)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("10 20", ["1020"]),
        ("A1 B", ["a1b"]),
        ("A1 B2", ["a1", "b2"]),
        ("A B", ["ab"]),
        ("ANNA10, none", ["anna10"]),
        ("ANNA10,,", ["anna10"]),
        ("ANNA10 \u2022 ANNA15", ["anna10", "anna15"]),
        ("one or TWO", ["one", "two"]),
        ("ore", ["ore"]),
        ("A&B", ["a&b"]),
        ("A & B", ["a", "b"]),
        ("(ANNA10)", ["anna10"]),
        ("10%", ["10"]),
        ("...", []),
        ("$", ["$"]),
        ("TBD", []),
    ],
)
def test_what_codes_a_cell_names(cell: str, codes: list[str]) -> None:
    assert list(codes_of(cell)) == codes


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("45628.00", ["45628"]),
        ("45628.50", ["45628.50"]),
        ("a.0", ["a.0"]),
        ("Awin : 77", ["awin:77"]),
        ("77 77/78|79", ["77", "78", "79"]),
        ("77,-,78", ["77", "78"]),
        ("(not set)", []),
    ],
)
def test_what_partners_a_cell_names(cell: str, ids: list[str]) -> None:
    assert list(partners_of(cell)) == ids


@pytest.mark.parametrize(
    ("one", "other", "leads"),
    [
        (link("a.example", "x"), link("a.example", "x y"), True),
        (link("a.example", "x y"), link("a.example", "x"), False),
        (link("a.example", "anna"), link("a.example", "annabelle"), False),
        (link("a.example", "x"), link("b.example", "x"), False),
        (link("", "x"), link("b.example", "x"), True),
        (link("a.example", "x"), link("", "x"), True),
        (link("a.example"), link("a.example", "x"), True),
        # Of a landing whose site is not told, the site alone says nothing.
        (link("a.example"), link("", "x"), False),
        (link("a.example"), link("", ""), False),
        (link("a.example", p="1"), link("", "x", p="1"), True),
        (link("", "", p="1"), link("", "x", p="1", q="2"), True),
        (link("", "", p="1", q="2"), link("", "x", p="1"), False),
        (link("", "", p="1"), link("", "x", p="2"), False),
    ],
)
def test_where_a_link_leads(one: Link, other: Link, leads: bool) -> None:
    assert one.leads_to(other) is leads
    assert bool(Links([(7, one)]).matches((other,))[0]) is leads


def test_what_says_nothing() -> None:
    assert link().says_nothing
    assert not any(one.says_nothing for one in (link("a.example"), link("", "a"), link(a="")))


@pytest.mark.parametrize(
    ("times", "read"), [(1, "\u00e9 b"), (2, "\u00e9 b"), (4, "\u00e9 b"), (5, "%c3%a9%20b")]
)
def test_what_was_encoded_is_decoded_up_to_four_times(times: int, read: str) -> None:
    text = "\u00e9 b"
    for _ in range(times):
        text = quote(text)
    assert visit_of(f"/{text}", {})[0].path == (read,)
    assert visit_of(f"/?p={text}", {})[0] == link(p=read)


def test_bytes_that_are_no_utf_8_are_those_of_windows() -> None:
    assert visit_of("/caf%E9", {}) == visit_of("/caf\u00e9", {})
    assert visit_of("/%80", {})[0].path == ("\u20ac",)


@pytest.mark.parametrize(("depth", "followed"), [(0, 0), (1, 1), (4, 4), (5, 4)])
def test_links_in_links_are_followed_four_deep(depth: int, followed: int) -> None:
    address = "https://end.example/x"
    for level in range(depth):
        address = f"https://l{level}.example/?u={quote(address, safe='')}"
    hosts = [one.host for one in visit_of(address, {})]
    wanted = ["end.example", *(f"l{level}.example" for level in range(depth))][::-1]
    assert hosts == wanted[: followed + 1]


@pytest.mark.parametrize(
    ("value", "carried"),
    [
        ("https://b.example/x", link("b.example", "x")),
        ("HTTP%3A%2F%2Fb.example%2Fx", link("b.example", "x")),
        ("https%253A%252F%252Fb.example%252Fx", link("b.example", "x")),
        ("//b.example/x", link("b.example", "x")),
        ("%2Fx", link("a.example", "x")),
        ("/", None),
        ("x/y", None),
        ("ftp://b.example/x", None),
    ],
)
def test_what_a_parameter_carries(value: str, carried: Link | None) -> None:
    _, *inner = visit_of(f"https://a.example/?u={value}", {})
    assert inner == ([carried] if carried else [])


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/?utm_source=Ig&UTM_Content=a+b&ref=c", {"source": "Ig", "content": "a b"}),
        ("/?utm_source=&utm_term=x", {"term": "x"}),
        ("/?my_utm_source=ig", {}),
        ("/?utm_source=a=b", {"source": "a=b"}),
        ("/#?utm_source=ig", {}),
        ("utm_source=ig", {}),
    ],
)
def test_utm_parameters_of_an_address(address: str, told: dict[str, str]) -> None:
    assert utm_of(address) == told


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("spring", {"utm_campaign": "spring"}),
        ("term=a&id=5&medium=b", {"utm_term": "a", "utm_id": "5", "utm_medium": "b"}),
        ("ref=b&source=ig", {"ref": "b", "utm_source": "ig"}),
        # Of an address only its UTM parameters are meant.
        ("https://shop.example/?ref=b&utm_source=ig", {"utm_source": "ig"}),
        ("https://shop.example/?ref=b", None),
        ("utm_source=&utm_medium=b", {"utm_medium": "b"}),
        ("utm_source=", None),
        ("utm_source=ig; utm_medium=b | utm_content=c", {"utm_source": "ig", "utm_medium": "b", "utm_content": "c"}),
        ("utm_source=ig#utm_medium=b", {"utm_source": "ig"}),
        ("tbd", None),
        (" - ", None),
        ("\u20ac", {"utm_campaign": "\u20ac"}),
    ],
)  # fmt: skip
def test_what_a_cell_declares_as_utm(cell: str, told: dict[str, str] | None) -> None:
    assert declared_utm(cell) == (() if told is None else (link(**told),))


@pytest.mark.parametrize(
    ("landing", "utm", "told"),
    [
        (None, {}, link()),
        ("", {"source": "Ig"}, link(utm_source="ig")),
        ("/a?utm_source=x&b=1", {"source": "ig"}, link("", "a", utm_source="ig", b="1")),
        ("/a?utm_source=x", {"source": None}, link("", "a", utm_source="x")),
        ("/a?utm_source=x", {"source": "(not set)", "medium": ""}, link("", "a", utm_source="x")),
        ("/a?utm_source=x", {"source": "--"}, link("", "a", utm_source="x")),
        ("//s.example/a", {"medium": "b"}, link("s.example", "a", utm_medium="b")),
    ],
)
def test_what_a_visit_tells(landing: str | None, utm: dict[str, str | None], told: Link) -> None:
    assert visit_of(landing, utm) == (told,)


@pytest.mark.parametrize(
    ("links", "visit", "found", "outdone"),
    [
        # Who says more of the visit outdoes who says less; equals stand side by side.
        ([link("", "tea"), link("", "tea green")], [link("", "tea green x")], {0, 1}, {(0, 1)}),
        ([link("", "tea"), link("", "tea")], [link("", "tea")], {0, 1}, set()),
        ([link("", "tea"), link("", "tea", a="1")], [link("", "tea", a="1")], {0, 1}, {(0, 1)}),
        ([link("", "tea", a="1"), link("", "tea", b="1")], [link("", "tea", a="1", b="1")], {0, 1}, set()),
        ([link("", "tea"), link("", "mate")], [link("", "tea")], {0}, set()),
        # Where a visit landed says more than what it carried along, and what it carried first more than what that carried.
        (
            [link("", "a"), link("", "b"), link("", "c")],
            [link("", "a"), link("", "b"), link("", "c")],
            {0, 1, 2},
            {(1, 0), (2, 0), (2, 1)},
        ),
        ([link("", "a")], [link("", "a"), link("", "a")], {0}, set()),
        # Several links share a parameter: they are found by the one that tells them apart.
        ([link(a="1", b="1"), link(a="1", b="2"), link(a="1")], [link(a="1", b="2")], {1, 2}, {(2, 1)}),
        ([link()], [link("", "a")], set(), set()),
    ],
)
def test_whose_links_a_visit_followed(
    links: list[Link], visit: list[Link], found: set[int], outdone: set[tuple[int, int]]
) -> None:
    assert Links(enumerate(links)).matches(tuple(visit)) == (found, outdone)


@pytest.mark.parametrize(
    ("text", "seen", "compared"),
    [
        ("  a\t\n b ", "a b", "a b"),
        ("A\u200d\ufe0fB\x00", "AB", "ab"),
        ("A\u2014B\u2212C", "A\u2014B\u2212C", "a-b-c"),
        ("a_b", "a_b", "a_b"),
        ("\ufb01", "fi", "fi"),
    ],
)
def test_what_is_seen_of_a_text_and_compared(text: str, seen: str, compared: str) -> None:
    assert (visible(text), plain(text)) == (seen, compared)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ""), ("a", "a"), (" a ", "a"), ("\ta\n", "a"), (".a.", "a"), (" . a . ", "a"), (". (a-b) .", "a-b"), (" ", ""), ("-", ""), (" - ", ""),
        ("$a$", "$a$"), ("a b", "a b"), ("\u00a0a\u2003", "a"), ("\u201ea\u201c", "a"),
    ],
)  # fmt: skip
def test_white_space_and_punctuation_around_it_are_no_part_of_a_text(text: str, left: str) -> None:
    assert _trimmed(text) == left
