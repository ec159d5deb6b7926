"""Which faults can act on a cell."""

from __future__ import annotations

import pytest

from inspector.diagnose.hypotheses import touched
from inspector.faults.registry import faults
from tests.diagnose.searches import GRAPH, SHAPES, Desk, edit_of, pair_with

BLOCK, TRANSFORMER = "mid_blocks.0.0", "mid_blocks.0.1.0"


@pytest.fixture(scope="module")
def desk():
    return Desk(pair_with(None))


def cut(desk, node, step=1):
    return desk.bench.isolator.cut(node, step)


def test_an_edit_touches_nodes_weights_and_inputs():
    scale = f"{TRANSFORMER}.attn1.scaled"
    assert touched(GRAPH, edit_of(("attention_scale_missing", (scale,)))).nodes == {scale}
    flipped = touched(GRAPH, edit_of(("kernel_flipped", (f"{BLOCK}.block1.block.0",))))
    assert (flipped.nodes, flipped.keys) == (set(), {f"{BLOCK}.block1.block.0.weight"})
    assert touched(GRAPH, edit_of("mu_reread")).inputs == {"mu"}


def test_a_fault_meets_only_cuts_that_it_changes(desk):
    flipped = desk.made("kernel_flipped", f"{BLOCK}.block1.block.0").touched
    assert flipped.meets(cut(desk, BLOCK))
    assert not flipped.meets(cut(desk, TRANSFORMER))
    # the mask is given to every block; mu only to the first one
    assert desk.made("mask_inverted").touched.meets(cut(desk, TRANSFORMER))
    assert desk.made("mu_reread").touched.meets(cut(desk, "down_blocks.0.0"))
    assert not desk.made("mu_reread").touched.meets(cut(desk, BLOCK))


def test_faults_come_at_all_places_of_a_cell_and_at_each_alone(desk):
    options = desk.hypotheses.singles(cut(desk, BLOCK))
    widest = next(h for h in options.together if h.fault.key == "kernel_flipped")
    convolutions = (f"{BLOCK}.block1.block.0", f"{BLOCK}.block2.block.0")
    assert widest.places == convolutions
    alone = [h.places for h in options.alone if h.fault.key == "kernel_flipped"]
    assert alone == [(place,) for place in convolutions]


def test_a_fault_with_one_place_in_a_cell_is_tried_once(desk):
    options = desk.hypotheses.singles(cut(desk, TRANSFORMER))
    scale = [h for h in (*options.together, *options.alone)
             if h.fault.key == "attention_scale_missing"]  # fmt: skip
    assert [h.places for h in scale] == [(f"{TRANSFORMER}.attn1.scaled",)]


def test_every_option_acts_on_its_cell_and_draws_are_kept_apart(desk):
    for random in (False, True):
        options = desk.hypotheses.singles(cut(desk, TRANSFORMER), random=random)
        assert options.together
        for one in (*options.together, *options.alone):
            assert one.fault.random is random
            assert one.touched.meets(cut(desk, TRANSFORMER))


def test_faults_without_a_place_in_this_decoder_are_left_out(desk):
    missing = {k for k, f in faults().items() if not f.places(GRAPH, SHAPES)}
    assert "group_norm_strided" in missing
    assert not missing & set(desk.hypotheses.places)
    assert missing | set(desk.hypotheses.places) == set(dict(faults().items()))


def test_the_same_hypothesis_is_made_once(desk):
    assert desk.made("kernel_flipped") is desk.made("kernel_flipped")
    assert desk.hypotheses.make(faults()["kernel_flipped"], ("nowhere",)) is None


def test_two_faults_are_joined_with_both_changes(desk):
    place = f"{BLOCK}.block1.block.0"
    edit = desk.hypotheses.joined(
        desk.made("kernel_flipped", place), desk.made("attention_scale_missing")
    )
    assert edit is not None
    assert {c.key for c in edit.weights} == {f"{place}.weight"}
    assert edit.graph.node(f"{TRANSFORMER}.attn1.scaled").constants["factor"] == 1.0
