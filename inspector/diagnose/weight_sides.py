"""The parameters of both files under the names by which they belong together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from inspector.blocks.checkpoint import Checkpoint
from inspector.blocks.lazy_weights import LazyWeights
from inspector.blocks.parameter_names import name_words
from inspector.blocks.quantised_weights import join_quantised
from inspector.errors import UsageError
from inspector.live.checkpoint import fit_weights, stated_settings
from inspector.live.weights_file import WeightsFile
from inspector.names import show_name
from inspector.tensors import Array, TensorRecord, freeze


@dataclass(frozen=True)
class Parameter:
    """One parameter of one side.

    Attributes:
        key: name by which it belongs to the other side's.
        stored_name: name in its file.
        shape: in PyTorch's layout where the layout is known.
        dtype: stored dtype.
        read: reads the values as float32.
        read_stored: reads them as they are stored, which float32 may not hold exactly.
        decoder: it is a parameter of the decoder.
    """

    key: str
    stored_name: str
    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], Array] = field(repr=False)
    read_stored: Callable[[], Array] = field(repr=False)
    decoder: bool = False

    @property
    def quantised(self) -> tuple[int, int] | None:
        """Group size and bits when it is stored quantised."""
        if not self.dtype.startswith("affine"):
            return None
        bits, _, group = self.dtype.removeprefix("affine").partition(" ")
        return int(group.strip("()").split()[-1]), int(bits)


@dataclass(frozen=True)
class WeightSide:
    """All parameters of one side by key.

    Attributes:
        path: as given.
        parameters: by key, in file order.
        checkpoint: the decoder of the file; None when it is another model.
        framework: who wrote the file, when it says so.
        notes: sentences about the reading.
    """

    path: str
    parameters: Mapping[str, Parameter]
    checkpoint: Checkpoint | None
    framework: str | None = None
    notes: tuple[str, ...] = ()


def open_sides(
    reference: WeightsFile, candidate: WeightsFile, config: str | None = None
) -> tuple[WeightSide, WeightSide, tuple[str, ...]]:
    """Bring both files under common names.

    When both hold a decoder of the family, its parameters go by their PyTorch keys, whatever
    the port calls them, and convolutions by PyTorch's layout.  All others go by their stored
    name, or by its words when only case, underscores or brackets differ.

    Args:
        reference, candidate: the opened files.
        config: configuration file of the reference.

    Returns:
        Both sides, and sentences about what is not compared.

    Raises:
        TraceError, UsageError: the configuration cannot be used.
    """
    decoders = _decoders(reference, candidate, config)
    sides = [
        _side(file, checkpoint)
        for file, checkpoint in zip((reference, candidate), decoders, strict=True)
    ]
    notes: list[str] = []
    if decoders[0] is not None:
        sides, notes = _without_lonely_parts(sides)
    else:
        notes.append("These are not two decoders of the known family: parameters are matched by "
                     "their names and values alone.")  # fmt: skip
    return sides[0], _by_words(sides[0], sides[1]), tuple(notes)


def _decoders(
    reference: WeightsFile, candidate: WeightsFile, config: str | None
) -> tuple[Checkpoint | None, Checkpoint | None]:
    try:
        first = fit_weights(reference, stated_settings(reference, config), needs_heads=False)
        return first, fit_weights(candidate, {}, config=first.config)
    except UsageError as error:
        # A stated configuration that does not fit is the user's to correct.
        if config is not None and error.code == "config":
            raise
        return None, None


def _side(file: WeightsFile, checkpoint: Checkpoint | None) -> WeightSide:
    records, note = join_quantised(file.records)
    by_name = {record.name: record for record in records}
    found: dict[str, Parameter] = {}
    if checkpoint is not None:
        weights = checkpoint.weights
        assert isinstance(weights, LazyWeights)
        for key in weights:
            stored = weights.stored(key)
            record = by_name.pop(stored.record.name)
            found[key] = Parameter(
                key, record.name, stored.shape, record.dtype, stored.read, record.read, True
            )
        for misfit in checkpoint.misfits:
            record = by_name.pop(misfit.stored_key)
            found[misfit.key] = replace(_plain(record), key=misfit.key, decoder=True)
        for unused in checkpoint.unused:
            record = by_name.pop(unused.key)
            found[record.name] = replace(_plain(record), decoder=True)
    for record in by_name.values():
        found[record.name] = _plain(record)
    notes = (*file.notes, *([note] if note else []))
    return WeightSide(
        file.path, MappingProxyType(found), checkpoint, file.framework,
        checkpoint.notes if checkpoint is not None else notes,
    )  # fmt: skip


def _plain(record: TensorRecord) -> Parameter:
    def read() -> Array:
        values: Any = record.read()
        if values.dtype.kind == "c":
            values = np.stack([values.real, values.imag], axis=-1)
        return freeze(np.array(values, dtype=np.float32, order="C"))

    return Parameter(record.name, record.name, record.shape, record.dtype, read, record.read)


def _without_lonely_parts(sides: list[WeightSide]) -> tuple[list[WeightSide], list[str]]:
    """Leave out tensors beside the decoder when only one file has any."""
    others = [[k for k, p in s.parameters.items() if not p.decoder] for s in sides]
    if not all(others) and any(others):
        which = 0 if others[0] else 1
        parts = sides[which].checkpoint
        where = ", ".join(show_name(p, 60) for p in list(parts.elsewhere if parts else ())[:6])
        side = "reference" if which == 0 else "candidate"
        kept = {k: p for k, p in sides[which].parameters.items() if p.decoder}
        sides[which] = replace(sides[which], parameters=MappingProxyType(kept))
        return sides, [f"Only the {side} holds tensors outside the decoder "
                       f"({len(others[which]):,}: {where}); they are not compared."]  # fmt: skip
    return sides, []


def _by_words(reference: WeightSide, candidate: WeightSide) -> WeightSide:
    """Give candidate parameters the reference's key where only the spelling differs."""
    free: dict[tuple[str, ...], list[str]] = {}
    for key in reference.parameters:
        if key not in candidate.parameters:
            free.setdefault(name_words(key), []).append(key)
    renamed: dict[str, Parameter] = {}
    for key, parameter in candidate.parameters.items():
        same = free.get(name_words(key), []) if key not in reference.parameters else []
        # Two names of the same words tell nothing about which is which.
        new = same.pop() if len(same) == 1 else key
        renamed[new] = replace(parameter, key=new)
    return replace(candidate, parameters=MappingProxyType(renamed))
