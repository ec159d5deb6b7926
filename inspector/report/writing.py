"""Write files so that neither a crash nor a full disk leaves a broken one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from inspector.errors import UsageError


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` as a whole: temporary file, flush to disk, rename.

    A file that was there before stays intact until the new one is complete.

    Raises:
        UsageError: the folder or the file cannot be written.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name[:40]}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is private to its owner; the result follows the user's umask.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise UsageError(
            "write", path, f"cannot be written ({error.strerror or error})", "",
            "Choose a folder that you may write to and that has room.",
        ) from error  # fmt: skip
