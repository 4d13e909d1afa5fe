"""Load with keys, bad requests, slow clients and reloads among good ones.

``python -m benchmarks.load DATA MODEL EARLIER CAMPAIGN [MINUTES]``. Every answer is compared with what the library says under one of
the two models; every minute the model is swapped for the other and reloaded. All the while, fifty clients send half of a request and
then nothing, or a byte a second: the service has to hang up on each. Counted are wrong answers, dropped requests and memory.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from tests.raw import activity_of

from suasion.serving.http.keys import add_key
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import open_session

from .service import server, suasion

BRIEFS = [
    "bread and a good oven",
    "yoga in the morning",
    "a cold brew for summer",
    "shoes for long runs",
    "a camera for travels",
]
BAD: list[tuple[str, dict[str, Any], int]] = [
    ("/v1/scores", {"ask": {}}, 422),
    ("/v1/scores", {"ask": {"campaign_id": "none"}}, 404),
    ("/v1/none", {}, 404),
]
CLIENTS = 4
SLOW = 50
"""Clients at a time that send half of a request."""
PATIENCE = 90.0
"""Seconds after which the service must have hung up on such a client: it waits 10 s for headers and 60 s for a body."""
HALVES = {
    "silent before a header": b"",
    "silent among headers": b"GET /ready HTTP/1.1\r\nHost: localhost\r\nX-",
    "silent in the body": b"POST /v1/scores HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n\r\n{",
}


class Truth:
    """What the library says, for either model."""

    def __init__(self, data: Path, models: list[Path], campaign: str) -> None:
        self.scores: dict[str, list[float]] = {}
        self.briefs: dict[str, list[list[str]]] = {brief: [] for brief in BRIEFS}
        for model in models:
            with open_session(data, model) as session:
                table = session.score(Ask(campaign=campaign)).scores
                for who, expected in zip(table["influencer_id"], table["expected_conversions"], strict=True):
                    self.scores.setdefault(who, []).append(expected)
                for brief in BRIEFS:
                    self.briefs[brief].append(
                        session.score(Ask(brief=brief)).scores["influencer_id"].head(5).tolist()
                    )

    def right(self, who: str, score: float) -> bool:
        """Whether a number is what one of the models says."""
        return any(abs(score - known) <= 1e-9 * known for known in self.scores[who])


def client(
    url: str,
    keys: dict[str, str],
    truth: Truth,
    raw: list[dict[str, Any]],
    campaign: str,
    until: float,
    seed: int,
    said: Counter[str],
    wrong: list[str],
) -> None:
    """Ask good and bad things until the time is over."""
    choose = random.Random(seed)
    people = list(truth.scores)
    bearer = {"authorization": f"Bearer {keys['user']}"}
    with httpx.Client(base_url=url, timeout=60, headers=bearer) as http:
        while time.monotonic() < until:
            kind = choose.choices(
                ["stored", "list", "brief", "raw", "page", "bad", "locked", "large"],
                [40, 10, 8, 5, 8, 15, 10, 1],
            )[0]
            try:
                if kind == "stored":
                    who = choose.choice(people)
                    answer = http.get(f"/v1/campaigns/{campaign}/scores/{who}")
                    good = answer.status_code == 200 and truth.right(
                        who, answer.json()["expected_conversions"]
                    )
                elif kind == "list":
                    answer = http.get(
                        f"/v1/campaigns/{campaign}/scores", params={"limit": 20, "sort": "momentum"}
                    )
                    good = answer.status_code == 200 and all(
                        truth.right(row["influencer_id"], row["expected_conversions"])
                        for row in answer.json()["scores"]
                    )
                elif kind == "brief":
                    brief = choose.choice(BRIEFS)
                    answer = http.post("/v1/scores", json={"ask": {"brief": brief}, "limit": 5})
                    names = (
                        [row["influencer_id"] for row in answer.json()["scores"]]
                        if answer.status_code == 200
                        else None
                    )
                    good = names in truth.briefs[brief]
                elif kind == "raw":
                    body = choose.choice(raw)
                    answer = http.post("/v1/activity-scores", json=body)
                    good = answer.status_code == 200 and truth.right(
                        body["people"][0]["influencer_id"], answer.json()["scores"][0]["expected_conversions"]
                    )
                elif kind == "page":
                    answer = http.get(f"/campaigns/{campaign}/influencers/{choose.choice(people)}")
                    good = answer.status_code == 200 and "Why this number" in answer.text
                elif kind == "bad":
                    path, sent, status = choose.choice(BAD)
                    answer = http.post(path, json=sent)
                    good = (
                        answer.status_code == status
                        and answer.headers["content-type"] == "application/problem+json"
                    )
                elif kind == "locked":
                    answer = http.get("/v1/campaigns", headers={"authorization": "Bearer suasion_wrong"})
                    good = answer.status_code in (401, 429)  # wrong keys are slowed down
                else:
                    answer = http.post(
                        "/v1/scores", content=b"x" * 9_000_000, headers={"content-type": "application/json"}
                    )
                    good = answer.status_code == 413
                said[f"{kind} {answer.status_code}"] += 1
                if not good:
                    wrong.append(f"{kind} {answer.status_code} {answer.text[:200]}")
            except httpx.HTTPError as error:
                # A server may close the connection while a body that is too large is still being sent.
                if kind == "large":
                    said["large, closed"] += 1
                else:
                    wrong.append(f"{kind} dropped: {type(error).__name__} {error}")


def slow(port: int, key: str, until: float, seed: int, said: Counter[str], wrong: list[str]) -> None:
    """Send half of a request and then nothing, or a byte a second, until the service hangs up; and again until the time is over."""
    choose = random.Random(seed)
    while time.monotonic() < until:
        kind = choose.choice(list(HALVES))
        drips = choose.random() < 0.5 and kind != "silent before a header"
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            line.sendall(HALVES[kind].replace(b"%s", key.encode()))
            line.settimeout(1.0)
            while True:
                try:
                    if drips:
                        line.sendall(b"a")
                    if not line.recv(65536):
                        break
                except TimeoutError:
                    if time.monotonic() - begun > PATIENCE:
                        wrong.append(f"{kind}{', dripping' if drips else ''}: held for {PATIENCE:g} s")
                        break
                except OSError:  # hung up while a byte was being sent
                    break
        said[f"{kind}{', dripping' if drips else ''}"] += 1


def resident(pid: int) -> float:
    """Return a process's resident memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(data: Path, model: Path, earlier: Path, campaign: str, minutes: float) -> None:
    truth = Truth(data, [model, earlier], campaign)
    raw = [activity_of(data, campaign, who) for who in list(truth.scores)[::12]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = {
            "user": add_key(folder / "keys.json", "user", ["read", "score"]),
            "admin": add_key(folder / "keys.json", "admin", ["admin"]),
        }
        current = folder / "model"
        shutil.copytree(model, current)
        command = suasion(data, current, "--keys", folder / "keys.json")
        with server(command, "/ready", {"OMP_NUM_THREADS": "1"}) as (port, process):
            url = f"http://127.0.0.1:{port}"
            said = Counter[str]()
            wrong: list[str] = []
            begun = time.monotonic()
            until = begun + minutes * 60
            threads = [
                threading.Thread(
                    target=client, args=(url, keys, truth, raw, campaign, until, seed, said, wrong)
                )
                for seed in range(CLIENTS)
            ] + [
                threading.Thread(target=slow, args=(port, keys["user"], until, seed, said, wrong))
                for seed in range(SLOW)
            ]
            for thread in threads:
                thread.start()
            memory: list[tuple[float, float]] = []
            swaps, next_swap = 0, begun + 60
            while any(thread.is_alive() for thread in threads):
                time.sleep(5)
                memory.append((time.monotonic() - begun, resident(process.pid)))
                if time.monotonic() > next_swap and time.monotonic() < until - 20:
                    swaps += 1
                    fresh = folder / "fresh"
                    shutil.copytree(earlier if swaps % 2 else model, fresh)
                    shutil.rmtree(current)
                    fresh.rename(current)
                    answer = httpx.post(
                        f"{url}/v1/reload", headers={"authorization": f"Bearer {keys['admin']}"}, timeout=120
                    )
                    if answer.status_code != 200:
                        wrong.append(f"reload {answer.status_code} {answer.text[:200]}")
                    next_swap += 60
    samples = np.array(memory)
    third = len(samples) // 3
    print(
        f"{sum(said.values()):,} requests in {minutes:g} minutes, {swaps} reloads, {len(wrong)} wrong or dropped, exit code {process.returncode}"
    )
    print(json.dumps(dict(sorted(said.items())), indent=1))
    print(
        f"memory: {samples[third : 2 * third, 1].mean():.0f} MB in the second third, {samples[2 * third :, 1].mean():.0f} MB in the last, "
        f"highest {samples[:, 1].max():.0f} MB"
    )
    for line in wrong[:20]:
        print(line)


if __name__ == "__main__":
    data, model, earlier = map(Path, sys.argv[1:4])
    main(data, model, earlier, sys.argv[4], float(sys.argv[5]) if len(sys.argv) > 5 else 10.0)
