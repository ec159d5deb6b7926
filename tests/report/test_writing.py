"""A file is either the old one or the whole new one."""

from __future__ import annotations

import os
import resource

import pytest

from inspector.errors import UsageError
from inspector.report.writing import write_bytes


def test_bytes_arrive_and_folders_are_made(tmp_path):
    target = tmp_path / "deep" / "er" / "result.json"
    write_bytes(target, b"{}")
    assert target.read_bytes() == b"{}"
    assert [p.name for p in target.parent.iterdir()] == ["result.json"]


def test_the_umask_rules_the_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_folder_in_the_way_is_a_sentence(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write_bytes(tmp_path / "taken", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_full_disk_keeps_the_old_file_and_leaves_no_other(tmp_path):
    target = tmp_path / "result"
    write_bytes(target, b"old")
    pid = os.fork()
    if pid == 0:  # a child: the limit must not bind the test process
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_bytes(target, b"n" * 100_000)
        except UsageError:
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["result"]
