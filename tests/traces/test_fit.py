"""The fit: seeded, one thread, and values that float16 can hold."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from traces.training import fit
from traces.training.corpus import Utterance
from traces.training.tokenizer import fit_tokenizer


@pytest.fixture(scope="module")
def data():
    """Two short made-up utterances and their tokens."""
    generator = np.random.default_rng(0)
    utterances = [
        Utterance("", voice, generator.normal(-7, 2, (80, 120)).astype(np.float32))
        for voice in (0, 1)
    ]
    return utterances, fit_tokenizer(utterances, codes=64)  # as many as the encoder is wide


def test_the_fit_is_the_same_every_time(data):
    first, second = (fit.fit(*data, steps=2).decoder.state_dict() for _ in range(2))
    for name, value in first.items():
        assert value.equal(second[name]), name
        assert value.equal(value.half().float()), name


def test_steps_change_every_part_of_both_networks(data):
    first, second = fit.fit(*data, steps=1), fit.fit(*data, steps=8)
    for before, after in ((first.decoder, second.decoder), (first.encoder, second.encoder)):
        same = [
            name for (name, old), new in zip(
                before.state_dict().items(), after.state_dict().values(), strict=True
            ) if old.equal(new)
        ]  # fmt: skip
        # near 2 the steps of float16 are larger than eight small steps of the fit
        assert set(same) <= {"final_block.block.2.bias"}


def test_a_short_fit_lowers_the_loss(data, capsys):
    first, last = fit.fit(*data, steps=1), fit.fit(*data, steps=24)
    assert "step    24  flow" in capsys.readouterr().out
    batch = fit._Batches(*data, np.random.default_rng(1)).draw()

    def loss_of(fitted: fit.Fitted) -> float:
        torch.manual_seed(2)
        with torch.no_grad():
            return fit._loss(fitted.encoder, fitted.decoder, *batch)[1]

    assert loss_of(last) < 0.95 * loss_of(first)
