"""By what an order is known for somebody's: what a code, a link, UTM parameters and a partner's id are, and when two of them are the same.

People write down what they gave out; shops, networks and analytics tell what they saw. Both go through the same parsers here, and are
compared here, so that neither side can mean something else by the same words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

UTM = ("source", "medium", "campaign", "content")
"""UTM parameters that have a column of their own in orders."""

_FILLERS = re.compile("[\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f]")
"""Characters that show nothing though Unicode does not call them format characters."""
_NOTHING = {"n/a", "na", "n.a.", "nan", "none", "null", "nil"}
_NOTHING |= {"tbd", "tba", "undefined", "(not set)", "unknown"}
"""What people and programs write where there is nothing."""
_BETWEEN_CODES = re.compile(r"[,;|/\n\r\t·•、]|\s[&+]\s|\s(?:and|or|und|oder)\s", re.IGNORECASE)
_BESIDE_CODE = re.compile(
    r"^\s*(?:(?:promo|discount|coupon|voucher|rabatt|gutschein)[ -]?)?(?:code|coupon|voucher|gutschein|kod|código|codigo|codice|kortingscode)\s*:\s*"
    r"|\s*[(\[][^()\[\]]*[)\]]\s*$|\s+[-–=:]\s*\d+(?:[.,]\d+)?\s?%\s*$",
    re.IGNORECASE,
)
"""What people write beside a code: ``Code: ANNA10``, ``ANNA10 (10 %)``, ``ANNA10 = 10 %``."""
_BETWEEN_LINKS = re.compile(
    r"[\s,;|]+(?=(?:[a-z][a-z0-9+.-]*:)?//|www\.|/\w|\?\w)|[,;|]*\s[\s,;|]*(?=[^\s/?#,;|]+\.[^\s/?#,;|.\d][^\s/?#,;|.]+(?::\d+)?[/?])",
    re.IGNORECASE,
)
"""Before a scheme, ``www.``, a path or a query; and where there is white space, before a site with a path or a query, too."""
_BETWEEN_IDS = re.compile(r"[\s,;|/]+")
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_HOST = re.compile(r"[^/?#\s]+\.[^/?#\s.\d][^/?#\s.]+\.?(?::\d+)?(?=[/?#]|$)")
_PAGE = re.compile(r"\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
CLICKS = re.compile(
    r"(?:fbclid|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|ttclid|twclid|igsh(?:id)?|yclid|li_fat_id|epik|sccid|mc_[ce]id|_ga|_gl|_gac"
    r"|_kx|srsltid|awc|irclickid|cjevent|cjdata|rdt_cid|scid|vero_id|_hs(?:enc|mi)|__s|s_kwcid|ef_id|nbt)"
)
"""Parameters that differ from click to click: they tell one click from another, and no link."""
_DEPTH = 4
"""How deep links in links are followed."""


def visible(text: str) -> str:
    r"""Return a text without what nobody sees: format and filling characters; white space of any kind becomes one space.

    >>> visible("\u200bBO10\t"), visible("ANNA\u00a0\u00ad10")
    ('BO10', 'ANNA 10')
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    bare = _FILLERS.sub("", unicodedata.normalize("NFKC", text))
    seen = (c for c in bare if c.isspace() or unicodedata.category(c) not in ("Cf", "Cc", "Cs"))
    return " ".join("".join(seen).split())


def plain(text: str) -> str:
    r"""Return a text as it is compared: what is seen of it, in whatever case, with one kind of dash.

    >>> plain("Stra\u00dfe\u201110") == plain("STRASSE-10")
    True
    """
    dashed = "".join("-" if unicodedata.category(c) == "Pd" or c == "\u2212" else c for c in visible(text))
    return unicodedata.normalize("NFC", dashed.casefold())


def _names_nothing(text: str) -> bool:
    bare = plain(text)
    return bare in _NOTHING or not any(c.isalnum() or unicodedata.category(c)[0] == "S" for c in bare)


