"""Find where a port of a flow-matching text-to-speech decoder goes wrong."""

__version__ = "0.1.0"
