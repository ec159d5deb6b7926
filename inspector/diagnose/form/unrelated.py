"""Two tensors that share their statistics and nothing else: another draw of noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.metrics.rearranged import same_multiset
from inspector.tensors import Array

_FEWEST = 64
_SIGMAS = 4.0
_CORRELATION = 0.05
_NOTHING = 0.15
_SPREAD = 0.05
_WEAK = 0.5
_QUANTILES = np.array([0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98])


def unrelated(case: Case) -> Iterator[Guess]:
    """Yield the same values in no order found, or other values of the same distribution."""
    r, c = case.both
    if r.size < 2 or r.min() == r.max() or c.min() == c.max():
        return
    if same_multiset(case.reference, case.candidate):
        yield Guess(
            "same_values", "The same values elsewhere",
            "Sorted, both sides are equal: the same values stand at other places.", None,
            kind="fact", records=("AL01", "WL03", "FW01"), observed="certain",
        )  # fmt: skip
        return
    if case.exact or r.size < _FEWEST:
        return
    correlation = float(np.corrcoef(r, c)[0, 1])
    limit = min(max(_CORRELATION, _SIGMAS / np.sqrt(r.size)), 0.3)
    sigma = float(r.std())
    # The quantiles of two draws differ by some sigma / sqrt(N).
    near = (_SPREAD + _SIGMAS / np.sqrt(r.size)) * sigma
    apart = float(np.abs(np.quantile(r, _QUANTILES) - np.quantile(c, _QUANTILES)).max())
    if not abs(correlation) < limit or apart > near:
        if abs(correlation) < _NOTHING:
            yield _nothing_shared(r, c, correlation)
        return
    normal = abs(float(np.mean(((c - c.mean()) / c.std()) ** 4)) - 3.0) < 0.3
    words = "another draw of the same noise" if normal else "other values of the same distribution"
    yield Guess(
        "other_noise", "Other noise" if normal else "Unrelated, alike in distribution",
        f"Mean, spread and quantiles agree, but the correlation is {correlation:.3f}: {words}.",
        None, kind="fact", evidence={"correlation": correlation},
        records=("RN01", "RN04", "RN02") if normal else ("HR13", "RN01"), observed="likely",
    )  # fmt: skip


def _nothing_shared(r: Array, c: Array, correlation: float) -> Guess:
    ratio = float(c.std() / r.std())
    meaning = ""
    records: tuple[str, ...] = ()
    if ratio < _WEAK:
        meaning = ", as when the weights before it never arrived"
        records = ("WK02", "WK01")
    return Guess(
        "unrelated", "Nothing in common",
        f"The candidate has nothing to do with the reference (correlation {correlation:.3f}); "
        f"its spread is {ratio:.3g} times the reference's{meaning}.", None, kind="fact",
        evidence={"correlation": correlation, "spread_ratio": ratio}, records=records,
        observed="likely",
    )  # fmt: skip
