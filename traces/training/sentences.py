"""What the voices say: sentences built from lists of words, and some kept for listening."""

from __future__ import annotations

import numpy as np

_WHO = (
    "the old teacher", "a quiet farmer", "my younger sister", "the tall sailor", "our neighbour",
    "one brave pilot", "the hungry dog", "a small grey cat", "the night nurse", "his uncle George",
    "her best friend", "the shy painter", "a young doctor", "the village baker", "that strange boy",
    "the train driver", "some clever child", "the judge", "a tired mother", "the church choir",
    "your cousin Ruth", "the chess player", "a foreign guest", "the brown horse", "every student",
)  # fmt: skip
_DID = (
    "found", "carried", "painted", "bought", "forgot", "measured", "opened", "dropped", "washed",
    "remembered", "watched", "followed", "described", "hid", "moved", "repaired", "studied",
    "borrowed", "chose", "pushed", "lifted", "noticed", "shook", "threw", "brought", "locked",
    "mixed", "sold", "taught us about", "laughed at",
)  # fmt: skip
_WHAT = (
    "a green bottle", "the heavy box", "three wooden chairs", "the broken clock", "a pair of shoes",
    "fresh orange juice", "the blue umbrella", "an empty cage", "the longest rope", "a silver coin",
    "two loaves of bread", "the music book", "a sharp pencil", "the garden gate", "a warm jacket",
    "his father's watch", "the smooth stone", "a huge pumpkin", "the yellow kite", "a cheap guitar",
    "the fifth chapter", "some cold chicken soup", "the narrow bridge", "a photograph of Paris",
    "the queen's jewels", "a thick red candle", "the ancient map", "five purple feathers",
    "the washing machine", "an unusual answer", "the vase on the shelf", "a joyful noise",
)  # fmt: skip
_WHERE = (
    "near the river", "in the kitchen", "under the bridge", "behind the school", "at the station",
    "on the beach", "beside the lake", "in a dark cave", "above the shop", "across the valley",
    "outside the theatre", "on a rough sea", "in the north", "down the hill", "by the fire",
    "at the edge of town", "among the trees", "in front of the bank", "over the fence",
    "through the thick fog",
)  # fmt: skip
_WHEN = (
    "yesterday", "before lunch", "last winter", "at midnight", "in the morning", "on Thursday",
    "every evening", "after the storm", "in August", "an hour ago", "once again", "this afternoon",
    "at half past six", "during the holidays", "while it rained", "long ago", "on her birthday",
    "without a word", "with great pleasure", "as usual",
)  # fmt: skip
_SAID = (
    "please", "maybe", "of course", "in the end", "believe me", "however", "oddly enough", "well",
    "at first", "to be honest",
)  # fmt: skip
_SHAPES = (
    "{who} {did} {what} {where} {when}.",
    "{when}, {who} {did} {what}.",
    "{said}, {who} {did} {what} {where}.",
    "did you say that {who} {did} {what}?",
    "{who} and {who2} {did} {what} {when}.",
    "there was {what} {where}, but {who} {did} {what2}.",
    "{what}, {what2} and {number} spoons were {where}.",
    "why is {what} {where}? {said}, ask {who}.",
)
_NUMBERS = (
    "seven", "eleven", "twenty four", "ninety nine", "thirty", "a hundred", "zero", "sixteen",
)  # fmt: skip

HELD_OUT = (
    "Well, she saw a yellow moon.",
    "Oh, the choir sings on Sunday.",
    "A lazy breeze touched the sails.",
    "Nobody knew how the puzzle worked.",
    "Rain drummed on the copper roof.",
    "We should leave before the ferry does.",
    "Her laughter echoed along the corridor.",
    "Thin ice covers the pond again.",
    "Put the spices back in their jars.",
    "Owls hunt when the field is silent.",
    "The engineer fixed a leaking valve.",
    "Both of them enjoy cherry pie.",
)
"""Sentences that the network never hears while it is fitted; the demo says the first."""

PADDED = "Good night, Ruth."
"""A short sentence, not heard either, for the run whose last frames are padding."""


def training_sentences(count: int, seed: int) -> list[str]:
    """Return `count` different sentences, the same for the same seed."""
    generator = np.random.default_rng(seed)

    def pick(words: tuple[str, ...]) -> str:
        return words[int(generator.integers(len(words)))]

    found: dict[str, None] = {}
    while len(found) < count:
        sentence = pick(_SHAPES).format(
            who=pick(_WHO), who2=pick(_WHO), did=pick(_DID), what=pick(_WHAT), what2=pick(_WHAT),
            where=pick(_WHERE), when=pick(_WHEN), said=pick(_SAID), number=pick(_NUMBERS),
        )  # fmt: skip
        found[sentence[0].upper() + sentence[1:]] = None
    return list(found)
