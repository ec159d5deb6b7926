"""Reasons by values for tensors without partner."""

import numpy as np

from tests.match.build import make_trace, match

RNG = np.random.default_rng(0)
H = [RNG.normal(size=(1, 12, 10)) for _ in range(8)]


def reasons(result):
    lost = (*result.unmatched_reference, *result.unmatched_candidate)
    return {u.record.name: u.reason for u in lost}


def test_an_extra_transpose_is_recognised():
    reference = {f"m{i}.x": h for i, h in enumerate(H)}
    candidate = reference | {"extra": H[3].transpose(0, 2, 1)}
    result = match(make_trace(reference), make_trace(candidate))
    assert len(result.pairs) == 8
    assert reasons(result) == {
        "extra": "An extra tensor of the candidate: its values are those of the reference's m3.x "
        "transposed, which is paired with m3.x."
    }


def test_a_copy_is_recognised_on_either_side():
    reference = {f"m{i}.x": h for i, h in enumerate(H)}
    result = match(make_trace(reference | {"extra": H[2]}), make_trace(reference))
    assert "candidate's m2.x once more" in reasons(result)["extra"]


def test_packed_queries_keys_and_values():
    q, k, v = H[:3]
    packed = {"qkv_proj": np.concatenate([q, k, v], -1)}
    apart = {"query": q, "key": k, "value": v}
    for result, other in (
        (match(make_trace(apart), make_trace(packed)), "reference"),
        (match(make_trace(packed), make_trace(apart)), "candidate"),
    ):
        assert result.pairs == () and result.ambiguous == ()
        said = reasons(result)
        assert f"same values as the {other}'s query, key and value together" in said["qkv_proj"]
        assert "along axis 2" in said["qkv_proj"]
        assert "part 2 of 3" in said["key"] and "qkv_proj" in said["key"]


def test_other_values_are_not_called_packed():
    wrong = {"qkv_proj": np.concatenate([H[0], H[5], H[2]], -1)}
    result = match(make_trace({"query": H[0], "key": H[1], "value": H[2]}), make_trace(wrong))
    assert len(reasons(result)) == 4
    assert all("together" not in reason for reason in reasons(result).values())


def test_row_1_is_named():
    reference = {"alpha": H[0], "beta": H[1]}
    result = match(make_trace(reference), make_trace({"omega": np.concatenate(H[:2])}))
    (pair,) = result.pairs
    assert pair.reference.name == "alpha" and pair.candidate_layout.row == 0
    (reason,) = reasons(result).values()
    assert "row 1 of the candidate's omega" in reason and "paired with alpha" in reason


def test_a_fused_operation_leaves_its_neighbours_named():
    reference = {f"m{i}.x": h for i, h in enumerate(H)}
    candidate = {name: h for name, h in reference.items() if name not in ("m3.x", "m4.x")}
    said = reasons(match(make_trace(reference), make_trace(candidate)))
    assert set(said) == {"m3.x", "m4.x"}
    for reason in said.values():
        assert "between m2.x and m5.x of the reference the candidate records nothing more" in reason
