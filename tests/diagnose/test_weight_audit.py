"""Two files are audited as a whole: decoders in any spelling, and any other pair."""

from __future__ import annotations

import json

import numpy as np
import pytest

from inspector.diagnose.weight_audit import audit_weights
from inspector.errors import Cancelled, TraceError, UsageError
from tests.blocks.port_names import STYLES, in_mlx_layout
from tests.blocks.seeded import SMALL, seeded_weights
from tests.diagnose.weight_files import PREFIX, decoder, fresh, write_pair, write_weights

W = seeded_weights(SMALL)
TO_Q, TO_K = "mid_blocks.0.1.0.attn1.to_q.weight", "mid_blocks.1.1.0.attn1.to_k.weight"
CONV = "mid_blocks.0.0.block1.block.0.weight"
LINEAR = "time_mlp.linear_2.weight"


def audit(folder, changes):
    return audit_weights(*write_pair(folder, changes))


def statuses(found):
    return {f.key: f.status for f in found.findings if f.status != "same"}


def test_the_same_file_is_the_same(tmp_path):
    found = audit(tmp_path, {})
    assert found.exit_code == 0
    assert dict(found.counts) == {"same": len(W)}
    assert found.groups == ()
    assert found.sentence == f"All {len(W)} parameters are there and have the same values."
    assert found.config == SMALL.to_dict()


@pytest.mark.parametrize("style", STYLES)
def test_another_spelling_and_layout_is_the_same(tmp_path, style):
    reference, candidate = write_pair(tmp_path, {})
    named = {STYLES[style](k): v for k, v in in_mlx_layout(W).items()}
    write_weights(candidate, named)
    found = audit_weights(reference, candidate)
    assert found.exit_code == 0, statuses(found)
    assert dict(found.counts) == {"same": len(W)}
    assert any("as MLX keeps them" in note for note in found.notes)


def test_several_faults_at_once_are_each_named(tmp_path):
    norm = "mid_blocks.0.1.0.norm3"
    found = audit(tmp_path, {
        "final_proj.weight": fresh((8, 16, 1), 16), "final_proj.bias": np.zeros(8, np.float32),
        f"{norm}.weight": np.ones(16, np.float32), f"{norm}.bias": np.zeros(16, np.float32),
        "mid_blocks.0.1.0.attn1.to_out.0.bias": None,
        LINEAR: W[LINEAR].T,
        CONV: W[CONV][..., ::-1],
        TO_Q: W[TO_Q].reshape(2, 8, 16).transpose(1, 0, 2).reshape(16, 16),
        TO_K: W[TO_Q],
        "time_mlp.linear_1.weight": W["time_mlp.linear_1.weight"] * np.float32(0.5),
        "time_mlp.linear_1.bias": np.where(np.arange(32) == 3, np.nan, 0).astype(np.float32),
    })  # fmt: skip
    assert statuses(found) == {
        "time_mlp.linear_1.bias": "nonfinite", "mid_blocks.0.1.0.attn1.to_out.0.bias": "missing",
        "final_proj.weight": "initialisation", "final_proj.bias": "initialisation",
        f"{norm}.weight": "initialisation", f"{norm}.bias": "initialisation",
        TO_K: "misplaced", LINEAR: "transposed", TO_Q: "permuted",
        CONV: "flipped", "time_mlp.linear_1.weight": "scaled",
    }  # fmt: skip
    assert found.exit_code == 1
    assert found.sentence.startswith(f"11 of {len(W)} parameters are not as in the reference: 1 ")
    assert found.findings[0].status == "nonfinite"
    permuted = next(f for f in found.findings if f.key == TO_Q)
    assert "2 heads of 8" in permuted.sentence
    misplaced = next(f for f in found.findings if f.key == TO_K)
    assert TO_Q in misplaced.sentence


def test_the_same_place_of_every_block_is_one_group(tmp_path):
    keys = [k for k in W if k.endswith("norm3.weight")]
    found = audit(tmp_path, {k: np.ones(16, np.float32) for k in keys})
    assert [(g.status, len(g.keys)) for g in found.groups] == [
        ("initialisation", 2), ("initialisation", 1), ("initialisation", 1)
    ]  # fmt: skip
    assert "mid_blocks.*.*.*.norm3.weight (2 parameters)" in found.sentence


def test_rounding_is_said_and_not_a_fault(tmp_path):
    reference, candidate = write_pair(tmp_path, {})
    write_weights(candidate, {k: v.astype(np.float16) for k, v in decoder().items()})
    found = audit_weights(reference, candidate)
    assert found.exit_code == 0
    assert dict(found.counts) == {"dtype": len(W)}
    assert "only rounded" in found.sentence


