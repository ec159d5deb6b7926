"""Readers: one file per format, from disk to records whose values load on demand."""
