"""Layouts of the pairs of two traces."""

import numpy as np
import pytest

from inspector.tensors import Layout
from tests.match.build import make_trace, match, shapes_trace


def test_a_square_weight_is_never_transposed_to_agree():
    weight = np.random.default_rng(0).normal(size=(8, 8))
    for name, axes in (("q.weight", None), ("attn_map", (1, 0))):
        (pair,) = match(make_trace({name: weight}), make_trace({name: weight.T.copy()})).pairs
        assert pair.candidate_layout.axes == axes


def test_stereo_audio_is_no_cfg_pair():
    result = match(shapes_trace({"audio": (1, 480)}), shapes_trace({"audio": (2, 480)}))
    assert result.pairs[0].mismatch
    assert result.pairs[0].candidate_layout.row is None


def test_integers_stored_as_floats_are_paired():
    reference = make_trace({"step3_speech_tokens": np.arange(9, dtype=np.int32)})
    candidate = make_trace({"speech_tokens": np.arange(9, dtype=np.float32)})
    assert match(reference, candidate).pairs[0].mismatch == ""


def test_a_token_prefix_is_a_mismatch_and_an_audio_trim_is_not():
    wave = np.random.default_rng(0).normal(size=(1, 9408)).astype(np.float32)
    reference = make_trace({"speech_tokens": np.arange(195), "audio": wave})
    candidate = make_trace({"speech_tokens": np.arange(125), "audio": wave[0, :-4]})
    tokens, audio = match(reference, candidate).pairs
    assert "195 in the reference and 125 in the candidate" in tokens.mismatch
    assert tokens.read()[0].shape == tokens.read()[1].shape == (125,)
    assert audio.mismatch == ""
    assert audio.reference_layout.crop == ((0, 1), (0, 9404))


def test_a_tie_of_layouts_is_ambiguous():
    rng = np.random.default_rng(0)
    result = match(
        make_trace({"foo.bar": rng.normal(size=(2, 2, 3))}),
        make_trace({"foo.bar": rng.normal(size=(2, 3, 2))}),
    )
    assert result.pairs == ()
    assert result.ambiguous[0].reference == result.ambiguous[0].candidate == ("foo.bar",)
    assert "axes" in result.ambiguous[0].reason


def test_swapped_cfg_rows_are_found_and_said():
    rows = np.random.default_rng(0).normal(size=(2, 8, 9))
    reference = make_trace({"ode_step1_x_before": rows[:1]})
    result = match(reference, make_trace({"ode_step1_x_before": rows[::-1].copy()}))
    (pair,) = result.pairs
    left, right = pair.read()
    assert pair.candidate_layout == Layout(row=1, letters="BCT")
    np.testing.assert_array_equal(left, right)
    assert "other order" in pair.notes[0] and "row 0 is not compared" in pair.notes[0]
    # without equal values row 0 stays the conditional one
    other = match(reference, make_trace({"ode_step1_x_before": rows + 1.0})).pairs[0]
    assert other.candidate_layout.row == 0


@pytest.mark.parametrize("name", ["ode_step1_x_before", "foo.bar"])
def test_two_rows_in_the_other_order_come_out_equal(name):
    rows = np.random.default_rng(0).normal(size=(2, 8, 9))
    candidate = rows[::-1].transpose(0, 2, 1).copy()
    (pair,) = match(make_trace({name: rows}), make_trace({name: candidate})).pairs
    left, right = pair.read()
    np.testing.assert_array_equal(left, right)
    assert pair.candidate_layout.rows == (1, 0) and pair.candidate_layout.axes == (0, 2, 1)
    assert "rows 1 0, axes 0 2 1" in pair.describe_layout()
    assert "other order" in pair.notes[0]


def test_kinds_of_tensors_have_their_own_habit():
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=(1, 9, 9)) for name in ("mu", "noise", "final_mel")}
    port = {name: values.transpose(0, 2, 1) for name, values in arrays.items()}
    for n in range(5):
        arrays[f"w{n}.weight"] = port[f"w{n}.weight"] = np.zeros((4, 5))
        arrays[f"m{n}.q"] = port[f"m{n}.q"] = np.zeros((1, 4, 5))
    port["final_mel"] = rng.normal(size=(1, 9, 9))
    pairs = {p.role: p for p in match(make_trace(arrays), make_trace(port)).pairs}
    assert pairs["mu"].candidate_layout.axes == (0, 2, 1)
    assert pairs["mel"].candidate_layout.axes == (0, 2, 1)
    assert "other tensors" in pairs["mel"].notes[0]


@pytest.mark.parametrize(
    ("name", "trimmed"),
    [("mel", True), ("mask", True), ("foo.bar", True), ("prompt_token", False), ("t_span", False)],
)
def test_only_lengths_in_time_are_trimmed(name, trimmed):
    values = np.random.default_rng(0).normal(size=(1, 9, 20) if name == "mel" else (1, 20))
    (pair,) = match(make_trace({name: values}), make_trace({name: values[..., :12]})).pairs
    assert (pair.mismatch == "") is trimmed
    assert pair.read()[0].shape == values[..., :12].shape


def test_whole_numbers_of_unknown_meaning_are_not_trimmed():
    values = np.arange(20)
    (pair,) = match(make_trace({"ids": values}), make_trace({"ids": values[:12]})).pairs
    assert pair.mismatch


def test_weights_teach_nothing_about_activations():
    rng = np.random.default_rng(0)
    arrays = {f"blk.{word}": rng.normal(size=(1, 9, 9)) for word in ("alpha", "beta", "gamma")}
    port = {name: values.transpose(0, 2, 1) for name, values in arrays.items()}
    port["blk.gamma"] = rng.normal(size=(1, 9, 9))
    for n in range(5):
        arrays[f"w{n}.weight"] = port[f"w{n}.weight"] = np.zeros((4, 5))
    pairs = {p.reference.name: p for p in match(make_trace(arrays), make_trace(port)).pairs}
    assert pairs["blk.gamma"].candidate_layout.axes == (0, 2, 1)
