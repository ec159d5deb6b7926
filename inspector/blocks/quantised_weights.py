"""Tensors of one quantised weight (values, scales, biases) joined into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from inspector.blocks.affine_quantisation import dequantise, quantised_format
from inspector.tensors import Array, TensorRecord

_MOST_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class _Dequantised:
    packed: TensorRecord
    scales: TensorRecord
    biases: TensorRecord

    def __call__(self) -> Array:
        return dequantise(self.packed.read(), self.scales.read(), self.biases.read())


def join_quantised(records: Iterable[TensorRecord]) -> tuple[tuple[TensorRecord, ...], str]:
    """Replace ``w.weight`` (uint32), ``w.scales`` and ``w.biases`` by one tensor of values.

    Returns:
        The tensors, and a sentence about it; empty when nothing is quantised.  The dtype of
        a joined tensor tells bits and group, such as ``affine4 (groups of 64)``.
    """
    by_name = {record.name: record for record in records}
    formats: dict[str, int] = {}
    for name, packed in list(by_name.items()):
        stem = name.removesuffix(".weight")
        scales, biases = by_name.get(f"{stem}.scales"), by_name.get(f"{stem}.biases")
        if stem == name or packed.dtype != "uint32" or scales is None or biases is None:
            continue
        try:
            group, bits = quantised_format(packed.shape, scales.shape)
        except ValueError:
            continue
        shape = (*packed.shape[:-1], scales.shape[-1] * group)
        if biases.shape != scales.shape or _bytes(shape) > _MOST_BYTES:
            continue
        kind = f"affine{bits} (groups of {group})"
        formats[kind] = formats.get(kind, 0) + 1
        by_name[name] = replace(
            packed, shape=shape, dtype=kind, load=_Dequantised(packed, scales, biases)
        )
        del by_name[scales.name], by_name[biases.name]
    if not formats:
        return tuple(by_name.values()), ""
    counts = ", ".join(f"{count:,} as {kind}" for kind, count in formats.items())
    return tuple(by_name.values()), (
        f"{sum(formats.values()):,} weights are quantised as MLX does ({counts}); their values are "
        "computed from codes, scales and biases, and differ from the original's by up to half a "
        "step."
    )


def _bytes(shape: tuple[int, ...]) -> int:
    total = 4
    for dim in shape:
        total *= dim
    return total
