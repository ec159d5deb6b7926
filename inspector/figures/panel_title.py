"""A title at the left edge of a panel, in the colours of the theme."""

from __future__ import annotations

from matplotlib.axes import Axes

from inspector.figures.style import Theme


def set_panel_title(axis: Axes, title: str, theme: Theme) -> None:
    """Put `title` above the left edge of `axis`; the caller makes untrusted text plain.

    matplotlib keeps three titles per axes, and a theme that colours the middle one leaves
    the left one black.
    """
    axis.set_title(title, loc="left", color=theme.text, fontsize=10.5)
