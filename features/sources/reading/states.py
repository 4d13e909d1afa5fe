"""Rows of past campaigns that tell of what has not been, or is not over: planned, forecast, cancelled, still running."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from .cells import is_filled, shown_cell
from .columns import bare
from .names import words_of

_STATUS = words_of(
    "status|state|stage|phase|campaign status|campaign stage|collab status|collaboration status|deal status|booking status|activation status|"
    "project status|kampagnenstatus|status kampagne|statut|statut campagne|etat|estado|estado campana|estado campanha|stato|stato campagna"
)
"""What a column is called that says how far a campaign is, the likeliest first; other states (of a payment, of an outreach) are none."""
_KIND = words_of(
    "type|typ|row type|data type|scenario|szenario|plan actual|plan or actual|plan ist|actual plan"
)
"""What a column is called that may tell plans from what came."""
_ACTUAL = frozenset(
    words_of("actual|actuals|final|ist|real|reel|realise|effektiv|effective|consuntivo|realizado")
)
_PLAN = frozenset(
    words_of(
        "plan|planned|planning|forecast|target|budget|estimate|estimated|projected|projection|soll|prognose|geplant|prevu|prevue|prevision|previsto|"
        "prevista|objectif|objetivo|obiettivo"
    )
)
_UNFINISHED = _PLAN | frozenset(
    words_of(
        "draft|upcoming|scheduled|tentative|proposed|pending|open|to do|todo|tbd|on hold|not started|postponed|ongoing|running|in progress|"
        "cancelled|canceled|declined|rejected|dropped|no show|negotiating|negotiation|in negotiation|contacted|outreach|invited|briefed|"
        "entwurf|laufend|lauft|lauft noch|offen|abgesagt|absage|abgebrochen|storniert|abgelehnt|angefragt|verschoben|in planung|in verhandlung|"
        "planifie|planifiee|annule|annulee|refuse|refusee|reporte|reportee|en cours|en attente|a venir|"
        "planeado|planeada|planificado|planificada|programado|programada|cancelado|cancelada|rechazado|rechazada|aplazado|pendiente|en curso|"
        "pianificato|pianificata|annullato|annullata|rinviato|in corso|in attesa|planejado|planejada|em andamento|pendente"
    )
)
"""What people write of a campaign that has not been, or is not over."""
_FIRST = frozenset(
    words_of(
        "planned|cancelled|canceled|postponed|forecast|abgesagt|storniert|abgebrochen|geplant|annule|annulee|cancelado|cancelada|annullato"
    )
)
"""Of these, what says so whatever follows: "cancelled by creator"."""


def state_columns(
    header: Sequence[str], looked: Sequence[Mapping[str, object]], taken: Collection[str]
) -> dict[str, frozenset[str]]:
    """Return the columns that say that a row is of nothing that has been, and the words that say so.

    Parameters
    ----------
    looked
        Some rows.
    taken
        Columns that hold something else, or of which the user says what they are.

    >>> [*state_columns(["Campaign", "Status", "Payment status"], [], ())]
    ['Status']
    >>> [*state_columns(["Type"], [{"Type": "Forecast"}, {"Type": "Actual"}], ())], [*state_columns(["Type"], [{"Type": "Budget"}], ())]
    (['Type'], [])
    """
    called = {bare(name): name for name in header if name not in taken}
    status = next((called[name] for name in _STATUS if name in called), "")
    columns = {status: _UNFINISHED} if status else {}
    for name in (called[kind] for kind in _KIND if kind in called):
        says = {_plain(shown_cell(row[name])) for row in looked if is_filled(row.get(name))}
        if says & _ACTUAL:
            columns[name] = _PLAN
    return columns


def says_unfinished(state: str, words: Collection[str] = _UNFINISHED) -> bool:
    """Return whether a state says that something has not been, or is not over.

    >>> says_unfinished("Planned (tbc)"), says_unfinished("cancelled by Anna"), says_unfinished("Live"), says_unfinished("completed")
    (True, True, False, False)
    """
    text = _plain(state)
    return text in words or text.partition(" ")[0] in _FIRST & {*words}


def _plain(text: str) -> str:
    return bare(re.sub(r"\([^()]*\)", " ", text))
