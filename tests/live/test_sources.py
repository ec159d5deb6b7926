"""Inputs of a run: recorded, from a file, or noise."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

from inspector.errors import TraceError, UsageError
from inspector.live.lab import open_lab
from inspector.live.part import Part, make_part
from inspector.live.plan import RunPlan
from inspector.live.sources import noisy, source_values
from tests.blocks.seeded import SMALL
from tests.live.labs import checkpoint_of, lab_of

BLOCK = "mid_blocks.0.1.0"
FAULT = ("attention_scale_missing", None)


def test_each_side_gives_its_own_values():
    lab = lab_of(SMALL, FAULT, level="blocks")
    one, two = (source_values(lab, side, 1)[0] for side in ("reference", "candidate"))
    assert np.array_equal(one[BLOCK], lab.reference.get(BLOCK, 1).read())
    assert np.array_equal(two[BLOCK], lab.candidate.get(BLOCK, 1).read())
    assert not np.array_equal(one[BLOCK], two[BLOCK])
    assert one["step"].tolist() == [1]


def test_a_side_that_was_not_given_is_named():
    lab = open_lab(checkpoint_of())
    for source in ("reference", "candidate"):
        with pytest.raises(UsageError, match=f"{source}: no such trace was given"):
            source_values(lab, source, 0)
    with pytest.raises(UsageError, match="noise takes mu"):
        source_values(lab, "noise:1", 0)


def test_noise_replaces_the_state_and_keeps_the_conditions():
    lab = lab_of(level="blocks")
    pool, _ = source_values(lab, "noise:3", 0)
    part = make_part(lab.graph, RunPlan("step"), pool, 0, original=lab.graph)
    one, again, other = (noisy(part, f"noise:{seed}") for seed in (3, 3, 4))
    assert np.array_equal(one.given["x"], again.given["x"])
    assert not np.array_equal(one.given["x"], other.given["x"])
    assert not np.array_equal(one.given["x"], pool["x"])
    assert abs(float(one.given["x"].std()) - 1) < 0.2
    for name in ("mu", "mask", "speaker", "cond", "step"):
        assert one.given[name] is part.given[name]


def test_noise_inside_the_decoder_has_the_moments_of_the_recording():
    lab = lab_of(level="blocks", frames=200)
    pool, _ = source_values(lab, "noise:3", 0)
    part = noisy(make_part(lab.graph, RunPlan(BLOCK), pool, 0, original=lab.graph), "noise:3")
    there, here = pool["mid_blocks.0.0"], part.given["mid_blocks.0.0"]
    assert here.shape == there.shape
    assert float(here.std()) == pytest.approx(float(there.std()), rel=0.05)
    assert np.array_equal(part.given["mask"], pool["mask"])


def test_other_sources_stay():
    part = Part(lab_of().graph, {}, (), 0)
    assert noisy(part, "reference") is part


def test_a_file_gives_values_by_name(tmp_path):
    lab = lab_of(level="blocks")
    h = np.full((2, 24, 16), 0.5, np.float32)
    save_file({"mid_blocks.0.0": h}, tmp_path / "in.safetensors")
    values, notes = source_values(lab, f"file:{tmp_path / 'in.safetensors'}", 2)
    assert np.array_equal(values["mid_blocks.0.0"], h)
    assert np.array_equal(values["mu"], lab.reference.get("mu", 2).read())
    assert "mu is not in the file; the reference's is used" in notes
    assert BLOCK not in values


@pytest.mark.parametrize("kind", ["npz", "folder", "safetensors"])
def test_every_kind_of_file(tmp_path, kind):
    x = np.zeros((1, 9, 8), np.float64)
    path = tmp_path / "in"
    if kind == "npz":
        path = tmp_path / "in.npz"
        np.savez(path, x=x)
    elif kind == "folder":
        path.mkdir()
        np.save(path / "x.npy", x)
    else:
        path = tmp_path / "in.safetensors"
        save_file({"x": x}, path)
    values, notes = source_values(open_lab(checkpoint_of()), f"file:{path}", 0)
    assert values["x"].dtype == np.float64
    assert values["mask"].shape == (1, 9, 1)
    assert "the mask is not in the file; all frames are taken as valid" in notes


def test_a_name_that_the_decoder_lacks_is_refused(tmp_path):
    save_file({"midblocks.0.0": np.zeros(1, np.float32)}, tmp_path / "in.safetensors")
    with pytest.raises(UsageError, match=r"midblocks\.0\.0.*mid_blocks\.0\.0"):
        source_values(lab_of(), f"file:{tmp_path / 'in.safetensors'}", 0)


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(TraceError):
        source_values(lab_of(), f"file:{tmp_path / 'none.npz'}", 0)
