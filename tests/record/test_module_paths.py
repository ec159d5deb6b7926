"""Paths of modules, shared ones too."""

from __future__ import annotations

import pytest

from inspector.errors import UsageError
from inspector.record.module_paths import ModulePaths

# one module 7 under p.x and q.x, one module 8 twice in a row, and a container
MODULES = [
    ("", 0, True), ("p", 1, True), ("p.x", 7, True), ("q", 2, True), ("q.sub", 3, True),
    ("q.sub.x", 7, True), ("q.x", 7, True), ("layers", 4, False), ("layers.0", 8, True),
    ("layers.1", 8, True),
]  # fmt: skip


@pytest.fixture
def paths():
    return ModulePaths(MODULES)


@pytest.mark.parametrize(
    ("key", "running", "path"),
    [
        (1, [""], "p"),
        (7, ["", "p"], "p.x"),
        (7, ["", "q"], "q.x"),
        (7, ["", "q", "q.sub"], "q.sub.x"),
        (7, [""], "p.x"),
        (7, [], "p.x"),
        (8, [""], "layers.0"),
        (99, [""], None),
    ],
)
def test_the_running_module_tells_the_path_of_a_shared_one(paths, key, running, path):
    assert paths.path_of(key, running) == path


def test_a_path_that_cannot_be_told_is_not_waited_for(paths):
    assert "layers" not in paths.callable
    assert "layers.1" not in paths.callable
    assert {"layers.0", "p.x", "q.x", "q.sub.x"} <= set(paths.callable)


def test_sharing_that_cannot_be_told_is_listed(paths):
    assert list(paths.shared(["layers.0", "p.x", "q"])) == [("layers.0", "layers.1")]


def test_an_unknown_path_is_answered_with_the_nearest(paths):
    assert paths.key_of("q.sub") == 3
    with pytest.raises(UsageError, match=r"q\.sub"):
        paths.key_of("q.subb")
