"""Opening a pair while the page stays alive: progress, cancelling, one sentence on failure."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inspector.errors import Cancelled, InspectorError, UsageError
from inspector.names import show_name
from inspector.ui.paths import AllowedPath, PathPolicy
from inspector.ui.runs import CheckpointPath, RunCache

_TICK_S = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenRequest:
    """What the user asks to open, as typed; an empty option takes its default.

    Attributes:
        reference, candidate: paths.
        sample_rate_hz: rate of audio stored as plain tensors.
        only: regular expression that tensor names must match.
        cutoff_hz: frequency above which energy counts as high-frequency.
        map_path: mapping file.
        checkpoint: weights of the reference, for the block lab and the culprit search.
        config: JSON file with what the weights cannot tell.
        measure_floor: noise floors are measured with the checkpoint.
        overrides: pairs chosen by hand on the Match tab, entries of a mapping.
    """

    reference: str
    candidate: str
    sample_rate_hz: str = ""
    only: str = ""
    cutoff_hz: str = ""
    map_path: str = ""
    checkpoint: str = ""
    config: str = ""
    measure_floor: bool = False
    overrides: tuple[Any, ...] = ()


@dataclass(frozen=True)
class OpenState:
    """Where the opening stands.

    Attributes:
        state: ``busy``, ``done``, ``failed`` or ``cancelled``.
        text: one sentence for the user; empty when done.
        done, total: finished and planned units of work while busy.
        run: identifier of the opened run when done.
    """

    state: str
    text: str = ""
    done: int = 0
    total: int = 0
    run: str = ""


class Opener:
    """Opens pairs through the facade, in a thread that can be told to stop.

    Args:
        api: the facade `inspector.api`, or an object with the same functions.
        runs: where opened comparisons are held.
        paths: what may be opened.
    """

    def __init__(self, api: Any, runs: RunCache, paths: PathPolicy) -> None:
        self._api = api
        self._runs = runs
        self._paths = paths
        self._stops: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def open(self, request: OpenRequest, session: str) -> Iterator[OpenState]:
        """Open a pair and report on the way.

        The last state is never ``busy``.  A pair that is held already, with the same
        files and options, is found instead of computed.  Closing the iterator early
        stops the work.

        Args:
            request: what to open.
            session: who asks; a second request of the same session stops the first.
        """
        stop = threading.Event()
        with self._lock:
            earlier = self._stops.get(session)
            self._stops[session] = stop
        if earlier is not None:
            earlier.set()
        try:
            yield from self._open(request, stop)
        finally:
            stop.set()
            with self._lock:
                if self._stops.get(session) is stop:
                    del self._stops[session]

    def cancel(self, session: str) -> None:
        """Stop what this session is opening, if anything."""
        with self._lock:
            stop = self._stops.get(session)
        if stop is not None:
            stop.set()

    def _open(self, request: OpenRequest, stop: threading.Event) -> Iterator[OpenState]:
        reports: queue.Queue[OpenState] = queue.Queue()
        state = OpenState("busy", "Looking at the files")
        yield state

        def progress(done: int, total: int, what: str) -> None:
            if stop.is_set():
                raise Cancelled
            reports.put(OpenState("busy", what, done, total))

        worker = threading.Thread(
            target=lambda: reports.put(self._outcome(request, progress)),
            name="inspector-open",
            daemon=True,
        )
        worker.start()
        while state.state == "busy":
            try:
                state = reports.get(timeout=_TICK_S)
                while state.state == "busy" and not reports.empty():
                    state = reports.get_nowait()  # only the newest report is worth a redraw
            except queue.Empty:
                if not stop.is_set():
                    continue
            if stop.is_set() and state.state != "done":
                # The thread ends at its next report; nobody waits for it.
                state = OpenState("cancelled", "Cancelled. What was open before is still shown.")
            yield state

    def _outcome(self, request: OpenRequest, progress: Any) -> OpenState:
        """The last state: what the thread came to, whatever happened."""
        try:
            return OpenState("done", run=self._compare(request, progress))
        except InspectorError as error:
            return OpenState("failed", error.sentence)
        except Cancelled:
            return OpenState("cancelled", "Cancelled. What was open before is still shown.")
        except Exception as error:  # noqa: BLE001 - the page says so, the terminal shows where
            _log.exception("opening a pair failed")
            return OpenState(
                "failed",
                f"The pair could not be compared because of a fault in the inspector "
                f"({type(error).__name__}); its terminal shows where.",
            )

    def _compare(self, request: OpenRequest, progress: Any) -> str:
        reference = self._paths.resolve(request.reference, "reference")
        candidate = self._paths.resolve(request.candidate, "candidate")
        mapping = self._optional(request.map_path, "mapping")
        weights = self._optional(request.checkpoint, "checkpoint")
        config = self._optional(request.config, "configuration")
        if config is not None and weights is None:
            raise UsageError(
                "config", "configuration", "it belongs to a checkpoint, and none is given", "",
                "Name the checkpoint too, or leave the configuration empty.",
            )  # fmt: skip
        if request.measure_floor and weights is None:
            raise UsageError(
                "checkpoint", "noise floors",
                "they are measured with a checkpoint, and none is given", "",
                "Name the checkpoint too, or do not have them measured.",
            )  # fmt: skip
        checkpoint = weights and CheckpointPath(weights.path, config.path if config else None)
        given = {
            "map_path": mapping.path if mapping else None,
            "overrides": request.overrides or None,
            "sample_rate_hz": _number(request.sample_rate_hz, int, "sample rate"),
            "only": request.only or None,
            "cutoff_hz": _number(request.cutoff_hz, float, "HF cut-off"),
        }
        if request.measure_floor and checkpoint:
            given |= {"checkpoint_path": checkpoint.path, "config_path": checkpoint.config}
        options = self._api.DiffOptions(**{k: v for k, v in given.items() if v is not None})
        key = (reference, candidate, mapping, options, weights, config)
        held = self._runs.find(key)
        if held is not None:
            return held.run
        comparison = self._api.open_pair(reference.path, candidate.path, options, progress=progress)
        self._paths.recheck(reference, "reference")
        self._paths.recheck(candidate, "candidate")
        return self._runs.add(comparison, key, request, checkpoint).run

    def _optional(self, typed: str, field: str) -> AllowedPath | None:
        return self._paths.resolve(typed, field) if typed.strip() else None


def _number(typed: str, kind: type[int] | type[float], field: str) -> int | float | None:
    """The number in a text field, or None when it is empty."""
    text = typed.strip()
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise UsageError(
            "number", field, f"'{show_name(text, 40)}' is not a number", "a frequency in Hz"
        ) from None
