"""Recording PyTorch models that were not written here."""

from __future__ import annotations

import copy
import inspect
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.match.matching import match_traces
from inspector.match.roles import recognise
from inspector.record import record_torch
from tests.record.reading import metadata, read_back


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.safetensors"


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def fingerprint(model):
    """Everything that recording could change on the instances of `model`."""
    return [
        (name, type(m), dict(vars(m)).keys(), m.__dict__.get("forward"), dict(m._forward_hooks))
        for name, m in model.named_modules(remove_duplicate=False)
    ]


def encoder():
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()


def test_every_part_of_a_transformer_is_bit_for_bit_what_it_computes(path):
    model, x = encoder(), torch.randn(2, 5, 16)
    before = fingerprint(model)
    plain = model(x)
    with record_torch(model, path, inputs=True) as recorder:
        recorded = model(x)
    assert torch.equal(plain, recorded)
    assert fingerprint(model) == before
    found = load_file(path)
    layer = model.layers[0]
    attended = layer.self_attn(x, x, x, need_weights=False)[0]
    normed = layer.norm1(x + attended)
    hidden = layer.linear1(normed)
    result = layer.norm2(normed + layer.linear2(torch.relu(hidden)))
    expected = {
        "model.input": x,
        "layers.0.input": x,
        "layers.0.self_attn.0": attended,
        "layers.0.norm1": normed,
        "layers.0.linear1": hidden,
        "layers.0.linear2.input": torch.relu(hidden),
        "layers.0": result,
        "layers.1": plain,
        "model": plain,
    }
    for name, value in expected.items():
        assert torch.equal(found[f"step01/{name}"], value), name
    assert open_trace(path).info.framework == f"PyTorch {torch.__version__}"
    assert any("out_proj" in note for note in recorder.notes)  # fused into the attention


def test_the_fused_path_of_the_transformer_stays_what_it_was(path):
    model, x = encoder(), torch.randn(2, 5, 16)
    with torch.no_grad():
        plain = model(x)
        with record_torch(model, path) as recorder:
            recorded = model(x)
    assert torch.equal(plain, recorded)
    assert list(read_back(path)) == ["step01/layers.0", "step01/layers.1", "step01/model"]
    assert any("Never called" in note for note in recorder.notes)


def test_tuples_of_an_lstm(path):
    model = nn.Sequential(nn.LSTM(4, 3, num_layers=2, batch_first=True))
    x = torch.randn(2, 5, 4)
    out, (h, c) = model[0](x)
    with record_torch(model, path):
        model(x)
    found = load_file(path)
    parts = ("0", "1.0", "1.1")
    assert set(found) == {f"step01/{name}.{part}" for name in ("0", "model") for part in parts}
    assert torch.equal(found["step01/0.0"], out)
    assert torch.equal(found["step01/0.1.0"], h)
    assert torch.equal(found["step01/model.1.1"], c)
    with record_torch(model, path, prefix="rnn"):
        model(x)  # now rnn.0 is the child
    assert {"step01/rnn.0.0", "step01/rnn.output.0", "step01/rnn.1.0"} < set(load_file(path))


@dataclass
class Sample:
    sample: torch.Tensor
    extra: object = None


Pair = namedtuple("Pair", "left right")


