"""The published decoder, imported without the application around it.

The packages `chatterbox`, `chatterbox.models` and `chatterbox.models.s3gen` import audio,
watermark and tokenizer libraries in their `__init__` files.  Bare packages of the same
names let the modules of the decoder be imported alone.
"""

from __future__ import annotations

import importlib
import os
import sys
import types
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.tensors import Array

FOLDER = "INSPECTOR_CHATTERBOX"
REQUIRED = "INSPECTOR_REQUIRE_PARITY"
_BARE = ("chatterbox", "chatterbox.models", "chatterbox.models.s3gen")


@dataclass(frozen=True)
class Package:
    """Modules of the package: the causal decoder, its solver and the original decoder."""

    decoder: Any
    flow_matching: Any
    matcha: Any


def package() -> Package:
    """The modules; where they are missing, the test is skipped, or fails when required."""
    found = _load()
    if isinstance(found, Package):
        return found
    reason = f"{found} (run tests/blocks/install_chatterbox.py and set {FOLDER})"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"parity is required here, but {reason}")
    pytest.skip(reason)


@cache
def _load() -> Package | str:
    folder = os.environ.get(FOLDER, "")
    if not (Path(folder) / "chatterbox").is_dir() or not folder:
        return "the package chatterbox-tts is not there"
    sys.path.append(folder)
    for name in _BARE:
        bare = types.ModuleType(name)
        bare.__path__ = [str(Path(folder, *name.split(".")))]
        sys.modules[name] = bare
    root = "chatterbox.models.s3gen"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its diffusers is older than what it runs on
        try:
            return Package(
                importlib.import_module(f"{root}.decoder"),
                importlib.import_module(f"{root}.flow_matching"),
                importlib.import_module(f"{root}.matcha.decoder"),
            )
        except ImportError as error:
            return f"the package chatterbox-tts does not load: {error}"


def filled(module: Any, weights: Mapping[str, Array]) -> Any:
    """The module with our weights, ready to run; every parameter must find its value."""
    import torch

    module.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in weights.items()})
    return module.eval()


def channels_first(array: Array) -> Any:
    """[R, T, C] as the tensor [R, C, T] that the package reads."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(np.swapaxes(array, 1, 2)))
