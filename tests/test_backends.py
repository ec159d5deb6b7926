"""Which frameworks there are, found out without importing any."""

from __future__ import annotations

import subprocess
import sys

import pytest

from inspector import backends


@pytest.fixture
def fresh():
    backends.missing_reason.cache_clear()
    yield
    backends.missing_reason.cache_clear()


def test_the_oracle_comes_first():
    assert backends.BACKENDS == ("torch", "mlx")
    assert backends.PRECISIONS == ("float64", "float32", "float16", "bfloat16")


@pytest.mark.parametrize("name", backends.BACKENDS)
def test_an_installed_framework_has_no_reason(name, fresh):
    assert backends.missing_reason(name) == ""


def test_an_unknown_framework_hears_what_there_is(fresh):
    reason = backends.missing_reason("tensorflow")
    assert "torch, mlx" in reason


def test_a_missing_package_is_named(fresh, monkeypatch):
    monkeypatch.setattr(backends, "find_spec", lambda name: None if name == "mlx" else object())
    assert backends.missing_reason("mlx") == "the package mlx is not installed"
    assert backends.missing_reason("torch") == ""


def test_asking_imports_nothing():
    code = (
        "import sys\nfrom inspector.backends import BACKENDS, missing_reason\n"
        "assert not any(missing_reason(b) for b in BACKENDS)\n"
        "print([m for m in ('torch', 'mlx', 'mlx.core') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.strip() == "[]"
