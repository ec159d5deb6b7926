"""How a Swift program writes the same recording."""

from __future__ import annotations

from importlib.resources import files


def swift_recipe() -> str:
    """The documented recipe for mlx-swift, as Markdown text with a complete source file."""
    return files("inspector.record").joinpath("swift_recipe.md").read_text(encoding="utf-8")
