"""The decoder written once as a graph of named slots, with implementations per framework."""
