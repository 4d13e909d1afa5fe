"""The currency of amounts stays with them: rows name it, two have no sum, and several are refused with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import suasion as su
from suasion.features.attribution.attribute import attribute
from suasion.features.attribution.rules import Rules
from suasion.features.engine.currencies import currencies_of
from suasion.features.errors import InputError
from suasion.features.tables.open import open_tables

from .brands import brand
from .sources import rows_in, run
from .test_attribution import LATER, START, code, order, outcomes, place
from .test_goals import saved


def paid(*told: str | None, fee: float | None = 100.0) -> dict[str, pd.DataFrame]:
    """Return a brand's tables with amounts in these currencies, row after row in turn."""
    tables = brand()
    rows = tables["outcomes"]
    named = [told[k % len(told)] for k in range(len(rows))]
    return tables | {"outcomes": rows.assign(fee=fee, currency=named)}


def test_amounts_in_several_currencies_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match=r"several currencies.*EUR \(\d+ rows\), USD \(\d+ rows\)\. Convert"):
        su.Dataset(**paid("EUR", " usd", "eur")).training_frame()


def test_the_currency_of_a_candidate_is_asked_too(tmp_path: Path) -> None:
    tables: dict[str, Any] = paid("EUR")
    asked = tables["outcomes"][["campaign_id", "influencer_id", "fee"]].head(3).assign(currency="USD")
    with open_tables(saved(tables | {"candidates": asked}, tmp_path / "data")) as opened:
        assert currencies_of(opened) == {"EUR": len(tables["outcomes"]), "USD": 3}


@pytest.mark.parametrize(
    "told", [(None,), ("EUR",), ("EUR", None, " eur ")], ids=["not told", "one", "one, told in part"]
)
def test_one_currency_changes_nothing(told: tuple[str | None, ...]) -> None:
    plain = su.Dataset(**brand() | {"outcomes": brand()["outcomes"].assign(fee=100.0)}).training_frame()[0]
    pd.testing.assert_frame_equal(su.Dataset(**paid(*told)).training_frame()[0], plain)


def test_where_there_is_no_amount_a_currency_says_nothing() -> None:
    tables = paid("EUR", "USD", fee=None)
    tables["outcomes"] = tables["outcomes"].drop(columns="revenue", errors="ignore")
    assert len(su.Dataset(**tables).training_frame()[0])


@pytest.mark.parametrize(("other", "fee"), [("EUR", 300.0), ("usd", np.nan), (None, 300.0)])
def test_accounts_of_one_person_are_paid_together_in_one_currency_alone(
    other: str | None, fee: float, tmp_path: Path
) -> None:
    tables: dict[str, Any] = paid("EUR")
    first = tables["outcomes"].iloc[[0]]
    who, campaign = first["influencer_id"].item(), first["campaign_id"].item()
    also = first.assign(influencer_id="x:other", fee=200.0, currency=other)
    tables["outcomes"] = pd.concat([tables["outcomes"], also], ignore_index=True)
    tables["people"] = pd.DataFrame({"account_id": ["x:other"], "influencer_id": [who]})
    with open_tables(saved(tables, tmp_path / "data")) as opened:
        query = (
            f"SELECT fee, currency FROM outcomes WHERE campaign_id = '{campaign}' AND influencer_id = '{who}'"
        )
        rows = opened.sql(query).df()
    assert rows["currency"].tolist() == ["EUR"]
    np.testing.assert_array_equal(rows["fee"], [fee])


@pytest.mark.parametrize(
    ("header", "told", "named"),
    [
        ("Fee,Revenue", ("$300,$90", "$120,"), ("USD", "USD")),
        ("Fee (EUR),Revenue", ("300,90", ",80"), ("EUR", "EUR")),
        ("Fee,Currency", ("300,gbp", ",GBP"), ("GBP", None)),
        ("Fee,Currency", ("300,GBP", "200,USD"), (None, None)),
        ("Fee,Currency", ("300,whatever", ",GBP"), (None, None)),
        ("Fee,Revenue", ("300,90", "120,"), (None, None)),
    ],
    ids=["sign", "header", "column", "two as often", "no code", "not told"],
)
def test_a_sheet_of_results_says_the_currency_of_each_amount(
    header: str, told: tuple[str, str], named: tuple[str | None, str | None], tmp_path: Path
) -> None:
    sheet, out = tmp_path / "past.csv", tmp_path / "out"
    lines = [
        f"Spring,2024-03-01,2024-03-15,{who},4,{more}"
        for who, more in zip(("bert", "cleo"), told, strict=True)
    ]
    sheet.write_text("\n".join([f"Campaign,Start,End,Creator,Orders,{header}", *lines, ""]))
    code, said = run("import", "results", str(sheet), str(out), "--read-at", "2024-12-01", "--yes")
    assert code == 0, said
    rows = {row["influencer_id"]: row.get("currency") for row in rows_in(out, "outcomes")}
    assert (rows["bert"], rows["cleo"]) == named, said


@pytest.mark.parametrize(("currency", "fee"), [("eur ", 50.0), (None, 50.0), ("USD", None)])
def test_what_is_attributed_has_one_currency_and_no_fee_in_another(
    currency: str | None, fee: float | None, tmp_path: Path
) -> None:
    agreed = {"campaign_id": "spring", "influencer_id": "anna", "decided_at": START, "exposure": 2, "fee": 50}
    folder = place(
        tmp_path, [order(1, codes="A")], [code("anna", "A")], candidates=[agreed | {"currency": currency}]
    )
    attribute(folder, Rules(currency="eur"), LATER)
    assert [(row["currency"], row["fee"], row["revenue"]) for row in outcomes(folder)] == [("EUR", fee, 10.0)]


def test_a_check_tells_of_several_before_anybody_trains(tmp_path: Path) -> None:
    for number, told in enumerate([("EUR",), ("EUR", "USD")]):
        code, said = run("check", str(saved(paid(*told), tmp_path / str(number))))
        assert code == 0, said
        assert ("Amounts are in several currencies" in said) == (len(told) > 1)
