"""The frameworks behind one door, listed whether they are installed or not."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from inspector import registry
from inspector.backends import BACKENDS
from inspector.blocks import implementations as module
from inspector.blocks.operations import OPERATIONS
from inspector.errors import UsageError


@pytest.fixture
def fresh():
    """The door as a new process finds it."""
    module.implementations.cache_clear()
    yield
    module.implementations.cache_clear()


def without(monkeypatch, missing):
    monkeypatch.setattr(
        module, "missing_reason", lambda n: f"the package {n} is not installed" * (n == missing)
    )


@pytest.mark.parametrize("name", BACKENDS)
def test_a_framework_is_made_once(name):
    assert module.backend(name).name == name
    assert module.backend(name) is module.backend(name)
    assert "float32" in module.backend(name).precisions


def test_the_oracle_has_double_precision():
    assert module.backend("torch").precisions[0] == "float64"


def test_an_unknown_framework_is_a_sentence():
    with pytest.raises(UsageError, match="jax: there is no backend of this name") as caught:
        module.backend("jax")
    assert "torch, mlx" in caught.value.sentence


def test_a_missing_framework_is_a_sentence(monkeypatch):
    without(monkeypatch, "mlx")
    module.backend.cache_clear()
    with pytest.raises(UsageError, match="the package mlx is not installed") as caught:
        module.backend("mlx")
    assert "Install mlx" in caught.value.next_step


def test_a_framework_that_does_not_load_is_a_sentence(monkeypatch):
    def fails(name):
        raise ImportError("libsomething.so.1: cannot open shared object file")

    module.backend.cache_clear()
    monkeypatch.setattr(module, "import_module", fails)
    with pytest.raises(UsageError, match="does not load: libsomething"):
        module.backend("torch")


def test_every_operation_is_there_in_every_framework(fresh):
    found = module.implementations()
    assert set(found) == {(op, name) for op in OPERATIONS for name in BACKENDS}
    assert found is module.implementations()


@pytest.mark.parametrize("name", BACKENDS)
def test_an_implementation_computes_when_called(name, fresh):
    b = module.backend(name)
    x = b.put(np.array([[[-1.0, 2.0]]]), "float32")
    relu = module.implementations()["activation", name]
    np.testing.assert_array_equal(b.take(relu([x], {}, {"kind": "relu"})), [[[0.0, 2.0]]])


def test_a_missing_framework_stays_listed_with_its_reason(fresh, monkeypatch):
    without(monkeypatch, "mlx")
    found = module.implementations()
    assert found.missing()["softmax", "mlx"] == "the package mlx is not installed"
    assert ("softmax", "mlx") not in found
    assert ("softmax", "torch") in found
    with pytest.raises(UsageError, match=r"softmax in mlx.*not installed"):
        found["softmax", "mlx"]


def test_a_wrong_name_hears_the_nearest(fresh):
    with pytest.raises(UsageError, match="softmax in torch"):
        module.implementations()["softmx", "torch"]


class _Point(EntryPoint):
    def load(self):
        return {"adds": _adds, "fails": _fails}[self.name]


def _adds(implementations, **_others):
    implementations.add(("softmax", "mine"), lambda inputs, params, settings: inputs[0])


def _fails(**_registries):
    raise RuntimeError("no licence")


def test_plugins_come_through_the_same_door(fresh, monkeypatch):
    points = [_Point(name, "x:y", registry.PLUGIN_GROUP) for name in ("adds", "fails")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    found = module.implementations()
    assert found["softmax", "mine"]([3], {}, {}) == 3
    assert "no licence" in found.missing()["plugin", "fails"]


def test_listing_loads_no_framework():
    code = (
        "import sys\nfrom inspector.blocks.implementations import implementations\n"
        "assert len(implementations()) > 50\n"
        "print([m for m in ('torch', 'mlx', 'mlx.core') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.strip() == "[]"
