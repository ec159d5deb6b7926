"""The page's values through the facade."""

from __future__ import annotations

import numpy as np
import pytest

from inspector import api
from inspector.errors import UsageError
from inspector.report.strict_json import dumps


def test_planes_of_the_page_are_float32_and_contiguous(differing):
    for meta, arrays in (
        api.page_mel(differing), api.page_audio(differing), api.page_tensor(differing, 0),
    ):  # fmt: skip
        dumps(meta)
        for array in arrays.values():
            assert array.dtype == np.float32
            assert array.flags.c_contiguous


def test_without_a_checkpoint_lab_and_search_say_what_is_missing(differing):
    lab = api.page_lab(differing, None)
    assert lab["available"] is False
    assert "checkpoint" in lab["reason"]
    with pytest.raises(UsageError, match="checkpoint"):
        api.page_lab_block(differing, None, "ode")
    with pytest.raises(UsageError, match="checkpoint"):
        api.page_culprit(differing, None)


def test_the_demo_pairs_have_files_that_exist():
    from pathlib import Path

    pairs = api.demo_pairs()
    assert pairs[0]["key"] == "story-unloaded-weights"
    for pair in pairs:
        assert all(Path(pair[part]).exists() for part in ("reference", "candidate", "checkpoint"))
