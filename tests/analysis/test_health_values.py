"""NaN, infinities, constants, storage order."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from inspector.analysis.health_context import build_context
from inspector.analysis.health_finding import Finding
from inspector.analysis.health_values import check_values
from inspector.errors import TraceError
from inspector.tensors import Array
from tests.analysis.health_probe import ask
from tests.analysis.synthetic_run import healthy_run


def test_a_healthy_run_is_fine() -> None:
    found = ask(check_values, healthy_run())
    assert {c: f.status for c, f in found.items()} == {"nonfinite": "ok", "constant": "ok"}


@pytest.mark.parametrize(("bad", "nan", "inf"), [(np.nan, 2, 0), (np.inf, 0, 2), (-np.inf, 0, 2)])
def test_nonfinite_values_are_counted_and_the_earliest_named(
    bad: float, nan: int, inf: int
) -> None:
    run = healthy_run()
    for name in ("step7_v_cond", "mu"):
        values = run[name].copy()
        values[0, 3, 5] = bad
        run[name] = values
    found = ask(check_values, run)["nonfinite"]
    assert found.status == "fail" and found.tensors == ("mu", "step7_v_cond")
    assert (found.values["nan"], found.values["inf"]) == (nan, inf)
    assert "earliest is mu" in found.sentence


@pytest.mark.parametrize("name", ["attn_mask", "attn_scores", "tfmr_bias_mask", "logits"])
def test_minus_infinity_in_scores_is_by_right(name: str) -> None:
    run = healthy_run()
    run.add(name, np.array([[0.0, -np.inf, 1.5]]))
    assert ask(check_values, run)["nonfinite"].status == "ok"
    run.add(name, np.array([[0.0, -np.inf, np.nan]]))
    assert ask(check_values, run)["nonfinite"].status == "fail"


@pytest.mark.parametrize("role", ["mu", "mel", "audio", "step3_v_cond", "step3_x_after"])
@pytest.mark.parametrize("value", [0.0, 1.5])
def test_a_constant_that_must_vary_fails(role: str, value: float) -> None:
    run = healthy_run()
    run[role] = np.full_like(run[role], value)
    found = ask(check_values, run)["constant"]
    assert found.status == "fail" and found.tensors == (role,)
    assert found.values["zero"] == int(value == 0)


@pytest.mark.parametrize("name", ["cond", "spk_emb", "some_activation"])
def test_another_constant_is_a_note(name: str) -> None:
    run = healthy_run()
    if name not in run.tensors:
        run.add(name, np.ones((1, 8)))
    run[name] = np.full_like(run[name], 0.25)
    found = ask(check_values, run)["constant"]
    assert found.status == "note" and f"{name} = 0.25" in found.sentence


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("emotion_value", np.array([[[0.5]]])),
        ("speech_lengths", np.array([98, 98])),
        ("token_mask", np.ones((1, 60))),
        ("norm.weight", np.ones(32)),
        ("norm.bias", np.zeros(32)),
        ("temperature", np.array(0.8)),
        ("t", np.array([0.5, 0.5])),
        ("nothing", np.empty((0, 4))),
    ],
)
def test_scalars_masks_lengths_and_fresh_weights_may_be_constant(name: str, values: Array) -> None:
    run = healthy_run()
    run.add(name, values)
    assert ask(check_values, run)["constant"].status == "ok"


def test_zero_noise_is_no_constant_that_must_vary() -> None:
    run = healthy_run()
    run["step1_x_before"] = np.zeros_like(run["step1_x_before"])
    assert ask(check_values, run)["constant"].status == "ok"
    run["step1_x_before"] = run["step1_x_before"] + 0.5
    assert ask(check_values, run)["constant"].status == "fail"


def test_column_major_files_are_a_note() -> None:
    run = healthy_run()
    run.tensors["mu"].fortran_order = True
    found = ask(check_values, run)["fortran_order"]
    assert found.status == "note" and found.tensors == ("mu",)
    assert "ignores the flag" in found.sentence


def test_the_order_of_a_single_row_does_not_matter() -> None:
    run = healthy_run()
    run.tensors["spk_emb"].fortran_order = True
    assert "fortran_order" not in ask(check_values, run)


def test_an_unreadable_tensor_fails() -> None:
    run = healthy_run()

    def fail():
        raise TraceError("truncated", "mu", "the file ends early")

    trace = run.trace
    records = tuple(
        dataclasses.replace(r, load=fail) if r.name == "mu" else r for r in trace.records
    )
    context = build_context(dataclasses.replace(trace, records=records), run.roles)
    found = next(
        f for f in check_values(context) if isinstance(f, Finding) and f.check == "unreadable"
    )
    assert found.status == "fail" and "the file ends early" in found.sentence
