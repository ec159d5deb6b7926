"""From many results to a verdict: first divergence and what explains it."""
