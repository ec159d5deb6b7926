"""Names of tensors from files and keys."""

from __future__ import annotations

import pytest

from inspector.io.trace_names import TraceNames


@pytest.mark.parametrize(
    ("files", "file", "key", "name"),
    [
        (["mel.npy"], "mel.npy", None, "mel"),
        (["step03/ode.x_after.npy"], "step03/ode.x_after.npy", None, "step03/ode.x_after"),
        (["a.npz"], "a.npz", "mu", "mu"),
        (["sub/a.npz", "notes.txt"], "sub/a.npz", "mu", "mu"),
        (["a.npz", "mel.npy", "audio.wav"], "a.npz", "mu", "mu"),
        (["a.npz", "mel.npy"], "a.npz", "mel", "a::mel"),
        (["a.npz", "mel.npy"], "mel.npy", None, "mel"),
        (["a.npz", "b.safetensors"], "a.npz", "mu", "a::mu"),
        (["a.npz", "sub/b.safetensors"], "sub/b.safetensors", "mu", "sub/b::mu"),
        (["a.npz", "a.safetensors"], "a.npz", "mu", "a::mu"),
        (["a.npz", "a.safetensors"], "a.safetensors", "mu", "a.safetensors::mu"),
        (["mel.wav", "mel.npy"], "mel.npy", None, "mel"),
        (["mel.wav", "mel.npy"], "mel.wav", None, "mel.wav"),
        (["run.npz", "run.wav"], "run.wav", None, "run"),
        (["MEL.NPY"], "MEL.NPY", None, "MEL"),
        (["a.npz"], "a.npz", "", ""),
    ],
)
def test_names(files: list[str], file: str, key: str | None, name: str) -> None:
    assert TraceNames(files).name(file, key) == name
    assert TraceNames(reversed(files)).name(file, key) == name
