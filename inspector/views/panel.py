"""What a view is: sentences, figures and tables made from a comparison on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inspector.diagnose.comparison import Comparison
from inspector.figures.style import Figure, Theme


@dataclass(frozen=True)
class Line:
    """One sentence with a status: ``ok``, ``note``, ``fail`` or ``none`` (plain)."""

    status: str
    text: str


@dataclass(frozen=True)
class Table:
    """A small table of texts and numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True)
class FigureSpec:
    """A figure that is drawn only when somebody asks for it.

    Attributes:
        name: short key, unique in its view; safe in an address and a file name.
        title: what it shows, for a heading.
        alt: what a reader who cannot see it should know.
        draw: theme in, figure out.
        on_page: shown on the page; False for figures that repeat the panel's own sentences
            and are meant for export.
    """

    name: str
    title: str
    alt: str
    draw: Callable[[Theme], Figure]
    on_page: bool = True


@dataclass(frozen=True)
class Panel:
    """What a view shows of one comparison.

    Attributes:
        reason: why there is nothing to show; empty when there is.
        lines: sentences, most telling first.
        figures: figures, drawn on demand.
        tables: tables of numbers.
    """

    reason: str = ""
    lines: tuple[Line, ...] = ()
    figures: tuple[FigureSpec, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class View:
    """A registered way to look at a comparison.

    Attributes:
        key: name of the question.
        title: heading of its tab.
        build: comparison in, panel out.
    """

    key: str
    title: str
    build: Callable[[Comparison], Panel]


def question_view(key: str, title: str, show: Callable[[Any], Panel]) -> View:
    """A view of one question: its result shown by `show`, or the reason why there is none.

    Args:
        key: name of the question in `Comparison.answers`.
        title: heading of its tab.
        show: result of the analysis of that name in, panel out.
    """

    def build(comparison: Comparison) -> Panel:
        answer = comparison.answers[key]
        return show(answer.result) if answer.available else Panel(reason=answer.reason)

    return View(key, title, build)
