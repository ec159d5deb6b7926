"""Time of every metric of a pair against what NumPy offers, side by side in one run.

    python benchmarks/compare_tensors.py [--elements 5000000] [--rounds 5]

The pair is float32, 20 MB a side by default.  NumPy's side is `numpy.testing.assert_allclose`
followed by `numpy.allclose`: two yes-or-no answers with a largest difference on failure.
Rounds alternate, so that both meet the same load; the ratio of the medians is printed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from inspector.metrics.pairwise import measure
from inspector.metrics.tolerance import default_tolerance


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(0)
    reference = rng.standard_normal(options.elements, dtype=np.float32)
    candidate = reference * np.float32(1 + 2e-6)
    tolerance = default_tolerance("float32", "float32", exact=False)

    def ours() -> None:
        metrics = measure(
            reference, candidate, reference_dtype="float32", candidate_dtype="float32",
            tolerance=tolerance,
        )  # fmt: skip
        if not metrics.within_tolerance:
            raise SystemExit("the pair of the benchmark must be within tolerance")

    def numpys() -> None:
        np.testing.assert_allclose(candidate, reference, rtol=1e-4, atol=1e-4)
        np.allclose(candidate, reference, rtol=1e-4, atol=1e-4)

    ours()
    numpys()
    times: list[tuple[float, float]] = []
    for _ in range(max(1, options.rounds)):
        times.append((seconds(ours), seconds(numpys)))
    own, other = (statistics.median(column) for column in zip(*times, strict=True))
    size = reference.nbytes / 1e6
    sys.stdout.write(
        f"{size:.0f} MB a side, median of {len(times)} alternating rounds\n"
        f"inspector, all metrics:            {own * 1e3:8.1f} ms\n"
        f"assert_allclose + allclose:        {other * 1e3:8.1f} ms\n"
        f"ratio inspector / NumPy:           {own / other:8.2f}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
