"""Every module has its test file at the mirrored place."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from tests.project import tree


def without_mirror(root: Path, package: str = "inspector") -> list[str]:
    """Modules of `package` under `root` whose mirror test does not exist."""
    missing = []
    for name in tree.python_modules(root, package):
        module = PurePosixPath(name)
        if module.name == "__init__.py":
            continue
        folder = PurePosixPath("tests", *module.parent.parts[1:])
        if not (root / folder / f"test_{module.name}").is_file():
            missing.append(f"{name}: no {folder}/test_{module.name}")
    return missing


def without_assertion(root: Path) -> list[str]:
    """Test files under `root` in which no test can fail."""
    return [
        name
        for name in tree.python_modules(root, "tests")
        if PurePosixPath(name).name.startswith("test_")
        and not any(
            word in (root / name).read_text(encoding="utf-8")
            for word in ("assert ", "pytest.raises", "assert_", "expect(")
        )
    ]


def test_every_module_has_its_mirror():
    assert not without_mirror(tree.ROOT)


def test_every_test_file_asserts_something():
    assert not without_assertion(tree.ROOT)


def _plant(root: Path, *names: str, text: str = "") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def test_a_module_without_mirror_is_seen(tmp_path):
    _plant(tmp_path, "inspector/io/npy.py", "inspector/names.py", "inspector/io/__init__.py")
    _plant(tmp_path, "tests/test_names.py")
    assert without_mirror(tmp_path) == ["inspector/io/npy.py: no tests/io/test_npy.py"]


def test_a_mirror_at_another_place_does_not_count(tmp_path):
    _plant(tmp_path, "inspector/io/npy.py", "tests/test_npy.py", "tests/match/test_npy.py")
    assert len(without_mirror(tmp_path)) == 1


def test_a_test_file_that_cannot_fail_is_seen(tmp_path):
    _plant(tmp_path, "tests/test_good.py", text="def test_x():\n    assert run()")
    _plant(tmp_path, "tests/test_empty.py", text="def test_x():\n    run()")
    assert without_assertion(tmp_path) == ["tests/test_empty.py"]
