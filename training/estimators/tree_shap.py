"""SHAP values of many rows at once, exact: what a leaf gives depends only on which features' conditions on its path hold.

Path-dependent TreeSHAP (Lundberg, Erion and Lee 2018, "Consistent Individualized Feature Attribution for Tree Ensembles") gives the
features of a leaf's path

    phi_j = value × sum over S of |S|! (m - |S| - 1)! / m! × prod_{k in S} o_k × prod_{k not in S, not j} z_k × (o_j - z_j)

with m features on the path, o_k 1 where the row meets all conditions on k, and z_k the share of training rows that does. So a
leaf's values are a table of 2^m patterns, filled once; a row only looks up its pattern (Nadel and Wettenstein 2025 go
from there too). Suasion's trees are small, so the tables are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suasion.features.text.compiled import compiled

from .paths import BLOCK, Floats, Ints, Path, Paths, give, in_threads, leaves_of, take, turn, widest
from .tree_text import Forest, Tree

MOST = 12
"""Features on one path beyond which the tables would be too large; LightGBM's own SHAP is used then."""


@dataclass(frozen=True)
class Shapley:
    """Every leaf's table, and whose values stand in it."""

    paths: Paths
    path_bit: NDArray[np.int16]
    """For each step of a path, a pattern with the split's feature taken out."""
    owner_start: Ints
    owner: Ints
    """Features of each leaf's path, in the order of the pattern's bits."""
    table_start: NDArray[np.int64]
    table: Floats
    features: int

    def values(self, X: Floats) -> Floats:
        """Return SHAP values, shape (n, features)."""
        X = np.ascontiguousarray(X, dtype=np.float64)

        def job(part: Floats, out: Floats) -> None:
            _add(
                part,
                *self.paths.arrays,
                self.path_bit,
                self.owner_start,
                self.owner,
                self.table_start,
                self.table,
                out,
            )

        return in_threads(job, X, np.zeros((len(X), self.features)))


def make_shapley(forest: Forest, paths: Paths) -> Shapley | None:
    """Fill the tables; None where a path has more features than a table can hold."""
    bit, owner = list[int](), list[int]()
    owner_start, table_start = [0], [0]
    tables: list[Floats] = []
    for number in paths.trees:
        tree = forest.trees[number]
        for leaf, path in leaves_of(tree):
            owners = list(dict.fromkeys(tree.feature[split] for split, _ in path))
            if len(owners) > MOST:
                return None
            bit += [~(1 << owners.index(tree.feature[split])) for split, _ in path]
            owner += owners
            tables.append(_table(tree, leaf, path, owners))
            owner_start.append(len(owner))
            table_start.append(table_start[-1] + tables[-1].size)
    return Shapley(
        paths,
        np.array(bit, np.int16),
        np.array(owner_start, np.int32),
        np.array(owner, np.int32),
        np.array(table_start, np.int64),
        np.concatenate([table.ravel() for table in tables]) if tables else np.zeros(0),
        forest.features,
    )


def _table(tree: Tree, leaf: int, path: Path, owners: list[int]) -> Floats:
    """Return the SHAP values of the path's features for every pattern, shape (2^m, m)."""
    m = len(owners)
    zero = np.ones(m)
    for split, side in path:
        child = (tree.left[split], tree.right[split])[side]
        below = tree.count[-child - 1] if child < 0 else tree.inner_count[child]
        zero[owners.index(tree.feature[split])] *= below / tree.inner_count[split]
    patterns = np.arange(1 << m)
    met = (patterns[:, None] >> np.arange(m)) & 1
    weight = np.array([math.factorial(s) * math.factorial(m - s - 1) / math.factorial(m) for s in range(m)])
    table = np.zeros((1 << m, m))
    for j in range(m):
        # Coefficients by size of S of prod_{k != j} (z_k + o_k t): what stands at t^s is the sum over all S of s features.
        sums = np.zeros((1 << m, m))
        sums[:, 0] = 1.0
        for k in range(m):
            if k != j:
                sums[:, 1:] = sums[:, 1:] * zero[k] + sums[:, :-1] * met[:, [k]]
                sums[:, 0] *= zero[k]
        table[:, j] = tree.value[leaf] * (sums @ weight) * (met[:, j] - zero[j])
    return table


@compiled
def _add(  # type: ignore[no-untyped-def]
    X, split_start, feature, threshold, missing, leaf_start, path_start, path_split, path_side, path_bit,
    owner_start, owner, table_start, table, out,
):  # fmt: skip
    turned, pattern = np.empty((widest(split_start), BLOCK), np.int8), np.empty(BLOCK, np.int16)
    block, values = np.empty((X.shape[1], BLOCK)), np.empty((X.shape[1], BLOCK))
    for first in range(0, X.shape[0], BLOCK):
        rows = min(BLOCK, X.shape[0] - first)
        take(X, first, rows, block)
        values[:] = 0.0
        for tree in range(len(split_start) - 1):
            turn(block, rows, tree, split_start, feature, threshold, missing, turned)
            for leaf in range(leaf_start[tree], leaf_start[tree + 1]):
                width = owner_start[leaf + 1] - owner_start[leaf]
                whole = (1 << width) - 1
                for row in range(rows):
                    pattern[row] = whole
                for step in range(path_start[leaf], path_start[leaf + 1]):
                    split, side, bit = path_split[step], path_side[step], path_bit[step]
                    for row in range(rows):
                        pattern[row] &= bit | -(turned[split, row] == side)
                start = table_start[leaf]
                for place in range(width):
                    column = owner[owner_start[leaf] + place]
                    for row in range(rows):
                        values[column, row] += table[start + pattern[row] * width + place]
        give(values, first, rows, out)
