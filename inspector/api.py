"""The facade: what notebooks, the command line and the page call.

Nothing above this module reaches below it.  Importing it loads neither gradio nor
matplotlib; functions that draw load matplotlib when they are called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.diagnose.comparison import Comparison, compare_traces
from inspector.diagnose.options import DEFAULT_CUTOFF_HZ, DiffOptions
from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.names import show_name
from inspector.report.document import build_document
from inspector.report.strict_json import dumps
from inspector.report.text import render_text
from inspector.report.writing import write_bytes
from inspector.tensors import Array, Progress, Trace

if TYPE_CHECKING:
    from inspector.views.panel import Panel

__all__ = [
    "DEFAULT_CUTOFF_HZ",
    "Comparison",
    "DiffOptions",
    "Trace",
    "colour_luts",
    "diff",
    "document",
    "figures",
    "json_text",
    "open_pair",
    "open_trace",
    "page_audio",
    "page_map",
    "page_mel",
    "page_summary",
    "page_tensor",
    "page_tensors",
    "page_view",
    "render_figure",
    "text",
    "view_keys",
]


def diff(
    reference: str | Path,
    candidate: str | Path,
    *,
    json: str | Path | None = None,
    map: str | Path | None = None,
    sample_rate: int | None = None,
    only: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    cutoff: float = DEFAULT_CUTOFF_HZ,
    nan_differs: bool = False,
    strict_dtype: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare two traces and return everything that was found.

    The options are those of ``inspector diff``.

    Args:
        reference, candidate: trace folders or files.
        json: also write the JSON document there.
        map: mapping file, reference name -> candidate name (YAML or JSON).
        sample_rate: Hz of audio stored as plain tensors.
        only: regular expression; only tensors whose name matches are compared.
        rtol, atol: tolerances that replace those derived from the stored dtypes.
        cutoff: Hz above which energy counts as high-frequency.
        nan_differs: NaN against NaN counts as a difference.
        strict_dtype: a different stored dtype counts as a difference.
        progress: called as ``progress(done, total, what)``; may raise `Cancelled`.

    Raises:
        TraceError: a trace cannot be read.
        UsageError: an option or the mapping file cannot be used.
    """
    options = DiffOptions(
        map_path=None if map is None else str(map),
        sample_rate_hz=sample_rate,
        only=only,
        rtol=rtol,
        atol=atol,
        cutoff_hz=cutoff,
        nan_differs=nan_differs,
        strict_dtype=strict_dtype,
    )
    comparison = open_pair(reference, candidate, options, progress)
    if json is not None:
        write_bytes(Path(json), (json_text(comparison) + "\n").encode())
    return comparison


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


def open_pair(
    reference: str | Path,
    candidate: str | Path,
    options: DiffOptions | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Open two traces and compare them.

    Raises:
        TraceError: a trace cannot be read.
        UsageError: an option or the mapping file cannot be used.
    """
    options = options or DiffOptions()
    rate = options.sample_rate_hz
    traces = [
        open_trace(path, sample_rate_hz=rate, progress=progress) for path in (reference, candidate)
    ]
    return compare_traces(traces[0], traces[1], options, progress)


def document(comparison: Comparison) -> dict[str, Any]:
    """The JSON document of a comparison as strict JSON values."""
    return build_document(comparison)


def json_text(comparison: Comparison) -> str:
    """The JSON document of a comparison as strict JSON text."""
    return dumps(build_document(comparison), indent=2)


def text(comparison: Comparison, *, verbose: bool = False) -> str:
    """The report of a comparison as terminal text without control characters."""
    return render_text(comparison, verbose=verbose)


def view_keys() -> list[tuple[str, str]]:
    """Keys and titles of the views, in the order of the tabs."""
    from inspector.views.registry import views

    return [(key, view.title) for key, view in views().items()]


def page_summary(comparison: Comparison) -> dict[str, Any]:
    """Sides, verdict, tiles and notes for the first screen."""
    from inspector.views.summary import summarise

    return summarise(comparison)


def page_tensors(comparison: Comparison) -> dict[str, Any]:
    """The tensor table by columns."""
    from inspector.views.tensor_table import table_payload

    return table_payload(comparison)


def page_map(comparison: Comparison) -> dict[str, Any]:
    """The error map and the state ranges."""
    from inspector.views.error_map import map_payload

    return map_payload(comparison)


def page_mel(comparison: Comparison) -> tuple[dict[str, Any], dict[str, Array]]:
    """Facts and float32 mels [F, T] of both sides."""
    from inspector.views.mel_planes import mel_payload

    return mel_payload(comparison)


def page_audio(
    comparison: Comparison, render: bool = False, progress: Progress | None = None
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Facts and float32 samples [N] of both sides; `render` turns a mel into sound."""
    from inspector.views.sound_tracks import sound_payload

    return sound_payload(comparison, rendered=render, progress=progress)


def page_tensor(comparison: Comparison, row: int) -> tuple[dict[str, Any], dict[str, Array]]:
    """Facts and float32 heat planes of one pair.

    Raises:
        UsageError: there is no such row.
    """
    from inspector.views.tensor_detail import detail_payload

    return detail_payload(comparison, row)


def page_view(comparison: Comparison, key: str) -> dict[str, Any]:
    """Sentences, figures and tables of one view.

    Raises:
        UsageError: there is no such view.
    """
    from inspector.views.registry import views

    panel = _panel(comparison, key)
    return {
        "key": key,
        "title": views()[key].title,
        "reason": panel.reason or None,
        "sentences": [{"status": line.status, "text": line.text} for line in panel.lines],
        "figures": [
            {"name": f.name, "title": f.title, "alt": f.alt} for f in panel.figures if f.on_page
        ],
        "tables": [
            {"title": t.title, "columns": list(t.columns), "rows": [list(r) for r in t.rows]}
            for t in panel.tables
        ],
    }


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
