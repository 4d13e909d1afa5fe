"""Writes the table of features into README.md, between its markers.

python -m benchmarks.readme
"""

from __future__ import annotations

import re
from pathlib import Path

from suasion.features.catalog import markdown


def main() -> None:
    path = Path(__file__).resolve().parents[1] / "README.md"
    text = path.read_text(encoding="utf-8")
    told = f"<!-- features -->\n{markdown()}<!-- /features -->"
    path.write_text(
        re.sub(r"<!-- features -->\n.*?<!-- /features -->", lambda _: told, text, flags=re.DOTALL),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
