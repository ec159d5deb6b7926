"""View of the question `hf_energy`: how much power lies above a cut-off, and when."""

from __future__ import annotations

from inspector.analysis.hf_energy import HfComparison
from inspector.figures.hf_energy import draw_hf
from inspector.views.panel import FigureSpec, Line, Panel, question_view


def show(result: HfComparison) -> Panel:
    """Show high-frequency energy of the sound and of the mel."""
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


VIEW = question_view("hf_energy", "HF energy", show)
