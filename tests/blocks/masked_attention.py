"""What a mask of attention scores must do, whatever framework adds it."""

from __future__ import annotations

import numpy as np

from inspector.blocks.operations import Backend
from inspector.tensors import Array

FRAMES = 6


def scores_and_mask(masked: int) -> tuple[Array, Array]:
    """Scores [1, 2, T, T] and a mask [1, T, 1] whose last frames are 0."""
    rng = np.random.default_rng(3)
    mask = np.ones((1, FRAMES, 1), np.float32)
    mask[:, FRAMES - masked :] = 0
    return rng.standard_normal((1, 2, FRAMES, FRAMES)).astype(np.float32), mask


def weights(b: Backend, precision: str, masked: int, **settings: str) -> tuple[Array, Array]:
    """Masked scores and their softmax in a precision."""
    scores, mask = (b.put(a, precision) for a in scores_and_mask(masked))
    value = b.run("mask_scores", [scores, mask], {}, settings)
    return b.take(value), b.take(b.run("softmax", [value], {}, {}))


def check_masked_keys_get_nothing(b: Backend, precision: str) -> None:
    """Weights of masked keys are exactly 0, the others sum to 1 and keep their order."""
    _, made = weights(b, precision, masked=2)
    assert not made[..., -2:].any()
    np.testing.assert_allclose(made.sum(-1), 1, atol=1e-2)
    plain, _ = scores_and_mask(2)
    np.testing.assert_array_equal(made[..., :4].argmax(-1), plain[..., :4].argmax(-1))


def check_a_row_without_any_frame(b: Backend, precision: str) -> None:
    """All keys masked: what -1e10 does to a score depends on the precision.

    float64 keeps the score beside it, so that the weights are those without a mask;
    float32 and bfloat16 round it away, so that the weights are even; float16 has -inf
    for -1e10, and the softmax of nothing but -inf is NaN.
    """
    scores, made = weights(b, precision, masked=FRAMES)
    if precision == "float64":
        np.testing.assert_allclose(made, weights(b, precision, masked=0)[1], atol=1e-4)
    elif precision == "float16":
        assert np.isneginf(scores).all()
        assert np.isnan(made).all()
    else:
        np.testing.assert_allclose(made, 1 / FRAMES, rtol=1e-2)


def check_causal_comes_beside_the_mask(b: Backend, precision: str) -> None:
    """No later key and no masked key has any weight."""
    _, made = weights(b, precision, masked=2, mode="causal")
    allowed = np.tril(np.ones((FRAMES, FRAMES), bool))
    allowed[:, -2:] = False
    assert not made[..., ~allowed].any()
    assert (made[..., allowed] > 0).all()


def check_no_mask_changes_nothing(b: Backend, precision: str) -> None:
    """Every frame in use: additive, none and multiplicative are the scores themselves."""
    for mode in ("additive", "none", "multiplicative"):
        scores, _ = weights(b, precision, masked=0, mode=mode)
        np.testing.assert_array_equal(scores, b.take(b.put(scores_and_mask(0)[0], precision)))


CHECKS = (
    check_masked_keys_get_nothing,
    check_a_row_without_any_frame,
    check_causal_comes_beside_the_mask,
    check_no_mask_changes_nothing,
)
