"""Open tensors of other lengths: cropped, padded, reshaped."""

import numpy as np
import pytest

from tests.match.build import make_trace, match

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1, 16, 40))


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (X[:, :, :30], "first 30 of the 40 of the reference"),
        (X[:, :, 12:], "last 28 of the 40 of the reference"),
        (np.pad(X, ((0, 0), (0, 0), (0, 9))), "first 40 of the 49 of the candidate"),
        (np.pad(X, ((0, 0), (0, 0), (9, 0))), "last 40 of the 49 of the candidate"),
        (X[:, :, :30].transpose(0, 2, 1), "first 30 of the 40 of the reference"),
    ],
)
@pytest.mark.parametrize("among", [0, 6])
def test_one_axis_is_cropped_or_padded(candidate, words, among):
    others = {f"w{'x' * i}": RNG.normal(size=(1, 16, 40)) for i in range(among)}
    false = {f"z{'y' * i}": RNG.normal(size=candidate.shape) for i in range(among)}
    result = match(make_trace({"wren": X, **others}), make_trace({**false, "oak": candidate}))
    pair = next(p for p in result.pairs if p.reference.name == "wren")
    assert pair.candidate.name == "oak" and pair.confidence >= 0.5
    left, right = pair.read()
    np.testing.assert_array_equal(left, right)
    assert any(words in note for note in pair.notes)


def test_samples_of_sound_are_cropped():
    sound = RNG.normal(size=(1, 4000))
    (pair,) = match(make_trace({"wren": sound}), make_trace({"oak": sound[0, :3996]})).pairs
    assert pair.confidence >= 0.5 and "first 3996" in pair.notes[-1]


def test_unrelated_lengths_are_not_paired():
    other = RNG.normal(size=(1, 16, 30))
    result = match(make_trace({"wren": X}), make_trace({"oak": other}))
    assert result.pairs == ()


def test_equal_croppings_are_not_guessed():
    result = match(make_trace({"wren": X}), make_trace({"oak": X[..., :30], "elm": X[..., :31]}))
    assert result.pairs == ()


def test_reshaped_tensors_find_each_other_among_others():
    heads = [RNG.normal(size=(1, 12, 4, 8)) for _ in range(6)]
    reference = {f"w{'x' * i}": h.reshape(1, 12, 32) for i, h in enumerate(heads)}
    candidate = {f"z{'y' * i}": h.transpose(0, 2, 1, 3) for i, h in enumerate(heads[::-1])}
    result = match(make_trace(reference), make_trace(candidate))
    assert len(result.pairs) == 6
    for pair in result.pairs:
        left, right = pair.read()
        np.testing.assert_array_equal(left, right)
