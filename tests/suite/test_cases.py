"""The generator: the same cases always, every entry of the registries among them."""

from __future__ import annotations

import pytest

from inspector.blocks.decoder import step_graph
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.suite import cases as made
from inspector.suite.cases import PAIRS, all_cases, choose
from inspector.suite.controls import controls
from inspector.suite.decoders import decoder_named
from inspector.suite.name_styles import STYLES


@pytest.fixture(scope="module", params=["quick", "full"])
def cases(request):
    return all_cases(request.param)


def test_the_list_is_the_same_every_time_and_holds_nothing_twice(cases):
    assert cases in (all_cases("quick"), all_cases("full"))
    descriptions = [(case.describe(), case.search) for case in cases]
    assert len(set(descriptions)) == len(descriptions)


def test_every_fault_that_fits_is_planted_and_every_control_made(cases):
    config = decoder_named("small").config
    graph, shapes = step_graph(config), parameter_shapes(config)
    fitting = {k for k, f in faults().items() if f.kind == "fault" and f.places(graph, shapes)}
    assert fitting <= {key for case in cases for key in case.faults}
    assert {case.control for case in cases} == {"", *controls()}


def test_every_kind_of_scrambling_is_there(cases):
    assert {case.names for case in cases} == set(STYLES)
    assert {case.dtype for case in cases} == {"float32", "float16", "bfloat16"}
    assert {case.level for case in cases} == {"ode", "blocks", "ops"}
    assert {case.layout for case in cases} >= {"torch", "mlx", "mixed", "squeezed"}
    assert {case.partial for case in cases} == {"", "half", "steps", "states", "both"}
    assert {16, 8} <= {case.frames for case in cases}
    assert any(case.side == "reference" for case in cases)
    assert any(len(case.faults) == 2 for case in cases)


def test_full_searches_everything_that_is_planted_in_the_small_decoder():
    planted = [c for c in all_cases("full") if c.faults and c.decoder == "small"]
    assert all(case.search for case in planted)
    assert {case.faults for case in planted if len(case.faults) == 2} == set(PAIRS)


def test_a_choice_by_text_and_number():
    flat = choose("quick", only="flat-files")
    assert flat and all("flat-files" in case.describe() for case in flat)
    assert len(choose("quick", count=7)) == 7
    assert len({case.group for case in choose("quick", count=40)}) > 8
    assert choose("quick", count=10**6) == all_cases("quick")


@pytest.mark.parametrize(
    ("options", "words"),
    [({"only": "("}, "regular expression"), ({"only": "no such case"}, "finds none"),
     ({"count": 0}, "1 or more"), ({"size": "huge"}, "quick or full")],
)  # fmt: skip
def test_a_choice_that_cannot_be_made_is_a_sentence(options, words):
    with pytest.raises(UsageError, match=words):
        choose(**options)


def test_without_the_demo_only_seeded_decoders_are_run(monkeypatch):
    monkeypatch.setattr(made, "has_demo", lambda: False)
    assert "demo" not in {case.decoder for case in all_cases("full")}
