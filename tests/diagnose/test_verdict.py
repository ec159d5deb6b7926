"""The verdict blames the side that contradicts itself and never passes the incomplete."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.options import DiffOptions
from tests import runs


def verdict(reference, candidate, **options):
    return compare_traces(
        runs.trace(reference, "reference"), runs.trace(candidate, "candidate"),
        DiffOptions(**options),
    ).verdict  # fmt: skip


@pytest.fixture(scope="module")
def run():
    return runs.healthy_run()


def without(run, *names):
    return {k: v for k, v in run.items() if k not in names}


def dead_unconditional(run):
    """The run as a harness would record it that masks out the unconditional row."""
    broken = dict(run)
    for n in range(1, runs.STEPS + 1):
        broken[f"step7_step{n}_dxdt_uncond"] = np.zeros_like(run[f"step7_step{n}_dxdt_uncond"])
    return broken


def test_the_same_run_is_same_and_exits_0(run):
    found = verdict(run, run)
    assert (found.status, found.exit_code, found.blamed) == ("same", 0, "")
    assert found.first_divergence is None
    assert found.counts["same"] == found.counts["pairs"] == len(run)


def test_rounding_is_within_tolerance_and_exits_0(run):
    rounded = {
        k: v if v.dtype.kind != "f" or v.size == 1 or "mask" in k else v * np.float32(1 + 1e-6)
        for k, v in run.items()
    }
    found = verdict(run, rounded)
    assert (found.status, found.exit_code) == ("within_tolerance", 0)


def test_a_missing_tensor_is_incomplete_and_exits_3(run):
    found = verdict(run, without(run, "step6_mu"))
    assert (found.status, found.exit_code) == ("incomplete", 3)
    assert found.counts["unmatched"] == 1
    assert "1 have no counterpart" in found.sentence


def test_nothing_in_common_is_incomplete_and_exits_3():
    found = verdict({"alpha": np.ones((3, 5), np.float32)}, {"omega_q": np.ones((7,), np.float32)})
    assert (found.status, found.exit_code) == ("incomplete", 3)
    assert found.sentence.startswith("Nothing was compared")


def test_a_difference_exits_1_and_is_named(differing):
    found = differing.verdict
    assert (found.status, found.exit_code) == ("different", 1)
    assert found.first_divergence.reference == "step7_step3_dxdt_cond"
    assert found.first_divergence.step == 3
    assert "step7_step3_dxdt_cond" in found.sentence


@pytest.mark.parametrize("side", ["reference", "candidate"])
def test_the_side_that_contradicts_itself_is_blamed(run, side):
    broken = dead_unconditional(run)
    pair = (broken, run) if side == "reference" else (run, broken)
    found = verdict(*pair)
    assert found.blamed == side
    assert found.exit_code == 1
    assert found.sentence.startswith(f"Do not trust the {side}'s recording")
    assert "unconditional" in found.sentence


def test_an_unhealthy_run_against_itself_still_exits_1(run):
    found = verdict(dead_unconditional(run), dead_unconditional(run))
    assert (found.status, found.exit_code, found.blamed) == ("same", 1, "both")


def test_other_tokens_come_before_the_tensors_that_follow(run):
    other = dict(run)
    tokens = run["step3_speech_tokens"]
    other["step3_speech_tokens"] = np.concatenate([tokens[:7], (tokens[7:] + 1) % 6561])
    found = verdict(run, other)
    assert found.exit_code == 1
    assert "tokens" in found.sentence.split(".")[0]


def test_a_tolerance_of_the_user_replaces_the_default(run):
    scaled = dict(run, step6_mu=run["step6_mu"] * np.float32(1.01))
    assert verdict(run, scaled).exit_code == 1
    assert verdict(run, scaled, rtol=0.02).exit_code == 0


def test_a_stray_text_file_is_listed_but_leaves_no_gap(run, tmp_path):
    from inspector.io.trace import open_trace

    folder = runs.write_folder(tmp_path / "run", run)
    (folder / "notes.txt").write_text("recorded on a Tuesday")
    trace = open_trace(folder)
    assert [s.file for s in trace.skipped] == ["notes.txt"]
    assert compare_traces(trace, trace).verdict.exit_code == 0
    (folder / "broken.npy").write_bytes(b"\x93NUMPY")
    trace = open_trace(folder)
    assert compare_traces(trace, trace).verdict.exit_code == 3
