"""Columns as people name them: what each could be, guessed and shown before anything is written."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from suasion.features.errors import InputError
from suasion.features.tables.schema import Column, Table, extra_name

from .names import COMMISSION, SPARE, SYNONYMS

_WORDS = re.compile(r"[\W_]+")
_LATIN = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "ı": "i"})
"""Letters that no accent makes of another one."""
_FILLERS = frozenset("d da das de del della der des di do dos du el la le les of the".split())  # noqa: SIM905
"""Words that say nothing of a column, unless they are all of its name."""
_ADD_NOTHING = """
no nr n num number numero anzahl nombre liczba ilosc antal antall aantal pocet qtd quantidade cantidad количество число кол во id
total totale sum summe suma somme soma gesamt gesamte gesamtzahl alle all сумма tracked getrackte attributed referral referred
generated generierte erzielte actual final confirmed metadata
"""
_UNITS = """
in eur euro usd gbp chf pln sek nok dkk kr zl czk try tl rub руб jpy inr brl k teur percent pct prozent brutto netto gross net ht ttc
total no nr id count sayisi adedi generated genere generes generee generees erzielt generado generada generados generadas gerado gerada
gerados gerato generato generati wygenerowany tracked attributed
"""
_FRONT = frozenset(_ADD_NOTHING.split())
"""What a name may begin with: that something is counted, and that it was counted in the end."""
_END = frozenset(_UNITS.split())
"""What a name may end with: a unit, that something is counted, and that it came of it."""
_PLAIN = frozenset("date day time timestamp datum fecha data tag jour dia дата 日期".split())  # noqa: SIM905
"""What a column of dates is called that says no more."""
NAMELESS = frozenset(("author_id", "created_at", "text"))
"""What tells one post from another where it has no id."""
GENDERED = re.compile(r"(?<=\w)[:*/_·.](?:in|innen|euse|se|trice|a|e)\b")
"""Forms for women beside those for men: ``Creator:in``."""
_A_POST = re.compile(
    r"\b(?!(?:story|stories|reels?|videos?|shorts?|tiktoks?)\b)(\w+) ?/ ?"
    r"(post|video|reel|beitrag|publication|publicaci[oó]n|publica[cç][aã]o|contenuto|bericht|film)\s*$"
)
"""The stroke of what is for each post, as between formats it is not."""
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u0655]")


@lru_cache(2**12)
def bare(name: str) -> str:
    """Return a column's name as names are compared: words in small letters, without accents and articles.

    >>> bare("StartDate"), bare("Währung"), bare("Posts #"), bare("Fecha de inicio"), bare("開始日 *"), bare("Likes / Post")
    ('start date', 'wahrung', 'posts', 'fecha inicio', '開始日', 'likes per post')
    """
    spaced = _A_POST.sub(r"\1 per \2", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold())
    letters = _ACCENTS.sub("", unicodedata.normalize("NFKD", spaced)).translate(_LATIN)
    words = _WORDS.sub(" ", unicodedata.normalize("NFC", letters)).split()
    return " ".join([word for word in words if word not in _FILLERS] or words)


def _called(name: str) -> tuple[str, ...]:
    """Return what a column may be called: its name, and that without what stands in brackets, and without words that add nothing.

    >>> _called("Summe Bestellungen"), _called("Fee (EUR)"), _called("Creator:in")
    (('summe bestellungen', 'bestellungen'), ('fee eur', 'fee'), ('creator in', 'creator'))
    """
    if re.search(r" \(column [A-Z]+\)$", name):
        return ()  # several columns go by that name, and which is meant nobody can tell
    short = bare(re.sub(r"[(\[][^()\[\]]*[)\]]", " ", GENDERED.sub("", name)))
    words = short.split()
    while len(words) > 1 and words[-1] in _END:
        words.pop()
    without = " ".join(words)
    while len(words) > 1 and words[0] in _FRONT:
        words.pop(0)
    return tuple(dict.fromkeys((bare(name), short, without, " ".join(words))))


def known_names(tables: Iterable[Table]) -> frozenset[str]:
    """Return all names that columns of tables may go by."""
    fields = {column.name for table in tables for column in table.columns} | {"known_at"}
    return frozenset(bare(name) for field in fields for name in (field, *SYNONYMS.get(field, ())))


def guess(header: Sequence[str], columns: Iterable[Column]) -> dict[str, str]:
    """Return which column of a file could be which of ours; each at most once, own names before others.

    >>> from suasion.features.tables.schema import TABLES
    >>> guess(["Creator", "Date", "Follower Count", "Notes"], TABLES["audience"].columns)
    {'Creator': 'influencer_id', 'Date': 'observed_at', 'Follower Count': 'followers'}
    """
    called = {name: _called(name) for name in header}
    guessed: dict[str, str] = {}
    types = {column.name: column.type for column in columns}
    fields = [*types]
    whole_of = {
        bare(name): field
        for field in reversed(fields)
        for name in reversed((field, *SYNONYMS.get(field, ())))
    }
    for rank in range(1 + max((len(SYNONYMS.get(field, ())) for field in fields), default=0)):
        for field in fields:
            names = (field, *SYNONYMS.get(field, ()))
            if field in guessed.values() or rank >= len(names):
                continue
            free, wanted = [name for name in header if name not in guessed], bare(names[rank])
            whole = (name for name in free if called[name][:1] == (wanted,))
            # What is the whole name of another field, as "Order total", is not what is left of it, as "Order".
            # Nor does an id count anything, as "Conversion ID".
            parts = (
                name
                for name in free
                if wanted in called[name]
                and whole_of.get(bare(name), field) == field
                and not (types[field] == "number" and bare(name).endswith(" id"))
            )
            match = next(whole, next(parts, None))
            if match is not None:
                guessed[match] = field
    for field in SPARE.keys() & set(fields) - {*guessed.values()}:
        spare = (name for name in header if name not in guessed and {*SPARE[field]} & {*called[name]})
        guessed |= dict.fromkeys(itertools.islice(spare, 1), field)
    if {"post_id", "created_at", "observed_at"} <= {*fields} and "created_at" not in guessed.values():
        # Beside a post and its counts, one date is the post's.
        ours = {*SYNONYMS["created_at"]}
        guessed |= {n: "created_at" for n, f in guessed.items() if f == "observed_at" and ours & {*called[n]}}
    if {"influencer_id", "created_at"} <= {*fields} and "referrer_id" not in fields:
        # When an account was made, a mere date does not say.
        guessed = {n: f for n, f in guessed.items() if f != "created_at" or not _PLAIN & {*called[n]}}
    if "post_id" in fields and "post_id" not in guessed.values():
        # The address of a post is its id where there is no other.
        guessed |= {name: "post_id" for name, field in guessed.items() if field == "links"}
    return {name: guessed[name] for name in header if name in guessed}


def column_of(mapping: Mapping[str, str], field: str) -> str:
    """Return the column that holds a field; nothing where none does."""
    return next((name for name, target in mapping.items() if target == field), "")


def settle(
    header: Sequence[str],
    mapped: Mapping[str, str],
    columns: Sequence[Column],
    what: str,
    prefixes: tuple[str, ...] = (),
) -> dict[str, str]:
    """Return the guess with what was told put in its place; a column told to be nothing (``""``) is left out.

    Raises
    ------
    InputError
        When a column or a field is not there, or a field is told twice.
    """
    fields = [column.name for column in columns]
    for name, field in mapped.items():
        if name not in header:
            raise InputError(
                f"--map {name}={field}: there is no column {name!r}. There are: {', '.join(header)}."
            )
        if field and field not in fields and not (_is_extra(field, prefixes)):
            raise InputError(
                f"--map {name}={field}: {what} has no column {field}. It takes: {', '.join(fields)}."
            )
    twice = [field for field in mapped.values() if field and list(mapped.values()).count(field) > 1]
    if twice:
        raise InputError(f"--map names {twice[0]} twice. Each field comes from one column.")
    guessed = {
        name: field
        for name, field in guess(header, columns).items()
        if name not in mapped and field not in mapped.values()
    }
    extras = {
        name: extra_name(name)
        for name in header
        if _is_extra(name, prefixes) and name not in mapped and name not in guessed
    }
    merged = guessed | extras
    merged |= {n: extra_name(f) if _is_extra(f, prefixes) else f for n, f in mapped.items() if f}
    for name, field in merged.items():
        same = [other for other, another in merged.items() if another == field]
        if len(same) > 1:
            raise InputError(
                f"The columns {' and '.join(map(repr, same))} would both be {field}. Name one of them with --map {name}=, which leaves it out."
            )
    return {name: merged[name] for name in header if name in merged}


def _is_extra(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(
        re.match(re.escape(prefix.rstrip("_")) + r"(?:_|\s*[:.-]\s*|\s)", name, re.IGNORECASE)
        for prefix in prefixes
    )


def best_table(header: Sequence[str], tables: Mapping[str, Table]) -> str | None:
    """Return the table whose needed columns a file has, and of several the one with most columns found.

    Posts may have their counts beside them; what has neither text nor counts is none.
    """
    scores = {}
    for name, table in tables.items():
        counts = tables["post_metrics"].columns if name == "posts" and "post_metrics" in tables else ()
        counts = tuple(column for column in counts if not column.required)
        fields = set(guess(header, (*table.columns, *counts)).values())
        if name == "posts" and not fields & {"text", *(column.name for column in counts)}:
            continue
        if name == "post_metrics" and not fields - {*table.required, "known_at"}:
            continue  # counts of nothing
        if name == "posts" and fields >= NAMELESS:
            fields.add("post_id")
        extras = [column for column in header if _is_extra(column, table.prefixes)]
        # What has nothing but free names is no table without one, and names of accounts alone are none.
        if set(table.required) <= fields and (
            extras or (len(fields) > 1 and len(table.required) < len(table.columns))
        ):
            scores[name] = len(fields) + len(table.required) + len(extras)
    return max(scores, key=lambda name: scores[name]) if scores else None


_SOLD = ("order", "sale", "transaction", "purchase")
"""What the name of an amount begins with that is of an order, whatever its id is called."""


def is_of_orders(header: Sequence[str], orders: Table) -> bool:
    """Return whether a file is of orders, though it may lack what no column of orders says, such as who reports them.

    >>> from suasion.features.attribution.orders import ORDERS
    >>> is_of_orders(["Order ID", "Order Amount", "Creator"], ORDERS), is_of_orders(["id", "value", "Creator"], ORDERS)
    (True, False)
    """
    by_field = {field: bare(name) for name, field in guess(header, orders.columns).items()}
    paid = {*COMMISSION} & {*map(bare, header)} and "partner_id" in by_field
    charged = by_field.get("amount") in ("amount", "total") and "currency" in by_field
    sold = "order_id" in by_field and by_field.get("amount", "").split(" ")[0] in _SOLD
    return "amount" in by_field and (by_field.get("order_id", "id") != "id" or bool(paid or charged or sold))


def is_of_posts(header: Sequence[str], posts: Table) -> bool:
    """Return whether a file is of posts, though it may lack when they were made.

    >>> from suasion.features.tables.schema import TABLES
    >>> is_of_posts(["Video ID", "Caption"], TABLES["posts"]), is_of_posts(["URL", "Caption"], TABLES["posts"])
    (True, False)
    """
    by_field = {field: bare(name) for name, field in guess(header, posts.columns).items()}
    return "text" in by_field and by_field.get("post_id", "url") not in ("link", "url", "urls")
