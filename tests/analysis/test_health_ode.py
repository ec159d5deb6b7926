"""Faults of the integration, each planted in a healthy run."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_ode import check_ode, grade
from inspector.analysis.schedule import cosine_times
from inspector.tensors import TraceInfo
from tests.analysis.health_probe import ask, missing
from tests.analysis.synthetic_run import STEPS, SyntheticRun, double_states, healthy_run


def test_a_healthy_run_is_fine_in_every_check() -> None:
    found = ask(check_ode, healthy_run())
    assert {c: f.status for c, f in found.items()} == dict.fromkeys(
        ("euler", "continuity", "times", "schedule", "noise", "state"), "ok"
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


def test_a_reused_time_is_seen() -> None:
    run = healthy_run()
    run["step2_t"], run["step2_dt"] = run["step1_t"], run["step1_dt"]
    assert ask(check_ode, run)["times"].status == "fail"


def test_a_constant_dt_with_a_cosine_schedule_is_seen_although_it_sums_to_one() -> None:
    run = healthy_run()
    for n in range(1, STEPS + 1):
        run[f"step{n}_dt"] = np.array([0.1])
    found = ask(check_ode, run)["times"]
    assert found.status == "fail" and "constant" in found.sentence


def _short() -> SyntheticRun:
    times = [0.884 * t for t in cosine_times(STEPS)]
    run = healthy_run(times=times)
    run.drop("t_span")
    return run


def test_a_sum_of_dt_below_one_fails_when_the_run_ended_there() -> None:
    found = ask(check_ode, _short())["times"]
    assert found.status == "fail" and "0.8840" in found.sentence


def test_a_sum_of_dt_below_one_is_a_note_when_steps_may_be_missing() -> None:
    run = _short()
    run.drop("mel")
    assert ask(check_ode, run)["times"].status == "note"
    run.info = TraceInfo(steps=STEPS)
    assert ask(check_ode, run)["times"].status == "fail"


@pytest.mark.parametrize(("power", "word"), [(1, "linear"), (3, "neither")])
def test_another_schedule_is_a_note(power: int, word: str) -> None:
    found = ask(check_ode, healthy_run(times=[(i / 10) ** power for i in range(11)]))
    assert found["schedule"].status == "note" and word in found["schedule"].sentence
    assert found["euler"].status == found["times"].status == "ok"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: 0 * x, "all zeros"),
        (lambda x: 0.6 * x, "std 0.6"),
        (lambda x: x + 1, "mean 0.9"),
        (lambda x: (2 * np.sqrt(3) * (np.argsort(np.argsort(x, axis=None)).reshape(x.shape)
                                      / x.size - 0.5)).astype("f4"), "kurtosis 1.8"),
    ],
)  # fmt: skip
def test_noise_that_is_not_normal_is_a_note(change, words: str) -> None:
    run = healthy_run()
    run["step1_x_before"] = change(run["step1_x_before"])
    found = ask(check_ode, run)["noise"]
    assert found.status == "note" and words in found.sentence


@pytest.mark.parametrize("seed", [3, 4, 5, 6])
def test_a_noise_file_that_never_entered_the_run_is_a_note(seed: int) -> None:
    run = healthy_run()
    run["initial_noise"] = healthy_run(seed=seed)["initial_noise"]
    found = ask(check_ode, run)["noise_used"]
    assert found.status == "note" and "another draw" in found.sentence


def test_scaled_or_longer_noise_is_the_noise_of_the_run() -> None:
    run = healthy_run()
    run["initial_noise"] = np.concatenate([run["initial_noise"] / 0.7] * 2, axis=2)
    assert "noise_used" not in ask(check_ode, run)


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
    assert missing(check_ode, run) == {"euler", "times", "schedule"}
    assert ask(check_ode, run)["continuity"].status == "ok"


def test_no_steps_at_all_is_said() -> None:
    assert missing(check_ode, SyntheticRun({})) == {"euler"}


def test_grades() -> None:
    assert [grade(r, 1.2e-7) for r in (0, 1e-6, 1e-4, 0.1, float("nan"))] == [
        "ok", "ok", "note", "fail", "fail",
    ]  # fmt: skip
    assert grade(0.01, 9.8e-4) == "ok"
