"""The bundled sample is what its README says: a healthy pair with one planted difference."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.project import tree

SAMPLE = tree.ROOT / "traces" / "sample"
STEPS = range(1, 11)


def relative_l2(candidate: np.ndarray, reference: np.ndarray) -> float:
    """||c - r|| / ||r|| in float64."""
    r = reference.astype(np.float64)
    return float(np.linalg.norm(candidate - r) / np.linalg.norm(r))


@pytest.fixture(scope="module")
def reference() -> dict[str, np.ndarray]:
    return load_file(SAMPLE / "reference" / "decoder.safetensors")


@pytest.fixture(scope="module")
def candidate() -> dict[str, np.ndarray]:
    return load_file(SAMPLE / "candidate" / "decoder.safetensors")


@pytest.fixture(scope="module", params=["reference", "candidate"])
def steps(request, reference, candidate) -> list[dict[str, np.ndarray]]:
    """The ODE steps of one side; state and velocities in float64."""
    if request.param == "reference":
        names = {"v_cond": "dxdt_cond", "v_uncond": "dxdt_uncond", "v_cfg": "dxdt_cfg"}
        place = {n: f"step{n:02d}/ode." for n in STEPS}
        trace = reference
    else:
        names, place, trace = {}, {n: f"ode_step{n}_" for n in STEPS}, candidate
    parts = ("t", "dt", "x_before", "v_cond", "v_uncond", "v_cfg", "x_after")
    return [{p: trace[place[n] + names.get(p, p)].astype(np.float64) for p in parts} for n in STEPS]


def test_the_pair_is_small_and_whole():
    names = {f.relative_to(SAMPLE).as_posix() for f in tree.files(SAMPLE)}
    assert names == {
        f"{side}/{file}"
        for side in ("reference", "candidate")
        for file in ("decoder.safetensors", "audio.wav", "trace.json")
    }
    assert sum(f.stat().st_size for f in tree.files(SAMPLE)) < 8_000_000


def test_the_side_files_name_every_tensor(reference, candidate):
    for side, trace in (("reference", reference), ("candidate", candidate)):
        facts = json.loads((SAMPLE / side / "trace.json").read_text(encoding="utf-8"))
        assert set(facts["order"]) == {*trace, "audio"}
        assert (facts["steps"], facts["cfg_rate"], facts["sample_rate"]) == (10, 0.7, 24000)


def test_each_step_is_an_euler_step(steps):
    for step in steps:
        residual = np.abs(step["x_after"] - (step["x_before"] + step["dt"] * step["v_cfg"])).max()
        assert residual < 1e-6


def test_the_guidance_rate_is_the_one_stated(steps):
    for step in steps:
        spread = step["v_cond"] - step["v_uncond"]
        rate = np.vdot(spread, step["v_cfg"] - step["v_cond"]) / np.vdot(spread, spread)
        assert rate == pytest.approx(0.7, abs=1e-6)
        np.testing.assert_allclose(step["v_cfg"], step["v_cond"] + 0.7 * spread, atol=5e-6)


def test_the_steps_follow_each_other_on_the_cosine_schedule(steps):
    for n, step in enumerate(steps):
        assert step["t"].item() == pytest.approx(1 - np.cos(np.pi * n / 20), abs=1e-6)
        if n:
            np.testing.assert_array_equal(step["x_before"], steps[n - 1]["x_after"])
    assert sum(step["dt"].item() for step in steps) == pytest.approx(1, abs=1e-6)


def test_the_state_converges_from_noise_to_a_log_mel(steps):
    noise = steps[0]["x_before"]
    assert abs(noise.mean()) < 0.05
    assert noise.std() == pytest.approx(1, abs=0.05)
    negative = [100 * (step["x_after"] < 0).mean() for step in steps]
    assert negative == sorted(negative)
    assert 45 < negative[0] < 60
    assert negative[-1] > 99
    mel = steps[-1]["x_after"]
    assert -15 < mel.min() < -10 < -8 < mel.mean() < -5 < 0 < mel.max() < 2


def test_the_two_sides_agree_up_to_the_planted_difference(reference, candidate):
    before = {
        "down_blocks.0.0.block1": "downBlocks[0].resnet.block1",
        "down_blocks.0.0": "downBlocks[0].resnet",
        "down_blocks.0.2": "downBlocks[0].downsample",
    }
    for left, right in before.items():
        stored = candidate[f"step1/{right}"].transpose(0, 2, 1)
        assert 0 < relative_l2(stored, reference[f"step01/decoder.estimator.{left}"]) < 1e-5
    assert np.array_equal(candidate["mu"].transpose(0, 2, 1), reference["flow.mu"])
    noise = candidate["initial_noise"].transpose(0, 2, 1)
    assert np.array_equal(noise, reference["flow.initial_noise"])


def test_the_planted_difference_is_plain_to_see(reference, candidate):
    block = candidate["step1/midBlocks[0].resnet.block1"].transpose(0, 2, 1)
    assert relative_l2(block, reference["step01/decoder.estimator.mid_blocks.0.0.block1"]) > 0.3
    mel = candidate["generated_mel_raw"].transpose(0, 2, 1)
    assert 0.02 < relative_l2(mel, reference["flow.mel"]) < 0.2


def test_the_verdict_names_the_planted_block():
    from inspector import api

    comparison = api.diff(SAMPLE / "reference", SAMPLE / "candidate", only="down|mid|mu$|noise$")
    first = comparison.verdict.first_divergence
    assert first is not None
    assert first.reference == "step01/decoder.estimator.mid_blocks.0.0.block1"
    assert first.candidate == "step1/midBlocks[0].resnet.block1"


def test_the_sound_is_there_and_differs():
    soundfile = pytest.importorskip("soundfile")
    sounds = []
    for side in ("reference", "candidate"):
        samples, rate = soundfile.read(SAMPLE / side / "audio.wav")
        assert (rate, samples.shape) == (24000, (120 * 480,))
        assert 0.05 < np.abs(samples).max() < 1
        sounds.append(samples)
    assert not np.array_equal(*sounds)
