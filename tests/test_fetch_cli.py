"""`suasion fetch` as people run it: told beforehand, killed half-way, resumed, and on to a ranking."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from suasion.features.sources.advice import overlooked
from suasion.features.sources.fetch import all as every

from .command import environment
from .fetching import Call, Reply, Server, bluesky, serving
from .sources import rows_in, run

NAMES = [f"creator{number:02}.bsky.social" for number in range(18)]
HANDLES = [f"@{name}" for name in NAMES] + ["@creator0x.bsky.social", "@nobody.bsky.social"]
"""Twenty handles, two of which are nobody's."""
COMMAND = """
import sys
from dataclasses import replace
from suasion.features.sources.fetch import all as every
from suasion.serving.cli.main import main
every.SERVICES = every.SERVICES | {"bluesky": replace(every.SERVICES["bluesky"], base=sys.argv[1], pace=0.0)}
sys.argv[1:] = sys.argv[2:]
main()
"""
"""The command line with Bluesky on this machine: no option leads there."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def sky(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving(bluesky({name: 5 + number for number, name in enumerate(NAMES)})) as server:
        here = replace(every.SERVICES["bluesky"], base=server.address, pace=0.0)
        monkeypatch.setattr(every, "SERVICES", dict(every.SERVICES) | {"bluesky": here})
        yield server


def start(server: Server, *line: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, server.address, *map(str, line)],
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_twenty_handles_killed_half_way_and_on_to_a_ranking(sky: Server, tmp_path: Path) -> None:
    mydata, own = tmp_path / "mydata", sky.answer
    running: list[subprocess.Popen[str]] = []

    def kills(call: Call) -> Reply:
        if len(sky.calls) == 22:
            os.kill(running[0].pid, signal.SIGKILL)
        return own(call)

    sky.answer = kills
    sky.faults[7] = Reply({"error": "RateLimitExceeded"}, 429, {"Retry-After": "1"})
    running.append(start(sky, "fetch", mydata, *HANDLES))
    assert running[0].wait(60) == -signal.SIGKILL
    saved = sorted(mydata.rglob("*.json"))
    assert len(saved) == 20, "22 calls, one of them refused, the last never answered"
    for path in saved:
        json.loads(path.read_bytes())
    assert not rows_in(mydata, "posts")

    sky.answer, first = own, list(sky.calls)
    sky.calls.clear()
    sky.faults = {3: Reply({}, 429, {"Retry-After": "1"}), 5: Reply({}, 502)}
    told = start(sky, "fetch", mydata, *HANDLES)
    out, error = told.communicate(timeout=60)
    assert (told.returncode, error) == (0, "")
    asked = [call.params.get("actor") for call in first[:-1] if call.path.endswith("getAuthorFeed")]
    assert not {call.params.get("actor") for call in sky.calls} & set(asked[:-1]), (
        "whoever was whole is not asked for"
    )
    assert "not found: @creator0x.bsky.social; did you mean creator" in out
    assert "not found: @nobody.bsky.social" in out
    assert "Bluesky: 10 accounts, at most 20 requests; it allows about 3,000 requests in 5 minutes" in out
    assert len(rows_in(mydata, "posts")) == sum(5 + number for number in range(18))
    assert len(rows_in(mydata, "audience")) == 18

    # Sixteen of them were in ten campaigns since, and who wrote more brought more.
    days = [f"2026-{6 + k // 2:02}-{1 + 14 * (k % 2):02}" for k in range(10)]
    campaigns = [f"c{k},b,coffee,cold brew {k},{day},{day}" for k, day in enumerate(days)]
    outcomes = [
        f"c{k},bluesky:@{name},1,{3 * number + (number + k) % 3}"
        for k in range(10)
        for number, name in enumerate(NAMES[:16])
    ]
    for table, head, lines in (
        ("campaigns", "campaign_id,brand,category,brief,starts_at,ends_at", campaigns),
        ("outcomes", "campaign_id,influencer_id,exposure,conversions", outcomes),
    ):
        (mydata / f"{table}.csv").write_text("\n".join([head, *lines]) + "\n")
    code, joined = run("who", str(mydata), "--json")
    assert [(person["influencer_id"], person["accounts"]) for person in json.loads(joined)["persons"]] == [
        (f"bluesky:@{name}", [f"bluesky:@{name}", f"bluesky:did:plc:{name[:9]}"]) for name in NAMES[:16]
    ]
    assert not overlooked(mydata), "what was fetched is in the tables"
    pasted = tmp_path / "handles.txt"
    pasted.write_text("\n".join(HANDLES[:18]))
    model = str(tmp_path / "model")
    code, learned = run("train", str(mydata), "--out", model, "--quick", "--no-tracking", "--json")
    assert (code, json.loads(learned)["outcomes"]) == (0, 160)
    assert {one["table"] for one in json.loads(learned)["tables"] if one["there"]} >= {"posts", "audience"}
    # As of a day that stays: what a ranking of today says would hang on when the test runs.
    question = ["--model", model, "--brief", "cold brew", "--as-of", "2026-10-20", "--top", "18"]
    code, ranking = run("score", str(mydata), *question, "--influencers", str(pasted), "--json")
    assert code == 0
    people = [row["influencer_id"] for row in json.loads(ranking)["scores"]]
    assert len(people) == 18
    most, some, none = (people.index(f"bluesky:@{NAMES[number]}") for number in (15, 8, 0))
    assert most < some < none, "the model of this very folder knows who brings more"


def test_a_dry_run_says_what_it_takes_and_asks_nobody(
    sky: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUASION_X_TOKEN", raising=False)
    monkeypatch.setenv("SUASION_YOUTUBE_KEY", "0123456789")
    folder = tmp_path / "new"
    line = [
        "fetch",
        str(folder),
        "@anna",
        "youtube:@anna",
        "x:@anna",
        HANDLES[0],
        "facebook:anna",
        "--dry-run",
    ]
    code, said = run(*line)
    assert code == 0
    for words in (
        "YouTube Data API v3: 1 account, at most 5 requests; it allows 10,000 units a day",
        "Bluesky: 1 account, at most 2 requests",
        "no key: x:@anna (set SUASION_X_TOKEN: the bearer token",
        "not understood: @anna (no platform: write instagram:@anna, or give --platform)",
        "not understood: facebook:anna (facebook cannot be asked: bluesky, mastodon,",
        "Nobody was asked",
    ):
        assert words in said
    assert not sky.calls
    assert not folder.exists()
    code, said = run(*line, "--json")
    answer = json.loads(said)
    assert [(one["given"], one["state"]) for one in answer["accounts"]] == [
        ("youtube:@anna", "to ask"),
        (HANDLES[0], "to ask"),
        ("@anna", "unclear"),
        ("x:@anna", "no key"),
        ("facebook:anna", "unclear"),
    ]


def test_a_pasted_list_is_read_from_standard_input_and_answered_in_json(sky: Server, tmp_path: Path) -> None:
    line = ["fetch", str(tmp_path), "--influencers", "-", "--platform", "bluesky", "--json"]
    code, said = run(*line, text="creator01, @creator02.bsky.social\n\ncreator01")
    assert code == 0
    answer = json.loads(said)
    assert [(one["account"], one["state"]) for one in answer["accounts"]] == [
        ("bluesky:@creator01.bsky.social", "fetched"),
        ("bluesky:@creator02.bsky.social", "fetched"),
    ]
    assert answer["requests"] == len(sky.calls) == 4
    assert [one["source"] for one in answer["imported"]] == ["bluesky"]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ([], "Name at least one account"),
        (["@nobody.bsky.social"], "Nobody was fetched. @nobody.bsky.social: missing."),
        (["@anna"], "Nobody was fetched. @anna: unclear, no platform"),
    ],
)
def test_where_nobody_was_fetched_the_command_fails(
    sky: Server, tmp_path: Path, names: list[str], why: str
) -> None:
    code, said = run("fetch", str(tmp_path), *names)
    assert code != 0
    assert why in said


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("pseudonyms.txt", "p:1\n", "holds pseudonyms"),
        ("texts-dropped.txt", "m\n", "holds no texts"),
        ("posts.csv", "post_id\n1\n", "is a CSV file, to which an import adds nothing"),
    ],
)
def test_a_folder_that_could_not_take_the_answers_is_refused_beforehand(
    sky: Server, tmp_path: Path, file: str, text: str, why: str
) -> None:
    (tmp_path / file).write_text(text)
    _, said = run("fetch", str(tmp_path), HANDLES[0])
    assert why in said
    assert not sky.calls


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suasion.serving.cli.accounts.find_spec", lambda name: None)
    assert "pip install 'suasion[fetch]'" in run("fetch", str(tmp_path), HANDLES[0])[1]


def test_who_is_forgotten_is_gone_from_what_was_fetched(sky: Server, tmp_path: Path) -> None:
    run("fetch", str(tmp_path), HANDLES[0], HANDLES[1])
    # Somebody else's answer that names them.
    other = next((tmp_path / "fetched" / "bluesky" / NAMES[1]).rglob("0002*"))
    other.write_text(other.read_text().replace("cold brew 3", "with did:plc:creator00"))
    _, said = run("forget", str(tmp_path), "bluesky:did:plc:creator00")
    assert "removed: 3 saved answers" in said
    left = [path for path in (tmp_path / "fetched").rglob("*") if path.is_file()]
    assert left
    assert not [path for path in left if "creator00" in f"{path}{path.read_text()}"]
    sky.calls.clear()
    run("fetch", str(tmp_path), HANDLES[0], "--again")
    assert not sky.calls
