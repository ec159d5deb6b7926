"""Names of recorded modules recognised as values of the decoder."""

from __future__ import annotations

from inspector.blocks.decoder import MODULE_VALUES
from inspector.blocks.graph import Graph
from inspector.match.aliases import CONTEXT_WORDS
from inspector.match.names import parse_name, tokenize

_WRAPPERS = CONTEXT_WORDS | {
    "decoder", "estimator", "flow", "model", "module", "unet", "s3gen", "cfm", "net", "d", "output",
}  # fmt: skip


class NodeNames:
    """Finds the node that a stored name stands for.

    A name is recognised when its path, without wrappers such as ``decoder.estimator`` and
    without its step, is the path of a module or value of the decoder.  Modules that return
    the value of a module inside them (``attn1`` returns ``attn1.to_out.0``) stand for it.
    """

    def __init__(self, graph: Graph) -> None:
        self._nodes: dict[tuple[str, ...], str] = {}
        for node in graph.nodes:
            self._nodes[tokenize(node.name)] = node.name
        for node in graph.nodes:
            for ending, value in MODULE_VALUES.items():
                if node.name == value or node.name.endswith(f".{value}"):
                    path = node.name[: len(node.name) - len(value)] + ending
                    self._nodes.setdefault(tokenize(path), node.name)
            head = node.name.rpartition(".block.")[0]
            if head and node.op == "activation":
                self._nodes.setdefault(tokenize(f"{head}.block"), node.name)

    def find(self, name: str) -> str | None:
        """The node's name, or None."""
        tokens = parse_name(name).tokens
        for start in range(len(tokens)):
            found = self._nodes.get(tokens[start:])
            if found is not None:
                return found
            if tokens[start] not in _WRAPPERS:
                return None
        return None
