"""Every parameter of either side gets one finding with a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.weight_pairs import relate_pairs
from inspector.diagnose.weight_sides import open_sides
from inspector.errors import TraceError
from inspector.live.weights_file import open_weights
from tests.diagnose.weight_files import fresh


def related(folder, reference, candidate):
    np.savez(folder / "a.npz", **reference)
    np.savez(folder / "b.npz", **candidate)
    files = [open_weights(folder / name) for name in ("a.npz", "b.npz")]
    left, right, _ = open_sides(*files)
    return {f.key: f for f in relate_pairs(left, right)}


def test_one_sided_parameters(tmp_path):
    found = related(
        tmp_path, {"a": np.ones(2), "b": np.ones(2)}, {"b": np.ones(2), "c": np.ones(2)}
    )
    assert {k: f.status for k, f in found.items()} == {"a": "missing", "b": "same", "c": "unused"}
    assert found["a"].candidate_name == found["c"].reference_name == ""
    assert "no such parameter" in found["a"].sentence
    assert "in silence" in found["c"].sentence


def test_a_fresh_bias_is_known_by_its_weight(tmp_path):
    random = np.random.default_rng(0)
    a = {"l.weight": random.standard_normal((128, 512)), "l.bias": random.standard_normal(128)}
    found = related(tmp_path, a, {**a, "l.bias": fresh((128,), 512)})
    assert found["l.bias"].status == "initialisation"
    assert "instead of" in found["l.bias"].sentence


@pytest.mark.parametrize(
    ("reference", "candidate", "status"),
    [
        (np.array([2**60 + 1]), np.array([2**60]), "differs"),
        (np.array([2**60]), np.array([2**60]), "same"),
        (np.array([1.0 + 1e-12, 2.0]), np.array([1.0, 2.0]), "dtype"),
        (np.array([1.0, 2.0]), np.array([1.0, 2.0], np.float32), "same"),
        (np.array([1, 2]), np.array([1.0, 2.0]), "same"),
        (np.array([16777217]), np.array([16777216.0], np.float32), "differs"),
        (np.array([True, False]), np.array([True, True]), "initialisation"),
        (np.array(3), np.array(3), "same"),
        (np.zeros((0, 2)), np.zeros((0, 2)), "same"),
    ],
)  # fmt: skip
def test_values_that_float32_does_not_hold(tmp_path, reference, candidate, status):
    assert related(tmp_path, {"x": reference}, {"x": candidate})["x"].status == status


def test_a_file_that_changes_is_an_error(tmp_path):
    for name in "ab":
        np.savez(tmp_path / f"{name}.npz", x=np.ones(3))
    left, right, _ = open_sides(*(open_weights(tmp_path / f"{n}.npz") for n in "ab"))
    np.savez(tmp_path / "b.npz", x=np.ones(300))
    with pytest.raises(TraceError) as caught:
        relate_pairs(left, right)
    assert caught.value.code == "changed"


def test_a_damaged_parameter_does_not_hide_the_others(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(9.0), y=np.arange(9.0))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[content.index(np.float64(7).tobytes())] ^= 1
    (tmp_path / "b.npz").write_bytes(content)
    left, right, _ = open_sides(*(open_weights(tmp_path / f"{n}.npz") for n in "ab"))
    found = {f.key: f for f in relate_pairs(left, right)}
    assert sorted(f.status for f in found.values()) == ["same", "unread"]
    assert "checksum" in found["x"].sentence
