"""PyTorch tensors as bytes."""

from __future__ import annotations

import torch

from inspector.record.values import StoredValue, Unstorable, row_slices

_NAMES = {
    torch.float64: "float64", torch.float32: "float32", torch.float16: "float16",
    torch.bfloat16: "bfloat16", torch.float8_e4m3fn: "float8_e4m3fn",
    torch.float8_e5m2: "float8_e5m2", torch.int8: "int8", torch.int16: "int16",
    torch.int32: "int32", torch.int64: "int64", torch.uint8: "uint8", torch.uint16: "uint16",
    torch.uint32: "uint32", torch.uint64: "uint64", torch.bool: "bool",
    torch.complex64: "complex64",
}  # fmt: skip


def store_tensor(tensor: torch.Tensor, rows: tuple[int, ...] | None = None) -> StoredValue:
    """Take the bytes of `tensor`, or of some rows of its first axis, without a graph.

    The bytes of a contiguous tensor on the CPU are those of the tensor itself: they must be
    written before the model goes on.

    Raises:
        Unstorable: the tensor has no plain values (sparse, nested, quantized, meta, traced),
            or values of a dtype that the container does not know.
    """
    if tensor.is_nested:
        raise Unstorable("it is a nested tensor")
    if tensor.layout is not torch.strided:
        raise Unstorable("it is a sparse tensor")
    if tensor.is_meta:
        raise Unstorable("it is on the meta device and has no values")
    name = _NAMES.get(tensor.dtype)
    if name is None:
        raise Unstorable(f"its dtype is {tensor.dtype}")
    try:
        kept = tensor.detach()
        if rows is not None:
            kept = torch.cat([kept[part] for part in row_slices(rows)])
        kept = kept.resolve_conj().resolve_neg().contiguous().cpu()
        shape = tuple(kept.shape)
        raw = kept.reshape(-1).view(torch.uint8).numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise Unstorable("its values cannot be reached (it is traced or fake)") from error
    return StoredValue(name, shape, raw.data)
