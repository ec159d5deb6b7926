"""Healthy runs stay within their floor in every precision; faults of 20 floors never do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.analysis.tensor import compare_pair
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.floor import judge
from inspector.diagnose.options import DiffOptions
from inspector.diagnose.weight_grid import round_to
from inspector.live.execution import Placement
from inspector.metrics.tolerance import Tolerance, dtype_floor
from tests.analysis.tensor_pairs import pair
from tests.blocks.seeded import SMALL, seeded_weights
from tests.diagnose.roundings import FAULTS, chain, judged
from tests.diagnose.searches import GRAPH, edit_of, record
from tests.live.recorded import as_trace

DTYPES = ("float64", "float32", "float16", "bfloat16")
IN_FLOAT32 = ("time_mlp", "ode")
RANDOM = np.random.default_rng(5)
WIDE = RANDOM.standard_normal((40, 100)).astype(np.float32)


def compared(reference, candidate, **options):
    return compare_traces(as_trace(reference), as_trace(candidate), DiffOptions(**options))


def in_precision(precision, backend="torch", **options):
    """The small decoder in a precision, its time and solver in float32."""
    kept = {n.name: Placement(backend, "float32") for n in GRAPH.nodes if n.block in IN_FLOAT32}
    return record(backend=backend, precision=precision, per_node=kept, **options)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rounding_alone_is_never_a_difference(dtype):
    random = np.random.default_rng(DTYPES.index(dtype))
    found = [judged(*chain(random, dtype, int(random.integers(1, 30)))) for _ in range(60)]
    assert sum(len(run) for run in found) > 600
    assert not [t.sentence() for run in found for t in run if t.status == "different"]
    # and not because the floor is far too high
    worst = max(t.floor_ratio or 0.0 for run in found for t in run)
    assert worst > (0.1 if dtype in ("float64", "float32") else 1.0)


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_error_of_twenty_floors_is_always_found_where_it_is(dtype, kind):
    random = np.random.default_rng(FAULTS.index(kind))
    for _ in range(12):
        depth = int(random.integers(1, 16))
        at = int(random.integers(depth))
        tensors = judged(*chain(random, dtype, depth, fault=(at, kind, 20 * dtype_floor(dtype))))
        states = [t.status == "different" for t in tensors]
        assert states.index(True) == at + 1


@pytest.mark.parametrize("backend", ["torch", "mlx"])
@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_a_half_precision_run_stored_as_float32_is_called_what_it_is(precision, backend):
    pytest.importorskip("mlx.core" if backend == "mlx" else "torch")
    found = compared(record(), in_precision(precision, backend))
    assert {v.dtype for v in in_precision(precision, backend).values()} == {np.dtype("float32")}
    assert found.verdict.status == "within_tolerance", found.verdict.sentence
    assert found.precision.kind == precision
    assert (found.precision.reference, found.precision.candidate) == ("float32", precision)
    assert f"The candidate ran in {precision}, and nothing" in found.verdict.sentence


def test_states_behind_a_half_precision_decoder_are_judged_by_it():
    """The solver keeps float32: its values lie on no grid, and still carry the rounding."""
    found = compared(record(level="ode"), in_precision("float16", level="ode"))
    state = next(t for t in found.tensors if t.pair.role == "x_after" and t.status != "same")
    assert state.candidate_held == "float32" and state.status == "within_tolerance"
    assert state.tolerance is not None and "float16" in state.tolerance.source
    assert found.verdict.status == "within_tolerance"


@pytest.mark.parametrize("seed", range(4))
def test_a_time_one_unit_off_is_rounding(seed):
    """MLX's cosine differs in the last place; the sinusoid makes 5e-5 of it."""
    pytest.importorskip("mlx.core")
    weights = seeded_weights(SMALL, seed)
    left, right = record(weights=weights), record(weights=weights, backend="mlx")
    found = compared(left, right)
    assert found.verdict.status == "within_tolerance", found.verdict.sentence
    assert max(t.metrics.required_rtol for t in found.tensors if t.metrics) > 1e-5


def test_gelu_by_its_tanh_formula_is_a_difference_at_its_place():
    reference, edit = record(level="ops"), edit_of("feed_forward_activation_gelu_tanh")
    found = compared(reference, record(level="ops", edit=edit))
    assert found.verdict.status == "different"
    first = found.verdict.first_divergence
    block = "step01/decoder.estimator.down_blocks.0.1.0"
    assert first is not None and (first.reference, first.step) == (block, 1)
    inside = [t for t in found.tensors if t.pair.reference.name.startswith(f"{block}.")]
    wrong = {t.pair.reference.name: t.metrics.relative_l2 for t in inside if t.status != "same"}
    assert set(wrong) == {f"{block}.ff.net.0", f"{block}.ff.net.2"}
    assert all(1e-4 < error < 5e-4 for error in wrong.values())
    blocks = compared(record(), record(edit=edit))
    assert blocks.verdict.first_divergence.reference == block


