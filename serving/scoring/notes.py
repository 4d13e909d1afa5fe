"""What a reader is told beside the numbers: first a banner, of what changes how they may be read, then notes.

Both are made here and where candidates are chosen, once for an answer; terminal, page, service and report show the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from suasion.features.engine.matrix import all_features
from suasion.features.engine.protocol import Database
from suasion.features.engine.similarity import LEAST
from suasion.features.engine.views import VIEWS
from suasion.features.text.space import Embedder, LatentSpace
from suasion.training.bundle.folder import Bundle

from .search import Names

FEW = 200
"""Outcomes to learn from, below which a score is good for a ranking and its number is a guess."""
FAR_OFF = 1.5
"""Times the conversions that came, or the reverse, from which what a model predicted is no number to plan by."""
NAMED = 3
"""People that a sentence names."""


@dataclass
class Notes:
    """Sentences for whoever reads an answer, in the order in which they came up."""

    banner: list[str] = field(default_factory=list)
    """What changes how the answer may be read: shown first."""
    rest: list[str] = field(default_factory=list)
    """How it was come by: shown below."""
    currency: str = ""
    """Of amounts in them; empty where it is not known."""
    fees: str = ""
    """That nobody said a fee, and what is taken for it: it belongs to the banner of a plan, and to the notes of scores."""

    def warn(self, sentence: str) -> None:
        """Add to the banner."""
        self.banner.append(sentence)

    def say(self, sentence: str) -> None:
        """Add to the notes."""
        self.rest.append(sentence)


def listed(names: Sequence[str]) -> str:
    """Return names as a phrase.

    >>> listed(["fee"]), listed(["exposure", "fee", "discount"])
    ('fee', 'exposure, fee and discount')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def floored(share: float) -> str:
    """Return a share that is not whole, rounded down, so that nothing missing reads as nothing.

    >>> floored(0.999), floored(0.001)
    ('99 %', 'less than 1 %')
    """
    return "less than 1 %" if share < 0.01 else f"{int(share * 100 + 1e-9)} %"


def warn_of_model(bundle: Bundle, notes: Notes) -> None:
    """Say where the model is good for a ranking at most: it learned from few outcomes, or was not shown to be better than less."""
    outcomes = bundle.facts["outcomes"]
    if outcomes < FEW:
        notes.warn(
            f"Read this as a ranking only: the model learned from {outcomes} outcomes, and with fewer than {FEW} "
            "the numbers themselves are guesses."
        )
    judged = bundle.evaluation["judged"].get("all")
    ratio = 1.0 if judged is None else judged["models"]["suasion"]["predicted_by_actual"]
    if not 1 / FAR_OFF <= ratio <= FAR_OFF:
        notes.warn(
            f"Read this as a ranking only: in the judged campaigns the model predicted {ratio:.2f} times the conversions that came."
        )
    if not bundle.evaluation["beats_baselines"]:
        notes.warn(f"Read this with care. {bundle.evaluation['verdict']}")


def warn_of_brief(tables: Database, bundle: Bundle, notes: Notes) -> None:
    """Say where the words of the brief cannot change the ranking, and why; needs the tables that features were built with."""
    of_briefs = {f.column for f in all_features() if not f.combined and VIEWS[f.sources[0]].brief}
    query = (
        "SELECT decision_id, brief_id FROM decisions JOIN requested USING (campaign_id, influencer_id, as_of)"
    )
    compared = tables.sql(f"SELECT count(*) FROM thresholds JOIN ({query}) USING (decision_id)").fetchone()
    rows = tables.sql(f"SELECT DISTINCT brief FROM briefs JOIN ({query}) USING (brief_id)").fetchall()
    briefs = [brief for (brief,) in rows if brief and brief.strip()]
    if not of_briefs & set(bundle.parts.features):
        reason = "the model was trained without posts"
    elif compared and compared[0]:
        _tell_of_words(bundle.fitted.space, briefs, notes)
        return
    elif "posts" not in tables.present:
        reason = "there are no posts to compare it with"
    elif not briefs:
        reason = "it says nothing, or nothing that was known by then"
    elif not bundle.fitted.space.embed(briefs).any():
        reason = "the model knows none of its words"
    else:
        reason = f"fewer than {LEAST} posts were known by then"
    notes.warn(
        f"The brief cannot change this ranking: {reason}. Any other words would rank the same people the same way."
    )


def _tell_of_words(space: Embedder, briefs: Sequence[str], notes: Notes) -> None:
    """Name the words that count for nothing, since no text the model learned from has them: in the banner where they are half of all."""
    if not isinstance(space, LatentSpace):
        return
    unknown, words = space.unknown(briefs)
    if unknown:
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        tell = notes.warn if 2 * len(unknown) >= words else notes.say
        tell(
            f"{len(unknown)} of the {words} different words of the brief {'counts' if len(unknown) == 1 else 'count'} for nothing: "
            f"the model does not know {listed(unknown[:NAMED]) if not more else ', '.join(unknown[:NAMED])}{more}."
        )


def warn_of_assumed(names: Sequence[str], rows: int, all_: int, notes: Notes) -> None:
    """Say where most forecasts rest on values that nobody gave: what was assumed, of how many candidates, of how many in all."""
    if names and 2 * rows > all_:
        were = "was" if len(names) == 1 else "were"
        notes.warn(
            f"{'All' if rows == all_ else 'Most'} of these forecasts rest on assumed values: {listed(names)} {were} not given."
        )


def warn_of_strangers(tables: Database, notes: Notes, known: Names | None = None) -> None:
    """Say who was asked for and is not known to any table by then; needs the table ``requested``."""
    of_whom = {"influencers": "influencer_id", "posts": "author_id", "audience": "influencer_id"}
    of_whom |= dict.fromkeys(("signals", "mentions", "credentials", "outcomes"), "influencer_id")
    mentions = " UNION ALL ".join(
        f"SELECT {who} AS who, min(known_at) AS since FROM {table} "
        f"WHERE {who} IN (SELECT influencer_id FROM requested) GROUP BY {who}"
        for table, who in of_whom.items()
    )
    unknown = (
        f"SELECT DISTINCT a.influencer_id FROM requested a LEFT JOIN (SELECT who, min(since) AS since FROM ({mentions}) GROUP BY who) k "
        "ON k.who = a.influencer_id WHERE k.since IS NULL OR k.since >= a.as_of"
    )
    row = tables.sql(f"SELECT count(*), (SELECT count(*) FROM requested) FROM ({unknown})").fetchone()
    if not row or not row[0]:
        return
    some = [who for (who,) in tables.sql(f"{unknown} ORDER BY 1 LIMIT {NAMED}").fetchall()]
    names = known or Names(())
    meant = [
        f"{who} may be {names.called(one)}"
        for who in some
        for one in (names.find(who) or names.near(who))[:1]
        if one != who
    ]
    more = f" and {row[0] - len(some)} more" if row[0] > len(some) else ""
    notes.warn(
        f"{row[0]} of {row[1]} people asked for {'is' if row[0] == 1 else 'are'} not known: nothing was told by then of "
        f"{', '.join(some)}{more}. What is forecast for them follows from the offer and the campaign alone."
        + (f" {'; '.join(meant)}." if meant else "")
    )
