"""Progress appears on a terminal and nowhere else."""

from __future__ import annotations

import io
import sys

from inspector.cli.progress import terminal_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_one_line_that_is_wiped(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with terminal_progress() as report:
        report(1, 2, "Comparing \x1b[31m")
    text = terminal.getvalue()
    assert "\r\x1b[KComparing \\u{1b}[31m" in text
    assert text.endswith("\r\x1b[K")
    assert "\n" not in text


def test_a_file_or_a_pipe_gets_nothing(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with terminal_progress() as report:
        assert report is None
    assert stream.getvalue() == ""
