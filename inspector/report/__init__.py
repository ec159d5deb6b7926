"""A comparison as text for a terminal and as strict JSON."""
