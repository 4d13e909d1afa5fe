"""For which campaign an order counts: the one shown last, all that cannot be told apart, until the last day is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from suasion.features.attribution.attribute import Rules, attribute

from .sources import run
from .test_attribution import LATER, code, ends, order, place, reasons


@pytest.mark.parametrize("names", [("a", "z"), ("z", "a")])
@pytest.mark.parametrize(
    ("kind", "value"), [("code", "ANNA10"), ("link", "/anna"), ("utm", "anna"), ("partner", "77")]
)
def test_what_is_kept_for_several_campaigns_counts_for_the_one_shown_last(
    kind: str, value: str, names: tuple[str, str], tmp_path: Path
) -> None:
    """And first where the first counts; by when it was shown, and not by the campaign's name."""
    march, april = names
    campaigns = [
        {"campaign_id": march, "brief": "tea", "starts_at": "2024-03-01", "ends_at": "2024-03-31"},
        {"campaign_id": april, "brief": "tea", "starts_at": "2024-04-01", "ends_at": "2024-04-30"},
    ]
    days = {"1": "2024-03-10", "2": "2024-04-01", "3": "2024-04-10", "4": "2024-04-20", "5": "2024-05-10"}
    known = {"codes": "anna10", "landing": "/anna", "utm_campaign": "anna", "partner_id": "awin:77"}
    orders = [order(int(number), at=f"{day} 10:00:00", **known) for number, day in days.items()]
    for posted, credit, expected in (
        (("2024-03-02", "2024-04-02"), "last", f"{march} {march} {april} {april} {april}"),
        ((None, None), "last", f"{march} {april} {april} {april} {april}"),
        ((None, None), "first", f"{march} {march} {march} {march} {april}"),
    ):
        codes = [code("anna", value, kind, march, posted[0]), code("anna", value, kind, april, posted[1])]
        folder = place(tmp_path / f"{credit}{posted[0]}", orders, codes, campaigns=campaigns)
        told = attribute(folder, Rules(credit=credit), LATER)  # type: ignore[arg-type]
        found = {row["order_id"]: row["campaign_id"] for row in ends(folder)}
        assert " ".join(found[f"shop:{number}"] for number in days) == expected
        assert (told.tied, told.leaks) == (0, ())


def test_a_code_kept_from_an_earlier_campaign_has_not_leaked(tmp_path: Path) -> None:
    later = [{"campaign_id": "autumn", "brief": "tea", "starts_at": "2024-03-10", "ends_at": "2024-03-20"}]
    orders = [order(number, codes="ANNA10") for number in range(5)]
    codes = [code("anna", "ANNA10"), code("anna", "ANNA10", campaign="autumn", posted_at="2024-03-11")]
    folder = place(tmp_path / "d", orders, codes, campaigns=later)
    assert attribute(folder, Rules(leaked_out=True), LATER).leaks == ()
    assert set(reasons(folder).values()) == {"spring/anna"}


def test_who_cannot_be_told_apart_shares_and_it_is_said(tmp_path: Path) -> None:
    codes = [code("anna", "TEA10"), code("zoe", "TEA10")]
    folder = place(tmp_path / "d", [order(1, codes="TEA10", amount=1001)], codes)
    told = attribute(folder, Rules(), LATER)
    assert told.tied == 1
    assert [(row["influencer_id"], row["paid"], row["share"]) for row in ends(folder)] == [
        ("anna", 501, 0.5),
        ("zoe", 500, 0.5),
    ]
    assert "1 orders point to several alike, and are shared between them" in run("attribute", str(folder))[1]
    assert attribute(folder, Rules(credit="shared"), LATER).tied == 0


@pytest.mark.parametrize(
    ("starts", "ends_at", "inside", "outside"),
    [
        ("2024-03-01", "2024-03-15", "2024-03-15 23:59:59.999999", "2024-03-16 00:00:00"),
        ("2024-03-01 08:00:00", "2024-03-15", "2024-03-15 23:59:59.999999", "2024-03-16 00:00:00"),
        ("2024-03-01 08:00:00", "2024-03-15 18:00:00", "2024-03-15 17:59:59.999999", "2024-03-15 18:00:00"),
        # Days of Berlin, before and after the clocks change.
        ("2024-02-29 23:00:00", "2024-03-14 23:00:00", "2024-03-15 22:59:59.999999", "2024-03-15 23:00:00"),
        ("2024-02-29 23:00:00", "2024-04-14 22:00:00", "2024-04-15 21:59:59.999999", "2024-04-15 22:00:00"),
        # Days of Sydney.
        ("2024-02-29 13:00:00", "2024-04-14 14:00:00", "2024-04-15 13:59:59.999999", "2024-04-15 14:00:00"),
        ("2024-03-01", None, "2024-03-01 23:59:59.999999", "2024-03-02 00:00:00"),
    ],
)
def test_the_last_day_counts_whole(
    starts: str, ends_at: str | None, inside: str, outside: str, tmp_path: Path
) -> None:
    orders = [order(1, codes="A", at=inside), order(2, codes="A", at=outside)]
    days = [{"campaign_id": "x", "brief": "tea", "starts_at": starts, "ends_at": ends_at}]
    folder = place(tmp_path / "d", orders, [code("anna", "A", campaign="x")], campaigns=days)
    attribute(folder, Rules(window=0), LATER)
    assert reasons(folder) == {
        "shop:1": "x/anna",
        "shop:2": "outside the window of every campaign it points to",
    }
