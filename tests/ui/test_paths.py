"""What a path field may open: everything else gets one and the same answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from inspector.errors import UsageError
from inspector.ui.paths import PathPolicy

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and /proc are posix things")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """root/ with a trace, outside/ with a secret, and root-twin/ beside it."""
    (tmp_path / "root" / "trace").mkdir(parents=True)
    (tmp_path / "root" / "trace" / "mel.npy").write_bytes(b"1234")
    (tmp_path / "root-twin").mkdir()
    (tmp_path / "root-twin" / "x.npy").write_bytes(b"1")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.npy").write_bytes(b"secret")
    return tmp_path


@pytest.fixture
def policy(tree: Path) -> PathPolicy:
    return PathPolicy([tree / "root"])


def _answer(policy: PathPolicy, text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        policy.resolve(text, "reference")
    return caught.value


def test_inside_is_opened(tree: Path, policy: PathPolicy) -> None:
    expected = os.path.realpath(tree / "root" / "trace")
    assert policy.resolve(str(tree / "root" / "trace"), "reference").path == expected
    assert policy.resolve("trace", "reference").path == expected
    assert policy.resolve("trace/../trace/", "reference").path == expected
    assert policy.resolve(f'  "{expected}" ', "reference").path == expected
    assert policy.resolve(str(tree / "root"), "reference").path == os.path.realpath(tree / "root")


@posix
def test_everything_outside_or_missing_gets_the_same_answer(tree: Path, policy: PathPolicy) -> None:
    root, outside = tree / "root", tree / "outside"
    (root / "to-outside").symlink_to(outside)
    (root / "to-secret.npy").symlink_to(outside / "secret.npy")
    (root / "dangling").symlink_to(tree / "nowhere")
    (root / "loop").symlink_to(root / "loop")
    (root / "two-steps").symlink_to(root / "to-outside")
    os.mkfifo(root / "fifo")
    escapes = [
        str(outside), str(outside / "secret.npy"), str(tree / "missing"), "missing",
        "../outside", "trace/../../outside", "trace/../../outside/secret.npy",
        "to-outside", "to-outside/secret.npy", "to-secret.npy", "two-steps", "dangling", "loop",
        "fifo", str(tree / "root-twin"), str(tree / "root-twin" / "x.npy"), str(tree), "/",
        "/etc/passwd", "/proc/self/environ", "/proc/self/cwd", "/dev/zero", "~", "~root", "~/x",
        "$HOME", "trace\0", "\0", "trace\0.npy", "\\\\?\\C:\\x", "C:\\Windows", "//etc/passwd",
        "file:///etc/passwd", "a" * 100_000, "\udcff", "trace/mel.npy/..\u2025", "trace/mel.npy/x",
        "．．/outside",
    ]  # fmt: skip
    answers = {(_answer(policy, text).code, _answer(policy, text).sentence) for text in escapes}
    assert len(answers) == 1
    (code, sentence) = answers.pop()
    assert code == "path"
    assert "outside" not in sentence.replace(str(root), "")
    assert "--root" in sentence


@posix
def test_kernel_folders_stay_closed_when_the_whole_disk_is_allowed() -> None:
    policy = PathPolicy(["/"])
    assert policy.resolve("/etc/hosts", "reference").path == os.path.realpath("/etc/hosts")
    for text in ("/proc/self/environ", "/dev/zero", "/sys/kernel", "/proc"):
        assert _answer(policy, text).code == "path"


@posix
def test_a_folder_with_a_link_that_leaves_is_refused_by_name(
    tree: Path, policy: PathPolicy
) -> None:
    (tree / "root" / "trace" / "x\nstep.npy").symlink_to(tree / "outside" / "secret.npy")
    error = _answer(policy, "trace")
    assert error.code == "link"
    assert "x\\u{a}step.npy" in error.sentence
    assert "secret" not in error.sentence


@posix
def test_a_link_inside_the_roots_is_fine(tree: Path) -> None:
    (tree / "root" / "trace" / "linked.npy").symlink_to(tree / "outside" / "secret.npy")
    policy = PathPolicy([tree / "root", tree / "outside"])
    names = [name for name, _, _ in policy.resolve("trace", "reference").fingerprint]
    assert names == ["linked.npy", "mel.npy"]


def test_a_single_file_can_be_a_root(tree: Path) -> None:
    policy = PathPolicy([tree / "outside" / "secret.npy"])
    assert policy.resolve(str(tree / "outside" / "secret.npy"), "candidate").fingerprint
    assert _answer(policy, str(tree / "outside")).code == "path"
    assert _answer(policy, str(tree / "outside" / "secret.npy2")).code == "path"


def test_the_empty_field_says_so(policy: PathPolicy) -> None:
    error = _answer(policy, "   ")
    assert "no path is given" in error.sentence
    assert error.subject == "reference"


def test_a_missing_root_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="allowed folder does not exist"):
        PathPolicy([tmp_path / "nowhere"])


def test_changes_are_seen(tree: Path, policy: PathPolicy) -> None:
    before = policy.resolve("trace", "reference")
    policy.recheck(before, "reference")
    assert policy.resolve("trace", "reference") == before
    (tree / "root" / "trace" / "mel.npy").write_bytes(b"12345")
    assert policy.resolve("trace", "reference") != before
    with pytest.raises(UsageError) as caught:
        policy.recheck(before, "reference")
    assert caught.value.code == "changed"


def test_a_rewrite_of_the_same_length_is_seen(tree: Path, policy: PathPolicy) -> None:
    before = policy.resolve("trace", "reference")
    file = tree / "root" / "trace" / "mel.npy"
    file.write_bytes(b"4321")
    os.utime(file, ns=(1, 1))
    assert policy.resolve("trace", "reference") != before


@posix
def test_a_swap_after_the_check_is_seen(tree: Path, policy: PathPolicy) -> None:
    before = policy.resolve("trace", "reference")
    (tree / "root" / "trace").rename(tree / "root" / "moved")
    (tree / "root" / "trace").symlink_to(tree / "outside")
    with pytest.raises(UsageError) as caught:
        policy.recheck(before, "reference")
    assert caught.value.code == "changed"
