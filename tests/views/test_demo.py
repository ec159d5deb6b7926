"""The bundled gallery."""

from __future__ import annotations

import json

from inspector.views.demo import read_gallery


def test_paths_are_those_of_the_folder(tmp_path):
    entry = {"key": "k", "title": "t", "sentence": "s", "reference": "a", "candidate": "b",
             "checkpoint": "c.safetensors"}  # fmt: skip
    (tmp_path / "gallery.json").write_text(json.dumps([entry]), encoding="utf-8")
    (found,) = read_gallery(tmp_path)
    assert found["reference"] == str(tmp_path / "a")
    assert found["checkpoint"] == str(tmp_path / "c.safetensors")
    assert (found["key"], found["title"], found["sentence"]) == ("k", "t", "s")


def test_without_the_demo_there_is_nothing_to_choose(tmp_path):
    assert read_gallery(tmp_path) == []
