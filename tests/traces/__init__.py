"""How the demo in ``traces/`` is made; that the stored files are right is in ``tests/project``."""
