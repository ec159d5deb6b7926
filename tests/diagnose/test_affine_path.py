"""Layers whose output can be read off a recorded value."""

from __future__ import annotations

from inspector.diagnose.affine_path import Reachable, reachable_layers
from tests.diagnose.searches import GRAPH

BLOCK = "mid_blocks.0.0"
TRANSFORMER = "mid_blocks.0.1.0"


def layers(target: str, *given: str) -> dict[str, Reachable]:
    """Layers that reach `target` when these values and all inputs are known."""
    return {r.node.name: r for r in reachable_layers(GRAPH.cut([target], given), target)}


def test_a_residual_convolution_is_reached_and_a_convolution_before_a_norm_is_not():
    found = layers(BLOCK, "down_blocks.0.2", "time_mlp.linear_2")
    assert set(found) == {f"{BLOCK}.res_conv"}
    assert not found[f"{BLOCK}.res_conv"].masked


def test_a_norm_and_an_activation_hide_the_convolution_before_them():
    for value in (f"{BLOCK}.block1.block.2", f"{BLOCK}.block1.block.4", f"{BLOCK}.block1"):
        assert layers(value, f"{BLOCK}.block1.masked") == {}
    assert set(layers(f"{BLOCK}.block1.block.0")) == {f"{BLOCK}.block1.block.0"}


def test_the_final_projection_is_reached_through_the_mask_and_the_choice_of_rows():
    for value, part in (("ode.v_cond", 0), ("ode.v_uncond", 1)):
        found = layers(value, "final_block")
        assert set(found) == {"final_proj"}
        assert (found["final_proj"].masked, found["final_proj"].part) == (True, part)
        assert found["final_proj"].parts == 2
    assert layers("velocity")["final_proj"].part is None


def test_a_layer_reaches_its_own_value():
    found = layers(f"{TRANSFORMER}.attn1.to_q", f"{TRANSFORMER}.norm1")
    assert list(found) == [f"{TRANSFORMER}.attn1.to_q"]
    assert not found[f"{TRANSFORMER}.attn1.to_q"].masked


def test_both_branches_of_a_transformer_are_reached_unless_recorded():
    assert set(layers(TRANSFORMER, BLOCK)) == {
        f"{TRANSFORMER}.ff.net.2", f"{TRANSFORMER}.attn1.to_out.0"
    }  # fmt: skip
    after = layers(TRANSFORMER, f"{TRANSFORMER}.after_attention")
    assert set(after) == {f"{TRANSFORMER}.ff.net.2"}


def test_the_time_projection_is_added_over_frames_and_not_reached_as_frames():
    assert set(layers(f"{BLOCK}.with_time", f"{BLOCK}.block1", "time_mlp.linear_2")) == set()


def test_a_changed_sum_does_not_hand_its_layers_on():
    for change in ({"use": "first"}, {"factor": 2.0}):
        graph = GRAPH.change([BLOCK], lambda n, c=change: n.with_settings(**c))
        cut = graph.cut([BLOCK], ["down_blocks.0.2", "time_mlp.linear_2"])
        assert reachable_layers(cut, BLOCK) == ()


def test_guidance_mixes_both_rows_so_nothing_is_reached():
    assert layers("ode.v_cfg", "final_block") == {}
