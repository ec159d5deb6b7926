"""From speech tokens to `mu`, the mean mel that the decoder refines; used for training only."""

from __future__ import annotations

import torch
from torch import Tensor, nn

MELS = 80
_WIDTH = 64


class Encoder(nn.Module):
    """Token embedding plus voice, three convolutions, two frames per token, projection.

    Attributes:
        speakers: [voices, 80], the speaker embedding that the decoder is given.
    """

    def __init__(self, codes: int, voices: int) -> None:
        super().__init__()
        self.tokens = nn.Embedding(codes, _WIDTH)
        self.voices = nn.Embedding(voices, _WIDTH)
        self.speakers = nn.Embedding(voices, MELS)
        self.blocks = nn.ModuleList([nn.Conv1d(_WIDTH, _WIDTH, 3, padding=1) for _ in range(3)])
        self.finer = nn.Conv1d(_WIDTH, _WIDTH, 3, padding=1)
        self.projection = nn.Conv1d(_WIDTH, MELS, 1)

    def forward(self, tokens: Tensor, voice: Tensor) -> Tensor:
        """Return mu [B, 80, 2 N] for tokens [B, N] of voices [B]."""
        h = self.tokens(tokens).transpose(1, 2) + self.voices(voice)[:, :, None]
        for block in self.blocks:
            h = h + nn.functional.silu(block(h))
        # Which of the two frames of a token it is, the convolution must be able to tell.
        sign = torch.ones(2 * h.shape[-1])
        sign[1::2] = -1.0
        h = h.repeat_interleave(2, dim=-1)
        half = h.shape[1] // 2
        h = torch.cat([h[:, :half], h[:, half:] * sign], dim=1)
        h = nn.functional.silu(self.finer(h))
        return self.projection(h)

    @torch.no_grad()
    def start_from(self, centroids: Tensor, mean: Tensor) -> None:
        """Begin with the principal components of the centroids and the mean mel."""
        centred = centroids - centroids.mean(dim=0)
        left, size, _ = torch.linalg.svd(centred, full_matrices=False)
        components = left[:, :_WIDTH] * size[:_WIDTH]
        self.tokens.weight.copy_(components / components.std())
        self.voices.weight.mul_(0.3)
        self.projection.bias.copy_(mean)
