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
              "--checkpoint", "w", "--config", "c"]) == 0
    )  # fmt: skip
    assert seen == {
        "reference": "a", "candidate": "b", "port": 9, "root": ("r", "s"), "open_browser": False,
        "checkpoint": "w", "config": "c",
    }  # fmt: skip
    assert main(["serve"]) == 0
    assert seen["reference"] is seen["candidate"] is seen["checkpoint"] is seen["config"] is None
    assert seen["open_browser"] is True
