"""Coarse cells explained by what was found at fine ones."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.hypotheses import Hypotheses
from inspector.diagnose.search import Deadline, Search
from inspector.diagnose.together import explain_together, is_fine, split_by_grain
from inspector.diagnose.trial import Bench
from inspector.live.introduced import map_errors
from inspector.tensors import silent
from tests.blocks.seeded import MATCHA, seeded_weights
from tests.diagnose.searches import Desk, edit_of, errors_of, pair_with, suspect_of
from tests.live.pair import make_pair
from tests.live.recorded import record_run

PROJECTION, SCALE = "final_projection_unloaded", "time_scale_missing"


def desk_and_cells(*faults, steps=(1, 2)):
    """A block-level recording that holds the blocks at some steps only."""
    desk = Desk(pair_with(edit_of(*faults), "blocks", steps=steps))
    return desk, list(errors_of(desk.pair).faulty)


def test_whole_passes_are_coarse_beside_recorded_blocks():
    desk, cells = desk_and_cells("attention_scale_missing")
    fine, coarse = split_by_grain(cells, desk.search)
    assert {c.node for c in coarse} == {"ode.v_cond", "ode.v_uncond"}
    assert {c.step for c in coarse} == {2, 3}
    assert {c.block for c in fine} >= {"mid_blocks.0.1.0", "up_blocks.0.1.0"}


def test_without_finer_cells_nothing_is_coarse():
    desk = Desk(pair_with(edit_of("attention_scale_missing"), "ode"))
    cells = [c for c in errors_of(desk.pair).faulty if c.node.startswith("ode.v_")]
    assert cells
    assert split_by_grain(cells, desk.search) == (cells, [])


@pytest.mark.parametrize(
    "found", [("attention_scale_missing",), (PROJECTION, SCALE)], ids=["exact", "with a draw"]
)
def test_the_mistakes_that_were_found_explain_coarse_cells(found):
    desk, cells = desk_and_cells(*found)
    _, coarse = split_by_grain(cells, desk.search)
    suspects = [suspect_of(key, scope="all", cells=1) for key in found]
    after, left = explain_together(coarse, suspects, desk.search)
    assert coarse
    assert left == []
    assert [s.cells for s in after] == [1 + len(coarse)] * len(found)
    assert desk.lines


def test_other_mistakes_do_not_explain_them():
    desk, cells = desk_and_cells("attention_scale_missing")
    _, coarse = split_by_grain(cells, desk.search)
    suspects = [suspect_of("attention_scale_twice", scope="all", cells=1)]
    after, left = explain_together(coarse, suspects, desk.search)
    assert left == coarse
    assert [s.cells for s in after] == [1]


def test_half_of_what_acts_does_not_explain_them():
    desk, cells = desk_and_cells("attention_scale_missing", SCALE)
    _, coarse = split_by_grain(cells, desk.search)
    suspects = [suspect_of("attention_scale_missing", scope="all", cells=1)]
    _, left = explain_together(coarse, suspects, desk.search)
    assert left == coarse


def test_fresh_weights_of_one_layer_are_confirmed_at_that_layer():
    layer = "mid_blocks.0.1.0.ff.net.0.proj"
    desk, cells = desk_and_cells(("feed_forward_unloaded", (layer,)))
    _, coarse = split_by_grain(cells, desk.search)
    suspects = [suspect_of("feed_forward_unloaded", where=(layer,), scope="one", cells=1)]
    after, left = explain_together(coarse, suspects, desk.search)
    assert coarse
    assert left == []
    assert [s.cells for s in after] == [1 + len(coarse)]


def test_a_mask_from_another_block_does_not_make_a_block_coarse():
    """The masks of Matcha are made smaller in the block before."""
    weights = seeded_weights(MATCHA)
    healthy = record_run(MATCHA, weights, level="blocks", frames=24, valid=20)
    name = next(n for n in healthy if n.endswith("mid_blocks.0.1.0"))
    wrong = {**healthy, name: healthy[name] * np.float32(1.5)}
    pair = make_pair(MATCHA, weights, healthy, wrong, framework="torch")
    bench = Bench(pair.candidate)
    search = Search(
        bench, Hypotheses(pair.graph, pair.store.shapes(), ()), Deadline(60), silent, print
    )
    (cell, *_) = [c for c in map_errors(pair.candidate, pair.reference).faulty
                  if c.node == "mid_blocks.0.1.0"]  # fmt: skip
    assert {n.block for n in bench.cut(cell).graph.nodes} > {"mid_blocks.0.1.0"}
    assert is_fine(cell, search)
