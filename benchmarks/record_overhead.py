"""Time and memory of a step of the decoder with and without recording, in one run.

    python benchmarks/record_overhead.py [--rounds 3] [--steps 10] [--frames 500] [--full]

The model is a plain torch net of the decoder's size: 256 channels, T 500, 2 rows, 14
ResNet-like and 56 transformer blocks.  Rounds alternate, so that both meet the same load; the
ratio of the medians is printed for the outputs of all blocks, of one stage, and with ``--full``
of every module (about 1.7 GB for one step).  Then ten steps are recorded with one stage, and
the growth of the peak memory is printed beside the size of the file.  Files go to a temporary
folder and are removed.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from inspector.record import record_torch

CHANNELS, HEADS, HEAD_WIDTH, ROWS = 256, 8, 64, 2


class Resnet(nn.Module):
    """Two causal convolutions with norm and Mish, a time projection and a 1x1 convolution."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(inputs, CHANNELS, 3)
        self.conv2 = nn.Conv1d(CHANNELS, CHANNELS, 3)
        self.norm1, self.norm2 = nn.LayerNorm(CHANNELS), nn.LayerNorm(CHANNELS)
        self.act = nn.Mish()
        self.time = nn.Linear(1024, CHANNELS)
        self.residual = nn.Conv1d(inputs, CHANNELS, 1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """[B, I, T], [B, 1024] -> [B, C, T]."""
        h = self.conv1(nn.functional.pad(x, (2, 0)))
        h = self.act(self.norm1(h.transpose(1, 2)).transpose(1, 2))
        h += self.time(t)[:, :, None]
        h = self.conv2(nn.functional.pad(h, (2, 0)))
        h = self.act(self.norm2(h.transpose(1, 2)).transpose(1, 2))
        return h + self.residual(x)


class Transformer(nn.Module):
    """Attention and a feed-forward part, each after a norm and added to its input."""

    def __init__(self) -> None:
        super().__init__()
        inner = HEADS * HEAD_WIDTH
        self.norm1, self.norm3 = nn.LayerNorm(CHANNELS), nn.LayerNorm(CHANNELS)
        self.to_q, self.to_k, self.to_v = (nn.Linear(CHANNELS, inner, bias=False) for _ in range(3))
        self.to_out = nn.Linear(inner, CHANNELS)
        self.ff = nn.Sequential(
            nn.Linear(CHANNELS, 4 * CHANNELS), nn.GELU(), nn.Linear(4 * CHANNELS, CHANNELS)
        )

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, C] -> [B, T, C]."""
        h = self.norm1(x)
        q, k, v = (
            part(h).unflatten(-1, (HEADS, HEAD_WIDTH)).transpose(1, 2)
            for part in (self.to_q, self.to_k, self.to_v)
        )
        h = nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + self.to_out(h)
        return x + self.ff(self.norm3(x))


class Estimator(nn.Module):
    """One down, twelve mid and one up stage, each a ResNet and four transformers."""

    def __init__(self) -> None:
        super().__init__()
        self.time_mlp = nn.Sequential(nn.Linear(320, 1024), nn.SiLU(), nn.Linear(1024, 1024))
        self.blocks = nn.ModuleList(
            nn.ModuleList([Resnet(inputs), nn.ModuleList(Transformer() for _ in range(4))])
            for inputs in [320] + 12 * [CHANNELS] + [2 * CHANNELS]
        )
        self.final = nn.Conv1d(CHANNELS, 80, 1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """[B, 320, T], [B, 320] -> [B, 80, T]."""
        t = self.time_mlp(t)
        skip = x
        for number, (resnet, transformers) in enumerate(self.blocks):
            x = torch.cat([x, skip], 1) if number == len(self.blocks) - 1 else x
            x = resnet(x, t).transpose(1, 2)
            for transformer in transformers:
                x = transformer(x)
            x = x.transpose(1, 2)
            skip = x if number == 0 else skip
        return self.final(x)


BLOCKS = r"^blocks\.\d+\.(0|1\.\d)$"
STAGE = r"^blocks\.6\.(0|1\.\d)$"


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def write(line: str) -> None:
    """Show a result as soon as it is there."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def peak_bytes() -> int:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@torch.no_grad()
def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print medians, ratios and memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--full", action="store_true", help="also record every module once")
    options = parser.parse_args(arguments)
    torch.manual_seed(0)
    model = Estimator().eval()
    x, t = torch.randn(ROWS, 320, options.frames), torch.randn(ROWS, 320)
    patterns = {"all blocks": BLOCKS, "one stage": STAGE}
    if options.full:
        patterns["every module"] = ""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.safetensors"
        model(x, t)
        peak = peak_bytes()

        # the one that must stay small comes first: a peak never goes down
        with record_torch(model, file, include=STAGE) as recorder:
            for _ in range(options.steps):
                model(x, t)
        grown, size = peak_bytes() - peak, recorder.written.value_bytes
        write(
            f"{options.steps} steps, one stage: {size / 1e6:,.0f} MB on disk, "
            f"peak memory +{grown / 1e6:,.0f} MB over {peak / 1e6:,.0f} MB"
        )
        for name, pattern in patterns.items():
            plain, recorded, parts = [], [], []
            for _ in range(options.rounds if pattern else 1):
                plain.append(seconds(lambda: model(x, t)))
                begun = time.perf_counter()
                with record_torch(model, file, include=pattern or None) as recorder:
                    recorded.append(seconds(lambda: model(x, t)))
                parts.append(time.perf_counter() - begun - recorded[-1])
                file.unlink()
            size, base = recorder.written.value_bytes, statistics.median(plain)
            write(
                f"one step, {name}: {len(recorder.written.names):,} tensors, {size / 1e6:,.0f} MB; "
                f"{base:.2f} s without, {statistics.median(recorded):.2f} s with recording "
                f"(x {statistics.median(recorded) / base:.2f}), "
                f"opening and closing {statistics.median(parts):.2f} s"
            )
        write(f"peak memory in all +{(peak_bytes() - peak) / 1e6:,.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
