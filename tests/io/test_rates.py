"""Where the sample rate of a signal comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inspector.errors import TraceError
from inspector.io.rates import check_sample_rate, sample_rate_of
from inspector.io.trace import open_trace
from tests.io.test_wav import wav


def _trace(folder: Path, side_file: str | None, option: int | None) -> tuple[int, str]:
    np.save(folder / "audio.npy", np.zeros(100, "f4"))
    if side_file is not None:
        (folder / "trace.json").write_text(side_file)
    trace = open_trace(folder, sample_rate_hz=option)
    return sample_rate_of(trace["audio"], trace.info, option)


@pytest.mark.parametrize(
    ("side_file", "option", "expected"),
    [
        (None, None, (24000, "assumed 24000 Hz")),
        (None, 22050, (22050, "option")),
        ('{"sample_rate": 16000}', None, (16000, "side-file")),
        ('{"sample_rate": 16000}', 22050, (16000, "side-file")),
        ('{"steps": 3}', 22050, (22050, "option")),
    ],
)
def test_order(
    tmp_path: Path, side_file: str | None, option: int | None, expected: tuple[int, str]
) -> None:
    assert _trace(tmp_path, side_file, option) == expected


def test_an_option_that_is_overruled_is_said(tmp_path: Path) -> None:
    np.save(tmp_path / "audio.npy", np.zeros(100, "f4"))
    (tmp_path / "trace.json").write_text('{"sample_rate": 16000}')
    (note,) = open_trace(tmp_path, sample_rate_hz=22050).notes
    assert "16000" in note
    assert "22050" in note


def test_an_audio_file_knows_its_own_rate(tmp_path: Path) -> None:
    (tmp_path / "audio.wav").write_bytes(wav(rate=44100))
    (tmp_path / "trace.json").write_text('{"sample_rate": 16000}')
    trace = open_trace(tmp_path)
    assert sample_rate_of(trace["audio"], trace.info) == (44100, "audio file")


def test_the_option_alone_is_enough(tmp_path: Path) -> None:
    np.save(tmp_path / "audio.npy", np.zeros(100, "f4"))
    trace = open_trace(tmp_path)
    assert sample_rate_of(trace["audio"], trace.info, 8000) == (8000, "option")


@pytest.mark.parametrize("rate", [0, -1, 999, 768_001, 24000.0, True, "24000"])
def test_impossible_rates(tmp_path: Path, rate: int) -> None:
    for ask in (lambda: check_sample_rate(rate), lambda: open_trace(tmp_path, sample_rate_hz=rate)):
        with pytest.raises(TraceError) as caught:
            ask()
        assert caught.value.code == "sample-rate"
