"""What a bundle's JSON may hold: types, ranges and names, so that nothing later stumbles over a crafted one."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from suasion.features import GROUPS
from suasion.features.errors import BundleError
from suasion.features.tables.schema import TABLES

Short = Annotated[str, StringConstraints(max_length=2_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Digest = Annotated[str, StringConstraints(pattern=r"\A[0-9a-f]{16}\z")]
Range = Annotated[list[float], Field(max_length=2)]
M = TypeVar("M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class FeatureEntry(_Strict):
    """A feature as :class:`suasion.training.bundle.folder.FeatureRecord` keeps it."""

    column: Annotated[str, StringConstraints(pattern=r"\A[a-z_0-9]{1,200}\z")]
    characteristic: Short
    unit: Short
    monotonic: Literal[-1, 0, 1]
    meaning: Short
    low: float | None
    high: float | None
    missing: Share
    cumulative: bool
    per_campaign: bool

    @model_validator(mode="after")
    def _known_group(self) -> FeatureEntry:
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


class ChosenEntry(_Strict):
    """What the inner split chose."""

    n_trees: Count
    alpha: Annotated[float, Field(ge=0)]


class Facts(_Strict):
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

    @model_validator(mode="after")
    def _times_and_tables(self) -> Facts:
        for time in (
            self.first_decision,
            self.last_decision,
            self.last_known,
            *([self.until] if self.until else []),
        ):
            datetime.fromisoformat(time)
        if not set(self.tables) <= set(TABLES):
            raise ValueError(f"tables are not among {', '.join(TABLES)}")
        return self


class Manifest(_Strict):
    """``manifest.json``."""

    format: int
    suasion: Short
    libraries: dict[Short, Short]
    kind: Literal["trees", "linear", "blend"]
    space: Short
    expectation: ExpectationEntry
    interval: IntervalEntry
    features: Annotated[list[FeatureEntry], Field(min_length=1, max_length=100_000)]
    facts: Facts
    files: dict[Short, FileEntry]

    @model_validator(mode="after")
    def _once(self) -> Manifest:
        names = [feature.column for feature in self.features]
        if len(set(names)) != len(names):
            raise ValueError("a feature is there twice")
        return self


class ModelFigures(_Strict):
    """How one model did."""

    explained_deviance: float
    explained_deviance_90: Range
    spearman: float | None
    ndcg: float | None
    captured: Share | None
    captured_90: Range
    gain_on_most_followed: float | None
    gain_on_most_followed_90: Range
    predicted_by_actual: float
    auc: float | None = None
    auc_90: Range = []


class Difference(_Strict):
    """suasion less another model."""

    explained_deviance: float
    explained_deviance_90: Range
    captured: float | None
    captured_90: Range


class Ranking(_Strict):
    """What the share of conversions that the first 30 % of each campaign bring is to be held against."""

    campaigns: Count
    random: Share | None
    perfect: Share | None
    most_followed: Share | None
    followers_known: Share


class Bin(_Strict):
    """One point of the calibration curve."""

    expected: float
    actual: float
    rows: Count


class Judged(_Strict):
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

    @model_validator(mode="after")
    def _has_itself(self) -> Judged:
        if "suasion" not in self.models:
            raise ValueError("models lacks suasion")
        return self


class Added(_Strict):
    """What a characteristic or a table adds."""

    adds: float
    adds_90: Annotated[list[float], Field(min_length=2, max_length=2)]
    features: Count


class Settled(_Strict):
    """What it brings to take counts of old posts as settled."""

    explained_deviance: float
    without: float
    adds: float
    adds_90: Range


class Point(_Strict):
    """One point of the learning curve."""

    outcomes: Count
    explained_deviance: float
    past_average: float


class Evaluation(_Strict):
    """``evaluation.json``."""

    judged: dict[Literal["all", "newcomers"], Judged]
    ablation: dict[Literal["characteristic", "table"], dict[Short, Added]] = {}
    learning_curve: list[Point] = []
    settled: Settled | None = None
    beats_baselines: bool
    verdict: Short


def check(kind: type[M], value: Any, name: str) -> M:
    """Return the value as ``kind``.

    Raises
    ------
    BundleError
        When it is not one; the text names the field.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part)[:40] for part in first["loc"]) or "the whole"
        raise BundleError(
            f"{name} is not what training writes: {where}: {first['msg'][:200]}. Train the model again."
        ) from error
