"""Signal processing on waveforms and mel spectrograms."""
