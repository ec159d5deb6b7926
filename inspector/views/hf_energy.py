"""View of the question `hf_energy`: how much power lies above a cut-off, and when."""

from __future__ import annotations

from inspector.diagnose.comparison import Comparison
from inspector.figures.hf_energy import draw_hf
from inspector.views.panel import FigureSpec, Line, Panel, View


def build(comparison: Comparison) -> Panel:
    """Show high-frequency energy of the sound and of the mel."""
    answer = comparison.answers["hf_energy"]
    if not answer.available:
        return Panel(reason=answer.reason)
    result = answer.result
    return Panel(
        lines=tuple(Line("none", s) for s in result.sentences),
        figures=(
            FigureSpec(
                "hf_energy", f"Power above {result.cutoff_hz:g} Hz",
                "Cumulative share of power over frequency with the cut-off, and the share above "
                "the cut-off over time.",
                lambda theme: draw_hf(result, theme=theme),
            ),
        ),
    )  # fmt: skip


VIEW = View("hf_energy", "HF energy", build)
