"""A culprit report whatever the names and numbers are: strict JSON, a terminal left alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from inspector.diagnose.suspect import CulpritReport
from inspector.live.introduced import IntroducedMap
from inspector.report.culprit import culprit_document, render_culprit
from inspector.report.strict_json import dumps
from tests.diagnose.searches import cell_of, suspect_of

BAD = "x\x1b[31m\u202e\n"
REPORT = CulpritReport(
    (suspect_of(records=("WF03",)),), False, IntroducedMap((cell_of(),)), ("mid_blocks.0.0",),
    sentence="Found.", level="blocks",
)  # fmt: skip


@pytest.mark.parametrize("verbose", [False, True])
def test_names_cannot_steer_the_terminal(verbose):
    clean = replace(REPORT, log=("x",), introduced=replace(REPORT.introduced, assumed=("x",)))
    hostile = replace(
        REPORT, suspects=(suspect_of(title=BAD, sentence=BAD, records=("WF03",)),), sentence=BAD,
        log=(BAD,), introduced=replace(REPORT.introduced, assumed=(BAD,)),
    )  # fmt: skip
    text = render_culprit(hostile, verbose=verbose)
    assert not any(ord(c) < 32 and c != "\n" for c in text)
    assert "\u202e" not in text
    assert text.count("\n") == render_culprit(clean, verbose=verbose).count("\n")


def test_the_document_is_strict_json_whatever_the_numbers_are():
    odd = replace(
        REPORT,
        suspects=(suspect_of(margin=float("inf"), residual=float("nan")),),
        introduced=IntroducedMap((cell_of(introduced=float("nan"), total=float("inf")),)),
    )
    text = dumps(culprit_document(odd), indent=2)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_records_and_assumptions_are_shown():
    text = render_culprit(replace(REPORT, introduced=IntroducedMap((cell_of(),), (), ("why",))))
    assert "resembles: " in text and "(WF03)" in text
    assert "note       why" in text
