"""Every fault of the registry, swept: it shows where it says, stays silent where it says."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.blocks.operations import OPERATIONS
from inspector.errors import UsageError
from inspector.faults import registry as registry_module
from inspector.faults.edit import Edit
from inspector.faults.fault import BLIND_CONDITIONS
from inspector.faults.left_out import UNUSED_SETTINGS, left_out
from inspector.faults.registry import faults
from tests.faults import small_run as lab

ROUNDING = 3e-7
"""Five float32 rounding steps: what a fault has to exceed at its own place."""

STEPS = ("first_step", "second_step", "later_step")


@cache
def _graph(config):
    return step_graph(lab.CONFIGS[config])


@cache
def _weights(config):
    return lab.weights(lab.CONFIGS[config])


@cache
def _base(config, condition):
    return lab.run(_graph(config), lab.given(lab.CONFIGS[config], condition), _weights(config))


def _places(fault, config):
    return fault.places(_graph(config), lab.shapes(lab.CONFIGS[config]))


def _first_config(fault):
    return next(c for c in lab.CONFIGS if _places(fault, c))


def _end(graph, place):
    """Last node that has to show a fault at `place`."""
    if place in graph.inputs:
        return "down_blocks.0.0" if place != "step" else "ode.t"
    nodes = graph.of_block(place) or graph.of_block(graph.node(place).block)
    return nodes[-1].name


def _own(graph, place):
    """Nodes that belong to `place`."""
    if place in graph.inputs:
        return {n.name for n in graph.nodes}
    inside = {n.name for n in graph.of_block(place)}
    return inside or {n.name for n in graph.of_block(graph.node(place).block)}


def _changes(fault, config, place, condition, **options):
    graph, settings = _graph(config), lab.CONFIGS[config]
    edit = fault.apply(graph, [place], lab.shapes(settings), **options)
    changed = lab.changed_values(
        edit, _base(config, condition), lab.given(settings, condition), _weights(config), graph,
        _end(graph, place),
    )  # fmt: skip
    return edit, changed


def _visible(fault):
    """A condition under which the fault shows: its step, with two rows padded."""
    step = next(s for s in STEPS if s not in fault.silent_when)
    return "" if step == "second_step" else step


KEYS = tuple(faults())


@pytest.mark.parametrize("key", KEYS)
def test_a_fault_changes_its_place_and_nothing_before(key):
    fault = faults()[key]
    shown = 0
    for config in lab.CONFIGS:
        graph, places = _graph(config), _places(fault, config)
        condition = _visible(fault)
        base = _base(config, condition)
        for place in dict.fromkeys((*places[:1], *places[-1:])):
            edit, changed = _changes(fault, config, place, condition)
            known = {n: v for n, v in changed.items() if n in graph}
            assert known, (config, place)
            own = _own(graph, place)
            assert max(lab.difference(base[n], v) for n, v in known.items() if n in own) > ROUNDING
            keys = {c.key for c in edit.weights}
            names = {c.name for c in edit.inputs}
            edited = [
                graph.position(n.name)
                for n in graph.nodes
                if n.name not in edit.graph
                or edit.graph.node(n.name) != n
                or keys & {k for _, k in n.params}
                or names & set(n.inputs)
            ]
            assert graph.nodes[min(edited)].name in own
            assert min(graph.position(n) for n in known) >= min(edited)
            shown += 1
    assert shown, "no decoder has a place for it"


@pytest.mark.parametrize("key", KEYS)
def test_a_fault_is_silent_exactly_where_it_says(key):
    fault = faults()[key]
    assert set(fault.silent_when) <= set(BLIND_CONDITIONS)
    assert fault.blind or not fault.silent_when
    config = _first_config(fault)
    place = _places(fault, config)[0]
    graph = _graph(config)
    steps = [c for c in BLIND_CONDITIONS if c not in STEPS]
    for condition in (*STEPS, *(steps if "second_step" not in fault.silent_when else ())):
        _, changed = _changes(fault, config, place, condition)
        base = _base(config, condition)
        worst = max(
            (lab.difference(base[n], v) for n, v in changed.items()
             # a constant added to all scores changes these and no attention weight
             if n in graph and graph.node(n).slot != "attention_mask"),
            default=0.0,
        )  # fmt: skip
        if condition in fault.silent_when:
            assert worst < 1e-6, condition
        else:
            assert worst > ROUNDING, condition


@pytest.mark.parametrize("key", KEYS)
def test_a_fault_is_deterministic_and_survives_json(key):
    fault = faults()[key]
    config = _first_config(fault)
    place, condition = _places(fault, config)[0], _visible(fault)
    edit, once = _changes(fault, config, place, condition)
    again, twice = _changes(fault, config, place, condition)
    assert edit == again
    assert hash(edit) == hash(again)
    assert once.keys() == twice.keys()
    assert all(np.array_equal(once[n], twice[n], equal_nan=True) for n in once)
    text = json.dumps(edit.to_dict(_graph(config)), allow_nan=False)
    back = Edit.from_dict(json.loads(text), _graph(config))
    assert back.weights == edit.weights
    assert back.inputs == edit.inputs
    assert {n.name: n for n in back.graph.nodes} == {n.name: n for n in edit.graph.nodes}
    json.dumps(fault.to_dict(), allow_nan=False)
    _, other = _changes(fault, config, place, condition, seed=5)
    same = all(np.array_equal(once[n], other[n], equal_nan=True) for n in once if n in other)
    assert same != fault.random


@pytest.mark.parametrize("key", KEYS)
def test_a_fault_at_all_places_is_one_edit(key):
    fault = faults()[key]
    for config, settings in lab.CONFIGS.items():
        if not _places(fault, config):
            with pytest.raises(UsageError, match="cannot be applied"):
                fault.apply(_graph(config), shapes=lab.shapes(settings))
            continue
        edit = fault.apply(_graph(config), shapes=lab.shapes(settings))
        assert edit.weights or edit.inputs or edit.graph != _graph(config)
        names = {n.name for n in edit.graph.nodes} | set(edit.graph.inputs)
        done = set(edit.graph.inputs)
        for node in edit.graph.nodes:  # still in an order of computation
            assert set(node.inputs) <= done & names
            done.add(node.name)


def test_keys_slots_and_sentences():
    slots = {n.slot for c in lab.CONFIGS for n in _graph(c).nodes}
    for key, fault in faults().items():
        assert key == fault.key
        assert fault.slot in slots | {"weights", "inputs", "attention"}, key
        for text in (fault.change, fault.symptom):
            assert text.endswith("."), (key, text)
        assert fault.title and fault.first_seen
        assert not fault.title.endswith(".")
    titles = [f.title for _, f in faults().items()]
    assert len(set(titles)) == len(titles)


def test_every_wrong_setting_is_used_or_listed():
    used, right = set(), set()
    for config, settings in lab.CONFIGS.items():
        for node in _graph(config).nodes:
            right |= {(node.op, *pair) for pair in node.settings}
        for _, fault in faults().items():
            if _places(fault, config):
                edit = fault.apply(_graph(config), shapes=lab.shapes(settings))
                for node in edit.graph.nodes:
                    used |= {(node.op, *pair) for pair in node.settings}
    for op, signature in OPERATIONS.items():
        for name, values in signature.settings.items():
            for value in values[1:]:
                # False equals 0: compare with the type
                found = any(
                    (o, n) == (op, name) and v == value and type(v) is type(value)
                    for o, n, v in used | right
                )
                assert found != ((op, name, value) in UNUSED_SETTINGS), (op, name, value)


def test_left_out_and_entries_do_not_overlap():
    entries = {r for _, f in faults().items() for r in f.records}
    missing = {r for one in left_out() for r in one.records}
    assert not entries & missing


def test_a_plugin_joins_and_a_broken_one_is_listed(monkeypatch):
    def plugin(faults):
        faults.add("mine", next(iter(faults.items()))[1])
        return {"broken": "ImportError: no such module"}

    monkeypatch.setattr(registry_module, "load_plugins", lambda **r: plugin(**r))
    try:
        faults.cache_clear()
        assert "mine" in faults()
        assert faults().missing() == {"broken": "ImportError: no such module"}
    finally:
        faults.cache_clear()
