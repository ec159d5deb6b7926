"""Solved weights put together to the mistake they belong to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.diagnose.layer_recovery import recover_layers
from inspector.diagnose.recovered_suspects import suspects_from_layers
from inspector.diagnose.suspect import RECOVERED
from tests.diagnose.searches import WEIGHTS, Desk, edit_of, errors_of, pair_of, pair_with, record

TRANSFORMER, RESNET = "mid_blocks.0.1.0", "mid_blocks.0.0"
QUERY, OUT = f"{TRANSFORMER}.attn1.to_q", f"{TRANSFORMER}.attn1.to_out.0"


def found(pair):
    desk = Desk(pair)
    findings = recover_layers(desk.bench, list(errors_of(pair, [0, 1]).faulty))
    assert findings
    return suspects_from_layers(findings, desk.hypotheses)


def found_at(fault, *places):
    return found(pair_with(edit_of((fault, places)), "ops"))


@pytest.mark.parametrize(
    ("fault", "places"),
    [
        ("final_projection_unloaded", ("final_proj",)),
        ("attention_unloaded", (QUERY, OUT)),
        ("feed_forward_unloaded", (f"{TRANSFORMER}.ff.net.0.proj", f"{TRANSFORMER}.ff.net.2")),
        ("convolution_unloaded", (f"{RESNET}.block1.block.0",)),
        ("resnet_time_and_skip_unloaded", (f"{RESNET}.res_conv",)),
    ],
)
def test_fresh_layers_join_the_smallest_group_that_holds_them(fault, places):
    (suspect,) = found_at(fault, *places)
    assert suspect.fault == fault
    assert set(suspect.where) == set(places)
    assert suspect.scope == ("one" if len(places) == 1 else "some")
    assert suspect.evidence == RECOVERED
    assert suspect.kind == "fault"


def test_two_groups_are_two_suspects():
    edit = edit_of(
        ("attention_unloaded", (QUERY,)), ("convolution_unloaded", (f"{RESNET}.block1.block.0",))
    )
    suspects = found(pair_with(edit, "ops"))
    assert {s.fault for s in suspects} == {"attention_unloaded", "convolution_unloaded"}


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        ("linear_transposed", QUERY),
        ("kernel_flipped", f"{RESNET}.block1.block.0"),
        ("rows_zeroed", OUT),
        ("weight_zero", OUT),
        ("output_bias_lost", OUT),
        ("bias_lost", f"{RESNET}.block1.block.0"),
        ("output_bias_random", OUT),
        ("bias_random", f"{RESNET}.block1.block.0"),
        ("bias_invented", QUERY),
    ],
)
def test_other_relations_are_the_faults_of_the_registry(fault, place):
    (suspect,) = found_at(fault, place)
    assert (suspect.fault, suspect.where) == (fault, (place,))
    assert suspect.records


def test_a_relation_outside_the_registry_keeps_its_own_name():
    scaled = {**WEIGHTS, f"{QUERY}.weight": WEIGHTS[f"{QUERY}.weight"] * 1.5}
    (suspect,) = found(pair_of(record("ops", weights=scaled), "ops"))
    assert (suspect.fault, suspect.slot, suspect.kind) == ("weights_scaled", "weights", "fault")
    assert "1.5" in suspect.sentence


def test_the_sentence_quotes_two_layers_and_counts_the_rest():
    places = tuple(f"{TRANSFORMER}.attn1.{p}" for p in ("to_q", "to_k", "to_v", "to_out.0"))
    (suspect,) = found_at("attention_unloaded", *places)
    assert suspect.sentence.count("The weights of ") == 2
    assert "(and 2 more layers)" in suspect.sentence


def test_no_findings_are_no_suspects():
    assert suspects_from_layers([], Desk(pair_with(None)).hypotheses) == []


def test_an_unregistered_fresh_layer_still_has_a_name():
    pair = pair_with(edit_of("final_projection_unloaded"), "ops")
    desk = Desk(pair, keys=("kernel_flipped",))
    (finding,) = recover_layers(desk.bench, [desk.cell("final_proj")])
    (suspect,) = suspects_from_layers([replace(finding)], desk.hypotheses)
    assert (suspect.fault, suspect.title) == ("weights_fresh", "Weights are fresh")
