"""What a fault changes: nodes of the graph, weights and inputs, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from inspector.blocks.graph import Graph, Node, Setting, Settings
from inspector.errors import UsageError
from inspector.faults.input_kinds import INPUT_KINDS
from inspector.faults.rewiring import rewired
from inspector.faults.weight_kinds import WEIGHT_KINDS
from inspector.tensors import Array, freeze

Pairs = tuple[tuple[str, Setting], ...]


@dataclass(frozen=True)
class WeightChange:
    """One parameter that differs from the checkpoint.

    Attributes:
        key: canonical checkpoint key.
        kind: a name of `inspector.faults.weight_kinds.WEIGHT_KINDS`.
        settings: constants of the kind, such as ``seed``.
    """

    key: str
    kind: str
    settings: Pairs = ()

    @property
    def constants(self) -> Settings:
        """The settings as a mapping."""
        return MappingProxyType(dict(self.settings))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"key": self.key, "kind": self.kind, "settings": dict(self.settings)}


@dataclass(frozen=True)
class InputChange:
    """One input of the graph that differs from what was given.

    Attributes:
        name: input of the graph, such as ``mask`` or ``rows.mask``.
        kind: a name of `inspector.faults.input_kinds.INPUT_KINDS`.
        settings: constants of the kind; ``at_step`` limits the change to one ODE step.
    """

    name: str
    kind: str
    settings: Pairs = ()

    @property
    def constants(self) -> Settings:
        """The settings as a mapping."""
        return MappingProxyType(dict(self.settings))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"name": self.name, "kind": self.kind, "settings": dict(self.settings)}


@dataclass(frozen=True)
class Edit:
    """A changed computation.

    Attributes:
        graph: the graph with the change in it.
        weights: parameters to change, applied in order.
        inputs: inputs to change, applied in order.
    """

    graph: Graph
    weights: tuple[WeightChange, ...] = ()
    inputs: tuple[InputChange, ...] = ()

    def joined(self, after: Edit) -> Edit:
        """This edit and then `after`, which was made on the graph of this one."""
        return Edit(after.graph, self.weights + after.weights, self.inputs + after.inputs)

    def with_seed(self, seed: int) -> Edit:
        """The same edit with another draw of its random values."""

        def redrawn(settings: Pairs) -> Pairs:
            return tuple((k, seed if k == "seed" else v) for k, v in settings)

        return replace(
            self,
            weights=tuple(replace(c, settings=redrawn(c.settings)) for c in self.weights),
            inputs=tuple(replace(c, settings=redrawn(c.settings)) for c in self.inputs),
        )

    def to_dict(self, base: Graph | None = None) -> dict[str, Any]:
        """Plain values; with `base` also the nodes that differ from it."""
        values: dict[str, Any] = {
            "weights": [c.to_dict() for c in self.weights],
            "inputs": [c.to_dict() for c in self.inputs],
        }
        if base is not None:
            values["nodes"] = [
                _node_values(n)
                for n in self.graph.nodes
                if n.name not in base or base.node(n.name) != n
            ]
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], graph: Graph) -> Edit:
        """The edit of `to_dict`, its nodes put into `graph`.

        Raises:
            UsageError: a value is missing or of the wrong kind.
        """
        try:
            nodes = {v["name"]: _node(v) for v in values.get("nodes", ())}
            weights = tuple(
                WeightChange(c["key"], c["kind"], tuple(c.get("settings", {}).items()))
                for c in values.get("weights", ())
            )
            inputs = tuple(
                InputChange(c["name"], c["kind"], tuple(c.get("settings", {}).items()))
                for c in values.get("inputs", ())
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise UsageError(
                "edit", "edit", f"it cannot be read: {type(error).__name__} {error}",
                "lists `nodes`, `weights` and `inputs` as an edit is written",
            ) from error  # fmt: skip
        return cls(rewired(graph, nodes) if nodes else graph, weights, inputs)


def changed_weights(
    weights: Mapping[str, Array], changes: tuple[WeightChange, ...]
) -> Mapping[str, Array]:
    """`weights` with the changes applied, each changed array made when it is first read.

    Values are computed in float64 and keep the dtype of the checkpoint.

    Raises:
        UsageError: an unknown kind or a key without values; when a value is read: shapes
            that do not allow the change.
    """
    if not changes:
        return weights
    return _Changed(weights, changes)


class _Changed(Mapping[str, Array]):
    def __init__(self, weights: Mapping[str, Array], changes: tuple[WeightChange, ...]) -> None:
        self._weights = weights
        self._changes: dict[str, list[WeightChange]] = {}
        self._made: dict[str, Array] = {}
        for change in changes:
            if change.kind not in WEIGHT_KINDS:
                raise UsageError(
                    "unknown", change.kind, "there is no weight change of this kind",
                    f"one of {', '.join(WEIGHT_KINDS)}",
                )  # fmt: skip
            source = dict(change.settings).get("of", change.key)
            if change.key not in weights and source not in weights:
                raise UsageError("unknown", change.key, "the checkpoint has no such key")
            self._changes.setdefault(change.key, []).append(change)

    def __getitem__(self, key: str) -> Array:
        if key not in self._changes:
            return self._weights[key]
        if key not in self._made:
            array = self._weights.get(key)
            for change in self._changes[key]:
                kind = WEIGHT_KINDS[change.kind]
                array = kind.change(change.key, array, self._weights, change.constants)
            assert array is not None  # a key has at least one change
            self._made[key] = freeze(array)
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._weights
        yield from (key for key in self._changes if key not in self._weights)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return key in self._changes or key in self._weights


def changed_inputs(
    values: Mapping[str, Array], changes: tuple[InputChange, ...]
) -> dict[str, Array]:
    """`values` with the changes applied; an input that is not given stays absent.

    Raises:
        UsageError: an unknown kind, or another input that the change needs is missing.
    """
    result = dict(values)
    for change in changes:
        if change.kind not in INPUT_KINDS:
            raise UsageError(
                "unknown", change.kind, "there is no input change of this kind",
                f"one of {', '.join(INPUT_KINDS)}",
            )  # fmt: skip
        settings = change.constants
        at = settings.get("at_step")
        if change.name not in result or (at is not None and _step(values) not in (None, at)):
            continue
        changed = INPUT_KINDS[change.kind].change(change.name, result, settings)
        result[change.name] = freeze(changed)
    return result


def _step(values: Mapping[str, Array]) -> int | None:
    step = values.get("step")
    return None if step is None else int(step.reshape(-1)[0])


def _node_values(node: Node) -> dict[str, Any]:
    return {
        "name": node.name, "slot": node.slot, "op": node.op, "inputs": list(node.inputs),
        "params": dict(node.params), "settings": dict(node.settings), "block": node.block,
    }  # fmt: skip


def _node(values: Mapping[str, Any]) -> Node:
    return Node(
        values["name"], values["slot"], values["op"], tuple(values["inputs"]),
        tuple(values["params"].items()), tuple(sorted(values["settings"].items())),
        values["block"],
    )  # fmt: skip
