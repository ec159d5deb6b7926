"""``inspector serve``: arguments reach the server unchanged."""

from __future__ import annotations

import inspector.ui.serving
from inspector.cli.main import main


def test_arguments_reach_the_server(monkeypatch):
    seen = {}

    def record(reference, candidate, **options):
        seen.update(options, reference=reference, candidate=candidate)

    monkeypatch.setattr(inspector.ui.serving, "serve", record)
    assert (
        main(["serve", "a", "b", "--port", "9", "--root", "r", "--root", "s", "--no-browser",
              "--checkpoint", "w", "--config", "c", "--implementation", "m.py:f@softmax",
              "--implementation", "m.py:g", "--command", "b=tool -x", "--timeout", "3"]) == 0
    )  # fmt: skip
    assert seen == {
        "reference": "a", "candidate": "b", "port": 9, "root": ("r", "s"), "open_browser": False,
        "checkpoint": "w", "config": "c", "implementation": ("m.py:f@softmax", "m.py:g"),
        "command": ("b=tool -x",), "timeout": 3.0,
    }  # fmt: skip
    assert main(["serve"]) == 0
    assert seen["reference"] is seen["candidate"] is seen["checkpoint"] is seen["config"] is None
    assert seen["open_browser"] is True
    assert (seen["implementation"], seen["command"], seen["timeout"]) == ((), (), 60.0)


def test_code_that_does_not_fit_is_one_sentence_and_no_server(tmp_path, capsys):
    for option in ("--implementation=no code here", f"--implementation={tmp_path / 'no.py'}:f",
                   "--command=no-such-program-anywhere", "--timeout=0"):  # fmt: skip
        assert main(["serve", "a", "b", "--no-browser", option]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("inspector: ")
        assert err.count("\n") == 1
