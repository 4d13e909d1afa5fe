"""What the service takes, as pydantic models: the OpenAPI document is made from them.

Rows of raw activity are made from the declarations in :mod:`suasion.features.tables.schema`, so a column has one definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
)
from pydantic.config import JsonDict

from suasion.features.errors import InputError
from suasion.features.tables.schema import TABLES, Column
from suasion.serving.scoring.activity import Activity
from suasion.serving.scoring.candidates import LONGEST, Ask
from suasion.serving.scoring.plan.limits import LEAST, MOST_EACH

MOST_PEOPLE, MOST_POSTS, MOST_ROWS = 100, 20_000, 20_000
WIDEST = 100_000
"""Longest text, in characters."""


def _clean(text: str) -> str:
    """Replace what no UTF-8 text and no database can hold: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def _moment(text: str) -> str:
    moment_of(text)
    return text


def moment_of(text: str) -> datetime:
    """Return a moment as UTC without a zone; RFC 3339, a leap second counting as the second before.

    >>> moment_of("2024-06-01T02:00:00+02:00")
    datetime.datetime(2024, 6, 1, 0, 0)
    """
    upper = text.upper().replace(" ", "T")
    head, seconds, tail = upper[:17], upper[17:19], upper[19:]
    try:
        moment = datetime.fromisoformat(head + "59" + tail if seconds == "60" else upper)
    except ValueError:
        raise ValueError("is no time; write 2024-06-01T00:00:00Z") from None
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        return moment.replace(tzinfo=None)


def _whole(value: object) -> object:
    """JSON has one kind of number: 5.0 is 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
AtLeastOne = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_whole)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern="^[^\\x00]+$")]
"""An id: one with a NUL is nobody's, and with another letter in its place it would be somebody else's."""
Text = Annotated[str, StringConstraints(max_length=WIDEST), AfterValidator(_clean)]
Label = Annotated[str, StringConstraints(max_length=512), AfterValidator(_clean)]
Moment = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(_moment),
    Field(json_schema_extra={"format": "date-time"}),
]
When = Annotated[str, StringConstraints(max_length=40), AfterValidator(_clean)]
"""A time in a row: one that cannot be read sets the row aside, and not the request."""
Money = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Exposure = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
Discount = Annotated[float, Field(ge=0, le=1e3, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Names = Annotated[list[Named], Field(max_length=1_000)]
Above = Annotated[float, Field(ge=LEAST, le=1e12, allow_inf_nan=False)]


class Strict(BaseModel):
    """A request: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Offer(Strict):
    """What is offered where no candidate row tells it; what is left out is the median of past outcomes."""

    exposure: Exposure | None = Field(None, description="Calls to be made.")
    fee: Money | None = Field(None, description="What each is paid.")
    discount: Discount | None = Field(None, description="Discount for the audience, as a share.")


class CampaignOffer(Offer):
    """What is offered to all, with the data's own columns.

    Of one person a discount of 20 is set aside with that person; of all it would leave nobody, so it is refused.
    """

    discount: Share | None = Field(None, description="Discount for the audience, as a share.")
    extra: dict[Label, Money] = Field({}, description="The data's own columns, named offer_….", max_length=50)

    def by_column(self) -> dict[str, float]:
        """Return the offer by column."""
        offer: dict[str, float] = self.model_dump(exclude_none=True, exclude={"extra"})
        return offer | self.extra


class CampaignAsk(Strict):
    """A stored campaign, perhaps as of another moment or with another offer."""

    campaign_id: Named = Field(examples=["c0165"])
    as_of: Moment | None = Field(None, description="Moment of decision; default: each candidate's.")
    offer: CampaignOffer = CampaignOffer()

    def ask(self) -> Ask:
        """Return the question."""
        return Ask(campaign=self.campaign_id, as_of=_when(self.as_of), offer=self.offer.by_column())


BOTH_ENDS: JsonDict = {
    "required": ["ends_at", "days"],
    "properties": {"ends_at": {"type": "string"}, "days": {"type": "number"}},
}
"""When a campaign ends and how long it lasts: one of the two can be told."""


SOLD_IN = TABLES["campaigns"].column("country").pattern
"""How countries are written."""


