"""Ids as people keep them: profile addresses, handles, ids with their platform, and what spreadsheets make of long numbers."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import lru_cache

from suasion.features.attribution.touchpoints import visible
from suasion.features.identity.addresses import address_of

from .cells import ERROR, Linked, Odd, Quantity, Shared, Unclear

EXACT = 2**53
"""Beyond, a spreadsheet keeps no number whole."""
DESTROYED = "the spreadsheet destroyed this id (it keeps 15 digits of a number): format the column as text and export it again"
_EMPTY = {"", "-", "--", "n/a", "#n/a", "#nv", "(blank)", "(leer)", "(not set)", "nan", "<na>"}
PLATFORMS = {
    "ig": "instagram", "insta": "instagram", "instagram": "instagram", "x": "x", "twitter": "x", "x twitter": "x", "twitter x": "x",
    "yt": "youtube", "youtube": "youtube", "you tube": "youtube", "tiktok": "tiktok", "tik tok": "tiktok", "tt": "tiktok", "fb": "facebook",
    "facebook": "facebook", "bluesky": "bluesky", "bsky": "bluesky", "mastodon": "mastodon", "reddit": "reddit", "twitch": "twitch",
    "pinterest": "pinterest", "snapchat": "snapchat", "linkedin": "linkedin", "threads": "threads", "blog": "blog",
}  # fmt: skip
_IDS = {"x": r"\d+", "youtube": r"UC[\w-]{22}", "bluesky": r"did:\S+"}
"""Ids of accounts on platforms where they are not their names."""
_ADDRESS = re.compile(r"(?:https?:)?//|www\.|(?:[\w-]+\.)+[a-z]{2,}/", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_MONTH = r"(?:Jan|Feb|Ma[ryi]|Mär|Mrz|Apr|May|Ju[nl]|Aug|Sep|O[ck]t|Nov|De[cz])"
_DATED = re.compile(rf"\d{{1,2}}-{_MONTH}|{_MONTH}[- ]\d{{2}}|\d{{1,2}}\. ?{_MONTH}\.?")
DATED = "the spreadsheet made a date of it: format the column as text and write it again"
_SEVERAL = re.compile(r"\s*[,;|\n]\s*|\s+(?:/|&|\+|and|und|y|et)\s+")
_PICTURES = ("So", "Sk", "Mn", "Cf", "Zs")
SPACED = "a handle has no space: write it as it stands in the profile's address"
_NAMED_BESIDE = re.compile(r"[^()@]+\((@?[\w.-]+|https?://\S+)\)|[^()@]+\s[-–|]?\s*(@[\w.]+)")
"""A name with its handle or address beside it: ``Anna Bee (@anna.bee)``."""
_NAMED_AFTER = re.compile(r"(@[\w.-]+)\s*(?:\([^()@]*\)|\s[-–|]\s[^@]*)")
"""A handle with words beside it: ``@anna.bee (Anna Bee)``."""


def platform_named(text: str) -> str:
    """Return a platform as its importer writes it.

    >>> platform_named("IG"), platform_named("X (Twitter)"), platform_named("TikTok"), platform_named("Clubhouse")
    ('instagram', 'x', 'tiktok', 'clubhouse')
    """
    bare = re.sub(r"[^0-9a-z]+", " ", visible(text).casefold()).strip()
    return PLATFORMS.get(bare, bare.replace(" ", "-"))


@lru_cache(2**14)
def account_of(text: str, platform: str = "") -> str:
    """Return whose account a cell names, as that platform's importer writes it; the bare name where no platform is known.

    Raises
    ------
    Unclear
        When it names several, or an address that is nobody's.

    >>> account_of("https://www.instagram.com/Anna.Brews/?hl=de"), account_of("@Anna.Brews", "instagram"), account_of("IG: anna.brews")
    ('instagram:anna.brews', 'instagram:anna.brews', 'instagram:anna.brews')
    >>> account_of("Anna Bee (@anna.bee)", "tiktok"), account_of("@Anna"), account_of("youtube.com/@anna")
    ('tiktok:anna.bee', 'anna', 'youtube:@anna')
    """
    bare = _without_pictures(visible(text))
    parts = [part for part in _SEVERAL.split(text.strip()) if part.strip()]
    if len(re.findall(r"(?<![\w./@])@\w", bare)) > 1 or sum(is_address(part) for part in parts) > 1:
        raise Unclear("it names several: give each a row of their own")
    pair = not re.search(r"[,;|/\n]", text) and all(
        part.strip().isalpha() and part.strip()[:1].isupper() for part in parts
    )  # Ruth & Leo are one account
    if len(parts) > 1 and platform and not pair and not any(" " in visible(part) for part in parts):
        raise Unclear("it names several: give each a row of their own")
    if bare.startswith("@"):
        bare = f"@{bare[1:].strip().rstrip('.,;:')}"
    if (match := re.fullmatch(r"([^\W\d][\w ()]*?)\s*:\s*(\S.*)", bare)) and is_platform(match[1]):
        return account_of(match[2], platform_named(match[1]))
    if (match := re.fullmatch(r"(\S+)\s*\(([^()@]+)\)", bare)) and is_platform(match[2]):
        return account_of(match[1], platform_named(match[2]))
    if (match := re.fullmatch(r"([\w ]+)\s(@\S+)", bare)) and is_platform(match[1]):
        return account_of(match[2], platform_named(match[1]))
    if match := _NAMED_AFTER.fullmatch(bare):
        bare = match[1]
    if beside := _NAMED_BESIDE.fullmatch(bare):
        bare = beside[1] or beside[2]
        bare = bare if bare.startswith(("@", "http")) else f"@{bare}"
    if _ADDRESS.match(bare):
        return _behind(bare)
    if bare.startswith("@") and " " in bare:
        raise Unclear(SPACED)
    if not platform:
        return bare.lstrip("@").lower() if bare.startswith("@") else bare
    return _within(platform, bare)


def place_of(account: str) -> tuple[str, str | None] | None:
    """Return the platform and the name that the id of an account tells, the name None where it is another id; None where it tells no platform.

    >>> place_of("instagram:anna.brews"), place_of("youtube:@anna"), place_of("x:12"), place_of("Anna")
    (('instagram', 'anna.brews'), ('youtube', 'anna'), ('x', None), None)
    """
    platform, _, name = account.partition(":")
    if not name or platform not in PLATFORMS.values():
        return None
    return platform, None if re.fullmatch(_IDS.get(platform, "(?!)"), name) else name.removeprefix("@")


def _without_pictures(text: str) -> str:
    """Return a text without the emoji around it, where anything else is left."""
    letters = [n for n, letter in enumerate(text) if unicodedata.category(letter) not in _PICTURES]
    return text[letters[0] : letters[-1] + 1].strip() if letters else text


def platform_behind(address: str) -> str:
    """Return the platform of an account's address; nothing where it is no such address.

    >>> platform_behind("https://www.tiktok.com/@anna"), platform_behind("https://shop.example.org/anna"), platform_behind("anna")
    ('tiktok', '', '')
    """
    try:
        site = account_of(address).partition(":")[0] if _ADDRESS.match(address) else ""
    except Unclear:
        return ""
    return site if site in PLATFORMS.values() else ""


def linked_account(cell: Linked, platform: str) -> str:
    """Return whose account a cell with an address under it names.

    The address says it where the cell holds a name (``Anna Bee``, ``profile``), or the same handle; a handle of a platform that the
    row names stands for itself.

    Raises
    ------
    Unclear
        When the cell holds one handle and the address under it another.

    >>> linked_account(Linked("Profile", "https://www.instagram.com/anna.bee/"), ""), linked_account(Linked("@anna", "mailto:a@example.org"), "x")
    ('instagram:anna.bee', 'x:@anna')
    """
    site = platform_behind(cell.address)
    if not site or platform not in ("", site):
        return account_of(str(cell), platform)
    behind = account_of(cell.address)
    if not visible(str(cell)).startswith("@") or " " in visible(str(cell)):
        return behind
    if account_of(str(cell), site) != behind:
        raise Unclear("it names one account, and the address under it another")  # a reason names nobody
    return behind


def _within(platform: str, name: str) -> str:
    bare = name.lstrip("@")
    if platform == "reddit":
        bare = re.sub(r"^/?u(?:ser)?/", "", bare)
    id_pattern = _IDS.get(platform)
    if id_pattern is None or " " in bare:
        return f"{platform}:{bare.lower()}"
    # Where an account's id is not its name, the name goes by its sign, as in a profile of its own.
    return f"{platform}:{bare}" if re.fullmatch(id_pattern, bare) else f"{platform}:@{bare.lower()}"


def _behind(text: str) -> str:
    account = address_of(
        text if re.match(r"https?://", text, re.IGNORECASE) else f"https://{text.removeprefix('//')}"
    )
    if account is None:
        raise Unclear("an address that names no account")
    return account


@dataclass
class IdColumn:
    """One column of ids: it sees all cells, and then reads each.

    Parameters
    ----------
    name
        What the file calls it.
    account
        Whether they are ids of accounts.
    """

    name: str
    account: bool = False
    filled: int = 0
    handles: int = 0
    """Cells that begin with an @ or are an address: where most do, one with a space is a name among handles."""
    whole: int = 0
    """Ids of more than fifteen digits that no spreadsheet rounded."""
    platforms: Counter[str] = field(default_factory=Counter)

    def see(self, cell: object) -> None:
        """Take a cell into account."""
        text = _text(cell)
        self.filled += text is not None
        if text and (digits := re.fullmatch(r"\d{16,}", text)):
            # A spreadsheet makes zeros of all digits beyond the fifteenth; ids that end in others did not go through one.
            self.whole += not isinstance(cell, float) and bool(digits[0][15:].strip("0"))
        if self.account and text:
            self.handles += visible(text).startswith("@") or bool(_ADDRESS.match(visible(text)))
            try:
                site, colon, _ = account_of(text).partition(":")
            except Unclear:
                return
            if colon and site in PLATFORMS.values():
                self.platforms[site] += 1

    @property
    def platform(self) -> str:
        """The one platform that the column's name tells, or most of its addresses and prefixes; nothing where there is none, or several."""
        words = re.findall(r"[a-z]{2,}", self.name.casefold())
        common = {PLATFORMS[word] for word in words if word in PLATFORMS}
        named = common or set(self.platforms)
        most = bool(common) or self.platforms.total() * 2 >= self.filled
        return next(iter(named)) if self.account and len(named) == 1 and most else ""

    def read(self, cell: object, platform: str = "") -> str | None:
        """Return a cell's id, None where it is empty.

        Parameters
        ----------
        platform
            Whose id it is where it does not say so itself.

        Raises
        ------
        Unclear
            When a spreadsheet destroyed it, or it is no one id.
        """
        text = _text(cell)
        if text is None:
            return None
        number = cell.value if isinstance(cell, Shared) else cell
        destroyed = isinstance(number, int | float) and abs(number) > EXACT
        lost = re.fullmatch(r"\d{16,}", text) and not text[15:].strip("0") and not self.whole
        if destroyed or lost or is_scientific(text):
            raise Unclear(DESTROYED)
        if is_dated(text):
            raise Unclear(DATED)
        if self.account and isinstance(cell, Linked):
            return linked_account(cell, platform)
        if self.account:
            account = account_of(text, platform)
            if " " in account and self.handles * 2 >= self.filled:
                raise Unclear(SPACED)
            return account
        return visible(text)


