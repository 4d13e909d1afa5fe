"""What a request may hold, at the edge of each limit: the last value that is taken, and the first that is not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from suasion.serving.http import requests, responses
from suasion.serving.http.requests import ActivityRequest, moment_of
from suasion.serving.scoring.candidates import Ask

BRIEF, CAMPAIGN, NAN, INF = {"brief": "x"}, {"campaign_id": "c"}, float("nan"), float("inf")
PERSON = {"influencer_id": "a"}


def takes(model: type[BaseModel], body: dict[str, Any]) -> bool:
    try:
        model.model_validate(body)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("model", "body", "field", "good", "bad"),
    [
        ("ScoreRequest", {"ask": BRIEF}, "offset", [0, 10_000_000, 5.0], [-1, 10_000_001, 5.5, "5", NAN]),
        ("ScoreRequest", {"ask": BRIEF}, "limit", [1, 1_000], [0, 1_001]),
        ("ScoreRequest", {"ask": BRIEF}, "other", [], [1]),
        ("ExplainRequest", {"ask": BRIEF}, "influencer_id", ["a", "a" * 512], ["", "a" * 513, None, 5]),
        ("ChangeRequest", {"ask": BRIEF, **PERSON}, "models", [True, False], ["true", 1]),
        ("ChangeRequest", {"ask": BRIEF, **PERSON}, "to_as_of", ["2024-06-01", None], ["soon", 5]),
        ("CampaignAsk", CAMPAIGN, "campaign_id", ["c" * 512], ["", "c" * 513]),
        ("CampaignAsk", CAMPAIGN, "as_of", ["2024-06-01", None], ["2024-13-01", "2024-06-01T00:00:00" + "0" * 22]),
        ("BriefAsk", BRIEF, "brief", ["x", "x" * 20_000, " x "], ["", " ", "\n", "x" * 20_001, None]),
        ("BriefAsk", BRIEF, "brand", [None, "", "x" * 512], ["x" * 513]),
        ("BriefAsk", BRIEF, "category", [None, "", "x" * 512], ["x" * 513]),
        ("BriefAsk", BRIEF, "days", [None, 0.001, 3660.0, 7], [0.0, -1.0, 3660.5, NAN, INF, "7"]),
        ("BriefAsk", BRIEF, "ends_at", [None, "2024-06-01"], ["soon"]),
        ("BriefAsk", BRIEF, "campaign_id", [], ["c"]),
        ("Offer", {}, "exposure", [None, 0.001, 1e12], [0.0, -1.0, 2e12, NAN, INF]),
        ("Offer", {}, "fee", [None, 0.0, 1e12], [-0.01, 1.1e12, NAN, INF]),
        ("Offer", {}, "discount", [None, 0.0, 1e3], [-0.01, 1e3 + 1, NAN, INF]),
        ("CampaignOffer", {}, "discount", [None, 0.0, 1.0], [-0.01, 1.01, 193.119, NAN, INF]),
        ("CampaignOffer", {}, "extra", [{}, {f"offer_{n}": 0.0 for n in range(50)}, {"x" * 512: 1e12}],
         [{f"offer_{n}": 0.0 for n in range(51)}, {"x" * 513: 1.0}, {"offer_x": -1.0}, {"offer_x": NAN}]),
        ("Person", PERSON, "exposure", [0.5], [0.0]),
        ("Person", PERSON, "created_at", ["soon", "x" * 40], ["x" * 41]),
        ("Person", PERSON, "known_at", ["soon", None], ["x" * 41]),
        ("Person", PERSON, "platform", ["x" * 512], ["x" * 513]),
        ("Person", PERSON, "handle", ["x" * 512], ["x" * 513]),
        ("ActivityRequest", {"ask": BRIEF}, "people", [[PERSON], [PERSON] * 100], [[], [PERSON] * 101, None]),
    ],
)  # fmt: skip
def test_the_last_value_is_taken_and_the_first_beyond_is_not(
    model: str, body: dict[str, Any], field: str, good: list[Any], bad: list[Any]
) -> None:
    kind: type[BaseModel] = getattr(requests, model)
    assert [value for value in good if not takes(kind, {**body, field: value})] == []
    assert [value for value in bad if takes(kind, {**body, field: value})] == []


POST = {"post_id": "p", "created_at": "soon"}
AUDIENCE = {"influencer_id": "a", "observed_at": "2024-01-01", "followers": 1.0}
METRICS = {"post_id": "p", "observed_at": "2024-01-01"}
MENTION = {"referrer_id": "b", "influencer_id": "a", "kind": "mention", "created_at": "2024-01-01"}
CREDENTIAL = {"influencer_id": "a", "kind": "degree", "awarded_at": "2024-01-01"}


@pytest.mark.parametrize(
    ("table", "row", "field", "good", "bad"),
    [
        ("posts", POST, "text", [None, "x" * 100_000], ["x" * 100_001, 5]),
        ("posts", POST, "links", [None, [], ["x"] * 200], [["x"] * 201, "x", [1]]),
        ("posts", POST, "created_at", ["soon", "x" * 40], [None, "x" * 41]),
        ("posts", POST, "known_at", [None, "soon", "x" * 40], ["x" * 41]),
        ("posts", POST, "post_id", ["p" * 512], [None, "", "p" * 513]),
        ("posts", POST, "author_id", [None, "p" * 512], ["", "p" * 513]),
        ("posts", POST, "likes", [], [1]),
        ("audience", AUDIENCE, "followers", [0.0, 1e15, 5], [None, -1.0, 1.1e15, NAN, INF]),
        ("audience", AUDIENCE, "following", [None, 0.0], [-1.0]),
        ("post_metrics", METRICS, "views", [None, 0.0, 1e15], [-1.0, "5"]),
        ("mentions", MENTION, "kind", ["mention"], [None]),
        ("credentials", CREDENTIAL, "verified", [None, True, False], ["yes", 1]),
    ],
)
def test_a_row_holds_the_columns_of_its_table(
    table: str, row: dict[str, Any], field: str, good: list[Any], bad: list[Any]
) -> None:
    def request(value: Any) -> dict[str, Any]:
        return {"ask": BRIEF, "people": [PERSON], table: [{**row, field: value}]}

    assert [value for value in good if not takes(ActivityRequest, request(value))] == []
    assert [value for value in bad if takes(ActivityRequest, request(value))] == []
    required = {"posts": {"post_id", "created_at"}, "audience": set(AUDIENCE), "mentions": set(MENTION)}
    required["post_metrics"] = set(METRICS)
    for name in row:
        less = {key: value for key, value in row.items() if key != name}
        without = takes(ActivityRequest, {"ask": BRIEF, "people": [PERSON], table: [less]})
        assert without == (name not in required.get(table, set(CREDENTIAL))), name


@pytest.mark.parametrize(
    ("table", "row"),
    [("posts", POST), ("audience", AUDIENCE), ("mentions", MENTION), ("credentials", CREDENTIAL)],
)
def test_a_table_of_a_request_has_twenty_thousand_rows_at_most(table: str, row: dict[str, Any]) -> None:
    field = ActivityRequest.model_fields[table]
    document = ActivityRequest.model_json_schema()["properties"][table]["anyOf"]
    assert document[0]["maxItems"] == 20_000
    assert document[1] == {"type": "null"}
    assert field.default is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-06-01", datetime(2024, 6, 1)),
        ("2024-06-01T12:30:00", datetime(2024, 6, 1, 12, 30)),
        ("2024-06-01 12:30:00z", datetime(2024, 6, 1, 12, 30)),
        ("2024-06-01t12:30:00-05:30", datetime(2024, 6, 1, 18)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59)),
        ("2016-12-31T23:59:60.250+00:00", datetime(2016, 12, 31, 23, 59, 59, 250_000)),
        ("2024-06-01T00:00:06Z", datetime(2024, 6, 1, 0, 0, 6)),
        ("0001-01-01T00:00:00+02:00", datetime(1, 1, 1)),
        ("9999-12-31T23:00:00-02:00", datetime(9999, 12, 31, 23)),
    ],
)
def test_a_moment_is_utc_whatever_its_offset(text: str, moment: datetime) -> None:
    assert moment_of(text) == moment
    assert moment_of(text).tzinfo is None


@pytest.mark.parametrize("text", ["", "soon", "2024-02-30", "2024-06-01T12:30:61Z"])
def test_what_is_no_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; write 2024-06-01T00:00:00Z"):
        moment_of(text)


def test_a_question_comes_out_as_it_was_put() -> None:
    offer = {"exposure": 2.0, "fee": 0.0, "extra": {"offer_gift": 3.0}}
    told = {"exposure": 2.0, "fee": 0.0, "offer_gift": 3.0}
    at = datetime(2024, 6, 1)
    asked = requests.CampaignAsk.model_validate({**CAMPAIGN, "as_of": "2024-06-01", "offer": offer})
    assert asked.ask() == Ask(campaign="c", as_of=at, offer=told)
    assert requests.CampaignAsk.model_validate(CAMPAIGN).ask() == Ask(campaign="c")
    body = {"brief": "x", "brand": "b", "category": "k", "as_of": "2024-06-01", "ends_at": "2024-07-01"}
    brief = requests.BriefAsk.model_validate({**body, "days": 3, "offer": offer}).ask()
    assert brief == Ask(brief="x", brand="b", category="k", as_of=at, offer=told, ends_at=datetime(2024, 7, 1), days=3.0)  # fmt: skip
    assert requests.BriefAsk.model_validate(BRIEF).ask() == Ask(brief="x")


def test_a_request_for_scores_begins_with_the_first_fifty() -> None:
    asked = requests.ScoreRequest.model_validate({"ask": BRIEF})
    assert (asked.offset, asked.limit) == (0, 50)
    assert requests.ChangeRequest.model_validate({"ask": BRIEF, **PERSON}).models is False
    assert requests.ScoreRequest.model_validate({"ask": BRIEF, "limit": 7.0}).limit == 7


def test_what_no_text_can_hold_is_replaced() -> None:
    for model, body, fields in (
        (requests.BriefAsk, BRIEF, ("brief", "brand", "category")),
        (requests.Person, PERSON, ("created_at", "platform")),
        (requests.PostRow, POST, ("text", "created_at")),
    ):
        for field in fields:
            told: Any = model.model_validate({**body, field: "a\x00b"})
            assert getattr(told, field) == "a\ufffdb", field
    assert requests._clean("a\ud800") == "a?"
    assert not takes(requests.CampaignAsk, {**CAMPAIGN, "campaign_id": "a\x00b"}), "nobody's id has a NUL"
    assert not takes(requests.ExplainRequest, {"ask": BRIEF, "influencer_id": "a\x00b"})
    assert not takes(requests.Person, {**PERSON, "influencer_id": "a\x00b"})
    assert not takes(requests.PostRow, {**POST, "post_id": "a\x00b"})


def test_a_table_left_out_is_not_known_and_an_empty_one_is() -> None:
    body = {"ask": BRIEF, "people": [PERSON], "posts": [], "audience": [AUDIENCE]}
    told = ActivityRequest.model_validate(body).activity()
    assert (told.posts, told.mentions, told.credentials, told.post_metrics) == ([], None, None, None)
    assert told.audience is not None
    assert {name: value for name, value in told.audience[0].items() if value is not None} == AUDIENCE
    told = ActivityRequest.model_validate({"ask": BRIEF, "people": [PERSON], "mentions": [MENTION], "credentials": [CREDENTIAL]}).activity()  # fmt: skip
    assert told.posts is None
    assert told.audience is None
    assert told.mentions is not None
    assert told.credentials is not None
    assert (told.mentions[0]["kind"], told.credentials[0]["kind"]) == ("mention", "degree")


def test_the_document_says_what_a_column_means_and_how_it_is_counted() -> None:
    found = requests.AudienceRow.model_json_schema()
    assert found["title"] == "AudienceRow"
    assert found["description"].startswith("A row of audience: ")
    assert "(" in found["properties"]["followers"]["description"]
    assert "(" not in requests.MentionRow.model_json_schema()["properties"]["kind"]["description"]
    brief = requests.BriefAsk.model_json_schema()
    assert brief["not"]["required"] == ["ends_at", "days"]
    assert brief["properties"]["as_of"]["anyOf"][0]["format"] == "date-time"
    assert brief["properties"]["brief"]["examples"]
    assert ActivityRequest.model_json_schema()["examples"]


def test_an_answer_may_hold_more_where_a_review_says_more() -> None:
    told = {"since": "x", "outcomes": 1, "expected": 1.0, "actual": 1.0, "retrain": True, "reasons": []}
    assert responses.ReviewResult.model_validate({**told, "more": 1}).model_dump()["more"] == 1
    problem = responses.Problem.model_validate({"title": "t", "status": 404, "detail": "d"})
    assert (problem.type, problem.request_id, problem.errors) == ("about:blank", None, [])


@pytest.mark.parametrize("kind", ["Money", "Exposure", "Discount"])
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_no_number_is_told_so(kind: str, value: float) -> None:
    with pytest.raises(ValidationError, match="Input should be a finite number"):
        TypeAdapter(getattr(requests, kind)).validate_python(value)
