"""The notebooks run from start to end, keep their plots, and hold no logic of their own."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from .conftest import ROOT

SMALLER = "influencers=300, campaigns=120, picks=15", "influencers=100, campaigns=106, picks=6"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.notebooks
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_start_to_end(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in (
        notebook.cells
    ):  # every line as it is shown, on a world a third as large: its figures are for who reads them
        cell.source = cell.source.replace(*SMALLER)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_keeps_its_plots_and_defines_nothing(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    pictures = [1 for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]
    assert len(pictures) >= 4, f"{path.name} has lost its plots: run it and save it with its outputs"
    assert all(cell.execution_count for cell in cells)
    assert not [out for cell in cells for out in cell.outputs if out.output_type == "error"]
    for cell in cells:
        kinds = {
            type(node) for node in ast.walk(ast.parse(re.sub(r"(?m)^%.*$", "", cell.source).rstrip(";")))
        }
        assert not kinds & {ast.FunctionDef, ast.ClassDef}, "logic lives in the source"
