"""Find the smallest set of known mistakes that reproduces the candidate's cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from inspector.diagnose.hypotheses import Hypotheses, Hypothesis
from inspector.diagnose.sketch import LEFT, pairs_by_sum
from inspector.diagnose.trial import Bench, Trial
from inspector.faults.edit import Edit
from inspector.live.introduced import Cell
from inspector.tensors import Progress

_HEALTHY_TESTS = 3
"""Healthy cells on which a fault that reproduces faulty ones is tried too."""

_SUMS = 150
_CLOSEST = 2
"""Pairs tried in the order of the sum of their effects; single faults tried with all others."""

_CLEAR = 0.1
"""Share of an error that a sum of two effects leaves where a pair is the likely cause."""

_AFTER_A_PAIR = 40
"""Pairs that are still tried once one reproduces a cell: another may do so more closely."""

Log = Callable[[str], None]


@dataclass
class Solution:
    """Faults that reproduce some cells.

    Attributes:
        parts: one fault, or two that act in the same cells.
        cells: the cells and their trials.
        rival: residual ratio of the best explanation by other faults, over the same cells.
        alike: faults that leave the same residual.
    """

    parts: tuple[Hypothesis, ...]
    cells: list[tuple[Cell, Trial, tuple[Hypothesis, ...]]] = field(default_factory=list)
    rival: float = float("inf")
    alike: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """Largest residual in units of the noise floor."""
        return max((t.ratio for _, t, _ in self.cells), default=float("inf"))


class Deadline:
    """A budget in seconds."""

    def __init__(self, seconds: float) -> None:
        self.started = time.monotonic()
        self.seconds = seconds
        self.cut_short = False

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def over(self) -> bool:
        """True once the budget is spent; remembers that it was asked and was."""
        if self.spent > self.seconds:
            self.cut_short = True
        return self.cut_short


class Search:
    """Tries faults on faulty cells.

    Args:
        bench: runs hypotheses.
        hypotheses: the faults.
        deadline: budget.
        progress: may raise `Cancelled`.
        log: told what was found and ruled out.
        healthy: cells without an error, which no fault may change.
    """

    def __init__(
        self,
        bench: Bench,
        hypotheses: Hypotheses,
        deadline: Deadline,
        progress: Progress,
        log: Log,
        healthy: Sequence[Cell] = (),
    ) -> None:
        self.bench = bench
        self.hypotheses = hypotheses
        self.deadline = deadline
        self.progress = progress
        self.log = log
        self.healthy = healthy
        self._contradicted: dict[tuple[str, tuple[str, ...], int], bool] = {}
        self.tried: dict[tuple[str, int], list[tuple[Hypothesis, Trial]]] = {}

    def singles(self, cells: Sequence[Cell]) -> None:
        """Try faults that draw no values, alone, on every cell.

        What reproduced an earlier cell is tried first, and nothing else where it suffices.
        Otherwise each fault is tried at all its places inside the cell, and at one of them
        only where that explains nothing; in further cells of a node where all of that was in
        vain, only at all places.
        """
        groups = self.bench.twins(cells)
        in_vain: set[str] = set()
        for done, group in enumerate(groups):
            known = self._known(group[0])
            self._try(group, known, done, len(groups))
            if known and all(self._solved(cell) for cell in group):
                continue
            options = self.hypotheses.singles(self.bench.cut(group[0]))
            self._try(group, options.together, done, len(groups))
            hard = {cell.node for cell in group if not self._solved(cell)}
            if hard - in_vain:
                self._try(group, options.alone, done, len(groups))
                in_vain |= {cell.node for cell in group if not self._solved(cell)}

    def forget(self) -> None:
        """Drop all trials: their ratios hold for the noise floors that they were made with."""
        self.tried.clear()
        self._contradicted.clear()

    def _known(self, cell: Cell) -> list[Hypothesis]:
        """Faults that reproduced an earlier cell, where they act on this one too."""
        found: dict[tuple[str, tuple[str, ...]], Hypothesis] = {}
        for results in self.tried.values():
            for option, trial in results:
                if not trial.solved:
                    continue
                inside = self.inside(option, cell)
                if inside is not None:
                    found[inside.fault.key, inside.places] = inside
                if option.touched.meets(self.bench.cut(cell)):
                    found[option.fault.key, option.places] = option
        return list(found.values())

    def _try(
        self, group: Sequence[Cell], options: Sequence[Hypothesis], done: int, total: int
    ) -> None:
        for option in options:
            if self.deadline.over:
                return
            self.progress(done, total, f"Trying {option.fault.title} at {_where(group[0])}")
            for cell, trial in zip(group, self.bench.attempts(group, option.edit), strict=True):
                self.tried.setdefault((cell.node, cell.step), []).append((option, trial))

    def _solved(self, cell: Cell) -> bool:
        return any(trial.solved for _, trial in self.tried.get((cell.node, cell.step), ()))

    def cover(self, cells: Iterable[Cell]) -> tuple[list[Solution], list[Cell]]:
        """Explain as many cells as possible with as few faults as possible.

        Returns:
            Solutions, the one with most cells first, and the cells left over.
        """
        left = list(cells)
        solutions = []
        while left:
            best = self._widest(left)
            if best is None:
                break
            done = {(c.node, c.step) for c, _, _ in best.cells}
            solutions.append(best)
            left = [c for c in left if (c.node, c.step) not in done]
        return solutions, left

    def _widest(self, cells: Sequence[Cell]) -> Solution | None:
        """The fault that reproduces most cells; among equals the one with least left."""
        solved: dict[str, Solution] = {}
        for cell in cells:
            for option, trial in self._best_per_fault(cell):
                if trial.solved and not self._contradicts(option, cell.step):
                    entry = solved.setdefault(option.fault.key, Solution((option,)))
                    entry.cells.append((cell, trial, (option,)))
        if not solved:
            return None

        def rank(entry: Solution) -> tuple[int, float, int]:
            mean = sum(t.ratio for _, t, _ in entry.cells) / len(entry.cells)
            return (-len(entry.cells), mean, len(entry.parts[0].places))

        ordered = sorted(solved.values(), key=rank)
        best = ordered[0]
        best.rival, best.alike = self._rivals(best)
        return best

    def _contradicts(self, option: Hypothesis, step: int) -> bool:
        """True when the fault would also change a place that is healthy."""
        key = (option.fault.key, option.places, step)
        if key not in self._contradicted:
            touched = [
                c
                for c in self.healthy
                if c.step == step and option.touched.meets(self.bench.cut(c))
            ]
            self._contradicted[key] = any(
                not self.bench.attempt(c, option.edit).solved for c in touched[:_HEALTHY_TESTS]
            )
        return self._contradicted[key]

    def _best_per_fault(self, cell: Cell) -> list[tuple[Hypothesis, Trial]]:
        """For each fault its best places in a cell; all places win a near tie."""
        best: dict[str, tuple[Hypothesis, Trial]] = {}
        for option, trial in self.tried.get((cell.node, cell.step), ()):
            known = best.get(option.fault.key)
            # options come with all places first: a subset has to be clearly better
            if known is None or trial.ratio < 0.5 * known[1].ratio:
                best[option.fault.key] = (option, trial)
        return list(best.values())

    def _rivals(self, best: Solution) -> tuple[float, tuple[str, ...]]:
        """Residual ratio of the best other fault on the same cells, and equal ones."""
        totals: dict[str, list[float]] = {}
        keys = {h.fault.key for h in best.parts}
        compared = 0
        for cell, _, _ in best.cells:
            others = [r for r in self._best_per_fault(cell) if r[0].fault.key not in keys]
            compared += bool(others)
            for option, trial in others:
                totals.setdefault(option.fault.key, []).append(trial.ratio)
        # a rival has to act on every cell in which anything else was tried
        full = {k: max(v) for k, v in totals.items() if len(v) == compared}
        alike = tuple(k for k, ratio in full.items() if ratio <= 2.0 * max(best.ratio, 1.0))
        return min(full.values(), default=float("inf")), alike

    def pairs(self, cell: Cell) -> Solution | None:
        """Two faults at once on one cell.

        Tried are, in this order: pairs whose effects add up to the error best, then the best
        single faults with every other one.  Once a pair reproduces the cell, a few more are
        tried and the closest is taken.
        """
        best: Solution | None = None
        more = _AFTER_A_PAIR
        for done, (first, second) in enumerate(self._pairs_in_order(cell)):
            if self.deadline.over or more == 0:
                break
            self.progress(done, _SUMS, f"Trying {first.fault.title} with {second.fault.title}")
            trial = self._both(cell, first, second)
            more -= best is not None
            if trial is not None and trial.solved and (best is None or trial.ratio < best.ratio):
                best = Solution((first, second), [(cell, trial, (first, second))])
        return best

    def _pairs_in_order(self, cell: Cell) -> Iterator[tuple[Hypothesis, Hypothesis]]:
        """Pairs of different faults, each once, the most promising first."""
        tried = self.tried.get((cell.node, cell.step), [])
        seen: set[frozenset[Hypothesis]] = set()

        def new(first: Hypothesis, second: Hypothesis) -> bool:
            pair = frozenset((first, second))
            if first.fault.key == second.fault.key or pair in seen:
                return False
            seen.add(pair)
            return True

        for _, first, second in self._sums(cell):
            if new(first, second):
                yield first, second
        helpful = [r for r in tried if r[1].explained > 1 - LEFT]
        closest = sorted(helpful, key=lambda r: r[1].residual)[:_CLOSEST]
        for first, _ in closest:
            for second in self.hypotheses.singles(self.bench.cut(cell)).together:
                if new(first, second):
                    yield first, second

    def _sums(self, cell: Cell) -> Iterator[tuple[float, Hypothesis, Hypothesis]]:
        target = self.bench.error(cell)
        tried = self.tried.get((cell.node, cell.step), [])
        shown = [(option, t.effect) for option, t in tried if t.effect is not None]
        if target is not None:
            for left, i, j in pairs_by_sum(target, [effect for _, effect in shown], _SUMS):
                if shown[i][0].fault.key != shown[j][0].fault.key:
                    yield left, shown[i][0], shown[j][0]

    def promises_a_pair(self, cell: Cell) -> bool:
        """True when the effects of two faults add up to nearly the whole error."""
        return next((left < _CLEAR for left, _, _ in self._sums(cell)), False)

    def extend(self, solution: Solution, cells: Sequence[Cell]) -> None:
        """Test the faults of `solution` on the other `cells`, at their own places there."""
        done = {(c.node, c.step) for c, _, _ in solution.cells}
        for cell in cells:
            if (cell.node, cell.step) in done:
                continue
            parts = [self.inside(part, cell) for part in solution.parts]
            present = [part for part in parts if part is not None]
            if not present:
                continue
            edit = present[0].edit
            if len(present) == 2:
                both = self.joined(present[0], present[1])
                if both is None:
                    continue
                edit = both
            trial = self.bench.attempt(cell, edit)
            if trial.solved:
                solution.cells.append((cell, trial, tuple(present)))

    def inside(self, part: Hypothesis, cell: Cell) -> Hypothesis | None:
        """The fault of `part` at all its places inside a cell."""
        cut = self.bench.cut(cell)
        places = []
        for place in self.hypotheses.places.get(part.fault.key, ()):
            one = self.hypotheses.make(part.fault, (place,))
            if one is not None and one.touched.meets(cut):
                places.append(place)
        return self.hypotheses.make(part.fault, tuple(places)) if places else None

    def _both(self, cell: Cell, first: Hypothesis, second: Hypothesis) -> Trial | None:
        edit = self.joined(first, second)
        return None if edit is None else self.bench.attempt(cell, edit)

    def joined(self, first: Hypothesis, second: Hypothesis) -> Edit | None:
        """Both changes, in whichever order they can be made."""
        edit = self.hypotheses.joined(first, second)
        return edit if edit is not None else self.hypotheses.joined(second, first)


def _where(cell: Cell) -> str:
    return f"{cell.node}, step {cell.step + 1}"
