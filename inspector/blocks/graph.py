"""A computation as data: named nodes, each one operation of one slot.

Every value has the frames before the channels, whatever framework computes it:
states and activations [R, T, C], masks [R, T, 1], attention heads [R, H, T, D],
scores [R, H, T, T], time values [R], time embeddings [R, C].  R counts rows: with
classifier-free guidance the conditional rows come first, then the unconditional ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from inspector.errors import UsageError

Setting = str | int | float | bool | None
Settings = Mapping[str, Setting]


@dataclass(frozen=True)
class Node:
    """One operation: its value is known by the node's name.

    Attributes:
        name: where the value lives, after the module path of the PyTorch decoder where
            a module returns it (``mid_blocks.0.0.block1.block.0``), else beside it
            (``mid_blocks.0.1.0.attn1.scores``).
        slot: role in the architecture, such as ``causal_conv`` or ``attention_scale``.
        op: the operation that computes it, a name of `inspector.blocks.operations`.
        inputs: names of other nodes or of inputs of the graph, in the order of the op.
        params: parameter name -> key of the checkpoint without prefix.
        settings: constants of the operation (padding, eps, heads ...).
        block: the block of the decoder it belongs to, such as ``mid_blocks.0.0``.
    """

    name: str
    slot: str
    op: str
    inputs: tuple[str, ...]
    params: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, Setting], ...] = ()
    block: str = ""

    @property
    def constants(self) -> Settings:
        """The settings as a mapping."""
        return MappingProxyType(dict(self.settings))

    def key(self, parameter: str) -> str | None:
        """Checkpoint key of `parameter`, or None when the node has no such parameter."""
        return dict(self.params).get(parameter)

    def with_settings(self, **changes: Setting) -> Node:
        """The same node with some constants replaced."""
        return replace(self, settings=tuple(sorted({**dict(self.settings), **changes}.items())))

    def with_input(self, index: int, name: str) -> Node:
        """The same node with one input taken from elsewhere."""
        inputs = list(self.inputs)
        inputs[index] = name
        return replace(self, inputs=tuple(inputs))

    def without_param(self, parameter: str) -> Node:
        """The same node without one parameter, such as a bias that got lost."""
        return replace(self, params=tuple(p for p in self.params if p[0] != parameter))


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which they can be computed.

    Attributes:
        nodes: each after the nodes it reads.
        inputs: names that have to be given from outside.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    _index: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {node.name: i for i, node in enumerate(self.nodes)}
        object.__setattr__(self, "_index", MappingProxyType(index))

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __len__(self) -> int:
        return len(self.nodes)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.nodes, self.inputs))

    def node(self, name: str) -> Node:
        """The node called `name`.

        Raises:
            UsageError: there is no such node.
        """
        if name not in self._index:
            raise UsageError("unknown", name, "the decoder has no value of this name")
        return self.nodes[self._index[name]]

    def position(self, name: str) -> int:
        """Place of a node in the order of computation."""
        self.node(name)
        return self._index[name]

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """Blocks in order of computation."""
        return tuple(dict.fromkeys(node.block for node in self.nodes))

    def of_block(self, block: str) -> tuple[Node, ...]:
        """Nodes of `block` (or of a stage, by prefix) in order of computation."""
        return tuple(n for n in self.nodes if n.block == block or n.block.startswith(f"{block}."))

    def block_output(self, block: str) -> str:
        """Name of the value that a block (of a stage, its last one) hands on.

        The node called like the block where there is one, since a mask for the next level
        may be computed after it; else the last node.

        Raises:
            UsageError: there is no such block.
        """
        nodes = self.of_block(block)
        if not nodes:
            raise UsageError("unknown", block, "the decoder has no block of this name")
        last = nodes[-1]
        return last.block if last.block in self else last.name

    def cut(self, outputs: Iterable[str], given: Iterable[str] = ()) -> Graph:
        """The smallest graph that computes `outputs` when the values of `given` are known.

        A name in both is computed and yet read as given by the nodes after it: that is how
        a recorded output is computed again from the recorded values before it.

        Raises:
            UsageError: an output is not a node.
        """
        known = set(given)
        needed, reads = {self.node(name).name for name in outputs}, set()
        for node in reversed(self.nodes):
            if node.name in needed:
                inner = {n for n in node.inputs if n in self._index and n not in known}
                needed |= inner
                reads |= set(node.inputs) - inner
        nodes = tuple(n for n in self.nodes if n.name in needed)
        order = [*self.inputs, *(n.name for n in self.nodes)]
        return Graph(nodes, tuple(name for name in order if name in reads))

    def change(self, places: Iterable[str], edit: Callable[[Node], Node]) -> Graph:
        """The same graph with `edit` applied to the nodes named in `places`."""
        chosen = set(places)
        return Graph(tuple(edit(n) if n.name in chosen else n for n in self.nodes), self.inputs)

    def keys(self) -> tuple[str, ...]:
        """Checkpoint keys of all parameters, in order of computation, each once."""
        return tuple(dict.fromkeys(key for n in self.nodes for _, key in n.params))
