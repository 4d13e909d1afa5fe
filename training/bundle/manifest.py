"""What a bundle's JSON may hold: types, ranges and names, so that nothing later stumbles over a crafted one."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal, NotRequired, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
    with_config,
)
from typing_extensions import TypedDict  # comes with pydantic, which takes no other below Python 3.12

from suasion.features import GROUPS
from suasion.features.errors import BundleError
from suasion.features.tables.schema import TABLES

Short = Annotated[str, StringConstraints(max_length=2_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Digest = Annotated[str, StringConstraints(pattern=r"\A[0-9a-f]{16}\z")]
Range = Annotated[list[float], Field(max_length=2)]
T = TypeVar("T")


STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Strict(BaseModel):
    model_config = STRICT


class FeatureRecord(_Strict, frozen=True):
    """A feature as a model knows it: its declaration, and the range training saw."""

    column: Annotated[str, StringConstraints(pattern=r"\A[a-z_0-9]{1,200}\z")]
    characteristic: Short
    unit: Short
    monotonic: Literal[-1, 0, 1]
    meaning: Short
    low: float | None
    high: float | None
    missing: Share
    """Of training rows in which it was missing."""
    cumulative: bool
    per_campaign: bool

    @model_validator(mode="after")
    def _known_group(self) -> FeatureRecord:
        if self.characteristic not in GROUPS:
            raise ValueError(f"characteristic {self.characteristic[:40]!r} is none of {', '.join(GROUPS)}")
        return self


class FileEntry(_Strict):
    """Size and SHA-256 of a file."""

    size: Annotated[int, Field(ge=0, le=2**30)]
    sha256: Annotated[str, StringConstraints(pattern=r"\A[0-9a-f]{64}\z")]


class ExpectationEntry(_Strict):
    """Features of the expectation and its strength."""

    features: list[Short]
    strength: Annotated[float, Field(gt=0)] | None


class CutEntry(_Strict):
    """Where the distribution about larger predictions is cut."""

    above: Annotated[float, Field(ge=0)]
    lower: Share
    upper: Share
    dispersion: Annotated[float, Field(ge=0)]


class IntervalEntry(_Strict):
    """The interval's parameters."""

    lower: Share
    upper: Share
    dispersion: Annotated[float, Field(ge=0)]
    whole: bool
    level: Share
    binary: bool
    bands: Annotated[list[CutEntry], Field(max_length=20)]

    @model_validator(mode="after")
    def _in_order(self) -> IntervalEntry:
        above = [band.above for band in self.bands]
        if any(second <= first for first, second in pairwise(above)):
            raise ValueError("bands are not in order of their predictions")
        return self


@with_config(STRICT)
class ChosenEntry(TypedDict):
    """What was chosen inside training."""

    n_trees: Count
    alpha: Annotated[float, Field(ge=0)]
    level_followed: bool
    """Whether the level of the latest month is predicted, rather than the mean of all time."""


@with_config(STRICT)
class Facts(TypedDict):
    """What training saw."""

    outcomes: Count
    influencers: Count
    campaigns: Count
    conversions: Annotated[float, Field(ge=0)]
    first_decision: Short
    last_decision: Short
    last_known: Short
    until: Short | None
    revenue_per_conversion: float | None
    campaign_variance: Annotated[float, Field(ge=0)] | None
    """Variance of what all outcomes of a campaign share (:func:`suasion.training.estimators.shared.shared_variance`)."""
    tables: list[Short]
    extras: list[Annotated[str, StringConstraints(pattern=rf"\A({'|'.join(GROUPS)})_", max_length=200)]]
    settled: bool
    goal: Short | None
    """The goal of the campaigns it learned from, where one was chosen."""
    goals: dict[Short, Count]
    """Outcomes it learned from by the goal of their campaign, where that is told."""
    fingerprint: Short
    people: list[Digest]
    seen: list[Digest]
    """What stands for each outcome it learned from (:func:`suasion.training.bundle.learned_from.outcome_digest`)."""
    chosen: ChosenEntry


def _times_and_tables(facts: Facts) -> Facts:
    until = facts["until"]
    for time in (
        facts["first_decision"],
        facts["last_decision"],
        facts["last_known"],
        *([until] if until else []),
    ):
        datetime.fromisoformat(time)
    if not set(facts["tables"]) <= set(TABLES):
        raise ValueError(f"tables are not among {', '.join(TABLES)}")
    return facts


