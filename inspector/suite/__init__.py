"""The self-test: scrambled pairs with a known truth, and how much of it the tools find."""
