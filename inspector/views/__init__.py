"""What can be looked at: registered views that turn a comparison into figures and tables."""
