"""Reads JSON and arrays that somebody else may have written: nothing is believed that was not checked.

NumPy and the standard library read more than suasion writes: pickled objects, compressed archives that grow a thousandfold,
shapes larger than the file, JSON with a key twice or with ``NaN``. What is read here is only what suasion writes.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suasion.features.errors import BundleError


def read_json(data: bytes, name: str) -> object:
    """Return the value; refuse a key that is there twice, numbers that are not finite, and endless nesting.

    >>> read_json(b'{"a": 1, "a": 2}', "x.json")
    Traceback (most recent call last):
    ...
    suasion.features.errors.BundleError: x.json has the key 'a' twice. Train the model again.
    """

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        unique: dict[str, object] = {}
        for key, value in pairs:
            if key in unique:
                raise BundleError(f"{name} has the key {key[:40]!r} twice. Train the model again.")
            unique[key] = value
        return unique

    def finite(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise BundleError(
                f"{name} holds {text[:40]}, which is not a finite number. Train the model again."
            )
        return number

    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=once, parse_constant=finite, parse_float=finite
        )
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BundleError(f"{name} is not JSON ({type(error).__name__}). Train the model again.") from error


def read_arrays(
    data: bytes, name: str, expected: Mapping[str, tuple[str, int]]
) -> dict[str, NDArray[Any]]:  # of the dtypes that `expected` names
    """Return the arrays of an uncompressed ``.npz``: those expected and no others, each of a dtype, such as ``"<f8"``, and so many dimensions.

    Raises BundleError when members, types or shapes are others, a shape is not as large as its data, or a number is not finite.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sorted(member.filename for member in members) != sorted(f"{key}.npy" for key in expected):
                raise _wrong(name, f"its arrays are not {', '.join(sorted(expected))}")
            # Checked on the directory, before anything is unpacked: a stored member is as large as it says.
            if any(m.compress_type != zipfile.ZIP_STORED or m.file_size != m.compress_size for m in members):
                raise _wrong(name, "it is compressed")
            if sum(member.file_size for member in members) > len(data):
                raise _wrong(name, "its members overlap")
            return {
                key: _read_array(archive.read(f"{key}.npy"), f"{name}, {key}", *type_and_dimensions)
                for key, type_and_dimensions in expected.items()
            }
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as error:
        raise _wrong(name, f"it cannot be read: {type(error).__name__}") from error


def write_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Return arrays as an uncompressed ``.npz``, as :func:`read_arrays` takes them."""
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def _read_array(data: bytes, name: str, dtype: str, dimensions: int) -> NDArray[np.generic]:
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise _wrong(name, "it is of another version of NumPy's format")
    shape, fortran, found_type = np.lib.format.read_array_header_1_0(stream)
    if found_type != np.dtype(dtype) or len(shape) != dimensions or (fortran and dimensions > 1):
        raise _wrong(name, f"it is {found_type} in {len(shape)} dimensions, not {dtype} in {dimensions}")
    rest = data[stream.tell() :]
    if any(size < 0 for size in shape) or math.prod(shape) * found_type.itemsize != len(rest):
        raise _wrong(name, "its shape is not as large as its data")
    array = np.frombuffer(rest, dtype=found_type).reshape(shape)
    if not np.isfinite(array).all():
        raise _wrong(name, "it holds numbers that are not finite")
    return array


def _wrong(name: str, what: str) -> BundleError:
    return BundleError(f"{name} is not what training writes: {what}. Train the model again.")
