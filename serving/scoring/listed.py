"""Whom a pasted list names, of those who can be scored."""

from __future__ import annotations

from collections.abc import Sequence

from suasion.features.engine.protocol import Database
from suasion.features.errors import NotFoundError
from suasion.features.tables.read import literal

from .notes import Notes
from .search import Names, read_names

NAMED = 20
"""Names that nobody answers to, or several do, that a sentence lists."""


def restrict(tables: Database, candidates: str, listed: Sequence[str], notes: Notes) -> str:
    """Return SQL for those of the candidates whom a list names by id, account or handle; which of its names find nobody is added to the banner.

    Raises NotFoundError when it names none of them.
    """
    rows = tables.sql(f"SELECT DISTINCT influencer_id FROM ({candidates}) ORDER BY 1").fetchall()
    names = Names([who for (who,) in rows], tables.people, read_names(tables))
    chosen: dict[str, None] = {}
    nobody, several = [], []
    for name in listed:
        ids = names.find(name)
        if len(ids) == 1:
            chosen[ids[0]] = None
        elif ids:
            several.append(f"{name} may be any of {', '.join(map(names.called, ids[:3]))}")
        else:
            near = names.near(name)
            nobody.append(f"{name} (did you mean {names.called(near[0])}?)" if near else name)
    said = []
    if nobody:
        are = "is" if len(nobody) == 1 else "are"
        said.append(
            f"{len(nobody):,} of {len(listed):,} names on the list {are} none of the {len(rows):,} who can be scored: {_some(nobody, ', ')}."
        )
    if several:
        said.append(f"Ask by the id, since {_some(several, '; ')}.")
    if not chosen:
        raise NotFoundError(" ".join(said))
    for sentence in said:
        notes.warn(f"{sentence} The others are scored.")
    return f"SELECT * FROM ({candidates}) WHERE influencer_id IN ({', '.join(map(literal, chosen))})"


def _some(names: Sequence[str], between: str) -> str:
    more = f"{between}and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return between.join(names[:NAMED]) + more
