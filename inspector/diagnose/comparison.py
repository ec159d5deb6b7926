"""Everything about two traces, in one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from inspector.analysis.regions import derive_regions
from inspector.analysis.tensor import TensorComparison, compare_pair
from inspector.diagnose.options import DiffOptions
from inspector.diagnose.questions import Answer, ask_all
from inspector.diagnose.side import Side, examine
from inspector.diagnose.verdict import Verdict, decide
from inspector.match.mapping import Mapping as TensorMapping
from inspector.match.mapping import load_mapping
from inspector.match.matching import MatchResult, match_traces
from inspector.metrics.tolerance import given_tolerance
from inspector.tensors import Progress, Trace, silent

_WORKERS = 2
"""Threads for tensor comparisons: NumPy releases the lock inside its loops, and more
threads than this only add memory, one pair of tensors each."""


@dataclass(frozen=True)
class Comparison:
    """Two examined sides, how they were matched, and what was found.

    Attributes:
        reference, candidate: the sides.
        options: what the user chose.
        match: pairs, unmatched and ambiguous tensors.
        tensors: one result per pair, in order of execution of the reference.
        answers: one answer per question (``ode``, ``sign``, ``mel``, ``hf_energy``,
            ``waveform``, ``tokens``).
        verdict: the conclusion.
        mapping_file: the mapping file as it was read, without `DiffOptions.overrides`; None
            when none was given.
    """

    reference: Side
    candidate: Side
    options: DiffOptions
    match: MatchResult
    tensors: tuple[TensorComparison, ...]
    answers: Mapping[str, Answer]
    verdict: Verdict
    mapping_file: TensorMapping | None = None

    def row_of(self, reference_name: str) -> int | None:
        """Index in `tensors` of the pair whose reference tensor has this name."""
        for row, comparison in enumerate(self.tensors):
            if comparison.pair.reference.name == reference_name:
                return row
        return None


def compare_traces(
    reference: Trace,
    candidate: Trace,
    options: DiffOptions | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Match and compare two traces and reach a verdict.

    Args:
        reference, candidate: the traces.
        options: see `DiffOptions`.
        progress: called as ``progress(done, total, what)``; may raise `Cancelled`.

    Raises:
        UsageError: the mapping file or the filter cannot be used.
        Cancelled: the progress callback asked to stop.
    """
    options = options or DiffOptions()
    report = progress or silent
    mapping_file = load_mapping(options.map_path) if options.map_path else None
    mapping = (mapping_file or TensorMapping()).overlaid(options.overrides)

    report(0, 1, "Checking the reference on its own")
    first = examine(reference)
    report(0, 1, "Checking the candidate on its own")
    second = examine(candidate)
    report(0, 1, "Matching tensors")
    match = match_traces(
        reference, candidate, first.roles, second.roles,
        mapping=mapping, only=options.only, progress=progress,
    )  # fmt: skip
    tensors = _compare_pairs(match, first, options, report)
    report(0, 1, "Reading mels, steps and sound")
    answers = ask_all(first, second, tensors, options)
    verdict = decide(first, second, match, tensors, answers)
    return Comparison(first, second, options, match, tensors, answers, verdict, mapping_file)


def _compare_pairs(
    match: MatchResult, reference: Side, options: DiffOptions, report: Progress
) -> tuple[TensorComparison, ...]:
    regions = derive_regions(reference.roles)
    override = None
    if options.rtol is not None or options.atol is not None:
        override = given_tolerance(options.rtol or 0.0, options.atol or 0.0)
    total = len(match.pairs)
    results: dict[int, TensorComparison] = {}
    with ThreadPoolExecutor(_WORKERS) as pool:
        jobs = {
            pool.submit(
                compare_pair, pair, tolerance=override, regions=regions,
                nan_differs=options.nan_differs, strict_dtype=options.strict_dtype,
            ): index
            for index, pair in enumerate(match.pairs)
        }  # fmt: skip
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                results[jobs[job]] = job.result()
                report(done, total, f"Compared {done} of {total} tensors")
        except BaseException:
            # A cancelled comparison must not wait for the tensors still queued.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(results[index] for index in range(total))
