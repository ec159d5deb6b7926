"""The README taken apart: fenced blocks, commands and help texts."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)\s*$", re.M | re.S)
_START = "python -m venv .venv && .venv/bin/pip install -c constraints.txt -e "


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
    lines = [line for line in lines if line.startswith(_START)]
    return {
        "test": [line for line in lines if line.endswith("-m pytest")],
        "run": [line for line in lines if line.endswith("launch.py")],
    }


def help_texts(text: str) -> dict[str, str]:
    """Blocks that print the help of a command, by the words of the command."""
    found = {}
    for block in blocks(text):
        if match := re.match(r"(?:\$ [^\n]*\n)?usage: (inspector(?: [a-z]+)?)\b", block.body):
            found[match[1]] = re.sub(r"\A\$ [^\n]*\n", "", block.body)
    return found


def same_words(left: str, right: str) -> bool:
    """Whether two help texts differ only in how their lines are broken."""
    return left.split() == right.split()
