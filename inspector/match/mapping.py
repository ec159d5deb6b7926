"""A user's own list of tensors that belong together, from a YAML or JSON file."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.errors import UsageError
from inspector.names import show_name

# A file of all pairs has some 200 bytes for each: room for 80,000 tensors.
_LIMIT_BYTES = 16 * 1024 * 1024
_FORM = (
    "a table 'reference name: candidate name', or 'reference name: {candidate: name, axes: [..]}'"
)
_NEXT = "Correct the mapping file."
CHOSEN_BY_HAND = "your own choice"
"""Source of a mapping that comes from no file."""


@dataclass(frozen=True)
class MappingEntry:
    """One line of a mapping: these two tensors belong together.

    Attributes:
        reference: stored name.
        candidate: stored name; None says that the reference tensor has no counterpart.
        axes: permutation of the candidate's axes, as for `numpy.transpose`; None when the
            layout is to be found.
    """

    reference: str
    candidate: str | None
    axes: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Mapping:
    """A mapping file: each name occurs once per side.

    Attributes:
        entries: lines in the order of the file.
        source: where it came from, for messages.
    """

    entries: tuple[MappingEntry, ...] = ()
    source: str = "mapping"

    def __post_init__(self) -> None:
        for side in ("reference", "candidate"):
            seen: set[str] = set()
            for entry in self.entries:
                name = getattr(entry, side)
                if name is None:
                    continue
                if name in seen:
                    raise UsageError(
                        "mapping", self.source,
                        f"the {side} tensor {show_name(name)} is listed twice",
                        "each tensor at most once per side", _NEXT,
                    )  # fmt: skip
                seen.add(name)

    def check(self, reference: Iterable[str], candidate: Iterable[str]) -> None:
        """Check that every name exists.

        Args:
            reference: names of the reference tensors.
            candidate: names of the candidate tensors.

        Raises:
            UsageError: a name does not exist; the nearest names are offered.
        """
        sides = (("reference", tuple(reference)), ("candidate", tuple(candidate)))
        for side, names in sides:
            known = set(names)
            for entry in self.entries:
                name = getattr(entry, side)
                if name is not None and name not in known:
                    near = difflib.get_close_matches(name, names, n=3, cutoff=0.3)
                    hint = ", ".join(show_name(n) for n in (near or names[:5]))
                    raise UsageError(
                        "mapping", self.source,
                        f"the {side} has no tensor named {show_name(name)}", "",
                        f"Did you mean: {hint}?" if hint else _NEXT,
                    )  # fmt: skip

    def overlaid(self, entries: Sequence[MappingEntry]) -> Mapping:
        """Return this mapping with `entries` on top.

        A line that shares a name with one of `entries` gives way to it.
        """
        if not entries:
            return self
        references = {e.reference for e in entries}
        candidates = {e.candidate for e in entries} - {None}
        kept = [
            e
            for e in self.entries
            if e.reference not in references and e.candidate not in candidates
        ]
        source = f"{self.source} and {CHOSEN_BY_HAND}" if kept else CHOSEN_BY_HAND
        return Mapping((*kept, *entries), source)


def load_mapping(path: str | Path) -> Mapping:
    """Read a mapping file.

    The file is a YAML or JSON table from reference name to candidate name, or to
    ``{candidate: name, axes: [0, 2, 1]}``, or to ``{candidate: null}`` for a tensor that
    has no counterpart.  It is taken for JSON when it ends in
    ``.json``, else for YAML.

    Raises:
        UsageError: missing, unreadable, not such a table, or a name is listed twice.
    """
    path = Path(path)
    text = _read(path)
    table = _parse_json(path, text) if path.suffix.lower() == ".json" else _parse_yaml(path, text)
    if table is None or table == {}:
        raise UsageError("mapping", path, "the mapping file is empty", _FORM, _NEXT)
    if not isinstance(table, dict):
        found = f"the mapping file holds {_kind(table)}"
        raise UsageError("mapping", path, found, _FORM, _NEXT)
    return Mapping(tuple(_entry(path, k, v) for k, v in table.items()), show_name(path))


def _read(path: Path) -> str:
    try:
        if not path.exists():
            raise UsageError("not-found", path, "there is no such mapping file")
        # a pipe or device could block for ever
        if not path.is_file():
            raise UsageError("mapping", path, "this is not a regular file", "a YAML or JSON file")
        with open(path, "rb") as file:
            raw = file.read(_LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        found = f"the mapping file cannot be read ({type(error).__name__})"
        raise UsageError("mapping", path, found, "a readable file") from error
    if len(raw) > _LIMIT_BYTES:
        raise UsageError(
            "mapping", path, "the mapping file is too large", f"at most {_LIMIT_BYTES} bytes"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("mapping", path, "the mapping file is not text", "UTF-8 text") from error


def _no_duplicates(path: Path, pairs: Sequence[tuple[Any, Any]]) -> dict[Any, Any]:
    table: dict[Any, Any] = {}
    for key, value in pairs:
        if key in table:
            raise UsageError(
                "mapping", path, f"the name {show_name(key)} is listed twice",
                "each name at most once", _NEXT,
            )  # fmt: skip
        table[key] = value
    return table


def _parse_json(path: Path, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _no_duplicates(path, pairs))
    except (ValueError, RecursionError) as error:
        raise UsageError("mapping", path, _where("JSON", error), _FORM, _NEXT) from error


def _parse_yaml(path: Path, text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Safe loader that refuses a key given twice."""

    def table(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        pairs = []
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                found = f"the name {show_name(key)} is read as {_kind(key)}"
                raise UsageError("mapping", path, found, "a text", "Put the name in quotes.")
            pairs.append((key, loader.construct_object(value_node, deep=True)))
        return _no_duplicates(path, pairs)

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, table)
    try:
        return yaml.load(text, Loader=Loader)  # a SafeLoader: makes plain values only
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError("mapping", path, _where("YAML", error), _FORM, _NEXT) from error


