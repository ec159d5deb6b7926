"""A request of the block lab holds only keys that the server listed."""

from __future__ import annotations

from typing import Any

import pytest

from inspector.errors import UsageError
from inspector.ui.lab_request import checked_request, read_object
from inspector.ui.runs import CheckpointPath
from tests.ui.fake_lab import PLANTED, FakeLab

SCALED = f"{PLANTED}.attn1.scaled"
PLAIN = {"block": PLANTED, "step": 3}


@pytest.fixture(scope="module")
def lab() -> dict[str, Any]:
    return FakeLab().page_lab(None, CheckpointPath("w.safetensors"))


@pytest.fixture(scope="module")
def block() -> dict[str, Any]:
    return FakeLab().page_lab_block(None, None, PLANTED)


def test_what_is_missing_takes_its_default(lab, block) -> None:
    assert checked_request(PLAIN, lab, block) == {
        "block": PLANTED, "step": 3, "rows": "both", "source": "reference", "backend": "torch",
        "precision": "float32", "per_node": {}, "swaps": [], "effect": False,
    }  # fmt: skip


def test_every_listed_choice_passes(lab, block) -> None:
    wanted = {
        **PLAIN, "rows": "uncond", "source": "noise", "backend": "mlx", "precision": "bfloat16",
        "effect": True,
        "per_node": {SCALED: {"backend": "torch", "precision": "float64", "source": "candidate"},
                     f"{PLANTED}.attn1.scores": {"implementation": "mine"}},
        "swaps": [{"key": "attention-scale", "places": [SCALED]},
                  {"key": "kernel-flipped", "places": None}],
    }  # fmt: skip
    assert checked_request(wanted, lab, block) == wanted


@pytest.mark.parametrize(
    "change",
    [
        {"block": "../../etc"},
        {"step": 99},
        {"step": "1"},
        {"step": True},
        {"rows": "all"},
        {"source": "/some/file.npz"},
        {"backend": "jax"},
        {"precision": "float8"},
        {"effect": "yes"},
        {"command": "rm -rf"},
        {"implementation": "evil.py:Name"},
        {"per_node": []},
        {"per_node": {"mid_blocks.0.0": {"backend": "torch"}}},
        {"per_node": {SCALED: {"command": "x"}}},
        {"per_node": {SCALED: {"implementation": "evil.py:Name"}}},
        {"per_node": {SCALED: {"implementation": "mine"}}},  # it belongs elsewhere
        {"per_node": {SCALED: {"source": "noise"}}},
        {"per_node": {SCALED: {"source": "/some/file.npz"}}},
        {"per_node": {SCALED: {"backend": {"$ne": 1}}}},
        {"per_node": {SCALED: "mlx"}},
        {"swaps": {"key": "attention-scale"}},
        {"swaps": [{"key": "no-such-fault", "places": None}]},
        {"swaps": [{"key": "attention-scale", "places": ["elsewhere"]}]},
        {"swaps": [{"key": "attention-scale", "places": "everywhere"}]},
        {"swaps": [{"key": "attention-scale", "places": None, "file": "evil.py"}]},
        {"swaps": [{"key": "attention-scale", "places": None}] * 17},
        {"swaps": ["attention-scale"]},
    ],
)
def test_anything_else_is_refused(change: dict[str, Any], lab, block) -> None:
    with pytest.raises(UsageError) as refused:
        checked_request({**PLAIN, **change}, lab, block)
    assert refused.value.code in ("unlisted", "request")
    assert len(refused.value.sentence) < 250


@pytest.mark.parametrize("body", [b"", b"[1]", b"null", b"{", b"\xff\xfe", b"[" * 50_000])
def test_a_body_must_be_an_object(body: bytes) -> None:
    with pytest.raises(UsageError, match="not a JSON object"):
        read_object(body)
    assert read_object(b'{"a": 1}') == {"a": 1}