class Manifest(_Strict):
    """``manifest.json``."""

    format: int
    suasion: Short
    libraries: dict[Short, Short]
    kind: Literal["trees", "linear", "blend"]
    space: Short
    expectation: ExpectationEntry
    interval: IntervalEntry
    features: Annotated[list[FeatureRecord], Field(min_length=1, max_length=100_000)]
    facts: Annotated[Facts, AfterValidator(_times_and_tables)]
    files: dict[Short, FileEntry]

    @model_validator(mode="after")
    def _once(self) -> Manifest:
        names = [feature.column for feature in self.features]
        if len(set(names)) != len(names):
            raise ValueError("a feature is there twice")
        return self


@with_config(STRICT)
class Captured(TypedDict):
    """How much of what each campaign brought a model put first; None and empty where too few campaigns leave a choice."""

    captured: Share | None
    captured_90: Range
    gain_on_most_followed: float | None
    gain_on_most_followed_90: Range


@with_config(STRICT)
class ModelFigures(Captured):
    """How one model did."""

    explained_deviance: float
    explained_deviance_90: Range
    spearman: float | None
    ndcg: float | None
    predicted_by_actual: float
    auc: NotRequired[float | None]
    auc_90: NotRequired[Range]


@with_config(STRICT)
class Difference(TypedDict):
    """suasion less another model."""

    explained_deviance: float
    explained_deviance_90: Range
    captured: float | None
    captured_90: Range


@with_config(STRICT)
class Ranking(TypedDict):
    """What ranking is measured by: shares of the conversions of the campaigns that leave a choice.

    Such a campaign has two candidates or more, and a conversion. With fewer than ten of them no share is told.
    """

    campaigns: Count
    random: Share | None
    """Share that 30 % of each campaign's candidates bring if they are drawn at random."""
    perfect: Share | None
    """Share that the best 30 % brought."""
    most_followed: Share | None
    """Share that the 30 % most followed brought; None where followers are not known."""
    followers_known: Share
    """Share of the candidates whose followers are known; the others are ranked last, in random order."""


@with_config(STRICT)
class Bin(TypedDict):
    """One point of the calibration curve."""

    expected: float
    actual: float
    rows: Count


@with_config(STRICT)
class Judged(TypedDict):
    """How all models did on the same outcomes."""

    rows: Count
    influencers: Count
    conversions: float
    ranking: Ranking
    models: dict[Short, ModelFigures]
    absent: list[Short]
    suasion_less: dict[Short, Difference]
    coverage: Share | None
    coverage_picked: Share | None
    calibration: list[Bin]


def _has_itself(judged: Judged) -> Judged:
    if "suasion" not in judged["models"]:
        raise ValueError("models lacks suasion")
    return judged


@with_config(STRICT)
class Added(TypedDict):
    """What a characteristic or a table adds."""

    adds: float
    adds_90: Annotated[list[float], Field(min_length=2, max_length=2)]
    features: Count


@with_config(STRICT)
class Settled(TypedDict):
    """What it brings to take counts of old posts as settled."""

    explained_deviance: float
    without: float
    adds: float
    adds_90: Range
    behind: list[Short]
    """Baselines that the model does not beat without them."""


@with_config(STRICT)
class Point(TypedDict):
    """One point of the learning curve."""

    outcomes: Count
    explained_deviance: float
    past_average: float


Ablation: TypeAlias = dict[Literal["characteristic", "table"], dict[Short, Added]]


@with_config(STRICT)
class Figures(TypedDict):
    """``evaluation.json``."""

    judged: dict[Literal["all", "newcomers"], Annotated[Judged, AfterValidator(_has_itself)]]
    ablation: NotRequired[Ablation]
    agreement: NotRequired[dict[Short, Annotated[float, Field(ge=-1, le=1)]]]
    """How alike two models, each of half of the campaigns, tell each factor (:mod:`suasion.training.evaluation.agreement`)."""
    learning_curve: NotRequired[list[Point]]
    settled: NotRequired[Settled | None]
    beats_baselines: bool
    verdict: Short


def check(kind: type[T], value: object, name: str) -> T:
    """Return the value as ``kind``."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part)[:40] for part in first["loc"]) or "the whole"
        raise BundleError(
            f"{name} is not what training writes: {where}: {first['msg'][:200]}. Train the model again."
        ) from error
