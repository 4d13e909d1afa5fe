"""The currency of the data beside each amount: page, files, report, JSON and what is said of a plan."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from suasion.features.engine.currencies import currency_of
from suasion.features.tables.open import open_tables
from suasion.serving.cli.questions import _write as write_plan
from suasion.serving.http.limits import Guard
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plan.worth import nobody_earns
from suasion.serving.scoring.score import Scored

from .quick import PricedSession, ask, opened, serve, write
from .test_plan import plan


class EuroSession(PricedSession):
    """The same people, who are paid in euros."""

    currency = "EUR"

    def score(self, question: Ask) -> Scored:
        scored = super().score(question)
        return replace(scored, scores=scored.scores.assign(currency="EUR"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    with opened(write(tmp_path_factory.mktemp("euros")), session=EuroSession) as engine:
        yield serve(engine)[0]


def text(app: Guard, path: str) -> str:
    answer = ask(app, "GET", path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", answer.text)))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/", ["Budget, EUR", "At most per person, EUR", "Fee each, EUR"]),
        ("/campaigns/c03?budget=500&most_fee=300&pick=i00&pick=i01&asks=i04=450", [
            "for 300 of 500 EUR: about", "Budget, EUR", "A conversion is worth, EUR", "Fee, EUR", "A conversion costs, EUR", "300 EUR in fees", "cost more than 300 EUR",
            "at most 300 EUR each", "450 EUR instead of 500 EUR", "fee 100 to 6,000 EUR",
        ]),
        ("/campaigns/c03?fee=250", ["With 250 EUR each instead"]),
        ("/campaigns/c03/influencers/i01?budget=300", ["fee 200 EUR, 25.8 EUR for each conversion", "What if the fee were, EUR"]),
        ("/campaigns/c03/influencers/i01?asks=i01=250", ["250 EUR is tried instead of 200 EUR"]),
        ("/campaigns/c03/compare?pick=i00&pick=i01", ["100 EUR", "200 EUR", "25.8 EUR"]),
        ("/campaigns/c03/report?budget=500", ["within 500 EUR", "300 EUR in fees", "EUR for each conversion", "Fee, EUR", "A conversion costs, EUR"]),
    ],
)  # fmt: skip
def test_the_page_and_the_report_say_in_what_money(app: Guard, path: str, says: list[str]) -> None:
    shown = text(app, path)
    assert [words for words in says if words not in shown] == []


def test_files_say_in_what_money(app: Guard) -> None:
    query = "?budget=500&value=40&pick=i00&pick=i01"
    table = ask(app, "GET", f"/campaigns/c03/shortlist.csv{query}").content.decode("utf-8-sig")
    assert {row["currency"] for row in csv.DictReader(io.StringIO(table))} == {"EUR"}
    book = load_workbook(io.BytesIO(ask(app, "GET", f"/campaigns/c03/shortlist.xlsx{query}").content))
    heading, *rows, _ = book["Shortlist"].iter_rows(values_only=True)
    assert {row[heading.index("currency")] for row in rows} == {"EUR"}
    said = " ".join(str(cell.value) for cell in book["How to read"]["B"])
    assert "2 people · 300 EUR in fees" in said
    assert "budget 500 EUR; a conversion worth 40 EUR" in said


def test_programs_and_assistants_are_answered_in_what_money(app: Guard) -> None:
    question = {"ask": {"campaign_id": "c03"}}
    answer = ask(app, "POST", "/v1/scores", json=question).json()
    assert answer["currency"] == "EUR"
    assert {row["currency"] for row in answer["scores"]} == {"EUR"}
    # An explanation is one row, and has nothing above it that would say.
    explained = {**question, "influencer_id": "i01"}
    assert ask(app, "POST", "/v1/explanations", json=explained).json()["currency"] == "EUR"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("currency", ["", "EUR"])
def test_a_plan_that_is_written_says_in_what_money(currency: str, ending: str, tmp_path: Path) -> None:
    made = replace(plan(budget=700.0), currency=currency)
    write_plan(made, {}, tmp_path / f"plan.{ending}")
    read = pd.read_csv if ending == "csv" else partial(pd.read_excel, engine="openpyxl")
    written = read(tmp_path / f"plan.{ending}")
    assert "fee" in written
    assert [*written.get("currency", [])] == [currency] * len(made.table) * bool(currency)


def test_the_data_tells_the_currency_or_none(tmp_path) -> None:
    folder = write(tmp_path)
    with open_tables(folder) as tables:
        assert currency_of(tables) == ""
    outcomes = pd.read_csv(folder / "outcomes.csv").assign(fee=100.0, currency="eur ")
    outcomes.to_csv(folder / "outcomes.csv", index=False)
    with open_tables(folder) as tables:
        assert currency_of(tables) == "EUR"


def test_what_is_said_of_everybody_is_said_in_that_money() -> None:
    assert nobody_earns(30.0, 1234.5, "CHF") == (
        "Nobody is expected to earn their fee: a conversion is worth 30.00 CHF and costs 1,234.50 CHF or more."
    )
