"""Which recorded tensor is which value of the decoder, and how to read it frames first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations

import numpy as np

from inspector.blocks.graph import Graph, Node
from inspector.live.node_names import NodeNames
from inspector.live.shapes import Dim
from inspector.match.matching import MatchResult
from inspector.match.names import parse_trace
from inspector.names import show_name
from inspector.tensors import Array, Layout, Roles, RoleTensor, TensorRecord, Trace

_STEP_ROLES = {
    "x_before": ("x", "BTC"), "x_after": ("ode.x_after", "BTC"), "v_cond": ("ode.v_cond", "BTC"),
    "v_uncond": ("ode.v_uncond", "BTC"), "v_cfg": ("ode.v_cfg", "BTC"), "t": ("ode.t", "B"),
    "dt": ("ode.dt", "B"),
}  # fmt: skip
_RUN_ROLES = {
    "mu": ("mu", "BTC"), "cond": ("cond", "BTC"), "mask": ("mask", "BTC"),
    "speaker_embedding": ("speaker", "BC"), "t_span": ("ode.t_span", "S"),
    "initial_noise": ("x", "BTC"),
}  # fmt: skip
_TRANSFORMER = re.compile(r"\w+\.\d+\.1\.\d+")


@dataclass(frozen=True)
class BoundValue:
    """One recorded value of the decoder.

    Attributes:
        record: the stored tensor.
        layout: how the stored array becomes the common array of its pair.
        axes: order of the axes of that array, frames before channels; None where a role
            reads the tensor by letters.
        expand: the rows axis was not stored.
        role: set where the tensor is read by its role.
        letters: of the role.
    """

    record: TensorRecord
    layout: Layout = field(default_factory=Layout)
    axes: tuple[int, ...] | None = None
    expand: bool = False
    role: RoleTensor | None = None
    letters: str = ""

    @cached_property
    def _array(self) -> Array:
        if self.role is not None:
            array = self.role.read(self.letters)
        else:
            array = self.layout.apply(self.record.read())
            array = array[None] if self.expand else array
            array = array if self.axes is None else array.transpose(self.axes)
        array = np.ascontiguousarray(array)
        return array if array.dtype == np.float64 else array.astype(np.float32, copy=False)

    def read(self) -> Array:
        """The value, frames first: float64 when stored so, else float32.

        Raises:
            TraceError: the tensor cannot be read.
        """
        return self._array


@dataclass(frozen=True)
class BoundSide:
    """The values of the decoder that one trace holds.

    Attributes:
        values: (name of node or input, step from 0) -> value.
        run: values that hold for every step, by name.
        steps: steps from 0 for which anything is recorded.
        notes: assumptions, one sentence each.
    """

    values: Mapping[tuple[str, int], BoundValue]
    run: Mapping[str, BoundValue]
    steps: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def get(self, name: str, step: int) -> BoundValue | None:
        """The value of `name` at `step`, or the one that holds for the whole run."""
        found = self.values.get((name, step))
        return found if found is not None else self.run.get(name)

    def names(self, step: int) -> tuple[str, ...]:
        """Names of nodes recorded at `step`."""
        return tuple(name for name, at in self.values if at == step)


def bind(
    trace: Trace,
    roles: Roles,
    match: MatchResult,
    graph: Graph,
    shapes: Mapping[str, tuple[Dim, ...]],
    *,
    candidate: bool,
    reference_framework: str | None = None,
) -> BoundSide:
    """Find the decoder's values in one trace.

    States, velocities and inputs are found by role; values inside the decoder by name on
    the reference side, on the candidate side through the pair they belong to, or by name
    where they have none.

    Args:
        trace, roles: the side.
        match: pairs of both sides.
        graph: the step graph.
        shapes: of `inspector.live.shapes.value_shapes`.
        candidate: bind the candidate's tensors of the pairs.
        reference_framework: what the reference was recorded with; the arrays of a pair have
            its axes.  PyTorch when None.
    """
    values, run = _bind_roles(roles)
    frames = _frames(values, run)
    names = NodeNames(graph)
    parsed = parse_trace(trace)
    base = _base(roles)
    notes: list[str] = []
    paired = {(p.candidate if candidate else p.reference).name for p in match.pairs}
    own = trace.info.framework or ("mlx" if candidate else "torch")
    common = (reference_framework or "torch") if candidate else own
    for record, layout, letters, name, step in _named(trace, match, candidate):
        node = names.find(name)
        if node is None:
            continue
        at = parsed[record.name].step if step is None else step
        index = 0 if at is None else at - base
        shape = _after(layout, record.shape)
        torch_like = "mlx" not in (common if record.name in paired else own).lower()
        fit = fit_axes(shape, shapes[node], frames, letters,
                       torch_like and _is_channels_first(graph.node(node)))  # fmt: skip
        if fit is None:
            wanted = " x ".join(str(d) for d in shapes[node])
            notes.append(
                f"{show_name(record.name)} has the shape {_text(shape)}, but {node} gives {wanted}."
            )
            continue
        values.setdefault((node, index), BoundValue(record, layout, *fit))
    steps = tuple(sorted({at for _, at in values}))
    return BoundSide(values, run, steps, tuple(notes))


def _bind_roles(
    roles: Roles,
) -> tuple[dict[tuple[str, int], BoundValue], dict[str, BoundValue]]:
    values: dict[tuple[str, int], BoundValue] = {}
    run: dict[str, BoundValue] = {}
    base = _base(roles)
    for step in roles.trajectory.steps:
        for part, (name, letters) in _STEP_ROLES.items():
            if (tensor := getattr(step, part)) is not None:
                bound = BoundValue(tensor.record, role=tensor, letters=letters)
                values[name, step.number - base] = bound
    for index in [i for name, i in values if name == "ode.x_after"]:
        values.setdefault(("x", index + 1), values["ode.x_after", index])
    for role, (name, letters) in _RUN_ROLES.items():
        tensor = roles.trajectory.t_span if role == "t_span" else roles.get(role)
        if tensor is None:
            continue
        bound = BoundValue(tensor.record, role=tensor, letters=letters)
        if name == "x":
            values.setdefault(("x", 0), bound)
        else:
            run[name] = bound
    # a state after the last step starts no step that exists
    last = max((i for name, i in values if name != "x"), default=0)
    return {k: v for k, v in values.items() if k[1] <= last}, run


def _named(
    trace: Trace, match: MatchResult, candidate: bool
) -> list[tuple[TensorRecord, Layout, str, str, int | None]]:
    """Records with layout, letters, the name to recognise them by, and the step."""
    rows, paired = [], set()
    for pair in match.pairs:
        if pair.mismatch or pair.role:
            continue
        record = pair.candidate if candidate else pair.reference
        layout = pair.candidate_layout if candidate else pair.reference_layout
        rows.append((record, layout, pair.letters, pair.reference.name, pair.step))
        paired.add(record.name)
    for record in trace.records:
        if record.name not in paired:
            rows.append((record, Layout(), "", record.name, None))
    return rows


def _is_channels_first(node: Node) -> bool:
    """True where the PyTorch module holds [B, C, T]."""
    return node.op != "layer_norm" and not _TRANSFORMER.fullmatch(node.block)


def _base(roles: Roles) -> int:
    steps = roles.trajectory.steps
    return 0 if steps and steps[0].number == 0 else 1


def _frames(
    values: Mapping[tuple[str, int], BoundValue], run: Mapping[str, BoundValue]
) -> int | None:
    for bound in (*values.values(), *run.values()):
        if bound.role is not None and "T" in bound.role.letters:
            return bound.record.shape[bound.role.letters.index("T")]
    return None


def _after(layout: Layout, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape that `layout` makes of a stored shape."""
    return layout.apply(np.broadcast_to(np.zeros((), np.int8), shape)).shape


