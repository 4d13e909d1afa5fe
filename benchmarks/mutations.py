"""Small mistakes that can be made in a file: what ``benchmarks.mutants`` draws from.

Not drawn is what nobody could notice: the last value of a row of one column for its first (``fetchone()[0]`` to ``[-1]``),
``to_numpy`` without ``dtype=object`` (what strings have already), ``encoding="utf-8"`` left out (the default where the tests run),
a progress line (``step(…)``) left out, and in the files of ``PICTURES`` a distance of 2 or more that is one pixel, or one point of
a line's width, off. A picture whose numbers, colours, order or signs are wrong is drawn, and so are 0 and 1.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

PICTURES = {
    "serving/explaining/charts.py": ("times", "count", "_log_ticks"),
    "training/evaluation/plots.py": (),
}
"""Files in which numbers are distances in a picture, and their functions in which they are not."""
WIDTHS = {"linewidth", "markersize", "fontsize", "dpi"}
"""Keywords of Matplotlib that nobody misses: how thick and how large."""


@dataclass(frozen=True)
class Mutant:
    """One small change."""

    file: str
    function: str
    """Qualified name of the function around it; empty at the module's level."""
    line: int
    operator: str
    start: int
    end: int
    """What is replaced: bytes of the file."""
    before: str
    after: str


_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_OPPOSITE = dict(
    pair
    for a, b in (
        ("min", "max"),
        ("minimum", "maximum"),
        ("any", "all"),
        ("floor", "ceil"),
        ("argmin", "argmax"),
        ("idxmin", "idxmax"),
        ("head", "tail"),
        ("startswith", "endswith"),
    )
    for pair in ((a, b), (b, a))
)
_SQL = re.compile(r"\b(SELECT|WHERE|CASE WHEN|GROUP BY|ORDER BY|JOIN)\b")
_IN_SQL = (
    (r" <= ", (" < ",)),
    (r" < ", (" <= ", " > ")),
    (r" >= ", (" > ",)),
    (r" > ", (" >= ", " < ")),
    (r" AND ", (" OR ",)),
    (r" OR ", (" AND ",)),
    (r" \+ ", (" - ",)),
    (r" - ", (" + ",)),
    (r"\bmin\(", ("max(",)),
    (r"\bmax\(", ("min(",)),
    (r"\bNOT ", ("",)),
    (r"\bIS NULL", ("IS NOT NULL",)),
    (r"\bDESC\b", ("ASC",)),
    (r"\bLEFT JOIN\b", ("JOIN",)),
    (r"\bUNION ALL\b", ("UNION",)),
)


def mutants(file: str, source: str) -> list[Mutant]:
    """Return every mutant of a file. Annotations, decorators, ``assert`` and what only checks (``strict=``) are left alone.

    >>> [(one.operator, one.after) for one in mutants("x.py", "most = len(told) - 1")]
    [('arithmetic', '(len(told) + 1)'), ('constant', '(2)'), ('constant', '(0)')]
    """
    data, lines = source.encode(), [0]
    for line in data.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    mutations: list[Mutant] = []

    def span(node: Any) -> tuple[int, int]:
        return lines[node.lineno - 1] + node.col_offset, lines[node.end_lineno - 1] + node.end_col_offset

    def text(node: ast.AST) -> str:
        return data[slice(*span(node))].decode()

    def put(
        node: Any, function: str, operator: str, after: str, start: int = 0, end: int | None = None
    ) -> None:
        first, last = span(node)
        start, end = first + start, last if end is None else first + end
        line = node.lineno + data[first:start].count(b"\n")
        mutations.append(Mutant(file, function, line, operator, start, end, data[start:end].decode(), after))

    def visit(node: ast.AST, function: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            prefix = (
                f"{function}.<locals>."
                if function and function in functions
                else f"{function}."
                if function
                else ""
            )
            name = prefix + node.name
            if not isinstance(node, ast.ClassDef):
                functions.add(name)
                for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)):
                    visit(default, name)
            for part in node.body:
                visit(part, name)
            return
        if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom) or _is_main(node):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # what it says of itself
        for operator, after, *where in _changes(node, text):
            if not (
                (id(node) in only and after == "(-1)")
                or _unnoticed(node, after)
                or (file in PICTURES and function not in PICTURES[file] and _a_pixel(node, operator, after))
            ):
                put(node, function, operator, after, *where)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns") or (
                isinstance(node, ast.JoinedStr) and _SQL.search(text(node))
            ):
                continue
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.AST) and not (isinstance(part, ast.keyword) and part.arg == "strict"):
                    visit(part, function)

    functions: set[str] = set()
    tree = ast.parse(source)
    only = {
        id(index) for part in ast.walk(tree) if isinstance(part, ast.FunctionDef) for index in _only(part)
    }
    for part in tree.body:
        visit(part, "")
    return mutations


