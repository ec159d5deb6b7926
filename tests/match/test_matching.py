"""Whole matches, on traces in memory and on the real recordings."""

import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import Cancelled, TraceError, UsageError
from inspector.match.mapping import Mapping, MappingEntry
from inspector.tensors import Trace
from tests.match.build import (
    make_trace,
    match,
    open_folder,
    partners,
    shapes_trace,
    unreadable,
)
from tests.real import real_trace

STEP_PARTS = ("t", "dt", "x_before", "dxdt_cond", "dxdt_uncond", "dxdt_cfg", "x_after")
MLX_PARTS = ("t", "dt", "x_before", "v_cond", "v_uncond", "v_mix", "x_after")


def pytorch_trace(frames=11, channels=7, steps=3, seed=0) -> Trace:
    """PyTorch names in flat files, BCT, batch 1."""
    rng = np.random.default_rng(seed)
    plane = lambda: rng.normal(size=(1, channels, frames)).astype(np.float32)  # noqa: E731 - short
    arrays = {
        "step1_text_tokens": np.arange(5, dtype=np.int32),
        "step5_spk_emb": rng.normal(size=(1, channels)).astype(np.float32),
        "step6_mu": plane(),
        "step7_initial_noise": plane(),
        "step7_t_span": np.linspace(0, 1, steps + 1, dtype=np.float32),
    }
    for n in range(1, steps + 1):
        for part in STEP_PARTS:
            small = part in ("t", "dt")
            arrays[f"step7_step{n}_{part}"] = np.array([0.1 * n]) if small else plane()
        arrays[f"step7_step{n}_decoder.estimator.down_blocks.0.0.block1.block.0"] = plane()
        arrays[f"step7_step{n}_decoder.estimator.down_blocks.0.1.0.attn1.to_q"] = plane()
    arrays["step7_final_mel"] = plane()
    arrays["step8_audio"] = rng.normal(size=(1, frames * 480)).astype(np.float32)
    return make_trace(arrays)


def renamed(trace: Trace, snake: bool, first: int = 1) -> Trace:
    """The same run as an MLX port would store it: other names, BTC, scalars, batch 2."""
    names = {
        "step1_text_tokens": "text_tokens",
        "step5_spk_emb": "spk_emb",
        "step6_mu": "mu",
        "step7_initial_noise": "noise",
        "step7_t_span": "tSpan",
        "step7_final_mel": "ode_output",
        "step8_audio": "audio",
    }
    arrays = {}
    for record in trace.records:
        values = record.read()
        name = names.get(record.name, record.name)
        if name == record.name:
            number = int(name.split("_")[1][4:]) - 1 + first
            part = name.split("_", 2)[2]
            if part in STEP_PARTS:
                part = MLX_PARTS[STEP_PARTS.index(part)]
            elif "to_q" in part:
                part = (
                    "down_blocks_0.transformer_0.attn.query_proj"
                    if snake
                    else "decoder.downBlocks[0].transformers[0].attention.queryProj"
                )
            else:
                part = (
                    "down_blocks_0.resnet.block1.conv.conv"
                    if snake
                    else "decoder.downBlocks[0].resnet.block1.conv.conv"
                )
            name = f"ode_step{number}/{part}" if snake else f"swift_ode_step{number}::{part}"
        if values.ndim == 3:
            values = values.transpose(0, 2, 1)
            if name.endswith("x_before"):
                values = np.concatenate([values, values + 1])
        elif values.shape == (1,):
            values = values.reshape(())
        arrays[name] = values.astype(np.float32)
    return make_trace(arrays, framework="mlx")


@pytest.mark.parametrize("snake", [True, False])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("frames", [11, 7])  # 7 frames and 7 channels: equal axes
def test_a_port_with_other_names_and_layout_is_matched_completely(snake, first, frames):
    reference = pytorch_trace(frames)
    result = match(reference, renamed(reference, snake, first))
    assert result.unmatched_reference == result.unmatched_candidate == result.ambiguous == ()
    assert len(result.pairs) == len(reference)
    for pair in result.pairs:
        left, right = pair.read()
        assert left.shape == right.shape
        np.testing.assert_allclose(left, right, rtol=1e-6)
        assert pair.mismatch == ""
        assert pair.confidence >= 0.7
    order = [p.reference.name for p in result.pairs]
    assert order.index("step6_mu") < order.index("step7_step1_t")
    assert order.index("step7_step3_x_after") < order.index("step7_final_mel")
    assert [p.step for p in result.pairs if p.role == "x_after"] == [1, 2, 3]
    before = next(p for p in result.pairs if p.role == "x_before")
    assert before.candidate_layout.row == 0 and before.letters == "BCT"
    assert any("row 0" in note.lower() for note in result.notes)
    assert any("counts ODE steps from 0" in note for note in result.notes) == (first == 0)


