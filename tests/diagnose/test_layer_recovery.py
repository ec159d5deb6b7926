"""Weights that the candidate really used, solved for from its own values."""

from __future__ import annotations

import pytest

from inspector.diagnose.layer_recovery import FITS, recover_layers
from tests.diagnose.searches import WEIGHTS, Desk, edit_of, errors_of, pair_of, pair_with, record

QUERY = "mid_blocks.0.1.0.attn1.to_q"
OUT = "mid_blocks.0.1.0.attn1.to_out.0"


def recovered(pair, nodes=None, steps=(0, 1)):
    """Findings at the faulty cells of two steps."""
    desk = Desk(pair)
    cells = [c for c in errors_of(pair, steps).faulty if nodes is None or c.node in nodes]
    assert cells
    return recover_layers(desk.bench, cells)


@pytest.mark.parametrize(
    ("fault", "layer"), [("final_projection_unloaded", "final_proj"), ("attention_unloaded", QUERY)]
)
def test_fresh_weights_are_solved_for_and_called_fresh(fault, layer):
    found = {f.layer: f for f in recovered(pair_with(edit_of((fault, (layer,))), "ops"))}
    assert set(found) == {layer}
    finding = found[layer]
    assert finding.relation.kind == "fresh"
    assert finding.key == f"{layer}.weight"
    assert finding.recovered.residual <= FITS
    assert {c.node for c in finding.cells} == {layer}
    assert layer in finding.relation.sentence


def test_the_solved_weights_are_those_of_the_candidate():
    scale = {**WEIGHTS, f"{QUERY}.weight": WEIGHTS[f"{QUERY}.weight"] * 1.5}
    (finding,) = recovered(pair_of(record("ops", weights=scale), "ops"))
    assert finding.relation.kind == "scaled"
    assert finding.relation.gain == pytest.approx(1.5, rel=1e-3)


@pytest.mark.parametrize(
    ("fault", "place", "kind", "bias"),
    [
        ("linear_transposed", QUERY, "transposed", "none"),
        ("kernel_flipped", "mid_blocks.0.0.block1.block.0", "flipped", "equal"),
        ("rows_zeroed", OUT, "rows_zeroed", "equal"),
        ("weight_zero", OUT, "zero", "equal"),
        ("output_bias_lost", OUT, "equal", "missing"),
        ("bias_invented", QUERY, "equal", "invented"),
    ],
)
def test_other_weights_are_named_by_what_they_are(fault, place, kind, bias):
    (finding,) = recovered(pair_with(edit_of((fault, (place,))), "ops"))
    assert (finding.layer, finding.relation.kind) == (place, kind)
    assert finding.relation.bias == bias


def test_a_layer_behind_additions_is_solved_for_from_block_outputs():
    place = "mid_blocks.0.0.res_conv"
    pair = pair_with(edit_of(("resnet_time_and_skip_unloaded", (place,))))
    (finding,) = recovered(pair)
    assert (finding.layer, finding.relation.kind) == (place, "fresh")


def test_the_final_projection_is_solved_for_from_velocities_alone():
    # its input is known as the reference decoder computes it from the state
    found = recovered(pair_with(edit_of("final_projection_unloaded"), "ode"),
                      ("ode.v_cond", "ode.v_uncond"))  # fmt: skip
    assert {(f.layer, f.relation.kind) for f in found} == {("final_proj", "fresh")}


@pytest.mark.parametrize("level", ["ops", "blocks", "ode"])
@pytest.mark.parametrize("backend", ["torch", "mlx"])
def test_a_healthy_pair_shows_no_other_weights(level, backend):
    pair = pair_of(record(level, backend=backend), level)
    desk = Desk(pair)
    cells = errors_of(pair, [0, 1]).cells
    assert recover_layers(desk.bench, cells) == []


def test_a_mistake_before_the_layer_is_not_pinned_on_its_weights():
    pair = pair_with(edit_of("attention_scale_missing"))
    assert recovered(pair) == []


def test_one_cell_is_explained_by_one_layer():
    places = ("mid_blocks.0.1.0.attn1.to_out.0", "mid_blocks.0.1.0.ff.net.2")
    pair = pair_with(edit_of(("output_bias_lost", places[:1])))
    found = recovered(pair)
    cells = [(c.node, c.step) for f in found for c in f.cells]
    assert len(cells) == len(set(cells))
    assert len(found) <= 1
