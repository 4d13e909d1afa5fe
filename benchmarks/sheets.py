"""Sheets as people keep them, with cells that nobody expects: what :mod:`.malformed` brings in."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from suasion.features.sources.csvfile import LISTED, PAST

SPELLINGS = (
    *("3/5", "45 (3)", "10:30", "1.2k", "1,2 Mio", "~500", "5-7", "€ 1.369,50", "1.369,50 €", "-12", "(30)", "12 %", "1e5", "1.78414E+16"),
    *("n/a", "-", "tbd", "#REF!", "#DIV/0!", "TRUE", "see notes", "2 reels, 3 stories", "03/04", "31.02.2024", "Q2", "45413", "May", "9,99,999"),
    *("@", "@anna, @bea", "https://instagram.com/", "https://www.tiktok.com/@anna", "аnna", "anna\u200b", "Total", "IG", "EUR", "1.000.000"),
)  # fmt: skip
"""Cells as people write them."""
_WHO = (
    ("Influencer", "Creator", "Handle", "Account"),
    ("@anna", "bea.tea", "Cem K", "https://www.instagram.com/dora/", "@emil"),
)
_DAY = ("2024-03-01", "2024-03-09", "12.04.2024", "2024-05-30")
_COUNT = ("0", "1", "7", "140", "1250", "88")
SHEETS: dict[str, dict[str, tuple[Sequence[str], Sequence[str]]]] = {
    "past campaigns": {
        "campaign": (("Campaign", "Kampagne"), ("Spring", "Summer", "Autumn")),
        "who": _WHO,
        "day": (("Post date", "Date", "Start", "Datum"), _DAY),
        "orders": (("Orders", "Conversions", "Sales", "Bestellungen"), _COUNT),
        "revenue": (("Revenue", "Umsatz (€)", "Revenue (k€)"), ("20.00", "1.300,50", "99", "0")),
        "fee": (("Fee", "Cost", "Honorar", "Fee per post"), ("100", "250 €", "0", "1500")),
        "posts": (("Posts", "Deliverables", "Content"), ("1", "2", "2 reels, 1 story")),
        "status": (("Status", "Stage", "Type"), ("Done", "Live", "Done", "Planned", "Cancelled", "")),
        "followers": (("Followers", "Follower", "Abonnés"), ("12.4K", "1,2 Mio", "5300")),
    },
    "creators": {
        "who": _WHO,
        "followers": (("Followers", "Follower", "Seguidores"), ("12.4K", "1,2 Mio", "5300")),
        "rate": (("ER", "Engagement rate", "Engagement"), ("3,4 %", "0.9", "2.1%")),
        "fake": (("Fake followers", "Audience credibility"), ("12 %", "0.3", "81")),
        "country": (("Audience countries", "Country"), ("Germany 45%, Austria 12%", "DE", "US")),
        "platform": (("Platform", "Channel"), ("IG", "TikTok", "YouTube")),
        "day": (("Date", "As of"), _DAY),
    },
    "posts and counts": {
        "who": _WHO,
        "post": (
            ("Post", "Post link", "Link"),
            ("https://www.instagram.com/p/C4xyq/", "https://youtu.be/abcdefghijk", "Reel 1"),
        ),
        "day": (("Post date", "Published", "Date"), _DAY),
        "text": (("Caption", "Text"), ("tea time", "new oven", "")),
        "views": (("Views", "Aufrufe", "Plays"), ("12.4K", "900", "0")),
        "likes": (("Likes", "Gefällt mir"), _COUNT),
        "comments": (("Comments", "Kommentare"), _COUNT),
    },
    "orders": {
        "order": (("Order", "Order ID", "Bestellnummer"), ("1001", "1002", "#1003", "A-77")),
        "day": (("Date", "Created at", "Datum"), _DAY),
        "amount": (("Amount", "Total", "Betrag", "Order total"), ("20.00", "-5.00", "1.300,50", "99")),
        "currency": (("Currency", "Währung"), ("EUR", "USD", "EUR")),
        "partner": (("Partner Id", "Publisher ID"), ("77", "78")),
        "code": (("Code", "Discount code"), ("ANNA10", "BEA", "")),
        "status": (("Status", "Financial status"), ("paid", "refunded", "pending", "storniert")),
        "item": (("SKU", "Product"), ("Tea", "Pot")),
    },
}
"""Kinds of sheets: of each column how it may be called, and what is right in it."""
NEEDED = 4
"""How many of the first columns of each kind are always there: without them a sheet is refused whole."""
PARTS = {"past campaigns": PAST, "creators": LISTED, "posts and counts": None, "orders": ("orders",)}
COMMANDS = {"past campaigns": "results", "creators": "creators"}


def sheet_cell(right: Sequence[str], draw: random.Random, odd: Sequence[object]) -> str:
    if draw.random() < 0.9:
        return draw.choice(right)
    value = draw.choice((*odd, *SPELLINGS))
    return str(value)[:200].encode("utf-8", "replace").decode()


def write_sheet(kind: str, count: int, path: Path, draw: random.Random, odd: Sequence[object]) -> None:
    """Write a sheet of so many rows, its columns in any order and some of them left out, as CSV or as a workbook; a tenth of its cells is odd."""
    columns = [name for n, name in enumerate(SHEETS[kind]) if n < NEEDED or draw.random() < 0.8]
    draw.shuffle(columns)
    cells = [[draw.choice(SHEETS[kind][column][0]) for column in columns]]
    for _ in range(count):
        cells.append([sheet_cell(SHEETS[kind][column][1], draw, odd) for column in columns])
    if draw.random() < 0.2:
        cells.insert(0, ["Report of March"])
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=draw.choice(",;\t")).writerows(cells)
        return
    book = Workbook(write_only=True)
    sheet = book.create_sheet(draw.choice(("Sheet1", "Instagram", "May 2024")))
    for row in cells:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in row])
    book.save(path)
