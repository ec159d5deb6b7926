"""Mistakes in the classifier-free guidance: its rows, formula and rate."""

from __future__ import annotations

from inspector.blocks.graph import Graph, Node
from inspector.faults.fault import Fault
from inspector.faults.scope import Select, constants, entry, named, nodes, wired

_GUIDE = nodes("guide")


def _row(*names: str) -> Select:
    """Nodes that make the unconditional rows, where there are some."""
    return lambda n: n.name in names and n.constants.get("copies") != 1


def _formula(formula: str, text: str, symptom: str, records: tuple[str, ...], title: str) -> Fault:
    return entry(
        constants(_GUIDE, formula=formula),
        key=f"cfg_{formula}", title=title, slot="cfg_combination",
        change=f"The guided velocity is {text} in place of (1 + r) c - r u.",
        symptom=symptom, records=records, first_seen="guided velocity",
    )  # fmt: skip


def _parts_swapped(graph: Graph, _place: str) -> dict[str, Node]:
    """Both shares of the rows taken crosswise."""
    return {
        name: graph.node(name).with_settings(part=part)
        for name, part in (("ode.v_cond", 1), ("ode.v_uncond", 0))
    }


def _operands_swapped(graph: Graph, place: str) -> dict[str, Node]:
    node = graph.node(place)
    return {place: node.with_input(0, node.inputs[1]).with_input(1, node.inputs[0])}


_UNCONDITIONAL = "The conditional row and every value of it are right."

FAULTS = (
    _formula("interpolate", "u + r (c - u)", "c and u are right; the rate solved from them is "
             "r - 1.", ("CF01", "R22"), "Guidance interpolates"),
    _formula("mixed", "(1 - r) c + r u", "c and u are right; the rate solved from them is -r: the "
             "mel is washed out.", ("CF01",), "Guidance of the opposite sign"),
    _formula("sum", "(1 + r) c + r u", "c and u are right; the range of the state explodes.",
             ("CF01",), "Guidance adds the unconditional velocity"),
    _formula("minus", "(1 - r) c - r u", "c and u are right; nearly the whole mel is positive.",
             ("CF01",), "Guidance subtracts from too little"),
    _formula("conditional", "c", "c and u are right; the rate solved from them is 0.",
             ("CF06", "CF07"), "Guidance skipped"),
    _formula("unconditional", "u", "c and u are right; the rate solved from them is -1.",
             ("CF05",), "Unconditional velocity used"),
    _formula("gain", "(1 + r) c", "c and u are right; the guided velocity is c with a gain.",
             ("MK17",), "Unconditional velocity not subtracted"),
    entry(
        constants(_GUIDE, rate=0.5),
        key="cfg_rate_half", title="Guidance rate 0.5", slot="cfg_combination",
        change="The guidance rate is 0.5, as taken from another configuration.",
        symptom="c and u are right; the rate solved from them is 0.5.",
        records=("CF02", "R23"), first_seen="guided velocity",
    ),
    entry(
        wired(named("ode.v_cond", needs=("ode.v_uncond",)), _parts_swapped),
        key="cfg_rows_swapped", title="Conditional and unconditional rows swapped",
        slot="cfg_combination",
        change="The first half of the rows is taken for the unconditional one.",
        symptom="Both velocities are right when matched crosswise; the guided one is not.",
        records=("CF05", "R24"), first_seen="conditional velocity",
    ),
    entry(
        wired(named("ode.v_cfg"), _operands_swapped),
        key="cfg_operands_swapped", title="Guidance away from the condition",
        slot="cfg_combination",
        change="The guided velocity is (1 + r) u - r c in place of (1 + r) c - r u.",
        symptom="c and u are right; the rate solved from them is -(1 + r).",
        records=("CF05", "R24"), first_seen="guided velocity",
    ),
    entry(
        constants(_row("rows.mu", "rows.speaker"), second="same"),
        key="uncond_keeps_mu_and_speaker", title="Unconditional row keeps mu and speaker",
        slot="cfg_rows",
        change="mu and the speaker embedding are not zeroed in the unconditional row.",
        symptom=f"{_UNCONDITIONAL} Guidance largely cancels.",
        records=("CF03", "R21"), first_seen="input concat, unconditional row",
    ),
    entry(
        constants(_row("rows.cond"), second="same"),
        key="uncond_keeps_prompt", title="Unconditional row keeps the prompt", slot="cfg_rows",
        change="The prompt mel is not zeroed in the unconditional row.",
        symptom=_UNCONDITIONAL, records=("CF03",),
        first_seen="input concat, unconditional row", blind="no prompt",
    ),
    entry(
        constants(_row("rows.mask"), second="zero"),
        key="uncond_mask_zero", title="Mask of the unconditional row is zero", slot="cfg_rows",
        change="The mask of the unconditional row is 0 in place of that of the conditional one.",
        symptom="The unconditional velocity is exactly 0, so the guided one is (1 + r) c.",
        records=("MK17", "R20"), first_seen="unconditional row",
    ),
    entry(
        constants(_row("rows.t"), second="zero"),
        key="uncond_time_zero", title="Unconditional row without time", slot="cfg_rows",
        change="t is given for the conditional row only; the unconditional one gets 0.",
        symptom=f"{_UNCONDITIONAL} The unconditional velocity is that of t = 0.",
        records=("OD06", "TE04"), first_seen="time embedding, unconditional row",
        blind="t = 0", silent_when=("first_step",),
    ),
    entry(
        constants(_row("rows.x"), second="zero"),
        key="uncond_state_zero", title="Unconditional row without the state", slot="cfg_rows",
        change="The state is zeroed in the unconditional row together with the conditions.",
        symptom=_UNCONDITIONAL, records=("CF03",),
        first_seen="input concat, unconditional row",
    ),
)  # fmt: skip