def _text(cell: object) -> str | None:
    """Return a cell as the text of an id; None where it is empty."""
    if isinstance(cell, Shared):
        cell = cell.value
    if isinstance(cell, Odd):
        raise Unclear(cell.why)
    if isinstance(cell, date | time | timedelta):
        raise Unclear(DATED)
    if isinstance(cell, Quantity):
        cell = cell.value
    if cell is None or isinstance(cell, bool):
        return None if cell is None else str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    text = str(cell)
    if "\ufffd" in text:
        raise Unclear(
            "a character of this id is lost (\ufffd): leave --encoding out, or save the file as UTF-8"
        )
    if re.fullmatch(r"\s*\d+\.0\s*", text):
        text = text.strip().removesuffix(".0")  # a whole number as pandas writes it where others are missing
    if ERROR.fullmatch(text.strip()):
        raise Unclear(f"an error of the spreadsheet ({text.strip()})")
    if re.match(r"'[\d@=+-]", text):
        text = text[1:]  # how spreadsheets mark a text that looks like a number
    return None if visible(text).casefold() in _EMPTY or re.fullmatch(r"[-–—.]+", visible(text)) else text


def is_scientific(text: str) -> bool:
    """Return whether a text is what a spreadsheet writes for a number that is too long for its cell.

    >>> is_scientific("1.78414E+16"), is_scientific("5E+10"), is_scientific("anna1e5")
    (True, True, False)
    """
    return bool(_SCIENTIFIC.fullmatch(text.strip()))


