"""A case says in one line what it is."""

from __future__ import annotations

import json

from inspector.suite.case import Case


def test_a_case_describes_itself():
    case = Case(
        "faults, ops", faults=("kernel_flipped",), places="one", side="reference", level="ops",
        names="camel-swift", dtype="float16", partial="half", frames=16, seed=3,
    )  # fmt: skip
    assert case.describe() == (
        "faults, ops: kernel_flipped at one place in the reference, small decoder, level ops, "
        "names pytorch / camel-swift, axes torch / mlx, float16, partial (half), T = 16, seed 3"
    )
    assert Case("healthy").describe().startswith("healthy: nothing planted, small decoder")
    assert Case("controls", control="unpadded").describe().startswith("controls: unpadded,")


def test_what_a_case_is():
    assert Case("x").healthy and Case("x").names_tell
    assert not Case("x", faults=("euler_sign",)).healthy
    assert not Case("x", names="random").names_tell
    assert not Case("x", reference_names="random").names_tell


def test_a_case_is_plain_values():
    assert json.loads(json.dumps(Case("x", faults=("a", "b")).to_dict()))["faults"] == ["a", "b"]
