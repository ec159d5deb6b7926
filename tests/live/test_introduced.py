"""The map tells the place where an error is made from those that it passes through."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from inspector.errors import Cancelled
from inspector.live.introduced import _judge, differing_inputs, map_errors
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.live.pair import make_pair
from tests.live.recorded import record_run, run_inputs
from tests.live.test_isolation import BLOCK, SCALED, pair_of


def map_of(pair, **options):
    return map_errors(pair.candidate, pair.reference, **options)


@pytest.mark.parametrize("config", [SMALL, MATCHA])
@pytest.mark.parametrize("level", ["ode", "blocks", "ops"])
@pytest.mark.parametrize("rows", ["both", "cond"])
def test_a_healthy_port_in_mlx_is_noise_everywhere(config, level, rows):
    weights = seeded_weights(config)
    options = {"level": level, "rows": rows, "frames": 20, "valid": 17}
    reference = record_run(config, weights, **options)
    candidate = record_run(config, weights, backend="mlx", style="mlx", **options)
    found = map_of(make_pair(config, weights, reference, candidate))
    assert found.cells
    assert not found.skipped
    assert {cell.verdict for cell in found.cells} == {"noise"}


@pytest.mark.parametrize(
    ("level", "rows", "nodes"),
    [
        ("values", "both", {SCALED}),
        ("ops", "both", {f"{BLOCK}.attn1.to_out.0"}),
        ("blocks", "both", {BLOCK}), ("blocks", "cond", {BLOCK, "ode.v_uncond"}),
        ("ode", "both", {"ode.v_cond", "ode.v_uncond"}),
    ],
)  # fmt: skip
def test_the_fault_is_introduced_in_one_place_at_every_step(level, rows, nodes):
    found = map_of(pair_of(level, rows, fault="attention_scale_missing", place=SCALED))
    assert {cell.node for cell in found.faulty} == nodes
    assert {cell.step for cell in found.faulty} == set(range(SMALL.steps))
    after = [c for c in found.cells if c.node == "ode.x_after" and c.step == 2]
    assert after[0].verdict in ("carried", "amplified", "healed")
    assert after[0].introduced < 1e-6 < after[0].total


def test_what_comes_before_the_fault_is_noise_at_the_first_step():
    found = map_of(pair_of("blocks", fault="attention_scale_missing", place=SCALED), steps=[0])
    before = [c for c in found.cells if c.node in ("down_blocks.0.0", "mid_blocks.0.0")]
    assert [c.verdict for c in before] == ["noise", "noise"]


def test_total_splits_into_introduced_and_carried():
    found = map_of(pair_of("blocks", fault="attention_scale_missing", place=SCALED))
    for cell in found.cells:
        assert cell.total <= 1.001 * (cell.introduced * 2 + cell.carried) + 1e-6
        assert cell.ratio == pytest.approx(cell.introduced / cell.floor)


def test_an_error_that_disappears_is_healed():
    weights = seeded_weights(SMALL)
    reference = record_run(SMALL, weights)
    candidate = dict(record_run(SMALL, weights, style="mlx"))
    name = "step02/decoder.estimator.mid_blocks.0.0"
    candidate[name] = candidate[name] * np.float32(1.001)
    found = map_of(make_pair(SMALL, weights, reference, candidate), steps=[1])
    cells = {cell.node: cell for cell in found.cells}
    assert cells["mid_blocks.0.0"].verdict == "introduced"
    # the next block was recorded without the error: that is another error, or a healing
    assert cells[BLOCK].introduced > 1e-5


def test_nan_is_introduced_and_counted():
    weights = seeded_weights(SMALL)
    candidate = dict(record_run(SMALL, weights, style="mlx"))
    name = "step01/decoder.estimator.mid_blocks.1.0"
    broken = candidate[name].copy()
    broken[0, 3, 2] = np.nan
    candidate[name] = broken
    found = map_of(make_pair(SMALL, weights, record_run(SMALL, weights), candidate), steps=[0])
    cell = next(c for c in found.cells if c.node == "mid_blocks.1.0")
    assert cell.faulty
    assert cell.nonfinite
    assert math.isnan(cell.introduced)
    assert cell.ratio == math.inf


def test_the_worst_cell_of_a_block():
    found = map_of(pair_of("ops", fault="attention_scale_missing", place=SCALED))
    assert found.of_block(BLOCK, 1).node == f"{BLOCK}.attn1.to_out.0"
    assert found.of_block("inputs", 1) is None


def test_a_value_that_cannot_be_computed_is_listed_with_its_reason():
    weights = seeded_weights(SMALL)
    reference, candidate = record_run(SMALL, weights), record_run(SMALL, weights, style="mlx")
    for recording in (reference, candidate):
        del recording["cond"]
    found = map_of(make_pair(SMALL, weights, reference, candidate), steps=[0])
    assert ("down_blocks.0.0", 0) in {(node, step) for node, step, _ in found.skipped}
    assert all("cond" in reason for _, _, reason in found.skipped)
    assert BLOCK in {cell.node for cell in found.cells}


def test_differing_inputs_are_found():
    weights, inputs = seeded_weights(SMALL), run_inputs(SMALL, 24)
    other = {**inputs, "mu": inputs["mu"] * np.float32(1.1)}
    pair = make_pair(SMALL, weights, record_run(SMALL, weights, inputs=inputs),
                     record_run(SMALL, weights, inputs=other, style="mlx"))  # fmt: skip
    found = differing_inputs(pair.candidate, pair.reference)
    assert [name for name, _ in found] == ["mu"]
    assert found[0][1] == pytest.approx(0.1, rel=1e-3)


def test_the_map_is_plain_json_with_steps_from_one():
    found = map_of(pair_of("blocks", fault="attention_scale_missing", place=SCALED), steps=[1])
    values = json.loads(json.dumps(found.to_dict()))
    assert {cell["step"] for cell in values["cells"]} == {2}


def test_the_map_can_be_stopped():
    def stop(done, total, what):
        assert total > 10
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        map_of(pair_of("blocks"), progress=stop)


@pytest.mark.parametrize(
    ("introduced", "total", "before", "verdict"),
    [
        (1e-3, 1e-3, 0.0, "introduced"), (math.nan, 1.0, 0.0, "introduced"),
        (1e-7, 1e-2, 1e-2, "carried"), (1e-7, 1e-2, 2e-3, "amplified"),
        (1e-7, 1e-3, 1e-2, "healed"), (1e-7, 1e-7, 1e-2, "healed"),
        (1e-7, 1e-7, 1e-7, "noise"), (1e-7, None, None, "noise"), (1e-7, 1e-2, None, "carried"),
    ],
)  # fmt: skip
def test_verdicts(introduced, total, before, verdict):
    assert _judge(introduced, 1e-7, total, before) == verdict
