"""Lines of a mapping file, for names of any characters."""

from __future__ import annotations

from inspector.match.mapping import MappingEntry
from inspector.names import show_name

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
# YAML reads a key on the line of its value only up to 1024 characters.
_LONGEST_KEY = 1000


def quoted(name: str) -> str:
    """Return `name` as a double-quoted YAML scalar on one line.

    Always quoted: no word is special then, neither ``no`` nor ``1.0`` nor a leading dash.
    Readable characters stay as they are; all others, lone surrogates included, are escaped.
    """
    return f'"{"".join(map(_character, name))}"'


def mapping_line(entry: MappingEntry, comment: str = "") -> str:
    """Return one entry as YAML that `load_mapping` reads back, with a comment behind it."""
    key, value = quoted(entry.reference), _value(entry)
    start = f"? {key}\n: " if len(key) > _LONGEST_KEY else f"{key}: "
    return start + value + (f"  {comment_of(comment)}" if comment else "") + "\n"


def comment_of(text: str) -> str:
    """Return `text` as a YAML comment that cannot reach into the next line."""
    return f"# {show_name(text, 1000)}"


def _value(entry: MappingEntry) -> str:
    if entry.candidate is None:
        return "{candidate: null}"
    if entry.axes is None:
        return quoted(entry.candidate)
    return f"{{candidate: {quoted(entry.candidate)}, axes: {list(entry.axes)}}}"


def _character(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
