"""The facade: one core behind notebook, command line and page."""

from __future__ import annotations

import json

import numpy as np
import pytest

import inspector
from inspector import api
from inspector.errors import TraceError, UsageError
from inspector.report.strict_json import dumps


def test_the_three_doors_say_the_same(run_folders, tmp_path, capsys):
    from inspector.cli.main import main

    reference, _, broken = run_folders
    comparison = inspector.diff(reference, broken, json=tmp_path / "python.json")
    main(["diff", str(reference), str(broken), "--json", str(tmp_path / "cli.json")])
    printed = capsys.readouterr().out
    python, cli = (json.loads((tmp_path / f"{n}.json").read_text()) for n in ("python", "cli"))
    assert python == cli
    assert python["verdict"] == json.loads(dumps(api.page_summary(comparison)["verdict"])) | {
        "first_divergence": python["verdict"]["first_divergence"]
    }
    assert comparison.verdict.sentence in printed
    assert inspector.text(comparison) == printed


def test_top_level_names_load_on_demand():
    for name in inspector.__all__:
        assert getattr(inspector, name) is not None
    with pytest.raises(AttributeError):
        inspector.no_such_name  # noqa: B018 - the access itself is under test


def test_every_view_of_the_page_is_json_and_every_figure_is_png(differing):
    for key, title in api.view_keys():
        page = api.page_view(differing, key)
        dumps(page)
        assert page["title"] == title
        for figure in page["figures"]:
            assert api.render_figure(differing, key, figure["name"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("key", "name", "theme"),
    [("mel", "nope", "light"), ("nope", "mel", "light"), ("mel", "mel", "pink")],
)
def test_an_unknown_view_figure_or_theme_is_a_sentence(differing, key, name, theme):
    with pytest.raises(UsageError):
        api.render_figure(differing, key, name, theme)


def test_planes_of_the_page_are_float32_and_contiguous(differing):
    for meta, arrays in (
        api.page_mel(differing), api.page_audio(differing), api.page_tensor(differing, 0),
    ):  # fmt: skip
        dumps(meta)
        for array in arrays.values():
            assert array.dtype == np.float32
            assert array.flags.c_contiguous


def test_missing_traces_are_a_sentence(tmp_path):
    with pytest.raises(TraceError):
        inspector.diff(tmp_path / "none", tmp_path / "none")


def test_options_reach_the_comparison(run_folders):
    reference, port, _ = run_folders
    found = inspector.diff(
        reference, port, only="x_after", rtol=0.5, cutoff=5000.0, sample_rate=16000
    )
    assert found.options.cutoff_hz == 5000
    assert {t.pair.role for t in found.tensors} == {"x_after"}
