"""Opening a pair: progress, cancelling, failures, and finding what is held already."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspector.ui.opening import Opener, OpenRequest, OpenState
from inspector.ui.paths import PathPolicy
from inspector.ui.runs import RunCache
from tests.ui.fake_api import FakeApi


class Bench:
    """An opener over two traces in a temporary root."""

    def __init__(self, root: Path) -> None:
        for name in ("reference", "candidate", "unreadable", "fault"):
            (root / name).mkdir()
            (root / name / "a.npy").write_bytes(b"1")
        (root / "map.yaml").write_text("a: b")
        (root / "weights.pt").write_bytes(b"w")
        (root / "config.json").write_text("{}")
        self.root = root
        self.api = FakeApi()
        self.runs = RunCache()
        self.opener = Opener(self.api, self.runs, PathPolicy([root]))

    def states(self, request: OpenRequest, session: str = "s") -> Iterator[OpenState]:
        return self.opener.open(request, session)

    def last(self, request: OpenRequest) -> OpenState:
        return list(self.states(request))[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


PAIR = OpenRequest("reference", "candidate")


def _until(states: Iterator[OpenState], text: str) -> OpenState:
    return next(state for state in states if text in state.text)


def test_a_pair_is_opened_and_held(bench: Bench) -> None:
    states = list(bench.states(PAIR))
    assert [state.state for state in states[:-1]] == ["busy"] * (len(states) - 1)
    assert states[-1].state == "done"
    comparison = bench.runs.get(states[-1].run).comparison
    assert comparison.reference == str((bench.root / "reference").resolve())


def test_progress_arrives_while_it_works(bench: Bench) -> None:
    bench.api.gate.clear()
    states = bench.states(PAIR)
    busy = _until(states, "Comparing step3")
    assert busy.total == 100
    assert 0 < busy.done < 100
    bench.api.gate.set()
    assert list(states)[-1].state == "done"


def test_the_same_files_and_options_are_computed_once(bench: Bench) -> None:
    first = bench.last(PAIR)
    again = bench.last(OpenRequest(str(bench.root / "reference"), "candidate"))
    assert again.run == first.run
    assert bench.api.calls.count("open_pair") == 1
    assert bench.last(OpenRequest("candidate", "reference")).run != first.run
    assert bench.last(OpenRequest("reference", "candidate", only="mel")).run != first.run
    (bench.root / "candidate" / "a.npy").write_bytes(b"22")
    assert bench.last(PAIR).run != first.run


def test_options_reach_the_facade(bench: Bench) -> None:
    request = OpenRequest(
        "reference", "candidate", sample_rate_hz=" 16000 ", only="x_", cutoff_hz="2.5e3",
        map_path="map.yaml",
    )  # fmt: skip
    options = bench.runs.get(bench.last(request).run).comparison.options
    assert options.sample_rate_hz == 16000
    assert options.only == "x_"
    assert options.cutoff_hz == 2500.0
    assert options.map_path == str((bench.root / "map.yaml").resolve())
    defaults = bench.runs.get(bench.last(PAIR).run).comparison.options
    assert (defaults.sample_rate_hz, defaults.only, defaults.cutoff_hz) == (None, None, 3000.0)


def test_pairs_chosen_by_hand_reach_the_facade_and_are_a_run_of_their_own(bench: Bench) -> None:
    chosen = OpenRequest("reference", "candidate", overrides=(("a", "b", None),))
    held = bench.runs.get(bench.last(chosen).run)
    assert held.comparison.options.overrides == (("a", "b", None),)
    assert held.request == chosen
    assert bench.last(PAIR).run != held.run
    assert bench.last(chosen).run == held.run


def test_the_checkpoint_is_held_with_the_pair(bench: Bench) -> None:
    plain = bench.runs.get(bench.last(PAIR).run)
    assert plain.checkpoint is None
    request = OpenRequest(
        "reference", "candidate", checkpoint="weights.pt", config=" config.json "
    )  # fmt: skip
    held = bench.runs.get(bench.last(request).run)
    assert held is not plain
    root = bench.root.resolve()
    assert held.checkpoint == (str(root / "weights.pt"), str(root / "config.json"))
    alone = OpenRequest("reference", "candidate", checkpoint="weights.pt")
    assert bench.runs.get(bench.last(alone).run).checkpoint == (str(root / "weights.pt"), None)
    (root / "weights.pt").write_bytes(b"other")
    assert bench.last(request).run != held.run, "other weights, other answers"


def test_the_checkpoint_measures_noise_floors_only_when_asked(bench: Bench) -> None:
    request = OpenRequest("reference", "candidate", checkpoint="weights.pt", config="config.json")
    held = bench.runs.get(bench.last(request).run)
    assert held.comparison.options.checkpoint_path is None
    asked = bench.runs.get(bench.last(replace(request, measure_floor=True)).run)
    root = bench.root.resolve()
    assert asked is not held
    assert asked.comparison.options.checkpoint_path == str(root / "weights.pt")
    assert asked.comparison.options.config_path == str(root / "config.json")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"checkpoint": "/etc/passwd"}, "checkpoint: there is nothing to open"),
        ({"checkpoint": "weights.pt", "config": "../c"}, "configuration: there is nothing"),
        ({"config": "config.json"}, "it belongs to a checkpoint"),
        ({"measure_floor": True}, "measured with a checkpoint, and none is given"),
        ({"candidate": "unreadable"}, "the file ends after 12 bytes; expected 4,096 bytes"),
        ({"candidate": "../x"}, "nothing to open at this place"),
        ({"reference": ""}, "no path is given"),
        ({"map_path": "/etc/passwd"}, "mapping: there is nothing to open"),
        ({"sample_rate_hz": "fast"}, "'fast' is not a number"),
        ({"sample_rate_hz": "1234"}, "sample rate: 1234 Hz"),
        ({"cutoff_hz": "3 kHz"}, "'3 kHz' is not a number"),
    ],
)
def test_a_failure_is_one_sentence(bench: Bench, fields: dict[str, Any], words: str) -> None:
    given = {"reference": "reference", "candidate": "candidate", **fields}
    state = bench.last(OpenRequest(**given))
    assert state.state == "failed"
    assert words in state.text
    assert len(bench.runs) == 0


def test_a_fault_says_no_detail_and_no_traceback(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    state = bench.last(OpenRequest("reference", "fault"))
    assert state.state == "failed"
    assert "ZeroDivisionError" in state.text
    assert "secret detail" not in state.text
    assert "Traceback" not in state.text
    assert "secret detail" in caplog.text  # the terminal has it


def test_cancelling_stops_the_work(bench: Bench) -> None:
    bench.api.gate.clear()
    states = bench.states(PAIR)
    _until(states, "Comparing")
    bench.opener.cancel("s")
    assert list(states)[-1].state == "cancelled"
    assert bench.api.cancelled.wait(5)
    assert len(bench.runs) == 0


def test_cancelling_another_session_changes_nothing(bench: Bench) -> None:
    bench.api.gate.clear()
    states = bench.states(PAIR, "mine")
    _until(states, "Comparing")
    bench.opener.cancel("other")
    bench.api.gate.set()
    assert list(states)[-1].state == "done"


def test_leaving_the_page_stops_the_work(bench: Bench) -> None:
    bench.api.gate.clear()
    states = bench.states(PAIR)
    _until(states, "Comparing")
    states.close()  # type: ignore[attr-defined] # what Gradio does to a generator
    assert bench.api.cancelled.wait(5)


def test_a_second_request_of_a_session_replaces_the_first(bench: Bench) -> None:
    bench.api.gate.clear()
    first = bench.states(PAIR)
    _until(first, "Comparing")
    second = bench.states(OpenRequest("candidate", "reference"))
    next(second)
    assert list(first)[-1].state == "cancelled"
    bench.api.gate.set()
    assert list(second)[-1].state == "done"


def test_files_that_change_while_read_give_no_result(bench: Bench) -> None:
    bench.api.gate.clear()
    states = bench.states(PAIR)
    _until(states, "Comparing")
    (bench.root / "reference" / "a.npy").write_bytes(b"now longer")
    bench.api.gate.set()
    last = list(states)[-1]
    assert last.state == "failed"
    assert "changed while they were being read" in last.text


def test_no_thread_stays_behind(bench: Bench) -> None:
    bench.last(PAIR)
    alive = [t.name for t in threading.enumerate() if t.name == "inspector-open"]
    assert alive == []
