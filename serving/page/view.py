"""What the address of a ranking says: which people are shown, in what order, within what budget."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from suasion.features.errors import InputError

from .fields import amount


class View(BaseModel):
    """The fields of the address; amounts are as they were typed, to be given back where they are wrong."""

    sort: str = Field("expected_conversions", max_length=40)
    order: Literal["up", "down"] = "down"
    search: str = Field("", max_length=200)
    least: str = Field("", max_length=20)
    above: str = Field("", max_length=20)
    budget: str = Field("", max_length=30)
    most_fee: str = Field("", max_length=30)
    paste: str = Field("", max_length=12_000)
    pick: list[Annotated[str, Field(max_length=512)]] = Field([], max_length=200)
    only: Literal["", "picked"] = ""
    """Whether only those picked are shown."""
    page: int = Field(1, ge=1, le=1_000_000)

    def address(self, **other: Any) -> str:
        """Return the query of an address that says the same, but for what is given.

        >>> View(search="ann", page=3).address(page=1), View().address()
        ('?search=ann', '?')
        >>> View(pick=["a", "b"]).address(only="picked")
        '?pick=a&pick=b&only=picked'
        """
        return "?" + urlencode(self.model_copy(update=other).model_dump(exclude_defaults=True), doseq=True)

    def amounts(self) -> tuple[dict[str, float | None], dict[str, str]]:
        """Return the amounts by field, and by field what is wrong with those that cannot be read."""
        read: dict[str, float | None] = {}
        wrong: dict[str, str] = {}
        for name in ("least", "budget", "most_fee"):
            try:
                read[name] = amount(getattr(self, name))
                if name == "budget" and read[name] == 0:
                    raise InputError("A budget must be above 0.")
            except InputError as error:
                read[name], wrong[name] = None, str(error)
        return read, wrong


class PersonView(View):
    """The same on the page of one person, who may be compared with an earlier moment or model."""

    before: str = Field("", max_length=40)
    models: bool = False

    @property
    def back(self) -> str:
        """Return the query of the ranking that this page was opened from."""
        return View(**self.model_dump(include=set(View.model_fields))).address()
