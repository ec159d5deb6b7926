"""Order of execution."""

import random

import pytest

from inspector.match.order import execution_order, has_stored_order
from inspector.match.roles import recognise
from inspector.tensors import Trace, TraceInfo
from tests.match.build import make_trace, open_folder, shapes_trace
from tests.real import real_trace


def order_of(trace: Trace) -> list[str]:
    return list(execution_order(trace, recognise(trace)))


PIPELINE = [
    "step1_text_tokens",
    "step2_perceiver_out",
    "step3_speech_tokens",
    "step5_spk_emb",
    "step6_encoder_out",
    "step6_mu",
    "step7_t_span",
    "step7_initial_noise",
    "step7a_velocity_t0",
    "step7_step1_t",
    "step7_step1_dt",
    "step7_step1_x_before",
    "step7_step1_down_blocks.0.resnet",
    "step7_step1_mid_blocks.2.resnet",
    "step7_step1_mid_blocks.10.resnet",
    "step7_step1_up_blocks.0.resnet",
    "step7_step1_final_proj",
    "step7_step1_dxdt_cond",
    "step7_step1_dxdt_uncond",
    "step7_step1_dxdt_cfg",
    "step7_step1_x_after",
    "step7_step2_x_before",
    "step7_step2_x_after",
    "step7_step10_x_after",
    "step7_final_mel",
    "step8_conv_pre",
    "step8_audio",
]


@pytest.mark.parametrize("seed", range(5))
def test_stages_and_steps_in_natural_order(seed):
    names = PIPELINE.copy()
    random.Random(seed).shuffle(names)
    assert order_of(shapes_trace(dict.fromkeys(names, (2,)))) == PIPELINE


@pytest.mark.parametrize("seed", range(3))
def test_roles_without_stages(seed):
    want = [
        "text_tokens", "speech_tokens", "spk_emb", "encoder_out", "mu", "t_span", "initial_noise",
        "ode_step1::x_before", "ode_step1::v_cond", "ode_step1::x_after", "ode_step2::x_after",
        "mel", "f0", "audio",
    ]  # fmt: skip
    names = want.copy()
    random.Random(seed).shuffle(names)
    assert order_of(shapes_trace(dict.fromkeys(names, (2,)))) == want


def test_tensors_without_stage_find_their_place_between_stages():
    names = ["audio", "step7_mu_T", "mel", "ode_step1_x_after", "step1_text_tokens"]
    assert order_of(shapes_trace(dict.fromkeys(names, (2,)))) == [
        "step1_text_tokens", "step7_mu_T", "ode_step1_x_after", "mel", "audio",
    ]  # fmt: skip


def test_the_side_file_decides_and_the_rest_follows():
    trace = shapes_trace(dict.fromkeys(["a", "b", "mel", "audio"], (2,)))
    trace = Trace("x", trace.records, TraceInfo(order=("mel", "nowhere", "b", "mel")))
    assert order_of(trace) == ["mel", "b", "a", "audio"]


def test_a_container_keeps_its_order_of_recording():
    names = ["zeta", "alpha", "layers.0", "layers.1", "beta"]
    assert order_of(make_trace(dict.fromkeys(names, 1.0), file="trace.npz")) == names


def test_an_alphabetical_container_says_nothing():
    names = sorted(["x_after", "x_before", "v_cond"])
    trace = make_trace({f"ode_step1::{n}": [1.0] for n in names}, file="a.safetensors")
    assert [n.split("::")[1] for n in order_of(trace)] == ["x_before", "v_cond", "x_after"]


def test_a_container_in_hash_order_is_not_believed():
    names = ["ode_step2_x_after", "ode_step1_x_after", "ode_step3_x_after"]
    assert order_of(make_trace(dict.fromkeys(names, 1.0), file="a.npz")) == sorted(names)
    names = ["blocks.3.a", "blocks.1.a", "blocks.2.a"]
    assert order_of(make_trace(dict.fromkeys(names, 1.0), file="a.npz")) == sorted(names)


def test_every_tensor_occurs_once():
    trace = shapes_trace(dict.fromkeys(PIPELINE, (2,)))
    assert sorted(order_of(trace)) == sorted(PIPELINE)
    assert order_of(shapes_trace({})) == []


@pytest.mark.real
def test_the_real_reference():
    order = order_of(open_folder(real_trace("chatterbox-reference")))
    assert len(order) == 112
    assert order[0] == "step1_text_tokens"
    assert order[-1] == "step8_audio"
    place = {name: i for i, name in enumerate(order)}
    assert place["step6_mu"] < place["step7_mu_T"] < place["step7_step1_t"]
    assert place["step7_step9_x_after"] < place["step7_step10_t"]
    assert place["step7_step10_x_after"] < place["step7_final_mel"] < place["step8_mel_input"]


def test_an_alphabetical_container_of_a_pipeline():
    names = ["mel", "speech_tokens", "text_tokens"]
    assert order_of(make_trace(dict.fromkeys(names, 1.0), file="a.npz")) == names[::-1]


def test_a_container_against_the_parts_of_a_step():
    names = ["ode_step1_x_after", "ode_step1_x_before", "ode_step1_v_cond"]
    assert order_of(make_trace(dict.fromkeys(names, 1.0), file="a.npz")) == [
        "ode_step1_x_before",
        "ode_step1_v_cond",
        "ode_step1_x_after",
    ]


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        (make_trace(dict.fromkeys("cab", 1.0), file="a.npz"), True),
        (make_trace(dict.fromkeys("abc", 1.0), file="a.npz"), False),  # sorted by the writer
        (make_trace(dict.fromkeys("cab", 1.0)), False),  # one file each
        (make_trace(dict.fromkeys("abc", 1.0), order=("b", "a")), True),
    ],
)
def test_who_tells_more_than_names_about_the_order(trace, told):
    assert has_stored_order(trace, recognise(trace)) == told
