"""LightGBM's text of a model, checked before LightGBM sees it.

LightGBM trusts its file: a crafted one can send a child pointer out of its arrays, run in a circle, or name a feature that is
not there, and prediction or SHAP then reads and writes wherever that leads. So the text is read here by a grammar that
knows only what suasion's trees need, every tree is walked once, and what LightGBM is given is a text written anew from
the numbers that passed. No byte of the file reaches it.

Format: ``src/boosting/gbdt_model_text.cpp`` and ``src/io/tree.cpp`` of LightGBM 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from suasion.features.errors import BundleError

MOST_TREES, MOST_LEAVES, DEEPEST = 20_000, 1_024, 128
DECISIONS = frozenset({0, 2, 8, 10})
"""Numeric splits only: bit 1 sends missing values left, bit 3 says that missing is NaN."""

_WHOLE = re.compile(r"-?[0-9]{1,15}\Z", re.ASCII)
_DECIMAL = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?"
_REAL = re.compile(rf"(?:{_DECIMAL})\Z", re.ASCII)
_THRESHOLD = re.compile(rf"(?:{_DECIMAL}|-?inf)\Z", re.ASCII)
_INFO = re.compile(r"(?:none|\[[-+0-9.eE]+:[-+0-9.eE]+\])\Z", re.ASCII)
_SPARE = frozenset({"split_gain", "leaf_weight", "internal_value", "internal_weight"})
"""Keys of a tree that neither prediction nor SHAP reads."""
_NEEDED = (
    *("num_leaves", "num_cat", "split_feature", "threshold", "decision_type", "left_child", "right_child"),
    *("leaf_value", "leaf_count", "internal_count", "is_linear", "shrinkage"),
)


@dataclass(frozen=True)
class Tree:
    """One tree: ``leaves - 1`` splits and ``leaves`` leaves. A child below 0 is the leaf ``-child - 1``."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    decision: tuple[int, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]
    count: tuple[int, ...]
    """Training rows in each leaf."""
    inner_count: tuple[int, ...]
    shrinkage: float


@dataclass(frozen=True)
class Forest:
    """All trees of a model over ``features`` features."""

    features: int
    trees: tuple[Tree, ...]


class _TreeError(BundleError):
    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"The trees are not what training writes: {where}: {what}. Train the model again.")


def read_forest(text: str) -> Forest:
    """Read and check the trees that ``Booster.model_to_string`` or :func:`write_forest` gives.

    Raises BundleError when counts disagree, a key is there twice or missing, a child is out of range, reached twice or never, a feature is
    unknown, a number is not finite, or a tree is deeper or larger than any that training makes.
    """
    if not text.isascii():
        raise _TreeError("text", "it holds characters that are not ASCII")
    body, mark, _ = text.partition("\nend of trees\n")
    if not mark:
        raise _TreeError("text", "it has no 'end of trees'")
    head, *rest = body.split("\nTree=")
    header = _pairs("header", head.split("\n"), bare="tree")
    features = _header(header, len(rest))
    sizes = _whole("header", header["tree_sizes"], len(rest))
    blocks = [f"Tree={block}" for block in rest]
    trees = []
    for number, block in enumerate(blocks):
        # LightGBM counts a tree's bytes up to where the next begins; the last block lost one newline to the mark.
        if len(block) + 1 != sizes[number]:
            raise _TreeError(f"tree {number}", "its length is not the one the header gives")
        trees.append(_tree(number, block, features))
    return Forest(features, tuple(trees))


def write_forest(forest: Forest) -> str:
    """Return the text that LightGBM reads, with every number exactly as it was.

    Numbers are written as Python's own: a word LightGBM cannot read, such as ``np.float64(1.0)``, aborts the process.

    >>> stump = Tree((0,), (0.5,), (2,), (-1,), (-2,), (0.25, -0.1), (3, 4), (7,), 1.0)
    >>> read_forest(write_forest(Forest(1, (stump,)))).trees[0] == stump
    True
    """
    blocks = [_write_tree(number, tree) for number, tree in enumerate(forest.trees)]
    header = [
        *("tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0"),
        f"max_feature_idx={forest.features - 1}",
        "objective=poisson",
        "feature_names=" + " ".join(f"Column_{number}" for number in range(forest.features)),
        "feature_infos=" + " ".join(["none"] * forest.features),
        "tree_sizes=" + " ".join(str(len(block)) for block in blocks),
    ]
    return "\n".join(header) + "\n\n" + "".join(blocks) + "end of trees\n\n"


def _write_tree(number: int, tree: Tree) -> str:
    lines = [
        f"Tree={number}",
        f"num_leaves={len(tree.value)}",
        "num_cat=0",
        _line("split_feature", map(int, tree.feature)),
        _line("threshold", map(float, tree.threshold)),
        _line("decision_type", map(int, tree.decision)),
        _line("left_child", map(int, tree.left)),
        _line("right_child", map(int, tree.right)),
        _line("leaf_value", map(float, tree.value)),
        _line("leaf_count", map(int, tree.count)),
        _line("internal_count", map(int, tree.inner_count)),
        "is_linear=0",
        f"shrinkage={float(tree.shrinkage)!r}",
    ]
    return "\n".join(lines) + "\n\n\n"


def _line(name: str, values: Iterable[float]) -> str:
    return f"{name}=" + " ".join(repr(value) for value in values)


def _pairs(where: str, lines: Sequence[str], *, bare: str | None = None) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not line or (line == bare and bare not in fields):
            if line:
                fields[line] = ""
            continue
        if not equals:
            raise _TreeError(where, f"a line without a value: {line[:40]!r}")
        if name in fields:
            raise _TreeError(where, f"{name[:40]!r} is there twice")
        fields[name] = value
    return fields


