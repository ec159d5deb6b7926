"""Make ``traces/sample``: a reference and a candidate recording of one small decoder run.

Run ``python -m traces.make_sample`` from the root of the project; see ``traces/README.md``
for what the two recordings are and what they are not.  Every random number is seeded.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

if not __package__:  # started as a file: find the project's root
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


import mlx.core as mx
import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from traces.making import candidate, corpus, inputs, log_mel, reference, speech
from traces.making.training import fit

_UTTERANCES = 32


def main() -> None:
    """Fit the network, record both sides, write them and print what was measured."""
    parser = argparse.ArgumentParser(description="Make the sample pair of traces.")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parent / "sample", help="folder"
    )
    out: Path = parser.parse_args().out
    started = time.perf_counter()
    print("speaking and fitting the network")
    utterances = corpus.training_utterances(_UTTERANCES)
    tokenizer = corpus.fit_tokenizer(utterances)
    network = fit(utterances, tokenizer)
    utterance = corpus.sample_utterance()
    given = inputs.decoder_inputs(utterance, tokenizer)
    print("recording both sides")
    left = reference.record_reference(network, given)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    right = candidate.record_candidate(weights, given)
    size = 0
    for side, trace, framework, mel, layouts in (
        ("reference", left, f"PyTorch {torch.__version__.split('+')[0]}",
         left["flow.mel"][0], reference.LAYOUTS),
        ("candidate", right, f"MLX {mx.__version__}",
         right["generated_mel_raw"][0].T, candidate.LAYOUTS),
    ):  # fmt: skip
        size += _write(out / side, trace, framework, mel, layouts)
    print(f"wrote {size / 1e6:.2f} MB to {out} in {time.perf_counter() - started:.0f} s")
    error = np.abs(left["flow.mel"][0] - utterance.mel[:, corpus.PROMPT_FRAMES :]).mean()
    print(f"mean error of the reference's log-mel against the speech it repeats: {error:.3f}")


def _write(
    folder: Path,
    trace: dict[str, NDArray],
    framework: str,
    mel: NDArray[np.float32],
    layouts: dict[str, str],
) -> int:
    """Write one side and return its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    container = folder / "decoder.safetensors"
    save_file(trace, container)
    container.chmod(0o644)
    samples = log_mel.griffin_lim(mel)
    soundfile.write(folder / "audio.wav", samples, speech.SAMPLE_RATE_HZ, subtype="PCM_16")
    facts = {
        "framework": framework,
        "sample_rate": speech.SAMPLE_RATE_HZ,
        "n_fft": log_mel.N_FFT,
        "hop_length": log_mel.HOP_LENGTH,
        "win_length": log_mel.N_FFT,
        "n_mels": log_mel.N_MELS,
        "fmin": log_mel.FMIN_HZ,
        "fmax": log_mel.FMAX_HZ,
        "steps": inputs.STEPS,
        "cfg_rate": inputs.CFG_RATE,
        "layouts": layouts,
        "order": [*trace, "audio"],
    }
    text = json.dumps(facts, indent=1) + "\n"
    (folder / "trace.json").write_text(text, encoding="utf-8")
    return sum(file.stat().st_size for file in folder.iterdir())


if __name__ == "__main__":
    main()
