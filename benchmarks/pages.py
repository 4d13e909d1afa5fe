"""How long each page takes to answer where one campaign has a hundred thousand candidates.

``python -m benchmarks.pages DATA MODEL [CANDIDATES]``. DATA is a simulated world and MODEL was trained on it. Its last campaign gets strangers
until so many can be asked: each has the platform and latest posts of somebody who is there, and about their fee and audience. The service runs
in a process of its own. Each page is asked for with other words each time, so that no answer is a remembered one; then once more as it was.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from urllib.parse import quote

import httpx
import numpy as np
import pandas as pd

from .service import server, suasion
from .shared import heading, line

CANDIDATES = 100_000
POSTS, WEEKS = 4, 30
"""How many posts and weekly counts of followers a stranger has, the latest before the decision."""
TIMES = 8
"""How often each page is asked for."""


def crowd(data: Path, folder: Path, candidates: int) -> str:
    """Write the world with strangers in its last campaign; return that campaign."""
    tables = {file.stem: pd.read_parquet(file) for file in data.glob("*.parquet")}
    stood = tables["candidates"]
    campaign = str(stood.sort_values("decided_at", kind="stable")["campaign_id"].iloc[-1])
    here = stood[stood["campaign_id"] == campaign]
    before = here["decided_at"].min()
    random, new = np.random.default_rng(0), max(0, candidates - len(here))
    strangers = pd.DataFrame(
        {
            "influencer_id": random.choice(here["influencer_id"].to_numpy(), new),
            "new_id": [f"s{place:06}" for place in range(new)],
            "dearer": random.lognormal(0, 0.3, new),
            "larger": random.lognormal(0, 0.5, new),
        }
    )

    def latest(name: str, who: str, moment: str, most: int) -> pd.DataFrame:
        table = tables[name]
        known = table[table[who].isin(here["influencer_id"]) & (table[moment] < before)]
        return known.sort_values(moment).groupby(who).tail(most)

    def add(name: str, rows: pd.DataFrame, who: str = "influencer_id") -> pd.DataFrame:
        copies = rows.rename(columns={who: "influencer_id"}).merge(strangers, on="influencer_id")
        copies = copies.drop(columns="influencer_id").rename(columns={"new_id": who})
        if "fee" in copies:
            copies["fee"] = (copies["fee"] * copies["dearer"]).round(-1)
        if "followers" in copies:
            copies["followers"] = (copies["followers"] * copies["larger"]).round()
        if "handle" in copies:
            copies["handle"] = "@" + copies[who]
        if "post_id" in copies:
            copies["post_id"] = copies["post_id"] + copies[who]
        return pd.concat([tables[name], copies[tables[name].columns]], ignore_index=True)

    tables |= {
        "candidates": add("candidates", here),
        "influencers": add("influencers", tables["influencers"]),
        "audience": add("audience", latest("audience", "influencer_id", "observed_at", WEEKS)),
        "posts": add("posts", latest("posts", "author_id", "created_at", POSTS), "author_id"),
    }
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    return campaign


def pages(campaign: str, people: list[str]) -> dict[str, Callable[[int], str]]:
    """Return the address of each page, with other words for each number."""
    at = f"/campaigns/{quote(campaign)}"
    mine = [people[place * len(people) // 40] for place in range(40)]
    platforms = ["instagram", "tiktok", "youtube"]
    return {
        "ranking": lambda n: f"{at}?page={n + 2}",
        "sorted by a characteristic": lambda n: f"{at}?sort=momentum&page={n + 1}",
        "one platform": lambda n: f"{at}?platform={platforms[n % 3]}&page={n + 1}",
        "search": lambda n: f"{at}?search=s0{n}",
        "strong in one, and at most a fee": lambda n: f"{at}?most_fee={4000 + n * 150}&above=momentum",
        "never asked before": lambda n: f"{at}?past=new&least={n + 1}",
        "pasted list": lambda n: f"{at}?paste={quote(' '.join(mine[n:]))}",
        "one person": lambda n: f"{at}/influencers/{mine[n]}",
        "two beside each other": lambda n: f"{at}/compare?pick={mine[n]}&pick={mine[n + 1]}",
        "those ticked": lambda n: f"{at}?only=picked&pick={mine[n]}&pick={mine[n + 2]}",
        "plan": lambda n: f"{at}?budget={10_000 + 1_000 * n}",
        "plan with limits": lambda n: f"{at}?budget={20_000 + 1_000 * n}&at_most=3&most_fee=4000",
    }


def main(data: Path, model: Path, candidates: int = CANDIDATES) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        campaign = crowd(data, folder, candidates)
        stood = pd.read_parquet(folder / "candidates.parquet")
        people = stood.loc[stood["campaign_id"] == campaign, "influencer_id"].tolist()
        begun = time.perf_counter()
        with (
            server(suasion(folder, model), "/ready", {}) as (port, _),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as browser,
        ):
            opened = time.perf_counter() - begun

            def ask(address: str) -> float:
                begun = time.perf_counter()
                for attempt in count():
                    answer = browser.get(address, headers={"accept": "text/html"})
                    if answer.status_code != 503 or attempt == 60:
                        break
                    time.sleep(0.1)  # it goes on, and says so
                answer.raise_for_status()
                return time.perf_counter() - begun

            first = ask(f"/campaigns/{quote(campaign)}")
            print(
                f"{len(people):,} candidates; opened in {opened:.0f} s, their first ranking in {first:.1f} s\n"
            )
            heading("page", "median", "slowest", "asked again")
            for page, address in pages(campaign, people).items():
                seconds = np.array([[ask(address(n)), ask(address(n))] for n in range(TIMES)])
                figures = (np.median(seconds[:, 0]), seconds[:, 0].max(), np.median(seconds[:, 1]))
                line(page, *(f"{value * 1000:.0f} ms" for value in figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
