"""What the page shows, as plain values and arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inspector.api.comparing import mapping_text
from inspector.api.drawing import _panel
from inspector.diagnose.comparison import Comparison
from inspector.match.mapping import MappingEntry
from inspector.tensors import Array, Progress

if TYPE_CHECKING:
    from inspector.views.lab import LabCheckpoint


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


def page_match(comparison: Comparison) -> dict[str, Any]:
    """Pairs, tensors without a partner, ambiguous groups and what was chosen by hand."""
    from inspector.views.match_table import match_payload

    return match_payload(comparison)


def page_match_axes(comparison: Comparison, reference: int, candidate: int) -> dict[str, Any]:
    """The orders of axes in which a candidate tensor fits a reference tensor.

    Args:
        comparison: the opened pair.
        reference, candidate: places in the lists of `page_match`.
    """
    from inspector.views.match_axes import axes_payload

    return axes_payload(comparison, reference, candidate)


def page_match_names(
    comparison: Comparison,
    overrides: Sequence[tuple[int, int | None, tuple[int, ...] | None]],
) -> tuple[MappingEntry, ...]:
    """Pairs chosen on the page, by their places in the lists of `page_match`, by name."""
    from inspector.views.match_table import named_overrides

    return named_overrides(comparison, overrides)


def page_mapping(
    comparison: Comparison,
    overrides: Sequence[tuple[int, int | None, tuple[int, ...] | None]],
    all_pairs: bool,
) -> str:
    """The mapping file for what was chosen on the page; see `mapping_text`."""
    return mapping_text(comparison, page_match_names(comparison, overrides), all_pairs=all_pairs)


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


def page_lab(
    comparison: Comparison, checkpoint: LabCheckpoint | None, progress: Progress | None = None
) -> dict[str, Any]:
    """Blocks, steps, the map of introduced errors and what can be chosen in the block lab.

    Args:
        comparison: the opened pair.
        checkpoint: path and configuration file of the reference's weights, or the opened
            checkpoint; None when none was given.
        progress: may raise `Cancelled`.
    """
    from inspector.views.lab import lab_payload

    return lab_payload(comparison, checkpoint, progress)


def page_lab_block(
    comparison: Comparison, checkpoint: LabCheckpoint | None, block: str
) -> dict[str, Any]:
    """The slots of one block and how they hang together.

    Raises:
        UsageError: no checkpoint, or no such block.
    """
    from inspector.views.lab_block import block_payload

    return block_payload(comparison, checkpoint, block)


def page_lab_run(
    comparison: Comparison,
    checkpoint: LabCheckpoint | None,
    request: Mapping[str, Any],
    progress: Progress | None = None,
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Run a block as the page asks; return facts and float32 planes, mel and sound.

    Raises:
        UsageError: no checkpoint, or a request that cannot be carried out.
        Cancelled: the progress callback asked to stop.
    """
    from inspector.views.lab_run import run_payload

    return run_payload(comparison, checkpoint, request, progress)


def page_culprit(
    comparison: Comparison,
    checkpoint: LabCheckpoint | None,
    progress: Progress | None = None,
    log: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Search for the culprit of an opened pair; `log` is called with what is known so far.

    Raises:
        UsageError: no checkpoint, or nothing of the decoder was recorded.
        Cancelled: the progress callback asked to stop.
    """
    from inspector.views.culprit import culprit_payload

    return culprit_payload(comparison, checkpoint, progress, log)


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


def demo_pairs() -> list[dict[str, str]]:
    """The bundled pairs: key, title, sentence, and paths of both traces and the checkpoint.

    Empty where the demo is not beside the installation.
    """
    from inspector.views.demo import read_gallery

    return read_gallery()
