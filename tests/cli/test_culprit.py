"""``inspector culprit``."""

from __future__ import annotations

import json

import pytest

from inspector.cli.main import main
from tests.project import tree

DEMO = tree.ROOT / "traces" / "demo"
CHECKPOINT = str(DEMO / "decoder.safetensors")


def run(candidate: str, *options: str) -> int:
    return main(["culprit", str(DEMO / "reference"), str(DEMO / candidate),
                 "--checkpoint", CHECKPOINT, *options])  # fmt: skip


def test_the_documented_story_is_called_unloaded_weights(capsys, tmp_path):
    assert run("story-unloaded-weights", "--json", str(tmp_path / "found.json")) == 1
    assert "not loaded" in capsys.readouterr().out.splitlines()[0]
    found = json.loads((tmp_path / "found.json").read_text())
    assert {s["fault"] for s in found["suspects"]} == {
        "attention_unloaded", "feed_forward_unloaded", "final_projection_unloaded",
        "resnet_time_and_skip_unloaded",
    }  # fmt: skip
    assert not [s for s in found["suspects"] if "mask" in s["fault"]]
    assert found["unexplained"] == []


@pytest.mark.parametrize("candidate", ["healthy", "healthy-float16"])
def test_a_healthy_port_is_called_healthy(candidate, capsys):
    assert run(candidate, "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["healthy"] is True
    assert found["unexplained"] == []


def test_a_missing_checkpoint_is_a_sentence(capsys):
    code = main(["culprit", str(DEMO / "reference"), str(DEMO / "healthy"),
                 "--checkpoint", "/no/such.safetensors"])  # fmt: skip
    assert code == 2
    assert capsys.readouterr().err.startswith("inspector: ")
