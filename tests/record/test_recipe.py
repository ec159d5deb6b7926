"""The Swift recipe keeps the naming convention of the recorders."""

from __future__ import annotations

import re

import pytest

from inspector.io.sidefile import _FIELDS
from inspector.match.names import parse_name, parse_trace
from inspector.record import swift_recipe
from inspector.record.module_names import ModuleNames, in_step
from inspector.record.side_file import CONTAINER
from tests.match.build import make_trace

TEXT = swift_recipe()
CODE = "\n".join(re.findall(r"```swift\n(.*?)```", TEXT, re.DOTALL))
SHOWN = re.findall(r"`(step01/[^`]+)`", TEXT)
ODE = sorted(set(re.findall(r'recorder\.add\("(ode\.[a-z_]+)"', CODE)))
OUTSIDE = sorted(set(re.findall(r'recorder\.add\("(flow\.[a-z_]+)"', CODE)))
ROLES = {
    "ode.t": "t", "ode.dt": "dt", "ode.x_before": "x_before", "ode.x_after": "x_after",
    "ode.dxdt_cond": "v_cond", "ode.dxdt_uncond": "v_uncond", "ode.dxdt_cfg": "v_cfg",
    "flow.mu": "mu", "flow.mask": "mask", "flow.initial_noise": "initial_noise",
    "flow.mel": "mel",
}  # fmt: skip


def test_the_names_of_the_table_are_those_of_the_recorders():
    path = "mid_blocks.0.0"
    own = ModuleNames("", ("", path, "encoder"))
    first, second = own.call(1, path), own.call(1, path)
    encoder = own.call(1, "encoder")
    made = {
        own.output(first, path, ()), own.input(first, path, ("0",)), own.output(second, path, ()),
        own.output(encoder, "encoder", ("0",)), own.output(encoder, "encoder", ("mask",)),
    }  # fmt: skip
    assert made <= set(SHOWN)
    assert {name for name in SHOWN if "ode." not in name} == made


def test_the_names_of_the_table_are_read_as_steps():
    parsed = parse_trace(make_trace(dict.fromkeys(SHOWN, 0.0)))
    assert {one.step for one in parsed.values()} == {1}
    assert {one.stage for one in parsed.values()} == {None}
    assert len(SHOWN) >= 12


@pytest.mark.parametrize("name", ODE + OUTSIDE)
def test_the_names_of_the_solver_have_their_roles(name):
    step = 1 if name.startswith("ode.") else None
    parsed = parse_name(in_step(step, name))
    assert (parsed.role, parsed.step) == (ROLES[name], step)


def test_the_solver_records_all_that_the_checks_need():
    assert set(ODE) | set(OUTSIDE) == set(ROLES)


def test_the_code_writes_steps_and_calls_as_we_do():
    pattern = re.search(r'String\(format: "([^"]+)"', CODE)
    assert pattern is not None
    assert pattern[1] % 7 + "x" == in_step(7, "x")
    call = re.search(r'"(\.call)\\\(call\)"', CODE)
    assert call is not None
    own = ModuleNames("", ("", "a"))
    own.call(1, "a")
    assert own.call(1, "a") == f"step01/a{call[1]}2"


def test_the_files_and_facts_are_those_that_the_reader_knows():
    assert f'"{CONTAINER}"' in CODE
    assert '"trace.json"' in CODE
    keys = set(re.findall(r'facts\["(\w+)"\]', CODE)) | set(
        re.findall(r'"(\w+)": (?:framework|order)[,\]]', CODE.split("var facts")[1].split("\n")[0])
    )
    assert keys == {"framework", "order", "steps", "cfg_rate", "layouts"}
    assert keys <= set(_FIELDS)


def test_braces_and_brackets_of_the_code_are_balanced():
    bare = re.sub(r'"(?:\\.|[^"\\])*"|//[^\n]*', "", CODE)
    for left, right in ("{}", "()", "[]"):
        assert bare.count(left) == bare.count(right) > 0


def test_in_place_sums_cannot_leak_into_a_capture():
    added = CODE.split("public func add(_ path: String, _ value: MLXArray)")[1].split("\n    }")[0]
    assert "value.reshaped(value.shape)" in added
    assert "arrays[name] = copy" in added
    assert added.index("eval(copy)") < added.index("arrays[name] = copy")
