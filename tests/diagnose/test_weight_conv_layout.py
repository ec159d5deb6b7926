"""A whole file in the other layout is no fault; one turned convolution is."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.weight_audit import audit_weights

RANDOM = np.random.default_rng(0)
REFERENCE = {
    f"vocoder.conv{i}.weight": RANDOM.standard_normal((6, 5, 3)).astype(np.float32)
    for i in range(5)
} | {"vocoder.l.weight": RANDOM.standard_normal((6, 6)).astype(np.float32)}


def audited(folder, candidate):
    np.savez(folder / "a.npz", **REFERENCE)
    np.savez(folder / "b.npz", **candidate)
    return audit_weights(folder / "a.npz", folder / "b.npz")


def turned(axes, only=""):
    return {k: v.transpose(axes) if v.ndim == 3 and only in k else v for k, v in REFERENCE.items()}


def test_all_convolutions_of_mlx(tmp_path):
    found = audited(tmp_path, turned((0, 2, 1)))
    assert found.exit_code == 0
    assert any("5 convolution weights outside the decoder" in note for note in found.notes)


def test_one_convolution_is_a_fault(tmp_path):
    found = audited(tmp_path, turned((0, 2, 1), "conv3"))
    assert dict(found.counts) == {"same": 5, "transposed": 1}
    assert found.findings[0].key == "vocoder.conv3.weight"


def test_another_order_of_all_is_a_fault(tmp_path):
    assert audited(tmp_path, turned((1, 0, 2))).counts["transposed"] == 5


def test_a_turned_matrix_beside_is_still_a_fault(tmp_path):
    candidate = turned((0, 2, 1))
    candidate["vocoder.l.weight"] = candidate["vocoder.l.weight"].T
    found = audited(tmp_path, candidate)
    assert dict(found.counts) == {"same": 5, "transposed": 1}
