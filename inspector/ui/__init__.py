"""The page: server, guard, routes and widgets. The only place that imports gradio."""
