"""Each service is asked as its specification says, and its refusals are understood."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from suasion.features.errors import InputError
from suasion.features.sources.fetch.all import SERVICES
from suasion.features.sources.fetch.saved import FOLDER

from . import answering
from .fetching import Call, Clock, Reply, fetching, serving
from .sources import rows_in

SECRET = "planted/SECRET+0123456789="


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for service in SERVICES.values():
        if service.key:
            monkeypatch.setenv(service.key.variable, SECRET)
    monkeypatch.setenv("SUASION_INSTAGRAM_USER", "17841400000000000")


WALKS: dict[str, tuple[Callable[[int], Callable[[Call], Reply]], str, int, list[str]]] = {
    "mastodon": (answering.mastodon, "@anna@chaos.social", 100, ["lookup", *["statuses"] * 4]),
    "youtube": (answering.youtube, "@anna", 70, ["channels", "playlistItems", "videos", "playlistItems", "videos"]),
    "reddit": (answering.reddit, "u/anna", 150, ["about", "overview", "overview"]),
    "x": (answering.x, "@anna", 130, ["anna", "tweets", "tweets"]),
    "instagram": (answering.instagram, "https://www.instagram.com/anna/", 70, ["17841400000000000"] * 2),
    "tiktok": (answering.tiktok, "https://www.tiktok.com/@anna", 50, ["", "", "", ""]),
}  # fmt: skip
"""For each service what answers, how anna is named there, how many posts she has, and the ends of the paths that are asked for."""


@pytest.mark.parametrize("service", WALKS)
def test_an_account_is_walked_through(service: str, tmp_path: Path) -> None:
    answers, handle, posts, paths = WALKS[service]
    with serving(answers(posts)) as server:
        done = fetching(tmp_path, server, service, handle, posts=200)
    assert [(one.state, one.why) for one in done.outcomes] == [("fetched", "")]
    assert server.paths() == paths
    assert len(paths) <= SERVICES[service].requests(200), "no more than was said beforehand"
    assert len(rows_in(tmp_path, "posts")) == posts
    assert [row["followers"] for row in rows_in(tmp_path, "audience")] == [900]
    assert len(rows_in(tmp_path, "post_metrics")) == posts
    assert not (tmp_path / "quarantine").exists()


@pytest.mark.parametrize("service", WALKS)
def test_no_more_posts_are_asked_for_than_are_wanted(service: str, tmp_path: Path) -> None:
    with serving(WALKS[service][0](500)) as server:
        fetching(tmp_path, server, service, WALKS[service][1], posts=60)
    assert len(rows_in(tmp_path, "posts")) == 60
    assert len(server.calls) == SERVICES[service].requests(60)


@pytest.mark.parametrize(
    ("service", "handle", "state"),
    [
        ("mastodon", "@nobody@chaos.social", "missing"),
        ("youtube", "@nobody", "missing"),
        ("reddit", "u/nobody", "missing"),
        ("x", "@nobody", "missing"),
        ("instagram", "@nobody", "missing"),
        ("tiktok", "@nobody", "refused"),  # there is no asking for anybody else
    ],
)
def test_whom_a_service_does_not_know(service: str, handle: str, state: str, tmp_path: Path) -> None:
    with serving(WALKS[service][0](5)) as server:
        done = fetching(tmp_path, server, service, handle, imports=False)
    assert [one.state for one in done.outcomes] == [state]
    assert len(server.calls) == 1
    assert not list((tmp_path / FOLDER).rglob("*.json"))


def _google(reason: str, status: int) -> Reply:
    return Reply(
        {"error": {"code": status, "message": f"no {SECRET}", "errors": [{"reason": reason}]}}, status
    )


@pytest.mark.parametrize(
    ("service", "reply", "state", "why"),
    [
        ("youtube", _google("quotaExceeded", 403), "stopped", "quota is used up (no [key]); it allows 10,000 units"),
        ("youtube", _google("badRequest", 400), "stopped", "does not take the key in SUASION_YOUTUBE_KEY (no [key])"),
        ("reddit", Reply({"message": "Unauthorized", "error": 401}, 401), "stopped", "SUASION_REDDIT_TOKEN (Unauthorized)"),
        ("reddit", Reply({"message": "Forbidden", "error": 403}, 403), "refused", "answers 403 (Forbidden)"),
        ("reddit", Reply({"kind": "t2", "data": {"name": "anna", "is_suspended": True}}), "missing", ""),
        ("x", Reply({"title": "Unauthorized", "detail": f"bearer {SECRET}"}, 401), "stopped", "(bearer [key])"),
        ("x", Reply({"title": "UsageCapExceeded", "detail": "cap"}, 429), "stopped", "quota is used up (cap)"),
        ("instagram", Reply({"error": {"message": "expired", "code": 190}}, 400), "stopped", "SUASION_INSTAGRAM_TOKEN (expired)"),
        ("instagram", Reply({"error": {"message": "too many", "code": 4}}, 403), "stopped", "quota is used up (too many)"),
        ("tiktok", Reply({"error": {"code": "access_token_invalid", "message": "no"}}, 401), "stopped", "SUASION_TIKTOK_TOKEN (no)"),
        ("mastodon", Reply({"error": "This method requires an authenticated user"}, 422), "refused", "answers 422"),
        ("mastodon", Reply({"id": "7/../8", "acct": "anna", "url": "https://chaos.social/@anna"}), "refused", "without an id"),
    ],
)  # fmt: skip
def test_what_a_refusal_means(service: str, reply: Reply, state: str, why: str, tmp_path: Path) -> None:
    with serving(lambda call: reply) as server:
        done = fetching(tmp_path, server, service, WALKS[service][1], imports=False)
    assert done.outcomes[0].state == state
    assert why in done.outcomes[0].why


def test_a_short_burst_is_waited_out(tmp_path: Path) -> None:
    clock = Clock()
    with serving(answering.youtube(5)) as server:
        server.faults[0] = _google("rateLimitExceeded", 403)
        assert (
            fetching(tmp_path, server, "youtube", "@anna", clock=clock, imports=False).outcomes[0].state
            == "fetched"
        )
    assert 3 <= max(clock.slept) <= 5


def test_a_stopped_service_does_not_stop_another(tmp_path: Path) -> None:
    with serving(lambda call: _google("quotaExceeded", 403)) as server:
        done = fetching(tmp_path, server, "youtube", "@anna", "@bob", "youtube:@carl", imports=False)
    assert [one.state for one in done.outcomes] == ["stopped"] * 3
    assert len(server.calls) == 1


@pytest.mark.parametrize("service", [name for name in WALKS if SERVICES[name].key])
def test_a_planted_key_is_nowhere(
    service: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    answers, handle, posts, _ = WALKS[service]
    own = answers(posts)
    sent = []

    def answer(call: Call) -> Reply:
        sent.append(call)
        reply = own(call)
        # A service that says it again, where people would look and where importers would set it aside.
        leak: Any = {
            "next": f"https://graph.example/?access_token={SECRET}",
            "again": SECRET.replace("/", "\\/"),
        }
        return Reply({**reply.body, "leak": leak, "errors": [{"title": SECRET}]}, reply.status)

    with serving(answer) as server:
        done = fetching(tmp_path, server, service, handle, f"{service}:@nobody")
    assert all(SECRET in str(call.headers) for call in sent), "it is sent"
    assert not any(SECRET in call.path + str(call.params) + str(call.body) for call in sent), (
        "in headers alone"
    )
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for said in (repr(done), caplog.text, *capfd.readouterr(), *(data.decode("latin-1") for data in written)):
        assert SECRET not in said
        assert SECRET.replace("/", "\\/") not in said
        assert SECRET[8:] not in said


def test_a_key_from_the_keyring_and_one_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    keyring, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    keyring.__spec__ = ModuleSpec("keyring", None)
    keyring.errors, errors.KeyringError = errors, OSError  # type: ignore[attr-defined]
    held = {("suasion", "SUASION_YOUTUBE_KEY"): SECRET}
    keyring.get_password = lambda place, name: held.get((place, name))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.delenv("SUASION_YOUTUBE_KEY")
    with serving(answering.youtube(5)) as server:
        assert (
            fetching(tmp_path / "a", server, "youtube", "@anna", imports=False).outcomes[0].state == "fetched"
        )
        assert server.calls[0].headers["x-goog-api-key"] == SECRET
        held.clear()
        done = fetching(tmp_path / "b", server, "youtube", "@anna", imports=False)
        assert done.outcomes[0].state == "no key"
        assert done.outcomes[0].why.startswith("set SUASION_YOUTUBE_KEY: an API key")
        monkeypatch.setenv("SUASION_YOUTUBE_KEY", f"{SECRET}\nX-Other: 1")
        with pytest.raises(InputError, match="SUASION_YOUTUBE_KEY is none") as caught:
            fetching(tmp_path / "c", server, "youtube", "@anna", imports=False)
    assert SECRET not in str(caught.value)


PAGE = b'<html><head><link rel="alternate" type="application/rss+xml" href="%s"></head>'


@pytest.mark.parametrize(
    ("page", "state", "why"),
    [
        (answering.RSS, "fetched", ""),
        (PAGE % b"/feed.xml", "fetched", ""),
        (PAGE % b"https://feeds.example/anna", "refused", "the page names https://feeds.example/anna, so give that"),
        (b"<html>no feed</html>", "refused", "neither RSS nor Atom"),
    ],
)  # fmt: skip
def test_a_feed_is_fetched_or_found_on_its_page(page: bytes, state: str, why: str, tmp_path: Path) -> None:
    with serving(lambda call: Reply(answering.RSS if call.path == "/feed.xml" else page)) as server:
        done = fetching(tmp_path, server, "feed", "https://anna.example/")
    assert done.outcomes[0].state == state
    assert why in done.outcomes[0].why
    posts = [(row["author_id"], row["post_id"]) for row in rows_in(tmp_path, "posts")]
    assert posts == [("blog:anna.example", f"https://anna.example/{n}") for n in (1, 2) if state == "fetched"]
