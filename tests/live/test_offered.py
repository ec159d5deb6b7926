"""Implementations named by the operator."""

from __future__ import annotations

import sys

import pytest

from inspector.errors import UsageError
from inspector.live import offered
from inspector.live.offered import offer, read_codes
from inspector.live.user_code import UserCode
from inspector.registry import Registry


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def f(inputs, params, settings):\n    return inputs[0]\n")
    return path


def test_texts_become_implementations_by_name(file):
    codes = read_codes([f"{file}:f@softmax", f"g={file}:f"], [f"{sys.executable} x"], 3.0)
    assert list(codes)[:2] == ["f", "g"]
    assert [code.kind for code in codes.values()] == ["python", "python", "command"]
    assert list(codes.values())[2].timeout_s == 3.0


def test_two_of_one_name_are_refused(file):
    with pytest.raises(UsageError, match="two implementations have this name"):
        read_codes([f"{file}:f", f"f={file}:f"])


def test_the_name_of_a_fault_is_refused(file):
    with pytest.raises(UsageError, match="a fault has this name"):
        read_codes([f"cfg_sum={file}:f"])


@pytest.mark.parametrize("timeout", [0.0, -1.0, float("nan")])
def test_a_time_limit_is_positive(timeout):
    with pytest.raises(UsageError, match="more than 0 seconds"):
        read_codes(timeout_s=timeout)


def test_what_is_offered_is_listed_once(monkeypatch):
    monkeypatch.setattr(offered, "OFFERED", Registry("implementation"))
    code = UserCode("mine", "command", "true")
    offer([code])
    assert dict(offered.OFFERED.items()) == {"mine": code}
    offer([code])
    assert len(offered.OFFERED) == 1
    with pytest.raises(UsageError, match="registered twice"):
        offer([UserCode("mine", "command", "false")])
