"""Writes what is made from the code into the documents, between their markers: the features, and what each source fills.

python -m benchmarks.readme
"""

from __future__ import annotations

import re
from pathlib import Path

from suasion.features.engine import info as catalog
from suasion.features.sources import catalog as sources

ROOT = Path(__file__).resolve().parents[1]


def write(path: Path, mark: str, content: str) -> None:
    text = path.read_text(encoding="utf-8")
    marked = f"<!-- {mark} -->\n{content}<!-- /{mark} -->"
    pattern = rf"<!-- {mark} -->\n.*?<!-- /{mark} -->"
    path.write_text(re.sub(pattern, lambda _: marked, text, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    write(ROOT / "docs" / "features.md", "features", catalog.markdown())
    write(ROOT / "docs" / "sources.md", "sources", sources.markdown())
