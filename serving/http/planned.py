"""What the service takes and gives where it is asked for a plan."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from suasion.features.errors import InputError
from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plain import plain
from suasion.serving.scoring.plan.document import planned
from suasion.serving.scoring.plan.limits import LEAST

from .requests import AnyAsk, AtLeastOne, Label, Money, Named, Strict, Whole
from .responses import Banner

Names = Annotated[list[Named], Field(max_length=1_000)]
Above = Annotated[float, Field(ge=LEAST, le=1e12, allow_inf_nan=False)]


class PlanRequest(Strict):
    """Whom to ask within a budget, or for a target."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
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
    at_most: AtLeastOne | None = Field(None, description="How many may be of one platform.")
    min_new: Whole = Field(0, ge=0, le=1_000_000, description="How many must have no past outcome.")
    platforms: Annotated[list[Label], Field(max_length=100)] = Field(
        [], description="Where to ask; empty for everywhere."
    )
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


class PlannedPerson(BaseModel):
    """Somebody who is asked, or nearly is."""

    influencer_id: str
    handle: str | None
    ask: bool
    fee: float
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
    enters_at: float | None = Field(description="The largest fee at which a near miss would be asked.")
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


def plan_of(engine: Engine, question: Ask) -> dict[str, object]:
    """Return the plan that a question asks for, as plain values."""
    plan: dict[str, object] = plain(planned(engine.board(question).scored))
    return plan
