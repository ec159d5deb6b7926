"""The README taken apart: fenced blocks, commands and help texts."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)\s*$", re.M | re.S)
_START = re.compile(r"python3? -m venv \.venv && ")


@dataclass(frozen=True)
class Block:
    """One fenced block: its info string and its text."""

    info: str
    body: str

    @property
    def language(self) -> str:
        """First word of the info string."""
        return (self.info.split() or [""])[0]


def blocks(text: str) -> list[Block]:
    """Fenced blocks of a Markdown text, in order."""
    return [Block(m["info"].strip(), m["body"]) for m in _BLOCK.finditer(text)]


def python_blocks(text: str) -> list[str]:
    """Blocks marked ``python``; ``python no-run`` takes one out."""
    return [b.body for b in blocks(text) if b.language == "python" and "no-run" not in b.info]


def commands(text: str) -> dict[str, list[str]]:
    """The lines that install and then test or run, by what they end with."""
    lines = [line.strip().removeprefix("$ ") for b in blocks(text) for line in b.body.splitlines()]
    lines = [line for line in lines if _START.match(line)]
    return {
        "test": [line for line in lines if line.endswith("-m pytest")],
        "run": [line for line in lines if line.endswith("launch.py")],
    }


def shows(text: str, wanted: str) -> bool:
    """Whether a block shows `wanted`, however its lines are broken."""
    words = " ".join(wanted.split())
    return any(words in " ".join(b.body.split()) for b in blocks(text))


def commands_with_help(text: str) -> set[str]:
    """The commands whose usage the blocks show."""
    return {
        m[1]
        for b in blocks(text)
        for m in re.finditer(r"^usage: (inspector(?: [a-z]+)?)\b", b.body, re.M)
    }
