"""Fetching: from handles to tables, politely, again and again, and never elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from suasion.features.sources.fetch.run import plan
from suasion.features.sources.fetch.saved import FOLDER

from .fetching import Clock, Reply, Server, bluesky, fetching, serving
from .sources import rows_in

ANNA = "anna.bsky.social"


def saved(out: Path) -> list[Path]:
    return sorted((out / FOLDER).rglob("*.json"))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def sky() -> Iterator[Server]:
    with serving(bluesky({ANNA: 250, "beanco.example": 3})) as server:
        yield server


def test_an_account_of_bluesky_is_fetched_page_by_page_and_imported(sky: Server, tmp_path: Path) -> None:
    done = fetching(tmp_path, sky, "bluesky", "@anna", "https://bsky.app/profile/beanco.example", posts=150)
    assert [(one.handle.account, one.state, one.answers) for one in done.outcomes] == [
        ("bluesky:@anna.bsky.social", "fetched", 3),
        ("bluesky:@beanco.example", "fetched", 2),
    ]
    assert [call.params.get("limit") for call in sky.calls] == [None, "100", "50", None, "100"]
    assert [row["author_id"] for row in rows_in(tmp_path, "posts")].count("bluesky:did:plc:anna") == 150
    assert {row["influencer_id"]: row["followers"] for row in rows_in(tmp_path, "audience")} == {
        "bluesky:did:plc:anna": 25_000,
        "bluesky:did:plc:beanco": 300,
    }
    counts = {row["post_id"]: row["shares"] for row in rows_in(tmp_path, "post_metrics")}
    assert set(counts.values()) == {5}


def test_answers_are_saved_as_they_came(sky: Server, tmp_path: Path) -> None:
    fetching(tmp_path, sky, "bluesky", ANNA, imports=False)
    (visit,) = (tmp_path / FOLDER / "bluesky" / ANNA).iterdir()
    profile, feed = sorted(visit.glob("*.json"))
    assert json.loads(profile.read_bytes()) == sky.answer(sky.calls[0]).body
    assert feed.read_bytes() == json.dumps(sky.answer(sky.calls[1]).body).encode()


def test_who_is_not_there_is_named_with_whom_may_be_meant(sky: Server, tmp_path: Path) -> None:
    done = fetching(tmp_path, sky, "bluesky", "@anne", ANNA, "beanco.exampel", imports=False)
    assert [(one.state, one.near) for one in done.outcomes] == [
        ("missing", (ANNA,)),
        ("fetched", ()),
        ("missing", ("beanco.example",)),
    ]


def test_who_is_in_the_data_may_be_meant(sky: Server, tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_text(
        "campaign_id,influencer_id,conversions\nc1,instagram:tina,1\nc1,bluesky:@carla.example,1\nc1,7,1\n"
    )
    (tmp_path / "candidates.csv").write_text("campaign_id,influencer_id\nc1,tiktok:tina\n")
    done = fetching(tmp_path, sky, "bluesky", "carlo.example", imports=False)
    assert done.outcomes[0].near == ("carla.example",)
    (unclear,) = plan(tmp_path, ["@Tina"]).settled
    assert unclear.near == ("instagram:@tina", "tiktok:@tina")


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (Reply({"error": "RateLimitExceeded"}, 429, {"Retry-After": "42"}), 42.0),
        (Reply({}, 429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "1790000063"}), 63.0),
        (Reply({}, 429, {"X-RateLimit-Reset": "2026-09-21T14:14:22Z"}), 62.0),
        (Reply({}, 503), 1.0),
        (Reply(b"<html>oops</html>"), 1.0),
        (Reply(b'{"feed": [{"post": '), 1.0),
        (Reply(b"{}", 200, {"Content-Encoding": "gzip"}), 1.0),
        (Reply({}, 302, {"Location": "https://[::1/x"}), 1.0),
        (Reply(b"{}", 200, {"Content-Length": "9999"}), 1.0),
        (Reply({"did": "did:plc:anna", "handle": ANNA}, 200, {"ratelimit-remaining": "0", "ratelimit-reset": "9"}), 9.0),
    ],
)  # fmt: skip
def test_a_busy_or_broken_server_is_waited_for(
    sky: Server, tmp_path: Path, fault: Reply, wait: float
) -> None:
    sky.faults[0] = fault
    clock = Clock()
    done = fetching(tmp_path, sky, "bluesky", ANNA, clock=clock, imports=False)
    assert done.outcomes[0].state == "fetched"
    assert max(clock.slept) == pytest.approx(wait, rel=0.26 if wait < 2 else 0.01)
    assert [len(json.loads(path.read_bytes()).get("feed", [])) for path in saved(tmp_path)] == [0, 100]


def test_whom_a_service_asks_to_wait_too_long_for_is_left_for_later(sky: Server, tmp_path: Path) -> None:
    sky.faults[2] = Reply({}, 429, {"Retry-After": "3600"})
    done = fetching(tmp_path, sky, "bluesky", ANNA, "beanco.example", imports=False)
    assert [one.state for one in done.outcomes] == ["fetched", "stopped"]
    assert "until 2026-09-21 15:13 UTC" in done.outcomes[1].why
    assert len(sky.calls) == 3
    clock = Clock(1_790_003_700)
    done = fetching(tmp_path, sky, "bluesky", ANNA, "beanco.example", clock=clock, imports=False)
    assert [one.state for one in done.outcomes] == ["fetched", "recent"]
    assert len(sky.calls) == 5


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Reply({"error": "Forbidden", "message": "Not for you"}, 403), "answers 403 (Not for you)"),
        (Reply({}, 302, {"Location": "https://elsewhere.example/take"}), "leads to elsewhere.example"),
        (Reply({}, 307, {"Location": "//127.0.0.1:9/xrpc"}), "leads to 127.0.0.1"),
        (Reply({}, 302, {"Location": "https://127.0.0.1/xrpc"}), "leads to 127.0.0.1"),
        (Reply({}, 302, {"Location": "/xrpc/app.bsky.actor.getProfile"}), "leads in a circle"),
        (Reply({}, 302), "leads in a circle"),
    ],
)
def test_what_leads_elsewhere_is_not_followed(sky: Server, tmp_path: Path, fault: Reply, why: str) -> None:
    sky.faults.update(dict.fromkeys(range(5) if "circle" in why else [0], fault))
    done = fetching(tmp_path, sky, "bluesky", ANNA, "beanco.example", imports=False)
    assert [one.state for one in done.outcomes] == ["refused", "fetched"]
    assert why in done.outcomes[0].why


def test_a_redirect_within_the_service_is_followed(sky: Server, tmp_path: Path) -> None:
    there = f"/xrpc/app.bsky.actor.getProfile?actor={ANNA}"
    sky.faults[0] = Reply({}, 301, {"Location": there})
    assert fetching(tmp_path, sky, "bluesky", ANNA, imports=False).outcomes[0].state == "fetched"


def test_a_server_that_is_not_there_is_tried_and_then_left_alone(sky: Server, tmp_path: Path) -> None:
    clock = Clock()
    sky.address = "http://127.0.0.1:9"
    done = fetching(tmp_path, sky, "bluesky", ANNA, "beanco.example", clock=clock, imports=False)
    assert [one.state for one in done.outcomes] == ["stopped", "stopped"]
    assert done.outcomes[0].why == "127.0.0.1 could not be reached (ConnectError)"
    assert (done.requests, len(clock.slept)) == (5, 4)
    assert not saved(tmp_path)


def test_a_host_that_cannot_be_is_refused(sky: Server, tmp_path: Path) -> None:
    done = fetching(tmp_path, sky, "bluesky", "https://\u00aa.example/feed", ANNA, imports=False)
    assert [one.state for one in done.outcomes] == ["refused", "fetched"]
    assert done.outcomes[0].why == "\u00aa.example is no host"


def test_an_answer_without_an_end_is_given_up(
    sky: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suasion.features.sources.fetch.client.LARGEST", 1_000)
    done = fetching(tmp_path, sky, "bluesky", ANNA, imports=False)
    assert done.outcomes[0].state == "refused"
    assert "an answer of over" in done.outcomes[0].why


def test_a_run_that_stops_half_way_goes_on_where_it_was(sky: Server, tmp_path: Path) -> None:
    clock = Clock()
    sky.faults.update({number: Reply({}, 500) for number in range(2, 7)})
    done = fetching(tmp_path, sky, "bluesky", ANNA, posts=250, clock=clock)
    assert (done.outcomes[0].state, done.outcomes[0].answers) == ("refused", 2)
    assert len(rows_in(tmp_path, "posts")) == 100, "what came is imported"
    sky.calls.clear()
    sky.faults.clear()
    done = fetching(tmp_path, sky, "bluesky", ANNA, posts=250, clock=clock)
    assert (done.outcomes[0].state, done.outcomes[0].answers) == ("fetched", 4)
    assert [call.params.get("cursor") for call in sky.calls] == ["100", "200"], (
        "the saved pages are not asked again"
    )
    assert len(rows_in(tmp_path, "posts")) == 250


def test_what_was_interrupted_long_ago_begins_anew(sky: Server, tmp_path: Path) -> None:
    sky.faults.update({number: Reply({}, 500) for number in range(2, 7)})
    fetching(tmp_path, sky, "bluesky", ANNA, posts=250)
    assert not list((tmp_path / FOLDER).rglob("state.txt"))
    sky.faults.clear()
    done = fetching(tmp_path, sky, "bluesky", ANNA, posts=250, clock=Clock(1_790_000_000 + 13 * 3600))
    assert (done.outcomes[0].state, done.outcomes[0].answers) == ("fetched", 4)
    states = [path.read_text() for path in sorted((tmp_path / FOLDER).rglob("state.txt"))]
    assert states == ["imported\n", "imported\n"]
    assert len(rows_in(tmp_path, "audience")) == 2, "what was read then stays a snapshot of then"


def test_each_day_adds_counts_of_that_day(sky: Server, tmp_path: Path) -> None:
    for day in range(3):
        fetching(tmp_path, sky, "bluesky", "beanco.example", clock=Clock(1_790_000_000 + 86_400 * day))
        if day < 2:  # time has passed on this machine's clock, too
            for path in (tmp_path / FOLDER).rglob("*.json"):
                os.utime(path, (path.stat().st_mtime - 86_400,) * 2)
    # The same answer word for word, three times: three snapshots all the same.
    assert len(rows_in(tmp_path, "audience")) == 3
    assert len(rows_in(tmp_path, "post_metrics")) == 9
    assert len(rows_in(tmp_path, "posts")) == 3
    assert len(sky.calls) == 6


def test_the_importer_reads_the_saved_files_as_they_are(sky: Server, tmp_path: Path) -> None:
    from .sources import bring, everything

    fetching(tmp_path / "a", sky, "bluesky", ANNA)
    bring("bluesky", tmp_path / "b", tmp_path / "a" / FOLDER / "bluesky", read_at=None)
    assert everything(tmp_path / "a") == everything(tmp_path / "b")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("bluesky:@anna.bsky.social", 0),
        ("bluesky:anna.bsky.social", 0),
        ("https://bsky.app/profile/anna.bsky.social # by letter", 0),
        ("bluesky:did:plc:anna", 1),  # whose it is shows in the first answer, which is not kept
        ("bluesky:did:plc:beanco", 2),
    ],
)
def test_nobody_who_opted_out_is_asked_for(sky: Server, tmp_path: Path, line: str, asked: int) -> None:
    (tmp_path / "opt-out.txt").write_text(f"{line}\n", encoding="utf-8")
    done = fetching(tmp_path, sky, "bluesky", ANNA, imports=False)
    assert done.outcomes[0].state == ("fetched" if asked == 2 else "opted out")
    assert len(sky.calls) == asked
    assert bool(saved(tmp_path)) == (asked == 2)


def test_who_opted_out_by_another_account_or_an_old_id_is_not_asked_for(sky: Server, tmp_path: Path) -> None:
    fetching(tmp_path, sky, "bluesky", ANNA, "beanco.example")
    (tmp_path / "people.csv").write_text("account_id,influencer_id\nbluesky:did:plc:beanco,x:12\n")
    (tmp_path / "opt-out.txt").write_text("bluesky:did:plc:anna\nx:12\n", encoding="utf-8")
    sky.calls.clear()
    done = fetching(tmp_path, sky, "bluesky", ANNA, "beanco.example", again=True)
    assert [one.state for one in done.outcomes] == ["opted out", "opted out"]
    assert not sky.calls