def _where(form: str, error: Exception) -> str:
    line = getattr(error, "lineno", None)
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        line = mark.line + 1
    if isinstance(error, RecursionError):
        return f"the {form} is nested too deeply"
    return f"this is not valid {form}" + (f" (line {line})" if line else "")


def _entry(path: Path, reference: object, value: object) -> MappingEntry:
    name = show_name(reference)
    if not isinstance(reference, str):
        found = f"the name {name} is {_kind(reference)}"
        raise UsageError("mapping", path, found, "a text", "Put the name in quotes.")
    if isinstance(value, str):
        return MappingEntry(reference, value)
    if not isinstance(value, dict):
        raise UsageError("mapping", path, f"{name} is given {_kind(value)}", _FORM, _NEXT)
    unknown = sorted(str(k) for k in value if k not in ("candidate", "axes"))
    if unknown:
        found = f"{name} has the unknown entry {show_name(unknown[0])}"
        raise UsageError("mapping", path, found, "'candidate' and 'axes'", _NEXT)
    candidate = value.get("candidate")
    if candidate is None and set(value) == {"candidate"}:
        return MappingEntry(reference, None)
    if not isinstance(candidate, str):
        found = f"{name} has no candidate name"
        raise UsageError("mapping", path, found, "'candidate: name'", _NEXT)
    axes = value.get("axes")
    if axes is None:
        return MappingEntry(reference, candidate)
    if (
        not isinstance(axes, list)
        or any(type(a) is not int for a in axes)
        or sorted(axes) != list(range(len(axes)))
    ):
        raise UsageError(
            "mapping", path, f"{name} has axes that are no permutation",
            "each axis number once, counted from 0, such as [0, 2, 1]", _NEXT,
        )  # fmt: skip
    return MappingEntry(reference, candidate, tuple(axes))


def _kind(value: object) -> str:
    kinds = {dict: "a table", list: "a list", str: "a text", bool: "true or false"}
    if value is None:
        return "nothing"
    return kinds.get(type(value), "a number" if isinstance(value, (int, float)) else "no text")
