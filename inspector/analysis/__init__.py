"""One file per question: arrays in, a frozen result out."""
