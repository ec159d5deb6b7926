"""Whether this process keeps the smallest numbers or flushes them to zero."""

from __future__ import annotations

import numpy as np


def denormals_kept() -> bool:
    """True when arithmetic on denormal float32 and float64 values keeps them.

    Some libraries switch a whole thread to flushing denormals; a comparison made there
    calls different tiny values equal, so a report should say it.
    """
    single = np.full(8, 1e-40, np.float32) * np.ones(8, np.float32)
    double = np.full(8, 1e-310) * np.ones(8)
    return bool(np.all(single.view(np.uint32) != 0) and np.all(double.view(np.uint64) != 0))
