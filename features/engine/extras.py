"""Features of columns that users bring under names of their own: ``offer_…``, and in ``signals`` the seven's."""

from __future__ import annotations

from .feature import Declaration, Feature, Rows, Value


def extra(name: str) -> Feature:
    """Return the feature of a column with a free name; what it is called before the first ``_`` is where it belongs.

    >>> extra("offer_bounty").column, extra("references_press_clippings").column
    ('offer__bounty', 'references__press_clippings')
    """
    characteristic, _, rest = name.partition("_")

    def offered(agreed: Rows) -> Value:
        return getattr(agreed, name).max()

    def value_of(signals: Rows) -> Value:
        return getattr(signals, name).mean()

    value = offered if characteristic == "offer" else value_of
    value.__name__ = rest
    value.__doc__ = (
        f"The column {name} of candidates and outcomes, as it was brought."
        if characteristic == "offer"
        else f"The column {name} of signals, as it was last told; of somebody's accounts the mean."
    )
    return Declaration(value, (None,), "as brought", 0, None, combined=False).expand(characteristic)[0]