def test_the_reverse_match_mirrors():
    reference = pytorch_trace()
    candidate = renamed(reference, True)
    forward, back = match(reference, candidate), match(candidate, reference)
    assert partners(forward) == {r: c for c, r in partners(back).items()}
    for pair in back.pairs:
        left, right = pair.read()
        np.testing.assert_allclose(left, right, rtol=1e-6)


def test_equal_axes_of_unrelated_values_follow_the_other_tensors():
    reference, other = pytorch_trace(7), pytorch_trace(7, seed=1)
    result = match(reference, renamed(reference, True))
    assert {p.candidate_layout.axes for p in result.pairs if len(p.reference.shape) == 3} == {
        (0, 2, 1)
    }
    bad = renamed(reference, True)
    wrong = {r.name: r for r in renamed(other, True)}
    mixed = Trace(
        "x",
        tuple(wrong[r.name] if r.name == "ode_output" else r for r in bad.records),
        type(bad.info)(),
    )
    mel = next(p for p in match(reference, mixed).pairs if p.role == "mel")
    assert mel.candidate_layout.axes == (0, 2, 1)
    assert mel.confidence < 0.7
    assert any("other tensors" in note for note in mel.notes)


def test_a_lone_step_is_step_1():
    reference = shapes_trace({f"step7_step{n}_x_after": (2, 3) for n in (1, 2)})
    result = match(reference, shapes_trace({"x_after": (2, 3)}))
    (pair,) = result.pairs
    assert pair.reference.name == "step7_step1_x_after"
    assert "no step number" in pair.notes[0]


def test_a_mapping_overrides_names():
    reference = shapes_trace({"mel": (1, 80, 9), "b": (1, 80, 9)})
    candidate = shapes_trace({"mel": (1, 80, 9), "x": (1, 9, 80)})
    mapping = Mapping((MappingEntry("mel", "x", (0, 2, 1)),), "my.yaml")
    result = match(reference, candidate, mapping=mapping)
    pair = next(p for p in result.pairs if p.reference.name == "mel")
    assert (pair.candidate.name, pair.rule, pair.confidence) == ("x", "mapping file", 1.0)
    assert pair.candidate_layout.axes == (0, 2, 1) and pair.mismatch == ""
    assert any("my.yaml" in note for note in result.notes)
    loose = match(reference, candidate, mapping=Mapping((MappingEntry("mel", "x"),)))
    assert partners(loose)["mel"] == "x"


def test_axes_of_a_mapping_that_do_not_fit():
    reference, candidate = shapes_trace({"a": (1, 80, 9)}), shapes_trace({"b": (1, 9, 80)})
    mapping = Mapping((MappingEntry("a", "b", (0, 1, 2)),))
    assert "[1, 9, 80]" in match(reference, candidate, mapping=mapping).pairs[0].mismatch
    with pytest.raises(UsageError, match="2 axes and the tensor has 3"):
        match(reference, candidate, mapping=Mapping((MappingEntry("a", "b", (1, 0)),)))
    with pytest.raises(UsageError, match="no tensor named nope"):
        match(reference, candidate, mapping=Mapping((MappingEntry("a", "nope"),)))


def test_only_keeps_names_of_either_side():
    reference = shapes_trace({"step7_final_mel": (1, 80, 9), "alpha.x": (2,), "mu": (1, 80, 9)})
    candidate = shapes_trace({"ode_output": (1, 80, 9), "beta.y": (3,), "mu": (1, 80, 9)})
    result = match(reference, candidate, only="output|^alpha")
    assert partners(result) == {"step7_final_mel": "ode_output"}
    assert [u.record.name for u in result.unmatched_reference] == ["alpha.x"]
    assert result.unmatched_candidate == ()
    assert "3 of 6 tensors" in result.notes[0]
    nothing = match(reference, candidate, only="zzz")
    assert (nothing.pairs, nothing.unmatched_reference) == ((), ())
    assert "0 of 6" in nothing.notes[0]


@pytest.mark.parametrize("only", ["(", "[", "*", "(?P<a", "a{99999999999}"])
def test_a_bad_expression_is_a_usage_error(only):
    with pytest.raises(UsageError, match="not a regular expression"):
        match(shapes_trace({}), shapes_trace({}), only=only)


