"""A user's code in place of a slot, a node or a block."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.live.noise import relative_l2
from inspector.live.plan import Choice, RunPlan, Swap
from inspector.live.running import run_plan
from inspector.live.user_call import UserCall
from inspector.live.user_code import read_implementation
from tests.live.labs import lab_of

BLOCK = "mid_blocks.0.1.0"
SCALED = f"{BLOCK}.attn1.scaled"
SOURCE = """
import math

def scale(inputs, params, settings):
    assert len(inputs) == 1 and not params
    return inputs[0] * settings["factor"]

def no_scale(inputs, params, settings):
    return inputs[0]

def greedy(inputs, params, settings):
    inputs[0] *= 0
    return inputs[0] + 1

def linear(inputs, params, settings):
    return inputs[0] @ params["weight"].T + params["bias"]

def mlx_scale(inputs, params, settings):
    import mlx.core as mx
    assert isinstance(inputs[0], mx.array)
    return mx.multiply(inputs[0], settings["factor"])
mlx_scale.backend = "mlx"

def block(inputs, weights, settings):
    import torch
    import torch.nn.functional as F
    assert set(inputs) == {"h", "mask"}, set(inputs)
    assert settings["kind"] == "transformer" and settings["block"] == "mid_blocks.0.1.0"
    h, heads = inputs["h"], settings["heads"]
    def norm(x, key):
        return F.layer_norm(x, x.shape[-1:], weights[key + ".weight"], weights[key + ".bias"],
                            settings["eps"])
    def split(letter):
        y = x @ weights[f"attn1.to_{letter}.weight"].T
        return y.unflatten(-1, (heads, -1)).transpose(1, 2)
    x = norm(h, "norm1")
    bias = (1 - inputs["mask"].transpose(1, 2)[:, None]) * -1e10
    y = F.scaled_dot_product_attention(split("q"), split("k"), split("v"), attn_mask=bias)
    y = y.transpose(1, 2).flatten(2)
    middle = h + y @ weights["attn1.to_out.0.weight"].T + weights["attn1.to_out.0.bias"]
    z = F.gelu(norm(middle, "norm3") @ weights["ff.net.0.proj.weight"].T
               + weights["ff.net.0.proj.bias"])
    out = middle + z @ weights["ff.net.2.weight"].T + weights["ff.net.2.bias"]
    return {"output": out, "after_attention": middle}

class Doubled:
    def __call__(self, inputs, weights, settings):
        return inputs["h"] * 2

def raises(inputs, params, settings):
    return [][3]

def text(inputs, params, settings):
    return "no array"

def wrong_shape(inputs, params, settings):
    return inputs[0][..., :-1]

def integers(inputs, params, settings):
    return (inputs[0] * 0).int()

def numpy_array(inputs, params, settings):
    return inputs[0].numpy()

def other_name(inputs, weights, settings):
    return {"result": inputs["h"]}

def unknown_inner(inputs, weights, settings):
    return {"output": inputs["h"], "after": inputs["h"]}

def nan(inputs, params, settings):
    return inputs[0] * math.nan
