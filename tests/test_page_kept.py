"""What the page keeps over a restart: typed briefs and notes beside people, in a file that forgets whom it must."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest

from suasion.features.errors import InputError
from suasion.features.privacy.forget import NOTES, forget
from suasion.serving.http import remembered as module
from suasion.serving.http.api import create_app
from suasion.serving.http.limits import Guard, Limits
from suasion.serving.http.remembered import Kept, keep_beside

from .quick import PricedSession, ask, opened, serve, write


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path)


@contextmanager
def served(data: Path) -> Iterator[Guard]:
    """Serve the folder, as a start of the service does."""
    with opened(data, session=PricedSession) as engine:
        app = create_app(
            lambda: engine, limits=Limits(per_minute=0), kept=keep_beside(data, data / "kept.sqlite")
        )
        service = app.app.state.service  # type: ignore[attr-defined]
        service.start()
        yield app
        service.stop()


def test_a_typed_brief_and_a_note_outlast_the_service(data: Path) -> None:
    with served(data) as app:
        address = ask(
            app, "POST", "/briefs", data={"brief": "tea", "brand": "Leaf", "budget": "1.000"}
        ).headers["location"]
        before = ask(app, "GET", address).text
        person = f"{address.partition('?')[0]}/influencers/i01?budget=1.000"
        answer = ask(app, "POST", person, data={"note": " <b>busy</b> in May "})
        assert (answer.status_code, answer.headers["location"]) == (303, person)
    with served(data) as app:
        after = unescape(ask(app, "GET", address).text)
        assert "Ask these 4 for 1,000" in before
        assert "Ask these 4 for 1,000" in after
        assert "“tea”" in after
        row = next(row for row in after.split("<tr") if 'value="i01"' in row)
        assert "<b>busy</b> in May" in row
        assert "&lt;b&gt;busy" in ask(app, "GET", address).text
        assert "&lt;b&gt;busy&lt;/b&gt; in May</textarea>" in ask(app, "GET", person).text
        file = ask(app, "GET", address.replace("?", "/shortlist.csv?"))
        assert "<b>busy</b> in May" in file.text
        # The brief can be changed, and the start page names it.
        start = ask(app, "GET", "/").text
        assert f'href="{address.partition("?")[0]}"' in start
        name = address.partition("?")[0].rpartition("/")[2]
        assert ">tea</textarea>" in ask(app, "GET", f"/?brief={name}").text
        assert ask(app, "POST", person, data={"note": ""}).status_code == 303
        assert "in May" not in ask(app, "GET", address).text


def test_a_note_is_on_a_candidate_whatever_the_name_it_is_given_by(data: Path) -> None:
    with served(data) as app:
        assert ask(app, "POST", "/campaigns/c03/influencers/@anna", data={"note": "nice"}).headers[
            "location"
        ] == ("/campaigns/c03/influencers/i01")
        assert ask(app, "POST", "/campaigns/c03/influencers/nobody", data={"note": "x"}).status_code == 404
        assert "nice" in ask(app, "GET", "/campaigns/c03").text


def test_a_decision_is_recorded_once_with_what_was_forecast_and_the_page_says_so(data: Path) -> None:
    plan = "/campaigns/c03?budget=1.000&never=i02"
    log = data / "decisions.jsonl"
    with served(data) as app:
        shown = ask(app, "GET", plan).text
        action = unescape(re.findall(r'id="record" method="post" action="([^"]*)"', shown)[0])
        assert action == "/campaigns/c03/decision?budget=1.000&never=i02"
        assert not log.exists()
        for _ in range(2):
            answer = ask(app, "POST", action)
            assert (answer.status_code, answer.headers["location"]) == (303, plan)
        shown = ask(app, "GET", plan).text
        assert 'id="recorded"' in shown
        assert "Record this decision" not in shown
        # Another plan is another decision.
        assert "Record this decision" in ask(app, "GET", "/campaigns/c03?budget=900").text
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    asked = re.findall(r'<tr class="asked">.*?value="(i\d\d)"', shown)
    assert [line["influencer_id"] for line in lines] == asked
    assert "i02" not in asked
    assert all(line["low"] <= line["expected_conversions"] <= line["high"] for line in lines)
    assert {(line["reason"], line["probability"], line["campaign_id"]) for line in lines} == {
        ("plan", 1.0, "c03")
    }
    with served(data) as app:
        assert 'id="recorded"' in ask(app, "GET", plan).text, "as after a restart"
        log.write_text("no json\n")
        assert "Record this decision" in ask(app, "GET", plan).text
        assert ask(app, "POST", action).status_code == 422
        assert ask(app, "POST", "/campaigns/c03/decision").status_code == 422, (
            "without a budget there is no plan"
        )
        log.unlink()
        log.mkdir()
        assert "decisions.jsonl cannot be written" in ask(app, "POST", action).text
    with opened(data, session=PricedSession) as engine:
        app, service = serve(engine)
        assert "Record this decision" not in ask(app, "GET", plan).text, "where nothing lasts"
        assert ask(app, "POST", action).status_code == 422
        service.stop()


def test_the_latest_briefs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BRIEFS", 3)
    kept = Kept()
    for name in ("a", "b", "c", "a", "d"):
        kept.write_brief(name, {"brief": name})
    assert list(kept.latest(10)) == ["d", "a", "c"]
    assert (kept.brief("b"), kept.brief("a")) == (None, {"brief": "a"})
    assert list(kept.latest(1)) == ["d"]


def test_where_it_is_kept(tmp_path: Path, data: Path) -> None:
    assert keep_beside(data, None).path == data / NOTES
    assert keep_beside(data, tmp_path / "x.sqlite").path == tmp_path / "x.sqlite"
    for nowhere in ("postgresql://host/base", tmp_path / "base.duckdb"):
        assert not keep_beside(nowhere, None).lasts
    if os.geteuid():  # root may write anywhere
        data.chmod(stat.S_IRUSR | stat.S_IXUSR)
        assert not keep_beside(data, None).lasts


def test_a_file_that_is_none_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("no database, but long enough to be looked at" * 30)
    with pytest.raises(InputError, match=r"x\.sqlite .*Name another file with --kept"):
        Kept(tmp_path / "x.sqlite")
    with pytest.raises(InputError, match="no file in which the page keeps notes"):
        forget(write(tmp_path), ["i01"], [tmp_path / "x.sqlite"])


def test_who_is_forgotten_has_no_note_any_more_not_even_on_the_disk(tmp_path: Path, data: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite"
    for path in (data / NOTES, elsewhere):
        kept = Kept(path)
        kept.write_note("i01", "ill since April")
        kept.write_note("i02", "likes tea")
        kept.close()
    assert forget(data, ["i01"], [elsewhere]).notes == 2
    for path in (data / NOTES, elsewhere):
        assert Kept(path).notes() == {"i02": "likes tea"}
        assert b"ill since April" not in path.read_bytes()