def fit_axes(
    shape: Sequence[int],
    wanted: Sequence[Dim],
    frames: int | None,
    letters: str = "",
    channels_first: bool = False,
) -> tuple[tuple[int, ...] | None, bool] | None:
    """The order of axes that turns `shape` into `wanted`, and whether rows are added.

    Where several orders fit (as many frames as channels), `letters` decides, then
    `channels_first`.

    Returns:
        None when no order fits.
    """
    expand = len(shape) == len(wanted) - 1 and wanted[0] in ("R", "B")
    full = (1, *shape) if expand else tuple(shape)
    if len(full) != len(wanted):
        return None
    found = [
        order
        for order in permutations(range(len(full)))
        if order[0] == 0
        and all(_fits(full[a], d, frames) for a, d in zip(order, wanted, strict=True))
    ]
    if not found:
        return None
    natural = tuple(range(len(full)))
    if len(found) > 1 and len(full) == 3:
        turned = (0, 2, 1)
        if letters.replace("F", "C") == "BCT" or (not letters and channels_first):
            return turned, expand
    chosen = natural if natural in found else found[0]
    return chosen, expand


def _fits(length: int, wanted: Dim, frames: int | None) -> bool:
    if isinstance(wanted, int):
        return length == wanted
    if wanted.startswith("T"):
        if frames is None:
            return True
        parts = int(wanted.partition("/")[2] or 1)
        return length == -(-frames // parts)
    if wanted == "R":
        return length in (1, 2)
    return length >= 1


def _text(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "a scalar"
