"""Verdicts on real recordings of a real port; skipped where the recordings are absent."""

from __future__ import annotations

import json

import pytest

import inspector
from inspector import api
from inspector.cli.main import main
from tests.real import real_trace

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def itself():
    folder = real_trace("chatterbox-reference")
    return inspector.diff(folder, folder)


@pytest.fixture(scope="module")
def broken():
    return inspector.diff(
        real_trace("chatterbox-reference"), real_trace("chatterbox-reference-broken")
    )


@pytest.fixture(scope="module")
def swift():
    folder = real_trace("python-vs-swift")
    return inspector.diff(folder / "python", folder / "swift")


def failures(side):
    return {f.check: f.sentence for f in side.health.failures()}


def test_a_recording_against_itself_is_exactly_the_same(itself):
    assert (itself.verdict.status, itself.verdict.exit_code) == ("same", 0)
    assert itself.verdict.counts["same"] == len(itself.reference.trace) == 112
    for pair in api.document(itself)["pairs"]:
        metrics = pair["metrics"]
        for name in ("max_abs", "mean_abs", "rmse"):
            assert metrics[name] == 0
        assert metrics["relative_l2"] in (0, None)  # undefined for an all-zero reference
        assert metrics["max_ulp"] in (0, None)  # undefined for integers
        assert metrics["allclose_fraction"] == 1


def test_the_good_reference_is_healthy_and_its_blind_spots_are_noted(itself):
    health = itself.reference.health
    assert health.failures() == ()
    notes = " ".join(f.sentence for f in health.findings if f.status == "note")
    assert "all ones" in notes
    assert "Fortran" in notes
    assert "0.9 %" in notes
    ode = itself.answers["ode"].result.reference
    assert ode.euler_residual < 1e-6
    assert round(ode.cfg_rate, 6) == 0.7


def test_the_broken_recording_is_exposed_unasked(broken):
    assert broken.verdict.exit_code == 1
    assert broken.verdict.blamed == "candidate"
    assert failures(broken.reference) == {}
    said = " ".join(failures(broken.candidate).values())
    assert "Unconditional velocity identically zero" in said
    assert "CFG rate 0.5" in said
    assert "500 of 696 frames" in said
    assert "28.0 %" in said
    assert "99.6 %" in said
    assert "step7_cond_T is named cond but holds only 0 and 1" in said
    assert broken.verdict.sentence.startswith("Do not trust the candidate's recording")


def test_exchanged_sides_blame_the_reference(broken):
    exchanged = inspector.diff(broken.candidate.trace.path, broken.reference.trace.path)
    assert exchanged.verdict.exit_code == 1
    assert exchanged.verdict.blamed == "reference"
    assert exchanged.verdict.sentence.startswith("Do not trust the reference's recording")
    assert failures(exchanged.reference) == failures(broken.candidate)


def test_every_tensor_of_the_swift_port_is_matched_although_all_are_float32(swift):
    assert {r.dtype for r in swift.candidate.trace} == {"float32"}
    assert len(swift.tensors) == len(swift.candidate.trace) == 7
    assert swift.match.unmatched_candidate == ()
    status = {t.pair.reference.name: t for t in swift.tensors}
    assert status["step4_prompt_token"].status == "same"
    assert status["step4_s3_embedding"].status == "same"
    feat = status["step4_prompt_feat"]
    assert feat.status == "different"
    assert feat.rearranged
    assert "same values in another order" in feat.sentence().lower()


def test_tokens_durations_and_clipping_of_the_swift_port_are_named(swift):
    tokens = {c.name: c for c in swift.answers["tokens"].result.comparisons}
    speech = tokens["speech tokens"]
    assert (speech.reference_length, speech.candidate_length) == (125, 195)
    assert (speech.first_difference, speech.reference_value, speech.candidate_value) == (
        0, 1732, 3676,
    )  # fmt: skip
    wave = swift.answers["waveform"].result
    assert round(wave.reference.duration_s, 2) == 5.0
    assert round(wave.candidate.duration_s, 2) == 7.8
    assert round(100 * wave.candidate.clipped_fraction) == 9
    assert wave.reference.clipped_fraction == 0
    assert "125 against 195" in swift.verdict.sentence
    assert swift.verdict.exit_code == 1


def test_the_command_returns_the_same_codes(tmp_path, capsys):
    good, bad = real_trace("chatterbox-reference"), real_trace("chatterbox-reference-broken")
    assert main(["diff", str(good), str(good)]) == 0
    target = tmp_path / "result.json"
    assert main(["diff", str(good), str(bad), "--json", str(target)]) == 1
    capsys.readouterr()
    document = json.loads(target.read_text())
    assert document["verdict"]["status"] == "different"
    assert {f["status"] for f in document["health"]["reference"]} == {"ok", "note"}
