"""Mutates a good bundle, and says what became of each mutant: run in a process of its own, which none may crash.

``python hostile.py MODEL SCRATCH`` prints one line of JSON a mutant: its name, and the error it was refused with, or ``loaded``.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

Mutant = tuple[str, str, Callable[[bytes], bytes | None], bool]
"""Name, file, what to make of its bytes (None: no file), and whether the manifest's hash is made to fit."""


def flipped(seed: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        place = random.Random(seed).randrange(len(data))
        return data[:place] + bytes([data[place] ^ (1 << seed % 8)]) + data[place + 1 :]

    return change


def text(change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    def run(data: bytes) -> bytes:
        before = data.decode()
        after = change(before)
        assert after != before, "this mutation changes nothing"
        return fitted_sizes(after).encode()

    return run


def fitted_sizes(model: str) -> str:
    """Make ``tree_sizes`` true again, so that a mutant is refused for what it is and not for its length."""
    body, mark, rest = model.partition("\nend of trees\n")
    head, *blocks = body.split("\nTree=")
    sizes = " ".join(str(len(block) + len("Tree=") + 1) for block in blocks)
    head = re.sub(r"tree_sizes=.*", f"tree_sizes={sizes}", head, count=1)
    return "\nTree=".join([head, *blocks]) + mark + rest


def numbers(key: str, tree: int, change: Callable[[list[str]], list[str]]) -> Callable[[bytes], bytes]:
    """Change the numbers of one line of one tree."""

    def run(model: str) -> str:
        blocks = model.split("\nTree=")
        block = blocks[tree + 1]
        line = next(line for line in block.split("\n") if line.startswith(f"{key}="))
        words = line.partition("=")[2].split(" ")
        blocks[tree + 1] = block.replace(line, f"{key}=" + " ".join(change(words)), 1)
        return "\nTree=".join(blocks)

    return text(run)


def put(place: int, value: str) -> Callable[[list[str]], list[str]]:
    return lambda words: [*words[: place % len(words)], value, *words[place % len(words) + 1 :]]


def manifest(change: Callable[[dict], object]) -> Callable[[bytes], bytes]:
    def run(data: bytes) -> bytes:
        content = json.loads(data)
        change(content)
        return json.dumps(content).encode()

    return run


def arrays(change: Callable[[dict], object], **options: bool) -> Callable[[bytes], bytes]:
    def run(data: bytes) -> bytes:
        with np.load(io.BytesIO(data)) as stored:
            members = dict(stored)
        change(members)
        out = io.BytesIO()
        (np.savez_compressed if options.get("compressed") else np.savez)(out, **members)
        return out.getvalue()

    return run


def huge(data: bytes) -> bytes:
    """Claim a shape of a terabyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for member in before.infolist():
            content = before.read(member)
            if member.filename == "slope.npy":
                header = io.BytesIO()
                layout = {"descr": "<f8", "fortran_order": False, "shape": (2**37,)}
                np.lib.format.write_array_header_1_0(header, layout)
                content = header.getvalue() + content[-80:]
            after.writestr(member.filename, content)
    return out.getvalue()


class Bomb:
    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("pickle-was-run"),))


def pickled(members: dict) -> None:
    members["slope"] = np.array([Bomb()], dtype=object)


def mutants() -> Iterator[Mutant]:
    from suasion.training.bundle.folder import FILES

    for name in FILES:
        yield f"{name} gone", name, lambda data: None, False
        yield f"{name} empty", name, lambda data: b"", name != "manifest.json"
        yield f"{name} cut", name, lambda data: data[: len(data) // 2], name != "manifest.json"
        yield (
            f"{name} random bytes",
            name,
            lambda data: random.Random(1).randbytes(len(data)),
            name != "manifest.json",
        )
        for seed in range(12):
            if name != "manifest.json":
                yield f"{name}, bit {seed} flipped", name, flipped(seed), False
    for tree in range(4):
        for place in range(3):
            for key in ("left_child", "right_child"):
                for value in ("999999", "-999999", "2147483647", "-2147483648", "0", "1.5", "", "nan"):
                    yield (
                        f"tree {tree}: {key}[{place}] = {value}",
                        "trees.txt",
                        numbers(key, tree, put(place, value)),
                        True,
                    )
            for value in ("-1", "100000", "2147483647", "x", "1e3"):
                yield (
                    f"tree {tree}: feature[{place}] = {value}",
                    "trees.txt",
                    numbers("split_feature", tree, put(place, value)),
                    True,
                )
            for value in ("1", "3", "4", "11", "255", "-2"):
                yield (
                    f"tree {tree}: decision[{place}] = {value}",
                    "trees.txt",
                    numbers("decision_type", tree, put(place, value)),
                    True,
                )
            for value in ("nan", "inf", "-inf", "1e999", "0x10", "1_0"):
                yield (
                    f"tree {tree}: leaf[{place}] = {value}",
                    "trees.txt",
                    numbers("leaf_value", tree, put(place, value)),
                    True,
                )
            yield (
                f"tree {tree}: threshold[{place}] = nan",
                "trees.txt",
                numbers("threshold", tree, put(place, "nan")),
                True,
            )
            for value in ("0", "-5", "99999999"):
                yield (
                    f"tree {tree}: leaf_count[{place}] = {value}",
                    "trees.txt",
                    numbers("leaf_count", tree, put(place, value)),
                    True,
                )
                yield (
                    f"tree {tree}: internal_count[{place}] = {value}",
                    "trees.txt",
                    numbers("internal_count", tree, put(place, value)),
                    True,
                )
        for value in ("0", "-1", "2", "1000000000", "x"):
            yield (
                f"tree {tree}: num_leaves = {value}",
                "trees.txt",
                numbers("num_leaves", tree, put(0, value)),
                True,
            )
        for key in ("split_feature", "threshold", "left_child", "leaf_value", "leaf_count"):
            yield (
                f"tree {tree}: one {key} too few",
                "trees.txt",
                numbers(key, tree, lambda words: words[:-1]),
                True,
            )
            yield (
                f"tree {tree}: one {key} too many",
                "trees.txt",
                numbers(key, tree, lambda words: [*words, "0"]),
                True,
            )
            yield (
                f"tree {tree}: {key} twice",
                "trees.txt",
                text(lambda model, key=key: model.replace(f"\n{key}=", f"\n{key}=0\n{key}=", 1)),
                True,
            )
            yield (
                f"tree {tree}: no {key}",
                "trees.txt",
                text(lambda model, key=key: model.replace(f"\n{key}=", "\nspare=", 1)),
                True,
            )
    lines = {
        "version=v4": "version=v3",
        "num_class=1": "num_class=7",
        "num_tree_per_iteration=1": "num_tree_per_iteration=0",
        "objective=poisson": "objective=custom",
        "num_cat=0": "num_cat=1",
        "is_linear=0": "is_linear=1",
        "label_index=0": "label_index=0\nlabel_index=0",
        "max_feature_idx=": "max_feature_idx=9",
        "feature_infos=": "feature_infos=none ",
        "feature_names=": "feature_names=Column_9 ",
        "Tree=1\n": "Tree=7\n",
        "end of trees": "end of nothing",
        "shrinkage=": "average_output\nshrinkage=",
    }
    for old, new in lines.items():
        yield (
            f"trees.txt: {old!r} becomes {new!r}",
            "trees.txt",
            text(lambda model, old=old, new=new: model.replace(old, new, 1)),
            True,
        )
    yield (
        "trees.txt: a wrong tree size",
        "trees.txt",
        lambda data: re.sub(rb"tree_sizes=\d+", b"tree_sizes=7", data),
        True,
    )
    yield "trees.txt: cycle", "trees.txt", numbers("left_child", 0, put(1, "0")), True
    yield (
        "trees.txt: not ASCII",
        "trees.txt",
        lambda data: data.replace(b"poisson", "pöisson".encode(), 1),
        True,
    )
    yield "trees.txt: NUL", "trees.txt", lambda data: data.replace(b"\nTree=1", b"\0Tree=1", 1), True
    yield from _manifests()
    for name in ("regression.npz", "expectation.npz"):
        yield f"{name}: pickle", name, arrays(pickled), True
        yield f"{name}: compressed", name, arrays(lambda members: None, compressed=True), True
        yield f"{name}: a terabyte", name, huge, True
        yield (
            f"{name}: not finite",
            name,
            arrays(lambda members: members.update(slope=members["slope"] * np.nan)),
            True,
        )
        yield (
            f"{name}: too short",
            name,
            arrays(lambda members: members.update(slope=members["slope"][1:])),
            True,
        )
        yield (
            f"{name}: integers",
            name,
            arrays(lambda members: members.update(slope=members["slope"].astype(int))),
            True,
        )
        yield f"{name}: no unit", name, arrays(lambda members: members.update(unit=members["unit"] * 0)), True
        yield (
            f"{name}: scale below 0",
            name,
            arrays(lambda members: members.update(scale=-1 - members["scale"])),
            True,
        )
        yield f"{name}: one more", name, arrays(lambda members: members.update(more=members["slope"])), True
        yield f"{name}: one less", name, arrays(lambda members: members.pop("mean")), True
        yield (
            f"{name}: two dimensions",
            name,
            arrays(lambda members: members.update(mean=members["mean"][None])),
            True,
        )
    yield (
        "space.npz: wide",
        "space.npz",
        arrays(lambda members: members.update(components=members["components"][:, 1:])),
        True,
    )
    yield (
        "space.npz: empty",
        "space.npz",
        arrays(lambda members: members.update(components=members["components"][:0])),
        True,
    )
    yield (
        "vocabulary.json: a word twice",
        "vocabulary.json",
        lambda data: json.dumps([*json.loads(data)[1:], json.loads(data)[1]]).encode(),
        True,
    )
    yield "vocabulary.json: no list", "vocabulary.json", lambda data: b'{"a": 1}', True
    yield (
        "vocabulary.json: numbers",
        "vocabulary.json",
        lambda data: json.dumps(list(range(len(json.loads(data))))).encode(),
        True,
    )
    yield "evaluation.json: deep", "evaluation.json", lambda data: b"[" * 200_000 + b"]" * 200_000, True
    yield "evaluation.json: NaN", "evaluation.json", lambda data: data.replace(b": 0.", b": NaN, 0.", 1), True
    yield (
        "evaluation.json: infinite",
        "evaluation.json",
        lambda data: re.sub(rb'"coverage": [\d.]+', b'"coverage": 1e999', data, count=1),
        True,
    )
    yield (
        "evaluation.json: a key twice",
        "evaluation.json",
        lambda data: data.replace(b'"verdict"', b'"verdict": "", "verdict"', 1),
        True,
    )
    yield (
        "evaluation.json: markup for a number",
        "evaluation.json",
        lambda data: re.sub(rb'"coverage": [\d.]+', b'"coverage": "<script>"', data, count=1),
        True,
    )


def _manifests() -> Iterator[Mutant]:
    changes: dict[str, Callable[[dict], object]] = {
        "newer format": lambda content: content.update(format=99),
        "format true": lambda content: content.update(format=True),
        "format text": lambda content: content.update(format="1"),
        "path out of the folder": lambda content: content["files"].update(
            {"../../etc/passwd": {"size": 1, "sha256": "0" * 64}}
        ),
        "kind unknown": lambda content: content.update(kind="forest"),
        "kind without the regression": lambda content: content.update(kind=["trees"]),
        "embedder": lambda content: content.update(space="other"),
        "a feature less": lambda content: content["features"].pop(),
        "a feature twice": lambda content: content["features"].append(content["features"][0]),
        "unknown characteristic": lambda content: content["features"][0].update(characteristic="charm"),
        "direction 5": lambda content: content["features"][0].update(monotonic=5),
        "markup in a name": lambda content: content["features"][0].update(column="<b>"),
        "no strength": lambda content: content["expectation"].update(strength=0),
        "an expected feature less": lambda content: content["expectation"]["features"].pop(),
        "interval above 1": lambda content: content["interval"].update(upper=7.0),
        "bands backwards": lambda content: content["interval"].update(
            bands=[{"above": above, "lower": 0.1, "upper": 0.9, "dispersion": 0.0} for above in (2.0, 1.0)]
        ),
        "negative dispersion": lambda content: content["interval"].update(dispersion=-1.0),
        "unknown table": lambda content: content["facts"].update(tables=["secrets"]),
        "SQL in an extra": lambda content: content["facts"].update(extras=['x"; DROP TABLE posts; --']),
        "time that is none": lambda content: content["facts"].update(last_known="soon"),
        "code": lambda content: content.update(loader="os.system"),
        "huge size": lambda content: content["files"]["trees.txt"].update(size=2**40),
        "hash text": lambda content: content["files"]["trees.txt"].update(sha256="x"),
    }
    for key in ("format", "kind", "space", "expectation", "interval", "features", "facts", "files"):
        changes[f"no {key}"] = lambda content, key=key: content.pop(key)
        changes[f"{key} null"] = lambda content, key=key: content.update({key: None})
        changes[f"{key} a list"] = lambda content, key=key: content.update({key: [[]]})
    for name, change in changes.items():
        yield f"manifest.json: {name}", "manifest.json", manifest(change), False
    yield (
        "manifest.json: a key twice",
        "manifest.json",
        lambda data: data.replace(b'"format"', b'"format": 1, "format"', 1),
        False,
    )
    yield "manifest.json: a list", "manifest.json", lambda data: b"[]", False


def main(model: Path, scratch: Path) -> None:
    from suasion.features.errors import BundleError
    from suasion.training.bundle.folder import load

    load(model)
    for name, file, change, fit in mutants():
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(model, scratch)
        made = change((model / file).read_bytes())
        if made is None:
            (scratch / file).unlink()
        else:
            (scratch / file).write_bytes(made)
        if fit and made is not None:
            content = json.loads((scratch / "manifest.json").read_bytes())
            content["files"][file] = {"size": len(made), "sha256": hashlib.sha256(made).hexdigest()}
            (scratch / "manifest.json").write_text(json.dumps(content))
        try:
            load(scratch)
            became = "loaded"
        except BundleError as error:
            became = str(error)
        except Exception as error:  # noqa: BLE001 - an error of any other kind is what this looks for
            became = f"unreasoned {type(error).__name__}: {error}"
        print(json.dumps({"name": name, "became": became}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
