"""One file per question: a result in, a matplotlib figure out."""
