"""PyTorch tensors as bytes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inspector.record.torch_values import _NAMES, store_tensor
from inspector.record.values import Unstorable


@pytest.mark.parametrize("dtype", list(_NAMES))
def test_every_dtype_keeps_its_bits(dtype):
    tensor = torch.arange(12).reshape(3, 4).to(dtype)
    stored = store_tensor(tensor)
    back = torch.frombuffer(bytearray(stored.data), dtype=dtype).reshape(stored.shape)
    assert stored.dtype == str(dtype).removeprefix("torch.")
    assert torch.equal(back.view(torch.uint8), tensor.view(torch.uint8))


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3).T,
        torch.arange(24.0).reshape(2, 3, 4)[:, ::2, 1:],
        torch.ones(1).expand(3, 2),
        torch.tensor(1.5),
        torch.zeros(0, 3),
        torch.arange(3.0, requires_grad=True) * 2,
        torch.nn.Parameter(torch.ones(2)),
        torch.tensor([1 + 2j]).conj(),
    ],
    ids=["turned", "strided", "expanded", "scalar", "empty", "graph", "parameter", "conjugated"],
)
def test_every_kind_of_view_has_its_values(tensor):
    stored = store_tensor(tensor)
    values = np.frombuffer(stored.data, stored.dtype).reshape(stored.shape)
    expected = tensor.detach().resolve_conj().numpy()
    assert values.shape == expected.shape
    assert (values == expected).all()


def test_rows_are_taken_from_the_first_axis():
    tensor = torch.arange(12.0).reshape(3, 4)
    stored = store_tensor(tensor, (2, 0))
    assert np.frombuffer(stored.data, "f4").reshape(stored.shape).tolist() == [
        [8, 9, 10, 11],
        [0, 1, 2, 3],
    ]


def _traced():
    found = []

    def function(x):
        with pytest.raises(Unstorable, match="traced") as refused:
            store_tensor(x)
        found.append(refused.value)
        return x

    torch.func.vmap(function)(torch.ones(2, 3))
    raise found[0]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: store_tensor(torch.eye(3).to_sparse()), "sparse"),
        (lambda: store_tensor(torch.empty(3, device="meta")), "meta"),
        (lambda: store_tensor(torch.zeros(1, dtype=torch.complex128)), "complex128"),
        (lambda: store_tensor(torch.nested.nested_tensor([torch.ones(2)])), "nested"),
        (_traced, "traced"),
    ],
)
def test_tensors_without_values_say_why(make, reason):
    with pytest.raises(Unstorable, match=reason):
        make()
