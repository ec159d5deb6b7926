"""Groups of equal tensors are compared in one of their assignments."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.comparison import compare_traces
from tests import runs

RNG = np.random.default_rng(0)
STATE, OTHER = RNG.standard_normal((2, 1, 8, 12)).astype(np.float32)
REFERENCE = {"wren": STATE, "finch": STATE, "heron": OTHER}


def compared(values):
    candidate = {"oak": values, "elm": values, "ash": OTHER}
    return compare_traces(runs.trace(REFERENCE), runs.trace(candidate))


def test_copies_that_agree_stay_harmless_and_are_no_pairs():
    found = compared(STATE + np.float32(1e-6))
    (group,) = found.match.ambiguous
    assert group.harmless and "they agree" in group.reason
    assert [t.pair.reference.name for t in found.tensors] == ["heron"]
    assert len(found.tensors) == len(found.match.pairs)


def test_copies_within_the_reach_of_fingerprints_alone_are_not_harmless():
    # one value that the tolerance does not let pass, and the fingerprints do
    values = STATE.copy()
    values[0, 3, 4] += 0.01
    (group,) = compared(values).match.ambiguous
    assert group.assignment and not group.harmless
    assert "they differ by more than the tolerance; name the pairs" in group.reason
    assert "they agree" not in group.reason


def test_rows_keep_the_order_of_execution():
    run = runs.healthy_run()
    candidate = {f"t{n}": v for n, v in enumerate(run.values())}
    found = compare_traces(runs.trace(run), runs.trace(candidate))
    assert any(group.harmless for group in found.match.ambiguous)
    assert [t.pair for t in found.tensors] == list(found.match.pairs)
    names = [n for n in run if n in {t.pair.reference.name for t in found.tensors}]
    assert [t.pair.reference.name for t in found.tensors] == names
