"""Weights of other layers and blocks: each value comes from where the entry says."""

from __future__ import annotations

import numpy as np

from inspector.blocks.decoder import step_graph
from inspector.faults.edit import changed_weights
from inspector.faults.registry import faults
from tests.faults.small_run import DEEP, MATCHA, SMALL, healthy_and_faulty, shapes, weights


def _changed(key, config, places):
    edit = faults()[key].apply(step_graph(config), places, shapes(config))
    return weights(config), changed_weights(weights(config), edit.weights), edit


def _moved(before, after, own, other):
    keys = [k for k in before if k.startswith(f"{own}.")]
    return keys and all(
        np.array_equal(after[k], before[k.replace(own, other, 1)]) for k in keys
    )  # fmt: skip


def test_the_next_block_of_the_same_shape():
    before, after, edit = _changed("weights_of_another_block", DEEP, ["mid_blocks.0.1.1"])
    assert _moved(before, after, "mid_blocks.0.1.1", "mid_blocks.1.1.0")
    assert {c.key.rsplit(".1.1.", 1)[0] for c in edit.weights} == {"mid_blocks.0"}


def test_neighbours_hold_each_others_weights():
    for one, two in (("mid_blocks.3", "mid_blocks.4"), ("mid_blocks.3.1.0", "mid_blocks.3.1.1")):
        before, after, _ = _changed("neighbours_swapped", DEEP, [one])
        assert _moved(before, after, one, two)
        assert _moved(before, after, two, one)


def test_a_stage_without_an_equal_neighbour_is_no_place():
    places = faults()["neighbours_swapped"].places(step_graph(SMALL), shapes(SMALL))
    assert places == ("mid_blocks.0",)


def test_blocks_in_the_order_of_their_names_as_text():
    before, after, edit = _changed("blocks_sorted_as_text", DEEP, None)
    order = sorted(range(12), key=str)
    assert order[:4] == [0, 1, 10, 11]
    for place, source in enumerate(order):
        assert _moved(before, after, f"mid_blocks.{place}", f"mid_blocks.{source}")
    assert not [c for c in edit.weights if c.key.startswith(("mid_blocks.0.", "mid_blocks.1."))]
    assert faults()["blocks_sorted_as_text"].places(step_graph(SMALL), shapes(SMALL)) == ()


def test_layers_of_a_transformer_swapped():
    block = "mid_blocks.0.1.0"
    for key, one, two in (
        ("norms_swapped", "norm1", "norm3"),
        ("query_key_weights_swapped", "attn1.to_q", "attn1.to_k"),
        ("key_value_weights_swapped", "attn1.to_k", "attn1.to_v"),
    ):
        before, after, edit = _changed(key, SMALL, [block])
        assert _moved(before, after, f"{block}.{one}", f"{block}.{two}")
        assert _moved(before, after, f"{block}.{two}", f"{block}.{one}")
        assert len(edit.weights) == (4 if one == "norm1" else 2)


def test_snakes():
    name = "down_blocks.0.1.0.ff.net.0"
    known = weights(MATCHA)
    alpha, beta = known[f"{name}.alpha"].astype(float), known[f"{name}.beta"].astype(float)
    healthy, faulty = healthy_and_faulty("snake_in_place_of_snakebeta", MATCHA, [name])
    x = healthy[f"{name}.proj"]
    right = x + np.sin(np.exp(alpha) * x) ** 2 / (np.exp(beta) + 1e-9)
    assert np.allclose(healthy[name], right)
    wrong = x + np.sin(np.exp(alpha) * x) ** 2 / (np.exp(alpha) + 1e-9)
    assert np.allclose(faulty[name], wrong)
    _, faulty = healthy_and_faulty("snakebeta_alpha_without_exp", MATCHA, [name])
    wrong = x + np.sin(alpha * x) ** 2 / (np.exp(beta) + 1e-9)
    assert np.allclose(faulty[name], wrong, atol=1e-6)
