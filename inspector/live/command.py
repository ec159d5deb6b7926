"""A program in place of a block: files in, files out, no shell, a time limit."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from inspector.errors import TraceError, UsageError
from inspector.io.trace import open_trace
from inspector.live.user_code import UserCode, words
from inspector.names import show_name
from inspector.tensors import Array, Progress

_POLL_S = 0.05
_STDERR_BYTES = 8192
_STDERR_LINES = 5


def protocol() -> str:
    """How a program takes part, with a complete example in Swift."""
    return (Path(__file__).parent / "swift_command.md").read_text(encoding="utf-8")


def run_command(
    code: UserCode,
    inputs: Mapping[str, Array],
    weights: Mapping[str, Array],
    settings: Mapping[str, Any],
    progress: Progress | None = None,
) -> dict[str, Array]:
    """Run the program of `code` once on a block; return what it wrote, without ``output.``.

    The program is called with two more arguments: the path of a safetensors file with
    ``input.<name>`` and ``weight.<key>`` (settings as JSON texts in its metadata), and the
    path of the safetensors file that it must write, with ``output.output`` and, if it likes,
    ``output.<name>`` for values inside the block.

    Args:
        code: the program.
        inputs: by short name, frames first, float32.
        weights: by key inside the block, PyTorch's layout, float32.
        settings: facts of the block.
        progress: called while the program runs; what it raises stops the program.

    Raises:
        UsageError: no such program; it fails, hangs, or writes something that does not fit.
        Cancelled: of the progress callback.
    """
    with tempfile.TemporaryDirectory(prefix="inspector-command-") as folder:
        given, wanted = Path(folder, "inputs.safetensors"), Path(folder, "outputs.safetensors")
        tensors = {f"input.{name}": _plain(value) for name, value in inputs.items()}
        tensors |= {f"weight.{key}": _plain(value) for key, value in weights.items()}
        save_file(tensors, given, metadata={k: json.dumps(v) for k, v in settings.items()})
        errors = _call(code, [*words(code), str(given), str(wanted)], folder, progress)
        if not wanted.is_file():
            raise _wrong(code, f"it ended without writing {wanted.name}{_told(errors)}")
        return _read(code, wanted)


def _call(code: UserCode, argv: list[str], folder: str, progress: Progress | None) -> str:
    """Run the program; return the end of what it wrote on stderr."""
    log = Path(folder, "stderr.txt")
    started = time.monotonic()
    with log.open("wb") as stderr:
        try:
            process = subprocess.Popen(
                argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise _wrong(code, f"it cannot be started: {error.strerror or error}") from error
        try:
            while (status := process.poll()) is None:
                waited = time.monotonic() - started
                if progress is not None:
                    progress(int(waited), int(code.timeout_s), f"Waiting for {code.title}")
                if waited > code.timeout_s:
                    raise _wrong(
                        code, f"it has not ended after {code.timeout_s:g} s{_told(_end(log))}", "",
                        "Give it more time with --timeout.",
                    )  # fmt: skip
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_S)
        finally:
            _stop(process)
    if status:
        how = f"with the exit code {status}" if status > 0 else f"by signal {-status}"
        raise _wrong(code, f"it ended {how}{_told(_end(log))}")
    return _end(log)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program and everything that it started."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(code: UserCode, path: Path) -> dict[str, Array]:
    try:
        trace = open_trace(path)
        found = {record.name: record.read() for record in trace.records}
    except TraceError as error:
        raise _wrong(code, f"the file that it wrote cannot be read: {error.found}") from error
    outputs = {}
    for name, value in found.items():
        head, _, rest = name.partition(".")
        if head != "output" or not rest:
            raise _wrong(code, f"it wrote the tensor {show_name(name)}", "names output.<name>")
        if value.dtype.kind != "f":
            raise _wrong(code, f"{show_name(name)} holds {value.dtype} values",
                         "floating-point values")  # fmt: skip
        outputs[rest] = value
    if "output" not in outputs:
        raise _wrong(code, f"it wrote {', '.join(map(show_name, found)) or 'no tensor'}",
                     "a tensor output.output")  # fmt: skip
    return outputs


def _plain(value: Array) -> Array:
    return np.array(value, np.float32 if value.dtype.kind == "f" else value.dtype, order="C")


def _end(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _STDERR_BYTES))
        return file.read().decode("utf-8", "replace")


def _told(errors: str) -> str:
    lines = [show_name(line, 200) for line in errors.splitlines() if line.strip()]
    return f"; its last words: {' | '.join(lines[-_STDERR_LINES:])}" if lines else ""


def _wrong(code: UserCode, found: str, expected: str = "", next_step: str = "") -> UsageError:
    return UsageError("command", code.title, found, expected, next_step)
