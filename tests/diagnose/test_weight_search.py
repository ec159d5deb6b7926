"""Values that turn up at another name explain what names alone cannot."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.weight_pairs import relate_pairs
from inspector.diagnose.weight_search import find_by_value
from inspector.diagnose.weight_sides import open_sides
from inspector.live.weights_file import open_weights
from tests.diagnose.weight_files import fresh

RANDOM = np.random.default_rng(0)
A, B, C = (RANDOM.standard_normal((12, 12)).astype(np.float32) for _ in range(3))


def searched(folder, reference, candidate):
    np.savez(folder / "a.npz", **reference)
    np.savez(folder / "b.npz", **candidate)
    left, right, _ = open_sides(*(open_weights(folder / f"{n}.npz") for n in "ab"))
    findings, notes = find_by_value(left, right, relate_pairs(left, right))
    return {f.key: f for f in findings}, notes


def test_renamed_parameters_become_one_finding(tmp_path):
    found, _ = searched(tmp_path, {"a": A, "b": B}, {"x": A, "y": B})
    assert {k: (f.status, f.candidate_name) for k, f in found.items()} == {
        "a": ("renamed", "x"), "b": ("renamed", "y"),
    }  # fmt: skip


def test_a_renamed_parameter_may_be_rounded_or_moved(tmp_path):
    found, _ = searched(
        tmp_path, {"a": A, "b": B, "c": C}, {"x": A.astype(np.float16), "y": B.T, "z": C[::-1]}
    )
    assert {k: f.status for k, f in found.items()} == {
        "a": "renamed", "b": "transposed", "c": "permuted"
    }  # fmt: skip
    assert "rounded to float16" in found["a"].sentence
    assert "under the name y" in found["b"].sentence


def test_a_renamed_parameter_may_be_a_little_off(tmp_path):
    found, _ = searched(tmp_path, {"a": A}, {"x": A * np.float32(1.001)})
    assert found["a"].status == "renamed"
    assert "nearly" in found["a"].sentence


def test_two_candidates_that_are_nearly_it_join_nothing(tmp_path):
    near = {"x": A * np.float32(1.001), "y": A * np.float32(1.002)}
    found, _ = searched(tmp_path, {"a": A}, near)
    assert found["a"].status == "missing"


def test_swapped_parameters_are_both_misplaced(tmp_path):
    found, _ = searched(tmp_path, {"a": A, "b": B}, {"a": B, "b": A})
    assert {k: (f.status, f.values["values_of"]) for k, f in found.items()} == {
        "a": ("misplaced", "b"), "b": ("misplaced", "a"),
    }  # fmt: skip


def test_a_copy_of_another_is_misplaced_also_when_rounded_or_moved(tmp_path):
    found, _ = searched(tmp_path, {"a": A, "b": B}, {"a": A, "b": A.astype(np.float16).T})
    assert (found["a"].status, found["b"].status) == ("same", "misplaced")
    assert "in another order" in found["b"].sentence


def test_two_that_repeat_each_other_are_duplicated(tmp_path):
    found, _ = searched(tmp_path, {"a": A, "b": B}, {"a": C, "b": C})
    assert {f.status for f in found.values()} == {"duplicated"}
    assert found["a"].values["same_as"] == "b"


def test_constants_and_single_values_are_met_by_chance(tmp_path):
    reference = {"a": np.ones(8), "b": np.arange(8.0), "c": np.array([3.0]), "d": np.array([5.0])}
    candidate = {"a": np.ones(8), "b": np.ones(8), "c": np.array([5.0]), "d": np.array([5.0])}
    found, _ = searched(tmp_path, reference, candidate)
    assert found["b"].status == "initialisation"
    assert found["c"].status == "scaled"


def test_a_reference_that_was_never_trained_is_said(tmp_path):
    reference = {"w": fresh((32, 32), 32), "norm": np.ones(32), "ok": A}
    _, notes = searched(tmp_path, reference, reference)
    assert "2 of 3 parameters" in notes[0]
    assert searched(tmp_path, {"ok": A}, {"ok": A})[1] == []