class BriefAsk(Strict):
    """A new campaign in words."""

    model_config = ConfigDict(json_schema_extra={"not": BOTH_ENDS})

    brief: Annotated[
        str, StringConstraints(min_length=1, max_length=20_000, pattern=r"\S"), AfterValidator(_clean)
    ] = Field(examples=["A cold-brew coffee for summer, ready to drink, with oat milk."])
    brand: Label | None = None
    category: Label | None = None
    goal: Label | None = Field(
        None, description="What counts as a conversion; default: what the model learned from."
    )
    country: Annotated[str, StringConstraints(pattern=SOLD_IN, max_length=512)] | None = Field(
        None, description="Where people can act as asked: codes of countries.", examples=["DE, AT"]
    )
    as_of: Moment | None = Field(None, description="Moment of decision; default: the data's end.")
    ends_at: Moment | None = Field(None, description="When the campaign ends; or tell days.")
    days: Annotated[float, Field(gt=0, le=LONGEST, allow_inf_nan=False)] | None = Field(
        None, description="How many days it lasts; default: the median of known campaigns."
    )
    offer: CampaignOffer = CampaignOffer()

    def ask(self) -> Ask:
        """Return the question."""
        said = {"as_of": _when(self.as_of), "ends_at": _when(self.ends_at), "offer": self.offer.by_column()}
        return Ask.of({**dict(self), **said})


AnyAsk = CampaignAsk | BriefAsk


def _when(moment: str | None) -> datetime | None:
    return moment_of(moment) if moment is not None else None


class ScoreRequest(Strict):
    """Candidates of a campaign or a brief, best first."""

    ask: AnyAsk
    offset: Whole = Field(0, ge=0, le=10_000_000)
    limit: Whole = Field(50, ge=1, le=1_000)


class ExplainRequest(Strict):
    """One candidate of a campaign or a brief."""

    ask: AnyAsk
    influencer_id: Named = Field(examples=["i0000297"])


