"""How files and keys become the names of tensors in a trace.

* A file of one array or one signal is called by its stem: ``mel.npy`` is ``mel``; in a
  subfolder ``step03/mel.npy`` is ``step03/mel``.
* A trace with exactly one container (``.npz``, ``.safetensors``) uses its keys as they
  are; a key that is also the name of a loose file becomes ``stem::key``.
* With several containers every key becomes ``stem::key``.
* Where two files of a kind have one stem, the later keeps its extension.
"""

from __future__ import annotations

from collections.abc import Iterable

from inspector.io.formats import CONTAINERS, READERS, extension_of, stem_of


class TraceNames:
    """Names for the tensors of the given files."""

    def __init__(self, files: Iterable[str]) -> None:
        readable = [name for name in files if extension_of(name) in READERS]
        containers = [name for name in readable if extension_of(name) in CONTAINERS]
        loose = [name for name in readable if extension_of(name) not in CONTAINERS]
        self._stems = {**_stems(containers), **_stems(loose)}
        self._loose_names = {self._stems[name] for name in loose}
        self._plain_keys = len(containers) == 1

    def name(self, file: str, key: str | None) -> str:
        """The name of the tensor `key` of `file`, or of the only tensor of `file`."""
        stem = self._stems[file]
        if key is None:
            return stem
        if self._plain_keys and key not in self._loose_names:
            return key
        return f"{stem}::{key}"


def _stems(files: list[str]) -> dict[str, str]:
    order = list(READERS)
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for file in sorted(files, key=lambda name: (order.index(extension_of(name)), name)):
        stem = stem_of(file)
        stems[file] = file if stem in taken else stem
        taken.add(stems[file])
    return stems
