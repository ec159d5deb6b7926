"""Make ``traces/demo``: a trained decoder, its reference recording and ports of it.

``python -m traces.make_demo`` records everything again from the stored weights and inputs
(about a minute); with ``--train`` it first speaks the sentences with espeak-ng and trains the
decoder (about twenty minutes).  Every random number is seeded.  ``traces/README.md`` says
what the recordings are and what they are not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if not __package__:  # started as a file: find the project's root
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    from traces.recording.selecting import Selection

DEMO = Path(__file__).resolve().parent / "demo"
CHECKPOINT, INPUTS, TOKENIZER = "decoder.safetensors", "inputs.safetensors", "tokenizer.safetensors"


def main() -> None:
    """Train if asked to, record every run, write the gallery and print what was measured."""
    parser = argparse.ArgumentParser(description="Make the demo's recordings.")
    parser.add_argument("--train", action="store_true", help="train the decoder first")
    parser.add_argument("--out", type=Path, default=DEMO, help="folder of the demo")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    if arguments.train:
        train(out)
    if not (out / CHECKPOINT).is_file():
        raise SystemExit(f"{out} holds no {CHECKPOINT}: train first, with --train")
    record(out)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    print(f"{out}: {size / 1e6:.1f} MB in {time.perf_counter() - started:.0f} s")


def train(out: Path) -> None:
    """Speak, fit the tokenizer and the network, and store what recording needs."""
    import numpy as np
    from safetensors.numpy import save_file

    from traces.recording import inputs
    from traces.training import checkpoint, corpus, fit, speech, tokenizer

    speech.find_espeak()
    print("speaking the sentences")
    utterances = corpus.training_utterances()
    seconds = sum(u.mel.shape[1] for u in utterances) * corpus.SPEC.frame_ms / 1000
    print(f"{len(utterances)} utterances, {seconds / 60:.1f} minutes; fitting the tokens")
    codes = tokenizer.fit_tokenizer(utterances)
    stored = {"centroids": codes.centroids.astype(np.float16), "voice_means": codes.voice_means}
    save_file(stored, out / TOKENIZER)
    (out / TOKENIZER).chmod(0o644)
    print("training")
    fitted = fit.fit(utterances, codes)
    checkpoint.write_checkpoint(fitted.decoder, out / CHECKPOINT)
    inputs.write_inputs(inputs.make_inputs(fitted, codes), out / INPUTS)


def record(out: Path) -> None:
    """Record the references and every exhibit, and write the gallery."""
    import mlx.core as mx
    import torch

    from traces.recording import gallery, inputs, mlx_run, mlx_weights, torch_run
    from traces.training import checkpoint

    weights = checkpoint.read_checkpoint(out / CHECKPOINT)
    given = inputs.read_inputs(out / INPUTS)
    mx.set_default_device(mx.cpu)
    torch_name = f"PyTorch {torch.__version__.split('+')[0]}"
    for key, (run, selection) in gallery.REFERENCES.items():
        network = checkpoint.load_decoder(weights)
        with _Folder(out / key, selection) as folder:
            torch_run.solve(network, given[run], folder, _facts(torch_name), selection.steps)
    for one in gallery.EXHIBITS:
        port = mlx_weights.build(weights, one.port, one.loading)
        facts = _facts(f"MLX {mx.__version__}")
        with _Folder(out / one.key, one.selection) as folder:
            mlx_run.solve(port, given[one.inputs], one.solver, folder, facts, one.selection.steps)
    _write_gallery(out)
    print(measured_table(out))


def measured_table(out: Path) -> str:
    """Measure every recording of the demo in `out`; the table of ``traces/README.md``."""
    from traces.recording import gallery, inputs, measuring

    given = inputs.read_inputs(out / INPUTS)
    codes = measuring.read_tokenizer(out / TOKENIZER)
    pairs = [(key, key) for key in gallery.REFERENCES]
    pairs += [(one.key, one.reference) for one in gallery.EXHIBITS]
    rows = [
        measuring.measure(out / key, out / against, given[gallery.REFERENCES[against][0]], codes)
        for key, against in pairs
    ]
    return measuring.table(rows)


class _Folder:
    """Records into a temporary folder, makes it small and audible, then puts it in place."""

    def __init__(self, place: Path, selection: Selection) -> None:
        self._place, self._selection = place, selection
        self._temporary = tempfile.TemporaryDirectory()
        self._folder = Path(self._temporary.name)

    def __enter__(self) -> Path:
        return self._folder

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        from traces.recording import measuring, selecting, sound

        with self._temporary:
            if kind is not None:
                return
            selecting.select(self._folder / "decoder.safetensors", self._selection)
            gain = sound.write_sound(measuring.final_mel(self._folder), self._folder / "audio.wav")
            if self._place.exists():
                shutil.rmtree(self._place)
            self._place.mkdir(mode=0o755)
            for file in sorted(self._folder.iterdir()):
                shutil.copyfile(file, self._place / file.name)
            size = sum(file.stat().st_size for file in self._place.iterdir())
            print(f"  {self._place.name}: {size / 1e6:.2f} MB, sound at gain {gain:.3g}")


def _facts(framework: str) -> dict:
    from traces.recording.inputs import CFG_RATE
    from traces.training.corpus import SPEC

    return {
        "framework": framework,
        "sample_rate": SPEC.sample_rate_hz,
        "n_fft": SPEC.n_fft,
        "hop_length": SPEC.hop_length,
        "win_length": SPEC.win_length,
        "n_mels": SPEC.n_mels,
        "fmin": SPEC.fmin_hz,
        "fmax": SPEC.fmax_hz,
        "cfg_rate": CFG_RATE,
    }


def _write_gallery(out: Path) -> None:
    from traces.recording.gallery import EXHIBITS

    pairs = [
        {"key": one.key, "title": one.title, "sentence": one.sentence,
         "reference": one.reference, "candidate": one.key, "checkpoint": CHECKPOINT}
        for one in EXHIBITS
    ]  # fmt: skip
    text = json.dumps(pairs, indent=1) + "\n"
    (out / "gallery.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
