"""The text space: numbers for texts, so that a post can be near to or far from a brief.

The default is latent semantic analysis (Deerwester et al. 1990): TF-IDF and a truncated SVD, both scikit-learn's. It
needs no weights, learns any language from the user's own posts, and on two Stack Exchange sites it told who
answers a question better than MiniLM sentence vectors did. Another embedder goes behind :class:`Embedder`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from suasion.features.errors import InputError

from .compiled import compiled

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

Vectors = NDArray[np.float32]


@runtime_checkable
class Embedder(Protocol):
    """Anything that turns texts into vectors, always the same for the same text."""

    @property
    def name(self) -> str:
        """What a model that was trained with it asks for."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape (len(texts), dimensions); cosine between its rows is closeness."""
        ...


@dataclass(frozen=True)
class LatentSpace:
    """A fitted LSA space: a vocabulary, its inverse document frequencies and a projection.

    >>> space = LatentSpace.fit(["hops and malt", "malt and yeast", "wine and grapes", "grapes and wine"])
    >>> hops, malt, wine = space.embed(["hops", "malt", "wine"])
    >>> bool(hops @ malt > hops @ wine)
    True
    """

    vocabulary: tuple[str, ...]
    idf: NDArray[np.float64]
    components: NDArray[np.float32]
    """Shape (dimensions, terms)."""
    name: str = "lsa"

    @classmethod
    def fit(
        cls, texts: Sequence[str], *, dimensions: int = 128, terms: int = 30_000, seed: int = 0
    ) -> LatentSpace:
        """Learn the space from texts; rare words are dropped where there are enough texts to do without; raises InputError when no text holds a word."""
        vectorizer = _vectorizer(min_df=2 if len(texts) >= 100 else 1, max_features=terms)
        try:
            weights = vectorizer.fit_transform(texts)
        except ValueError as error:
            raise InputError(
                f"None of {len(texts)} texts holds a word that a text space could be made of ({error}). "
                "Fill posts.text or campaigns.brief, or leave out the table posts."
            ) from error
        rank = max(1, min(dimensions, min(weights.shape) - 1))
        if weights.shape[1] == 1:
            components = np.ones((1, 1))
        else:
            from sklearn.decomposition import TruncatedSVD

            # Texts that all say the same have no variance, which scikit-learn divides by for a figure nobody reads here.
            with np.errstate(invalid="ignore", divide="ignore"):
                components = TruncatedSVD(rank, random_state=seed).fit(weights).components_
        vocabulary = tuple(vectorizer.get_feature_names_out())
        return cls(vocabulary, vectorizer.idf_, np.ascontiguousarray(components, dtype=np.float32))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of length 1, shape (len(texts), dimensions); a text of unknown words is all zeros."""
        if not hasattr(self, "_fitted"):
            vectorizer = _vectorizer(vocabulary={term: index for index, term in enumerate(self.vocabulary)})
            vectorizer.idf_ = self.idf
            object.__setattr__(self, "_fitted", vectorizer)
            object.__setattr__(self, "_projection", np.ascontiguousarray(self.components.T))
        weights = self._fitted.transform(texts).astype(np.float32)  # type: ignore[attr-defined]
        vectors = np.asarray(weights @ self._projection)  # type: ignore[attr-defined]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)

    def unknown(self, texts: Sequence[str]) -> tuple[list[str], int]:
        """Return the words of texts of which the vocabulary has no part, and how many different words there are; numbers are no words.

        >>> LatentSpace.fit(["hops and malt", "malt and yeast"]).unknown(["Hops, gluten and 2026"])
        (['gluten'], 3)
        """
        runs = dict.fromkeys(
            run for text in texts for run in _WORD.findall(text.lower()) if not run.isdigit()
        )
        vocabulary = set(self.vocabulary)
        return [run for run in runs if vocabulary.isdisjoint(words_of(run))], len(runs)


def identity(space: Embedder) -> str:
    """Return a name that two spaces share only if they give the same text the same vector.

    A fitted space is named by its numbers; another embedder by the name that models ask for it by.
    """
    digest = hashlib.sha256(space.name.encode())
    if isinstance(space, LatentSpace):
        for part in ("\n".join(space.vocabulary).encode(), space.idf.tobytes(), space.components.tobytes()):
            digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:32]


def _vectorizer(**options: object) -> TfidfVectorizer:
    # Half a second, which only texts need to wait for.
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        sublinear_tf=True, lowercase=True, tokenizer=words_of, token_pattern=None, **options
    )


_WORD = re.compile(r"\b\w\w+\b")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]+"
)
"""Thai, Lao, Burmese, Khmer, kana and Chinese characters, which are written without spaces between words."""
_LONG = 20
"""Letters above which a word is a clause without spaces, or a compound."""


def words_of(text: str) -> list[str]:
    """Return the words of a text; of what is written without spaces the pairs of characters, and of long words every four.

    Pairs are what search in such scripts goes by where no dictionary is at hand (Kwok 1997, "Comparing representations in Chinese
    information retrieval", SIGIR).

    >>> words_of("hops and 麦芽啤酒")
    ['hops', 'and', '麦芽', '芽啤', '啤酒']
    """
    runs = _WORD.findall(text)
    if _UNSPACED.search(text) is None and all(len(word) <= _LONG for word in runs):
        return runs
    words: list[str] = []
    for word in runs:
        for run in _UNSPACED.findall(word):
            words += [run[place : place + 2] for place in range(max(1, len(run) - 1))]
        rest = [part for part in _UNSPACED.split(word) if len(part) > 1]
        for part in rest:
            step = [part[place : place + 4] for place in range(len(part) - 3)]
            words += step if len(part) > _LONG else [part]
    return words


def compact(vectors: Vectors) -> NDArray[np.int8]:
    """Store vectors as int8: a quarter of the room, cosines off by less than 0.01."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0)
    scaled = np.divide(vectors * 127.0, largest, out=np.zeros_like(vectors), where=largest > 0)
    return np.rint(scaled).astype(np.int8)


def cosines(
    stored: NDArray[np.int8], queries: Vectors, rows: NDArray[np.int64], which: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the cosine of ``stored[rows[k]]`` with ``queries[which[k]]`` for each k; NaN where a vector is all zeros: nothing is known of its text.

    ``stored`` is of shape (n, d), as :func:`compact` gives it, and ``queries`` of shape (m, d), each of length 1. A compiled loop: NumPy
    would first write both gathered arrays, four bytes a number, and read them again.

    >>> stored = compact(np.array([[3, 4], [0, 0]], np.float32))
    >>> cosines(stored, np.array([[1, 0]], np.float32), np.array([0, 1]), np.array([0, 0])).round(2).tolist()
    [0.6, nan]
    """
    result = np.full(len(rows), np.nan)
    _cosines(stored, np.ascontiguousarray(queries), rows, which, result)
    return result


@compiled(fastmath={"reassoc"})
def _cosines(stored, queries, rows, which, result):  # type: ignore[no-untyped-def]
    for k in range(len(rows)):
        vector, query = stored[rows[k]], queries[which[k]]
        dot, square = np.float32(0.0), np.int32(0)
        for j in range(len(vector)):
            dot += np.float32(vector[j]) * query[j]
            square += np.int32(vector[j]) * np.int32(vector[j])
        if square > 0:
            result[k] = dot / np.sqrt(np.float64(square))
