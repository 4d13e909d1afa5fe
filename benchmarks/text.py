"""The text space: posts a second to fit and to embed: ``python -m benchmarks.text DATA [POSTS]``.

DATA is a folder with ``posts.parquet``; its texts are repeated until there are POSTS. Beside it, the bare scikit-learn
vectorizer on the same texts (what any TF-IDF costs), and a sentence transformer where one is installed (model2vec or
sentence-transformers with a model on this machine, named by SUASION_SENTENCE_MODEL).
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from suasion.features.text.space import LatentSpace, compact


def main(data: str, many: int) -> None:
    posts = pd.read_parquet(Path(data) / "posts.parquet", columns=["text"])["text"].dropna().tolist()
    texts = (posts * (many // len(posts) + 1))[:many]
    words = np.mean([len(text.split()) for text in texts[:10_000]])
    print(f"{len(texts):,} posts, {words:.0f} words each on average\n")
    print("| | posts a second |")
    print("|---|---|")
    sample = texts[:50_000]
    start = time.perf_counter()
    space = LatentSpace.fit(sample)
    print(
        f"| fit the space ({len(sample):,} posts, {len(space.vocabulary):,} words) | {len(sample) / (time.perf_counter() - start):,.0f} |"
    )
    space.embed(texts[:100])
    start = time.perf_counter()
    for first in range(0, len(texts), 50_000):
        compact(space.embed(texts[first : first + 50_000]))
    ours = len(texts) / (time.perf_counter() - start)
    print(f"| embed and compact | {ours:,.0f} |")
    vectorizer = TfidfVectorizer(
        sublinear_tf=True, vocabulary={w: i for i, w in enumerate(space.vocabulary)}
    ).fit(sample[:1000])
    start = time.perf_counter()
    vectorizer.transform(texts)
    print(f"| scikit-learn's TF-IDF alone | {len(texts) / (time.perf_counter() - start):,.0f} |")
    if name := os.environ.get("SUASION_SENTENCE_MODEL"):
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(name)
        few = texts[:2_000]
        model.encode(few[:32])
        start = time.perf_counter()
        model.encode(few)
        theirs = len(few) / (time.perf_counter() - start)
        print(f"| {name} | {theirs:,.0f} ({ours / theirs:,.0f} times slower) |")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000)
