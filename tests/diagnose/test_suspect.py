"""The shape of a result."""

from __future__ import annotations

import dataclasses
import json

import pytest

from inspector.diagnose.suspect import EVIDENCE, CulpritReport
from inspector.live.introduced import IntroducedMap
from tests.diagnose.searches import cell_of, suspect_of


def test_a_suspect_becomes_the_fields_that_the_document_promises():
    values = suspect_of().to_dict()
    promised = {"fault", "slot", "where", "scope", "explained", "residual", "noise_floor",
                "sentence", "margin", "title", "change", "evidence", "records", "alike",
                "kind", "cells"}  # fmt: skip
    assert promised == set(values)
    assert values["where"] == ["mid_blocks.0.0.block1.block.0"]
    json.dumps(values, allow_nan=False)


def test_a_report_becomes_a_document():
    report = CulpritReport(
        (suspect_of(),), False, IntroducedMap((cell_of(),)), ("mid_blocks.1.0",), ("line",),
        "Found.",
        ("ode.v_cfg",), "blocks", 1.5, True, ("assumed",),
    )  # fmt: skip
    values = json.loads(json.dumps(report.to_dict()))
    assert values["healthy"] is False
    assert values["suspects"] == [json.loads(json.dumps(suspect_of().to_dict()))]
    assert values["introduced"]["cells"][0]["node"] == "mid_blocks.0.0"
    assert values["introduced"]["cells"][0]["step"] == 2
    assert values["unexplained"] == ["mid_blocks.1.0"]
    assert (values["log"], values["notes"]) == (["line"], ["assumed"])
    assert (values["reference_faults"], values["complete"]) == (["ode.v_cfg"], True)


def test_results_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        suspect_of().fault = "x"  # type: ignore[misc] # that is what is tested


def test_exact_evidence_comes_before_partial():
    assert EVIDENCE.index("exact") < EVIDENCE.index("statistical") < EVIDENCE.index("partial")
