"""The MLX port: right when nothing is asked for, and wrong in exactly the way asked for."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from traces.recording import mlx_run, mlx_weights, torch_run
from traces.recording.inputs import Inputs
from traces.recording.mlx_decoder import Port
from traces.recording.mlx_run import Solver
from traces.recording.mlx_weights import Loading
from traces.training.checkpoint import PREFIX, load_decoder
from traces.training.decoder import Estimator

FRAMES, VALID = 30, 24
STEPS = (2,)


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    """Seeded weights that keep activations near 1."""
    torch.manual_seed(4)
    return {PREFIX + name: value.numpy() for name, value in Estimator().state_dict().items()}


@pytest.fixture(scope="module")
def given() -> Inputs:
    """A short padded run."""
    generator = np.random.default_rng(5)
    mask = np.zeros((1, 1, FRAMES), np.float32)
    mask[:, :, :VALID] = 1

    def state() -> np.ndarray:
        return generator.standard_normal((1, 80, FRAMES)).astype(np.float32)

    return Inputs(
        prompt_token=np.arange(8)[None], speech_tokens=np.arange(4), mu=state() * mask,
        cond=state() * mask, speaker=state()[:, :, 0], mask=mask, noise=state(),
        t_span=(1 - np.cos(np.arange(11) * np.pi / 20)).astype(np.float32),
        spoken_mel=state()[0, :, :VALID],
    )  # fmt: skip


@pytest.fixture(scope="module")
def reference(weights, given, tmp_path_factory) -> dict[str, np.ndarray]:
    """What PyTorch records."""
    folder = tmp_path_factory.mktemp("reference")
    torch_run.solve(load_decoder(weights), given, folder, {}, STEPS)
    return load_file(folder / "decoder.safetensors")


def ported(weights, given, folder: Path, port=None, loading=None, solver=None) -> dict:
    """What the port records."""
    estimator = mlx_weights.build(weights, port or Port(), loading or Loading())
    mlx_run.solve(estimator, given, solver or Solver(), folder, {"cfg_rate": 0.7}, STEPS)
    return load_file(folder / "decoder.safetensors")


def apart(candidate: np.ndarray, reference: np.ndarray) -> float:
    """||c - r|| / ||r||, of [B, T, C] against [B, C, T] or [B, T, C]."""
    if candidate.shape != reference.shape:
        candidate = candidate.transpose(0, 2, 1)
    r = reference.astype(np.float64)
    return float(np.linalg.norm(candidate - r) / np.linalg.norm(r))


def test_a_right_port_gives_the_reference_in_every_module(weights, given, reference, tmp_path):
    trace = ported(weights, given, tmp_path)
    pairs = 0
    for name, value in trace.items():
        if not name.startswith("step02/decoder.") or name.endswith("time_embeddings"):
            continue
        module = name.removeprefix("step02/decoder.")
        theirs = [n for n in reference if n.startswith("step02/decoder.estimator.")
                  and mlx_names(n.removeprefix("step02/decoder.estimator.")) == module]  # fmt: skip
        assert len(theirs) == 1, name
        assert apart(value, reference[theirs[0]]) < 2e-5, name
        pairs += 1
    assert pairs == sum(n.startswith("step02/decoder.estimator.") for n in reference) - 1
    assert apart(trace["mel"], reference["mel"]) < 1e-5
    assert trace["mel"].shape == (1, VALID - 16, 80)


def mlx_names(module: str) -> str:
    """Name in the port of a module of the reference, also of one that holds others."""
    inside = mlx_weights.port_name(module)
    if inside is not None:
        return inside
    for pattern, there in ((r".1.", ".transformers."), (r".0", ".resnet")):
        stage, _, rest = module.partition("blocks.")
        number, _, path = rest.partition(".")
        if f".{path}".startswith(pattern):
            return f"{stage}blocks.{number}{there}{f'.{path}'[len(pattern) :]}"
    return module


@pytest.mark.parametrize(
    ("port", "loading", "first"),
    [
        (Port(symmetric_padding=True), None, "down_blocks.0.resnet.block1.conv"),
        (Port(heads_unpermuted=True), None, "down_blocks.0.transformers.0.attention.out_proj"),
        (Port(mask_inverted=True), None, "down_blocks.0.transformers.0.attention.out_proj"),
        (None, Loading(flipped="mid_blocks.1.0.block2.block.0"), "mid_blocks.1.resnet.block2.conv"),
        (None, Loading(transposed="mid_blocks.0.1.0.attn1.to_q"),
         "mid_blocks.0.transformers.0.attention.query_proj"),
        (None, Loading(unknown=("residual convolutions",)), "down_blocks.0.resnet.res_conv"),
    ],
)  # fmt: skip
def test_a_mistake_shows_first_where_it_was_made(weights, given, tmp_path, port, loading, first):
    steps = (1,)
    right = mlx_weights.build(weights, Port(), Loading())
    wrong = mlx_weights.build(weights, port or Port(), loading or Loading())
    traces = []
    for estimator, folder in ((right, tmp_path / "right"), (wrong, tmp_path / "wrong")):
        mlx_run.solve(estimator, given, Solver(), folder, {}, steps)
        order = json.loads((folder / "trace.json").read_text())["order"]
        traces.append(load_file(folder / "decoder.safetensors"))
    differing = [n for n in order if not np.array_equal(traces[0][n], traces[1][n])]
    assert differing[0] == f"step01/decoder.{first}"
    assert apart(traces[1][differing[0]], traces[0][differing[0]]) > 1e-3


def test_the_guidance_formula_changes_no_module_of_the_first_step(weights, given, tmp_path):
    trace = ported(weights, given, tmp_path, solver=Solver(guidance_between=True))
    c, u, v = (
        trace[f"step03/ode.v_{name}"].astype(np.float64) for name in ("cond", "uncond", "cfg")
    )
    np.testing.assert_allclose(v, u + 0.7 * (c - u), atol=1e-5)


def test_half_precision_is_close_and_stored_as_such(weights, given, reference, tmp_path):
    trace = ported(weights, given, tmp_path, solver=Solver(half=True))
    assert trace["step02/decoder.final_proj"].dtype == np.float16
    assert trace["t_span"].dtype == np.float32
    assert 1e-5 < apart(trace["mel"].astype(np.float32), reference["mel"]) < 1e-2


def test_every_weight_has_one_place_in_the_table(weights):
    modules = {n.removeprefix(PREFIX).rpartition(".")[0] for n in weights}
    places = [mlx_weights.port_name(module) for module in modules]
    assert None not in places
    assert len(set(places)) == len(modules)
    assert mlx_weights.port_name("down_blocks.0.0.mlp.1", ["attention"]) is None


def test_a_missing_weight_is_refused_unless_the_table_lacks_its_kind(weights):
    fewer = {n: v for n, v in weights.items() if ".res_conv" not in n}
    with pytest.raises(ValueError, match="res_conv"):
        mlx_weights.build(fewer, Port(), Loading())
    mlx_weights.build(fewer, Port(), Loading(unknown=("residual convolutions",)))


def test_unloaded_modules_begin_the_same_every_time(weights):
    loading = Loading(unknown=("attention",))
    first, second = (mlx_weights.build(weights, Port(), loading) for _ in range(2))
    places = [e.mid_blocks[0].transformers[0].attention.query_proj.weight for e in (first, second)]
    np.testing.assert_array_equal(*map(np.array, places))
    stored = weights[PREFIX + "mid_blocks.0.1.0.attn1.to_q.weight"]
    assert not np.allclose(np.array(places[0]), stored)


def test_the_recorded_inputs_are_those_given(weights, given, reference):
    for name, value in (("mu", given.mu), ("cond", given.cond), ("mask", given.mask),
                        ("t_span", given.t_span), ("initial_noise", given.noise)):  # fmt: skip
        np.testing.assert_array_equal(reference[name], value)
    other = dataclasses.replace(given, noise=-given.noise)
    assert not np.array_equal(other.noise, reference["initial_noise"])
