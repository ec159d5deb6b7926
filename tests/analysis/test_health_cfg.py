"""Faults of classifier-free guidance."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_cfg import check_cfg
from inspector.tensors import TraceInfo
from tests.analysis.health_probe import ask, missing
from tests.analysis.synthetic_run import STEPS, SyntheticRun, double_states, healthy_run


def _combine(run: SyntheticRun, a: float, b: float) -> SyntheticRun:
    for n in range(1, STEPS + 1):
        c, u = run[f"step{n}_v_cond"], run[f"step{n}_v_uncond"]
        run[f"step{n}_v_cfg"] = (a * c + b * u).astype("f4")
    return run


def test_a_healthy_run_is_fine() -> None:
    found = ask(check_cfg, healthy_run())
    assert {c: f.status for c, f in found.items()} == {
        "uncond_zero": "ok", "cfg": "ok", "cfg_rate": "ok",
    }  # fmt: skip
    assert found["cfg_rate"].sentence == "CFG rate 0.700000 in all 10 steps."


def test_a_zero_unconditional_velocity_fails_and_takes_a_wrong_rate_with_it() -> None:
    run = healthy_run()
    for n in range(1, STEPS + 1):
        run[f"step{n}_v_uncond"] = -np.zeros_like(run[f"step{n}_v_uncond"])
    found = ask(check_cfg, _combine(run, 1.5, -0.5))
    assert found["uncond_zero"].status == "fail"
    assert "identically zero in every step" in found["uncond_zero"].sentence
    assert len(found["uncond_zero"].tensors) == STEPS
    assert found["cfg_rate"].status == "fail"
    assert "CFG rate 0.500000" in found["cfg_rate"].sentence


def test_some_zero_steps_are_counted() -> None:
    run = healthy_run()
    run["step3_v_uncond"] = np.zeros_like(run["step3_v_uncond"])
    assert "in 1 of 10 steps" in ask(check_cfg, run)["uncond_zero"].sentence


def test_another_rate_alone_is_a_note_that_names_the_usual_one() -> None:
    found = ask(check_cfg, healthy_run(rate=0.5))["cfg_rate"]
    assert found.status == "note"
    expected = "CFG rate 0.500000 in all 10 steps (Chatterbox and CosyVoice use 0.7)."
    assert found.sentence == expected


def test_the_rate_that_the_trace_states_is_the_right_one() -> None:
    run = healthy_run(rate=0.5)
    run.info = TraceInfo(cfg_rate=0.5)
    assert ask(check_cfg, run)["cfg_rate"].status == "ok"
    run.info = TraceInfo(cfg_rate=0.7)
    found = ask(check_cfg, run)["cfg_rate"]
    assert found.status == "fail" and "the trace states 0.7" in found.sentence


@pytest.mark.parametrize(
    ("a", "b", "check", "formula"),
    [
        (0.7, 0.3, "cfg_rate", "u + r (c - u)"),
        (-0.7, 1.7, "cfg_rate", "the rows exchanged"),
        (0.3, -0.7, "cfg", "(1 - r) c - r u"),
        (1.7, 0.7, "cfg", "(1 + r) c + r u"),
    ],
)
def test_a_wrong_formula_is_named(a: float, b: float, check: str, formula: str) -> None:
    found = ask(check_cfg, _combine(healthy_run(), a, b))[check]
    assert found.status == "fail"
    assert formula in found.sentence and "r = 0.7" in found.sentence


def test_velocities_of_different_steps_are_no_combination() -> None:
    run = healthy_run()
    run["step4_v_cfg"] = healthy_run(seed=2)["step9_v_cfg"]
    found = ask(check_cfg, run)
    assert found["cfg"].status == "fail" and "different steps or runs" in found["cfg"].sentence
    assert "cfg_rate" not in found  # a rate of a broken identity would mislead


def test_a_rate_that_changes_over_time_is_a_note() -> None:
    run = healthy_run()
    c = run["step9_v_cond"]
    run["step9_v_cfg"] = c.copy()
    found = ask(check_cfg, run)
    assert found["cfg"].status == "ok"
    assert found["cfg_rate"].status == "note" and "changes over the steps" in (
        found["cfg_rate"].sentence
    )


def test_identical_rows_fail_and_leave_the_rate_undefined() -> None:
    run = healthy_run()
    for n in range(1, STEPS + 1):
        run[f"step{n}_v_uncond"] = run[f"step{n}_v_cfg"] = run[f"step{n}_v_cond"]
    assert ask(check_cfg, run)["cfg_rows"].status == "fail"
    assert missing(check_cfg, run) == {"cfg_rate"}


def test_lower_precision_in_the_combination_is_a_note() -> None:
    run = healthy_run()
    noise = np.random.default_rng(0).standard_normal(run["step2_v_cfg"].shape)
    run["step2_v_cfg"] = (run["step2_v_cfg"] * (1 + 2e-4 * noise)).astype("f4")
    found = ask(check_cfg, run)["cfg"]
    assert found.status == "note" and "lower precision" in found.sentence


def test_nan_fails_the_identity() -> None:
    run = healthy_run()
    run["step2_v_cfg"] = np.full_like(run["step2_v_cfg"], np.nan)
    assert ask(check_cfg, run)["cfg"].status == "fail"


def test_conditioning_rows() -> None:
    run = healthy_run()
    double_states(run)
    assert ask(check_cfg, run)["conditioning_rows"].status == "ok"
    run["mu"] = np.concatenate([run["mu"][:1]] * 2)
    found = ask(check_cfg, run)["conditioning_rows"]
    assert found.status == "note" and "the second row equals the first" in found.sentence
    assert found.tensors == ("mu",)
    assert "conditioning_rows" not in ask(check_cfg, healthy_run())


def test_without_an_unconditional_velocity_nothing_is_claimed() -> None:
    run = healthy_run()
    run.drop("v_uncond")
    assert ask(check_cfg, run) == {} and missing(check_cfg, run) == {"cfg"}
