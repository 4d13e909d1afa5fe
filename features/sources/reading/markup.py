"""Text and addresses out of HTML, as platforms that write posts in it do: Mastodon, blogs, Stack Exchange's dumps aside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

_BREAKS = {"p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
_SILENT = {"script", "style", "template"}
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"'’”]+")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        if tag in _BREAKS:
            self.parts.append("\n")
        attributes = dict(attrs)
        classes = (attributes.get("class") or "").split()
        href = attributes.get("href")
        if tag == "a" and href and "mention" not in classes and "hashtag" not in classes:
            self.links.append(href)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self.silent:
            self.silent -= 1
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def read_html(html: str) -> tuple[str, list[str]]:
    r"""Return the text of a piece of HTML, and the addresses it links to; links marked as mention or hashtag are none.

    >>> read_html('<p>Tea &amp; <a href="https://a.org/x">cake</a></p><p>now</p>')
    ('Tea & cake\nnow', ['https://a.org/x'])
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line), addresses(reader.links)


def addresses(links: list[str]) -> list[str]:
    """Return those that are addresses of the web, each once, in order."""
    return list(
        dict.fromkeys(
            link for link in links if link.startswith(("http://", "https://")) and not re.search(r"\s", link)
        )
    )


def links_in(text: object) -> list[str] | None:
    """Return the addresses that stand in plain text; None of what is no text.

    >>> links_in("see https://a.org/x, and (http://b.org)."), links_in(None)
    (['https://a.org/x', 'http://b.org'], None)
    """
    if not isinstance(text, str):
        return None
    return addresses([link.rstrip(".,;:!?…") for link in _ADDRESS.findall(text)])


def host(address: object) -> str | None:
    """Return the host an address names, without ``www.``; None where it names none.

    >>> host("https://www.Example.org:8080/x"), host("mailto:a@b"), host("http://[bad")
    ('example.org', None, None)
    """
    if not isinstance(address, str):
        return None
    try:
        parts = urlsplit(address)
        name = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return None
    return name.lower().removeprefix("www.").rstrip(".") or None if name else None