def _trimmed(text: str) -> str:
    """Return a text without white space and punctuation around it."""
    inner = [k for k, c in enumerate(text) if not (c.isspace() or unicodedata.category(c)[0] == "P")]
    return text[inner[0] : inner[-1] + 1] if inner else ""


def codes_of(cell: str) -> tuple[str, ...]:
    """Return the codes that a cell names, as they are compared; a space within one does not count.

    Words with a space between are several codes where each has a letter and a digit, and one code otherwise.

    >>> codes_of("ANNA10, anna15"), codes_of("Dee10 / DEE15"), codes_of("ANNA10 ANNA15"), codes_of("Summer Sale"), codes_of("n/a")
    (('anna10', 'anna15'), ('dee10', 'dee15'), ('anna10', 'anna15'), ('summersale',), ())
    """
    if _names_nothing(cell):
        return ()
    codes: dict[str, None] = {}
    for part in _BETWEEN_CODES.split(unicodedata.normalize("NFKC", cell).strip()):
        part = _BESIDE_CODE.sub("", part) or part
        words = [word for word in map(_trimmed, plain(part).split()) if word]
        mixed = all(any(c.isdigit() for c in w) and any(c.isalpha() for c in w) for w in words)
        codes |= dict.fromkeys(words if mixed else ["".join(words)])
    return tuple(code for code in codes if code and code not in _NOTHING)


def partners_of(cell: str) -> tuple[str, ...]:
    """Return the ids of partners that a cell names, with the network in front where it is told.

    >>> partners_of("77"), partners_of("Awin: 45628; cj:9001"), partners_of("45628.0")
    (('77',), ('awin:45628', 'cj:9001'), ('45628',))
    """
    if _names_nothing(cell):
        return ()
    parts = (_trimmed(part) for part in _BETWEEN_IDS.split(re.sub(r"\s*:\s*", ":", plain(cell))))
    return tuple(dict.fromkeys(re.sub(r"(?<=\d)\.0+$", "", part) for part in parts if part))


@dataclass(frozen=True)
class Link:
    """What of an address tells one link from another."""

    host: str
    """Without ``www.`` and port; empty where it is not told, as of a path within a shop."""
    path: tuple[str, ...]
    parameters: frozenset[tuple[str, str]]

    def leads_to(self, landing: Link) -> bool:
        """Whether somebody who followed this link may have landed there: path by whole segments, and every parameter of the link.

        >>> [anna] = declared_links("shop.example/anna").links
        >>> [anna.leads_to(visit_of(landing, {})[0]) for landing in ("/anna/tea/?b=2&a=1", "/annabelle")]
        [True, False]
        """
        if self.host and landing.host and self.host != landing.host:
            return False
        # Of a landing without host, only path or parameters can say that it is this link's.
        if not landing.host and not self.path and not self.parameters:
            return False
        return self.path == landing.path[: len(self.path)] and self.parameters <= landing.parameters

    @property
    def says_nothing(self) -> bool:
        """Whether any landing anywhere would be this link's."""
        return not (self.host or self.path or self.parameters)


def _decoded(text: str) -> str:
    """Return what percent signs stand for, as often as it was encoded; bytes that are no UTF-8 are Windows-1252."""
    for _ in range(_DEPTH):
        data = unquote_to_bytes(text)
        try:
            once = data.decode("utf-8")
        except UnicodeDecodeError:
            once = data.decode("cp1252", errors="replace")
        if once == text:
            break
        text = once
    return text


def _host_of(place: str) -> str:
    name = plain(_decoded(place).rpartition("@")[2])
    name = re.sub(r":\d*$", "", name).rstrip(".")
    with suppress(UnicodeError):  # what is no name of the internet is compared as it is
        name = name.encode("idna").decode("ascii")
    return name.removeprefix("www.")


def _path_of(path: str) -> tuple[str, ...]:
    segments: list[str] = []
    for part in _decoded(path).split("/"):
        name = plain(part)
        if name == "..":
            del segments[-1:]
        elif name and name != ".":
            segments.append(name)
    return tuple(segments)


