"""Putting one block right heals what that block did, and nothing else."""

from __future__ import annotations

import json

import pytest

from inspector.errors import Cancelled, UsageError
from inspector.live.healing import heal
from inspector.live.lab import open_lab
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.live.labs import checkpoint_of, lab_of
from tests.live.recorded import as_trace, record_run

BLOCK = "mid_blocks.0.1.0"
FAULT = ("attention_scale_missing", (f"{BLOCK}.attn1.scaled",))
LATER = ("bias_lost", ("final_proj",))


@pytest.mark.parametrize("rows", ["both", "cond"])
@pytest.mark.parametrize("level", ["blocks", "ops"])
def test_the_faulty_block_heals_all_and_the_others_nothing(level, rows):
    chart = heal(lab_of(SMALL, FAULT, level=level, rows=rows), 1)
    assert chart.reproduced < 1e-6
    assert chart.velocity == ("ode.v_cfg" if rows == "both" else "ode.v_cond")
    assert len(chart.blocks) > 10
    for entry in chart.blocks:
        expected = 100 if entry.block == BLOCK else 0
        assert entry.velocity_percent == pytest.approx(expected, abs=0.1), entry.block
        assert entry.alone_percent == pytest.approx(expected, abs=0.1), entry.block
        assert entry.mel_percent is None


def test_the_mel_heals_with_the_block():
    chart = heal(lab_of(SMALL, FAULT), 1, [BLOCK, "final_block"], mel=True)
    assert chart.of(BLOCK).mel_percent == pytest.approx(100, abs=0.1)
    assert chart.of("final_block").mel_percent == pytest.approx(0, abs=0.1)
    assert chart.of("mid_blocks.1.0") is None


def test_the_mel_of_a_recording_without_unconditional_rows_stays_open():
    assert (
        heal(lab_of(SMALL, FAULT, rows="cond"), 1, [BLOCK], mel=True).of(BLOCK).mel_percent is None
    )
    some = lab_of(SMALL, FAULT, steps=[1, 2])
    assert heal(some, 1, [BLOCK], mel=True).of(BLOCK).mel_percent is None


def test_of_two_faults_each_heals_its_share():
    chart = heal(lab_of(SMALL, FAULT, LATER), 1, mel=True)
    shares = {e.block: e.velocity_percent for e in chart.blocks}
    assert shares[BLOCK] > 1
    assert shares["final_proj"] > 10
    assert all(abs(v) < 0.1 for b, v in shares.items() if b not in (BLOCK, "final_proj"))


def test_the_solver_is_a_block_too():
    chart = heal(lab_of(SMALL, ("cfg_sum", None)), 1, mel=True)
    assert chart.of("ode").velocity_percent == pytest.approx(100, abs=0.1)
    assert chart.of("ode").mel_percent == pytest.approx(100, abs=0.1)
    assert chart.of(BLOCK).velocity_percent == pytest.approx(0, abs=0.1)


def test_a_decoder_without_guidance():
    chart = heal(lab_of(MATCHA, ("attention_scale_missing", (f"{BLOCK}.attn1.scaled",))), 1)
    assert chart.of(BLOCK).velocity_percent == pytest.approx(100, abs=0.1)


def test_blocks_without_time_are_left_out():
    chart = heal(lab_of(SMALL, FAULT), 1, [BLOCK, "final_block"], seconds=-1.0)
    assert chart.blocks == ()


def test_the_chart_is_plain_json():
    values = json.loads(json.dumps(heal(lab_of(SMALL, FAULT), 1, [BLOCK]).to_dict()))
    assert values["step"] == 2
    assert values["blocks"][0]["block"] == BLOCK


def test_without_a_velocity_there_is_nothing_to_heal():
    values = record_run(SMALL, seeded_weights(SMALL), level="ode")
    kept = {n: v for n, v in values.items() if "dxdt" not in n}
    for recording in (kept, {}):
        trace = as_trace(recording)
        with pytest.raises(UsageError, match="the candidate recorded no"):
            heal(open_lab(checkpoint_of(), trace, trace), 1)


def test_healing_can_be_stopped():
    def stop(_done, _total, what):
        if what == f"Putting {BLOCK} right":
            raise Cancelled

    with pytest.raises(Cancelled):
        heal(lab_of(SMALL, FAULT), 1, progress=stop)
