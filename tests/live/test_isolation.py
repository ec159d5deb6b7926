"""Cuts: the smallest part between a value and what else was recorded."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from inspector.errors import Cancelled, TraceError
from inspector.faults.registry import faults
from inspector.live import isolation
from inspector.live.execution import Placement
from inspector.live.noise import relative_l2
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.live.labs import edit_of
from tests.live.pair import make_pair
from tests.live.recorded import record_run

BLOCK = "mid_blocks.0.1.0"
SCALED = f"{BLOCK}.attn1.scaled"


@cache
def pair_of(level="ops", rows="both", fault="", place=None, config=SMALL, **recording):
    weights = seeded_weights(config)
    reference = record_run(config, weights, level=level, rows=rows, **recording)
    edit = edit_of(config, weights, (fault, None if place is None else (place,))) if fault else None
    candidate = record_run(config, weights, level=level, rows=rows, edit=edit, style="mlx",
                           **recording)  # fmt: skip
    return make_pair(config, weights, reference, candidate)


def test_with_every_value_recorded_a_cut_is_one_operation():
    cut = pair_of("values").candidate.cut(SCALED, 1)
    assert [node.name for node in cut.graph.nodes] == [SCALED]
    assert cut.given == (f"{BLOCK}.attn1.scores",)


def test_with_blocks_recorded_a_cut_is_a_block():
    cut = pair_of("blocks").candidate.cut(BLOCK, 1)
    assert {node.block for node in cut.graph.nodes} <= {BLOCK, "ode"}
    assert set(cut.given) == {"mid_blocks.0.0", "mask"}


def test_with_states_alone_a_cut_is_the_whole_forward():
    cut = pair_of("ode").candidate.cut("ode.v_cond", 1)
    assert len(cut.graph) > 100
    assert {"x", "mu", "mask", "speaker", "cond"} <= set(cut.given)


def test_a_cut_can_be_told_what_not_to_start_from():
    isolator = pair_of("blocks").candidate
    cut = isolator.cut(BLOCK, 1, outside=["mid_blocks.0.0"])
    assert "mid_blocks.0.0" in cut.graph
    assert "mid_blocks.0.0" not in cut.given


@pytest.mark.parametrize("level", ["ode", "blocks", "ops", "values"])
@pytest.mark.parametrize("rows", ["both", "cond"])
@pytest.mark.parametrize("config", [SMALL, MATCHA])
def test_healthy_cells_repeat_to_rounding(level, rows, config):
    isolator = pair_of(level, rows, config=config, valid=19).candidate
    cells = isolator.cells()
    assert len(cells) == len(set(cells)) > 3 * config.steps
    for node, step in cells:
        cut = isolator.cut(node, step)
        own, run = isolator.recorded(node, step, cut.rows), isolator.run(cut)[node]
        assert relative_l2(run[: len(own)], own) < 1e-5, (node, step)


def test_recordings_of_the_conditional_rows_run_on_these():
    isolator = pair_of("blocks", "cond").candidate
    cut = isolator.cut(BLOCK, 0)
    assert cut.rows == 1
    assert isolator.run(cut)[BLOCK].shape[0] == 1
    whole = isolator.cut("ode.v_uncond", 0)
    assert whole.rows is None
    assert "mid_blocks.0.0" not in whole.given


def test_the_faulty_cell_differs_and_its_fault_reproduces_it():
    pair = pair_of("blocks", fault="attention_scale_missing", place=SCALED)
    isolator = pair.candidate
    cut = isolator.cut(BLOCK, 2)
    own = isolator.recorded(BLOCK, 2)
    assert relative_l2(isolator.run(cut)[BLOCK], own) > 1e-3
    edit = faults()["attention_scale_missing"].apply(pair.graph, [SCALED])
    assert relative_l2(isolator.run(cut, edit)[BLOCK], own) < 1e-6


@pytest.mark.parametrize(
    ("fault", "place", "target"),
    [
        ("bias_lost", f"{BLOCK}.ff.net.2", BLOCK), ("mask_inverted", "mask", "ode.v_cond"),
        ("cfg_sum", "ode.v_cfg", "ode.v_cfg"), ("transformer_post_norm", BLOCK, BLOCK),
        ("uncond_keeps_prompt", "rows.cond", "ode.v_uncond"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rows", ["both", "cond"])
def test_weights_inputs_and_wiring_can_be_edited(fault, place, target, rows):
    pair = pair_of("blocks", rows, fault=fault, place=place, valid=19)
    isolator, store = pair.candidate, pair.store
    edit = faults()[fault].apply(pair.graph, [place], store.shapes())
    outside = [n for n in isolator.pool(1) if "_blocks" in n] if target != BLOCK else ()
    cut = isolator.cut(target, 1, outside=[*outside, "final_block", "final_proj"])
    own = isolator.recorded(target, 1, cut.rows)
    plain = isolator.run(cut)[target]
    assert relative_l2(plain, own) > 1e-4
    assert relative_l2(isolator.run(cut, edit)[target], own) < 1e-5


def test_values_can_come_from_the_other_side():
    pair = pair_of("blocks", fault="attention_scale_missing", place=SCALED)
    cut = pair.candidate.cut("mid_blocks.1.0", 1)
    there = pair.reference.pool(1)
    found = pair.candidate.run(cut, pool=there)["mid_blocks.1.0"]
    assert relative_l2(found, pair.reference.recorded("mid_blocks.1.0", 1)) < 1e-6
    assert relative_l2(found, pair.candidate.recorded("mid_blocks.1.0", 1)) > 1e-3


def test_inner_values_can_be_kept_and_placed():
    isolator = pair_of("blocks").candidate
    cut = isolator.cut(BLOCK, 1)
    found = isolator.run(cut, keep=[SCALED], placement=Placement("mlx", "float16"))
    exact = isolator.run(cut, keep=[SCALED], placement=Placement("torch", "float64"))
    assert set(found) == {SCALED}
    assert 1e-5 < relative_l2(found[SCALED], exact[SCALED]) < 1e-2


def test_inputs_that_a_side_lacks_come_from_the_other_and_are_said():
    weights = seeded_weights(SMALL)
    reference, candidate = record_run(SMALL, weights), record_run(SMALL, weights, style="mlx")
    for name in ("mu", "mask"):
        del candidate[name]
    pair = make_pair(SMALL, weights, reference, candidate)
    assert any(s.startswith("mu ") for s in pair.candidate.assumed)
    cut = pair.candidate.cut("ode.v_cond", 0)
    found = pair.candidate.run(cut)["ode.v_cond"]
    assert relative_l2(found, pair.candidate.recorded("ode.v_cond", 0)) < 1e-5


def test_without_any_mask_all_frames_are_valid():
    weights = seeded_weights(SMALL)
    recordings = record_run(SMALL, weights), record_run(SMALL, weights, style="mlx")
    for recording in recordings:
        del recording["mask"]
    pair = make_pair(SMALL, weights, *recordings)
    assert np.array_equal(pair.candidate.pool(0)["mask"], np.ones((1, 24, 1)))
    assert "the mask is not recorded; all frames are taken as valid" in pair.candidate.assumed


def test_what_was_not_recorded_is_named():
    with pytest.raises(TraceError, match=r"attn1\.scores: this value was not recorded at step 0"):
        pair_of("blocks").candidate.recorded(f"{BLOCK}.attn1.scores", 0)


def test_a_run_can_be_stopped():
    def stop(_done, _total, _what):
        raise Cancelled

    isolator = pair_of("blocks").candidate
    with pytest.raises(Cancelled):
        isolator.run(isolator.cut(BLOCK, 0), progress=stop)


def test_cells_can_be_limited_to_steps():
    isolator = pair_of("blocks").candidate
    assert {step for _, step in isolator.cells([2])} == {2}


@pytest.mark.parametrize(
    "key",
    ["kernel_flipped", "time_cos_first", "attention_scale_missing", "output_bias_lost",
     "uncond_keeps_prompt", "skip_missing"],
)  # fmt: skip
def test_what_lies_before_a_change_is_not_computed_again(key, monkeypatch):
    pair, weights = pair_of("ode"), seeded_weights(SMALL)
    own = pair.candidate
    cut = own.cut("ode.v_uncond", 1)
    shapes = {name: value.shape for name, value in weights.items()}
    place = faults()[key].places(pair.graph, shapes)[-1]
    edit = edit_of(SMALL, weights, (key, (place,)))
    base = own.run(cut, keep=[n.name for n in cut.graph.nodes])
    whole = own.run(cut, edit)["ode.v_uncond"]
    computed, real = [], isolation.execute

    def counting(graph, *args, **options):
        computed.append(len(graph))
        return real(graph, *args, **options)

    monkeypatch.setattr(isolation, "execute", counting)
    again = own.run(cut, edit, reuse=base)["ode.v_uncond"]
    np.testing.assert_array_equal(again, whole)
    assert not np.array_equal(again, base["ode.v_uncond"])
    if key in ("kernel_flipped", "skip_missing"):
        assert computed[0] < len(cut.graph) / 2
