"""Every registered fault planted in an MLX run: does the search name it first?

    python -m benchmarks.culprit_table [--decoder demo|wide|small] [--level ode|blocks|ops]
        [--pairs] [--only KEY,KEY] [--json FILE]

The reference runs in PyTorch, the candidate in MLX with the fault in it; both are recorded
at the given level and searched with the reference's weights.  `demo` is the trained decoder
of ``traces/demo``, `wide` a seeded one with full-size widths (256 channels, 8 heads of 64)
and one stage each way, `small` a seeded one of 16 channels.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.diagnose.culprit import Case, find_culprit
from inspector.diagnose.suspect import CulpritReport
from inspector.faults.edit import Edit
from inspector.faults.fault import Fault, apply_all
from inspector.faults.registry import faults
from inspector.live.checkpoint import open_checkpoint
from inspector.suite.cases import PAIRS
from inspector.suite.recording import record_run
from inspector.suite.seeded import SMALL, seeded_weights
from inspector.tensors import Array
from tests.live.pair import make_pair

ROOT = Path(__file__).resolve().parent.parent
WIDE = DecoderConfig(
    channels=(256,), heads=8, head_width=64, blocks_per_stage=1, mid_blocks=1, steps=3
)


def decoder(name: str) -> tuple[DecoderConfig, Mapping[str, Array], int, int]:
    """Configuration, weights, frames and valid frames of a decoder to plant faults in."""
    if name == "demo":
        checkpoint = open_checkpoint(ROOT / "traces" / "demo" / "decoder.safetensors")
        config = replace(checkpoint.config, steps=4)
        return config, {k: checkpoint.weights[k] for k in checkpoint.weights}, 100, 84
    config = WIDE if name == "wide" else SMALL
    return config, seeded_weights(config), 40, 33


def search(
    config: DecoderConfig, weights: Mapping[str, Array], reference: Mapping[str, Array],
    edit: Edit | None, level: str, frames: int, valid: int, budget: float,
) -> CulpritReport:  # fmt: skip
    """Record a candidate in MLX and search it."""
    candidate = record_run(
        config, weights, backend="mlx", style="mlx", edit=edit, level=level, frames=frames,
        valid=valid, steps=(1, 2),
    )  # fmt: skip
    pair = make_pair(config, weights, reference, candidate)
    case = Case(pair.graph, pair.reference, pair.candidate)
    return find_culprit(case, budget_seconds=budget)


def rank_of(fault: Fault, report: CulpritReport, contained: frozenset[str]) -> int | None:
    """Place of a fault among the suspects that are mistakes, from 1; None when not named.

    `block_unloaded` may be named by the unloaded groups that it consists of.
    """
    mistakes = [s for s in report.suspects if s.kind == fault.kind]
    for place, suspect in enumerate(mistakes, 1):
        if suspect.fault in (fault.key, *contained):
            return place
    return None


def main() -> None:
    """Plant, search, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decoder", default="small", choices=("demo", "wide", "small"))
    parser.add_argument("--level", default="blocks", choices=("ode", "blocks", "ops"))
    parser.add_argument("--pairs", action="store_true", help="plant the ten pairs instead")
    parser.add_argument("--only", default="", help="comma-separated keys")
    parser.add_argument("--budget", type=float, default=240.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    config, weights, frames, valid = decoder(arguments.decoder)
    graph, shapes = step_graph(config), {k: v.shape for k, v in weights.items()}
    reference = record_run(
        config, weights, level=arguments.level, frames=frames, valid=valid, steps=(1, 2)
    )
    registry = dict(faults().items())
    unloaded = frozenset(k for k in registry if k.endswith("_unloaded"))
    wanted = set(filter(None, arguments.only.split(",")))
    planted: list[tuple[str, ...]] = list(PAIRS) if arguments.pairs else [(k,) for k in registry]
    rows = []
    print(
        "| fault | rank | explained | margin | alike | s |\n|---|---|---|---|---|---|", flush=True
    )
    for keys in planted:
        if wanted and not wanted & set(keys):
            continue
        chosen = [registry[key] for key in keys]
        if any(not f.places(graph, shapes) for f in chosen):
            continue
        edit = apply_all(graph, [(f, None) for f in chosen], shapes)
        started = time.perf_counter()
        report = search(config, weights, reference, edit, arguments.level, frames, valid,
                        arguments.budget)  # fmt: skip
        took = time.perf_counter() - started
        for fault in chosen:
            contained = unloaded if fault.key == "block_unloaded" else frozenset()
            rank = rank_of(fault, report, contained)
            alike = report.suspects[0].alike if report.suspects else ()
            named = next((s for s in report.suspects if s.fault == fault.key), None)
            rows.append({
                "planted": " + ".join(keys), "fault": fault.key, "kind": fault.kind, "rank": rank,
                "alike": fault.key in alike, "healthy": report.healthy,
                "explained": named.explained if named else None,
                "margin": named.margin if named else None, "seconds": took,
                "suspects": [s.fault for s in report.suspects],
                "silent": not report.introduced.faulty and not report.suspects,
                "unexplained": list(report.unexplained),
            })  # fmt: skip
            row = rows[-1]
            mark = rank if rank else ("silent" if row["silent"] else
                                      "alike" if row["alike"] else "-")  # fmt: skip
            explained = "" if named is None else f"{100 * named.explained:.3f} %"
            margin = "" if named is None else f"{named.margin:.3g}"
            others = "" if rank == 1 else " ".join(row["suspects"][:3])
            print(f"| {fault.key} | {mark} | {explained} | {margin} | {others} | {took:.1f} |",
                  flush=True)  # fmt: skip
    real = [r for r in rows if r["kind"] == "fault" and not r["silent"]]
    first = sum(r["rank"] == 1 or (arguments.pairs and bool(r["rank"])) for r in real)
    controls = [r for r in rows if r["kind"] == "control"]
    silent, healthy = sum(r["silent"] for r in rows), sum(r["healthy"] is True for r in controls)
    print(f"\n{arguments.decoder}, {arguments.level}: {first} of {len(real)} named first"
          f"{' (both of a pair)' if arguments.pairs else ''}, {silent} silent, "
          f"{healthy} of {len(controls)} controls healthy")  # fmt: skip
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