def is_address(text: str) -> bool:
    """Return whether a text is an address of the web.

    >>> is_address("https://www.twitch.tv/anna"), is_address("instagram.com/anna"), is_address("Twitch")
    (True, True, False)
    """
    return bool(_ADDRESS.match(visible(text)))


def is_profile(text: str) -> bool:
    """Return whether a text is the address of an account on a platform.

    >>> is_profile("https://www.instagram.com/anna/"), is_profile("https://www.instagram.com/p/Cx1/"), is_profile("https://shop.example/anna")
    (True, False, False)
    """
    try:
        return is_address(text) and place_of(account_of(text)) is not None
    except Unclear:
        return False


def is_platform(text: str) -> bool:
    """Return whether a text names a platform that importers know.

    >>> is_platform("IG"), is_platform("YouTube"), is_platform("Anna")
    (True, True, False)
    """
    return platform_named(text) in PLATFORMS.values()


def is_dated(text: str) -> bool:
    """Return whether a text is what a spreadsheet writes in the place of a name or a code that looks like a date.

    >>> is_dated("1-Mar"), is_dated("Mar-15"), is_dated("01. Mrz"), is_dated("MAR15")
    (True, True, True, False)
    """
    return bool(_DATED.fullmatch(text.strip()))


def mixed_letters(text: str) -> str:
    """Return the letters of another alphabet that stand among Latin ones and may look like them; nothing where there are none.

    >>> mixed_letters("\u0430nna"), mixed_letters("anna"), mixed_letters("анна")
    ('а (CYRILLIC)', '', '')
    """
    scripts = {letter: unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha()}
    if "LATIN" not in scripts.values():
        return ""
    alike = ("CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN")
    other = [f"{letter} ({script})" for letter, script in scripts.items() if script in alike]
    return ", ".join(other[:3])
