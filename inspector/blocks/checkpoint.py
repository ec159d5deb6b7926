"""A checkpoint of the decoder: every parameter at its slot, and all that found none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from types import MappingProxyType
from typing import Any

from inspector.blocks.config import DecoderConfig
from inspector.blocks.config_from_shapes import infer_config
from inspector.blocks.conv_layout import find_layout, torch_axes
from inspector.blocks.decoder_part import DecoderPart, describe_elsewhere, find_decoder
from inspector.blocks.lazy_weights import LazyWeights, StoredWeight
from inspector.blocks.parameter_names import settle_key
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.blocks.quantised_weights import join_quantised
from inspector.dtypes import STORED_DTYPES, dtype_info
from inspector.names import show_name
from inspector.tensors import Array, TensorRecord

_LISTED = 200


@dataclass(frozen=True)
class UnusedKey:
    """A tensor of the decoder that found no slot, with the reason as a clause."""

    key: str
    shape: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class Misfit:
    """A parameter whose stored shape does not fit its slot; it is not used.

    Attributes:
        key: key of the slot.
        stored_key: name in the file.
        found: stored shape.
        expected: shape of the slot in PyTorch's layout.
        transposed: the stored shape fits when its axes are permuted.
    """

    key: str
    stored_key: str
    found: tuple[int, ...]
    expected: tuple[int, ...]
    transposed: bool


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The decoder of one file.

    Attributes:
        path: as given.
        config: structure of the decoder.
        weights: key -> values, float32 in PyTorch's layout, read when used, read-only.
        prefix: what stands before the decoder's names in the file.
        layout: ``torch`` or ``mlx``: order of the axes of stored convolution weights.
        dtypes: key -> stored dtype.
        unused: tensors below the prefix without a slot.
        missing: slots without a tensor.
        misfits: tensors whose shape does not fit their slot.
        elsewhere: other parts of the file -> how many tensors they have.
        stored_keys: key -> name in the file.
        notes: assumptions and remarks, one sentence each.
        identity: hash over the file, for caches.
    """

    path: str
    config: DecoderConfig
    weights: Mapping[str, Array]
    prefix: str = ""
    layout: str = "torch"
    dtypes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unused: tuple[UnusedKey, ...] = ()
    missing: tuple[str, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    elsewhere: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    stored_keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
    identity: str = ""

    @property
    def complete(self) -> bool:
        """Every slot has a parameter that fits."""
        return not self.missing and not self.misfits

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps parameters from their slots, one sentence each."""
        found = []
        if self.missing:
            found.append(f"{_count(self.missing, 'slot has', 'slots have')} no parameter in the "
                         f"file: {_some(self.missing)}.")  # fmt: skip
        for transposed in (True, False):
            some = [m.stored_key for m in self.misfits if m.transposed is transposed]
            if some:
                how = "fits only transposed" if transposed else "does not fit its slot"
                found.append(f"The shape of {_count(some, 'parameter', 'parameters')} {how}: "
                             f"{_some(some)}.")  # fmt: skip
        if self.unused:
            keys = [u.key for u in self.unused]
            found.append(f"{_count(keys, 'tensor', 'tensors')} of the decoder found no slot: "
                         f"{_some(keys)}.")  # fmt: skip
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; parameters by count and dtype, not by value."""
        counts: dict[str, int] = {}
        for dtype in self.dtypes.values():
            counts[dtype] = counts.get(dtype, 0) + 1
        return {
            "path": self.path,
            "prefix": self.prefix,
            "layout": self.layout,
            "config": self.config.to_dict(),
            "parameters": len(self.weights),
            "dtypes": counts,
            "missing": list(self.missing),
            "misfits": [
                {**vars(m), "found": list(m.found), "expected": list(m.expected)}
                for m in self.misfits
            ],
            "unused": [{**vars(u), "shape": list(u.shape)} for u in self.unused[:_LISTED]],
            "unused_count": len(self.unused),
            "elsewhere": dict(list(self.elsewhere.items())[:_LISTED]),
            "problems": list(self.problems),
            "notes": list(self.notes),
            "identity": self.identity,
        }


def fit_checkpoint(
    records: Sequence[TensorRecord],
    *,
    path: str,
    given: Mapping[str, Any] = MappingProxyType({}),
    config: DecoderConfig | None = None,
    needs_heads: bool = True,
    notes: Sequence[str] = (),
    identity: str = "",
) -> Checkpoint:
    """Bring the tensors of a file to the decoder's slots.

    Args:
        records: tensors of the file.
        path: for messages and the result.
        given: settings that a configuration file states (see `read_settings`).
        config: structure that is known already, such as the reference's; instead of the
            one that the shapes tell.
        needs_heads: see `infer_config`.
        notes: sentences about the reading of the file.
        identity: hash over the file.

    Raises:
        UsageError: ``no-decoder`` or ``config``.
    """
    joined, note = join_quantised(records)
    by_name = {record.name: record for record in joined}
    part = find_decoder(by_name, path)
    keys = {name: found.key for name, found in part.named.items()}
    layout, torch, mlx = find_layout((keys[name], by_name[name].shape) for name in keys)
    said = [*notes, *([note] if note else []), *_part_notes(part, layout, torch, mlx)]
    if config is None:
        shapes = {
            key: _in_torch_layout(key, by_name[name].shape, layout) for name, key in keys.items()
        }
        config, assumed = infer_config(
            shapes, given, show_name(path), norm_index=_norm_index(part), needs_heads=needs_heads
        )
        said += assumed
    return _assemble(by_name, part, keys, layout, config, path, said, identity)


def _assemble(
    by_name: Mapping[str, TensorRecord], part: DecoderPart, keys: Mapping[str, str], layout: str,
    config: DecoderConfig, path: str, notes: list[str], identity: str,
) -> Checkpoint:  # fmt: skip
    expected = parameter_shapes(config)
    stored: dict[str, StoredWeight] = {}
    misfits, unused = [], [
        UnusedKey(name, by_name[name].shape, f"the key of {show_name(other)} again")
        for name, other in part.doubles.items()
    ]  # fmt: skip
    unused += [UnusedKey(n, by_name[n].shape, "no slot has such a name") for n in part.nameless]
    found = set()
    for name, open_key in keys.items():
        key = settle_key(open_key, causal=config.causal, levels=len(config.channels))
        record = by_name[name]
        if key not in expected:
            unused.append(UnusedKey(name, record.shape, f"the decoder has no parameter {key}"))
            continue
        if not _readable(record):
            unused.append(
                UnusedKey(name, record.shape, f"its dtype is {record.dtype}, not a number type")
            )
            continue
        found.add(key)
        axes = torch_axes(key, len(record.shape), layout)
        shape = record.shape if axes is None else tuple(record.shape[a] for a in axes)
        if shape == expected[key] or _pointwise(shape, expected[key]):
            stored[key] = StoredWeight(record, axes, expected[key])
        else:
            turned = expected[key] in set(permutations(shape)) if len(shape) <= 3 else False
            misfits.append(Misfit(key, name, record.shape, expected[key], turned))
    ordered = {key: stored[key] for key in expected if key in stored}
    squares = sum(_square(shape) for shape in expected.values())
    if squares:
        notes.append(
            f"{squares:,} weights are square: their shape does not tell whether they are "
            "transposed."
        )
    return Checkpoint(
        path, config, LazyWeights(ordered), part.prefix, layout,
        MappingProxyType({key: weight.record.dtype for key, weight in ordered.items()}),
        tuple(unused), tuple(key for key in expected if key not in found), tuple(misfits),
        part.elsewhere,
        MappingProxyType({key: weight.record.name for key, weight in ordered.items()}),
        tuple(notes), identity,
    )  # fmt: skip


def _part_notes(part: DecoderPart, layout: str, torch: int, mlx: int) -> list[str]:
    notes = []
    for prefix, count in part.other_prefixes.items():
        notes.append(
            f"{count:,} parameters of a decoder also lie under '{show_name(prefix, 80)}'; those "
            f"under '{show_name(part.prefix, 80)}' are used."
        )
    if layout == "mlx":
        notes.append("Convolution weights are stored as [O, K, I], as MLX keeps them.")
    if min(torch, mlx):
        notes.append(
            f"{mlx if layout == 'torch' else torch:,} convolution weights have the axes of the "
            f"other framework than the {max(torch, mlx):,} others; they are not turned."
        )
    if part.elsewhere:
        notes.append(
            f"{sum(part.elsewhere.values()):,} tensors are outside the decoder: "
            f"{describe_elsewhere(part.elsewhere)}."
        )
    return notes


def _in_torch_layout(key: str, shape: tuple[int, ...], layout: str) -> tuple[int, ...]:
    axes = torch_axes(key, len(shape), layout)
    return shape if axes is None else tuple(shape[a] for a in axes)


def _norm_index(part: DecoderPart) -> int | None:
    """Index of the norm in its block where the file has PyTorch's own names."""
    # A port that keeps the lists but wraps or drops modules counts norms otherwise.
    convs = [n for n, p in part.named.items() if p.key.endswith(".block.0.weight")]
    if any(name != part.prefix + part.named[name].key for name in convs):
        return None
    indexes = {p.norm_index for p in part.named.values() if p.norm_index is not None}
    return indexes.pop() if len(indexes) == 1 else None


def _readable(record: TensorRecord) -> bool:
    if record.dtype.startswith("affine"):
        return True
    return record.dtype in STORED_DTYPES and dtype_info(record.dtype).kind == "float"


def _pointwise(shape: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    """A convolution of one tap may be stored as a matrix: no value moves."""
    return len(expected) == 3 and expected[2] == 1 and shape == expected[:2]


def _square(shape: tuple[int, ...]) -> bool:
    return len(shape) >= 2 and shape[0] == shape[1]


def _count(some: Sequence[object], one: str, many: str) -> str:
    return f"{len(some):,} {one if len(some) == 1 else many}"


def _some(keys: Sequence[str]) -> str:
    shown = ", ".join(show_name(key, 100) for key in keys[:3])
    return f"{shown} and {len(keys) - 3:,} more" if len(keys) > 3 else shown
