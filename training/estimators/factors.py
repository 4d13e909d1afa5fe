"""Sums of leaf values by group: the factors of many rows, without a single SHAP value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from suasion.features.text.compiled import compiled

from .paths import BLOCK, Floats, Paths, give, in_threads, take, turn, widest


def sums(paths: Paths, mean: Floats, group: Sequence[int], groups: int, X: Floats) -> Floats:
    """Return each group's sum of leaf values less their trees' means over the training rows, shape (n, groups)."""
    X = np.ascontiguousarray(X, dtype=np.float64)
    owner, means = np.asarray(group, np.int32), np.asarray(mean, np.float64)

    def job(part: Floats, out: Floats) -> None:
        _add(part, *paths.arrays, paths.value, means, owner, out)

    return in_threads(job, X, np.zeros((len(X), groups)))


@compiled
def _add(  # type: ignore[no-untyped-def]
    X, split_start, feature, threshold, missing, leaf_start, path_start, path_split, path_side, value, mean, group, out
):  # fmt: skip
    turned, reached = np.empty((widest(split_start), BLOCK), np.int8), np.empty(BLOCK, np.int8)
    block, values = np.empty((X.shape[1], BLOCK)), np.empty((out.shape[1], BLOCK))
    for first in range(0, X.shape[0], BLOCK):
        rows = min(BLOCK, X.shape[0] - first)
        take(X, first, rows, block)
        values[:] = 0.0
        for tree in range(len(split_start) - 1):
            turn(block, rows, tree, split_start, feature, threshold, missing, turned)
            owner = group[tree]
            for leaf in range(leaf_start[tree], leaf_start[tree + 1]):
                for row in range(rows):
                    reached[row] = 1
                for step in range(path_start[leaf], path_start[leaf + 1]):
                    split, other = path_split[step], path_side[step] ^ 1
                    for row in range(rows):
                        reached[row] &= turned[split, row] ^ other
                gain = value[leaf] - mean[tree]
                for row in range(rows):
                    values[owner, row] += gain * reached[row]
        give(values, first, rows, out)
