"""Schemathesis against the service's own document, all checks on: nothing it makes up gets a server error."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASES = 1_000
"""Fewest cases a run must make."""


@pytest.mark.fuzz
def test_the_service_is_as_its_document_says(service, tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("schemathesis")
    assert tool.exists() or shutil.which("schemathesis"), "schemathesis is in the dev requirements"
    ran = subprocess.run(
        [tool, "--config-file", Path(__file__).with_name("schemathesis.toml"), "run", f"{service.url}/openapi.json",
         "--checks", "all", "-n", "12", "--seed", "1", "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    said = ran.stdout + ran.stderr
    told = "\n".join(line[:300] for line in said.splitlines() if "curl" not in line)
    assert ran.returncode == 0, told[-6000:]
    made = re.search(r"([\d,]+) generated", said)
    assert made, told[-3000:]
    assert int(made[1].replace(",", "")) >= CASES
