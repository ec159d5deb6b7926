"""Tensors inside tuples, tables and dataclasses."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

from inspector.record.leaves import first_tensor, leaves

A, B = np.zeros((2, 3)), np.ones(4)
Pair = namedtuple("Pair", "left right")


@dataclass
class Output:
    sample: object
    hidden: object = None


def is_array(value):
    return isinstance(value, np.ndarray)


@pytest.mark.parametrize(
    ("value", "places"),
    [
        (A, [()]),
        ((A, B), [("0",), ("1",)]),
        ([A, (B, A)], [("0",), ("1", "0"), ("1", "1")]),
        ({"x": A, 3: B}, [("x",), ("3",)]),
        (OrderedDict(b=A, a=B), [("b",), ("a",)]),
        (Pair(A, B), [("left",), ("right",)]),
        (Output(A, (B,)), [("sample",), ("hidden", "0")]),
        (Output(A), [("sample",)]),
        (None, []),
        ((None, A), [("1",)]),
        ("text", [()]),
        ({"bad\0name": A, "\ud800": B}, [("bad_name",), ("?",)]),
    ],
)
def test_places(value, places):
    assert [place for place, _ in leaves(value, is_array)] == places


def test_leaves_are_the_objects_themselves():
    found = [leaf for _, leaf in leaves({"a": (A, 5)}, is_array)]
    assert found[0] is A
    assert found[1] == 5


def test_a_list_within_itself_ends():
    loop: list = [A]
    loop.append(loop)
    assert len(list(leaves(loop, is_array))) < 20


def test_a_long_list_is_cut_and_says_so():
    found = list(leaves(list(range(5_000)), is_array))
    assert len(found) == 1_001
    assert found[-1][1] == "4,000 more parts"


def test_a_module_that_is_a_table_is_not_opened():
    class Module(dict):
        def __call__(self):
            return None

    module = Module(weight=A)
    assert list(leaves(module, is_array)) == [((), module)]


def test_the_first_tensor_has_two_axes():
    assert first_tensor((5, B, {"x": A}), is_array) is A
    assert first_tensor((5, B), is_array) is None
