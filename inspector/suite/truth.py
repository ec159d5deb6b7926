"""What is true of a pair that the suite wrote: partners, ambiguities, first difference.

Nothing here asks the tools: partners are known because both sides were named from one
recording, and the first difference is that of the two recordings before they were renamed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.blocks.graph import Graph
from inspector.live.noise import relative_l2
from inspector.suite.name_styles import value_of
from inspector.suite.writing import StoredSide
from inspector.tensors import Array, TensorPair

_ABOVE_NOISE = 10.0
"""How far an error stands above that of a healthy candidate to count.  The error between
the two backends in float32 is at most 1.2e-6 in the seeded decoders, and over 6 draws of the
inputs that of one tensor varies by at most a factor of 2.1."""

_ENDS = ("initial_noise", "mel")
_ROUNDING = {"float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


@dataclass(frozen=True)
class Truth:
    """What a perfect tool would say.

    Attributes:
        partners: stored name in the reference -> stored name in the candidate; a state that
            each side recorded under another name only, such as the noise and the state before
            the first step, is one tensor.
        ambiguous: names of the reference whose partner nothing tells: the names say
            nothing and another tensor of the same side holds the same values.
        first: names of the reference at which the sides may rightly be said to part first;
            empty when they nowhere differ by more than noise.
    """

    partners: Mapping[str, str]
    ambiguous: frozenset[str]
    first: frozenset[str]


def find_truth(
    reference: StoredSide, candidate: StoredSide, *, names_tell: bool, first: Sequence[str] = ()
) -> Truth:
    """The truth of a pair.

    Args:
        reference, candidate: the sides as stored.
        names_tell: the names of both sides say what a tensor is.
        first: of `first_differing`: names in the recording.
    """
    both = {name: name for name in reference.names if name in candidate.names}
    both |= _states_alone(reference.names, candidate.names)
    unclear: set[str] = set()
    if not names_tell:
        unclear = {
            name
            for side in (reference, candidate)
            for name in _repeated({n: side.values[n] for n in side.names})
        }
    return Truth(
        {reference.names[n]: candidate.names[other] for n, other in both.items()},
        frozenset(reference.names[n] for n in both if n in unclear),
        frozenset(
            reference.names[n]
            for chosen in first
            if chosen in reference.names
            for n in _same_as(chosen, reference)
        ),
    )


def _states_alone(reference: Collection[str], candidate: Collection[str]) -> dict[str, str]:
    """States that each side recorded once, under two names, by name in the recordings."""
    steps = [value_of(name).step or 0 for name in (*reference, *candidate)]
    sides: list[dict[int, list[str]]] = []
    for own in (reference, candidate):
        found: dict[int, list[str]] = defaultdict(list)
        for name in own:
            point = _point(name, max(steps, default=0))
            if point is not None:
                found[point].append(name)
        sides.append(found)
    return {
        refs[0]: sides[1][point][0]
        for point, refs in sides[0].items()
        if len(refs) == len(sides[1].get(point, ())) == 1 and refs != sides[1][point]
    }


def _point(name: str, last: int) -> int | None:
    """The number of steps behind a state of the solution; None for another value."""
    value = value_of(name)
    if value.word in _ENDS:
        return last if value.word == "mel" else 0
    if value.step is None or value.word not in ("x_before", "x_after"):
        return None
    return value.step - (value.word == "x_before")


def lays_right(
    pair: TensorPair, reference: StoredSide, candidate: StoredSide, name: str, other: str = ""
) -> bool:
    """Whether a pair of true partners lays equal places on each other.

    Two rows that hold the same values may lie in either order.

    Args:
        name: name in the recording of both tensors.
        other: that of the candidate's, where it is another one.
    """
    names = (name, other or name)
    shapes = reference.values[name].shape, candidate.values[names[1]].shape
    if len(shapes[0]) != len(shapes[1]):
        return True
    # numbers of the elements; a side with fewer rows or frames has the first ones
    whole = tuple(map(max, *shapes)) if shapes[0] else ()
    places = np.arange(int(np.prod(whole, dtype=np.int64))).reshape(whole)
    stored = []
    for side, shape, recorded in zip((reference, candidate), shapes, names, strict=True):
        own = places[tuple(slice(0, n) for n in shape)]
        if side.rows_exchanged and shape[:1] == (2,):
            own = own[::-1]
        stored.append(side.forms[recorded].apply(own))
    laid = pair.reference_layout.apply(stored[0]), pair.candidate_layout.apply(stored[1])
    if np.array_equal(*laid):
        return True
    rows = reference.values[name]
    alike = shapes[0][:1] == (2,) and np.array_equal(rows[0], rows[1])
    return alike and np.array_equal(laid[0], laid[1][::-1])


def first_differing(
    reference: Mapping[str, Array], candidate: Mapping[str, Array], healthy: Mapping[str, Array],
    graph: Graph, dtype: str = "float32",
) -> tuple[str, ...]:  # fmt: skip
    """Names at which two recordings may be said to part first, in order of recording.

    These are the tensors that differ although nothing recorded that they are computed from
    does: several when a mistake acts in parallel branches.

    Args:
        reference, candidate: the recordings, frames first; names on both sides count.
        healthy: the candidate's run without the mistake: its error is the noise.
        graph: one step of the healthy decoder.
        dtype: what the candidate stores floats in.
    """
    differing = [
        name
        for name in reference
        if name in candidate
        and _differs(reference[name], candidate[name], healthy.get(name), _ROUNDING[dtype])
    ]
    if not differing:
        return ()
    steps = {name: _time_of(name) for name in differing}
    earliest = min(steps.values())
    now = [name for name in differing if steps[name] == earliest]
    nodes = {_node_of(name) for name in now}
    return tuple(n for n in now if not _before(_node_of(n), graph) & (nodes - {_node_of(n)}))


def _time_of(name: str) -> float:
    """Inputs of the run, then the steps, then the mel."""
    step = value_of(name).step
    return step if step is not None else (np.inf if name == "mel" else 0)


def _differs(
    reference: Array, candidate: Array, healthy: Array | None, rounding: float
) -> bool:  # fmt: skip
    if reference.shape != candidate.shape:
        return True
    if np.array_equal(reference, candidate, equal_nan=True):
        return False
    error = relative_l2(candidate, reference)
    noise = rounding
    if healthy is not None and healthy.shape == reference.shape:
        usual = relative_l2(healthy, reference)
        noise = max(noise, usual if np.isfinite(usual) else 0.0)
    return not error <= _ABOVE_NOISE * noise


_NODES = {
    "x_before": "x", "t": "ode.t", "dt": "ode.dt", "dxdt_cond": "ode.v_cond",
    "dxdt_uncond": "ode.v_uncond", "dxdt_cfg": "ode.v_cfg", "x_after": "ode.x_after",
    "spks": "speaker", "initial_noise": "x", "t_span": "ode.t_span",
}  # fmt: skip


def _node_of(name: str) -> str:
    value = value_of(name)
    return value.path or _NODES.get(value.word, value.word)


def _before(node: str, graph: Graph) -> set[str]:
    """Every node and input that a node is computed from, in the same step."""
    found: set[str] = set()
    queue = [node]
    while queue:
        name = queue.pop()
        if name in graph:
            new = set(graph.node(name).inputs) - found
            found |= new
            queue.extend(new)
    return found


def _key(value: Array) -> tuple[object, ...]:
    """Equal for arrays that hold the same numbers, whatever unit axes they have."""
    squeezed = np.ascontiguousarray(np.squeeze(value))
    return squeezed.shape, squeezed.dtype.str, squeezed.tobytes()


def _repeated(values: Mapping[str, Array]) -> set[str]:
    """Names whose values another name holds as well."""
    keys = {name: _key(value) for name, value in values.items()}
    counts = Counter(keys.values())
    return {name for name, key in keys.items() if counts[key] > 1}


def _same_as(name: str, side: StoredSide) -> list[str]:
    """The name and all others of a side that hold the same values."""
    key = _key(side.values[name])
    return [n for n in side.names if _key(side.values[n]) == key]
