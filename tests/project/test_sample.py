"""The bundled demo is what its README says: files, checkpoint, identities, and what they show."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from safetensors import safe_open
from safetensors.numpy import load_file

from tests.project import tree

TRACES = tree.ROOT / "traces"
DEMO = TRACES / "demo"
STORY = "story-unloaded-weights"
CHANNELS, MIDDLE, WIDE = 96, 2, 4 * 96
CONFIG = {
    "in_channels": 320, "out_channels": 80, "channels": [96], "attention_head_dim": 32,
    "num_heads": 3, "n_blocks": 1, "num_mid_blocks": 2, "causal": True, "norm": "layer",
    "activation": "gelu",
}  # fmt: skip
PAIRS = json.loads((DEMO / "gallery.json").read_text(encoding="utf-8"))
FOLDERS = sorted({p[side] for p in PAIRS for side in ("reference", "candidate")})


def recording(key: str) -> dict[str, np.ndarray]:
    """The tensors of one recording."""
    return load_file(DEMO / key / "decoder.safetensors")


def relative_l2(candidate: np.ndarray, reference: np.ndarray) -> float:
    """||c - r|| / ||r|| in float64, of [B, T, C] against [B, C, T] where they differ so."""
    if candidate.shape != reference.shape:
        candidate = candidate.transpose(0, 2, 1)
    r = reference.astype(np.float64)
    return float(np.linalg.norm(candidate - r) / max(np.linalg.norm(r), 1e-30))


def steps_of(key: str) -> list[dict[str, np.ndarray]]:
    """The ten ODE steps of a recording by role, float64."""
    trace = recording(key)
    return [
        {
            part: trace[name].astype(np.float64)
            for part in ("t", "dt", "x_before", "v_cond", "v_uncond", "v_cfg", "x_after")
            for name in (
                f"step{n:02d}/ode.{part}",
                f"step{n:02d}/ode.{part.replace('v_', 'dxdt_')}",
            )
            if name in trace
        }
        for n in range(1, 11)
    ]


def wanted_shapes() -> dict[str, tuple[int, ...]]:
    """Every parameter of a decoder of this configuration, as Chatterbox names them."""
    found: dict[str, tuple[int, ...]] = {}

    def put(name: str, *shape: int, bias: bool = True) -> None:
        found[f"decoder.estimator.{name}.weight"] = shape
        if bias:
            found[f"decoder.estimator.{name}.bias"] = shape[:1]

    put("time_mlp.linear_1", WIDE, 320)
    put("time_mlp.linear_2", WIDE, WIDE)
    stages = [("down_blocks.0", 320), ("up_blocks.0", 2 * CHANNELS)]
    stages += [(f"mid_blocks.{n}", CHANNELS) for n in range(MIDDLE)]
    for stage, inputs in stages:
        for block, width in (("block1", inputs), ("block2", CHANNELS)):
            put(f"{stage}.0.{block}.block.0", CHANNELS, width, 3)
            put(f"{stage}.0.{block}.block.2", CHANNELS)
        put(f"{stage}.0.mlp.1", CHANNELS, WIDE)
        put(f"{stage}.0.res_conv", CHANNELS, inputs, 1)
        for norm in ("norm1", "norm3"):
            put(f"{stage}.1.0.{norm}", CHANNELS)
        for part in ("to_q", "to_k", "to_v"):
            put(f"{stage}.1.0.attn1.{part}", CHANNELS, CHANNELS, bias=False)
        put(f"{stage}.1.0.attn1.to_out.0", CHANNELS, CHANNELS)
        put(f"{stage}.1.0.ff.net.0.proj", WIDE, CHANNELS)
        put(f"{stage}.1.0.ff.net.2", CHANNELS, WIDE)
        if not stage.startswith("mid"):
            put(f"{stage}.2", CHANNELS, CHANNELS, 3)
    put("final_block.block.0", CHANNELS, CHANNELS, 3)
    put("final_block.block.2", CHANNELS)
    put("final_proj", 80, CHANNELS, 1)
    return found


def test_the_folder_is_small_and_holds_what_the_gallery_promises():
    assert sum(f.stat().st_size for f in tree.files(TRACES)) < 40_000_000
    names = {f.relative_to(DEMO).as_posix() for f in tree.files(DEMO)}
    kept = {"gallery.json", "decoder.safetensors", "inputs.safetensors", "tokenizer.safetensors"}
    files = ("decoder.safetensors", "trace.json", "audio.wav")
    assert names == kept | {f"{folder}/{file}" for folder in FOLDERS for file in files}


def test_the_gallery_begins_with_the_story_and_says_one_sentence_each():
    assert PAIRS[0]["candidate"] == STORY
    assert len({p["key"] for p in PAIRS}) == len(PAIRS) >= 9
    for pair in PAIRS:
        assert set(pair) == {"key", "title", "sentence", "reference", "candidate", "checkpoint"}
        assert pair["key"] == pair["candidate"]
        assert pair["sentence"].endswith(".")
        assert (DEMO / pair["checkpoint"]).is_file()


def test_the_checkpoint_has_the_names_and_shapes_of_the_real_one():
    file = DEMO / "decoder.safetensors"
    assert file.stat().st_size < 6_000_000
    with safe_open(file, framework="numpy") as opened:
        assert json.loads(opened.metadata()["config"]) == CONFIG
    weights = load_file(file)
    assert {name: value.shape for name, value in weights.items()} == wanted_shapes()
    assert {value.dtype.name for value in weights.values()} == {"float16"}
    assert all(np.isfinite(value).all() for value in weights.values())


@pytest.mark.parametrize("key", FOLDERS)
def test_a_side_file_names_every_tensor(key):
    facts = json.loads((DEMO / key / "trace.json").read_text(encoding="utf-8"))
    assert set(facts["order"]) == {*recording(key), "audio"}
    assert (facts["steps"], facts["cfg_rate"], facts["sample_rate"]) == (10, 0.7, 24000)
    assert facts["framework"].split()[0] == ("PyTorch" if "reference" in key else "MLX")


@pytest.mark.parametrize("key", FOLDERS)
def test_the_steps_are_those_of_a_cosine_euler_solver_with_guidance(key):
    half = key == "healthy-float16"
    before = None
    for n, step in enumerate(steps_of(key)):
        assert step["t"].item() == pytest.approx(1 - np.cos(np.pi * n / 20), abs=1e-6)
        step_error = np.abs(step["x_after"] - (step["x_before"] + step["dt"] * step["v_cfg"]))
        assert step_error.max() < (2e-2 if half else 5e-6)
        spread = step["v_cond"] - step["v_uncond"]
        rate = np.vdot(spread, step["v_cfg"] - step["v_cond"]) / np.vdot(spread, spread)
        expected = -0.3 if key == "guidance-formula" else 0.7
        assert rate == pytest.approx(expected, abs=2e-3 if half else 1e-5)
        if before is not None:
            np.testing.assert_array_equal(step["x_before"], before)
        before = step["x_after"]


@pytest.mark.parametrize("key", [k for k in FOLDERS if "reference" not in k])
def test_both_sides_were_given_the_same(key):
    pair = next(p for p in PAIRS if p["candidate"] == key)
    left, right = recording(pair["reference"]), recording(key)
    rounding = 1e-3 if key == "healthy-float16" else 0
    for ours, theirs in (("mu", "mu"), ("cond", "x_cond"), ("initial_noise", "initial_noise")):
        assert relative_l2(right[theirs], left[ours]) <= rounding
    np.testing.assert_array_equal(right["speech_tokens"], left["speech_tokens"])
    np.testing.assert_array_equal(right["mask"], left["mask"][:, 0])


def test_the_reference_converges_from_noise_to_a_log_mel():
    steps = steps_of("reference")
    negative = [100 * (step["x_after"] < 0).mean() for step in steps]
    assert 45 < negative[0] < 65
    assert negative == sorted(negative)
    assert negative[-1] == 100
    mel = steps[-1]["x_after"]
    assert -14 < mel.min() < -11 < -8 < mel.mean() < -6 < mel.max() < 0


def test_the_story_never_leaves_the_noise():
    steps = steps_of(STORY)
    for step in steps:
        assert 45 < 100 * (step["x_after"] > 0).mean() < 55
        assert 3 < -step["x_after"].min() < 6
        assert 3 < step["x_after"].max() < 6
        assert abs(step["v_cfg"].mean()) < 0.3
    assert recording(STORY)["mel"].std() < 2


def test_the_story_sounds_like_noise_and_the_reference_does_not():
    share = {}
    for key in ("reference", "healthy", STORY):
        samples, rate = soundfile.read(DEMO / key / "audio.wav")
        assert (rate, samples.shape) == (24000, (78 * 480,))
        assert 0.2 < np.abs(samples).max() < 1
        power = np.abs(np.fft.rfft(samples)) ** 2
        high = np.fft.rfftfreq(samples.size, 1 / rate) > 3000
        share[key] = power[high].sum() / power.sum()
    assert share[STORY] > 0.6
    assert share["reference"] == share["healthy"] < 0.1


def test_the_healthy_port_differs_by_rounding_only():
    left, right = recording("reference"), recording("healthy")
    assert relative_l2(right["mel"], left["mel"]) < 1e-6
    for n in range(1, 11):
        for ours, theirs in (("dxdt_cond", "v_cond"), ("x_after", "x_after")):
            reference = left[f"step{n:02d}/ode.{ours}"]
            assert relative_l2(right[f"step{n:02d}/ode.{theirs}"], reference) < 1e-5
    assert relative_l2(recording("healthy-float16")["mel"], left["mel"]) < 1e-3


def test_the_inspector_calls_the_healthy_port_healthy():
    from inspector import api

    comparison = api.diff(DEMO / "reference", DEMO / "healthy")
    assert comparison.verdict.status == "within_tolerance"
    assert not comparison.verdict.counts["unmatched"]


@pytest.mark.parametrize(
    ("key", "first"),
    [
        (STORY, "down_blocks.0.0"),
        ("lost-causal-padding", "down_blocks.0.0"),
        ("flipped-kernel", "down_blocks.0.2"),
        ("transposed-projection", "up_blocks.0.1.0"),
        ("heads-merged-wrongly", "down_blocks.0.1.0"),
        ("inverted-mask", "down_blocks.0.1.0"),
        ("guidance-formula", None),
    ],
)
def test_a_broken_port_parts_where_it_is_broken(key, first):
    from inspector import api

    pair = next(p for p in PAIRS if p["candidate"] == key)
    modules = r"mu$|noise$|mid|down|up_|final|dxdt_cfg"
    comparison = api.diff(DEMO / pair["reference"], DEMO / key, only=modules)
    expected = f"step01/decoder.estimator.{first}" if first else "step01/ode.dxdt_cfg"
    assert comparison.verdict.first_divergence.reference == expected
    assert relative_l2(recording(key)["mel"], recording(pair["reference"])["mel"]) > 0.03


def test_only_padding_shows_the_inverted_mask():
    mask = recording("inverted-mask")["mask"]
    assert (mask.shape, int(mask.sum())) == ((1, 84), 62)
    state = recording("inverted-mask")["step10/ode.x_after"]
    np.testing.assert_array_equal(
        state[:, 62:], recording("inverted-mask")["initial_noise"][:, 62:]
    )


@pytest.mark.parametrize(
    ("key", "run"), [("reference", "sentence"), ("reference-padded", "padded")]
)
def test_the_stored_weights_and_inputs_give_the_reference_again(key, run, tmp_path):
    from traces.recording import inputs, torch_run
    from traces.training import checkpoint

    network = checkpoint.load_decoder(checkpoint.read_checkpoint(DEMO / "decoder.safetensors"))
    given = inputs.read_inputs(DEMO / "inputs.safetensors")[run]
    torch_run.solve(network, given, tmp_path, {}, (1, 2))
    again, stored = load_file(tmp_path / "decoder.safetensors"), recording(key)
    assert set(stored) <= set(again)
    for name, value in stored.items():
        assert relative_l2(again[name], value) < 1e-5, name
    assert sum("/decoder." in name for name in stored) > 20


def test_the_readme_shows_what_is_measured():
    from traces import make_demo

    table = make_demo.measured_table(DEMO)
    assert len(table.splitlines()) == 2 + len(FOLDERS)
    assert table in (TRACES / "README.md").read_text(encoding="utf-8")
