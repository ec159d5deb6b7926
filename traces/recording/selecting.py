"""A finished recording made small: of the module outputs, only what the demo shows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open

from inspector.io.sidefile import SIDE_FILE
from inspector.record.stream import TensorStream
from inspector.record.values import store_numpy

BLOCKS = (
    r"(time_mlp|final_block|final_proj)$"
    r"|_blocks\.\d+\.(0|1\.\d+|2|resnet|transformers\.\d+|downsample|upsample)$"
)
"""Modules of the block level, by either side's names; every other one is an op."""

_MODULE = re.compile(r"step(\d+)/decoder\.(.+)")


@dataclass(frozen=True)
class Selection:
    """The module outputs that stay; whatever is no module output stays anyway.

    Attributes:
        block_steps: ODE steps of which the outputs of blocks are kept.
        op_steps: ODE steps of which all module outputs are kept.
        ops_of: pattern of the modules to which `op_steps` is limited.
    """

    block_steps: tuple[int, ...]
    op_steps: tuple[int, ...] = ()
    ops_of: str = ""

    @property
    def steps(self) -> tuple[int, ...]:
        """Every step of which anything is kept."""
        return tuple(sorted({*self.block_steps, *self.op_steps}))

    def keeps(self, name: str) -> bool:
        """True when the tensor `name` stays."""
        match = _MODULE.fullmatch(name)
        if match is None:
            return True
        step, module = int(match[1]), match[2]
        if step in self.op_steps and re.search(self.ops_of, module):
            return True
        return step in self.block_steps and re.search(BLOCKS, module) is not None


def select(container: Path, selection: Selection) -> None:
    """Rewrite a recording and the order in its side-file without the rest."""
    side_file = container.with_name(SIDE_FILE)
    facts = json.loads(side_file.read_text(encoding="utf-8"))
    kept = [name for name in facts["order"] if selection.keeps(name)]
    smaller = container.with_suffix(".smaller")
    with safe_open(container, framework="numpy") as file:
        metadata = dict(sorted(file.metadata().items()))
        # not `save_file`, whose metadata lie in another order on every run
        stream = TensorStream(smaller, metadata)
        for name in kept:
            stream.add(name, store_numpy(file.get_tensor(name)))
        stream.finish(metadata)
    smaller.replace(container)
    container.chmod(0o644)
    facts["order"] = [*kept, "audio"]
    side_file.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
