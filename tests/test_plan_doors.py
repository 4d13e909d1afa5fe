"""The same plan at every door: the command line, Python, the scores, the report."""

from __future__ import annotations

import asyncio
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import mcp
import pandas as pd
import pytest

from suasion.features.errors import InputError
from suasion.serving.model import load
from suasion.serving.report import report
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plan.limits import Limits
from suasion.serving.scoring.score import open_session, score
from suasion.training.dataset import Dataset

from .command import environment, suasion, to_nine_digits
from .test_cli_json import answer

CAMPAIGN = "c0055"


@pytest.fixture(scope="module")
def asked(world: Path, trained: Any) -> tuple[str, ...]:
    return ("plan", str(world), "--model", str(trained[1]), "--campaign", CAMPAIGN)


def test_the_plan_of_a_real_model_keeps_its_limits_and_is_the_same_at_every_door(
    world: Path, trained: Any, asked: tuple[str, ...], tmp_path: Path, client: httpx.Client
) -> None:
    out = tmp_path / "plan.json"
    told = answer(*asked, "--budget", "20000", "--at-most", "3", "--min-new", "1", "--out", out)
    whom = [row["influencer_id"] for row in told["asked"]]
    assert 0 < told["cost"] <= 20_000
    assert sum(row["fee"] for row in told["asked"]) == pytest.approx(told["cost"])
    assert sum(row["new"] for row in told["asked"]) >= 1
    homes = pd.read_parquet(world / "influencers.parquet").set_index("influencer_id")["platform"]
    assert homes[whom].value_counts().max() <= 3
    low, high = told["total"]["range_90"]
    assert low < told["expected_conversions"] < high
    assert told["sentences"][0].startswith(
        f"Ask {'this one' if len(whom) == 1 else f'these {len(whom)}'} for "
    )
    assert [rival["name"] for rival in told["rivals"]] == ["the most followed", "whoever did best before"]
    assert json.loads(out.read_text(encoding="utf-8")) == told

    model, data = load(trained[1]), Dataset(world)
    plan = model.plan(data, campaign=CAMPAIGN, budget=20_000, at_most=3, min_new=1)
    assert plan.asked["influencer_id"].tolist() == whom
    assert plan.sentences == told["sentences"]
    assert str(plan).splitlines() == [*told["banner"], *told["sentences"]]
    limits = Limits(at_most=3, min_new=1)
    scored = score(world, trained[1], Ask(campaign=CAMPAIGN, budget=20_000.0, limits=limits))
    assert scored.plan is not None
    assert sorted(scored.scores.loc[scored.scores["ask"], "influencer_id"]) == sorted(whom)
    pd.testing.assert_frame_equal(scored.plan.table, plan.table)
    with open_session(world, trained[1], remember=False) as session:
        html = report(session, Ask(campaign=CAMPAIGN, budget=20_000.0, limits=limits))
    assert f"{plan.rivals['the most followed'].conversions:.3g}" in html
    body = {"ask": {"campaign_id": CAMPAIGN}, "budget": 20_000, "at_most": 3, "min_new": 1}
    posted = client.post("/v1/plans", json=body).json()
    shown = to_nine_digits({name: value for name, value in told.items() if name != "file"})
    assert to_nine_digits(posted) == shown
    page = unescape(client.get(f"/campaigns/{CAMPAIGN}", params={"budget": "20000"}).text)
    plain = model.plan(data, campaign=CAMPAIGN, budget=20_000)
    assert plain.sentences[0].partition(". ")[0] in page
    again = answer(*asked, "--budget", "20000", "--at-most", "3", "--min-new", "1", "--out", out)
    assert to_nine_digits(again) == to_nine_digits(told), "the same question has the same answer"


def test_the_table_and_the_words_fit_eighty_columns(asked: tuple[str, ...], tmp_path: Path) -> None:
    out = tmp_path / "plan.csv"
    told = suasion(*asked, "--budget", "20000", "--out", out, env=environment(COLUMNS="80"))
    assert told.returncode == 0, told.stderr
    lines = told.stdout.decode().splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    assert "Ask these" in text
    assert "Not asked, though near" in text
    assert f"The plan is in {out}." in text.replace("plan. csv", "plan.csv") or str(out)[:20] in text
    assert "begin with one of = + - @ and stand as they are" in text
    table = pd.read_csv(out)
    assert table["ask"].any()
    sheet = tmp_path / "plan.xlsx"
    assert suasion(*asked, "--budget", "20000", "--out", sheet).returncode == 0
    pd.testing.assert_frame_equal(pd.read_excel(sheet, engine="openpyxl"), table, check_dtype=False)
    assert table.loc[~table["ask"], "why"].notna().all()
    target = answer(*asked, "--target", str(round(table.loc[table["ask"], "expected_conversions"].sum() / 2)))
    assert target["expected_conversions"] >= target["target"]
    assert 0 <= target["total"]["chance"] <= 1


