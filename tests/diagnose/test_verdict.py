"""The verdict blames the side that contradicts itself and never passes the incomplete."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.options import DiffOptions
from inspector.diagnose.verdict import decide
from inspector.report.text import render_text
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
    assert "not compared: 1 tensor only in the reference" in found.sentence


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


def test_other_noise_is_no_verdict_on_the_port(run):
    """Nothing after the noise can be compared: neither healthy nor sick."""
    other = runs.healthy_run(seed=8)
    mixed = {k: other[k] if "step7_step" in k or "noise" in k else v for k, v in run.items()}
    mixed |= {k: other[k] for k in ("step7_final_mel",)}
    found = verdict(run, mixed)
    assert (found.status, found.exit_code) == ("incomplete", 3)
    assert "drew different noise" in found.sentence


def test_an_input_that_differs_before_the_noise_is_a_difference(run):
    other = runs.healthy_run(seed=8)
    mixed = {k: other[k] if "step7_step" in k or "noise" in k else v for k, v in run.items()}
    found = verdict(run, {**mixed, "step6_mu": run["step6_mu"] * np.float32(1.2)})
    assert (found.status, found.exit_code) == ("different", 1)


def padded(run):
    """The run with a mask that hides the last frames, and one block in it."""
    mask = run["step7_mask_T"].copy()
    mask[..., -6:] = 0
    block = np.random.default_rng(5).standard_normal((1, 16, runs.FRAMES)).astype(np.float32)
    return {**run, "step7_mask_T": mask, "step7_step1_down_blocks.0.0": block}


def test_values_that_the_mask_hides_are_no_difference(run):
    whole = padded(run)
    garbage = whole["step7_step1_down_blocks.0.0"].copy()
    garbage[..., -6:] += 3
    found = verdict(whole, {**whole, "step7_step1_down_blocks.0.0": garbage})
    assert (found.status, found.exit_code) == ("within_tolerance", 0)
    assert "frames that the mask hides" in found.sentence
    assert found.counts["masked"] == 1
    garbage[..., 3] += 0.1
    found = verdict(whole, {**whole, "step7_step1_down_blocks.0.0": garbage})
    assert (found.status, found.exit_code) == ("different", 1)


def test_a_pair_that_was_guessed_is_no_claim(run):
    one = compare_traces(runs.trace(run, "a"), runs.trace(run, "b"))
    guess = replace(one.tensors[5].pair, confidence=0.3, rule="order")
    wrong = replace(one.tensors[5], status="different", pair=guess)
    tensors = (*one.tensors[:5], wrong, *one.tensors[6:])
    found = decide(one.reference, one.candidate, one.match, tensors, one.answers)
    assert (found.status, found.exit_code, found.first_divergence) == ("incomplete", 3, None)
    assert "1 pair that was only guessed differs" in found.sentence
    assert "All" not in found.sentence
    assert {c.subject for c in found.claims} <= {"no_bug"}
    assert found.next_step.startswith("Pair what found no partner yourself")
    for sure in ({"confidence": 0.6}, {"rule": "same name"}):
        pair = replace(guess, **sure)
        tensors = (*one.tensors[:5], replace(wrong, pair=pair), *one.tensors[6:])
        found = decide(one.reference, one.candidate, one.match, tensors, one.answers)
        assert (found.status, found.exit_code) == ("different", 1)


def wrong_guidance(run):
    """The run with guidance that interpolates, consistent in itself."""
    broken = dict(run)
    state = run["step7_initial_noise"].astype(np.float64)
    for n in range(1, runs.STEPS + 1):
        name = f"step7_step{n}_"
        mixed = 0.7 * run[f"{name}dxdt_cond"] + 0.3 * run[f"{name}dxdt_uncond"].astype(np.float64)
        broken[f"{name}x_before"] = state.astype(np.float32)
        state = state + float(run[f"{name}dt"][0]) * mixed
        broken[f"{name}dxdt_cfg"] = mixed.astype(np.float32)
        broken[f"{name}x_after"] = state.astype(np.float32)
    return broken | {"step7_final_mel": state.astype(np.float32)}


@pytest.mark.parametrize("side", ["reference", "candidate"])
def test_a_wrong_run_is_told_from_a_recording_that_contradicts_itself(run, side):
    broken = wrong_guidance(run)
    found = verdict(*((broken, run) if side == "reference" else (run, broken)))
    assert found.blamed == side
    assert found.sentence.startswith(f"The {side} is wrong by itself")
    assert "u + r (c - u)" in found.sentence
    assert "trust" not in found.sentence
    assert found.next_step.startswith(f"Mend the {side}'s run")


def test_what_to_do_now_is_part_of_the_verdict(differing):
    found = differing.verdict
    assert "--checkpoint" in found.next_step
    assert found.to_dict()["next_step"] == found.next_step


def test_equal_tensors_without_names_leave_nothing_open():
    rng = np.random.default_rng(6)
    one, two, three = (rng.standard_normal((3, 50)).astype(np.float32) for _ in range(3))
    reference = {"qa": one, "qb": one.copy(), "qc": two, "qd": three}
    candidate = {"zk": two, "zl": one.copy(), "zm": three, "zn": one.copy()}
    found = verdict(reference, candidate)
    assert found.counts["ambiguous"] == found.counts["either_way"] == 1
    assert (found.status, found.exit_code) == ("same", 0)
    assert "All 2 tensors are exactly the same. 2 further pairs, of 1 group of" in found.sentence
    assert found.counts["either_way_pairs"] == 2


def test_a_sick_port_without_names_is_not_said_to_agree(run):
    """Its wrong values find no partner, which must not read as agreement."""
    wrong = {n: v * np.float32(1.3) if "dxdt" in n else v for n, v in run.items()}
    nameless = {f"t_{i * 7919 % 10007:04x}": v for i, v in enumerate(wrong.values())}
    one = compare_traces(runs.trace(run, "a"), runs.trace(nameless, "b"))
    assert (one.verdict.status, one.verdict.exit_code) == ("incomplete", 3)
    assert render_text(one).startswith("INCOMPLETE: ")
    assert "A difference may be behind that" in one.verdict.sentence
    assert one.verdict.next_step.startswith("Pair what found no partner yourself")