def test_only_spares_reading():
    values = make_trace({"c.d": np.arange(20.0).reshape(4, 5)}).records
    reference = Trace("x", (unreadable("a.b", (4, 4), AssertionError("read"), 1), *values))
    assert len(match(reference, reference, only="c").pairs) == 1
    with pytest.raises(AssertionError):
        match(reference, reference)


def test_an_unreadable_tensor_is_still_paired():
    bad = Trace("x", (unreadable("a.b", (4, 4), TraceError("truncated", "a", "ends early")),))
    (pair,) = match(bad, bad).pairs
    assert pair.confidence == 0.6 and "could not be read" in pair.notes[0]


def test_progress_counts_pairs_and_can_stop():
    calls = []
    trace = shapes_trace({"a": (1,), "b": (2,)})
    match(trace, trace, progress=lambda done, total, what: calls.append((done, total)))
    # four tensors are read, then two layouts are found
    assert calls == [(0, 4), (1, 4), (2, 4), (3, 4), (0, 2), (1, 2), (2, 2)]

    def stop(done, total, what):
        raise Cancelled

    with pytest.raises(Cancelled):
        match(trace, trace, progress=stop)


def test_nothing_in_common_and_nothing_at_all():
    result = match(shapes_trace({"alpha": (2,)}), shapes_trace({"mel": (1, 80, 9)}))
    assert result.pairs == ()
    assert len(result.unmatched_reference) == len(result.unmatched_candidate) == 1
    empty = match(shapes_trace({}), shapes_trace({}))
    assert empty.to_dict() == {
        "pairs": [], "unmatched": {"reference": [], "candidate": []}, "ambiguous": [], "notes": [],
    }  # fmt: skip


def test_results_are_plain_values():
    reference = pytorch_trace()
    candidate = renamed(reference, True)
    extra = Trace("x", (*candidate.records, *shapes_trace({"zeta.q": (3,)}).records))
    result = match(reference, extra)
    document = json.loads(json.dumps(result.to_dict()))
    assert len(document["pairs"]) == len(reference)
    assert document["unmatched"]["candidate"][0]["name"] == "zeta.q"
    assert set(document["pairs"][0]) >= {
        "reference", "candidate", "step", "rule", "layout", "confidence",
    }  # fmt: skip
    groups = match(shapes_trace({"a": (5, 6), "b": (5, 6)}), shapes_trace({"c": (5, 6)}))
    assert groups.to_dict()["ambiguous"][0]["reference"] == ["a", "b"]


# small pieces that collide in many ways
words = st.sampled_from(
    ["step1_", "step7_", "ode_step2_", "x_after", "v_cond", "dxdt_cond", "mel", "final_mel", "mu",
     "mask", "a.b", "aB", "a_b", "decoder.", "model.", "::", "down_blocks.0", "downBlocks[0]", "t",
     "block.0", "conv", "swift_", "audio", "c"]
)  # fmt: skip
names = st.lists(words, min_size=1, max_size=4).map("".join) | st.text(max_size=8)
traces = st.dictionaries(
    names, st.lists(st.integers(0, 4), max_size=4).map(tuple), max_size=12
).map(lambda shapes: make_trace({n: _values(n, s) for n, s in shapes.items()}))


def _values(name: str, shape: tuple[int, ...]) -> np.ndarray:
    values = np.random.default_rng(len(name)).normal(size=shape)
    return np.where(values > 1.5, np.nan, values)


@settings(max_examples=200, deadline=None)
@given(traces)
def test_every_tensor_is_paired_with_itself(trace):
    result = match(trace, trace)
    assert partners(result) == {r.name: r.name for r in trace.records}
    for pair in result.pairs:
        assert (pair.rule, pair.confidence, pair.mismatch) == ("same name", 1.0, "")
        assert pair.reference_layout.is_identity and pair.candidate_layout.is_identity
        assert pair.notes == ()
    assert result.unmatched_reference == result.unmatched_candidate == result.ambiguous == ()


@settings(max_examples=200, deadline=None)
@given(traces, traces)
def test_every_tensor_is_in_exactly_one_list(reference, candidate):
    result = match(reference, candidate)
    for side, trace, lost in (
        ("reference", reference, result.unmatched_reference),
        ("candidate", candidate, result.unmatched_candidate),
    ):
        seen = [getattr(p, side).name for p in result.pairs]
        seen += [u.record.name for u in lost]
        seen += [n for a in result.ambiguous for n in getattr(a, side)]
        assert sorted(seen) == sorted(r.name for r in trace.records)
    for pair in result.pairs:
        if not pair.mismatch:
            left, right = pair.read()
            assert left.shape == right.shape
        assert 0 < pair.confidence <= 1
    assert all(u.reason for u in (*result.unmatched_reference, *result.unmatched_candidate))
    assert match(reference, candidate).to_dict() == result.to_dict()


