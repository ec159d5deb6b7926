"""Draw the views of a comparison; matplotlib is loaded when something is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.api.comparing import diff
from inspector.diagnose.comparison import Comparison
from inspector.diagnose.options import DEFAULT_CUTOFF_HZ
from inspector.errors import UsageError
from inspector.names import show_name
from inspector.report.writing import write_bytes
from inspector.tensors import Progress

if TYPE_CHECKING:
    from inspector.views.panel import Panel


def figures(
    reference: str | Path,
    candidate: str | Path,
    *,
    out: str | Path,
    theme: str = "light",
    map: str | Path | None = None,
    sample_rate: int | None = None,
    only: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    cutoff: float = DEFAULT_CUTOFF_HZ,
    nan_differs: bool = False,
    strict_dtype: bool = False,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write every figure of every view as ``<out>/<view>-<figure>.png``; return the paths.

    The options are those of ``inspector figures``; see `diff` for the shared ones.

    Args:
        out: folder, made when missing.
        theme: ``light`` or ``dark``.

    Raises:
        TraceError: a trace cannot be read.
        UsageError: an option, the theme or the folder cannot be used.
    """
    _theme(theme)
    comparison = diff(
        reference, candidate, map=map, sample_rate=sample_rate, only=only, rtol=rtol, atol=atol,
        cutoff=cutoff, nan_differs=nan_differs, strict_dtype=strict_dtype, progress=progress,
    )  # fmt: skip
    written = []
    for key, _ in view_keys():
        for spec in _panel(comparison, key).figures:
            if progress is not None:
                progress(len(written), 0, f"Drawing {spec.title}")
            path = Path(out) / f"{key}-{spec.name}.png"
            write_bytes(path, render_figure(comparison, key, spec.name, theme))
            written.append(path)
    return tuple(written)


def view_keys() -> list[tuple[str, str]]:
    """Keys and titles of the views, in the order of the tabs."""
    from inspector.views.registry import views

    return [(key, view.title) for key, view in views().items()]


def render_figure(comparison: Comparison, view_key: str, name: str, theme: str = "light") -> bytes:
    """Draw one figure of a view as PNG.

    Raises:
        UsageError: there is no such view, figure or theme.
    """
    from inspector.figures.style import render_png

    chosen = _theme(theme)
    found = [f for f in _panel(comparison, view_key).figures if f.name == name]
    if not found:
        raise UsageError("unknown", show_name(name), f"the view {view_key} has no such figure")
    return render_png(found[0].draw(chosen))


def colour_luts() -> dict[str, list[int]]:
    """Colour tables of the page: 256 RGB triples, flat, by colormap name."""
    from inspector.figures.luts import colour_tables

    return colour_tables()


def _panel(comparison: Comparison, key: str) -> Panel:
    from inspector.views.registry import views

    return views()[key].build(comparison)


def _theme(name: str) -> Any:
    from inspector.figures.style import THEMES

    if name not in THEMES:
        raise UsageError("theme", show_name(name), "unknown theme", " or ".join(THEMES))
    return THEMES[name]
