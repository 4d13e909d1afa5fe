"""What was agreed by format: ``2 reels, 3 stories`` in one cell, or a column for each format."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from .columns import bare
from .numbers import NumberColumn

_CALLED = {
    "reels": "reel reels",
    "stories": "story stories storys storie historia historias storie",
    "posts": "post posts beitrag beitrage publication publications publicacion publicaciones",
    "videos": "video videos",
    "shorts": "short shorts",
    "tiktoks": "tiktok tiktoks",
    "carousels": "carousel carousels karussell karussells carrousel carrusel",
    "lives": "live lives livestream livestreams stream streams",
    "tweets": "tweet tweets",
    "pins": "pin pins",
    "newsletters": "newsletter newsletters",
    "podcasts": "podcast podcasts",
    "blogs": "blog blogs blogpost blogposts blogbeitrag article articles artikel",
}
FORMATS = {name: f"offer_{many}" for many, names in _CALLED.items() for name in names.split()}
"""What a format is called, as :func:`~.columns.bare` writes it, and the column it is counted in."""
_BESIDE = frozenset(
    "ig insta instagram fb facebook yt youtube linkedin x twitter feed static statisch dedicated integrated in".split()  # noqa: SIM905
)
_BETWEEN = re.compile(r"[,;+&/|\n]|\b(?:and|und|et|y|e|sowie|plus)\b", re.IGNORECASE)
_COUNT = re.compile(r"(?<![\w.,])(\d{1,3})(?:\s*[x×]|\b)|\b[x×]\s*(\d{1,3})\b", re.IGNORECASE)


def formats_in(text: str) -> dict[str, float] | None:
    """Return how many of each format a cell names; None where it says anything else too.

    One without a number is one; of several without a number nobody knows how many.

    >>> formats_in("2 reels, 3 stories"), formats_in("1x IG Reel + Story"), formats_in("TikTok video (2)")
    ({'offer_reels': 2.0, 'offer_stories': 3.0}, {'offer_reels': 1.0, 'offer_stories': 1.0}, {'offer_tiktoks': 2.0})
    >>> formats_in("3"), formats_in("stories"), formats_in("2 reels within 3 weeks")
    (None, None, None)
    """
    totals: dict[str, float] = {}
    for part in filter(str.strip, _BETWEEN.split(text)):
        counts = [one or other for one, other in _COUNT.findall(part)]
        words = bare(_COUNT.sub(" ", part).casefold()).split()
        named = [word for word in words if word in FORMATS]
        # A video on TikTok is a TikTok; a post of a blog, a blog post.
        named = [
            word for word in named if len(named) == 1 or word not in ("video", "videos", "post", "posts")
        ]
        if len(named) != 1 or len(counts) > 1 or set(words) - set(FORMATS) - _BESIDE:
            return None
        if not counts and FORMATS[named[0]] == f"offer_{named[0]}":
            return None
        column = FORMATS[named[0]]
        totals[column] = totals.get(column, 0.0) + float(counts[0] if counts else 1)
    return totals or None


_POSTED = {
    "story": f"{_CALLED['stories']}",
    "live": f"{_CALLED['lives']} lebend direct directo",
    "carousel": f"{_CALLED['carousels']} album sidecar slideshow",
    "short": f"{_CALLED['reels']} {_CALLED['shorts']}",
    "video": f"{_CALLED['videos']} {_CALLED['tiktoks']} clip igtv",
    "picture": "picture pictures photo photos image images foto fotos bild bilder imagen imagenes imagem imagens immagine immagini",
    "text": f"text texts status {_CALLED['tweets']}",
}
_POSTS = frozenset(_CALLED["posts"].split())


def format_named(cell: object) -> str | None:
    """Return what a post is, by what an export or a sheet calls it; None where that says nothing, or anything else too.

    >>> format_named("IG reel"), format_named("CAROUSEL_ALBUM"), format_named("Story video"), format_named("Foto")
    ('short', 'carousel', 'story', 'picture')
    >>> format_named("paid"), format_named("Post"), format_named("2 reels"), format_named(None)
    (None, None, None, None)
    """
    words = set(bare(cell).split()) - _BESIDE - _POSTS if isinstance(cell, str) else set()
    # A story in which a video runs is a story; a video that is a reel is a reel.
    kinds = [kind for kind, names in _POSTED.items() if words & set(names.split())]
    known = {name for names in _POSTED.values() for name in names.split()}
    return kinds[0] if kinds and words <= known else None


@dataclass
class AgreedColumn(NumberColumn):
    """A column of how many posts were agreed: as a number, or by format."""

    named: set[str] = field(default_factory=set)
    """Columns of the formats that its cells name."""

    def see(self, cell: object, currency: str = "") -> None:
        """Take a cell into account."""
        if formats := _formats(cell):
            self.named |= set(formats)
        else:
            super().see(cell, currency)

    def read(self, cell: object, currency: str = "") -> str | None:
        """Return how many posts a cell names, of all formats."""
        formats = _formats(cell)
        return f"{sum(formats.values()):g}" if formats else super().read(cell, currency)

    @property
    def how(self) -> str:
        """How its cells are read, to be shown."""
        formats = [name.removeprefix("offer_") for name in sorted(self.named)] if len(self.named) > 1 else []
        return ", ".join([*filter(None, [super().how]), *formats])

    def formats(self, cell: object) -> dict[str, float]:
        """Return how many of each format a cell names; nothing where the column names but one: that is the number of posts again."""
        formats = _formats(cell) if len(self.named) > 1 else None
        return {column: formats.get(column, 0.0) for column in sorted(self.named)} if formats else {}


def _formats(cell: object) -> dict[str, float] | None:
    return formats_in(cell) if isinstance(cell, str) else None


def by_format(mapping: Mapping[str, str], header: Iterable[str], mapped: Collection[str]) -> dict[str, str]:
    """Return the columns that count one format each, and the fields they hold, where there are several or no other count.

    A column of posts beside one of stories counts one format; alone it is how many were agreed, as mapped.

    >>> by_format({"Creator": "influencer_id", "Posts": "exposure"}, ["Creator", "Posts", "Reels", "IG Stories", "TikTok"], ())
    {'Posts': 'offer_posts', 'Reels': 'offer_reels', 'IG Stories': 'offer_stories'}
    >>> by_format({"Creator": "influencer_id", "Posts": "exposure"}, ["Creator", "Posts"], ())
    {}
    """
    columns: dict[str, str] = {}
    for name in header:
        words = [word for word in bare(name.casefold()).split() if word not in _BESIDE]
        # In the singular it may hold the account there, or the post itself.
        many = len(words) == 1 and (words[0].endswith("s") or words[0] in ("beitrage", "storie"))
        column = FORMATS.get(words[0]) if many else None
        free = name not in mapped and mapping.get(name, "exposure") == "exposure"
        if column and free and column not in columns.values():
            columns[name] = column
    return {} if set(columns) <= set(mapping) else columns
