"""The detail of a pair holds its metrics, planes and histograms."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.report.strict_json import dumps
from inspector.views.tensor_detail import detail_payload
from tests import runs


def test_planes_hold_the_values_of_both_sides(differing):
    row = differing.row_of("step7_step3_dxdt_cond")
    meta, planes = detail_payload(differing, row)
    run = runs.healthy_run()
    stored = run["step7_step3_dxdt_cond"][0]
    np.testing.assert_array_equal(planes["reference"], stored)
    np.testing.assert_allclose(planes["difference"], 0.1 * stored, rtol=1e-4, atol=1e-6)
    assert (meta["planes"]["rows"], meta["planes"]["columns"]) == stored.shape
    assert all(p.dtype == np.float32 for p in planes.values())
    names = {m["name"]: m["value"] for m in meta["metrics"]}
    assert abs(names["norm_ratio"] - 1.1) < 1e-6
    assert meta["worst"]["index"] == list(
        np.unravel_index(np.abs(stored).argmax(), (1, *stored.shape))
    )
    assert sum(meta["histogram"]["reference"]) == stored.size
    dumps(meta)


def test_every_row_can_be_shown(differing):
    for row in range(len(differing.tensors)):
        dumps(detail_payload(differing, row)[0])


def test_the_form_of_the_error_and_none_without_one(differing):
    form = detail_payload(differing, differing.row_of("step7_step3_dxdt_cond"))[0]["form"]
    assert [f["title"] for f in form["forms"]] == ["Gain"]
    assert form["forms"][0]["leaves"].startswith("leaves ")
    assert form["unexplained"] == ""
    assert detail_payload(differing, differing.row_of("step7_step1_t"))[0]["form"] is None


@pytest.mark.parametrize("row", [-1, 10**6])
def test_a_row_that_is_not_there_is_refused(differing, row):
    with pytest.raises(UsageError, match="no such tensor"):
        detail_payload(differing, row)
