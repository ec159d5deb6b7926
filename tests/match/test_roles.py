"""What the tensors of a trace mean."""

import pytest

from inspector.match.roles import recognise
from inspector.tensors import Trace, TraceInfo
from tests.match.build import make_record, make_trace, open_folder, shapes_trace
from tests.real import real_trace


def test_a_step_is_gathered_with_its_letters():
    shapes = {
        "step7_step1_t": (), "step7_step1_dt": (1,), "step7_step1_x_before": (1, 80, 9),
        "step7_step1_dxdt_cond": (1, 80, 9), "step7_step1_dxdt_uncond": (1, 80, 9),
        "step7_step1_dxdt_cfg": (1, 80, 9), "step7_step1_x_after": (2, 80, 9),
        "step7_step2_x_before": (1, 80, 9), "step7_t_span": (11,),
    }  # fmt: skip
    roles = recognise(shapes_trace(shapes))
    first, second = roles.trajectory.steps
    assert (first.number, second.number) == (1, 2)
    assert first.v_cond is not None and first.v_cond.record.name == "step7_step1_dxdt_cond"
    assert first.v_uncond is not None and first.v_uncond.letters == "BCT"
    assert first.t is not None and first.t.letters == ""
    assert second.x_after is None
    assert roles.trajectory.t_span is not None and roles.trajectory.t_span.letters == "S"
    assert roles.by_name["step7_step1_dxdt_cfg"] == ("v_cfg", 1)
    assert "x_after" not in roles.named


def test_steps_are_ordered_by_number():
    roles = recognise(shapes_trace({f"step{n}_x_after": (1, 80, 9) for n in (10, 2, 1)}))
    assert [s.number for s in roles.trajectory.steps] == [1, 2, 10]


def test_the_mask_of_tokens_is_told_from_the_mask_of_frames():
    shapes = {"step5_full_tokens": (348,), "step5_mask": (1, 348), "step6_mu": (1, 80, 696)}
    roles = recognise(shapes_trace(shapes))
    assert roles.by_name["step5_mask"] == ("token_mask", None)
    assert "mask" not in roles.named
    roles = recognise(shapes_trace({**shapes, "step7a_mask_T": (1, 1, 696)}))
    assert roles.named["mask"].record.name == "step7a_mask_T"
    assert roles.named["token_mask"].record.name == "step5_mask"


def test_the_preferred_spelling_stands_for_a_role():
    shapes = {"mel_trimmed": (1, 80, 5), "step7_mel": (1, 80, 9), "step7_final_mel": (1, 80, 9)}
    roles = recognise(shapes_trace(shapes))
    assert roles.named["mel"].record.name == "step7_final_mel"
    assert roles.by_name["mel_trimmed"] == ("mel", None)


def test_the_stage_comes_before_its_repetition():
    roles = recognise(shapes_trace({"step7a_cond_T": (1, 80, 9), "step7_cond_T": (1, 80, 9)}))
    assert roles.named["cond"].record.name == "step7_cond_T"


def test_lone_tensors_of_a_step_are_step_1():
    roles = recognise(shapes_trace({"x_before": (1, 80, 9), "v_cond": (1, 80, 9), "t": ()}))
    assert [s.number for s in roles.trajectory.steps] == [1]
    assert roles.by_name["v_cond"] == ("v_cond", 1)


def test_unnumbered_tensors_beside_numbered_steps_have_no_role():
    roles = recognise(shapes_trace({"velocity": (1, 80, 9), "step1_x_after": (1, 80, 9)}))
    assert "velocity" not in roles.by_name


def test_a_trajectory_begins_with_the_noise():
    roles = recognise(shapes_trace({f"ode_traj_step{n}": (1, 80, 9) for n in range(3)}))
    assert roles.named["initial_noise"].record.name == "ode_traj_step0"
    assert [s.number for s in roles.trajectory.steps] == [1, 2]


def test_steps_counted_from_0_are_no_trajectory_of_states():
    roles = recognise(shapes_trace({f"ode_step{n}_x_after": (1, 80, 9) for n in range(3)}))
    assert [s.number for s in roles.trajectory.steps] == [0, 1, 2]
    assert "initial_noise" not in roles.named


def test_a_time_embedding_is_no_time():
    roles = recognise(shapes_trace({"step3/decoder.time": (1, 1024), "step3_x_after": (1, 80, 9)}))
    assert "step3/decoder.time" not in roles.by_name


def test_an_audio_file_is_audio_under_any_name():
    record = make_record("greeting", [0.0, 0.1], sample_rate_hz=24000)
    roles = recognise(Trace("x", (record,)))
    assert roles.named["audio"].record is record
    assert roles.named["audio"].letters == "N"


def test_the_side_file_and_the_name_give_letters():
    trace = make_trace({"mel": [[[0.0] * 80] * 80]}, layouts={"mel": "BTC"})
    assert recognise(trace).named["mel"].letters == "BTC"
    trace = shapes_trace({"mel_BTC": (1, 80, 80)})
    assert recognise(trace).named["mel"].letters == "BTC"
    trace = Trace("x", shapes_trace({"mel": (1, 80, 80)}).records, TraceInfo(framework="mlx"))
    assert recognise(trace).named["mel"].letters == "BTC"


def test_an_empty_trace_has_no_roles():
    roles = recognise(shapes_trace({}))
    assert (dict(roles.named), roles.trajectory.steps, dict(roles.by_name)) == ({}, (), {})


@pytest.mark.real
def test_the_real_reference():
    roles = recognise(open_folder(real_trace("chatterbox-reference")))
    letters = {role: (t.record.name, t.letters) for role, t in roles.named.items()}
    assert letters["mu"] == ("step6_mu", "BCT")
    assert letters["encoder_out"] == ("step6_encoder_out", "BTC")
    assert letters["prompt_feat"] == ("step4_prompt_feat", "BTC")
    assert letters["mask"] == ("step7a_mask_T", "BCT")
    assert letters["token_mask"] == ("step5_mask", "BT")
    assert letters["embedding"] == ("step4_embedding", "BC")
    assert letters["speaker_embedding"] == ("step5_spk_emb", "BC")
    assert letters["mel"] == ("step7_final_mel", "BCT")
    assert letters["audio"] == ("step8_audio", "BN")
    assert letters["speech_tokens"] == ("step3_speech_tokens", "N")
    steps = roles.trajectory.steps
    assert [s.number for s in steps] == list(range(1, 11))
    assert all(
        None not in (s.t, s.dt, s.x_before, s.v_cond, s.v_uncond, s.v_cfg, s.x_after) for s in steps
    )


@pytest.mark.real
def test_the_real_broken_reference():
    roles = recognise(open_folder(real_trace("chatterbox-reference-broken")))
    assert roles.by_name["step7_cond_T"] == ("cond", None)
    assert roles.named["cond"].record.name == "step6_x_cond"
    before = roles.trajectory.steps[0].x_before
    assert before is not None and before.letters == "BCT" and before.record.shape == (2, 80, 696)
