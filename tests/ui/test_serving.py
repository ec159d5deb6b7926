"""The Python door to the page: which traces it opens, and when it opens a browser."""

from __future__ import annotations

import pytest

from inspector.errors import UsageError
from inspector.ui import serving


@pytest.fixture
def started(monkeypatch):
    """What the server was started with, instead of starting one."""
    seen = {}

    def run(settings, *, announce):
        seen["settings"] = settings
        announce("http://127.0.0.1:1/")

    monkeypatch.setattr(serving, "run_server", run)
    monkeypatch.setattr(serving.webbrowser, "open", lambda url: seen.setdefault("opened", url))
    return seen


def test_without_traces_the_bundled_demo_opens(started, capsys):
    serving.serve(open_browser=False)
    start = started["settings"].start
    assert start.reference.endswith("traces/demo/reference")
    assert start.candidate.endswith("traces/demo/story-unloaded-weights")
    assert started["settings"].checkpoint.endswith("traces/demo/decoder.safetensors")
    assert "opened" not in started
    assert "http://127.0.0.1:1/" in capsys.readouterr().out


def test_traces_port_and_roots_reach_the_server(started):
    serving.serve("a", "b", port=99, root=("r",))
    settings = started["settings"]
    assert (settings.start.reference, settings.start.candidate) == ("a", "b")
    assert (settings.port, settings.roots) == (99, ("r",))


def test_the_checkpoint_belongs_to_the_start_pair(started):
    serving.serve("a", "b", checkpoint="w.safetensors", config="c.json")
    opening = started["settings"].opening
    assert (opening.reference, opening.checkpoint, opening.config) == (
        "a", "w.safetensors", "c.json",
    )  # fmt: skip
    serving.serve("a", "b")
    assert started["settings"].opening.checkpoint == ""
    with pytest.raises(UsageError, match="without its checkpoint"):
        serving.serve("a", "b", config="c.json")


def test_named_code_is_offered_before_the_page_is_served(started, monkeypatch):
    monkeypatch.setattr(serving.api, "offer_implementations", lambda *a: started.update(told=a))
    serving.serve("a", "b", implementation=("m.py:f",), command=("tool",), timeout=2.0)
    assert started["told"] == (("m.py:f",), ("tool",), 2.0)


def test_code_that_does_not_fit_starts_no_server(started):
    with pytest.raises(UsageError, match="it cannot be read"):
        serving.serve("a", "b", implementation=("no code here",))
    assert started == {}


def test_the_browser_opens_at_the_address(started):
    import threading

    serving.serve("a", "b")
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(timeout=2)
    assert started["opened"] == "http://127.0.0.1:1/"


def test_one_trace_alone_or_a_missing_demo_is_a_sentence(started, monkeypatch, tmp_path):
    with pytest.raises(UsageError, match="only one trace"):
        serving.serve("a")
    monkeypatch.setattr(serving, "DEMO", tmp_path)
    with pytest.raises(UsageError, match="Give two traces"):
        serving.serve()
