"""Dequantised values are those of MLX, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.affine_quantisation import dequantise, quantised_format, unpack_bits

mx = pytest.importorskip("mlx.core", reason="mlx is not installed")


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_values_are_those_of_mlx(bits, dtype):
    values = np.random.default_rng(bits).standard_normal((6, 192)).astype(dtype)
    packed, scales, biases = mx.quantize(mx.array(values), group_size=64, bits=bits)
    expected = mx.dequantize(
        packed, scales.astype(mx.float32), biases.astype(mx.float32), group_size=64, bits=bits
    )
    found = dequantise(*(np.array(x) for x in (packed, scales, biases)))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.array(expected), rtol=0, atol=1e-6)


def test_the_first_value_is_in_the_lowest_bits():
    assert unpack_bits(np.array([[0x87654321]], np.uint32), 4).tolist() == [
        [1, 2, 3, 4, 5, 6, 7, 8]
    ]
    assert unpack_bits(np.array([0x04030201], np.uint32), 8).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("packed", "scales", "expected"),
    [((8, 16), (8, 2), (64, 4)), ((8, 32), (8, 2), (64, 8)), ((8, 8), (8, 2), (64, 2)),
     ((8, 4), (8, 1), (64, 2)), ((2, 8, 32), (2, 8, 2), (64, 8))],
)  # fmt: skip
def test_the_format_follows_from_the_shapes(packed, scales, expected):
    assert quantised_format(packed, scales) == expected


@pytest.mark.parametrize(
    ("packed", "scales"), [((8, 16), (4, 2)), ((16,), (2,)), ((8, 16), (8, 0)), ((8, 7), (8, 2))]
)
def test_shapes_that_fit_nothing_are_refused(packed, scales):
    with pytest.raises(ValueError, match="fits"):
        quantised_format(packed, scales)