def _header(header: dict[str, str], trees: int) -> int:
    fixed = {"version": "v4", "num_class": "1", "num_tree_per_iteration": "1", "label_index": "0"}
    fixed |= {"objective": "poisson", "tree": ""}
    needed = {*fixed, "max_feature_idx", "feature_names", "feature_infos", "tree_sizes"}
    for name in header:
        if name not in (*needed, "monotone_constraints"):
            raise _TreeError("header", f"it names {name[:40]!r}, which no model of suasion has")
    for name in needed - set(header):
        raise _TreeError("header", f"{name} is missing")
    for name, value in fixed.items():
        if header[name] != value:
            raise _TreeError("header", f"{name} is {header[name][:40]!r}, not {value!r}")
    if trees > MOST_TREES:
        raise _TreeError("header", f"{trees} trees, more than {MOST_TREES}")
    features = _whole("header", header["max_feature_idx"], 1)[0] + 1
    if not 1 <= features <= 100_000:
        raise _TreeError("header", f"{features} features")
    if header["feature_names"].split(" ") != [f"Column_{number}" for number in range(features)]:
        raise _TreeError("header", "feature_names are not as many as max_feature_idx says, in order")
    infos = header["feature_infos"].split(" ")
    if len(infos) != features or not all(_INFO.match(info) for info in infos):
        raise _TreeError("header", "feature_infos are not one range a feature")
    return features


def _tree(number: int, block: str, features: int) -> Tree:
    where = f"tree {number}"
    pairs = _pairs(where, block.split("\n"))
    for name in pairs:
        if name not in _NEEDED and name not in _SPARE and name != "Tree":
            raise _TreeError(where, f"it names {name[:40]!r}, which no tree of suasion has")
    for name in ("Tree", *_NEEDED):
        if name not in pairs:
            raise _TreeError(where, f"{name} is missing")
    if pairs["Tree"] != str(number):
        raise _TreeError(where, f"it calls itself {pairs['Tree'][:40]!r}")
    if pairs["num_cat"] != "0" or pairs["is_linear"] != "0":
        raise _TreeError(where, "it has categorical splits or linear leaves")
    leaves = _whole(where, pairs["num_leaves"], 1)[0]
    if not 1 <= leaves <= MOST_LEAVES:
        raise _TreeError(where, f"{leaves} leaves; 1 to {MOST_LEAVES} can be")
    splits = leaves - 1
    tree = Tree(
        _whole(where, pairs["split_feature"], splits),
        _thresholds(where, pairs["threshold"], splits),
        _whole(where, pairs["decision_type"], splits),
        _whole(where, pairs["left_child"], splits),
        _whole(where, pairs["right_child"], splits),
        _real(where, pairs["leaf_value"], leaves),
        _whole(where, pairs["leaf_count"], leaves),
        _whole(where, pairs["internal_count"], splits),
        _real(where, pairs["shrinkage"], 1)[0],
    )
    if any(not 0 <= feature < features for feature in tree.feature):
        raise _TreeError(where, f"it splits on a feature outside 0 to {features - 1}")
    if not DECISIONS.issuperset(tree.decision):
        raise _TreeError(where, "it decides in a way that suasion's trees do not")
    _walk(where, tree)
    return tree


def _walk(where: str, tree: Tree) -> None:
    """Reach every split and every leaf once from the root, and add up the rows on the way back."""
    splits, leaves = len(tree.feature), len(tree.value)
    if any(count <= 0 for count in tree.count):
        raise _TreeError(where, "a leaf without a training row")
    if not splits:
        return
    seen_splits, seen_leaves, order = {0}, set[int](), []
    stack = [(0, 1)]
    while stack:
        node, depth = stack.pop()
        order.append(node)
        if depth > DEEPEST:
            raise _TreeError(where, f"deeper than {DEEPEST}")
        for child in (tree.left[node], tree.right[node]):
            seen, place, most = (
                (seen_leaves, -child - 1, leaves) if child < 0 else (seen_splits, child, splits)
            )
            if place >= most:
                raise _TreeError(where, f"child {child} of split {node} is out of range")
            if place in seen:
                raise _TreeError(where, f"child {child} of split {node} is reached twice")
            seen.add(place)
            if child >= 0:
                stack.append((child, depth + 1))
    if len(seen_splits) != splits:  # who reaches all splits reaches all leaves: there is one more of them
        raise _TreeError(where, "a split or a leaf that is never reached")
    rows = list(tree.inner_count)
    for node in reversed(order):
        below = [
            tree.count[-child - 1] if child < 0 else rows[child]
            for child in (tree.left[node], tree.right[node])
        ]
        if sum(below) != rows[node]:
            raise _TreeError(where, f"split {node} has {rows[node]} rows and its children {sum(below)}")


def _numbers(where: str, text: str, count: int, form: re.Pattern[str]) -> Iterator[str]:
    words = text.split(" ") if text else []
    if len(words) != count:
        raise _TreeError(where, f"{len(words)} numbers where {count} should be")
    for word in words:
        if not form.match(word):
            raise _TreeError(where, f"{word[:40]!r} is not a number that can be here")
        yield word


def _whole(where: str, text: str, count: int) -> tuple[int, ...]:
    return tuple(int(word) for word in _numbers(where, text, count, _WHOLE))


def _thresholds(where: str, text: str, count: int) -> tuple[float, ...]:
    """Read thresholds: infinity is one, where a split parts the missing from all others."""
    return tuple(float(word) for word in _numbers(where, text, count, _THRESHOLD))


def _real(where: str, text: str, count: int) -> tuple[float, ...]:
    numbers = tuple(float(word) for word in _numbers(where, text, count, _REAL))
    if any(abs(number) > 1e300 for number in numbers):
        raise _TreeError(where, "a number that is not finite")
    return numbers
