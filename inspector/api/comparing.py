"""Compare two traces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inspector.diagnose.comparison import Comparison, compare_traces
from inspector.diagnose.form import FormReport
from inspector.diagnose.options import DEFAULT_CUTOFF_HZ, DiffOptions
from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.match.mapping import MappingEntry
from inspector.report.document import build_document
from inspector.report.mapping import render_mapping
from inspector.report.strict_json import dumps
from inspector.report.text import render_text
from inspector.report.writing import write_bytes
from inspector.tensors import Progress


def diff(
    reference: str | Path,
    candidate: str | Path,
    *,
    json: str | Path | None = None,
    write_map: str | Path | None = None,
    map: str | Path | None = None,
    sample_rate: int | None = None,
    only: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    cutoff: float = DEFAULT_CUTOFF_HZ,
    nan_differs: bool = False,
    strict_dtype: bool = False,
    checkpoint: str | Path | None = None,
    config: str | Path | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare two traces and return everything that was found.

    The options are those of ``inspector diff``.

    Args:
        reference, candidate: trace folders or files.
        json: also write the JSON document there.
        write_map: also write every pair there, as a mapping file to edit and give back.
        map: mapping file, reference name -> candidate name (YAML or JSON).
        sample_rate: Hz of audio stored as plain tensors.
        only: regular expression; only tensors whose name matches are compared.
        rtol, atol: tolerances that replace those derived from the stored dtypes.
        cutoff: Hz above which energy counts as high-frequency.
        nan_differs: NaN against NaN counts as a difference.
        strict_dtype: a different stored dtype counts as a difference.
        checkpoint: weights that the reference ran with; noise floors are then measured by
            running its decoder, which takes three times a whole solution.
        config: JSON file with settings of the decoder that shapes do not tell.
        progress: called as ``progress(done, total, what)``; may raise `Cancelled`.

    Raises:
        TraceError: a trace or the checkpoint cannot be read.
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
        checkpoint_path=None if checkpoint is None else str(checkpoint),
        config_path=None if config is None else str(config),
    )
    comparison = open_pair(reference, candidate, options, progress)
    if json is not None:
        write_bytes(Path(json), (json_text(comparison) + "\n").encode())
    if write_map is not None:
        write_bytes(Path(write_map), mapping_text(comparison).encode())
    return comparison


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


def mapping_text(
    comparison: Comparison,
    overrides: Sequence[MappingEntry] | None = None,
    *,
    all_pairs: bool = True,
) -> str:
    """The pairs of a comparison as the text of a mapping file (YAML), for `diff(map=...)`.

    Args:
        comparison: the comparison.
        overrides: pairs chosen by hand in place of those of the comparison's options.
        all_pairs: False leaves out every pair that the user did not name.
    """
    return render_mapping(comparison, overrides, all_pairs=all_pairs)


def document(comparison: Comparison) -> dict[str, Any]:
    """The JSON document of a comparison as strict JSON values."""
    return build_document(comparison)


def json_text(comparison: Comparison) -> str:
    """The JSON document of a comparison as strict JSON text."""
    return dumps(build_document(comparison), indent=2)


def form(comparison: Comparison, row: int) -> FormReport | None:
    """What the error of the pair in `row` looks like: ranked forms, each with what it leaves.

    Args:
        comparison: the comparison.
        row: index in `Comparison.tensors`.

    Returns:
        The report; None when the pair does not differ.

    Raises:
        UsageError: there is no such row.
    """
    if not 0 <= row < len(comparison.tensors):
        raise UsageError(
            "row", f"row {row}", "there is no such tensor",
            f"0 to {len(comparison.tensors) - 1}", "Choose an index of Comparison.tensors.",
        )  # fmt: skip
    return comparison.form_of(row)


def text(comparison: Comparison, *, verbose: bool = False) -> str:
    """The report of a comparison as terminal text without control characters."""
    return render_text(comparison, verbose=verbose)
