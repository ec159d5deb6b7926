"""Time of matching two large traces by values, beside matching their names alone.

    python benchmarks/matching.py [--tensors 1500 10000] [--rounds 1]

Writes two traces to a temporary folder, one .npy file per tensor: most of a few hundred
values, one in ten of [1, 80, 200], one in twenty-five of [2, 256, 200].  The candidate has
other names (nothing in common with the reference's), other axis orders and noise of a
float32 backend.  Opening the folders is not measured; both ways of matching get the same
open traces, in alternating rounds.  Names alone can pair nothing here, so they are timed on
a third trace that keeps the names.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from inspector.io.trace import open_trace
from inspector.match.entries import entries_of
from inspector.match.matching import MatchResult, match_traces
from inspector.match.pairing import Board, pair_by_names
from inspector.match.roles import recognise
from inspector.tensors import Trace

_NOISE = 3e-6


def shape_of(number: int) -> tuple[int, ...]:
    """Shape of tensor `number`: a mix as block-level recordings have it."""
    if number % 25 == 0:
        return (2, 256, 200)
    if number % 10 == 1:
        return (1, 80, 200)
    return [(1, 16, 20), (2, 24, 12), (1, 8, 32), (64,), (1, 1, 20), (12, 30)][number % 6]


def write(folder: Path, count: int) -> dict[str, str]:
    """Write both traces; returns candidate name by reference name."""
    rng = np.random.default_rng(count)
    partners = {}
    for side in ("reference", "candidate", "namesake"):
        (folder / side).mkdir()
    other = rng.permutation(count)
    for number in range(count):
        values = rng.standard_normal(shape_of(number), dtype=np.float32)
        noisy = values * (1 + _NOISE * rng.standard_normal(values.shape, dtype=np.float32))
        own = f"ode_step{number // 500}_block{number % 500 // 10}_layer{number % 10}"
        name = f"q{other[number]:05d}"
        partners[own] = name
        np.save(folder / "reference" / f"{own}.npy", values)
        np.save(folder / "namesake" / f"{own}.npy", noisy)
        moved = noisy.transpose(0, 2, 1) if values.ndim == 3 else noisy
        np.save(folder / "candidate" / f"{name}.npy", np.ascontiguousarray(moved))
    return partners


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and processor time of one call; they part where others use the machine."""
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def by_values(reference: Trace, candidate: Trace) -> MatchResult:
    """The whole match."""
    # without identity no fingerprint of an earlier round is kept
    fresh = [Trace(t.path, t.records, t.info) for t in (reference, candidate)]
    return match_traces(fresh[0], fresh[1], recognise(fresh[0]), recognise(fresh[1]))


def by_names(reference: Trace, candidate: Trace) -> Board:
    """Names alone, nothing read."""
    refs, cands = (entries_of(t, recognise(t)) for t in (reference, candidate))
    board = Board({e.name: e for e in refs}, {e.name: e for e in cands})
    pair_by_names(board, same_name=lambda _: True)
    return board


def report(count: int, rounds: int) -> str:
    """Write, match and time traces of `count` tensors."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        partners = write(folder, count)
        reference, candidate, namesake = (
            open_trace(folder / side) for side in ("reference", "candidate", "namesake")
        )
        result = by_values(reference, candidate)
        right = sum(partners[p.reference.name] == p.candidate.name for p in result.pairs)
        ways = (
            lambda: by_values(reference, candidate),
            lambda: by_values(reference, namesake),
            lambda: by_names(reference, namesake),
        )
        times = [[seconds(way) for way in ways] for _ in range(max(1, rounds))]
    values, checked, names = (
        [statistics.median(t) for t in zip(*way, strict=True)] for way in zip(*times, strict=True)
    )
    ratio = values[1] / names[1]
    return (
        f"{count} tensors a side: {right} paired rightly by values alone, "
        f"{len(result.pairs) - right} wrongly\n"
        f"                               wall clock   processor\n"
        f"  by values, no name in common: {values[0]:8.2f} s {values[1]:8.2f} s\n"
        f"  by names, checked by values:  {checked[0]:8.2f} s {checked[1]:8.2f} s\n"
        f"  by names alone:               {names[0]:8.2f} s {names[1]:8.2f} s\n"
        f"  ratio values / names alone:   {ratio:8.1f} (processor)\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print seconds, pairs found and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tensors", type=int, nargs="+", default=[1500, 10_000])
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args(arguments)
    for count in options.tensors:
        sys.stdout.write(report(count, options.rounds))
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
