"""The encoding of a text file: UTF-8 where it is, Shift-JIS, or else that of a language of Europe in which it reads most like words."""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LOST = "characters that are lost, shown as \ufffd"
BLOCK = 1 << 18
_WORD = re.compile(rb"[\x40-\xff]+")
_IN_WORDS = bytes(range(0x40, 0x100))
_TRIED = ("cp1252", "mac_roman", "cp1254", "cp1250", "cp1251", "cp850")
_LETTERS = {
    "cp1252": "äöüÄÖÜßéèêëàâáíìîïóòôúùûñçãõåøæœÉÈÀÁÇÑÅØÆÍÓÚÊ€°«»ªº£§\u00a0",
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůýžČĎĚŇŘŠŤŮÝŽőűŐŰáéíúäöüßâășțţşŞŢ€",
    "cp1254": "çğıöşüÇĞİÖŞÜâîû€",
    "cp1251": "".join(map(chr, range(0x410, 0x450))) + "ёЁіїєґІЇЄҐ€№",
}
_QUOTES = "–—…‘’“”„‚·•®™©"
_WRITTEN = frozenset("".join(_LETTERS.values()))


def decoded(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return bytes as text, and what had to be guessed for it.

    >>> decoded("Café".encode("cp1252"))
    ('Café', 'no UTF-8: read as Windows-1252 (--encoding says otherwise)')
    """
    if encoding:
        text = data.decode(encoding, errors="replace").removeprefix("\ufeff")
        lost = text.count("\ufffd") - data.count("\ufffd".encode())
        return (
            text,
            f"{lost:,} characters are no {encoding} and are lost: leave --encoding out" if lost > 0 else "",
        )
    if wide := is_wide(data):
        return data.decode(wide, errors="replace"), "" if wide == "utf-16" else "UTF-16 without its mark"
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    lines = data.splitlines(keepends=True)
    strange = [line for line in lines if not line.isascii() and not is_utf8(line)]
    named = encoding_of(b" ".join(line.strip() for line in strange[:2000]))
    mixed = any(not line.isascii() and _is_meant(line, named) for line in lines)
    text = "".join(
        line.decode("utf-8") if _is_meant(line, named) else line.decode(named, errors="replace")
        for line in lines
    )
    what = f"{len(strange):,} lines are no UTF-8 and are" if mixed else "no UTF-8:"
    return text.removeprefix("\ufeff"), f"{what} read as {shown_encoding(named)} (--encoding says otherwise)"


def is_wide(data: bytes) -> str:
    """Return the kind of UTF-16 that bytes are; nothing where they are none."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = data[:4096]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if len(start) < 4 or max(even, odd) < len(start) / 5 or min(even, odd) > len(start) / 50:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def is_utf8(line: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_meant(text: bytes, other: str) -> bool:
    """Return whether bytes are UTF-8 and not by chance: where nobody writes what they say, they may be letters of the other encoding.

    >>> _is_meant("Ні".encode("cp1251"), "cp1251"), _is_meant("STÓŁ".encode("cp1250"), "cp1250"), _is_meant("Ні".encode(), "cp1251")
    (False, False, True)
    """
    if text.isascii() or not is_utf8(text):
        return text.isascii()
    strange = {letter for letter in text.decode() if not letter.isascii()} - _WRITTEN
    letters = {letter for letter in text.decode(other or "utf-8", "replace") if not letter.isascii()}
    return not strange or not letters <= set(_LETTERS.get(other, ""))


def encoding_of(data: bytes) -> str:
    """Return the encoding of a language of Europe in which bytes read most like words.

    >>> encoding_of("Müller, Käse".encode("mac_roman")), encoding_of("Łódź, święto".encode("cp1250")), encoding_of("Весна".encode("cp1251"))
    ('mac_roman', 'cp1250', 'cp1251')
    >>> encoding_of("キャンペーン名".encode("cp932")), encoding_of("Şehir, kışlık ürün".encode("cp1254"))
    ('cp932', 'cp1254')
    """
    if _is_japanese(data):
        return "cp932"

    def weight(name: str) -> float:
        text, total = data.decode(name, errors="replace"), 1.0 if name == "cp1252" else 0.0
        letters = _LETTERS.get(name, _LETTERS["cp1252"])
        for match in re.finditer(r"[^\x00-\x7f]+", text):
            run, (start, end) = match[0], match.span()
            before, after = text[start - 1 : start], text[end : end + 1]
            inside = before.isalpha() and after.isalpha()
            # Words of Cyrillic are so throughout; those of other languages have but a letter or two.
            foreign = len(run) > 2 and not before.isalpha() and not after.isalpha()
            if foreign != (name == "cp1251"):
                total -= 2 * len(run)
            total += sum(1 if letter in letters else 0.5 if letter in _QUOTES else -1 for letter in run)
            if (run in "–—" and before == after == " ") or (run == "’" and inside):
                total += 1
            elif (run[0].isupper() and before.islower()) or (
                not run[0].isalpha() and (inside or (run == "€" and after.isalpha()))
            ):
                total -= 2
        return total

    return max(_TRIED, key=weight)


def _is_japanese(data: bytes) -> bool:
    """Return whether bytes are Shift-JIS: kana are throughout, whose bytes are no letters in the encodings of Europe."""
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        return False
    return len(re.findall(r"[\u3041-\u30fe]", text)) * 8 > len(re.findall(r"[^\x00-\x7f]", text))


def shown_encoding(encoding: str) -> str:
    """Return an encoding as people know it."""
    names = {"mac_roman": "Mac Roman", "cp932": "Shift-JIS"}
    return names.get(encoding, re.sub(r"cp(125\d)", r"Windows-\1", encoding))


class Readable(Protocol):
    """What bytes can be read from, one after the other."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, none at the end."""


class AsUtf8(io.RawIOBase):
    r"""A stream of text as one of UTF-8: UTF-16 is told by how it begins, and words that are neither are read in the encoding that suits them.

    No byte is replaced in silence: ``notes`` counts words of another encoding, and characters that are lost. With ``encoding`` nothing is
    guessed.

    >>> notes = Counter[str]()
    >>> AsUtf8(io.BytesIO(b"CAF\xc9 tea \xf0\x9f\x8d\xb5"), notes).read().decode(), notes
    ('CAFÉ tea 🍵', Counter({'words that are no UTF-8 and are read as Windows-1252': 1}))
    """

    def __init__(self, stream: Readable, notes: Counter[str], encoding: str | None = None) -> None:
        self.stream, self.notes, self.encoding = stream, notes, encoding
        self.other = ""
        """The encoding in which words that are no UTF-8 are read; nothing before the first."""
        self._waiting, self._ready = b"", memoryview(b"")
        self._decoder: codecs.IncrementalDecoder | None = None
        self._begun = False

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into a buffer and return how much."""
        view, ended = memoryview(buffer), False
        while not self._ready and not ended:
            block = self.stream.read(BLOCK)
            ended = not block
            self._ready = memoryview(self._next(block, ended))  # of which no piece is copied
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _next(self, block: bytes, ended: bool) -> bytes:
        if not self._begun:
            self._begun, named = True, self.encoding or is_wide(block)
            self._decoder = codecs.getincrementaldecoder(named)("replace") if named else None
        if self._decoder:
            text = self._decoder.decode(block, ended)
            self._note(LOST, text.count("\ufffd"))
            return text.encode("utf-8", "replace")
        data = self._waiting + block
        # No character of UTF-8 or Shift-JIS is cut where a word ends; one word of a whole block is cut where a character begins.
        end = len(data) if ended else len(data.rstrip(_IN_WORDS)) or max(0, len(data) - 4)
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        data, self._waiting = data[:end], data[end:]
        return data if data.isascii() or (is_utf8(data) and not self.other) else self._mended(data)

    def _mended(self, data: bytes) -> bytes:
        strange = [word for word in _WORD.findall(data) if not is_utf8(word)]
        if not self.other and not all(map(_is_cut_off, strange)):
            self.other = encoding_of(b" ".join(strange[:2000]))

        def read(word: re.Match[bytes]) -> bytes:
            if _is_meant(word[0], self.other):
                return word[0]
            return word[0].decode(self.other or "utf-8", "replace").encode()

        mended = _WORD.sub(read, data)
        if self.other:
            encoding = shown_encoding(self.other)
            self._note(f"words that are no UTF-8 and are read as {encoding}", len(strange))
        replacement = "\ufffd".encode()
        self._note(LOST, mended.count(replacement) - data.count(replacement))
        return mended

    def _note(self, what: str, count: int) -> None:
        if count:
            self.notes[what] += count


def _is_cut_off(word: bytes) -> bool:
    """Return whether a word is UTF-8 but for a character of which the end is missing."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(word)
    except UnicodeDecodeError:
        return False
    return len(decoder.getstate()[0]) > 1 or not text.isascii()
