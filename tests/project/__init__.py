"""Checks of the project as a whole; each checker is seen to fail on a planted violation."""
