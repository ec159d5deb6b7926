"""The seeded decoders of the self-test, for all other tests."""

from inspector.suite.seeded import MATCHA, SMALL, seeded_weights

__all__ = ["MATCHA", "SMALL", "seeded_weights"]
