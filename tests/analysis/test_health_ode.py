"""Faults of the integration, each planted in a healthy run."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_ode import check_ode, grade
from inspector.analysis.schedule import cosine_times
from tests.analysis.health_probe import ask, missing
from tests.analysis.synthetic_run import STEPS, SyntheticRun, double_states, healthy_run


def test_a_healthy_run_is_fine_in_every_check() -> None:
    found = ask(check_ode, healthy_run())
    assert {c: f.status for c, f in found.items()} == dict.fromkeys(
        ("euler", "continuity", "state"), "ok"
    )
    assert missing(check_ode, healthy_run()) == set()


def test_another_velocity_under_the_name() -> None:
    run = healthy_run()
    run["step4_v_cfg"] = run["step4_v_cond"][:, ::-1].copy()
    found = ask(check_ode, run)["euler"]
    assert found.status == "fail" and "step 4" in found.sentence
    assert "step4_v_cfg" in found.tensors


def test_a_dt_that_was_not_used_is_named_with_the_one_that_was() -> None:
    run = healthy_run()
    run.drop("t", "t_span")
    run["step1_dt"] = np.array([0.1])
    found = ask(check_ode, run)["euler"]
    assert found.status == "fail"
    assert found.values["dt_solved"] == pytest.approx(cosine_times(10)[1], rel=1e-4)
    assert "moved by 0.01231·v where dt is 0.10000" in found.sentence


def test_a_wrong_dt_is_seen_in_half_precision_too() -> None:
    from tests.analysis.synthetic_run import round_to

    run = healthy_run()
    round_to(run, "bfloat16")
    run["step6_dt"] = run["step6_dt"] * 1.1
    assert ask(check_ode, run)["euler"].status == "fail"


def test_lower_precision_inside_the_update_is_a_note() -> None:
    run = healthy_run()
    random = np.random.default_rng(0)
    noisy = run["step4_x_after"] * (1 + 2e-4 * random.standard_normal(run["step4_x_after"].shape))
    run["step4_x_after"] = noisy.astype("f4")
    found = ask(check_ode, run)["euler"]
    assert found.status == "note" and "lower precision" in found.sentence


def test_nan_in_the_state_fails() -> None:
    run = healthy_run()
    run["step4_x_after"] = np.full_like(run["step4_x_after"], np.nan)
    assert ask(check_ode, run)["euler"].status == "fail"


def test_a_step_of_another_run_breaks_continuity_only() -> None:
    run, other = healthy_run(), healthy_run(seed=8)
    for role in ("x_before", "x_after", "v_cond", "v_uncond", "v_cfg"):
        run[f"step5_{role}"] = other[f"step5_{role}"]
    found = ask(check_ode, run)
    assert found["euler"].status == "ok"
    assert found["continuity"].status == "fail" and "different runs" in found["continuity"].sentence


def test_a_doubled_state_with_equal_rows_is_fine() -> None:
    run = healthy_run()
    double_states(run)
    found = ask(check_ode, run)
    assert found["state_rows"].status == "ok" and found["euler"].status == "ok"


def test_unequal_rows_given_to_the_decoder_fail_and_elsewhere_are_a_note() -> None:
    for name, status in (("step3_x_before", "fail"), ("step3_x_after", "note")):
        run = healthy_run()
        double_states(run)
        run[name] = np.concatenate([run[name][:1], run[name][:1] + 1])
        assert ask(check_ode, run)["state_rows"].status == status


def test_a_decoder_that_gives_noise_is_named() -> None:
    run = healthy_run()
    random = np.random.default_rng(9)
    x = run["step1_x_before"]
    for n in range(1, STEPS + 1):
        v = random.standard_normal(x.shape).astype("f4")
        run[f"step{n}_x_before"], run[f"step{n}_v_cfg"] = x, v
        x = (x + run[f"step{n}_dt"][0] * v).astype("f4")
        run[f"step{n}_x_after"] = x
    found = ask(check_ode, run)["state"]
    assert found.status == "fail" and "never arrived" in found.sentence


def test_only_states_leave_the_euler_identity_unchecked() -> None:
    run = healthy_run()
    run.drop("v_cond", "v_uncond", "v_cfg", "t", "dt", "t_span")
    assert missing(check_ode, run) == {"euler"}
    assert ask(check_ode, run)["continuity"].status == "ok"


def test_no_steps_at_all_is_said() -> None:
    assert missing(check_ode, SyntheticRun({})) == {"euler"}


def test_grades() -> None:
    assert [grade(r, 1.2e-7) for r in (0, 1e-6, 1e-4, 0.1, float("nan"))] == [
        "ok", "ok", "note", "fail", "fail",
    ]  # fmt: skip
    assert grade(0.01, 9.8e-4) == "ok"


def test_a_step_that_goes_backwards_throughout_is_a_wrong_run_not_a_contradiction() -> None:
    run = healthy_run()
    for step in range(1, STEPS + 1):
        before, after = run[f"step{step}_x_before"], run[f"step{step}_x_after"]
        run[f"step{step}_x_after"] = 2 * before - after
    found = ask(check_ode, run)
    assert found["euler_sign"].status == "fail"
    assert f"x_before - dt·v in all {STEPS} steps" in found["euler_sign"].sentence
    assert "euler" not in found
    run["step1_x_after"] = 2 * run["step1_x_before"] - run["step1_x_after"]
    assert ask(check_ode, run)["euler"].status == "fail"
