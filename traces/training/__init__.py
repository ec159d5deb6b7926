"""How the demo's decoder is trained: speech, tokens, network, start and fit."""
