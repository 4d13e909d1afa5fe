"""What mkdocs runs on each page: docstrings name other objects in Sphinx' way, ``:func:`suasion.load```, which Markdown does not know."""

from __future__ import annotations

import re
from typing import Any


def on_page_content(html: str, **_: Any) -> str:
    """Return the page without the roles.

    >>> on_page_content("see :func:<code>suasion.load</code>")
    'see <code>suasion.load</code>'
    """
    return re.sub(r":(?:func|class|meth|attr|data|mod|obj):(?=<code>)", "", html)
