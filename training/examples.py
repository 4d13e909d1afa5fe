"""From tables to rows to learn from: one an outcome, features as of its moment of decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features import Feature
from suasion.features.build import all_features, available, build_features
from suasion.features.check import Tables
from suasion.features.errors import EmptyTableError
from suasion.features.read import quote
from suasion.features.text import Embedder, LatentSpace

from .fit import Data

FITTED_TEXTS = 50_000
"""Texts the space is fitted on: those with the smallest hash of their id."""
LEAST = 50
"""Outcomes below which nothing worth the name can be trained and judged."""


@dataclass(frozen=True)
class Examples:
    """Outcomes with their features, ordered by the moment of decision."""

    table: pd.DataFrame
    """As :func:`suasion.features.build.build_features` gives it, and ``known_at, net, revenue``."""
    features: tuple[Feature, ...]

    @property
    def columns(self) -> list[str]:
        """Names of the features' columns."""
        return [feature.column for feature in self.features]

    @property
    def groups(self) -> list[str]:
        """Characteristic of each feature."""
        return [feature.characteristic for feature in self.features]

    @property
    def directions(self) -> list[int]:
        """Declared direction of each feature."""
        return [feature.expect for feature in self.features]

    @property
    def data(self) -> Data:
        """What the estimators need."""
        table = self.table
        return Data(
            table[self.columns].to_numpy(np.float64),
            table["net"].to_numpy(np.float64),
            table["exposure"].to_numpy(np.float64),
            table["as_of"].to_numpy().astype("datetime64[us]"),
            table["known_at"].to_numpy().astype("datetime64[us]"),
        )

    @property
    def newcomer(self) -> NDArray[np.bool_]:
        """Whether no outcome of the influencer was known at the decision."""
        return np.asarray(self.table["conversion__campaigns"].fillna(0) == 0)


def offer_columns(tables: Tables) -> str:
    """Return the SQL list of what is agreed: exposure, fee, discount and the extra columns."""
    return ", ".join(["exposure", "fee", "discount", *(quote(extra) for extra in tables.extras)])


def known_outcomes(tables: Tables, until: datetime | None) -> str:
    """Return SQL for the outcomes that train: known before ``until``, latest version by then, with an exposure."""
    cut = f"TIMESTAMP '{until:%Y-%m-%d %H:%M:%S.%f}'" if until else "TIMESTAMP '9999-01-01'"
    return (
        f"SELECT campaign_id, influencer_id, decided_at AS as_of, {offer_columns(tables)}, known_at, "
        "greatest(conversions - coalesce(refunds, 0), 0) AS net, revenue FROM outcomes "
        f"WHERE exposure > 0 AND known_at < {cut} AND superseded_at >= {cut}"
    )


def fit_space(tables: Tables, before: datetime, seed: int = 0) -> LatentSpace:
    """Fit the text space on posts and briefs known before a moment (on all briefs where there is nothing before)."""
    moment = f"TIMESTAMP '{before:%Y-%m-%d %H:%M:%S.%f}'"
    texts = tables.sql(
        f"SELECT text FROM (SELECT post_id AS id, text FROM posts WHERE known_at < {moment} AND trim(text) <> '' "
        f"UNION ALL SELECT campaign_id, brief FROM campaigns WHERE known_at < {moment} AND trim(brief) <> '') "
        f"ORDER BY md5(id), text LIMIT {FITTED_TEXTS}"
    ).fetchall()
    if not texts:
        texts = [("nothing said",)]
    return LatentSpace.fit([text for (text,) in texts], seed=seed)


def read_examples(
    tables: Tables, space: Embedder | None, *, first: float, until: datetime | None = None
) -> tuple[Examples, Embedder]:
    """Build the features of every outcome that trains.

    Parameters
    ----------
    space
        The text space; None fits one on what was known before the quantile ``first`` of the decisions.
    until
        Use only outcomes known before; None uses all.

    Raises
    ------
    EmptyTableError
        With fewer than 50 usable outcomes, or none with a conversion.
    """
    query = known_outcomes(tables, until)
    row = tables.sql(f"SELECT count(*), coalesce(sum(net), 0) FROM ({query})").fetchone()
    count, conversions = row or (0, 0)
    if count < LEAST or conversions <= 0:
        raise EmptyTableError(
            f"{count} outcomes with an exposure and {conversions:g} conversions"
            f"{f' were known before {until:%Y-%m-%d}' if until else ''}; training takes at least {LEAST} outcomes and one conversion. "
            "Add past campaigns, or choose a later --until."
        )
    if space is None:
        start = tables.sql(f"SELECT quantile_disc(as_of, {first}) FROM ({query})").fetchone()
        assert start is not None
        space = fit_space(tables, start[0])
    agreed = offer_columns(tables)
    matrix = build_features(
        tables, f"SELECT campaign_id, influencer_id, as_of, {agreed} FROM ({query})", space
    )
    came = tables.sql(f"SELECT campaign_id, influencer_id, known_at, net, revenue FROM ({query})").df()
    table = matrix.merge(came, on=["campaign_id", "influencer_id"], how="left", validate="one_to_one")
    return Examples(table, usable(tables)), space


def usable(tables: Tables) -> tuple[Feature, ...]:
    """Return the features whose tables are there."""
    features = all_features(tables.extras)
    return tuple(feature for feature in features if available(feature, tables.present, features))


def take_features(examples: Examples, keep: Sequence[bool]) -> Examples:
    """Return the examples with some of their features."""
    return Examples(examples.table, tuple(f for f, kept in zip(examples.features, keep, strict=True) if kept))
