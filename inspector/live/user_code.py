"""A user's own implementations: where they are, what they replace, how they are loaded.

They are named by the operator of the command line only.  A Python implementation of a slot
or of one node is called as the operations of the decoder are,

    f(inputs: list[array], params: dict[str, array], settings: dict) -> array

with values frames first ([R, T, C], heads [R, H, T, D]) and parameters in PyTorch's layout.
An implementation of a block is called as

    f(inputs: dict[str, array], weights: dict[str, array], settings: dict)

with the short names of `inspector.live.block_kinds.boundary` and with weights by their key
inside the block (``attn1.to_q.weight``).  It returns the block's output, or a dict with
``output`` and any values inside the block by name (``attn1.to_q``).  Arrays are those of
torch or mlx.  A program follows ``swift_command.md``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from inspector.backends import BACKENDS
from inspector.errors import UsageError
from inspector.live.cache import BoundedCache
from inspector.names import show_name

_SPEC = re.compile(
    r"(?:(?P<name>[\w.-]+)=)?(?P<path>[^@]+?\.py):(?P<attribute>\w+)"
    r"(?:@(?P<place>[\w.]+)(?::(?P<backend>\w+))?)?"
)
_COMMAND = re.compile(r"(?:(?P<place>[A-Za-z_][\w.]*)=)?(?P<program>\S.*)", re.DOTALL)

_MODULES: BoundedCache[ModuleType] = BoundedCache(16)


@dataclass(frozen=True)
class UserCode:
    """An implementation that the operator named.

    Attributes:
        name: how plans and the page call it.
        kind: ``python`` or ``command``.
        source: ``path.py:Name``, or the program with its arguments.
        place: slot, node, block or kind of block that it replaces; empty when the plan says.
        backend: framework whose arrays it takes.
        timeout_s: of a program.
    """

    name: str
    kind: str
    source: str
    place: str = ""
    backend: str = "torch"
    timeout_s: float = 60.0

    @property
    def title(self) -> str:
        """What it is, for a list."""
        if self.kind == "python":
            path, _, attribute = self.source.rpartition(":")
            return show_name(f"{Path(path).name}: {attribute}", 80)
        return show_name(self.source, 80)

    @property
    def identity(self) -> str:
        """Hash of the source's content; empty for a program, which may do anything."""
        if self.kind != "python":
            return ""
        path = Path(self.source.rpartition(":")[0])
        try:
            content = path.read_bytes()
        except OSError:
            return ""
        return hashlib.sha256(content + repr(self).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with which another process makes the same."""
        return dict(vars(self))


def read_implementation(text: str) -> UserCode:
    """Read ``[NAME=]path.py:Name[@slot-or-block[:backend]]`` and load it once.

    What the text leaves open is read from attributes of the callable: ``slot``, ``node`` or
    ``block`` (a block or a kind such as ``transformer``) and ``backend``.

    Raises:
        UsageError: the text, the file, the name or the backend does not fit.
    """
    found = _SPEC.fullmatch(text)
    if found is None:
        raise UsageError(
            "implementation", show_name(text), "it cannot be read",
            "[NAME=]path.py:Name[@slot-or-block[:backend]]",
        )  # fmt: skip
    path = str(Path(found["path"]).expanduser().resolve())
    function = load_python(f"{path}:{found['attribute']}")
    stated = (getattr(function, kind, "") for kind in ("slot", "node", "block"))
    place = found["place"] or next((str(s) for s in stated if s), "")
    backend = found["backend"] or str(getattr(function, "backend", "torch"))
    if backend not in BACKENDS:
        raise UsageError("implementation", show_name(text), f"its backend is {show_name(backend)}",
                         f"one of {', '.join(BACKENDS)}")  # fmt: skip
    name = found["name"] or found["attribute"]
    return UserCode(name, "python", f"{path}:{found['attribute']}", place, backend)


def read_command(text: str, timeout_s: float = 60.0) -> UserCode:
    """Read ``[BLOCK=]program arguments``.

    Raises:
        UsageError: it is empty, its quotes do not close, or there is no such program.
    """
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        raise UsageError("command", show_name(text), "it is empty", "[BLOCK=]program arguments")
    code = UserCode(
        f"command-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}",
        "command", found["program"], found["place"] or "", timeout_s=timeout_s,
    )  # fmt: skip
    words(code)
    return code


def words(code: UserCode) -> list[str]:
    """Program and arguments of a command; no shell reads them.

    Raises:
        UsageError: quotes that do not close, or no such program.
    """
    try:
        split = shlex.split(code.source)
    except ValueError as error:
        raise UsageError("command", show_name(code.source), f"it cannot be read: {error}") from None
    program = shutil.which(split[0]) if split else None
    if program is None:
        shown = split[0] if split else code.source
        raise UsageError("command", show_name(shown), "there is no such program that can be run",
                         "", "Give its full path; compile it first.")  # fmt: skip
    return [program, *split[1:]]


def load_python(source: str) -> Callable[..., Any]:
    """The callable of ``path.py:Name``; the file runs once per content, its folder importable.

    Raises:
        UsageError: no such file or name, or the file raises something.
    """
    path, _, attribute = source.rpartition(":")
    file = Path(path)
    if not file.is_file():
        raise UsageError("implementation", show_name(path), "there is no such file")
    digest = hashlib.sha256(file.read_bytes() + os.fsencode(path)).hexdigest()[:16]
    module = _MODULES.get(digest)
    if module is None:
        module = _MODULES.put(digest, _run_file(file, digest), 1)
    function = getattr(module, attribute, None)
    if not callable(function):
        here = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
        raise UsageError(
            "implementation", show_name(attribute), f"{file.name} holds no callable of this name",
            f"one of {', '.join(here[:8])}" if here else "a function",
        )  # fmt: skip
    return function


def _run_file(file: Path, digest: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"inspector_user_{digest}", file)
    assert spec is not None and spec.loader is not None  # a .py file has both
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(
            "implementation", show_name(file), f"running it raises {describe_error(error, file)}"
        ) from error
    finally:
        sys.path.remove(str(file.parent))
    return module


def describe_error(error: BaseException, file: Path) -> str:
    """Type, text and line in `file` of an exception of the user's code."""
    lines = str(error).strip().splitlines()
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    where = f" at line {line}" if line else ""
    return f"{type(error).__name__}{where}: {show_name(lines[0], 160) if lines else ''}".rstrip(
        ": "
    )