def _value(text: str) -> str:
    return plain(_decoded(text).replace("+", " "))


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a query as they were written, each with its name as it is compared."""
    for part in query.replace("&amp;", "&").split("&"):
        name, _, value = part.partition("=")
        if name := _value(name):
            yield name, value


def _address(text: str) -> str:
    """Return a text without what stands around an address; one that was encoded whole, as within another, as it was before."""
    bare = visible(text).strip("<>\"'()[] ")
    # What shows a path or a query was not encoded whole: decoded here, a value's %26 would end it.
    whole = not bare.startswith("/") and "?" not in bare
    return (_inner(bare) if whole else None) or bare


def _parsed(text: str, depth: int = 0) -> list[Link]:
    """Return an address and those that it carries, itself first."""
    bare = _address(text).partition("#")[0]
    address, _, query = bare.partition("?")
    host = ""
    if scheme := _SCHEME.match(address):
        host, _, path = address[scheme.end() :].partition("/")
    elif not address.startswith("/") and _HOST.match(address) and not _PAGE.search(address.partition("/")[0]):
        host, _, path = address.partition("/")
    elif not query and "=" in address and "/" not in address:
        path, query = "", address
    else:
        path = address
    pairs = list(_pairs(query))
    kept = ((name, _value(value)) for name, value in pairs if not CLICKS.fullmatch(name))
    link = Link(_host_of(host), _path_of(path), frozenset(kept))
    carried: list[Link] = []
    for _, value in pairs if depth < _DEPTH else ():
        inner = _inner(value)
        if inner:
            outer, *deeper = _parsed(inner, depth + 1)
            carried += [Link(outer.host or link.host, outer.path, outer.parameters), *deeper]
    return [link, *carried]


def _inner(value: str) -> str | None:
    """Return the address that a parameter carries, decoded until it shows, and no further; None where it carries none."""
    for _ in range(_DEPTH):
        if re.match(r"https?://|//\w|/\w", value, re.IGNORECASE):
            return value
        once = unquote_to_bytes(value).decode("utf-8", errors="replace")
        if once == value:
            return None
        value = once
    return None


@dataclass(frozen=True)
class Declared:
    """What a cell declares as links."""

    links: tuple[Link, ...]
    carried: tuple[Link, ...]
    """Where the links lead on to, on another site than their own: a network's link to a page of the shop."""


def declared_links(cell: str) -> Declared:
    """Return the links that a cell declares: each address in it, and where one leads on to another site, that.

    What only a fragment or a click tells from a site's first page is nobody's link.

    >>> [link.path for link in declared_links("shop.example/a, https://shop.example/b/").links]
    [('a',), ('b',)]
    >>> declared_links("https://shop.example/#anna").links
    ()
    """
    if _names_nothing(cell):
        return Declared((), ())
    links, carried = list[Link](), list[Link]()
    for part in _BETWEEN_LINKS.split(cell.strip()):
        bare = _address(part.strip(" ,;|"))
        outer, *inner = _parsed(bare)
        if outer.path or outer.parameters or (outer.host and not re.search("[?#]", bare)):
            links.append(outer)
        carried += [link for link in inner if link.host != outer.host and (link.path or link.parameters)]
    return Declared(tuple(dict.fromkeys(links)), tuple(dict.fromkeys(carried)))


def utm_of(address: str) -> dict[str, str]:
    """Return the UTM parameters of an address as it tells them, by their names without ``utm_``.

    >>> utm_of("/?UTM_Source=ig&amp;utm_campaign=spring%20tea&x=1")
    {'source': 'ig', 'campaign': 'spring tea'}
    """
    query = _address(address).partition("#")[0].partition("?")[2]
    parameters = {
        name.removeprefix("utm_"): visible(_decoded(value).replace("+", " "))
        for name, value in _pairs(query)
        if name.startswith("utm_")
    }
    return {name: value for name, value in parameters.items() if value}


