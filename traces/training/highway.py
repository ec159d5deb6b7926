"""A start that carries the noise through, without which the network hardly learns.

The velocity ``x1 - z`` holds the noise z of all 80 bins, so it must reach the output.  Training
finds such a path only slowly.  Here the first 80 channels begin as the state itself: every
path around a block is the identity, every branch is quiet, and the last layer turns the sign
and adds the mean log-mel.  The architecture stays as it is; it needs at least 80 channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from traces.training.decoder import CHANNELS, INPUTS, MELS, Estimator

_LINEAR = 2.0  # from here on Mish is nearly a straight line
_QUIET_WEIGHT = 0.1
_QUIET_NORM = 0.3
_QUIET_BRANCH = 0.2


@torch.no_grad()
def let_noise_through(network: Estimator, mean: Tensor) -> None:
    """Make `network` begin as ``mean - state``; `mean` is the mean log-mel [80]."""
    for name, module in network.named_modules():
        if name.endswith("res_conv"):
            _pass(module)
        elif name.endswith("block2.block.2"):
            module.weight.mul_(_QUIET_NORM)
        elif name.endswith(("to_out.0", "ff.net.2")):
            module.weight.mul_(_QUIET_BRANCH)
    for convolution in (
        network.down_blocks[0][2], network.up_blocks[0][2], network.final_block.block[0]
    ):  # fmt: skip
        _pass(convolution)
    network.final_block.block[2].bias.fill_(_LINEAR)
    network.final_proj.weight.copy_(-torch.eye(MELS, CHANNELS)[:, :, None])
    network.final_proj.bias.copy_(mean + _LINEAR)


def _pass(convolution: nn.Module) -> None:
    """Let the newest tap of `convolution` hand the state on."""
    inputs = convolution.weight.shape[1]
    identity = torch.eye(CHANNELS)
    if inputs == 2 * CHANNELS:  # the up stage sees the state twice
        identity = 0.5 * torch.cat([identity, identity], dim=1)
    elif inputs == INPUTS:  # the first stage sees it before the conditions
        identity = torch.eye(CHANNELS, INPUTS)
        identity[MELS:] = 0.0
    convolution.weight.mul_(_QUIET_WEIGHT)
    convolution.weight[:, :, -1] += identity
    convolution.bias.zero_()
