"""Trees as every leaf's path, laid out flat for loops that are compiled: what walking and SHAP values share.

A block of rows is asked each split of a tree once, side by side, and a leaf is reached by the rows that turned as its path does:
no row waits for another, and nothing is guessed by the processor. The idea is that of Lucchese et al. 2015
("QuickScorer: a Fast Algorithm to Rank Documents with Additive Ensembles of Regression Trees").
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suasion.features.text.compiled import compiled

from .tree_text import Forest, Tree

BLOCK = 64
"""Rows that go together."""
APART = 512
"""Rows from which more than one thread works."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Path = list[tuple[int, int]]
"""Splits from the root, each with the side taken: 0 left, 1 right."""


@dataclass(frozen=True)
class Paths:
    """All trees that split. ``…_start`` arrays say where something begins, with one more at the end."""

    trees: tuple[int, ...]
    """Their numbers in the forest."""
    split_start: Ints
    feature: Ints
    threshold: Floats
    missing: NDArray[np.int8]
    """Side to which a missing value goes."""
    leaf_start: Ints
    value: Floats
    """Of each leaf."""
    path_start: Ints
    path_split: Ints
    """Split within its tree."""
    path_side: NDArray[np.int8]

    @property
    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """What the compiled loops take."""
        arrays = (self.split_start, self.feature, self.threshold, self.missing, self.leaf_start)
        return (*arrays, self.path_start, self.path_split, self.path_side)


def lay_out(forest: Forest) -> Paths:
    """Lay out the trees that split."""
    kept = tuple(number for number, tree in enumerate(forest.trees) if tree.feature)
    split, leaf, path = [0], [0], [0]
    feature, threshold, missing = list[int](), list[float](), list[int]()
    value, path_split, path_side = list[float](), list[int](), list[int]()
    for number in kept:
        tree = forest.trees[number]
        feature += tree.feature
        threshold += tree.threshold
        missing += [_missing_side(tree, place) for place in range(len(tree.feature))]
        split.append(len(feature))
        for end, steps in leaves_of(tree):
            value.append(tree.value[end])
            path_split += [place for place, _ in steps]
            path_side += [side for _, side in steps]
            path.append(len(path_split))
        leaf.append(len(value))
    return Paths(
        trees=kept,
        split_start=np.array(split, np.int32),
        feature=np.array(feature, np.int32),
        threshold=np.array(threshold, np.float64),
        missing=np.array(missing, np.int8),
        leaf_start=np.array(leaf, np.int32),
        value=np.array(value, np.float64),
        path_start=np.array(path, np.int32),
        path_split=np.array(path_split, np.int32),
        path_side=np.array(path_side, np.int8),
    )


def leaves_of(tree: Tree) -> list[tuple[int, Path]]:
    """Return each leaf of a tree that splits, with its path."""
    paths: list[tuple[int, Path]] = []
    stack: list[tuple[int, Path]] = [(0, [])]
    while stack:
        node, path = stack.pop()
        for side, child in enumerate((tree.left[node], tree.right[node])):
            below = [*path, (node, side)]
            if child >= 0:
                stack.append((child, below))
            else:
                paths.append((-child - 1, below))
    return paths


def _missing_side(tree: Tree, split: int) -> int:
    """Bit 3 of the decision says that NaN is missing, bit 1 whether that goes left; without bit 3 LightGBM takes NaN for 0."""
    kind = tree.decision[split]
    return int(not kind & 2 if kind & 8 else tree.threshold[split] < 0.0)


def in_threads(job: Callable[[Floats, Floats], None], X: Floats, out: Floats) -> Floats:
    """Do a job that lets go of Python's lock on parts of the rows, side by side; return ``out``."""
    threads = max(1, min(os.cpu_count() or 1, -(-len(X) // APART)))
    if threads == 1:
        job(X, out)
        return out
    edges: Sequence[int] = np.linspace(0, len(X), threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(job, X[a:b], out[a:b]) for a, b in itertools.pairwise(edges)]:
            done.result()
    return out


@compiled
def turn(block, rows, tree, split_start, feature, threshold, missing, turned):  # type: ignore[no-untyped-def]
    """Ask a block of rows, shape (features, rows), every split of a tree: 0 left, 1 right."""
    for split in range(split_start[tree + 1] - split_start[tree]):
        at = split_start[tree] + split
        column, limit = feature[at], threshold[at]
        # Comparisons with NaN are false: which one is asked decides where a missing value goes.
        if missing[at]:
            for row in range(rows):
                turned[split, row] = not (block[column, row] <= limit)
        else:
            for row in range(rows):
                turned[split, row] = block[column, row] > limit


@compiled
def widest(split_start):  # type: ignore[no-untyped-def]
    """Return the most splits that a tree has, at least one."""
    most = 1
    for tree in range(len(split_start) - 1):
        most = max(most, split_start[tree + 1] - split_start[tree])
    return most


@compiled
def take(X, first, rows, block):  # type: ignore[no-untyped-def]
    """Copy rows of X into a block, features down."""
    for row in range(rows):
        for column in range(X.shape[1]):
            block[column, row] = X[first + row, column]


@compiled
def give(values, first, rows, out):  # type: ignore[no-untyped-def]
    """Copy a block's results into their rows."""
    for row in range(rows):
        for column in range(out.shape[1]):
            out[first + row, column] = values[column, row]
