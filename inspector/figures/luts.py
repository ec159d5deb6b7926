"""Colour tables for the page, so that canvases and exported figures share their colours."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap

from inspector.figures.error_map import error_colormap
from inspector.figures.style import DARK, LIGHT

_ENTRIES = 256


def colour_tables() -> dict[str, list[int]]:
    """Return 256 RGB triples, flat, by colormap name (768 integers from 0 to 255 each)."""
    names = {LIGHT.sequential, LIGHT.diverging, DARK.sequential, DARK.diverging}
    tables = {name: _table(colormaps[name]) for name in sorted(names)}
    tables["error"] = _table(error_colormap())
    return tables


def _table(colormap: Colormap) -> list[int]:
    colours = colormap(np.linspace(0.0, 1.0, _ENTRIES))[:, :3]
    return [int(v) for v in np.rint(colours * 255).reshape(-1)]
