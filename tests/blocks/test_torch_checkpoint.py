"""Plain weights are read from every kind of saved object; all else is one sentence."""

from __future__ import annotations

import io
from collections import OrderedDict

import numpy as np
import pytest

from inspector.errors import TraceError

torch = pytest.importorskip("torch", reason="torch is not installed")
from inspector.blocks.torch_checkpoint import read_torch_checkpoint  # noqa: E402 - needs torch


def saved(value, **options):
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    return stream.getvalue()


TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(3)}


@pytest.mark.parametrize(
    "value",
    [TENSORS, OrderedDict(TENSORS), {"state_dict": TENSORS, "epoch": 3, "lr": [0.1]},
     {"model": {"state_dict": TENSORS}}, {"a": {"weight": TENSORS["a.weight"]}, "b": TENSORS["b"]},
     {"module": TENSORS}],
)  # fmt: skip
def test_state_dicts_and_their_wrappers(value):
    records, skipped = read_torch_checkpoint(saved(value), "x.pt")
    assert [(r.name, r.shape, r.dtype) for r in records] == [
        ("a.weight", (2, 3), "float32"), ("b", (), "int64"),
    ]  # fmt: skip
    assert np.array_equal(records[0].read(), np.arange(6.0).reshape(2, 3))
    assert records[1].read() == 3
    assert skipped == ()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.bool,
                                   torch.float8_e4m3fn, torch.uint8])  # fmt: skip
def test_every_dtype_keeps_its_values(dtype):
    values = torch.tensor([0.0, 1.0, 1.0, 0.0]).to(dtype)
    ((record,), _) = read_torch_checkpoint(saved({"x": values}), "x.pt")
    assert record.dtype == str(dtype).removeprefix("torch.")
    assert record.read().tolist() == [0, 1, 1, 0]


def test_views_are_read_by_their_strides():
    base = torch.arange(12.0).reshape(3, 4)
    records, _ = read_torch_checkpoint(saved({"t": base.T, "c": base[:, 1]}), "x.pt")
    assert np.array_equal(records[0].read(), base.numpy().T)
    assert records[1].read().tolist() == [1, 5, 9]


def test_values_are_read_only():
    ((record, _), _) = read_torch_checkpoint(saved(TENSORS), "x.pt")
    assert not record.read().flags.writeable


def test_what_has_no_plain_values_is_skipped_with_a_reason():
    huge = torch.zeros(1).expand(10**6, 10**6)
    repeated = torch.zeros(1).expand(1000, 1000)
    sparse = torch.eye(3).to_sparse()
    records, skipped = read_torch_checkpoint(
        saved(
            {
                "huge": huge,
                "repeated": repeated,
                "sparse": sparse,
                "x\0y": torch.ones(1),
                "good": torch.ones(1),
            }
        ),
        "x.pt",
    )
    assert [r.name for r in records] == ["good"]
    assert len(skipped) == 4
    assert "4,000,000,000,000 bytes" in skipped[0].sentence


class Custom:
    """A class that plain weights may not hold."""


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"PK\x03\x04" + b"\0" * 50, saved(TENSORS)[:-40], saved({"c": 1}), saved([]),
     saved("text"), saved(None), saved(Custom())],
)  # fmt: skip
def test_other_contents_are_one_sentence(content):
    with pytest.raises(TraceError) as caught:
        read_torch_checkpoint(content, "x.pt")
    assert caught.value.code in ("format", "empty")
    assert "\n" not in caught.value.sentence
    assert "weights_only=False" not in caught.value.sentence


def test_a_deep_object_ends():
    value: dict = {"x": torch.ones(1)}
    for _ in range(50):
        value = {"a": value}
    with pytest.raises(TraceError):
        read_torch_checkpoint(saved(value), "x.pt")
