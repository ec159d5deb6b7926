"""How the sample pair is made: speech, mel, network on both backends, training, recording."""
