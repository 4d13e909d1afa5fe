"""How a report becomes a PDF: what Chromium is asked, what prints without it, and what is said where nothing does."""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from suasion.features.errors import InputError
from suasion.serving import pdf as module
from suasion.serving import report
from suasion.serving.scoring.candidates import Ask


def pretend(monkeypatch: pytest.MonkeyPatch, code: int, writes: bool, user: int = 1000) -> list[Any]:
    """Put something in Chromium's place that ends with a code and may write; return what it was asked."""
    asked: list[Any] = []

    def run(command: list[str], **how: Any) -> SimpleNamespace:
        page = Path(command[-1].removeprefix("file://")).read_text(encoding="utf-8")
        asked.append((command, how, page))
        if writes:
            target = next(part for part in command if part.startswith("--print-to-pdf="))
            Path(target.partition("=")[2]).write_bytes(b"%PDF")
        return SimpleNamespace(returncode=code)

    monkeypatch.setattr(module.subprocess, "run", run)
    monkeypatch.setattr(module.os, "geteuid", lambda: user)
    return asked


@pytest.mark.parametrize(("user", "boxed"), [(0, False), (1, True), (1000, True)])
def test_only_root_goes_without_the_sandbox(
    user: int, boxed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = pretend(monkeypatch, 0, True, user)
    module.by_browser("chromium", "<p>ä</p>", tmp_path / "r.pdf")
    [(command, how, page)] = asked
    assert command[:2] == ["chromium", "--headless"]
    assert ("--no-sandbox" not in command) == boxed
    assert f"--print-to-pdf={tmp_path.resolve() / 'r.pdf'}" in command
    assert page == "<p>ä</p>"
    assert how["timeout"] == 120
    assert not Path(command[-1].removeprefix("file://")).exists(), "the page is removed"


@pytest.mark.parametrize(("code", "writes"), [(1, True), (0, False), (-9, False)])
def test_a_report_that_was_not_printed_is_an_error(
    code: int, writes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, code, writes)
    with pytest.raises(InputError, match=rf"could not print the report \(exit code {code}\)"):
        module.by_browser("chromium", "", tmp_path / "r.pdf")


def test_a_browser_that_hangs_is_an_error_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: list[str], **how: Any) -> None:
        raise module.subprocess.TimeoutExpired(command, how["timeout"])

    monkeypatch.setattr(module.subprocess, "run", hang)
    with pytest.raises(InputError, match=r"could not print the report \(it took more than 120 seconds\)"):
        module.by_browser("chromium", "", tmp_path / "r.pdf")


@pytest.mark.parametrize(
    ("installed", "found"),
    [(["chromium", "chrome"], "/bin/chromium"), (["chrome"], "/bin/chrome"), (["google-chrome", "chrome"], "/bin/google-chrome"), ([], None)],
)  # fmt: skip
def test_the_first_browser_that_is_installed_prints(
    installed: list[str], found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/bin/{name}" if name in installed else None)
    assert module.find_browser() == found


@pytest.mark.parametrize("names", [["r.pdf"], ["r.html", "r.pdf"], ["r.pdf", "r.html"]])
def test_where_nothing_prints_a_pdf_is_refused_before_anything_is_scored(
    names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr(report, "open_session", lambda *_, **__: pytest.fail("the data was opened"))
    with pytest.raises(
        InputError, match=r"PDF takes Chromium or WeasyPrint.*suasion\[pdf\].*or write \.html"
    ):
        report.write_report("d", "m", Ask(campaign="c"), [tmp_path / name for name in names])
    with pytest.raises(InputError, match=r"must end in [.]html, [.]pdf or [.]xlsx"):
        report.write_report("d", "m", Ask(campaign="c"), [tmp_path / "r.html", tmp_path / "r.txt"])
    assert list(tmp_path.iterdir()) == []


def test_without_chromium_a_library_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        pytest.skip(f"WeasyPrint is not here, or Pango, which it needs: {error}")
    page = "<style>:root { --help: #0072b2; } svg .help { fill: var(--help); } .narrow svg { display: none; }</style><p>ä</p>"
    drawn = '<svg viewBox="0 0 9 9" width="9" height="9"><rect class="help" width="9" height="9"/></svg>'
    module.find_printer()(page + drawn, tmp_path / "r.pdf")
    content = (tmp_path / "r.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    streams = [zlib.decompress(part.partition(b"stream\n")[2].partition(b"\nendstream")[0]) for part in content.split(b"endobj") if b"FlateDecode" in part]  # fmt: skip
    assert any(re.search(rb"0 0?\.447\d* 0?\.698\d* rg", stream) for stream in streams), (
        "the blue of the page's style"
    )
