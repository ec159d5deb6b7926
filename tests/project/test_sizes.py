"""Files stay small and are named after their one concept."""

from __future__ import annotations

import pytest

from tests.project import tree

SMALL, LARGEST = 200, 400
SHARE_OF_SMALL = 0.8
CODE = (".py", ".js", ".css", ".html")
CATCH_ALLS = {
    "util", "utils", "utility", "utilities", "types", "models", "common", "helper", "helpers",
    "misc", "shared", "base", "core", "stuff",
}  # fmt: skip


def too_long(lengths: dict[str, int]) -> list[str]:
    """Files of more than `LARGEST` lines."""
    return [f"{name}: {n} lines" for name, n in lengths.items() if n > LARGEST]


def share_of_small(lengths: dict[str, int]) -> float:
    """Share of the files that have at most `SMALL` lines."""
    return sum(n <= SMALL for n in lengths.values()) / len(lengths)


def catch_alls(names: list[str]) -> list[str]:
    """Python files or folders whose name says nothing about what is inside."""
    return [
        name
        for name in names
        if name.endswith(".py")
        and CATCH_ALLS & {part.removesuffix(".py").strip("_") for part in name.split("/")}
    ]


def lengths_of(*folders: str) -> dict[str, int]:
    """Lines of every code file under the folders of the project."""
    return {
        file.relative_to(tree.ROOT).as_posix(): len(file.read_text("utf-8").splitlines())
        for folder in folders
        for file in tree.files(tree.ROOT / folder)
        if file.suffix in CODE
    }


def test_no_file_is_too_long():
    assert not too_long(lengths_of("inspector", "tests", "traces"))


def test_most_files_are_small():
    assert share_of_small(lengths_of("inspector")) >= SHARE_OF_SMALL


def test_no_file_is_a_catch_all():
    assert not catch_alls(list(lengths_of("inspector", "tests", "traces")))


def test_a_long_file_is_seen():
    assert too_long({"a.py": 400, "b.py": 401}) == ["b.py: 401 lines"]


def test_the_share_of_small_files_is_counted():
    assert share_of_small({"a.py": 200, "b.py": 201, "c.py": 5, "d.py": 300}) == 0.5


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("inspector/utils.py", True),
        ("inspector/io/types.py", True),
        ("inspector/common/npy.py", True),
        ("inspector/_helpers.py", True),
        ("inspector/io/npy.py", False),
        ("inspector/ui/assets/base.css", False),
        ("inspector/dtypes.py", False),
    ],
)
def test_a_catch_all_is_seen(name, seen):
    assert bool(catch_alls([name])) is seen
