"""The cache of opened comparisons."""

from __future__ import annotations

import threading
import time

import pytest

from inspector.errors import UsageError
from inspector.ui.runs import OpenRun, RunCache


def test_a_run_is_found_by_identifier_and_by_key() -> None:
    runs = RunCache()
    opened = runs.add("comparison", ("a", "b"), "request")
    assert runs.get(opened.run) is opened
    assert runs.find(("a", "b")) is opened
    assert runs.find(("b", "a")) is None
    assert opened.run in runs
    assert (opened.comparison, opened.request) == ("comparison", "request")


def test_identifiers_cannot_be_guessed() -> None:
    runs = RunCache(capacity=100)
    found = {runs.add(None, i).run for i in range(100)}
    assert len(found) == 100
    assert min(map(len, found)) >= 22  # 128 bits


def test_an_unknown_run_is_one_sentence() -> None:
    with pytest.raises(UsageError) as caught:
        RunCache().get("../../etc")
    assert caught.value.code == "no-run"
    assert "Open the pair again" in caught.value.sentence


def test_the_run_asked_for_longest_ago_leaves_first() -> None:
    runs = RunCache(capacity=2)
    first, second = runs.add(1, "k1"), runs.add(2, "k2")
    runs.get(first.run)
    third = runs.add(3, "k3")
    assert len(runs) == 2
    assert second.run not in runs
    assert runs.find("k2") is None
    assert runs.find("k1") is first
    assert runs.find("k3") is third


def test_two_caches_share_nothing() -> None:
    one, other = RunCache(), RunCache()
    run = one.add("x", "k").run
    assert run not in other
    one.clear()
    assert run not in one


def test_a_part_is_computed_once_also_by_many_threads() -> None:
    opened = OpenRun("r", None)
    calls: list[int] = []
    start = threading.Barrier(8)

    def make() -> str:
        calls.append(1)
        time.sleep(0.05)
        return "made"

    results: list[str] = []

    def ask() -> None:
        start.wait()
        results.append(opened.part("mel", make, len))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["made"] * 8
    assert calls == [1]


def test_a_failed_part_is_tried_again() -> None:
    opened = OpenRun("r", None)

    def fail() -> str:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            opened.part("mel", fail, len)
    assert opened.part("mel", lambda: "ok", len) == "ok"


def test_parts_leave_when_memory_is_short() -> None:
    opened = OpenRun("r", None, max_bytes=10)
    calls: list[str] = []

    def ask(key: str) -> None:
        opened.part(key, lambda: calls.append(key) or b"1234", len)

    for key in "abcab":
        ask(key)
    # c pushed out a, the second a pushed out b.
    assert calls == list("abcab")
    ask("b")
    assert calls == list("abcab")


def test_a_part_larger_than_the_memory_is_still_served() -> None:
    opened = OpenRun("r", None, max_bytes=2)
    assert opened.part("big", lambda: b"12345", len) == b"12345"
