"""The sentences: many, different, and none of those kept apart among them."""

from __future__ import annotations

import re

from traces.training.sentences import HELD_OUT, PADDED, training_sentences


def test_the_same_seed_gives_the_same_sentences_and_another_seed_others():
    assert training_sentences(30, 1) == training_sentences(30, 1)
    assert not set(training_sentences(30, 1)) & set(training_sentences(30, 2))


def test_sentences_are_different_and_well_formed():
    sentences = training_sentences(240, 5)
    assert len(set(sentences)) == 240
    for sentence in sentences:
        assert re.fullmatch(r"[A-Z][a-zA-Z' ,]+[.?]|[A-Z][a-zA-Z' ,]+\? [a-zA-Z ,]+\.", sentence)


def test_no_sentence_kept_apart_is_trained_on():
    trained = " ".join(training_sentences(240, 5)).lower()
    for sentence in (*HELD_OUT, PADDED):
        assert sentence.lower().rstrip(".") not in trained
