"""Opens the checkpoint of a decoder from disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inspector.blocks.checkpoint import Checkpoint, fit_checkpoint
from inspector.blocks.config import DecoderConfig
from inspector.blocks.config_text import read_settings
from inspector.errors import TraceError
from inspector.io.limits import MAX_SIDE_FILE_BYTES
from inspector.io.source import FileReference
from inspector.io.strict_json import parse_json
from inspector.live.weights_file import WeightsFile, open_weights
from inspector.tensors import Progress

METADATA_ENTRY = "config"
"""Entry of a safetensors file's metadata that may hold the configuration as JSON text."""


def open_checkpoint(
    path: str | Path, config: str | Path | None = None, *, progress: Progress | None = None
) -> Checkpoint:
    """Open the decoder of a checkpoint; values are read when a parameter is used.

    Read are ``s3gen.safetensors`` of Chatterbox, ``flow.pt`` of CosyVoice 2, checkpoints of
    Matcha-TTS, and files of ports in MLX's layout and naming, quantised ones included.  The
    decoder is found by the names of its parameters, its structure by their shapes.

    Args:
        path: ``.safetensors``, ``.npz`` or a file of ``torch.save``; or a folder of shards.
        config: JSON file with settings (of `DecoderConfig` or of the decoder's constructor)
            that shapes do not tell, such as the number of heads.  Without it the metadata
            entry ``config`` of a safetensors file counts.
        progress: called before every file; may raise `inspector.errors.Cancelled`.

    Raises:
        TraceError: a file cannot be read.
        UsageError: ``no-decoder``; ``config`` when settings and shapes contradict each other.
    """
    file = open_weights(path, progress)
    return fit_weights(file, stated_settings(file, config))


def fit_weights(
    file: WeightsFile, given: Mapping[str, Any], *, config: DecoderConfig | None = None,
    needs_heads: bool = True,
) -> Checkpoint:  # fmt: skip
    """The decoder of an opened file (see `inspector.blocks.checkpoint.fit_checkpoint`).

    Raises:
        UsageError: ``no-decoder`` or ``config``.
    """
    settings = repr(sorted(given.items())) + repr(config)
    identity = hashlib.sha256((file.identity + settings).encode("utf-8", "replace")).hexdigest()
    return fit_checkpoint(
        file.records, path=file.path, given=given, config=config, needs_heads=needs_heads,
        notes=file.notes, identity=identity,
    )  # fmt: skip


def stated_settings(file: WeightsFile, config: str | Path | None) -> dict[str, Any]:
    """Settings of a configuration file, else of the metadata, else none.

    Raises:
        TraceError: the configuration cannot be read.
        UsageError: ``config`` when it states no setting or one that does not fit.
    """
    if config is not None:
        label = os.fspath(config)
        return read_settings(parse_json(_read_text(label), label, "config"), label)
    text = file.metadata.get(METADATA_ENTRY)
    if text is None:
        return {}
    subject = f"{file.path}, metadata entry {METADATA_ENTRY}"
    return read_settings(parse_json(text, subject, "config"), subject)


def _read_text(path: str) -> str:
    with FileReference(path, path).open() as source:
        if source.size > MAX_SIDE_FILE_BYTES:
            raise TraceError(
                "config", path, f"the file has {source.size:,} bytes",
                f"at most {MAX_SIDE_FILE_BYTES:,}",
            )  # fmt: skip
        raw = source.read(0, source.size)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TraceError("config", path, "the file is not UTF-8 text", "a JSON file") from error
