"""What the terminal says of where orders ended, each sentence where it belongs and nowhere else; and a file of rates."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from suasion.features.attribution.attribute import Attribution, Fate, Leak, Rules
from suasion.features.attribution.rules import read_rates
from suasion.features.errors import InputError
from suasion.features.tables.quarantine import TableReport
from suasion.serving.cli.terminal.credited import print_attribution

QUIET = Attribution(
    rules=Rules(),
    reports=3,
    orders=3,
    fates=(Fate(None, 2, 123456, 50), Fate("not paid", 1, 100, 7)),
    unconverted=(),
    leaks=(),
    outcomes=1200,
    tied=0,
    unclear=(),
    unseen=(),
    new_customers=0,
    open_campaigns=0,
    elsewhere=0,
    tables=(TableReport("orders", "orders.csv", read=3, kept=3),),
)


def said(**told: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=300, highlight=False)
    print_attribution(console, replace(QUIET, **told), Path("d"))
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("currency", "rows"),
    [
        ("EUR", ["credited 2 1,234.56 0.50", "not paid 1 1.00 0.07", "", "all 3 1,235.56 0.57"]),
        ("JPY", ["credited 2 123,456 50", "not paid 1 100 7", "", "all 3 123,556 57"]),
        ("KWD", ["credited 2 123.456 0.050", "not paid 1 0.100 0.007", "", "all 3 123.556 0.057"]),
    ],
)
def test_the_sums_in_the_currencys_own_digits(currency: str, rows: list[str]) -> None:
    assert said(rules=Rules(currency=currency)) == [
        f"where orders ended orders amount, {currency} given back, {currency}",
        *rows,
        "0 credited orders are of customers known to be new.",
        "1,200 outcomes are in d/outcomes, every order's end in d/attribution.parquet.",
        "Next: suasion check d",
    ]


def unseen(many: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"w{n}", f"V{n}") for n in range(many))


FIVE = "'V0' of w0, 'V1' of w1, 'V2' of w2, 'V3' of w3, 'V4' of w4"
LOOK = ": look whether they are written as they were given out."
KEPT = "counted all the same; --leaked-out leaves them out"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"reports": 4}, "4 reports of 3 orders: those of one order count once."),
        ({"unconverted": (("JPY", 1200, 1234),)}, "1,200 orders of 1,234 JPY have no rate and are not in these sums: --rates FILE."),
        ({"unconverted": (("GBP", 1, 123456),)}, "1 orders of 1,234.56 GBP have no rate and are not in these sums: --rates FILE."),
        ({"tied": 1}, "1 orders point to several alike, and are shared between them."),
        ({"unclear": (("anna", "n/a", "it names no code"),)}, "set aside: 'n/a' in codes, of anna: it names no code."),
        ({"unseen": unseen(1)}, f"No order came by 'V0' of w0{LOOK}"),
        ({"unseen": unseen(5)}, f"No order came by {FIVE}{LOOK}"),
        ({"unseen": unseen(6)}, f"No order came by {FIVE} and 1 more{LOOK}"),
        ({"unseen": unseen(1305)}, f"No order came by {FIVE} and 1,300 more{LOOK}"),
        ({"leaks": (Leak("c", "anna", "A", 1200, 0, None),)}, f"leaked, it seems: A of anna in c, 1,200 uses ({KEPT})."),
        ({"leaks": (Leak("c", "anna", "A", 30, 3, 1000.0),)}, f"leaked, it seems: A of anna in c, 30 uses by an audience of 1,000, 3 before it was shown ({KEPT})."),
        ({"leaks": (Leak("c", "anna", "A", 30, 0, 0.0),), "rules": Rules(leaked_out=True)}, "leaked, it seems: A of anna in c, 30 uses by an audience of 0 (left out)."),
        ({"tables": (TableReport("refunds", None, 9, 8, 0, (("no id", 1),)),)}, "set aside: 1 refunds, no id; see d/quarantine/refunds.csv"),
        ({"open_campaigns": 1}, "1 campaigns are still open: without outcomes yet."),
        ({"elsewhere": 1}, "1 outcomes stand in another file of outcomes already: left to that."),
    ],
)  # fmt: skip
def test_a_sentence_more(told: dict[str, Any], says: str) -> None:
    plain, more = said(), said(**told)
    assert [line for line in more if line not in plain] == [says]
    assert [line for line in more if line != says] == plain


def test_how_many_are_new() -> None:
    told = said(new_customers=1200)
    assert "1,200 credited orders are of customers known to be new." in told


@pytest.mark.parametrize(
    ("text", "rates", "line"),
    [
        ("\ufeffcurrency,rate\n usd , 0.92 \nJPY,0.0061\n", {"USD": "0.92", "JPY": "0.0061"}, None),
        ("rate,currency,note\n2,gbp,x\n", {"GBP": "2"}, None),
        ("currency,rate\n", {}, None),
        ("currency,rate\nUSD,0.92\nGBP,\n", None, 3),
        ("currency,rate\nUSD,much\n", None, 2),
        ("currency,rate\nUS,1\n", None, 2),
        ("currency,rate\nUSDT,1\n", None, 2),
        ("currency,rate\n,1\n", None, 2),
        ("currency\nUSD\n", None, 2),
        ("rate\n1\n", None, 2),
    ],
)
def test_a_file_of_rates(text: str, rates: dict[str, str] | None, line: int | None, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(text, encoding="utf-8")
    if rates is not None:
        assert read_rates(path) == {name: Decimal(rate) for name, rate in rates.items()}
    else:
        with pytest.raises(InputError, match=f"line {line}: not a currency and its rate"):
            read_rates(path)
    path.write_bytes(b"currency,rate,note\nUSD,0.92,f\xfcr M\xe4rz\n")
    assert read_rates(path) == {"USD": Decimal("0.92")}, "a note in bytes that are no UTF-8 costs nothing"
