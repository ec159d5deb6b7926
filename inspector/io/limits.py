"""Caps on what a file may claim, checked before any claim is used.

Every cap is far above what a trace of a text-to-speech decoder holds and far below
what would fill a laptop's memory or keep a reader busy for seconds.
"""

from __future__ import annotations

MAX_NPY_HEADER_BYTES = 64 * 1024
MAX_SAFETENSORS_HEADER_BYTES = 16 * 1024 * 1024
MAX_SIDE_FILE_BYTES = 1024 * 1024
MAX_TENSORS = 65_536
"""Tensors in one safetensors file."""
MAX_MEMBERS = 10_000
"""Members of one npz archive."""
MAX_CHUNKS = 1_000
"""RIFF chunks or FLAC metadata blocks of one audio file."""
MAX_FILES = 20_000
"""Files in one folder, subfolders included."""
MAX_DEPTH = 4
"""Levels of subfolders below the folder that was opened."""
MAX_NAME_LENGTH = 4_096
MAX_RANK = 32
MAX_DIM = 2**48
MAX_VALUE_BYTES = 2 * 1024**3
"""Bytes of one tensor once decoded in memory."""
MAX_DEFLATE_RATIO = 1_100
"""Deflate cannot reach 1033:1, so a member that claims more is lying."""
MIN_SAMPLE_RATE_HZ = 1_000
MAX_SAMPLE_RATE_HZ = 768_000
MAX_AUDIO_CHANNELS = 256
