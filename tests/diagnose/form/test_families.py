"""Every planted mistake is named first, and no other family is sure of anything wrong."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import find_forms
from inspector.diagnose.form.families import FAMILIES
from inspector.diagnose.form.report import CONFIDENCES, KINDS
from tests.diagnose.form.planted import Planted, arrays, planted

KINDS_OF_ARRAY = sorted(arrays())


@pytest.fixture(scope="module")
def cases() -> dict[str, list[Planted]]:
    found: dict[str, list[Planted]] = {name: [] for name in KINDS_OF_ARRAY}
    for case in planted():
        found[case.name.split(":")[0]].append(case)
    return found


@pytest.mark.parametrize("name", KINDS_OF_ARRAY)
def test_the_planted_mistake_is_named_first_and_nothing_wrong_is_certain(name, cases):
    wrong = []
    assert len(cases[name]) >= 5
    for case in cases[name]:
        report = find_forms(case.reference, case.candidate, case.context)
        best = report.best
        first = best is not None and best.key in case.truth and best.confidence == "certain"
        false = [
            form.key
            for form in report.ranked
            if form.confidence == "certain" and form.kind != "place" and form.key not in case.truth
        ]
        if not first or false:
            keys = [(form.key, form.confidence) for form in report.ranked]
            wrong.append((case.name, sorted(case.truth), keys))
    assert not wrong


def test_every_family_can_be_asked_about_anything(cases):
    for name, (case, *_) in cases.items():
        report = find_forms(case.reference, case.candidate, case.context)
        for form in report.ranked:
            assert form.kind in KINDS and form.confidence in CONFIDENCES, name
            assert form.sentence.endswith("."), form.sentence
            assert all(record[:2].isalpha() or record[0] == "R" for record in form.records)
    assert {"scale", "memory", "permutation", "shift", "places", "nonfinite"} <= set(FAMILIES)


@pytest.mark.parametrize("name", [n for n in KINDS_OF_ARRAY if n != "tokens"])
@pytest.mark.parametrize("kind", ["rounding", "relative", "smooth"])
def test_noise_has_no_form(name, kind):
    for seed in range(3):
        array = arrays(seed)[name]
        x, draw = array.values, np.random.default_rng(1000 + seed)
        noise = draw.standard_normal(x.shape)
        if kind == "relative":
            noise *= np.abs(x)
        if kind == "smooth":
            axis = array.context.letters.index("T")
            noise = np.apply_along_axis(np.convolve, axis, noise, np.ones(9) / 3, "same")
        candidate = (x + 1e-4 * noise).astype(np.float32)
        report = find_forms(x, candidate, array.context)
        assert report.ranked == ()
        assert report.unexplained.startswith("No simple change")


@pytest.mark.parametrize("name", [n for n in KINDS_OF_ARRAY if n != "tokens"])
def test_unrelated_tensors_are_no_change_of_each_other(name):
    for seed in range(3):
        one, two = arrays(seed)[name], arrays(seed + 500)[name]
        report = find_forms(one.values, two.values, one.context)
        assert all(form.kind == "fact" and form.residual is None for form in report.ranked)
