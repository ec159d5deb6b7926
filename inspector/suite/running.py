"""Makes the pair of a case, puts it before the tools and scores what they say."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from inspector.blocks.checkpoint import Checkpoint
from inspector.blocks.decoder import step_graph
from inspector.diagnose.comparison import Comparison, compare_traces
from inspector.errors import InspectorError, UsageError
from inspector.faults.edit import Edit
from inspector.faults.fault import Fault, apply_all
from inspector.faults.registry import faults
from inspector.io.trace import open_trace
from inspector.live.cache import BoundedCache
from inspector.suite.case import CANDIDATE, ONE_PLACE, REFERENCE, Case
from inspector.suite.controls import Control, altered, control_named
from inspector.suite.decoders import Decoder, decoder_named
from inspector.suite.layouts import forms_of
from inspector.suite.name_styles import STYLES
from inspector.suite.partial import kept
from inspector.suite.recording import record_run
from inspector.suite.scoring import (
    CaseResult,
    CulpritScore,
    score_culprit,
    score_match,
    score_verdict,
)
from inspector.suite.truth import find_truth, first_differing
from inspector.suite.writing import StoredSide, write_side
from inspector.tensors import Array
from inspector.views.culprit import search_lab
from inspector.views.lab import find_lab

SEARCH_BUDGET_S = 60.0
_BLOCK_OF_DRAWS = "mid_blocks.0"
_HELD_RUNS = 12
_DETAILED_STEPS = (1, 2)
"""Steps at which values inside the decoder are recorded: time is 0 at the first."""

_RUNS: BoundedCache[Mapping[str, Array]] = BoundedCache(_HELD_RUNS)


@dataclass(frozen=True)
class Sides:
    """The two recordings of a case before they are written, frames first.

    Attributes:
        reference, candidate: as they will be stored.
        healthy: the side that carries the mistake, without it.
    """

    reference: Mapping[str, Array]
    candidate: Mapping[str, Array]
    healthy: Mapping[str, Array]


class Workplace:
    """A folder in which cases are made; whoever made it removes it.

    Checkpoints stay there, the files of a case until it is scored.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checkpoints: dict[str, Checkpoint] = {}

    def checkpoint(self, decoder: Decoder) -> Checkpoint:
        """The weights of a decoder, written once."""
        if decoder.name not in self._checkpoints:
            folder = Path(tempfile.mkdtemp(prefix=f"{decoder.name}-", dir=self._folder))
            self._checkpoints[decoder.name] = decoder.write_checkpoint(folder)
        return self._checkpoints[decoder.name]

    def run(self, case: Case) -> CaseResult:
        """Make the pair, ask the tools, score.

        A case that cannot be made or judged is a result with an error, so that one of
        them never ends a run.
        """
        started = time.perf_counter()
        try:
            with tempfile.TemporaryDirectory(dir=self._folder) as made:
                return _run(case, Path(made), started, self)
        except InspectorError as error:
            sentence = error.sentence
        except Exception as error:  # noqa: BLE001 - a crash of a tool is what this looks for
            sentence = f"{type(error).__name__}: {error}"
        return CaseResult(case, error=sentence, seconds={"case": time.perf_counter() - started})


def make_sides(case: Case) -> Sides:
    """Record both sides of a case.

    Raises:
        UsageError: the case names something that does not exist or fits nowhere.
    """
    decoder = decoder_named(case.decoder)
    control = control_named(case.control)
    edit = _edit(case, decoder, control)
    reference = _record(case, decoder, None, control, None)
    healthy = _record(case, decoder, control, control, None)
    if case.side == REFERENCE:
        return Sides(_record(case, decoder, None, control, edit), healthy, reference)
    return Sides(reference, _record(case, decoder, control, control, edit), healthy)


def _run(case: Case, folder: Path, started: float, workplace: Workplace) -> CaseResult:
    decoder = decoder_named(case.decoder)
    graph = step_graph(decoder.config)
    sides = make_sides(case)
    control = control_named(case.control)
    dtype = control.dtype or case.dtype
    stored = [
        _write(case, folder / side, values, side, decoder, dtype)
        for side, values in ((REFERENCE, sides.reference), (CANDIDATE, sides.candidate))
    ]
    first: tuple[str, ...] = ()
    if case.faults:
        own = [{n: side.values[n] for n in side.names} for side in stored]
        if case.side == REFERENCE:
            own.reverse()
        first = first_differing(own[0], own[1], sides.healthy, graph, dtype)
    truth = find_truth(stored[0], stored[1], names_tell=case.names_tell, first=first)
    at = time.perf_counter()
    comparison = compare_traces(open_trace(stored[0].path), open_trace(stored[1].path))
    seconds = {"diff": time.perf_counter() - at}
    culprit = None
    if case.search:
        at = time.perf_counter()
        culprit = _search(case, comparison, decoder, workplace)
        seconds["culprit"] = time.perf_counter() - at
    seconds["case"] = time.perf_counter() - started
    return CaseResult(
        case, score_match(comparison.match, truth, *stored),
        score_verdict(comparison.verdict, truth), culprit, seconds=seconds,
    )  # fmt: skip