def declared_utm(cell: str) -> tuple[Link, ...]:
    """Return the UTM parameters a cell declares, all of which have to fit; a bare word is ``utm_campaign``.

    >>> declared_utm("utm_content=Anna&utm_source=ig") == declared_utm("https://shop.example/?utm_source=IG, content=anna")
    True
    """
    if _names_nothing(cell):
        return ()
    bare, _, query = _address(cell).partition("#")[0].rpartition("?")
    if "=" not in query:
        return (Link("", (), frozenset({("utm_campaign", _value(query))})),)
    parts = re.sub(r"\s*=\s*", "=", query.replace("&amp;", "&"))
    parts = re.sub(r"\s*[&,;|]\s*|\s+(?=\w+=)", "&", parts)
    parameters = {
        f"utm_{name}" if name in (*UTM, "term", "id") else name: _value(value)
        for name, value in _pairs(parts)
    }
    # Of an address only these are meant; what stands alone is meant whole.
    kept = (
        (name, value) for name, value in parameters.items() if value and (not bare or name.startswith("utm_"))
    )
    return tuple(link for link in [Link("", (), frozenset(kept))] if not link.says_nothing)


def visit_of(landing: str | None, utm: Mapping[str, str | None]) -> tuple[Link, ...]:
    """Return what a visit tells: where it landed, with the UTM parameters told apart from that, then the links it carried.

    What is told apart goes before what the address says. A fragment never reaches a server, and what differs from click to click tells
    no link: neither counts.

    >>> visit_of("HTTP://www.Shop.example:80/a/?b=2&a=1#top", {}) == visit_of("//shop.example/a?a=1&b=2&fbclid=x", {})
    True
    >>> [link.path for link in visit_of("https://l.example/?u=https%3A%2F%2Fshop.example%2Fanna", {})]
    [(), ('anna',)]
    """
    outer, *inner = _parsed(landing) if landing else [Link("", (), frozenset())]
    apart = {
        f"utm_{name}": _value(value) for name, value in utm.items() if value and not _names_nothing(value)
    }
    kept = {pair for pair in outer.parameters if pair[0] not in apart}
    return (Link(outer.host, outer.path, frozenset(kept | set(apart.items()))), *inner)


class Links:
    """Declared links, each with a number that it stands for, to be found by where visits landed."""

    def __init__(self, declared: Iterable[tuple[int, Link]]) -> None:
        pairs = list(declared)
        often = Counter(parameter for _, link in pairs for parameter in link.parameters)
        Key = tuple[tuple[str, ...], tuple[str, str] | None]
        self._by: dict[Key, list[tuple[int, Link]]] = defaultdict(list)
        for number, link in pairs:
            # By the parameter that fewest share: most links of a programme differ in one alone.
            rarest = min(link.parameters, key=lambda one: (often[one], one), default=None)
            self._by[link.path, rarest].append((number, link))

    def matches(self, visit: tuple[Link, ...]) -> tuple[set[int], set[tuple[int, int]]]:
        """Return whose links a visit may have followed, and pairs of one of them and one that says more of the visit.

        A link says more than another where whoever lands on it would land on the other, too; where a visit landed says more than
        the addresses carried along.
        """
        levels = [dict(self._fitting(landing)) for landing in visit]
        outdone = set()
        for depth, here in enumerate(levels):
            before = {number for level in levels[:depth] for number in level}
            for number, link in here.items():
                if number in before:
                    continue
                fuller = {o for o, more in here.items() if link.leads_to(more) and not more.leads_to(link)}
                outdone |= {(number, other) for other in before | fuller}
        return {number for level in levels for number in level}, outdone

    def _fitting(self, landing: Link) -> Iterator[tuple[int, Link]]:
        for length in range(len(landing.path) + 1):
            for parameter in (None, *landing.parameters):
                for number, link in self._by.get((landing.path[:length], parameter), ()):
                    if link.leads_to(landing):
                        yield number, link
