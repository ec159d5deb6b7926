"""Which tensor of one side belongs to which tensor of the other, and in what layout."""
