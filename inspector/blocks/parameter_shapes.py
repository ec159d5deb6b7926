"""Shapes of all parameters of a decoder, in the layout of PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from inspector.blocks.config import DecoderConfig

Shape = tuple[int, ...]

FEED_FORWARD_FACTOR = 4
"""Width of the feed-forward of a transformer, in channels."""


@lru_cache(maxsize=32)
def parameter_shapes(config: DecoderConfig) -> Mapping[str, Shape]:
    """State-dict key without prefix -> shape, in order of computation.

    Linear [O, I], convolution [O, I, K], transposed convolution [I, O, K], norms, biases
    and the constants of SnakeBeta [C].  Source: the constructors of the decoders of
    Matcha-TTS, CosyVoice 2 and Chatterbox.
    """
    return MappingProxyType(dict(_decoder(config)))


def _decoder(config: DecoderConfig) -> Iterator[tuple[str, Shape]]:
    yield from _linear("time_mlp.linear_1", config.in_channels, config.time_width)
    yield from _linear("time_mlp.linear_2", config.time_width, config.time_width)
    last = len(config.channels) - 1
    width = config.in_channels
    for i, channels in enumerate(config.channels):
        yield from _stage(config, f"down_blocks.{i}", width, channels)
        path = f"down_blocks.{i}.2" if i == last else f"down_blocks.{i}.2.conv"
        yield from _conv(path, channels, channels, 3)
        width = channels
    for i in range(config.mid_blocks):
        yield from _stage(config, f"mid_blocks.{i}", width, width)
    upwards = (*reversed(config.channels), config.channels[0])
    for i in range(len(config.channels)):
        channels = upwards[i + 1]
        yield from _stage(config, f"up_blocks.{i}", 2 * upwards[i], channels)
        if i == last:
            yield from _conv(f"up_blocks.{i}.2", channels, channels, 3)
        else:
            yield f"up_blocks.{i}.2.conv.weight", (channels, channels, 4)
            yield f"up_blocks.{i}.2.conv.bias", (channels,)
        width = channels
    yield from _conv_block(config, "final_block", width, width)
    yield from _conv("final_proj", width, config.mel_bins, 1)


def _stage(
    config: DecoderConfig, path: str, inputs: int, channels: int
) -> Iterator[tuple[str, Shape]]:
    resnet = f"{path}.0"
    yield from _conv_block(config, f"{resnet}.block1", inputs, channels)
    yield from _linear(f"{resnet}.mlp.1", config.time_width, channels)
    yield from _conv_block(config, f"{resnet}.block2", channels, channels)
    yield from _conv(f"{resnet}.res_conv", inputs, channels, 1)
    for j in range(config.blocks_per_stage):
        yield from _transformer(config, f"{path}.1.{j}", channels)


def _conv_block(
    config: DecoderConfig, path: str, inputs: int, channels: int
) -> Iterator[tuple[str, Shape]]:
    yield from _conv(f"{path}.block.0", inputs, channels, 3)
    yield from _norm(f"{path}.block.{2 if config.causal else 1}", channels)


def _transformer(config: DecoderConfig, path: str, channels: int) -> Iterator[tuple[str, Shape]]:
    inner, hidden = config.heads * config.head_width, FEED_FORWARD_FACTOR * channels
    yield from _norm(f"{path}.norm1", channels)
    for letter in "qkv":
        yield f"{path}.attn1.to_{letter}.weight", (inner, channels)
    yield from _linear(f"{path}.attn1.to_out.0", inner, channels)
    yield from _norm(f"{path}.norm3", channels)
    yield from _linear(f"{path}.ff.net.0.proj", channels, hidden)
    if config.activation == "snakebeta":
        yield f"{path}.ff.net.0.alpha", (hidden,)
        yield f"{path}.ff.net.0.beta", (hidden,)
    yield from _linear(f"{path}.ff.net.2", hidden, channels)


def _linear(path: str, inputs: int, outputs: int) -> Iterator[tuple[str, Shape]]:
    yield f"{path}.weight", (outputs, inputs)
    yield f"{path}.bias", (outputs,)


def _conv(path: str, inputs: int, outputs: int, kernel: int) -> Iterator[tuple[str, Shape]]:
    yield f"{path}.weight", (outputs, inputs, kernel)
    yield f"{path}.bias", (outputs,)


def _norm(path: str, channels: int) -> Iterator[tuple[str, Shape]]:
    yield f"{path}.weight", (channels,)
    yield f"{path}.bias", (channels,)
