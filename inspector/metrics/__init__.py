"""Numbers about one array or two arrays of the same shape."""
