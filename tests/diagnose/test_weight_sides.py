"""Both files come under common names; what is left out is said."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.weight_sides import Parameter, open_sides
from inspector.errors import UsageError
from inspector.live.weights_file import open_weights
from tests.blocks.port_names import in_mlx_layout, swift_camel
from tests.blocks.seeded import SMALL, seeded_weights
from tests.diagnose.weight_files import decoder, write_weights


def sides(folder, reference, candidate, metadata=None, config=None):
    files = [
        open_weights(write_weights(folder / "a.safetensors", reference, metadata)),
        open_weights(write_weights(folder / "b.safetensors", candidate)),
    ]
    return open_sides(files[0], files[1], config)


def test_decoders_go_by_pytorch_keys_and_layout(tmp_path):
    weights = seeded_weights(SMALL)
    other = {swift_camel(k): v for k, v in in_mlx_layout(weights).items()}
    left, right, _ = sides(tmp_path, decoder(), other)
    assert list(left.parameters) == list(right.parameters) == list(weights)
    for key, value in weights.items():
        assert right.parameters[key].shape == value.shape
        assert np.array_equal(right.parameters[key].read(), value)
        assert right.parameters[key].stored_name == swift_camel(key)


def test_parameters_without_a_slot_keep_their_stored_name(tmp_path):
    candidate = decoder({"final_proj.bias": np.ones(9, np.float32)}, prefix="d.")
    candidate["d.q_norm.weight"] = np.ones(3, np.float32)
    _, right, _ = sides(tmp_path, decoder(), candidate)
    assert right.parameters["final_proj.bias"].shape == (9,)
    assert right.parameters["d.q_norm.weight"].decoder


def test_other_names_are_joined_by_their_words(tmp_path):
    a = {"enc.layer_1.weight": np.ones(2), "x": np.ones(1), "y.1": np.ones(1)}
    b = {"enc.layer1.Weight": np.ones(2), "x": np.ones(1), "Y1": np.ones(1)}
    left, right, notes = sides(tmp_path, a, b)
    assert set(left.parameters) == set(right.parameters)
    assert right.parameters["enc.layer_1.weight"].stored_name == "enc.layer1.Weight"
    assert "matched by their names and values alone" in notes[0]


def test_words_that_two_names_share_join_nothing(tmp_path):
    a = {"a.b": np.ones(1), "a_b": np.ones(1)}
    _, right, _ = sides(tmp_path, a, {"a/b": np.ones(1)})
    assert set(right.parameters) == {"a/b"}


@pytest.mark.parametrize("lonely", ["reference", "candidate"])
def test_tensors_of_one_side_alone_are_left_out_and_said(tmp_path, lonely):
    more = decoder() | {"flow.encoder.a": np.ones(2), "mel2wav.b": np.ones(2)}
    pair = (more, decoder()) if lonely == "reference" else (decoder(), more)
    left, right, notes = sides(tmp_path, *pair)
    assert set(left.parameters) == set(right.parameters)
    assert f"Only the {lonely} holds tensors outside the decoder (2: flow, mel2wav)" in notes[0]


def test_a_stated_configuration_that_does_not_fit_is_a_sentence(tmp_path):
    (tmp_path / "c.json").write_text('{"num_mid_blocks": 7}')
    with pytest.raises(UsageError):
        sides(tmp_path, decoder(), decoder(), config=str(tmp_path / "c.json"))


def test_integers_and_complex_values_are_read(tmp_path):
    np.savez(tmp_path / "a.npz", i=np.arange(3), c=np.array([1 + 2j]), b=np.array([True]))
    file = open_weights(tmp_path / "a.npz")
    left, _, _ = open_sides(file, file)
    assert left.parameters["c"].read().tolist() == [[1, 2]]
    assert left.parameters["b"].read().tolist() == [1]
    assert left.parameters["i"].read_stored().dtype == np.int64


def test_the_format_of_a_quantised_parameter():
    def parameter(dtype):
        return Parameter("a", "a", (1,), dtype, lambda: np.ones(1), lambda: np.ones(1))

    assert parameter("affine4 (groups of 64)").quantised == (64, 4)
    assert parameter("float32").quantised is None
