"""Recording MLX models that were not written here."""

from __future__ import annotations

import copy
import inspect

import mlx.core as mx
import numpy as np
import pytest
from mlx import nn

from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.match.matching import match_traces
from inspector.match.roles import recognise
from inspector.record import record_mlx, record_torch
from tests.record.reading import metadata, read_back


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.safetensors"


@pytest.fixture(autouse=True)
def seeded():
    mx.random.seed(0)


def modules(model):
    """Every module of `model` with its class, as MLX itself finds them."""
    return [(name, id(module), type(module)) for name, module in model.named_modules()]


def same(found, array):
    return np.array_equal(found, np.array(array))


def test_every_part_of_a_transformer_is_bit_for_bit_what_it_computes(path):
    model, x = nn.TransformerEncoder(2, 8, 2), mx.random.normal((2, 5, 8))
    model.eval()
    before = modules(model)
    plain = model(x, None)
    with record_mlx(model, path, inputs=True) as recorder:
        recorded = model(x, None)
    assert modules(model) == before
    assert mx.array_equal(plain, recorded)
    layer = model.layers[0]
    normed = layer.ln1(x)
    attended = layer.attention(normed, normed, normed, None)
    hidden = layer.linear1(layer.ln2(x + attended))
    expected = {
        "model.input": x,
        "layers.0.ln1": normed,
        "layers.0.attention.input.2": normed,
        "layers.0.attention": attended,
        "layers.0.linear1": hidden,
        "layers.0.linear2.input": nn.relu(hidden),
        "layers.0": layer(x, None),
        "ln": plain,
        "model": plain,
    }
    found = read_back(path)
    for name, value in expected.items():
        assert same(found[f"step01/{name}"], value), name
    # what MLX writes and reads itself agrees
    loaded = mx.load(str(path))
    mx.eval(loaded)
    assert mx.array_equal(loaded["step01/layers.0.attention"], attended)
    assert recorder.notes == ()
    assert open_trace(path).info.framework.startswith("MLX 0.")


def test_attention_by_itself_is_called_with_keywords(path):
    model, x = nn.MultiHeadAttention(8, 2), mx.random.normal((2, 5, 8))
    mask = nn.MultiHeadAttention.create_additive_causal_mask(5)
    plain = model(x, x, x, mask=mask)
    with record_mlx(model, path, inputs=True, prefix="attn"):
        model(x, x, x, mask=mask)
    found = read_back(path)
    assert list(found)[:4] == [
        "step01/attn.input", "step01/attn.input.1", "step01/attn.input.2", "step01/attn.input.mask"
    ]  # fmt: skip
    assert same(found["step01/attn.input.mask"], mask)
    assert same(found["step01/attn"], plain)
    assert same(found["step01/attn.query_proj"], model.query_proj(x))


class Net(nn.Module):
    """Modules in lists and tables, in-place sums, several calls and a shared one."""

    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(4, 4), {"deep": [nn.Linear(4, 4)]}]
        self.norm = nn.LayerNorm(4)
        self.twin = self.norm
        self.lstm = nn.LSTM(4, 3)

    def __call__(self, x, scale=1.0):
        h = self.blocks[0](x)
        h += x
        h[0] = h[0] * scale
        h = self.blocks[1]["deep"][0](h)
        h = self.twin(self.norm(h))
        return {"out": h, "state": self.lstm(h), "kind": "text", "none": None}


def test_lists_tables_and_outputs_of_every_kind(path):
    model, x = Net(), mx.random.normal((2, 5, 4))
    before = modules(model)
    with record_mlx(model, path) as recorder:
        for _ in range(2):
            out = model(x, scale=3.0)
    assert modules(model) == before
    found = read_back(path)
    names = [
        "blocks.0", "blocks.1.deep.0", "norm", "norm.call2", "lstm.0", "lstm.1",
        "model.out", "model.state.0", "model.state.1",
    ]  # fmt: skip
    assert list(found) == [f"step{n:02d}/{name}" for n in (1, 2) for name in names]
    assert same(found["step01/blocks.0"], model.blocks[0](x))  # before `h += x`
    assert same(found["step02/model.state.1"], out["state"][1])
    assert any("norm = twin" in note for note in recorder.notes)
    assert any("model.kind: str" in note for note in recorder.notes)


def test_what_is_recorded_is_evaluated_at_once(path):
    class Watch(nn.Module):
        def __call__(self, x):
            return x * 2

    model, lazy = Watch(), mx.ones((2, 3))
    with record_mlx(model, path):
        lazy = model(lazy)
        lazy += 1  # would show if the values were read later
    assert (read_back(path)["step01/model"] == 2).all()
    assert (np.array(lazy) == 3).all()


@pytest.mark.parametrize("dtype", [mx.bfloat16, mx.float16])
def test_the_dtype_stays(path, dtype):
    model = nn.Linear(4, 4)
    model.set_dtype(dtype)
    x = mx.random.normal((2, 4)).astype(dtype)
    with record_mlx(model, path):
        expected = model(x)
    (record,) = open_trace(path)
    assert record.dtype == str(dtype).removeprefix("mlx.core.")
    assert same(record.read(), expected.astype(mx.float32))
    loaded = mx.load(str(path))["step01/model"]
    assert loaded.dtype == dtype


