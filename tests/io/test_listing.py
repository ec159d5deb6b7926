"""The common form in which every reader answers."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest

from inspector.io.formats import list_file
from inspector.io.source import FileReference
from tests.io.test_flac import flac
from tests.io.test_npy import saved
from tests.io.test_safetensors import build, entry
from tests.io.test_wav import wav
from tests.io.zip_cases import npz

_FILES = {
    "x.npy": saved(np.arange(3)),
    "x.npz": npz(a=np.arange(3)),
    "x.safetensors": build({"a": entry()}, bytes(8)),
    "x.wav": wav(),
    "x.flac": flac(),
}


@pytest.mark.parametrize("name", _FILES)
def test_every_reader_gives_frozen_values_that_travel_to_other_processes(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(_FILES[name])
    listing = list_file(FileReference(str(path), name))
    assert listing.identity.size == len(_FILES[name])
    (tensor,) = listing.tensors
    with pytest.raises(dataclasses.FrozenInstanceError):
        tensor.key = "other"  # type: ignore[misc]  # this is what must fail
    travelled = pickle.loads(pickle.dumps(tensor.load))
    assert np.array_equal(travelled(), tensor.load())
    assert (tensor.key is None) == (name not in {"x.npz", "x.safetensors"})
    assert (tensor.sample_rate_hz is None) == (name not in {"x.wav", "x.flac"})
