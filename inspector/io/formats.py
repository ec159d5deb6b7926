"""Which file extension is read by which reader, and what to say about the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from inspector.errors import TraceError
from inspector.io.flac import list_flac
from inspector.io.listing import Listing
from inspector.io.npy import list_npy
from inspector.io.npz import list_npz
from inspector.io.safetensors import list_safetensors
from inspector.io.source import FileReference
from inspector.io.wav import list_wav

READERS: dict[str, Callable[[FileReference], Listing]] = {
    ".npy": list_npy,
    ".npz": list_npz,
    ".safetensors": list_safetensors,
    ".wav": list_wav,
    ".flac": list_flac,
}
CONTAINERS = frozenset({".npz", ".safetensors"})
"""Extensions of files that hold several named tensors."""
READABLE = ".npy, .npz, .safetensors, .wav or .flac"

_PICKLES = frozenset({".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".joblib", ".nemo"})
_OTHER_TENSORS = frozenset({".h5", ".hdf5", ".mat", ".onnx", ".gguf", ".tfrecord", ".msgpack"})
_OTHER_AUDIO = frozenset({".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif", ".wma"})


def extension_of(name: str) -> str:
    """The extension in lower case with its dot; empty when there is none."""
    return PurePath(name).suffix.lower()


def stem_of(name: str) -> str:
    """The name without its extension, folders kept: ``step03/mel.npy`` is ``step03/mel``."""
    return name[: len(name) - len(extension_of(name))]


def list_file(reference: FileReference) -> Listing:
    """List the tensors of one file by the reader of its extension.

    Raises:
        TraceError: ``format`` or ``extension`` when no reader knows it; else a code of
            the reader.
    """
    extension = extension_of(reference.path)
    if extension in READERS:
        return READERS[extension](reference)
    raise _refusal(reference.label, extension)


def _refusal(label: str, extension: str) -> TraceError:
    if extension in _PICKLES:
        return TraceError(
            "format", label,
            f"a {extension} file is a pickle, which can run code, and is never opened",
            READABLE,
            "Convert it in a program that you trust: "
            "safetensors.torch.save_file(torch.load(path, weights_only=True), new_path).",
        )  # fmt: skip
    if extension in _OTHER_TENSORS:
        return TraceError(
            "format", label, f"{extension} files are not read", READABLE,
            "Save its arrays with numpy.savez or as .safetensors.",
        )  # fmt: skip
    if extension in _OTHER_AUDIO:
        return TraceError(
            "format", label, f"{extension} audio is not read", ".wav or .flac", "Convert it to WAV."
        )
    what = f"a {extension[:20]} file" if extension else "a file without an extension"
    return TraceError("extension", label, f"{what} is not part of a trace", READABLE)
