"""Posts whose texts are gone and whose vectors are there: what features need of a text, written in its place.

A sealed text holds the vector in one text space, whether the text criticises, a question mark where it asked, and the eight letters of
a hash by which posts are sampled. Whatever worked on the text works on that, with the same results; another text space cannot be made
of it, nor can the words be read. What a text was about can: that is what the vector is for.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from suasion.features.errors import InputError

from .language import asking, is_critical
from .space import Embedder, compact, identity

MARK = "sealed:"
DROPPED = "texts-dropped.txt"
"""In a folder that keeps no texts: the text space whose vectors are there."""
PATTERN = MARK + r"([0-9a-f]{32}):([0-9a-f]{8}):([cn]):([A-Za-z0-9_=-]*)( \?)?"
_SEALED = re.compile(PATTERN)
"""Letters that mean nothing in a text: base64 as RFC 4648, section 5, has it."""


@dataclass(frozen=True)
class Sealer:
    """Takes the words out of texts, and leaves their vectors in one text space."""

    space: Embedder

    @property
    def name(self) -> str:
        """What tells one space from another."""
        return identity(self.space)

    def __call__(self, texts: Sequence[str | None]) -> list[str | None]:
        """Return texts as they are kept without their words; those that are missing, empty or sealed stay as they are."""
        chosen = [k for k, text in enumerate(texts) if text and text.strip() and not _SEALED.fullmatch(text)]
        said, sealed_texts = [str(texts[k]) for k in chosen], list(texts)
        if not said:
            return sealed_texts
        # The name is a hash of the whole space: once, and not for each text.
        vectors, asks, name = compact(self.space.embed(said)), asking(said), self.name
        for k, text, vector, is_question in zip(chosen, said, vectors, asks, strict=True):
            code = base64.urlsafe_b64encode(vector.tobytes()).decode()
            heard = "c" if hears_criticism(text) else "n"
            sealed_texts[k] = f"{MARK}{name}:{fingerprint(text)}:{heard}:{code}{' ?' if is_question else ''}"
        return sealed_texts


def settle_sealed(out: Path, sealer: Sealer | None) -> None:
    """See to it that a folder holds texts or vectors of one space, and write down which."""
    path = out / DROPPED
    before = path.read_text(encoding="utf-8").strip() if path.is_file() else None
    if before is not None and sealer is None:
        raise InputError(f"{out} keeps no texts. Add --drop-texts with the model that it keeps vectors of.")
    if sealer is None or before == sealer.name:
        return
    if before is not None:
        raise InputError(
            f"{out} keeps vectors of another model's text space. Give --drop-texts the model whose space it is."
        )
    if any((out / f"posts{suffix}").exists() for suffix in ("", ".parquet", ".csv", ".csv.gz")):
        raise InputError(
            f"{out} holds texts already. Drop those first: suasion drop-texts {out} --model MODEL."
        )
    path.write_text(f"{sealer.name}\n", encoding="utf-8")


def fingerprint(text: str) -> str:
    """Return the first eight letters of the MD5 of a text, also of one that was sealed since."""
    match = _SEALED.fullmatch(text)
    return match[2] if match else hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8]


def hears_criticism(text: str) -> bool:
    """Whether a text, sealed or not, criticises."""
    match = _SEALED.fullmatch(text)
    return match[3] == "c" if match else is_critical(text)


def vectors_of(texts: Sequence[str], space: Embedder) -> NDArray[np.int8]:
    """Return the compact vectors of texts, sealed or not, shape (len(texts), dimensions)."""
    sealed = {place: match for place, text in enumerate(texts) if (match := _SEALED.fullmatch(text))}
    if not sealed:
        return compact(space.embed(list(texts)))
    name = identity(space)
    stranger = next((match[1] for match in sealed.values() if match[1] != name), None)
    if stranger:
        raise InputError(
            f"Texts of posts were dropped and their vectors kept, in a text space ({stranger[:8]}…) that is not this model's ({name[:8]}…). "
            "Use the model whose space it is, or train with --space and that model."
        )
    rest = [place for place in range(len(texts)) if place not in sealed]
    dimensions = space.embed(["a"]).shape[1]
    vectors = np.zeros((len(texts), dimensions), np.int8)
    for place, match in sealed.items():
        data = np.frombuffer(base64.urlsafe_b64decode(match[4]), np.int8)
        if len(data) != dimensions:
            raise InputError(
                "A sealed text of posts is damaged: its vector has not the dimensions of its space."
            )
        vectors[place] = data
    if rest:
        vectors[rest] = compact(space.embed([texts[place] for place in rest]))
    return vectors
