"""What the service answers, as pydantic models: the OpenAPI document is made from them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from suasion.serving.scoring.activity import SetAside

Banner = Annotated[
    list[str], Field(description="What changes how the scores may be read: show it before any number.")
]
Currency = Annotated[str | None, Field(description="Of all amounts; null where the data does not tell it.")]


class Factors(BaseModel):
    """The offer and the seven characteristics: how many times as many conversions each makes it; 1 is the average training row."""

    offer: float
    relevance: float
    frequency: float
    references: float
    conversation: float
    reputation: float
    conversion: float
    momentum: float


class Score(BaseModel):
    """One candidate: base × exposure × the factors = expected conversions."""

    influencer_id: str
    campaign_id: str
    as_of: str
    expected_conversions: float
    low: float | None = Field(
        description="Null where the model learned from outcomes of 0 and 1: see probability."
    )
    high: float | None = Field(
        description="Null there too, and where training had too few influencers to vouch for one."
    )
    probability: float | None = Field(
        description="Chance that one call brings a conversion, where all outcomes were 0 or 1; null for any other model."
    )
    base: float
    exposure: float
    factors: Factors
    outside: list[str] = Field(description="Features whose value lies outside what training saw.")
    expected_revenue: float | None = None
    fee: float | None = None
    cost_per_conversion: float | None = None
    currency: str | None = Field(None, description="Of these amounts, where the data tells it.")


class Moved(BaseModel):
    """A feature that moved a factor."""

    feature: str
    characteristic: str
    value: float | None
    unit: str
    factor: float
    percentile: float | None = Field(
        description="Share of the others with a smaller value, of those for whom it is known; null where there is no place to tell."
    )
    meaning: str


class Explanation(Score):
    """One candidate with the features that moved each factor most."""

    features: list[Moved]
    caution: str
    banner: Banner


class Scores(BaseModel):
    """Some rows of a ranking."""

    model: str
    currency: Currency
    total: int
    banner: Banner
    notes: list[str]
    scores: list[Score]


class Unfilled(BaseModel):
    """A feature that the request could not tell."""

    feature: str
    reason: str


class ActivityScores(BaseModel):
    """Scores from raw activity, best first, with what the request could not tell."""

    model: str
    currency: Currency
    banner: Banner
    notes: list[str]
    scores: list[Explanation]
    unfilled: list[Unfilled]
    set_aside: list[SetAside]


class PlannedPerson(BaseModel):
    """Somebody who is asked, or nearly is."""

    influencer_id: str
    handle: str | None
    ask: bool
    fee: float
    posts: float = Field(description="How many they are asked for.")
    usual_low: float | None = Field(
        description="Half of what was paid for as many posts and, where known, followers lay from here to usual_high; null with fewer than 20 past fees."
    )
    usual_high: float | None
    pays_up_to: float | None = Field(
        description="What they add to the plan, times what a conversion is worth."
    )
    expected_conversions: float
    adds: float = Field(description="Conversions beyond those of the others who are asked.")
    low: float | None
    high: float | None
    cost_per_conversion: float | None
    certainty: str | None = Field(
        description="sure, likely or a bet: to be among the best as many as are asked."
    )
    chance: float | None
    rank_low: int | None
    rank_high: int | None
    rank_low_50: int | None
    rank_high_50: int | None
    new: bool | None
    asked_up_to: float | None = Field(description="The largest fee at which a near miss would be asked.")
    why: str
    explore: bool = Field(description="Whether they are asked to learn from.")
    probability: float = Field(
        description="Chance that such a plan has them; 1 or 0 where nobody is picked by chance."
    )


class PlannedTotal(BaseModel):
    """What may come of the whole plan."""

    range_50: list[float]
    range_90: list[float]
    worst_tenth: float
    chance: float | None


class NextConversion(BaseModel):
    """What the next conversion would cost, and the most that it may."""

    costs: float | None
    may_cost: float | None
    by_slope: bool


class PlannedRival(BaseModel):
    """What people picked by a rule of thumb would bring for the same money."""

    name: str
    conversions: float
    cost: float | None
    people: float
    known_share: float


class SharedAudience(BaseModel):
    """Two who are asked and reach the same accounts."""

    one: str
    other: str
    shared: int
    share: float


class Planned(BaseModel):
    """Whom to ask, what may come of it, and what would change it: the fields of ``suasion plan --json``."""

    model: str
    campaign_id: str
    as_of: str
    candidates: int
    banner: Banner
    sentences: list[str] = Field(description="The plan in words, what matters most first.")
    notes: list[str]
    currency: Currency
    budget: float | None
    target: float | None
    worth_of_conversion: float | None
    cost: float
    expected_conversions: float
    total: PlannedTotal | None = Field(description="Null where too little was judged to say it.")
    next_conversion: NextConversion
    rivals: list[PlannedRival]
    overlaps: list[SharedAudience]
    summed: float
    once: float | None
    gap: float
    without_learning: float | None = Field(
        description="Conversions expected where no places were held to learn; null where none are."
    )
    asked: list[PlannedPerson]
    near: list[PlannedPerson] = Field(
        description="Near misses, why they are not asked, and the fee at which they would be."
    )


class CampaignInfo(BaseModel):
    """A stored campaign."""

    campaign_id: str
    brand: str | None
    category: str | None
    brief: str | None
    starts_at: str
    candidates: int


class Campaigns(BaseModel):
    """Stored campaigns, those with candidates first."""

    total: int
    campaigns: list[CampaignInfo]


class PartOfChange(BaseModel):
    """How one factor changed: after / before = data × model."""

    name: str
    before: float
    after: float
    data: float
    model: float


class Shift(BaseModel):
    """A feature that changed, and by what factor that moved the score."""

    feature: str
    characteristic: str
    unit: str
    before: float | None
    after: float | None
    factor: float


class ChangeResult(BaseModel):
    """Two scorings of one influencer: the product of all parts is after / before."""

    influencer_id: str
    as_of: list[str]
    models: list[str]
    expected_conversions: list[float]
    assumed_offer: dict[str, float] = Field(
        description="What was not given, and offered at both: medians of past outcomes at the later moment."
    )
    banner: Banner
    parts: list[PartOfChange]
    features: list[Shift]


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str
    given: str | None = Field(None, description="The value that came, as JSON, cut off where it is long.")
    allowed: str | None = Field(None, description="What it can be.")


class Problem(BaseModel):
    """An error, after RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[FieldError] = []


class Version(BaseModel):
    """What is running."""

    suasion: str
    model: str
    trained_until: str
    outcomes: int


class Health(BaseModel):
    """Whether the process answers."""

    status: str


class Quality(BaseModel):
    """How the model was judged on campaigns that came after those it learned from."""

    model: str
    facts: dict[str, object]
    evaluation: dict[str, object]


class ModelInfo(Quality):
    """What the model learned from and how it was judged."""

    features: list[dict[str, object]]


class ReviewResult(BaseModel):
    """What was promised and what came; see suasion.training.evaluation.review.Review."""

    model_config = ConfigDict(extra="allow")

    since: str
    outcomes: int
    expected: float
    actual: float
    retrain: bool
    reasons: list[str]
