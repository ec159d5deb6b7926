"""Faults of masks."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_mask import check_masks, describe_rows
from inspector.tensors import Array
from tests.analysis.health_probe import ask, missing
from tests.analysis.synthetic_run import FRAMES, PROMPT, SyntheticRun, healthy_run


def _with(mask: Array, name: str = "mask", role: str = "mask") -> SyntheticRun:
    run = healthy_run()
    run.drop("mask")
    run.add(name, mask, "BCT" if mask.ndim == 3 else "", role)
    return run


def _ones(rows: int = 1) -> Array:
    return np.ones((rows, 1, FRAMES), np.float32)


def _statuses(run: SyntheticRun) -> dict[str, str]:
    return {c: f.status for c, f in ask(check_masks, run).items()}


def test_all_ones_is_fine_but_blind() -> None:
    assert _statuses(healthy_run()) == {
        "mask_values": "ok", "mask_coverage": "ok", "mask_ones": "note",
    }  # fmt: skip


def test_a_padded_mask_is_fine_and_not_blind() -> None:
    mask = _ones()
    mask[..., 100:] = 0
    assert _statuses(_with(mask)) == {"mask_values": "ok", "mask_coverage": "ok"}


def test_zeros_on_the_prompt_fail() -> None:
    mask = _ones()
    mask[..., :PROMPT] = 0
    found = ask(check_masks, _with(mask))["mask_coverage"]
    assert found.status == "fail"
    assert f"0 on the first {PROMPT} of {FRAMES} frames (the prompt)" in found.sentence


def test_an_all_zero_unconditional_row_fails() -> None:
    mask = _ones(2)
    mask[1] = 0
    found = ask(check_masks, _with(mask))["mask_coverage"]
    assert found.status == "fail" and "row 1 is 0 throughout" in found.sentence


@pytest.mark.parametrize("inside", [_ones() * 0, 1 - np.eye(1, FRAMES, 60)[None]])
def test_hidden_valid_frames_fail(inside: Array) -> None:
    assert _statuses(_with(inside))["mask_coverage"] == "fail"


@pytest.mark.parametrize(
    "mask", [0.5 * _ones(), 2 * _ones(), _ones() * np.linspace(0, 1, FRAMES), -_ones()]
)
def test_other_values_fail(mask: Array) -> None:
    assert _statuses(_with(mask))["mask_values"] == "fail"


def test_nan_in_a_mask_fails() -> None:
    mask = _ones()
    mask[0, 0, 3] = np.nan
    assert _statuses(_with(mask))["mask_values"] == "fail"


@pytest.mark.parametrize("low", [-1e4, -1e10, -np.inf])
def test_an_additive_mask_is_a_mask(low: float) -> None:
    mask = np.zeros((1, 1, 1, FRAMES))
    mask[..., 100:] = low
    found = _statuses(_with(mask, "tfmr_bias_mask", ""))
    assert found == {"mask_values": "ok", "mask_coverage": "ok"}


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("attn_mask", np.tril(np.ones((FRAMES, FRAMES)))),
        ("causal_mask", np.triu(np.ones((FRAMES, FRAMES), bool), 1)),
        ("chunk_mask", np.tril(np.ones((1, FRAMES, FRAMES)))),
        ("tfmr_bias_mask", np.zeros((1, 1, 1, FRAMES))),
        ("pad_mask", np.zeros((1, FRAMES), bool)),
        ("mask_square", np.triu(np.ones((FRAMES, FRAMES)))),
    ],
)
def test_masks_with_zeros_by_right_do_not_fail(name: str, mask: Array) -> None:
    assert "fail" not in _statuses(_with(mask, name, "")).values()


def test_a_padding_mask_counts_the_other_way_round() -> None:
    mask = np.zeros((1, FRAMES), bool)
    mask[:, 100:] = True
    assert _statuses(_with(mask, "padding_mask", ""))["mask_coverage"] == "ok"
    assert _statuses(_with(~mask, "padding_mask", ""))["mask_coverage"] == "fail"


def test_a_masked_activation_is_no_mask() -> None:
    run = healthy_run()
    run.drop("mask")
    run.add("h_masked", np.random.default_rng(0).standard_normal((1, 20, FRAMES)))
    assert missing(check_masks, run) == {"mask_values"}


def test_token_masks_alone_leave_the_decoder_mask_unchecked() -> None:
    run = _with(np.ones((1, 60)), "token_mask", "token_mask")
    assert missing(check_masks, run) == {"mask_coverage"}
    assert missing(check_masks, healthy_run()) == set()


def test_many_faulty_rows_stay_one_short_sentence() -> None:
    text = describe_rows(np.zeros((50, 6)), None)
    assert "47 more rows" in text and len(text) < 160


def test_a_padded_mask_stored_frames_by_one_is_fine() -> None:
    mask = np.ones((FRAMES, 1), np.float32)
    mask[100:] = 0
    assert _statuses(_with(mask)) == {"mask_values": "ok", "mask_coverage": "ok"}
    mask[:PROMPT] = 0
    assert _statuses(_with(mask))["mask_coverage"] == "fail"