def test_an_exception_restores_every_class_and_keeps_the_file(path):
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(3, 3))
    before = modules(model)
    with pytest.raises(ValueError), record_mlx(model, path):
        model(mx.ones((2, 4)))
    assert modules(model) == before
    assert list(read_back(path)) == ["step01/layers.0"]
    assert metadata(path)["complete"] == "no"


def test_a_failed_step_that_the_solver_survives(path):
    model = nn.Sequential(nn.Linear(4, 4))
    with record_mlx(model, path) as recorder:
        with pytest.raises(ValueError):
            model(mx.ones((2, 3)))
        model(mx.ones((2, 4)))
        recorder.add("after", 1)
    assert list(read_back(path)) == ["step02/layers.0", "step02/model", "after"]


def test_modules_keep_their_class_name_and_signature_while_recording(path):
    model = nn.Sequential(nn.Linear(2, 2))
    with record_mlx(model, path):
        model(mx.ones((1, 2)))
        inner = model.layers[0]
        assert isinstance(inner, nn.Linear)
        assert type(inner).__qualname__ == "Linear"
        assert list(inspect.signature(inner).parameters) == ["x"]
        assert "weight" in inner
    assert type(model.layers[0]) is nn.Linear


def test_a_class_replaced_while_recording_is_left_alone(path):
    class Other(nn.Linear):
        pass

    model = nn.Linear(2, 2)
    with record_mlx(model, path) as recorder:
        model(mx.ones((1, 2)))
        object.__setattr__(model, "__class__", Other)
    assert type(model) is Other
    assert any("Not restored" in note for note in recorder.notes)


def test_a_compiled_model_is_said_to_be_compiled(path):
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    compiled = mx.compile(lambda x: model(x))
    x = mx.ones((1, 2))
    expected = compiled(x)
    with pytest.raises(UsageError, match=r"record_mlx|nn\.Module"):
        record_mlx(compiled, path)
    with record_mlx(model, path) as recorder:
        again = mx.compile(lambda x: model(x))(x)
        recorder.add("out", again)
    assert mx.array_equal(again, expected)
    assert list(read_back(path)) == ["out"]
    assert any("without compiling" in note for note in recorder.notes)
    with pytest.raises(UsageError, match="No module of the model"), record_mlx(model, path):
        compiled(x)


def test_a_copy_made_while_recording_runs_itself(path):
    model = nn.Linear(2, 2)
    with record_mlx(model, path):
        model(mx.ones((1, 2)))
        clone = copy.deepcopy(model)
        clone.weight = mx.zeros((2, 2))
        assert mx.array_equal(clone(mx.ones((1, 2)))[0], clone.bias)
    assert len(read_back(path)) == 1
    assert mx.array_equal(clone(mx.ones((1, 2)))[0], clone.bias)


def test_gradients_still_flow(path):
    model, x = nn.Linear(2, 2), mx.ones((1, 2))
    plain = mx.grad(lambda x: model(x).sum())(x)
    with record_mlx(model, path):
        assert mx.array_equal(mx.grad(lambda x: model(x).sum())(x), plain)


def test_filters_are_those_of_the_other_framework(path):
    model, x = nn.TransformerEncoder(2, 8, 2), mx.random.normal((2, 5, 8))
    model.eval()
    with record_mlx(model, path, include=r"\d$", level=2, rows=1, steps=2, inputs=True):
        for _ in range(3):
            model(x, None)
    found = read_back(path)
    assert list(found) == [f"step02/layers.{i}{part}" for i in (0, 1) for part in (".input", "")]
    assert same(found["step02/layers.0.input"], x[1:])
    assert open_trace(path).info.steps == 3


def test_one_signature_for_both_frameworks():
    torch, mlx = (inspect.signature(f).parameters for f in (record_torch, record_mlx))
    assert list(torch) == list(mlx)
    assert [p.default for p in torch.values()] == [p.default for p in mlx.values()]


def test_recordings_of_both_frameworks_pair_by_name(tmp_path):
    torch = pytest.importorskip("torch")
    reference = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.LayerNorm(4))
    candidate = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
    weights = {
        f"layers.{name}": mx.array(value.numpy()) for name, value in reference.state_dict().items()
    }
    candidate.load_weights(list(weights.items()))
    x = np.random.default_rng(0).standard_normal((2, 4), np.float32)
    files = tmp_path / "reference.safetensors", tmp_path / "candidate.safetensors"
    with torch.no_grad(), record_torch(reference, files[0], prefix="layers", inputs=True):
        for _ in range(2):
            reference(torch.from_numpy(x))
    with record_mlx(candidate, files[1], inputs=True):
        for _ in range(2):
            candidate(mx.array(x))
    left, right = (open_trace(file) for file in files)
    result = match_traces(left, right, recognise(left), recognise(right))
    paired = {pair.reference.name: pair.candidate.name for pair in result.pairs}
    for step in ("step01", "step02"):
        for part in ("", ".input"):
            assert paired[f"{step}/layers.0{part}"] == f"{step}/layers.0{part}"
    worst = max(
        float(np.abs(pair.reference.read() - pair.candidate.read()).max())
        for pair in result.pairs
        if pair.reference.name in ("step01/layers.0", "step02/layers.1")
    )
    assert worst < 1e-5