def test_places_to_learn_are_logged_once(asked: tuple[str, ...], tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    told = answer(*asked, "--budget", "20000", "--explore", "2", "--log", log)
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row["influencer_id"] for row in rows] == [row["influencer_id"] for row in told["asked"]]
    assert [row["model"] for row in rows] == [told["model"]] * len(rows)
    assert sum(row["explore"] for row in told["asked"]) == 2
    assert told["without_learning"] > told["expected_conversions"]
    assert told["cost"] <= 20_000
    again = answer(*asked, "--budget", "20000", "--explore", "2", "--log", log)
    assert to_nine_digits(again) == to_nine_digits(told), "the same seed picks the same people"
    assert len(log.read_text().splitlines()) == len(rows)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--budget", "100", "--log", "log.csv"), "must end in .jsonl"),
        ((), "A plan needs --budget, an amount of money, or --target"),
        (("--budget", "0"), "The budget is 0; it must be above 0"),
        (("--budget", "100", "--must", "nobody-at-all"), "'nobody-at-all' is not among the"),
        (("--target", "1e9"), "1,000,000,000 conversions are beyond reach: the most that can be expected"),
        (("--budget", "100", "--out", "plan.txt"), "must end in .csv, .xlsx or .json"),
        (("--budget", "100", "--platforms", "mars"), "No candidate is on mars; they are on"),
    ],
)
def test_what_cannot_be_planned_is_said_in_a_line(
    asked: tuple[str, ...], given: tuple[str, ...], says: str
) -> None:
    told = suasion(*asked, *given)
    assert told.returncode == 2
    assert says in told.stderr.decode()
    assert told.stdout == b""


def test_in_python_a_plan_needs_a_bound_and_a_dataset(world: Path, trained: Any) -> None:
    model = load(trained[1])
    with pytest.raises(InputError, match="needs a budget, or a target"):
        model.plan(Dataset(world), campaign=CAMPAIGN)
    plan = model.plan(
        Dataset(world), campaign=CAMPAIGN, budget=20_000, never=["i0000015"], platforms=["TikTok"]
    )
    assert plan.wanted.limits == Limits(never=("i0000015",), platforms=("TikTok",))


@pytest.mark.parametrize(
    ("brief", "offer", "limits"),
    [
        (
            "Hiking boots for wet autumn trails",
            {"fee": 800.0, "exposure": 2.0},
            {"budget": 9000.0, "most_fee": 900.0, "must": 4, "never": 0},
        ),
        (
            "A vegan cheese made of oats, for spring",
            {"fee": 500.0, "discount": 0.2},
            {"target": 12.0, "platforms": ["youtube"], "never": 1},
        ),
        (
            "Iced coffee for summer, cold brew",
            {"fee": 500.0},
            {"budget": 3000.0, "platforms": ["youtube", "tiktok"], "at_most": 2, "min_new": 1, "seen": 0.3},
        ),
        ("A tent for two", {"fee": 500.0}, {"budget": 3000.0, "value": 250.0, "explore": 2}),
    ],
)
def test_the_plan_of_a_typed_brief_is_the_same_at_every_door(
    brief: str,
    offer: dict[str, float],
    limits: dict[str, Any],
    world: Path,
    trained: Any,
    client: httpx.Client,
    tmp_path: Path,
) -> None:
    """The command line, Python, the service, the page, and the tools for assistants, in one sentence and to the same people."""
    best = client.post("/v1/scores", json={"ask": {"brief": brief, "offer": offer}}).json()["scores"]
    limits = {
        name: [best[value]["influencer_id"]] if name in ("must", "never") else value
        for name, value in limits.items()
    }
    body = {"ask": {"brief": brief, "offer": offer}, **limits}
    served = client.post("/v1/plans", json=body).json()
    whom = [row["influencer_id"] for row in served["asked"]]
    assert whom

    plan = load(trained[1]).plan(Dataset(world), brief=brief, offer=offer, **limits)
    assert (plan.asked["influencer_id"].tolist(), plan.sentences) == (whom, served["sentences"])

    options = {**offer, **limits}
    flags = [part for name, value in options.items() for part in (FLAGS.get(name, f"--{name.replace('_', '-')}"), ",".join(value) if isinstance(value, list) else str(value))]  # fmt: skip
    told = answer("plan", str(world), "--model", str(trained[1]), "--brief", brief, *flags, "--out", tmp_path / "p.json")  # fmt: skip
    assert [row["influencer_id"] for row in told["asked"]] == whom
    assert told["sentences"] == served["sentences"]

    path = client.post("/briefs", data={"brief": brief, **offer}).headers["location"]
    typed = {"platform" if name == "platforms" else name: value for name, value in limits.items()}
    page = unescape(client.get(path, params=typed).text)
    assert " ".join(re.findall(r'<p class="first">(.*?) <a.*?</p><p>(.*?)</p>.*?<p class="dim">(.*?)</p></details>', page, re.DOTALL)[0]) == " ".join(served["sentences"])  # fmt: skip
    marked = re.findall(r'<tr class="asked">.*?name="pick" value="([^"]*)"', page, re.DOTALL)
    assert sorted(marked) == sorted(whom)
    assert (
        page.count(">ask to learn<")
        == sum(row["explore"] for row in served["asked"])
        == limits.get("explore", 0)
    )

    async def tool() -> Any:
        async with mcp.Client(f"{str(client.base_url).rstrip('/')}/mcp") as assistant:
            return (await assistant.call_tool("plan", body)).structured_content

    assert to_nine_digits(asyncio.run(tool())) == to_nine_digits(served)


FLAGS = {"never": "--not"}
