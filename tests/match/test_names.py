"""Names taken apart."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.match.names import join, parse_name, parse_trace, tokenize
from tests.match.build import make_record, make_trace, shapes_trace


@pytest.mark.parametrize(
    "name",
    [
        "down_blocks_0", "downBlocks[0]", "down_blocks.0", "down_blocks/0", "downBlocks::0",
        "down-blocks 0", "DownBlocks[00]", "DOWN_BLOCKS_0",
    ],
)  # fmt: skip
def test_every_spelling_gives_the_same_tokens(name):
    assert tokenize(name) == ("down", "blocks", "0")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("encoders.0", ("encoders", "0")),
        ("queryProj", ("query", "proj")),
        ("normMHA", ("norm", "mha")),
        ("ODEStep", ("ode", "step")),
        ("conv1D", ("conv1d",)),
        ("block1.norm", ("block1", "norm")),
        ("vCFG", ("v", "cfg")),
        ("", ()),
        ("___", ()),
    ],
)
def test_tokens(text, tokens):
    assert tokenize(text) == tokens


def test_join_glues_words_but_not_numbers():
    assert join(("ups", "0")) == join(("ups0",)) == "ups0"
    assert join(("res", "blocks")) == join(("resblocks",))
    assert join(("a", "1", "1")) != join(("a", "11"))


@pytest.mark.parametrize(
    ("name", "stage", "step", "role"),
    [
        ("step7_step3_x_after", 7, 3, "x_after"),
        ("step03/ode.x_after", None, 3, "x_after"),
        ("ode_step3_v_cond", None, 3, "v_cond"),
        ("step7_t_span", 7, None, "t_span"),
        ("swift_ode_step1::x_before", None, 1, "x_before"),
        ("step1_text_tokens", 1, None, "text_tokens"),
        ("step7_step10_dxdt_uncond", 7, 10, "v_uncond"),
        ("step7_step2_t", 7, 2, "t"),
        ("step_10/dt", None, 10, "dt"),
        ("steps[3].vCFG", None, 3, "v_cfg"),
        ("ode_step1_v_mix", None, 1, "v_cfg"),
        ("step3XAfter", None, 3, "x_after"),
        ("stage2_step4_x_before", 2, 4, "x_before"),
        ("step3/stage2/x_before", 2, 3, "x_before"),
        ("iter_4_whatever", None, 4, ""),
        ("step6_mu", 6, None, "mu"),
        ("step7_mu_T", 7, None, "mu"),
        ("step2_perceiver_out", 2, None, ""),
        ("step7_final_mel", 7, None, "mel"),
        ("swift_generated_mel_raw::mel", None, None, "mel"),
        ("python_speech_tokens::speech_tokens", None, None, "speech_tokens"),
        ("gen.embedding", None, None, "embedding"),
        ("step5_spk_emb", 5, None, "speaker_embedding"),
        ("decoder.mid_blocks.0.resnet", None, None, ""),
        ("decoder.mid_blocks.0.mask", None, None, ""),
        ("step999999999999999_x_after", None, None, ""),
    ],
)
def test_steps_stages_and_roles(name, stage, step, role):
    parsed = parse_name(name)
    assert (parsed.stage, parsed.step, parsed.role) == (stage, step, role)


def test_numbers_leave_the_tokens():
    assert parse_name("step7_step3_x_after").tokens == ("x", "after")


def test_stage_letter_and_layout_suffix():
    parsed = parse_name("step7a_mu_T")
    assert (parsed.stage, parsed.label, parsed.role) == (7, "a", "mu")
    assert parse_name("test_mel_BTC").letters == "BTC"
    assert parse_name("test_mel_BTC").role == "mel"
    assert parse_name("mel_btc").letters == ""


def test_a_step_inside_a_block_is_neither_stage_nor_step():
    parsed = parse_name("dec_down_step2_after_conv1")
    assert (parsed.stage, parsed.step) == (None, None)
    assert "step2" in parsed.tokens


def test_a_lone_t_is_no_stage_tensor():
    assert parse_name("t").role == "t"
    assert parse_name("foo.t").role == ""


def test_unknown_names_follow_the_steps_of_their_trace():
    trace = shapes_trace({"step2_x_before": (1,), "step2_down.norm": (1,), "step9_down.norm": (1,)})
    parsed = parse_trace(trace)
    assert parsed["step2_down.norm"].step == 2
    assert parsed["step9_down.norm"].step is None
    assert parsed["step9_down.norm"].stage == 9


def test_stages_stay_stages_beside_steps_of_another_beginning():
    trace = shapes_trace(
        {"step7_step2_x_before": (1,), "step2_perceiver_out": (1,), "step1_text_tokens": (1,)}
    )
    parsed = parse_trace(trace)
    assert (parsed["step2_perceiver_out"].stage, parsed["step2_perceiver_out"].step) == (2, None)
    assert parsed["step1_text_tokens"].stage == 1


def test_a_pipeline_role_stays_a_stage_even_where_steps_have_its_number():
    trace = shapes_trace({"step1_x_before": (1,), "step1_text_tokens": (1,)})
    assert parse_trace(trace)["step1_text_tokens"].step is None


def test_a_solver_word_may_be_missing_before_the_step():
    shapes = {"ode_step2_x_before": (1,), "step2/downBlocks[0].norm": (1,), "step3/up.q": (1,)}
    parsed = parse_trace(shapes_trace(shapes))
    assert parsed["step2/downBlocks[0].norm"].step == 2
    assert parsed["step3/up.q"].step is None


def test_a_missing_solver_word_means_a_stage_where_stages_are_numbered():
    shapes = {"ode_step2_x_before": (1,), "step2_perceiver_out": (1,), "step6_mu": (1,)}
    parsed = parse_trace(shapes_trace(shapes))
    assert (parsed["step2_perceiver_out"].stage, parsed["step2_perceiver_out"].step) == (2, None)


@pytest.mark.parametrize(
    ("name", "steps", "step", "stage"),
    [
        ("step02/layers.0", 10, 2, None),
        ("step02/layers.0.call2.input", 10, 2, None),
        ("decoder::step02/layers.0", 10, 2, None),
        ("step02/layers.0", None, None, 2),
        ("step02/layers.0", 1, None, 2),
        ("step2_layers.0", 10, None, 2),
    ],
)
def test_a_recorders_names_count_steps_where_the_side_file_says_how_many(name, steps, step, stage):
    parsed = parse_trace(make_trace({name: 0.0}, steps=steps))[name]
    assert (parsed.step, parsed.stage) == (step, stage)


def test_the_file_gives_the_step_of_a_container():
    record = make_record("x_before", [0.0], file="swift_ode_step4.safetensors")
    mel = make_record("mel", [0.0], 1, file="swift_ode_step4.safetensors")
    trace = shapes_trace({})
    parsed = parse_trace(type(trace)("x", (record, mel)))
    assert parsed["x_before"].step == 4
    assert parsed["mel"].step is None


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_text_can_be_parsed(name):
    parsed = parse_name(name)
    assert all(token == token.lower() or not token.isascii() for token in parsed.tokens)
    assert parsed == parse_name(name)


@pytest.mark.parametrize("unit", ["A", "aB", "_step1", "a::", "0", "A1"])
def test_long_names_take_linear_time(unit):
    def cost(n: int) -> float:
        name = unit * (n // len(unit)) + "!"
        times = []
        for _ in range(3):  # the quickest of three: a busy machine only ever adds time
            start = time.process_time()
            parse_name(name)
            times.append(time.process_time() - start)
        return min(times)

    # ten times the length; a quadratic parser would need a hundred times as long
    assert cost(200_000) < 40 * max(cost(20_000), 0.005)