class Net(nn.Module):
    """In-place sums, several calls, a shared layer and outputs of every kind."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 3, 3, padding=1)
        self.left = nn.Sequential(nn.Linear(5, 5))
        self.right = nn.Sequential(self.left[0])
        self.twin = self.conv
        self.kinds = nn.Identity()

    def forward(self, x, scale=1.0):
        h = self.conv(x)
        h += x
        h.mul_(scale)
        h = self.left(h)
        h = self.right(h)
        h = self.twin(h)
        self.kinds({"a": h, "b": Pair(h, [h, "text"])})
        return Sample(h, extra=(None, h.argmax()))


def test_in_place_updates_do_not_leak_in(path):
    model, x = Net(), torch.randn(2, 3, 5)
    with torch.no_grad(), record_torch(model, path, inputs=True):
        model(x, scale=2.0)
    found = load_file(path)
    conv = model.conv(x).detach()
    assert torch.equal(found["step01/conv"], conv)
    assert torch.equal(found["step01/left.input"], (conv + x) * 2)


def test_outputs_of_every_kind_and_shared_modules(path):
    model, x = Net(), torch.randn(2, 3, 5)
    with torch.no_grad(), record_torch(model, path) as recorder:
        out = model(x)
        model.forward(x)
    found = read_back(path)
    first = [name.removeprefix("step01/") for name in found if name.startswith("step01/")]
    assert first == [
        "conv", "left.0", "left", "right.0", "right", "conv.call2",
        "kinds.a", "kinds.b.left", "kinds.b.right.0", "model.sample", "model.extra.1",
    ]  # fmt: skip
    assert len(found) == 2 * len(first)
    assert (found["step01/conv.call2"] == out.sample.numpy()).all()
    assert any("conv = twin" in note for note in recorder.notes)
    assert any("kinds.b.right.1: str" in note for note in recorder.notes)


class Solver:
    """Calls the estimator as the solvers of flow matching do."""

    def __init__(self, estimator, steps):
        self.estimator, self.steps = estimator, steps

    def solve(self, x):
        for _ in range(self.steps):
            x = x + 0.1 * self.estimator.forward(x)
        return x


def test_a_solver_that_calls_forward_itself_is_counted(path):
    estimator = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
    x = torch.randn(2, 4)
    with torch.no_grad():
        plain = Solver(estimator, 3).solve(x)
        with record_torch(estimator, path, prefix="decoder.estimator", facts={"cfg_rate": 0.7}):
            recorded = Solver(estimator, 3).solve(x)
    assert torch.equal(plain, recorded)
    found = read_back(path)
    assert list(found)[-3:] == [
        "step03/decoder.estimator.0", "step03/decoder.estimator.1", "step03/decoder.estimator"
    ]  # fmt: skip
    trace = open_trace(path)
    assert trace.info.steps == 3
    result = match_traces(trace, trace, recognise(trace), recognise(trace))
    assert [p.step for p in result.pairs] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert not result.unmatched_reference


def test_a_loop_of_the_user(path):
    model, x = nn.Sequential(nn.Linear(4, 4)), torch.zeros(2, 4)
    with torch.no_grad(), record_torch(model, path, rows=0) as recorder:
        for number in (1, 2):
            recorder.step(number)
            recorder.add("ode.t", 0.5 * number)
            recorder.add("ode.x_before", x)
            conditional, unconditional = model(x), model(x)
            x = x + 1.7 * conditional - 0.7 * unconditional
            recorder.add("ode.x_after", x)
    found = read_back(path)
    assert found["step01/0"].shape == found["step02/0.call2"].shape == (1, 4)
    assert found["step02/ode.x_before"].shape == (2, 4)
    assert (found["step02/ode.x_before"] == found["step01/ode.x_after"]).all()
    steps = recognise(open_trace(path)).trajectory.steps
    assert [s.number for s in steps] == [1, 2]
    assert all(s.t and s.x_before and s.x_after for s in steps)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_the_dtype_stays(path, dtype):
    model, x = nn.Linear(4, 4).to(dtype), torch.randn(2, 4, dtype=dtype)
    with record_torch(model, path):
        expected = model(x)
    found = load_file(path)["step01/model"]
    assert found.dtype == dtype
    assert torch.equal(found, expected)
    (record,) = open_trace(path)
    assert record.dtype == str(dtype).removeprefix("torch.")
    assert (record.read() == expected.detach().double().numpy()).all()


def test_an_exception_restores_the_model_and_keeps_the_file(path):
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(3, 3))
    before = fingerprint(model)
    with pytest.raises(RuntimeError, match="shapes"), record_torch(model, path):
        model(torch.ones(2, 4))
    assert fingerprint(model) == before
    assert list(read_back(path)) == ["step01/0"]
    assert metadata(path)["interrupted"].startswith("RuntimeError")


def test_a_failing_module_that_the_model_survives(path):
    class Careful(nn.Module):
        def __init__(self):
            super().__init__()
            self.bad, self.good = nn.Linear(3, 3), nn.Linear(4, 4)

        def forward(self, x):
            try:
                return self.bad(x)
            except RuntimeError:
                return self.good(x)

    model = Careful()
    with record_torch(model, path):
        for _ in range(2):
            model(torch.ones(1, 4))
    names = ["good", "model"]
    assert list(read_back(path)) == [f"step{n:02d}/{name}" for n in (1, 2) for name in names]


def test_a_failed_step_that_the_solver_survives(path):
    model = nn.Sequential(nn.Linear(4, 4))
    with record_torch(model, path) as recorder:
        with pytest.raises(RuntimeError):
            model(torch.ones(2, 3))
        model(torch.ones(2, 4))
        recorder.add("after", 1)
    assert list(read_back(path)) == ["step02/0", "step02/model", "after"]


def test_an_own_forward_of_an_instance_is_kept(path):
    model = nn.Sequential(nn.Linear(2, 2))
    own = model[0].forward
    model[0].forward = lambda x: own(x) + 1
    replaced = model[0].forward
    x = torch.ones(1, 2)
    expected = model(x)
    with record_torch(model, path):
        assert torch.equal(model(x), expected)
    assert model[0].forward is replaced
    assert torch.equal(load_file(path)["step01/0"], expected)


def test_a_forward_replaced_while_recording_is_left_alone(path):
    model = nn.Sequential(nn.Linear(2, 2))
    with record_torch(model, path) as recorder:
        model(torch.ones(1, 2))
        model[0].forward = lambda x: x
    assert any("Not restored" in note for note in recorder.notes)
    assert "forward" not in model.__dict__


def test_a_copy_made_while_recording_runs_itself(path):
    model = nn.Linear(2, 2)
    with torch.no_grad(), record_torch(model, path):
        model(torch.ones(1, 2))
        clone = copy.deepcopy(model)
        clone.weight.zero_()
        inside = clone(torch.ones(1, 2))
        assert "input" in inspect.signature(model.forward).parameters
    assert torch.equal(inside[0], clone.bias)
    assert torch.equal(clone(torch.ones(1, 2))[0], clone.bias)
    assert len(read_back(path)) == 1


def test_two_recorders_at_once(tmp_path):
    model, x = nn.Sequential(nn.Linear(2, 2)), torch.ones(1, 2)
    one, two = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    before = fingerprint(model)
    with record_torch(model, one), record_torch(model, two, level=0):
        model(x)
    assert fingerprint(model) == before
    assert (list(read_back(one)), list(read_back(two))) == (
        ["step01/0", "step01/model"],
        ["step01/model"],
    )


def test_gradients_still_flow(path):
    model, x = nn.Linear(2, 2), torch.ones(1, 2, requires_grad=True)
    with record_torch(model, path):
        model(x).sum().backward()
    assert torch.equal(x.grad[0], model.weight.sum(0).detach())


def test_scripted_parts_are_recorded_as_a_whole(path):
    model = nn.Sequential(torch.jit.script(nn.Sequential(nn.Linear(2, 2))), nn.ReLU())
    x = torch.ones(1, 2)
    expected = model(x)
    with record_torch(model, path) as recorder:
        assert torch.equal(model(x), expected)
    assert list(read_back(path)) == ["step01/0", "step01/1", "step01/model"]
    assert any("Compiled" in note and "(0)" in note for note in recorder.notes)
    assert torch.equal(model(x), expected)


def test_a_wrapped_compiled_model_is_recorded_as_a_whole(path):
    inner = nn.Sequential(nn.Linear(2, 2))
    model = torch.compile(inner, backend="eager")
    x = torch.ones(1, 2)
    with torch.no_grad(), record_torch(model, path) as recorder:
        out = model(x)
    assert np.array_equal(read_back(path)["step01/model"], out.numpy())
    assert any("Compiled" in note for note in recorder.notes)
    assert "forward" not in inner.__dict__


def test_lists_of_modules_without_forward_are_no_problem(path):
    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList([nn.ModuleDict({"x": nn.Linear(2, 2)})])

        def forward(self, x):
            return self.blocks[0]["x"](x)

    with record_torch(Listed(), path) as recorder:
        recorder._probe._modules[0][1](torch.ones(1, 2))
    assert list(read_back(path)) == ["step01/blocks.0.x", "step01/model"]
    assert recorder.notes == ()


@pytest.mark.parametrize("model", [lambda x: x, None, torch.ones(2)])
def test_what_is_no_module_is_refused(path, model):
    with pytest.raises(UsageError, match=r"torch\.nn\.Module"):
        record_torch(model, path)


def test_the_framework_text_can_be_given(path):
    model = nn.Linear(2, 2)
    with record_torch(model, path, framework="PyTorch fork"):
        model(torch.ones(1, 2))
    assert open_trace(path).info.framework == "PyTorch fork"