def test_a_mistake_in_a_half_precision_run_is_still_found():
    edit = edit_of("kernel_flipped")
    found = compared(record(), in_precision("float16", edit=edit))
    assert found.verdict.status == "different" and found.precision.kind == "beyond"
    assert "The candidate ran in float16, but" in found.verdict.sentence


def test_a_time_in_half_precision_is_a_difference_in_a_float32_run():
    """Its values lie on the grid of float16, which excuses it only in a float16 run."""
    times = (1 - np.cos(np.pi * np.arange(21) / 40)).astype(np.float32)
    time = replace(pair(times, round_to(times, "float16")), role="t_span")
    assert compare_pair(time).candidate_held == "float16"
    for others, status in ((WIDE.copy(), "different"), (round_to(WIDE, "float16"), "within")):
        found = [compare_pair(time), compare_pair(pair(WIDE, others))]
        judged_time, _ = judge(found, lambda p, t: compare_pair(p, tolerance=t))
        assert judged_time.status.startswith(status)
    wrong = replace(pair(times, round_to(times * np.float32(1.004), "float16")), role="t_span")
    found = [compare_pair(wrong), compare_pair(pair(WIDE, round_to(WIDE, "float16")))]
    judged_time, _ = judge(found, lambda p, t: compare_pair(p, tolerance=t))
    assert judged_time.status == "different"  # 4 eps of float16: no rounding of a time


def test_rounding_is_carried_only_behind_a_pair_that_differs():
    """Inputs that both sides were given in half precision excuse nothing."""
    given = round_to(WIDE, "bfloat16")
    off = (WIDE * np.float32(1.001)).astype(np.float32)
    tensors = [compare_pair(pair(given, given.copy())), compare_pair(pair(WIDE, off))]
    again = judge(tensors, lambda p, t: compare_pair(p, tolerance=t))
    assert [t.status for t in again] == ["same", "different"]
    tensors[0] = compare_pair(pair(given + np.float32(1e-4), given))
    again = judge(tensors, lambda p, t: compare_pair(p, tolerance=t))
    assert [t.status for t in again] == ["within_tolerance", "within_tolerance"]


def test_a_single_wide_peak_is_no_rounding():
    """One element of 60 eps in an otherwise exact float16 tensor: widening must not hide it."""
    left = round_to(WIDE, "float16")
    right = left.copy()
    right[3, 4] = round_to(np.float32([left[3, 4] + 60 * 2.0**-10]), "float16")[0]
    (found,) = judge([compare_pair(pair(left, right))], lambda p, t: compare_pair(p, tolerance=t))
    assert found.status == "different"


def test_float32_peaks_need_a_cause():
    """Peaks of 300 eps: rounding where the tensors before err alike, a difference otherwise."""
    noise = np.clip(RANDOM.standard_normal(WIDE.shape), -2, 2) * 80 * 2.0**-23
    right = (WIDE + noise).astype(np.float32)
    right[0, 0] = WIDE[0, 0] + np.float32(6e-5 * (1 + abs(WIDE[0, 0])))
    tensor = compare_pair(pair(WIDE, right))
    assert tensor.status == "different"
    before = compare_pair(pair(WIDE, (WIDE + noise).astype(np.float32)))
    assert before.status == "within_tolerance"

    def again(p, t):
        return compare_pair(p, tolerance=t)

    assert [t.status for t in judge([before, tensor], again)] == ["within_tolerance"] * 2
    known = replace(pair(np.float32([0.5]), np.float32([0.5])), step=None, role="t_span")
    alone = judge([compare_pair(known), tensor], again)
    assert [t.status for t in alone] == ["same", "different"]


def test_measured_limits_replace_those_of_the_dtype():
    right = (WIDE * np.float32(1 + 1e-6)).astype(np.float32)
    tensor = compare_pair(pair(WIDE, right))
    strict = Tolerance(1e-7, 1e-7, None, "measured", 1e-7, 1e-8, "checkpoint")
    (found,) = judge([tensor], lambda p, t: compare_pair(p, tolerance=t), {"reference_x": strict})
    assert (found.status, found.floor_source) == ("different", "checkpoint")
    assert found.noise_floor == 1e-8 and found.floor_ratio > 50


def test_limits_of_the_user_stay():
    found = compared(record(level="ode"), in_precision("float16", level="ode"), rtol=1e-9)
    assert found.verdict.status == "different"
    assert {t.floor_source for t in found.tensors if t.metrics and t.tolerance.rtol} == {"option"}
    loose = compared(record(level="ode"), in_precision("bfloat16", level="ode"), rtol=1.0, atol=1.0)
    assert loose.verdict.status == "within_tolerance"
