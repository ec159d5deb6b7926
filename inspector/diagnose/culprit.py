"""Find which known mistakes reproduce the candidate's numbers.

Order of triage: inputs, then each recorded value in isolation, then precision, then single
faults where an error is introduced, then unloaded weights, then two faults at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.blocks.graph import Graph
from inspector.diagnose.conclusion import conclude
from inspector.diagnose.draws import TYPICAL
from inspector.diagnose.harmless import explain_without_mistake, trimmed_frames
from inspector.diagnose.hypotheses import Hypotheses
from inspector.diagnose.input_suspects import suspect_inputs
from inspector.diagnose.precision import PrecisionFinding, explain_by_precision
from inspector.diagnose.search import Deadline, Search
from inspector.diagnose.suspect import CulpritReport, Suspect
from inspector.diagnose.suspects_of import suspects_of
from inspector.diagnose.together import explain_together, split_by_grain
from inspector.diagnose.trial import Bench
from inspector.diagnose.unloaded import (
    explain_by_draws,
    explain_by_fresh_layers,
    explain_by_layers,
)
from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.live.introduced import NOISE_FACTOR, Cell, IntroducedMap, map_errors
from inspector.live.isolation import Isolator
from inspector.live.noise import noise_floor, relative_l2
from inspector.tensors import Progress, silent

Tell = Callable[[str, tuple[Suspect, ...]], None]
"""Called with each finding and the suspects so far."""

DEFAULT_BUDGET_SECONDS = 120.0
_SOLVER = (
    "ode.t_span", "ode.t", "ode.dt", "ode.v_cond", "ode.v_uncond", "ode.v_cfg", "ode.x_after",
)  # fmt: skip
_REFERENCE_STEPS = 2
"""Steps at which the reference is checked: the first is blind to time."""

_FIRST = 2
"""Cells that are searched before precision is considered."""

_STEPS_PER_NODE = 2
"""Cells of one node that are searched; the others are only tested with what was found."""

_IN_VAIN = 2
"""Cells in which two faults are looked for in vain before that is given up."""


@dataclass(frozen=True)
class Case:
    """Everything a search needs.

    Attributes:
        graph: the reference's step.
        reference, candidate: isolators on both recordings, with the reference's weights.
    """

    graph: Graph
    reference: Isolator
    candidate: Isolator


def find_culprit(
    case: Case,
    *,
    budget_seconds: float = DEFAULT_BUDGET_SECONDS,
    steps: Sequence[int] | None = None,
    progress: Progress | None = None,
    log: Tell | None = None,
    known: IntroducedMap | None = None,
) -> CulpritReport:
    """Search for the mistakes that make the candidate differ from the reference.

    Args:
        case: the pair with the reference's decoder.
        budget_seconds: after this long the best so far is returned as incomplete.
        steps: ODE steps from 0 to look at; all recorded ones when None.
        progress: may raise `Cancelled`.
        log: told each finding as it is made, with the suspects so far.
        known: the introduced map, when it was made already.

    Raises:
        Cancelled: the progress callback asked to stop.
    """
    return _Run(case, budget_seconds, progress or silent, log).search(steps, known)


class _Run:
    def __init__(self, case: Case, budget: float, progress: Progress, log: Tell | None) -> None:
        self.case = case
        self.deadline = Deadline(budget)
        self.progress = progress
        self.lines: list[str] = []
        self._log = log
        self.suspects: list[Suspect] = []

    def log(self, line: str) -> None:
        self.lines.append(line)
        if self._log is not None:
            self._log(line, tuple(self.suspects))

    def search(self, steps: Sequence[int] | None, known: IntroducedMap | None) -> CulpritReport:
        case = self.case
        cut_short = trimmed_frames(case.reference, case.candidate)
        if cut_short:
            return conclude(
                IntroducedMap(()), (), (), (), log=(cut_short,), seconds=self.deadline.spent,
                complete=True, untestable=cut_short,
            )  # fmt: skip
        self.progress(0, 0, "Comparing inputs")
        entries = [fault for _, fault in faults().items()]
        self.suspects += suspect_inputs(case.reference, case.candidate, entries, self.log)
        errors = known or map_errors(
            case.candidate, case.reference, steps=steps, progress=self.progress
        )
        faulty = list(errors.faulty)
        self.log(_describe_map(errors))
        reference_faults = self._check_reference()
        left: list[Cell] = faulty
        if faulty:
            left = self._explain(errors, faulty, entries)
        self.suspects, left = explain_without_mistake(left, self.suspects, case.candidate, self.log)
        unexplained = tuple(dict.fromkeys(c.node for c in left))
        return conclude(
            errors, tuple(self.suspects), unexplained, reference_faults,
            log=tuple(self.lines), seconds=self.deadline.spent,
            complete=not self.deadline.cut_short,
        )  # fmt: skip

    def _explain(self, errors: IntroducedMap, faulty: list[Cell], entries: list) -> list[Cell]:
        bench = Bench(self.case.candidate)
        shapes = self.case.candidate.store.shapes()
        hypotheses = Hypotheses(self.case.graph, shapes, entries)
        healthy = [c for c in errors.cells if not c.faulty]
        search = Search(bench, hypotheses, self.deadline, self.progress, self.log, healthy)
        chosen = representatives(faulty)
        # values on the grid of a half precision tell at once; else a known mistake at the first
        # place settles that this is no matter of precision
        precise = explain_by_precision(errors, search, on_grid_only=True)
        if precise is None:
            search.singles(chosen[:_FIRST])
            if not search.cover(chosen[:_FIRST])[0]:
                precise = explain_by_precision(errors, search)
        if precise is not None:
            return self._explain_rest(precise, errors, search)
        before = len(self.suspects)
        left = self._explain_chosen(chosen, errors, search)
        if left and not self.deadline.over:
            # what no mistake gives in single precision may be a mistake in half precision
            precise = explain_by_precision(errors, search, with_faults=True)
            if precise is not None:
                del self.suspects[before:]
                return self._explain_rest(precise, errors, search)
        return left

    def _explain_rest(
        self, precise: PrecisionFinding, errors: IntroducedMap, search: Search
    ) -> list[Cell]:
        """Search what half precision leaves open, judged by what half precision costs."""
        self.suspects.append(precise.suspect)
        search.forget()
        return self._explain_chosen(representatives(precise.left), errors, search)

    def _explain_chosen(
        self, chosen: list[Cell], errors: IntroducedMap, search: Search
    ) -> list[Cell]:
        fine, coarse = split_by_grain(chosen, search)
        left = self._explain_cells(fine, errors, search)
        self.suspects, coarse = explain_together(coarse, self.suspects, search)
        return left + (self._explain_cells(coarse, errors, search) if coarse else [])

    def _explain_cells(
        self, chosen: list[Cell], errors: IntroducedMap, search: Search
    ) -> list[Cell]:
        # weights that never arrived come first: no run reproduces them, and they are common
        fresh, chosen = explain_by_fresh_layers(chosen, search)
        self.suspects += fresh
        search.singles([c for c in chosen if (c.node, c.step) not in search.tried])
        solutions, left = search.cover(chosen)
        for solution in solutions:
            names = " and ".join(p.fault.title for p in solution.parts)
            self.log(f"{names} reproduces {len(solution.cells)} of {len(chosen)} places.")
        self.suspects += suspects_of(solutions, errors, search)
        # mistakes that are seen alone in some places act at once in others
        self.suspects, left = explain_together(left, self.suspects, search)
        found, left = explain_by_layers(left, search)
        self.suspects += found
        # two mistakes that reproduce the numbers prove more than a draw that fits, but cost
        # more: they come first only where their effects add up
        likely = [c for c in left if search.promises_a_pair(c)]
        left = self._explain_by_pairs(likely, left, errors, search)
        found, left = explain_by_draws(left, search, limit=TYPICAL)
        self.suspects += found
        left = self._explain_by_pairs(left, left, errors, search)
        found, left = explain_by_draws(left, search)
        self.suspects += found
        return left

    def _explain_by_pairs(
        self, queue: list[Cell], left: list[Cell], errors: IntroducedMap, search: Search
    ) -> list[Cell]:
        """Look for two faults in each cell of a queue: several bugs at once are the rule."""
        in_vain = 0
        while queue and in_vain < _IN_VAIN and not self.deadline.over:
            cell, *queue = queue
            pair = search.pairs(cell)
            if pair is None:
                in_vain += 1
                continue
            search.extend(pair, left)
            done = {(c.node, c.step) for c, _, _ in pair.cells}
            left = [c for c in left if (c.node, c.step) not in done]
            queue = [c for c in queue if (c.node, c.step) not in done]
            self.suspects += suspects_of([pair], errors, search)
        return left

    def _check_reference(self) -> tuple[str, ...]:
        """Values of the solver where the reference's recording parts from its checkpoint.

        The whole forward pass is run from the recorded state, whatever else is recorded.
        """
        self.progress(0, 0, "Checking the reference against its own checkpoint")
        own = self.case.reference
        inside = [n.name for n in self.case.graph.nodes if n.block != "ode"]
        found = []
        for step in sorted(own.side.steps)[:_REFERENCE_STEPS]:
            for name in _SOLVER:
                if own.side.get(name, step) is None:
                    continue
                cut = own.cut(name, step, outside=inside)
                try:
                    error = relative_l2(own.recorded(name, step, cut.rows), own.run(cut)[name])
                    faulty = not error <= NOISE_FACTOR * noise_floor(own, cut)
                except UsageError:
                    continue
                if faulty:
                    found.append(name)
        if found:
            self.log(f"The reference's own recording contradicts its checkpoint at {found[0]}.")
        return tuple(dict.fromkeys(found))


def representatives(cells: Sequence[Cell]) -> list[Cell]:
    """A few cells of every node: the first faulty step and the one that shows it best."""
    chosen: list[Cell] = []
    by_node: dict[str, list[Cell]] = {}
    for cell in cells:
        by_node.setdefault(cell.node, []).append(cell)
    for group in by_node.values():
        ordered = sorted(group, key=lambda c: -c.ratio)
        picked = [group[0], *(c for c in ordered if c is not group[0])]
        chosen += picked[:_STEPS_PER_NODE]
    return sorted(chosen, key=lambda c: (c.step, cells.index(c)))


def _describe_map(errors: IntroducedMap) -> str:
    counts = Counter(c.verdict for c in errors.cells)
    if not errors.cells:
        return "Nothing inside the decoder could be computed from what is recorded."
    parts = ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common())
    return f"{len(errors.cells)} recorded values computed in isolation: {parts}."
