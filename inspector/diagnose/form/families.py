"""Every family of hypotheses, in the order in which equal claims are preferred."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.constants import constants
from inspector.diagnose.form.frozen import frozen
from inspector.diagnose.form.guess import Guess
from inspector.diagnose.form.limits import limits
from inspector.diagnose.form.memory import memory_orders
from inspector.diagnose.form.mixture import mixtures
from inspector.diagnose.form.nonfinite import bad_values
from inspector.diagnose.form.other_tensor import other_tensors
from inspector.diagnose.form.permutation import permutations_of_axes
from inspector.diagnose.form.places import places
from inspector.diagnose.form.rounding import roundings
from inspector.diagnose.form.scale import scales
from inspector.diagnose.form.shift import shifts
from inspector.diagnose.form.unrelated import unrelated

Family = Callable[[Case], Iterable[Guess]]

FAMILIES: MappingProxyType[str, Family] = MappingProxyType(
    {
        "nonfinite": bad_values,
        "frozen": frozen,
        "mixture": mixtures,
        "other_tensor": other_tensors,
        "scale": scales,
        "limits": limits,
        "rounding": roundings,
        "memory": memory_orders,
        "permutation": permutations_of_axes,
        "shift": shifts,
        "constants": constants,
        "places": places,
        "unrelated": unrelated,
    }
)
"""Families by name; a new one is found here and swept by the tests."""