class PlanRequest(Strict):
    """Whom to ask within a budget, or for a target."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "number"}}}
                for name in ("budget", "target")
            ],
            "examples": [
                {"ask": {"brief": "A cold-brew coffee for summer.", "offer": {"fee": 400}}, "budget": 3000}
            ],
        },
    )

    ask: AnyAsk
    budget: Above | None = Field(None, description="Money to spend on fees.")
    target: Above | None = Field(
        None, description="Conversions to be expected, for as little money as they take."
    )
    value: Above | None = Field(
        None, description="What a conversion is worth; default: its revenue in past outcomes."
    )
    must: Names = Field([], description="Ids, accounts or handles of those who are asked in any case.")
    never: Names = Field([], description="Of those who are not asked.")
    most_fee: Money | None = Field(None, description="The most that one person may cost.")
    most_posts: Annotated[int, Field(ge=1, le=MOST_EACH)] | None = Field(
        None,
        description="Choose how many posts each is asked for, up to so many; default: as many as are agreed.",
    )
    at_most: AtLeastOne | None = Field(None, description="How many may be of one platform.")
    min_new: Whole = Field(0, ge=0, le=1_000_000, description="How many must have no past outcome.")
    platforms: Annotated[list[Label], Field(max_length=100)] = Field(
        [], description="Where to ask; empty for everywhere."
    )
    among: Names = Field([], description="Of those to choose from, such as a list; empty for all candidates.")
    seen: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None,
        description="Share of an audience that sees a post: by it, whoever follows several people counts once.",
    )

    explore: Whole = Field(
        0, ge=0, le=1_000, description="Places held for people to learn from, picked by chance."
    )

    def question(self) -> Ask:
        """Return the question.

        Raises
        ------
        InputError
            When there is neither a budget nor a target.
        """
        if self.budget is None and self.target is None:
            raise InputError(
                "A plan needs a budget, or a target of conversions.",
                field="budget",
                allowed="a budget or a target",
            )
        said = {name: tuple(value) if isinstance(value, list) else value for name, value in self}
        return Ask.of({**vars(self.ask.ask()), **said})


class ChangeRequest(Strict):
    """Two scorings of one influencer: at two moments, under two models, or both."""

    ask: AnyAsk
    influencer_id: Named
    to_as_of: Moment | None = Field(None, description="The later moment; default: that of the question.")
    models: bool = Field(False, description="Compare the earlier model (``--previous``) with this one.")

    def both(self) -> tuple[Ask, Ask]:
        """Return the earlier and the later question."""
        before = self.ask.ask()
        return before, replace(before, as_of=moment_of(self.to_as_of)) if self.to_as_of else before


def _field(column: Column) -> tuple[object, object]:
    """Return the type of a column, and what pydantic says of it."""
    kinds: dict[str, Any] = {  # types, some annotated
        "id": Named,
        "text": Text,
        "texts": Annotated[list[Text], Field(max_length=200)],
        "time": When,
        "flag": bool,
        "number": Annotated[float, Field(ge=column.minimum, le=1e15, allow_inf_nan=False)],
    }
    kind = kinds[column.type]
    meaning = f"{column.meaning}{f' ({column.unit})' if column.unit else ''}"
    if column.required:
        return kind, Field(description=meaning)
    return kind | None, Field(None, description=meaning)


def _row(name: str) -> type[Strict]:
    columns: dict[str, Any] = {  # as pydantic's create_model takes them
        column.name: _field(column) for column in TABLES[name].columns
    }
    columns["known_at"] = (When | None, Field(None, description="When it could first be known."))
    return create_model(
        f"{name.title().replace('_', '')}Row",
        __base__=Strict,
        __doc__=f"A row of {name}: {TABLES[name].meaning}.",
        **columns,
    )


PostRow, AudienceRow, MentionRow, CredentialRow = map(_row, ("posts", "audience", "mentions", "credentials"))
PostMetricsRow = _row("post_metrics")


class Person(Offer):
    """Somebody to score, with what is agreed with them."""

    influencer_id: Named = Field(examples=["newcomer"])
    created_at: When | None = Field(None, description="When the account was made.")
    known_at: When | None = None
    platform: Label | None = None
    handle: Label | None = None


EXAMPLE_ACTIVITY: JsonDict = {
    "ask": {"brief": "A cold-brew coffee for summer."},
    "people": [{"influencer_id": "newcomer", "created_at": "2021-04-01T00:00:00Z", "exposure": 2}],
    "posts": [
        {
            "post_id": "p1",
            "author_id": "newcomer",
            "created_at": "2023-11-02T09:00:00Z",
            "text": "My cold brew recipe: coarse beans, 18 hours, then oat milk.",
        },
        {
            "post_id": "p2",
            "author_id": "reader",
            "created_at": "2023-11-02T10:00:00Z",
            "text": "Which beans do you use?",
            "reply_to_id": "p1",
        },
    ],
    "mentions": [
        {
            "referrer_id": "reader",
            "influencer_id": "newcomer",
            "kind": "mention",
            "created_at": "2023-11-02T10:00:00Z",
        }
    ],
    "audience": [{"influencer_id": "newcomer", "observed_at": "2023-11-01T00:00:00Z", "followers": 5400}],
    "credentials": [],
    "post_metrics": [{"post_id": "p1", "observed_at": "2023-11-04T09:00:00Z", "views": 2100, "likes": 130}],
}


class ActivityRequest(Strict):
    """People scored by rows that come with the request, in the columns of the tables.

    Leave a table out where it is not known: its features are then missing, and named. An empty list says that there was
    nothing. Posts are everybody's who answers or cites them, and those they answer. Past outcomes are the stored ones.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ACTIVITY]})

    ask: AnyAsk
    people: Annotated[list[Person], Field(min_length=1, max_length=MOST_PEOPLE)]
    posts: Annotated[list[PostRow], Field(max_length=MOST_POSTS)] | None = None  # type: ignore[valid-type]
    mentions: Annotated[list[MentionRow], Field(max_length=MOST_ROWS)] | None = None  # type: ignore[valid-type]
    audience: Annotated[list[AudienceRow], Field(max_length=MOST_ROWS)] | None = None  # type: ignore[valid-type]
    credentials: Annotated[list[CredentialRow], Field(max_length=MOST_ROWS)] | None = None  # type: ignore[valid-type]
    post_metrics: Annotated[list[PostMetricsRow], Field(max_length=MOST_ROWS)] | None = None  # type: ignore[valid-type]

    def activity(self) -> Activity:
        """Return the rows as they came."""
        tables = (self.posts, self.audience, self.mentions, self.credentials, self.post_metrics)
        return Activity([person.model_dump() for person in self.people], *(_rows(rows) for rows in tables))


def _rows(rows: Sequence[BaseModel] | None) -> list[dict[str, object]] | None:
    return None if rows is None else [row.model_dump() for row in rows]
