"""The limits of a plan on the page that fold away: read as people write them, kept to, said in the answer and in what is handed on."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from suasion.features.errors import InputError
from suasion.serving.http.limits import Guard
from suasion.serving.page.fields import whole

from .quick import ask
from .test_page_budget import app as priced
from .test_page_budget import get
from .test_page_people import app

__all__ = ["app", "priced"]


@pytest.mark.parametrize(("text", "value"), [("", None), ("2", 2), ("2.0", 2), ("1.000", 1000), ("1k", 1000), ("0", 0)])  # fmt: skip
def test_a_whole_number_is_read_as_people_write_it(text: str, value: int | None) -> None:
    assert whole(text) == value


@pytest.mark.parametrize("text", ["2.5", "1,5", "-1", "two", "20 %"])
def test_what_is_no_whole_number_is_said(text: str) -> None:
    with pytest.raises(InputError):
        whole(text)


def chosen(html: str) -> list[str]:
    return re.findall(r'<tr class="asked">.*?value="(i\d\d)"', html)


@pytest.mark.parametrize(
    ("typed", "who", "says"),
    [
        ({}, ["i00", "i01", "i02", "i03"], ""),
        # i02 and i03 are on TikTok, i01 on Instagram, of the others nobody knows.
        ({"at_most": "1"}, ["i00", "i01", "i02"], "at most 1 of one platform"),
        ({"platform": ["tiktok", "instagram"]}, ["i01", "i02", "i03"], "on tiktok or instagram"),
        ({"platform": ["tiktok", "instagram"], "at_most": "1"}, ["i01", "i02"], "on tiktok or instagram; at most 1 of one platform"),
        # Only i02 and i04 are new.
        ({"min_new": "2"}, ["i00", "i02", "i04"], "at least 2 new"),
        # i02 brings 7.7 for 300 and i03 7.6 for 400: at 45 for each, i02 earns what they cost and i03 does not.
        ({"value": "45"}, ["i00", "i01", "i02"], ""),
        ({"seen": "30 %"}, ["i00", "i01", "i02", "i03"], "a post is seen by 30 % of an audience"),
    ],
)  # fmt: skip
def test_a_plan_keeps_to_each_limit_and_says_so(
    typed: dict[str, Any], who: list[str], says: str, app: Guard
) -> None:
    status, html = get(app, budget="1.000", **typed)
    assert status == 200
    assert chosen(html) == who
    kept = re.findall(r"</p><p>(?:Kept to: (.*?)\. )?The most followed", html)
    assert kept == [says]
    assert f"More limits: {len(typed)}</summary>" in html or not typed
    report = ask(app, "GET", "/campaigns/c03/report", params={"budget": "1.000", **typed}).text
    assert says in report


def test_a_plan_from_a_pasted_list_asks_nobody_else_and_says_so_wherever_it_goes(app: Guard) -> None:
    paste = {"budget": "1.000", "paste": "i07, @anna i09 nobody"}
    assert "Plan from these only</a>" in get(app, **paste)[1]
    status, html = get(app, **paste, among="list")
    assert status == 200
    assert chosen(html) == ["i01", "i07"]
    assert "Kept to: only the 3 on your list." in html
    assert "Of these the plan asks 2: it chooses from them alone." in html
    for path in ("report", "influencers/i00", "influencers/i01"):
        words = ask(app, "GET", f"/campaigns/c03/{path}", params={**paste, "among": "list"}).text
        assert ("not on the list" in words) == path.endswith("i00")
        assert "only the 3 on your list" in words or path != "report"
    status, html = get(app, budget="1.000", paste="nobody", among="list")
    assert (status, chosen(html)) == (422, [])
    assert "Nobody on the list is a candidate here, so nobody can be asked." in html
    # Without a list there is nothing to choose from: everybody is.
    assert chosen(get(app, budget="1.000", among="list")[1]) == chosen(get(app, budget="1.000")[1])


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"at_most": "2.5"}, "at_most", "2.5 is no whole number; write it as 2."),
        ({"at_most": "0"}, "at_most", "At most 0 of one platform is nobody; write 1 or more."),
        ({"min_new": "some"}, "min_new", "“some” is no number"),
        ({"value": "0"}, "value", "What a conversion is worth must be above 0."),
        ({"value": "1.500"}, "value", "1.500 can be read in two ways: write 1500 or 1.5."),
        ({"explore": "1,5"}, "explore", "1,5 is no whole number; write it as 2."),
        ({"seen": "0"}, "seen", "A post that nobody sees brings nothing; write a share above 0, such as 30 %."),
        ({"seen": "300"}, "seen", "300 is more than all of it"),
        ({"target": "9", "explore": "1"}, "explore", "Places to learn are held within a budget: give a budget and no target."),
        ({"min_new": "3"}, "budget", "Without at least 3 new there is one."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field_which_is_unfolded(
    typed: dict[str, str], field: str, says: str, app: Guard
) -> None:
    status, html = get(app, budget="1000", **typed)
    assert status == 422
    assert re.search(rf'id="wrong-{field}" role="alert">[^<]*{re.escape(says)}', html)
    for name, value in typed.items():
        assert f'name="{name}" value="{value}"' in html
    folded = html.index("<summary>More limits")
    assert (html[:folded].rpartition("<details")[2] == ' class="full" open>') == (field != "budget")


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"at_most": "2"}, "at_most", "The platform of no candidate is known"),
        ({"min_new": "2"}, "min_new", "Who is new cannot be told: the model does not look at past campaigns."),
    ],
)  # fmt: skip
def test_what_the_data_cannot_tell_is_told_at_its_field(
    typed: dict[str, str], field: str, says: str, priced: Guard
) -> None:
    status, html = get(priced, budget="1000", **typed)
    assert status == 422
    assert says in html[html.index(f'id="wrong-{field}"') :][:200]


def test_a_sheet_and_every_link_carry_the_limits(app: Guard) -> None:
    typed = {"budget": "1.000", "at_most": "1", "min_new": "1", "value": "€45", "explore": "1", "seen": "30", "platform": ["tiktok", "instagram"]}  # fmt: skip
    answer = ask(app, "GET", "/campaigns/c03/shortlist.xlsx", params=typed)
    said = load_workbook(io.BytesIO(answer.content))["How to read"]["B"][-2].value
    assert (
        "; budget 1,000; a conversion worth 45; places held to learn 1; on tiktok or instagram; at most 1 of one platform; "
        "at least 1 new; a post is seen by 30 % of an audience; as of " in said
    )
    html = get(app, **typed)[1]
    query = "budget=1.000&at_most=1&min_new=1&value=%E2%82%AC45&explore=1&seen=30"
    links = re.findall(
        r'(?:data-row|leave out|class="tick")[^>]*href="([^"]*)"|href="([^"]*)" data-row', html
    )
    assert links
    assert all(query in one or query in other for one, other in links)
    person = ask(app, "GET", "/campaigns/c03/influencers/i00", params=typed).text
    for name in ("at_most", "explore", "platform"):
        assert f'type="hidden" name="{name}"' in person