"""


@pytest.fixture
def codes(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)

    def read(*texts):
        found = [read_implementation(f"{path}:{text}") for text in texts]
        return {code.name: code for code in found}

    return read


def run(plan, codes, **options):
    return run_plan(plan, lab_of(level="values", frames=12, valid=9), codes=codes, **options)


@pytest.mark.parametrize("name", ["scale", "mlx_scale"])
@pytest.mark.parametrize("child", [False, True])
def test_a_slot(codes, name, child):
    result = run(RunPlan(BLOCK, swaps=(Swap(name, ("attention_scale",)),)), codes(name),
                 child=child)  # fmt: skip
    assert result.error(BLOCK).reference.relative_l2 < 1e-6
    wrong = run(RunPlan(BLOCK, swaps=(Swap("no_scale", ("attention_scale",)),)),
                codes("no_scale"), child=child)  # fmt: skip
    assert wrong.error(BLOCK).reference.relative_l2 > 1e-3


def test_the_place_of_the_text_and_the_choice_of_a_node(codes):
    placed = run(RunPlan(BLOCK, swaps=(Swap("no_scale"),)), codes("no_scale@attention_scale"))
    chosen = run(RunPlan(BLOCK, nodes=((SCALED, Choice(implementation="no_scale")),)),
                 codes("no_scale"))  # fmt: skip
    slot = run(RunPlan(BLOCK, slots=(("attention_scale", Choice(implementation="no_scale")),)),
               codes("no_scale"))  # fmt: skip
    for result in (placed, chosen, slot):
        assert result.error(BLOCK).reference.relative_l2 > 1e-3
        assert result.error(f"{BLOCK}.attn1.scores").reference.relative_l2 < 1e-6


def test_parameters_arrive_in_the_layout_of_pytorch(codes):
    node = f"{BLOCK}.ff.net.2"
    result = run(RunPlan(BLOCK, swaps=(Swap("linear", (node,)),)), codes("linear"))
    assert result.error(BLOCK).reference.relative_l2 < 1e-6


def test_the_progress_of_a_page_does_not_go_to_the_child(codes):
    class Job:
        def __init__(self):
            self.lock, self.told = threading.Lock(), []

        def progress(self, done, total, what):
            self.told.append(what)

    job = Job()
    plan = RunPlan(BLOCK, swaps=(Swap("scale", ("attention_scale",)),))
    result = run(plan, codes("scale"), child=True, progress=job.progress)
    assert result.error(BLOCK).reference.relative_l2 < 1e-6
    assert job.told


def test_what_is_changed_in_place_does_not_leak(codes):
    result = run(RunPlan(BLOCK, swaps=(Swap("greedy", (SCALED,)),)), codes("greedy"))
    assert np.array_equal(result.value(SCALED), np.ones_like(result.value(SCALED)))
    assert result.error(f"{BLOCK}.attn1.scores").reference.relative_l2 < 1e-6


@pytest.mark.parametrize("child", [False, True])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_block(codes, child, precision):
    plan = RunPlan(BLOCK, swaps=(Swap("block", (BLOCK,)),), precision=precision)
    result = run(plan, codes("block"), child=child)
    assert set(result.values[1]) == {BLOCK, f"{BLOCK}.after_attention"}
    assert result.error(BLOCK).reference.relative_l2 < 1e-6
    assert result.error(f"{BLOCK}.after_attention").reference.relative_l2 < 1e-6
    assert result.values[1][BLOCK].dtype == precision


def test_a_class_is_made_once_per_call_and_replaces_a_kind_of_block(codes):
    result = run(RunPlan("mid_blocks", values="blocks", swaps=(Swap("Doubled", ("transformer",)),)),
                 codes("Doubled"))  # fmt: skip
    for number in (0, 1):
        before = result.value(f"mid_blocks.{number}.0")
        assert relative_l2(result.value(f"mid_blocks.{number}.1.0"), 2 * before) < 1e-6


def test_a_block_without_a_place_replaces_what_the_plan_runs(codes):
    assert (
        run(RunPlan(BLOCK, swaps=(Swap("block"),)), codes("block"))
        .error(BLOCK)
        .reference.relative_l2
        < 1e-6
    )
    with pytest.raises(UsageError, match="nothing says which part it replaces"):
        run(RunPlan("step", swaps=(Swap("block"),)), codes("block"))


@pytest.mark.parametrize(
    ("name", "place", "match"),
    [
        ("raises", SCALED, "raises IndexError at line 5"),
        ("text", SCALED, "is of type str"),
        ("wrong_shape", SCALED, "the shape 2 x 2 x 12 x 11; expected 2 x 2 x 12 x 12"),
        ("integers", SCALED, "holds int32 values"),
        ("numpy_array", SCALED, "no array of torch"),
        ("other_name", BLOCK, "it returns result; expected an array, or a dict with `output`"),
        ("unknown_inner", BLOCK, "it returns the value 'after'"),
        ("block", "ode", "cannot be replaced as a whole"),
        ("block", "nowhere", "no part called nowhere"),
        ("Doubled", SCALED, "raises TypeError"),
    ],
)
@pytest.mark.parametrize("child", [False, True])
def test_what_goes_wrong_is_one_sentence(codes, name, place, match, child):
    with pytest.raises(UsageError, match=match):
        run(RunPlan(BLOCK, swaps=(Swap(name, (place,)),)), codes(name), child=child)


def test_nan_is_noted(codes):
    result = run(RunPlan(BLOCK, swaps=(Swap("nan", (SCALED,)),)), codes("nan"))
    assert any(SCALED in note and "NaN" in note for note in result.notes)


def test_a_changed_file_is_run_again(codes, tmp_path):
    plan = RunPlan(BLOCK, swaps=(Swap("scale", (SCALED,)),))
    assert run(plan, codes("scale")).error(BLOCK).reference.relative_l2 < 1e-6
    path = tmp_path / "mine.py"
    path.write_text(SOURCE.replace('* settings["factor"]', "* 2"))
    assert run(plan, codes("scale")).error(BLOCK).reference.relative_l2 > 1e-3


def test_a_call_crosses_a_process_as_plain_values(codes):
    code = codes("scale")["scale"]
    call = UserCall(code, SCALED, "torch", "float32", (2, -1), ("h",), {"a": 1}, {"x": "y"})
    assert UserCall.from_dict(call.to_dict()) == call
