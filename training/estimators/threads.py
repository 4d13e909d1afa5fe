"""How many threads LightGBM gets: by the size of the work, and never more than are free."""

from __future__ import annotations

import os

CELLS_A_THREAD = 2_000_000
"""Rows times features below which a second thread costs more than it brings."""


def threads_for(rows: int, features: int) -> int:
    """Return the number of threads for a fit, at least 1.

    >>> threads_for(5_000, 90)
    1
    """
    wanted = rows * features // CELLS_A_THREAD
    if wanted <= 1:
        return 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    setting = os.environ.get("OMP_NUM_THREADS", "")
    if setting.isdecimal() and int(setting) > 0:
        allowed = min(allowed, int(setting))
    # What else runs: the load of the last minute, less this process itself.
    others = max(0.0, os.getloadavg()[0] - 1.0) if hasattr(os, "getloadavg") else 0.0
    return max(1, min(wanted, int(allowed - others + 0.5)))
