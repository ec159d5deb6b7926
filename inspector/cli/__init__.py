"""The command line: one command per function of the facade."""