def test_a_whole_stage_that_is_missing(tmp_path):
    found = audit(tmp_path, {k: None for k in W if k.startswith("mid_blocks.1.")})
    assert found.counts["missing"] == sum(k.startswith("mid_blocks.1.") for k in W)


def test_tensors_beside_the_decoder_are_compared_when_both_have_them(tmp_path):
    reference, candidate = write_pair(tmp_path, {})
    others = {"mel2wav.a.weight": np.arange(5.0), "mel2wav.b.weight": np.arange(6.0)}
    write_weights(reference, decoder() | others, SMALL.to_dict())
    alone = audit_weights(reference, candidate)
    assert alone.exit_code == 0
    assert any("Only the reference holds tensors outside" in note for note in alone.notes)
    others["mel2wav.b.weight"] = -others["mel2wav.b.weight"]
    write_weights(candidate, decoder() | others)
    assert statuses(audit_weights(reference, candidate)) == {"mel2wav.b.weight": "scaled"}


def test_any_two_files_are_compared_by_names_and_values(tmp_path):
    random = np.random.default_rng(0)
    a = {f"layers.{i}.weight": random.standard_normal((8, 8)).astype("f4") for i in range(4)}
    b = {
        "layers[0].Weight": a["layers.0.weight"], "layers.1.weight": a["layers.1.weight"].T,
        "new_name": a["layers.2.weight"], "extra": random.standard_normal((3, 3)).astype("f4"),
        "layers.3.weight": a["layers.3.weight"],
    }  # fmt: skip
    found = audit_weights(
        write_weights(tmp_path / "a.safetensors", a), write_weights(tmp_path / "b.safetensors", b)
    )
    assert statuses(found) == {
        "layers.1.weight": "transposed", "layers.2.weight": "renamed", "extra": "unused"
    }  # fmt: skip
    assert found.config is None
    assert found.notes[0].startswith("These are not two decoders")


def test_a_candidate_whose_names_say_nothing_is_matched_by_value(tmp_path):
    reference, candidate = write_pair(tmp_path, {})
    write_weights(candidate, {f"p{i}": v for i, v in enumerate(W.values())})
    found = audit_weights(reference, candidate)
    assert found.counts["renamed"] == len(W)
    assert found.exit_code == 1


def test_a_numpy_archive_and_a_torch_file(tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    np.savez(tmp_path / "w.npz", **decoder())
    torch.save({k: torch.tensor(v) for k, v in decoder(prefix="").items()}, tmp_path / "w.pt")
    assert audit_weights(tmp_path / "w.npz", tmp_path / "w.pt").exit_code == 0


def test_the_dictionary_is_json(tmp_path):
    value = json.loads(
        json.dumps(audit(tmp_path, {LINEAR: W[LINEAR].T, TO_Q: W[TO_Q][::-1]}).to_dict())
    )
    assert value["counts"]["transposed"] == 1
    assert value["parameters"][0]["key"] == LINEAR
    assert value["parameters"][0]["reference"] == PREFIX + LINEAR
    assert value["exit_code"] == 1
    assert value["groups"][0]["count"] == 1


def test_values_that_change_nothing_but_the_last_digit(tmp_path):
    found = audit(tmp_path, {TO_Q: np.nextafter(W[TO_Q], np.float32(np.inf))})
    assert statuses(found) == {TO_Q: "differs"}


def test_bad_input_is_a_sentence(tmp_path):
    reference, candidate = write_pair(tmp_path, {})
    with pytest.raises(TraceError):
        audit_weights(reference, tmp_path / "none.safetensors")
    (tmp_path / "c.json").write_text('{"channels": [99]}')
    with pytest.raises(UsageError):
        audit_weights(reference, candidate, config=tmp_path / "c.json")


def test_it_can_be_cancelled(tmp_path):
    reference, candidate = write_pair(tmp_path, {TO_Q: W[TO_Q].T})
    steps = []

    def count(done, total, what):
        steps.append(what)

    audit_weights(reference, candidate, progress=count)
    for stop_at in range(0, len(steps), 40):

        def stop(done, total, what, left=[stop_at]):  # noqa: B006 - counts the calls
            left[0] -= 1
            if left[0] < 0:
                raise Cancelled

        with pytest.raises(Cancelled):
            audit_weights(reference, candidate, progress=stop)
