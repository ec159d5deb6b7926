"""Run the decoder, or any part of it, on recorded inputs with any part swapped."""