def _only(function: ast.FunctionDef) -> list[ast.expr]:
    """Return the 0 of each ``row[0]`` of a row that ``fetchone()`` gave and of which nothing else is read."""
    parts = list(ast.walk(function))
    rows = {
        part.targets[0].id
        for part in parts
        if isinstance(part, ast.Assign)
        and isinstance(part.targets[0], ast.Name)
        and ".fetchone()" in ast.unparse(part.value)
    }
    reads: dict[str, list[ast.Subscript]] = {}
    for part in parts:
        if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name) and part.value.id in rows:
            reads.setdefault(part.value.id, []).append(part)
    return [
        one.slice
        for name, places in reads.items()
        if all(ast.unparse(read.slice) == "0" for read in places)
        and sum(
            isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
            for part in parts
        )
        <= 2 * len(places) + 1  # else it is unpacked or handed on whole
        for one in places
    ]


def _unnoticed(node: ast.AST, after: str) -> bool:
    """Say whether a change does nothing where the tests run: see the module's head."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        what = node.value.args[0] if node.value.args else None
        words = isinstance(what, ast.JoinedStr) or (
            isinstance(what, ast.Constant) and isinstance(what.value, str)
        )
        return after == "pass" and ast.unparse(node.value.func) == "step" and words
    if not isinstance(node, ast.Call):
        return False
    left_out = [key for key in node.keywords if f"{key.arg}={ast.unparse(key.value)}" not in after]
    if len(left_out) != 1:
        return False
    (key,) = left_out
    value, name = ast.unparse(key.value), node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return (key.arg == "encoding" and value == "'utf-8'") or (
        name == "to_numpy" and key.arg == "dtype" and value == "object"
    )


def _a_pixel(node: ast.AST, operator: str, after: str) -> bool:
    """Say whether a change moves something in a picture by no more than anybody sees."""
    if isinstance(node, ast.Constant):
        return operator == "constant" and isinstance(node.value, int | float) and abs(node.value) >= 2
    return (
        isinstance(node, ast.Call)
        and operator == "keyword left out"
        and any(key.arg in WIDTHS and f"{key.arg}=" not in after for key in node.keywords)
    )


def _is_main(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("__name__ == '__main__'", "TYPE_CHECKING")


def _changes(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[tuple[Any, ...]]:
    """Yield the operator's name and the node's new text; where only a part is replaced, its first and last byte too."""
    say = ast.unparse
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in _COMPARISONS[type(op)]:
                ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield "comparison", f"({say(ast.Compare(node.left, ops, node.comparators))})"
    elif (
        isinstance(node, ast.BinOp)
        and type(node.op) in _ARITHMETIC
        and not isinstance(node.left, ast.Constant | ast.JoinedStr)
    ):
        yield "arithmetic", f"({say(ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right))})"
    elif isinstance(node, ast.AugAssign) and type(node.op) in _ARITHMETIC:
        yield "arithmetic", say(ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value))
    elif isinstance(node, ast.BoolOp):
        yield (
            "and/or",
            f"({say(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))})",
        )
        for place in range(len(node.values)):
            rest = [*node.values[:place], *node.values[place + 1 :]]
            yield "condition left out", f"({say(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield "negation left out", f"({say(node.operand)})"
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        test = node.test
        first = test.col_offset - node.col_offset if test.lineno == node.lineno else None
        if first is not None and test.end_lineno == node.lineno and test.end_col_offset is not None:
            yield "condition negated", f"(not ({say(test)}))", first, test.end_col_offset - node.col_offset
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "constant", str(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        near = (node.value + step for step in (1, -1))
        yield from (("constant", f"({other!r})") for other in near if other != node.value)
    elif isinstance(node, ast.Return) and node.value is not None and say(node.value) != "None":
        yield "return None", "return None"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
        yield "statement left out", "pass"
    elif isinstance(node, ast.Constant | ast.JoinedStr) and _SQL.search(said := text(node)):
        for pattern, others in _IN_SQL:
            for match in re.finditer(pattern, said):
                start, end = (len(said[:place].encode()) for place in match.span())
                yield from (("SQL", other, start, end) for other in others)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _OPPOSITE:
            func: ast.expr = ast.Name(_OPPOSITE[name])
            if isinstance(node.func, ast.Attribute):
                func = ast.Attribute(node.func.value, _OPPOSITE[name])
            yield "min/max", say(ast.Call(func, node.args, node.keywords))
        for place, keyword in enumerate(node.keywords):
            if keyword.arg not in (None, "strict"):
                kept = [*node.keywords[:place], *node.keywords[place + 1 :]]
                yield "keyword left out", say(ast.Call(node.func, node.args, kept))
