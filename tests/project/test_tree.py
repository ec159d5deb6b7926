"""What counts as a file of the project."""

from __future__ import annotations

from tests.project import tree


def test_generated_and_hidden_files_are_left_out(tmp_path):
    for name in (
        "kept.py", "folder/kept.js", ".ci/run", ".gitignore", ".venv/lib.py", ".venv-tools/x.py",
        "__pycache__/a.pyc", "thing.egg-info/PKG", ".git/HEAD", "build/lib.py",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    found = [f.relative_to(tmp_path).as_posix() for f in tree.files(tmp_path)]
    assert found == [".ci/run", ".gitignore", "folder/kept.js", "kept.py"]


def test_text_files_leave_out_binary_ones(tmp_path):
    (tmp_path / "a.txt").write_text("ä", encoding="utf-8")
    (tmp_path / "b.wav").write_bytes(b"\xff\xfe\x00")
    assert list(tree.text_files(tmp_path)) == [("a.txt", "ä")]


def test_the_project_is_found():
    modules = tree.python_modules(tree.ROOT, "inspector")
    assert "inspector/tensors.py" in modules
    assert len(modules) > 100
