"""The command that turns orders into outcomes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from . import answers
from .options import AS_JSON, FOLDER, MOMENT
from .output import print_json, stdout, working


@click.command(short_help="Turn orders into outcomes.")
@FOLDER
@click.option("--currency", default="EUR", show_default=True, help="What revenue is told in (ISO 4217).")
@click.option(
    "--rates",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV file with the columns currency, rate: what one unit is worth in --currency.",
)
@click.option(
    "--window",
    default=30,
    show_default=True,
    help="Days after a campaign's last day in which an order counts.",
)
@click.option(
    "--credit",
    type=click.Choice(["last", "first", "shared"]),
    default="last",
    show_default=True,
    help="Who is credited where several are pointed to: the last, the first, or all alike.",
)
@click.option("--new-only", is_flag=True, help="Count only orders of customers who are known to be new.")
@click.option("--leaked-out", is_flag=True, help="Leave out orders that are known by a leaked code alone.")
@click.option(
    "--leak-share",
    default=0.02,
    show_default=True,
    help="A code is leaked when used by more than this share of the audience …",
)
@click.option("--leak-least", default=20, show_default=True, help="… and at least so often,")
@click.option("--leak-early", default=3, show_default=True, help="or so often before it was shown.")
@click.option("--as-of", type=MOMENT, help="Until when orders are known; default: when the last was read.")
@AS_JSON
def attribute_command(
    data: Path,
    currency: str,
    rates: Path | None,
    as_of: datetime | None,
    as_json: bool,
    **rules: Any,  # those that are called like a field of Rules
) -> None:
    """Turn the orders in the folder DATA into outcomes.

    An order belongs to whose code it used, whose link or UTM parameters it came by, or whom a network names: the table codes says what is whose.
    It counts once, in the window of a campaign, net of what was given back, and not where the shop says that nothing was paid.
    Outcomes are written beside the orders, and where every order ended to DATA/attribution.parquet.
    """
    from suasion.features.attribution.attribute import attribute
    from suasion.features.attribution.rules import Rules, read_rates

    how = Rules(currency=currency.upper(), rates=read_rates(rates) if rates else {}, **rules)
    with working("crediting orders"):
        attribution = attribute(data, how, as_of)
    if as_json:
        print_json(answers.attributed(attribution, data))
        return
    from .terminal.credited import print_attribution

    print_attribution(stdout(), attribution, data)
