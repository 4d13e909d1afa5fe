"""What the address of a ranking says: which people are shown, in what order, within what budget."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from suasion.features.errors import InputError

from .fields import amount, share, whole

ABOVE_NOUGHT = {
    "budget": "A budget must be above 0.",
    "target": "A number of conversions wanted must be above 0.",
    "posts": "Nobody posts 0 times; write a number above 0.",
    "most_posts": "Nobody posts 0 times; write 1 or more.",
    "at_most": "At most 0 of one platform is nobody; write 1 or more.",
    "value": "What a conversion is worth must be above 0.",
    "seen": "A post that nobody sees brings nothing; write a share above 0, such as 30 %.",
}
"""What is said of fields that cannot be 0."""


class View(BaseModel):
    """The fields of the address; amounts are as they were typed, to be given back where they are wrong."""

    sort: str = Field("expected_conversions", max_length=40)
    order: Literal["up", "down"] = "down"
    search: str = Field("", max_length=200)
    least: str = Field("", max_length=20)
    above: str = Field("", max_length=20)
    platform: list[Annotated[str, Field(max_length=100)]] = Field([], max_length=100)
    """Where people are to be asked; empty for everywhere."""
    past: Literal["", "new", "known"] = ""
    """Whether only those without a past outcome are shown, or only those with one."""
    budget: str = Field("", max_length=30)
    target: str = Field("", max_length=20)
    most_fee: str = Field("", max_length=30)
    most_posts: str = Field("", max_length=20)
    """How many posts a plan may ask one person for."""
    at_most: str = Field("", max_length=20)
    """How many a plan may ask on one platform."""
    min_new: str = Field("", max_length=20)
    """How many of a plan must have no past outcome."""
    value: str = Field("", max_length=20)
    """What a conversion is worth."""
    explore: str = Field("", max_length=20)
    """Places of a plan that are held for people to learn from."""
    seen: str = Field("", max_length=20)
    """Share of an audience that sees a post."""
    must: list[Annotated[str, Field(max_length=4_000)]] = Field([], max_length=100)
    never: list[Annotated[str, Field(max_length=4_000)]] = Field([], max_length=100)
    asks: list[Annotated[str, Field(max_length=600)]] = Field([], max_length=100)
    """What single people ask instead, each as ``ID=AMOUNT``."""
    posts: str = Field("", max_length=20)
    fee: str = Field("", max_length=20)
    discount: str = Field("", max_length=20)
    paste: str = Field("", max_length=12_000)
    among: Literal["", "list"] = ""
    """Whether a plan chooses from those pasted only."""
    pick: list[Annotated[str, Field(max_length=512)]] = Field([], max_length=200)
    only: Literal["", "picked"] = ""
    """Whether only those picked are shown."""
    page: int = Field(1, ge=1, le=1_000_000)

    def address(self, **other: object) -> str:
        """Return the query of an address that says the same, but for what is given.

        >>> View(search="ann", page=3).address(page=1), View().address()
        ('?search=ann', '?')
        >>> View(pick=["a", "b"]).address(only="picked")
        '?pick=a&pick=b&only=picked'
        """
        return "?" + urlencode(self.model_copy(update=other).model_dump(exclude_defaults=True), doseq=True)

    def amounts(self) -> tuple[dict[str, float | None], dict[str, str]]:
        """Return the amounts by field, and by field what is wrong with those that cannot be read."""
        readers = dict.fromkeys(("least", "budget", "target", "most_fee", "value", "posts", "fee"), amount)
        readers |= dict.fromkeys(("most_posts", "at_most", "min_new", "explore"), whole)
        read: dict[str, float | None] = {}
        wrong: dict[str, str] = {}
        for name, reader in {**readers, "discount": share, "seen": share}.items():
            try:
                read[name] = reader(getattr(self, name))
                if name in ABOVE_NOUGHT and read[name] == 0:
                    raise InputError(ABOVE_NOUGHT[name])
            except InputError as error:
                read[name], wrong[name] = None, str(error)
        return read, wrong

    @property
    def offer(self) -> dict[str, float]:
        """Return the offer that is tried in place of what is agreed, as far as it can be read."""
        read, _ = self.amounts()
        tried = {"exposure": read["posts"], "fee": read["fee"], "discount": read["discount"]}
        return {name: value for name, value in tried.items() if value is not None}

    def asking(self, influencer: str, fee: str = "") -> list[str]:
        """Return what single people ask, with another fee of one; nothing typed takes that one out.

        >>> View(asks=["a=500", "b=700"]).asking("a", "900"), View(asks=["a=500"]).asking("a")
        (['b=700', 'a=900'], [])
        """
        others = [one for one in self.asks if one.rpartition("=")[0] != influencer]
        return [*others, f"{influencer}={fee}"] if fee else others


class PersonView(View):
    """The same on the page of one person, who may be compared with an earlier moment or model."""

    before: str = Field("", max_length=40)
    models: bool = False
    asks_now: str = Field("", max_length=30)
    """The fee that is tried for this person, as it was typed."""

    @property
    def back(self) -> str:
        """Return the query of the ranking that this page was opened from."""
        return View(**self.model_dump()).address()
