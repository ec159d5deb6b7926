"""Dtype facts against NumPy, torch and ml_dtypes."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.dtypes import STORED_DTYPES, dtype_info

NARROW = ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu")


@pytest.mark.parametrize("name", [n for n in STORED_DTYPES if n not in NARROW])
def test_numpy_dtypes_have_the_facts_of_numpy(name):
    info, dtype = dtype_info(name), np.dtype(name)
    kinds = {"f": "float", "c": "complex", "i": "int", "u": "uint", "b": "bool"}
    assert (info.name, info.kind, info.itemsize) == (name, kinds[dtype.kind], dtype.itemsize)
    assert info.carrier == name
    if dtype.kind in "fc":
        facts = np.finfo(dtype)
        assert info.eps == float(facts.eps) == 2.0**-info.mantissa_bits
        assert info.smallest_normal == float(facts.smallest_normal)
        assert info.largest == float(facts.max)
    elif dtype.kind in "iu":
        assert (info.eps, info.mantissa_bits) == (0.0, 0)
        assert info.largest == float(np.iinfo(dtype).max)


@pytest.mark.parametrize("name", NARROW)
def test_narrow_floats_have_the_facts_of_torch(name):
    torch = pytest.importorskip("torch")
    info, facts = dtype_info(name), torch.finfo(getattr(torch, name))
    assert info.itemsize == facts.bits // 8
    assert info.eps == facts.eps
    assert info.largest == facts.max
    assert info.smallest_normal == facts.smallest_normal


@pytest.mark.parametrize("name", NARROW)
def test_narrow_floats_have_the_facts_of_ml_dtypes(name):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    info, facts = dtype_info(name), ml_dtypes.finfo(getattr(ml_dtypes, name))
    assert info.itemsize == facts.bits // 8
    assert info.eps == float(facts.eps)
    assert info.mantissa_bits == facts.nmant
    assert info.largest == float(facts.max)
    assert info.smallest_normal == float(facts.smallest_normal)


@pytest.mark.parametrize("name", NARROW)
def test_narrow_floats_are_carried_exactly_by_float32(name):
    info = dtype_info(name)
    assert info.carrier == "float32"
    assert float(np.float32(info.largest)) == info.largest
    assert float(np.float32(info.smallest_normal)) == info.smallest_normal


@pytest.mark.parametrize("name", ["float128", "object", "", "BF16", "float8"])
def test_an_unknown_dtype_is_refused(name):
    with pytest.raises(KeyError):
        dtype_info(name)
