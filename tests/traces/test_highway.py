"""The start: the velocity already points from the state towards the mean log-mel."""

from __future__ import annotations

import pytest
import torch

from traces.training.decoder import Estimator
from traces.training.highway import let_noise_through


@pytest.mark.parametrize("started", [False, True])
def test_only_the_start_carries_the_noise_to_the_output(started):
    torch.manual_seed(3)
    network, mean = Estimator().eval(), torch.linspace(-9, -5, 80)
    if started:
        let_noise_through(network, mean)
    z = torch.randn(2, 80, 40)
    nothing = torch.zeros_like(z)
    with torch.no_grad():
        velocity = network(
            z, torch.ones(2, 1, 40), nothing, torch.zeros(2), torch.zeros(2, 80), nothing
        )
    carried = torch.corrcoef(torch.stack([velocity.flatten(), (mean[:, None] - z).flatten()]))
    noise = torch.corrcoef(
        torch.stack([(velocity - velocity.mean(dim=2, keepdim=True)).flatten(), -z.flatten()])
    )
    if started:
        assert carried[0, 1] > 0.9
        assert noise[0, 1] > 0.8
    else:
        assert abs(noise[0, 1]) < 0.2
