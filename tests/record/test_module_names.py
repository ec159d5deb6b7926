"""Names of recorded tensors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.match.names import parse_trace
from inspector.record.module_names import ModuleNames, in_step
from tests.match.build import make_trace


def names(*paths, prefix=""):
    return ModuleNames(prefix, ("", *paths))


def test_outputs_and_inputs():
    own = names("a", "a.0")
    first = own.call(1, "a.0")
    assert own.input(first, "a.0", ("0",)) == "step01/a.0.input"
    assert own.input(first, "a.0", ("1",)) == "step01/a.0.input.1"
    assert own.input(first, "a.0", ("mask",)) == "step01/a.0.input.mask"
    assert own.output(first, "a.0", ()) == "step01/a.0"
    second = own.call(1, "a.0")
    assert own.output(second, "a.0", ("1",)) == "step01/a.0.call2.1"
    assert own.output(own.call(2, "a.0"), "a.0", ()) == "step02/a.0"
    assert own.output(own.call(None, "a.0"), "a.0", ()) == "a.0"


@pytest.mark.parametrize(
    ("prefix", "paths", "root"),
    [
        ("", (), "model"),
        ("", ("model",), "model_"),
        ("decoder.estimator.", ("model",), "decoder.estimator"),
    ],
)
def test_the_model_itself_has_a_name(prefix, paths, root):
    own = names(*paths, prefix=prefix)
    assert own.output(own.call(1, ""), "", ()) == f"step01/{root}"


def test_a_part_never_takes_the_name_of_a_child():
    own = names("a", "a.0", "a.input", "a.call2", "a.output")
    call = own.call(None, "a")
    assert own.output(call, "a", ("0",)) == "a.output_.0"
    assert own.output(call, "a", ("1",)) == "a.1"
    assert own.input(call, "a", ("0",)) == "a.input_"
    assert own.call(None, "a") == "a.call2_"


def test_a_key_never_looks_like_an_input_or_a_call():
    own = names("a")
    call = own.call(None, "a")
    assert own.output(call, "a", ("input",)) == "a.output.input"
    assert own.output(call, "a", ("call2",)) == "a.output.call2"


def test_added_names_are_never_lost():
    own = names()
    assert own.added(3, "ode.t") == "step03/ode.t"
    assert own.added(3, "ode.t") == "step03/ode.t.call2"
    assert own.added(3, "ode.t") == "step03/ode.t.call3"
    assert own.added(None, "__metadata__") == "__metadata__.call2"


_PATHS = st.lists(
    st.lists(st.sampled_from(["0", "1", "a", "input", "output", "call2", "model"]), max_size=3)
    .map(".".join),
    max_size=8,
)  # fmt: skip
_PLACES = st.lists(st.sampled_from(["0", "1", "input", "output", "call2", "a"]), max_size=2)


@given(_PATHS, st.lists(st.tuples(st.integers(0, 7), st.booleans(), _PLACES), max_size=30))
def test_no_name_is_given_twice(paths, events):
    paths = ["", *dict.fromkeys(p for p in paths if p)]
    own = ModuleNames("", paths)
    given_names = []
    for number, is_input, place in events:
        path = paths[number % len(paths)]
        call = own.call(1, path)
        kind = own.input if is_input else own.output
        given_names.append(kind(call, path, tuple(place) or (("0",) if is_input else ())))
    assert len(set(given_names)) == len(given_names)


def test_the_matcher_reads_the_names():
    own = names("mid_blocks.0.0", "lstm", prefix="decoder.estimator")
    made = []
    for step in (1, 2):
        call = own.call(step, "mid_blocks.0.0")
        made += [own.input(call, "mid_blocks.0.0", ("0",)), own.output(call, "mid_blocks.0.0", ())]
        made.append(own.output(own.call(step, "lstm"), "lstm", ("1", "0")))
        made.append(own.added(step, "ode.x_before"))
    parsed = parse_trace(make_trace(dict.fromkeys(made, 0.0)))
    assert [parsed[name].step for name in made] == [1] * 4 + [2] * 4
    assert parsed[made[3]].role == "x_before"
    assert parsed[made[0]].tokens[-4:] == ("blocks", "0", "0", "input")


def test_the_busiest_module_is_the_uppermost():
    own = names("a", "a.b", "c")
    for _ in range(3):
        own.call(1, "a.b")
        own.call(1, "a")
    own.call(1, "c")
    assert own.busiest() == ("a", 3, 1)
    assert names().busiest() == ("", 0, None)


def test_steps_have_two_digits_or_more():
    assert [in_step(n, "x") for n in (0, 10, 100)] == ["step00/x", "step10/x", "step100/x"]
