"""Modules are known by the names of any port, and every place says what to look at."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from inspector.analysis.tensor import compare_pair
from inspector.diagnose.places import Places, module_path
from inspector.io.trace import open_trace
from inspector.tensors import TensorPair
from tests import runs

DEMO = Path(__file__).parents[2] / "traces" / "demo"


def place(name, other="x.y", role=""):
    records = (runs.record(n, np.zeros(1)) for n in (name, other))
    return Places(()).of(TensorPair(*records, "same name", 1.0, role=role))


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("step01/decoder.estimator.down_blocks.0.0", "ResNet"),
        ("step2.midBlocks[1].resnet", "ResNet"),
        ("step01/decoder.estimator.down_blocks.0.1.0", "transformer"),
        ("step01/decoder.estimator.up_blocks.0.2", "convolution at the end of a stage"),
        ("step01/decoder.estimator.mid_blocks.0.1.0.attn1.to_out.0", "output of an attention"),
        ("step2.midBlocks[1].transformers[0].attention.queryProj", "projection of an attention"),
        ("step01/decoder.estimator.mid_blocks.0.1.0.ff.net.0", "activation of a feed-forward"),
        ("step01/decoder.estimator.mid_blocks.0.1.0.ff.net.2", "linear layer of a feed-forward"),
        ("step01/decoder.estimator.down_blocks.0.0.block1.block.2", "norm after a convolution"),
        ("step01/decoder.estimator.down_blocks.0.0.res_conv", "skip convolution of a ResNet"),
        ("step01/decoder.estimator.time_mlp.linear_2", "time embedding"),
        ("step02/decoder.final_proj", "final projection"),
        ("encoder.layers.3.self_attn", "attention"),
        ("mu", None),
    ],
)
def test_a_module_is_known_by_its_name(name, called):
    found = place(name)
    assert (found.called if found else None) == called


def test_the_name_of_either_side_is_enough():
    assert place("t_4c0ef5d9", "step2.midBlocks[1].resnet").called == "ResNet"
    assert place("t_4c0ef5d9", "u_17") is None


def test_a_role_speaks_before_the_name():
    assert place("step01/decoder.estimator.down_blocks.0.0", role="v_cfg").called.startswith(
        "guided velocity"
    )
    assert place("step01/decoder.estimator.down_blocks.0.0", role="mu") is None


@pytest.mark.parametrize(
    ("parts", "called"),
    [
        ((0, 1, 2), ["convolution of a block", "norm after a convolution",
                     "activation of a block"]),
        ((0, 2, 4), ["convolution of a block", "norm after a convolution",
                     "activation of a block"]),
    ],
)  # fmt: skip
def test_parts_of_a_block_are_counted_as_its_trace_counts_them(parts, called):
    names = [f"step01/estimator.down_blocks.0.0.block1.block.{n}" for n in parts]
    tensors = [
        compare_pair(TensorPair(*(runs.record(n, np.ones(3)) for _ in range(2)), "same name", 1.0))
        for n in names
    ]
    places = Places(tensors)
    assert [places.of(t.pair).called for t in tensors] == called
    assert places.aside(tensors[2].pair) == " (activation of a block)"


@pytest.mark.parametrize("side", ["reference", "story-unloaded-weights"])
def test_every_module_of_the_demo_has_a_place(side):
    if not DEMO.exists():
        pytest.skip("the demo is not installed")
    inner = [r.name for r in open_trace(DEMO / side).records
             if re.match(r"step\d+/decoder", r.name)]  # fmt: skip
    unknown = [name for name in inner if place(name) is None]
    assert len(inner) > 20
    assert unknown == []
    assert all(place(name).look_at for name in inner)


def test_parts_are_offered_of_modules_that_have_some():
    assert place("step01/decoder.estimator.down_blocks.0.0").has_parts
    assert not place("step01/decoder.estimator.time_mlp.linear_2").has_parts


def test_two_spellings_have_one_path():
    first = module_path("step01/decoder.estimator.mid_blocks.0.1.0.attn1.to_out.0")
    assert first == module_path("step2.midBlocks[0].transformers[0].attention.outProj")