def _search(
    case: Case, comparison: Comparison, decoder: Decoder, workplace: Workplace
) -> CulpritScore:
    planted = {key: faults()[key] for key in case.faults}
    try:
        lab = find_lab(comparison, workplace.checkpoint(decoder))
        report = search_lab(lab, budget_seconds=SEARCH_BUDGET_S)
    except UsageError:  # the tool says that it cannot search this pair: nothing is named
        return CulpritScore(dict.fromkeys(planted), (), True, None, False, ())
    return score_culprit(report, case, planted)


def _edit(case: Case, decoder: Decoder, control: Control) -> Edit | None:
    graph = step_graph(decoder.config)
    shapes = {key: value.shape for key, value in decoder.weights.items()}
    keys = (*case.faults, *((control.plant,) if control.plant else ()))
    chosen = []
    for key in keys:
        fault = faults()[key]
        chosen.append((fault, _places(fault, case, fault.places(graph, shapes))))
    return apply_all(graph, chosen, shapes, case.seed) if chosen else None


def _places(fault: Fault, case: Case, possible: tuple[str, ...]) -> tuple[str, ...] | None:
    """All places, or one; a mistake that draws values is judged block by block."""
    if case.places == ONE_PLACE and possible:
        digest = hashlib.sha256(f"{case.seed} {fault.key}".encode()).digest()
        return (possible[int.from_bytes(digest[:4], "little") % len(possible)],)
    if fault.random:
        return tuple(p for p in possible if p.startswith(_BLOCK_OF_DRAWS))[:1] or None
    return None


def _record(
    case: Case, decoder: Decoder, own: Control | None, control: Control, edit: Edit | None
) -> Mapping[str, Array]:
    """A recording of one side; runs that several cases share are made once.

    Args:
        own: what this side runs in; None for the reference's PyTorch in float32.
        control: of the case; padding holds for both sides.
    """
    backend = own.backend if own is not None else "torch"
    key = (
        case.decoder, case.level, case.frames, control.padded, own,
        (case.faults, case.places, case.side, case.seed) if edit is not None else None,
    )  # fmt: skip
    found = _RUNS.get(key)
    if found is not None:
        return found
    noise = 1 + case.seed if own is not None and own.noise else 0
    values = record_run(
        decoder.config, decoder.weights, backend=backend,
        precision=own.precision if own is not None else "float32", edit=edit, level=case.level,
        steps=_DETAILED_STEPS, style="mlx",
        inputs=decoder.inputs(frames=case.frames, padded=control.padded, noise=noise),
    )  # fmt: skip
    if own is not None and own.alter:
        rows = 1 if decoder.config.cfg_rate is None else 2
        values = altered(values, own.alter, rows)
    _RUNS.put(key, values, 1)
    return values


def _write(
    case: Case, folder: Path, values: Mapping[str, Array], side: str, decoder: Decoder, dtype: str
) -> StoredSide:
    mine = side == CANDIDATE
    style = STYLES[case.names if mine else case.reference_names]
    layout = case.layout if mine else case.reference_layout
    names = kept(values, case.partial, side, case.seed)
    chosen = {name: values[name] for name in names}
    seed = f"{case.seed} {side}"
    forms = forms_of(chosen, step_graph(decoder.config), layout, seed)
    facts: dict[str, object] = {"steps": decoder.config.steps}
    if decoder.config.cfg_rate is not None:
        facts["cfg_rate"] = decoder.config.cfg_rate
    stored = write_side(
        folder, chosen, style, forms, dtype=dtype if mine else "float32",
        framework="mlx" if mine else "torch", facts=facts, seed=seed,
    )  # fmt: skip
    exchanged = side == case.side and control_named(case.control).alter == "rows_swapped"
    return replace(stored, rows_exchanged=exchanged)
