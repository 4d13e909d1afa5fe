"""A page that takes long to work out begins to be shown, and ends with what came."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from suasion.features.errors import NotFoundError
from suasion.serving.http.api import create_app
from suasion.serving.http.limits import Limits
from suasion.serving.loaded import Engine

from .conftest import Served
from .quick import opened, write
from .test_page import browser

__all__ = ["browser"]

WAITING = "What was promised is being held against what came."


@pytest.fixture(params=[30])
def slow(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Serve a review that takes until an event is set, and give both; after so many seconds nobody waits any longer."""
    done = threading.Event()

    def review(self: Engine) -> None:
        assert done.wait(30)
        raise NotFoundError("Too few outcomes came.")

    monkeypatch.setattr(Engine, "review", review)
    with opened(write(tmp_path)) as engine, Served(create_app(lambda: engine, limits=Limits(seconds=request.param))) as served:  # fmt: skip
        yield done, served
        done.set()


def test_a_review_begins_to_be_shown_within_300_ms_and_ends_with_what_came(slow: Any) -> None:
    done, served = slow
    httpx.get(f"{served.url}/model")  # templates and all else that only the first request waits for
    start = time.monotonic()
    with httpx.stream("GET", f"{served.url}/review", timeout=30) as answer:
        parts = answer.iter_text()
        first = next(parts)
        assert time.monotonic() - start < 1.0, "0.3 s on a machine that has nothing else to do"
        assert answer.status_code == 200
        assert WAITING in first
        assert "</html>" not in first
        done.set()
        whole = first + "".join(parts)
    assert whole.count("<h1>") == whole.count("</main>") == whole.count("</html>") == 1
    assert "Too few outcomes came." in whole
    assert WAITING not in httpx.get(f"{served.url}/review").text, "what is known comes at once"


@pytest.mark.parametrize("slow", [3], indirect=True)
def test_a_review_that_takes_too_long_says_so_below(slow: Any) -> None:
    _, served = slow
    assert "This takes longer than 3 s and goes on; ask the same again." in httpx.get(f"{served.url}/review", timeout=30).text  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_waited_for_takes_the_place_of_the_waiting(browser, slow: Any, scripts: bool) -> None:
    done, served = slow
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{served.url}/review", wait_until="commit")
    page.get_by_text(WAITING).wait_for()
    done.set()
    page.get_by_text("Too few outcomes came.").wait_for()
    page.get_by_text(WAITING).wait_for(state="hidden")
    context.close()
