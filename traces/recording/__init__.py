"""How the demo's traces are recorded: inputs, both programs, what is broken, what is measured."""
