"""Prompt length, padding and the mel that the checks share."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from inspector.analysis.health_context import build_context
from inspector.errors import Cancelled, TraceError
from tests.analysis.synthetic_run import FRAMES, PROMPT, SyntheticRun, healthy_run


def _prompt(run: SyntheticRun):
    return build_context(run.trace, run.roles).prompt


def test_the_prompt_comes_from_cond_then_features_then_token_counts() -> None:
    run = healthy_run()
    run["prompt_feat"] = np.concatenate([run["prompt_feat"]] * 2, axis=1)  # longer than used
    found = _prompt(run)
    assert found is not None and (found.frames, found.total) == (PROMPT, FRAMES)
    assert "cond" in found.source
    run = healthy_run()
    run.drop("cond")
    found = _prompt(run)
    assert found is not None and found.frames == PROMPT and "features" in found.source
    run.drop("prompt_feat")
    run.add("prompt_token_len", np.array([20]), "B", "prompt_token_len")
    run.add("speech_token_len", np.array([40]), "B", "speech_token_len")
    found = _prompt(run)
    assert found is not None and found.frames == 40 and "token" in found.source


def test_a_cond_that_is_a_mask_says_nothing() -> None:
    run = healthy_run()
    run.drop("prompt_feat")
    run["cond"] = (np.arange(FRAMES) < 30).astype("f4")[None, None].repeat(20, 1)
    assert _prompt(run) is None


def test_without_any_source_there_is_no_prompt() -> None:
    run = healthy_run()
    run.drop("cond", "prompt_feat")
    assert _prompt(run) is None


@pytest.mark.parametrize(("start", "prompt"), [(0, PROMPT), (PROMPT, 0), (7, None)])
def test_a_trimmed_mel_has_no_prompt_frames(start: int, prompt: int | None) -> None:
    run = healthy_run()
    run["mel"] = run["mel"][:, :, start:]
    found = build_context(run.trace, run.roles).read_mel()
    assert found is not None
    assert found[0].shape[1] == FRAMES - start and found[2] == prompt


def test_padding_is_cut_from_the_mel() -> None:
    run = healthy_run()
    run["mask"] = (np.arange(FRAMES) < 100).astype("f4")[None, None]
    context = build_context(run.trace, run.roles)
    found = context.read_mel()
    assert context.valid == 100 and found is not None and found[0].shape[1] == 100


def test_an_unreadable_tensor_is_listed() -> None:
    run = healthy_run()
    trace = run.trace

    def fail():
        raise TraceError("truncated", "mu", "the file ends early")

    records = tuple(
        dataclasses.replace(r, load=fail) if r.name == "mu" else r for r in trace.records
    )
    context = build_context(dataclasses.replace(trace, records=records), run.roles)
    assert [name for name, _ in context.unreadable] == ["mu"]
    assert "mu" not in context.facts and len(context.facts) == len(records) - 1


def test_progress_is_told_and_may_cancel() -> None:
    run = healthy_run()
    seen: list[int] = []

    def stop(done: int, total: int, what: str) -> None:
        seen.append(done)
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        build_context(run.trace, run.roles, stop)
    assert seen == [1, 2, 3]