def test_5000_clean_names_take_seconds():
    shapes = {
        f"step7_step{s}_decoder.estimator.mid_blocks.{b}.{part}": (1, 80, 96)
        for s in range(1, 51)
        for b in range(20)
        for part in ("0.block1.block.0", "0.mlp.1", "1.0.attn1.to_q", "1.0.norm3", "1.0.ff.net.2")
    }
    port = {
        name.replace("step7_", "ode_", 1).replace("_decoder.estimator.", "::"): (1, 96, 80)
        for name in shapes
    }
    start = time.process_time()
    result = match(shapes_trace(shapes), shapes_trace(port))
    assert time.process_time() - start < 5
    assert len(result.pairs) == 5000


@pytest.mark.real
def test_the_real_reference_matches_itself():
    trace = open_folder(real_trace("chatterbox-reference"))
    result = match(trace, trace)
    assert len(result.pairs) == 112
    assert {(p.rule, p.confidence, p.describe_layout()) for p in result.pairs} == {
        ("same name", 1.0, "as stored")
    }


@pytest.mark.real
def test_the_real_reference_against_the_broken_one():
    reference = open_folder(real_trace("chatterbox-reference"))
    candidate = open_folder(real_trace("chatterbox-reference-broken"))
    result = match(reference, candidate)
    assert len(result.pairs) == len(candidate) == 87
    assert all(p.reference.name == p.candidate.name for p in result.pairs)
    pairs = {p.reference.name: p for p in result.pairs}
    assert pairs["step7_step3_x_before"].describe_layout() == "candidate row 0"
    assert pairs["step7_mu_T"].candidate_layout.row == 0
    assert pairs["step7_spk_emb"].candidate_layout.row == 0
    assert pairs["step7_step1_t"].candidate_layout.shape == (1,)
    assert "1x80x696 and 2x1x696" in pairs["step7_cond_T"].mismatch
    assert "334080" in pairs["step8_audio"].mismatch
    assert {p.reference.name for p in result.pairs if p.mismatch} == {"step7_cond_T", "step8_audio"}
    assert result.unmatched_candidate == result.ambiguous == ()
    assert len(result.unmatched_reference) == 25


@pytest.mark.real
def test_the_real_python_and_swift_sides():
    folder = real_trace("python-vs-swift")
    result = match(open_folder(folder / "python"), open_folder(folder / "swift"))
    assert len(result.pairs) == 7
    assert result.unmatched_candidate == result.ambiguous == ()
    mismatched = {p.role: p.mismatch for p in result.pairs if p.mismatch}
    assert set(mismatched) == {"text_tokens", "text_tokens_cfg", "speech_tokens", "audio"}
    assert "125 in the reference and 195 in the candidate" in mismatched["speech_tokens"]
    feat = next(p for p in result.pairs if p.role == "prompt_feat")
    assert feat.describe_layout() == "as stored"


def test_steps_counted_from_0_are_not_paired_by_equal_names():
    reference = shapes_trace({f"ode_step{n}_x_after": (2, 3) for n in (1, 2, 3)})
    candidate = shapes_trace({f"ode_step{n}_x_after": (2, 3) for n in (0, 1, 2)})
    assert partners(match(reference, candidate)) == {
        f"ode_step{n}_x_after": f"ode_step{n - 1}_x_after" for n in (1, 2, 3)
    }


def test_pairs_come_in_the_order_of_execution_whatever_rule_found_them():
    reference = shapes_trace(dict.fromkeys(["step6_mu", "step7_final_mel", "step8_audio"], (1, 9)))
    result = match(reference, shapes_trace({"ode_output": (1, 9), "mu": (1, 9), "audio": (1, 9)}))
    assert [p.reference.name for p in result.pairs] == [
        "step6_mu",
        "step7_final_mel",
        "step8_audio",
    ]
    assert [p.rule for p in result.pairs] == ["same path", "same role", "same path"]


def test_a_tensor_named_as_without_counterpart_is_left_alone():
    trace = shapes_trace({"a": (3, 4), "b": (5, 6)})
    mapping = Mapping((MappingEntry("a", None),), "names.yaml")
    found = match(trace, trace, mapping=mapping)
    assert [p.reference.name for p in found.pairs] == ["b"]
    assert [u.record.name for u in found.unmatched_candidate] == ["a"]
    (alone,) = found.unmatched_reference
    assert (alone.record.name, alone.reason) == ("a", "It has no counterpart by names.yaml.")
    assert not match(trace, trace, mapping=mapping, only="b").unmatched_reference
