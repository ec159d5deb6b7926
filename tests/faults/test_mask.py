"""Mask faults against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.faults.registry import faults
from tests.faults.small_run import MATCHA, SMALL, healthy_and_faulty

BLOCK = "mid_blocks.0.1.0.attn1"
BIG = -1e10


def _mask(values):
    key = values["rows.mask"].swapaxes(1, 2)[:, None]
    return key, key.swapaxes(2, 3)


FORMULAS = {
    "added_01": lambda s, key, query, later: s + key,
    "multiplicative": lambda s, key, query, later: s * key,
    "inverted": lambda s, key, query, later: s + key * BIG,
    "query": lambda s, key, query, later: s + (1 - query) * BIG,
    "causal": lambda s, key, query, later: s + (1 - key) * BIG + later * BIG,
    "none": lambda s, key, query, later: s,
}


@pytest.mark.parametrize("mode", FORMULAS)
def test_masked_scores(mode):
    healthy, faulty = healthy_and_faulty(f"attention_mask_{mode}", SMALL, [f"{BLOCK}.masked"])
    scores = healthy[f"{BLOCK}.scaled"]
    key, query = _mask(healthy)
    later = np.triu(np.ones(scores.shape[-2:]), 1)
    assert np.allclose(healthy[f"{BLOCK}.masked"], scores + (1 - key) * BIG)
    assert np.allclose(faulty[f"{BLOCK}.masked"], FORMULAS[mode](scores, key, query, later))


def test_the_additive_mask_where_the_source_adds_the_mask():
    place = "down_blocks.0.1.0.attn1.masked"
    healthy, faulty = healthy_and_faulty("attention_mask_additive", MATCHA, [place])
    scores = healthy[place.replace("masked", "scaled")]
    key, _ = _mask(healthy)
    assert np.allclose(healthy[place], scores + key)
    assert np.allclose(faulty[place], scores + (1 - key) * BIG)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("residual_not_masked", "mid_blocks.0.0.res_conv.masked"),
        ("convolution_not_masked", "mid_blocks.0.0.block2.masked"),
        ("output_not_masked", "mid_blocks.0.0.block1"),
    ],
)
def test_a_mask_that_is_not_applied(key, place):
    healthy, faulty = healthy_and_faulty(key, SMALL, [place])
    source = step_graph(SMALL).node(place).inputs[0]
    mask = healthy["rows.mask"]
    assert np.allclose(healthy[place], healthy[source] * mask)
    assert np.allclose(faulty[place], healthy[source])
    assert not np.allclose(faulty[place], healthy[place])


def test_an_inverted_and_a_smart_mask():
    place = "mid_blocks.0.0.block1"
    source = step_graph(SMALL).node(place).inputs[0]
    healthy, faulty = healthy_and_faulty("mask_application_inverted", SMALL, [place])
    assert np.allclose(faulty[place], healthy[source] * (1 - healthy["rows.mask"]))
    healthy, faulty = healthy_and_faulty("mask_smart", SMALL, [place])
    empty = healthy["rows.mask"].sum((1, 2)) == 0
    assert empty.tolist() == [False, False, True] * 2
    assert np.allclose(faulty[place][empty], healthy[source][empty])
    assert np.array_equal(faulty[place][~empty], healthy[place][~empty])


def test_the_three_kinds_of_places_are_apart_and_leave_out_what_is_masked_already():
    graph = step_graph(SMALL)
    keys = ("residual_not_masked", "convolution_not_masked", "output_not_masked")
    places = [set(faults()[k].places(graph, {})) for k in keys]
    assert sum(map(len, places)) == len(set.union(*places))
    every = {n.name for n in graph.nodes if n.op == "apply_mask"}
    assert every - set.union(*places) == {"final_proj.masked"}
