"""Uploaded files, put together into traces in a folder that lives as long as the server."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from inspector.errors import UsageError
from inspector.names import show_name

TRACE_SUFFIXES = (".npy", ".npz", ".safetensors", ".wav", ".flac", ".json")
CHECKPOINT_SUFFIXES = (".safetensors", ".npz", ".pt", ".json")
MAX_FILE_BYTES = 4 * 1024**3


class UploadStore:
    """A temporary folder for uploads; it is an allowed root and is removed at the end.

    Attributes:
        root: the folder.
        incoming: where the web server may write what arrives.
    """

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="inspector-uploads-")).resolve()
        self.incoming = self.root / "incoming"
        self.incoming.mkdir()

    def gather(self, files: Sequence[str | Path], side: str) -> str:
        """Move uploaded `files` together and return the path of the trace they form.

        One file is a trace by itself; several files become a folder.

        Args:
            files: uploaded files, each somewhere below `incoming`.
            side: ``reference``, ``candidate`` or ``checkpoint``, becomes part of the path.

        Raises:
            UsageError: no file, a file from elsewhere, an unknown ending, or two files
                of one name.
        """
        if not files:
            raise UsageError("upload", side, "no file arrived", "one or more files")
        known = CHECKPOINT_SUFFIXES if side == "checkpoint" else TRACE_SUFFIXES
        sources = [Path(file) for file in files]
        names = [source.name for source in sources]
        for source in sources:
            if self.incoming not in source.resolve().parents:
                raise UsageError("upload", side, "a file did not come from this upload")
            if source.suffix.lower() not in known:
                whole = "checkpoint" if side == "checkpoint" else "trace"
                raise UsageError(
                    "upload", show_name(source.name), f"this kind of file is not part of a {whole}",
                    ", ".join(known),
                )  # fmt: skip
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise UsageError(
                "upload", show_name(doubled[0]), "two uploaded files have this name",
                "one file per name", "Upload two traces one after the other, or rename.",
            )  # fmt: skip
        folder = self.root / f"{side}-{secrets.token_hex(4)}"
        folder.mkdir()
        for source in sources:
            shutil.move(source, folder / source.name)
        return str(folder / names[0]) if len(names) == 1 else str(folder)

    def close(self) -> None:
        """Remove the folder and everything in it."""
        shutil.rmtree(self.root, ignore_errors=True)
