"""Floors measured with the reference's decoder: healthy ports near 1, mistakes far beyond."""

from __future__ import annotations

import pytest

from inspector import api
from inspector.diagnose.checkpoint_floor import HALF_FACTOR, measured_tolerances
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.floor import judge
from inspector.diagnose.weight_grid import round_to
from inspector.errors import Cancelled, UsageError
from inspector.live.execution import Placement
from inspector.live.introduced import NOISE_FACTOR
from inspector.live.lab import open_lab
from tests.diagnose.searches import GRAPH, WEIGHTS, edit_of, record
from tests.live.files import write_files
from tests.live.labs import checkpoint_of
from tests.live.recorded import as_trace
from tests.project import tree

DEMO = tree.ROOT / "traces" / "demo"
PRECISIONS = ("float32", "float16", "bfloat16")


def judged(precision, candidate, reference=None):
    """Comparisons of a run with the healthy one, judged by measured floors."""
    found = compare_traces(as_trace(reference or record(), path="r"), as_trace(candidate, path="c"))
    lab = open_lab(
        checkpoint_of(), found.reference.trace, found.candidate.trace, found.match,
        reference_roles=found.reference.roles, candidate_roles=found.candidate.roles,
    )  # fmt: skip
    limits = measured_tolerances(lab, precision, mel="mel")
    again = compare_again()
    return {t.pair.reference.name: t for t in judge(found.tensors, again, limits)}, limits


def compare_again():
    from inspector.analysis.tensor import compare_pair

    return lambda pair, tolerance: compare_pair(pair, tolerance=tolerance)


def in_precision(precision, backend, **options):
    kept = {n.name: Placement(backend, "float32") for n in GRAPH.nodes
            if n.block in ("time_mlp", "ode")}  # fmt: skip
    return record(backend=backend, precision=precision, per_node=kept, **options)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_healthy_port_errs_by_about_its_floor(precision):
    """MLX, also where its time is one unit off (the last steps of the float32 run)."""
    pytest.importorskip("mlx.core")
    tensors, limits = judged(precision, in_precision(precision, "mlx"))
    assert not [t.sentence() for t in tensors.values() if t.status == "different"]
    ratios = {n: t.floor_ratio for n, t in tensors.items() if t.floor_source == "checkpoint"}
    assert len(ratios) > 40 and set(ratios) <= set(limits)
    factor = NOISE_FACTOR if precision == "float32" else HALF_FACTOR
    assert 0.5 < max(r for r in ratios.values() if r is not None) < 0.6 * factor, ratios


def test_an_error_too_small_for_the_dtype_is_found_with_the_checkpoint():
    """A gain of 1.00002 is 160 eps of float32, and some 40 floors of the last projection."""
    key = next(k for k in WEIGHTS if k.endswith("final_proj.weight"))
    candidate = record(weights={**WEIGHTS, key: (WEIGHTS[key] * 1.00002).astype("float32")})
    plain = compare_traces(as_trace(record()), as_trace(candidate))
    assert plain.verdict.status == "within_tolerance"
    tensors, _ = judged("float32", candidate)
    first = next(n for n, t in tensors.items() if t.status == "different")
    assert first == "step01/decoder.estimator.final_proj"


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_mistake_is_a_difference_at_its_block(precision):
    edit = edit_of(("kernel_flipped", ("mid_blocks.0.0.block1.block.0",)))
    tensors, _ = judged(precision, in_precision(precision, "torch", edit=edit))
    first = next(n for n, t in tensors.items() if t.status == "different")
    assert first == "step01/decoder.estimator.mid_blocks.0.0"


def test_the_mel_has_the_floor_of_the_last_state():
    _, limits = judged("float32", record())
    assert limits["mel"] == limits["step04/ode.x_after"]
    assert "measured with the checkpoint in float32" in limits["mel"].source


def test_conditional_rows_alone_have_floors_too():
    tensors, _ = judged("float16", round_rows(record(rows="cond")), record(rows="cond"))
    inner = [t for n, t in tensors.items() if "mid_blocks" in n]
    assert inner and {t.floor_source for t in inner} == {"checkpoint"}


def round_rows(values):
    return {name: round_to(value, "float16") for name, value in values.items()}


def test_a_recording_without_states_is_refused():
    values = {"mu": record()["mu"]}
    found = compare_traces(as_trace(values, path="r"), as_trace(values, path="c"))
    lab = open_lab(checkpoint_of(), found.reference.trace, found.candidate.trace, found.match)
    with pytest.raises(UsageError, match="neither trace holds a state"):
        measured_tolerances(lab, "float32")


def test_measuring_can_be_stopped():
    def stop(_done, _total, what):
        if what.startswith("Measuring"):
            raise Cancelled

    with pytest.raises(Cancelled):
        api.diff(DEMO / "reference", DEMO / "healthy", checkpoint=DEMO / "decoder.safetensors",
                 progress=stop)  # fmt: skip


def test_the_option_reaches_the_comparison(tmp_path):
    files = write_files(tmp_path)
    found = api.diff(
        files["reference"], files["candidate"], checkpoint=files["checkpoint"],
        config=files["config"],
    )  # fmt: skip
    assert found.verdict.status == "different"
    assert "checkpoint" in {t.floor_source for t in found.tensors}
    document = api.document(found)
    assert document["options"]["checkpoint_path"] == str(files["checkpoint"])
    row = next(p for p in document["pairs"] if p["floor_source"] == "checkpoint")
    assert row["noise_floor"] > 0


@pytest.mark.parametrize("key", ["healthy", "healthy-float16"])
def test_the_healthy_demos_err_by_about_their_floor(key):
    found = api.diff(DEMO / "reference", DEMO / key, checkpoint=DEMO / "decoder.safetensors")
    assert found.verdict.counts["different"] == 0
    ratios = [t.floor_ratio for t in found.tensors if t.floor_source == "checkpoint"]
    assert 0.8 < sorted(r or 0.0 for r in ratios)[len(ratios) * 3 // 4] < 1.4
    assert found.precision.hidden_below is None
