"""Known porting mistakes as data: each one an edit of graph, weights or inputs."""
