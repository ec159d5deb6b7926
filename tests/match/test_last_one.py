"""The last open tensor of a module."""

import numpy as np

from tests.match.build import make_trace, match, partners

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape or (1, 6, 7))


def traces(reference, candidate):
    """Beside the given tensors many that agree."""
    shared = {f"mid_blocks.{i}.norm": normal() for i in range(4)}
    return make_trace(shared | reference), make_trace(shared | candidate)


def only(result):
    return {own: other for own, other in partners(result).items() if own != other}


def test_the_only_open_tensors_of_a_module_are_a_pair_without_confidence():
    result = match(
        *traces(
            {"mid_blocks.0.ff.wren": normal(), "mid_blocks.1.ff.wren": normal()},
            {"mid_blocks.1.ff.oak": normal(), "mid_blocks.0.ff.oak": normal()},
        )
    )
    assert only(result) == {f"mid_blocks.{i}.ff.wren": f"mid_blocks.{i}.ff.oak" for i in (0, 1)}
    last = [p for p in result.pairs if p.rule == "last of module"]
    assert len(last) == 2 and all(p.confidence < 0.5 for p in last)


def test_two_open_tensors_or_other_lengths_stay_open():
    reference = {"mid_blocks.0.ff.wren": normal()}
    two = {"mid_blocks.0.ff.oak": normal(), "mid_blocks.0.ff.elm": normal()}
    assert only(match(*traces(reference, two))) == {}
    assert only(match(*traces(reference, {"mid_blocks.0.ff.oak": normal(1, 5, 9)}))) == {}


def test_names_of_two_kinds_stay_open_and_both_say_why():
    reference = {"decoder.estimator.mid_blocks.0.0": normal()}
    candidate = {"midBlocks[0].transformers[0]": normal()}
    result = match(*traces(reference, candidate))
    assert only(result) == {} and result.ambiguous == ()
    (own,), (other,) = result.unmatched_reference, result.unmatched_candidate
    assert "midBlocks[0].transformers[0], but the names say different kinds" in own.reason
    assert own.reason.endswith("a ResNet here and a transformer there.")
    assert other.reason.endswith("a transformer here and a ResNet there.")
