"""Prints a report as PDF: by Chromium where it is installed, and else by WeasyPrint."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from suasion.features.errors import InputError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 120
"""Seconds that Chromium may take to print."""
Printer = Callable[[str, Path], None]
"""Prints a page of HTML to a file."""


def find_browser() -> str | None:
    """Return the path of Chromium, None where it is not installed."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def find_printer() -> Printer:
    """Return what prints here; raises InputError when neither Chromium nor WeasyPrint is installed."""
    if browser := find_browser():
        return lambda html, out: by_browser(browser, html, out)
    try:
        import weasyprint  # an extra; OSError where the libraries of the system that it needs are not there
    except (ImportError, OSError):
        raise InputError(
            'PDF takes Chromium or WeasyPrint, and neither is installed. Debian and Ubuntu: apt-get install chromium; or pip install "suasion[pdf]", '
            "which needs Pango (apt-get install libpangoft2-1.0-0; brew install pango); or write .html and print it."
        ) from None
    return lambda html, out: weasyprint.HTML(string=with_colours(html)).write_pdf(out)


def by_browser(browser: str, html: str, out: Path) -> None:
    """Print by Chromium; raises InputError when it fails, or takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(html, encoding="utf-8")
        # Chromium's sandbox does not start for root, as in a container; what it opens here we wrote ourselves, and it runs no script.
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        quiet = [
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ]
        printing = [browser, "--headless", *root, *quiet, "--disable-gpu", "--no-pdf-header-footer"]
        printing += [f"--user-data-dir={folder}/profile", f"--print-to-pdf={out.resolve()}", page.as_uri()]
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = subprocess.run(printing, capture_output=True, timeout=PATIENCE, check=False).returncode
    if code is None or code or not out.is_file():
        how = f"it took more than {PATIENCE} seconds" if code is None else f"exit code {code}"
        raise InputError(f"Chromium could not print the report ({how}). Write .html and print it.")


def with_colours(html: str) -> str:
    """Write the colours of the page's style into each drawing: WeasyPrint looks for them nowhere else.

    >>> with_colours("<style>:root { --ink: #123; } svg .a { fill: var(--ink); }</style><svg id='x'></svg>")
    "<style>:root { --ink: #123; } svg .a { fill: var(--ink); }</style><svg id='x'><style>svg .a { fill: #123; }</style></svg>"
    """
    colours = dict(re.findall(r"(--[\w-]+): ([^;]+);", html.partition(":root {")[2].partition("}")[0]))
    rules = "".join(re.findall(r"svg [\w.][^{}@]*\{[^{}]*\}", html))
    rules = re.sub(r"var\((--[\w-]+)\)", lambda one: colours.get(one[1], one[0]), rules)
    return re.sub(r"<svg [^>]*>", lambda tag: f"{tag[0]}<style>{rules}</style>", html)
