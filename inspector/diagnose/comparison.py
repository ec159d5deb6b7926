"""Everything about two traces, in one frozen value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from types import MappingProxyType

from inspector.analysis.regions import Regions, derive_regions
from inspector.analysis.tensor import TensorComparison, compare_pair
from inspector.diagnose.equal_groups import pairs_to_compare, set_apart
from inspector.diagnose.floor import judge
from inspector.diagnose.form import FormReport
from inspector.diagnose.form.pairs import first_forms, form_of_pair, has_form
from inspector.diagnose.options import DiffOptions
from inspector.diagnose.questions import Answer, ask_all
from inspector.diagnose.run_precision import PrecisionVerdict, judge_precision
from inspector.diagnose.side import Side, examine, share_roles
from inspector.diagnose.sound_floor import judge_sound
from inspector.diagnose.verdict import Verdict, decide
from inspector.match.mapping import Mapping as TensorMapping
from inspector.match.mapping import load_mapping
from inspector.match.matching import MatchResult, match_traces
from inspector.metrics.tolerance import Tolerance, given_tolerance
from inspector.tensors import Progress, TensorPair, Trace, silent

_WORKERS = 2
"""Threads for tensor comparisons: NumPy releases the lock inside its loops, and more
threads than this only add memory, one pair of tensors each."""


@dataclass(frozen=True)
class Comparison:
    """Two examined sides, how they were matched, and what was found.

    Attributes:
        reference, candidate: the sides.
        options: what the user chose.
        match: pairs, unmatched and ambiguous tensors; an ambiguous group is harmless when one
            of its assignments was compared and agrees.
        tensors: one result per pair, in order of execution of the reference.
        answers: one answer per question (``ode``, ``sign``, ``mel``, ``hf_energy``,
            ``waveform``, ``tokens``).
        verdict: the conclusion.
        precision: in what precision each side ran, and what that explains.
        forms: what the error of the first differing pairs looks like, by row; see `form_of`
            for the others.
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
    precision: PrecisionVerdict
    forms: Mapping[int, FormReport] = field(default_factory=lambda: MappingProxyType({}))
    mapping_file: TensorMapping | None = None

    def form_of(self, row: int) -> FormReport | None:
        """What the error of the pair in `row` looks like; None when it does not differ."""
        known = self.forms.get(row)
        if known is not None or not has_form(self.tensors[row]):
            return known
        sides = self.reference, self.candidate
        return form_of_pair(self.tensors[row], sides, derive_regions(self.reference.roles))

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
    pairs = pairs_to_compare(match, first.order)
    first, second = share_roles(first, second, match)
    regions = derive_regions(first.roles)
    tensors = _compare_pairs(pairs, regions, options, report)
    report(0, 1, "Weighing errors against the noise floor")
    tensors = _judge(tensors, match, first, second, options, report)
    tensors, match = set_apart(tensors, match)
    precision = judge_precision(tensors)
    forms = first_forms(tensors, (first, second), regions, report)
    report(0, 1, "Reading mels, steps and sound")
    answers = ask_all(first, second, tensors, options)
    verdict = decide(first, second, match, tensors, answers, forms, precision)
    return Comparison(
        first, second, options, match, tensors, answers, verdict, precision, forms, mapping_file
    )


def _judge(
    tensors: tuple[TensorComparison, ...], match: MatchResult, reference: Side, candidate: Side,
    options: DiffOptions, report: Progress,
) -> tuple[TensorComparison, ...]:  # fmt: skip
    regions = derive_regions(reference.roles)

    def again(pair: TensorPair, tolerance: Tolerance) -> TensorComparison:
        return compare_pair(
            pair, tolerance=tolerance, regions=regions,
            nan_differs=options.nan_differs, strict_dtype=options.strict_dtype,
        )  # fmt: skip

    judged = judge(tensors, again)
    if options.checkpoint_path is not None:
        limits = _measured(judged, match, reference, candidate, options, report)
        judged = judge(tensors, again, limits)
    rate = options.sample_rate_hz
    return tuple(judge_sound(t, judged, reference, candidate, rate) for t in judged)


def _measured(
    judged: Sequence[TensorComparison], match: MatchResult, reference: Side, candidate: Side,
    options: DiffOptions, report: Progress,
) -> dict[str, Tolerance]:  # fmt: skip
    """Limits from the checkpoint, in the precision that the run turned out to have."""
    # Only this option needs PyTorch, which takes seconds to load.
    from inspector.diagnose.checkpoint_floor import measured_tolerances
    from inspector.live.checkpoint import open_checkpoint
    from inspector.live.lab import open_lab

    precision = judge_precision(judged).run or "float32"
    lab = open_lab(
        open_checkpoint(options.checkpoint_path or "", options.config_path, progress=report),
        reference.trace, candidate.trace, match,
        reference_roles=reference.roles, candidate_roles=candidate.roles,
    )  # fmt: skip
    mel = reference.roles.get("mel")
    return measured_tolerances(
        lab, precision, mel=None if mel is None else mel.record.name, progress=report
    )


def _compare_pairs(
    pairs: Sequence[TensorPair], regions: Regions, options: DiffOptions, report: Progress
) -> tuple[TensorComparison, ...]:
    override = None
    if options.rtol is not None or options.atol is not None:
        override = given_tolerance(options.rtol or 0.0, options.atol or 0.0)
    total = len(pairs)
    results: dict[int, TensorComparison] = {}
    with ThreadPoolExecutor(_WORKERS) as pool:
        jobs = {
            pool.submit(
                compare_pair, pair, tolerance=override, regions=regions,
                nan_differs=options.nan_differs, strict_dtype=options.strict_dtype,
            ): index
            for index, pair in enumerate(pairs)
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
