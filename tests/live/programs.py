"""Programs for the tests of commands: one that obeys the protocol, and misbehaving ones."""

from __future__ import annotations

import sys
from pathlib import Path

OBEDIENT = """
import json, sys
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

source, target = sys.argv[-2:]
with safe_open(source, framework="numpy") as file:
    tensors = {key: file.get_tensor(key) for key in file.keys()}
    settings = {key: json.loads(value) for key, value in file.metadata().items()}

def weight(key): return tensors["weight." + key].astype(np.float64)
def linear(x, key):
    bias = tensors.get("weight." + key + ".bias")
    return x @ weight(key + ".weight").T + (0 if bias is None else bias)
def norm(x, key):
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x * x).mean(-1, keepdims=True) + settings["eps"])
    return x * weight(key + ".weight") + weight(key + ".bias")
def gelu(x):
    from math import erf
    return 0.5 * x * (1 + np.vectorize(erf)(x / np.sqrt(2)))

h, mask = tensors["input.h"].astype(np.float64), tensors["input.mask"]
assert settings["kind"] == "transformer" and settings["block"].startswith("mid_blocks")
rows, frames, _ = h.shape
heads, width = settings["heads"], settings["head_width"]
def split(x): return x.reshape(rows, frames, heads, width).transpose(0, 2, 1, 3)
x = norm(h, "norm1")
q, k, v = (split(linear(x, "attn1.to_" + letter)) for letter in "qkv")
s = q @ k.transpose(0, 1, 3, 2) * width ** -0.5 + (1 - mask.reshape(rows, 1, 1, frames)) * -1e10
s = np.exp(s - s.max(-1, keepdims=True))
s = s / s.sum(-1, keepdims=True)
merged = (s @ v).transpose(0, 2, 1, 3).reshape(rows, frames, heads * width)
middle = linear(merged, "attn1.to_out.0") + h
output = linear(gelu(linear(norm(middle, "norm3"), "ff.net.0.proj")), "ff.net.2") + middle
save_file({"output.output": output.astype(np.float32),
           "output.after_attention": middle.astype(np.float32)}, target)
"""

_WRITE = """
import sys
import numpy as np
from safetensors.numpy import load_file, save_file
h = load_file(sys.argv[-2])["input.h"]
"""

MISBEHAVING = {
    "exits": "import sys\nprint('first', file=sys.stderr)\nprint('no \\x1b[31m kernel', "
             "file=sys.stderr)\nsys.exit(3)",
    "is killed": "import os\nos.kill(os.getpid(), 9)",
    "hangs": "import sys, time\nprint('thinking', file=sys.stderr, flush=True)\ntime.sleep(60)",
    "writes nothing": "print('done')",
    "writes no safetensors": "import sys\nopen(sys.argv[-1], 'wb').write(b'nonsense' * 9)",
    "writes another shape": _WRITE + "save_file({'output.output': h[:, :-1].copy()}, sys.argv[-1])",
    "writes NaN": _WRITE + "h[0, 0, 0] = np.nan\nsave_file({'output.output': h}, sys.argv[-1])",
    "writes integers": _WRITE + "save_file({'output.output': h.astype(np.int32)}, sys.argv[-1])",
    "writes another name": _WRITE + "save_file({'result': h}, sys.argv[-1])",
    "writes no output": _WRITE + "save_file({'output.norm1': h}, sys.argv[-1])",
    "writes an unknown value": _WRITE + "save_file({'output.output': h, 'output.zzz': h}, "
                               "sys.argv[-1])",
    "writes half": _WRITE + "save_file({'output.output': h.astype(np.float16)}, sys.argv[-1])",
}  # fmt: skip


def command_of(folder: Path, source: str, *arguments: str) -> str:
    """A command line that runs `source` with Python."""
    path = folder / "program.py"
    path.write_text(source)
    return " ".join([f"'{sys.executable}'", f"'{path}'", *arguments])
