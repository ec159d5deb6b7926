"""The prefix is found by the names below it; nothing else of the file gets lost."""

from __future__ import annotations

import pytest

from inspector.blocks.decoder_part import describe_elsewhere, find_decoder
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.errors import UsageError
from tests.blocks.seeded import SMALL

KEYS = tuple(parameter_shapes(SMALL))
OTHERS = (*(f"flow.encoder.layers.{i}.weight" for i in range(5)), "mel2wav.conv.weight", "x")


@pytest.mark.parametrize("prefix", ["", "decoder.estimator.", "flow.decoder.estimator."])
def test_the_prefix_and_the_rest(prefix):
    part = find_decoder([*OTHERS, *(prefix + k for k in KEYS)], "file")
    assert part.prefix == prefix
    assert list(part.named) == [prefix + k for k in KEYS]
    assert dict(part.elsewhere) == {"flow.encoder": 5, "mel2wav": 1, "x": 1}
    assert not part.nameless
    assert not part.doubles


def test_names_below_the_prefix_that_mean_nothing_are_listed():
    part = find_decoder([*(f"d.{k}" for k in KEYS), "d.time_embeddings.freqs", "d.q.norm"], "file")
    assert part.nameless == ("d.time_embeddings.freqs", "d.q.norm")
    assert not part.elsewhere


def test_a_second_decoder_is_said():
    names = [*(f"ema.d.{k}" for k in KEYS[:-1]), *(f"d.{k}" for k in KEYS)]
    part = find_decoder(names, "file")
    assert part.prefix == "d."
    assert dict(part.other_prefixes) == {"ema.d.": len(KEYS) - 1}
    assert find_decoder(names[len(KEYS) - 1 :] + names[: len(KEYS) - 1], "file").prefix == "d."


@pytest.mark.parametrize("first", [0, 1])
def test_the_exact_name_wins_over_another_spelling(first):
    exact, other = "d.mid_blocks.0.1.0.norm3.weight", "d.midBlocks.0.transformers.0.norm2.weight"
    names = [n for n in (f"d.{k}" for k in KEYS) if n != exact]
    names[3:3] = [exact, other] if first == 0 else [other, exact]
    part = find_decoder(names, "file")
    assert exact in part.named
    assert dict(part.doubles) == {other: exact}


@pytest.mark.parametrize("names", [[], ["a", "b"], [f"d.{k}" for k in KEYS[:5]]])
def test_a_file_without_a_decoder_is_a_sentence(names):
    with pytest.raises(UsageError) as caught:
        find_decoder(names, "file")
    assert caught.value.code == "no-decoder"
    assert f"of its {len(names)} names" in caught.value.sentence


def test_many_other_parts_are_cut():
    text = describe_elsewhere({f"part{i}": i for i in range(30)})
    assert "3 of part3" in text
    assert text.endswith("and 18 other parts")
    assert describe_elsewhere({}) == ""
